"""How a worked example tells a contract: terms, clauses, sales, receipts, and who is paid how. `told_records` makes the records of it."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import AfterValidator, AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from colophon.domain.rights_deal import RightsFormat
from colophon.domain.royalty_terms import Combine, EscalatorKind, PriceBasis
from colophon.errors import InvalidError
from colophon.royalties.examples.spelling import BASES, Copies, Number, choice
from colophon.royalties.policy import EscalatorMode, MinimumOperator, Returns
from colophon.royalties.statement.period import Period


def _periods(words: tuple[str, ...]) -> tuple[str, ...]:
    for word in words:
        try:
            Period.parse(word)
        except InvalidError:
            raise ValueError("a period such as 2026H1, 2026Q3 or 2026") from None
    return words


Periods = Annotated[tuple[str, ...], BeforeValidator(lambda value: [value] if isinstance(value, str) else value), AfterValidator(_periods)]
FORMATS = choice(
    hardcover="HARDBACK", hardback="HARDBACK", cloth="HARDBACK", softcover="PAPERBACK", paperback="PAPERBACK", trade_paperback="PAPERBACK",
    mass_market="PAPERBACK", ebook="EBOOK", e_book="EBOOK", audio="AUDIO_DOWNLOAD", audiobook="AUDIO_DOWNLOAD",
    audio_download="AUDIO_DOWNLOAD", large_print="LARGE_PRINT", print="PRINT",
)  # fmt: skip
"""What others call an edition."""


Currency = Annotated[str, BeforeValidator(lambda value: value.upper() if isinstance(value, str) else value), Field(pattern="^[A-Z]{3}$")]


def _named(*names: str, default: Any = None) -> Any:
    return Field(default=default, validation_alias=AliasChoices(*names))


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Step(_Part):
    """A threshold of a rate."""

    of: EscalatorKind = EscalatorKind.UNIT
    above: Number | date = Field(validation_alias=AliasChoices("above", "over"))
    rate: Number = Field(validation_alias=AliasChoices("rate", "rate_pct"))
    inclusive: bool = False
    how: Combine = Combine.REPLACE
    marginal: bool = True


class RateSaid(_Part):
    """A rate of the terms."""

    basis: Annotated[PriceBasis, BASES] = PriceBasis.LIST
    rate: Number = Field(validation_alias=AliasChoices("rate", "rate_pct"))
    product: int = 1
    channel: str | None = None
    countries: tuple[str, ...] | None = None
    not_in: tuple[str, ...] | None = None
    steps: tuple[Step, ...] = _named("steps", "escalators", default=())


class Sold(_Part):
    """A sale, or a return where `returned` or where copies are below nought. `discount` says the value by the price; `entered`: told since."""

    copies: Copies = Field(validation_alias=AliasChoices("copies", "units", "quantity"))
    returned: bool = False
    product: int = 1
    price: Number | None = _named("price", "list_price")
    value: Number | None = _named("value", "net", "receipts", "net_receipts")
    discount: Number | None = _named("discount", "discount_pct")
    channel: str | None = None
    country: str | None = None
    currency: Currency | None = None
    day: date | None = None
    entered: date | None = None

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if self.discount is not None and (self.price is None or self.value is not None):
            raise ValueError("a discount needs a price, and no value beside it")
        if self.copies < 0 and (self.returned or (self.value or 0) > 0):
            raise ValueError("copies below nought are a return, and have no value above it")
        return self


class Product(_Part):
    """An edition."""

    format: Annotated[RightsFormat, FORMATS] = RightsFormat.PAPERBACK
    published: date | None = None


class Received(_Part):
    """Money for a licence, and the author's share of it in percent."""

    gross: Number = Field(validation_alias=AliasChoices("gross", "income", "amount"))
    share: Number = Field(validation_alias=AliasChoices("share", "share_pct", "author_pct"))
    foreign_tax: Number = Decimal(0)
    bank_charges: Number = Decimal(0)
    day: date | None = None


class Instalment(_Part):
    """A part of an advance: what was paid when, to one payee or (None) to all together; `entered`: told since."""

    amount: Number
    paid: date = Field(validation_alias=AliasChoices("paid", "paid_on", "day"))
    payee: int | None = None
    words: str = _named("words", "trigger", default="Signature")
    entered: date | None = None


class Paid(_Part):
    """A payment on account."""

    amount: Number
    paid: date = Field(validation_alias=AliasChoices("paid", "paid_on", "day"))
    payee: int = 1
    reference: str | None = None
    entered: date | None = None


class Told(_Part):
    """The whole example; of what it leaves out nothing happened. `period`: one, or several, each of which opens as the one before closed."""

    currency: Currency = "GBP"
    period: Periods = ("2026H1",)
    terms: tuple[RateSaid, ...]
    clauses: tuple[Mapping[str, Any], ...] = ()
    sales: tuple[Sold, ...]
    receipts: tuple[Received, ...] = ()
    products: Mapping[int, Product] = {}
    payees: Mapping[int, Number] = {1: Decimal(100)}
    advance: Number | None = None
    advances: tuple[Instalment, ...] = _named("advances", "instalments", default=())
    payments: tuple[Paid, ...] = ()
    opening_balance: Number | None = None
    prior_units: Copies | None = _named("prior_units", "lifetime_before", "units_to_start")
    statement_number: int = 1
    mode: EscalatorMode = EscalatorMode.MARGINAL
    returns: Returns = Returns.UNWIND
    minimum: Number = _named("minimum", "minimum_payment", "threshold", default=Decimal(0))
    operator: MinimumOperator = MinimumOperator.LESS_IS_CARRIED
    agent: Number | None = _named("agent_pct", "commission_pct")
    agent_vat: Number | None = _named("agent_vat_pct", "vat_pct")
    withholding: Number | None = _named("withholding_pct", "tax_pct")
    exchange_rates: Mapping[Currency, Number] = {}

    @model_validator(mode="after")
    def _spells_a_channel_once(self) -> Self:
        """Another spelling would be another channel, and its sales would silently have another rate."""
        said = {channel for channel in (*(one.channel for one in self.terms), *(one.channel for one in self.sales)) if channel}
        said |= {str(row[name]) for row in self.clauses for name in ("Channel", "masterchannel") if row.get(name)}
        spelt: dict[str, str] = {}
        for word in sorted(said):
            if (other := spelt.setdefault("".join(word.split()).casefold(), word)) != word:
                raise ValueError(f"one channel is spelt {other} and {word}")
        return self
