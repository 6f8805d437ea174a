"""The four sheets of contract royalties -> the terms of each contract (contract section 8).

A contract with a faulty row, or whose shares do not make 100 %, gives no terms: half of them would pay the wrong sums.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from colophon.domain.finding import Finding
from colophon.domain.provenance import Origin
from colophon.domain.royalty_faults import faults_of
from colophon.domain.royalty_terms import (
    Advance,
    Escalator,
    EscalatorKind,
    PriceBasis,
    Rate,
    Reserve,
    RoyaltyLevel,
    RoyaltyTerms,
    Split,
    Untold,
)
from colophon.errors import BadRecordError
from colophon.systems.consonance.reports import cells
from colophon.systems.consonance.reports.layouts import SheetSpec
from colophon.systems.consonance.reports.rows import ReportRow, Rows, amount, finding, report
from colophon.systems.consonance.unreadable import about_contract

Key = tuple[int | None, int]
"""Product (None: all of the contract's) and payee."""

_RATE = frozenset(
    ["contract_id", "rate_percent", "basis", "unit_escalators", "date_escalators", "discount_escalators", "sale_value_escalators"],
)
_GUARANTEED = frozenset({"guaranteed_minimum", "guaranteed_maximum"})
_RATE_PRIVATE = _GUARANTEED | {"rate_percent", "unit_escalators", "date_escalators", "discount_escalators", "sale_value_escalators"}
_BASIS = {"basis": frozenset(PriceBasis)}
_MONEY = frozenset(["share_percent", "advance_amount", "reserve_percents", "past_payments", "opening_balance", "commission_percent"])
_ONCE = ("share_percent", "reserve_percents", "past_payments", "opening_balance", "agent_id", "commission_percent")

_RESERVE = ("reserve_base", "reserve_formats", "reserve_release_after")

SHEETS: Mapping[str, SheetSpec] = {
    "product_rates": SheetSpec(needed=_RATE | {"product_id"}, optional=_GUARANTEED, private=_RATE_PRIVATE, words=_BASIS),
    "masterchannel_rates": SheetSpec(
        needed=_RATE | {"masterchannel"}, optional=_GUARANTEED | {"product_id"}, private=_RATE_PRIVATE, words=_BASIS
    ),
    "channel_rates": SheetSpec(needed=_RATE | {"channel_id"}, optional=_GUARANTEED | {"product_id"}, private=_RATE_PRIVATE, words=_BASIS),
    "payees": SheetSpec(
        needed=_MONEY | {"contract_id", "contact_id", "advance_trigger", "advance_paid_on", "agent_id"},
        optional=frozenset(
            {"product_id", "advance_is_joint", "account_set", "statement_number", "minimum_payment", "statement_months", *_RESERVE}
        ),
        private=_MONEY | {"minimum_payment"},
    ),
}
_LEVELS = {
    "product_rates": RoyaltyLevel.PRODUCT,
    "masterchannel_rates": RoyaltyLevel.MASTERCHANNEL,
    "channel_rates": RoyaltyLevel.CHANNEL,
}
_BELOW_ALL = cells.between(0, 100, is_below=True)
_COPIES = cells.in_decimals(cells.whole)
_ESCALATORS = {
    "unit_escalators": (EscalatorKind.UNIT, cells.steps(_COPIES)),
    "discount_escalators": (EscalatorKind.DISCOUNT, cells.steps(cells.PERCENT)),
    "sale_value_escalators": (EscalatorKind.SALE_VALUE, cells.steps(cells.positive)),
}
_DATES = cells.steps(cells.day)
_STATEMENTS = cells.steps(cells.key)
_WEIGHT = 1_000_000
_ACCOUNT: Mapping[str, Callable[[object], Any]] = {
    "account_set": cells.text,
    "statement_number": cells.key,
    "minimum_payment": cells.positive,
    "statement_months": cells.listed(cells.key),
    "reserve_base": cells.text,
    "reserve_formats": cells.listed(cells.text),
    "reserve_release_after": cells.key,
}
"""What a row of a payee may say of the whole contract; rows that say it say the same."""
_UNTOLD = {
    "account_set": Untold.CONTRACT_SET,
    "advance_is_joint": Untold.JOINT_ADVANCE,
    "statement_number": Untold.STATEMENT_NUMBER,
    "minimum_payment": Untold.MINIMUM_PAYMENT,
    "statement_months": Untold.STATEMENT_MONTHS,
    "reserve_release_after": Untold.RESERVE_RELEASE,
}
"""Columns that a file may be without; what they would say is then unknown."""


@dataclass(slots=True)
class _Draft:
    """What was read of one contract so far."""

    origin: Origin
    rates: dict[tuple[Any, ...], Rate] = field(default_factory=dict)
    splits: dict[Key, Split] = field(default_factory=dict)
    advances: list[Advance] = field(default_factory=list)
    reserves: list[Reserve] = field(default_factory=list)
    account: dict[str, Any] = field(default_factory=dict)
    untold: frozenset[Untold] = frozenset()
    is_faulty: bool = False


def royalty_terms(rows_of: Callable[[str], Rows], currency: str) -> Iterator[RoyaltyTerms | Finding]:
    """Findings of all sheets, then the terms of each contract by ascending id. `rows_of` gives the rows of a sheet."""
    drafts: dict[int, _Draft] = {}
    for sheet in SHEETS:
        for row in rows_of(sheet):
            if isinstance(row, Finding):
                yield row
                continue
            draft: _Draft | None = None
            try:
                contract_id = row.need("contract_id", cells.key)
                draft = drafts.setdefault(contract_id, _Draft(row.origin))
                row.check_width()
                _take(sheet, row, draft, currency)
            except BadRecordError as fault:
                if draft is not None:
                    draft.is_faulty = True
                yield report(fault, row.origin)
    for contract_id in sorted(drafts):
        yield _finished(contract_id, drafts[contract_id], currency)


def _take(sheet: str, row: ReportRow, draft: _Draft, currency: str) -> None:
    if sheet == "payees":
        _take_payee(row, draft, currency)
        return
    rate = _rate(sheet, row, currency)
    key = (rate.level, rate.product_id, rate.masterchannel, rate.channel_id)
    if key in draft.rates:
        raise row.unfit("contract_id", f"one rate for each product and channel; row {_row(draft.rates[key].origin)} has another")
    draft.rates[key] = rate


def _rate(sheet: str, row: ReportRow, currency: str) -> Rate:
    level = _LEVELS[sheet]
    is_product = level is RoyaltyLevel.PRODUCT
    return Rate(
        level=level,
        product_id=row.need("product_id", cells.key) if is_product else row.get("product_id", cells.key),
        masterchannel=row.need("masterchannel", cells.text) if level is RoyaltyLevel.MASTERCHANNEL else None,
        channel_id=row.need("channel_id", cells.key) if level is RoyaltyLevel.CHANNEL else None,
        basis=PriceBasis(row.need("basis", cells.word(row.words("basis")))),
        rate_percent=row.need("rate_percent", _BELOW_ALL),
        guaranteed_minimum=amount(row, "guaranteed_minimum", currency, cells.positive),
        guaranteed_maximum=amount(row, "guaranteed_maximum", currency, cells.positive),
        escalators=tuple(_escalators(row)),
        origin=row.origin,
    )


def _escalators(row: ReportRow) -> Iterator[Escalator]:
    for column, (kind, read) in _ESCALATORS.items():
        for above, percent in row.get(column, read) or ():
            yield Escalator(kind=kind, above=above, rate_percent=percent)
    for day, percent in row.get("date_escalators", _DATES) or ():
        yield Escalator(kind=EscalatorKind.DATE, above_on=day, rate_percent=percent)


def _take_payee(row: ReportRow, draft: _Draft, currency: str) -> None:
    """The first row of a payee says all; further ones add instalments of the advance and leave the rest blank."""
    payee_id, product_id = row.need("contact_id", cells.key), row.get("product_id", cells.key)
    advance = _advance(row, payee_id, currency)
    draft.untold = frozenset(what for column, what in _UNTOLD.items() if not row.tells(column))
    for column, read in _ACCOUNT.items():
        told = row.get(column, read)
        if told is not None and draft.account.setdefault(column, told) != told:
            raise row.unfit(column, "what the other rows of the contract say")
    known = draft.splits.get((product_id, payee_id))
    if known is None:
        split, reserves = _split(row, payee_id, product_id, currency), list(_reserves(row, payee_id))
        draft.splits[product_id, payee_id] = split
        draft.reserves += reserves
    elif advance is None:
        raise row.unfit("advance_amount", f"an instalment: row {_row(known.origin)} has all else of this payee")
    else:
        for column in _ONCE:
            if row.get(column, str) is not None:
                raise row.unfit(column, f"nothing: row {_row(known.origin)} says it")
    if advance:
        draft.advances.append(advance)


def _split(row: ReportRow, payee_id: int, product_id: int | None, currency: str) -> Split:
    share = row.need("share_percent", cells.PERCENT)
    return Split(
        payee_id=payee_id,
        product_id=product_id,
        weight=int(share * _WEIGHT),
        share_percent=share,
        opening_balance=amount(row, "opening_balance", currency, cells.number),
        past_payments=amount(row, "past_payments", currency, cells.positive),
        agent_id=row.get("agent_id", cells.key),
        commission_percent=row.get("commission_percent", cells.PERCENT),
        origin=row.origin,
    )


def _advance(row: ReportRow, payee_id: int, currency: str) -> Advance | None:
    sum_ = amount(row, "advance_amount", currency, cells.positive)
    trigger, paid_on = row.get("advance_trigger", cells.text), row.get("advance_paid_on", cells.day)
    is_joint = bool(row.get("advance_is_joint", cells.word(cells.YES_OR_NO)))
    if sum_ is None:
        if trigger or paid_on or is_joint:
            raise row.unfit("advance_amount", "the amount that was agreed")
        return None
    if trigger is None:
        raise row.unfit("advance_trigger", "what makes the advance due")
    return Advance(
        payee_id=None if is_joint else payee_id,  # nobody's alone
        is_joint=is_joint,
        trigger=trigger,
        amount=sum_,
        currency=currency,
        paid_on=paid_on,
        origin=row.origin,
    )


def _reserves(row: ReportRow, payee_id: int) -> Iterator[Reserve]:
    """`1:20;3:10`: 20 % from the first statement on, 10 % from the third."""
    steps = row.get("reserve_percents", _STATEMENTS) or ()
    for place, (start, percent) in enumerate(steps, start=1):
        end = steps[place][0] - 1 if place < len(steps) else None
        yield Reserve(payee_id=payee_id, statement_from=start, statement_to=end, rate_percent=percent, origin=row.origin)


def _finished(contract_id: int, draft: _Draft, currency: str) -> RoyaltyTerms | Finding:
    subject, about = f"contract:{contract_id}", about_contract(contract_id, draft.account.get("account_set"))
    if draft.is_faulty:
        return finding(
            draft.origin, "the contract's rows", "rows with faults", "terms without a fault in any row", subject=subject, about=about
        )
    if not draft.rates:
        return finding(draft.origin, "the contract's rates", "no rate", "a rate on one of the rates sheets", subject=subject, about=about)
    terms = RoyaltyTerms(
        contract_id=contract_id,
        currency=currency,
        contract_set=draft.account.get("account_set"),
        statement_number=draft.account.get("statement_number"),
        statement_months=draft.account.get("statement_months", ()),
        minimum_payment=draft.account.get("minimum_payment"),
        rates=tuple(draft.rates.values()),
        splits=tuple(draft.splits.values()),
        advances=tuple(draft.advances),
        reserves=tuple(
            replace(
                one,
                base=draft.account.get("reserve_base"),
                formats=draft.account.get("reserve_formats"),
                release_after_statements=draft.account.get("reserve_release_after"),
            )
            for one in draft.reserves
        ),
        untold=draft.untold,
        origin=draft.origin,
    )
    fault = next(faults_of(terms), None)
    return finding(draft.origin, *fault, subject=subject, about=about) if fault else terms


def _row(origin: Origin | None) -> str:
    return f"{origin.row} of {origin.sheet or origin.file}" if origin else "?"
