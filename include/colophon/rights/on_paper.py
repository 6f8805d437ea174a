"""Records as they would be, for a person who asks *what if*: a contract that ends on another day, a title that comes out on another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from colophon.domain.contract import Contract
from colophon.domain.product import Product
from colophon.errors import InvalidError
from colophon.rights.facts import Facts


@dataclass(frozen=True, slots=True)
class Paper:
    """What would be otherwise: the last day of contracts by their ids, the day of publication by ISBN."""

    ends: Mapping[int, date] = field(default_factory=dict)
    published: Mapping[str, date] = field(default_factory=dict)

    def products(self, products: Sequence[Product]) -> list[Product]:
        """Products as they would be."""
        return [
            product.model_copy(update={"publication_on": day}) if (day := self.published.get(product.isbn13 or "")) else product
            for product in products
        ]

    def rights(self, facts: Facts) -> Facts:
        """What rights rest on, as it would be.

        :raises InvalidError: a contract that is none of theirs, one that has no day of signing, or one that would end before it.
        """
        known = {contract.id for contract in facts.contracts or ()}
        if strange := sorted(set(self.ends) - known):
            named = ", ".join(map(str, strange))
            raise InvalidError(f"no contract {named} grants anything of these titles", remedy="Name one by its id in Consonance.")
        contracts = [_ending(each, self.ends[each.id]) if each.id in self.ends else each for each in facts.contracts or ()]
        return replace(
            facts, products=tuple(self.products(facts.products)), contracts=None if facts.contracts is None else tuple(contracts)
        )


def _ending(contract: Contract, day: date) -> Contract:
    """The contract with another last day; it runs out then, and was not terminated."""
    if contract.signed_on is None:
        raise InvalidError(
            f"contract {contract.id} has no day of signing, so that nothing can end", remedy="Enter in Consonance when it was signed."
        )
    if day < contract.signed_on:
        raise InvalidError(
            f"contract {contract.id} was signed on {contract.signed_on} and cannot end before", remedy="Name that day or a later one."
        )
    return contract.model_copy(update={"ends_on": day, "terminated_on": None})
