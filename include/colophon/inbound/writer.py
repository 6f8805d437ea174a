"""Into the ledger, many events with one commit, before anybody hears that we have them."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence

from colophon.domain.finding import Finding, Severity
from colophon.errors import RateLimitedError
from colophon.ledger import Ledger
from colophon.ledger.inbox import Arrival, Taken

log = logging.getLogger(__name__)

TOGETHER, MOST_WAITING = 200, 5000
USE_CASE, RULE = "inbound", "HOOK"


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
            clashes = [arrival for arrival, verdict in zip(arrivals, verdicts, strict=True) if verdict == "conflict"]
            for clash in clashes:
                self._alert(self._ledger, clash)
        except Exception:
            self.close()
            raise
        return verdicts

    def _alert(self, ledger: Ledger, clash: Arrival) -> None:
        finding = _clash(clash)
        log.warning("Inbound event %s of %s came before with another body", clash.id, clash.source)
        ledger.exceptions.record(USE_CASE, clash.source, [finding.subject], [finding], as_of=ledger.clock())


def _clash(arrival: Arrival) -> Finding:
    return Finding(
        subject=f"event:{arrival.id}",
        rule=RULE,
        severity=Severity.ERROR,
        field="id",
        found="the same id with another body; the first one is kept",
        expected="one body for one id",
        remedy=f"Ask {arrival.source} which of the two is true, and to give each event an id of its own.",
        owner="operations",
    )
