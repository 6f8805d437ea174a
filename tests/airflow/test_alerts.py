"""Who is told of trouble, by which route; and what becomes of a notice when a route does not work."""

import asyncio
import json
import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from airflow.sdk import BaseNotifier
from ledger_database import make_ledger
from moving_clock import Clock

from colophon import environment
from colophon.errors import AuthFailedError, BadConfigError, BadRecordError, ServerError, StagingFullError
from colophon.ledger import Ledger
from colophon_airflow import alerts, told_here, watch
from colophon_airflow.notices import IN_VAIN, Notice, notice_of_task
from colophon_airflow.operators.failure import TaskFailed
from colophon_airflow.standing import open_causes, tell
from colophon_sandbox.serve import running_sandbox

NOTICE = Notice("push__x: deliver failed in try 1", "it is away", "Look at it.", "http://airflow/dags/push__x/runs/1")
SAID: list[str] = []


class Pager(BaseNotifier):
    """A notifier that somebody installed."""

    def __init__(self, text: str, **_: Any) -> None:
        super().__init__()
        self.text = text

    def notify(self, context: Any) -> None:
        SAID.append(self.text)


class Dead(Pager):
    """One whose other side is away."""

    def notify(self, context: Any) -> None:
        raise OSError("token c4n4ry")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """An empty ledger, and `routes(*routes)` that configures them."""
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    make_ledger(url)
    SAID.clear()
    monkeypatch.setenv("AIRFLOW_CONN_COLOPHON_LEDGER", url)
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", "http://airflow")

    def routes(*wanted: object) -> None:
        monkeypatch.setenv("AIRFLOW__COLOPHON__ALERTS", json.dumps(wanted))

    return SimpleNamespace(ledger=lambda: Ledger.open(url), routes=routes, file=tmp_path / "alerts.log", patch=monkeypatch, folder=tmp_path)


def pager(kind: type[BaseNotifier] = Pager, text: str = "!! {{ what }} // {{ do }}") -> dict[str, Any]:
    return {"notifier": f"{__name__}.{kind.__name__}", "kwargs": {"text": text}}


def context(
    task_id: str = "deliver", run_id: str = "r", map_index: int = -1, try_number: int = 4, dag_id: str = "push__x", **more: object
) -> dict[str, Any]:
    ti = SimpleNamespace(dag_id=dag_id, run_id=run_id, task_id=task_id, map_index=map_index, try_number=try_number, max_tries=3)
    return {"ti": ti, "dag": SimpleNamespace(dag_id=dag_id), "run_id": run_id, **more}


def notices(place: SimpleNamespace) -> list[list[str]]:
    text = place.file.read_text(encoding="utf-8") if place.file.exists() else ""
    return [notice.splitlines()[1:] for notice in text.split("\n\n") if notice]


def test_the_first_route_that_works_takes_the_notice(place: SimpleNamespace) -> None:
    """A file comes after the pager, and gets nothing while that one works."""
    place.routes(pager(), {"file": str(place.file)})
    assert alerts.send(NOTICE) == "route 1 (notifier)"
    assert (SAID, notices(place)) == (["!! push__x: deliver failed in try 1 // Look at it."], [])


def test_a_route_that_fails_falls_to_the_next_and_is_remembered_until_it_works(place: SimpleNamespace) -> None:
    """On-call hears of it all the same; the desk shows the route, without what its error says. A check that does not reach it mends nothing."""
    place.routes(pager(Dead), {"file": str(place.file)})
    assert alerts.send(NOTICE) == "route 2 (file)"
    assert notices(place) == [str(NOTICE).splitlines()]
    alerts.check()
    with place.ledger() as ledger:
        assert alerts.troubles(ledger) == ["route 1 (notifier): unforeseen: OSError"]
    place.routes(pager(), {"file": str(place.file)})
    alerts.send(NOTICE)
    with place.ledger() as ledger:
        assert alerts.troubles(ledger) == []


def test_what_a_notice_says_is_no_template(place: SimpleNamespace) -> None:
    """A title with braces stays what it is, and reveals nothing of Airflow."""
    place.routes(pager(text="{{ notice }}"))
    alerts.send(NOTICE._replace(why="{{ conf.get('database', 'sql_alchemy_conn') }} {{ do }}"))
    assert "why: {{ conf.get('database', 'sql_alchemy_conn') }} {{ do }}" in SAID[0]


def test_an_e_mail_holds_the_notice_as_text(place: SimpleNamespace) -> None:
    """In four lines whatever stands in it, and nothing of it is markup."""
    from airflow.providers.smtp.notifications.smtp import SmtpNotifier

    sent = []
    place.patch.setattr(SmtpNotifier, "notify", lambda self, _: sent.append((self.to, self.subject, self.html_content)))
    place.routes({"email": ["on-call@example.org"]})
    assert alerts.send(NOTICE._replace(what="x\r\nBcc: y", why="<script>{{ do }}")) == "route 1 (email)"
    [(to, subject, content)] = sent
    assert (to, subject) == (["on-call@example.org"], "Colophon: x Bcc: y")
    assert "why: &lt;script&gt;{{ do }}\ndo: " in content


def test_without_any_route_that_works_the_log_says_it_and_nothing_breaks(place: SimpleNamespace, caplog: pytest.LogCaptureFixture) -> None:
    """It is called where something failed already, perhaps the ledger too."""
    place.patch.setenv("AIRFLOW_CONN_COLOPHON_LEDGER", "sqlite:////nowhere/ledger.db")
    for routes in ([], [pager(Dead)], [{"fax": 1}]):
        place.routes(*routes)
        assert alerts.send(NOTICE) == ""
        assert f"Nobody was told, no alert route works:\n{NOTICE}" in caplog.text
        caplog.clear()


@pytest.mark.parametrize(
    ("routes", "said"),
    [
        ([], "no alert route is configured"),
        ({"file": "/x"}, "no JSON list of routes"),
        ([{"fax": "c4n4ry"}], "route 1 of .* names none or many of"),
        ([{"file": "/tmp/a"}, {"push": [], "people": "c4n4ry"}], "route 2 of .* is wrong in push"),
        ([{"email": "x@example.org", "copy": "c4n4ry"}], "route 1 of .* is wrong in copy"),
        ([{"file": "/nowhere/at/all/alerts.log"}], "unforeseen: FileNotFoundError"),
        ([{"notifier": "no.such.Pager", "kwargs": {"text": "{{ notice }}"}}], "no.such.Pager is not installed"),
        ([{"notifier": "colophon_airflow.alerts.send", "kwargs": {"text": "{{ notice }}"}}], "is no notifier"),
        ([pager(text="something is wrong")], "no argument of the notifier has a place for the notice"),
        ([{"email": "x@example.org", "smtp_conn_id": "smtp_nowhere"}], "connection does not work|unforeseen"),
    ],
)
def test_the_doctor_refuses_what_would_tell_nobody(place: SimpleNamespace, routes: object, said: str) -> None:
    """Each names the route and what to change, and no value of it."""
    place.patch.setenv("AIRFLOW__COLOPHON__ALERTS", json.dumps(routes))
    with pytest.raises(BadConfigError, match=said) as problem:
        alerts.check()
    assert "c4n4ry" not in str(problem.value)
    assert problem.value.advice


def test_push_goes_by_the_system_itself_and_to_who_has_a_device(place: SimpleNamespace) -> None:
    """No DAG stands between; what cannot be sent is the next route's."""
    (place.folder / "people.csv").write_text("person,kind,value\n21,token,tok-ok-21\n22,email,x@example.org\n", encoding="utf-8")
    place.patch.setenv("AIRFLOW__COLOPHON__CONFIG_FOLDER", str(place.folder))
    place.routes({"push": ["21"]}, {"file": str(place.file)})
    with running_sandbox() as sandbox:
        found = {"conn_type": "opentext_push", "host": f"{sandbox}/push/mra/v1", "login": "sandbox", "password": "sandbox-not-a-password"}
        place.patch.setenv("AIRFLOW_CONN_OPENTEXT_PUSH_DEFAULT", json.dumps({**found, "extra": {"account": "acme"}}))
        now = datetime.now(UTC).isoformat()
        requests.put(f"{sandbox}/__sandbox__/clock", json={"now": now, "mode": "running"}, timeout=10).raise_for_status()
        assert "1 people have devices" in alerts.check()
        assert alerts.send(NOTICE) == "route 1 (push)"
        requests.post(f"{sandbox}/__sandbox__/clock/advance", json={"seconds": 600}, timeout=10).raise_for_status()
        effects = requests.get(f"{sandbox}/__sandbox__/effects", timeout=10).json()["effects"]
        assert [effect["kind"] for effect in effects] == ["push.delivered"]
        place.routes({"push": ["22"]}, {"file": str(place.file)})
        with pytest.raises(BadConfigError, match="person 1 of the route has no device"):
            alerts.check()
        assert alerts.send(NOTICE) == "route 2 (file)"


def test_one_cause_that_many_mapped_tasks_have_is_one_notice(place: SimpleNamespace) -> None:
    """Forty recipients and one wrong password: one page, in the runs after it too. Another cause is another."""
    place.routes({"file": str(place.file)})
    wrong = AuthFailedError("the system refused our credentials", system="xconnector", operation="publish")
    for index in range(40):
        watch.tell_failed_task(context(map_index=index, exception=TaskFailed(wrong)))
    watch.tell_failed_task(context(map_index=7, exception=TaskFailed(BadRecordError("no ISBN"))))
    watch.tell_failed_task(context(run_id="next", map_index=0, exception=TaskFailed(wrong)))
    assert [lines[1] for lines in notices(place)] == ["why: the system refused our credentials", "why: no ISBN"]


def test_one_system_that_fails_many_dags_is_one_notice(place: SimpleNamespace) -> None:
    """A password that is wrong for all is told by the first; what another system, or a subject, has is another matter."""
    place.routes({"file": str(place.file)})
    problems = {
        "push__a": AuthFailedError("a", system="xconnector"),
        "push__b": AuthFailedError("b", system="xconnector"),
        "push__c": ServerError("c", system="xconnector"),
        "push__d": AuthFailedError("d", system="bytenite"),
        "push__e": BadRecordError("e", system="xconnector"),
        "push__f": BadRecordError("f", system="xconnector"),
    }
    for dag_id, problem in problems.items():
        one = context(exception=TaskFailed(problem))
        one["ti"].dag_id = dag_id
        watch.tell_failed_task(one)
    assert [lines[1] for lines in notices(place)] == [f"why: {name}" for name in "acdef"]


def test_what_fails_every_day_is_told_every_day(place: SimpleNamespace) -> None:
    """A DAG that runs each hour with a wrong password is one page a day."""
    place.routes({"file": str(place.file)})
    clock = Clock(datetime(2026, 5, 1, tzinfo=UTC))
    with environment.use(replace(environment.REAL, clock=clock)):
        for hours in range(0, 48, 4):
            clock.now = datetime(2026, 5, 1, tzinfo=UTC) + timedelta(hours=hours)
            watch.tell_failed_task(context(run_id=f"r{hours}", exception=TaskFailed(AuthFailedError("refused"))))
    assert len(notices(place)) == 3


def test_a_task_that_was_cleared_in_vain_is_told_again(place: SimpleNamespace) -> None:
    """The same cause in the same run, two hours later; mapped tasks of one try that fail one after the other are no news."""
    place.routes({"file": str(place.file)})
    clock = Clock(midnight := datetime(2026, 5, 1, tzinfo=UTC))
    with environment.use(replace(environment.REAL, clock=clock)):
        for hours, began in ((0, 0), (0.5, 0.25), (1.5, 0.25), (2, 1.75)):
            clock.now = midnight + timedelta(hours=hours)
            dag_run = SimpleNamespace(start_date=midnight + timedelta(hours=began))
            watch.tell_failed_task(context(dag_run=dag_run, exception=TaskFailed(AuthFailedError("refused"))))
    assert len(notices(place)) == 2


def test_of_an_error_that_is_not_ours_only_the_type_is_told(place: SimpleNamespace) -> None:
    """Its message may name a person, or hold a secret."""
    place.routes({"file": str(place.file)})
    watch.tell_failed_task(context(exception=ValueError("Jane c4n4ry")))
    assert notices(place)[0][1] == "why: unforeseen: ValueError"
    assert "c4n4ry" not in place.file.read_text(encoding="utf-8")


def test_a_run_is_told_only_where_no_task_of_it_could_say_why(place: SimpleNamespace) -> None:
    """A killed worker says nothing: the end of the run is told. A run over its time limit is told whatever else was."""
    place.routes({"file": str(place.file)})
    watch.tell_failed_task(context(exception=TaskFailed(AuthFailedError("refused"))))
    watch.tell_failed_run(context(reason="task_failure"))
    assert len(notices(place)) == 1
    watch.tell_failed_run(context(run_id="killed", reason="task_failure"))
    watch.tell_failed_run(context(reason="timed_out"))
    assert [lines[:2] for lines in notices(place)[1:]] == [
        ["what: push__x: the run killed failed", "why: a task of it failed without a word"],
        ["what: push__x: the run r failed", "why: it took longer than a run may (`run_minutes`)"],
    ]
    clock = Clock(datetime.now(UTC) + timedelta(hours=2))
    with environment.use(replace(environment.REAL, clock=clock)):  # cleared since, and killed
        later = SimpleNamespace(start_date=clock.now - timedelta(minutes=1))
        watch.tell_failed_run(context(run_id="killed", reason="task_failure", dag_run=later))
    assert len(notices(place)) == 4


def test_a_late_run_says_what_it_waits_for(place: SimpleNamespace) -> None:
    """As Airflow calls it: with the run as its API shows it, and where tasks run, so that a dead triggerer cannot keep it back."""
    place.routes({"file": str(place.file)})
    run = {"dag_id": "push__x", "dag_run_id": "scheduled__2026", "queued_at": "2026-05-01T07:00:00Z"}
    watch.tell_late_run(context={"dag_run": run | {"state": "running"}})
    asyncio.run(watch.tell_late_run_by_triggerer(context={"dag_run": run | {"dag_id": "push__y", "state": "queued"}}))
    first, second = notices(place)
    assert first[0] == "what: push__x: the run scheduled__2026 is late, queued at 2026-05-01 07:00 UTC"
    assert "living triggerer" in first[2]
    assert first[3] == "where: http://airflow/dags/push__x/runs/scheduled__2026"
    assert "the run before it has not ended" in second[1]


def test_where_the_ledger_is_gone_this_machine_remembers_for_a_while(place: SimpleNamespace) -> None:
    """The ledger may be the trouble: one notice, whichever DAGs fail by it and however often; an hour of quiet later, another."""
    place.routes({"file": str(place.file)})
    place.patch.setattr(tempfile, "tempdir", str(place.folder))
    place.patch.setenv("AIRFLOW_CONN_COLOPHON_LEDGER", "sqlite:////nowhere/ledger.db")
    clock = Clock(datetime(2026, 5, 1, tzinfo=UTC))
    with environment.use(replace(environment.REAL, clock=clock)):
        for minutes in (0, 10, 60, 110):
            clock.now = datetime(2026, 5, 1, tzinfo=UTC) + timedelta(minutes=minutes)
            watch.tell_failed_task(context(run_id=f"r{minutes}", exception=TaskFailed(AuthFailedError("refused"))))
            watch.tell_failed_run(context(run_id=f"r{minutes}", reason="task_failure"))
        assert len(notices(place)) == 1
        clock.now += timedelta(hours=2)
        watch.tell_failed_task(context(run_id="later", exception=TaskFailed(AuthFailedError("refused"))))
    assert len(notices(place)) == 2
    place.patch.setattr(tempfile, "tempdir", "/nowhere")
    for _ in range(2):
        watch.tell_failed_task(context(exception=TaskFailed(AuthFailedError("refused"))))  # rather twice than never
    assert len(notices(place)) == 4


def test_the_ledger_hears_later_what_was_told_while_it_was_gone(place: SimpleNamespace) -> None:
    """Of two DAGs that failed by it one was told; when the ledger is back both stand, and one end is told."""
    place.routes({"file": str(place.file)})
    place.patch.setattr(tempfile, "tempdir", str(place.folder))
    away, start = TaskFailed(AuthFailedError("refused")), datetime(2026, 5, 1, tzinfo=UTC)
    clock = Clock(start)
    with environment.use(replace(environment.REAL, clock=clock)):
        with place.patch.context() as patch:
            patch.setattr("colophon_airflow.settings.open_ledger", lambda: 1 / 0)
            for minutes, dag_id in enumerate(["push__x", "push__y", "push__x"]):
                clock.now = start + timedelta(minutes=minutes)
                watch.tell_failed_task(context(dag_id=dag_id, exception=away))
        with place.ledger() as ledger:
            told_here.hand_over(ledger, clock.now)
            told_here.hand_over(ledger, clock.now)
            assert sorted(cause.split(":")[1] for cause in open_causes(ledger)) == ["push__x", "push__y"]
            for cause in open_causes(ledger):
                tell(ledger, cause, None, now=clock.now + timedelta(hours=1))
            told_here.hand_over(ledger, clock.now)
            assert open_causes(ledger) == [], "it is handed over once"
    first, end = notices(place)
    assert first[0].startswith("what: push__x")
    assert end[:2] == ["what: Over: " + first[0].removeprefix("what: "), "why: it was so since 2026-05-01 00:00 UTC"]


def test_what_was_tried_in_vain_does_not_say_that_it_is_tried_again() -> None:
    """On-call is not told to wait for a retry that will not come."""
    away = ServerError("it answered 503 on every try")
    assert notice_of_task(context(try_number=4), away).do == IN_VAIN
    assert "retried" in notice_of_task(context(try_number=1), away).do
    full = StagingFullError("no space left")
    assert notice_of_task(context(try_number=4), full).do == full.remedy, "what somebody can do about it is said at each try"
