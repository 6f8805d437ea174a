"""The closing check of deliver and await steps, as their tasks end: green only where nothing is left, or an exception names it."""

import ast
import inspect
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from dag_walk import DAGS, dag_named
from ledger_database import make_ledger
from moving_clock import Clock

from colophon.config.load import load_config
from colophon.domain.delivery import Delivery, Intent, Verdict
from colophon.errors import EffectUnknownError, HeldElsewhereError, PutOffError, RateLimitedError, TooManyRefusedError
from colophon.ledger import Ledger
from colophon.unsettled import FEW, MOST_ALONE, is_too_large
from colophon_airflow.operators import base
from colophon_airflow.operators.base import AwaitOperator, DestinationOperator, OutcomeSummary
from colophon_airflow.retry import ErrorTreeRetryPolicy

DAY = datetime(2026, 5, 1, tzinfo=UTC)
USE_CASE, KOBO, LEASE_S = "xconnector__metadata_syndication", "kobo", load_config().limits.lease_seconds
Answer = Callable[[Delivery], Verdict]


class Port:
    """Answers as it is told; or is interrupted."""

    batch, settle_s = 100, 0.0

    def __init__(self, answer: Answer | BaseException | Callable[[], None], delivery_class: str = "A") -> None:
        self.answer, self.delivery_class, self.sent = answer, delivery_class, list[str]()

    def send(self, deliveries: Sequence[Delivery]) -> list[Verdict]:
        if isinstance(self.answer, BaseException):
            raise self.answer
        self.sent += [d.subject for d in deliveries]
        return [self.answer(d) for d in deliveries]

    def read_back(self, delivery: Delivery) -> Verdict | None:
        return None


def taken(delivery: Delivery) -> Verdict:
    """All is well."""
    return Verdict(delivery.id, "sent")


def refused(delivery: Delivery) -> Verdict:
    """As a system refuses what it finds faulty."""
    return Verdict(delivery.id, "refused", code="refused.invalid")


def left_out(delivery: Delivery) -> Verdict:
    """As a system leaves out whom it does not know."""
    return Verdict(delivery.id, "skipped", code="left_out")


@pytest.fixture
def clock() -> Clock:
    """The ledger's."""
    return Clock(DAY)


@pytest.fixture
def ledger(tmp_path: Path, clock: Clock) -> Iterator[Ledger]:
    """An empty ledger."""
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    make_ledger(url)
    with Ledger.open(url, clock=clock) as opened:
        yield opened


def plan(ledger: Ledger, count: int, kind: str = "A", content: bytes = b"{}") -> None:
    """So many titles wait."""
    ledger.plan([Intent(USE_CASE, KOBO, f"isbn:{n}", kind, content, "application/json", DAY) for n in range(count)])


def step(try_number: int = 1) -> tuple[DestinationOperator, dict[str, Any]]:
    """A deliver step, and the context of one of its tries."""
    ti = SimpleNamespace(dag_id=USE_CASE, run_id="r-1", task_id="deliver", map_index=0, try_number=try_number, max_tries=3)
    return DestinationOperator(task_id="deliver", use_case=USE_CASE, destination=KOBO), {"ti": ti}


def deliver(ledger: Ledger, port: Port, try_number: int = 1) -> dict[str, int]:
    """Run a try of it."""
    operator, context = step(try_number)
    return operator.deliver(context, ledger, port)


def named(ledger: Ledger) -> list[tuple[str, str, str]]:
    """Rule, subject and what was found of every open exception."""
    return sorted((row.rule, row.subject, row.found) for row in ledger.exceptions.open())


class TestInHand:
    """A try was interrupted; another one follows before its lease ends."""

    @pytest.mark.parametrize("kind", ["A", "B", "C"])
    def test_what_a_stopped_worker_had_claimed_goes_with_the_next_try(self, ledger: Ledger, clock: Clock, kind: str) -> None:
        """It did not have to wait for the lease."""
        plan(ledger, 3, kind)
        with pytest.raises(SystemExit):
            deliver(ledger, Port(SystemExit("SIGTERM"), kind))
        clock.now += timedelta(minutes=5)
        assert deliver(ledger, Port(taken, kind), 2) == {"sent": 3}

    def test_a_message_that_a_stopped_worker_may_have_sent_is_not_repeated(self, ledger: Ledger) -> None:
        """Class D: a person looks, and is told to; once that is settled nothing is open."""
        plan(ledger, 1, "D")
        with pytest.raises(SystemExit):
            deliver(ledger, Port(SystemExit("SIGTERM"), "D"))
        port = Port(taken, "D")
        assert deliver(ledger, port, 2) == {}
        assert (port.sent, [rule for rule, *_ in named(ledger)]) == ([], ["DELIVERY-UNKNOWN"])
        ledger.resolve_by_operator(ledger.all_of(USE_CASE, KOBO)[0].delivery_id, "confirmed", by="me", why="seen")
        assert (deliver(ledger, port, 3), named(ledger)) == ({}, [])

    def test_what_a_killed_worker_holds_is_tried_again_when_its_lease_ends(self, ledger: Ledger, clock: Clock) -> None:
        """Killed without a word; the next try says who holds it and until when, and comes back then."""
        plan(ledger, 3)
        ledger.claim(USE_CASE, KOBO, owner="dead/r-1/deliver[0] try 1", lease_s=LEASE_S, limit=10)
        clock.now += timedelta(seconds=600)
        port = Port(taken)
        with pytest.raises(HeldElsewhereError, match=r"3 deliveries to kobo are in the hands of dead/r-1/deliver\[0\] try 1") as held:
            deliver(ledger, port, 2)
        assert (port.sent, held.value.not_before) == ([], DAY + timedelta(seconds=LEASE_S))
        decision = ErrorTreeRetryPolicy().evaluate(held.value, 2, 4)
        assert decision.action.value == "retry"
        clock.now = held.value.not_before + timedelta(seconds=1)
        assert deliver(ledger, port, 3) == {"sent": 3}

    def test_a_holder_that_lives_and_renews_is_named_every_time(self, ledger: Ledger, clock: Clock) -> None:
        """Each try ends at once and says so; the last one is red by the task's own number of tries."""
        plan(ledger, 1)
        (row,) = ledger.claim(USE_CASE, KOBO, owner="somebody", lease_s=LEASE_S, limit=10)
        for try_number in (1, 2, 3):
            clock.now += timedelta(seconds=LEASE_S - 1)
            ledger.renew([row.id], owner="somebody", lease_s=LEASE_S)
            with pytest.raises(HeldElsewhereError, match="somebody"):
                deliver(ledger, Port(taken), try_number)

    def test_what_a_system_put_off_is_not_forgotten(self, ledger: Ledger, clock: Clock) -> None:
        """Asked to come in two hours; a run in between is not green."""
        plan(ledger, 2)
        later = DAY + timedelta(hours=2)
        with pytest.raises(RateLimitedError):
            deliver(ledger, Port(RateLimitedError("wait", not_before=later)))
        with pytest.raises(PutOffError) as put_off:
            deliver(ledger, Port(taken), 2)
        assert put_off.value.not_before == later
        clock.now = later
        assert deliver(ledger, Port(taken), 3) == {"sent": 2}

    def test_a_worker_that_is_told_to_stop_interrupts_the_engine(self, ledger: Ledger) -> None:
        """Airflow's handler of SIGTERM calls `on_kill`, and nothing else; outside the engine that does nothing."""
        operator, context = step()
        plan(ledger, 3)

        def stopped(_delivery: Delivery) -> Verdict:
            signal.raise_signal(signal.SIGTERM)
            raise AssertionError("it went on")

        before = signal.signal(signal.SIGTERM, lambda *_: operator.on_kill())
        try:
            with pytest.raises(SystemExit, match="what was claimed waits for the next try"):
                operator.deliver(context, ledger, Port(stopped))
            operator.on_kill()
        finally:
            signal.signal(signal.SIGTERM, before)
        assert (ledger.counts(USE_CASE)[KOBO], ledger.in_hand(USE_CASE, KOBO)) == ({"planned": 3}, [])


class TestRefused:
    """A system takes some, or nothing."""

    def test_all_refused_is_red_and_one_exception(self, ledger: Ledger) -> None:
        """Eighty of eighty: one cause. Mended and sent again, it is gone."""
        plan(ledger, 80)
        with pytest.raises(TooManyRefusedError, match="kobo refused 80 of 80"):
            deliver(ledger, Port(refused))
        ((rule, subject, found),) = named(ledger)
        assert (rule, subject, found.split(",")[0]) == ("DELIVERY-FAILED", "destination:kobo", "80 deliveries")
        (row,) = ledger.exceptions.open()
        assert f"colophon ledger redrive {USE_CASE} {KOBO}" in row.remedy
        assert ledger.redrive(USE_CASE, KOBO) == 80
        assert (deliver(ledger, Port(taken)), named(ledger)) == ({"sent": 80}, [])

    @pytest.mark.parametrize("answer", [refused, left_out])
    def test_a_single_one_is_an_exception_and_the_run_goes_on(self, ledger: Ledger, answer: Answer) -> None:
        """It stays one night after night, and ends when it went, by hand or because the title changed."""
        plan(ledger, 9)
        first = Port(lambda d: answer(d) if d.subject == "isbn:3" else taken(d))
        deliver(ledger, first)
        assert [subject for _, subject, _ in named(ledger)] == ["isbn:3"]
        assert (deliver(ledger, Port(taken)), len(named(ledger))) == ({}, 1)
        assert ledger.redrive(USE_CASE, KOBO) == 1
        deliver(ledger, Port(answer))
        assert len(named(ledger)) == 1
        ledger.plan([Intent(USE_CASE, KOBO, "isbn:3", "A", b"newer", "application/json", DAY)])
        assert (deliver(ledger, Port(taken)), named(ledger)) == ({"sent": 1}, [])
        assert ledger.redrive(USE_CASE, KOBO) == 0

    def test_what_was_left_out_is_sent_again_from_its_page(self, ledger: Ledger) -> None:
        """By the button, as what failed; an old revision never over a newer one."""
        plan(ledger, 1)
        deliver(ledger, Port(left_out))
        (row,) = ledger.all_of(USE_CASE, KOBO)
        ledger.people.send_again(row.delivery_id, by="me", why="it knows us now")
        assert (deliver(ledger, Port(taken)), named(ledger)) == ({"sent": 1}, [])

    def test_what_a_person_closed_stays_closed(self, ledger: Ledger) -> None:
        """It may stay as it is, somebody said."""
        plan(ledger, 1)
        deliver(ledger, Port(refused))
        (row,) = ledger.exceptions.open()
        ledger.people.close_exceptions([row.id], by="me", why="out of print")
        assert (deliver(ledger, Port(taken)), named(ledger)) == ({}, [])

    @pytest.mark.parametrize(("number", "rows"), [(MOST_ALONE, MOST_ALONE), (MOST_ALONE + 1, 1)])
    def test_many_of_one_cause_are_one_exception(self, ledger: Ledger, number: int, rows: int) -> None:
        """So that the queue is short."""
        plan(ledger, 100)
        deliver(ledger, Port(lambda d: refused(d) if int(d.subject[5:]) < number else taken(d)))
        assert len(named(ledger)) == rows

    @pytest.mark.parametrize(
        ("refusals", "answered", "limit", "too_large"),
        [(5, 10, "0.5", False), (6, 10, "0.5", True), (FEW, FEW, "0.5", False), (FEW + 1, FEW + 1, "0.5", True), (9, 9, "1", False)],
    )
    def test_the_share(self, refusals: int, answered: int, limit: str, too_large: bool) -> None:
        """Exactly the limit is allowed; one or two are single cases; 1 allows any."""
        assert is_too_large(refusals, answered, Decimal(limit)) is too_large

    def test_what_ships_is_a_limit(self) -> None:
        """A house that sets nothing has one."""
        assert load_config().limits.refused_share < 1


class Waits(AwaitOperator):
    """An await step whose look is told."""

    def __init__(self, *, look: Callable[[Ledger], OutcomeSummary], **kwargs: Any) -> None:
        super().__init__(task_id="await", use_case=USE_CASE, destination=KOBO, **kwargs)
        self.look = look

    def trigger(self) -> None:
        """Nothing to wait with."""

    def within(self) -> timedelta:
        """Two hours."""
        return timedelta(hours=2)

    def take_outcomes(self, context: Any, ledger: Ledger) -> OutcomeSummary:
        """As told."""
        return self.look(ledger)


class TestAwait:
    """What becomes of it later."""

    @pytest.fixture
    def waits(self, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, int]]:
        """Runs an await step."""
        monkeypatch.setattr(base, "open_ledger", lambda: nullcontext(ledger))
        return lambda look=lambda _: OutcomeSummary({}): Waits(look=look).collect({})

    def test_what_is_under_way_for_too_long_is_an_exception_until_it_ends(self, ledger: Ledger, clock: Clock, waits: Any) -> None:
        """A deliver step that looks in between leaves that to the await step."""
        plan(ledger, 1)
        deliver(ledger, Port(lambda d: Verdict(d.id, "accepted", "m-1")))
        clock.now += timedelta(hours=2)
        assert (waits(), named(ledger)) == ({"accepted": 1}, [])
        clock.now += timedelta(seconds=1)
        late = [("DELIVERY-LATE", "isbn:0", "since 2026-05-01 00:00 accepted")]
        assert (waits(), named(ledger)) == ({"accepted": 1}, late)
        assert (deliver(ledger, Port(taken)), named(ledger)) == ({}, late)

    def test_a_look_that_fails_names_what_is_unsettled_all_the_same(self, ledger: Ledger, waits: Any) -> None:
        """And is red."""
        plan(ledger, 1, "D")
        (row,) = ledger.claim(USE_CASE, KOBO, owner="me", lease_s=LEASE_S, limit=1)
        ledger.finish([Verdict(row.id, "unknown", code="unknown.effect")], owner="me")

        def failing(_ledger: Ledger) -> OutcomeSummary:
            raise EffectUnknownError("jobs were gone")

        with pytest.raises(EffectUnknownError, match="jobs were gone"):
            waits(failing)
        assert [rule for rule, *_ in named(ledger)] == ["DELIVERY-UNKNOWN"]


class TestByConstruction:
    """No DAG has a way round."""

    def tasks(self) -> Iterator[Any]:
        """Every task of every DAG whose name says that it sends or waits."""
        for file in sorted(DAGS.glob("*/*.py")):
            for task in dag_named(f"{file.parent.name}__{file.stem}").tasks:
                if task.task_id.rpartition(".")[2] in {"deliver", "await"}:
                    yield task

    def test_every_deliver_and_await_task_ends_with_the_check(self) -> None:
        """A deliver step by `DestinationOperator.deliver`, an await step by `AwaitOperator.collect`; nobody overrides either."""
        kinds = [(task.task_id, getattr(task, "operator_class", type(task))) for task in self.tasks()]
        assert len(kinds) > 10
        for name, kind in kinds:
            assert issubclass(kind, DestinationOperator), (name, kind)
            assert kind.deliver is DestinationOperator.deliver
            assert kind.name_unsettled is DestinationOperator.name_unsettled
            if name.endswith("await"):
                assert issubclass(kind, AwaitOperator), kind
                assert (kind.execute, kind.collect) == (AwaitOperator.execute, AwaitOperator.collect)
            else:
                assert "self.deliver(" in inspect.getsource(kind.execute), kind

    def test_nothing_else_calls_the_engine(self) -> None:
        """`colophon.deliver.deliver` is imported in one place of the Airflow side."""
        root = Path(base.__file__).parents[1]
        callers = [
            file.relative_to(root).as_posix()
            for file in root.rglob("*.py")
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
            if isinstance(node, ast.ImportFrom) and node.module == "colophon.deliver" and "deliver" in {name.name for name in node.names}
        ]
        assert callers == ["operators/base.py"]
