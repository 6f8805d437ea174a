"""What pages of a reading said, so that a page that says the same, byte for byte, need not be read again.

A page is known by the digest of what was asked and of the answer's bytes. It is asked for each time; what it said is remembered
only to spare the work of understanding it. Whatever of it changes, it is another page.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple

from colophon.program import digest_of
from colophon.rights.facts import FactLine, line_of
from colophon.systems.consonance.client import ConsonanceClient
from colophon.systems.consonance.graphql.listing import Page
from colophon.systems.consonance.graphql.paging import Ids


class _Kept(NamedTuple):
    ids: Ids
    lines: list[FactLine]


class KeptPages:
    """Pages of one kind of records, as lines of facts."""

    def __init__(self, staged: Iterable[str] = ()) -> None:
        """:param staged: lines as `staged` gives them."""
        self._before = dict(_read(iter(staged)))
        self._now: dict[str, _Kept] = {}

    @property
    def known(self) -> dict[str, Ids]:
        """The first and last ids of pages whose records nobody needs, by digest."""
        return {digest: page.ids for digest, page in self._before.items()}

    @property
    def is_news(self) -> bool:
        """Whether pages were read, and others than are known."""
        return bool(self._now) and self._now.keys() != self._before.keys()

    def lines(self, page: Page[Any]) -> list[FactLine]:
        """What a page says. One that is known comes without its records."""
        kept = self._before.get(page.digest) or _Kept(page.ids, [line_of(record) for record in page.records])
        if page.digest:
            self._now[page.digest] = kept
        return kept.lines

    def staged(self) -> Iterator[str]:
        """The pages that were read, as lines of a batch."""
        for digest, page in self._now.items():
            yield " ".join(map(str, (digest, *page.ids, len(page.lines))))
            for work_id, line in page.lines:
                yield f"{'' if work_id is None else work_id} {line}"


def understood_by(client: ConsonanceClient) -> str:
    """By what pages are understood: the program, and what the account cannot tell. What another one understood is not taken."""
    return digest_of("domain", "rights", "http", "systems/consonance") + " ".join(sorted(client.capabilities().missing_fields))


def _read(staged: Iterator[str]) -> Iterator[tuple[str, _Kept]]:
    for head in staged:
        digest, first, last, count = head.split(" ")
        lines = (line.partition(" ") for line in islice(staged, int(count)))
        yield digest, _Kept((int(first), int(last)), [(int(work) if work else None, line) for work, _, line in lines])
