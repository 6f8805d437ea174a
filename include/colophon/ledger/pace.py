"""One pace for each account, over all processes and hosts: when its next call may start stands in the ledger's database.

The moment is one of the watermarks: it only moves forward. Whoever takes slots moves it on from what it read, or reads again.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Lock

from sqlalchemy import Connection, Engine, ScalarSelect, create_engine, event, func, make_url, select, update

from colophon import environment
from colophon.http.pacing import OwnPace
from colophon.ledger.columns import UtcTime
from colophon.ledger.statements import insert_for
from colophon.ledger.tables import watermarks

log = logging.getLogger(__name__)

PATIENCE_S = 5
AGAIN_AFTER_S = 60.0
"""After the ledger could not be reached, a process goes by its own pace for so long."""
LOOKS_AFTER_S = 1.0
"""A pause that another process was asked for is seen after so long at the latest."""
RACES = 1000


class LedgerPace:
    """A `Pace` that all who call one account share. While the ledger cannot be reached, each process keeps its own, and says so once."""

    def __init__(self, account: str, ledger_url: Callable[[], str]) -> None:
        """:param account: what the limit is about. :param ledger_url: asked at the first call."""
        self._account = account
        self._ledger_url = ledger_url
        self._own = OwnPace()
        self._engine: Engine | None = None
        self._opening = Lock()
        self._is_told = False
        self._away_until = self._looked_at = self._paused_until = float("-inf")

    def reserve(self, gap_s: float, slots: int, most_s: float) -> float:
        """See `Pace`."""

        def later(free_at: datetime, now: datetime) -> datetime | None:
            at = max(free_at, now)
            return at + timedelta(seconds=gap_s * slots) if (at - now).total_seconds() <= most_s else None

        return self._shared(partial(self._moved, what="pace", later=later), lambda: self._own.reserve(gap_s, slots, most_s))

    def paused_s(self) -> float:
        """See `Pace`. Looked up once a second."""
        now = environment.monotonic()
        if now - self._looked_at >= LOOKS_AFTER_S:
            left_s = self._shared(partial(self._moved, what="pause", later=lambda *_: None), self._own.paused_s)
            self._looked_at, self._paused_until = now, now + left_s
        return max(self._paused_until - now, 0.0)

    def pause(self, seconds: float) -> None:
        """See `Pace`."""

        def later(free_at: datetime, now: datetime) -> datetime | None:
            ends_at = now + timedelta(seconds=seconds)
            return ends_at if ends_at > free_at else None

        for what in ("pause", "pace"):  # slots that are taken from now on lie after it
            self._shared(partial(self._moved, what=what, later=later), self._own.paused_s)

    def close(self) -> None:
        """See `Pace`."""
        if self._engine is not None:
            self._engine.dispose()

    def _shared(self, work: Callable[[Engine], float], alone: Callable[[], float]) -> float:
        if environment.monotonic() < self._away_until:
            return alone()
        try:
            with self._opening:
                self._engine = self._engine or _opened(self._ledger_url())
            return work(self._engine)
        except Exception as problem:  # noqa: BLE001 - a call must not fail because its pace cannot be shared
            self._away_until = environment.monotonic() + AGAIN_AFTER_S
            if not self._is_told:
                # The driver's message is not told: it may hold the address with its password.
                log.warning("Calls of %s are paced for this process alone: no ledger (%s)", self._account, type(problem).__name__)
            self._is_told = True
            return alone()

    def _moved(self, engine: Engine, what: str, later: Callable[[datetime, datetime], datetime | None]) -> float:
        """Move a moment to what `later` makes of it and of the present, if anything; seconds from now until where it was."""
        name = f"{what}:{self._account}"
        row = watermarks.c.name == name
        with engine.connect() as connection:
            for _ in range(RACES):
                now, seen = self._seen(connection, select(watermarks.c.moment).where(row).scalar_subquery())
                wanted = later(seen or now, now)
                if wanted is None:
                    change = None
                elif seen is None:
                    change = insert_for(connection)(watermarks).values(name=name, moment=wanted).on_conflict_do_nothing()
                else:
                    change = update(watermarks).where(row, watermarks.c.moment == seen).values(moment=wanted)
                if change is None or connection.execute(change).rowcount == 1:
                    return max(((seen or now) - now).total_seconds(), 0.0)
        raise TimeoutError

    @staticmethod
    def _seen(connection: Connection, moment: ScalarSelect[datetime]) -> tuple[datetime, datetime | None]:
        """The present, by the database's clock where it has one for all hosts, and the moment."""
        if connection.dialect.name == "sqlite":
            return environment.now(), connection.scalar(select(moment))
        now, seen = connection.execute(select(func.clock_timestamp(type_=UtcTime), moment)).one()
        return now, seen


def _opened(url: str) -> Engine:
    """Each statement is a transaction of its own. What a crash loses of it does not matter, so that nobody waits for the disk."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(parsed, isolation_level="AUTOCOMMIT", pool_pre_ping=True, connect_args={"connect_timeout": PATIENCE_S})
    if not Path(parsed.database or "").is_file():
        raise FileNotFoundError
    engine = create_engine(parsed, isolation_level="AUTOCOMMIT", connect_args={"timeout": PATIENCE_S})
    event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=NORMAL"))
    return engine
