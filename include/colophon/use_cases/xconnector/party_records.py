"""Parties of the middleware as records: what an event says of one, what ours are, and what is remembered of both."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from stdnum import iban, isni
from stdnum.eu import vat
from stdnum.exceptions import ValidationError
from stdnum.gb import vat as gb_vat

from colophon.domain.contact import Contact
from colophon.domain.contact_fields import ContactFields
from colophon.domain.party import Party
from colophon.sealing import Seal, is_sealed

UNIQUE = ("isni", "vat", "customer_id", "supplier_id")
"""Types of identifiers that name one party alone."""
PARTS = {
    "NAME": "names", "ISNI": "identifiers", "EMAIL": "identifiers", "VAT_NUMBER": "identifiers", "ADDRESS_LINE1": "addresses",
    "ADDRESS_LINE2": "addresses", "CITY": "addresses", "POSTCODE": "addresses", "COUNTRY": "addresses", "TAX_STATUS": "taxStatus",
    "PAYMENT_METHOD": "paymentPreference", "BANK_REFERENCE": "paymentPreference", "VENDOR_STATUS": "vendorStatus",
}  # fmt: skip
"""In which member of an event each field stands; the event's `fieldTimes` are by these."""
_IBAN = re.compile(r"\b(?=([A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]){11,30}))")
"""What looks like an IBAN, wherever it begins in a text; what is said behind it may look like more of it."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", alias_generator=to_camel, frozen=True)


class _Names(_Part):
    display: str = Field(repr=False)
    inverted: str | None = Field(default=None, repr=False)
    organisation: str | None = Field(default=None, repr=False)


class _Identifier(_Part):
    type: str
    value: str = Field(repr=False)


class _Address(_Part):
    line1: str | None = Field(default=None, repr=False)
    line2: str | None = Field(default=None, repr=False)
    city: str | None = Field(default=None, repr=False)
    postcode: str | None = Field(default=None, repr=False)
    country: str | None = None
    kind: str = "post"


class PartySaid(_Part):
    """`data` of party.changed; tax and bank details are sealed."""

    party_id: str | int
    system: str = Field(pattern=r"^[a-z][a-z0-9_-]{0,30}$")
    names: _Names
    identifiers: tuple[_Identifier, ...] = ()
    addresses: tuple[_Address, ...] = ()
    tax_status: str | None = Field(default=None, repr=False)
    payment_preference: str | None = Field(default=None, repr=False)
    vendor_status: str | None = None
    field_times: dict[str, str] = Field(default_factory=dict)

    @property
    def isbn(self) -> None:
        """It is about no title."""

    @property
    def who(self) -> str:
        """How the system calls the party; what is remembered of two whose names begin alike does not mix."""
        return f"{self.system}/{quote(str(self.party_id), safe='')}"

    def changed_at(self, name: str) -> str:
        """When a field changed, as `moment_of` says it; empty where that is not told."""
        return moment_of(self.field_times.get(PARTS[name], ""))

    def party(self) -> Party:
        """For comparison; sealed identifiers are compared sealed."""
        address = self._address()
        return Party(
            key=self.who,
            display=self.names.organisation or self.names.display,
            inverted=self.names.inverted or "",
            is_organisation=bool(self.names.organisation),
            ids=frozenset((row.type, plain_id(row.type, row.value)) for row in self.identifiers if row.type in UNIQUE and row.value),
            emails=frozenset(row.value.strip().casefold() for row in self.identifiers if row.type == "email"),
            line1=address.line1 or "",
            postcode=address.postcode or "",
        )

    def values(self, seal: Seal | None) -> dict[str, str | None]:
        """The fields that it tells, by their names in Consonance."""
        by_type = {row.type: row.value for row in self.identifiers}
        address, payment = self._address(), self.payment_preference
        is_bank = bool(payment and seal is not None and _ibans(seal.opened(payment)))
        told: dict[str, str | None] = {
            "NAME": self.names.display, "ISNI": plain_id("isni", by_type["isni"]) if by_type.get("isni") else None,
            "EMAIL": by_type.get("email"), "VAT_NUMBER": by_type.get("vat"), "TAX_STATUS": self.tax_status,
            "VENDOR_STATUS": self.vendor_status, "BANK_REFERENCE" if is_bank else "PAYMENT_METHOD": payment,
        }  # fmt: skip
        if self.addresses:
            told |= {
                "ADDRESS_LINE1": address.line1, "ADDRESS_LINE2": address.line2, "CITY": address.city, "POSTCODE": address.postcode,
                "COUNTRY": address.country,
            }  # fmt: skip
        return told

    def _address(self) -> _Address:
        return next((row for row in self.addresses if row.kind == "post"), self.addresses[0] if self.addresses else _Address())


class OurValues:
    """The fields of our contacts, by contact."""

    def __init__(self, contacts: Iterable[Contact], fields: Iterable[ContactFields]) -> None:
        of = {each.contact_id: each for each in fields}
        self._contacts = {contact.id: (contact, of.get(contact.id)) for contact in contacts}

    def of(self, contact: int) -> dict[str, str | None]:
        """One contact's; empty where there is none."""
        found = self._contacts.get(contact)
        return our_values(*found) if found else {}

    def parties(self) -> Iterator[Party]:
        """All of them, for comparison."""
        return (our_party(*found) for found in self._contacts.values())


def our_party(contact: Contact, fields: ContactFields | None) -> Party:
    """A contact for comparison."""
    values = our_values(contact, fields)
    ids = {"isni": contact.isni, "customer_id": contact.customer_id, "supplier_id": contact.supplier_id}
    emails = {*contact.emails, *([values["EMAIL"]] if values["EMAIL"] else [])}
    return Party(
        key=str(contact.id),
        display=contact.name or "",
        is_organisation=contact.is_organisation,
        ids=frozenset((kind, plain_id(kind, value)) for kind, value in ids.items() if value),
        emails=frozenset(email.strip().casefold() for email in emails),
        line1=values["ADDRESS_LINE1"] or "",
        postcode=values["POSTCODE"] or "",
    )


def our_values(contact: Contact, fields: ContactFields | None) -> dict[str, str | None]:
    """The fields of a contact as Consonance has them; what was written as a field goes before what the contact says itself."""
    address = contact.addresses[0] if contact.addresses else None
    return {
        "NAME": contact.name,
        "ISNI": plain_id("isni", contact.isni) if contact.isni else None,
        "EMAIL": (fields and fields.email) or (contact.emails[0] if contact.emails else None),
        "ADDRESS_LINE1": (fields and fields.line1) or (address.line1 if address else None),
        "ADDRESS_LINE2": fields.line2 if fields else None,
        "CITY": fields.town if fields else None,
        "POSTCODE": (fields and fields.postcode) or (address.postcode if address else None),
        "COUNTRY": (fields and fields.country) or (address.country if address else None),
    }


def moment_of(told: str) -> str:
    """A moment as text of which the later one is greater, whatever its zone and its fractions; empty for what is none."""
    try:
        at = datetime.fromisoformat(told)
    except ValueError:
        return ""
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def plain_id(kind: str, value: str) -> str:
    """An identifier as it is compared: without blanks and punctuation; a sealed one as it is."""
    if is_sealed(value):
        return value
    return isni.compact(value) if kind == "isni" else re.sub(r"\s", "", value).casefold()


def faults_of(said: PartySaid, values: Mapping[str, str | None], seal: Seal | None) -> Iterator[str]:
    """Fields whose check digits are wrong. A number whose country nobody here can check is none of them."""
    raw = next((row.value for row in said.identifiers if row.type == "isni" and row.value), None)
    if raw is not None and not isni.is_valid(raw):
        yield "ISNI"
    if seal is None:
        return
    number, bank = values.get("VAT_NUMBER"), values.get("BANK_REFERENCE")
    if number and not _is_vat(seal.opened(number)):
        yield "VAT_NUMBER"
    if bank and not any(iban.is_valid(text[:length]) for text in _ibans(seal.opened(bank)) for length in range(15, len(text) + 1)):
        yield "BANK_REFERENCE"


def _ibans(text: str) -> list[str]:
    return [re.sub(r"[ -]", "", found) for found in _IBAN.findall(text.upper())]


def _is_vat(number: str) -> bool:
    country = number.strip()[:2].upper()
    try:
        if country == "GB":
            return bool(gb_vat.validate(number))
        return bool(vat.validate(number)) if country.lower() in vat.MEMBER_STATES or country == "EL" else True
    except ValidationError:
        return False
