"""Waits until nothing of ours is under way at xConnector for a recipient."""

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseHook
from airflow.triggers.base import BaseTrigger, TriggerEvent

if TYPE_CHECKING:
    from aiohttp import ClientSession

log = logging.getLogger(__name__)

FIRST_WAIT_S, GROWTH, LONGEST_WAIT_S = 5.0, 1.5, 60.0
UNDER_WAY = ("accepted", "routed", "delivering")


class XConnectorSettledTrigger(BaseTrigger):
    """Fires `{"settled": true}` when no message of ours to `recipient` since `since` is under way, `false` at `until`.

    Asks at once, then after 5 s, growing by half up to 60 s (contract section 7). It carries no secret: the connection is
    read where the trigger runs. A poll that fails is a poll to be repeated; the task that follows meets the error properly.
    """

    def __init__(self, *, conn_id: str, recipient: str, since: str, until: str) -> None:
        """:param since, until: aware moments in ISO 8601."""
        super().__init__()  # type: ignore[no-untyped-call]  # Airflow ships no types here
        self.conn_id = conn_id
        self.recipient = recipient
        self.since = since
        self.until = until

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Class path and arguments, for the triggerer to build it anew."""
        arguments = {"conn_id": self.conn_id, "recipient": self.recipient, "since": self.since, "until": self.until}
        return f"{type(self).__module__}.{type(self).__qualname__}", arguments

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Poll until settled or late."""
        import aiohttp

        connection = await BaseHook.aget_connection(self.conn_id)
        base, extra = (connection.host or "").rstrip("/"), connection.extra_dejson
        headers = {"Authorization": f"Bearer {connection.password}", "Accept": "application/json"}
        until, wait = datetime.fromisoformat(self.until), FIRST_WAIT_S
        limits = aiohttp.ClientTimeout(total=60, connect=10)
        async with aiohttp.ClientSession(headers=headers, timeout=limits, trust_env=bool(extra.get("trust_env"))) as session:
            while True:
                if await self._is_settled(session, f"{base}/v1/messages", extra):
                    yield TriggerEvent({"settled": True})
                    return
                if datetime.now(UTC) >= until:
                    yield TriggerEvent({"settled": False})
                    return
                await asyncio.sleep(wait)
                wait = min(wait * GROWTH, LONGEST_WAIT_S)

    async def _is_settled(self, session: "ClientSession", url: str, extra: dict[str, Any]) -> bool:
        import aiohttp

        for status in UNDER_WAY:
            query = {"recipient": self.recipient, "since": self.since, "status": status, "limit": "1"}
            try:
                async with session.get(url, params=query, allow_redirects=False, ssl=_tls(extra)) as answer:
                    if answer.status != 200 or (await answer.json())["items"]:
                        log.info("Messages to %s are %s (or the middleware answers %d)", self.recipient, status, answer.status)
                        return False
            except (aiohttp.ClientError, TimeoutError, ValueError, KeyError) as problem:
                log.warning("A poll for %s failed: %s", self.recipient, type(problem).__name__)
                return False
        return True


def _tls(extra: dict[str, Any]) -> Any:
    """TLS as the connection says it: verified, with the publisher's own authority, or (on their risk) not verified."""
    import ssl

    verify = extra.get("verify", True)
    if isinstance(verify, str):
        return ssl.create_default_context(cafile=verify)
    return bool(verify)
