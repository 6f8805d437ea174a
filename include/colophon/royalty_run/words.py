"""What a statement says of an account in words: why a rate is reduced, where a count stands, what was left out, what was earned to date."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal

from colophon.domain.royalty_clauses import DiscountBand
from colophon.royalties.account import AccountStatement
from colophon.royalties.clauses.rates import OF_A_BUNDLE
from colophon.royalties.clauses.words import band_in_words
from colophon.royalties.line import Line
from colophon.royalties.placing import counter_key
from colophon.royalties.policy import Basis, Policy, Trigger
from colophon.royalties.row import SALES, CounterKey, Row, Rows
from colophon.royalties.rules import Band, Rule, Step
from colophon.royalties.statement.wording import PART_OF_A_BUNDLE, count, day, money, percent
from colophon.royalties.tiered_counter import BEFORE_US, combined
from colophon.royalty_run.kept import Amounts
from colophon.royalty_run.records import Said

OLD_RETURNS = "of copies that were sold before our books have them by kind, returns are taken to be the last ones sold"


def said_of(
    statement: AccountStatement,
    rows: Rows,
    rules: Mapping[int, Sequence[Rule]],
    policy: Policy,
    *,
    ends_on: date,
    earned: Amounts,
    minimum: int | None,
) -> Said:
    """The words of one account.

    :param rules: by contract. :param earned: what is known of earlier periods. :param minimum: of the contracts, None where the policy's holds.
    """
    by_name = {f"{rule.id}@{rule.version}": rule for contract in statement.contract_ids for rule in rules.get(contract, ())}
    own = [one.row for one in statement.rows if one.row.key.kind == SALES]
    reasons = {
        (name, row.key.rate): text
        for row in own
        for name in row.rule_ids
        if name in by_name and (text := reason_of(by_name[name], row.key.rate))
    }
    free: Counter[tuple[int, int, str]] = Counter()
    for one in rows.excluded:
        free[one.line.contract_id, one.line.product_id, one.reason] += one.line.units
    return Said(
        reasons=tuple((name, rate, text) for (name, rate), text in sorted(reasons.items())),
        thresholds=tuple(dict.fromkeys(_thresholds(own, rows, by_name, policy, ends_on))),
        left_out=tuple((*key, copies) for key, copies in sorted(free.items())),
        earned_before=earned,
        minimum=policy.minimum_payment if minimum is None else minimum,
    )


def reason_of(rule: Rule, rate: int) -> str:
    """Why a rule has this rate, where that is not its ordinary one; nothing where there is nothing to say."""
    told = []
    if rule.band is not None:
        told.append(f"sold at {_band(rule.band)}")
    if rule.sold_from is not None:
        told.append(f"sold from {day(rule.sold_from)}")
    if rule.sold_to is not None:
        told.append(f"sold up to {day(rule.sold_to)}")
    if rule.clause.endswith(OF_A_BUNDLE):
        told.append(f"{PART_OF_A_BUNDLE}, {percent(rule.keep * 100)}")
    if not rule.counts and rule.clause:
        told.append("read or lent: no copies")
    if rate == 0 and rule.rates[0] == 0 and rule.bounds:
        told.append(f"the first {count(rule.bounds[0])} copies are free of royalty")
    elif rate == 0 and rule.earns_from is not None:
        told.append(f"sold before {day(rule.earns_from)}, from when the rate holds")
    elif rate not in rule.rates:
        told += _steps(rule, rate) or (["the rate falls with the discount"] if rule.sliding is not None else [])
    return "; ".join(told)


def _steps(rule: Rule, rate: int) -> list[str]:
    """The day and the discount that give this rate: as few of the rule's steps as do."""
    dated = [step for step in rule.steps if step.band is None]
    banded = [step for step in rule.steps if step.band is not None]
    for deep in range(len(banded) + 1):
        for late in range(len(dated) + 1):
            applied = (*dated[:late], *banded[:deep])
            if any(_after(one, applied) == rate for one in rule.rates):
                first = [f"sold at {_band(banded[deep - 1].band)}"] if deep else []
                since = dated[late - 1].since if late else None
                return [*first, *([f"sold from {day(since)}"] if since else [])]
    return []


def _after(rate: int, steps: Sequence[Step]) -> int:
    for step in steps:
        rate = combined(rate, step.rate, step.how)
    return rate


def _band(band: Band | None) -> str:
    told = band or Band()
    over, under = (None if one is None else Decimal(one) / 100 for one in (told.over, told.under))
    return band_in_words(DiscountBand(over=over, over_inclusive=told.over_inclusive, under=under, under_inclusive=told.under_inclusive))


def _thresholds(
    own: Sequence[Row], rows: Rows, by_name: Mapping[str, Rule], policy: Policy, ends_on: date
) -> Iterator[tuple[int, int, str]]:
    stands = {one.key: one.after for one in rows.counts}
    stepped = [
        (row, rule, counter_key(rule, _probe(row, ends_on), policy))
        for row in own
        for rule in (by_name.get(name) for name in row.rule_ids)
        if rule is not None and rule.bounds
    ]
    editions: dict[CounterKey, set[int]] = defaultdict(set)
    for row, _, key in stepped:
        editions[key].add(row.key.product_id)
    for row, rule, key in stepped:
        steps = _ladder(rule, row.key.currency)
        whose = "count of all editions that count together" if len(editions[key]) > 1 else "count"
        where = "" if key not in stands else f"; the {whose} stands at {_size(stands[key], rule, row.key.currency)}"
        old = sum(copies for own, pairs in rows.closing.unreturned.get(key, ()) if own == BEFORE_US for _, copies in pairs)
        doubt = f"; {OLD_RETURNS}" if row.returned and old >= rule.bounds[0] else ""
        yield row.key.contract_id, row.key.product_id, f"{steps}{where}{doubt}"


def _probe(row: Row, day: date) -> Line:
    """A line of the row's edition that was sold on a day."""
    key = row.key
    return Line(
        id="", contract_id=key.contract_id, product_id=key.product_id, format=key.format, sold_on=day, units=0, currency=key.currency
    )


def _ladder(rule: Rule, currency: str) -> str:
    rates = [money(rate // 1_000_000, currency) if rule.basis is Basis.FIXED else percent(rate) for rate in rule.rates]
    steps = [f"{rate} up to {_size(bound, rule, currency)}" for rate, bound in zip(rates, rule.bounds, strict=False)]
    return f"{', '.join(steps)}, then {rates[-1]}"


def _size(number: int, rule: Rule, currency: str) -> str:
    return count(number) + (" copies" if abs(number) != 1 else " copy") if rule.trigger is Trigger.UNITS else money(number, currency)


def earned_to_date(before: Amounts, statement: AccountStatement) -> Amounts:
    """What each edition whose beginning is known has earned up to now."""
    sums: dict[tuple[int, int], int] = defaultdict(int)
    for one in statement.rows:
        sums[one.row.key.contract_id, one.row.key.product_id] += one.amount
    return tuple((contract, product, amount + sums[contract, product]) for contract, product, amount in before)
