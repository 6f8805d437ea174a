"""XC-2 and XC-7 at their edges: what two to-dos, two delays and a hold without a campaign make of events."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from ledger_database import Databases

from colophon.blocks.decision import DecisionContext
from colophon.config.load import load_config
from colophon.domain.delivery import HistoryRow, Intent, Verdict
from colophon.domain.facts import Facts, Known
from colophon.domain.finding import Finding, Severity
from colophon.domain.launch import Launch
from colophon.domain.todo import Milestone, Todo, TodoStatus
from colophon.domain.work import Edition, Work
from colophon.ledger import Ledger
from colophon.use_cases.xconnector import asset_handoff, launch_milestones, workflow_status

CONFIG = load_config()
TEN = datetime(2026, 5, 4, 10, tzinfo=UTC)
DAY = date(2026, 9, 1)
UNREADABLE = Finding(
    subject="work:10", rule="record", severity=Severity.ERROR, field="editions", found="a word", expected="a list", remedy="Mend it.", owner="operations",
)  # fmt: skip


def todo(number: int, milestone: Milestone, at: datetime | None, revision: int = 1, touched: datetime | None = None) -> Todo:
    """A to-do that is done since a moment, or open."""
    return Todo(
        id=number, work_id=9, description="A stage", milestone=milestone, status=TodoStatus.DONE if at else TodoStatus.OPEN, completed_at=at,
        revision=revision, updated_at=touched or at,
    )  # fmt: skip


class House:
    """A work, and systems that take all that they are told."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger, self.now, self.day, self.launches = ledger, TEN, DAY, list[Launch]()
        self.isbns, self.unreadable = ["9781999000004"], list[Finding]()

    def run(self, case, *todos: Todo, after: timedelta = timedelta(minutes=15)) -> None:
        """One run, by to-dos as they are then."""
        since, self.now = self.now, self.now + after
        editions = tuple(Edition(product_id=101, isbn13=isbn, publication_on=self.day) for isbn in self.isbns)
        works = [Work(id=9, imprint="Larkspur", editions=editions)] if editions else []
        rows = [
            row
            for ours in (asset_handoff.CASE.id, case.id)
            for row in self.ledger.newest(ours, "dam-assets" if ours != case.id else "campaigns")
        ]
        known = {Todo: todos, Launch: self.launches, HistoryRow: rows}
        facts = Facts.known(known, source="test", as_of=self.now) | Facts(
            {Work: Known(records=tuple(works), source="test", as_of=self.now, unreadable=tuple(self.unreadable))}
        )
        history = lambda to, subjects: self.ledger.latest(case.id, to, subjects)
        plan = case.decide(facts, DecisionContext(self.now, CONFIG, {}, history, since=since, content=self.ledger.content))
        self.ledger.enter(case.id, plan.judgements(), as_of=self.now, run="one")
        for name in plan.judged:
            taken = self.ledger.claim(case.id, name, owner="me", lease_s=60, limit=99)
            self.ledger.finish([Verdict(each.id, "confirmed") for each in taken], owner="me")

    def file(self, number: int, kind: str, *, is_withdrawn: bool) -> None:
        """What a receiver of files was told of one."""
        labels = {"event_type": f"asset.{'withdrawn' if is_withdrawn else 'released'}", "isbn": "9781999000004", "kind": kind}
        content, subject = json.dumps(labels).encode(), f"isbn:9781999000004/asset:{number}"
        self.ledger.plan([Intent(asset_handoff.CASE.id, "dam-assets", subject, "A", content, "application/json", self.now, labels=labels)])

    def told(self, case, to: str, *members: str) -> list[tuple[str, ...]]:
        """Some members of what a system was told, oldest first."""
        data = [json.loads(self.ledger.content(row.content_hash) or b"") for row in self.ledger.all_of(case.id, to)]
        return [tuple(str(row.get(member, "")) for member in members) for row in data]


@pytest.fixture
def house(sqlite_databases: Databases) -> Iterator[House]:
    """Where nobody was told anything."""
    with Ledger.open(sqlite_databases.ledger()) as ledger:
        yield House(ledger)


def test_xc2_two_to_dos_of_one_milestone_are_two_events(house: House) -> None:
    """Covers of two formats: each is told when it is done, and one that is undone does not undo the other."""
    case, minute = workflow_status.CASE, timedelta(minutes=1)
    first, second = (todo(number, Milestone.COVER_APPROVED, TEN + number * minute) for number in (1, 2))
    house.run(case, first, second)
    house.run(case, first, todo(2, Milestone.COVER_APPROVED, None, 2, house.now + minute))
    assert house.told(case, "bi-workflow", "state", "at") == [
        ("done", "2026-05-04T10:01:00Z"), ("done", "2026-05-04T10:02:00Z"), ("undone", "2026-05-04T10:16:00Z"),
    ]  # fmt: skip


def test_xc2_a_title_that_is_delayed_twice_on_one_day_is_delayed_twice(house: House) -> None:
    """Each with the day before it; the second by a to-do of its own, or by the first one done anew."""
    case, hour = workflow_status.CASE, timedelta(hours=1)
    house.run(case, todo(1, Milestone.COVER_APPROVED, TEN))
    house.day = date(2026, 10, 1)
    house.run(case, todo(2, Milestone.TITLE_DELAYED, TEN + hour), after=2 * hour)
    house.day = date(2026, 11, 1)
    house.run(case, todo(2, Milestone.TITLE_DELAYED, TEN + 3 * hour, 3), after=2 * hour)
    house.day = date(2026, 12, 1)
    house.run(case, todo(3, Milestone.TITLE_DELAYED, TEN + 5 * hour), after=2 * hour)
    assert house.told(case, "bi-workflow", "state", "previousDate", "newDate")[1:] == [
        ("delayed", "2026-09-01", "2026-10-01"), ("delayed", "2026-10-01", "2026-11-01"), ("delayed", "2026-11-01", "2026-12-01"),
    ]  # fmt: skip


def test_xc2_revisions_that_nobody_saw_are_counted(house: House) -> None:
    """From the first to the fifth: three lie between, and no event is made of them."""
    case = workflow_status.CASE
    house.run(case, todo(1, Milestone.COVER_APPROVED, TEN + timedelta(minutes=1)))
    house.run(case, todo(1, Milestone.COVER_APPROVED, TEN + timedelta(minutes=20), 5))
    rows = house.ledger.all_of(case.id, "bi-workflow")
    assert [row.labels.get("unseen") for row in rows] == [None, "3"]


def test_xc7_a_hold_without_a_campaign_is_told_to_nobody(house: House) -> None:
    """Delayed and on hold before any stage began; once one begins it is held, and then let go."""
    case = launch_milestones.CASE
    delayed = todo(1, Milestone.TITLE_DELAYED, TEN)
    house.run(case, delayed)
    assert house.told(case, "campaigns", "reason") == []
    ready = [todo(2, Milestone.COVER_APPROVED, TEN), todo(3, Milestone.PREORDER_READY, TEN)]
    house.run(case, delayed, *ready)
    house.run(case, delayed, *ready, todo(4, Milestone.PUBLICATION_SCHEDULED, house.now), after=timedelta(days=1))
    assert house.told(case, "campaigns", "reason") == [("the title is delayed",), ("preorder: nothing is missing any more",)]


def test_xc7_a_format_that_is_gone_or_has_another_isbn_ends_its_campaign(house: House) -> None:
    """The old ISBN's campaign is cancelled once, and the new one's begins; while anything of the works cannot be read, nothing ends."""
    case = launch_milestones.CASE
    ready = [todo(2, Milestone.COVER_APPROVED, TEN), todo(3, Milestone.PREORDER_READY, TEN)]
    house.run(case, *ready)
    house.isbns, house.unreadable = [], [UNREADABLE]
    house.run(case, *ready)
    assert house.told(case, "campaigns", "isbn", "milestone") == [("9781999000004", "preorder")]
    house.isbns, house.unreadable = ["9781999000028"], []
    house.run(case, *ready)
    house.run(case, *ready)
    assert sorted(house.told(case, "campaigns", "isbn", "milestone")) == [
        ("9781999000004", "cancelled"), ("9781999000004", "preorder"), ("9781999000028", "preorder"),
    ]  # fmt: skip


def test_xc7_a_cover_that_is_withdrawn_holds_the_campaign_until_there_is_another(house: House) -> None:
    """A sheet that is withdrawn holds nothing."""
    case = launch_milestones.CASE
    ready = [todo(2, Milestone.COVER_APPROVED, TEN), todo(3, Milestone.PREORDER_READY, TEN)]
    house.file(1, "cover", is_withdrawn=False)
    house.file(2, "sales_sheet", is_withdrawn=True)
    house.run(case, *ready)
    house.file(1, "cover", is_withdrawn=True)
    house.run(case, *ready)
    house.file(3, "cover", is_withdrawn=False)
    house.run(case, *ready)
    assert house.told(case, "campaigns", "milestone", "reason", "assetsFinal") == [
        ("preorder", "", "True"), ("", "the cover was withdrawn", "False"), ("", "preorder: nothing is missing any more", "True"),
    ]  # fmt: skip
