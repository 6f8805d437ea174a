"""What all triggers share: ask again and again, beside the triggerer's loop, until nothing of ours is under way."""

import asyncio
import logging
from abc import abstractmethod
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from typing import Any

from airflow.sdk import BaseHook
from airflow.triggers.base import BaseTrigger, TriggerEvent

from colophon import environment
from colophon_airflow.beside import beside
from colophon_airflow.settings import LEDGER_CONN_ID, ledger_url_of
from colophon_airflow.systems.hook import SystemHook

log = logging.getLogger(__name__)


class SettledTrigger(BaseTrigger):
    """Fires `{"settled": true}` when nothing of ours is under way any more, `false` at `until`.

    It asks with the system's own client, in a thread of the connection's own: what answers, limits and secrets go through is the same for a poll as for
    a delivery. It carries no secret: the connection is read where the trigger runs. A poll that fails is a poll to be repeated;
    the task that follows meets the error properly.
    """

    def __init__(self, *, conn_id: str, until: str, **asked: Any) -> None:
        """:param until: aware moment in ISO 8601. :param asked: what the subclass was given, for `serialize`."""
        super().__init__()  # type: ignore[no-untyped-call]  # Airflow ships no types here
        self.conn_id = conn_id
        self.until = until
        self.asked = asked

    @abstractmethod
    def hook(self) -> SystemHook:
        """The hook of the connection."""

    @abstractmethod
    def waits(self) -> Iterator[float]:
        """Seconds before each look, the first one included; without end."""

    @abstractmethod
    def is_settled(self, client: Any) -> bool:
        """Look once. Raises what the client raises."""

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Class path and arguments, for the triggerer to build it anew."""
        return f"{type(self).__module__}.{type(self).__qualname__}", {"conn_id": self.conn_id, "until": self.until, **self.asked}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Poll until settled or late."""
        until, settled = datetime.fromisoformat(self.until), False
        with await self.client() as client:
            for wait_s in self.waits():
                if (now_s := min(wait_s, (until - environment.now()).total_seconds())) > 0:
                    await asyncio.sleep(now_s)
                # The client waits where it must, so it works beside the triggerer's loop and not in it.
                settled = await beside(self.conn_id, self._look, client)
                if settled or environment.now() >= until:
                    break
        yield TriggerEvent({"settled": settled})

    async def client(self) -> Any:
        """The client of the connection; close it, or use it as a context manager."""
        hook = self.hook()
        hook.use(await BaseHook.aget_connection(self.conn_id), await _ledger_url())
        return hook.polling_client

    def _look(self, client: Any) -> bool:
        from colophon.errors import ColophonError, FixConfigurationError
        from colophon.http.retry import asking_once

        try:
            with asking_once():
                return self.is_settled(client)
        except FixConfigurationError as problem:
            # It will not pass by waiting; the task that follows says what to mend.
            log.warning("Polling has no use: %s", problem.code)
            return True
        except ColophonError as problem:
            log.warning("A poll failed: %s", problem.code)
            return False


async def _ledger_url() -> str:
    """Where the account's pace is shared; empty where that cannot be told here."""
    try:
        return ledger_url_of(await BaseHook.aget_connection(LEDGER_CONN_ID))
    except Exception as problem:  # noqa: BLE001 - the look is what counts, not at what pace
        log.warning("The ledger's connection cannot be read: %s", type(problem).__name__)
        return ""


def growing(first_s: float, factor: float, longest_s: float, *, at_once: bool) -> Iterator[float]:
    """Waits that grow by a factor up to a longest one; `at_once`: the first look does not wait."""
    if at_once:
        yield 0.0
    wait_s = first_s
    while True:
        yield wait_s
        wait_s = min(wait_s * factor, longest_s)
