"""Where a line belongs: its rule, its counter, its statement row; or why it earns nothing."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from colophon.domain.royalty_clauses import Begins
from colophon.royalties.line import Line, Trouble
from colophon.royalties.policy import Basis, Group, Policy
from colophon.royalties.row import SALES, CounterKey, RowKey
from colophon.royalties.rules import Rule, choose, rates_of


class Placed(NamedTuple):
    """A line with its rule and the tiers' rates for it."""

    line: Line
    rule: Rule
    rates: tuple[int, ...]


def place(line: Line, rules: Sequence[Rule], policy: Policy) -> Placed | Trouble | str:
    """The line with its rule, or its trouble, or why it earns nothing (N5)."""
    if (reason := exemption(line, policy)) is not None:
        return reason
    rule = choose(rules, line, policy.rate_order)
    return Placed(line, rule, rates_of(rule, line)) if isinstance(rule, Rule) else rule


def exemption(line: Line, policy: Policy) -> str | None:
    """N5: free copies, and copies sold at or below cost."""
    if line.exempt is not None:
        return line.exempt
    if line.masterchannel is not None and line.masterchannel in policy.free_masterchannels:
        return "free copies"
    if line.unit_cost is not None and line.value is not None and line.units:
        sign = 1 if line.units > 0 else -1
        return "at or below cost" if sign * line.value <= abs(line.units) * line.unit_cost else None
    return None


def counter_key(rule: Rule, line: Line, policy: Policy) -> CounterKey:
    """E3, E4: the counter that the line belongs to; a rule may name a group of its contract, whatever the formats in it."""
    part = (
        rule.group
        or {
            Group.CONTRACT: "all",
            Group.CONTRACT_FORMAT: f"format {line.format}",
            Group.CONTRACT_PRODUCT: f"product {line.product_id}",
        }[policy.group]
    )
    begun = "" if rule.begins is None else f"{begun_in(rule.begins, line.sold_on)} "
    return CounterKey(f"{line.contract_id}:{begun}{part}", rule.trigger)


def begun_in(begins: Begins, day: date) -> str:
    """The year, half or quarter of a day of sale, whose counter is its own: a late sale counts where it was sold."""
    if begins is Begins.YEAR:
        return str(day.year)
    return f"{day.year}H{(day.month + 5) // 6}" if begins is Begins.HALF else f"{day.year}Q{(day.month + 2) // 3}"


def row_key(line: Line, rule: Rule, rate: int, policy: Policy) -> RowKey:
    """The statement row of a part of a line (section 11)."""
    territory = dict(policy.territory_groups).get(line.country or "", "ALL")
    price = line.list_price if rule.basis is Basis.LIST else None
    channel = line.masterchannel or ""
    return RowKey(
        line.contract_id, line.product_id, line.format, channel, territory, SALES, rule.basis, rule.keep, rate, price, line.currency
    )


def counts(rule: Rule, line: Line, policy: Policy) -> bool:
    """E5: whether the line moves its counter."""
    return rule.counts and line.masterchannel not in policy.uncounted_masterchannels
