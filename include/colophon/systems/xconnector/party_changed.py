"""`party.changed` of XC-1: what another system says of a party, when that was so, and what of it cannot be right."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from colophon.domain.identifiers import is_isni
from colophon.domain.our_contacts import ADDRESS
from colophon.domain.party import Party
from colophon.domain.party_numbers import has_iban, is_vat_number, names_iban, plain_id
from colophon.sealing import Seal, is_sealed

UNIQUE = ("isni", "vat", "customer_id", "supplier_id")
"""Types of identifiers that name one party alone."""
PARTS = {
    "NAME": "names", "ISNI": "identifiers", "EMAIL": "identifiers", "VAT_NUMBER": "identifiers", "TAX_STATUS": "taxStatus",
    "PAYMENT_METHOD": "paymentPreference", "BANK_REFERENCE": "paymentPreference", "VENDOR_STATUS": "vendorStatus",
    **dict.fromkeys(ADDRESS.values(), "addresses"),
}  # fmt: skip
"""In which member of an event each field stands; the event's `fieldTimes` are by these."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", alias_generator=to_camel, frozen=True)


class _Names(_Part):
    display: str = Field(repr=False)
    inverted: str | None = Field(default=None, repr=False)
    organisation: str | None = Field(default=None, repr=False)


class _Identifier(_Part):
    type: str
    value: str = Field(repr=False)

    @property
    def plain(self) -> str:
        """As it is compared; a sealed one as it is."""
        return self.value if is_sealed(self.value) else plain_id(self.type, self.value)


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
            ids=frozenset((row.type, row.plain) for row in self.identifiers if row.type in UNIQUE and row.value),
            emails=frozenset(row.value.strip().casefold() for row in self.identifiers if row.type == "email"),
            line1=address.line1 or "",
            postcode=address.postcode or "",
        )

    def values(self, seal: Seal | None) -> dict[str, str | None]:
        """The fields that it tells, by their names in Consonance."""
        by_type = {row.type: row.plain if row.type == "isni" else row.value for row in self.identifiers}
        address, payment = self._address(), self.payment_preference
        is_bank = bool(payment and seal is not None and names_iban(seal.opened(payment)))
        told: dict[str, str | None] = {
            "NAME": self.names.display, "ISNI": by_type.get("isni"), "EMAIL": by_type.get("email"), "VAT_NUMBER": by_type.get("vat"),
            "TAX_STATUS": self.tax_status, "VENDOR_STATUS": self.vendor_status, "BANK_REFERENCE" if is_bank else "PAYMENT_METHOD": payment,
        }  # fmt: skip
        return told | ({field: getattr(address, part) for part, field in ADDRESS.items()} if self.addresses else {})

    def _address(self) -> _Address:
        return next((row for row in self.addresses if row.kind == "post"), self.addresses[0] if self.addresses else _Address())


def moment_of(told: str) -> str:
    """A moment as text of which the later one is greater, whatever its zone and its fractions; empty for what is none."""
    try:
        at = datetime.fromisoformat(told)
    except ValueError:
        return ""
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def faults_of(said: PartySaid, values: Mapping[str, str | None], seal: Seal | None) -> Iterator[str]:
    """Fields whose check digits are wrong. A number whose country nobody here can check is none of them."""
    isni = next((row.plain for row in said.identifiers if row.type == "isni" and row.value), None)
    if isni is not None and not is_isni(isni):
        yield "ISNI"
    number, bank = values.get("VAT_NUMBER"), values.get("BANK_REFERENCE")
    if seal and number and not is_vat_number(seal.opened(number)):
        yield "VAT_NUMBER"
    if seal and bank and not has_iban(seal.opened(bank)):
        yield "BANK_REFERENCE"
