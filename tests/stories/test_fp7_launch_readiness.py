"""FP-7: both sides and the desk show the same of a launch: how ready it is, what blocks it, and who owns that."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from station import Station
from two_accounts import DOCUMENTED, EXTENDED, tell

from colophon.launch.view import LINE, TITLE
from colophon_sandbox.seeds.shelf import product, work

DAG, FEED = "fourallportal__launch_readiness", "xconnector__metadata_syndication"
TEN = datetime(2026, 5, 4, 10, 50, tzinfo=UTC)
HOUR = timedelta(hours=1)
ISBN, EBOOK = "9781999000004", "9781999000011"
WORK = work(9, "Sea Room", 1)
LANGUAGE = {"id": 1, "onixLanguageRoleCode": "01", "onixLanguageCode": "eng"}
OLD = {"revision": 1, "updatedAt": "2026-04-01T10:00:00Z"}
STAGES = {
    "Editorial approval": "2026-03-02", "Copyedit complete": "2026-07-01", "Design sign-off": "2026-07-10", "Cover approved": "2026-06-01",
    "Proof approved": "2026-08-03", "Interior files uploaded": "2026-08-10", "Final proof release": "2026-08-17", "Files delivered": "2026-08-24",
    "Production complete": "2026-09-21", "Publication scheduled": "2026-04-01", "Pre-order ready": "2026-08-31", "Marketing kit complete": "2026-10-05",
}  # fmt: skip
DONE = ("Editorial approval", "Publication scheduled")
GRANT = {
    **OLD, "id": 70, "contractId": 7, "workId": 9, "rightsType": "Volume", "exclusive": True, "formats": ["PRINT", "EBOOK"], "languages": ["eng"],
    "territories": {"included": ["WORLD"], "excluded": []}, "channels": ["*"], "startsOn": None, "expiresOn": None,
}  # fmt: skip
CONTRACT = {
    "id": 7, "clientId": 1, "contractName": "Sea Room", "workId": 9, "signedDate": "2020-01-01", "term": None, "terminatedDate": None,
    "terminationReason": None, "deliveryDates": [], "licensedRights": [],
}  # fmt: skip


def value(text: str | list[str]) -> list[dict[str, Any]]:
    """A field of the portal."""
    return [{"value": text, "dimensions": None}]


def object_id(number: int) -> str:
    """An object of the portal that people made."""
    return f"11a50000-0001-4000-8000-{number:012d}"


class House:
    """A title in two formats that comes out in December, all on its way, at both sides."""

    def __init__(self, station: Station, account: str) -> None:
        self.station, self.account, self.now, self.dates = station, account, TEN, dict.fromkeys((ISBN, EBOOK), "2026-12-01")
        self.seed(imprints=[{"id": 1, "name": "Larkspur"}], works=[WORK], contracts=[CONTRACT], headGrants=[GRANT])
        self.seed(contacts=[{"id": 31, "__typename": "Person", "name": "Person 31"}])
        self.launch()
        self.books()
        for words, day in STAGES.items():
            self.todo(words, done=day if words in DONE else "")
        for number, isbn in enumerate((ISBN, EBOOK)):
            self.portal(product=[{"id": object_id(number), "isbn": value(isbn)}])
        for number, (isbn, kind) in enumerate(((ISBN, "Cover"), (ISBN, "Interior"), (EBOOK, "E-book cover"), (EBOOK, "EPUB"))):
            self.file(number, isbn, kind, "approved")
        with station.ledger() as ledger:
            ledger.memory.set_watermark(FEED, TEN - HOUR)

    def seed(self, **records: list[dict[str, Any]]) -> None:
        """Records of Consonance as they are from now on."""
        self.station.seed("consonance", records)

    def portal(self, **records: list[dict[str, Any]]) -> None:
        """Objects of the portal as they are from now on."""
        self.station.seed("fourallportal", records)

    def books(self, **more: Any) -> None:
        """The formats, with their days."""
        common = {"onixPublishingStatusCode": "02", "contentLanguages": [LANGUAGE], "isForSaleWorldwide": True, **more}
        forms = ((101, "BC", ISBN), (102, "EA", EBOOK))
        self.seed(products=[product(key, WORK, form, isbn, publicationDate=self.dates[isbn], **common) for key, form, isbn in forms])

    def todo(self, words: str, *, done: str = "", due: str = "", tags: tuple[str, ...] = ()) -> None:
        """A to-do, open where `done` is empty."""
        key = list(STAGES).index(words) + 1
        at = f"{done}T10:00:00Z"
        finished = {"status": "DONE", "completedOn": done, "completedAt": at, "completedById": 31} if done else {"status": "OPEN"}
        empty = {"completedOn": None, "completedAt": None, "completedById": None}
        row = {
            "id": key,
            "workId": 9,
            "description": words,
            "tags": list(tags),
            "blockedBy": [],
            "assigneeId": 31,
            "dueOn": due or STAGES[words],
        }
        self.seed(todos=[{**row, **empty, **finished, "revision": 1, "updatedAt": f"{self.now:%Y-%m-%dT%H:%M:%SZ}"}])

    def launch(self, *, on_hold: bool = False) -> None:
        """The launch of the work."""
        dates = {"preorderFrom": None, "announcedOn": None, "releaseApprovedOn": None, "stageSince": "2026-04-01"}
        self.seed(launches=[{**OLD, "id": 5, "workId": 9, "stageCode": "ANNOUNCED", "onHold": on_hold, "holdReason": None, **dates}])

    def file(self, number: int, isbn: str, kind: str, status: str) -> None:
        """A file of the portal."""
        row = {"isbn": isbn, "asset_type": kind, "approval_status": status, "version": "1", "name": f"{isbn}-{kind}"}
        self.portal(file=[{"id": object_id(100 + number), **{name: value(text) for name, text in row.items()}, "content": "x"}])

    def runs(self, *, state: str = "success", days: int = 0, twice: bool = False) -> None:
        """The next hourly run; `twice`: and once more, which has no effect."""
        self.now += timedelta(days=days) or HOUR
        if self.account == DOCUMENTED:
            tell(self.station, DOCUMENTED, as_of=self.now)
        run = self.station.twice(DAG, self.now) if twice else self.station.run(DAG, self.now)
        assert run.state == state, run.logs
        self.now = max(self.now, self.station.now)

    def at_the_portal(self, number: int = 0) -> dict[str, Any]:
        """What a product of the portal shows of its launch."""
        row = self.station.sandbox.world.store.table("fourallportal.objects.product").get(object_id(number))
        shown = {name: entries[0]["value"] for name, entries in row["values"].items() if entries and entries[0]["value"]}
        return {
            name.removeprefix("launch_"): shown[name] for name in ("launch_readiness", "launch_blocker", "milestone_dates") if name in shown
        }

    def line(self) -> dict[str, Any]:
        """What the list of the desk has of the title."""
        with self.station.ledger() as ledger:
            (line,) = ledger.memory.get_each(LINE)
        return dict(line)

    def kept(self) -> dict[str, Any]:
        """All that the desk has of it."""
        with self.station.ledger() as ledger:
            (title,) = ledger.memory.get_each(TITLE)
        return dict(title)

    def exceptions(self) -> list[tuple[str, str]]:
        """Rule and subject of what is open."""
        return self.station.exceptions(DAG)

    def status(self, name: str, number: int = 0) -> dict[str, Any]:
        """One thing that a format waits for."""
        return next(status for status in self.kept()["formats"][number]["statuses"] if status["name"] == name)


@pytest.fixture(params=[EXTENDED, DOCUMENTED])
def house(request: pytest.FixtureRequest, station: Station) -> House:
    """With each kind of account."""
    return House(station, request.param)


@pytest.fixture
def one_house(station: Station) -> House:
    """With an account that tells all."""
    return House(station, EXTENDED)


def test_fp7_a_both_sides_show_the_same_with_what_blocks_it_and_who_owns_that(house: House) -> None:
    """All is on its way: green everywhere. The cover is late: red, with the designer's name on it."""
    house.runs()
    shown = house.at_the_portal()
    assert (shown["readiness"], "blocker" in shown, house.line()["light"]) == ("green", False, "green")
    assert {"editorial_approval=2026-03-02", "cover_approved=2026-06-01"} <= set(shown["milestone_dates"])
    house.todo("Cover approved", due="2026-04-30")
    house.runs(twice=True)
    line = house.line()
    assert house.at_the_portal()["blocker"] == "cover approved (designer, 2026-04-30)"
    assert (line["light"], line["areas"], line["blocker"]["reason"]) == (
        "red", {"editorial": "green", "production": "red", "commercial": "green"}, "due on 2026-04-30, 1 day late",
    )  # fmt: skip


def test_fp7_a_assets_and_metadata_come_back_by_format(house: House) -> None:
    """The EPUB is rejected, and the feed keeps the paperback back: each is the format's own."""
    from colophon.domain.finding import Finding, Severity

    fault = Finding(
        subject=f"isbn:{ISBN}",
        rule="P1",
        severity=Severity.ERROR,
        field="price",
        found="none",
        expected="one",
        owner="sales",
        remedy="Enter it.",
        blocks="kobo",
    )
    with house.station.ledger() as ledger:
        ledger.exceptions.record(FEED, "kobo", [fault.subject], [fault], as_of=TEN)
    house.file(3, EBOOK, "EPUB", "rejected")
    house.runs()
    assert [(house.at_the_portal(n)["readiness"], house.at_the_portal(n)["blocker"]) for n in (0, 1)] == [
        ("amber", "metadata (metadata_specialist, 2026-08-10)"), ("amber", "epub (production, 2026-11-17)"),
    ]  # fmt: skip
    assert house.line()["held_by"] == ["epub", "metadata"]


def test_fp7_b_each_change_shows_within_the_hour_with_when_and_why(house: House) -> None:
    """Late, and planned anew: three entries of history; an hour in which nothing changes adds none and writes nothing."""
    house.runs()
    house.todo("Cover approved", due="2026-04-30")
    house.runs()
    assert house.at_the_portal(1)["readiness"] == "red"
    house.todo("Cover approved")
    house.runs()
    before = house.station.effects("4ap.written")
    house.runs()
    assert house.station.effects("4ap.written") == before
    assert [(entry["light"], entry["name"]) for entry in house.kept()["history"]] == [
        ("green", ""),
        ("red", "cover_approved"),
        ("green", ""),
    ]


def test_fp7_b_a_stage_that_is_open_again_and_a_day_that_moves_twice(one_house: House) -> None:
    """What was approved in March is late once it is open again; brought forward and put back within the day, the title is as it was."""
    house = one_house
    house.todo("Cover approved", done="2026-05-01")
    house.runs()
    as_it_was = house.at_the_portal()
    house.todo("Editorial approval")
    house.runs()
    assert (house.at_the_portal()["readiness"], house.at_the_portal()["blocker"]) == ("red", "editorial approval (editor, 2026-03-02)")
    house.todo("Editorial approval", done="2026-05-04")
    for day, light in (("2026-08-24", "red"), ("2026-12-01", "green")):
        house.dates[ISBN] = day
        house.books()
        house.runs()
        assert house.at_the_portal()["readiness"] == light
    days = [each.replace("2026-05-04", "2026-03-02") for each in house.at_the_portal()["milestone_dates"]]
    assert house.at_the_portal() | {"milestone_dates": days} == as_it_was


def test_fp7_b_a_launch_on_hold_is_red_until_it_is_released(one_house: House) -> None:
    """Where the account tells launches."""
    house = one_house
    house.launch(on_hold=True)
    house.runs()
    assert (house.at_the_portal()["readiness"], house.at_the_portal(1)["blocker"]) == ("red", "launch (marketing)")
    house.launch()
    house.runs()
    assert house.at_the_portal()["readiness"] == "green"


def test_fp7_c_what_the_portal_invents_is_an_exception_and_not_green(house: House) -> None:
    """A status and a milestone of which nobody has heard: named once each, and what rests on the status is not known. Mended, both close. A product without ISBN is nobody's."""
    house.portal(product=[{"id": object_id(7), "product_form": value("BC")}])
    house.file(0, ISBN, "Cover", "nearly")
    house.portal(product=[{"id": object_id(1), "isbn": value(EBOOK), "milestone_dates": value(["cover_aproved=2026-05-01"])}])
    house.runs()
    assert house.exceptions() == [("LAUNCH-MILESTONE", f"isbn:{EBOOK}"), ("LAUNCH-STATUS", "status:nearly")]
    assert (house.status("cover")["light"], house.at_the_portal()["readiness"]) == ("unknown", "unknown")
    assert "cover_aproved=2026-05-01" in house.at_the_portal(1)["milestone_dates"]
    house.file(0, ISBN, "Cover", "approved")
    table = house.station.sandbox.world.store.table("fourallportal.objects.product")
    table.get(object_id(1))["values"]["milestone_dates"][0]["value"].remove("cover_aproved=2026-05-01")
    house.runs()
    assert (house.exceptions(), house.at_the_portal()["readiness"]) == ([], "green")


def test_fp7_c_what_is_changed_by_hand_is_put_right_and_reported(one_house: House) -> None:
    """Somebody sets the title green at the portal."""
    one_house.todo("Cover approved", due="2026-04-30")
    one_house.runs()
    table = one_house.station.sandbox.world.store.table("fourallportal.objects.product")
    table.get(object_id(0))["values"]["launch_readiness"] = value("green")
    one_house.now += HOUR
    assert one_house.station.run(DAG, one_house.now).state == "success"
    assert one_house.exceptions() == [("LAUNCH-BY-HAND", f"isbn:{ISBN}")]
    assert one_house.at_the_portal()["readiness"] == "red"
    one_house.runs()
    assert one_house.exceptions() == []


def test_fp7_a_portal_that_is_away_makes_assets_unknown_and_the_run_red(one_house: House) -> None:
    """The desk goes on with what else is known; the exception closes with the next run that reads the portal."""
    one_house.runs()
    one_house.todo("Cover approved", due="2026-04-30")
    one_house.station.fault("fourallportal", "reset")
    one_house.runs(state="failed")
    assert (one_house.line()["light"], one_house.status("cover")["light"], one_house.at_the_portal()["readiness"]) == (
        "red",
        "unknown",
        "green",
    )
    one_house.station.mend()
    one_house.runs()
    assert (one_house.status("cover")["light"], one_house.at_the_portal()["readiness"], one_house.exceptions()) == ("green", "red", [])


def test_fp7_d_titles_are_listed_by_the_week_of_their_launch(house: House) -> None:
    """The e-book comes first; a moved day moves the title; what is out or cancelled leaves the list, and says nothing more at the portal."""
    house.dates[EBOOK] = "2026-11-03"
    house.books()
    house.runs()
    assert (house.line()["week"], [each["isbn"] for each in house.line()["formats"]]) == ("2026-W45", [EBOOK, ISBN])
    house.dates[EBOOK] = "2026-12-15"
    house.books()
    house.runs()
    assert house.line()["week"] == "2026-W49"
    house.books(onixPublishingStatusCode="04")
    house.runs()
    with house.station.ledger() as ledger:
        assert ledger.memory.get_each(LINE) == ledger.memory.get_each(TITLE) == []
    assert "readiness" not in house.at_the_portal()


def test_fp7_an_unplanned_milestone_and_a_late_audio_are_each_its_formats_own(one_house: House) -> None:
    """A to-do with the name of a format among its tags holds that format alone."""
    one_house.todo("Interior files uploaded", due="2026-05-01", tags=("Ebook",))
    one_house.runs()
    assert (one_house.at_the_portal(0)["readiness"], one_house.at_the_portal(1)["readiness"]) == ("unknown", "red")
    assert one_house.status("interior_files_uploaded")["reason"] == "not planned: no to-do is called so"


def test_fp7_a_approvals_of_a_module_of_their_own_and_isbns_with_hyphens_count(one_house: House) -> None:
    """As they do for whoever takes assets over."""
    from colophon.config.files import SHIPPED

    text = (SHIPPED / "fourallportal" / "mapping.yaml").read_text(encoding="utf-8")
    ours, theirs = "approval: {field: approval_status,", "approval: {module: approval, file_link: files, field: status,"
    (one_house.station.config / "fourallportal").mkdir(exist_ok=True)
    one_house.station.configure("fourallportal/mapping.yaml", text.replace(ours, theirs).replace("at: approval_date", "at: null"))
    files = [object_id(100 + number) for number in range(4)]
    one_house.portal(approval=[{"id": object_id(200), "files": value(files), "status": value("approved")}])
    one_house.portal(product=[{"id": object_id(0), "isbn": value("978-1-999000-00-4")}])
    one_house.file(0, "978-1-999000-00-4", "Cover", "")
    one_house.runs()
    assert (one_house.status("cover")["reason"], one_house.exceptions()) == ("approved, version 1", [])
    assert one_house.at_the_portal()["readiness"] == "green"


@pytest.mark.parametrize("left", ["milestones", ""])
def test_fp7_a_a_portal_without_fields_for_it_gets_what_it_can_show(one_house: House, left: str) -> None:
    """Milestones alone, or nothing; the next hour asks for no more, and nobody is told of a fault."""
    from colophon.config.files import SHIPPED

    text = (SHIPPED / "fourallportal" / "mapping.yaml").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith(("  readiness: launch", "  blocker: launch"))]
    if not left:
        start = lines.index("launch:")
        end = next((n for n in range(start + 1, len(lines)) if not lines[n].startswith("  ")), len(lines))
        del lines[start:end]
    (one_house.station.config / "fourallportal").mkdir(exist_ok=True)
    one_house.station.configure("fourallportal/mapping.yaml", "\n".join([*lines, ""]))
    one_house.runs(twice=True)
    shown = one_house.at_the_portal()
    assert ("readiness" in shown, "milestone_dates" in shown) == (False, bool(left))
    assert (one_house.line()["light"], one_house.exceptions()) == ("green", [])
