"""Numbers and days, as all parts of a record have them."""

from dataclasses import dataclass
from datetime import date


@dataclass(slots=True)
class Identifier:
    """`id_type` is List 5 (products), 44 (names, suppliers) or 13 (series); `type_name` only for proprietary ids (01)."""

    id_type: str
    value: str
    type_name: str | None = None


@dataclass(slots=True)
class PublishingDate:
    """`role` List 163 (01 publication, 02 sales embargo, 09 public announcement)."""

    role: str
    on: date
