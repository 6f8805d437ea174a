"""The portal's products and files, and the library's videos, of the titles that Consonance has; every file has bytes and a hash."""

import base64
import hashlib
import struct
import zlib
from datetime import date
from typing import Any
from uuid import UUID, uuid5

from colophon_sandbox.seeds.living import House
from colophon_sandbox.seeds.shelf import Row

COVER, OF_WORK = "Cover", ("Interior", "Author photo", "Sample", "Sales sheet", "Ad", "Artwork")
SUFFIXES = {"Interior": "pdf", "Sample": "pdf", "Sales sheet": "pdf"}
MEDIA_TYPES = {"pdf": "application/pdf", "png": "image/png"}
APPROVALS = ("approved", "approved", "approved", "in review", "rejected")
VIDEOS, KINDS = 30, ("TRAILER", "AUTHOR_INTERVIEW", "TEASER", "SOCIAL_CUT")
PLACES = (("website", "GB"), ("website", "IE"), ("retailer", "GB"), ("social", "DE"), ("landing", "FR"))

VIDEO_NAMES = UUID("611edbaa-ce5f-5069-ba79-d5405ba670b8")


def add(house: House, _today: date) -> None:
    """All of it."""
    portal: dict[str, list[Row]] = {"folders": [{"path": "/assets"}], "file": [], "product": []}
    videos: list[Row] = []
    for place, made in enumerate(house.consonance["works"]):
        products = house.products_of(made["id"])
        if products:
            shared = {kind: _file(portal, place, n, kind, products[0]) for n, kind in enumerate(OF_WORK)}
            for product in products:
                _add_product(portal, place, made, product, shared)
            if len(videos) < VIDEOS:
                videos.append(_video(house, place, made, products))
    house.records |= {"fourallportal": portal, "bytenite": {"videos": videos}}


def object_id(kind: int, number: int) -> str:
    """The id of a portal object of the house: 1 products, 2 covers, 3 files of a work."""
    return f"11a50000-{kind:04d}-4000-8000-{number:012d}"


def _add_product(portal: dict[str, list[Row]], place: int, made: Row, product: Row, files: dict[str, Row]) -> None:
    cover = _file(portal, place, 0, COVER, product)
    texts = [text["externalText"] for text in made["marketingTexts"] if text["variant"] == "SHORT_DESCRIPTION"][:1]
    portal["product"].append(
        {
            "id": object_id(1, product["id"]),
            "isbn": value(product["isbn13"]),
            "title": value(product["fullTitle"], locale="en_GB"),
            "marketing_text": [entry for words in texts for entry in value(words, locale="en_GB", channel="web")],
            "available": [entry for where in ("GB", "US", "DE") for entry in value("true", territory=where, channel="web")],
            "cover_file": value(cover["id"]),
            "artwork_file": value(files["Artwork"]["id"]),
            "sample_files": [{"value": [files["Sample"]["id"]], "dimensions": None}],
        }
    )


def _file(portal: dict[str, list[Row]], place: int, number: int, kind: str, product: Row) -> Row:
    """A cover of a product; all other kinds are made once a work."""
    suffix = SUFFIXES.get(kind, "png")
    name = f"{product['isbn13']}-{kind.lower().replace(' ', '-')}.{suffix}"
    content = sheet(name) if suffix == "pdf" else picture(name)
    key = object_id(2, product["id"]) if kind == COVER else object_id(3, product["workId"] * 10 + number)
    row = {
        "id": key,
        "name": value(name),
        "path": value(f"/assets/{name}"),
        "isbn": value(product["isbn13"]),
        "asset_type": value(kind),
        "version": value("1"),
        "checksum": value(hashlib.sha256(content).hexdigest()),
        "mime_type": value(MEDIA_TYPES[suffix]),
        "approval_status": value(APPROVALS[(place + number) % len(APPROVALS)]),
        "contentBase64": base64.b64encode(content).decode(),
    }
    portal["file"].append(row)
    return row


def _video(house: House, place: int, made: Row, products: list[Row]) -> Row:
    """Its rules say where the grant lets it be shown; a work without a grant has a video without rules, which nobody may show."""
    kind = KINDS[place % len(KINDS)]
    granted = [row for row in house.consonance["headGrants"] if row["workId"] == made["id"] and row["formats"] == ["VIDEO"]]
    places = [{"channel": channel, "territory": territory} for channel, territory in PLACES if granted]
    record: Row = {
        "externalId": f"{made['id']}-{kind.lower()}", "kind": kind, "title": f"{made['title'][:150]}: {kind.lower().replace('_', ' ')}",
        "workId": made["id"], "isbns": [row["isbn13"] for row in products], "language": "eng", "imprint": None,
        "publicationDate": house.published[made["id"]].isoformat() if made["id"] in house.published else None,
        "keywords": ["books"], "onHold": place % 8 == 5,
    }  # fmt: skip
    content = hashlib.sha256(record["externalId"].encode()).hexdigest()
    rule: Row = {"ruleId": f"grant-{place}", "effect": "allow", "from": None, "until": None, "reason": None}
    rule |= {"channels": sorted({one["channel"] for one in places}), "territories": sorted({one["territory"] for one in places})}
    return {
        "videoId": video_id(record["externalId"]), **record,
        "content": {"version": "1", "sha256": content, "bytes": 1_200_000 + place, "mediaType": "video/mp4"},
        "rules": {"revision": 1, "default": "deny", "rules": [rule] if granted else []},
        "placements": places,
    }  # fmt: skip


def video_id(external_id: str) -> str:
    """The id that whoever makes a video gives it, by their own name for it (contract section 7)."""
    return str(uuid5(VIDEO_NAMES, f"video:{external_id}"))


def picture(seed: str) -> bytes:
    """A small PNG in a colour of its own."""
    colour = hashlib.sha256(seed.encode()).digest()[:3]
    lines = b"".join(b"\0" + colour * 8 for _ in range(12))
    head = struct.pack(">IIBBBBB", 8, 12, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", zlib.compress(lines, 9)) + _chunk(b"IEND", b"")


def sheet(words: str) -> bytes:
    """A PDF of one empty page that has its name as title."""
    parts = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 298 420]>>",
        b"<</Title(" + words.encode("ascii", "replace") + b")>>",
    )
    body, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return body + b"xref\n0 5\n0000000000 65535 f \n%strailer\n<</Size 5/Root 1 0 R/Info 4 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (
        table,
        len(body),
    )


def value(text: str, **dimensions: str) -> list[dict[str, Any]]:
    """A field's value of one entry."""
    return [{"value": text, "dimensions": dimensions or None}]


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
