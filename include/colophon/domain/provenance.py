"""Where a record came from: by an answer of the system of record, or from one row of one file."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """One row of one file: the file's name and SHA-256 in hex, the row as a spreadsheet counts it (the header is row 1)."""

    file: str
    sha256: str
    row: int
    sheet: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sourced:
    """What every record of these kinds carries: its id and revision where the source gives them (a file does not), its origin."""

    id: int | None = None
    revision: int | None = None
    updated_at: datetime | None = None
    origin: Origin | None = None

    def __post_init__(self) -> None:
        """:raises ValueError: a moment without a zone."""
        if self.updated_at is not None and self.updated_at.tzinfo is None:
            raise ValueError("updated_at must have a time zone")
