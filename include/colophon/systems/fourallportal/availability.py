"""Where a product may be sold: closing goes before opening, and what nobody allowed is closed (contract section 5)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from colophon.errors import BadConfigError, BadRecordError
from colophon.systems.fourallportal.mapping import PortalMapping
from colophon.systems.fourallportal.mapping_parts import AvailabilityRules
from colophon.systems.fourallportal.records import Cell, Entry, PortalObject, Upsert, Wanted, Written
from colophon.systems.fourallportal.values import entries, read_isbn

Place = tuple[tuple[str, str], ...]
"""What an entry is valid for, by the portal's dimensions; an entry without a channel is valid for all."""


class Availability(NamedTuple):
    """What was written, and `drift`: places that somebody had opened by hand against our rights."""

    written: Written
    drift: tuple[str, ...] = ()


class Difference(NamedTuple):
    """Where a product of the portal is not as rights say: open places to close, cells to open, cells that nobody called closed."""

    to_close: frozenset[Place]
    to_open: frozenset[Place]
    unsaid: frozenset[Place]

    def __bool__(self) -> bool:
        return bool(self.to_close or self.to_open or self.unsaid)


def rules_of(mapping: PortalMapping) -> AvailabilityRules:
    """The mapping's rules. Raises BadConfigError where it has none."""
    if mapping.availability is None:
        raise BadConfigError("mapping.yaml says nothing on availability", system="fourallportal", subject="availability")
    return mapping.availability


def compare(there: PortalObject | None, cells: Mapping[Cell, bool | None], mapping: PortalMapping) -> Difference:
    """What a product with its availability lacks of what rights say: True open, False or None closed, as is every other place.

    :raises BadRecordError: an entry without a value that we can read.
    """
    rules = rules_of(mapping)
    now = entries(there, rules.field) if there else ()
    allowed = {place_of(cell, mapping) for cell, right in cells.items() if right}
    refused = {place_of(cell, mapping) for cell in cells} - allowed
    is_open = {entry.dimensions for entry in now if entry.value == rules.open}
    is_closed = {entry.dimensions for entry in now if entry.value == rules.closed}
    # An opening for a whole territory, or of a cell that no right speaks of, would open what is closed beside it.
    return Difference(frozenset(is_open - allowed), frozenset(allowed - is_open), frozenset(refused - is_closed - is_open))


def open_cells(there: PortalObject, mapping: PortalMapping) -> set[Cell]:
    """Cells that the portal shows as open one by one. Raises as `compare`."""
    rules = rules_of(mapping)
    names = [mapping.dimensions.get(name, name) for name in rules.dimensions]
    shown = [dict(entry.dimensions) for entry in entries(there, rules.field) if entry.value == rules.open]
    return {(place[names[0]], place[names[1]]) for place in shown if set(names) <= set(place)}


def isbn_of(product: PortalObject, mapping: PortalMapping) -> str:
    """A product's ISBN; empty where it has none that can be read."""
    try:
        return read_isbn(product, mapping.product.key)
    except BadRecordError:
        return ""


def place_of(cell: Cell, mapping: PortalMapping) -> Place:
    """A cell by the portal's dimensions."""
    return tuple(sorted(mapping.wire_dimensions(dict(zip(rules_of(mapping).dimensions, cell, strict=True))).items()))


def told(places: Iterable[Place], mapping: PortalMapping) -> list[str]:
    """Places for people, such as `GB/web`, or `GB` for all channels."""
    rules = rules_of(mapping)
    names = [mapping.dimensions.get(name, name) for name in rules.dimensions]
    return sorted("/".join(dict(place)[name] for name in names if name in dict(place)) or "everywhere" for place in places)


class Change(NamedTuple):
    """What a product's availability shall become: closed first where anything is open that must not be, then as a whole."""

    closing: Wanted | None
    whole: Wanted
    drift: tuple[str, ...]


def change_of(
    there: PortalObject | None,
    product_id: str,
    cells: Mapping[Cell, bool | None],
    mapping: PortalMapping,
    *,
    before: Mapping[Cell, bool | None] | None = None,
) -> Change:
    """How to bring all cells to what rights say: True open, False closed, None (unknown) closed.

    `before` is what we wrote last, so that a right that ended is not taken for drift; without it, everything open that
    must be closed is. `there` is the product with its availability, None where it does not exist yet. Raises as `compare`.
    """
    rules, found = rules_of(mapping), compare(there, cells, mapping)
    allowed = {place_of(cell, mapping) for cell, right in cells.items() if right}
    ours = {place_of(cell, mapping) for cell, right in (before or {}).items() if right}
    closed = _entries({place_of(cell, mapping) for cell in cells} - allowed | found.to_close, rules.closed)
    whole = Wanted(product_id, {rules.field: [*closed, *_entries(allowed, rules.open)]})
    closing = Wanted(product_id, {rules.field: closed}) if found.to_close else None
    return Change(closing, whole, tuple(told(found.to_close - ours, mapping)))


def write_availability(upsert: Upsert, changes: Sequence[Change], mapping: PortalMapping) -> list[Availability]:
    """Write products (each once), in batches: all that close before any that opens. One that could not be closed is not opened."""
    module = mapping.modules["product"]
    closing = [change.closing for change in changes if change.closing]
    closed = {written.id: written for written in upsert(module, closing)}
    failed = {one.id for one in closed.values() if one.outcome not in {"confirmed", "sent"} or one.code}
    whole = {one.id: one for one in upsert(module, [change.whole for change in changes if change.whole.id not in failed])}
    done = []
    for change in changes:
        first, last = closed.get(change.whole.id), whole.get(change.whole.id)
        written = last or first
        assert written is not None  # noqa: S101 - what did not fail was written
        fields = {*(first.changed_fields if first else ()), *(last.changed_fields if last else ())}
        done.append(Availability(written._replace(changed_fields=tuple(sorted(fields))), change.drift))
    return done


def _entries(places: set[Place], value: str) -> Sequence[Entry]:
    return [Entry(value, place) for place in sorted(places)]
