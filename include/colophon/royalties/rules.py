"""Rates as rules, and the one rule that a line falls under."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from colophon.domain.rights_deal import RightsFormat, is_of_format
from colophon.domain.royalty_clauses import Begins
from colophon.royalties.line import Line, Trouble
from colophon.royalties.policy import Basis, EscalatorMode, RateOrder, Trigger
from colophon.royalties.rounding import BPS, PPM, rounded
from colophon.royalties.tiered_counter import combined


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """A discount in bps: above `over` (from it on where `over_inclusive`) and below `under` (up to it where `under_inclusive`) (C3)."""

    over: int | None = None
    over_inclusive: bool = False
    under: int | None = None
    under_inclusive: bool = False

    def holds(self, gross: int, net: int) -> bool:
        """Compared by cross-multiplying whole numbers, never by dividing (C4); a return is judged like its sale."""
        sign = -1 if gross < 0 else 1
        given, whole = sign * (gross - net) * BPS, abs(gross)
        if self.over is not None and not (given > whole * self.over or (self.over_inclusive and given == whole * self.over)):
            return False
        return self.under is None or given < whole * self.under or (self.under_inclusive and given == whole * self.under)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A change of the rate from a day on, or by discount, before the tiers count (C6, E9). One of `since` and `band` is set."""

    rate: int = field(repr=False)
    how: str = "REPLACE"
    since: date | None = None
    band: Band | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sliding:
    """C5: from discount `at` (bps) on, the rate falls by half of what the discount is above `free`; `floor` (ppm of the rate) stays."""

    at: int = 4800
    free: int = 4400
    floor: int = 500_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rate for all payees together (P1), in ppm; for basis FIXED millionths of a minor unit per copy.

    `rates` has one entry more than `bounds`: tier k is for counts above `bounds[k-1]` up to and including `bounds[k]` (E1).
    Conditions that are None hold for all. `keep` (bps) is what is left of the basis after stated deductions (B5).
    `earns_from`: sales before it earn nothing and still count (C6). `counts`: whether the copies move the counter (E5).
    `currency`: of thresholds that are amounts (E9), which no other currency's sales can pass. `begins`: when the counter begins anew.
    `clause`: of what changed a rate of the terms: it comes before the rate that it is of.
    """

    id: str
    version: str = "1"
    contract_id: int
    product_id: int | None = None
    format: str | None = None
    channel_id: int | None = None
    masterchannel: str | None = None
    territories: frozenset[str] | None = None
    excluded: frozenset[str] = frozenset()
    band: Band | None = None
    sold_from: date | None = None
    sold_to: date | None = None
    priority: int = 0
    basis: Basis
    rates: tuple[int, ...] = field(repr=False)
    bounds: tuple[int, ...] = ()
    trigger: Trigger = Trigger.UNITS
    mode: EscalatorMode = EscalatorMode.MARGINAL
    steps: tuple[Step, ...] = ()
    sliding: Sliding | None = None
    keep: int = BPS
    group: str | None = None
    counts: bool = True
    currency: str | None = None
    earns_from: date | None = None
    begins: Begins | None = None
    clause: str = ""

    def __post_init__(self) -> None:
        """:raises ValueError: tiers that do not rise, or not one rate for each."""
        if len(self.rates) != len(self.bounds) + 1 or list(self.bounds) != sorted(set(self.bounds)):
            raise ValueError(f"rule {self.id}: thresholds must rise, with one rate more than thresholds")

    @property
    def rank(self) -> tuple[int, ...]:
        """C1: channel over masterchannel over product over format (one over all of print) over work; then the rule with more conditions, then the clause."""
        keys = (self.channel_id, self.masterchannel, self.product_id, self.format)
        is_narrow = self.format not in {None, RightsFormat.PRINT}
        more = (self.territories is not None or bool(self.excluded)) + (self.band is not None) + bool(self.sold_from or self.sold_to)
        return (*(int(key is not None) for key in keys), int(is_narrow), more, int(bool(self.clause)))

    @property
    def reads_discount(self) -> bool:
        """Whether the discount decides anything here."""
        return self.band is not None or self.sliding is not None or any(step.band for step in self.steps)

    @property
    def reads_day(self) -> bool:
        """Whether the day of sale decides anything here."""
        dated = (self.sold_from, self.sold_to, self.earns_from)
        return any(day is not None for day in dated) or any(step.since for step in self.steps)


def choose(rules: Sequence[Rule], line: Line, order: RateOrder) -> Rule | Trouble:
    """The one rule of the line's contract that applies (C1), or why there is none (C2, C7): the line is then in suspense.

    A rule whose condition cannot be judged, since the line lacks the channel, the country or the discount, counts only where it could win.
    """
    candidates = [(rule, trouble) for rule in rules if (trouble := _match(rule, line)) is not False]
    if not candidates:
        return Trouble.NO_RATE
    places = [_place(rule, order) for rule, _ in candidates] if len(candidates) > 1 else [()]
    best = max(places)
    first = [candidate for candidate, place in zip(candidates, places, strict=True) if place == best]
    unknown = [trouble for _, trouble in first if isinstance(trouble, Trouble)]
    if unknown:
        return unknown[0]
    if len(first) > 1:
        return Trouble.TWO_RATES
    return _lacking(first[0][0], line) or first[0][0]


def _place(rule: Rule, order: RateOrder) -> tuple[int, ...]:
    if order is RateOrder.PRIORITY:
        return (-rule.priority, *(rule.rank[-2:] if rule.clause else (0, 0)))
    return rule.rank


def _match(rule: Rule, line: Line) -> bool | Trouble:
    channels = ((rule.channel_id, line.channel_id), (rule.masterchannel, line.masterchannel))
    keys = (
        (rule.product_id, line.product_id),
        *((asked, told) for asked, told in channels if told is not None),
    )
    if any(asked is not None and asked != told for asked, told in keys) or not is_of_format(rule.format, line.format):
        return False
    if (rule.sold_from and line.sold_on < rule.sold_from) or (rule.sold_to and line.sold_on > rule.sold_to):
        return False
    by_place: bool | Trouble = True
    if rule.territories is not None or rule.excluded:
        by_place = Trouble.COUNTRY_UNKNOWN if line.country is None else _covers(rule, line.country)
    if by_place is True and any(asked is not None and told is None for asked, told in channels):
        by_place = Trouble.CHANNEL_UNKNOWN
    if by_place is False or rule.band is None:
        return by_place
    if not line.gross or line.value is None:
        return Trouble.DISCOUNT_UNKNOWN
    return by_place if rule.band.holds(line.gross, line.value) else False


def _covers(rule: Rule, country: str) -> bool:
    inside = rule.territories is None or country in rule.territories or "WORLD" in rule.territories
    return inside and country not in rule.excluded


def _lacking(rule: Rule, line: Line) -> Trouble | None:
    """What the rule needs and the line does not have: an error, never zero (C7). What brought money was not free: its list price is missing."""
    if not line.has_price and (rule.basis is Basis.LIST or rule.trigger is Trigger.GROSS):
        return Trouble.LIST_PRICE_MISSING
    if line.value is None and (rule.basis is Basis.NET or rule.trigger is Trigger.NET):
        return Trouble.VALUE_MISSING
    if rule.trigger is not Trigger.UNITS and rule.currency not in {None, line.currency}:
        return Trouble.OTHER_CURRENCY
    return Trouble.DISCOUNT_UNKNOWN if rule.reads_discount and (not line.gross or line.value is None) else None


def basis_of(rule: Rule, line: Line) -> int:
    """What the rate is taken of, signed: copies at the line's own list price (B1), its value (B4), or its copies (B5).

    The line has what the rule needs (`choose` saw to it).
    """
    if rule.basis is Basis.LIST:
        return line.units * (line.list_price or 0)
    return line.units if rule.basis is Basis.FIXED else line.value or 0


def measure_of(rule: Rule, line: Line) -> int:
    """By how much the line moves the counter (E3, E9)."""
    if rule.trigger is Trigger.UNITS:
        return line.units
    return (line.gross if rule.trigger is Trigger.GROSS else line.value) or 0


def rates_of(rule: Rule, line: Line) -> tuple[int, ...]:
    """The tiers' rates for this line: after its day, its discount and a sliding reduction (C5, C6)."""
    if rule.earns_from is not None and line.sold_on < rule.earns_from:
        return (0,) * len(rule.rates)
    rates: Iterable[int] = rule.rates
    gross, value = line.gross or 0, line.value or 0
    for step in rule.steps:
        applies = step.band.holds(gross, value) if step.band is not None else step.since is not None and line.sold_on >= step.since
        if applies:
            rates = [combined(rate, step.rate, step.how) for rate in rates]
    slide = rule.sliding
    if slide is not None and Band(over=slide.at, over_inclusive=True).holds(gross, value):
        sign = 1 if gross > 0 else -1
        fall = rounded(sign * ((gross - value) * PPM - slide.free * (PPM // BPS) * gross), 2 * abs(gross))
        rates = [max(rate - fall, rounded(rate * slide.floor, PPM)) for rate in rates]
    return tuple(rates)
