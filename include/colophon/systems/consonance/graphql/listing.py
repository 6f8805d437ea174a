"""Records of one account by GraphQL, page by page."""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any, Generic, Literal, TypeVar

from colophon.errors import BadShapeError
from colophon.systems.consonance.graphql.capabilities import Capabilities
from colophon.systems.consonance.graphql.paging import Ids, answers, rows_of
from colophon.systems.consonance.graphql.queries import Document
from colophon.systems.consonance.graphql.wire import Row

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Records of one answer: asked for at `as_of` (aware UTC), by GraphQL or from the REST list.

    `digest` names what was asked and what came, byte for byte, and `ids` are the first and the last of its records; both are of
    answers to GraphQL that have further ones behind them. `records` of some are left out (`Listing.leaving_out`).
    """

    records: list[T]
    as_of: datetime
    route: Literal["graphql", "rest"] = "graphql"
    digest: str = ""
    ids: Ids = (0, 0)


class Listing:
    """Asks an account for records, and has each read by a function."""

    def __init__(
        self,
        ask: Callable[[Container[str], Document, Mapping[str, object]], tuple[str, Any]],
        capabilities: Callable[[], Capabilities],
        clock: Callable[[], datetime],
    ) -> None:
        """:param ask: `Account.ask_unless`. :param capabilities: of the account."""
        self._ask = ask
        self._capabilities = capabilities
        self._clock = clock
        self._known: Mapping[str, Ids] = {}

    @contextmanager
    def leaving_out(self, known: Mapping[str, Ids]) -> Iterator[None]:
        """Give some pages without their records, for they were read before: `Page.ids` by `Page.digest`."""
        self._known = known
        try:
            yield
        finally:
            self._known = {}

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
        ask = partial(self._ask, self._known, document)
        pages = answers(lambda after: ask(search if after is None else {**search, "after": after}), self._known, document)
        as_of = self._clock()
        for answer in islice(pages, 1) if key in self._capabilities().missing_fields else pages:
            yield Page([read(row) for row in answer.rows], as_of, digest=answer.digest, ids=answer.ids)
            as_of = self._clock()

    def one(self, document: Document, search: Mapping[str, object], read: Callable[[Row], T]) -> T | None:
        """The record that a search finds, or None. Raises as `Account.ask`."""
        _, found = self._ask((), document, search)
        if found is None:
            return None
        if not isinstance(found, dict):
            raise BadShapeError(f"`{document.root}` is no object", system="consonance", operation=document.name)
        return read(found)

    def rows(self, document: Document, search: Mapping[str, object]) -> Sequence[Row]:
        """The rows of one answer. Raises as `Account.ask`."""
        return rows_of(document, self._ask((), document, search)[1])
