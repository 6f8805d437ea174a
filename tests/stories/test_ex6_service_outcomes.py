"""EX-6, seen from outside: what stands on a title in Consonance about its customers' cases, and what is raised."""

import json
from datetime import timedelta
from typing import Any

import pytest
from station import Station

from colophon_sandbox import seeds

DAG = "exstream__service_outcomes"
ISBN = "9781999000011"
READS = 5
"""So many calls of Consonance read what a run must know of it, before it writes."""


@pytest.fixture
def house(station: Station) -> Station:
    """Twenty titles."""
    for system, records in seeds.catalogue(20, 7).items():
        station.seed(system, records)
    return station


def happens(house: Station, *kinds: str, case: int = 1, **more: object) -> None:
    """Outcomes of one case about a delay, as Exstream tells them."""
    told = {"caseReference": f"CS-{case}", "isbn": ISBN, "issue": "delay", **more}
    house.seed("exstream", {"outcomes": [{"type": kind, **told} for kind in kinds]})
    house.advance(60)


def written(house: Station, operation: str) -> list[dict[str, Any]]:
    """What Consonance has by an operation, in the order in which it came."""
    rows = house.sandbox.world.store.table("consonance.externalRecords")
    return [json.loads(row["payload"]) for row in rows if row["kind"] == operation]


def test_ex6_a_case_that_is_told_twice_is_noted_once(house: Station) -> None:
    """One note for each case, however often it runs."""
    happens(house, "delivered", "delivered")
    happens(house, "delivered", case=2)
    house.twice(DAG)
    assert sorted(note["caseReference"] for note in written(house, "createWorkNote")) == ["CS-1", "CS-2"]


def test_ex6_one_case_is_one_note_and_its_state_is_brought_up_to_date(house: Station) -> None:
    """Delivered, opened, answered, each in a run of its own."""
    for kind in ("delivered", "opened", "responded"):
        happens(house, kind, **({"response": {"kind": "free_text", "text": "canary: send it"}} if kind == "responded" else {}))
        assert house.run(DAG).state == "success"
    assert len(house.effects("consonance.createWorkNote")) == 1
    [state] = written(house, "recordCommunication")
    assert (state["outcome"], state["responseText"]) == ("RESPONDED", "free_text: canary: send it")


@pytest.mark.parametrize("kind", ["bounced", "returned", "failed"])
def test_ex6_who_did_not_get_the_letter_was_not_told(house: Station, kind: str) -> None:
    """And the note says so."""
    happens(house, kind)
    house.twice(DAG)
    [note] = written(house, "createWorkNote")
    assert note["text"].startswith("A customer was not told, ")


def test_ex6_the_answer_is_kept_and_stands_in_no_log(house: Station) -> None:
    """Consonance takes no writes when it comes, and the letter is opened once more before it does: note and answer arrive all the same."""
    happens(house, "responded", response={"kind": "free_text", "text": "canary: cancel my order"})
    house.fault("consonance", "status", value={"status": 503}, skip=READS)
    runs = [house.run(DAG)]
    assert set(house.deliveries(DAG, "consonance").values()) == {"planned"}
    house.mend()
    happens(house, "opened")
    runs += [house.run(DAG), house.run(DAG)]
    assert [run.state for run in runs] == ["failed", "success", "success"]
    [note], [state] = written(house, "createWorkNote"), written(house, "recordCommunication")
    assert (note["caseReference"], state["outcome"], state["responseText"]) == ("CS-1", "OPENED", "free_text: canary: cancel my order")
    assert "canary" not in f"{[run.logs for run in runs]}{[run.xcoms for run in runs]}"


def test_ex6_what_keeps_happening_is_raised_and_closes_itself(house: Station) -> None:
    """Three cases of one issue; a month later, without another one, it is over, though nobody spoke of the title."""
    for case in (1, 2, 3):
        happens(house, "delivered", case=case)
    house.twice(DAG)
    assert house.exceptions(DAG) == [("EX6-often", f"isbn:{ISBN}")]
    house.advance(timedelta(days=31).total_seconds())
    assert house.run(DAG).state == "success"
    assert house.exceptions(DAG) == []


def test_ex6_a_record_without_a_title_is_an_exception_and_the_rest_goes(house: Station) -> None:
    """One without an ISBN, and one about an ISBN that Consonance does not have."""
    happens(house, "delivered", case=7, isbn=None)
    happens(house, "delivered", case=8, isbn="9780000000002")
    happens(house, "delivered")
    report = house.twice(DAG).returned["report"]
    assert (report["read"], report["sent"], report["refused"], report["exceptions"], report["waiting"]) == (3, 1, 2, 2, 0)
    assert [rule for rule, _ in house.exceptions(DAG)] == ["EX6", "EX6"]


def test_ex6_a_case_about_a_title_that_cannot_be_read_waits_for_it(house: Station) -> None:
    """The title is the exception; mended, the case is noted."""
    [product] = [row for row in seeds.catalogue(20, 7)["consonance"]["products"] if row["isbn13"] == ISBN]
    house.seed("consonance", {"products": [{**product, "fullTitle": ""}]})
    happens(house, "delivered")
    house.twice(DAG)
    assert (written(house, "createWorkNote"), house.exceptions(DAG)) == ([], [("G7", f"isbn:{ISBN}")])
    house.seed("consonance", {"products": [product]})
    house.twice(DAG)
    assert (len(written(house, "createWorkNote")), house.exceptions(DAG)) == (1, [])
