"""`make nights`: a night with each system broken in turn, and what people hear of it. A table, not a test that runs by itself.

Each night is a house of its own: the DAG runs as it is due, tasks are tried again as Airflow would, and what fails for good is told by the alert route.
"""

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from airflow.sdk.exceptions import AirflowSkipException, DownstreamTasksSkipped
from dag_walk import Run
from station import Station, open_station
from tests.stories.test_nothing_silent import FAULTS, HOUSES, MORNING, House, silent

from colophon import environment
from colophon_airflow.retry import ErrorTreeRetryPolicy
from colophon_airflow.watch import tell_failed_task

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
    told: list[tuple[timedelta, str]]
    silent: int


@contextmanager
def tried_as_airflow_does(patch: pytest.MonkeyPatch, told: list[tuple[timedelta, str]], file: Path) -> Iterator[None]:
    """Tasks have their tries and waits; the last one is told."""
    once = Run._executed

    def executed(run: Run, context: dict[str, Any]) -> Any:
        task, ti = context["task"], context["ti"]
        ti.max_tries = retries = int(task.retries or 0)
        while True:
            try:
                return once(run, context)
            except (AirflowSkipException, DownstreamTasksSkipped):
                raise
            except Exception as problem:
                decision = ErrorTreeRetryPolicy().evaluate(problem, ti.try_number, retries, None)
                if decision.action.value == "fail" or ti.try_number > retries:
                    before = file.read_text(encoding="utf-8") if file.exists() else ""
                    tell_failed_task({**context, "exception": problem})  # type: ignore[arg-type]  # as much of a context as it asks for
                    said = file.read_text(encoding="utf-8")[len(before) :] if file.exists() else ""
                    codes = re.findall(r"where: (?:[^\n]*?, )?([a-z_]+(?:\.[a-z_]+)?), [^,\n]*/dags/", said)
                    told.extend((environment.now() - MORNING, code) for code in codes)
                    raise
                wait = decision.retry_delay or task.retry_delay * 2 ** (ti.try_number - 1)
                environment.sleep(max(wait.total_seconds(), 0))
                ti.try_number += 1

    with patch.context() as inner:
        inner.setattr(Run, "_executed", executed)
        inner.setenv("AIRFLOW__COLOPHON__ALERTS", json.dumps([{"file": str(file)}]))
        yield


def night(station: Station, house: House, system: str, name: str, patch: pytest.MonkeyPatch) -> Night:
    """One night of a house; without a name nothing is broken."""
    house.seed(station)
    station.clock(MORNING)
    place = {"path": house.path, "method": house.method} if name == "rejecting" else {}
    if name:
        station.fault(system, **place, **NIGHTS[name])
    told: list[tuple[timedelta, str]] = []
    with tried_as_airflow_does(patch, told, station.folder / "alerts.log"):
        run = station.run(house.dag, MORNING)
    red = sorted({task.rpartition(".")[2] for (task, _), state in run.states.items() if state == "failed"})
    rules = Counter(rule for rule, _ in station.exceptions())
    return Night(run.state, red, rules, told, len(silent(station, house, run)))


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


def test_every_broken_night_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """No night is silent; the table says what each looks like."""
    head = line("system", "what is wrong", "DAG", "run", "red tasks", "exceptions beside the usual", "told (code, after)")
    rows, bad = [head, line(*["---"] * 7)], []
    usual: dict[str, Counter[str]] = {}
    for number, (system, house) in enumerate(pairs()):
        is_own = HOUSES[system] is house
        for name in ["", *NIGHTS] if is_own else [name for name in NIGHTS if name != "rejecting"]:
            folder = tmp_path / f"{number}-{name.replace(' ', '-')}"
            folder.mkdir()
            with open_station(folder) as station:
                found = night(station, house, system, name, monkeypatch)
            first = {
                code: after for after, code in reversed(found.told)
            }  # the walk takes recipients one after the other, Airflow side by side
            told = ", ".join(f"{code} {hours(after)}" for code, after in first.items()) or "-"
            if not name:
                usual[house.dag] = found.exceptions
                continue
            exceptions = ", ".join(f"{rule} {count}" for rule, count in (found.exceptions - usual[house.dag]).items()) or "-"
            rows.append(line(system, name, house.dag, found.state, ", ".join(found.red) or "-", exceptions, told))
            if found.silent or (found.red and not found.told):
                bad.append(rows[-1])
    with capsys.disabled():
        sys.stdout.write("\n" + "\n".join(rows) + "\n")
    assert bad == []
