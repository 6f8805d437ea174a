"""Which records speak of which others, and what no record answers to: a world whose parts do not know each other is refused."""

from collections.abc import Iterator, Mapping
from typing import Any

Records = Mapping[str, Mapping[str, list[dict[str, Any]]]]
Place = tuple[str, str]

_WORK, _PRODUCT, _CONTRACT, _CONTACT = (("consonance", name) for name in ("works", "products", "contracts", "contacts"))
_TODO, _READER, _FILE, _ISBN = ("consonance", "todos"), ("consonance", "readers"), ("fourallportal", "file"), ("consonance", "isbn")
_ROW = {"workId": _WORK, "productId": _PRODUCT, "productIds": _PRODUCT, "contractId": _CONTRACT, "contactId": _CONTACT}
REFERENCES: dict[Place, dict[str, Place]] = {
    ("consonance", "works"): {
        "imprintId": ("consonance", "imprints"),
        "contributions.contactId": _CONTACT,
        "contributions.productIds": _PRODUCT,
        "seriesMemberships.seriesId": ("consonance", "series"),
        "marketingTexts.productIds": _PRODUCT,
        "supportingResources.productIds": _PRODUCT,
        "productionRuns.productIds": _PRODUCT,
        "productionRuns.quantities.productId": _PRODUCT,
    },
    ("consonance", "products"): {"workId": _WORK},
    ("consonance", "contracts"): {"workId": _WORK},
    ("consonance", "todos"): {**_ROW, "assigneeId": _CONTACT, "completedById": _CONTACT, "blockedBy": _TODO},
    ("consonance", "teamMembers"): {**_ROW, "managerId": _CONTACT},
    ("consonance", "launches"): _ROW,
    ("consonance", "headGrants"): _ROW,
    ("consonance", "rightsDeals"): {**_ROW, "licenseeId": _CONTACT, "renewalOf": ("consonance", "rightsDeals")},
    ("consonance", "royaltyTerms"): {
        **_ROW,
        "rates.productId": _PRODUCT,
        "splits.payee.id": _CONTACT,
        "splits.agent.id": _CONTACT,
        "advances.payee.id": _CONTACT,
    },
    ("consonance", "sales"): {**_ROW, "royaltyRunId": ("consonance", "royaltyRuns")},
    ("consonance", "royaltyRuns"): {"totals.productId": _PRODUCT, "totals.contractId": _CONTRACT},
    ("consonance", "statements"): {**_ROW, "payeeId": _CONTACT, "royaltyRunId": ("consonance", "royaltyRuns")},
    ("consonance", "payments"): _ROW,
    ("consonance", "rightsReceipts"): {**_ROW, "licenseeId": _CONTACT},
    ("consonance", "contactFields"): _ROW,
    ("consonance", "externalRecords"): _ROW,
    ("consonance", "subscriptions"): {"readerId": _READER},
    ("consonance", "orders"): {"readerId": _READER, "isbn13": _ISBN},
    ("consonance", "offers"): {"isbn13": _ISBN},
    ("consonance", "partners"): _ROW,
    ("consonance", "supplement"): {"id": _PRODUCT},
    ("fourallportal", "product"): {
        "isbn.value": _ISBN,
        **{f"{name}.value": _FILE for name in ("cover_file", "ebook_cover_file", "artwork_file", "sample_files")},
    },
    ("fourallportal", "file"): {"isbn.value": _ISBN},
    ("bytenite", "videos"): {"workId": _WORK, "isbns": _ISBN},
    ("bytenite", "placements"): {"videoId": ("bytenite", "videos")},
}
_KEYS = {("bytenite", "videos"): "videoId"}


def check(records: Records, file: str, known: Mapping[Place, set[Any]] | None = None) -> None:
    """Raises ValueError naming file, record, field and reference of the first that is unknown; `known` ids stand for those of the records."""
    there = _ids(records) if known is None else known
    for place, fields in REFERENCES.items():
        for row in records.get(place[0], {}).get(place[1], []):
            for field, target in fields.items():
                for reference in _values(row, field.split(".")):
                    if reference not in there.get(target, ()):
                        record = row.get(_KEYS.get(place, "id"))
                        raise ValueError(f"{file}: {' '.join(place)} {record}, {field}: there is no {' '.join(target)} {reference}")


def _ids(records: Records) -> dict[Place, set[Any]]:
    ids: dict[Place, set[Any]] = {
        (system, name): {row.get(_KEYS.get((system, name), "id")) for row in rows}
        for system, collections in records.items()
        for name, rows in collections.items()
    }
    ids[_ISBN] = {row.get("isbn13") for row in records.get("consonance", {}).get("products", [])}
    return ids


def _values(part: Any, path: list[str]) -> Iterator[Any]:
    """What stands at a path, in lists each; null is no reference."""
    if isinstance(part, list):
        for item in part:
            yield from _values(item, path)
    elif path and isinstance(part, Mapping):
        yield from _values(part.get(path[0]), path[1:])
    elif part is not None:
        yield part
