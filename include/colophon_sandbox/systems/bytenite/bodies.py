"""JSON Schemas of what is sent. No member is taken that the contract does not know."""

from datetime import date, datetime
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

from colophon_sandbox.system import Call, RefusedError

Schema = dict[str, Any]

TEXT: Schema = {"type": "string", "minLength": 1}
LINK: Schema = {"type": "string", "pattern": r"^https?://\S+\Z"}
FLAG: Schema = {"type": "boolean"}
SECONDS: Schema = {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "string", "pattern": r"^[1-9]\d*\Z"}]}
TIME: Schema = {"type": "string", "format": "moment"}
TIME_OR_NULL: Schema = {"type": ["string", "null"], "format": "moment"}
TEXT_OR_NULL: Schema = {"type": ["string", "null"]}
COUNTRY: Schema = {"type": "string", "pattern": r"^[A-Z]{2}\Z"}
KINDS = ("TRAILER", "AUTHOR_INTERVIEW", "TEASER", "SOCIAL_CUT", "AUDIO_SAMPLE", "EXCERPT", "PROMO_CLIP", "OTHER")
CHANNELS = ("website", "retailer", "social", "landing")


def members(optional: Schema | None = None, /, **required: Schema) -> Schema:
    """An object with these members and no others."""
    return {"type": "object", "properties": {**required, **(optional or {})}, "required": sorted(required), "additionalProperties": False}


def many(item: Schema, most: int = 1000, least: int = 0) -> Schema:
    """A list."""
    return {"type": "array", "items": item, "maxItems": most, "minItems": least}


def or_null(schema: Schema) -> Schema:
    """The same, or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def _endpoint(kinds: dict[str, tuple[str, Schema]]) -> Schema:
    """A data descriptor: each kind with the type and members of its parameters; a kind without members needs none."""
    shapes = []
    for descriptor, (name, params) in kinds.items():
        kind: Schema = {"const": descriptor}
        needed = {member: schema for member, schema in params.items() if member in {"url", "bucketName"}}
        typed = {"@type": {"const": f"type.googleapis.com/bytenite.data_source.{name}"}, **needed}
        shapes.append(members(dataSourceDescriptor=kind, params=members(params, **typed)))
        if not params:
            shapes.append(members(dataSourceDescriptor=kind))
    return {"anyOf": shapes}


_S3 = {"name": TEXT, "bucketName": TEXT, "cloudRegion": {"type": "string"}, "secret_id": TEXT}
_BUCKETS: dict[str, tuple[str, Schema]] = dict.fromkeys(("aws", "s3", "gcp", "storj"), ("S3DataSource", _S3))
_URL = {"url": LINK, "username": {"type": "string"}, "password": {"type": "string"}, "name": {"type": "string"}}
_NOTHING: dict[str, tuple[str, Schema]] = {"bypass": ("BypassDataSource", {})}
SOURCE = _endpoint({"url": ("HttpDataSource", _URL), "file": ("LocalFileDataSource", {"name": TEXT}), **_NOTHING, **_BUCKETS})
DESTINATION = _endpoint({"bucket": ("LocalFileDataSource", {}), **_NOTHING, **_BUCKETS})
PARAMS = members({"partitioner": {"type": "object"}, "app": {"type": "object"}, "assembler": {"type": "object"}})
CONFIG = members({"taskTimeout": SECONDS, "jobTimeout": SECONDS, "isTestJob": FLAG})
VIDEO: Schema = {
    "externalId": TEXT,
    "kind": {"enum": list(KINDS)},
    "title": {"type": "string", "minLength": 1},
    "subtitle": TEXT_OR_NULL,
    "language": TEXT_OR_NULL,
    "description": TEXT_OR_NULL,
    "workId": {"type": ["integer", "string", "null"]},
    "isbns": or_null(many({"type": "string", "pattern": r"^97[89]\d{10}\Z"}, 10**6)),
    "contributors": or_null(many(members(name=TEXT, role=TEXT))),
    "imprint": TEXT_OR_NULL,
    "genres": or_null(many(TEXT)),
    "publicationDate": {"type": ["string", "null"], "format": "day"},
    "keywords": or_null(many(TEXT, 10**6)),
    "campaign": TEXT_OR_NULL,
    "onHold": FLAG,
}
LIMITS = {"title": 200, "description": 5000, "keywords": 50, "isbns": 100}
"""More than so many characters or items of a video is 413."""

RULE = members(
    ruleId=TEXT,
    effect={"enum": ["allow", "deny"]},
    territories=many(COUNTRY, least=1),
    channels=many({"enum": list(CHANNELS)}, least=1),
    until=TIME_OR_NULL,
    reason=TEXT_OR_NULL,
    **{"from": TIME_OR_NULL},
)
PLACEMENT = members({"landingUrl": or_null(LINK)}, channel={"enum": list(CHANNELS)}, territory=COUNTRY, at=TIME)
BODIES: dict[str, Schema] = {
    "access_token": members(apiKey=TEXT),
    "secret": members(
        secret=members({"expiresAt": TIME_OR_NULL}, id=TEXT, name=TEXT, secretType={"enum": ["aws", "gcp", "storj"]}, accessKey=TEXT),
        secretKey=TEXT,
    ),
    "job": members(
        {
            "jobId": TEXT,
            "description": {"type": "string"},
            "dataSource": SOURCE,
            "dataDestination": DESTINATION,
            "params": PARAMS,
            "config": CONFIG,
        },
        templateId=TEXT,
        name={"type": "string", "minLength": 4},
    ),
    "datasource": {**members({"dataDestination": DESTINATION, "dataSource": SOURCE}), "minProperties": 1},
    "params": members(params=PARAMS),
    "nothing": members(),
    "run": {"anyOf": [members(config=CONFIG), CONFIG]},
    "logs": members({"taskIds": many(TEXT), "levels": many(TEXT), "services": many(TEXT)}, jobId=TEXT),
    "video": members(VIDEO),
    "content": members(
        {"thumbnailUrl": or_null(LINK)},
        version=TEXT,
        sourceUrl=LINK,
        sha256={"type": "string", "pattern": r"^[0-9a-f]{64}\Z"},
        bytes={"type": "integer", "minimum": 1},
        mediaType={"type": "string", "pattern": r"^(video|audio)/\S+\Z"},
    ),
    "rules": members(revision={"type": "integer", "minimum": 1}, default={"const": "deny"}, rules=many(RULE)),
    "publish": members(requestId=TEXT, placements=many(PLACEMENT, 1000, 1)),
    "unpublish": {
        "oneOf": [
            members(requestId=TEXT, placementIds=many(TEXT, 1000, 1), reason=TEXT),
            members(requestId=TEXT, all={"const": True}, reason=TEXT),
        ]
    },
}

_FORMATS = FormatChecker(formats=())


def _is_day(value: object) -> bool:
    return not isinstance(value, str) or (len(value) == 10 and bool(date.fromisoformat(value)))


def _is_moment(value: object) -> bool:
    return not isinstance(value, str) or (value.endswith("Z") and bool(datetime.fromisoformat(value)))


_FORMATS.checks("day", raises=ValueError)(_is_day)
_FORMATS.checks("moment", raises=ValueError)(_is_moment)


def body_of(name: str, call: Call) -> dict[str, Any]:
    """A request's body, checked by its schema; RefusedError (400) says where it does not fit, never the value."""
    given = call.json()
    error = next(iter(_validator(name).iter_errors(given)), None)
    if error is not None:
        place = "/" + "/".join(str(part) for part in error.absolute_path)
        raise RefusedError(400, "bad_body", f"{place} breaks {error.validator}", name=place)
    return dict(given)


@cache
def _validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(BODIES[name], format_checker=_FORMATS)
