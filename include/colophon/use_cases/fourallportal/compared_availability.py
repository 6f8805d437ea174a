"""FP-4, products compared: each product of the portal with every cell as rights want it, and what it lacks of that."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from colophon.blocks.decision import DecisionContext
from colophon.domain.facts import Facts
from colophon.domain.finding import Finding
from colophon.errors import BadConfigError, BadRecordError
from colophon.rights.atlas import Atlas
from colophon.rights.rules import broken
from colophon.systems.fourallportal.availability import Difference, compare, isbn_of, open_cells
from colophon.systems.fourallportal.mapping import PortalMapping
from colophon.systems.fourallportal.records import Cell, PortalObject
from colophon.systems.fourallportal.rules import DESTINATION


class Compared(NamedTuple):
    """A product of the portal, every cell as it shall be (None: nobody knows the product), and what it lacks of that.

    `fault`: its entries cannot be read, so that nobody knows what it shows.
    """

    obj: PortalObject
    isbn: str
    wanted: Mapping[Cell, bool | None]
    difference: Difference
    fault: Finding | None = None

    @property
    def subject(self) -> str:
        """How the ledger calls it."""
        return f"portal:{self.obj.id}"

    @property
    def name(self) -> str:
        """How exceptions call it."""
        return f"isbn:{self.isbn}" if self.isbn else self.subject

    def finding(self, rule: str, found: str, expected: str) -> Finding:
        """What is wrong with what it shows."""
        return broken(rule, self.name, "available", found, expected, blocks=DESTINATION)


def compared(facts: Facts, context: DecisionContext) -> Iterator[Compared]:
    """The products that the run is about. One that `rights` lacks is unknown.

    :raises BadConfigError: a territory that is no country.
    """
    (mapping,), rights, today = facts.records(PortalMapping), context.rights, context.as_of.date()
    channels, territories, closes_only = context.config.availability.portal.channels, _territories(context), rights.closes_only
    for obj in facts.records(PortalObject):
        isbn = isbn_of(obj, mapping)
        if rights.only is not None and isbn not in rights.only:
            continue
        product, wanted = rights.products.get(isbn), dict[Cell, bool | None]()
        try:
            may_open = open_cells(obj, mapping) if closes_only else None
            for theirs, ours in channels.items():
                countries = product.open_bits(ours, today) if product else 0
                for code, bit in territories:
                    is_allowed = bool(countries & bit) and (may_open is None or (code, theirs) in may_open)
                    wanted[code, theirs] = is_allowed if product else None
            yield Compared(obj, isbn, wanted, compare(obj, wanted, mapping))
        except BadRecordError as problem:
            unread = Compared(obj, isbn, wanted, Difference(frozenset(), frozenset(), frozenset()))
            yield unread._replace(fault=unread.finding("R7", problem.sentence, "entries with a value; their cells cannot be judged"))


def _territories(context: DecisionContext) -> Sequence[tuple[str, int]]:
    """The countries of the portal's cells, with their bits."""
    atlas = Atlas.load(context.config.publisher.code_lists)
    reach = atlas.reach(context.config.availability.portal.territories)
    if reach.unknown:
        raise BadConfigError(f"availability.yaml: portal.territories: {', '.join(reach.unknown)} is in no list of countries")
    return [(code, atlas.bit(code)) for code in atlas.names(reach.whole)]
