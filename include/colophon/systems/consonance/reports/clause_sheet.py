"""Rows of the sheet of clauses -> what contracts say that Consonance has no field for, one clause a row.

A row with a fault is an exception that names row and column, and its contract gets a clause that cannot be read, so that its account
waits: half of a contract's clauses would pay the wrong sums. Where not even the contract can be read, it is nobody's.
"""

import itertools
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from colophon.domain.countries import is_country
from colophon.domain.finding import Finding
from colophon.domain.rights_deal import RightsFormat
from colophon.domain.royalty_clauses import NOBODY, Begins, Clause, ClauseKind, Counted, DiscountBand, ReleasePart
from colophon.domain.royalty_terms import PriceBasis
from colophon.errors import BadRecordError
from colophon.sheets.tables import MERGED
from colophon.systems.consonance.reports import cells
from colophon.systems.consonance.reports.cells import Read
from colophon.systems.consonance.reports.layouts import SheetSpec
from colophon.systems.consonance.reports.rows import ReportRow, Rows, report

_SIGNS = {">": (True, False), ">=": (True, True), "<": (False, False), "<=": (False, True)}


def _refuse(expected: str) -> BadRecordError:
    return BadRecordError(expected, system="consonance")


def _band(value: object) -> DiscountBand:
    """`>55`, or `>=50 <=70`: both ends in one cell, a blank between them."""
    expected = "a discount with its sign, such as >55, or two with a blank between them: >=50 <=70"
    found: dict[str, Any] = {}
    for part in cells.text(value).split():
        sign = part[:2] if part[:2] in _SIGNS else part[:1]
        if sign not in _SIGNS:
            raise _refuse(expected)
        is_lower, inclusive = _SIGNS[sign]
        name = "over" if is_lower else "under"
        if name in found:
            raise _refuse(expected)
        found |= {name: _hundredths(part[len(sign) :]), f"{name}_inclusive": inclusive}
    if not found or found.get("over", Decimal(0)) > found.get("under", Decimal(100)):
        raise _refuse(expected)
    return DiscountBand(**found)


def _hundredths(value: object) -> Decimal:
    """A percentage from 0 to 100 with at most two decimals, as discounts have."""
    found = cells.PERCENT(value)
    if found * 100 != int(found * 100):
        raise _refuse("a percentage with at most two decimals")
    return found


def _part(value: object) -> Decimal:
    """A part of a whole: `50/100`, or a percentage with at most two decimals."""
    top, bar, whole = cells.text(value).partition("/")
    if not bar:
        return _hundredths(cells.text(value))
    of = cells.positive(whole.strip())
    exact = cells.positive(top.strip()) * 100 / of if of else Decimal(101)
    if exact > 100 or exact * 100 != int(exact * 100):
        raise _refuse("a part with at most two decimals of a percent: write 33.33 and 33.34 rather than 1/3")
    return exact


def _thresholds(value: object) -> tuple[tuple[Decimal, Decimal], ...]:
    expected = "thresholds that rise, each with its rate: 5000:12.5;10000:15"
    pairs = [part.strip().partition(":") for part in cells.text(value).removesuffix(";").split(";")]
    found = tuple((cells.positive(above.strip()), cells.positive(rate.strip())) for above, _, rate in pairs)
    if any(one[0] >= other[0] for one, other in itertools.pairwise(found)):
        raise _refuse(expected)
    return found


def _release(value: object) -> tuple[ReleasePart, ...]:
    """`50@1;50@2`: after one and two statements; `100@6m`: after six months."""
    expected = "parts that make 100, each with its statement or month: 50@1;50@2 or 100@6m"
    found = []
    for part in cells.text(value).removesuffix(";").split(";"):
        percent, at, when = part.strip().partition("@")
        in_months = when.endswith("m")
        if not at:
            raise _refuse(expected)
        found.append(ReleasePart(percent=cells.PERCENT(percent), after=cells.key(when.removesuffix("m")), in_months=in_months))
    if sum(one.percent for one in found) != 100:
        raise _refuse(expected)
    return tuple(found)


def _country(value: object) -> str:
    """Two letters that are a country's: a clause of `UK` would be for no sale at all."""
    found = cells.country(value)
    if not is_country(found):
        raise _refuse("codes of ISO 3166, such as GB")
    return found


def _month(value: object) -> int:
    found = cells.key(value)
    if found > 12:
        raise _refuse("a month from 1 to 12")
    return found


READERS: Mapping[str, Read[Any]] = {
    "product_id": cells.key,
    "format": cells.word({one.value: one.value for one in RightsFormat}),
    "masterchannel": cells.text,
    "territories": cells.listed(_country),
    "not_in": cells.listed(_country),
    "discount": _band,
    "sold_from": cells.day,
    "sold_to": cells.day,
    "basis": cells.word({one.value: one for one in PriceBasis}),
    "rate": cells.between(0, 100, is_below=True),
    "of_rate": cells.PERCENT,
    "less": _hundredths,
    "thresholds": _thresholds,
    "counted": cells.word({one.value: one for one in Counted}),
    "counter": cells.text,
    "begins": cells.word({one.value: one for one in Begins}),
    "amount": cells.positive,
    "copies": cells.whole,
    "percent": _part,
    "cap": cells.PERCENT,
    "release": _release,
    "first": cells.key,
    "last": cells.key,
    "until": cells.day,
    "from_publication": cells.key,
    "months": cells.listed(_month),
    "dated": cells.day,
    "payee_id": cells.key,
    "label": cells.text,
    "wins": cells.word({"yes": True}),
}
"""How each field's cell is read."""
_SCOPE = frozenset({"product_id", "format", "masterchannel", "territories", "not_in", "discount", "sold_from", "sold_to"})
_PLACE = _SCOPE - {"discount"}
NEEDED: Mapping[ClauseKind, tuple[str, ...]] = {
    ClauseKind.SLIDING: ("discount",),
    ClauseKind.FREE: ("copies",),
    ClauseKind.COST: ("product_id", "amount"),
    ClauseKind.CHARGE: ("amount", "dated", "label"),
    ClauseKind.BUNDLE: ("product_id", "percent"),
    ClauseKind.POOL: ("masterchannel",),
    ClauseKind.GUARANTEE: ("amount",),
    ClauseKind.SWEEP: ("months",),
    ClauseKind.SPLIT: ("payee_id", "percent"),
    ClauseKind.PRINTED: ("product_id", "copies", "dated"),
}
"""What a clause of each kind has to say."""
MAY: Mapping[ClauseKind, frozenset[str]] = {
    ClauseKind.RATE: _SCOPE | {"basis", "rate", "of_rate", "amount", "less", "thresholds", "counted", "counter", "begins"},
    ClauseKind.SLIDING: _SCOPE | {"less", "of_rate"},
    ClauseKind.FREE: (_PLACE - {"territories", "not_in"}) | {"copies", "begins", "counter"},
    ClauseKind.COST: frozenset({"product_id", "amount", "masterchannel"}),
    ClauseKind.RESERVE: frozenset(
        ["product_id", "format", "percent", "copies", "cap", "release", "first", "last", "until", "from_publication", "payee_id"]
    ),
    ClauseKind.CHARGE: frozenset({"amount", "dated", "label", "payee_id", "product_id"}),
    ClauseKind.BUNDLE: frozenset({"product_id", "percent"}),
    ClauseKind.POOL: frozenset({"masterchannel", "rate", "product_id", "sold_from", "sold_to", "amount", "copies"}),
    ClauseKind.GUARANTEE: frozenset({"amount"}),
    ClauseKind.SWEEP: frozenset({"months"}),
    ClauseKind.SPLIT: frozenset({"payee_id", "percent", "product_id", "territories"}),
    ClauseKind.PRINTED: frozenset({"product_id", "copies", "dated", "label"}),
}
"""What it may say; `label` and `wins` every clause may."""
ONE_OF: Mapping[ClauseKind, tuple[str, ...]] = {ClauseKind.RATE: ("rate", "of_rate", "amount"), ClauseKind.RESERVE: ("percent", "copies")}
"""Of these a clause says exactly one."""
CLAUSES = SheetSpec(
    needed=frozenset({"contract_id", "clause"}),
    optional=frozenset(READERS),
    private=frozenset(["rate", "of_rate", "less", "thresholds", "amount", "percent", "cap", "release", "label"]),
)
_KINDS = {one.value: one for one in ClauseKind if one is not ClauseKind.UNREADABLE}


def clauses(rows: Rows) -> Iterator[Clause | Finding]:
    """One clause a row. After the last row: bundles whose parts make more than the whole."""
    parts: dict[int, Decimal] = {}
    above = NOBODY
    for row in rows:
        if isinstance(row, Finding):
            yield Clause(contract_id=NOBODY, kind=ClauseKind.UNREADABLE)
            yield row
            continue
        contract_id = above if row.get("contract_id", _as_it_is) in {None, MERGED} else NOBODY  # whose row it looks to be waits
        try:
            contract_id = above = row.need("contract_id", cells.key)
            row.check_width()
            clause = _clause(row, contract_id)
            if clause.kind is ClauseKind.BUNDLE and clause.product_id is not None:
                parts[clause.product_id] = parts.get(clause.product_id, Decimal(0)) + (clause.percent or 0)
                if parts[clause.product_id] > 100:
                    raise row.unfit("percent", "parts of one bundle that make at most 100 % over all contracts")
            yield clause
        except BadRecordError as fault:
            yield Clause(contract_id=contract_id, kind=ClauseKind.UNREADABLE, place=f"row {row.origin.row}")
            yield report(fault, row.origin)


def _as_it_is(value: object) -> object:
    return value


def _clause(row: ReportRow, contract_id: int) -> Clause:
    kind = row.need("clause", cells.word(_KINDS))
    told = {name: value for name, read in READERS.items() if (value := row.get(name, read)) is not None}
    for name in told.keys() - MAY[kind] - {"label", "wins"}:
        raise row.unfit(name, f"nothing: a clause of the kind {kind.value!r} does not read it")
    for name in NEEDED.get(kind, ()):
        row.need(name, _as_it_is)
    one_of = ONE_OF.get(kind, ())
    if one_of and len(told.keys() & set(one_of)) != 1:
        raise row.unfit(one_of[0], f"exactly one of {', '.join(one_of)}")
    if kind is ClauseKind.POOL and ("amount" in told) != ("copies" in told):
        raise row.unfit("amount", "the whole of the fund, with all that was read in it as Copies")
    if kind is ClauseKind.RESERVE and "copies" in told and "payee_id" in told:
        raise row.unfit("payee_id", "nothing: a reserve of copies is of all payees")
    if kind is ClauseKind.RATE and "thresholds" in told and "of_rate" in told:
        raise row.unfit("thresholds", "nothing: of a part of the rate the thresholds are those of the rate")
    return Clause(contract_id=contract_id, kind=kind, place=f"row {row.origin.row}", **told)
