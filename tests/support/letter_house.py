"""A house that writes letters: works with contributors who can be reached, stages that are reached, and what went to whom.

house = furnish(station)
stage(house, "Interior files uploaded", done="2026-06-01")
station.run(DAG, morning(date(2026, 6, 1)))
assert letters(house, DAG, "page_proofs") == [...]
"""

import json
from datetime import UTC, date, datetime
from typing import Any

from station import Station

from colophon_sandbox.seeds.shelf import person, product, work

AUTHOR, ILLUSTRATOR, EDITOR, MAKER = 44, 45, 34, 32
OLD = {"revision": 1, "updatedAt": "2026-04-01T10:00:00Z"}
MONDAY = date(2026, 6, 1)
_REACH = {**OLD, "exclusive": True, "channels": ["*"], "languages": ["*"], "formats": ["HARDBACK", "PAPERBACK", "EBOOK", "AUDIO_DOWNLOAD"]}
_WORLD = {"included": ["WORLD"], "excluded": []}
RIGHTS: dict[str, Any] = {
    "contracts": [{"id": 1, "workId": 9, "clientId": 1, "contractName": "Head", "signedDate": "2020-01-31", "term": ""}],
    "headGrants": [
        {
            "id": 1,
            "workId": 9,
            "contractId": 1,
            "rightsType": "Volume",
            "territories": _WORLD,
            **_REACH,
            "startsOn": None,
            "expiresOn": None,
        }
    ],
}
"""All formats of the work may be sold everywhere."""


def morning(day: date) -> datetime:
    """Half past seven in London, in summer."""
    return datetime(day.year, day.month, day.day, 6, 30, tzinfo=UTC)


def field(number: int, contact_id: int, name: str, value: str) -> dict[str, Any]:
    """What a contact has told."""
    return {"id": number, "contactId": contact_id, "name": name, "value": value, "observedAt": "2026-01-01T00:00:00Z"}


def furnish(
    station: Station, *, published="2026-09-01", roles: tuple[tuple[int, str], ...] = ((AUTHOR, "A01"), (ILLUSTRATOR, "A12"))
) -> Station:
    """One work, *Sea Room*, in two formats, with its contributors in Britain, and a team."""
    made = [
        {"id": 70 + n, "sequenceNumber": n, "productIds": [], "onixContributorRoleCode": role, "contactId": who}
        for n, (who, role) in enumerate(roles, 1)
    ]
    sea = work(9, "Sea Room", 1, contributions=made)
    days = {"publicationDate": published}
    station.seed(
        "consonance",
        {
            "imprints": [{"id": 1, "name": "Larkspur"}],
            "works": [sea],
            "products": [product(101, sea, "BC", "9781999000004", **days), product(102, sea, "DG", "9781999000011", **days)],
            "contacts": [person(who, f"Person {who}") for who in (AUTHOR, ILLUSTRATOR, EDITOR, MAKER)],
            "contactFields": [
                *(field(1 + who, who, "COUNTRY", "GB") for who in (AUTHOR, ILLUSTRATOR)),
                *(field(101 + who, who, "LANGUAGE", "eng") for who in (AUTHOR, ILLUSTRATOR)),
            ],
            **RIGHTS,
            "teamMembers": [member(1, "EDITOR", EDITOR), member(2, "PRODUCTION_MANAGER", MAKER)],
        },
    )
    return station


def member(number: int, role: str, who: int) -> dict[str, Any]:
    """Somebody in the work's team."""
    return OLD | {"id": number, "workId": 9, "role": role, "contactId": who, "managerId": None}


def stage(house: Station, text: str, *, done="", number=1, revision=2) -> None:
    """A stage of the work; without a day of its end it is open."""
    row = {"id": number, "workId": 9, "description": text, "tags": [], "blockedBy": [], "assigneeId": None, "dueOn": "2026-06-30"}
    ends = {"status": "DONE", "completedOn": done, "completedAt": f"{done}T05:00:00Z"} if done else {"status": "OPEN"}
    house.seed("consonance", {"todos": [{**row, **ends, "revision": revision, "updatedAt": f"2026-05-{10 + revision}T10:00:00Z"}]})


def move(house: Station, day: str | None) -> None:
    """The date of publication of both formats is another one from now on."""
    rows = house.sandbox.systems["consonance"].records.table("products")
    house.seed("consonance", {"products": [{**row, "publicationDate": day} for row in rows.values() if row["workId"] == 9]})


def letters(house: Station, use_case: str, kind: str) -> list[dict[str, Any]]:
    """What went by a kind, in the order of planning, with its `subject` and `state`."""
    with house.ledger() as ledger:
        rows = sorted(ledger.newest(use_case, kind), key=lambda row: (row.as_of, row.subject))
        return [json.loads(ledger.content(row.content_hash) or b"{}") | {"subject": row.subject, "state": row.state} for row in rows]


def subjects(house: Station, use_case: str, kind: str) -> list[str]:
    """How the ledger names what went, without the kind."""
    return [letter["subject"].partition("/")[2] for letter in letters(house, use_case, kind) if letter["state"] != "planned"]


def answer(house: Station, use_case: str, kind: str, subject: str, said: str, text: str | None = None, *, at: str) -> None:
    """A recipient answers a letter."""
    with house.ledger() as ledger:
        row = next(row for row in ledger.newest(use_case, kind) if row.subject == f"{kind}/{subject}")
    response = {"kind": said, "text": text, "fields": {}}
    house.seed("exstream", {"outcomes": [{"type": "responded", "deliveryId": row.delivery_id, "response": response, "at": at}]})


def written(house: Station, kind: str) -> list[dict[str, Any]]:
    """What Consonance was told by a kind of mutation, as it stands; where it takes none, what waits in the tray for a person."""
    rows = house.sandbox.world.store.table("consonance.externalRecords")
    with house.ledger() as ledger:
        waiting = [dict(row.payload) for row in ledger.tray.rows(operation=kind) if row.is_free]
    return [json.loads(row["payload"]) for row in rows if row["kind"] == kind] + waiting
