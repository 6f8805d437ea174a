"""N2 for each type of sale: returns take back at most what the sales of their own type have earned, over all periods.

A return has the rate of its own channel, price and day, and unwinds the newest tier. So where a price or a rate has risen since the
sale, or more comes back than our books saw sold, it would take back what nobody was paid. A row of its own gives the difference back,
and takes it again when later sales make up for it: nothing is lost (N4).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from colophon.royalties.policy import Basis
from colophon.royalties.rounding import BPS, PPM
from colophon.royalties.row import LIMITED, Row, RowKey

Type = tuple[int, int, str, str]
"""A type of sale: contract, product, channel group, currency."""


def limited(rows: Iterable[Row], earned: Mapping[Type, int], whole: Collection[tuple[int, int]]) -> tuple[tuple[Row, ...], dict[Type, int]]:
    """The rows that give back what returns took too much, and what each type has earned after them, less what came back.

    :param earned: the same before the period. :param whole: contract and product whose sales our books have had from the first one on:
        of others nobody here knows what they earned, and a debt is carried as it is.
    """
    after = dict(earned)
    first: dict[Type, RowKey] = {}
    for row in rows:
        key = row.key
        if (key.contract_id, key.product_id) in whole:
            own = (key.contract_id, key.product_id, key.channel_group, key.currency)
            first.setdefault(own, key)
            after[own] = after.get(own, 0) + row.amount
    made = []
    for own, key in first.items():
        rest = max(after[own], 0) - max(earned.get(own, 0), 0) - (after[own] - earned.get(own, 0))
        if rest:
            made.append(Row(key=key._replace(kind=LIMITED, basis=Basis.NET, keep=BPS, rate=PPM, price=None), basis_sum=rest))
    return tuple(made), after


def by_type(earned: Iterable[tuple[int, int, str, str, int]]) -> dict[Type, int]:
    """What a closing says of each type."""
    found: dict[Type, int] = defaultdict(int)
    for contract, product, channel, currency, amount in earned:
        found[contract, product, channel, currency] += amount
    return dict(found)
