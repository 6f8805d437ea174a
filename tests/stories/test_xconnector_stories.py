"""XC-1, seen from outside: what reached recipients."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rights_records import ATLAS
from station import Station, open_station
from told_places import cells_of
from typer.testing import CliRunner

from colophon.config.files import SHIPPED
from colophon.domain.finding import Finding
from colophon_airflow.cli import app
from colophon_sandbox import seeds

NIGHTLY = "xconnector__metadata_syndication"
NIGHT = datetime(2026, 5, 2, 1, tzinfo=UTC)


@pytest.fixture
def house(station: Station) -> Station:
    """A catalogue of 40 titles."""
    for system, records in seeds.catalogue(40, 7).items():
        station.seed(system, records)
    return station


def test_xc1_the_same_night_twice_sends_nothing_twice(house: Station) -> None:
    """Every recipient has each title once; what was read adds up."""
    report = house.twice(NIGHTLY, NIGHT).returned["report"]
    acknowledged = house.effects("xconnector.acknowledged")
    assert len(acknowledged) == len(set(acknowledged)) > 0
    assert all(sum(found["plan"].values()) == report["read"] for found in report["destinations"].values())


def test_xc1_an_answer_that_was_lost_sends_nothing_twice(house: Station) -> None:
    """The middleware takes every message and its answer never comes: what is unknown is looked up, not sent again."""
    house.fault("xconnector", "reset", "/v1/messages*", method="POST", when="after", times=3)
    assert house.run(NIGHTLY, NIGHT).state == "success"
    acknowledged = house.effects("xconnector.acknowledged")
    assert len(acknowledged) == len(set(acknowledged)) > 0


CATALOGUE = seeds.catalogue(40, 7)["consonance"]
TITLE, GRANT = CATALOGUE["products"][0], CATALOGUE["headGrants"][0]
WORK = {
    **{name: CATALOGUE[name] for name in ("imprints", "series", "contacts")},
    **{name: [one for one in CATALOGUE[name] if one["workId"] == TITLE["workId"]] for name in ("products", "contracts", "headGrants")},
    "works": [one for one in CATALOGUE["works"] if one["id"] == TITLE["workId"]],
    "rightsDeals": [],
}
"""One work in three formats."""
FOUR = ("distributor-short", "erp-json", "kobo", "retailer-plain")
CLOSES = {"US", "CA", "FR"}
"""Countries that the title's grant leaves out: two always, one more where a story says so."""
OUTAGE: dict[str, Any] = {"path": "/v1/messages*", "kind": "status", "value": {"status": 503}, "method": "POST"}


@pytest.fixture
def work(station: Station) -> Station:
    """One work, sent to four recipients."""
    station.only(*FOUR)
    station.seed("consonance", WORK)
    station.run(NIGHTLY, NIGHT)
    return station


def granted(house: Station, without: Iterable[str]) -> None:
    """The title may be sold in the world without some countries, from now on."""
    grant = {**GRANT, "territories": {"included": ["WORLD"], "excluded": sorted(without)}, "updatedAt": house.now.isoformat()}
    house.seed("consonance", {"headGrants": [grant]})


def edited(house: Station, **changes: object) -> None:
    """Somebody edits the title."""
    house.seed("consonance", {"products": [{**TITLE, **changes, "updatedAt": house.now.isoformat()}]})


def told(house: Station, taken: bool = False) -> dict[str, list[str]]:
    """Of the countries that a story closes, those that each recipient's newest record of the title offers, or the one it took last."""
    found: dict[str, list[str]] = {}
    with house.ledger() as ledger:
        rows = [row for row in ledger.history(TITLE["isbn13"]) if row.state not in {"superseded", "withdrawn"}]
        for row in sorted(rows, key=lambda row: row.revision):
            if not taken or row.state in {"sent", "confirmed"}:
                cells = cells_of(ledger.content(row.content_hash) or b"")
                found[row.destination] = sorted({*ATLAS.names(cells)} & CLOSES)
    return found


@pytest.mark.parametrize(
    "fault",
    [
        {"onix21ProductFormCode": None},
        pytest.param({"allowOnixExports": False}, marks=pytest.mark.nightly),
        pytest.param({"prices": [{**TITLE["prices"][0], "effectiveFrom": "soon"}]}, marks=pytest.mark.nightly),
    ],
)
def test_xc1_a_faulty_title_is_taken_back_where_a_right_ended(work: Station, fault: dict[str, object]) -> None:
    """A rule, exports that are off, a record that cannot be read: who has the title hears that France is closed, once, and nothing else."""
    before = told(work)
    assert {"erp-json", "retailer-plain", "distributor-short"} <= set(before)
    assert all(places == ["FR"] for places in before.values())
    edited(work, **fault)
    granted(work, CLOSES)
    report = work.twice(NIGHTLY, NIGHT + timedelta(days=1)).returned["report"]
    assert told(work, taken=True) == {name: [] for name in before}
    assert all(sum(found["plan"].values()) == report["read"] for found in report["destinations"].values())
    is_fault = "allowOnixExports" not in fault  # who switches exports off has decided so
    assert (f"isbn:{TITLE['isbn13']}" in {subject for _, subject in work.exceptions(NIGHTLY)}) is is_fault
    granted(work, CLOSES - {"FR"})
    work.run(NIGHTLY, NIGHT + timedelta(days=2))
    assert told(work) == {name: [] for name in before}, "more is never told past a fault"
    edited(work)
    work.run(NIGHTLY, NIGHT + timedelta(days=3))
    assert told(work, taken=True) == before


def test_xc1_a_faulty_title_whose_rights_stay_says_nothing(work: Station) -> None:
    """As ever: an exception, and not a word to anybody."""
    effects = work.effects("xconnector")
    edited(work, fullTitle="TBC")
    work.run(NIGHTLY, NIGHT + timedelta(days=1))
    assert work.effects("xconnector") == effects
    assert ("D18", f"isbn:{TITLE['isbn13']}") in work.exceptions(NIGHTLY)


def test_xc1_a_record_that_waits_is_not_given_up_where_it_takes_something_back(work: Station) -> None:
    """The middleware is down when France closes; the title is faulty the next night: the recipients hear of it all the same."""
    before = told(work)
    work.fault("xconnector", **OUTAGE)
    granted(work, CLOSES)
    assert work.run(NIGHTLY, NIGHT + timedelta(days=1)).state == "failed"
    edited(work, onix21ProductFormCode=None)
    work.run(NIGHTLY, NIGHT + timedelta(days=2))
    assert told(work, taken=True) == before
    work.mend()
    work.run(NIGHTLY, NIGHT + timedelta(days=3))
    assert told(work, taken=True) == {name: [] for name in before}


@pytest.mark.parametrize("change", [{"allowOnixExports": False}, {"onix21ProductFormCode": None}, None])
def test_xc1_a_new_title_that_could_not_leave_and_may_not_go_any_more_is_withdrawn(
    station: Station, change: dict[str, object] | None
) -> None:
    """The middleware is down on its first night; then exports are off, it is faulty, or nothing of its rights is left: nobody hears of it."""
    station.only(*FOUR)
    station.seed("consonance", WORK)
    station.fault("xconnector", **OUTAGE)
    station.run(NIGHTLY, NIGHT)
    station.mend()
    granted(station, CLOSES)
    if change is None:
        station.seed("consonance", {"headGrants": [{**GRANT, "expiresOn": "2026-05-01", "revision": 2}]})
    edited(station, **(change or {}))
    assert station.run(NIGHTLY, NIGHT + timedelta(days=1)).state == "success"
    with station.ledger() as ledger:
        assert {row.state for row in ledger.history(TITLE["isbn13"])} == {"withdrawn"}


@pytest.mark.parametrize("when", ["before", "after"])
def test_xc1_what_is_closed_while_a_message_waits_is_told_in_the_same_run_as_that(work: Station, when: str) -> None:
    """A message got no answer; it goes again, and right after it that France is closed."""
    work.fault("xconnector", "reset", "/v1/messages*", method="POST", when=when)
    edited(work, fullTitle="Another title")
    assert work.run(NIGHTLY, NIGHT + timedelta(days=1)).state == "failed"
    work.mend()
    granted(work, CLOSES)
    before = told(work)
    assert work.run(NIGHTLY, NIGHT + timedelta(days=2)).state == "success"
    assert told(work, taken=True) == {name: [] for name in before}


@pytest.mark.parametrize("twin", [{}, {"prices": [{**TITLE["prices"][0], "effectiveFrom": "soon"}]}])
def test_xc1_two_products_with_one_isbn_stay_back_and_the_others_go(station: Station, twin: dict[str, object]) -> None:
    """Also where one of them cannot be read; what was read adds up."""
    station.only(*FOUR)
    station.seed("consonance", WORK)
    station.seed("consonance", {"products": [{**TITLE, **twin, "id": 99_999}]})
    report = station.twice(NIGHTLY, NIGHT).returned["report"]
    assert set(station.deliveries(NIGHTLY, "erp-json")) == {f"isbn:{row['isbn13']}" for row in WORK["products"]} - {
        f"isbn:{TITLE['isbn13']}"
    }
    assert ("L4" if not twin else "G7", f"isbn:{TITLE['isbn13']}") in station.exceptions(NIGHTLY)
    assert all(sum(found["plan"].values()) == report["read"] == 4 for found in report["destinations"].values())


def test_xc1_a_title_goes_once_nobody_else_has_its_isbn(station: Station) -> None:
    """A title of another work had it, and was corrected; nobody touched this one."""
    other = {**TITLE, "id": 99_999, "workId": 99_998, "isbn13": "9780000000002"}
    contract = {**WORK["contracts"][0], "id": 99_997, "workId": 99_998}
    grant = {**GRANT, "id": 99_996, "workId": 99_998, "contractId": 99_997}
    station.only("retailer-plain", "us-wholesaler")
    station.seed("consonance", WORK)
    more = {"works": [{**WORK["works"][0], "id": 99_998}], "contracts": [contract], "headGrants": [grant]}
    station.seed("consonance", {**more, "products": [{**other, "isbn13": TITLE["isbn13"]}]})
    station.run(NIGHTLY, NIGHT)
    station.run(NIGHTLY, NIGHT + timedelta(days=9))
    assert "L4" in {rule for rule, subject in station.exceptions(NIGHTLY) if subject == f"isbn:{TITLE['isbn13']}"}
    station.seed("consonance", {"products": [{**other, "updatedAt": station.now.isoformat()}]})
    station.run(NIGHTLY, NIGHT + timedelta(days=10))
    assert told(station, taken=True)["retailer-plain"] == ["FR"]
    with station.ledger() as ledger:
        left = {row.rule for row in ledger.exceptions.open(use_case=NIGHTLY, limit=10_000) if row.destination != "us-wholesaler"}
    assert not {"L4", "G3"} & left  # who sells in North America alone has no market for it


FAULTS = st.sampled_from([{}, {"onix21ProductFormCode": None}, {"allowOnixExports": False}])
OUTAGES = st.sampled_from([None, OUTAGE, {**OUTAGE, "kind": "reset", "value": None, "when": "after"}])
"""None, one in which nothing is taken, and one in which everything is and no answer comes."""


@settings(max_examples=5, deadline=None)
@given(nights=st.lists(st.tuples(st.booleans(), FAULTS, OUTAGES), min_size=2, max_size=3))
def test_xc1_nobody_is_left_with_what_may_not_be_sold(
    tmp_path_factory: pytest.TempPathFactory, nights: list[tuple[bool, dict[str, object], dict[str, Any] | None]]
) -> None:
    """A right that ends or begins, a fault, an outage, together or one after the other: the newest record offers nothing that is closed."""
    form = {"mode": "delta", "recipients": ["erp-json", "retailer-plain"]}
    with open_station(tmp_path_factory.mktemp("work")) as work:
        work.seed("consonance", WORK)
        work.run(NIGHTLY, NIGHT, form)
        before, is_closed = told(work), False
        for number, (is_closed, fault, outage) in enumerate(nights, start=1):
            granted(work, CLOSES if is_closed else CLOSES - {"FR"})
            edited(work, **fault)
            if outage:
                work.fault("xconnector", **outage)
            work.run(NIGHTLY, NIGHT + timedelta(days=number), form)
            work.mend()
            assert not is_closed or told(work) == {name: [] for name in before}, nights
        work.run(NIGHTLY, NIGHT + timedelta(days=len(nights) + 1), form)
        assert not is_closed or told(work, taken=True) == {name: [] for name in before}, nights


def test_xc1_files_that_are_dropped_are_settled_without_asking_anybody(house: Station) -> None:
    """A middleware that takes files has no status to ask for, and no box to look into: the night is green, and the next sends nothing."""
    drop = house.folder / "drop"
    drop.mkdir()
    house.connect("xconnector", mode="file_drop", drop_location=str(drop), payload_mode="upload")
    assert house.run(NIGHTLY, NIGHT).state == "success"
    files = {path: path.stat().st_mtime_ns for path in drop.rglob("*") if path.is_file()}
    assert {path.parent.name for path in files} >= {"retailer-plain", "erp-json"}
    house.advance(600)
    assert house.run(NIGHTLY).state == "success"
    assert {path: path.stat().st_mtime_ns for path in drop.rglob("*") if path.is_file()} == files


def test_xc1_who_takes_a_title_is_judged_anew_when_a_profile_was_edited(work: Station) -> None:
    """The old exception about a form that the shop did not take closes, though nobody edited the title; what the shop takes now goes."""
    paperback = f"isbn:{next(row['isbn13'] for row in WORK['products'] if row['onix21ProductFormCode'] == 'BC')}"
    found = Finding(
        subject=paperback,
        rule="G5",
        severity="E",
        field="ProductForm",
        found="BC",
        expected="",
        remedy="",
        owner="operations",
        blocks="kobo",
    )
    with work.ledger() as ledger:
        ledger.exceptions.record(NIGHTLY, "kobo", [paperback], [found], as_of=NIGHT)
    profile = (work.config / "recipients" / "kobo.yaml").read_text(encoding="utf-8")
    work.configure("recipients/kobo.yaml", profile.replace("name: Rakuten Kobo", "name: Kobo of Toronto"))
    assert ("G5", paperback) in work.exceptions(NIGHTLY)
    report = work.run(NIGHTLY, NIGHT + timedelta(days=1)).returned["report"]
    assert ("G5", paperback) not in work.exceptions(NIGHTLY)
    assert report["destinations"]["kobo"]["plan"]["out_of_scope"] > 0
    assert report["destinations"]["kobo"]["plan"]["refused"] == 0


@pytest.mark.parametrize("wanted", [[], ["--isbn", TITLE["isbn13"]]])
def test_xc1_an_edited_profile_is_rehearsed_and_nothing_happens(work: Station, wanted: list[str], tmp_path: Path) -> None:
    """By what the last full run read, or by titles as they are now: what would change is named; ledger and middleware stay as they are."""
    edited_profile = tmp_path / "erp-of-books.yaml"
    text = (SHIPPED / "recipients" / "erp-json.yaml").read_text(encoding="utf-8").replace("id: erp-json", "id: erp-of-books")
    edited_profile.write_text(f"{text}product_forms: [BB]\n", encoding="utf-8")
    with work.ledger() as ledger:
        before, url = ledger.counts(NIGHTLY), ledger.url
    effects, exceptions = work.effects(), work.exceptions()
    answer = CliRunner().invoke(app, ["rehearse", "--profile", str(edited_profile), "--ledger", url, *wanted])
    assert answer.exit_code == 0, answer.output
    titles = 1 if wanted else len(WORK["products"])
    assert f"{titles} titles looked at" in answer.output
    bound = "0 records would differ; 1 unknown -> would go"
    assert (bound if wanted else f"0 records would differ; {titles - 1} unknown -> out of scope; 1 unknown -> would go") in answer.output
    with work.ledger() as ledger:
        assert ledger.counts(NIGHTLY) == before
    assert (work.effects(), work.exceptions()) == (effects, exceptions)


def test_xc1_a_contract_that_ended_is_rehearsed_on_paper(work: Station) -> None:
    """Who has the title would close it, by the same judgement as a run's; a contract of others is refused, and nothing happens."""
    effects, asked = work.effects(), ["rehearse", "--isbn", TITLE["isbn13"], "--recipient", "retailer-plain"]
    with work.ledger() as ledger:
        asked += ["--ledger", ledger.url]
    [contract] = {grant["contractId"] for grant in WORK["headGrants"]}
    answer = CliRunner().invoke(app, [*asked, "--ends", f"{contract}=2026-04-30"])
    assert answer.exit_code == 0, answer.output
    assert "1 would go -> would be closed" in answer.output
    assert "Nothing would change." in CliRunner().invoke(app, [*asked, "--ends", f"{contract}=2040-02-29"]).output
    for wrong in ("999999=2026-04-30", "soon"):
        assert CliRunner().invoke(app, [*asked, "--ends", wrong]).exit_code
    assert work.effects() == effects
