"""The records of a run that a worked example tells (`told_contract`): terms, sales, receipts, payments, clauses."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from colophon.domain.payment import Payment
from colophon.domain.provenance import Origin
from colophon.domain.rights_receipt import RightsReceipt
from colophon.domain.royalty_clauses import Clause
from colophon.domain.royalty_terms import Advance, Escalator, EscalatorKind, Rate, RoyaltyLevel, RoyaltyTerms, Split
from colophon.domain.sale import Sale
from colophon.errors import BadRecordError
from colophon.royalties.statement.period import Period
from colophon.royalty_run.told_contract import RateSaid, Sold, Told
from colophon.systems.consonance.reports.clause_sheet import CLAUSES, clauses
from colophon.systems.consonance.reports.layouts import Head, load_layouts
from colophon.systems.consonance.reports.reader import SPECS
from colophon.systems.consonance.reports.rows import ReportRow

CONTRACT, AGENT, BEFORE = 1, 1_000_000, 1
"""The contract; its agent; and the run that royaltied what was sold before."""


def terms_of(told: Told, period: Period) -> RoyaltyTerms:
    """The terms as they are told by the end of a period. An advance is beside the opening balance, and of all payees together where there are several."""
    only = next(iter(told.payees)) if len(told.payees) == 1 else None
    advances: list[tuple[Decimal, date, int | None, str]]
    advances = [] if told.advance is None else [(told.advance, Period.parse(told.period[0]).starts_on, None, "Advance")]
    advances += [(one.amount, one.paid, one.payee, one.words) for one in told.advances if (one.entered or one.paid) <= period.ends_on]
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
        advances=tuple(
            Advance(
                is_joint=(payee or only) is None, payee_id=payee or only, trigger=words, amount=amount, currency=told.currency, paid_on=on
            )
            for amount, on, payee, words in advances
        ),
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
                above_on=None if isinstance(step.above, Decimal) else step.above,
                is_inclusive=step.inclusive,
                rate_percent=step.rate,
                combine=step.how,
                is_marginal=step.marginal if step.of in {EscalatorKind.UNIT, EscalatorKind.SALE_VALUE} else None,
            )
            for step in one.steps
        ),
    )


def sales_of(told: Told, period: Period) -> list[Sale]:
    """The sales that are told by the end of a period; copies of before have been royaltied."""
    first = Period.parse(told.period[0])
    found = [
        _sale(told, one, place, one.day or first.ends_on)
        for place, one in enumerate(told.sales, start=1)
        if (one.entered or one.day or first.ends_on) <= period.ends_on
    ]
    if told.prior_units:
        found.append(
            Sale(
                id=0, is_return=False, product_id=1, channel_id=1, sold_on=first.starts_on - timedelta(days=1), quantity=told.prior_units,
                list_price=Decimal(1), value=Decimal(0), currency=told.currency, source="before", royalty_run_id=BEFORE,
            )
        )  # fmt: skip
    return found


def _sale(told: Told, one: Sold, place: int, day: date) -> Sale:
    value = one.value
    if one.discount is not None and one.price is not None:
        value = one.price * one.copies * (100 - one.discount) / 100
    return Sale(
        id=place, is_return=one.returned or one.copies < 0, product_id=one.product, channel_id=1, masterchannel=one.channel,
        country=one.country, sold_on=day, quantity=abs(one.copies), list_price=one.price,
        value=None if value is None else abs(value) if one.copies < 0 else value, currency=one.currency or told.currency, source="example",
    )  # fmt: skip


def receipts_of(told: Told) -> list[RightsReceipt]:
    """What came in for licences, each of a kind of its own, since each has a share of its own."""
    first = Period.parse(told.period[0])
    return [
        RightsReceipt(
            id=place, contract_id=CONTRACT, rights_type=f"right {place}", received_on=one.day or first.ends_on, amount=one.gross,
            currency=told.currency, foreign_tax=one.foreign_tax, bank_charges=one.bank_charges,
        )
        for place, one in enumerate(told.receipts, start=1)
    ]  # fmt: skip


def payments_of(told: Told, period: Period) -> list[Payment]:
    """The payments on account that are told by the end of a period."""
    return [
        Payment(id=place, contact_id=one.payee, contract_id=CONTRACT, paid_on=one.paid, amount=one.amount, currency=told.currency,
                external_reference=one.reference)
        for place, one in enumerate(told.payments, start=1)
        if (one.entered or one.paid) <= period.ends_on
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
