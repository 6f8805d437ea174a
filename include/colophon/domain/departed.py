"""A title that a recipient has and that the system of record no longer has under that name."""

from typing import Literal

from colophon.domain.record import Record


class Departed(Record):
    """`subject` is its name in the ledger; `reason` is what its recipients are told.

    `kind`: there is no such product any more (`missing`), or it has another ISBN, or none (`renumbered`).
    """

    subject: str
    reason: str
    kind: Literal["missing", "renumbered"] = "missing"
