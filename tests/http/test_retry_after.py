"""`Retry-After` in all its forms (K4)."""

from datetime import UTC, datetime, timedelta

import pytest

from colophon.errors import NotTakenError, RateLimitedError
from colophon.http.operation import DeliveryClass, Operation
from colophon.http.response import retry_after_s

NOW = datetime(2026, 5, 1, 6, 0, tzinfo=UTC)
READ = Operation("thing", "GET", "/things")

FORMS = [
    ("7", 7.0),
    (" 7 ", 7.0),
    ("0", None),
    ("-7", None),
    ("1.5", None),
    ("٧", None),
    ("soon", None),
    ("", None),
    ("99999999999999999999", None),
    ("Fri, 01 May 2026 06:00:30 GMT", 30.0),
    ("Friday, 01-May-26 06:00:30 GMT", 30.0),
    ("Fri May  1 06:00:30 2026", 30.0),
    ("Fri, 01 May 2026 08:00:30 +0200", 30.0),
    ("Fri, 01 May 2026 05:59:30 GMT", None),
    ("Fri, 99 May 2026 06:00:30 GMT", None),
]


@pytest.mark.parametrize(("header", "seconds"), FORMS)
def test_forms(header, seconds):
    """Seconds and the three HTTP dates are understood; the rest counts as no header."""
    assert retry_after_s(header, NOW) == seconds


def test_missing_header():
    """None is no header."""
    assert retry_after_s(None, NOW) is None


@pytest.mark.parametrize(("header", "seconds"), FORMS)
def test_429_waits_as_asked(client, server, play, waits, header, seconds):
    """The wait is what was asked and up to 10 % more, or else the usual one."""
    server.script = [play.says({}, 429, {"Retry-After": header.encode("utf-8").decode("latin-1")}), play.says({"ok": 1})]
    assert client.call(READ).json() == {"ok": 1}
    assert waits.slept == [pytest.approx(seconds * 1.1 if seconds else 1.0)]


def test_longer_than_the_budget_is_for_later(client, server, play, waits):
    """Beyond the budget the task is told a moment instead of sleeping."""
    server.script = [play.says({}, 429, {"Retry-After": "3600"})]
    with pytest.raises(RateLimitedError) as caught:
        client.call(READ)
    assert len(server.seen) == 1
    assert not waits.slept
    assert caught.value.not_before == play.now + timedelta(seconds=3960)


@pytest.mark.parametrize("writes", [None, DeliveryClass.A])
def test_maintenance_with_a_long_wait_is_for_later(client, server, play, writes):
    """Also a 503 that says when."""
    server.script = [play.says({}, 503, {"Retry-After": "3600"})]
    with pytest.raises(RateLimitedError):
        client.call(Operation("thing", "PUT" if writes else "GET", "/things", writes))
    assert len(server.seen) == 1


def test_waits_add_up_to_the_budget(client, server, play, waits):
    """Several waits that fit singly do not together exceed the budget."""
    server.script = [play.says({}, 429, {"Retry-After": "100"})]
    with pytest.raises(RateLimitedError) as caught:
        client.call(READ)
    assert waits.slept == [pytest.approx(110)]
    assert caught.value.not_before == play.now + timedelta(seconds=110)


def test_last_try_tells_when(make_client, server, play):
    """After the last try the task comes back at the moment that was asked for."""
    server.script = [play.says({}, 429, {"Retry-After": "5"})]
    with pytest.raises(RateLimitedError) as caught:
        make_client(read_tries=2).call(READ)
    assert caught.value.not_before == play.now + timedelta(seconds=5)


def test_documented_503_without_end_is_a_server_error(client, server, play):
    """Never taken and never told when: Airflow retries the task."""
    server.script = [play.says({}, 503)]
    with pytest.raises(NotTakenError):
        client.call(Operation("thing", "POST", "/things", DeliveryClass.D, frozenset({503})))
    assert len(server.seen) == 4


@pytest.mark.parametrize(("writes", "may_have_gone"), [("A", True), (None, False)])
def test_asked_to_wait_after_a_lost_answer(client, server, play, writes, may_have_gone):
    """A write that was asked to wait may have been taken by the try before; a read has nothing to take."""
    server.script = [play.resets, play.says({}, 429, {"Retry-After": "9000"})]
    operation = Operation("thing", "GET" if writes is None else "POST", "/things/t-1", writes=writes and DeliveryClass(writes))
    with pytest.raises(RateLimitedError) as caught:
        client.call(operation, json=None if writes is None else {"n": 1})
    assert caught.value.may_have_gone is may_have_gone


def test_asked_to_wait_at_once(client, server, play):
    """Nothing was taken."""
    server.script = [play.says({}, 429, {"Retry-After": "9000"})]
    with pytest.raises(RateLimitedError) as caught:
        client.call(Operation("thing", "POST", "/things", writes=DeliveryClass.A), json={"n": 1})
    assert caught.value.may_have_gone is False
