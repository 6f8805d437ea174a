"""Whether a payload fits its mutation's input: each fault by its field, never with its value."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from colophon.domain.storable import is_storable

if TYPE_CHECKING:
    from graphql import GraphQLInputObjectType, GraphQLInputType

DOCUMENTED = ("updateContract", "createMarketingText", "createSupportingResource")
OURS = frozenset({"clientMutationId", "externalReference"})
"""Members of inputs that are not the caller's."""
_DECIMAL = re.compile(r"-?\d{1,15}(\.\d{1,9})?")


def faults(operation: str, payload: Mapping[str, Any]) -> list[str]:
    """What is wrong with a payload, each fault with its field; rules over several fields only where each field is right."""
    found = list(_misfits(payload, inputs()[input_type(operation)], ""))
    return found or [fault for rule in _RULES.get(operation, ()) if (fault := rule(payload))]


def plain(value: object) -> Any:
    """A value as JSON has it: money as decimal text, moments in UTC. What has no form (float) stays, and does not fit."""
    if isinstance(value, datetime):
        # A naive moment stays without a zone, and is refused by its field.
        return (value.astimezone(UTC) if value.tzinfo else value).isoformat().replace("+00:00", "Z")
    if isinstance(value, Mapping):
        return {str(name): plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    return str(value) if isinstance(value, str) else value


@cache
def inputs() -> "Mapping[str, GraphQLInputObjectType]":
    """All input types by name."""
    from graphql import DocumentNode, GraphQLInputObjectType, InputObjectTypeDefinitionNode, build_ast_schema, parse

    wings = files("colophon.systems.consonance")
    texts = (wings.joinpath(name).read_text(encoding="utf-8") for name in ("writes/writes.graphql", "graphql/extension.graphql"))
    ours, extension = (parse(text).definitions for text in texts)
    wanted = [node for node in extension if isinstance(node, InputObjectTypeDefinitionNode) and node.name.value.endswith("Input")]
    schema = build_ast_schema(DocumentNode(definitions=(*ours, *wanted)), assume_valid=True)
    return {name: kind for name, kind in schema.type_map.items() if isinstance(kind, GraphQLInputObjectType)}


def lacking_mutations(schema: Mapping[str, Collection[str]]) -> Iterator[str]:
    """The documented mutations that an account lacks, whole or in a member that we may send, as `Mutation.name`."""
    for name in DOCUMENTED:
        kind = input_type(name)
        if name not in schema.get("Mutation", ()) or any(member not in schema.get(kind, ()) for member in inputs()[kind].fields):
            yield f"Mutation.{name}"


def input_type(operation: str) -> str:
    """Name of an operation's input type: `UpsertTodoInput`."""
    return f"{operation[0].upper()}{operation[1:]}Input"


def _misfits(value: Any, kind: "GraphQLInputType", where: str) -> Iterator[str]:
    from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLList, GraphQLNonNull, GraphQLScalarType

    if isinstance(kind, GraphQLNonNull):
        if value is None:
            yield f"{where} is missing"
            return
        kind = kind.of_type
    if value is None:
        return
    match kind:
        case GraphQLList():
            items = value if isinstance(value, list) else None
            yield from () if items is not None else (f"{where} must be a list",)
            for number, item in enumerate(items or ()):
                yield from _misfits(item, kind.of_type, f"{where}.{number}")
        case GraphQLInputObjectType():
            yield from _misfit_members(value, kind, where)
        case GraphQLEnumType():
            yield from () if value in kind.values else (f"{where} must be one of {', '.join(kind.values)}",)
        case GraphQLScalarType():
            yield from () if _is_read(value, kind.name) else (f"{where} must be {_SCALARS[kind.name][0]}",)


def _misfit_members(value: Any, kind: "GraphQLInputObjectType", where: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{where} must be an object"
        return
    dot = f"{where}." if where else ""
    yield from (f"{dot}{name[:40]} is no member" for name in value if name not in kind.fields or name in OURS)
    for name, member in kind.fields.items():
        if name not in OURS:
            yield from _misfits(value.get(name), member.type, f"{dot}{name}")


def _is_read(value: Any, kind: str) -> bool:
    try:
        return _SCALARS[kind][1](value)
    except ValueError:
        return False


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and is_storable(value)


def _is_date(value: Any) -> bool:
    return isinstance(value, str) and date.fromisoformat(value).isoformat() == value


def _is_moment(value: Any) -> bool:
    return isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None


def _is_decimal(value: Any) -> bool:
    return isinstance(value, str) and _DECIMAL.fullmatch(value) is not None


def _is_amount(value: Any) -> bool:
    return _is_decimal(value) and Decimal(repr(float(value))) == Decimal(value)


def _is_int(value: Any) -> bool:
    return type(value) is int and -(2**31) <= value < 2**31


_SCALARS: Mapping[str, tuple[str, Callable[[Any], bool]]] = {
    "String": ("text", _is_text),
    "Int": ("a whole number of 32 bits", _is_int),
    "Boolean": ("true or false", lambda value: isinstance(value, bool)),
    "ISO8601Date": ("a date", _is_date),
    "ISO8601DateTime": ("a moment with its zone", _is_moment),
    "Decimal": ("a decimal number, never a float", _is_decimal),
    "Amount": ("a decimal number of at most 15 digits, never a float", _is_amount),
}
"""Scalar -> what it must be, in words, and the test."""


def _names_somebody(payload: Mapping[str, Any]) -> str:
    ids = ("workId", "contractId", "contactId")
    return "" if any(payload.get(name) is not None for name in ids) else "workId, contractId or contactId is missing"


def _has_rows(payload: Mapping[str, Any]) -> str:
    return "" if 1 <= len(payload["rows"]) <= 500 else "rows must be 1 to 500"


def _has_fields(payload: Mapping[str, Any]) -> str:
    names = [given["name"] for given in payload["fields"]]
    if not names or len(set(names)) < len(names):
        return "fields must name each field once, and at least one"
    for number, given in enumerate(payload["fields"]):
        allowed = _CONTACT_VALUES.get(given["name"])
        if allowed and given.get("value") not in {*allowed, None}:
            return f"fields.{number}.value must be {', '.join(allowed)}"
    return ""


def _links_once(payload: Mapping[str, Any]) -> str:
    is_both = payload.get("productIds") and payload.get("linkToAllProducts")
    return "productIds and linkToAllProducts exclude each other" if is_both else ""


def _changes_something(payload: Mapping[str, Any]) -> str:
    return "" if len(payload) > 1 else "no member besides id is given"


_CONTACT_VALUES = {
    "DELIVERY_PREFERENCE": ("PRINT", "EMAIL", "WEB"),
    "CONSENT_EXTERNAL": ("true", "false"),
    "OPTED_OUT": ("true", "false"),
}
_RULES: Mapping[str, tuple[Callable[[Mapping[str, Any]], str], ...]] = {
    "recordCommunication": (_names_somebody,),
    "recordPerformance": (_has_rows,),
    "upsertContactFields": (_has_fields,),
    "createSupportingResource": (_links_once,),
    "updateContract": (_changes_something,),
}
