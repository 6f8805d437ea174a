"""Contract terms as the systems tell them, made into the engine's rules, shares, advances and reserves."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from colophon.domain.payment import Payment
from colophon.domain.royalty_terms import Combine, Escalator, EscalatorKind, PriceBasis, Rate, Reserve, RoyaltyTerms
from colophon.errors import BadRecordError
from colophon.royalties.account import Account, Shares, Standing
from colophon.royalties.escalator import combined
from colophon.royalties.guarantees import Guarantee
from colophon.royalties.policy import EscalatorMode, Policy, ReserveBase
from colophon.royalties.reserve import ReserveTerm, Tranche
from colophon.royalties.rules import Band, Basis, Rule, Step, Trigger
from colophon.royalties.whole_numbers import PPM, bps, minor, ppm, scaled


def rules_of(terms: RoyaltyTerms, policy: Policy) -> tuple[Rule, ...]:
    """One rule for each rate (C1). What the terms leave open is the policy's: marginal or whole-amount (E8).

    :raises BadRecordError: thresholds of two kinds or two counters on one rate, or the same one twice; a guaranteed amount, which we do
        not compute.
        guarantees=tuple(one for terms in joined for one in guarantees_of(terms)),
    )


def shares_of(terms: RoyaltyTerms) -> tuple[Shares, ...]:
    """The payees' weights; a product's own payees share with the contract's (P1, P2)."""
    general = tuple((one.payee_id, one.weight) for one in terms.splits if one.product_id is None)
    products = sorted({one.product_id for one in terms.splits if one.product_id is not None})
    own = [
        Shares(
            contract_id=terms.contract_id,
            product_id=product,
            weights=_added((*general, *((one.payee_id, one.weight) for one in terms.splits if one.product_id == product))),
        )
        for product in products
    ]
    return (*((Shares(contract_id=terms.contract_id, weights=_added(general)),) if general else ()), *own)


def _added(weights: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    whole: dict[int, int] = {}
    for payee, weight in weights:
        whole[payee] = whole.get(payee, 0) + weight
    return tuple(sorted(whole.items()))


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
