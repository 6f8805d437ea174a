"""One account over one period: rows and rights income, less reserves, split over payees, against advances and balances."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from colophon.royalties.currency import Converted
from colophon.royalties.guarantees import Guarantee, TopUp, top_up, top_ups
from colophon.royalties.policy import Policy, ReserveOrder
from colophon.royalties.reserve import PartOf, ReserveMove, ReserveTerm, Vintage, reserve, total
from colophon.royalties.rights_income import RightsRow
from colophon.royalties.standing import Recouped, Standing, recoup
from colophon.royalties.whole_numbers import split

Weights = tuple[tuple[int, int], ...]
"""Payee id and weight, by payee id."""

Pools = dict[Weights, int]
"""Amounts by the weights they are split by: what has the same payees is added up before it is split (P1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """Payees' weights (P2), for one product or (None) for all products of the contract that have none of their own; of one territory
    group alone where it is named.
    """

    contract_id: int
    product_id: int | None = None
    territory: str | None = None
    weights: Weights = field(repr=False)


WeightsOf = Callable[[int, int | None, str | None], Weights]
"""Payees' weights by contract, product and territory group; None stands for what no product or territory earned, such as rights income."""


def weights_by(shares: Sequence[Shares]) -> WeightsOf:
    """Whose money a contract's product earns in a territory. A territory's own shares come before a product's, and these before the contract's.

    The function that comes back raises KeyError for a contract without shares.
    """
    found = {(one.contract_id, one.product_id, one.territory): tuple(sorted(one.weights)) for one in shares}

    def weights(contract_id: int, product_id: int | None, territory: str | None) -> Weights:
        tried = ((product_id, territory), (None, territory), (product_id, None))
        own = next((found[contract_id, *key] for key in tried if (contract_id, *key) in found), None)
        return own or found[contract_id, None, None]

    return weights


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """What the author bears, such as an index or permissions: of the contract (or one product) before it is split, or of one payee's part.

    It comes off what is earned, before an advance is recouped. `label` is as it stands on the statement.
    """

    id: str
    contract_id: int
    product_id: int | None = None
    payee_id: int | None = None
    amount: int = field(repr=False)
    label: str = field(default="", repr=False)
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A contract, or the contracts of one joint account (A5). Contracts that are not joined never see each other's debts (A4).

    `joint` is earned out before anything is split (P4); `payees` by payee id. `guarantee`: the least of the whole account per
    period (A7); `guarantees`: those of its rates and contracts. `differences`: clauses that the terms overrule.
    """

    id: str
    contract_ids: tuple[int, ...]
    currency: str
    shares: tuple[Shares, ...]
    payees: Mapping[int, Standing] = field(default_factory=dict)
    joint: Standing = field(default_factory=Standing)
    statement: int = 1
    reserve_terms: tuple[ReserveTerm, ...] = ()
    held: tuple[Vintage, ...] = ()
    guarantee: int | None = field(default=None, repr=False)
    guarantees: tuple[Guarantee, ...] = ()
    charges: tuple[Charge, ...] = ()
    differences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountStatement:
    """All numbers of one account's statement, minor units; `policy_id` is the fingerprint of the policy in force. It is issued whether or not money is due (M4).

    `pools`: what is split, by the weights it is split by. `top_ups`: what guaranteed amounts add, `top_up` in all.
    """

    account_id: str
    currency: str
    statement: int
    contract_ids: tuple[int, ...]
    policy_id: str
    rows: tuple[Converted, ...]
    rights: tuple[RightsRow, ...]
    earnings: int = field(repr=False)
    rights_income: int = field(repr=False)
    top_ups: tuple[TopUp, ...]
    reserve_opening: tuple[Vintage, ...]
    reserve: ReserveMove
    joint: Recouped
    payees: Mapping[int, Recouped]
    shares: tuple[Shares, ...]
    pools: tuple[tuple[Weights, int], ...] = field(repr=False)
    charges: tuple[Charge, ...] = ()

    @property
    def charged(self) -> int:
        """What is charged to the payees in all."""
        return sum(one.amount for one in self.charges)

    @property
    def is_joint(self) -> bool:
        """Whether a joint balance or advance comes before the payees' own (A5)."""
        return self.joint.movement != 0 or self.joint.opening.balance != 0 or self.joint.opening.advance != 0

    @property
    def top_up(self) -> int:
        """What guaranteed amounts add in all; negative where agreed maximums take more (A7)."""
        return sum(one.amount for one in self.top_ups)

    @property
    def movement(self) -> int:
        """Earnings - withheld + released + rights income + top-up - charges: TRRSS's closing balance (R9)."""
        return self.earnings + self.rights_income + self.top_up - self.reserve.movement - self.charged


def settle_account(
    account: Account, rows: Sequence[Converted], rights: Sequence[RightsRow], policy: Policy, *, period_end: date
) -> AccountStatement:
    """One account's statement. Order (R9, section 11): reserve, rights income, joint advance, split, own advances.

    :raises BadRecordError: shares that do not make a whole, or a guarantee that cannot be told from another.
    :raises KeyError: a contract of the account has no shares.
    """
    earnings = sum(one.amount for one in rows)
    rights_income = sum(row.amount for row in rights)
    agreed = _agreed(account, rows, rights, earnings + rights_income)
    extra = sum(one.amount for one in agreed)
    earned = earnings + rights_income + extra - sum(one.amount for one in account.charges)
    left = _left(account, earned, period_end) if policy.reserve_order is ReserveOrder.AFTER_RECOUPMENT else None
    move = reserve(
        rows,
        account.reserve_terms,
        account.held,
        statement=account.statement,
        period_end=period_end,
        only_of=None if left is None else (left, earned),
        part_of=_part_of(account),
    )
    pools = _pools(account, rows, rights, agreed, move)
    joint, pools = _joint(account, pools)
    shares: dict[int, int] = defaultdict(int)
    for weights, amount in sorted(pools.items()):
        for (payee, _), part in zip(weights, split(amount, [weight for _, weight in weights]), strict=True):
            shares[payee] += part
    for vintage, sign in (*((one, -1) for one in move.withheld), *((one, 1) for one in move.released)):
        if vintage.payee_id is not None:  # of this payee's part alone
            shares[vintage.payee_id] += sign * vintage.amount
    for charge in account.charges:
        if charge.payee_id is not None:
            shares[charge.payee_id] -= charge.amount
    named = {payee for one in account.shares for payee, _ in one.weights}  # each gets a statement, due or not (M4)
    payees = {payee: recoup(account.payees.get(payee, Standing()), shares[payee]) for payee in sorted({*named, *account.payees})}
    return AccountStatement(
        account_id=account.id,
        currency=account.currency,
        statement=account.statement,
        contract_ids=account.contract_ids,
        policy_id=policy.fingerprint,
        rows=tuple(rows),
        rights=tuple(rights),
        earnings=earnings,
        rights_income=rights_income,
        top_ups=agreed,
        reserve_opening=account.held,
        reserve=move,
        joint=joint,
        payees=payees,
        shares=account.shares,
        pools=tuple(sorted(pools.items())),
        charges=account.charges,
    )


def _agreed(account: Account, rows: Sequence[Converted], rights: Sequence[RightsRow], earned: int) -> tuple[TopUp, ...]:
    made = top_ups(account.guarantees, rows, rights)
    rest = top_up(account.guarantee, earned + sum(one.amount for one in made))
    return (*made, TopUp(contract_id=account.contract_ids[0], amount=rest)) if rest else made


def _part_of(account: Account) -> PartOf:
    weights = weights_by(account.shares)

    def part(contract_id: int, product_id: int, payee_id: int, amount: int) -> int:
        own = weights(contract_id, product_id, None)
        place = next((place for place, (payee, _) in enumerate(own) if payee == payee_id), None)
        return 0 if place is None else split(amount, [weight for _, weight in own])[place]

    return part


def _pools(account: Account, rows: Sequence[Converted], rights: Sequence[RightsRow], agreed: Sequence[TopUp], move: ReserveMove) -> Pools:
    weights = weights_by(account.shares)
    pools: Pools = defaultdict(int)

    def put(contract_id: int, product_id: int | None, amount: int, territory: str | None = None) -> None:
        pools[weights(contract_id, product_id, territory)] += amount

    for one in rows:
        put(one.row.key.contract_id, one.row.key.product_id, one.amount, one.row.key.territory_group)
    for vintage, sign in (*((one, -1) for one in move.withheld), *((one, 1) for one in move.released)):
        if vintage.payee_id is None:
            put(vintage.contract_id, vintage.product_id, sign * vintage.amount)
    for row in rights:
        put(row.receipt.contract_id, None, row.amount)
    for one_more in agreed:
        put(one_more.contract_id, one_more.product_id, one_more.amount)
    for charge in account.charges:
        if charge.payee_id is None:
            put(charge.contract_id, charge.product_id, -charge.amount)
    return pools


def _joint(account: Account, pools: Pools) -> tuple[Recouped, Pools]:
    """The joint advance first (A5): what it leaves is split. Without one, debits are split like earnings (P3)."""
    movement = sum(pools.values())
    if account.joint == Standing():
        return recoup(Standing(), 0), pools
    joint = recoup(account.joint, movement)
    if joint.due == 0:
        return joint, {}
    keys = sorted(pools)
    earning = [max(pools[key], 0) for key in keys]
    if not any(earning):  # due from an earlier balance only
        return joint, {tuple(sorted(account.shares[0].weights)): joint.due}
    return joint, dict(zip(keys, split(joint.due, earning), strict=True))


def _left(account: Account, earned: int, period_end: date) -> int:
    """R9 the other way round: what recoupment leaves of what was earned and released."""
    opening = [account.joint, *account.payees.values()]
    debts = sum(one.advance + one.advance_paid - one.balance for one in opening)
    released = total(vintage for vintage in account.held if vintage.is_due(account.statement, period_end))
    return earned + released - debts
