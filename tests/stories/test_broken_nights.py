"""`make nights`: a night with each system broken in turn, and one with every other kind of failure; what people hear of it, as tables.

Each night is a house of its own: the DAG runs as it is due, tasks are tried again as Airflow would, and what fails for good is told by the alert route.
"""

import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from email.utils import format_datetime
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlalchemy import event
from sqlalchemy.pool import Pool
from station import Station, open_station
from tests.stories.test_nothing_silent import FAULTS, HOUSES, MORNING, House, silent
from watched_night import MUTE, Told, watched_night
from watched_night import Night as Watched
from wsgi_adapter import WsgiAdapter

from colophon import environment
from colophon.domain.delivery import Intent, Verdict

pytestmark = pytest.mark.nightly
NIGHTS = {
    **{name: plan for name, plan in FAULTS.items() if name not in {"rejects all", "rejects one"}},
    "slow": {"kind": "delay", "value": 20},
    "rejecting": FAULTS["rejects all"],
}
"""What is wrong with every call of a system all night; `rejecting`: with every write."""


class Night(NamedTuple):
    """What people saw: red tasks, exceptions by rule, notices with how long after the run was due; and how much nobody hears of."""

    state: str
    red: list[str]
    exceptions: Counter[str]
    told: list[tuple[timedelta, Told]]
    silent: int


def night(station: Station, house: House, system: str, name: str, patch: pytest.MonkeyPatch) -> Night:
    """One night of a house in which nothing else looks; without a name nothing is broken."""
    house.seed(station)
    station.clock(MORNING)
    place = {"path": house.path, "method": house.method} if name == "rejecting" else {}
    if name:
        station.fault(system, **place, **NIGHTS[name])
    with watched_night(station, patch) as watched:
        watched.is_watched = False
        run = watched.run(house.dag)
        told = [(each.at - MORNING, each) for each in watched.told]
    rules = Counter(rule for rule, _ in station.exceptions())
    return Night(run.state, sorted(watched.red), rules, told, len(silent(station, house, run)))


def pairs() -> Iterator[tuple[str, House]]:
    """Each system with the DAG that writes to it; and Consonance with every DAG, for all read it."""
    for system, house in HOUSES.items():
        yield system, house
    for house in HOUSES.values():
        if house is not HOUSES["consonance"]:
            yield "consonance", house  # which writes to another system: there is nothing that Consonance could reject


def line(*cells: str) -> str:
    """A row of the table."""
    return "| " + " | ".join(cells) + " |"


def hours(time: timedelta) -> str:
    """As people say it."""
    minutes = time.total_seconds() / 60
    return f"{minutes / 60:.1f} h" if minutes >= 90 else f"{minutes:.0f} min"


def is_repeated(told: Sequence[tuple[timedelta, Told]]) -> bool:
    """Whether a cause was told again before its day, of twenty hours, was over; what stands longer is told again."""
    return any(each.why == other.why and after - before < timedelta(hours=20) for (before, each), (after, other) in combinations(told, 2))


def test_every_broken_night_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """No night is silent, and no cause is told twice in a day; the table says what each looks like."""
    head = line("system", "what is wrong", "DAG", "run", "red tasks", "exceptions beside the usual", "told, after", "remedy")
    rows, bad = [head, line(*["---"] * 8)], []
    usual: dict[str, Counter[str]] = {}
    for number, (system, house) in enumerate(pairs()):
        is_own = HOUSES[system] is house
        for name in ["", *NIGHTS] if is_own else [name for name in NIGHTS if name != "rejecting"]:
            folder = tmp_path / f"{number}-{name.replace(' ', '-')}"
            folder.mkdir()
            with open_station(folder) as station:
                found = night(station, house, system, name, monkeypatch)
            if not name:
                usual[house.dag] = found.exceptions
                continue
            told = "; ".join(f"{each.why[:70]}, {hours(after)}" for after, each in found.told) or "-"
            do = "; ".join(dict.fromkeys(each.do for _, each in found.told)) or "-"
            exceptions = ", ".join(f"{rule} {count}" for rule, count in (found.exceptions - usual[house.dag]).items()) or "-"
            rows.append(line(system, name, house.dag, found.state, ", ".join(found.red) or "-", exceptions, told, do))
            if found.silent or bool(found.red) != bool(found.told) or is_repeated(found.told):
                bad.append(rows[-1])
    show(rows, capsys)
    assert bad == []


class Kind(NamedTuple):
    """A kind of failure from 06:55 to 10:00, where the DAG is due at 07:00. `heard`: by which route, how the notice begins, and within
    how many minutes of 06:55; `dag`: another one than the house's; `over`: how many ends are told.
    """

    breaks: Callable[[Watched], object]
    heard: Sequence[tuple[str, str, int]]
    system: str = "xconnector"
    dag: str = ""
    over: int = 1


def at(hour: int, minute: int = 0) -> datetime:
    """A moment of the night's day."""
    return MORNING.replace(hour=hour, minute=minute)


def broken(name: str, **place: str) -> Callable[[Watched], object]:
    """XConnector is broken in one way."""
    return lambda night: night.station.fault("xconnector", **place, **NIGHTS[name])


def rejecting(night: Watched) -> None:
    """Every write is refused; when that is mended, somebody has them sent again."""

    def again() -> None:
        with night.station.ledger() as ledger:
            ledger.redrive(SYNDICATION, "kobo")

    broken("rejecting", path=HOUSES["xconnector"].path, method="POST")(night)
    night.mends.append(again)


def database_full(night: Watched) -> None:
    """The ledger's database has no page left."""
    event.listen(Pool, "connect", _fill)
    night.mends.append(lambda: event.remove(Pool, "connect", _fill))


def _fill(connection: Any, _record: object) -> None:
    [count] = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count={count}")


def staging_gone(night: Watched) -> None:
    """A file lies where the staged files' folder was."""
    folder = night.station.folder / "staging"
    shutil.rmtree(folder, ignore_errors=True)
    folder.write_text("")
    night.mends.append(folder.unlink)


def clock_skewed(night: Watched) -> None:
    """Our clock is half an hour ahead of everybody's."""
    send, patch = WsgiAdapter.send, pytest.MonkeyPatch()

    def dated(self: WsgiAdapter, *args: Any, **kwargs: Any) -> Any:
        answer = send(self, *args, **kwargs)
        answer.headers["date"] = format_datetime(environment.now() - timedelta(minutes=30), usegmt=True)
        return answer

    patch.setattr(WsgiAdapter, "send", dated)
    night.mends.append(patch.undo)


def nobody_answers(night: Watched) -> None:
    """Two deliveries failed; somebody asks to have them sent again, and nobody confirms."""
    night.answers = False
    with night.station.ledger() as ledger:
        ledger.plan([Intent(SYNDICATION, "kobo", f"isbn:{n}", "A", b"x", "text/plain", night.station.now) for n in range(2)])
        for each in ledger.claim(SYNDICATION, "kobo", owner="o", limit=10, lease_s=900):
            ledger.finish([Verdict(each.id, "refused", code="cover")], owner="o")


SYNDICATION, NOTICES = HOUSES["xconnector"].dag, HOUSES["exstream"].dag
SICK, RED = "xConnector is not well", f"{SYNDICATION}: send.deliver"
ASKED = "ops__redrive: approve"
KINDS = {
    "system down": Kind(broken("down"), [("on-call", SICK, 25)]),
    "401": Kind(broken("unauthorised"), [("on-call", RED, 10)]),
    "429 for ever": Kind(broken("asks to wait for ever"), [("on-call", SICK, 25)]),
    "garbled": Kind(broken("garbled"), [("on-call", RED, 10)]),
    "slow": Kind(broken("slow"), [], over=0),
    "rejects": Kind(rejecting, [("on-call", "kobo got nothing of what it was sent", 20)]),
    "worker killed": Kind(lambda night: night.dies.add("deliver"), [("on-call", RED, 40)]),
    "triggerer dead": Kind(lambda night: night.parts.add("triggerer"), [("on-call", "Airflow's triggerer does not live", 10)], "exstream"),
    "scheduler hangs": Kind(lambda night: night.parts.add("scheduler"), [("on-call", "Airflow's scheduler does not live", 10)]),
    "scheduler stopped": Kind(lambda night: setattr(night, "is_watched", False), [("outside", "Colophon's beat is silent", 35)], over=0),
    "database full": Kind(database_full, [("on-call", f"{SYNDICATION}: ", 45)]),
    "staging gone": Kind(staging_gone, [("on-call", f"{SYNDICATION}: ", 10)]),
    "clock skewed": Kind(clock_skewed, [("on-call", "4ALLPORTAL is not well", 25)]),
    "approval forgotten": Kind(
        nobody_answers,
        [("on-call", f"{ASKED} waits", 5), ("on-call", f"{ASKED} still waits", 65), ("on-call", f"{ASKED} failed", 125)],
        dag="ops__redrive",
        over=0,
    ),
    "on-call route dead, system down": Kind(
        lambda night: (MUTE.add("on-call"), broken("down")(night)), [("second", SICK, 25), ("second", "The alert route 1", 35)], over=2
    ),
}


@pytest.mark.parametrize("name", KINDS)
def test_each_kind_of_failure_is_told_once_in_time_and_nothing_else(
    station: Station, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """A night with the watch looking every ten minutes, until all is well again and its end was told."""
    kind = KINDS[name]
    house, fault_from = HOUSES[kind.system], at(6, 55)
    monkeypatch.setenv("AIRFLOW__COLOPHON__APPROVAL_HOURS", "2")
    station.clock(at(6))
    house.seed(station)
    form: dict[str, Any] = {"params": {"recipients": ["kobo"]}} if house.dag == SYNDICATION else {}
    dag, given = (kind.dag, {"params": {"destination": "kobo"}, "by_hand": True}) if kind.dag else (house.dag, form)
    with watched_night(station, monkeypatch) as night:
        night.until(fault_from)
        kind.breaks(night)
        if night.is_scheduling:
            night.run(dag, at(7), **given)
        night.until(at(10))
        heard, red, is_green = list(night.told), sorted(night.red), bool(night.runs) and not night.red
        unsettled = 0 if kind.dag or not is_green else len(silent(station, house, night.last))
        night.mend()
        if not kind.dag:
            assert night.run(house.dag, at(10, 10), **form).state == "success"
        night.until(max(at(11), station.now + timedelta(minutes=40)))
        ends = night.told[len(heard) :]
    with capsys.disabled():
        for each in heard or [None]:
            cells = (each.route, hours(each.at - fault_from), each.what, each.why[:90], each.do) if each else ("-",) * 5
            sys.stdout.write(line(name, ", ".join(red) or "-", *cells) + "\n")
    assert [(each.route, each.what.startswith(start)) for each, (_, start, _) in zip(heard, kind.heard, strict=True)] == [
        (route, True) for route, _, _ in kind.heard
    ]
    assert all(each.at - fault_from <= timedelta(minutes=most) for each, (_, _, most) in zip(heard, kind.heard, strict=True))
    assert [each.what[:6] for each in ends] == ["Over: "] * kind.over
    assert unsettled == 0


def show(rows: Sequence[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Print a table."""
    with capsys.disabled():
        sys.stdout.write("\n" + "\n".join(rows) + "\n")
