"""Objects made by people before Colophon came, with every awkward case that the contract names (section 12)."""

from typing import Any

from colophon_sandbox.world import Row

SEA_ROOM, HARBOUR, TWICE, FAULTY = "9781234567897", "9780000000019", "9780000000026", "9780000000033"
GONE_FILE = "dead0000-0000-4000-8000-00000000dead"
COVERS = {"1": "rejected", "2": "approved", "10": "approved", "11": "in review"}


def records() -> dict[str, dict[str, list[Row]]]:
    """For `POST /__sandbox__/seed`."""
    return {"fourallportal": {"folders": [{"path": "/assets"}], "file": _files(), "product": _products()}}


def object_id(number: int) -> str:
    """Ids of the seed: whoever made these objects had other ones than we would give."""
    return f"5eed0000-0000-4000-8000-{number:012d}"


def _products() -> list[Row]:
    shared_cover = object_id(102)
    sea_room = {
        "id": object_id(1),
        "isbn": value(SEA_ROOM),
        "title": [*value("Sea Room", locale="en_GB"), *value("Seezimmer", locale="de_DE")],
        "marketing_text": value("Quiet and large.", locale="en_GB", channel="web"),
        "available": [*value("true", territory="US", channel="web"), *value("true", territory="GB", channel="web")],
        "cover_file": value(shared_cover),
    }
    harbour = {
        "id": object_id(2),
        "isbn": value(HARBOUR),
        "title": value("Harbour Light", locale="en_GB"),
        "cover_file": value(shared_cover),
        "ebook_cover_file": value(GONE_FILE),
    }
    twins = [{"id": object_id(number), "isbn": value(TWICE), "title": value(f"Twin {number}", locale="en_GB")} for number in (3, 4)]
    without_value = {"id": object_id(5), "isbn": value(FAULTY), "title": [{"dimensions": {"locale": "en_GB"}}]}
    return [sea_room, harbour, *twins, without_value]


def _files() -> list[Row]:
    covers = [
        _file(100 + n, f"cover-{version}.tif", "Cover", version, status, SEA_ROOM) for n, (version, status) in enumerate(COVERS.items())
    ]
    interior = {**_file(110, "interior.pdf", "Interior", "1", "final", SEA_ROOM), "embargo_until": value("2026-09-01")}
    return [*covers, interior, _file(111, "epub.epub", "EPUB", "1", "approved", SEA_ROOM)]


def _file(number: int, name: str, kind: str, version: str, status: str, isbn: str) -> Row:
    return {
        "id": object_id(number),
        "name": value(name),
        "isbn": value(isbn),
        "asset_type": value(kind),
        "version": value(version),
        "approval_status": value(status),
        "content": f"content of {name}",
    }


def value(text: str, **dimensions: str) -> list[dict[str, Any]]:
    """A field's value of one entry."""
    return [{"value": text, "dimensions": dimensions or None}]
