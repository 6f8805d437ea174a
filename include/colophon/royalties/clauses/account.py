"""Clauses about an account: reserves, guaranteed amounts, shares, and what is charged to the author."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from colophon.domain.rights_deal import RightsFormat
from colophon.domain.royalty_clauses import Clause, ClauseKind
from colophon.errors import BadRecordError
from colophon.royalties.account import Account, Charge, Shares
from colophon.royalties.clauses.rates import cannot
from colophon.royalties.guarantees import Guarantee
from colophon.royalties.policy import Policy
from colophon.royalties.reserve import ROLLING, ReserveTerm, Tranche, months_later
from colophon.royalties.rounding import PPM
from colophon.royalties.whole_numbers import minor, ppm

Published = Mapping[int, date | None]
"""The day of publication by product, None where nobody tells it."""


def with_clauses(account: Account, clauses: Sequence[Clause], published: Published, policy: Policy, *, ahead: Mapping[int, int]) -> Account:
    """The account as terms and clauses make it together; clauses that the terms overrule are among its `differences`.

    :param ahead: by contract, by how many statements the account's number is ahead of the contract's own (R4).
    :raises BadRecordError: shares that are no whole, a payee without one, or an amount that is none.
    """
    differences: list[str] = []
    reserves, guarantees, shares = list(account.reserve_terms), list(account.guarantees), list(account.shares)
    for kind, taken in _by_kind(clauses).items():
        for contract_id, its in taken.items():
            own = [one for one in its if one.wins or not _is_told(kind, one, account)]
            differences += [f"{one.place}, {kind.value}: the terms say something else, and win" for one in its if one not in own]
            if not own:
                continue
            if kind is ClauseKind.RESERVE:
                reserves = [one for one in reserves if one.contract_id != contract_id]
                reserves += _reserves(own, published, policy, ahead.get(contract_id, 0))
            elif kind is ClauseKind.GUARANTEE:
                guarantees = [one for one in guarantees if one.rule is not None or one.contract_id != contract_id]
                guarantees += [Guarantee(contract_id=contract_id, least=_amount(one, account.currency)) for one in own]
            elif kind is ClauseKind.SPLIT:
                shares = _split(shares, contract_id, own, policy)
    _require_shares(account.charges, clauses, {payee for one in shares for payee, _ in one.weights})
    if reserves and any(one.territory is not None for one in shares):
        raise BadRecordError(
            "A reserve and a split by country are not computed together.", subject=f"account:{account.id}", evidence="split"
        )
    return replace(
        account,
        reserve_terms=tuple(reserves),
        guarantees=tuple(guarantees),
        shares=tuple(shares),
        differences=(*account.differences, *differences),
    )


def _require_shares(charges: Iterable[Charge], clauses: Iterable[Clause], payees: set[int]) -> None:
    """What is taken of one payee's part is of somebody who has one: of a stranger's nothing would come off, and nobody would see it."""
    named = [(one.contract_id, one.payee_id) for one in charges]
    named += [(one.contract_id, one.payee_id) for one in clauses if one.kind is ClauseKind.RESERVE]
    for contract_id, payee_id in named:
        if payee_id not in {None, *payees}:
            raise BadRecordError(
                "A charge or a reserve is of a payee who has no share.", subject=f"contract:{contract_id}", evidence=f"payee {payee_id}"
            )


def charges_of(clauses: Iterable[Clause], currency: str, until: date) -> tuple[Charge, ...]:
    """What is charged to the author up to a day, each by its own name; two rows of one content are told apart by their order.

    :raises BadRecordError: an amount with more decimals than its currency.
    """
    times: dict[str, int] = defaultdict(int)
    found = []
    for one in clauses:
        if one.kind is not ClauseKind.CHARGE or one.dated is None or one.dated > until:
            continue
        times[one.id] += 1
        found.append(
            Charge(
                id=f"{one.id}:{times[one.id]}",
                contract_id=one.contract_id,
                product_id=one.product_id,
                payee_id=one.payee_id,
                amount=_amount(one, currency),
                label=one.label,
                on=one.dated,
            )
        )
    return tuple(found)


def _by_kind(clauses: Iterable[Clause]) -> Mapping[ClauseKind, Mapping[int, list[Clause]]]:
    found: dict[ClauseKind, dict[int, list[Clause]]] = {kind: {} for kind in (ClauseKind.RESERVE, ClauseKind.GUARANTEE, ClauseKind.SPLIT)}
    for one in clauses:
        if one.kind in found:
            found[one.kind].setdefault(one.contract_id, []).append(one)
    return found


def _is_told(kind: ClauseKind, clause: Clause, account: Account) -> bool:
    """Whether the terms say something of the same thing."""
    if kind is ClauseKind.RESERVE:
        return any(one.contract_id in {None, clause.contract_id} for one in account.reserve_terms)
    if kind is ClauseKind.GUARANTEE:
        return any(one.contract_id == clause.contract_id and one.rule is None for one in account.guarantees)
    here = (clause.contract_id, clause.product_id)
    return clause.territories is None and any((one.contract_id, one.product_id) == here for one in account.shares)


def _reserves(clauses: Sequence[Clause], published: Published, policy: Policy, ahead: int) -> list[ReserveTerm]:
    """The general ones first: of those that fit a product the last one counts."""
    ordered = sorted(clauses, key=lambda one: (one.product_id is not None, one.format is not None, one.format != RightsFormat.PRINT))
    return [term for one in ordered for term in _reserve(one, published, policy, ahead)]


def _reserve(one: Clause, published: Published, policy: Policy, ahead: int) -> list[ReserveTerm]:
    term = ReserveTerm(
        rate=0 if one.percent is None else ppm(one.percent),
        copies=one.copies,
        base=policy.reserve_base,
        first=(one.first or 1) + ahead,
        last=None if one.last is None else one.last + ahead,
        until=one.until,
        formats=(one.format,) if one.format is not None else policy.returnable_formats,
        schedule=_schedule(one),
        cap=None if one.cap is None else ppm(one.cap),
        contract_id=one.contract_id,
        product_id=one.product_id,
        payee_id=one.payee_id,
    )
    if one.from_publication is None:
        return [term]
    wanted = sorted(published) if one.product_id is None else [one.product_id]
    days = {product: published.get(product) for product in wanted if product is not None}
    # An edition whose day nobody tells is taken as new: what is withheld is released later, what was paid does not come back.
    return [
        replace(term, product_id=product, until=None if day is None else months_later(day, one.from_publication))
        for product, day in days.items()
    ]


def _schedule(one: Clause) -> tuple[Tranche, ...]:
    return (
        tuple(
            Tranche(
                share=ppm(part.percent),
                after_months=part.after if part.in_months else None,
                after_statements=None if part.in_months else part.after,
            )
            for part in one.release
        )
        or ROLLING
    )


def _split(shares: Sequence[Shares], contract_id: int, clauses: Sequence[Clause], policy: Policy) -> list[Shares]:
    weights: dict[tuple[int | None, str | None], dict[int, int]] = {}
    for one in clauses:
        for territory in _territories(one, policy):
            own = weights.setdefault((one.product_id, territory), {})
            own[one.payee_id or 0] = own.get(one.payee_id or 0, 0) + (0 if one.percent is None else ppm(one.percent))
    if any(sum(own.values()) != PPM for own in weights.values()):
        raise cannot("The shares of a split do not make 100 %.", clauses[0])
    kept = [one for one in shares if one.contract_id != contract_id or (one.product_id, one.territory) not in weights]
    made = (
        Shares(contract_id=contract_id, product_id=product, territory=territory, weights=tuple(sorted(own.items())))
        for (product, territory), own in weights.items()
    )
    return [*kept, *made]


def _territories(one: Clause, policy: Policy) -> tuple[str | None, ...]:
    """The territory groups of the clause's countries: a statement's rows are by group, so that the countries have to be whole ones."""
    if one.territories is None:
        return (None,)
    groups = dict(policy.territory_groups)
    named = {groups.get(country) for country in one.territories}
    whole = {country for country, group in groups.items() if group in named}
    if None in named or whole != set(one.territories):
        raise cannot("A split by country needs its countries as a group of their own in territory_groups of royalties.yaml.", one)
    return tuple(sorted(name for name in named if name is not None))


def _amount(one: Clause, currency: str) -> int:
    if one.amount is None:
        raise cannot("A clause has no amount.", one)
    return minor(one.amount, currency)
