"""What goes into the write-back tray and what comes out."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from colophon.http.jsontext import write_json

BY_MUTATION = "(mutation)"
OUTCOME = {"pending": "held", "exported": "held", "loaded": "sent", "verified": "confirmed", "superseded": "failed", "cancelled": "failed"}
"""State of a row -> outcome word (contract consonance section 9)."""


@dataclass(frozen=True, slots=True)
class WriteBack:
    """What is to be written: `reference` names it for ever within its operation, `payload` is its content as plain JSON.

    `ordered_by` names the member of the payload that says when it was true: an older one never replaces a newer one.
    """

    operation: str
    reference: str
    subject: str
    use_case: str
    payload: Mapping[str, Any] = field(repr=False)
    ordered_by: str = ""

    @property
    def payload_hash(self) -> str:
        """SHA-256 of the payload."""
        return hashlib.sha256(write_json(dict(self.payload))).hexdigest()


@dataclass(frozen=True, slots=True)
class TrayRow:
    """One row of the tray. `loaded_by` is who loaded it, moved it back or cancelled it."""

    id: str
    external_reference: str
    operation: str
    subject: str
    payload: Mapping[str, Any] = field(repr=False)
    payload_hash: str
    use_case: str
    reason: str
    state: str
    sheet: str | None
    created_at: datetime
    loaded_at: datetime | None
    loaded_by: str | None

    @property
    def outcome(self) -> str:
        """The row's state as an outcome word."""
        return OUTCOME[self.state]

    @property
    def is_free(self) -> bool:
        """Whether it waits and nobody has it."""
        return self.state == "pending" and self.sheet is None

    @property
    def is_held(self) -> bool:
        """Whether it waits for what a mutation did."""
        return self.state == "pending" and self.sheet == BY_MUTATION


class Added(NamedTuple):
    """The row that stands for what was added, and whether it is new."""

    row: TrayRow
    is_new: bool


def is_older(payload: Mapping[str, Any], other: Mapping[str, Any], ordered_by: str) -> bool:
    """Whether a payload was true before another one; never where one of them does not say when."""
    mine, theirs = payload.get(ordered_by), other.get(ordered_by)
    return bool(mine and theirs) and datetime.fromisoformat(str(mine)) < datetime.fromisoformat(str(theirs))
