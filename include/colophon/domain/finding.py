"""What a rule found wrong with a subject. Findings of severity E become exceptions in the ledger."""

from enum import StrEnum

from colophon.domain.record import Record


class Severity(StrEnum):
    """E: the subject does not go to that destination. W: it goes and is reported. C: counts in the quality figures."""

    ERROR = "E"
    WARNING = "W"
    COMPLETENESS = "C"


class Finding(Record):
    """One fault of one subject, in words that a metadata specialist understands.

    `rule` is the stable id of `rules.md` (such as "D5"), `field` the field at fault, `found` its value, `expected`
    what would be right, `remedy` what to do, `owner` the role that does it, `blocks` the destination that is kept
    waiting (empty: none). `about` is what a record is of that could not be read, as `work:9`, `product:7`, `contract:3` (empty: not known).
    """

    subject: str
    rule: str
    severity: Severity
    field: str
    found: str
    expected: str
    remedy: str
    owner: str
    blocks: str = ""
    imprint: str = ""
    about: str = ""

    @property
    def sentence(self) -> str:
        """In one line, as logs have it."""
        place = f" for {self.blocks}" if self.blocks else ""
        return f"{self.rule} {self.subject}{place}: {self.field} is {self.found!r}, expected {self.expected}; {self.remedy} ({self.owner})"
