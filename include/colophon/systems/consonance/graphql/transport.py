"""One GraphQL query over HTTP: what counts as an answer and what does not (contract section 11)."""

import hashlib
import re
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from colophon.errors import BadShapeError, InvalidError, SchemaDriftError
from colophon.http.client import HttpClient, Response
from colophon.http.operation import DeliveryClass, Operation
from colophon.systems.consonance.graphql.queries import Document
from colophon.systems.consonance.graphql.wire import Row

_DRIFT = {"undefinedField", "argumentNotAccepted", "undefinedType"}
_NAME = re.compile(r"\w{1,80}")


@dataclass(frozen=True, slots=True)
class Reply:
    """A GraphQL answer: `data`, `errors` (empty where all went well) and the HTTP headers.

    `was_begun` is false where the answer has no `data` at all: by GraphQL's rules the request was refused before it ran.
    `digest`: SHA-256 of what was asked and the answer's bytes, in hex.
    """

    data: Mapping[str, Any]
    errors: Sequence[object]
    headers: Mapping[str, str]
    was_begun: bool = True
    digest: str = ""


def ask(
    http: HttpClient, path: str, document: Document, text: str, variables: Mapping[str, object], known: Container[str] = ()
) -> tuple[str, Any]:
    """The digest of a query's answer, and its root member; None where the digest is `known`, for that answer was read before.

    :raises SchemaDriftError: the account does not know a member that we ask for; names it.
    :raises BadShapeError: errors, or no root member.
    """
    reply = exchange(http, path, document, text, variables, known)
    if reply.digest in known:
        return reply.digest, None
    if drifted := _drifted(reply.errors):
        sentence = f"the account's schema no longer has {', '.join(drifted)}"
        raise SchemaDriftError(sentence, system="consonance", operation=document.name, subject=drifted[0])
    if reply.errors:
        evidence = f"{len(reply.errors)} errors, twice"
        raise BadShapeError("the answer came with errors", system="consonance", operation=document.name, evidence=evidence)
    if document.root not in reply.data:
        raise BadShapeError(f"the answer lacks `{document.root}`", system="consonance", operation=document.name)
    return reply.digest, reply.data[document.root]


def tell(
    http: HttpClient, path: str, document: Document, variables: Mapping[str, object], writes: DeliveryClass, check: Callable[[Row], object]
) -> Row:
    """The `data` of a mutation's answer, after `check` (which raises for one that is not ours) has looked at it.

    :raises SchemaDriftError, InvalidError: the account refused the request before it did anything.
    Other errors as those of a write of that class.
    """
    replies: list[Reply] = []

    def read(answer: Response) -> None:
        reply = _reply(answer)
        if reply.errors and reply.was_begun:
            raise BadShapeError(f"the answer came with {len(reply.errors)} errors")
        if not reply.errors:
            check(dict(reply.data))
        replies.append(reply)

    body = {"query": document.text, "variables": dict(variables), "operationName": document.name}
    headers = {"Content-Type": "application/json; charset=utf-8"}
    http.call(Operation(document.root, "POST", path, writes), json=body, headers=headers, check=read)
    reply = replies[-1]
    if drifted := _drifted(reply.errors):
        sentence = f"the account's schema no longer has {', '.join(drifted)}"
        raise SchemaDriftError(sentence, system="consonance", operation=document.root, subject=drifted[0])
    if reply.errors:
        raise InvalidError("the account refuses the request as a whole", system="consonance", operation=document.root)
    return dict(reply.data)


def exchange(
    http: HttpClient, path: str, document: Document, text: str, variables: Mapping[str, object], known: Container[str] = ()
) -> Reply:
    """The answer to a query, with data or errors. Errors are never taken for a full answer, even beside data: one repeat.

    Of an answer whose digest is `known` nothing but that is read.

    :raises BadShapeError: the answer has neither `data` nor `errors`.
    """
    reply = _post(http, path, document, text, variables, known)
    if reply.errors and not _drifted(reply.errors):
        return _post(http, path, document, text, variables, known)
    return reply


def _post(http: HttpClient, path: str, document: Document, text: str, variables: Mapping[str, object], known: Container[str]) -> Reply:
    # A query has no effect: it is a read by POST, and the HTTP layer repeats it like any read. `check` alone reads what came.
    operation = Operation(document.name, "POST", path, accept="*/*")
    body = {"query": text, "variables": dict(variables), "operationName": document.name}
    replies: list[Reply] = []

    def read(answer: Response) -> None:
        digest = hashlib.sha256(text.encode() + answer.content).hexdigest()
        replies.append(Reply({}, [], answer.headers, digest=digest) if digest in known else replace(_reply(answer), digest=digest))

    http.call(operation, json=body, headers={"Accept": "application/json", "Content-Type": "application/json; charset=utf-8"}, check=read)
    return replies[-1]


def _reply(answer: Response) -> Reply:
    found = answer.json()
    data, errors = (found.get("data"), found.get("errors")) if isinstance(found, dict) else (None, None)
    if not isinstance(data, dict | None) or not isinstance(errors, list | None) or (data is None and not errors):
        raise BadShapeError("the answer has no `data`")
    return Reply(data or {}, errors or [], answer.headers, was_begun=isinstance(found, dict) and "data" in found)


def _drifted(errors: Sequence[object]) -> list[str]:
    """Names, such as `Product.subtitle`, of what the schema does not know; from the errors' extensions, never their texts."""
    marks = [mark for error in errors if isinstance(error, dict) and isinstance(mark := error.get("extensions"), dict)]
    return [_name_of(mark) for mark in marks if mark.get("code") in _DRIFT]


def _name_of(mark: Mapping[str, object]) -> str:
    parts = (mark.get(key) for key in ("typeName", "fieldName", "argumentName"))
    return ".".join(part for part in parts if isinstance(part, str) and _NAME.fullmatch(part)) or "an unnamed member"
