"""A title's fields three ways: what Consonance says, what the portal shows, and what both held when the last delivery was taken."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from colophon.blocks.decision import DecisionContext
from colophon.blocks.ownership import Owner, changes
from colophon.domain.delivery import LatestDelivery
from colophon.domain.identifiers import isbn13_of
from colophon.systems.fourallportal.mapping import PortalMapping
from colophon.systems.fourallportal.orders import Fact
from colophon.systems.fourallportal.records import PortalObject
from colophon.systems.fourallportal.values import entries

Facts = Mapping[str, tuple[Fact, ...]]
Said = dict[tuple[str, tuple[tuple[str, str], ...]], Any]
"""Values by field (our name) and dimensions (our names)."""
ISBN = "isbn"


class Compared(NamedTuple):
    """What an object shall say as a whole, which of it it does not say, and which of that a person changed or typed there, or both sides changed."""

    facts: Facts
    lacking: tuple[str, ...]
    drift: tuple[str, ...]
    both: tuple[str, ...]


def compare(obj: PortalObject | None, wanted: Facts, agreed: Said, last: LatestDelivery | None, mapping: PortalMapping) -> Compared:
    """Field by field. What was said in a dimension and is no longer is cleared there.

    :param wanted: with the ISBN. :raises BadRecordError: an entry without value.
    """
    said = said_by(wanted)
    right = said | {key: None for key, value in agreed.items() if key[0] in wanted and key not in said and value is not None}
    there = _there(obj, right, mapping) if obj else {}
    names = {f"{field} ({', '.join(value for _, value in place)})" if place else field: (field, place) for field, place in right}
    found = list(
        changes(
            dict.fromkeys(names, Owner.OURS),
            agreed={name: agreed.get(key) for name, key in names.items()},
            ours={name: right[key] for name, key in names.items()},
            theirs={name: there.get(key) for name, key in names.items()},
        )
    )
    overruled = {change.field: names[change.field] for change in found if change.is_overruled and obj is not None}
    typed_before = [name for name, key in overruled.items() if last is None and there.get(key) is not None]
    by_hand = [name for name, key in overruled.items() if last is not None and last.state == "confirmed" and key in agreed]
    both = tuple(name for name in by_hand if right[names[name]] != agreed.get(names[name]))
    drift = tuple(name for name in [*typed_before, *by_hand] if name not in both)
    return Compared(facts_in(right), tuple(change.field for change in found), drift, both)


def agreed_on(last: LatestDelivery | None, context: DecisionContext) -> Said:
    """What both sides held last; nothing where nothing was taken."""
    taken = last.taken if last else None
    body = context.content(taken.content_hash) if taken else None
    if body is None:
        return {}
    order = json.loads(body)
    told = {name: tuple(Fact.model_validate(fact) for fact in facts) for name, facts in order["facts"].items()}
    return said_by({ISBN: (Fact(value=order["isbn"]),), **told})


def said_by(facts: Facts) -> Said:
    """Facts by field and dimensions."""
    return {(name, tuple(sorted(fact.dimensions.items()))): fact.value for name, told in facts.items() for fact in told}


def facts_in(said: Said) -> Facts:
    """And back, without the ISBN."""
    facts = dict[str, tuple[Fact, ...]]()
    for (name, place), value in said.items():
        facts[name] = (*facts.get(name, ()), Fact(value=value, dimensions=dict(place)))
    return {name: told for name, told in facts.items() if name != ISBN}


def _there(obj: PortalObject, keys: Said, mapping: PortalMapping) -> Said:
    """What an object says in our fields and dimensions, in our words. Raises BadRecordError."""
    rules, found = mapping.product.ours, Said()
    for field, place in keys:
        name = mapping.product.key if field == ISBN else rules[field].field
        words = {theirs: ours for ours, theirs in rules[field].words.items()} if field in rules else {}
        wire = tuple(sorted(mapping.wire_dimensions(dict(place)).items()))
        value = next((entry.value for entry in entries(obj, name) if entry.dimensions == wire), None)
        if field == ISBN and isinstance(value, str):
            value = isbn13_of(value) or value
        found[field, place] = words.get(value, value) if isinstance(value, str) else value or None
    return found
