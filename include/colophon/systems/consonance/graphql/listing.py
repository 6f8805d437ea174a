"""Records of one account by GraphQL, page by page."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Generic, Literal, TypeVar

from colophon.errors import BadShapeError
from colophon.systems.consonance.graphql.capabilities import Capabilities
from colophon.systems.consonance.graphql.paging import keyset_pages
from colophon.systems.consonance.graphql.queries import Document
from colophon.systems.consonance.graphql.wire import Row

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Records of one answer: asked for at `as_of` (aware UTC), by GraphQL or from the REST list."""

    records: list[T]
    as_of: datetime
    route: Literal["graphql", "rest"] = "graphql"


class Listing:
    """Asks an account for records, and has each read by a function."""

    def __init__(
        self, ask: Callable[[Document, Mapping[str, object]], Any], capabilities: Callable[[], Capabilities], clock: Callable[[], datetime]
    ) -> None:
        """:param ask: `Account.ask`. :param capabilities: of the account."""
        self._ask = ask
        self._capabilities = capabilities
        self._clock = clock

    def each(self, get: Callable[[int], T | None], ids: Iterable[int]) -> Iterator[Page[T]]:
        """A page for each record that there is."""
        for key in ids:
            as_of = self._clock()
            found = get(key)
            if found is not None:
                yield Page([found], as_of)

    def pages(
        self, document: Document, search: Mapping[str, object], read: Callable[[Row], T], *, key: str | None = None
    ) -> Iterator[Page[T]]:
        """Pages to the end; only the first where the account does not know the member `key` that asks for the next."""
        pages = keyset_pages(lambda after: self.rows(document, search if after is None else {**search, "after": after}))
        as_of = self._clock()
        for rows in islice(pages, 1) if key in self._capabilities().missing_fields else pages:
            yield Page([read(row) for row in rows], as_of)
            as_of = self._clock()

    def one(self, document: Document, search: Mapping[str, object], read: Callable[[Row], T]) -> T | None:
        """The record that a search finds, or None. Raises as `Account.ask`."""
        found = self._ask(document, search)
        if found is None:
            return None
        if not isinstance(found, dict):
            raise BadShapeError(f"`{document.root}` is no object", system="consonance", operation=document.name)
        return read(found)

    def rows(self, document: Document, search: Mapping[str, object]) -> Sequence[Row]:
        """The rows of one answer. Raises as `Account.ask`."""
        found = self._ask(document, search)
        if not isinstance(found, list):
            raise BadShapeError(f"`{document.root}` is no list", system="consonance", operation=document.name)
        return found
