"""Contract terms as the systems tell them, made into the engine's rules, shares, advances and reserves."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from colophon.domain.payment import Payment
from colophon.domain.royalty_terms import Combine, Escalator, EscalatorKind, PriceBasis, Rate, Reserve, RoyaltyTerms
from colophon.errors import BadRecordError
from colophon.royalties.account import Account, Shares
from colophon.royalties.guarantees import Guarantee
from colophon.royalties.policy import Basis, EscalatorMode, Policy, ReserveBase, Trigger
from colophon.royalties.reserve import ReserveTerm, Tranche
from colophon.royalties.rounding import PPM
from colophon.royalties.rules import Band, Rule, Step
from colophon.royalties.standing import Standing
from colophon.royalties.tiered_counter import combined
from colophon.royalties.whole_numbers import bps, minor, ppm, scaled


def rules_of(terms: RoyaltyTerms, policy: Policy) -> tuple[Rule, ...]:
    """One rule for each rate (C1). What the terms leave open is the policy's: marginal or whole-amount (E8).

    :raises BadRecordError: thresholds of two kinds or two counters on one rate, or the same one twice.
    """
    version = str(terms.revision) if terms.revision is not None else "1"
    return tuple(_rule(terms, rate, place, version, policy) for place, rate in enumerate(terms.rates))


def _rule(terms: RoyaltyTerms, rate: Rate, place: int, version: str, policy: Policy) -> Rule:
    base = ppm(rate.rate_percent)
    counted = [one for one in rate.escalators if one.kind in {EscalatorKind.UNIT, EscalatorKind.SALE_VALUE}]
    kinds, groups = {one.kind for one in counted}, {one.counting_group for one in counted}
    modes = {one.is_marginal for one in counted}
    if max(len(kinds), len(groups), len(modes)) > 1:
        raise BadRecordError(
            "The thresholds of one rate differ in kind, counting group or mode.", subject=terms.subject, evidence="escalators"
        )
    ladder = _ladder(counted, terms.currency)
    if len({bound for bound, _ in ladder}) < len(ladder):
        raise BadRecordError("Two thresholds of one rate are the same.", subject=terms.subject, evidence="escalators")
    rates = [base]
    for _, one in ladder:
        rates.append(combined(rates[-1], ppm(one.rate_percent), one.combine))
    rule = Rule(
        id=_rule_id(terms, rate, place),
        version=version,
        contract_id=terms.contract_id,
        product_id=rate.product_id,
        channel_id=rate.channel_id,
        masterchannel=rate.masterchannel,
        territories=None if rate.territories is None or "WORLD" in rate.territories else frozenset(rate.territories),
        excluded=frozenset(rate.excluded_territories or ()),
        priority=place,
        basis=Basis.LIST if rate.basis is PriceBasis.LIST else Basis.NET,
        rates=tuple(rates),
        bounds=tuple(bound for bound, _ in ladder),
        trigger=Trigger.NET if EscalatorKind.SALE_VALUE in kinds else Trigger.UNITS,
        mode=_mode(modes, policy),
        steps=_steps(rate.escalators),
        group=next(iter(groups), None),
        currency=terms.currency,
    )
    if any("ROW" in codes for codes in (rule.territories or (), rule.excluded)):
        raise BadRecordError("A rate for the rest of the world needs its countries listed.", subject=terms.subject, evidence="ROW")
    return rule


def guarantees_of(terms: RoyaltyTerms) -> tuple[Guarantee, ...]:
    """The guaranteed amounts of the rates, each for its own rows in one period (A7)."""
    return tuple(
        Guarantee(
            contract_id=terms.contract_id,
            product_id=rate.product_id,
            rule=_rule_id(terms, rate, place),
            least=None if rate.guaranteed_minimum is None else minor(rate.guaranteed_minimum, terms.currency),
            most=None if rate.guaranteed_maximum is None else minor(rate.guaranteed_maximum, terms.currency),
        )
        for place, rate in enumerate(terms.rates)
        if rate.guaranteed_minimum is not None or rate.guaranteed_maximum is not None
    )


def _rule_id(terms: RoyaltyTerms, rate: Rate, place: int) -> str:
    return f"rate:{rate.id}" if rate.id is not None else f"{terms.subject}:{place}"


def _ladder(counted: Sequence[Escalator], currency: str) -> list[tuple[int, Escalator]]:
    return sorted(((_threshold(one, currency), one) for one in counted), key=lambda pair: pair[0])


def _threshold(one: Escalator, currency: str) -> int:
    """The last count of the lower tier: a threshold that is inclusive belongs to the upper one (E1)."""
    above = one.above if one.above is not None else Decimal(0)
    bound = minor(above, currency) if one.kind is EscalatorKind.SALE_VALUE else scaled(above, 1, "decimals of a unit threshold")
    return bound - 1 if one.is_inclusive else bound


def _mode(modes: set[bool | None], policy: Policy) -> EscalatorMode:
    told = next(iter(modes), None)
    if told is None:
        return policy.escalator_mode
    return EscalatorMode.MARGINAL if told else EscalatorMode.WHOLE


def _steps(escalators: Iterable[Escalator]) -> tuple[Step, ...]:
    """Steps by day, the latest last, then those by discount, the deepest last: of those that apply the last one has the say (C3, C6)."""
    steps = [_step(one) for one in escalators if one.kind in {EscalatorKind.DATE, EscalatorKind.DISCOUNT}]
    dated = sorted((one for one in steps if one.since is not None), key=lambda one: one.since or date.min)
    banded = sorted(
        (one for one in steps if one.band is not None),
        key=lambda one: (one.band.over or 0, not one.band.over_inclusive) if one.band else (0, False),
    )
    return (*dated, *banded)


def _step(one: Escalator) -> Step:
    how = one.combine if one.combine in Combine else Combine.REPLACE
    if one.kind is EscalatorKind.DATE:
        if one.above_on is None:
            raise BadRecordError("An escalator by date has no day.", evidence="above_on")
        since = one.above_on if one.is_inclusive else date.fromordinal(one.above_on.toordinal() + 1)
        return Step(rate=ppm(one.rate_percent), how=how, since=since)
    band = Band(over=bps(one.above or Decimal(0)), over_inclusive=one.is_inclusive)
    return Step(rate=ppm(one.rate_percent), how=how, band=band)


def account_of(account_id: str, joined: Sequence[RoyaltyTerms], payments: Iterable[Payment] = (), *, policy: Policy) -> Account:
    """An account over one contract or the contracts joined (A5), as its terms and payments open it.

    Advances count once they are paid (A2); negative payments are none (A6). What reserves leave open is the policy's (R1, R3).

    :raises BadRecordError: no terms, two currencies, or reserves that differ between payees who have a joint advance to earn.
    """
    if not joined or len({terms.currency for terms in joined}) != 1:
        raise BadRecordError("An account needs terms in one currency.", subject=f"account:{account_id}")
    paid = [payment for payment in payments if payment.amount > 0]
    is_joint = any(one.is_joint or one.payee_id is None for terms in joined for one in terms.advances)
    number = max(terms.statement_number or 1 for terms in joined)
    return Account(
        id=account_id,
        contract_ids=tuple(terms.contract_id for terms in joined),
        currency=joined[0].currency,
        shares=tuple(shares for terms in joined for shares in shares_of(terms)),
        payees=_standings(joined, paid),
        joint=Standing(advance=sum(_advances(joined, None))),
        statement=number,
        reserve_terms=tuple(
            _reserve(one, terms.contract_id, number - (terms.statement_number or 1), policy)
            for terms in joined
            for one in _reserves(terms, joint=is_joint)
        ),
        guarantees=tuple(one for terms in joined for one in guarantees_of(terms)),
    )


def shares_of(terms: RoyaltyTerms) -> tuple[Shares, ...]:
    """The payees' weights (P2): the contract's, and of a product that has payees of its own those alone; each make 100 % (P1)."""
    weights: dict[int | None, list[tuple[int, int]]] = defaultdict(list)
    for one in terms.splits:
        weights[one.product_id].append((one.payee_id, one.weight))
    return tuple(
        Shares(contract_id=terms.contract_id, product_id=product, weights=tuple(sorted(own)))
        for product, own in sorted(weights.items(), key=lambda each: each[0] or 0)
    )


def _advances(joined: Sequence[RoyaltyTerms], payee: int | None) -> list[int]:
    return [
        minor(one.amount, one.currency)
        for terms in joined
        for one in terms.advances
        if one.paid_on is not None
        and (
            (payee is None and (one.is_joint or one.payee_id is None)) or (payee is not None and not one.is_joint and one.payee_id == payee)
        )
    ]


def _standings(joined: Sequence[RoyaltyTerms], paid: Sequence[Payment]) -> Mapping[int, Standing]:
    """Opening balances as told, less what was paid on them since."""
    found: dict[int, Standing] = {}
    contracts = {terms.contract_id for terms in joined}
    for terms in joined:
        for one in terms.splits:
            old = found.get(one.payee_id, Standing(advance=sum(_advances(joined, one.payee_id))))
            balance = minor(one.opening_balance or Decimal(0), terms.currency)
            found[one.payee_id] = replace(old, balance=old.balance + balance)
    for payment in paid:
        if payment.contract_id in contracts and payment.contact_id in found:
            old = found[payment.contact_id]
            found[payment.contact_id] = replace(old, balance=old.balance - minor(payment.amount, payment.currency))
    return found


def _reserves(terms: RoyaltyTerms, *, joint: bool) -> tuple[Reserve, ...]:
    """The contract's reserves; where each payee has the same ones, they are one of all."""
    own: dict[int, list[Reserve]] = {one.payee_id: [] for one in terms.splits}
    for one in terms.reserves:
        if one.payee_id is not None:
            own.setdefault(one.payee_id, []).append(replace(one, payee_id=None, origin=None))
    common = [one for one in terms.reserves if one.payee_id is None]
    first = next(iter(own.values()), [])
    if all(reserves == first for reserves in own.values()):
        return (*common, *first)
    if joint:
        raise BadRecordError("Reserves that differ between payees of a joint advance are not computed.", subject=terms.subject)
    return (*common, *(replace(one, payee_id=payee) for payee, reserves in own.items() for one in reserves))


def _reserve(one: Reserve, contract_id: int, ahead: int, policy: Policy) -> ReserveTerm:
    """A reserve of one contract. `ahead`: by how many statements the account's number is ahead of the contract's own (R4)."""
    return ReserveTerm(
        rate=ppm(one.rate_percent),
        base=ReserveBase(one.base) if one.base is not None else policy.reserve_base,
        first=one.statement_from + ahead,
        last=None if one.statement_to is None else one.statement_to + ahead,
        formats=one.formats if one.formats is not None else policy.returnable_formats,
        schedule=(Tranche(share=PPM, after_statements=one.release_after_statements or 1),),
        payee_id=one.payee_id,
        contract_id=contract_id,
    )
