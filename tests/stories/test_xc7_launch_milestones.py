"""XC-7: campaigns follow what is really done, format by format; each change of state is one message, and no change is none."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from station import Station
from two_accounts import DOCUMENTED, EXTENDED, tell

from colophon.domain.finding import Finding, Severity
from colophon_sandbox.seeds.shelf import product, work

DAG, CAMPAIGNS = "xconnector__launch_milestones", "campaigns"
NOON = datetime(2026, 5, 4, 12, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)
PAPERBACK, EBOOK = "9781999000004", "9781999000011"
WORK = work(9, "Zoë’s “Sea” ✓", 1)
BOOKS = [product(101, WORK, "BC", PAPERBACK, publicationDate="2026-09-01"), product(102, WORK, "DG", EBOOK, publicationDate="2026-08-01")]
TEXTS = {
    "cover": "Cover approved",
    "preorder": "Pre-order ready",
    "delayed": "Title delayed",
    "scheduled": "Publication scheduled",
    "complete": "Production complete",
    "files": "Files delivered",
}


class House:
    """A work in two formats, at an account of one kind."""

    def __init__(self, station: Station, account: str) -> None:
        self.station, self.account, self.now = station, account, NOON
        self.seed(imprints=[{"id": 1, "name": "Larkspur"}], works=[WORK], products=BOOKS)
        self.seed(contacts=[{"id": 31, "__typename": "Person", "name": "Person 31"}])

    def seed(self, **records: list[dict[str, Any]]) -> None:
        """Records as they are from now on."""
        self.station.seed("consonance", records)

    def todo(self, *names: str, is_done: bool = True) -> None:
        """To-dos that are done, or open again."""
        for name in names:
            moment = (self.now - timedelta(minutes=10)).strftime("%Y-%m-%dT%H:%M:%SZ")
            done = {"status": "DONE", "completedOn": moment[:10], "completedAt": moment, "completedById": 31}
            row = {
                "id": list(TEXTS).index(name) + 1,
                "workId": 9,
                "description": TEXTS[name],
                "tags": [],
                "blockedBy": [],
                "assigneeId": 31,
            }
            state = done if is_done else {"status": "OPEN", "completedOn": None, "completedAt": None}
            self.seed(todos=[{**row, **state, "revision": 1, "updatedAt": moment}])

    def runs(self, *, state: str = "success") -> None:
        """The hourly run; and once more, which has no effect."""
        if self.account == DOCUMENTED:
            tell(self.station, DOCUMENTED, as_of=self.now)
        run = self.station.twice(DAG, self.now) if state == "success" else self.station.run(DAG, self.now)
        assert run.state == state, run.logs
        self.now += HOUR

    def told(self, isbn: str = PAPERBACK) -> list[str]:
        """What the campaign system acknowledged about a format, oldest first: the event, and what it says."""
        with self.station.ledger() as ledger:
            rows = [row for row in ledger.all_of(DAG, CAMPAIGNS) if row.subject == f"isbn:{isbn}" and row.state == "confirmed"]
            data = [json.loads(ledger.content(row.content_hash) or b"{}") for row in rows]
        words = [row.labels["event_type"].removeprefix("campaign.") for row in rows]
        return [f"{word}: {each.get('milestone') or each['reason']}" for word, each in zip(words, data, strict=True)]


@pytest.fixture(params=[EXTENDED, DOCUMENTED])
def house(request: pytest.FixtureRequest, station: Station) -> House:
    """With each kind of account."""
    return House(station, request.param)


def test_xc7_a_ready_starts_delayed_holds_and_confirmed_releases(house: House) -> None:
    """One message for each."""
    house.todo("cover", "preorder")
    house.runs()
    house.todo("delayed")
    house.runs()
    house.todo("scheduled")
    house.runs()
    assert house.told() == ["milestone: preorder", "hold: the title is delayed", "release: preorder: nothing is missing any more"]


def test_xc7_b_what_is_missing_is_listed_with_the_hold(house: House) -> None:
    """No cover, and metadata that the nightly feed keeps back; each mended, the list gets shorter."""
    finding = Finding(
        subject=f"isbn:{PAPERBACK}", rule="P1", severity=Severity.ERROR, field="price", found="none", expected="one", owner="sales",
        remedy="Enter it.", blocks="kobo",
    )  # fmt: skip
    with house.station.ledger() as ledger:
        ledger.exceptions.record("xconnector__metadata_syndication", "kobo", [finding.subject], [finding], as_of=NOON - HOUR)
    house.todo("preorder")
    house.runs()
    house.todo("cover")
    house.runs()
    with house.station.ledger() as ledger:
        ledger.exceptions.record("xconnector__metadata_syndication", "kobo", [finding.subject], [], as_of=house.now)
    house.runs()
    assert house.told() == [
        "hold: cover_approved is missing; metadata is not final (P1)",
        "hold: metadata is not final (P1)",
        "release: preorder: nothing is missing any more",
    ]
    assert house.told(EBOOK) == ["hold: cover_approved is missing", "release: preorder: nothing is missing any more"]


def test_xc7_c_hold_and_release_in_one_window_are_nothing(house: House) -> None:
    """Nobody hears of what was over before anybody looked; nor of what was over before it could leave."""
    house.todo("cover", "preorder")
    house.runs()
    house.todo("cover", is_done=False)
    house.todo("cover")
    house.runs()
    house.station.fault("xconnector", "status", "/v1/messages*", value={"status": 503}, method="POST")
    house.todo("cover", is_done=False)
    house.runs(state="failed")
    house.station.mend()
    house.todo("cover")
    house.runs()
    assert house.told() == ["milestone: preorder"]
    assert len(house.station.effects("xconnector.acknowledged")) == 2  # of two formats


def test_xc7_d_a_title_that_is_pulled_is_cancelled(house: House) -> None:
    """Of that format; a format of which nothing was told is not mentioned."""
    house.todo("cover", "preorder")
    house.runs()
    house.seed(products=[BOOKS[0] | {"onixPublishingStatusCode": "01"}])
    house.runs()
    assert (house.told(), house.told(EBOOK)) == (["milestone: preorder", "milestone: cancelled"], ["milestone: preorder"])


def test_xc7_e_each_campaign_follows_its_format(house: House) -> None:
    """The e-book came out long ago and has no campaign; the paperback's day moves, and its campaign alone hears."""
    house.seed(products=[BOOKS[1] | {"publicationDate": "2026-01-10"}])
    house.todo("cover", "preorder")
    house.runs()
    house.seed(products=[BOOKS[0] | {"publicationDate": "2026-10-06"}])
    house.runs()
    assert (house.told(), house.told(EBOOK)) == (["milestone: preorder", "milestone: preorder"], [])
    with house.station.ledger() as ledger:
        data = [json.loads(ledger.content(row.content_hash) or b"{}") for row in ledger.all_of(DAG, CAMPAIGNS)]
    assert [row["publicationDate"] for row in data] == ["2026-09-01", "2026-10-06"]


def test_xc7_a_launch_waits_for_copies_of_its_format(house: House) -> None:
    """Copies of the paperback are on order; the e-book needs none."""
    run = {"id": 7, "name": "First printing", "deliveryDate": "2026-07-21", "productIds": [101]}
    copies = {"id": 8, "name": "Warehouse", "quantity": 3000, "productId": 101, "receivedQuantity": None}
    house.seed(works=[WORK | {"productionRuns": [{**run, "quantities": [copies]}]}])
    house.todo("cover", "complete", "files")
    house.runs()
    house.seed(works=[WORK | {"productionRuns": [{**run, "quantities": [copies | {"receivedQuantity": 2990}]}]}])
    house.runs()
    assert house.told() == ["hold: no copies were received", "release: launch: nothing is missing any more"]
    assert house.told(EBOOK) == ["milestone: launch"]


def test_xc7_a_launch_on_hold_holds_and_a_dry_run_tells_nothing(station: Station) -> None:
    """The hold of Consonance's own launch, in the account that tells it."""
    house = House(station, EXTENDED)
    house.todo("cover", "preorder")
    house.seed(
        launches=[{"id": 1, "revision": 1, "updatedAt": "2026-05-01T00:00:00Z", "workId": 9, "stageCode": "PREORDER", "onHold": True}]
    )
    assert station.run(DAG, NOON, {"dry_run": True}).state == "success"
    assert house.told() == []
    house.runs()
    assert house.told() == ["hold: the launch is on hold"]
