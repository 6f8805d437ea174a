"""Messages under way: found however many they are and however often somebody looked, until they are settled."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from ledger_database import empty_database, make_ledger
from moving_clock import Clock

from colophon.config.load import load_config
from colophon.deliver import deliver
from colophon.domain.delivery import Intent
from colophon.ledger import Ledger
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
    make_ledger(url)
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
        take_statuses(ledger, client, use_case=USE_CASE, destination=ERP, owner_of=load_config().owners.of)
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


def exceptions(ledger: Ledger) -> list[tuple[str, str, str]]:
    """What is open: rule, what was found, who mends it."""
    return [(e.rule, e.found, e.owner) for e in ledger.exceptions.open(use_case=f"{USE_CASE}:delivery", destination=ERP)]


def test_what_is_late_is_an_exception_until_it_ends(ledger, routed, sandbox, send, look) -> None:
    """It says since when, and how far the message came; what the middleware gives up takes its place, until it goes again."""
    routed(ERP, "erp")
    sandbox.settings(targets_down=["erp"], retry_base_seconds=3600)
    send(1)
    assert (look(119), exceptions(ledger)) == ({"processing": 1}, [])
    assert look(2) == {"processing": 1}
    late = ("DELIVERY-LATE", "since 2026-05-01 06:00 erp retrying (unavailable)", "operations")
    assert exceptions(ledger) == [late]
    assert (look(5), exceptions(ledger)) == ({"processing": 1}, [late])
    assert look(2000) == {"failed": 1}
    assert exceptions(ledger) == [("DELIVERY-FAILED", "given up: unavailable", "operations")]
    ledger.redrive(USE_CASE, ERP)
    assert (look(1), exceptions(ledger)) == ({"planned": 1}, [])


def test_a_later_revision_takes_the_place_of_a_failure(ledger, make, routed, sandbox, send, look) -> None:
    """Nobody has to mend what went again as it is now."""
    routed(ERP, "erp")
    sandbox.settings(targets_down=["erp"])
    send(1)
    assert look(10) == {"failed": 1}
    title = make.delivery(0)
    ledger.plan([Intent(USE_CASE, ERP, title.subject, "A", b"{}", title.media_type, START)])
    assert (look(1), exceptions(ledger)) == ({"failed": 1, "planned": 1}, [])


def test_a_message_that_the_middleware_forgot(ledger, routed, sandbox, send, look) -> None:
    """It stays as it is, and somebody is told."""
    routed(ERP, "slow")
    send(1)
    sandbox.control("POST", "/reset", {"system": "xconnector"})
    assert look(121) == {"accepted": 1}
    assert [found for _, found, _ in exceptions(ledger)] == ["since 2026-05-01 06:00 unknown to the middleware"]


def test_a_cancelled_message_is_nobodys_fault(ledger, client, routed, sandbox, send, look) -> None:
    """It was wanted so."""
    routed(ERP, "erp")
    sandbox.settings(targets_down=["erp"])
    send(1)
    (message,) = ledger.under_way(USE_CASE, ERP)
    client.cancel(message, "no longer wanted")
    assert (look(10), exceptions(ledger)) == ({"failed": 1}, [])
