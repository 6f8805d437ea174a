"""What the pages show, and that nothing in them is taken for markup."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from filled import BATCH, HOSTILE, ISBN, RUN

from colophon.domain.delivery import Intent, Judgement
from colophon.domain.finding import Finding, Severity
from colophon.errors import TransportError
from colophon.ledger.browse import Wanted
from colophon.ledger.exception_queue import Chosen
from colophon.rehearsed import key_of
from colophon_airflow import alerts

PAGES = (
    "/",
    "/launches",
    "/launches?view=weeks",
    "/launches/meeting?weeks=52",
    "/titles",
    "/deliveries",
    "/exceptions",
    "/notices",
    "/letters",
    "/runs",
    "/drift",
    "/plans",
    "/recipients",
    "/flows",
    "/parties",
    "/rights",
    "/statements",
    "/tray?state=",
    "/videos",
    "/quality",
    "/audit",
)


def links(text: str) -> set[str]:
    """Addresses that a page leads to, within the desk."""
    return {found.replace("&amp;", "&") for found in re.findall(r'href="(/[^"#]*)"', text)}


@pytest.mark.parametrize("path", [*PAGES, "/launches/77"])
def test_hostile_titles_are_text(desk, path) -> None:
    """Nothing of a title's markup becomes markup, on any page."""
    for role in ("viewer", "op"):
        answer = desk.client(role).get(path)
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text
        assert "<b>Ångström" not in answer.text
        assert answer.text.count("{{") == answer.text.count("{{ 7*7 }}")


@pytest.mark.parametrize("part", ["", "/story", "/stop"])
def test_a_page_of_a_title_stands_under_titles(desk, part) -> None:
    """In the menu, which on a phone says where one is."""
    page = desk.client("op").get(f"/titles/{ISBN}{part}").text
    assert '<a href="/titles" aria-current="page">' in page
    assert "Menu: Titles" in page


def test_an_exception_of_a_delivery_leads_to_it(desk, ledger) -> None:
    """There it is sent again."""
    (failed,) = ledger.desk.deliveries_page(Wanted(destination="to-refused"))
    found = Finding(subject="feed:kobo", rule="DELIVERY-FAILED", severity=Severity.ERROR, field=f"delivery {failed.id}", found="given up",
                    expected="taken", remedy="Mend it", owner="operations")  # fmt: skip
    ledger.exceptions.record("u:delivery", "kobo", None, [found], as_of=ledger.clock())
    (row,) = ledger.people.exceptions_page(Chosen(rule="DELIVERY-FAILED"))
    page = desk.client("op").get(f"/exceptions/{row.id}").text
    assert f'href="/deliveries/{failed.id}"' in page
    assert "<h1>DELIVERY-FAILED of message</h1>" in page


def test_every_link_leads_somewhere(desk) -> None:
    """From Today on, every number and name leads to a page that answers; Airflow's own pages and those of live records aside."""
    viewer = desk.client("op")
    seen, left = set(), {"/"}
    while left - seen:
        path = (left - seen).pop()
        seen.add(path)
        answer = viewer.get(path)
        assert answer.status_code == 200, path
        if "text/html" in answer.headers["content-type"]:
            left |= {
                found
                for found in links(answer.text)
                if not found.startswith(("/dags", "/statements/report/")) and not found.endswith(("/rights", "/readiness", "/what-if"))
            }
        assert len(seen) < 600  # the walk ends: no page makes addresses without end
    assert any(path.startswith("/deliveries/d-") for path in seen)
    assert any("format=xlsx" in path for path in seen)


def test_a_viewer_is_shown_no_button_that_acts(desk, ledger) -> None:
    """No form that posts, on any page."""
    story = ledger.desk.deliveries_page(desk_wanted("failed"), limit=1)[0]
    for path in (*PAGES, f"/deliveries/{story.id}"):
        assert 'method="post"' not in desk.client("viewer").get(path).text, path
    assert 'method="post"' in desk.client("op").get(f"/deliveries/{story.id}").text


def desk_wanted(*states):
    """Deliveries in these states."""
    from colophon.ledger.browse import Wanted

    return Wanted(states=states)


def test_what_was_superseded_is_no_failure(desk, ledger) -> None:
    """A revision that gave way is found among the deliveries, and not counted on Today, where failures are."""

    def tiles() -> list[str]:
        return re.findall(r'<li class="tile[^"]*"><a [^>]*><b>([^<]*)</b> (?:done|unknown|failed)<', desk.client("viewer").get("/").text)

    before = tiles()
    assert len(before) == 3
    for content in (b"A", b"B"):
        ledger.plan([Intent("xconnector__metadata_syndication", "kobo", "isbn:9", "A", content, "text/plain", datetime.now(UTC))])
    assert tiles() == before
    assert "superseded" not in desk.client("viewer").get("/").text
    [row] = ledger.desk.deliveries_page(desk_wanted("superseded"))
    assert f"/deliveries/{row.id}" in desk.client("viewer").get("/deliveries?state=superseded").text
    page = desk.client("op").get(f"/deliveries/{row.id}").text
    assert "a newer revision takes its place" in page
    assert "send again" not in page.casefold()


def test_what_was_withdrawn_says_by_which_run_and_why(desk, ledger) -> None:
    """It is found among the deliveries and on its own page, asks nothing of anybody, and cannot be sent again."""
    now = datetime.now(UTC)
    ledger.plan([Intent("fourallportal__rights_availability", "4allportal", "isbn:9", "B", b"open", "text/plain", now)])
    judgement = Judgement(subjects=["isbn:9"], settled=["isbn:9"])
    ledger.enter("fourallportal__rights_availability", {"4allportal": judgement}, as_of=now, run="scheduled__2026-05-05")
    [row] = ledger.desk.deliveries_page(desk_wanted("withdrawn"))
    assert f"/deliveries/{row.id}" in desk.client("viewer").get("/deliveries?state=withdrawn").text
    page = desk.client("op").get(f"/deliveries/{row.id}").text
    assert "no longer wanted; judged by scheduled__2026-05-05" in page
    assert "send again" not in page.casefold()
    assert "withdrawn" not in desk.client("viewer").get("/").text


def test_events_that_nobody_took_are_shown(desk, ledger) -> None:
    """What is parked, and what waits since days; nothing of it is shown before, nor of what is only noted."""
    assert "Events that nobody took" not in desk.client("viewer").get("/").text
    clock, ledger.clock = ledger.clock, lambda: datetime.now(UTC) - timedelta(days=2)
    ledger.inbox.take("exstream", "o-1", "exstream.outcome", b"")
    ledger.inbox.take("push", "s-1", "push.status", b"")
    ledger.inbox.take("/crm", "w-1", "acme.weather.v1", b"", "there is no such event")
    ledger.clock = clock
    ledger.inbox.take("/erp", "f-1", "colophon.delivery.failure.v1", b"")
    text = desk.client("viewer").get("/").text
    assert "waits: its DAG is paused or fails" in text
    assert "parked: nobody could deal with it" in text
    assert {name: name in text for name in ("exstream.outcome", "acme.weather.v1", "push.status", "delivery.failure")} == {
        "exstream.outcome": True,
        "acme.weather.v1": True,
        "push.status": False,
        "delivery.failure": False,
    }


def test_a_title_is_found_by_number_name_and_contributor(desk) -> None:
    """Accents and case do not matter; hyphens of an ISBN neither, and a whole one leads to its title at once."""
    viewer = desk.client("viewer")
    assert viewer.get("/titles", params={"q": "978-0-00-000000-2"}).headers["location"] == f"/titles/{ISBN}"
    assert "No title is called that" in viewer.get("/titles", params={"q": "978-0-00-000006-4"}).text
    for q in ("97800", "eclair", "ZIZEK", "zoe angstrom", "東京"):
        assert "9780000000002" in viewer.get("/titles", params={"q": q}).text, q
    for q in ("nothing like it", "9790", "%", "_"):
        assert "No title is called that" in viewer.get("/titles", params={"q": q}).text, q


def test_two_deliveries_are_compared(desk, ledger) -> None:
    """What changed from one revision to the next stands there line by line."""
    new, old = ledger.desk.deliveries_page(desk_wanted()._replace(destination="to-confirmed"), limit=2)
    text = desk.client("viewer").get("/deliveries/compare", params={"a": old.id, "b": new.id}).text
    assert re.search(r"is-gone.*?&lt;b&gt;0&lt;/b&gt;.*is-added.*?&lt;b&gt;new&lt;/b&gt;", text, re.DOTALL)


def test_contents_about_persons_are_not_shown(desk, ledger) -> None:
    """A letter or a message to a person is in the ledger, and not on the desk."""
    from colophon.domain.delivery import Intent

    secret = Intent("exstream__reader_campaigns", "exstream", "contact:1", "C", b'{"name": "Somebody"}', "application/json", ledger.clock())
    ledger.plan([secret])
    row = ledger.desk.deliveries_page(desk_wanted()._replace(subject="contact:1"), limit=1)[0]
    for path in (f"/deliveries/{row.id}", f"/deliveries/compare?a={row.id}&b={row.id}"):
        text = desk.client("admin").get(path).text
        assert "Somebody" not in text
        assert "not for everybody" in text


def test_what_ends_is_shown_by_month_once(desk, ledger) -> None:
    """Two people were told of the same end: it is one line, with the record and the days left; a digest is none."""
    from datetime import date

    from colophon.domain.delivery import Intent
    from colophon.use_cases.push.ending_rights import Threshold

    told = str(Threshold("contract:9901", date(2031, 3, 1), 90))
    for who, labels in (
        ("a", {"threshold": told, "title": "One"}),
        ("b", {"threshold": told, "title": "One"}),
        ("c", {"title": "2 rights"}),
    ):
        ledger.plan(
            [Intent("push__rights_expiry_scan", "push", f"{who}/{told}", "A", b"{}", "application/json", ledger.clock(), labels=labels)]
        )
    viewer = desk.client("viewer")
    text = viewer.get("/rights").text
    assert (len(re.findall(r"<td[^>]*>contract:9901", text)), "month=2031-03" in text) == (1, True)
    assert "contract:9901" in viewer.get("/rights?month=2031-03").text


def test_the_calendar_leads_from_a_month_to_a_day_to_the_alert(desk) -> None:
    """Month, day, record: each a link; another day of the same month is empty and says so; what is far off is not urgent."""
    viewer = desk.client("viewer")
    assert "/rights?month=2031-03" in links(viewer.get("/rights").text)
    month = viewer.get("/rights?month=2031-03").text
    assert "/rights?day=2031-03-17" in links(month)
    assert month.count('<td class="is-today">') + month.count("<td>") + month.count('<td class="break">') >= 31
    day = viewer.get("/rights?day=2031-03-17").text
    assert (day.count("contract:7"), any(found.startswith("/deliveries/d-") for found in links(day))) == (1, True)
    assert "Nothing ends then" in viewer.get("/rights?day=2031-03-18").text
    assert "Nothing ends then" in viewer.get("/rights?within=7").text


def test_a_batch_counts_payees_and_not_only_statements(desk) -> None:
    """Two statements of one payee are one payee; behind an outcome its statements, by number and without names."""
    viewer = desk.client("viewer")
    text = viewer.get("/statements/batch", params={"name": BATCH}).text
    assert re.findall(r"<b>(\d)</b> payees? (done|sent|failed)<small>(\d)", text) == [
        ("0", "done", "0"),
        ("1", "sent", "2"),
        ("2", "failed", "2"),
    ]
    failed = viewer.get("/statements/batch", params={"name": BATCH, "outcome": "failed"}).text
    assert (failed.count(">502</th>"), failed.count(">503</th>"), failed.count(">501</th>")) == (1, 1, 0)
    assert "/statements/batch?name=2026H1%3Auk+trade&outcome=failed" in links(viewer.get("/statements").text)


def test_a_title_has_its_videos_and_letters(desk) -> None:
    """Each with its outcome, the letter with the number of the contact; another product that the letter names has it too."""
    text = desk.client("viewer").get(f"/titles/{ISBN}").text
    assert "v-1: rules" in text
    assert "renewal, deal 9" in text
    assert re.search(r"<td[^>]*>77</td>", text)


def test_a_title_lists_each_delivery_once_and_marks_what_was_replaced(desk, ledger) -> None:
    """The newest to each destination stands first, however long ago that was; older ones are marked."""
    from filled import intent

    for content in (b"one", b"two"):
        ledger.plan([intent(content=content, destination="of-old")])
    old, new = sorted(row.id for row in ledger.desk.deliveries_page(Wanted(isbn=ISBN), limit=99) if row.destination == "of-old")
    text = desk.client("viewer").get(f"/titles/{ISBN}").text
    rows = re.findall(r'<tr(?: class="(is-closed)")?>\s*<td[^>]*><a href="/deliveries/(d-[^"]+)">[^\n]*revision \d', text)
    marks = {row: mark for mark, row in rows}
    assert len(marks) == len(rows) > 2
    assert {marks[old], marks[new]} == {"", "is-closed"}
    assert [mark for mark, _ in rows] == sorted(mark for mark, _ in rows)


@pytest.mark.parametrize("tags", ["reference", "short"])
def test_a_title_says_what_was_told_of_it(desk, ledger, tags) -> None:
    """Form, status, day and other formats, as the newest message has them, in both kinds of tags; a broken message says nothing."""
    from filled import intent

    from colophon.onix.tags import short_names

    body = (
        "<Product><ProductForm>BC</ProductForm><PublishingStatus>02</PublishingStatus><ImprintName>Quay &amp; Sons</ImprintName>"
        "<PublishingDate><PublishingDateRole>01</PublishingDateRole><Date>20270301</Date></PublishingDate>"
        "<RelatedProduct><ProductRelationCode>06</ProductRelationCode><ProductIdentifier><ProductIDType>15</ProductIDType>"
        "<IDValue>9780000000019</IDValue></ProductIdentifier></RelatedProduct></Product>"
    )
    if tags == "short":
        names = short_names("3.1")
        body = re.sub(r"(</?)(\w+)", lambda found: found[1] + names[found[2]], body)
    ledger.plan([intent(content=body.encode(), destination="short", bundled=True)])
    viewer = desk.client("viewer")
    text = viewer.get(f"/titles/{ISBN}").text
    assert all(word in text for word in ("Paperback", "Forthcoming", "2027-03-01", "Quay &amp; Sons", "9780000000019"))
    ledger.plan([intent(content=b"<Product", destination="broken", bundled=True)])
    assert "Paperback" in viewer.get(f"/titles/{ISBN}").text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/deliveries/d-none", 404),
        ("/exceptions/x-none", 404),
        ("/titles/9999999999999", 404),
        ("/deliveries?after=yesterday", 422),
        ("/deliveries?since=1.1.2026", 422),
        ("/exceptions?state=odd", 422),
        ("/rights?month=2031-13", 422),
        ("/rights?day=yesterday", 422),
        ("/statements/batch?name=none", 404),
        ("/nowhere", 404),
    ],
)
def test_what_is_wrong_is_said(desk, path, status) -> None:
    """A page with the fault, its code and what to do; for a program the same as problem+json."""
    viewer = desk.client("viewer")
    answer = viewer.get(path)
    assert (answer.status_code, "What to do" in answer.text) == (status, True)
    told = viewer.get(path, headers={"accept": "application/json"})
    assert (told.status_code, told.headers["content-type"]) == (status, "application/problem+json")
    assert told.json()["remedy"]


def test_a_ledger_that_does_not_answer_is_said(desk, monkeypatch) -> None:
    """The page stays a page, with the code of the error and its remedy."""
    from colophon.ledger.browse import Browse

    def fails(*args, **kwargs):
        raise TransportError("the ledger does not answer", system="ledger")

    monkeypatch.setattr(Browse, "flows", fails)
    answer = desk.client("viewer").get("/deliveries")
    assert (answer.status_code, "try.transport" in answer.text, "What to do" in answer.text) == (503, True, True)


def test_an_empty_ledger_has_pages_too(desk, ledger) -> None:
    """Every page says that there is nothing, and where it comes from."""
    with ledger.begin() as connection:
        from colophon.ledger.tables import metadata

        for table in metadata.sorted_tables:
            connection.execute(table.delete())
    for path in PAGES:
        answer = desk.client("op").get(path)
        assert (answer.status_code, "<h1>" in answer.text) == (200, True), path
    assert "Nothing was delivered in 14 days" in desk.client("viewer").get("/").text


def test_what_can_run_is_said_where_systems_are_asked(desk, ledger) -> None:
    """Nobody asked yet: no section. Then every use case with its reason, as page and as rows."""
    assert "What can run" not in desk.client("viewer").get("/").text
    found = {"push__rights_expiry_scan": ["cannot", "rights_deals <b>neither</b> offered"], "exstream__service_outcomes": ["runs"]}
    ledger.memory.put("readiness", found, datetime.now(UTC))
    page = desk.client("viewer").get("/").text
    assert "What can run" in page
    assert "rights_deals &lt;b&gt;neither&lt;/b&gt; offered" in page
    rows = desk.client("viewer").get("/api/use-cases", headers={"accept": "application/json"}).json()["rows"]
    assert [(row["use_case"], row["state"]) for row in rows] == [
        ("exstream__service_outcomes", "runs"),
        ("push__rights_expiry_scan", "cannot"),
    ]


def test_asking_the_systems_says_what_can_run(ledger, connect, catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other systems have no connection here; what needs them cannot run, and says which."""
    from colophon_airflow.desk import health

    for kind in ("OPENTEXT_PUSH", "OPENTEXT_EXSTREAM", "XCONNECTOR", "FOURALLPORTAL", "BYTENITE"):
        monkeypatch.delenv(f"AIRFLOW_CONN_{kind}_DEFAULT", raising=False)
    connect(catalogue, profile="documented")
    health.ask_all(ledger, datetime.now(UTC))
    found = {row.use_case: row for row in health.known_readiness(ledger)}
    ours = {use_case for use_case in found if use_case.startswith("ops__")}  # these look after Colophon itself, and need no system
    assert {row.state for use_case, row in found.items() if use_case not in ours} == {"cannot"}
    assert {found[use_case].state for use_case in ours} == {"runs"}
    assert "opentext_push: config.connection" in found["push__rights_expiry_scan"].why


def test_an_alert_route_that_does_not_work_is_red_on_today(desk, ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """None configured; one that failed when it was used last, told as text; and nothing once it works."""
    title = "</span> alert route"
    monkeypatch.setenv("AIRFLOW__COLOPHON__ALERTS", "")
    page = desk.client("viewer").get("/").text
    assert title in page
    assert "no alert route is configured" in page
    monkeypatch.setenv("AIRFLOW__COLOPHON__ALERTS", json.dumps([{"file": str(tmp_path / "alerts.log")}]))
    assert title not in desk.client("viewer").get("/").text
    ledger.memory.put("alerts", {"route 1 (file)": "unforeseen: <b>OSError</b>"}, datetime.now(UTC))
    assert "route 1 (file): unforeseen: &lt;b&gt;OSError" in desk.client("viewer").get("/").text
    alerts.check()
    assert title not in desk.client("viewer").get("/").text


def test_a_plan_says_what_would_go_and_what_is_kept_back(desk) -> None:
    """Title by title; one recipient alone where that is chosen; a plan that is not kept is named as missing."""
    vera = desk.client("viewer")
    page = vera.get(f"/plans/{key_of(RUN)}").text
    assert "A dry run: nothing went." in page
    assert "<ins>New</ins>" in page
    assert "<script>alert" not in page
    assert "kept back" in page
    assert key_of(RUN) in vera.get("/plans").text
    assert "No title is like that." in vera.get(f"/plans/{key_of(RUN)}?recipient=erp-json").text
    assert vera.get("/plans/none").status_code == 404


def test_a_title_says_whether_it_went_to_each_recipient(desk) -> None:
    """Acknowledged, failed on its way, unknown, never judged: each recipient has its answer."""
    page = desk.client("viewer").get(f"/titles/{ISBN}").text
    answers = page.partition("Did it go?")[2].partition("</table>")[0]
    assert "former recipient" in answers
    assert "not armed" in answers
    assert HOSTILE not in answers


def test_a_ledger_that_was_restored_is_red_on_today(desk, ledger) -> None:
    """Why nothing is sent, told as text; and nothing once a person has said as of when."""
    assert "Nothing is sent" not in desk.client("viewer").get("/").text
    ledger.restoring.raise_fence("from <b>Monday</b>", by="Ada")
    page = desk.client("viewer").get("/").text
    assert "Nothing is sent" in page
    assert "from &lt;b&gt;Monday&lt;/b&gt;" in page
    ledger.restoring.restored(as_of=datetime(2026, 5, 1, tzinfo=UTC), by="Ada", sent={}, margin=1)
    assert "Nothing is sent" not in desk.client("viewer").get("/").text
