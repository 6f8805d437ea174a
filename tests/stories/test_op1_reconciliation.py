"""OP-1: what counterparts hold otherwise than the ledger believes is found, all of it and nothing else; and repaired where that is asked for."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from rights_world import CONSONANCE, ENDED, OPEN, add_video, library, portal_product, shown_open
from sqlalchemy import delete
from station import ADDRESS, Station
from video_house import SEA, VideoHouse

from colophon.blocks import reconcile
from colophon.ledger.tables import content
from colophon.ledger.write_backs import WriteBack
from colophon.systems.consonance.writes.mutations import Mutations

DAG, PORTAL, VIDEOS = "ops__reconciliation", "fourallportal__rights_availability", "bytenite__video_rights"
ASSETS = "bytenite__video_assets"
MONDAY = datetime(2026, 6, 1, 5, 30, tzinfo=UTC)
NIGHT = MONDAY + timedelta(hours=23)


def todo(reference: str, text: str = "Cover missing") -> WriteBack:
    """A write-back that Consonance holds."""
    return WriteBack("upsertTodo", reference, f"isbn:{reference}", "push__x", {"workId": 9, "description": text, "status": "OPEN"})


@pytest.fixture
def house(station: Station) -> Station:
    """Two products in the portal that follow rights, and three to-dos of ours in Consonance."""
    from colophon_airflow.systems.consonance.hook import ConsonanceHook

    station.seed("consonance", CONSONANCE)
    station.seed("fourallportal", {"product": [portal_product(1, OPEN), portal_product(2, ENDED)]})
    assert station.run(PORTAL, MONDAY).state == "success"
    with station.ledger() as ledger, ConsonanceHook("consonance_default").client as client:
        for number in range(3):
            row = ledger.tray.add(todo(f"pn6:{number}"), "writes_off").row
            Mutations(client.account).send([todo(f"pn6:{number}")])
            ledger.tray.confirm(row.id, by="mutation")
    return station


def edit_portal(house: Station, isbn: str, *places: str) -> None:
    """Somebody opens a product in some countries, by hand."""
    house.seed("fourallportal", {"product": [portal_product(1 if isbn == OPEN else 2, isbn, *places)]})


def edit_consonance(house: Station, reference: str, text: str = "Changed by hand") -> None:
    """Somebody overwrites a to-do of ours."""
    from colophon_airflow.systems.consonance.hook import ConsonanceHook

    with ConsonanceHook("consonance_default").client as client:
        Mutations(client.account).send([todo(reference, text)])


def drift(house: Station) -> dict[str, list[str]]:
    """What the newest reports name, by counterpart."""
    with house.ledger() as ledger:
        return {each["counterpart"]: [row["subject"] for row in each["differences"]] for each in reconcile.reports(ledger.memory)}


def test_op1_a_a_house_that_is_as_we_believe_has_no_difference(house: Station) -> None:
    """None is invented; each counterpart says how many were compared."""
    run = house.twice(DAG, NIGHT)
    assert [(each["compared"], each["differ"]) for each in (run.returned["portal"], run.returned["consonance"])] == [(2, 0), (3, 0)]
    assert [rule for rule, _ in house.exceptions(DAG) if rule == "DRIFT"] == []


def test_op1_a_planted_edits_are_found_with_ours_theirs_when_and_who(house: Station) -> None:
    """One in the portal, one in Consonance; nothing else. Put back, they close by themselves."""
    edit_portal(house, OPEN, "FR")
    edit_consonance(house, "pn6:1")
    house.run(DAG, NIGHT)
    found = drift(house)
    assert (found["4allportal"], found["consonance"]) == ([f"isbn:{OPEN}"], ["upsertTodo:pn6:1"])
    with house.ledger() as ledger:
        report = next(each for each in reconcile.reports(ledger.memory) if each["counterpart"] == "4allportal")
    [difference] = report["differences"]
    assert (difference["theirs"], "GB/web" in difference["ours"], "rights_manager" in difference["who"]) == ("FR/web", True, True)
    assert difference["at"]
    assert {subject for rule, subject in house.exceptions(DAG) if rule == "DRIFT"} == {f"isbn:{OPEN}", "upsertTodo:pn6:1"}
    house.run(PORTAL, MONDAY + timedelta(days=1))
    edit_consonance(house, "pn6:1", "Cover missing")
    house.run(DAG, NIGHT + timedelta(days=1))
    assert [rule for rule, _ in house.exceptions(DAG) if rule == "DRIFT"] == []


def test_op1_a_hundred_edits_among_a_hundred_thousand_are_found(house: Station) -> None:
    """100 found, 0 invented: 40 changed, 60 gone; what we believe nothing of is none of ours."""
    believed = {f"isbn:{n}": reconcile.Belief(f"open {n}", f"d-{n}") for n in range(100_000)}
    held = {name: reconcile.Holding(belief.value) for name, belief in believed.items()}
    changed, gone = {f"isbn:{n * 997}" for n in range(40)}, {f"isbn:{n * 991 + 1}" for n in range(60)}
    held |= dict.fromkeys(changed, reconcile.Holding("by hand")) | {"isbn:stranger": reconcile.Holding("x")}
    found = reconcile.compare("x", believed, ((name, each) for name, each in held.items() if name not in gone - changed), "who")
    assert {each.subject for each in found.differences} == changed | gone
    assert len(found.differences) == 100


def test_op1_a_rules_of_a_video_that_somebody_changed_are_found(house: Station) -> None:
    """The library has others than it was given."""
    client = library(ADDRESS)
    video = add_video(client, "larkspur", OPEN)
    house.advance(120)
    assert house.run(VIDEOS, MONDAY + timedelta(hours=1)).state == "success"
    assert house.run(DAG, NIGHT).returned["library"] == {"counterpart": "video-library", "compared": 1, "differ": 0, "why_not": ""}
    given = client.library.get_rules(video)
    assert given is not None
    client.library.set_rules(video, given.model_copy(update={"revision": given.revision + 1, "rules": ()}))
    house.run(DAG, NIGHT + timedelta(minutes=5))
    assert drift(house)["video-library"] == [f"video:{video}/rules"]


def test_op1_b_repair_sends_exactly_those_and_once(house: Station) -> None:
    """Of three to-dos the one that was overwritten; a second time nothing is there to repair."""
    edit_consonance(house, "pn6:1")
    house.run(DAG, NIGHT)
    before = len(house.effects("consonance.upsertTodo"))
    run = house.run(DAG, params={"repair_consonance": True}, by_hand=True)
    assert (run.returned["repair"], len(house.effects("consonance.upsertTodo")) - before) == (1, 1)
    assert drift(house)["consonance"] == []
    assert house.run(DAG, params={"repair_consonance": True}, by_hand=True).returned["repair"] == 0
    assert len(house.effects("consonance.upsertTodo")) - before == 1


def test_op1_b_what_went_by_mutation_and_was_edited_or_deleted_there_is_found_and_written_again(station: Station) -> None:
    """A video's address that somebody changed, and a record that somebody deleted; where the content is no longer kept, what is there is left."""
    station.connect("bytenite", link_hosts="video.sandbox.example")
    house = VideoHouse(station)
    edited, deleted, old = (house.add(name, "TRAILER", SEA) for name in ("edited", "deleted", "old"))
    house.run(ASSETS)
    assert house.run(DAG, hours=1).returned["consonance"]["compared"] == 3
    table = station.sandbox.world.store.table("consonance.externalRecords")
    before = {row["externalReference"]: json.loads(row["payload"]) for row in table}
    for row in list(table):
        if row["externalReference"] == f"bn6:{deleted}":
            table.drop(str(row["id"]))
        else:
            table.put(str(row["id"]), row | {"payload": json.dumps(json.loads(row["payload"]) | {"url": "https://elsewhere.example"})})
    station.sandbox.systems["consonance"].records.index()
    with station.ledger() as ledger:
        [row] = [row for row in ledger.newest(ASSETS, "consonance") if old in row.subject]
        with ledger.begin() as connection:
            connection.execute(delete(content).where(content.c.hash == row.content_hash))
    house.run(DAG, hours=1)
    assert drift(station)["consonance"] == [f"upsertExternalAsset:bn6:{video}" for video in sorted((edited, deleted))]
    run = station.run(DAG, params={"repair_consonance": True}, by_hand=True)
    now = {row["externalReference"]: json.loads(row["payload"]) for row in table}
    assert (run.returned["repair"], drift(station)["consonance"]) == (2, [])
    assert [now[f"bn6:{video}"] == before[f"bn6:{video}"] for video in (edited, deleted, old)] == [True, True, False]


def test_op1_b_the_portal_is_put_right_by_its_own_next_run(house: Station) -> None:
    """That one product alone is written, once."""
    edit_portal(house, OPEN, "FR")
    house.run(DAG, NIGHT)
    house.twice(PORTAL, MONDAY + timedelta(days=1))
    assert "FR/web" not in shown_open(ADDRESS)[OPEN]
    house.run(DAG, NIGHT + timedelta(days=1))
    assert drift(house)["4allportal"] == []


def test_op1_c_a_counterpart_that_cannot_be_read_is_not_compared(house: Station) -> None:
    """It is never equal: what differed stays open, with an exception that says why; the others are compared."""
    edit_portal(house, OPEN, "FR")
    house.run(DAG, NIGHT)
    house.fault("fourallportal", "status", value=503)
    run = house.run(DAG, NIGHT + timedelta(days=1))
    assert (bool(run.returned["portal"]["why_not"]), run.returned["consonance"]["why_not"]) == (True, "")
    rules = {rule for rule, subject in house.exceptions(DAG) if subject in {f"isbn:{OPEN}", "counterpart:4allportal"}}
    assert rules == {"DRIFT", "NOT-COMPARED"}
    house.mend()
    house.run(PORTAL, MONDAY + timedelta(days=2))
    house.run(DAG, NIGHT + timedelta(days=2))
    assert not [subject for _, subject in house.exceptions(DAG) if subject in {f"isbn:{OPEN}", "counterpart:4allportal"}]


def test_op1_c_an_account_that_tells_nothing_by_reference_is_not_compared(house: Station) -> None:
    """Documented."""
    house.system("consonance").settings(profile="documented")
    assert "references" in house.run(DAG, NIGHT).returned["consonance"]["why_not"]


def test_op1_d_the_trend_goes_by_week(house: Station) -> None:
    """Of a week the last comparison counts; one in which nothing was compared has no number."""
    edit_portal(house, OPEN, "FR")
    house.run(DAG, NIGHT)
    house.run(PORTAL, NIGHT + timedelta(days=6))
    house.run(DAG, NIGHT + timedelta(days=7))
    with house.ledger() as ledger:
        weeks = reconcile.trend(ledger.memory)
    assert [(week, counts["4allportal"]) for week, counts in weeks.items()] == [("2026-W24", 0), ("2026-W23", 1)]
