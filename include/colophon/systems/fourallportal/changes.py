"""What changed at the portal since a run that was finished: by whole lists, or by the older feed (contract section 6)."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from colophon.errors import NotFoundError
from colophon.systems.fourallportal.client import FourallportalClient
from colophon.systems.fourallportal.records import Events, PortalObject
from colophon.systems.fourallportal.scan import compare

DELETED = 0


class Changes(NamedTuple):
    """Objects that are new or changed, ids that are gone, and what to remember (JSON)."""

    objects: tuple[PortalObject, ...]
    deleted: tuple[str, ...]
    state: Mapping[str, Any]


def read_changes(client: FourallportalClient, module: str, before: Mapping[str, Any]) -> Changes:
    """Changes of a module (our name) since the state `before`; empty: everything is new. Errors as the client's verbs."""
    theirs = client.mapping.modules[module]
    fields = sorted(client.mapping.needed_fields().get(theirs, set()))
    if client.settings.extra.change_source == "scan":
        return _by_scan(client, theirs, fields, before, {})
    # The feed is asked first: what changes during a scan then comes again, and is not lost.
    events = client.get_events(int(before.get("last_id", 0)), str(before.get("config_hash", "")))
    mark = {"last_id": events.last_id, "config_hash": events.config_hash}
    if events.must_scan or not before.get("config_hash"):
        return _by_scan(client, theirs, fields, before, mark)
    return _by_feed(client, theirs, fields, events, {"seen": before.get("seen", {}), **mark})


def remembered(kept: Mapping[str, Any] | None, *, run: str, done_until: datetime | None) -> Mapping[str, Any]:
    """The state to compare with: that of the last run that was finished, so that nothing of a failed one is lost.

    `done_until` is the use case's watermark. A run that is repeated compares with what it compared with before.
    """
    if kept is None:
        return {}
    finished = done_until is not None and done_until >= datetime.fromisoformat(kept["as_of"])
    before: Mapping[str, Any] = kept["after"] if finished and kept["run"] != run else kept["before"]
    return before


def to_remember(before: Mapping[str, Any], after: Mapping[str, Any], *, run: str, as_of: datetime) -> dict[str, Any]:
    """What to keep in the ledger once the changes are staged."""
    return {"run": run, "as_of": as_of.isoformat(), "before": dict(before), "after": dict(after)}


def _by_scan(client: FourallportalClient, module: str, fields: list[str], before: Mapping[str, Any], mark: Mapping[str, Any]) -> Changes:
    found = compare(_all(client, module, fields), before.get("seen", {}))
    return Changes(found.changed, found.deleted, {"seen": found.seen, **mark})


def _by_feed(client: FourallportalClient, module: str, fields: list[str], events: Events, state: Mapping[str, Any]) -> Changes:
    objects, deleted = [], []
    last = {event.object_id: event for event in events.events if event.module_name == module}
    for object_id, event in last.items():
        try:
            if event.event_type == DELETED:
                deleted.append(object_id)
            else:
                objects.append(client.get_object(module, object_id, fields))
        except NotFoundError:  # gone since
            deleted.append(object_id)
    return Changes(tuple(objects), tuple(deleted), state)


def _all(client: FourallportalClient, module: str, fields: list[str]) -> Iterator[PortalObject]:
    for page in client.iter_objects(module, fields):
        yield from page
