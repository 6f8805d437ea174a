"""The extension (contract sections 6, 7): lists of rows with a revision, and writes under an external reference."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from colophon_sandbox.systems.consonance import visible
from colophon_sandbox.systems.consonance.records import EXTENSION, Records, Row
from colophon_sandbox.world import World, moment, stamp

REFERENCE = re.compile(r"[A-Za-z0-9._:-]{1,120}")
FEATURES = {
    "todos": ["Query.todos"],
    "team": ["Query.teamMembers"],
    "launch": ["Query.launches"],
    "head_grants": ["Query.headGrants"],
    "rights_deals": ["Query.rightsDeals"],
    "royalty_terms": ["Query.royaltyTerms"],
    "sales": ["Query.sales"],
    "royalty_runs": ["Query.royaltyRuns"],
    "statements": ["Query.statements"],
    "payments": ["Query.payments"],
    "contact_fields": ["Query.contactFields"],
    "external_records": ["Query.externalRecords"],
}
WRITES = {
    "upsertTodo": "update",
    "createWorkNote": "refuse",
    "upsertExternalAsset": "update",
    "recordCommunication": "newer",
    "recordChannelStatus": "newer",
    "recordPerformance": "update",
    "upsertContactFields": "update",
    "upsertMarketingText": "update",
    "recordPayment": "refuse",
}
"""What the same reference with other content does: update, refuse, or count only when its `at` is newer."""
MOST_ROWS = 500
FIELD_VALUES = {
    "DELIVERY_PREFERENCE": ("PRINT", "EMAIL", "WEB"),
    "CONSENT_EXTERNAL": ("true", "false"),
    "OPTED_OUT": ("true", "false"),
}


def fields_off(features: Sequence[str]) -> frozenset[str]:
    """`Type.field` names that switched-off features take away."""
    off: set[str] = set()
    for feature in features:
        off.update(FEATURES.get(feature, [feature.replace("mutation.", "Mutation.")]))
    return frozenset(off)


def root(world: World, records: Records) -> dict[str, Callable[..., Any]]:
    """Resolvers of the extension at the root of Query and Mutation."""
    reads = {name: _reader(records, name) for name in EXTENSION}
    writes = {name: _writer(world, records, name, rule) for name, rule in WRITES.items()}
    return {**reads, **writes}


def _reader(records: Records, name: str) -> Callable[..., list[Row]]:
    def read(_info: Any, **arguments: Row) -> list[Row]:
        search: Row = next(iter(arguments.values()), {})
        limit = search.get("limit", 5000 if name == "sales" else 100)
        if not 1 <= limit <= (5000 if name == "sales" else 1000):
            raise ValueError("INVALID: limit is out of range")
        rows = records.page(name, search.get("after"), lambda row: _fits(row, search), limit)
        return [_linked(records, row) for row in rows]

    return read


_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "Eq": lambda value, wanted: value == wanted,
    "In": lambda value, wanted: value in wanted,
    "Lteq": lambda value, wanted: value is not None and value <= wanted,
    "Gteq": lambda value, wanted: value is not None and value >= wanted,
}


def _fits(row: Row, search: Mapping[str, Any]) -> bool:
    for name, wanted in search.items():
        if name in {"after", "limit"}:
            continue
        if name == "updatedSince":
            fits = moment(row["updatedAt"]) >= moment(wanted)
        elif name == "tagsInclude":
            fits = wanted in row.get("tags", [])
        else:
            member, how = re.fullmatch(r"(\w+?)(Eq|In|Lteq|Gteq)", name).groups()  # type: ignore[union-attr]  # the schema lets no other name in
            value = row.get("kind" if member == "kind" else member)
            fits = _COMPARE[how](value, wanted)
        if not fits:
            return False
    return True


def _linked(records: Records, row: Row) -> Row:
    """The row with its references (`workId`, `contactId`, ...) as records."""
    found = dict(row)
    for name, table in (
        ("work", "works"),
        ("contract", "contracts"),
        ("contact", "contacts"),
        ("assignee", "contacts"),
        ("licensee", "contacts"),
        ("payee", "contacts"),
        ("manager", "contacts"),
        ("completedBy", "contacts"),
    ):
        key = row.get(f"{name}Id")
        if key is not None and name not in row:
            found[name] = records.table(table).get(key)
    for name in ("blockedBy", "tags", "rates", "splits", "advances", "reserves", "statementMonths", "totals"):
        found.setdefault(name, [])
    for name in ("splits", "advances"):
        found[name] = [_with_people(records, part) for part in found[name]]
    if row.get("productIds") and "products" not in row:
        found["products"] = [product for key in row["productIds"] if (product := records.table("products").get(key))]
    return found


def _with_people(records: Records, part: Row) -> Row:
    """A part of royalty terms, its `{"id": ...}` of people as records."""
    known = records.table("contacts")
    people = {name: known.get(part[name]["id"], part[name]) for name in ("payee", "agent") if part.get(name)}
    return {**part, **people}


def _writer(world: World, records: Records, kind: str, rule: str) -> Callable[..., Row]:
    def write(_info: Any, input: Row) -> Row:  # noqa: A002 - the contract's name
        content = {name: value for name, value in input.items() if name not in {"clientMutationId", "expectedRevision"}}
        kept = _kept(world, kind, input["externalReference"])
        if refusal := _refusal(world, records, kind, content):
            return _answer(input, None, errors=[refusal])
        before = json.loads(kept["payload"]) if kept else {}
        if kept and before == {**before, **content}:
            return _answer(input, kept)
        if kept and rule == "refuse":
            return _answer(input, None, errors=["REFERENCE_CONFLICT: the reference has other content"])
        if input.get("expectedRevision") not in (None, kept["revision"] if kept else 0):
            return _answer(input, None, errors=["STALE_REVISION: it has changed since"])
        if kept and rule == "newer" and moment(content["at"]) < moment(before["at"]):
            return _answer(input, kept)
        row = _put(world, records, kind, {**before, **content}, kept)
        return _answer(input, row, created=kept is None, changed=True)

    return write


def _kept(world: World, kind: str, reference: str) -> Row | None:
    """The record that a reference stands for."""
    known = world.store.table("consonance.references").get(f"{kind} {reference}")
    return world.store.table("consonance.externalRecords").get(known["id"]) if known else None


def _put(world: World, records: Records, kind: str, content: Row, kept: Row | None) -> Row:
    """A new record, or the next revision of one: a member that is not given stays, null clears."""
    row = {
        "id": kept["id"] if kept else visible.new_id(world),
        "revision": kept["revision"] + 1 if kept else 1,
        "updatedAt": stamp(world.now),
        "kind": kind,
        "externalReference": content["externalReference"],
        "workId": content.get("workId"),
        "productId": content.get("productId"),
        "contractId": content.get("contractId"),
        "contactId": content.get("contactId"),
        "payload": json.dumps(content, sort_keys=True),
    }
    world.store.table("consonance.externalRecords").put(str(row["id"]), row)
    world.store.table("consonance.references").put(f"{kind} {content['externalReference']}", {"id": str(row["id"])})
    visible.show(world, records, row, content)
    records.index()
    world.effect(f"consonance.{kind}", content["externalReference"])
    return row


def _refusal(world: World, records: Records, kind: str, content: Row) -> str:
    """Why a write is refused, beginning with the contract's code; empty where it is not."""
    if not REFERENCE.fullmatch(content["externalReference"]):
        return "INVALID: externalReference"
    if missing := next((found for row in (content, *content.get("rows", ())) if (found := _missing(records, row))), ""):
        return f"NOT_FOUND: {missing}"
    if kind == "recordCommunication" and not any(content.get(name) for name in ("workId", "contractId", "contactId")):
        return "INVALID: one of workId, contractId, contactId is needed"
    if kind == "recordPerformance":
        return _performance_refusal(world, content)
    for field in content.get("fields", ()):
        if field.get("value") is not None and field["value"] not in FIELD_VALUES.get(field["name"], (field["value"],)):
            return f"INVALID: {field['name']} has no such value"
    return ""


def _performance_refusal(world: World, content: Row) -> str:
    """1 to 500 rows, none of which another reference holds."""
    if not 1 <= len(content["rows"]) <= MOST_ROWS:
        return f"INVALID: rows are 1 to {MOST_ROWS}"
    others = [
        json.loads(row["payload"])
        for row in world.store.table("consonance.externalRecords")
        if row["kind"] == "recordPerformance" and row["externalReference"] != content["externalReference"]
    ]
    held = {_place(other["source"], row) for other in others for row in other["rows"]}
    taken = [row for row in content["rows"] if _place(content["source"], row) in held]
    return f"ROW_CONFLICT: video {taken[0]['videoId']} on {taken[0]['day']} is held by another reference" if taken else ""


def _place(source: str, row: Row) -> tuple[str, ...]:
    return (source, *(str(row[name]) for name in ("videoId", "channel", "countryCode", "day")))


def _missing(records: Records, content: Row) -> str:
    for name, table in (("work", "works"), ("product", "products"), ("contract", "contracts"), ("contact", "contacts")):
        key = content.get(f"{name}Id")
        if key is not None and key not in records.table(table):
            return f"{name} {key}"
    unknown = [key for key in content.get("productIds") or () if key not in records.table("products")]
    return f"product {unknown[0]}" if unknown else ""


def _answer(given: Row, row: Row | None, *, created: bool = False, changed: bool = False, errors: Sequence[str] = ()) -> Row:
    return {
        "clientMutationId": given.get("clientMutationId"),
        "recordId": row["id"] if row else None,
        "externalReference": given["externalReference"],
        "revision": row["revision"] if row else None,
        "created": created,
        "changed": changed,
        "errors": list(errors),
    }
