"""Outbound licences: what we licensed to others. Unknown is None and never "all" or "none": rights fail closed."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from colophon.domain.provenance import Sourced


class DealStatus(StrEnum):
    """How far a deal has come."""

    ENQUIRY = "ENQUIRY"
    OFFER = "OFFER"
    AGREED = "AGREED"
    SIGNED = "SIGNED"
    EXPIRED = "EXPIRED"
    TERMINATED = "TERMINATED"
    CANCELLED = "CANCELLED"


class RightsFormat(StrEnum):
    """What kinds of product a right is about."""

    PRINT = "PRINT"
    HARDBACK = "HARDBACK"
    PAPERBACK = "PAPERBACK"
    EBOOK = "EBOOK"
    AUDIO_DOWNLOAD = "AUDIO_DOWNLOAD"
    AUDIO_PHYSICAL = "AUDIO_PHYSICAL"
    LARGE_PRINT = "LARGE_PRINT"
    SERIAL = "SERIAL"
    VIDEO = "VIDEO"
    OTHER = "OTHER"


PARTS_OF_PRINT = frozenset({RightsFormat.HARDBACK, RightsFormat.PAPERBACK, RightsFormat.LARGE_PRINT})


def is_of_format(said: str | None, told: str) -> bool:
    """Whether what is said of a format (None: of all) is said of an edition: print is all that is printed."""
    return said in {None, told} or (said == RightsFormat.PRINT and told in PARTS_OF_PRINT)


ALL = "*"
"""As the only entry of a list: all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RightsDeal(Sourced):
    """One outbound licence. In the lists `("*",)` is all and None is *not recorded*; `is_exclusive` None counts as exclusive.

    `isbns` None: all products of the work, as far as recorded. Territories are ONIX List 91/49 codes, WORLD or ROW;
    languages ISO 639-2/B; formats `RightsFormat` names. Days are inclusive.
    """

    work_id: int
    isbns: tuple[str, ...] | None = None
    contract_id: int | None = None
    licensee_id: int
    rights_type: str
    is_exclusive: bool | None = None
    territories: tuple[str, ...] | None = None
    excluded_territories: tuple[str, ...] | None = None
    languages: tuple[str, ...] | None = None
    formats: tuple[str, ...] | None = None
    channels: tuple[str, ...] | None = None
    starts_on: date | None = None
    expires_on: date | None = None
    sell_off_until: date | None = None
    status: DealStatus
    signed_on: date | None = None
    terminated_on: date | None = None
    contact_id: int | None = None
    renewal_of: int | None = None

    @property
    def subject(self) -> str:
        """How the ledger names this deal."""
        return f"rights_deal:{self.id}"
