"""A clause as a sentence that the person who entered it, and the author, can check against the contract."""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal

from colophon.domain.royalty_clauses import Begins, Clause, ClauseKind, Counted, DiscountBand
from colophon.domain.royalty_terms import PriceBasis
from colophon.royalties.statement.wording import count, day

_BASIS = {PriceBasis.LIST: "the list price", PriceBasis.NET: "what we receive"}
_COUNTED = {Counted.COPIES: "copies", Counted.LIST: "of list value", Counted.NET: "received"}
_BEGINS = {Begins.YEAR: "year", Begins.HALF: "half year", Begins.QUARTER: "quarter"}


def in_words(clause: Clause) -> str:
    """The whole clause. It tells rates and amounts: it is for the eyes of those who keep contracts."""
    said = _SAYS[clause.kind](clause)
    note = f" ({clause.label})" if clause.label and clause.kind is not ClauseKind.CHARGE else ""
    wins = " This counts, whatever Consonance says." if clause.wins else ""
    return f"{said[0].upper()}{said[1:]}.{note}{wins}"


def band_in_words(band: DiscountBand) -> str:
    """`a discount of more than 55 %`, `a discount from 50 % up to 70 %`."""
    over, under = band.over, band.under
    if over is not None and under is not None:
        first = f"from {_number(over)} %" if band.over_inclusive else f"above {_number(over)} %"
        return f"a discount {first} {'up to' if band.under_inclusive else 'to below'} {_number(under)} %"
    if over is not None:
        return f"a discount of {_number(over)} % or more" if band.over_inclusive else f"a discount of more than {_number(over)} %"
    limit = _number(under or Decimal(0))
    return f"a discount of {limit} % or less" if band.under_inclusive else f"a discount of less than {limit} %"


def _number(value: Decimal | None) -> str:
    return "0" if value is None else f"{value.normalize():f}"


def _where(clause: Clause) -> str:
    return "".join(f" {part}" for part in _parts(clause))


def _parts(clause: Clause) -> Iterator[str]:
    if clause.product_id is not None:
        yield f"of product {clause.product_id}"
    if clause.format is not None:
        yield f"in {clause.format.replace('_', ' ').lower()}"
    if clause.masterchannel is not None:
        yield f"through {clause.masterchannel}"
    if clause.territories:
        yield f"in {', '.join(clause.territories)}"
    if clause.not_in:
        yield f"outside {', '.join(clause.not_in)}"
    if clause.discount is not None:
        yield f"at {band_in_words(clause.discount)}"
    if clause.sold_from is not None:
        yield f"from {day(clause.sold_from)}"
    if clause.sold_to is not None:
        yield f"up to {day(clause.sold_to)}"


def _rate(clause: Clause) -> str:
    less = f" after {_number(clause.less)} % is taken off" if clause.less is not None else ""
    basis = f" of {_BASIS[clause.basis]}" if clause.basis is not None else ""
    if clause.amount is not None:
        rate = f"{_number(clause.amount)} per copy"
    elif clause.rate is not None:
        rate = f"{_number(clause.rate)} %{basis or ' of what the terms name'}"
    else:
        rate = f"{_number(clause.of_rate)} % of the rate that else holds{basis and f', taken{basis}'}"
    unit = "" if clause.amount is not None else " %"
    steps = "".join(
        f", {_number(above_rate)}{unit} above {_number(above)} {_COUNTED[clause.counted or Counted.COPIES]}"
        for above, above_rate in clause.thresholds
    )
    counter = f", counted together as {clause.counter}" if clause.counter else ""
    begins = f", counted anew each {_BEGINS[clause.begins]}" if clause.begins else ""
    return f"sales{_where(clause)} earn {rate}{less}{steps}{counter}{begins}"


def _sliding(clause: Clause) -> str:
    told = clause.discount
    free = clause.less if clause.less is not None else told.over if told else None
    floor = clause.of_rate if clause.of_rate is not None else Decimal(50)
    return (
        f"sales{_where(clause)} earn a rate that falls by half of what the discount is above {_number(free)} %, "
        f"to no less than {_number(floor)} % of it"
    )


def _free(clause: Clause) -> str:
    anew = f" of each {_BEGINS[clause.begins]}" if clause.begins else ""
    return f"the first {count(clause.copies or 0)} copies{anew}{_where(clause)} earn nothing"


def _cost(clause: Clause) -> str:
    where = f" through {clause.masterchannel}" if clause.masterchannel else ""
    return f"copies of product {clause.product_id} sold{where} at {_number(clause.amount)} or less each, what they cost us, earn nothing"


def _reserve(clause: Clause) -> str:
    size = f"the royalty on {count(clause.copies)} copies" if clause.copies is not None else f"{_number(clause.percent)} % of the royalty"
    of = "".join(f" {part}" for part in _parts(clause))
    who = f" of payee {clause.payee_id}" if clause.payee_id is not None else ""
    cap = f", at most {_number(clause.cap)} % of all that is earned" if clause.cap is not None else ""
    first = f" from statement {clause.first}" if clause.first is not None else ""
    last = f" to statement {clause.last}" if clause.last is not None else ""
    until = f" until {day(clause.until)}" if clause.until is not None else ""
    months = f" in the first {clause.from_publication} months after an edition comes out" if clause.from_publication is not None else ""
    parts = [
        f"{_number(part.percent)} % after {part.after} {'month' if part.in_months else 'statement'}{'s' if part.after != 1 else ''}"
        for part in clause.release
    ]
    release = f"; released {' and '.join(parts)}" if parts else "; released with the next statement"
    return f"{size}{of}{who} is held back against returns{first}{last}{until}{months}{cap}{release}"


def _charge(clause: Clause) -> str:
    who = f"payee {clause.payee_id}" if clause.payee_id is not None else "the payees together"
    when = f" on {day(clause.dated)}" if clause.dated is not None else ""
    return f"{clause.label}: {_number(clause.amount)} is charged to {who}{when}"


def _pool(clause: Clause) -> str:
    rate = f"{_number(clause.rate)} %" if clause.rate is not None else "the contract's rate"
    fund = "" if clause.amount is None else f" (of a fund of {_number(clause.amount)} for {count(clause.copies or 0)} readings in all)"
    return f"what comes in{_where(clause)}{fund} earns {rate} of what we receive; what was read or lent is no copy and moves no count"


_SAYS: Mapping[ClauseKind, Callable[[Clause], str]] = {
    ClauseKind.RATE: _rate,
    ClauseKind.SLIDING: _sliding,
    ClauseKind.FREE: _free,
    ClauseKind.COST: _cost,
    ClauseKind.RESERVE: _reserve,
    ClauseKind.CHARGE: _charge,
    ClauseKind.BUNDLE: lambda one: f"of bundle {one.product_id}, {_number(one.percent)} % belongs to this contract",
    ClauseKind.POOL: _pool,
    ClauseKind.GUARANTEE: lambda one: f"each period earns at least {_number(one.amount)}",
    ClauseKind.SWEEP: lambda one: f"what is due at the end of month {' and '.join(map(str, one.months))} is paid, however little",
    ClauseKind.SPLIT: lambda one: f"payee {one.payee_id} has {_number(one.percent)} % of what{_where(one) or ' the contract'} earns",
    ClauseKind.PRINTED: lambda one: f"{count(one.copies or 0)} copies of product {one.product_id} were {one.label or 'printed'}",
    ClauseKind.UNREADABLE: lambda one: f"{one.place} cannot be read: the account waits",
}
