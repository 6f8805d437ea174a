"""Kill the sender at every step, under every fault: nothing is lost, nothing is sent twice, what nobody can know is flagged.

The step is chosen, not left to luck: the n-th call before or after one of the engine's calls. Each sender is a forked process that
ends itself with SIGKILL; a second one recovers after the lease has run out.
"""

import contextlib
import itertools
import os
import signal
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from colophon import deliver as engine
from colophon.deliver import deliver
from colophon.errors import EffectUnknownError, NotOursError, ServerError, TransportError
from colophon.ledger import Delivery, Intent, Ledger, Verdict, upgrade

START = datetime(2026, 5, 1, tzinfo=UTC)
COUNT = 6
STEPS = [(step, when, nth) for step in ("claim", "send", "finish", "effect") for when in ("before", "after") for nth in (1, 2)]
FAULTS = ("none", "reset_before", "reset_after", "500_after", "timeout", "login_page", "duplicate")
CASES = list(itertools.product("ABCD", STEPS, FAULTS))


class System:
    """A counterpart with a memory: one line for each effect, on disk before it answers. A and B know their keys."""

    def __init__(self, file: Path, delivery_class: str, fault: str) -> None:
        self.file, self.delivery_class, self.fault = file, delivery_class, fault

    @property
    def effects(self) -> list[str]:
        """Subjects in the order of their effects."""
        return self.file.read_text(encoding="utf-8").split() if self.file.exists() else []

    def apply(self, key: str) -> None:
        """Have the effect, unless the class is one that knows it has had it."""
        if self.delivery_class in "AB" and key in self.effects:
            return
        with self.file.open("a", encoding="utf-8") as out:
            out.write(key + "\n")
            out.flush()
            os.fsync(out.fileno())

    def call(self, key: str, hook: Callable[[str], None]) -> None:
        """One call with this system's fault on the first try of every second subject."""
        marker = self.file.with_name(f"faulted-{key.replace(':', '_')}")
        faulty = self.fault != "none" and int(key[-1]) % 2 == 0 and not marker.exists()
        if faulty:
            marker.touch()
            if self.fault == "reset_before":
                raise EffectUnknownError("the connection was reset")
        hook("before")
        self.apply(key)
        hook("after")
        if faulty and self.fault == "duplicate":
            self.apply(key) if self.delivery_class in "AB" else None
        if faulty and self.fault in {"reset_after", "timeout"}:
            raise EffectUnknownError("no answer") if self.fault == "reset_after" else ServerError("timed out")
        if faulty and self.fault == "500_after":
            raise ServerError("500")
        if faulty and self.fault == "login_page":
            raise NotOursError("a login page with 200")


class Port:
    """The engine's way to `System`; unknowns of classes A and B are sent again by the client under the same key."""

    settle_s = 1.0
    batch = 3

    def __init__(self, system: System, hook: Callable[[str], None]) -> None:
        self.system, self.delivery_class, self.hook = system, system.delivery_class, hook

    def send(self, deliveries: list[Delivery]) -> list[Verdict]:
        """One call for each; one that fails does not take the others' verdicts with it."""
        return [self._one(delivery) for delivery in deliveries]

    def _one(self, delivery: Delivery) -> Verdict:
        for _ in range(2 if self.delivery_class in "AB" else 1):
            try:
                self.system.call(delivery.subject, self.hook)
            except (EffectUnknownError, ServerError, NotOursError) as problem:
                verdict = Verdict(delivery.id, "unknown", code=problem.code)
            except TransportError as problem:
                return Verdict(delivery.id, "not_sent", code=problem.code)
            else:
                return Verdict(delivery.id, "confirmed", remote_id=delivery.subject)
        return verdict

    def read_back(self, delivery: Delivery) -> Verdict | None:
        """Whether the system has the subject."""
        return Verdict(delivery.id, "confirmed") if delivery.subject in self.system.effects else None


def sender(folder: Path, delivery_class: str, fault: str, kill_at: tuple[str, str, int] | None, now: datetime) -> int:
    """Run a sender in a process of its own; its exit status (negative: killed)."""
    pid = os.fork()
    if pid:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    try:
        _send(folder, delivery_class, fault, kill_at, now)
        os._exit(0)
    except BaseException:  # a child of pytest must not go on as pytest
        os._exit(1)


def _send(folder: Path, delivery_class: str, fault: str, kill_at: tuple[str, str, int] | None, now: datetime) -> None:
    seen: Counter[tuple[str, str]] = Counter()

    def hook(step: str, when: str) -> None:
        seen[step, when] += 1
        if kill_at and (step, when, seen[step, when]) == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def wrap(thing: object, name: str, step: str) -> None:
        inner = getattr(thing, name)

        def wrapped(*args, **kwargs):
            hook(step, "before")
            result = inner(*args, **kwargs)
            hook(step, "after")
            return result

        setattr(thing, name, wrapped)

    ledger = Ledger.open(f"sqlite:///{folder / 'ledger.db'}", clock=lambda: now)
    port = Port(System(folder / "effects", delivery_class, fault), lambda when: hook("effect", when))
    wrap(ledger, "claim", "claim")
    wrap(ledger, "finish", "finish")
    wrap(port, "send", "send")
    for _ in range(4):  # a task and Airflow's retries of it
        done = deliver(ledger, port, use_case="uc", destination="d", owner=f"o{os.getpid()}", lease_s=900, sleep=lambda _: None)
        if done.stopped_by is None:
            return


def play(folder: Path, delivery_class: str, kill_at: tuple[str, str, int], fault: str) -> int:
    """Plan, send with a kill, recover; the first sender's exit status."""
    url = f"sqlite:///{folder / 'ledger.db'}"
    upgrade(url)
    with Ledger.open(url, clock=lambda: START) as ledger:
        ledger.plan([Intent("uc", "d", f"s:{n}", delivery_class, b"x", "text/plain", START) for n in range(COUNT)])
    status = sender(folder, delivery_class, fault, kill_at, START)
    for later in (1, 2):
        sender(folder, delivery_class, fault, None, START + timedelta(hours=later))
    return status


def check(folder: Path, delivery_class: str) -> None:
    """The promise. Raises AssertionError naming what is broken."""
    effects = Counter(System(folder / "effects", delivery_class, "none").effects)
    with Ledger.open(f"sqlite:///{folder / 'ledger.db'}") as ledger:
        states = ledger.counts("uc").get("d", {})
        latest = ledger.latest("uc", "d", [f"s:{n}" for n in range(COUNT)])
    twice = {key: n for key, n in effects.items() if n > 1}
    assert not twice, f"sent twice: {twice}"
    assert sum(states.values()) == COUNT, f"rows lost: {states}"
    for subject, found in latest.items():
        if found.state == "confirmed":
            assert effects[subject] == 1, f"{subject} is confirmed and never happened"
        else:
            assert delivery_class == "D", f"{subject} is {found.state} in class {delivery_class}"
            assert found.state == "unknown", f"{subject} is {found.state}"


@pytest.mark.parametrize(("delivery_class", "kill_at", "fault"), CASES[::4], ids=str)
def test_killed_at_a_step(tmp_path: Path, delivery_class: str, kill_at: tuple[str, str, int], fault: str) -> None:
    """Wherever the sender dies, the next one finishes its work without repeating it."""
    assert play(tmp_path, delivery_class, kill_at, fault) == -signal.SIGKILL
    check(tmp_path, delivery_class)


@pytest.mark.nightly
@pytest.mark.parametrize("repeat", range(3))
@pytest.mark.parametrize(("delivery_class", "kill_at", "fault"), CASES, ids=str)
def test_killed_at_every_step(tmp_path: Path, delivery_class: str, kill_at: tuple[str, str, int], fault: str, repeat: int) -> None:
    """All steps, all faults, all classes, over a thousand kills."""
    play(tmp_path, delivery_class, (kill_at[0], kill_at[1], kill_at[2] + repeat), fault)
    check(tmp_path, delivery_class)


def test_the_kills_are_kills(tmp_path: Path) -> None:
    """The harness does what it says: the sender ends by SIGKILL, at a step that every class passes."""
    assert play(tmp_path, "C", ("send", "before", 1), "none") == -signal.SIGKILL


def any_2xx_is_success(monkeypatch: pytest.MonkeyPatch) -> None:
    """A login page counts as delivered."""
    inner = System.call

    def call(self, key, hook):
        with contextlib.suppress(NotOursError):
            inner(self, key, hook) if self.fault != "login_page" else self.file.touch()

    monkeypatch.setattr(System, "call", call)


def no_claim(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every sender takes what waits or is in flight, leases or not."""
    monkeypatch.setattr(engine, "_look_before_sending", lambda *_: [])


def reset_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lost answer is taken for a request that never left."""
    inner = Port._one

    def one(self, delivery):
        verdict = inner(self, delivery)
        return Verdict(delivery.id, "not_sent") if verdict.result == "unknown" else verdict

    monkeypatch.setattr(Port, "_one", one)


def no_commit_before_send(monkeypatch: pytest.MonkeyPatch) -> None:
    """The claim leaves no trace: a crashed sender's rows look untouched."""
    inner = Ledger.claim

    def claim(self, use_case, destination, **kwargs):
        from sqlalchemy import update

        from colophon.ledger.tables import deliveries

        found = inner(self, use_case, destination, **kwargs)
        self._held = [d.id for d in found]
        with self.begin() as connection:
            connection.execute(update(deliveries).where(deliveries.c.id.in_(self._held)).values(state="planned"))
        return found

    def finish(self, verdicts, *, owner):
        from sqlalchemy import update

        from colophon.ledger.tables import deliveries

        with self.begin() as connection:
            for v in verdicts:
                connection.execute(update(deliveries).where(deliveries.c.id == v.delivery_id).values(state=v.result, owner=None))
        return len(verdicts)

    monkeypatch.setattr(Ledger, "claim", claim)
    monkeypatch.setattr(Ledger, "finish", finish)


def no_settle_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was just written is looked for before it can be seen."""
    monkeypatch.setattr(Port, "read_back", lambda _self, _delivery: None)


def key_from_run_id(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each try goes under a key of its own, so that no system can know it again."""
    monkeypatch.setattr(System, "apply", lambda self, key: self.file.open("a", encoding="utf-8").write(key + "\n") and None)


@pytest.mark.parametrize(
    ("bug", "delivery_class", "kill_at", "fault"),
    [
        (any_2xx_is_success, "C", ("claim", "after", 99), "login_page"),
        (no_claim, "C", ("effect", "after", 1), "none"),
        (reset_is_not_sent, "C", ("claim", "after", 99), "reset_after"),
        (no_commit_before_send, "C", ("effect", "after", 1), "none"),
        (no_settle_wait, "C", ("effect", "after", 1), "none"),
        (key_from_run_id, "A", ("effect", "after", 1), "none"),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_seeded_bugs_are_caught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bug, delivery_class, kill_at, fault) -> None:
    """With the bug in, the same check fails; so the check is one that can."""
    bug(monkeypatch)
    play(tmp_path, delivery_class, kill_at, fault)
    with pytest.raises(AssertionError):
        check(tmp_path, delivery_class)
