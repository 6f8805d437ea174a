"""Sources by their Airflow connections, read again after a while, so that a rotated secret works without a restart."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from colophon.errors import ColophonError
from colophon.inbound.source import SOURCES, Source
from colophon.page_links import PageKeys
from colophon_airflow.settings import connection

log = logging.getLogger(__name__)

KEPT_S = 30.0


class _Kept(NamedTuple):
    source: Source | None
    until: float


class Sources:
    """What is known of each source now; also that one has no connection, so that strangers cannot make us ask again and again."""

    def __init__(self, extra_of: Callable[[str], Mapping[str, Any]] | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        """:param extra_of: the extra of a connection; Airflow's where it is not given."""
        self._extra_of = extra_of or (lambda conn_id: connection(conn_id).extra_dejson)
        self._clock = clock
        self._kept: dict[str, _Kept] = {}
        self._page_keys: tuple[PageKeys, float] | None = None
        self._reading = asyncio.Lock()

    async def find(self, name: str) -> Source | None:
        """The source of a name, None where there is none or its connection cannot be used."""
        if name not in SOURCES:
            return None
        if kept := self._fresh(name):
            return kept.source
        async with self._reading:
            kept = self._fresh(name)
            if kept is None:
                kept = await asyncio.to_thread(self._read, name)
            return kept.source

    async def page_keys(self) -> PageKeys:
        """The keys that links to pages are signed with; none where they cannot be used, so that no link is good."""
        if self._page_keys is None or self._clock() >= self._page_keys[1]:
            self._page_keys = (await asyncio.to_thread(self._read_keys), self._clock() + KEPT_S)
        return self._page_keys[0]

    def _read_keys(self) -> PageKeys:
        try:
            return PageKeys(tuple(str(self._extra_of("opentext_push_default").get("page_secret") or "").split()))
        except (ColophonError, ValueError) as problem:
            log.warning("No page is shown: %s", problem)
            return PageKeys(())

    def _fresh(self, name: str) -> _Kept | None:
        kept = self._kept.get(name)
        return kept if kept is not None and self._clock() < kept.until else None

    def _read(self, name: str) -> _Kept:
        source = None
        try:
            source = Source.from_connection(name, self._extra_of(f"{SOURCES[name]}_default"))
        except ColophonError as problem:
            log.warning("No events are taken from %s: %s", name, problem)
        self._kept[name] = _Kept(source, self._clock() + KEPT_S)
        return self._kept[name]
