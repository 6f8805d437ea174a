"""Modules and their fields (contract sections 2 and 5), and which values a field takes."""

import re
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from colophon_sandbox.system import RefusedError
from colophon_sandbox.world import Row

ENVELOPE = ("id", "module", "type", "mod_time", "mod_time_img", "has_child")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_LONGEST = 100_000


class Field(NamedTuple):
    """One field: its type, the dimensions that it may have, and the modules that a link may lead to."""

    type: str
    dimensions: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    is_list: bool = False


def _link(module: str, *, is_list: bool = False) -> Field:
    return Field("link", (), (module,), is_list)


MODULES: dict[str, tuple[str, dict[str, Field]]] = {
    "product": (
        "Products",
        {
            "isbn": Field("string"),
            "title": Field("string", ("locale",)),
            "subtitle": Field("string", ("locale",)),
            "authors": Field("string", (), (), is_list=True),
            "imprint": Field("string"),
            "product_form": Field("string"),
            "language": Field("string"),
            "publication_date": Field("date"),
            "price": Field("number", ("currency",)),
            "categories": Field("string", ("channel",), (), is_list=True),
            "product_state": Field("string"),
            "marketing_text": Field("text", ("locale", "channel")),
            "short_text": Field("text", ("locale", "channel")),
            "feature_bullets": Field("text", ("locale", "channel"), (), is_list=True),
            "keywords": Field("string", ("locale",), (), is_list=True),
            "audience_segments": Field("string", (), (), is_list=True),
            "available": Field("boolean", ("territory", "channel")),
            "cover_file": _link("file"),
            "ebook_cover_file": _link("file"),
            "artwork_file": _link("file"),
            "sample_files": _link("file", is_list=True),
            "launch_state": Field("string"),
            "milestone_dates": Field("string", (), (), is_list=True),
            "launch_readiness": Field("string"),
            "launch_blocker": Field("string"),
        },
    ),
    "file": (
        "Files",
        {
            "name": Field("string"),
            "path": Field("string"),
            "isbn": Field("string"),
            "asset_type": Field("string"),
            "version": Field("string"),
            "checksum": Field("string"),
            "mime_type": Field("string"),
            "embargo_until": Field("date"),
            "approval_status": Field("string"),
            "approval_date": Field("date"),
            "locale": Field("string"),
            "author": Field("string", (), (), is_list=True),
            "rights_until": Field("string"),
            "credit": Field("string"),
            "model_release": Field("string", (), (), is_list=True),
            "launch_confirmed": Field("boolean"),
            "launch_state": Field("string"),
        },
    ),
    "approval": ("Approvals", {"files": _link("file", is_list=True), "status": Field("string"), "approval_date": Field("date")}),
    "collection": (
        "Collections",
        {
            "package_key": Field("string"),
            "product_link": _link("product"),
            "files": _link("file", is_list=True),
            "package_state": Field("string"),
        },
    ),
    "campaign": (
        "Campaigns",
        {
            "name": Field("string"),
            "product_link": _link("product"),
            "launch_state": Field("string"),
            "milestone_dates": Field("string", (), (), is_list=True),
        },
    ),
}


def described(module: str) -> Row:
    """A module as `?groups=fields` shows it."""
    label, fields = MODULES[module]
    shown = [
        {
            "name": name,
            "type": field.type,
            "length": 255 if field.type == "string" else None,
            "scale": 2 if field.type == "number" else None,
            "precision": 12 if field.type == "number" else None,
            "defaultValue": None,
            "valueOptionKey": None,
            "modules": list(field.modules),
            "dimensions": list(field.dimensions),
        }
        for name, field in fields.items()
    ]
    return {"name": module, "label": label, "fields": shown}


def fields_of(module: str) -> dict[str, Field]:
    """Fields by name; RefusedError (404) where there is no such module."""
    if module not in MODULES:
        raise RefusedError(404, "unknown_module", f"there is no module {module}", name=module)
    return MODULES[module][1]


def check_id(value: Any) -> str:
    """An object's id; RefusedError (400) for what is none."""
    if not isinstance(value, str) or not _UUID.fullmatch(value):
        raise _bad("id", "an id is a UUID of 36 characters in lower case")
    return value


def check_value(module: str, name: str, entries: Any) -> None:
    """Refuse (400) what is no value of this field."""
    field = fields_of(module).get(name)
    if field is None:
        raise RefusedError(400, "unknown_field", f"module {module} has no field {name}", name=name)
    if not isinstance(entries, list):
        raise _bad(name, "the value of a field is a list")
    seen = []
    for entry in entries:
        _check_entry(name, field, entry)
        dimensions = entry.get("dimensions") or {}
        if dimensions in seen:
            raise _bad(name, "two entries have the same dimensions")
        seen.append(dimensions)


def _check_entry(name: str, field: Field, entry: Any) -> None:
    if not isinstance(entry, dict) or "value" not in entry or set(entry) - {"value", "dimensions"}:
        raise _bad(name, "an entry has value and dimensions")
    dimensions = entry.get("dimensions")
    if dimensions is not None and not _are_dimensions(dimensions, field):
        raise _bad(name, f"the dimensions of {name} are {', '.join(field.dimensions) or 'none'}")
    value = entry["value"]
    if value is None:
        return
    values = value if isinstance(value, list) else [value]
    if isinstance(value, list) and not field.is_list:
        raise _bad(name, f"{name} takes one value")
    if not all(isinstance(one, str) and len(one) <= _LONGEST and _fits(field.type, one) for one in values):
        raise _bad(name, f"{name} takes {field.type} as text")


def _are_dimensions(value: Any, field: Field) -> bool:
    return (
        isinstance(value, dict)
        and bool(value)
        and set(value) <= set(field.dimensions)
        and all(isinstance(one, str) and one for one in value.values())
    )


def _fits(kind: str, value: str) -> bool:
    try:
        return {
            "number": lambda: Decimal(value).is_finite(),
            "boolean": lambda: value in {"true", "false"},
            "date": lambda: bool(datetime.fromisoformat(value) if len(value) > 10 else date.fromisoformat(value)),
            "link": lambda: bool(_UUID.fullmatch(value)),
            "string": lambda: len(value) <= 255,
        }.get(kind, lambda: True)()
    except (ValueError, InvalidOperation):
        return False


def _bad(name: str, message: str) -> RefusedError:
    return RefusedError(400, "bad_value", message, name=name)
