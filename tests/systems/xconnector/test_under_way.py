"""Messages under way: found however many they are and however often somebody looked, until they are settled."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from ledger_database import empty_database
from moving_clock import Clock

from colophon.deliver import deliver
from colophon.ledger import Intent, Ledger, upgrade
from colophon.systems.xconnector.client import XConnectorClient
from colophon.systems.xconnector.collect import CLOCKS_DIFFER, ONE_BY_ONE, is_settled, take_statuses
from colophon.systems.xconnector.port import EventPort

START = datetime(2026, 5, 1, 6, 0, tzinfo=UTC)
USE_CASE, ERP = "uc", "erp-main"
MANY = ONE_BY_ONE + 1


@pytest.fixture
def clock() -> Clock:
    """The ledger's; the sandbox's is moved with it."""
    return Clock(START)


@pytest.fixture
def ledger(tmp_path: Path, clock: Clock) -> Iterator[Ledger]:
    """An empty ledger."""
    url = empty_database(tmp_path)
    upgrade(url)
    with Ledger.open(url, clock=clock) as opened:
        yield opened


@pytest.fixture
def send(ledger: Ledger, client: XConnectorClient, make) -> Callable[[int], None]:
    """Sends so many events to `erp-main`."""

    def go(number: int) -> None:
        titles = [make.delivery(n) for n in range(number)]
        labels = {"event_type": "title.withdrawn"}
        ledger.plan([Intent(USE_CASE, ERP, t.subject, "A", t.content, t.media_type, START, labels=labels) for t in titles])
        port = EventPort(client)
        done = deliver(ledger, port, use_case=USE_CASE, destination=ERP, owner="me", lease_s=900, sleep=lambda _: None)
        assert dict(done.counts) == {"accepted": number}

    return go


@pytest.fixture
def look(ledger: Ledger, client: XConnectorClient, sandbox, clock: Clock) -> Callable[[float], dict[str, int]]:
    """Lets minutes pass and looks; gives the ledger's counts by state."""

    def go(minutes: float) -> dict[str, int]:
        clock.now += timedelta(minutes=minutes)
        sandbox.advance(minutes * 60)
        take_statuses(ledger, client, use_case=USE_CASE, destination=ERP)
        return {state: count for state, count in ledger.counts(USE_CASE)[ERP].items() if count}

    return go


def settled(ledger: Ledger, client: XConnectorClient) -> bool:
    """What the trigger says."""
    waiting = ledger.under_way(USE_CASE, ERP)
    return is_settled(client, ERP, min(at for _, at in waiting.values()) - CLOCKS_DIFFER)


@pytest.mark.parametrize("number", [ONE_BY_ONE, MANY])
def test_all_are_settled_after_several_looks(number, ledger, client, routed, send, look) -> None:
    """A slow target has them for ten minutes; a look before changes nothing about a look after."""
    routed(ERP, "slow")
    send(number)
    assert look(8) == {"sent": number}
    assert not settled(ledger, client)
    assert look(20) == {"confirmed": number}


def test_what_the_middleware_gives_up_is_failed(ledger, client, routed, sandbox, send, look) -> None:
    """More than are asked for one by one: retried first, then dead-lettered, and never settled before."""
    routed(ERP, "erp")
    sandbox.settings(targets_down=["erp"], retry_base_seconds=600)
    send(MANY)
    assert look(8) == {"processing": MANY}
    assert look(20) == {"processing": MANY}
    assert not settled(ledger, client)
    assert look(2000) == {"failed": MANY}
    assert {row.code for row in ledger.all_of(USE_CASE, ERP)} == {"unavailable"}
