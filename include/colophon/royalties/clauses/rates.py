"""Clauses about rates: each changes the rates of the terms that it fits, and shares their counters (E4)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from colophon.domain.rights_deal import is_of_format
from colophon.domain.royalty_clauses import Clause, ClauseKind, Counted
from colophon.domain.royalty_terms import PriceBasis
from colophon.errors import BadRecordError
from colophon.royalties.policy import Basis, EscalatorMode, Policy, Trigger
from colophon.royalties.rounding import BPS, PPM
from colophon.royalties.rules import Band, Rule, Sliding, Step
from colophon.royalties.tiered_counter import combined
from colophon.royalties.whole_numbers import bps, minor, ppm, scaled

ABOUT_RATES = (ClauseKind.RATE, ClauseKind.SLIDING, ClauseKind.BUNDLE, ClauseKind.POOL, ClauseKind.FREE)
"""In this order: each changes what those before it have made."""
OF_A_BUNDLE = ":bundle"
"""How the clause of a rule ends whose `keep` is a book's part of a bundle, and no deduction."""
_TRIGGERS = {Counted.COPIES: Trigger.UNITS, Counted.LIST: Trigger.GROSS, Counted.NET: Trigger.NET}
_KEYS = ("product_id", "masterchannel")
_SCOPE = (*_KEYS, "format")


@dataclass(frozen=True, slots=True)
class Rates:
    """The rules of one contract, and where the terms say something else than a clause."""

    rules: tuple[Rule, ...]
    differences: tuple[str, ...] = ()


def with_rates(rules: Sequence[Rule], clauses: Iterable[Clause], currency: str, policy: Policy) -> Rates:
    """The contract's rules with its clauses about rates.

    :param rules: those of the terms. :param currency: of amounts in the clauses.
    :raises BadRecordError: a clause that the engine cannot compute; its `evidence` names the row.
    """
    own = sorted((one for one in clauses if one.kind in ABOUT_RATES), key=lambda one: ABOUT_RATES.index(one.kind))
    found, differences = list(rules), []
    rated: dict[tuple[object, ...], str] = {}
    for clause in own:
        made, is_left_out = _made(tuple(rules) if clause.kind is ClauseKind.RATE else tuple(found), clause, currency)
        if is_left_out:
            differences.append(f"{clause.place}, {clause.kind.value}: the terms have another rate for the same sales, and win")
        if not made and not is_left_out:
            made = {(): _alone(clause, rules, currency, policy)}
        scopes = {_scope(new) for new in made.values()}
        if clause.kind is ClauseKind.RATE and any(rated.setdefault(scope, clause.id) != clause.id for scope in scopes):
            raise cannot("Two clauses have different rates for the same sales.", clause)
        found = [*(rule for rule in found if _scope(rule) not in scopes), *made.values()]
    return Rates(tuple(found), tuple(differences))


def _made(rules: Sequence[Rule], clause: Clause, currency: str) -> tuple[dict[tuple[object, ...], Rule], bool]:
    """The changed rules by their scope, and whether the terms win anywhere. Of two rules that give one scope the more special counts."""
    made: dict[tuple[object, ...], Rule] = {}
    claimed: set[tuple[object, ...]] = set()
    is_left_out = False
    for rule in sorted((one for one in rules if _fits(one, clause)), key=lambda one: one.rank, reverse=True):
        new = _changed(rule, clause, currency)
        if _scope(new) in claimed:
            continue
        claimed.add(_scope(new))
        if not clause.wins and _contradicts(rule, clause):
            is_left_out = is_left_out or _differs(new, rule)
        else:
            made[_scope(new)] = new
    return made, is_left_out


def _fits(rule: Rule, clause: Clause) -> bool:
    """Whether there can be sales that both are for."""
    keys = ((getattr(rule, name), getattr(clause, name)) for name in _KEYS)
    if any(one is not None and other is not None and one != other for one, other in keys):
        return False
    if rule.format is not None and clause.format is not None and _narrower(rule.format, clause.format) is None:
        return False
    return rule.territories is None or clause.territories is None or bool(rule.territories & set(clause.territories))


def _narrower(one: str | None, other: str | None) -> str | None:
    """What two formats have in common: of print and paperback the paperback; None where that is nothing, or all."""
    if one is None or other is None:
        return other if one is None else one
    return other if is_of_format(one, other) else one if is_of_format(other, one) else None


def _contradicts(rule: Rule, clause: Clause) -> bool:
    """Whether the terms themselves say what holds for the clause's sales: the same scope, or steps by discount where it has one."""
    if clause.kind not in {ClauseKind.RATE, ClauseKind.SLIDING}:
        return False
    by_discount = clause.discount is not None and any(step.band for step in rule.steps)
    same = clause.kind is ClauseKind.RATE and clause.of_rate != 100 and _scope(_scoped(rule, clause)) == _scope(rule)
    return by_discount or same


def _differs(new: Rule, rule: Rule) -> bool:
    return (new.basis, new.rates, new.bounds, new.keep, new.band) != (rule.basis, rule.rates, rule.bounds, rule.keep, rule.band)


def _scope(rule: Rule) -> tuple[object, ...]:
    keys = (rule.product_id, rule.format, rule.channel_id, rule.masterchannel)
    return (*keys, rule.territories, rule.excluded, rule.band, rule.sold_from, rule.sold_to)


def _scoped(rule: Rule, clause: Clause) -> Rule:
    """The rule for those of its sales that the clause is for."""
    places = [set(one) for one in (rule.territories, clause.territories) if one is not None]
    days_from = [day for day in (rule.sold_from, clause.sold_from) if day is not None]
    days_to = [day for day in (rule.sold_to, clause.sold_to) if day is not None]
    return replace(
        rule,
        **{name: getattr(clause, name) if getattr(clause, name) is not None else getattr(rule, name) for name in _KEYS},
        format=_narrower(rule.format, clause.format),
        territories=frozenset(set.intersection(*places)) if places else None,
        excluded=rule.excluded | frozenset(clause.not_in),
        band=_band(clause) if clause.discount is not None and clause.kind is not ClauseKind.SLIDING else rule.band,
        sold_from=max(days_from, default=None),
        sold_to=min(days_to, default=None),
    )


def _band(clause: Clause) -> Band | None:
    told = clause.discount
    if told is None:
        return None
    over, under = (None if one is None else bps(one) for one in (told.over, told.under))
    return Band(over=over, over_inclusive=told.over_inclusive, under=under, under_inclusive=told.under_inclusive)


def _changed(rule: Rule, clause: Clause, currency: str) -> Rule:
    scoped = replace(_scoped(rule, clause), id=f"{rule.id}+{clause.id}", clause=clause.id)
    match clause.kind:
        case ClauseKind.SLIDING:
            return _sliding(scoped, clause)
        case ClauseKind.BUNDLE:
            part = BPS if clause.percent is None else bps(clause.percent)
            return replace(
                scoped,
                clause=f"{clause.id}{OF_A_BUNDLE}",
                keep=scaled(Decimal(scoped.keep * part) / BPS, 1, "decimals of a part of a bundle"),
            )
        case ClauseKind.POOL:
            return _pool(scoped, clause)
        case ClauseKind.FREE:
            return _free(scoped, clause)
    return _rated(scoped, clause, currency)


def _sliding(rule: Rule, clause: Clause) -> Rule:
    told = clause.discount
    if told is None or told.over is None:
        raise cannot("A sliding rate needs a discount from which it falls.", clause)
    free = told.over if clause.less is None else clause.less
    floor = Decimal(50) if clause.of_rate is None else clause.of_rate
    return replace(rule, sliding=Sliding(at=bps(told.over), free=bps(free), floor=ppm(floor)), steps=_dated(rule))


def _pool(rule: Rule, clause: Clause) -> Rule:
    """What was read or lent is no copy: it is shared by value and moves no counter (E5)."""
    if clause.rate is None and rule.basis is not Basis.NET:
        raise cannot("A pool needs a rate of what was received: the terms have one of the list price.", clause)
    rate = rule.rates[0] if clause.rate is None else ppm(clause.rate)
    return replace(rule, basis=Basis.NET, rates=(rate,), bounds=(), trigger=Trigger.UNITS, steps=(), sliding=None, counts=False)


def _free(rule: Rule, clause: Clause) -> Rule:
    """The first copies are a tier of their own, at nothing; the thresholds begin after them."""
    copies = clause.copies or 0
    if rule.trigger is not Trigger.UNITS or not rule.counts:
        return rule  # what moves no counter of copies uses no free copies up
    is_part = any(getattr(clause, name) is not None for name in _SCOPE)
    if rule.bounds and (is_part or (clause.begins is not None and clause.begins is not rule.begins)):
        raise cannot("Free copies before thresholds are of the whole contract, and begin anew when these do.", clause)
    group = rule.group if rule.bounds else clause.counter or clause.id
    begins = clause.begins or rule.begins
    return replace(rule, rates=(0, *rule.rates), bounds=(copies, *(copies + one for one in rule.bounds)), group=group, begins=begins)


def _rated(rule: Rule, clause: Clause, currency: str) -> Rule:
    changed = replace(
        rule,
        keep=rule.keep if clause.less is None else BPS - bps(clause.less),
        group=clause.counter or rule.group,
        begins=clause.begins or rule.begins,
        clause=clause.id,
    )
    if clause.rate is None and clause.amount is None:
        part = PPM if clause.of_rate is None else ppm(clause.of_rate)
        steps = tuple(
            step if step.how == "MULTIPLY" else replace(step, rate=combined(step.rate, part, "MULTIPLY")) for step in _kept(rule, clause)
        )
        return replace(
            changed, basis=_basis(clause) or rule.basis, rates=tuple(combined(rate, part, "MULTIPLY") for rate in rule.rates), steps=steps
        )
    is_fixed = clause.amount is not None
    first = clause.amount if clause.amount is not None else clause.rate

    def rate_of(number: Decimal | None) -> int:
        told = number or Decimal(0)
        return minor(told, currency) * PPM if is_fixed else ppm(told)

    trigger = _TRIGGERS[clause.counted or Counted.COPIES] if clause.thresholds else rule.trigger
    above = (
        minor(one, currency) if trigger is not Trigger.UNITS else scaled(one, 1, "decimals of a threshold") for one, _ in clause.thresholds
    )
    return replace(
        changed,
        basis=Basis.FIXED if is_fixed else _basis(clause) or rule.basis,
        rates=(rate_of(first), *(rate_of(one) for _, one in clause.thresholds)),
        bounds=tuple(above),
        trigger=trigger,
        steps=(),
    )


def _kept(rule: Rule, clause: Clause) -> tuple[Step, ...]:
    return rule.steps if clause.discount is None else _dated(rule)


def _dated(rule: Rule) -> tuple[Step, ...]:
    return tuple(step for step in rule.steps if step.band is None)


def _basis(clause: Clause) -> Basis | None:
    return None if clause.basis is None else Basis.LIST if clause.basis is PriceBasis.LIST else Basis.NET


def _alone(clause: Clause, rules: Sequence[Rule], currency: str, policy: Policy) -> Rule:
    """A rate for sales that the terms have none for."""
    if clause.kind is ClauseKind.RATE and clause.rate is None and clause.amount is None:
        raise cannot("The terms have no rate that the clause could change.", clause)
    if clause.kind not in {ClauseKind.RATE, ClauseKind.POOL} or (clause.kind is ClauseKind.POOL and clause.rate is None):
        raise cannot("The terms have no rate that the clause could change.", clause)
    basis = _basis(clause) or (Basis.FIXED if clause.amount is not None else Basis.NET if clause.kind is ClauseKind.POOL else None)
    if basis is None:
        raise cannot("The clause does not say what its rate is of.", clause)
    empty = Rule(
        id=clause.subject, contract_id=clause.contract_id, basis=basis, rates=(0,), priority=len(rules),
        mode=policy.escalator_mode if clause.thresholds else EscalatorMode.MARGINAL, currency=currency,
    )  # fmt: skip
    return _changed(empty, clause, currency)


def cannot(sentence: str, clause: Clause) -> BadRecordError:
    """The error that a clause cannot be settled by."""
    return BadRecordError(sentence, subject=clause.subject, evidence=clause.place or clause.kind.value)
