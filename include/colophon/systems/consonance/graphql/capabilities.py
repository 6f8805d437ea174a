"""What an account of Consonance can do, found out by introspection (contract section 2).

The documented schema must be there: what lacks is schema drift. What the vendor does not document is used only where the
account shows it: assumed members one by one, extensions feature by feature, each whole or not at all.
"""

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

from pydantic import Field

from colophon.domain.record import Record
from colophon.errors import BadShapeError, SchemaDriftError
from colophon.systems.consonance.graphql import queries
from colophon.systems.consonance.writes import payloads

if TYPE_CHECKING:
    from graphql import FieldNode, OperationDefinitionNode, SelectionSetNode
    from graphql.language.ast import FieldDefinitionNode, InputValueDefinitionNode

Profile = Literal["documented", "mixed", "extended"]

# Feature -> its root field. A feature is present only if everything that its root field leads to is as in extension.graphql.
FEATURES: Mapping[str, str] = {
    "todos": "Query.todos",
    "team": "Query.teamMembers",
    "launch": "Query.launches",
    "head_grants": "Query.headGrants",
    "rights_deals": "Query.rightsDeals",
    "royalty_terms": "Query.royaltyTerms",
    "sales": "Query.sales",
    "royalty_runs": "Query.royaltyRuns",
    "statements": "Query.statements",
    "payments": "Query.payments",
    "contact_fields": "Query.contactFields",
    "external_records": "Query.externalRecords",
    **{
        f"mutation.{name}": f"Mutation.{name}"
        for name in (
            "upsertTodo",
            "createWorkNote",
            "upsertExternalAsset",
            "recordCommunication",
            "recordChannelStatus",
            "recordPerformance",
            "upsertContactFields",
            "upsertMarketingText",
            "recordPayment",
        )
    },
}


class Capabilities(Record):
    """What one account can do.

    `digest` is the SHA-256 of the account's schema, empty where it refused introspection. `missing_fields` are the assumed
    members it lacks, as `Type.member`; `incomplete` names for each feature that is there in part what it lacks.
    """

    digest: str
    features: tuple[str, ...]
    missing_fields: tuple[str, ...]
    checked_at: datetime
    incomplete: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)

    @property
    def profile(self) -> Profile:
        """Which part of the extension the account has: all, none, or some of it."""
        if not self.features:
            return "documented"
        return "extended" if set(self.features) == set(FEATURES) else "mixed"

    @property
    def was_introspected(self) -> bool:
        """Whether the account showed its schema; if not, only what is documented is asked for."""
        return bool(self.digest)


class CapabilityCache(Protocol):
    """Where capabilities are kept between runs, under a connection's name (the ledger does it); plain JSON, never a key."""

    def get(self, connection: str) -> tuple[Mapping[str, Any], datetime] | None:
        """What was put last and when it was found out, or None."""

    def put(self, connection: str, value: Mapping[str, Any], checked_at: datetime) -> None:
        """Keep it, in place of what was there."""


class Member(NamedTuple):
    """A field or input member: its type as GraphQL writes it, such as `[Int!]!`, and the types of its arguments."""

    type: str
    arguments: Mapping[str, str]


Schema = Mapping[str, Mapping[str, Member]]
"""Types by name; an enum's values are members without a type."""


def schema_from(introspected: object) -> Schema:
    """The account's schema from the answer's `__schema`.

    :raises BadShapeError: it is no introspection answer.
    """
    try:
        types = introspected["types"]  # type: ignore[index]  # a TypeError is an answer
        return {kind["name"]: {member["name"]: _member(member) for member in _members(kind)} for kind in types}
    except (KeyError, TypeError) as problem:
        raise BadShapeError("the answer is no introspection of a schema", system="consonance", operation="Introspection") from problem


def judge(schema: Schema, checked_at: datetime) -> Capabilities:
    """What an account with this schema can do.

    :raises SchemaDriftError: it lacks documented members that the client asks for; names all of them.
    """
    lacking = {name for document in queries.SENT for name in _lacking(schema, document)} | {
        *_lacking_searches(schema),
        *payloads.lacking_mutations(schema),
    }
    drifted = sorted(lacking - queries.ASSUMED)
    if drifted:
        raise SchemaDriftError(
            f"the account's schema lacks {', '.join(drifted)}", system="consonance", operation="Introspection", subject=drifted[0]
        )
    gaps = {feature: _gaps(schema, root) for feature, root in FEATURES.items()}
    return Capabilities(
        digest=_digest(schema),
        features=tuple(feature for feature, gap in gaps.items() if not gap),
        missing_fields=tuple(sorted(lacking)),
        checked_at=checked_at,
        incomplete={feature: gap for feature, gap in gaps.items() if gap and FEATURES[feature] not in gap},
    )


def documented_only(checked_at: datetime) -> Capabilities:
    """What is left for an account that refuses introspection: nothing assumed, no extension."""
    return Capabilities(digest="", features=(), missing_fields=tuple(sorted(queries.ASSUMED)), checked_at=checked_at)


def _members(kind: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for group in ("fields", "inputFields", "enumValues"):
        yield from kind.get(group) or ()


def _member(member: Mapping[str, Any]) -> Member:
    kind = member.get("type")
    return Member(_spelling(kind) if kind else "", {name["name"]: _spelling(name["type"]) for name in member.get("args") or ()})


def _spelling(kind: Mapping[str, Any]) -> str:
    match kind["kind"]:
        case "NON_NULL":
            return f"{_spelling(kind['ofType'])}!"
        case "LIST":
            return f"[{_spelling(kind['ofType'])}]"
        case _:
            return str(kind["name"])


def _digest(schema: Schema) -> str:
    reduced = {kind: {name: sorted(member.arguments) for name, member in members.items()} for kind, members in schema.items()}
    return hashlib.sha256(json.dumps(reduced, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _lacking_searches(schema: Schema) -> Iterator[str]:
    for kind, members in queries.SEARCHES.items():
        yield from (f"{kind}.{name}" for name in members if name not in schema.get(kind, {}))


def _lacking(schema: Schema, document: queries.Document) -> Iterator[str]:
    """Each `Type.member` (or `Enum.VALUE`) that the document asks for and the schema does not have."""
    for operation in _operations(document.text):
        yield from _lacking_selections(schema, "Query", operation.selection_set)


@cache
def _operations(text: str) -> "tuple[OperationDefinitionNode, ...]":
    from graphql import OperationDefinitionNode, parse

    return tuple(node for node in parse(text).definitions if isinstance(node, OperationDefinitionNode))


def _lacking_selections(schema: Schema, kind: str, selections: "SelectionSetNode") -> Iterator[str]:
    from graphql import FieldNode, InlineFragmentNode

    for selection in selections.selections:
        if isinstance(selection, InlineFragmentNode):
            condition = selection.type_condition
            yield from _lacking_selections(schema, condition.name.value if condition else kind, selection.selection_set)
        elif isinstance(selection, FieldNode) and not selection.name.value.startswith("__"):
            yield from _lacking_field(schema, kind, selection)


def _lacking_field(schema: Schema, kind: str, field: "FieldNode") -> Iterator[str]:
    from graphql import EnumValueNode, ListValueNode

    name = f"{kind}.{field.name.value}"
    member = schema.get(kind, {}).get(field.name.value)
    if member is None:
        yield name
        return
    for argument in field.arguments or ():
        if argument.name.value not in member.arguments:
            yield f"{name}.{argument.name.value}"
            continue
        values = argument.value.values if isinstance(argument.value, ListValueNode) else (argument.value,)
        enum = _bare(member.arguments[argument.name.value])
        yield from (f"{enum}.{v.value}" for v in values if isinstance(v, EnumValueNode) and v.value not in schema.get(enum, {}))
    if field.selection_set:
        yield from _lacking_selections(schema, _bare(member.type), field.selection_set)


def _gaps(schema: Schema, root: str) -> tuple[str, ...]:
    """What lacks, or has another type, of all that a feature's root field leads to."""
    expected = _extension()
    gaps: list[str] = []
    seen: set[str] = set()
    waiting = [root]
    while waiting:
        name = waiting.pop()
        kind, _, field = name.partition(".")
        wanted, found = expected[kind][field], schema.get(kind, {}).get(field)
        seen.add(name)
        if found is None or found.type != wanted.type:
            gaps.append(name)
        else:
            gaps += [f"{name}.{arg}" for arg, spelled in wanted.arguments.items() if found.arguments.get(arg) != spelled]
        for reached in map(_bare, (wanted.type, *wanted.arguments.values())):
            waiting += [below for member in expected.get(reached, ()) if (below := f"{reached}.{member}") not in seen]
    return tuple(sorted(set(gaps)))


def _bare(spelled: str) -> str:
    return spelled.strip("[]!")


@cache
def _extension() -> Schema:
    """The extension's types as data, from the file beside this module."""
    from graphql import parse, print_ast

    def member(node: "FieldDefinitionNode | InputValueDefinitionNode") -> Member:
        return Member(print_ast(node.type), {arg.name.value: print_ast(arg.type) for arg in getattr(node, "arguments", None) or ()})

    text = files(__package__).joinpath("extension.graphql").read_text(encoding="utf-8")
    kinds: Collection[Any] = parse(text).definitions
    return {kind.name.value: {node.name.value: member(node) for node in kind.fields} for kind in kinds}
