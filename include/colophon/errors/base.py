"""What every error of ours is."""

from typing import ClassVar

from colophon.reading_order import in_order


class ColophonError(Exception):
    """Base of every error that Colophon raises on purpose.

    `sentence` is for the operator and never holds a secret or personal data; `evidence` is a short text
    (key names, status codes, byte counts) that obeys the same rule. `may_have_gone`: an earlier try of the same write may
    have been taken, whatever this error says of the last one.
    """

    code: ClassVar[str] = "colophon"
    remedy: ClassVar[str] = "Read the task log and the ledger; open an issue if neither explains it."

    def __init__(
        self, sentence: str, *, system: str = "", operation: str = "", subject: str = "", evidence: str = "", remedy: str = ""
    ) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.may_have_gone = False
        self.system = system
        self.operation = operation
        self.subject = subject
        self.evidence = evidence
        self.advice = remedy or self.remedy

    def __str__(self) -> str:
        """One line for a log: code, where, what, and what to do."""
        where = " ".join(part for part in (self.system, self.operation, self.subject) if part)
        evidence = f" ({self.evidence})" if self.evidence else ""
        return in_order(f"[{self.code}] {where + ': ' if where else ''}{self.sentence}{evidence} -> {self.advice}")
