"""What every error of ours is, and how words that people see keep their order."""

import re
from typing import ClassVar

_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Unicode's embeddings, overrides and isolates: invisible, and a name that begins with one is shown backwards. Scripts that run from right to
left need none of them; the marks that these do use (U+200E, U+200F) turn nothing else."""


def in_order(text: str) -> str:
    """The text, with the mark of a lost character (U+FFFD) in place of each that would turn what follows."""
    return text if text.isascii() else _TURNING.sub("\ufffd", text)


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
