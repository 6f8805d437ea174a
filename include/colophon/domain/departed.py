"""A title that a recipient has and that the system of record no longer has under that name."""

from colophon.domain.record import Record


class Departed(Record):
    """`subject` is its name in the ledger; `reason` is what its recipients are told."""

    subject: str
    reason: str
