"""What building a record needs to know of the publisher: the shape that `colophon.config.Publisher` has."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Protocol

from colophon.domain.supplement import Details
from colophon.onix.terms import DiscountCode, ReturnsCode, SupplierPart


class TaxRate(Protocol):
    """VAT on books sold to consumers in one country; `rate_code` is List 62."""

    @property
    def country(self) -> str:
        """Two letters of List 91."""

    @property
    def currency(self) -> str:
        """Three letters of List 96."""

    @property
    def digital(self) -> bool:
        """E-books and downloads, not physical goods."""

    @property
    def audio(self) -> bool:
        """Audiobooks alone."""

    @property
    def rate_code(self) -> str:
        """List 62."""

    @property
    def percent(self) -> Decimal:
        """Such as 7 for seven per cent."""

    @property
    def from_on(self) -> date:
        """First day on which it is in force."""


class Publisher(Protocol):
    """Who publishes, names the records and supplies."""

    @property
    def name(self) -> str:
        """The publisher's name."""

    @property
    def sender_name(self) -> str:
        """Who sends messages."""

    @property
    def sender_gln(self) -> str | None:
        """The sender's GLN."""

    @property
    def contact_name(self) -> str | None:
        """Whom recipients may ask."""

    @property
    def contact_email(self) -> str | None:
        """Where they may ask."""

    @property
    def record_domain(self) -> str:
        """Domain that RecordReference begins with, in reverse."""

    @property
    def country(self) -> str:
        """Country of publication."""

    @property
    def supplier_name(self) -> str:
        """Who supplies the trade."""

    @property
    def supplier_gln(self) -> str | None:
        """The supplier's GLN."""

    @property
    def supplier_role(self) -> str:
        """List 93."""

    @property
    def suppliers(self) -> Mapping[str, SupplierPart]:
        """Other suppliers, by the keys that profiles use."""

    @property
    def discount(self) -> DiscountCode | None:
        """Discount group where recipient and market have none."""

    @property
    def returns(self) -> ReturnsCode | None:
        """Returns condition where they have none."""

    @property
    def pack_quantity(self) -> int | None:
        """Copies in a carton where they have none."""

    @property
    def price_territories(self) -> Mapping[str, tuple[str, ...]]:
        """Countries in which prices of a currency hold; a currency that is not there: the whole market."""

    @property
    def code_lists(self) -> str | None:
        """Folder of EDItEUR's files; None: the `onixcheck` package's."""

    @property
    def details(self) -> Details:
        """Defaults for what nobody says product by product."""

    @property
    def taxes(self) -> Sequence[TaxRate]:
        """Rates for tax-inclusive prices."""
