"""BN-5: key titles are asked of the video library, and what is made, late and shown comes back to the title."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from station import Station
from two_accounts import DOCUMENTED, EXTENDED, tell

from colophon.launch.view import TITLE
from colophon.systems.bytenite.mapping import video_id
from colophon_sandbox.seeds.shelf import product, work

DAG, READINESS, LIBRARY = "bytenite__campaign_readiness", "fourallportal__launch_readiness", "video-library"
TEN = datetime(2026, 5, 4, 10, 40, tzinfo=UTC)
HOUR = timedelta(hours=1)
ISBN, EBOOK = "9781999000004", "9781999000011"
WORK = work(9, "Sea Room", 1)
TRAILER = video_id("work:9/trailer")
RULES = """
video:
  tags: [Key title]
  due: {TRAILER: 30bd}
  milestones: [preorder_ready]
"""


class House:
    """A title that comes out in December; its pre-order is due in August."""

    def __init__(self, station: Station, account: str) -> None:
        from colophon.config.files import SHIPPED

        shipped = (SHIPPED / "readiness.yaml").read_text(encoding="utf-8")
        station.configure("readiness.yaml", shipped[: shipped.index("video:")] + RULES)
        self.station, self.account, self.now = station, account, TEN
        self.seed(imprints=[{"id": 1, "name": "Larkspur"}], works=[WORK])
        self.seed(contacts=[{"id": 31, "__typename": "Person", "name": "Person 31"}])
        self.books()
        self.flag()

    def seed(self, **records: list[dict[str, Any]]) -> None:
        """Records of Consonance as they are from now on."""
        self.station.seed("consonance", records)

    def books(self, day: str = "2026-12-01", **more: Any) -> None:
        """Both formats; the e-book a week later."""
        facts = {"onixPublishingStatusCode": "02", **more}
        self.seed(
            products=[
                product(101, WORK, "BC", ISBN, publicationDate=day, **facts),
                product(102, WORK, "EA", EBOOK, publicationDate=day, **facts),
            ]
        )

    def flag(self, *tags: str, due: str = "2026-08-31") -> None:
        """The title's to-do, with tags."""
        row = {"id": 1, "workId": 9, "description": "Pre-order ready", "blockedBy": [], "assigneeId": 31, "dueOn": due, "status": "OPEN"}
        done = {"completedOn": None, "completedAt": None, "completedById": None}
        self.seed(
            todos=[{**row, **done, "tags": list(tags or ("key title",)), "revision": 1, "updatedAt": f"{self.now:%Y-%m-%dT%H:%M:%SZ}"}]
        )

    def runs(self, dag: str = DAG, *, state: str = "success", days: int = 0, twice: bool = False) -> None:
        """The next run; `twice`: and once more, which has no effect."""
        self.now = max(self.now, self.station.now) + (timedelta(days=days) or HOUR)
        if self.account == DOCUMENTED:
            tell(self.station, DOCUMENTED, as_of=self.now)
        run = self.station.twice(dag, self.now) if twice else self.station.run(dag, self.now)
        assert run.state == state, run.logs

    def videos(self) -> dict[str, dict[str, Any]]:
        """What the library has, by kind."""
        return {row["kind"]: row for row in self.station.sandbox.world.store.table("bytenite.videos")}

    def makes(self, name: str = "trailer.mp4") -> None:
        """Somebody gives the library a file."""
        body = {"version": "1", "sourceUrl": f"https://assets.example.org/{name}", "sha256": "a" * 64, "bytes": 9, "mediaType": "video/mp4"}
        self.station.sandbox.systems["bytenite"].videos.put_content(TRAILER, body)
        self.station.advance(120)

    def todo(self) -> tuple[str, str, str]:
        """What Consonance is told of the trailer: by itself, or by a sheet."""
        with self.station.ledger() as ledger:
            rows = {row.revision: row for row in ledger.all_of(DAG, "consonance") if row.subject == "work:9/TRAILER"}
            told = json.loads(ledger.content(rows[max(rows)].content_hash) or b"{}")["members"]
        assert self.account == DOCUMENTED or rows[max(rows)].state == "confirmed"
        return told["status"], told["dueOn"], told["description"]

    def exceptions(self) -> list[tuple[str, str]]:
        """Rule and subject of what is open."""
        return self.station.exceptions(DAG)


@pytest.fixture(params=[EXTENDED, DOCUMENTED])
def house(request: pytest.FixtureRequest, station: Station) -> House:
    """With each kind of account."""
    return House(station, request.param)


@pytest.fixture
def one_house(station: Station) -> House:
    """With an account that tells all."""
    return House(station, EXTENDED)


def test_bn5_a_a_key_title_is_asked_for_and_what_is_made_comes_back(house: House) -> None:
    """Asked for with launch and milestone; made; shown: each is the to-do's next word."""
    house.runs(twice=True)
    asked = house.videos()["TRAILER"]
    assert (asked["campaign"], asked["workId"], asked["isbns"]) == (
        "launch 2026-12-01; due 2026-10-20; preorder_ready 2026-08-31",
        9,
        [ISBN, EBOOK],
    )
    assert house.todo() == ("OPEN", "2026-10-20", "Video: trailer (asked for)")
    house.makes()
    house.runs()
    assert house.todo() == ("DONE", "2026-10-20", "Video: trailer (ready)")
    house.station.seed("bytenite", {"placements": [{"videoId": TRAILER, "channel": "website", "territory": "GB"}]})
    house.runs()
    assert house.todo() == ("DONE", "2026-10-20", "Video: trailer (ready; shown on website GB)")


def test_bn5_b_a_late_video_is_named_on_the_readiness_with_its_owner(house: House) -> None:
    """A day after it was due it is an exception, and red on the title; made, both are over."""
    house.runs()
    house.runs(days=170)
    assert house.exceptions() == [("LAUNCH-VIDEO", "work:9/TRAILER")]
    house.runs(READINESS)
    with house.station.ledger() as ledger:
        (title,) = ledger.memory.get_each(TITLE)
        (late,) = [status for status in title["formats"][0]["statuses"] if status["name"] == "TRAILER"]
        (row,) = ledger.exceptions.open(use_case=DAG)
    assert (late["light"], late["owner"], late["reason"], row.owner) == (
        "red",
        "marketing",
        "asked for; due on 2026-10-20, 1 day late",
        "marketing",
    )
    house.makes()
    house.runs()
    assert house.exceptions() == []


def test_bn5_b_a_video_that_cannot_be_made_says_why(one_house: House) -> None:
    """The library's reason stands on the title."""
    one_house.runs()
    one_house.makes("broken.mp4")
    one_house.runs()
    assert one_house.todo() == ("OPEN", "2026-10-20", "Video: trailer (failed: the file cannot be read)")


def test_bn5_c_a_flag_that_is_removed_withdraws_the_request(house: House) -> None:
    """The campaign is taken off, the to-do is cancelled; flagged again, both are back. A cancelled title is asked for no more either."""
    house.runs()
    house.flag("ordinary")
    house.runs()
    assert (house.videos()["TRAILER"]["campaign"], house.todo()[0]) == (None, "CANCELLED")
    house.flag()
    house.runs()
    assert (house.videos()["TRAILER"]["campaign"][:18], house.todo()[0]) == ("launch 2026-12-01;", "OPEN")
    house.books(onixPublishingStatusCode="01")
    house.runs()
    assert (house.videos()["TRAILER"]["campaign"], house.todo()[0]) == (None, "CANCELLED")


def test_bn5_d_another_launch_date_is_another_deadline(house: House) -> None:
    """Both in the library and on the title."""
    house.runs()
    house.books("2026-11-03")
    house.runs()
    assert house.videos()["TRAILER"]["campaign"].startswith("launch 2026-11-03; due 2026-09-22")
    assert house.todo()[:2] == ("OPEN", "2026-09-22")


def test_bn5_a_library_that_is_away_makes_videos_unknown_and_asks_for_nothing(one_house: House) -> None:
    """The run is red; the next one goes on where it was."""
    one_house.runs()
    one_house.makes()
    one_house.runs()
    one_house.station.fault("bytenite", "reset")
    one_house.runs(state="failed")
    one_house.station.mend()
    one_house.runs()
    assert (one_house.todo()[0], one_house.exceptions()) == ("DONE", [])


def test_bn5_a_video_that_people_brought_is_the_deliverable_and_is_left_alone(one_house: House) -> None:
    """Nothing is asked for, and nothing of theirs is written."""
    theirs = {"videoId": "v-9", "externalId": "9-trailer", "kind": "TRAILER", "title": "Ours", "workId": 9, "isbns": [ISBN], "language": "eng", "imprint": None,
              "publicationDate": None, "keywords": [], "onHold": False, "placements": [], "rules": {"revision": 1, "default": "deny", "rules": []},
              "content": {"version": "1", "sha256": "b" * 64, "bytes": 9, "mediaType": "video/mp4"}}  # fmt: skip
    one_house.station.seed("bytenite", {"videos": [theirs]})
    one_house.runs()
    assert (set(one_house.videos()), one_house.videos()["TRAILER"]["campaign"], one_house.todo()[0]) == ({"TRAILER"}, None, "DONE")
