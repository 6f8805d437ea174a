"""EXT: what the royalty records of the extension say, as domain records (contract section 6). Amounts are never shown in a finding."""

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from colophon.domain.finding import Finding
from colophon.domain.money import exact_amount
from colophon.domain.payment import Payment
from colophon.domain.royalty_faults import faults_of
from colophon.domain.royalty_run import RoyaltyRun, RunTotal
from colophon.domain.royalty_terms import (
    Advance,
    Combine,
    Escalator,
    EscalatorKind,
    PriceBasis,
    Rate,
    Reserve,
    RoyaltyLevel,
    RoyaltyTerms,
    Split,
)
from colophon.domain.sale import Sale
from colophon.domain.vendor_statement import VendorStatement
from colophon.systems.consonance.graphql import wire
from colophon.systems.consonance.graphql.wire import (
    Row,
    child,
    day,
    each,
    flag,
    required_int,
    required_text,
    text,
    texts,
    whole,
    wholes,
    within,
)
from colophon.systems.consonance.unreadable import read_or_report

Word = TypeVar("Word", EscalatorKind, PriceBasis, RoyaltyLevel, Combine)


def sale_from(row: Row) -> Sale | Finding:
    """One sale or return."""
    return read_or_report("sale", row, _sale)


def terms_from(row: Row) -> RoyaltyTerms | Finding:
    """All that one contract pays; terms with a fault, as `faults_of` judges, are none."""
    return read_or_report("royalty_terms", row, _terms)


def payment_from(row: Row) -> Payment | Finding:
    """One payment."""
    return read_or_report("payment", row, _payment)


def statement_from(row: Row) -> VendorStatement | Finding:
    """One statement of Consonance's own."""
    return read_or_report("statement", row, _statement)


def run_from(row: Row) -> RoyaltyRun | Finding:
    """One royalty run of Consonance's own, with its totals."""
    return read_or_report("royalty_run", row, _run)


def _sale(row: Row) -> Sale:
    quantity = required_int(row, "quantity")
    if quantity < 0:
        raise wire.unreadable("quantity", quantity, "a number of copies; isReturn gives the sign")
    return Sale(
        id=required_int(row, "id"),
        revision=whole(row, "revision"),
        is_return=wire.required_flag(row, "isReturn"),
        product_id=whole(row, "productId"),
        isbn13=wire.isbn_of(row, "isbn13"),
        channel_id=required_int(row, "channelId"),
        masterchannel=text(row, "masterchannel"),
        sold_on=_needed_day(row, "salesDate"),
        list_price=_positive(row, "listPrice"),
        source=required_text(row, "source"),
        quantity=quantity,
        value=_positive(row, "value"),
        currency=_currency(row, "currencyCode"),
        country=wire.country(row, "countryCode"),
        original_currency=text(row, "originalCurrency"),
        original_value=_positive(row, "originalValue"),
        file=text(row, "file"),
        notes=text(row, "notes"),
        royalty_run_id=whole(row, "royaltyRunId"),
    )


def _terms(row: Row) -> RoyaltyTerms:
    terms = RoyaltyTerms(
        id=required_int(row, "id"),
        revision=whole(row, "revision"),
        contract_id=within(row, "contract", _id),
        currency=_currency(row, "currencyCode"),
        contract_set=text(row, "contractSet"),
        statement_months=tuple(wholes(row, "statementMonths")),
        statement_number=whole(row, "statementNumber"),
        minimum_payment=_positive(row, "minimumPayment"),
        rates=tuple(each(row, "rates", _rate)),
        splits=tuple(each(row, "splits", _split)),
        advances=tuple(each(row, "advances", _advance)),
        reserves=tuple(each(row, "reserves", _reserve)),
    )
    for place, found, expected in faults_of(terms):
        raise wire.unreadable(place, found, expected)
    return terms


def _rate(row: Row) -> Rate:
    return Rate(
        id=whole(row, "id"),
        level=_word(row, "level", RoyaltyLevel),
        product_id=whole(row, "productId"),
        masterchannel=text(row, "masterchannel"),
        channel_id=whole(row, "channelId"),
        basis=_word(row, "priceBasis", PriceBasis),
        rate_percent=_needed(row, "ratePercent"),
        territories=within(row, "territories", lambda places: tuple(texts(places, "included"))) or None,
        excluded_territories=within(row, "territories", lambda places: tuple(texts(places, "excluded"))) or None,
        guaranteed_minimum=_amount(row, "guaranteedMinimum"),
        guaranteed_maximum=_amount(row, "guaranteedMaximum"),
        escalators=tuple(each(row, "escalators", _escalator)),
    )


def _escalator(row: Row) -> Escalator:
    return Escalator(
        kind=_word(row, "kind", EscalatorKind),
        above=_amount(row, "from"),
        above_on=day(row, "fromDate"),
        is_inclusive=bool(flag(row, "inclusive")),
        rate_percent=_needed(row, "ratePercent"),
        combine=_word(row, "combine", Combine),
        counting_group=text(row, "countingGroup"),
        is_marginal=flag(row, "marginal"),
    )


def _split(row: Row) -> Split:
    return Split(
        payee_id=within(row, "payee", _id),
        product_id=whole(row, "productId"),
        weight=required_int(row, "weight"),
        share_percent=_needed(row, "sharePercent"),
        opening_balance=_amount(row, "openingBalance"),
        agent_id=whole(child(row, "agent"), "id"),
        commission_percent=_amount(row, "commissionPercent"),
    )


def _advance(row: Row) -> Advance:
    return Advance(
        id=whole(row, "id"),
        payee_id=whole(child(row, "payee"), "id"),
        is_joint=bool(flag(row, "joint")),
        trigger=required_text(row, "trigger"),
        amount=_needed(row, "amount"),
        currency=_currency(row, "currencyCode"),
        due_on=day(row, "dueOn"),
        paid_on=day(row, "paidOn"),
    )


def _reserve(row: Row) -> Reserve:
    return Reserve(
        statement_from=required_int(row, "statementFrom"),
        statement_to=whole(row, "statementTo"),
        rate_percent=_needed(row, "ratePercent"),
        base=text(row, "base"),
        formats=tuple(texts(row, "formats")) or None,
        release_after_statements=whole(row, "releaseAfterStatements"),
    )


def _payment(row: Row) -> Payment:
    amount, currency = _needed(row, "amount"), _currency(row, "currencyCode")
    if exact_amount(amount, currency) is None:
        raise wire.unreadable("amount", wire.HIDDEN, f"an amount in whole minor units of {currency}")
    return Payment(
        id=required_int(row, "id"),
        revision=whole(row, "revision"),
        contact_id=required_int(row, "contactId"),
        contract_id=required_int(row, "contractId"),
        product_id=whole(row, "productId"),
        paid_on=_needed_day(row, "paidOn"),
        amount=amount,
        currency=currency,
        external_reference=text(row, "externalReference"),
    )


def _statement(row: Row) -> VendorStatement:
    return VendorStatement(
        id=required_int(row, "id"),
        revision=whole(row, "revision"),
        batch=required_text(row, "batchName"),
        run_id=required_int(row, "royaltyRunId"),
        status=required_text(row, "status"),
        number=required_int(row, "number"),
        payee_id=within(row, "payee", _id),
        contract_id=within(row, "contract", _id),
        period_from=_needed_day(row, "periodFrom"),
        period_to=_needed_day(row, "periodTo"),
        currency=_currency(row, "currencyCode"),
        opening_balance=_needed(row, "openingBalance"),
        earnings=_needed(row, "earnings"),
        reserve_withheld=_needed(row, "reserveWithheld"),
        reserve_released=_needed(row, "reserveReleased"),
        payment_due=_needed(row, "paymentDue"),
        closing_balance=_needed(row, "closingBalance"),
    )


def _run(row: Row) -> RoyaltyRun:
    return RoyaltyRun(
        id=required_int(row, "id"),
        revision=whole(row, "revision"),
        name=required_text(row, "name"),
        status=required_text(row, "status"),
        last_day=day(row, "maxInvoiceDate"),
        totals=tuple(each(row, "totals", _total)),
    )


def _total(row: Row) -> RunTotal:
    return RunTotal(
        product_id=required_int(row, "productId"),
        contract_id=required_int(row, "contractId"),
        net_units=required_int(row, "netUnits"),
        sales_value=_needed(row, "salesValue"),
        royalty=_needed(row, "royaltyAmount"),
        currency=_currency(row, "currencyCode"),
    )


def _id(row: Row) -> int:
    return required_int(row, "id")


def _needed_day(row: Row, member: str) -> date:
    found = day(row, member)
    if found is None:
        raise wire.unreadable(member, None, "a day such as 2026-05-01")
    return found


def _currency(row: Row, member: str) -> str:
    found = required_text(row, member)
    if len(found) != 3 or not found.isascii() or not found.isupper():
        raise wire.unreadable(member, found, "three letters such as GBP")
    return found


def _word(row: Row, member: str, words: type[Word]) -> Word:
    found = required_text(row, member)
    if found not in words.__members__:
        raise wire.unreadable(member, found, f"one of {', '.join(words)}")
    return words[found]


def _amount(row: Row, member: str) -> Decimal | None:
    """A decimal number as text; no value is ever shown, for most of them are personal."""
    value: Any = row.get(member)
    if value is None:
        return None
    try:
        found = Decimal(value) if isinstance(value, str) and value.isascii() else None
    except InvalidOperation:
        found = None
    if found is None or not found.is_finite() or not -9 <= int(found.as_tuple().exponent) <= 0 or found.adjusted() > 11:
        raise wire.unreadable(member, wire.HIDDEN, "a decimal number as text, such as 7.99")
    return found


def _needed(row: Row, member: str) -> Decimal:
    found = _amount(row, member)
    if found is None:
        raise wire.unreadable(member, None, "a decimal number as text, such as 7.99")
    return found


def _positive(row: Row, member: str) -> Decimal | None:
    found = _amount(row, member)
    if found is not None and found < 0:
        raise wire.unreadable(member, wire.HIDDEN, "a number that is not negative")
    return found
