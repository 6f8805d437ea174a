"""Objects: what is kept, how a PATCH changes it, what is shown, and the events that tell of changes."""

import base64
import hashlib
import uuid
from collections.abc import Callable, Sequence
from typing import Any

from colophon_sandbox.system import RefusedError
from colophon_sandbox.systems.fourallportal.modules import check_id, check_value, fields_of
from colophon_sandbox.world import Row, Table, World, stamp

DELETE, UPDATE, CREATE = 0, 1, 2
EVENT_NAMES = {DELETE: "DELETE", UPDATE: "UPDATE", CREATE: "CREATE"}
Listener = Callable[[int, str, str], None]


class Objects:
    """All objects of all modules. `listeners` hear of each change: (event type, module, id)."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.listeners: list[Listener] = []

    def table(self, module: str) -> Table:
        """Objects of a module by id."""
        return self.world.store.table(f"fourallportal.objects.{module}")

    @property
    def events(self) -> Table:
        """What changed, numbered from 1."""
        return self.world.store.table("fourallportal.events")

    def get(self, module: str, object_id: str) -> Row:
        """One object; RefusedError (404) where there is none."""
        found = self.table(module).get(object_id)
        if found is None:
            raise RefusedError(404, "unknown_object", f"there is no such object in {module}")
        return found

    def page(self, module: str, offset: int, limit: int, order: str) -> tuple[list[Row], int]:
        """Part of a module's objects in its order, and how many there are."""
        by: Callable[[Row], str] = _shuffled if order == "shuffled" else _by_id
        rows = sorted(self.table(module), key=by)
        return rows[offset : offset + limit], len(rows)

    def patch(self, module: str, given: Any, semantics: str, left_out: Sequence[str]) -> list[str]:
        """Create and update; ids in the order given. One bad object refuses the whole call, and nothing is written."""
        if not isinstance(given, list) or not given:
            raise RefusedError(400, "malformed", "the body is a list of objects")
        fields_of(module)
        for item in given:
            _check_object(module, item)
        ids = [item["id"] for item in given if "id" in item]
        if len(set(ids)) < len(ids):
            raise RefusedError(400, "bad_value", "an id is given twice", name="id")
        return [self._write(module, item, semantics) for item in given if item.get("id") not in left_out]

    def delete(self, module: str, object_id: str) -> None:
        """Remove an object; RefusedError (404) where there is none."""
        self.get(module, object_id)
        self.table(module).drop(object_id)
        self.world.effect("4ap.deleted", f"{module}:{object_id}")
        self.tell(DELETE, module, object_id)

    def put(self, module: str, values: Row, *, object_id: str | None = None, content: bytes | None = None) -> str:
        """Keep an object as it is, faults and all: for seeds and for files that the DAM finds."""
        found_id = object_id or self._new_id()
        is_new = self.table(module).get(found_id) is None
        row = {
            "id": found_id,
            "module": module,
            "type": module,
            "mod_time": stamp(self.world.now),
            "mod_time_img": [{"value": stamp(self.world.now)}],
            "has_child": [{"value": False}],
            "values": values,
        }
        if content is not None:
            row["content"] = base64.b64encode(content).decode()
        self.table(module).put(found_id, row)
        self.tell(CREATE if is_new else UPDATE, module, found_id)
        return found_id

    def tell(self, event_type: int, module: str, object_id: str) -> None:
        """A change, for the feed and for web hooks."""
        number = self.world.next_id("fourallportal.events")
        event = {
            "id": number,
            "object_id": object_id,
            "event_type": event_type,
            "mod_time": stamp(self.world.now),
            "module_name": module,
            "object_type": 0,
            "field_name": None,
        }
        self.events.put(str(number), {"_seq": number, "event": event})
        for listener in self.listeners:
            listener(event_type, module, object_id)

    def _write(self, module: str, item: Row, semantics: str) -> str:
        object_id = item.get("id") or self._new_id()
        there = self.table(module).get(object_id)
        before: Row = there["values"] if there else {}
        after = dict(before)
        for name, entries in item.items():
            if name != "id":
                after[name] = _joined(before.get(name, []), entries, semantics)
        changed = sorted(name for name in after if after[name] != before.get(name, []))
        if there is None or changed:
            self.put(
                module, after, object_id=object_id, content=base64.b64decode(there["content"]) if there and "content" in there else None
            )
            self.world.effect("4ap.written", f"{module}:{object_id}", fields=changed)
        return str(object_id)

    def _new_id(self) -> str:
        number = self.world.next_id("fourallportal.ids")
        return str(uuid.UUID(bytes=hashlib.sha256(f"fourallportal {number}".encode()).digest()[:16], version=4))


def shown(row: Row, fields: Sequence[str]) -> Row:
    """An object with the fields asked for, and no others."""
    envelope = {name: value for name, value in row.items() if name not in {"values", "content", "_seq"}}
    return {**envelope, **{name: row["values"].get(name, []) for name in fields}}


def check_fields(module: str, names: Sequence[str]) -> None:
    """RefusedError (400) for a field that the module does not have."""
    for name in names:
        if name not in fields_of(module):
            raise RefusedError(400, "unknown_field", f"module {module} has no field {name}", name=name)


def _check_object(module: str, item: Any) -> None:
    if not isinstance(item, dict):
        raise RefusedError(400, "malformed", "an object is expected")
    for name, value in item.items():
        if name == "id":
            check_id(value)
        else:
            check_value(module, name, value)


def _joined(old: list[Row], new: list[Row], semantics: str) -> list[Row]:
    told = [{"value": entry["value"], "dimensions": entry.get("dimensions")} for entry in new]
    spoken_of = [entry["dimensions"] or {} for entry in told]
    kept = [entry for entry in old if (entry.get("dimensions") or {}) not in spoken_of] if semantics == "merge" else []
    return [*kept, *(entry for entry in told if entry["value"] is not None)]


def _by_id(row: Row) -> str:
    return str(row["id"])


def _shuffled(row: Row) -> str:
    return hashlib.sha256(row["id"].encode()).hexdigest()
