"""XC-2: BI and PMO hear what becomes of each title's stages: in order, none lost, none twice."""

import csv
import json
import os
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from benchmarks.catch_up import main as catch_up
from jsonschema import Draft202012Validator
from station import Station

from colophon.systems.xconnector.samples import json_schema
from colophon_sandbox.seeds.shelf import product, work

DAG, BI, PMO = "xconnector__workflow_status", "bi-workflow", "pmo-workflow"
TEN = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
WORKS = [work(9, "Zoë’s “Sea” ✓", 1), work(10, "Foxglove", 2)]
BOOKS = [product(101, WORKS[0], "BC", "9781999000004", publicationDate="2026-09-01"), product(102, WORKS[1], "BC", "9781999000011")]
COLUMNS = "Todo ID,Work ID,Description,Assignee contact ID,Due on,Completed on,Completed by contact ID,Blocked by,Tags,Status,Completed at,Revision,Updated at"
ROUTE = "  - {{id: r-{name}, type: 'colophon.workflow.*', recipient: {name}, targets: [bi]{more}}}\n"


def todo(number: int, text: str, at: str, *, state="DONE", revision=2, day="2026-05-04", **more: Any) -> dict[str, Any]:
    """A to-do of the first work as it was from a minute on."""
    moment = f"{day}T{at}:00Z"
    done = {"completedOn": day, "completedAt": moment, "completedById": 31} if state == "DONE" else {}
    row = {"id": number, "workId": 9, "description": text, "status": state, "tags": [], "blockedBy": [], "assigneeId": 32}
    return {**row, "completedOn": None, "completedAt": None, **done, "revision": revision, "updatedAt": moment, **more}


ACCEPTED = todo(1, "Manuscript accepted", "10:01")
DONE, UNDONE, AGAIN = (
    todo(2, "Copyedit complete", "10:02"),
    todo(2, "Copyedit complete", "10:03", state="OPEN", revision=3),
    todo(2, "Copyedit complete", "10:05", revision=4),
)


@pytest.fixture
def house(station: Station) -> Station:
    """Two works of two imprints; nothing has happened until ten."""
    imprints = [{"id": 1, "name": "Larkspur"}, {"id": 2, "name": "Teasel"}]
    contacts = [{"id": who, "__typename": "Person", "name": f"Person {who}"} for who in (31, 32)]
    station.seed("consonance", {"imprints": imprints, "works": WORKS, "products": BOOKS, "contacts": contacts})
    assert station.run(DAG, TEN).state == "success"
    return station


def happens(house: Station, *todos: dict[str, Any]) -> None:
    """To-dos as they are from now on."""
    house.seed("consonance", {"todos": list(todos)})


def by_file(house: Station, *todos: dict[str, Any], columns: str = COLUMNS) -> None:
    """From now on the account tells to-dos by a list, each revision a row."""
    house.system("consonance").settings(profile="documented")
    (house.folder / "reports").mkdir(exist_ok=True)
    file = house.folder / "reports" / "todos.csv"
    with file.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(columns.split(","))
        for row in todos:
            told = {
                "Todo ID": row["id"], "Work ID": row["workId"], "Description": row["description"], "Assignee contact ID": 32,
                "Completed on": row["completedOn"], "Completed by contact ID": row.get("completedById"), "Status": row["status"].capitalize(),
                "Completed at": row["completedAt"], "Revision": row["revision"], "Updated at": row["updatedAt"],
            }  # fmt: skip
            rows.writerow([told.get(name) or "" for name in columns.split(",")])
    os.utime(file, (house.now.timestamp(), house.now.timestamp()))
    house.connect("consonance", reports_location=str(house.folder / "reports"))


@pytest.fixture(params=["extended", pytest.param("documented", marks=pytest.mark.nightly)])
def tell(request: pytest.FixtureRequest, house: Station) -> Callable[..., None]:
    """Tells to-dos as they are from now on, by the API or by a list with all revisions until then."""
    rows = list[dict[str, Any]]()

    def told(*more: dict[str, Any]) -> None:
        rows.extend(more)
        by_file(house, *rows) if request.param == "documented" else happens(house, *more)

    return told


def events(house: Station, recipient: str = BI, work_id: int = 9) -> list[tuple[str, str]]:
    """Milestone and state of what a recipient's target acknowledged of a work, in the order in which it did."""
    return [(data.get("milestone", "cancelled"), data.get("state", "")) for data in data_of(house, recipient, work_id)]


def data_of(house: Station, recipient: str = BI, work_id: int = 9) -> list[dict[str, Any]]:
    """The data of these events."""
    rows = house.sandbox.world.store.table("xconnector.messages")
    taken = {row["messageId"]: row["event"]["sequence"] for row in rows if any(d["status"] == "acknowledged" for d in row["deliveries"])}
    order = [key.partition("/")[0] for key in house.effects("xconnector.acknowledged")]
    ids = {row["messageId"]: row["event"]["id"] for row in rows}
    with house.ledger() as ledger:
        told = [row for row in ledger.all_of(DAG, recipient) if row.subject == f"work:{work_id}" and row.remote_id in taken]
        told.sort(key=lambda row: order.index(ids[row.remote_id]))
        assert [int(taken[row.remote_id]) for row in told] == [row.revision for row in told]
        return [json.loads(ledger.content(row.content_hash) or b"{}") for row in told]


SEEN = [("manuscript_accepted", "done"), ("copyedit_complete", "done"), ("copyedit_complete", "undone"), ("copyedit_complete", "done")]


def test_xc2_a_done_undone_and_done_again_are_events_in_order(house: Station, tell: Callable[..., None]) -> None:
    """Within five minutes, each seen as it came: four events, with rising sequence numbers."""
    for minute, row in enumerate((ACCEPTED, DONE, UNDONE, AGAIN), start=2):
        tell(row)
        assert house.run(DAG, TEN + timedelta(minutes=minute)).state == "success"
    house.twice(DAG, TEN + QUARTER)
    assert events(house) == events(house, PMO) == SEEN


def test_xc2_a_a_list_with_revisions_tells_all_of_one_window(house: Station) -> None:
    """All four between two runs: none is lost."""
    by_file(house, ACCEPTED, DONE, UNDONE, AGAIN)
    house.twice(DAG, TEN + QUARTER)
    assert events(house) == SEEN


def test_xc2_a_what_the_source_does_not_keep_is_said_and_not_made_up(house: Station) -> None:
    """The API tells the newest revision alone: the run says that changes lie between."""
    happens(house, DONE)
    house.run(DAG, TEN + timedelta(minutes=3))
    happens(house, AGAIN)
    house.twice(DAG, TEN + QUARTER)
    assert events(house) == [("copyedit_complete", "done"), ("copyedit_complete", "done")]
    with house.ledger() as ledger:
        assert [row.labels.get("unseen") for row in ledger.all_of(DAG, BI)] == [None, "1"]


def test_xc2_b_a_target_that_is_down_gets_all_in_order_and_once(house: Station, tell: Callable[..., None]) -> None:
    """BI is down for six hours, and nobody helps; PMO is not held up."""
    house.system("xconnector").settings(targets_down=["bi"])
    for hour, row in enumerate((ACCEPTED, DONE, UNDONE, AGAIN)):
        tell(row | {"updatedAt": f"2026-05-04T1{hour}:05:00Z"})
        house.run(DAG, TEN + timedelta(hours=hour, minutes=15))
    assert (events(house, PMO), acknowledged(house, BI)) == (SEEN, 0)
    house.clock(TEN + timedelta(hours=6))
    house.system("xconnector").settings(targets_down=[])
    for quarter in range(5):
        house.run(DAG, TEN + timedelta(hours=6, minutes=15 * quarter))
    assert (events(house), acknowledged(house, BI)) == (SEEN, 4)
    assert house.run(DAG).state == "success"
    assert house.exceptions(f"{DAG}:delivery") == []


@pytest.mark.parametrize("account", ["extended", "documented"])
def test_xc2_c_a_new_target_is_told_what_was_before_and_it_alone(house: Station, account: str) -> None:
    """History from a day on, then what happens; the others hear nothing again."""
    old, older = todo(3, "Cover approved", "09:00", day="2026-04-20"), todo(4, "Manuscript received", "09:00", day="2026-01-05")
    tell = by_file if account == "documented" else happens
    tell(house, older, old, ACCEPTED)
    house.run(DAG, TEN + QUARTER)
    told = events(house, PMO)
    rows = "".join(ROUTE.format(name=name, more=more) for name, more in ((BI, ""), (PMO, ""), ("lake", ", history_from: 2026-04-01")))
    house.configure("routes.yaml", f"routes:\n{rows}")
    house.twice(DAG, TEN + 2 * QUARTER)
    tell(house, older, old, ACCEPTED, todo(2, "Copyedit complete", "10:50"))
    house.twice(DAG, TEN + 4 * QUARTER)
    assert events(house, "lake") == [("cover_approved", "done"), ("manuscript_accepted", "done"), ("copyedit_complete", "done")]
    assert events(house, PMO) == [*told, ("copyedit_complete", "done")]


def test_xc2_d_of_a_title_that_is_gone_only_that_is_told(house: Station, tell: Callable[..., None]) -> None:
    """It was delayed and then cancelled: nobody hears of a delay."""
    tell(ACCEPTED)
    house.run(DAG, TEN + QUARTER)
    house.seed("consonance", {"products": [BOOKS[0] | {"onixPublishingStatusCode": "01"}]})
    tell(todo(5, "Title delayed", "10:20"))
    house.twice(DAG, TEN + 2 * QUARTER)
    assert events(house) == [("manuscript_accepted", "done"), ("cancelled", "")]


def test_xc2_d_what_waits_when_a_title_goes_does_not_go(house: Station, tell: Callable[..., None]) -> None:
    """The middleware was away while it was delayed and then cancelled: afterwards only its end is told, once, however many runs passed."""
    tell(ACCEPTED)
    house.run(DAG, TEN + QUARTER)
    house.fault("xconnector", "status", "/v1/messages*", value={"status": 503}, method="POST")
    tell(todo(5, "Title delayed", "10:20"))
    assert house.run(DAG, TEN + 2 * QUARTER).state == "failed"
    house.seed("consonance", {"products": [BOOKS[0] | {"onixPublishingStatusCode": "01"}]})
    for number, row in enumerate((DONE, UNDONE)):
        tell(row | {"updatedAt": f"2026-05-04T10:{36 + 15 * number}:00Z"})
        assert house.run(DAG, TEN + (3 + number) * QUARTER).state == "failed"
    house.mend()
    tell(AGAIN | {"updatedAt": "2026-05-04T11:05:00Z"})
    house.twice(DAG, TEN + 5 * QUARTER)
    assert events(house) == [("manuscript_accepted", "done"), ("cancelled", "")]


def test_xc2_e_what_the_middleware_took_is_a_cloudevent_of_the_published_schema(house: Station, tell: Callable[..., None]) -> None:
    """All that CloudEvents 1.0 asks for, by its public SDK too, our extensions beside it, and data as the docs publish them; no persons in attributes."""
    from cloudevents.core.formats.json import JSONFormat
    from cloudevents.core.v1.event import CloudEvent

    tell(ACCEPTED, todo(5, "Title delayed", "10:04"))
    house.run(DAG, TEN + QUARTER)
    rows = list(house.sandbox.world.store.table("xconnector.messages"))
    assert len(rows) == 4
    for event, data in ((row["event"], json.loads(row["data"])) for row in rows):
        assert (event["specversion"], event["datacontenttype"]) == ("1.0", "application/json")
        assert all(re.fullmatch("[a-z0-9]{1,20}", name) for name in event)
        assert all(event[name] for name in ("id", "source", "type", "subject", "dataschema", "recipient", "correlationid"))
        assert (len(event["sequence"]), "sequencetype" in event, datetime.fromisoformat(event["time"]).tzinfo) == (20, False, UTC)
        assert list(Draft202012Validator(json_schema("workflow.milestone")).iter_errors(data)) == []
        assert len(json.dumps(event)) + len(json.dumps(data)) < 65_536
        read = JSONFormat().read(CloudEvent, json.dumps(event | {"data": data}))
        assert (read.get_id(), read.get_extension("recipient"), read.get_data()) == (event["id"], event["recipient"], data)


@pytest.mark.nightly
def test_xc2_f_thousands_of_events_catch_up_in_order_and_once() -> None:
    """After six hours without the middleware, by answers that are lost and statuses that come twice and in no order."""
    catch_up(10_000)


@pytest.mark.nightly
def test_xc2_f_stages_of_many_titles_catch_up_in_order_and_once(house: Station, tell: Callable[..., None]) -> None:
    """Ten stages of fifty titles while the middleware is away for six hours; when it is back, one answer in ten is lost."""
    house.configure("routes.yaml", f"routes:\n{ROUTE.format(name=BI, more='')}")
    works, moments = (
        [work(each, f"Title {each}", 1) for each in range(100, 150)],
        [TEN + timedelta(minutes=36 * place) for place in range(10)],
    )
    house.seed(
        "consonance", {"works": works, "products": [product(each["id"], each, "BC", f"{9781999500000 + each['id']}") for each in works]}
    )
    house.fault("xconnector", "status", "/v1/messages*", value={"status": 503}, method="POST")
    for place, at in enumerate(moments):
        house.clock(at)
        tell(*(todo(each["id"] * 10 + place, "Cover approved", f"{at:%H:%M}", workId=each["id"]) for each in works))
        assert house.run(DAG, at + timedelta(minutes=5)).state == "failed"
    house.mend()
    for skip in range(0, 100, 10):
        house.fault("xconnector", "reset", "/v1/messages*", method="POST", when="after", skip=skip, times=1)
    for quarter in range(8):
        house.run(DAG, TEN + timedelta(hours=6) + quarter * QUARTER)
    taken, told = house.effects("xconnector.acknowledged"), [f"{at:%Y-%m-%dT%H:%M:%SZ}" for at in moments]
    assert len(taken) == len(set(taken)) == 500
    assert all([data["at"] for data in data_of(house, work_id=each["id"])] == told for each in works)


def test_xc2_a_delay_says_from_when_to_when(house: Station, tell: Callable[..., None]) -> None:
    """The title's day of publication as it was told last, and as it is."""
    tell(ACCEPTED)
    house.run(DAG, TEN + QUARTER)
    house.seed("consonance", {"products": [BOOKS[0] | {"publicationDate": "2026-11-03"}]})
    tell(todo(5, "Title delayed", "10:20"))
    house.twice(DAG, TEN + 2 * QUARTER)
    data = data_of(house)[-1]
    assert (data["state"], data["previousDate"], data["newDate"]) == ("delayed", "2026-09-01", "2026-11-03")


def test_xc2_a_destination_of_one_imprint_hears_of_its_titles(house: Station) -> None:
    """A row of routes.yaml, and no code."""
    rows = "".join(ROUTE.format(name=name, more=more) for name, more in (("all", ""), ("teasel", ", imprints: [Teasel]")))
    house.configure("routes.yaml", f"routes:\n{rows}")
    happens(house, ACCEPTED, todo(6, "Cover approved", "10:04", workId=10))
    house.twice(DAG, TEN + QUARTER)
    assert [len(events(house, name, number)) for name in ("all", "teasel") for number in (9, 10)] == [1, 1, 0, 1]


def test_xc2_a_list_that_tells_days_alone_counts_the_whole_day(house: Station) -> None:
    """Neither moment nor revision: completed today is told today, and once; the event stands at the day's beginning in London."""
    by_file(
        house,
        ACCEPTED,
        columns="Todo ID,Work ID,Description,Assignee contact ID,Due on,Completed on,Completed by contact ID,Blocked by,Tags",
    )
    house.twice(DAG, TEN + QUARTER)
    assert [(row["at"], row["by"]) for row in data_of(house)] == [("2026-05-03T23:00:00Z", "31")]


def test_xc2_a_target_that_is_gone_is_named_and_stops_no_other(house: Station) -> None:
    """It answers 410: an exception with an owner, and BI hears all the same."""
    rows = ROUTE.format(name=BI, more="") + ROUTE.format(name="crm", more="").replace("[bi]", "[gone]")
    house.configure("routes.yaml", f"routes:\n{rows}")
    happens(house, ACCEPTED)
    house.run(DAG, TEN + QUARTER)
    assert events(house) == [("manuscript_accepted", "done")]
    assert [subject for _, subject in house.exceptions(f"{DAG}:delivery")] == ["work:9"]


def test_xc2_a_dry_run_sends_nothing_and_an_account_without_to_dos_is_no_green_run(house: Station) -> None:
    """A look at what would go; and neither the API nor a report tells."""
    happens(house, ACCEPTED)
    assert house.run(DAG, TEN + QUARTER, {"dry_run": True}).state == "success"
    assert events(house) == []
    house.system("consonance").settings(profile="documented")
    assert house.run(DAG, TEN + 2 * QUARTER).state == "failed"


def acknowledged(house: Station, recipient: str) -> int:
    """How many events a recipient's target took."""
    rows = [row for row in house.sandbox.world.store.table("xconnector.messages") if row["event"]["recipient"] == recipient]
    return sum(delivery["status"] == "acknowledged" for row in rows for delivery in row["deliveries"])
