"""JSON Schemas of every body (contract sections 2, 3, 8, 9). Nothing that they do not name is let through."""

from typing import Any

from jsonschema import Draft202012Validator

from colophon_sandbox.system import RefusedError

Schema = dict[str, Any]


def _object(required: Schema, optional: Schema | None = None) -> Schema:
    members = {**required, **(optional or {})}
    return {"type": "object", "properties": members, "required": list(required), "additionalProperties": False}


def _some(item: Schema, most: int) -> Schema:
    return {"type": "array", "items": item, "minItems": 1, "maxItems": most}


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


_TEXT: Schema = {"type": "string"}
_WORD: Schema = {"type": "string", "minLength": 1}
_NAME: Schema = {"type": "string", "minLength": 1, "maxLength": 50}
_REF: Schema = {"type": "string", "minLength": 1, "maxLength": 64}
_ID: Schema = {"type": "string", "minLength": 1, "maxLength": 80}
_LABEL: Schema = {"type": "string", "pattern": r"^[a-zA-Z0-9\-_.~%]{1,50}$"}
_TTL: Schema = {"type": "string", "pattern": r"^[0-9]{1,7}s$"}
_TARGET: Schema = {
    **_object({}, {"token": _WORD, "topic": {"type": "string", "pattern": r"^[a-zA-Z0-9\-_.~%]+$"}, "condition": _WORD}),
    "minProperties": 1,
    "maxProperties": 1,
}
_NOTIFICATION = _object({"title": _TEXT, "body": _TEXT}, {"image": _or_null(_WORD)})
# Reserved by FCM: `from`, `message_type`, and what begins with `google.` or `gcm.notification.`.
_DATA: Schema = {
    "type": "object",
    "additionalProperties": _TEXT,
    "propertyNames": {"not": {"pattern": r"^(from$|message_type$|google\.|gcm\.notification\.)"}},
}
_MESSAGE = _object(
    {"ref": _REF, "target": _TARGET, "notification": _NOTIFICATION},
    {
        "data": _DATA,
        "ttl": _TTL,
        "priority": {"enum": ["normal", "high"]},
        "collapse_key": _or_null(_WORD),
        "link": _or_null(_WORD),
        "analytics_label": _or_null(_LABEL),
    },
)
_OPTIONS = {"customer_reference": _NAME, "message_id": _ID}
_FCM_MESSAGE = _object(
    {"notification": _NOTIFICATION},
    {
        **_TARGET["properties"],
        "data": _DATA,
        "android": _object({}, {"priority": {"enum": ["NORMAL", "HIGH"]}, "ttl": _TTL, "collapse_key": _WORD}),
        "apns": _object({}, {"headers": {"type": "object", "additionalProperties": _TEXT}, "payload": {"type": "object"}}),
        "webpush": _object({}, {"fcm_options": _object({"link": _WORD}), "headers": {"type": "object", "additionalProperties": _TEXT}}),
        "fcm_options": _object({"analytics_label": _LABEL}),
    },
)

_BODIES: dict[str, Schema] = {
    "parser": _object({"domain": {"const": "MR"}, "filename": {"type": "string", "pattern": r"^[^/\\]{1,255}$"}, "data": _WORD}),
    "file": _object(
        {"version": {"const": "assumed-1"}, "message_id": _ID, "messages": _some(_MESSAGE, 100_000)},
        {"customer_reference": _NAME, "application": _NAME, "validate_only": {"type": "boolean"}},
    ),
    "statuses": _object({"job_ids": _some(_WORD, 10)}),
    "sms": _object(
        {"destinations": _some(_object({"ref": _REF, "sms": {"type": "string", "pattern": "^[0-9]{6,15}$"}}), 1000), "sms_text": _WORD},
        {"options": _object({}, _OPTIONS)},
    ),
    "email": _object(
        {
            "destinations": _some(
                _object(
                    {"ref": _REF, "email": {"type": "string", "pattern": r"^[^@\s]+@[^@\s]+$"}},
                    {"inserts": {"type": "array", "items": _object({"id": _WORD, "value": _TEXT})}},
                ),
                1000,
            ),
            "body": _some(_object({"name": _WORD, "type": {"enum": ["text", "html"]}, "charset": {"const": "UTF-8"}, "data": _WORD}), 2),
        },
        {"options": _object({}, {**_OPTIONS, "email_options": _object({"subject": _WORD})})},
    ),
    "fcm": _object({"message": _FCM_MESSAGE}, {"validate_only": {"type": "boolean"}}),
}
_VALIDATORS = {name: Draft202012Validator(schema) for name, schema in _BODIES.items()}


def check(name: str, given: Any, code: str = "malformed") -> Any:
    """The body, if it is one; RefusedError (400) names the first place that is not, never what stands there."""
    error = next(iter(_VALIDATORS[name].iter_errors(given)), None)
    if error is None:
        return given
    place = "/".join(str(part) for part in error.absolute_path)
    if error.validator == "additionalProperties":
        unknown = sorted(set(error.instance) - set(error.schema["properties"])) if "properties" in error.schema else []
        raise RefusedError(400, "unknown_member" if unknown else code, f"{place}: not known here", name="/".join([place, *unknown[:1]]))
    raise RefusedError(400, code, f"{place or 'the body'} breaks {error.validator}", name=place)
