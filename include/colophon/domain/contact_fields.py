"""What a contact has told about how to be reached. Personal: kept out of `repr`, and never in a log, an XCom or an error."""

from dataclasses import dataclass, field
from enum import StrEnum

from colophon.domain.provenance import Sourced


class DeliveryPreference(StrEnum):
    """How somebody wants to be written to."""

    PRINT = "PRINT"
    EMAIL = "EMAIL"
    WEB = "WEB"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactFields(Sourced):
    """The fields of one contact; None is *not told*, and neither consent nor "has not opted out". No tax or bank values."""

    contact_id: int
    prefers: DeliveryPreference | None = None
    language: str | None = None
    has_consented: bool | None = None
    has_opted_out: bool | None = None
    email: str | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)
    line1: str | None = field(default=None, repr=False)
    line2: str | None = field(default=None, repr=False)
    town: str | None = field(default=None, repr=False)
    postcode: str | None = field(default=None, repr=False)
    country: str | None = None

    @property
    def subject(self) -> str:
        """How the ledger names the contact."""
        return f"contact:{self.contact_id}"
