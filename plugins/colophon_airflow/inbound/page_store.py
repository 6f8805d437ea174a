"""Where the pages for people outside come from: the ledger, and the keys of the messaging system's connection."""

from collections.abc import Callable, Mapping
from typing import Any

from colophon.ledger import Ledger
from colophon.page_links import PAGE, PageKeys
from colophon.systems.opentext_push.directory import OPTED_OUT
from colophon_airflow.inbound.sources import Sources


class PageStore:
    """Looks pages up. The ledger is opened by the first page that is asked for, and again after an error."""

    def __init__(self, open_ledger: Callable[[], Ledger], sources: Sources) -> None:
        self._open, self._sources = open_ledger, sources
        self._ledger: Ledger | None = None

    def look_up(self, page: str) -> Mapping[str, Any] | None:
        """What a page shows, by its id; None where there is none, it was taken back, or its reader has opted out meanwhile."""
        try:
            if self._ledger is None:
                self._ledger = self._open()
            found, opted_out = self._ledger.memory.get(f"{PAGE}{page}"), self._ledger.memory.get(OPTED_OUT)
        except Exception:
            self.close()
            raise
        if found is None or found[0]["reader"] in (opted_out[0] if opted_out else {}):
            return None
        return found[0]

    async def keys(self) -> PageKeys:
        """The keys that are good now."""
        return await self._sources.page_keys()

    def close(self) -> None:
        """Give the database back."""
        ledger, self._ledger = self._ledger, None
        if ledger is not None:
            ledger.close()
