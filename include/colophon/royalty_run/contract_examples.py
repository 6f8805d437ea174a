"""Worked examples told as a contract is: terms, clauses, sales and what should come out, put through the steps of a run.

`royalties.examples` has those that tell figures alone; `is_told_so` says which an example is.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError

from colophon.domain.money import minor_digits
from colophon.domain.provenance import Origin
from colophon.domain.royalty_clauses import Clause
from colophon.domain.royalty_terms import Advance, Combine, Escalator, EscalatorKind, PriceBasis, Rate, RoyaltyLevel, RoyaltyTerms, Split
from colophon.domain.sale import Sale
from colophon.errors import BadRecordError
from colophon.royalties import breaches, controls
from colophon.royalties.account import settle_account
from colophon.royalties.currency import unconverted
from colophon.royalties.exact_rows import rows_of
from colophon.royalties.examples.example import Answers
from colophon.royalties.policy import EscalatorMode, Policy, Returns
from colophon.royalties.reserve import total
from colophon.royalties.returned import limited
from colophon.royalties.row import Opening
from colophon.royalties.sales_lines import line_of
from colophon.royalties.statement.period import Period
from colophon.royalties.terms import account_of
from colophon.royalties.whole_numbers import PPM
from colophon.royalty_run.agreed import account_in, rules_in
from colophon.royalty_run.facts import ContractFact, ProductFact
from colophon.royalty_run.records import AccountInput
from colophon.royalty_run.sales_lookup import titles_of
from colophon.systems.consonance.reports.clause_sheet import CLAUSES, clauses
from colophon.systems.consonance.reports.layouts import Head, load_layouts
from colophon.systems.consonance.reports.reader import SPECS
from colophon.systems.consonance.reports.rows import ReportRow

CONTRACT = 1


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
    day: date | None = None


class Product(_Part):
    """An edition."""

    format: str = "PAPERBACK"
    published: date | None = None


class Told(_Part):
    """The whole example; of what it leaves out nothing happened."""

    currency: str = "GBP"
    period: str = "2026H1"
    terms: tuple[RateSaid, ...]
    clauses: tuple[Mapping[str, Any], ...] = ()
    sales: tuple[Sold, ...]
    products: Mapping[int, Product] = {}
    payees: Mapping[int, Decimal] = {1: Decimal(100)}
    advance: Decimal | None = None
    opening_balance: Decimal | None = None
    statement_number: int = 1
    mode: EscalatorMode = EscalatorMode.MARGINAL
    returns: Returns = Returns.UNWIND


def is_told_so(inputs: Mapping[str, Any]) -> bool:
    """Whether an example tells terms and sales."""
    return "terms" in inputs and isinstance(inputs.get("sales"), Sequence)


def answers_of(inputs: Mapping[str, Any], subject: str) -> Answers:
    """Our figures.

    :raises BadRecordError: a word that is not known, or terms and clauses that cannot be computed.
    :raises UnbalancedError: a control total does not hold.
    """
    try:
        told = Told.model_validate(inputs)
    except ValidationError as problem:
        places = {".".join(map(str, one["loc"])) for one in problem.errors()}
        raise BadRecordError("An example cannot be read.", subject=subject, evidence=", ".join(sorted(places))) from None
    return _answers(told, Period.parse(told.period), Policy(version="example", escalator_mode=told.mode, returns=told.returns))


def _answers(told: Told, period: Period, policy: Policy) -> Answers:
    terms, said = _terms(told), tuple(_clauses(told.clauses))
    keys = {
        1,
        *told.products,
        *(one.product for one in told.terms),
        *(one.product for one in told.sales),
        *(one.product_id for one in said if one.product_id),
    }
    products = {
        key: ProductFact(id=key, isbn13=None, title="", imprint="", format=one.format, work_id=1, published_on=one.published)
        for key in sorted(keys)
        for one in [told.products.get(key, Product())]
    }
    published = tuple((key, one.published_on) for key, one in products.items())
    given = AccountInput(account_id=f"contract:{CONTRACT}", terms=(terms,), clauses=said, published=published)
    titles = titles_of([terms], products, {CONTRACT: ContractFact(id=CONTRACT, name="", work_id=1)}, said)
    lines = [line_of(_sale(told, place, one, period), titles[one.product][0]) for place, one in enumerate(told.sales, start=1)]
    rules, overruled = rules_in(given, policy)
    found = rows_of(lines, rules, Opening(), policy)
    if found.suspended:
        return {"suspense": sorted(one.trouble.value for one in found.suspended)}
    new = {(CONTRACT, key) for key, published_on in published if published_on and published_on >= period.starts_on}
    beyond, _ = limited(found.rows, {}, new)
    account = account_in(given, account_of(given.account_id, given.terms, policy=policy), policy, period, overruled)
    statement = settle_account(account, unconverted((*found.rows, *beyond)), (), policy, period_end=period.ends_on)
    breaches.require([*controls.of_lines(lines, found), *controls.of_counters(found), *controls.of_statement(statement)])

    def major(amount: int) -> Decimal:
        return Decimal(amount).scaleb(-minor_digits(told.currency))

    dues = [one.due for _, one in sorted(statement.payees.items())]
    return {
        "rows": [major(row.amount) for row in (*found.rows, *beyond)],
        "segments": [[row.units, Decimal(row.key.rate) / (PPM // 100)] for row in found.rows],
        "earnings": major(statement.earnings),
        "royalty": major(statement.earnings),
        "movement": major(statement.movement),
        "reserve_withheld": major(total(statement.reserve.withheld)),
        "top_up": major(statement.top_up),
        "charged": major(statement.charged),
        "payable": major(sum(dues)),
        "parts": [major(due) for due in dues],
        "unearned": major(sum(one.advance_closing for one in (statement.joint, *statement.payees.values()))),
        "counted": sum(count.after for count in found.counts),
        "left_out": sum(one.line.units for one in found.excluded),
        "overruled": len(account.differences),
    }


def _terms(told: Told) -> RoyaltyTerms:
    advance = () if told.advance is None else (
        Advance(is_joint=len(told.payees) > 1, payee_id=next(iter(told.payees)) if len(told.payees) == 1 else None, trigger="Signature",
                amount=told.advance, currency=told.currency, paid_on=date(2000, 1, 1)),
    )  # fmt: skip
    return RoyaltyTerms(
        contract_id=CONTRACT,
        currency=told.currency,
        statement_number=told.statement_number,
        rates=tuple(_rate(one, place) for place, one in enumerate(told.terms, start=1)),
        splits=tuple(
            Split(
                payee_id=key, weight=int(share * 10_000), share_percent=share, opening_balance=told.opening_balance if place == 0 else None
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


def _sale(told: Told, place: int, one: Sold, period: Period) -> Sale:
    return Sale(
        id=place, is_return=one.returned, product_id=one.product, channel_id=1, masterchannel=one.channel, country=one.country,
        sold_on=one.day or period.ends_on, quantity=one.copies, list_price=one.price, value=one.value, currency=told.currency, source="example",
    )  # fmt: skip


def _clauses(rows: Sequence[Mapping[str, Any]]) -> Sequence[Clause]:
    """Rows of the sheet, by its column names or by our own; each is of this contract."""
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
