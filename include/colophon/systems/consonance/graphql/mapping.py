"""Consonance's products -> ours.

Texts, covers and contributors apply to the products that they list, or to all of the work where they list none.
"""

from collections.abc import Collection
from functools import partial
from typing import Any

from colophon.domain.finding import Finding
from colophon.domain.product import Product
from colophon.systems.consonance.graphql import wire
from colophon.systems.consonance.graphql.wire import Row, child, code, day, decimal, each, flag, isbn_of, text, whole, within
from colophon.systems.consonance.unreadable import read_or_report

_SCHEMES = {"themas": "THEMA", "bisacs": "BISAC", "bics": "BIC"}

# What a product cannot tell where the account's schema lacks a member; ours on the right.
_LOST = {
    "Product.onixProductAvailability": "availability",
    "Product.contentLanguages": "languages",
    "ContentLanguage.onixLanguageRoleCode": "languages",
    "ContentLanguage.onixLanguageCode": "languages",
    "PhysicalAudioProduct.durationMinutes": "duration_minutes",
    "ElectronicAudioProduct.durationMinutes": "duration_minutes",
    "SupportingResource.status": "resources.is_approved",
    "SupportingResource.resourceVariant": "resources.kind",
    "MarketingTextVariant.MAIN_DESCRIPTION": "texts.main",
    "MarketingTextVariant.REVIEW": "texts.review",
    "MarketingTextVariant.BIOGRAPHICAL_NOTE": "texts.biographical_note",
}


def lost_members(missing_fields: Collection[str]) -> tuple[str, ...]:
    """Our names for what this account's products cannot tell, such as `languages`, from the schema members it lacks."""
    return tuple(sorted({_LOST[name] for name in missing_fields if name in _LOST}))


def product_from(row: Row, missing: tuple[str, ...] = ()) -> Product | Finding:
    """One product, or the finding that it cannot be read; `missing` as `lost_members` gives it."""
    return read_or_report("product", row, partial(_product, missing=missing))


def product_for_rights_from(row: Row, missing: tuple[str, ...] = ()) -> Product | Finding:
    """As `product_from`, of what rights are judged by alone."""
    return read_or_report("product", row, lambda row: Product.model_validate(_sold(row, missing)))


def _sold(row: Row, missing: tuple[str, ...]) -> dict[str, Any]:
    """What is sold, and where the publisher wants it sold."""
    return {
        "id": wire.required_int(row, "id"),
        "kind": text(row, "__typename") or "",
        "isbn13": within(row, "isbn", lambda isbn: isbn_of(isbn, "isbn13")),
        "title": _title(row),
        "form_code": code(row, "onix21ProductFormCode"),
        "publishing_status": within(row, "onixPublishingStatus", lambda status: code(status, "code")),
        "publication_on": day(row, "publicationDate"),
        "languages": each(row, "contentLanguages", _language),
        **_territory(row),
        "missing_fields": missing,
        **within(row, "work", _work_named),
    }


def _product(row: Row, missing: tuple[str, ...]) -> Product:
    values = _sold(row, missing)
    product_id, kind = values["id"], values["kind"]
    values |= {
        "title_prefix": text(row, "titlePrefix"),
        "title_without_prefix": text(row, "titleWithoutPrefix"),
        "subtitle": text(row, "subtitle"),
        "availability": within(row, "onixProductAvailability", lambda availability: code(availability, "code")),
        "planned_publication_on": day(row, "plannedPublicationDate"),
        "allow_onix_exports": flag(row, "allowOnixExports") or False,
        "contributors": _contributors(row, product_id),
        "contributor_statement": text(row, "authorshipDescription"),
        "prices": each(row, "prices", _price),
        "texts": [made for alias in wire.TEXTS for made in _texts(row, alias, product_id)],
        **_size(row),
        **within(row, "work", lambda work: _work_values(work, product_id, is_digital=kind.startswith("Electronic"))),
    }
    return Product.model_validate(values)


def _title(row: Row) -> str:
    """The full title, or its two parts joined where only those are given."""
    parts = text(row, "titlePrefix"), text(row, "titleWithoutPrefix")
    full = text(row, "fullTitle") or (" ".join(filter(None, parts)) if parts[1] else None)
    return full or wire.required_text(row, "fullTitle")


def _applies(row: Row, product_id: int) -> bool:
    products = wire.wholes(row, "productIds")
    return not products or product_id in products


def _contributors(row: Row, product_id: int) -> list[dict[str, Any]]:
    """Contributors of this product in their order; one listed twice in the same role counts once."""
    found = [made for made in each(row, "contributions", lambda part: _contributor(part, product_id)) if made]
    first: dict[tuple[int, str], dict[str, Any]] = {}
    for made in sorted(found, key=lambda made: made["sequence"]):
        first.setdefault((made["contact_id"], made["role"]), made)
    return list(first.values())


def _contributor(row: Row, product_id: int) -> dict[str, Any] | None:
    if not _applies(row, product_id):
        return None
    made = within(row, "contributor", _contributing_contact)
    made["sequence"] = wire.required_int(row, "sequenceNumber")
    made["role"] = wire.needed_code(row, "onixContributorRoleCode")
    return made


def _contributing_contact(row: Row) -> dict[str, Any]:
    return {
        "contact_id": wire.required_int(row, "id"),
        "name": text(row, "name") or text(row, "personName") or text(row, "organisationName") or wire.required_text(row, "name"),
        "name_inverted": text(row, "personNameInverted"),
        "key_names": text(row, "keyNames"),
        "is_organisation": row.get("__typename") == "Organisation",
        "isni": text(row, "isni"),
    }


def _price(row: Row) -> dict[str, Any]:
    return {
        "id": wire.required_int(row, "id"),
        "amount": wire.needed_decimal(row, "amount"),
        "currency": wire.required_text(row, "currencyCode"),
        "type_code": wire.needed_code(row, "onixPriceTypeCode"),
        "qualifier": wire.needed_code(row, "onixPriceTypeQualifierCode"),
        "from_on": day(row, "effectiveFrom"),
        "until_on": day(row, "effectiveTo"),
    }


def _texts(row: Row, alias: str, product_id: int) -> list[dict[str, Any]]:
    def read(text_row: Row) -> dict[str, Any] | None:
        html = text(text_row, "externalText")
        if html is None or not _applies(text_row, product_id):
            return None
        return {"id": wire.required_int(text_row, "id"), "kind": wire.TEXTS[alias], "html": html, "from_on": day(text_row, "fromDate")}

    return [made for made in each(row, alias, read) if made]


def _language(row: Row) -> dict[str, str]:
    return {"role": wire.needed_code(row, "onixLanguageRoleCode"), "code": wire.needed_code(row, "onixLanguageCode")}


def _territory(row: Row) -> dict[str, Any]:
    """Where it may be sold. Where the exclusions are not known, nothing is: rights fail closed."""
    if row.get("notForSaleCountryCodes") is None:
        return {}
    return {
        "for_sale": wire.texts(row, "forSaleCountryCodes"),
        "not_for_sale": wire.texts(row, "notForSaleCountryCodes"),
        "is_for_sale_worldwide": flag(row, "isForSaleWorldwide"),
    }


def _size(row: Row) -> dict[str, Any]:
    pages = whole(row, "approximatePageCount")
    return {
        "pages": whole(row, "absolutePageCount") if pages is None else pages,
        "duration_minutes": whole(row, "durationMinutes"),
        "height_mm": decimal(row, "productHeight"),
        "width_mm": decimal(row, "productWidth"),
        "thickness_mm": decimal(row, "productThickness"),
    }


def _work_named(row: Row) -> dict[str, Any]:
    imprint = child(row, "imprint")
    return {"work_id": wire.required_int(row, "id"), "imprint": text(imprint, "name"), "imprint_id": whole(imprint, "id")}


def _work_values(row: Row, product_id: int, *, is_digital: bool) -> dict[str, Any]:
    """What a product takes from its work."""
    return {
        "edition_number": whole(row, "editionNumber"),
        "edition_statement": text(row, "editionStatement"),
        "project_stage": text(row, "projectStage"),
        "season": text(row, "season"),
        "subjects": [made for alias, scheme in _SCHEMES.items() for made in _subjects(row, alias, scheme)],
        "series": each(row, "seriesMemberships", lambda membership: _membership(membership, is_digital=is_digital)),
        "resources": _resources(row, product_id),
        "related": [made for made in each(row, "products", _related) if made and made["product_id"] != product_id],
    }


def _subjects(row: Row, alias: str, scheme: str) -> list[dict[str, Any]]:
    def read(subject: Row) -> dict[str, Any]:
        return {"scheme": scheme, "code": wire.required_text(subject, "code"), "is_main": flag(subject, "main") or False}

    return each(row, alias, read)


def _membership(row: Row, *, is_digital: bool) -> dict[str, Any]:
    def read(series: Row) -> dict[str, Any]:
        printed, online = text(series, "printIssn"), text(series, "onlineIssn")
        issn = (online or printed) if is_digital else (printed or online)
        return {"series_id": wire.required_int(series, "id"), "title": wire.required_text(series, "name"), "issn": issn}

    return {**within(row, "series", read), "part_number": text(row, "partNumber")}


def _resources(row: Row, product_id: int) -> list[dict[str, Any]]:
    """Covers and files that apply to the product, its own before those of the whole work; one without a link is not there yet."""
    found = []
    for made in each(row, "supportingResources", _resource):
        products = made.pop("products")
        if made["url"] and (not products or product_id in products):
            found.append((not products, made))
    return [made for _, made in sorted(found, key=lambda pair: pair[0])]


def _resource(row: Row) -> dict[str, Any]:
    kind, status = text(row, "resourceVariant"), text(row, "status")
    return {
        "id": wire.required_int(row, "id"),
        "url": text(row, "url"),
        "kind": kind and kind.lower(),
        "caption": text(row, "caption"),
        "is_approved": None if status is None else status == "APPROVED",
        "products": wire.wholes(row, "productIds"),
    }


def _related(row: Row) -> dict[str, Any] | None:
    isbn = within(row, "isbn", lambda isbn: isbn_of(isbn, "isbn13"))
    if not isbn:
        return None
    return {
        "product_id": wire.required_int(row, "id"),
        "isbn13": isbn,
        "form_code": code(row, "onix21ProductFormCode"),
        "publishing_status": within(row, "onixPublishingStatus", lambda status: code(status, "code")),
        "allow_onix_exports": flag(row, "allowOnixExports") or False,
    }
