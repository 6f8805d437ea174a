"""`colophon inbox`: what nobody could deal with, and letting it wait again; and the watcher that wakes the DAGs."""

import asyncio

import pytest
from ledger_database import make_ledger
from typer.testing import CliRunner

from colophon.errors import NotFoundError
from colophon.ledger import Ledger, database
from colophon.ledger.inbox import Inbox
from colophon_airflow.cli import app
from colophon_airflow.cli.screen import console
from colophon_airflow.inbound.trigger import InboxTrigger
from colophon_airflow.settings import forget_ledger, kept_ledger

TYPES = ["*delivery.failure.v1"]


@pytest.fixture
def url(tmp_path, monkeypatch) -> str:
    """An empty ledger that Airflow knows."""
    found = f"sqlite:///{tmp_path / 'ledger.db'}"
    make_ledger(found)
    monkeypatch.setenv("AIRFLOW_CONN_COLOPHON_LEDGER", found)
    monkeypatch.setattr(console, "_width", 200)
    return found


def inbox(url: str, *words: str) -> str:
    """What the command says."""
    with console.capture() as said:
        result = CliRunner().invoke(app, ["inbox", *words, "--ledger", url])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return said.get()


def test_a_parked_event_waits_again(url):
    """Listed with its reason; once it waits, it is no longer parked."""
    with Ledger.open(url) as ledger:
        ledger.inbox.take("/erp", "e-1", "colophon.delivery.failure.v1", b"{}")
        ledger.inbox.done("/erp", "e-1", note="a notice that cannot be read", parked=True)
    assert "a notice that cannot be read" in inbox(url, "list")
    assert "waits again" in inbox(url, "again", "/erp", "e-1")
    assert "0 events parked" in inbox(url, "list")
    assert "e-1" in inbox(url, "list", "--waiting")
    with pytest.raises(NotFoundError):
        inbox(url, "again", "/erp", "e-1")


def test_the_watcher_fires_once_for_what_comes(url, monkeypatch):
    """For what waits at its start, for what comes then, also at the same name after it was dealt with; never for other types."""

    async def watch() -> list[int]:
        fired, events = [], InboxTrigger(types=TYPES, every_s=0.01).run()
        with Ledger.open(url) as ledger:
            ledger.inbox.take("/erp", "e-1", "colophon.delivery.failure.v1", b"{}")
            fired.append((await anext(events)).payload["new"])
            ledger.inbox.take("/erp", "e-2", "colophon.target.ack.v1", b"{}")
            later = asyncio.ensure_future(anext(events))
            assert not (await asyncio.wait([later], timeout=0.3))[0]
            for number in (3, 4):
                ledger.inbox.take("/erp", f"e-{number}", "acme.delivery.failure.v1", b"{}")
            fired.append((await asyncio.wait_for(later, 60)).payload["new"])
        await events.aclose()
        return fired

    first, second = asyncio.run(watch())
    assert (first, second > 0) == (1, True)


def test_the_watcher_outlives_a_ledger_that_is_away(url, monkeypatch):
    """It goes on asking."""
    monkeypatch.setattr("colophon_airflow.inbound.trigger.AFTER_AN_ERROR_S", 0.01)
    monkeypatch.setenv("AIRFLOW_CONN_COLOPHON_LEDGER", "sqlite:////nowhere/ledger.db")

    async def watch() -> int:
        events = InboxTrigger(types=TYPES, every_s=0.01).run()
        first = asyncio.ensure_future(anext(events))
        assert not (await asyncio.wait([first], timeout=0.3))[0]
        monkeypatch.setenv("AIRFLOW_CONN_COLOPHON_LEDGER", url)
        with Ledger.open(url) as ledger:
            ledger.inbox.take("/erp", "e-1", "colophon.delivery.failure.v1", b"{}")
        return (await asyncio.wait_for(first, 60)).payload["new"]

    assert asyncio.run(watch()) == 1


def test_watchers_share_what_they_open(url, monkeypatch):
    """However many there are and however often they look, the ledger is opened once; a process that is forked opens its own."""
    opened, looks, tune, waiting = [], [], database._tune_sqlite, Inbox.waiting
    monkeypatch.setattr(database, "_tune_sqlite", lambda link, record: (opened.append(link), tune(link, record)))
    monkeypatch.setattr(Inbox, "waiting", lambda inbox, types: (looks.append(types), waiting(inbox, types))[1])

    async def watch() -> None:
        watchers = [asyncio.ensure_future(anext(InboxTrigger(types=TYPES, every_s=0.01).run())) for _ in range(2)]
        await asyncio.wait(watchers, timeout=60, return_when=asyncio.FIRST_COMPLETED)

    async def arrive() -> None:
        while len(looks) < 40:  # noqa: ASYNC110 - the watchers tell nobody that they look
            await asyncio.sleep(0.01)
        with Ledger.open(url) as ledger:
            ledger.inbox.take("/erp", "e-1", "colophon.delivery.failure.v1", b"{}")

    async def both() -> None:
        await asyncio.gather(watch(), arrive())

    asyncio.run(both())
    assert len(looks) >= 40
    assert len(opened) <= 3, "two that look at the same moment, and the one that took the event"
    kept = kept_ledger(url)
    monkeypatch.setattr("os.getpid", lambda: -1)
    assert kept_ledger(url) is not kept
    forget_ledger(url)
    monkeypatch.undo()
    forget_ledger(url)


def test_the_trigger_is_built_anew_from_what_it_says():
    """As the triggerer does."""
    path, arguments = InboxTrigger(types=TYPES).serialize()
    assert path == "colophon_airflow.inbound.trigger.InboxTrigger"
    assert InboxTrigger(**arguments).serialize() == (path, arguments)
