"""Building blocks of catalogues: identifiers with right check digits, records with every member that Consonance has."""

from collections.abc import Iterable
from typing import Any

Row = dict[str, Any]
ELECTRONIC_BOOKS = frozenset({"DA", "DG", "DH", "DN", "EA", "EB", "EC", "ED"})
ELECTRONIC_AUDIO = frozenset({"AJ", "AN", "AO"})


def isbn13(twelve: str) -> str:
    """Twelve digits with their check digit."""
    total = sum(int(digit) * (3 if position % 2 else 1) for position, digit in enumerate(twelve))
    return twelve + str(-total % 10)


def isni(fifteen: str) -> str:
    """Fifteen digits with their check character (ISO 7064 mod 11-2)."""
    total = 0
    for digit in fifteen:
        total = (total + int(digit)) * 2
    check = (12 - total % 11) % 11
    return fifteen + ("X" if check == 10 else str(check))


def person(contact_id: int, name: str, isni_code: str | None = None) -> Row:
    """A person; the inverted name is made of the last word, as a cataloguer would begin."""
    first, _, last = name.rpartition(" ")
    return {
        "id": contact_id,
        "__typename": "Person",
        "name": name,
        "personName": name,
        "personNameInverted": f"{last}, {first}" if first else name,
        "keyNames": last or name,
        "isni": isni_code,
        "inhouseCustomerId": None,
        "inhouseSupplierId": f"S{contact_id}",
        "emails": [{"email": f"person{contact_id}@contacts.example"}],
        "phones": [],
        "addresses": [],
        "notes": [],
    }


def organisation(contact_id: int, name: str) -> Row:
    """A company: an agency, a licensee."""
    return {
        **person(contact_id, name),
        "__typename": "Organisation",
        "personName": None,
        "personNameInverted": None,
        "keyNames": None,
        "organisationName": name,
    }


def work(work_id: int, title: str, imprint_id: int, **more: Any) -> Row:
    """A work without anything yet."""
    return {
        "id": work_id,
        "clientId": 1,
        "title": title,
        "subtitle": None,
        "projectStage": "Published",
        "season": None,
        "editionNumber": 1,
        "editionStatement": None,
        "imprintId": imprint_id,
        "contributions": [],
        "subjectCodes": [],
        "seriesMemberships": [],
        "marketingTexts": [],
        "supportingResources": [],
        "productionRuns": [],
        **more,
    }


def kind_of(form: str) -> str:
    """Consonance's type of product for a form code (List 7 of ONIX 2.1, or List 150)."""
    if form in ELECTRONIC_BOOKS:
        return "ElectronicBookProduct"
    if form.startswith("A"):
        return "ElectronicAudioProduct" if form in ELECTRONIC_AUDIO else "PhysicalAudioProduct"
    return "PhysicalBookProduct" if form.startswith("B") else "PhysicalProduct"


def product(product_id: int, work_row: Row, form: str | None, isbn: str | None, **more: Any) -> Row:
    """A product of a work without prices yet; physical ones get measures and pages from the caller."""
    made = {
        "id": product_id,
        "workId": work_row["id"],
        "__typename": kind_of(form or ""),
        "isbn13": isbn,
        "asin": None,
        "fullTitle": work_row["title"],
        "titlePrefix": None,
        "titleWithoutPrefix": None,
        "subtitle": work_row["subtitle"],
        "authorshipDescription": None,
        "publicationDate": None,
        "plannedPublicationDate": None,
        "onix21ProductFormCode": form,
        "onixPublishingStatusCode": "04",
        "onixProductAvailability": "20",
        "allowOnixExports": True,
        "prices": [],
        "forSaleCountryCodes": [],
        "notForSaleCountryCodes": [],
        "salesRightsDescription": None,
        "isForSaleWorldwide": True,
        "webLinks": [],
        "contentLanguages": [],
        "approximatePageCount": None,
        "wordCount": None,
        "heightMm": None,
        "widthMm": None,
        "thicknessMm": None,
        "absolutePageCount": None,
        "durationMinutes": None,
        "updatedAt": "2026-04-01T09:00:00Z",
    }
    for prefix in ("The ", "A ", "An "):
        if work_row["title"].startswith(prefix):
            made |= {"titlePrefix": prefix.strip(), "titleWithoutPrefix": work_row["title"].removeprefix(prefix)}
    return made | more


def price(price_id: int, amount: str, currency: str, kind: str = "02", qualifier: str = "05", **more: Any) -> Row:
    """A price; `kind` is ONIX List 58, `qualifier` List 59."""
    return {
        "id": price_id,
        "amount": amount,
        "currencyCode": currency,
        "effectiveFrom": None,
        "effectiveTo": None,
        "label": f"{currency} {kind}",
        "onixPriceTypeCode": kind,
        "onixPriceTypeQualifierCode": qualifier,
        **more,
    }


def text(text_id: int, variant: str, html: str, **more: Any) -> Row:
    """A marketing text for all products of its work."""
    return {
        "id": text_id,
        "variant": variant,
        "externalText": html,
        "fromDate": None,
        "untilDate": None,
        "approvalStatusName": "Approved",
        "productIds": [],
        "onix2Only": False,
        **more,
    }


def cover(resource_id: int, url: str, *, approved: bool = True) -> Row:
    """A front cover of all products of its work."""
    return {
        "id": resource_id,
        "url": url,
        "caption": "Front cover",
        "status": "APPROVED" if approved else "DRAFT",
        "resourceVariant": "FRONT_COVER",
        "productIds": [],
    }


def contributions(pairs: Iterable[tuple[int, str]], start: int = 1) -> list[Row]:
    """Contributions of (contact id, role) in their order."""
    return [
        {"id": start + n, "sequenceNumber": n + 1, "onixContributorRoleCode": role, "contactId": contact, "productIds": []}
        for n, (contact, role) in enumerate(pairs)
    ]


def subject(scheme: str, code: str, *, main: bool = True) -> Row:
    """A subject code."""
    return {"scheme": scheme, "code": code, "description": None, "main": main}
