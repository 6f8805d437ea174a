"""JSON Schemas of the envelope, of each event type's data and of the bodies (contract sections 3 to 10).

All members listed are present and no others are; null where not known, but never for ids, `revision` and words from a list.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker, ValidationError

Schema = dict[str, Any]
Faults = list[dict[str, str]]

ANY: Schema = {}
TEXT: Schema = {"type": "string", "minLength": 1}
TEXT_OR_NULL: Schema = {"type": ["string", "null"]}
ID: Schema = {"type": ["string", "integer"], "minLength": 1}
ISBN: Schema = {"type": "string", "pattern": r"^97[89]\d{10}\Z"}
COUNT: Schema = {"type": "integer", "minimum": 0}
NUMBER: Schema = {"type": "integer", "minimum": 1}
COUNT_OR_NULL: Schema = {"type": ["integer", "null"], "minimum": 0}
FLAG: Schema = {"type": "boolean"}
FLAG_OR_NULL: Schema = {"type": ["boolean", "null"]}
DAY: Schema = {"type": ["string", "null"], "format": "day"}
TIME: Schema = {"type": "string", "format": "moment"}
TIME_OR_NULL: Schema = {"type": ["string", "null"], "format": "moment"}
MONEY: Schema = {"type": ["string", "null"], "pattern": r"^-?\d+(\.\d+)?\Z"}
CURRENCY: Schema = {"type": ["string", "null"], "pattern": r"^[A-Z]{3}\Z"}


def words(*values: Any) -> Schema:
    """One of these."""
    return {"enum": list(values)}


def members(optional: Mapping[str, Schema] | None = None, /, **required: Schema) -> Schema:
    """An object with these members and no others."""
    known = {**required, **(optional or {})}
    return {"type": "object", "properties": known, "required": sorted(required), "additionalProperties": False}


def many(item: Schema, most: int | None = None) -> Schema:
    """A list."""
    return {"type": "array", "items": item, **({"maxItems": most} if most else {})}


def or_null(schema: Schema) -> Schema:
    """Null where not known."""
    return {**schema, "type": [schema["type"], "null"]}


PAYLOAD = members(
    url={"type": "string", "pattern": r"^(https?|s3|gs|abfs|file)://|^xc1:payload:[0-9a-f]{64}\Z"},
    sha256={"type": "string", "pattern": r"^[0-9a-f]{64}\Z"},
    bytes=COUNT,
    mediaType=TEXT,
    fileName=TEXT_OR_NULL,
    expiresAt=TIME_OR_NULL,
)
CONTRIBUTOR = members(name=TEXT, role=TEXT, sequence=NUMBER, isni=TEXT_OR_NULL)
PRICE = members(amount=MONEY, currency=CURRENCY, type=TEXT, until=DAY, **{"from": DAY})
ADDRESS = members(
    line1=TEXT_OR_NULL, line2=TEXT_OR_NULL, city=TEXT_OR_NULL, postcode=TEXT_OR_NULL, country=TEXT_OR_NULL, kind=words("post", "billing")
)
IDENTIFIER = members(type=words("isni", "orcid", "vat", "customer_id", "supplier_id", "email"), value=TEXT)
RIGHTS = members(headGrants=many({"type": "object"}), rightsDeals=many({"type": "object"}))
ROYALTY = members(royaltyTerms={"type": "object"})
CAMPAIGN = {"isbn": ISBN, "publicationDate": DAY, "assetsFinal": FLAG_OR_NULL, "metadataFinal": FLAG_OR_NULL}
ORDER = members(orderId=ID, isbn=ISBN, step=words(1, 2, 3), quantity=COUNT_OR_NULL, dueOn=DAY, payload=or_null(PAYLOAD))

DATA: dict[str, tuple[str, Schema]] = {
    "title.feed": ("feed", members(format=TEXT, messageNumber=NUMBER, full=FLAG, products=COUNT, payload=PAYLOAD)),
    "title.updated": (
        "isbn",
        members(
            isbn=ISBN,
            workId=ID,
            revision=COUNT,
            title=TEXT_OR_NULL,
            contributors=many(CONTRIBUTOR),
            imprint=TEXT_OR_NULL,
            productForm=TEXT_OR_NULL,
            publishingStatus=TEXT_OR_NULL,
            publicationDate=DAY,
            prices=many(PRICE),
            territories=or_null(members(included=many(TEXT), excluded=many(TEXT))),
        ),
    ),
    "title.withdrawn": ("isbn", members(isbn=ISBN, revision=COUNT, reason=TEXT_OR_NULL)),
    "workflow.milestone": (
        "work",
        members(
            workId=ID,
            milestone=TEXT,
            state=words("done", "undone", "delayed"),
            at=TIME_OR_NULL,
            by=TEXT_OR_NULL,
            previousDate=DAY,
            newDate=DAY,
        ),
    ),
    "workflow.cancelled": ("work", members(workId=ID, at=TIME_OR_NULL, reason=TEXT_OR_NULL)),
    "asset.released": ("isbn", members(isbn=ISBN, kind=TEXT, assetId=ID, version=ID, payload=PAYLOAD)),
    "asset.withdrawn": ("isbn", members(isbn=ISBN, assetId=ID, version=ID)),
    "rights.terms": ("contract", members(contractId=ID, revision=COUNT, terms=RIGHTS)),
    "royalty.terms": ("contract", members(contractId=ID, revision=COUNT, terms=ROYALTY)),
    "royalty.statement": ("contract", members(contractId=ID, payeeId=ID, period=TEXT, amount=MONEY, currency=CURRENCY, state=TEXT)),
    "production.file_release": ("order", ORDER),
    "production.print_order": ("order", ORDER),
    "production.warehouse_schedule": ("order", ORDER),
    "production.cancel": ("order", members(orderId=ID, steps=many(words(1, 2, 3)), reason=TEXT_OR_NULL)),
    "party.upserted": (
        "party",
        members(
            partyId=ID,
            names=members(display=TEXT, inverted=TEXT_OR_NULL, organisation=TEXT_OR_NULL),
            identifiers=many(IDENTIFIER),
            addresses=many(ADDRESS),
            taxStatus=TEXT_OR_NULL,
            paymentPreference=TEXT_OR_NULL,
            vendorStatus=TEXT_OR_NULL,
            fieldTimes={"type": "object", "additionalProperties": TIME},
        ),
    ),
    "campaign.milestone": ("isbn", members(**CAMPAIGN, milestone=TEXT)),
    "campaign.hold": ("isbn", members(**CAMPAIGN, reason=TEXT)),
    "campaign.release": ("isbn", members(**CAMPAIGN, reason=TEXT)),
    "metadata.exception": ("isbn", members(isbn=ISBN, rule=TEXT, field=TEXT_OR_NULL, found=ANY, expected=ANY, blocks=ANY)),
}
"""What may be sent: the kind of its subject, and the schema of its data."""

ENVELOPE = members(
    {
        "datacontenttype": {"const": "application/json"},
        "dataschema": {"type": "string", "pattern": r"^urn:colophon:schema:[a-z]+:\d+\Z"},
        "correlationid": TEXT,
        "causationid": TEXT,
        "expirytime": TIME,
        "sequence": {"type": "string", "pattern": r"^\d{20}\Z"},
    },
    specversion={"const": "1.0"},
    id={"type": "string", "pattern": r"^[A-Za-z0-9._:-]{1,128}\Z"},
    source={"type": "string", "pattern": "^/."},
    type=TEXT,
    subject=TEXT,
    time=TIME,
    recipient=TEXT,
    data={"type": "object"},
)
BODIES: dict[str, Schema] = {
    "redeliver": members(targets=many(TEXT), requestId=TEXT),
    "cancel": members(reason=TEXT),
    "ack": members(tokens=many(TEXT)),
    "nack": members({"retryAfter": COUNT}, tokens=many(TEXT), reason=TEXT),
    "callback": members(url={"type": "string", "pattern": "^https?://."}, types=many(TEXT), active=FLAG),
    "route": members(
        {"id": TEXT, "transform": TEXT_OR_NULL, "order": words("per_subject", "none")},
        match=members({"type": TEXT, "subjectPrefix": TEXT, "recipient": TEXT}),
        targets={**many(TEXT), "minItems": 1},
    ),
}

_FORMATS = FormatChecker(formats=())
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", re.ASCII)
_TYPE = re.compile(r"(?:.+\.)?([a-z]+\.[a-z_]+)\.v1")


def _is_day(value: object) -> bool:
    return not isinstance(value, str) or (len(value) == 10 and bool(date.fromisoformat(value)))


def _is_moment(value: object) -> bool:
    return not isinstance(value, str) or bool(_MOMENT.fullmatch(value) and datetime.fromisoformat(value))


_FORMATS.checks("day", raises=ValueError)(_is_day)
_FORMATS.checks("moment", raises=ValueError)(_is_moment)


def event_faults(event: Any) -> Faults:
    """What is wrong with an event: JSON pointers with messages; empty when nothing is."""
    found = _faults("envelope", event)
    if found:
        return found
    name = type_name(event["type"])
    if name is None:
        return [{"pointer": "/type", "message": "unknown event type"}]
    subject = DATA[name][0] + ":"
    if not event["subject"].startswith(subject) or event["subject"] == subject:
        return [{"pointer": "/subject", "message": f"must begin with {subject}"}]
    if name == "title.feed" and event["subject"] != f"feed:{event['recipient']}":
        return [{"pointer": "/subject", "message": "must name the recipient"}]
    return _faults("reference" if is_reference(event["data"]) else name, event["data"], "/data")


def data_faults(name: str, data: Any) -> Faults:
    """What is wrong with the data of one event type, wherever it stood."""
    return _faults(name, data, "/data")


def body_faults(name: str, body: Any) -> Faults:
    """What is wrong with the body of a request."""
    return _faults(name, body)


def is_reference(data: Mapping[str, Any]) -> bool:
    """Whether data is only a payload that holds it (contract section 6)."""
    return set(data) == {"payload"}


def type_name(event_type: str) -> str | None:
    """`title.feed` of `colophon.title.feed.v1`, whatever the prefix; None for a type that may not be sent."""
    found = _TYPE.fullmatch(event_type)
    return found[1] if found and found[1] in DATA else None


@cache
def _validator(name: str) -> Draft202012Validator:
    schemas = {"envelope": ENVELOPE, "reference": members(payload=PAYLOAD), **BODIES}
    return Draft202012Validator(schemas.get(name) or DATA[name][1], format_checker=_FORMATS)


def _faults(name: str, value: Any, prefix: str = "") -> Faults:
    told = [pair for error in _validator(name).iter_errors(value) for pair in _told(error, prefix)]
    return [{"pointer": pointer, "message": message} for pointer, message in dict.fromkeys(told)]


def _told(error: ValidationError, prefix: str) -> list[tuple[str, str]]:
    """Each missing or unknown member has its own pointer; values are not repeated."""
    place = prefix + "".join(f"/{part}" for part in error.absolute_path)
    if error.validator == "required":
        return [(f"{place}/{name}", "required") for name in error.validator_value if name not in error.instance]
    if error.validator == "additionalProperties":
        return [(f"{place}/{name}", "unknown") for name in error.instance if name not in error.schema.get("properties", {})]
    return [(place or "/", f"breaks {error.validator} {error.validator_value}")]
