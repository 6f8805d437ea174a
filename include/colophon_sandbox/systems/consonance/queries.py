"""GraphQL queries by themselves: read, worked out once, and what is wrong with one in the vendor's words (contract section 11)."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from graphql import DocumentNode, FieldNode, GraphQLError, GraphQLSchema, OperationDefinitionNode, parse

MOST_KEPT = 500

parsed = lru_cache(maxsize=256)(parse)
_answers: dict[tuple[Any, ...], Any] = {}


def once(key: tuple[Any, ...], work_out: Callable[[], Any]) -> Any:
    """What follows from a schema and a query alone is worked out once for all sandboxes of this process."""
    if key not in _answers:
        if len(_answers) >= MOST_KEPT:
            _answers.clear()
        _answers[key] = work_out()
    return _answers[key]


def is_about_the_schema(document: DocumentNode) -> bool:
    """Whether it asks for nothing else."""
    operations = [part for part in document.definitions if isinstance(part, OperationDefinitionNode)]
    fields = [field for operation in operations for field in operation.selection_set.selections]
    return all(isinstance(field, FieldNode) and field.name.value.startswith("__") for field in fields)


def shown(problem: GraphQLError, schema: GraphQLSchema | None) -> dict[str, Any]:
    """A GraphQL error in the vendor's words (contract section 11)."""
    message, formatted = problem.message, problem.formatted
    answer: dict[str, Any] = {
        "message": message,
        "locations": list(formatted.get("locations") or []),
        "path": list(formatted.get("path") or []),
    }
    words = message.split("'")
    if message.startswith("Cannot query field"):
        field, kind = words[1], words[3]
        answer["message"] = f"Field '{field}' doesn't exist on type '{kind}'"
        answer["extensions"] = {"code": "undefinedField", "typeName": kind, "fieldName": field}
    elif message.startswith("Unknown argument") or "is not defined by type" in message:
        answer["extensions"] = {"code": "argumentNotAccepted", "argumentName": words[1] if len(words) > 1 else ""}
    elif message.startswith("Unknown type"):
        answer["extensions"] = {"code": "undefinedType", "typeName": words[1]}
    elif schema is None:
        answer["extensions"] = {"code": "parseError"}
    return answer


def unused(document: DocumentNode, variables: Any) -> list[GraphQLError]:
    """Variables that the query does not declare are refused: a typo must not be a filter that does nothing."""
    declared = {v.variable.name.value for d in document.definitions for v in getattr(d, "variable_definitions", None) or ()}
    return [GraphQLError(f"Variable '${name}' is not declared by the query") for name in sorted(set(variables or {}) - declared)]
