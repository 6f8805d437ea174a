"""Fires when events came in, so that the DAGs that live on them run at once."""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

from airflow.sdk import Asset, AssetWatcher, BaseHook
from airflow.triggers.base import BaseEventTrigger, TriggerEvent

from colophon_airflow.beside import beside
from colophon_airflow.settings import LEDGER_CONN_ID, forget_ledger, kept_ledger, ledger_url_of

log = logging.getLogger(__name__)

EVERY_S = 5.0
AFTER_AN_ERROR_S = 60.0


class InboxTrigger(BaseEventTrigger):
    """Looks into the ledger's inbox every 5 s; fires when an event waits that it has not seen waiting.

    It remembers what it saw, and nothing else: after a restart it fires for all that waits. What is not seen, because the
    triggerer or the ledger was away, the DAGs' schedule finds.
    """

    def __init__(self, *, types: list[str], every_s: float = EVERY_S) -> None:
        """:param types: of events; one that begins with `*` names its ending."""
        super().__init__()  # type: ignore[no-untyped-call]  # Airflow ships no types here
        self.types = types
        self.every_s = every_s

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Class path and arguments, for the triggerer to build it anew."""
        return f"{type(self).__module__}.{type(self).__qualname__}", {"types": self.types, "every_s": self.every_s}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """For ever."""
        seen: set[tuple[str, str]] = set()
        while True:
            wait_s = self.every_s
            try:
                url = ledger_url_of(await BaseHook.aget_connection(LEDGER_CONN_ID))
                waiting = await beside(LEDGER_CONN_ID, _waiting, url, self.types)
            except Exception as problem:  # noqa: BLE001 - a watcher that ends would never be started again
                log.warning("The inbox cannot be watched now: %s", type(problem).__name__)
                wait_s = max(wait_s, AFTER_AN_ERROR_S)
            else:
                if new := len(waiting - seen):
                    yield TriggerEvent({"new": new})
                seen = waiting
            await asyncio.sleep(wait_s)


def inbox_asset(name: str, types: list[str]) -> Asset:
    """An asset that is updated whenever events of these types came in; `name` is the use case's."""
    watcher = AssetWatcher(name=f"{name}_inbox", trigger=InboxTrigger(types=types))
    return Asset(name=f"{name}_inbox", uri=f"x-colophon://inbox/{name}", watchers=[watcher])


def _waiting(url: str, types: list[str]) -> set[tuple[str, str]]:
    ledger = kept_ledger(url)
    try:
        return ledger.inbox.waiting(types)
    except Exception:
        forget_ledger(url)  # the next look opens it anew, and sees whether it is still of our version
        raise
