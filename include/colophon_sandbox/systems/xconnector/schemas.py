"""JSON Schemas of the envelope and of each event type's data (contract sections 3, 4); unknown members are refused."""

from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

Schema = dict[str, Any]
TEXT: Schema = {"type": "string", "minLength": 1}
OPTIONAL: Schema = {"type": ["string", "null"]}
COUNT: Schema = {"type": "integer", "minimum": 0}
FLAG: Schema = {"type": "boolean"}
DAY: Schema = {"type": ["string", "null"], "pattern": r"^\d{4}-\d{2}-\d{2}$"}
TIME: Schema = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$"}
MONEY: Schema = {"type": "string", "pattern": r"^-?\d+(\.\d+)?$"}
ANY: Schema = {}


def members(**properties: Schema) -> Schema:
    """An object with exactly these members, all required."""
    return {"type": "object", "properties": properties, "required": sorted(properties), "additionalProperties": False}


def many(item: Schema) -> Schema:
    """A list."""
    return {"type": "array", "items": item}


PAYLOAD = members(
    url=TEXT, sha256={"type": "string", "pattern": "^[0-9a-f]{64}$"}, bytes=COUNT, mediaType=TEXT, fileName=OPTIONAL, expiresAt=OPTIONAL
)
CONTRIBUTOR = members(name=TEXT, role=TEXT, sequence={"type": "integer", "minimum": 1}, isni=OPTIONAL)
PRICE = {
    **members(amount=MONEY, currency=TEXT, type=TEXT, **{"from": DAY, "until": DAY}),
    "required": ["amount", "currency", "type"],
}
TERRITORIES = members(included=many(TEXT), excluded=many(TEXT))

DATA: dict[str, Schema] = {
    "title.feed": members(format=TEXT, messageNumber={"type": "integer", "minimum": 1}, full=FLAG, products=COUNT, payload=PAYLOAD),
    "title.updated": members(
        isbn=TEXT,
        workId={"type": "integer"},
        revision={"type": "integer", "minimum": 1},
        title=TEXT,
        contributors=many(CONTRIBUTOR),
        imprint=OPTIONAL,
        productForm=OPTIONAL,
        publishingStatus=OPTIONAL,
        publicationDate=DAY,
        prices=many(PRICE),
        territories=TERRITORIES,
    ),
    "title.withdrawn": members(isbn=TEXT, revision=COUNT, reason=TEXT),
    "workflow.milestone": members(
        workId={"type": "integer"},
        milestone=TEXT,
        state={"enum": ["done", "undone", "delayed"]},
        at=TIME,
        by=OPTIONAL,
        previousDate=DAY,
        newDate=DAY,
    ),
    "asset.released": members(isbn=TEXT, kind=TEXT, assetId=TEXT, version=TEXT, payload=PAYLOAD),
    "asset.withdrawn": members(isbn=TEXT, assetId=TEXT, version=TEXT),
    "rights.terms": members(contractId=ANY, revision=COUNT, terms={"type": "object"}),
    "royalty.terms": members(contractId=ANY, revision=COUNT, terms={"type": "object"}),
    "royalty.statement": members(contractId=ANY, payeeId=ANY, period=TEXT, amount=MONEY, currency=TEXT, state=TEXT),
    **{
        f"production.{step}": members(orderId=TEXT, isbn=TEXT, step={"enum": [1, 2, 3]}, quantity=ANY, dueOn=DAY, payload=ANY)
        for step in ("file_release", "print_order", "warehouse_schedule")
    },
    "production.cancel": members(orderId=TEXT, steps=many({"enum": [1, 2, 3]}), reason=TEXT),
    "party.upserted": members(
        partyId=ANY,
        names=members(display=TEXT, inverted=OPTIONAL, organisation=OPTIONAL),
        identifiers=many(members(type=TEXT, value=TEXT)),
        addresses=many({"type": "object"}),
        taxStatus=OPTIONAL,
        paymentPreference=OPTIONAL,
        vendorStatus=OPTIONAL,
        fieldTimes={"type": "object"},
    ),
    **{
        f"campaign.{kind}": members(
            isbn=TEXT, publicationDate=DAY, assetsFinal=FLAG, metadataFinal=FLAG, **{"milestone" if kind == "milestone" else "reason": TEXT}
        )
        for kind in ("milestone", "hold", "release")
    },
    "metadata.exception": members(isbn=TEXT, rule=TEXT, field=TEXT, found=OPTIONAL, expected=OPTIONAL, blocks=OPTIONAL),
}

ENVELOPE: Schema = {
    "type": "object",
    "properties": {
        "specversion": {"const": "1.0"},
        "id": {"type": "string", "minLength": 1, "maxLength": 128},
        "source": {"type": "string", "pattern": "^/"},
        "type": TEXT,
        "subject": {"type": "string", "pattern": "^(isbn|work|contract|party|order|feed):.+"},
        "time": TIME,
        "datacontenttype": {"const": "application/json"},
        "dataschema": TEXT,
        "recipient": TEXT,
        "correlationid": TEXT,
        "causationid": TEXT,
        "expirytime": TIME,
        "sequence": {"type": "string", "pattern": r"^\d{20}$"},
        "data": {"type": "object"},
    },
    "required": ["specversion", "id", "source", "type", "subject", "time", "recipient", "data"],
    "additionalProperties": False,
}


def faults(event: Any) -> list[dict[str, str]]:
    """What is wrong with an event: JSON pointers with messages; empty when nothing is."""
    found = [_fault(error) for error in _validator("envelope").iter_errors(event)]
    if found:
        return found
    name = type_name(event["type"])
    if name not in DATA:
        return [{"pointer": "/type", "message": f"unknown event type {event['type']}"}]
    return [_fault(error, "/data") for error in _validator(name).iter_errors(event["data"])]


def type_name(event_type: str) -> str:
    """`title.feed` of `colophon.title.feed.v1`."""
    return event_type.partition(".")[2].rpartition(".v")[0]


@cache
def _validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(ENVELOPE if name == "envelope" else DATA[name])


def _fault(error: Any, prefix: str = "") -> dict[str, str]:
    place = "".join(f"/{part}" for part in error.absolute_path)
    if error.validator == "required":
        missing = error.message.split("'")[1]
        return {"pointer": f"{prefix}{place}/{missing}", "message": "required"}
    return {"pointer": f"{prefix}{place}" or "/", "message": error.message[:200]}
