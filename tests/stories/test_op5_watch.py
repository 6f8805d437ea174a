"""The watch: a DAG that stopped, a dead triggerer, a system that is away, what waits for a person; each told once, and its end once."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowRuntimeError, ErrorType
from airflow.sdk.execution_time import task_runner
from airflow.sdk.execution_time.comms import ErrorResponse
from station import Station

from colophon.domain.delivery import Intent, Verdict
from colophon.domain.finding import Finding, Severity
from colophon.errors import AuthFailedError, NotFoundError, ServerError, TransportError
from colophon.readiness import needs_of_all
from colophon.use_cases.ops.watch import DagRuns
from colophon_airflow import airflow_state, alerts, watch
from colophon_airflow.desk import health

DAG, UC = "ops__watch", "xconnector__metadata_syndication"
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
ASK_ALL = health.ask_all
WELL = {
    name: {"status": "healthy", f"latest_{name}_heartbeat": "2026-05-04T12:00:00Z"} for name in ("metadatabase", "scheduler", "triggerer")
}


class Airflow:
    """What Airflow says: all is well, but for what a test puts in."""

    def __init__(self) -> None:
        self.runs: dict[str, dict[str, Any]] = {}
        self.missing: set[str] = set()
        self.parts: dict[str, Any] | None = dict(WELL)
        self.beats = 0
        self.asked: list[str] = []

    def runs_of(self, dag_id: str, now: datetime, before: datetime | None = None) -> DagRuns:
        """The newest run: green, and due a moment ago."""
        assert (before is not None) is (dag_id == DAG), "of itself the watch asks for the run before"
        self.asked.append(dag_id)
        if dag_id in self.missing:
            raise NotFoundError(f"no DAG {dag_id}")
        return DagRuns(
            **{"dag_id": dag_id, "is_paused": False, "run_id": "r1", "state": "success", "run_after": now} | self.runs.get(dag_id, {})
        )

    def health(self) -> dict[str, Any]:
        """Of its parts."""
        if self.parts is None:
            raise TransportError("Airflow's health page does not answer", system="airflow")
        return self.parts

    def beat(self, address: str) -> None:
        """Outside."""
        assert address == "https://beat.example/c4n4ry"
        self.beats += 1


@pytest.fixture
def airflow(monkeypatch: pytest.MonkeyPatch) -> Airflow:
    """All is well."""
    said = Airflow()
    for name in ("runs_of", "health", "beat"):
        monkeypatch.setattr(airflow_state, name, getattr(said, name))
    monkeypatch.setattr(health, "ask_all", lambda _ledger, _now: None)  # six systems each time would be most of each test
    monkeypatch.setattr(health, "_readiness", lambda _answers: {})  # as would this
    return said


@pytest.fixture
def told(station: Station, airflow: Airflow, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """What somebody was told since it was asked last; the house is on 4 May, at noon."""
    file, read = Path(station.folder / "alerts.log"), [0]
    monkeypatch.setenv("AIRFLOW__COLOPHON__ALERTS", json.dumps([{"file": str(file)}]))
    station.clock(NOON)

    def news() -> list[str]:
        lines = [line for line in (file.read_text(encoding="utf-8") if file.exists() else "").splitlines() if line.startswith("what: ")]
        fresh, read[0] = lines[read[0] :], len(lines)
        return [line.removeprefix("what: ") for line in fresh]

    return news


def look(station: Station, minutes: int = 10) -> Any:
    """The watch runs, ten minutes later."""
    station.advance(60 * minutes)
    return station.run(DAG)


def test_a_house_that_is_well_is_told_of_nothing(station: Station, airflow: Airflow, told: Callable[[], list[str]]) -> None:
    """Every DAG is looked at."""
    assert look(station).state == "success"
    assert set(airflow.asked) == set(needs_of_all())
    assert told() == []


def test_a_run_counts_from_when_it_began(station: Station, airflow: Airflow, told: Callable[[], list[str]]) -> None:
    """A DAG that was paused over the weekend begins with a run that was due long ago: nobody is told that it is stuck."""
    airflow.runs[UC] = {"state": "running", "run_after": NOON - timedelta(hours=60), "began": NOON - timedelta(minutes=20)}
    look(station)
    assert told() == []


@pytest.mark.parametrize(
    ("run", "said"),
    [
        ({"state": "failed"}, "its newest run failed"),
        ({"state": "running", "run_after": NOON - timedelta(hours=9)}, "a run is stuck"),
        ({"state": "queued", "run_after": NOON - timedelta(hours=9)}, "a run is stuck"),
        ({"run_after": NOON - timedelta(hours=30), "due": NOON - timedelta(hours=5)}, "a run never started"),
        ({"run_after": None, "run_id": "", "state": "", "due": NOON - timedelta(hours=5)}, "a run never started"),
    ],
)
def test_a_dag_that_failed_hangs_or_never_started_is_told_once(
    station: Station, airflow: Airflow, told: Callable[[], list[str]], run: dict[str, Any], said: str
) -> None:
    """And its end once. A paused one is left alone."""
    airflow.runs[UC] = run
    for _ in range(3):
        look(station)
    assert told() == [f"{UC}: {said}"]
    airflow.runs = {}
    for _ in range(2):
        look(station)
    assert told() == [f"Over: {UC}: {said}"]
    airflow.runs[UC] = {**run, "is_paused": True}
    look(station)
    assert told() == []


def test_a_paused_dag_that_nobody_remembers_is_told_once(station: Station, airflow: Airflow, told: Callable[[], list[str]]) -> None:
    """After three days in which it should have run; one that never ran is not used here, and one that fails afterwards has its own notice."""
    paused = {"is_paused": True, "run_after": NOON - timedelta(hours=9), "due": NOON}
    airflow.runs = {UC: paused, "push__milestone_alerts": {**paused, "run_id": "", "state": "", "run_after": None}}
    look(station)
    for days in (4, 5):
        for run in airflow.runs.values():
            run["due"] = NOON + timedelta(days=days)
        look(station, minutes=24 * 60)
    assert told() == [f"{UC} used to run and is paused"]
    airflow.runs = {UC: {"state": "failed"}}
    look(station)
    assert told() == [f"{UC}: its newest run failed", f"Over: {UC} used to run and is paused"]


def test_a_dag_that_fails_run_after_run_is_told_once(station: Station, airflow: Airflow, told: Callable[[], list[str]]) -> None:
    """While the next run is under way nobody knows whether it is over, so nobody says so."""
    for run in ("r1 failed", "r1 failed", "r2 running", "r2 failed"):
        run_id, state = run.split()
        airflow.runs[UC] = {"state": state, "run_id": run_id}
        look(station)
    assert told() == [f"{UC}: its newest run failed"]
    airflow.runs[UC] = {"state": "success", "run_id": "r3"}
    look(station)
    assert told() == [f"Over: {UC}: its newest run failed"]


def fails(dag_id: str, run_id: str, problem: Exception) -> None:
    """A task of a run fails for good, and Airflow calls what tells of it; then the run has failed."""
    ti = SimpleNamespace(dag_id=dag_id, run_id=run_id, task_id="deliver", map_index=-1, try_number=4, max_tries=3)
    watch.tell_failed_task({"ti": ti, "exception": problem})
    run = {"dag": SimpleNamespace(dag_id=dag_id), "run_id": run_id, "reason": "task_failure"}
    watch.tell_failed_run(run)


def test_what_a_task_told_the_watch_does_not_tell_again(station: Station, airflow: Airflow, told: Callable[[], list[str]]) -> None:
    """But its end, once."""
    airflow.runs[UC] = {"state": "failed"}
    fails(UC, "r1", AuthFailedError("refused", system="xconnector"))
    look(station)
    look(station)
    assert told() == [f"{UC}: deliver failed in try 4"]
    airflow.runs = {}
    look(station)
    look(station)
    assert told() == [f"Over: {UC}: deliver failed in try 4"]


def test_what_fails_by_a_system_that_is_known_to_be_away_is_told_when_it_outlasts_that(
    station: Station, airflow: Airflow, told: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One notice for the system; a DAG that is green again soon after is no news, one that stays red is."""
    monkeypatch.setattr(health, "ask_all", ASK_ALL)
    monkeypatch.setattr(health, "SYSTEMS", {"xconnector": "xConnector"})
    station.fault("xconnector", "status", value=503)
    look(station)
    look(station)
    for dag_id in (UC, "push__downstream_exceptions"):
        airflow.runs[dag_id] = {"state": "failed"}
        fails(dag_id, "r1", ServerError("it answered 503", system="xconnector"))
    look(station)
    assert told() == ["xConnector is not well"]
    station.mend()
    look(station)
    assert told() == ["Over: xConnector is not well"]
    del airflow.runs["push__downstream_exceptions"]
    look(station)
    assert told() == []
    look(station, minutes=30)
    assert told() == [f"{UC}: its newest run failed"]
    airflow.runs = {}
    look(station)
    assert told() == [f"Over: {UC}: its newest run failed"]


def test_a_run_that_is_late_is_told_by_one_of_two(station: Station, airflow: Airflow, told: Callable[[], list[str]]) -> None:
    """Airflow's own deadline and the watch look at the same; one that asks a person is not late, and one behind a dead triggerer explained."""
    airflow.runs[UC] = {"state": "running", "run_after": NOON - timedelta(hours=9)}
    late = {"dag_id": UC, "dag_run_id": "r1", "queued_at": NOON.isoformat(), "state": "running"}
    watch.tell_late_run(context={"dag_run": late})
    look(station)
    assert told() == [f"{UC}: the run r1 is late, queued at 2026-05-04 12:00 UTC"]
    airflow.runs = {}
    airflow.parts = {**WELL, "triggerer": {"status": None}}
    look(station)
    assert told() == ["Airflow's triggerer does not live", f"Over: {UC}: the run r1 is late, queued at 2026-05-04 12:00 UTC"]
    watch.tell_late_run(context={"dag_run": late})
    ask, waits = "ops__redrive", {"state": "running", "run_after": NOON - timedelta(hours=9)}
    airflow.runs = {UC: waits, ask: waits}
    with station.ledger() as ledger:
        ledger.memory.put(watch._asked(ask, "r1") + "approve", {"task": "approve", "at": NOON.isoformat()}, NOON)
    watch.tell_late_run(context={"dag_run": {**late, "dag_id": ask}})
    look(station)
    assert told() == []


def test_a_dag_whose_file_cannot_be_read_never_starts(station: Station, airflow: Airflow, told: Callable[[], list[str]]) -> None:
    """Airflow does not know it at all."""
    airflow.missing.add(UC)
    look(station)
    assert told() == [f"{UC}: a run never started"]


def test_a_dead_triggerer_is_told_and_what_cannot_be_seen_is_not_over(
    station: Station, airflow: Airflow, told: Callable[[], list[str]]
) -> None:
    """While the health page is away the run is red, and nobody says that all is well."""
    airflow.parts = {**WELL, "triggerer": {"status": None, "latest_triggerer_heartbeat": None}}
    look(station)
    airflow.parts = None
    assert look(station).state == "failed"
    assert told() == ["Airflow's triggerer does not live"]
    fails(DAG, "r1", TransportError("Airflow's health page does not answer", system="airflow"))
    assert told() == [], "Airflow is known to be ill"
    airflow.parts = dict(WELL)
    look(station)
    assert told() == ["Over: Airflow's triggerer does not live"]


def test_that_the_watch_itself_failed_is_over_when_it_looks_again(
    station: Station, airflow: Airflow, told: Callable[[], list[str]]
) -> None:
    """Nobody else would say so."""
    fails(DAG, "r1", TransportError("Airflow's health page does not answer", system="airflow"))
    look(station)
    assert told() == [f"{DAG}: deliver failed in try 4", f"Over: {DAG}: deliver failed in try 4"]


def test_a_system_that_is_away_twice_is_told(station: Station, told: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    """Once is nothing. One without a connection is not used here."""
    monkeypatch.setattr(health, "ask_all", ASK_ALL)
    monkeypatch.setattr(health, "SYSTEMS", {"xconnector": "xConnector", "bytenite": "ByteNite"})
    monkeypatch.delenv("AIRFLOW_CONN_BYTENITE_DEFAULT")
    station.fault("xconnector", "status", value=503)
    look(station)
    assert told() == []
    look(station)
    look(station)
    assert told() == ["xConnector is not well"]
    station.mend()
    look(station)
    assert told() == ["Over: xConnector is not well"]


def test_what_waits_for_a_person_is_told_by_cause(station: Station, told: Callable[[], list[str]]) -> None:
    """Unknown deliveries, a parked event, drift, an unusual nothing; each ends when it does."""
    with station.ledger() as ledger:
        ledger.plan([Intent(UC, "kobo", f"isbn:{n}", "A", b"x", "text/plain", station.now) for n in range(3)])
        claimed = ledger.claim(UC, "kobo", owner="o", limit=10, lease_s=900)
        ledger.finish([Verdict(each.id, "unknown") for each in claimed], owner="o")
        ledger.inbox.take("exstream", "e1", "exstream.outcome", b"{}")
        ledger.inbox.done("exstream", "e1", parked=True, note="unreadable")
        said = {"severity": Severity.ERROR, "field": "f", "found": "x", "expected": "y", "remedy": "z", "owner": "operations"}
        ledger.exceptions.record("ops__reconciliation", "4allportal", None, [Finding(subject="isbn:1", rule="DRIFT", **said)], as_of=NOON)
        ledger.exceptions.record(UC, "run", None, [Finding(subject=f"run:{UC}", rule="RUN-QUIET", **said)], as_of=NOON)
    look(station)
    look(station)
    assert sorted(told()) == [
        "4allportal holds something else than the ledger believes",
        "Events of exstream are parked",
        f"Nobody knows what became of deliveries: {UC} to kobo",
        f"{UC} moved unusually little",
    ]
    with station.ledger() as ledger:
        for each in claimed:
            ledger.people.say_outcome(each.id, "confirmed", by="Ada", why="seen")
    look(station)
    assert told() == [f"Over: Nobody knows what became of deliveries: {UC} to kobo"]


def kept_back(station: Station, use_case: str, place: str, *subjects: str, rule: str = "DELIVERY-FAILED", owner: str = "sales") -> None:
    """All that a use case finds wrong at a place now."""
    said = {"severity": Severity.ERROR, "field": "f", "found": "given up", "expected": "taken", "remedy": "mend it", "owner": owner}
    findings = [Finding(subject=subject, rule=rule, **said) for subject in subjects]
    with station.ledger() as ledger:
        ledger.exceptions.record(use_case, place, None, findings, as_of=station.now)


def test_single_exceptions_are_told_together_in_the_morning_after_they_opened(station: Station, told: Callable[[], list[str]]) -> None:
    """Once for all of a day, by owner, and not at night; what is added is told the next morning, and the end when none is left."""
    log = station.folder / "alerts.log"
    kept_back(station, f"{UC}:delivery", "kobo", "isbn:1")
    kept_back(station, "push__rights_expiry_scan", "people", "person:1", rule="PEOPLE", owner="rights_manager")
    look(station)
    look(station, minutes=18 * 60 + 40)  # 06:50 UTC is 07:50 in London
    assert told() == []
    look(station)
    look(station)
    assert told() == ["Exceptions wait for their owners"]
    assert "why: rights manager 1, sales 1" in log.read_text(encoding="utf-8")
    kept_back(station, f"{UC}:delivery", "kobo", "isbn:1", "isbn:2")
    look(station, minutes=23 * 60)
    assert told() == []
    look(station, minutes=60)
    look(station)
    assert told() == ["Exceptions wait for their owners"]
    assert "why: sales 2, rights manager 1" in log.read_text(encoding="utf-8")
    kept_back(station, f"{UC}:delivery", "kobo")
    look(station, minutes=24 * 60)
    assert told() == [], "one is left, and was told"
    kept_back(station, "push__rights_expiry_scan", "people")
    look(station)
    look(station)
    assert told() == ["Over: Exceptions wait for their owners"]


def test_a_second_cause_at_a_recipient_is_told_while_the_first_one_stands(station: Station, told: Callable[[], list[str]]) -> None:
    """Each at once and once, however many exceptions there are; what somebody put off is in nobody's way."""
    kept_back(station, f"{UC}:delivery", "kobo", "destination:kobo")
    kept_back(station, UC, "kobo", *(f"isbn:{number}" for number in range(5000)), rule="M3")
    look(station)
    look(station)
    assert told() == ["kobo got nothing of what it was sent at once"]
    kept_back(station, f"{UC}:feed", "kobo", "destination:kobo", rule="FEED-REJECTED")
    look(station)
    look(station)
    assert told() == ["kobo got nothing of what it was sent at once"]
    with station.ledger() as ledger:
        ids = [row.id for row in ledger.exceptions.open(limit=10_000)]
        ledger.people.snooze(ids, station.now + timedelta(days=3), by="Ada", why="a holiday there")
    look(station, minutes=24 * 60)
    assert told() == []
    look(station, minutes=3 * 24 * 60)
    assert sorted(told()) == ["Exceptions wait for their owners", *["kobo got nothing of what it was sent at once"] * 2]


def test_what_no_route_took_is_told_when_one_works(
    station: Station, airflow: Airflow, told: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was not told, whatever was tried."""
    airflow.runs[UC] = {"state": "failed"}
    with monkeypatch.context() as patch:
        patch.setenv("AIRFLOW__COLOPHON__ALERTS", json.dumps([{"file": "/nowhere/at/all"}]))
        look(station)
    look(station)
    assert told() == [f"{UC}: its newest run failed"]


def test_a_route_that_does_not_work_is_told_by_the_next_one(
    station: Station, airflow: Airflow, told: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once, and its end once; what else is wrong at the same time is told by the next one, too, each by itself."""
    works = {"file": str(station.folder / "alerts.log")}
    with monkeypatch.context() as patch:
        patch.setenv("AIRFLOW__COLOPHON__ALERTS", json.dumps([{"file": "/nowhere/at/all"}, works]))
        airflow.runs[UC] = {"state": "failed"}
        airflow.parts = {**WELL, "triggerer": {"status": None}, "scheduler": {"status": None}}
        for _ in range(3):
            look(station)
        assert sorted(told()) == [
            "Airflow's scheduler does not live",
            "Airflow's triggerer does not live",
            "The alert route 1 (file) does not work",
            f"{UC}: its newest run failed",
        ]
        mended = station.folder / "mended.log"
        patch.setenv("AIRFLOW__COLOPHON__ALERTS", json.dumps([{"file": str(mended)}, works]))
        alerts.check()  # as when the systems are asked
        look(station)
    assert (told(), mended.read_text(encoding="utf-8").count("what: Over: The alert route 1")) == ([], 1)


def test_it_beats_to_an_address_outside_that_no_log_has(
    station: Station, airflow: Airflow, told: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever knows the address can speak for us."""
    assert look(station).returned["beat"] is False
    monkeypatch.setenv("AIRFLOW__COLOPHON__HEARTBEAT_URL", "https://beat.example/c4n4ry")
    run = look(station)
    assert (run.returned["beat"], airflow.beats) == (True, 1)
    assert not [line for line in run.logs if "c4n4ry" in line]


def test_a_dry_run_tells_nobody(station: Station, airflow: Airflow, told: Callable[[], list[str]]) -> None:
    """It lists."""
    airflow.runs[UC] = {"state": "failed"}
    run = station.run(DAG, params={"dry_run": True})
    assert (run.returned["dags"], told()) == ([f"dag:{UC}:failed"], [])


@pytest.mark.parametrize(
    ("dag_id", "now", "due"),
    [
        (UC, "2026-05-04T12:00", "2026-05-04T01:00"),
        ("push__milestone_alerts", "2026-05-04T03:00", "2026-05-03T18:05"),
        ("ops__write_back_tray", "2026-05-03T12:00", "2026-05-01T06:45"),
        ("ops__redrive", "2026-05-04T12:00", None),
    ],
)
def test_when_a_run_was_due_is_what_its_schedule_says(dag_id: str, now: str, due: str | None) -> None:
    """In London time; nights, weekends and forms are no silence."""
    moment = datetime.fromisoformat(f"{now}+00:00")
    assert airflow_state.due(dag_id, moment) == (datetime.fromisoformat(f"{due}+00:00") if due else None)


def test_before_the_first_run_none_was_due(monkeypatch: pytest.MonkeyPatch) -> None:
    """A house that begins today has missed nothing."""
    monkeypatch.setenv("AIRFLOW__COLOPHON__START_DATE", "2026-05-04")
    assert airflow_state.due(UC, NOON) is None
    assert airflow_state.due(UC, NOON + timedelta(days=1)) == datetime(2026, 5, 5, 1, tzinfo=UTC)


def test_a_schedule_of_ones_own_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """As `[colophon] dags` has it; every file declares its schedule so that it can be read."""
    monkeypatch.setenv("AIRFLOW__COLOPHON__DAGS", json.dumps({UC: {"schedule": "30 6 * * *"}}))
    assert airflow_state.schedule_of(UC) == "30 6 * * *"
    assert {dag_id for dag_id in needs_of_all() if airflow_state.schedule_of(dag_id) is None} == {"ops__redrive"}


@pytest.mark.parametrize(
    ("error", "detail", "what"),
    [
        (ErrorType.API_SERVER_ERROR, {"status_code": 404}, NotFoundError),
        (ErrorType.API_SERVER_ERROR, {"status_code": 503}, TransportError),
        (ErrorType.GENERIC_ERROR, None, TransportError),
    ],
)
def test_an_api_that_does_not_answer_is_no_dag_that_is_missing(
    monkeypatch: pytest.MonkeyPatch, error: ErrorType, detail: dict[str, Any] | None, what: type[Exception]
) -> None:
    """Else every DAG would be told as never started while the API server is away; so the run is red, and tells that."""

    def refuse(_question: Any) -> None:
        raise AirflowRuntimeError(ErrorResponse(error=error, detail=detail))

    monkeypatch.setattr(task_runner, "SUPERVISOR_COMMS", SimpleNamespace(send=refuse), raising=False)
    with pytest.raises(what):
        airflow_state.runs_of(UC, NOON)
