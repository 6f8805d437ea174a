"""How a worked example tells a contract: terms, clauses, sales, receipts, and who is paid how; made into the records of a run."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field

from colophon.domain.provenance import Origin
from colophon.domain.rights_receipt import RightsReceipt
from colophon.domain.royalty_clauses import Clause
from colophon.domain.royalty_terms import Advance, Combine, Escalator, EscalatorKind, PriceBasis, Rate, RoyaltyLevel, RoyaltyTerms, Split
from colophon.domain.sale import Sale
from colophon.errors import BadRecordError
from colophon.royalties.policy import EscalatorMode, MinimumOperator, Returns
from colophon.royalties.statement.period import Period
from colophon.systems.consonance.reports.clause_sheet import CLAUSES, clauses
from colophon.systems.consonance.reports.layouts import Head, load_layouts
from colophon.systems.consonance.reports.reader import SPECS
from colophon.systems.consonance.reports.rows import ReportRow

CONTRACT, AGENT, BEFORE = 1, 1_000_000, 1
"""The contract; its agent; and the run that royaltied what was sold before."""
Several = BeforeValidator(lambda value: [value] if isinstance(value, str) else value)


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Step(_Part):
    """A threshold of a rate."""

    of: EscalatorKind = EscalatorKind.UNIT
    above: Decimal | date
    rate: Decimal = Field(validation_alias=AliasChoices("rate", "rate_pct"))
    inclusive: bool = False
    how: Combine = Combine.REPLACE
    marginal: bool = True


class RateSaid(_Part):
    """A rate of the terms."""

    basis: PriceBasis = PriceBasis.LIST
    rate: Decimal = Field(validation_alias=AliasChoices("rate", "rate_pct"))
    product: int = 1
    channel: str | None = None
    countries: tuple[str, ...] | None = None
    not_in: tuple[str, ...] | None = None
    steps: tuple[Step, ...] = ()


class Sold(_Part):
    """A sale, or a return where `returned`."""

    copies: int = Field(validation_alias=AliasChoices("copies", "units", "quantity"))
    returned: bool = False
    product: int = 1
    price: Decimal | None = Field(default=None, validation_alias=AliasChoices("price", "list_price"))
    value: Decimal | None = Field(default=None, validation_alias=AliasChoices("value", "net"))
    channel: str | None = None
    country: str | None = None
    currency: str | None = None
    day: date | None = None


class Product(_Part):
    """An edition."""

    format: str = "PAPERBACK"
    published: date | None = None


class Received(_Part):
    """Money for a licence, and the author's share of it in percent."""

    gross: Decimal = Field(validation_alias=AliasChoices("gross", "income", "amount"))
    share: Decimal = Field(validation_alias=AliasChoices("share", "share_pct", "author_pct"))
    foreign_tax: Decimal = Decimal(0)
    bank_charges: Decimal = Decimal(0)
    day: date | None = None


class Told(_Part):
    """The whole example; of what it leaves out nothing happened. `period`: one, or several, each of which opens as the one before closed."""

    currency: str = "GBP"
    period: Annotated[tuple[str, ...], Several] = ("2026H1",)
    terms: tuple[RateSaid, ...]
    clauses: tuple[Mapping[str, Any], ...] = ()
    sales: tuple[Sold, ...]
    receipts: tuple[Received, ...] = ()
    products: Mapping[int, Product] = {}
    payees: Mapping[int, Decimal] = {1: Decimal(100)}
    advance: Decimal | None = None
    opening_balance: Decimal | None = None
    prior_units: int | None = Field(default=None, validation_alias=AliasChoices("prior_units", "lifetime_before", "units_to_start"))
    statement_number: int = 1
    mode: EscalatorMode = EscalatorMode.MARGINAL
    returns: Returns = Returns.UNWIND
    minimum: Decimal = Field(default=Decimal(0), validation_alias=AliasChoices("minimum", "minimum_payment", "threshold"))
    operator: MinimumOperator = MinimumOperator.LESS_IS_CARRIED
    agent: Decimal | None = Field(default=None, validation_alias=AliasChoices("agent_pct", "commission_pct"))
    agent_vat: Decimal | None = Field(default=None, validation_alias=AliasChoices("agent_vat_pct", "vat_pct"))
    withholding: Decimal | None = Field(default=None, validation_alias=AliasChoices("withholding_pct", "tax_pct"))
    exchange_rates: Mapping[str, Decimal] = {}


def terms_of(told: Told) -> RoyaltyTerms:
    """The terms. An advance is beside the opening balance, and of all payees together where there are several."""
    advance = () if told.advance is None else (
        Advance(is_joint=len(told.payees) > 1, payee_id=next(iter(told.payees)) if len(told.payees) == 1 else None, trigger="Signature",
                amount=told.advance, currency=told.currency, paid_on=Period.parse(told.period[0]).starts_on),
    )  # fmt: skip
    return RoyaltyTerms(
        contract_id=CONTRACT,
        currency=told.currency,
        statement_number=told.statement_number,
        rates=tuple(_rate(one, place) for place, one in enumerate(told.terms, start=1)),
        splits=tuple(
            Split(
                payee_id=key,
                weight=int(share * 1_000_000),
                share_percent=share,
                opening_balance=told.opening_balance if place == 0 else None,
                agent_id=None if told.agent is None else AGENT,
                commission_percent=told.agent,
            )
            for place, (key, share) in enumerate(told.payees.items())
        ),
        advances=advance,
    )


def _rate(one: RateSaid, place: int) -> Rate:
    return Rate(
        id=place,
        level=RoyaltyLevel.MASTERCHANNEL if one.channel else RoyaltyLevel.PRODUCT,
        product_id=one.product,
        masterchannel=one.channel,
        basis=one.basis,
        rate_percent=one.rate,
        territories=one.countries,
        excluded_territories=one.not_in,
        escalators=tuple(
            Escalator(
                kind=step.of,
                above=step.above if isinstance(step.above, Decimal) else None,
                above_on=step.above if isinstance(step.above, date) else None,
                is_inclusive=step.inclusive,
                rate_percent=step.rate,
                combine=step.how,
                is_marginal=step.marginal if step.of in {EscalatorKind.UNIT, EscalatorKind.SALE_VALUE} else None,
            )
            for step in one.steps
        ),
    )


def sales_of(told: Told, period: Period) -> list[Sale]:
    """The sales, those without a day on the period's last one; copies of before have been royaltied."""
    last = period.ends_on
    found = [
        Sale(
            id=place, is_return=one.returned, product_id=one.product, channel_id=1, masterchannel=one.channel, country=one.country,
            sold_on=one.day or last, quantity=one.copies, list_price=one.price, value=one.value, currency=one.currency or told.currency,
            source="example",
        )
        for place, one in enumerate(told.sales, start=1)
    ]  # fmt: skip
    if told.prior_units:
        found.append(
            Sale(
                id=0, is_return=False, product_id=1, channel_id=1, sold_on=period.starts_on - timedelta(days=1), quantity=told.prior_units,
                list_price=Decimal(1), value=Decimal(0), currency=told.currency, source="before", royalty_run_id=BEFORE,
            )
        )  # fmt: skip
    return found


def receipts_of(told: Told, period: Period) -> list[RightsReceipt]:
    """What came in for licences, each of a kind of its own, since each has a share of its own."""
    return [
        RightsReceipt(
            id=place, contract_id=CONTRACT, rights_type=f"right {place}", received_on=one.day or period.ends_on, amount=one.gross,
            currency=told.currency, foreign_tax=one.foreign_tax, bank_charges=one.bank_charges,
        )
        for place, one in enumerate(told.receipts, start=1)
    ]  # fmt: skip


def clauses_of(rows: Sequence[Mapping[str, Any]]) -> Sequence[Clause]:
    """Rows of the sheet, by its column names or by our own; each is of this contract.

    :raises BadRecordError: a word that is not known, or a fault in a row.
    """
    columns = load_layouts(SPECS).reports["royalty_clauses"].sheets["rows"].columns
    fields = {**{name: field for field, name in columns.items()}, **{field: field for field in columns}}
    found = []
    for number, row in enumerate(rows, start=1):
        if unknown := sorted(set(row) - set(fields)):
            raise BadRecordError("A clause has words that are not known.", evidence=", ".join(unknown))
        told = {"contract_id": str(CONTRACT), **{fields[name]: str(value) for name, value in row.items()}}
        head = Head({field: place for place, field in enumerate(told)}, columns, len(told), CLAUSES.private, {})
        made = list(clauses([ReportRow(head, list(told.values()), Origin(file="example", sha256="", row=number))]))
        if fault := next((one for one in made if not isinstance(one, Clause)), None):
            raise BadRecordError(f"A clause is not right: {fault.field}: expected {fault.expected}.", evidence=f"row {number}")
        found += [one for one in made if isinstance(one, Clause)]
    return found
