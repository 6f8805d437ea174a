"""Consonance's works, contracts and contacts -> ours."""

from functools import partial
from typing import Any

from colophon.domain.contact import Contact
from colophon.domain.contract import Contract
from colophon.domain.finding import Finding
from colophon.domain.product import TextKind
from colophon.domain.work import Work
from colophon.domain.work_texts import WorkTexts
from colophon.systems.consonance.graphql import wire
from colophon.systems.consonance.graphql.wire import Row, child, day, decimal, each, isbn_of, text, whole, within
from colophon.systems.consonance.unreadable import read_or_report


def work_from(row: Row) -> Work | Finding:
    """One work with its editions and production runs."""
    return read_or_report("work", row, _work)


def work_texts_from(row: Row) -> WorkTexts | Finding:
    """The marketing texts of one work."""
    return read_or_report("work", row, _work_texts)


def contract_from(row: Row) -> Contract | Finding:
    """One head contract."""
    return read_or_report("contract", row, _contract)


def contact_from(row: Row) -> Contact | Finding:
    """One person or organisation."""
    return read_or_report("contact", row, _contact)


def _work(row: Row) -> Work:
    return Work.model_validate(
        {
            "id": wire.required_int(row, "id"),
            "title": text(row, "title"),
            "imprint": within(row, "imprint", lambda imprint: text(imprint, "name")),
            "project_stage": text(row, "projectStage"),
            "season": text(row, "season"),
            "editions": each(row, "products", _edition),
            "production_runs": each(row, "productionRuns", _run),
        }
    )


def _edition(row: Row) -> dict[str, Any]:
    return {
        "product_id": wire.required_int(row, "id"),
        "isbn13": within(row, "isbn", lambda isbn: isbn_of(isbn, "isbn13")),
        "publishing_status": within(row, "onixPublishingStatus", lambda status: wire.code(status, "code")),
        "publication_on": day(row, "publicationDate"),
        "planned_publication_on": day(row, "plannedPublicationDate"),
    }


def _run(row: Row) -> dict[str, Any]:
    return {
        "id": wire.required_int(row, "id"),
        "name": text(row, "name"),
        "delivery_on": day(row, "deliveryDate"),
        "product_ids": wire.wholes(row, "productIds"),
        "quantities": each(row, "quantities", _quantity),
    }


def _quantity(row: Row) -> dict[str, Any]:
    return {
        "product_id": whole(row, "productId"),
        "name": text(row, "name"),
        "ordered": wire.required_int(row, "quantity"),
        "received": whole(row, "receivedQuantity"),
    }


def _work_texts(row: Row) -> WorkTexts:
    texts = [each(row, alias, partial(_marketing_text, kind)) for alias, kind in wire.TEXTS.items()]
    unknown = frozenset(kind for alias, kind in wire.TEXTS.items() if alias not in row)
    return WorkTexts.model_validate(
        {"id": wire.required_int(row, "id"), "texts": [text for part in texts for text in part], "unknown": unknown}
    )


def _marketing_text(kind: TextKind, row: Row) -> dict[str, Any]:
    return {
        "id": whole(row, "id"),
        "kind": kind,
        "markdown": text(row, "externalTextMarkdown") or "",
        "from_on": day(row, "fromDate"),
        "approval": text(row, "approvalStatusName"),
        "product_ids": wire.wholes(row, "productIds"),
    }


def _contract(row: Row) -> Contract:
    work = child(row, "work")
    return Contract.model_validate(
        {
            "id": wire.required_int(row, "id"),
            "name": text(row, "contractName") or "",
            "work_id": whole(work, "id"),
            "work_title": text(work, "title"),
            "signed_on": day(row, "signedDate"),
            "term": text(row, "term"),
            "terminated_on": day(row, "terminatedDate"),
            "termination_reason": text(row, "terminationReason"),
            "manuscript_due_on": day(row, "msDeliveryDate"),
            "manuscript_revised_due_on": day(row, "revisedMsDeliveryDate"),
            "manuscript_delivered_on": day(row, "actualMsDeliveryDate"),
            "proofs_on": day(row, "msProofsDate"),
            "publish_before": day(row, "pubBeforeDate"),
            "flat_fee": decimal(row, "flatFeeValue"),
            "guaranteed_royalty": decimal(row, "guaranteedRoyaltyValue"),
            "delivery_dates": each(row, "deliveryDates", _delivery_date),
            "licensed_rights": each(row, "licensedRights", _licensed_right),
        }
    )


def _delivery_date(row: Row) -> dict[str, Any]:
    return {
        "id": wire.required_int(row, "id"),
        "due_on": day(row, "dateDue"),
        "slipped_on": day(row, "slippedDate"),
        "deliverable": text(row, "deliverableType"),
        "requirement": text(row, "deliveryRequirement"),
        "percentage": decimal(row, "percentageOfTotal"),
    }


def _licensed_right(row: Row) -> dict[str, Any]:
    return {
        "id": wire.required_int(row, "id"),
        "kind": wire.required_text(row, "rightType"),
        "author_percent": wire.needed_decimal(row, "authorCut"),
    }


def _contact(row: Row) -> Contact:
    return Contact.model_validate(
        {
            "id": wire.required_int(row, "id"),
            "is_organisation": row.get("__typename") == "Organisation",
            "name": text(row, "name"),
            "isni": text(row, "isni"),
            "customer_id": text(row, "inhouseCustomerId"),
            "supplier_id": text(row, "inhouseSupplierId"),
            "emails": [made for made in each(row, "emails", lambda email: text(email, "email")) if made],
            "phones": [made for made in each(row, "phones", _phone) if made["number"]],
            "addresses": each(row, "addresses", _address),
        }
    )


def _phone(row: Row) -> dict[str, Any]:
    return {"number": text(row, "phoneNumber"), "kind": text(row, "phoneType")}


ENVELOPE = (
    "careOf", "departmentName", "organisationName", "subBuilding", "building", "postOfficeBox", "addressLine1", "addressLine2",
    "addressLine3",
)  # fmt: skip
"""Members of an address as they stand on an envelope."""


def _address(row: Row) -> dict[str, Any]:
    lines = [found for member in ENVELOPE if (found := text(row, member))]
    return {
        "line1": text(row, "addressLine1"),
        "lines": lines,
        "postcode": text(row, "postcode"),
        "country": within(row, "country", lambda country: text(country, "value")),
        "country_name": within(row, "country", lambda country: text(country, "description")),
    }
