"""A7: what a period has to earn at least, and earns at most, for one rate or for all of a contract."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from colophon.errors import BadRecordError
from colophon.royalties.currency import Converted
from colophon.royalties.rights_income import RightsRow
from colophon.royalties.row import LIMITED, RERATED, SALES


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarantee:
    """Agreed amounts of one period, minor units of the account, all payees together.

    `rule`: of the rows of this rate; None: of all that the contract earns, rights income among it. `product_id`: whose payees share it.
    """

    contract_id: int
    product_id: int | None = None
    rule: str | None = None
    least: int | None = field(default=None, repr=False)
    most: int | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TopUp:
    """What a guarantee adds to what was earned, or (negative) what an agreed maximum takes from it."""

    contract_id: int
    product_id: int | None = None
    amount: int = field(repr=False)


def top_up(guarantee: int | None, earned: int) -> int:
    """A7: what is missing to the guaranteed minimum."""
    return 0 if guarantee is None else max(0, guarantee - earned)


def top_ups(guarantees: Iterable[Guarantee], rows: Sequence[Converted], rights: Sequence[RightsRow]) -> tuple[TopUp, ...]:
    """Those of the rates first; then those of whole contracts, over what the rates' own have made of it.

    Corrections of closed periods are not this period's earnings.

    :raises BadRecordError: a row is of two rates, and not both are under one guarantee; a minimum above its maximum.
    """
    own = [one for one in rows if one.row.key.kind in {SALES, RERATED, LIMITED}]
    made: list[TopUp] = []
    for guarantee in sorted(guarantees, key=lambda one: one.rule is None):
        if guarantee.least is not None and guarantee.most is not None and guarantee.least > guarantee.most:
            raise BadRecordError("A guaranteed minimum is above its maximum.", subject=f"contract:{guarantee.contract_id}")
        earned = _earned(guarantee, own, rights, made)
        rest = top_up(guarantee.least, earned) - (0 if guarantee.most is None else max(0, earned - guarantee.most))
        if rest:
            made.append(TopUp(contract_id=guarantee.contract_id, product_id=guarantee.product_id, amount=rest))
    return tuple(made)


def _earned(guarantee: Guarantee, rows: Sequence[Converted], rights: Sequence[RightsRow], made: Sequence[TopUp]) -> int:
    own = [one for one in rows if one.row.key.contract_id == guarantee.contract_id]
    if guarantee.rule is None:
        income = sum(row.amount for row in rights if row.receipt.contract_id == guarantee.contract_id)
        return sum(one.amount for one in own) + income + sum(one.amount for one in made if one.contract_id == guarantee.contract_id)
    found = 0
    for one in own:
        names = {name.rpartition("@")[0].partition("+")[0] for name in one.row.rule_ids}  # a clause changes a rate, and earns for it
        if guarantee.rule in names:
            if len(names) > 1:
                raise BadRecordError(
                    "A row is of two rates, one of them with a guaranteed amount.", subject=f"contract:{guarantee.contract_id}"
                )
            found += one.amount
    return found
