"""What letters say of a work: its name, when it comes out, and who made it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from colophon.blocks.decision import DecisionContext
from colophon.domain.product import Product

MOST_ISBNS = 50
"""So many of a work's editions a label names."""


class Title(NamedTuple):
    """What letters say of a work, and who made it: contacts by their roles. `is_cancelled`: it does not come out."""

    work_id: int
    name: str
    imprint: str | None
    isbns: tuple[str, ...]
    publication_on: date | None
    people: Mapping[int, frozenset[str]]
    is_cancelled: bool = False

    def contributors(self, roles: Sequence[str]) -> list[int]:
        """Contacts in any of some roles (none: in any), each once."""
        return sorted(contact for contact, theirs in self.people.items() if not roles or theirs & set(roles))


def titles(products: Iterable[Product], context: DecisionContext) -> dict[int, Title]:
    """Works by id, as their products tell them; for a contributor whose agent acts, the agent is there."""
    agents = [each for each in context.config.stakeholder_updates.collaborators if each.instead and each.is_on(context.as_of.date())]
    by_work = defaultdict[int, list[Product]](list)
    for product in products:
        by_work[product.work_id].append(product)
    found = {}
    for work_id, editions in by_work.items():
        people = defaultdict[int, set[str]](set)
        for contributor in (each for product in editions for each in product.contributors):
            people[contributor.contact_id].add(contributor.role)
        for agent in agents:
            if agent.work_id == work_id and agent.represents is not None and agent.represents in people:
                people[agent.contact_id] |= people.pop(agent.represents)
        first = min(editions, key=lambda product: (product.isbn13 is None, product.id))
        found[work_id] = Title(
            work_id,
            first.title,
            first.imprint,
            tuple(product.isbn13 for product in editions if product.isbn13)[:MOST_ISBNS],
            min((product.publication_on for product in editions if product.publication_on), default=None),
            {contact: frozenset(roles) for contact, roles in people.items()},
            all(product.publishing_status == "01" for product in editions),
        )
    return found
