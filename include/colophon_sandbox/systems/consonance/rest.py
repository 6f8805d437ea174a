"""The old REST product list, with its traps: hyphenated ISBNs, the text "No ISBN", empty lists (contract section 10)."""

from collections.abc import Mapping
from typing import Any

from colophon_sandbox.systems.consonance.records import Records, Row

LIST_33 = {"MAIN_DESCRIPTION": "01", "SHORT_DESCRIPTION": "02", "REVIEW": "08", "BIOGRAPHICAL_NOTE": "13"}
COVERS = (None, "FRONT_COVER")
"""What has a picture in this style: a trailer or a sample has none."""


def product_list(records: Records, query: Mapping[str, Any], per_page: int, url: str) -> Row:
    """One page; filters are ANDed."""
    fitting = records.page("products", None, lambda row: _fits(records, row, query), 0)
    page = query.get("page", 1)
    return {
        "current_page": page,
        "per_page": per_page,
        "total_pages": -(-len(fitting) // per_page),
        "url": url,
        "products": [_product(records, row) for row in fitting[(page - 1) * per_page : page * per_page]],
    }


def _fits(records: Records, row: Row, query: Mapping[str, Any]) -> bool:
    work = records.table("works")[row["workId"]]
    return (
        query.get("q[isbn_eq]") in (None, row.get("isbn13"))
        and query.get("q[id_eq]") in (None, row["id"])
        and query.get("q[shops_id_eq]") is None
        and query.get("q[pub_date_eq]") in (None, row.get("publicationDate"))
        and query.get("q[work_title_cont]", "").lower() in work["title"].lower()
    )


def _product(records: Records, row: Row) -> Row:
    work = records.table("works")[row["workId"]]
    isbn = row.get("isbn13")
    texts = [t for t in work.get("marketingTexts", []) if not t.get("productIds") or row["id"] in t["productIds"]]
    imprint = records.table("imprints").get(work.get("imprintId") or 0) or {}
    return {
        "id": row["id"],
        "work_id": work["id"],
        "full_title": row["fullTitle"],
        "isbn": f"{isbn[:3]}-{isbn[3]}-{isbn[4:9]}-{isbn[9:12]}-{isbn[12:]}" if isbn else "No ISBN",
        "pub_date": row.get("publicationDate") or [],
        "publishing_status": row.get("onixPublishingStatusCode") or [],
        "product_form": row.get("onix21ProductFormCode") or [],
        "imprint": imprint.get("name") or [],
        "prices": [
            {"currency_code": p["currencyCode"], "price_amount": p["amount"], "price_qualifier": p["onixPriceTypeQualifierCode"]}
            for p in row.get("prices") or []
        ],
        "marketingtexts": [{"code": LIST_33.get(t["variant"], "99"), "external_text": t["externalText"]} for t in texts],
        "supportingresources": [
            {"style_urls": [{"style": "jpg_rgb_0650h", "url": s["url"]}]}
            for s in work.get("supportingResources", [])
            if s.get("url") and s.get("resourceVariant") in COVERS
        ],
        "rights_not_available_countries": row.get("notForSaleCountryCodes") or [],
    }
