"""*Today* opens with what needs a person, and calls nothing well that nobody knows to be well."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from filled import answered, intent

from colophon import run_page
from colophon.domain.delivery import Intent
from colophon.domain.finding import Finding, Severity
from colophon.errors import TransportError
from colophon.ledger import Ledger

UC = "xconnector__metadata_syndication"


def lines(text: str) -> list[tuple[str, str, str]]:
    """Kind, words and address of each line."""
    shown = text.partition('id="h-needs"')[2].partition("</section>")[0]
    found = re.findall(r'<span class="outcome"><span[^>]*>.</span> ([^<]+)</span>\s*<a (?:data-airflow )?href="([^"]*)">([^<]*)</a>', shown)
    return [(kind, what, path.replace("&amp;", "&")) for kind, path, what in found]


@pytest.fixture
def add_run(desk) -> Iterator[Callable[..., None]]:
    """`add_run(dag_id, state, hours_ago)`: a run as Airflow's database has it."""
    from airflow.models.dag import DagModel
    from airflow.models.dagbundle import DagBundleModel
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from airflow.utils.types import DagRunType

    at, dags = datetime.now(UTC), set[str]()

    def add(dag_id: str, state: str, hours_ago: float, queued_hours_ago: float | None = None, kind: str = "scheduled") -> None:
        with create_session() as session:
            if dag_id not in dags:
                session.merge(DagBundleModel(name="needs"))
                session.flush()
                session.add(
                    DagModel(dag_id=dag_id, bundle_name="needs", is_stale=False, is_paused=False, _dag_display_property_value="Nightly")
                )
                session.flush()
                dags.add(dag_id)
            moment = at - timedelta(hours=hours_ago)
            run = DagRun(
                dag_id=dag_id, run_id=f"r-{hours_ago}", run_type=DagRunType(kind), run_after=moment, state=state, logical_date=moment,
                queued_at=at - timedelta(hours=hours_ago if queued_hours_ago is None else queued_hours_ago),
            )  # fmt: skip
            session.add(run)

    yield add
    with create_session() as session:
        for model in (DagRun, DagModel):
            session.query(model).filter(model.dag_id.in_(dags)).delete()


def test_a_use_case_stands_by_the_name_that_airflow_displays(desk, add_run) -> None:
    """In tables and filters; an id never."""
    from colophon_airflow.desk import runs

    runs._displayed.cache_clear()
    add_run(UC, "success", 2)
    page = desk.client("viewer").get("/deliveries").text
    runs._displayed.cache_clear()
    assert f'<option value="{UC}">Nightly</option>' in page
    assert '<td data-of="Use case">Nightly</td>' in page
    assert "metadata syndication" not in page


def test_every_failed_and_stuck_run_is_named(desk, add_run) -> None:
    """Not the newest of each DAG alone: a run that goes well now hides none that failed, nor one that has stood for a day."""
    add_run("push__failing", "failed", 50)
    add_run("push__failing", "failed", 26)
    add_run("push__failing", "running", 0)
    add_run("push__mended", "failed", 30)
    add_run("push__mended", "success", 2)
    add_run("push__stuck", "queued", 40)
    add_run("push__old", "failed", 24 * 15)
    found = {path: (kind, what) for kind, what, path in lines(desk.client("op").get("/").text)}
    assert found["/dags/push__failing/runs?state=failed"] == ("failed run", "Nightly: 2 runs failed, and none went well since")
    assert found["/dags/push__mended/runs/r-30"] == ("failed run", "Nightly: a run failed; a later one went well")
    assert found["/dags/push__stuck/runs/r-40"][0] == "stuck run"
    assert not [path for path in found if "old" in path]


def test_a_run_that_was_due_long_ago_is_stuck_only_once_it_takes_long(desk, add_run) -> None:
    """One of a DAG that was paused, or of a backfill, counts from when it was queued; the days of a backfill wait for their turn."""
    add_run("push__unpaused", "running", 60, queued_hours_ago=0)
    add_run("push__backfilled", "running", 500, queued_hours_ago=0, kind="backfill")
    add_run("push__backfilled", "queued", 476, queued_hours_ago=30, kind="backfill")
    add_run("push__hanging", "running", 500, queued_hours_ago=30, kind="backfill")
    text = desk.client("op").get("/").text
    assert [path for kind, _, path in lines(text) if kind == "stuck run"] == ["/dags/push__hanging/runs/r-500"]
    assert "1 day, since" in text


def test_what_waits_in_the_ledger_is_a_line_with_its_age(desk, ledger) -> None:
    """Titles still on sale first; then unknown and failed deliveries, exceptions by owner; each leads to its rows."""
    then = datetime.now(UTC) - timedelta(days=3)
    ledger.plan(
        [Intent(UC, "kobo", "isbn:9780000000026", "A", b"off", "text/plain", then, labels={"isbn": "9780000000026", "closed": "rights"})]
    )
    viewer = desk.client("viewer")
    found = {kind: (what, path) for kind, what, path in lines(viewer.get("/").text)}
    assert found["still on sale"] == ("1 title closed by us and not confirmed closed by 1 recipient", "/rights#h-open")
    assert found["unknown outcome"][1] == "/deliveries?state=unknown"
    assert found["exceptions"] == ("metadata: 1 open exception", "/exceptions?owner=metadata")
    assert "3 days, since" in viewer.get("/").text
    page = viewer.get("/rights").text.partition('id="h-open"')[2].partition("</section>")[0]
    assert "/titles/9780000000026" in page
    assert "not yet" in page


def test_what_something_newer_overtook_needs_nobody(desk, ledger: Ledger) -> None:
    """A failed revision counts until a newer one is planned, and a message not beside its titles; the line's rows are those it counts."""
    viewer = desk.client("viewer")

    def failed() -> tuple[int, str]:
        [(what, path)] = [(what, path) for kind, what, path in lines(viewer.get("/").text) if kind == "failed delivery"]
        return int(what.split()[0]), path

    before, path = failed()
    answered(ledger, "refused", 9)
    assert failed()[0] == before
    assert viewer.get(path).text.count('<td data-of="Outcome">') == before
    assert viewer.get("/deliveries?state=failed").text.count('<td data-of="Outcome">') == before + 1
    ledger.plan([intent(destination="to-refused", content=b"<a><b>newer</b></a>")])
    assert failed()[0] == before - 1


def test_a_system_is_well_only_while_that_is_known(desk, ledger) -> None:
    """Well and lately asked: ticked. Asked hours ago: not known, with its age. Sick: red, with its age. Never asked: said."""
    now = datetime.now(UTC)
    ledger.memory.put("health:consonance_default", {"is_well": True, "found": "answers"}, now)
    ledger.memory.put("health:xconnector_default", {"is_well": True, "found": "answers"}, now - timedelta(hours=2))
    ledger.memory.put("health:bytenite_default", {"is_well": False, "found": "auth: 401"}, now - timedelta(hours=5))
    text = desk.client("viewer").get("/").text
    words = [(kind, what) for kind, what, _ in lines(text) if kind in {"sick system", "not known"}]
    assert words == [
        ("sick system", "ByteNite, when it was asked last: auth: 401"),
        ("not known", "Nobody has asked lately how they are: xConnector"),
        ("not known", "Nobody has asked yet how they are: OpenText Push, OpenText Exstream, 4ALLPORTAL"),
    ]
    systems = text.partition('id="h-health"')[2].partition("</section>")[0]
    assert systems.count("✓") == 1
    assert "5 hours, since" in text


def test_nothing_needs_you_only_where_all_was_looked_at(desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A look that fails is named, and hides nothing else; without it the sentence is not said."""
    from colophon_airflow.desk import needs

    names = ("_alerts", "_airflow", "_runs", "_systems", "_approvals", "_takedowns", "_deliveries", "_inbox", "_exceptions")
    for name in names:
        monkeypatch.setattr(needs, name, lambda *_: [])
    viewer = desk.client("viewer")
    assert "Nothing needs you." in viewer.get("/").text

    def away(*_: object) -> None:
        raise TransportError("the database does not answer", system="ledger")

    monkeypatch.setattr(needs, "_takedowns", away)
    text = viewer.get("/").text
    assert "Nothing needs you." not in text
    assert "titles that were closed (the database does not answer)" in text


def test_last_night_is_told_by_recipient(desk, ledger: Ledger) -> None:
    """What was rejected first; unchanged and kept back of the newest run that was no rehearsal; each number leads to its rows."""
    now = ledger.clock()
    plan = {"new": 3, "unchanged": 40, "refused": 2}
    facts = {"read": 45, "sent": 3, "closed": 1, "refused": 2, "out_of_scope": 0, "note": "", "causes": []}
    places = {"to-refused": {"plan": plan, "ledger": {}, "unsettled": {}}}
    key = run_page.keep(ledger.memory, UC, "night", {**facts, "dry": False, "destinations": places}, now, as_of=now)
    run_page.keep(ledger.memory, UC, "rehearsal", {**facts, "dry": True, "destinations": {"nobody": places["to-refused"]}}, now, as_of=now)
    ledger.plan(
        [
            Intent(
                UC, "to-refused", "isbn:9780000000026", "A", b"off", "text/plain", now, labels={"isbn": "9780000000026", "closed": "rights"}
            )
        ]
    )
    viewer = desk.client("viewer")
    shown = viewer.get("/").text.partition('id="h-night"')[2].partition("</section>")[0].replace("&amp;", "&")
    row = next(row for row in shown.split("<tr>") if ">to-refused<" in row)
    assert re.findall(r'data-of="([^"]+)">(?:<a[^>]*>|<span[^>]*>)(\d+)', row) == [
        ("Sent", "0"), ("Unchanged", "40"), ("Kept back", "2"), ("Rejected", "1"), ("Unknown", "0"), ("Closed", "1"),
    ]  # fmt: skip
    assert "nobody" not in shown
    assert f"/runs/{key}" in row
    closed = next(link for link in re.findall(r'href="([^"]+)"', row) if "closed=" in link)
    assert viewer.get(closed).text.count('<td data-of="Outcome">') == 1


def test_exceptions_are_grouped_by_cause_with_titles_named(desk, ledger: Ledger) -> None:
    """Errors first, each with how many, what to do and whose they are; a cause leads to its rows; a title stands by its name."""
    findings = [
        Finding(subject=f"isbn:978000000000{n}", rule="P1", severity=Severity.ERROR, field="prices", found="none", expected="one", remedy="Enter a price", owner="sales_desk")
        for n in (1, 2)
    ]  # fmt: skip
    ledger.exceptions.record(UC, "gardners", None, findings, as_of=ledger.clock())
    viewer = desk.client("viewer")
    text = viewer.get("/exceptions").text
    shown = text.partition('id="h-causes"')[2].partition("</section>")[0].replace("&amp;", "&")
    causes = re.findall(r'<a href="([^"]+)">([^<]+)</a>.*?data-of="How many">(\d+)', shown)
    assert [(what, count) for _, what, count in causes] == [("P1, prices", "2"), ("M1, title", "1"), ("Q2, title", "1")]
    assert "sales desk" in shown
    assert viewer.get(causes[0][0]).text.count('<th scope="row"><a href="/exceptions/x-') == 2
    assert "Éclair" in text.partition("One by one")[2]
