"""The portal's products and files, and the library's videos, of the titles that Consonance has; every file has bytes and a hash."""

import base64
import hashlib
import io
import math
import struct
import zipfile
import zlib
from datetime import date, timedelta
from functools import cache
from typing import Any
from uuid import UUID, uuid5

from colophon_sandbox.seeds.living import House
from colophon_sandbox.seeds.shelf import Row

PHOTO, OF_WORK = "Author photo", ("Interior", "Author photo", "Sample", "Sales sheet", "Ad")
ARTWORK, SQUARE = "Artwork", (3000, 3000)
OF_FORM = {"ElectronicBookProduct": ("E-book cover", "ebook_cover_file"), "ElectronicAudioProduct": (ARTWORK, "artwork_file")}
PRINTED = ("Cover", "cover_file")
SUFFIXES = {"Interior": "pdf", "Sample": "pdf", "Sales sheet": "pdf", "EPUB": "epub"}
MEDIA_TYPES = {"pdf": "application/pdf", "png": "image/png", "epub": "application/epub+zip"}
READY = ("Publication scheduled", "Cover approved", "Pre-order ready")
APPROVALS = ("approved", "approved", "approved", "in review", "rejected")
VIDEOS, KINDS = 30, ("TRAILER", "AUTHOR_INTERVIEW", "TEASER", "SOCIAL_CUT")
PLACES = (("website", "GB"), ("website", "IE"), ("retailer", "GB"), ("social", "DE"), ("landing", "FR"))

CONTAINER = "urn:oasis:names:tc:opendocument:xmlns:container"
VIDEO_NAMES = UUID("611edbaa-ce5f-5069-ba79-d5405ba670b8")


def add(house: House, today: date) -> None:
    """All of it, and one launch that is ready for its videos."""
    portal: dict[str, list[Row]] = {"folders": [{"path": "/assets"}], "file": [], "product": []}
    videos: list[Row] = []
    for place, made in enumerate(house.consonance["works"]):
        products = house.products_of(made["id"])
        if products:
            first = next((row for row in products if row["__typename"] not in OF_FORM), products[0])
            shared = {kind: _file(portal, place, n, kind, first) for n, kind in enumerate(OF_WORK)}
            shared[PHOTO] |= _photo(made, place)
            for product in products:
                _add_product(portal, place, made, product, shared)
            if len(videos) < VIDEOS:
                videos.append(_video(house, place, made, products))
    house.records |= {"fourallportal": portal, "bytenite": {"videos": videos}}
    _add_ready_launch(house, portal["file"], today)


def _add_ready_launch(house: House, files: list[Row], today: date) -> None:
    """A title to come that may be shown as video everywhere, and the first audiobook to come: stages done, cover approved, a master recorded."""
    granted = {row["workId"] for row in house.consonance["headGrants"] if row["formats"] == ["VIDEO"]}
    to_come = [each for each in house.consonance["works"] if house.published.get(each["id"], today) > today]
    spoken = [each for each in to_come if any(_is_sound(product) for product in house.products_of(each["id"]))]
    for ready in [*[each for each in to_come if each["id"] in granted][:1], *spoken[:1]]:
        _make_ready(house, ready, files, today)


def _make_ready(house: House, ready: Row, files: list[Row], today: date) -> None:
    for place, words in enumerate(READY):
        done = today - timedelta(days=40 - place)
        house.add(
            "todos", workId=ready["id"], description=words, assigneeId=None, dueOn=None, completedOn=done.isoformat(), completedAt=f"{done}T15:00:00Z",
            completedById=None, status="DONE", blockedBy=[], tags=["Milestone"], milestoneCode=None, externalReference=None, updatedAt=f"{done}T15:00:00Z",
        )  # fmt: skip
    for product in house.products_of(ready["id"]):
        key, content = object_id(2, product["id"]), front(product["isbn13"])
        [cover] = [row for row in files if row["id"] == key]
        cover |= {"checksum": value(hashlib.sha256(content).hexdigest()), "contentBase64": base64.b64encode(content).decode()}
        cover["approval_status"] = value("approved")
        if _is_sound(product):
            files.append(_master(product))


def _is_sound(product: Row) -> bool:
    return str(product["__typename"]).endswith("AudioProduct")


def _master(product: Row) -> Row:
    content = recording()
    name = f"{product['isbn13']}-master.wav"
    return {
        "id": object_id(5, product["id"]), "name": value(name), "path": value(f"/assets/{name}"), "isbn": value(product["isbn13"]),
        "asset_type": value("Audio master"), "version": value("1"), "checksum": value(hashlib.sha256(content).hexdigest()),
        "mime_type": value("audio/wav"), "approval_status": value("approved"), "contentBase64": base64.b64encode(content).decode(),
    }  # fmt: skip


def object_id(kind: int, number: int) -> str:
    """The id of a portal object of the house: 1 products, 2 covers, 3 files of a work, 4 EPUBs, 5 recordings."""
    return f"11a50000-{kind:04d}-4000-8000-{number:012d}"


def _add_product(portal: dict[str, list[Row]], place: int, made: Row, product: Row, files: dict[str, Row]) -> None:
    kind, link = OF_FORM.get(product["__typename"], PRINTED)
    cover = _file(portal, place, 0, kind, product, object_id(2, product["id"]))
    if kind == "E-book cover" and place % 7:
        _file(portal, place, 0, "EPUB", product, object_id(4, product["id"]))
    texts = [text["externalText"] for text in made["marketingTexts"] if text["variant"] == "SHORT_DESCRIPTION"][:1]
    portal["product"].append(
        {
            "id": object_id(1, product["id"]),
            "isbn": value(product["isbn13"]),
            "title": value(product["fullTitle"], locale="en_GB"),
            "marketing_text": [entry for words in texts for entry in value(words, locale="en_GB", channel="web")],
            "available": [entry for where in ("GB", "US", "DE") for entry in value("true", territory=where, channel="web")],
            link: value(cover["id"]),
            "sample_files": [{"value": [files["Sample"]["id"]], "dimensions": None}],
        }
    )


def _photo(made: Row, place: int) -> dict[str, Any]:
    """Whom a photo shows, and what it needs; one in nine says nothing of consent, and of one in eleven the rights have ended."""
    author = [str(row["contactId"]) for row in made["contributions"]][:1]
    until = "2026-03-31" if place % 11 == 5 else "2029-12-31"
    consent = [] if place % 9 == 4 else [{"value": ["granted"], "dimensions": None}]
    return {
        "author": [{"value": author, "dimensions": None}], "credit": value("Larkspur Studio"), "rights_until": value(until),
        "model_release": consent,
    }  # fmt: skip


def _file(portal: dict[str, list[Row]], place: int, number: int, kind: str, product: Row, key: str = "") -> Row:
    """A file of a product by its `key`; those without one are made once a work."""
    suffix = SUFFIXES.get(kind, "png")
    name = f"{product['isbn13']}-{kind.lower().replace(' ', '-')}.{suffix}"
    content = content_of(kind, product["isbn13"], name)
    row = {
        "id": key or object_id(3, product["workId"] * 10 + number),
        "name": value(name),
        "path": value(f"/assets/{name}"),
        "isbn": value(product["isbn13"]),
        "asset_type": value(kind),
        "version": value("1"),
        "checksum": value(hashlib.sha256(content).hexdigest()),
        "mime_type": value(MEDIA_TYPES[suffix]),
        "approval_status": value(APPROVALS[(place + number) % len(APPROVALS)]),
        "approval_date": value("2026-04-20"),
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


def picture(seed: str, width: int = 1600, height: int = 2560) -> bytes:
    """A PNG in a colour of its own, as large as shops take it."""
    colour = hashlib.sha256(seed.encode()).digest()[:3]
    head = struct.pack(">IIBBBBB", width, height, 1, 3, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"PLTE", colour) + _plain(width, height) + _chunk(b"IEND", b"")


@cache
def _plain(width: int, height: int) -> bytes:
    """Pixels of one bit, all of the first colour."""
    return _chunk(b"IDAT", zlib.compress(bytes((width + 7) // 8 + 1) * height, 9))


def front(seed: str) -> bytes:
    """A cover as a PNG of 720 by 1080: a sun over a sea, in colours of its own."""
    sky, sea, sun = (hashlib.sha256(f"{seed} {part}".encode()).digest()[:3] for part in ("sky", "sea", "sun"))
    lines = bytearray()
    for y in range(360):
        ground = sky if y < 230 else sea
        line = [bytes(min(255, part // 2 + (y % 230) // 3) for part in ground) * 3] * 240
        width = int(max(0, 60 * 60 - (y - 190) ** 2) ** 0.5) if y < 230 else 0
        line[120 - width : 120 + width] = [sun * 3] * (2 * width)
        lines += (b"\0" + b"".join(line)) * 3
    head = struct.pack(">IIBBBBB", 720, 1080, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", zlib.compress(bytes(lines), 9)) + _chunk(b"IEND", b"")


def recording(seconds: int = 70, rate: int = 4000) -> bytes:
    """A voice of a kind, as WAV: tones of syllables, with pauses."""
    syllables = [110 + 20 * ((n * 7) % 5) if n % 6 else 0 for n in range(seconds * 4)]
    samples = bytes(128 + int(60 * math.sin(2 * math.pi * syllables[n * 4 // rate] * n / rate)) for n in range(seconds * rate))
    head = struct.pack("<4sI8sIHHIIHH4sI", b"RIFF", 36 + len(samples), b"WAVEfmt ", 16, 1, 1, rate, rate, 1, 8, b"data", len(samples))
    return head + samples


def content_of(kind: str, isbn: str, words: str) -> bytes:
    """Bytes of a file of a kind, told apart by words."""
    suffix = SUFFIXES.get(kind, "png")
    size = SQUARE if kind == ARTWORK else ()
    return sheet(words) if suffix == "pdf" else book(isbn, words) if suffix == "epub" else picture(words, *size)


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


def book(isbn: str, words: str = "") -> bytes:
    """An EPUB of no page, which says its ISBN and how it may be read."""
    access = "".join(
        f'<meta property="schema:{name}">none</meta>' for name in ("accessMode", "accessibilityFeature", "accessibilityHazard")
    )
    about = f'<metadata><identifier xmlns="http://purl.org/dc/elements/1.1/">urn:isbn:{isbn}</identifier>{access}</metadata>'
    parts = {
        "mimetype": MEDIA_TYPES["epub"],
        "META-INF/container.xml": f'<container xmlns="{CONTAINER}"><rootfiles><rootfile full-path="book.opf"/></rootfiles></container>',
        "book.opf": f'<package xmlns="http://www.idpf.org/2007/opf">{about}</package>',
        "title.txt": words,
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, text in parts.items():
            file.writestr(zipfile.ZipInfo(name, (2026, 4, 20, 0, 0, 0)), text)
    return out.getvalue()


def value(text: str, **dimensions: str) -> list[dict[str, Any]]:
    """A field's value of one entry."""
    return [{"value": text, "dimensions": dimensions or None}]


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
