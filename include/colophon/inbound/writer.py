"""Into the ledger, many events with one commit, before anybody hears that we have them."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence

from colophon.errors import RateLimitedError
from colophon.ledger import Ledger
from colophon.ledger.inbox import Arrival, Taken

TOGETHER, MOST_WAITING = 200, 5000


class InboxWriter:
    """Keeps events while others arrive: what came during one commit goes with the next. One object per event loop.

    The ledger is opened by the first event, in the process that serves it, and again after an error.
    """

    def __init__(self, open_ledger: Callable[[], Ledger]) -> None:
        self._open = open_ledger
        self._ledger: Ledger | None = None
        self._waiting: deque[tuple[Arrival, asyncio.Future[Taken]]] = deque()
        self._worker: asyncio.Task[None] | None = None

    async def keep(self, arrival: Arrival) -> Taken:
        """Keep one event; returns when it is on the disk. Raises what the ledger raises: then nobody knows, and it may come again.

        :raises RateLimitedError: too many wait.
        """
        if len(self._waiting) >= MOST_WAITING:
            raise RateLimitedError("too many events wait for the ledger", system="ledger")
        future: asyncio.Future[Taken] = asyncio.get_running_loop().create_future()
        self._waiting.append((arrival, future))
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._work())
        return await future

    def close(self) -> None:
        """Give the database back."""
        if self._ledger is not None:
            self._ledger.close()
            self._ledger = None

    async def _work(self) -> None:
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(TOGETHER, len(self._waiting)))]
            try:
                verdicts: Sequence[Taken | Exception] = await asyncio.to_thread(self._take, [arrival for arrival, _ in batch])
            except Exception as problem:  # noqa: BLE001 - whatever it is, each caller hears of it
                verdicts = [problem] * len(batch)
            for (_, future), verdict in zip(batch, verdicts, strict=True):
                if future.done():  # its caller has gone away
                    continue
                if isinstance(verdict, Exception):
                    future.set_exception(verdict)
                else:
                    future.set_result(verdict)

    def _take(self, arrivals: Sequence[Arrival]) -> list[Taken]:
        try:
            self._ledger = self._ledger or self._open()
            verdicts = self._ledger.inbox.take_all(arrivals)
        except Exception:
            self.close()
            raise
        return verdicts
