"""Keyset paging: ask for what comes after the highest id so far, until the answer is empty (contract section 5)."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from colophon.errors import BadShapeError, PagingError

Row = dict[str, Any]


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
