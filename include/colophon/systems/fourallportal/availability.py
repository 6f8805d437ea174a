"""Where a product may be sold: closing goes before opening, and what nobody allowed is closed (contract section 5)."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from colophon.errors import BadConfigError
from colophon.systems.fourallportal.mapping import AvailabilityRules, PortalMapping
from colophon.systems.fourallportal.records import Entry, PortalObject, Wanted, Written
from colophon.systems.fourallportal.values import entries
from colophon.systems.fourallportal.writing import Writer

Cell = tuple[str, str]
"""Territory and channel, such as ("GB", "web")."""


class Availability(NamedTuple):
    """What was written, and `drift`: places that somebody had opened by hand against our rights."""

    written: Written
    drift: tuple[str, ...] = ()


def rules_of(mapping: PortalMapping) -> AvailabilityRules:
    """The mapping's rules. Raises BadConfigError where it has none."""
    if mapping.availability is None:
        raise BadConfigError("mapping.yaml says nothing on availability", system="fourallportal", subject="availability")
    return mapping.availability


def write_availability(
    writer: Writer,
    there: PortalObject | None,
    product_id: str,
    cells: Mapping[Cell, bool | None],
    mapping: PortalMapping,
    *,
    before: Mapping[Cell, bool | None] | None = None,
) -> Availability:
    """Bring all cells to what rights say: True open, False closed, None (unknown) closed.

    `before` is what we wrote last, so that a right that ended is not taken for drift; without it, everything open that
    must be closed is. `there` is the product with its availability, None where it does not exist yet.
    """
    rules, module = rules_of(mapping), mapping.modules["product"]
    now = entries(there, rules.field) if there else ()
    is_open = {entry.dimensions for entry in now if entry.value == rules.open}
    allowed = {_dimensions(cell, rules, mapping) for cell, right in cells.items() if right}
    ours = {_dimensions(cell, rules, mapping) for cell, right in (before or {}).items() if right}
    refused = {_dimensions(cell, rules, mapping) for cell in cells} - allowed
    # An opening for a whole territory, or of a cell that no right speaks of, would open what is closed beside it.
    to_close = refused | (is_open - allowed)
    names = [mapping.dimensions.get(name, name) for name in rules.dimensions]
    drift = tuple(sorted(_told(place, names) for place in (is_open - allowed) - ours))
    closing = Wanted(product_id, {rules.field: _entries(to_close, rules.closed)})
    whole = Wanted(product_id, {rules.field: [*_entries(to_close, rules.closed), *_entries(allowed, rules.open)]})
    [closed] = writer.upsert(module, [closing])
    if closed.outcome not in {"confirmed", "sent"} or closed.code:
        return Availability(closed, drift)
    [opened] = writer.upsert(module, [whole])
    changed = tuple(sorted({*closed.changed_fields, *opened.changed_fields}))
    return Availability(opened._replace(changed_fields=changed), drift)


def _dimensions(cell: Cell, rules: AvailabilityRules, mapping: PortalMapping) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(mapping.wire_dimensions(dict(zip(rules.dimensions, cell, strict=True))).items()))


def _entries(places: set[tuple[tuple[str, str], ...]], value: str) -> Sequence[Entry]:
    return [Entry(value, place) for place in sorted(places)]


def _told(place: tuple[tuple[str, str], ...], names: Sequence[str]) -> str:
    found = dict(place)
    return "/".join(found[name] for name in names if name in found) or "everywhere"
