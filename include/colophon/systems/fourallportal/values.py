"""Fields as 4ALLPORTAL has them: lists of entries, each valid for some dimensions (contract section 2)."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from colophon.domain.identifiers import isbn13_of, named_uuid
from colophon.errors import BadRecordError
from colophon.http.jsontext import write_json
from colophon.systems.fourallportal.records import Entry, PortalObject, Value, Wanted


def object_id(module: str, key: str) -> str:
    """The id that we give an object: the same business key always has the same one."""
    return named_uuid(f"4ap:{module}:{key}")


def fv(value: str | Sequence[str] | None, **dimensions: str) -> tuple[Entry, ...]:
    """A field's value of one entry, such as `fv("Sea Room", locale="en_GB")`; None clears it."""
    told: Value = value if value is None or isinstance(value, str) else tuple(value)
    return (Entry(told, tuple(sorted(dimensions.items()))),)


def entries(obj: PortalObject, field: str) -> tuple[Entry, ...]:
    """A field's entries; empty where it has none.

    :raises BadRecordError: an entry without value, or of another shape: a data fault, never taken for null.
    """
    given = obj.fields.get(field)
    if given is None:
        return ()
    rows = given if isinstance(given, list) else [given]
    return tuple(_entry(obj, field, row) for row in rows)


def read_value(obj: PortalObject, field: str, dimensions: Mapping[str, str] | None = None) -> Value:
    """The value for some dimensions; None where there is none.

    The entry with equal dimensions, else the one whose dimensions are the largest subset, else the one without.
    Raises as `entries`.
    """
    wanted = set((dimensions or {}).items())
    fitting = [entry for entry in entries(obj, field) if set(entry.dimensions) <= wanted]
    return max(fitting, key=lambda entry: (len(entry.dimensions), entry.dimensions)).value if fitting else None


def read_text(obj: PortalObject, field: str, dimensions: Mapping[str, str] | None = None) -> str:
    """As `read_value`, where one text is expected; empty where there is none."""
    value = read_value(obj, field, dimensions)
    return value if isinstance(value, str) else ""


def read_isbn(obj: PortalObject, field: str) -> str:
    """The ISBN that a field says, in whatever form people write one; what is none as it stands. Raises as `entries`."""
    text = read_text(obj, field)
    return isbn13_of(text) or text.strip()


def changed_at(mod_time: str) -> datetime:
    """When something changed, in whatever zone the portal tells it, in UTC where it names none; before all else where it is no moment."""
    try:
        moment = datetime.fromisoformat(mod_time)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def merge_dimensions(old: Sequence[Entry], new: Sequence[Entry]) -> tuple[Entry, ...]:
    """The whole list to send: entries of other dimensions stay, ours replace theirs.

    An entry that clears is sent as such where there was something to clear, so that it works whether the portal replaces
    the list or merges it.
    """
    ours = {entry.dimensions: entry for entry in new}
    there = {entry.dimensions for entry in old}
    kept = tuple(entry for entry in old if entry.dimensions not in ours)
    return (*kept, *(entry for entry in ours.values() if entry.value is not None or entry.dimensions in there))


def same(one: Sequence[Entry], other: Sequence[Entry]) -> bool:
    """Whether two lists say the same, in whatever order; an entry that clears says nothing."""
    return _facts(one) == _facts(other)


def to_wire(wanted: Wanted) -> dict[str, object]:
    """An object of a PATCH."""
    return {"id": wanted.id, **{name: [_shown(entry) for entry in value] for name, value in wanted.fields.items()}}


def content_hash(obj: PortalObject) -> str:
    """SHA-256 of an object's fields; equal contents are equal in whatever order their entries come."""
    fields = {name: sorted(value, key=write_json) if isinstance(value, list) else value for name, value in obj.fields.items()}
    return hashlib.sha256(write_json(fields)).hexdigest()


def _entry(obj: PortalObject, field: str, row: Any) -> Entry:
    if not isinstance(row, dict) or "value" not in row or not _is_value(row["value"]):
        sentence = f"{field} has an entry without a value that we can read"
        raise BadRecordError(sentence, system="fourallportal", subject=f"{obj.module}:{obj.id}", evidence="bad_entry")
    value, dimensions = row["value"], row.get("dimensions") or {}
    pairs = tuple(sorted((str(name), str(text)) for name, text in dimensions.items()))
    return Entry(tuple(value) if isinstance(value, list) else value, pairs)


def _is_value(value: Any) -> bool:
    return value is None or isinstance(value, str) or (isinstance(value, list) and all(isinstance(one, str) for one in value))


def _facts(value: Sequence[Entry]) -> dict[tuple[tuple[str, str], ...], tuple[str, ...]]:
    texts = {entry.dimensions: (entry.value,) if isinstance(entry.value, str) else entry.value for entry in value}
    return {dimensions: text for dimensions, text in texts.items() if text}


def _shown(entry: Entry) -> dict[str, object]:
    value = list(entry.value) if isinstance(entry.value, tuple) else entry.value
    return {"value": value, "dimensions": dict(entry.dimensions) or None}
