"""Lists read whole although they move: pages until one is empty, each object once, again when the total moved (section 3)."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from colophon.errors import BadConfigError, BadShapeError, NotFoundError, NotReadyError, PagingError
from colophon.http.client import HttpClient, Response
from colophon.systems.fourallportal import operations as op
from colophon.systems.fourallportal.records import PortalObject, portal_object

MOST_PASSES = 5


def pages(http: HttpClient, module: str, fields: Sequence[str], *, size: int, query: Mapping[str, str]) -> Iterator[list[PortalObject]]:
    """All objects of a module, page by page, each once.

    :raises BadConfigError: there is no such module. :raises PagingError: a page comes again.
    :raises NotReadyError: the list changed during each of five passes.
    """
    seen: set[str] = set()
    for _ in range(MOST_PASSES):
        totals, passed = [], set[str]()
        for total, rows in _pass(http, module, fields, size, query):
            totals.append(total)
            passed.update(row.id for row in rows)
            fresh = {row.id: row for row in rows if row.id not in seen}
            seen.update(fresh)
            if fresh:
                yield list(fresh.values())
        if len(set(totals)) == 1 and len(passed) >= totals[0]:
            return
    raise NotReadyError(
        "the list changes faster than it can be read", system="fourallportal", operation=op.LIST_OBJECTS.name, subject=module
    )


def _pass(
    http: HttpClient, module: str, fields: Sequence[str], size: int, query: Mapping[str, str]
) -> Iterator[tuple[int, list[PortalObject]]]:
    offset = 0
    told: list[tuple[int, list[str]]] = []
    while True:
        asked: dict[str, str | int | Sequence[str]] = {
            **query,
            "fields": list(fields),
            "offset": offset,
            "limit": size,
            "totalCount": "true",
        }
        try:
            answer = http.call(op.LIST_OBJECTS, path={"module": module}, query=asked, subject=module, check=partial(_page, fields))
        except NotFoundError as problem:
            raise unknown_module(module) from problem
        total, rows = _page(fields, answer)
        yield total, rows
        page = (total, [row.id for row in rows])
        if not rows:
            return
        if page in told:  # with another total it is drift
            raise PagingError("the same page comes again", system="fourallportal", operation=op.LIST_OBJECTS.name, subject=module)
        told.append(page)
        # An object that a page names twice takes one place in the list.
        offset += len(set(page[1]))


def unknown_module(module: str) -> BadConfigError:
    """The mapping names a module that the portal does not have."""
    return BadConfigError(f"the portal has no module {module}; correct `modules` of mapping.yaml", system="fourallportal", subject=module)


def _page(fields: Sequence[str], answer: Response) -> tuple[int, list[PortalObject]]:
    body = answer.json()
    rows = body.get("result") if isinstance(body, dict) else None
    total = body.get("total_count") if isinstance(body, dict) else None
    if not isinstance(rows, list) or not isinstance(total, int):
        raise BadShapeError("a page without result or total_count", system="fourallportal")
    return total, [portal_object(row, fields) for row in rows]
