"""Keyset paging: ask for what comes after the highest id so far, until the answer is empty (contract section 5)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from colophon.errors import BadShapeError, PagingError
from colophon.systems.consonance.graphql.queries import Document

Row = dict[str, Any]
Ids = tuple[int, int]
"""The first and the last id of a page."""


class Answer(NamedTuple):
    """A page as it came: its digest, and its rows; none where the digest is known."""

    digest: str
    ids: Ids
    rows: Sequence[Row]


def answers(ask: Callable[[int | None], tuple[str, Any]], known: Mapping[str, Ids], document: Document) -> Iterator[Answer]:
    """The answers to a query, page by page; `ask(after)` gives a digest, and the root member unless the digest is `known`.

    Raises as `keyset_pages`, also about pages that are known, and as `rows_of`.
    """
    digest = ""

    def rows_after(after: int | None) -> Sequence[Row]:
        nonlocal digest
        digest, found = ask(after)
        return [{"id": number} for number in sorted({*known[digest]})] if digest in known else rows_of(document, found)

    for rows in keyset_pages(rows_after):
        yield Answer(digest, (rows[0]["id"], rows[-1]["id"]), () if digest in known else rows)


def rows_of(document: Document, found: Any) -> Sequence[Row]:
    """The rows that a root member is.

    :raises BadShapeError: it is no list.
    """
    if not isinstance(found, list):
        raise BadShapeError(f"`{document.root}` is no list", system="consonance", operation=document.name)
    return found


def keyset_pages(fetch: Callable[[int | None], Sequence[Row]]) -> Iterator[Sequence[Row]]:
    """Pages of rows in ascending `id`; `fetch(after)` reads what follows an id (None: from the start).

    Ends only at an empty page, whatever number of rows the server puts in one, so that no page cap cuts the reading short.

    :raises PagingError: an id repeats or goes back; rows between could have been missed.
    :raises BadShapeError: a row without an id.
    """
    after: int | None = None
    while page := fetch(after):
        for row in page:
            after = _next_id(row, after)
        yield page


def _next_id(row: Row, after: int | None) -> int:
    found = row.get("id") if isinstance(row, dict) else None
    if not isinstance(found, int) or isinstance(found, bool):
        raise BadShapeError("a record has no whole number as `id`", system="consonance", operation="paging", subject=f"after id {after}")
    if after is not None and found <= after:
        kind = "repeats" if found == after else "goes back"
        raise PagingError(
            f"the list {kind} at id {found} after id {after}", system="consonance", operation="paging", evidence=f"id {found}"
        )
    return found
