"""One example of each event that we send: what a consumer tries its own code with, and what our schemas are held to."""

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from colophon.errors import InvalidError
from colophon.systems.xconnector import mapping
from colophon.systems.xconnector.records import Event
from colophon.systems.xconnector.schemas import SCHEMAS, check_data

SOURCE, PREFIX, AT = "/colophon/sample", "colophon.", datetime(2026, 5, 4, 10, 12, tzinfo=UTC)
_ISBN = "9781999000004"
_FILE = {
    "url": f"xc1:payload:{'0' * 64}",
    "sha256": "0" * 64,
    "bytes": 1048576,
    "mediaType": "application/pdf",
    "fileName": f"{_ISBN}_text.pdf",
    "expiresAt": None,
}
_CAMPAIGN = {"isbn": _ISBN, "publicationDate": "2026-09-01", "assetsFinal": True, "metadataFinal": True}
_ORDER = {"orderId": "7-101-1", "isbn": _ISBN, "quantity": 3000, "dueOn": "2026-07-21", "payload": _FILE}
SAMPLES: Mapping[str, tuple[str, Mapping[str, Any]]] = MappingProxyType(
    {
        "title.feed": (
            "feed:shop",
            {
                "format": "onix-3.1-ref",
                "messageNumber": 42,
                "full": False,
                "products": 1,
                "payload": {**_FILE, "mediaType": "application/xml"},
            },
        ),
        "title.updated": (
            f"isbn:{_ISBN}",
            {
                "isbn": _ISBN,
                "workId": 9,
                "revision": 3,
                "title": "The Tide Tables",
                "contributors": [{"name": "Ada Okonjo", "role": "A01", "sequence": 1, "isni": None}],
                "imprint": "Larkspur",
                "productForm": "BC",
                "publishingStatus": "02",
                "publicationDate": "2026-09-01",
                "prices": [{"amount": "12.99", "currency": "GBP", "type": "02", "from": None, "until": None}],
                "territories": {"included": ["WORLD"], "excluded": ["US"]},
            },
        ),
        "title.withdrawn": (f"isbn:{_ISBN}", {"isbn": _ISBN, "revision": 4, "reason": "rights ended"}),
        "workflow.milestone": (
            "work:9",
            {
                "workId": 9,
                "milestone": "copyedit_complete",
                "state": "done",
                "at": "2026-05-04T10:12:00Z",
                "by": "31",
                "previousDate": None,
                "newDate": None,
            },
        ),
        "workflow.cancelled": ("work:9", {"workId": 9, "at": "2026-05-04T10:15:00Z", "reason": "the title was cancelled or deleted"}),
        "asset.released": (f"isbn:{_ISBN}", {"isbn": _ISBN, "kind": "front_cover", "assetId": 501, "version": 2, "payload": _FILE}),
        "asset.withdrawn": (f"isbn:{_ISBN}", {"isbn": _ISBN, "assetId": 501, "version": 2}),
        "rights.terms": ("contract:1", {"contractId": 1, "revision": 2, "terms": {"headGrants": [], "rightsDeals": []}}),
        "royalty.terms": ("contract:1", {"contractId": 1, "revision": 2, "terms": {"royaltyTerms": {}}}),
        "royalty.statement": (
            "contract:1",
            {"contractId": 1, "payeeId": 31, "period": "2025H2", "amount": "85.10", "currency": "GBP", "state": "PAID"},
        ),
        "production.file_release": ("order:7-101-1", {**_ORDER, "step": 1}),
        "production.print_order": ("order:7-101-1", {**_ORDER, "step": 2}),
        "production.warehouse_schedule": ("order:7-101-1", {**_ORDER, "step": 3, "payload": None}),
        "production.cancel": ("order:7-101-1", {"orderId": "7-101-1", "steps": [1, 2], "reason": "the approval was taken back"}),
        "party.upserted": (
            "party:31",
            {
                "partyId": 31,
                "names": {"display": "Jürgen Müller", "inverted": None, "organisation": None},
                "identifiers": [{"type": "isni", "value": "0000000121032683"}],
                "addresses": [
                    {"line1": "Hauptstr. 5", "line2": None, "city": None, "postcode": "10115", "country": "DE", "kind": "post"},
                ],
                "taxStatus": None,
                "paymentPreference": None,
                "vendorStatus": None,
                "fieldTimes": {},
            },
        ),
        "campaign.milestone": (f"isbn:{_ISBN}", {**_CAMPAIGN, "milestone": "preorder"}),
        "campaign.hold": (f"isbn:{_ISBN}", {**_CAMPAIGN, "assetsFinal": False, "reason": "preorder: cover_approved is missing"}),
        "campaign.release": (f"isbn:{_ISBN}", {**_CAMPAIGN, "reason": "preorder: nothing is missing any more"}),
    }
)
"""Subject and data by event type."""


def sample(name: str) -> Event:
    """The example of one type, as it goes out.

    :raises InvalidError: there is no example of it, or it does not fit its own schema.
    """
    if name not in SAMPLES:
        raise InvalidError("there is no event type of this name", operation="sample", remedy=f"One of: {', '.join(SAMPLES)}.")
    subject, data = SAMPLES[name]
    check_data(name, data)
    full_type, recipient = f"{PREFIX}{name}.v1", "sample"
    return Event(
        id=mapping.event_id(SOURCE, full_type, recipient, subject, 1, mapping.content_hash(data)),
        source=SOURCE,
        type=full_type,
        subject=subject,
        time=AT,
        dataschema=mapping.data_schema(full_type, PREFIX),
        recipient=recipient,
        sequence=mapping.sequence(1),
        data=data,
    )


def json_schema(name: str) -> dict[str, Any]:
    """The JSON Schema of one type's data, for its readers. Raises KeyError for one that there is not."""
    schema = SCHEMAS[name].model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"urn:colophon:schema:{name}:1", **schema}
