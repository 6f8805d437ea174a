"""Kill the sender at every step, under every fault of the sandbox: nothing is lost, nothing is sent twice, what nobody can know is flagged.

The step is chosen, not left to luck: the n-th time before or after a claim, an exchange over HTTP, a finish. Each sender is a forked
process that ends itself with SIGKILL; so is the one that takes over when the lease has run out; a third one ends the work.
"""

import hashlib
import itertools
import os
import signal
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.request import urlopen

import pytest
from ledger_database import Databases
from tests.kill.ways import LATE_S, SYSTEM, WRITES, Control, content_of, make_port

from colophon.deliver import deliver
from colophon.domain.delivery import Intent
from colophon.http import sending
from colophon.ledger import Ledger
from colophon.systems.xconnector import mapping

START = datetime(2026, 5, 1, tzinfo=UTC)
Kill = tuple[str, str, int]
STEPS: list[Kill] = [(step, when, nth) for nth in (1, 2, 3) for step in ("claim", "exchange", "finish") for when in ("before", "after")]
FAULTS = {
    "none": None,
    "reset_before": {"kind": "reset"},
    "reset_after": {"kind": "reset", "when": "after"},
    "500_after": {"kind": "status", "value": 500, "when": "after"},
    "timeout": {"kind": "delay", "value": LATE_S, "when": "after"},
    "late": {"kind": "delay", "value": LATE_S},
    "login_page": {"kind": "login_page"},
    "login_page_after": {"kind": "login_page", "when": "after"},
    "duplicate": {"kind": "duplicate"},
    "slow": {"kind": "dribble", "value": 0.002},
}
CASES = list(itertools.product("ABCD", STEPS, FAULTS))
FEW, FEWER = CASES[::7], CASES[::45]
"""What runs each time on SQLite, and on PostgreSQL; at night all on SQLite, and on PostgreSQL what runs each time on SQLite."""
NEVER: Kill = ("claim", "before", 99)


@pytest.fixture(scope="module")
def server() -> Iterator[Control]:
    """A sandbox in a process of its own, so that this one may fork."""
    command = [sys.executable, "-m", "colophon_sandbox", "--port", "0", "--control", "--generate", "3"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        url = process.stdout.readline().split()[-1]
        _wait_for(url)
        yield Control(url)
        process.terminate()


@pytest.fixture
def control(server: Control) -> Control:
    """The sandbox as at its start; every message has a target."""
    server.ask("POST", "/__sandbox__/reset", {"system": None})
    route = {"match": {}, "targets": ["erp"], "order": "none"}
    server.ask("PATCH", "/__sandbox__/settings", {"xconnector": {"default_route": route}})
    return server


def _wait_for(url: str) -> None:
    for _ in range(100):
        try:
            urlopen(f"{url}/__sandbox__/health").close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the sandbox did not start")


@dataclass(frozen=True)
class Place:
    """A ledger of one test, and six subjects of its own: what another test's late request still does is not counted here."""

    url: str
    folder: Path

    @property
    def subjects(self) -> list[str]:
        """By the name of the test's folder."""
        base = int.from_bytes(hashlib.sha256(str(self.folder).encode()).digest()[:4])
        return [f"isbn:978{base % 10**9:09}{n}" for n in range(6)]


@pytest.fixture
def place(databases: Databases, tmp_path: Path) -> Place:
    """An empty ledger."""
    return Place(databases.ledger(), tmp_path)


def sender(url: str, delivery_class: str, sandbox: str, kill_at: Kill, now: datetime, *, settle: bool = True) -> int:
    """Run a sender in a process of its own; its exit status (negative: killed)."""
    pid = os.fork()
    if pid:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    try:
        _send(url, delivery_class, sandbox, kill_at, now, settle=settle)
        os._exit(0)
    except BaseException:  # a child of pytest must not go on as pytest
        os._exit(1)


def _send(url: str, delivery_class: str, sandbox: str, kill_at: Kill, now: datetime, *, settle: bool) -> None:
    seen: Counter[tuple[str, str]] = Counter()

    def hook(step: str, when: str) -> None:
        seen[step, when] += 1
        if (step, when, seen[step, when]) == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def wrap(thing: object, name: str, step: str) -> None:
        inner = getattr(thing, name)

        def wrapped(*args, **kwargs):
            hook(step, "before")
            result = inner(*args, **kwargs)
            hook(step, "after")
            return result

        setattr(thing, name, wrapped)

    ledger = Ledger.open(url, clock=lambda: now)
    port = make_port(delivery_class, sandbox, lambda: now)
    wrap(ledger, "claim", "claim")
    wrap(ledger, "finish", "finish")
    wrap(sending.Sender, "_send", "exchange")
    sleep = time.sleep if settle else lambda _: None
    for _ in range(6):  # a task and Airflow's retries of it
        done = deliver(ledger, port, use_case="uc", destination="kill", owner=f"o{os.getpid()}", lease_s=900, sleep=sleep)
        if done.stopped_by is None:
            return


def play(
    place: Place, control: Control, delivery_class: str, kill_at: Kill, fault: str, *, settle: bool = True, late_s: float = LATE_S
) -> list[int]:
    """Plan, send with a kill, take over with a kill, end; exit statuses of the senders."""
    intents = []
    for subject in place.subjects:
        content, labels = content_of(delivery_class, subject)
        intents.append(Intent("uc", "kill", subject, delivery_class, content, "application/json", START, labels=labels))
    with Ledger.open(place.url, clock=lambda: START) as ledger:
        ledger.plan(intents)
    if planned := FAULTS[fault]:
        match = {"method": "PUT" if delivery_class == "B" else "POST", "path": WRITES[delivery_class]}
        late = {"value": late_s} if planned["kind"] == "delay" else {}
        control.ask("POST", "/__sandbox__/faults", {"system": SYSTEM[delivery_class], "match": match, **planned, **late})
    statuses = [
        sender(place.url, delivery_class, control.url, kill, START + timedelta(hours=hour), settle=settle)
        for hour, kill in enumerate((kill_at, kill_at, NEVER))
    ]
    if fault == "late":
        time.sleep(late_s)  # what is late has happened by now
    return statuses


def check(place: Place, control: Control, delivery_class: str) -> None:
    """The promise. Raises AssertionError naming what is broken."""
    subjects, effects = place.subjects, control.effects(delivery_class)
    with Ledger.open(place.url) as ledger:
        states = ledger.counts("uc").get("kill", {})
        latest = ledger.latest("uc", "kill", subjects)
    twice = {key: effects[key] for key in subjects if effects[key] > 1}
    assert not twice, f"sent twice: {twice}"
    assert sum(states.values()) == len(subjects), f"rows lost: {states}"
    for subject, found in latest.items():
        if found.state in {"accepted", "confirmed"}:
            assert effects[subject] == 1, f"{subject} is {found.state} and never happened"
        else:
            assert delivery_class == "D", f"{subject} is {found.state} in class {delivery_class}"
            assert found.state == "unknown", f"{subject} is {found.state}"


def on_both(on_sqlite: list[tuple[str, Kill, str]], on_postgresql: list[tuple[str, Kill, str]]) -> pytest.MarkDecorator:
    """Run these cases on these databases."""
    cases = [*(("sqlite", *case) for case in on_sqlite), *(("postgresql", *case) for case in on_postgresql)]
    return pytest.mark.parametrize(("databases", "delivery_class", "kill_at", "fault"), cases, ids=str, indirect=["databases"])


@on_both(FEW, FEWER)
def test_killed_at_a_step(place: Place, control: Control, delivery_class: str, kill_at: Kill, fault: str) -> None:
    """Wherever the sender dies, the next one finishes its work without repeating it."""
    first, _, last = play(place, control, delivery_class, kill_at, fault)
    assert (first, last) == (-signal.SIGKILL, 0)
    check(place, control, delivery_class)


@pytest.mark.nightly
@on_both(CASES, FEW)
def test_killed_at_every_step(place: Place, control: Control, delivery_class: str, kill_at: Kill, fault: str) -> None:
    """All steps, all faults, all classes, over a thousand kills: the sender, and wherever it comes so far the one that takes over."""
    first, second, last = play(place, control, delivery_class, kill_at, fault)
    assert (first, last) == (-signal.SIGKILL, 0)
    assert second == -signal.SIGKILL or kill_at[2] > 1
    check(place, control, delivery_class)


def test_without_a_kill_every_delivery_has_its_effect_once(databases: Databases, tmp_path: Path, control: Control) -> None:
    """What the checks take for an effect is one: in every class all subjects are found in the sandbox."""
    for delivery_class in "ABCD":
        place = Place(databases.ledger(), tmp_path / delivery_class)
        assert play(place, control, delivery_class, NEVER, "none") == [0, 0, 0]
        assert control.effects(delivery_class) == Counter(place.subjects)
        check(place, control, delivery_class)


def any_2xx_is_success(monkeypatch: pytest.MonkeyPatch) -> None:
    """A login page counts as delivered."""
    monkeypatch.setattr(sending, "_foreign", lambda *_: None)


def key_from_run_id(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each try goes under a key of its own, so that no system can know it again."""
    monkeypatch.setattr(mapping, "event_id", lambda *_: str(uuid.uuid4()))


def reset_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lost answer is taken for a request that never left."""
    inner = sending.Sender._broken
    monkeypatch.setattr(sending.Sender, "_broken", lambda self, request, reason, *, left: inner(self, request, reason, left=False))


def no_settle_wait(_monkeypatch: pytest.MonkeyPatch) -> None:
    """What was just written is looked for before it can be seen (`settle=False` in the test)."""


def no_claim(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody remembers that a sender had the rows."""
    inner = Ledger.claim
    monkeypatch.setattr(Ledger, "claim", lambda self, *args, **kwargs: [replace(d, tried=False) for d in inner(self, *args, **kwargs)])


def no_commit_before_send(monkeypatch: pytest.MonkeyPatch) -> None:
    """The claim leaves no trace: a crashed sender's rows look untouched."""
    from sqlalchemy import update

    from colophon.ledger.tables import deliveries

    inner = Ledger.claim

    def claim(self, use_case, destination, **kwargs):
        found = inner(self, use_case, destination, **kwargs)
        with self.begin() as connection:
            connection.execute(update(deliveries).where(deliveries.c.id.in_([d.id for d in found])).values(state="planned"))
        return found

    def finish(self, verdicts, *, owner):
        with self.begin() as connection:
            for v in verdicts:
                connection.execute(update(deliveries).where(deliveries.c.id == v.delivery_id).values(state=v.result, owner=None))
        return len(verdicts)

    monkeypatch.setattr(Ledger, "claim", claim)
    monkeypatch.setattr(Ledger, "finish", finish)


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("bug", "delivery_class", "kill_at", "fault"),
    [
        (any_2xx_is_success, "C", NEVER, "login_page"),
        (key_from_run_id, "A", ("exchange", "after", 1), "none"),
        (reset_is_not_sent, "C", NEVER, "reset_after"),
        (no_settle_wait, "C", NEVER, "late"),
        (no_claim, "C", ("exchange", "after", 1), "none"),
        (no_commit_before_send, "C", ("exchange", "after", 1), "none"),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_seeded_bugs_are_caught(
    place: Place, control: Control, monkeypatch: pytest.MonkeyPatch, bug, delivery_class, kill_at, fault
) -> None:
    """With the bug in, the same check fails; so the check is one that can."""
    bug(monkeypatch)
    # So late that the look that comes too soon is too soon on a slow machine as well.
    play(place, control, delivery_class, kill_at, fault, settle=bug is not no_settle_wait, late_s=5)
    with pytest.raises(AssertionError):
        check(place, control, delivery_class)
