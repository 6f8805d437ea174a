"""Batches of letters as people look at them: whom they reached, by outcome."""

from collections.abc import Mapping, Sequence

from sqlalchemy import case, func, select

from colophon.ledger.store import Store
from colophon.ledger.tables import deliveries, of_place


class Batches(Store):
    """The part of the ledger that counts people instead of deliveries."""

    def whom(self, use_case: str, destination: str, label: str, groups: Mapping[str, Sequence[str]]) -> dict[str, tuple[int, int]]:
        """By group of states: how many deliveries of a destination there are, and how many different people (a label) they are for."""
        group = case(*((deliveries.c.state.in_(states), name) for name, states in groups.items()), else_="")
        person = deliveries.c.labels[label].as_string()
        query = select(group, func.count(), func.count(person.distinct())).where(of_place(use_case, destination)).group_by(group)
        with self.reading() as connection:
            return {name: (count, people) for name, count, people in connection.execute(query)}
