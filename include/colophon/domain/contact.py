"""A person or organisation that we deal with. Personal data: kept out of `repr`, and never in a log, an XCom or an error."""

from pydantic import Field

from colophon.domain.record import Record


class Phone(Record):
    """A telephone number; `kind` is the system of record's word for it."""

    number: str = Field(repr=False)
    kind: str | None = None


class Address(Record):
    """A postal address, as far as the system of record gives it; `country` is its code.

    `lines` are all that stand above the postcode on an envelope, in their order; `line1` is the street.
    """

    line1: str | None = Field(default=None, repr=False)
    lines: tuple[str, ...] = Field(default=(), repr=False)
    postcode: str | None = Field(default=None, repr=False)
    country: str | None = None
    country_name: str | None = None


class Contact(Record):
    """A person or organisation; `customer_id` and `supplier_id` are the publisher's own numbers for it."""

    id: int
    is_organisation: bool = False
    name: str | None = Field(default=None, repr=False)
    isni: str | None = None
    customer_id: str | None = None
    supplier_id: str | None = None
    emails: tuple[str, ...] = Field(default=(), repr=False)
    phones: tuple[Phone, ...] = Field(default=(), repr=False)
    addresses: tuple[Address, ...] = Field(default=(), repr=False)

    @property
    def subject(self) -> str:
        """How the ledger names this contact."""
        return f"contact:{self.id}"
