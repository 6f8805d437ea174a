"""What a counterpart shows is made to follow us: what is entered together, which exceptions close, and what a run says of itself."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from dag_walk import Run, dag_named, parsed
from rights_world import CONSONANCE, ENDED, NOBODYS, OPEN, add_video, library, portal_product, shown_open
from station import ADDRESS, Station, open_station

from colophon.blocks import desired_state
from colophon.blocks.decision import Plan
from colophon.blocks.desired_state import CLOSES, OPENS, SHOWS_AGAIN, TURN, gathered
from colophon.domain.delivery import Intent
from colophon.errors import BadRecordError
from colophon_airflow.assets import RIGHTS_CHANGED
from colophon_airflow.settings import open_staging

PORTAL, LIBRARY = "fourallportal__rights_availability", "bytenite__video_rights"
MONDAY = datetime(2026, 6, 1, 5, 30, tzinfo=UTC)
NOON, TUESDAY = MONDAY + timedelta(hours=6), MONDAY + timedelta(days=1)
WORKS = {OPEN: 9, ENDED: 10}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Station]:
    """Two titles in the portal, of which people opened one in France and the other, whose contract has ended, in Great Britain."""
    with open_station(tmp_path) as station:
        station.seed("consonance", CONSONANCE)
        station.seed("fourallportal", {"product": [portal_product(1, OPEN, "FR"), portal_product(2, ENDED, "GB")]})
        yield station


def changed(*isbns: str) -> Run:
    """A run that says that some products' rights changed."""
    lines = [f'{{"isbn13": "{isbn}", "work_id": {WORKS[isbn]}}}' for isbn in isbns]
    batch = open_staging().write_lines(f"changed/{'-'.join(isbns)}", lines)
    return SimpleNamespace(events={RIGHTS_CHANGED: [{"batch": batch.model_dump()}]})


def opened_at(station: Station, rule: str, subject: str) -> list[datetime]:
    """Since when exceptions of a rule and a subject are open."""
    with station.ledger() as ledger:
        return [row.opened_at for row in ledger.exceptions.open(subject=subject) if row.rule == rule]


def put_live(station: Station, *videos: str) -> None:
    """Somebody has videos run in France, past the library's rules."""
    seen = [{"videoId": video, "channel": "social", "territory": "FR"} for video in videos]
    station.seed("bytenite", {"placements": seen})


def sends(turn: str, number: int) -> Plan:
    """A plan of one delivery, about one judged subject."""
    subject = f"s{number}"
    told = {"destination": "there", "delivery_class": "B", "content": b"x", "media_type": "text/plain", "as_of": MONDAY}
    return Plan(
        intents=[Intent(use_case="uc", subject=subject, labels={TURN: turn}, **told)],
        judged={"there": [subject]},
        settled={"there": []},
        names={subject: f"isbn:{number}"},
        note="closing only" if number == 1 else "",
    )


def test_closing_stands_before_opening_across_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """So many parts together that they are worth being put in order; nothing of any part is lost, and the rest comes last."""
    monkeypatch.setattr(desired_state, "MOST_HELD", 3)
    plans = [sends(turn, n) for n, turn in enumerate((SHOWS_AGAIN, OPENS, CLOSES, OPENS, CLOSES))]
    first, second = gathered(iter(plans))
    assert [intent.subject for intent in first.intents] == ["s2", "s1", "s0"]
    assert [intent.subject for intent in second.intents] == ["s4", "s3"]
    assert (first.judged, second.judged) == ({"there": ["s0", "s1", "s2"]}, {"there": ["s3", "s4"]})
    assert (first.names["s0"], first.note, second.note) == ("isbn:0", "closing only", "")


def test_a_part_stands_in_the_ledger_with_its_exceptions_when_a_later_page_cannot_be_read(house: Station, monkeypatch) -> None:
    """What was decided is planned and reported, also where the run ends there; the next run makes up for the rest."""
    monkeypatch.setattr(desired_state, "MOST_HELD", 1)
    house.connect("fourallportal", page_size=1)
    house.fault("fourallportal", "reset", method="GET", skip=1)
    assert house.run(PORTAL, MONDAY).state == "failed"
    assert len(house.deliveries(PORTAL, "4allportal")) == 1
    assert house.exceptions(PORTAL) == [("R6", f"isbn:{OPEN}")]
    house.mend()
    run = house.run(PORTAL, TUESDAY)
    assert (run.state, shown_open(ADDRESS)[ENDED]) == ("success", set())
    assert ("R6", f"isbn:{ENDED}") in house.exceptions(PORTAL)


def test_a_fault_of_the_record_is_as_old_as_it_is(house: Station) -> None:
    """A title of which nobody knows where it is for sale is closed and reported once, whatever else is found and mended about it in the portal."""
    house.seed("consonance", {"products": [CONSONANCE["products"][0] | {"isForSaleWorldwide": None}]})
    assert house.run(PORTAL, MONDAY).state == "success"
    ((since,), before) = opened_at(house, "R2", f"isbn:{OPEN}"), house.exceptions(PORTAL)
    assert ("R6", f"isbn:{OPEN}") in before
    run = house.run(PORTAL, TUESDAY)
    assert opened_at(house, "R2", f"isbn:{OPEN}") == [since]
    assert ("R6", f"isbn:{OPEN}") not in house.exceptions(PORTAL)
    assert (run.returned["report"]["sent"], run.returned["report"]["refused"]) == (0, 1)


def test_a_run_about_some_products_reads_and_closes_what_is_said_of_these(house: Station) -> None:
    """The other product keeps its exceptions, those of the look after sending, too, until a run about everything."""
    house.fault("fourallportal", "status", method="PATCH", value={"status": 400})
    assert house.run(PORTAL, MONDAY).state == "failed"
    both = {(rule, f"isbn:{isbn}") for rule in ("R6", "R7") for isbn in (OPEN, ENDED)}
    assert both <= set(house.exceptions())
    house.mend()
    noon = house.run(PORTAL, NOON, woken_by=changed(OPEN))
    assert (noon.state, noon.returned["report"]["read"]) == ("success", 1)
    assert shown_open(ADDRESS)[ENDED] == {"GB/web"}
    house.run(PORTAL, NOON + timedelta(hours=1), woken_by=changed(OPEN))
    assert both & set(house.exceptions()) == {("R6", f"isbn:{ENDED}"), ("R7", f"isbn:{ENDED}")}
    house.twice(PORTAL, TUESDAY)
    assert both & set(house.exceptions()) == set()


def test_a_product_that_is_gone_from_the_portal_is_no_longer_said_to_be_wrong(house: Station, monkeypatch) -> None:
    """A run about everything closes the exceptions of what it no longer sees, in whatever part it was, but that it is gone."""
    house.run(PORTAL, MONDAY)
    assert ("R6", f"isbn:{ENDED}") in house.exceptions(PORTAL)
    house.sandbox.world.store.clear("fourallportal.objects.product")
    run = house.run(PORTAL, TUESDAY)
    assert run.returned["decide"] == ["4allportal"]
    with house.ledger() as ledger:
        rows = ledger.exceptions.open(use_case=PORTAL)
    assert {(row.rule, row.field, row.found) for row in rows if row.rule != "R1"} == {("R6", "product", "deleted by hand")}


def test_a_run_that_may_only_close_is_red_and_says_why(house: Station) -> None:
    """Consonance is away on Tuesday: what can be done is done, an exception tells since when, and the report fails."""
    house.run(PORTAL, MONDAY)
    house.fault("consonance", "refuse")
    run = house.run(PORTAL, TUESDAY)
    assert (run.state, run.states["decide", -1]) == ("failed", "success")
    assert isinstance(run.error, BadRecordError)
    assert "only closing is done" in str(run.error)
    assert ("R10", "consonance") in house.exceptions(PORTAL)


def test_videos_are_counted_and_named_as_videos(house: Station) -> None:
    """Each is read once, however much can be sent about it; a run about one of them closes what was said of that one."""
    with library(ADDRESS) as client:
        videos = {name: add_video(client, name, *isbns) for name, isbns in ((OPEN, [OPEN]), (ENDED, [ENDED]), ("both", [OPEN, NOBODYS]))}
    put_live(house, videos[OPEN], videos[ENDED])
    run = house.run(LIBRARY, MONDAY)
    assert (run.state, run.returned["report"]["read"]) == ("success", 3)
    before = house.exceptions(LIBRARY)
    assert {("R6", f"video:{OPEN}"), ("R6", f"video:{ENDED}"), ("R2", "video:both")} <= set(before)
    noon = house.run(LIBRARY, NOON, woken_by=changed(OPEN))
    assert (noon.state, noon.returned["report"]["read"]) == ("success", 2)
    assert set(before) - set(house.exceptions(LIBRARY)) == {("R6", f"video:{OPEN}")}


def test_an_empty_portal_still_gets_what_waits(house: Station) -> None:
    """A run that finds nothing to compare hands over to the steps that send."""
    house.sandbox.world.store.clear("fourallportal.objects.product")
    run = house.run(PORTAL, MONDAY)
    assert (run.state, run.returned["decide"], run.returned["report"]["read"]) == ("success", ["4allportal"], 0)


def test_how_many_tasks_work_at_once_is_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    """`[colophon] parallel_tasks`, read where DAGs are parsed."""

    def at_once() -> int:
        parsed.cache_clear()
        return dag_named(PORTAL).get_task("judge").partial_kwargs["max_active_tis_per_dagrun"]

    assert at_once() == 4
    monkeypatch.setenv("AIRFLOW__COLOPHON__PARALLEL_TASKS", "7")
    assert at_once() == 7
    parsed.cache_clear()
