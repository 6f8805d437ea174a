"""What a write of the extension changes in the records that people read: to-dos, payments, fields, notes, texts, files.

Rows are replaced and never changed in place: they may be the seed's, and a reset goes back to the seed.
"""

from collections.abc import Callable, Mapping
from typing import Any

from colophon_sandbox.systems.consonance.records import Records, Row
from colophon_sandbox.world import World, stamp

FIRST_ID = 1_000_000_000
"""Ids of what is written begin above all ids of seeds: a record has the same id in its own list and among `externalRecords`."""
VARIANTS = {
    "COVER": "FRONT_COVER",
    "AUTHOR_PHOTO": "CONTRIBUTOR_PICTURE",
    "SAMPLE": "SAMPLE_CONTENT",
    "SALES_SHEET": "SALES_SHEET",
    "AD": "ADVERTISEMENT",
    "VIDEO": "TRAILER",
    "AUDIO": "AUDIO_CLIP",
    "DOCUMENT": "DOCUMENT",
    "OTHER": "OTHER",
}
APPROVED, GONE = frozenset({"APPROVED", "PUBLISHED"}), frozenset({"UNPUBLISHED", "WITHDRAWN", "FAILED"})
ADDRESS = {"ADDRESS_LINE1": "addressLine1", "ADDRESS_LINE2": "addressLine2", "CITY": "addressLine3", "POSTCODE": "postcode"}
NUMBERS = {"ISNI": "isni", "CUSTOMER_ID": "inhouseCustomerId", "SUPPLIER_ID": "inhouseSupplierId", "VAT_NUMBER": "vatNumber"}


def new_id(world: World) -> int:
    """The next id of what is written."""
    return FIRST_ID + world.next_id("externalRecord")


def show(world: World, records: Records, row: Row, content: Mapping[str, Any]) -> None:
    """Let a write be seen; `row` is its external record, `content` all its members as they stand now."""
    if do := _SHOWN.get(row["kind"]):
        do(world, records, row, content)


def _todo(world: World, records: Records, row: Row, content: Mapping[str, Any]) -> None:
    before = records.table("todos").get(row["id"]) or {"blockedBy": [], "completedAt": None}
    was_done, is_done = before.get("status") == "DONE", content["status"] == "DONE"
    done_on = content.get("completedOn") or row["updatedAt"][:10]
    done_at = before["completedAt"] if was_done else row["updatedAt"]
    todo = {
        **before,
        **_head(row),
        "workId": content["workId"],
        "description": content["description"],
        "assigneeId": content.get("assigneeContactId"),
        "dueOn": content.get("dueOn"),
        "completedOn": done_on if is_done else None,
        "completedAt": done_at if is_done else None,
        "completedById": None,
        "status": content["status"],
        "tags": content.get("tags") or [],
        "milestoneCode": content.get("milestoneCode"),
    }
    _keep(world, "todos", todo)


def _payment(world: World, _records: Records, row: Row, content: Mapping[str, Any]) -> None:
    names = ("contactId", "contractId", "paidOn", "amount", "currencyCode")
    _keep(world, "payments", {**_head(row), "productId": content.get("productId"), **{name: content[name] for name in names}})


def _contact_fields(world: World, records: Records, row: Row, content: Mapping[str, Any]) -> None:
    """Each field of a contact is one row; the contact's own members follow."""
    contact = records.table("contacts")[content["contactId"]]
    rows = {field["name"]: field for field in records.table("contactFields").values() if field["contactId"] == contact["id"]}
    for field in content["fields"]:
        before = rows.get(field["name"]) or {"id": new_id(world), "revision": 0}
        told = {"value": field.get("value"), "observedAt": field["observedAt"], "source": content["source"]}
        if all(before.get(name) == value for name, value in told.items()):
            continue
        after = {**_head(row), "id": before["id"], "revision": before["revision"] + 1, "contactId": contact["id"], "name": field["name"]}
        _keep(world, "contactFields", {**after, **told})
        contact = _contact(contact, field["name"], field.get("value"))
    _keep(world, "contacts", contact)


def _contact(contact: Row, name: str, value: str | None) -> Row:
    if name in NUMBERS:
        return {**contact, NUMBERS[name]: value}
    if name == "EMAIL":
        return {**contact, "emails": [{"email": value}] if value else []}
    if name == "PHONE":
        return {**contact, "phones": [{"phoneNumber": value, "phoneType": "Work"}] if value else []}
    if name in ADDRESS or name == "COUNTRY":
        first, *others = contact.get("addresses") or [{}]
        changed = {ADDRESS[name]: value} if name in ADDRESS else {"country": {"description": value, "value": value} if value else None}
        return {**contact, "addresses": [{**first, **changed}, *others]}
    return contact


def _note(world: World, records: Records, row: Row, content: Mapping[str, Any]) -> None:
    """A note about a contact; a later state of the same communication replaces the earlier one's."""
    contact = records.table("contacts").get(content.get("contactId") or 0)
    if contact is None:
        return
    if row["kind"] == "createWorkNote":
        words = f"{content['notedOn']} {content['category']}: {content['text']}"
    else:
        what = " ".join(filter(None, (content["channel"], content.get("template"))))
        words = f"{content['at'][:10]} {what}: {content['outcome']} {content.get('responseText') or ''}".rstrip()
    others = [note for note in contact.get("notes") or [] if note.get("reference") != row["externalReference"]]
    _keep(world, "contacts", {**contact, "notes": [*others, {"noteText": words, "reference": row["externalReference"]}]})


def _text(world: World, records: Records, row: Row, content: Mapping[str, Any]) -> None:
    """A text of the work's own language; the documented type tells no language, so others stay among `externalRecords`."""
    if not (content.get("locale") or "en").startswith("en"):
        return
    text = {
        "id": row["id"],
        "variant": content["variant"],
        "externalText": f"<p>{content['textMarkdown']}</p>",
        "externalTextMarkdown": content["textMarkdown"],
        "fromDate": None,
        "untilDate": None,
        "approvalStatusName": "Draft",
        "productIds": content.get("productIds") or [],
        "onix2Only": False,
    }
    _put_into_work(world, records, content["workId"], "marketingTexts", text)


def _asset(world: World, records: Records, row: Row, content: Mapping[str, Any]) -> None:
    """A file of the work, until it is taken back."""
    resource = {
        "id": row["id"],
        "url": content["url"],
        "caption": content.get("title"),
        "status": "APPROVED" if content["status"] in APPROVED else "DRAFT",
        "resourceVariant": VARIANTS[content["kind"]],
        "productIds": [content["productId"]] if content.get("productId") else [],
    }
    _put_into_work(world, records, content["workId"], "supportingResources", resource, is_gone=content["status"] in GONE)


def _put_into_work(world: World, records: Records, work_id: int, name: str, part: Row, *, is_gone: bool = False) -> None:
    """A part of a work, new or in the place of the one of this id; the work's products count as changed."""
    work = records.table("works")[work_id]
    others = [other for other in work.get(name, []) if other["id"] != part["id"]]
    _keep(world, "works", {**work, name: others if is_gone else [*others, part]})
    touch(world, records, work_id)


def touch(world: World, records: Records, work_id: int) -> None:
    """The products of a work count as changed now."""
    for product in records.products_of(work_id):
        _keep(world, "products", {**product, "updatedAt": stamp(world.now)})


def _head(row: Row) -> Row:
    return {name: row[name] for name in ("id", "revision", "updatedAt", "externalReference")}


def _keep(world: World, name: str, row: Row) -> None:
    world.store.table(f"consonance.{name}").put(str(row["id"]), row)


_SHOWN: dict[str, Callable[[World, Records, Row, Mapping[str, Any]], None]] = {
    "upsertTodo": _todo,
    "createWorkNote": _note,
    "recordCommunication": _note,
    "upsertContactFields": _contact_fields,
    "upsertMarketingText": _text,
    "upsertExternalAsset": _asset,
    "recordPayment": _payment,
}
