"""Who the publisher is: names and codes that stand in every message, prices, taxes."""

from datetime import date, datetime
from decimal import Decimal
from difflib import get_close_matches
from typing import Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from colophon.domain.supplement import Details
from colophon.onix.terms import DiscountCode, ReturnsCode, SupplierPart


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TaxRate(_Part):
    """VAT on books sold to consumers in one country: `rate_code` is ONIX List 62, `percent` in force from `from_on`.

    `digital` tells e-books and downloads from printed and other physical goods; a rate with `audio` is that of audiobooks alone, which
    elsewhere have that of books.
    """

    country: str = Field(pattern=r"^[A-Z]{2}$")
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    digital: bool
    audio: bool = False
    rate_code: str
    percent: Decimal
    from_on: date


class Publisher(_Part):
    """Who we are in messages. `record_domain` is reversed for RecordReference: `com.example.123`.

    `suppliers` are further ones, by the keys that profiles and their markets name. `discount`, `returns` and `pack_quantity` are for all whose
    profile says nothing else. `price_territories` are the countries in which prices of a currency hold (`GBP: [GB]`); one that is not named
    holds in the whole market of a recipient. `former_recipients` are those whose titles were taken down and who get nothing any more.
    `subject_codes` is a CSV or JSON file with the codes of Thema, BISAC or BIC (columns scheme, code, retired); without it codes are judged
    by their shape. In `time_zone` a day begins of which no moment is told. Nobody gets more than `most_messages` in a day: what is not urgent
    waits for the next morning.
    """

    name: str
    sender_name: str
    sender_gln: str | None = None
    contact_name: str | None = None
    contact_email: str | None = None
    record_domain: str
    address: tuple[str, ...] = ()
    country: str
    default_language: str = "eng"
    supplier_name: str
    supplier_gln: str | None = None
    supplier_role: str = "01"
    suppliers: dict[str, SupplierPart] = Field(default_factory=dict)
    discount: DiscountCode | None = None
    returns: ReturnsCode | None = None
    pack_quantity: int | None = Field(default=None, gt=0)
    price_territories: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    code_lists: str | None = None
    subject_codes: str | None = None
    works_url: str = ""
    desk_url: str = ""
    former_recipients: tuple[str, ...] = ()
    taxes: tuple[TaxRate, ...] = ()
    time_zone: str = "Europe/London"
    most_messages: int = Field(default=12, gt=0)
    details: Details = Details()

    def here(self, moment: datetime) -> datetime:
        """A moment (aware) by the publisher's own clock: its day is the day of embargoes, prices and publication."""
        return moment.astimezone(ZoneInfo(self.time_zone))

    @field_validator("time_zone")
    @classmethod
    def _zone_is_there(cls, given: str) -> str:
        try:
            ZoneInfo(given)
        except (ValueError, OSError) as problem:
            raise ValueError("no zone of the IANA list, such as Europe/London") from problem
        return given

    @model_validator(mode="after")
    def _contacts_are_there(self) -> Self:
        """A default names a contact by its key; a key that there is not would leave goods without their contact."""
        contacts = self.details.contacts
        for layer in (self.details.defaults, *self.details.imprints.values()):
            named = [entry.text or "" for entry in layer.contacts] + [layer.manufacturer or ""]
            for key in named:
                if key and key not in contacts:
                    close = get_close_matches(key, contacts, n=1, cutoff=0)
                    raise ValueError(f"details: there is no contact {key!r}{f', the nearest is {close[0]!r}' if close else ''}")
        return self
