"""Waits until nothing of ours changes any more at ByteNite."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseHook
from airflow.triggers.base import BaseTrigger, TriggerEvent

if TYPE_CHECKING:
    from colophon.systems.bytenite.client import ByteNiteClient

log = logging.getLogger(__name__)

FIRST_WAIT_S, GROWTH, LONGEST_WAIT_S = 10.0, 1.5, 60.0


class ByteniteSettledTrigger(BaseTrigger):
    """Fires `{"settled": true}` when all of `remote_ids` have come to rest, `false` at `until`.

    Asks at once, then after 10 s, growing by half up to 60 s (contract section 4). It carries no secret: the connection is read
    where the trigger runs. A poll that fails is a poll to be repeated; the task that follows meets the error properly. When
    somebody stops the task, its jobs are aborted.
    """

    def __init__(self, *, conn_id: str, kind: str, remote_ids: Sequence[str], until: str) -> None:
        """:param kind: `jobs` or `library`. :param until: aware moment in ISO 8601."""
        super().__init__()  # type: ignore[no-untyped-call]  # Airflow ships no types here
        self.conn_id = conn_id
        self.kind = kind
        self.remote_ids = list(remote_ids)
        self.until = until

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Class path and arguments, for the triggerer to build it anew."""
        arguments = {"conn_id": self.conn_id, "kind": self.kind, "remote_ids": self.remote_ids, "until": self.until}
        return f"{type(self).__module__}.{type(self).__qualname__}", arguments

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Poll until settled or late."""
        until, wait_s, going = datetime.fromisoformat(self.until), FIRST_WAIT_S, set(self.remote_ids)
        with await self._client() as client:
            while True:
                # The client waits where it must, so it works beside the triggerer's loop and not in it.
                going = await asyncio.to_thread(self._still_going, client, going)
                if not going or datetime.now(UTC) >= until:
                    yield TriggerEvent({"settled": not going})
                    return
                await asyncio.sleep(wait_s)
                wait_s = min(wait_s * GROWTH, LONGEST_WAIT_S)

    async def on_kill(self) -> None:
        """Somebody stopped the task: stop its jobs, too. What the library shows is not ours to undo here."""
        if self.kind == "jobs":
            with await self._client() as client:
                for job_id in self.remote_ids:
                    await asyncio.to_thread(client.jobs.cancel, job_id)

    async def _client(self) -> "ByteNiteClient":
        from airflow.sdk.log import mask_secret

        from colophon.systems.bytenite.client import ByteNiteClient
        from colophon.systems.bytenite.settings import ByteNiteSettings

        found = await BaseHook.aget_connection(self.conn_id)
        if found.password:
            mask_secret(found.password)
        extra = {**found.extra_dejson, "start_jitter_seconds": 0}
        return ByteNiteClient(ByteNiteSettings.from_connection(found.host or "", found.password or "", extra))

    def _still_going(self, client: "ByteNiteClient", remote_ids: set[str]) -> set[str]:
        from colophon.errors import ColophonError, FixConfigurationError
        from colophon.systems.bytenite.settle import still_going

        try:
            return still_going(client, self.kind, remote_ids, at=datetime.now(UTC))
        except FixConfigurationError as problem:
            # It will not pass by waiting; the task that follows says what to mend.
            log.warning("Polling has no use: %s", problem.code)
            return set()
        except ColophonError as problem:
            log.warning("A poll failed: %s", problem.code)
            return remote_ids
