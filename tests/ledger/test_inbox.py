"""The inbox: each event once, whoever brings it, and however many at once."""

import pkgutil
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from importlib import import_module

from moving_clock import Clock

from colophon import use_cases
from colophon.blocks.inbound import Inbound
from colophon.ledger import Ledger
from colophon.ledger.inbox import NOTED, WAITED_FOR, Arrival
from colophon.systems.consonance.reports.audience import EVENTS


def arrivals(*numbers: int, body: bytes = b"{}") -> list[Arrival]:
    """Events by number."""
    return [Arrival("/erp", f"e-{number}", WAITED_FOR[0], body) for number in numbers]


def test_several_with_one_commit(ledger_url):
    """New, twice in one call, known, and with another body: a verdict each, in order."""
    with Ledger.open(ledger_url) as ledger:
        assert ledger.inbox.take_all(arrivals(1, 2, 1)) == ["new", "new", "seen"]
        assert ledger.inbox.take_all([*arrivals(2, 3), *arrivals(3, body=b"[]")]) == ["seen", "new", "conflict"]
        assert ledger.inbox.take_all([]) == []
        assert len(ledger.inbox.pending(WAITED_FOR[:1])) == 3


def test_what_waited_for_a_month_is_parked_and_what_was_dealt_with_is_forgotten(ledger_url):
    """No run took the one: a person sees it, and its id is known no longer. What came since stays as it is."""
    clock = Clock(datetime(2026, 5, 1, tzinfo=UTC))
    with Ledger.open(ledger_url, clock=clock) as ledger:
        ledger.inbox.take_all(arrivals(1, 2))
        ledger.inbox.done("/erp", "e-2")
        clock.now += timedelta(days=40)
        ledger.inbox.take_all(arrivals(3))
        assert ledger.inbox.forget() == {"parked": 1, "done": 1}
        assert [(row.state, row.number) for row in ledger.inbox.stuck(clock.now - timedelta(days=1))] == [("parked", 1)]
        assert ledger.inbox.waiting(WAITED_FOR[:1]) == {("/erp", "e-3")}
        assert ledger.inbox.forget() == {"parked": 0, "done": 0}


def test_what_is_dealt_with_is_of_its_source_alone(ledger_url):
    """Two systems may count their events alike."""
    with Ledger.open(ledger_url) as ledger:
        for source in ("/erp", "/crm"):
            ledger.inbox.take(source, "e-1", WAITED_FOR[0], b"{}")
        ledger.inbox.done("/erp", "e-1")
        assert ledger.inbox.waiting(WAITED_FOR[:1]) == {("/crm", "e-1")}


def test_one_name_that_is_too_long_is_enough(ledger_url):
    """Its source, its id or its type: the event is kept under a shorter one, and nobody reads it."""
    with Ledger.open(ledger_url) as ledger:
        ledger.inbox.take_all([Arrival("/erp", "e" * 2000, WAITED_FOR[0], b"{}")])
        assert [(row.source, row.state) for row in ledger.inbox.stuck(ledger.clock())] == [("/erp", "parked")]


def test_another_body_under_a_known_id_is_an_exception(ledger_url):
    """Once for each id, by its source; what we say ourselves, in other words each time, is none."""
    with Ledger.open(ledger_url) as ledger:
        ledger.inbox.take_all(arrivals(1, 2, 3))
        for body in (b"[]", b"[1]"):
            ledger.inbox.take_all(arrivals(1, 2, body=body))
        ledger.inbox.take_all(arrivals(3, body=b"[]"), is_ours=True)
        found = sorted((e.use_case, e.destination, e.subject) for e in ledger.exceptions.open())
        assert found == [("inbound", "/erp", "event:e-1"), ("inbound", "/erp", "event:e-2")]
        assert {item.body for item in ledger.inbox.pending(WAITED_FOR[:1])} == {b"{}"}


def test_the_same_events_by_several_processes_at_once(ledger_url):
    """Webhook and poll bring the same hundred events at the same moment: each is new once."""

    def bring(_worker: int) -> list[str]:
        with Ledger.open(ledger_url) as ledger:
            return [verdict for start in range(0, 100, 10) for verdict in ledger.inbox.take_all(arrivals(*range(start, start + 10)))]

    with ThreadPoolExecutor(4) as pool:
        verdicts = [verdict for found in pool.map(bring, range(4)) for verdict in found]
    assert (verdicts.count("new"), verdicts.count("seen")) == (100, 300)


def test_types_by_their_ending(ledger_url):
    """The account's prefix is not known to whoever waits; an underscore is no wildcard."""
    with Ledger.open(ledger_url) as ledger:
        for number, kind in enumerate(
            ("colophon.delivery.failure.v1", "acme.delivery.failure.v1", "xdelivery_failure.v1", "exstream.outcome")
        ):
            ledger.inbox.take("/erp", f"e-{number}", kind, b"")
        assert {event_id for _, event_id in ledger.inbox.waiting(["*delivery.failure.v1", "exstream.outcome"])} == {"e-0", "e-1", "e-3"}
        assert ledger.inbox.waiting(["*delivery_failure.v1"]) == set()
        assert ledger.inbox.waiting([]) == set()


def test_what_nothing_takes_is_noted_at_once(ledger_url):
    """Only types that a use case or an await step takes may wait; what nobody can deal with is parked with its reason."""
    with Ledger.open(ledger_url) as ledger:
        taken = [
            ledger.inbox.take("push", "a", "push.status", b""),
            ledger.inbox.take("fourallportal", "b", "fourallportal.changed", b""),
            ledger.inbox.take("bytenite", "c", "bytenite.rule.violated", b""),
            ledger.inbox.take("/crm", "d", "colophon.shelf.changed.v1", b""),
            ledger.inbox.take("/crm", "e", "acme.weather.v1", b"", "there is no such event"),
            ledger.inbox.take("exstream", "f", "exstream.outcome", b""),
        ]
        assert taken == ["new"] * 6
        assert [(item.id, note) for item, note in ledger.inbox.noted("done")] == [(name, NOTED) for name in "abcd"]
        assert [(item.id, note) for item, note in ledger.inbox.noted("parked")] == [("e", "there is no such event")]
        assert ledger.inbox.take("push", "a", "push.status", b"") == "seen"


def test_events_are_read_in_portions_each_once(ledger_url):
    """Also those that came at the same moment, some under one id from two senders, and with none of them dealt with."""
    names = [(source, f"{number}") for source in ("/crm", "/erp") for number in range(3)]
    with Ledger.open(ledger_url, clock=lambda: datetime(2026, 5, 1, tzinfo=UTC)) as ledger:
        for source, event_id in names:
            ledger.inbox.take(source, event_id, "exstream.outcome", b"")
        portion, read = ledger.inbox.pending(["exstream.outcome"], limit=2), []
        while portion:
            read += [(item.source, item.id) for item in portion]
            portion = ledger.inbox.pending(["exstream.outcome"], limit=2, after=portion[-1])
    assert sorted(read) == names


def test_what_is_stuck_is_told_by_type(ledger_url):
    """Parked events, and those that wait since before a moment; none that is noted or has just come."""
    with Ledger.open(ledger_url, clock=lambda: datetime(2026, 5, 1, tzinfo=UTC)) as ledger:
        ledger.inbox.take("/crm", "1", "acme.weather.v1", b"", "there is no such event")
        ledger.inbox.take("push", "2", "push.status", b"")
        for number in range(3):
            ledger.inbox.take("exstream", f"o-{number}", "exstream.outcome", b"")
        found = [(row.type, row.state, row.number) for row in ledger.inbox.stuck(ledger.clock() + timedelta(days=1))]
        assert sorted(found) == [("acme.weather.v1", "parked", 1), ("exstream.outcome", "new", 3)]
        assert [row.type for row in ledger.inbox.stuck(ledger.clock())] == ["acme.weather.v1"]


def test_the_types_that_may_wait_are_those_that_something_takes():
    """No use case waits for a type that is noted at once, and no type waits for nobody."""
    modules = [import_module(found.name) for found in pkgutil.walk_packages(use_cases.__path__, "colophon.use_cases.")]
    cases = [value for module in modules for value in vars(module).values() if isinstance(value, Inbound)]
    by_use_cases = {name for case in cases for name in case.types}
    by_await_steps = {"exstream.outcome", "*onix.acknowledgement.v1"}
    assert set(WAITED_FOR) == by_use_cases | by_await_steps | EVENTS.keys()  # lists of readers take a CRM's
