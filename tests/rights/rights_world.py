"""A small house in the sandbox, for tests of what follows rights: three titles in Consonance, four products in the portal, two videos."""

from datetime import UTC, datetime
from typing import Any

import requests

from colophon.systems.bytenite.client import ByteNiteClient
from colophon.systems.bytenite.mapping import video_id
from colophon.systems.bytenite.records import Content, VideoRecord
from colophon.systems.bytenite.settings import ByteNiteSettings
from colophon_sandbox.seeds.shelf import product, work

OPEN, ENDED, UNREADABLE, NOBODYS = "9781999000004", "9781999000011", "9781999000028", "9781999000035"
WORKS = [work(number, "The Larkspur", 1) for number in (9, 10, 11)]
_REACH: dict[str, Any] = {"revision": 1, "updatedAt": "2026-04-02T10:00:00Z", "exclusive": True, "channels": ["*"], "languages": ["*"]}
_REACH |= {"formats": ["HARDBACK", "PAPERBACK", "VIDEO"], "startsOn": None, "expiresOn": None}
_CONTRACT = {"clientId": 1, "contractName": "Head", "signedDate": "2020-01-31", "term": ""}
CONSONANCE: dict[str, Any] = {
    "imprints": [{"id": 1, "name": "Larkspur"}],
    "works": WORKS,
    "contacts": [{"id": 31, "__typename": "Organisation", "name": "Éditions"}],
    "products": [product(100 + n, row, "BC", isbn) for n, (row, isbn) in enumerate(zip(WORKS, (OPEN, ENDED, UNREADABLE), strict=True))],
    "contracts": [
        {"id": 1, "workId": 9, **_CONTRACT},
        {"id": 2, "workId": 10, **_CONTRACT, "terminatedDate": "2025-12-31"},
        {"id": 3, "workId": 11, **_CONTRACT, "term": "life of author"},
    ],
    "headGrants": [
        {"id": n, "workId": 8 + n, "contractId": n, "rightsType": "Volume", "territories": {"included": ["WORLD"], "excluded": []}, **_REACH}
        for n in (1, 2, 3)
    ],
    "rightsDeals": [
        {"id": 1, "workId": 9, "licenseeId": 31, "rightsType": "Translation", "status": "SIGNED", "territories": {"included": ["FR"], "excluded": []}, **_REACH}
    ],
}  # fmt: skip
"""OPEN may be sold everywhere but in France; ENDED and UNREADABLE nowhere."""


def portal_product(number: int, isbn: str, *open_in: str) -> dict[str, Any]:
    """A product of the portal that is open on the web in some countries."""
    entries = [{"value": "true", "dimensions": {"territory": place, "channel": "web"}} for place in open_in]
    return {"id": f"00000000-0000-4000-8000-{number:012d}", "isbn": [{"value": isbn, "dimensions": None}], "available": entries}


def shown_open(sandbox: str) -> dict[str, set[str]]:
    """Where the portal shows products as open, by ISBN: `GB/web`."""
    base, key = f"{sandbox}/fourallportal/api/modules/product/objects", "00000000-0000-4000-8000-000000000000"
    found: dict[str, set[str]] = {}
    offset = 0
    while True:
        query: dict[str, Any] = {"fields": ["isbn", "available"], "offset": offset, "limit": 200}
        rows = requests.get(base, params=query, headers={"Authorization": f"Bearer {key}"}, timeout=60).json()["result"]
        if not rows:
            return found
        for row in rows:
            cells = [entry["dimensions"] for entry in row["available"] if entry["value"] == "true"]
            isbn = row["isbn"][0]["value"] if row["isbn"] else ""
            found[isbn] = {"/".join(filter(None, (cell.get("territory"), cell.get("channel")))) for cell in cells}
        offset += len(rows)


def library(sandbox: str) -> ByteNiteClient:
    """A client of the sandbox's video library, without waits."""
    extra = {"start_jitter_seconds": 0, "templates": {}}
    settings = ByteNiteSettings.from_connection(f"{sandbox}/bytenite", "sandbox-not-a-key", extra)
    return ByteNiteClient(settings, sleep=lambda _: None, random=lambda: 0.5, clock=lambda: datetime.now(UTC))


def add_video(client: ByteNiteClient, name: str, *isbns: str) -> str:
    """A video with content, of a kind that no release plan places; its id. It is ready a minute later."""
    record = VideoRecord.model_validate({"externalId": name, "kind": "AUTHOR_INTERVIEW", "title": f"Interview {name}", "isbns": isbns})
    client.library.upsert_video(record)
    content = {"version": "1", "sourceUrl": "https://assets.example.org/a.mp4", "sha256": "a" * 64, "bytes": 9, "mediaType": "video/mp4"}
    client.library.set_content(video_id(name), Content.model_validate(content))
    return video_id(name)


def control(sandbox: str, method: str, path: str, body: object = None) -> Any:
    """The sandbox's control routes."""
    answer = requests.request(method, f"{sandbox}/__sandbox__{path}", json=body, timeout=60)
    answer.raise_for_status()
    return answer.json() if answer.content else None
