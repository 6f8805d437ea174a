"""The house whose quarter is replayed: titles with teams, to-dos that change from day to day, and what is wrong with some of them."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from colophon.blocks.ids import SYNDICATION
from colophon.config.load import load_config
from colophon.domain.delivery import HistoryRow
from colophon.domain.finding import Finding, Severity
from colophon.domain.product import Contributor, Product
from colophon.domain.team import TeamMember, TeamRole
from colophon.domain.todo import Milestone, Todo, TodoStatus
from colophon.domain.work import Edition, Work
from colophon.use_cases.push.late_rights import LateRights
from colophon.use_cases.push.title_faults import Title

FIRST, LAST = date(2027, 3, 1), date(2027, 5, 31)
STAFF = {
    TeamRole.EDITOR: 24,
    TeamRole.PRODUCTION_MANAGER: 10,
    TeamRole.DESIGNER: 10,
    TeamRole.APPROVER: 12,
    TeamRole.SALES: 5,
    TeamRole.MARKETING: 6,
    TeamRole.OPERATIONS: 3,
    TeamRole.METADATA_SPECIALIST: 4,
    TeamRole.MANAGER: 6,
}
STAGES = [
    (Milestone.EDITORIAL_APPROVAL, TeamRole.EDITOR),
    (Milestone.COPYEDIT_COMPLETE, TeamRole.EDITOR),
    (Milestone.DESIGN_SIGN_OFF, TeamRole.DESIGNER),
    (Milestone.COVER_APPROVED, TeamRole.APPROVER),
    (Milestone.PROOFS_AVAILABLE, TeamRole.PRODUCTION_MANAGER),
    (Milestone.PROOF_APPROVED, TeamRole.EDITOR),
    (Milestone.FINAL_PROOF_RELEASE, TeamRole.PRODUCTION_MANAGER),
    (Milestone.FILES_DELIVERED, TeamRole.PRODUCTION_MANAGER),
    (Milestone.PRODUCTION_COMPLETE, TeamRole.PRODUCTION_MANAGER),
]
LONDON = ZoneInfo("Europe/London")
CONFIG = load_config()
AUTHORS = 100_000
"""Contact ids of authors begin here: one for each work."""
RULES = [("D9", "Subject"), ("S4", "Price"), ("D1", "Description"), ("P1", "PublishingDate")]


class House:
    """Titles with their teams, to-dos that change from day to day, and what became of records at recipients."""

    def __init__(self, titles: int) -> None:
        self.chance = Random(7)
        numbers = iter(range(100, 10_000))
        people = {role: [next(numbers) for _ in range(count)] for role, count in STAFF.items()}
        self.works = [
            Work(id=n, title=f"Title {n}", imprint=f"Imprint {n % 6}", editions=(Edition(product_id=n, isbn13=f"97810{n:08d}"),))
            for n in range(1, titles + 1)
        ]
        self.team = [
            TeamMember(work_id=work.id, role=role, contact_id=self.chance.choice(those), manager_id=999)
            for work in self.works
            for role, those in people.items()
        ]
        self.by_work = defaultdict[int, list[TeamMember]](list)
        for member in self.team:
            self.by_work[member.work_id].append(member)
        self.todos: dict[int, Todo] = {}
        self.happens = defaultdict[date, list[Todo]](list)
        self.faults, self.products, self.late = dict[int, tuple[date, tuple[str, str]]](), list[Product](), dict[int, date]()
        for work in self.works[::7]:
            self._plan(work)

    def _plan(self, work: Work) -> None:
        """Stages with due dates; most are done about when they are due, some late, some are undone for a day, some move."""
        due = FIRST + timedelta(days=self.chance.randint(-120, 100))
        for number, (milestone, role) in enumerate(STAGES):
            due += timedelta(days=self.chance.randint(8, 25))
            owner = next(member.contact_id for member in self.by_work[work.id] if member.role is role)
            todo_id = work.id * 10 + number
            todo = Todo(id=todo_id, work_id=work.id, description=str(milestone), assignee_id=owner, due_on=due, status=TodoStatus.OPEN)
            self.todos[todo_id] = todo
            slip = self.chance.choices((self.chance.randint(-6, 0), self.chance.randint(1, 5), self.chance.randint(8, 20)), (75, 19, 6))[0]
            done = due + timedelta(days=slip)
            if done < FIRST:
                self.todos[todo_id] = self._done(todo, milestone, done)
            elif done <= LAST:
                self.happens[done].append(self._done(todo, milestone, done))
                if self.chance.random() < 0.04:
                    self.happens[done + timedelta(days=1)].append(todo)
                    self.happens[done + timedelta(days=3)].append(self._done(todo, milestone, done + timedelta(days=3)))
            if self.chance.random() < 0.1:
                moved = due + timedelta(days=10)
                self.happens[due - timedelta(days=4)].append(replace(todo, due_on=moved))
        self.products.append(
            Product(
                id=work.id, kind="PhysicalBookProduct", work_id=work.id, isbn13=work.editions[0].isbn13, title=work.title or "", imprint=work.imprint,
                form_code="BB", publishing_status="02", publication_on=due + timedelta(days=60),
                contributors=(Contributor(contact_id=AUTHORS + work.id, name="An Author", role="A01", sequence=1),),
            )
        )  # fmt: skip

    def out_of_order(self, day: date) -> tuple[list[Title], list[LateRights]]:
        """Titles with a fault in their metadata, or just mended, and those whose rights are late; each for a few days."""
        mended = {key for key, (until, _) in self.faults.items() if until <= day}
        self.late = {key: until for key, until in self.late.items() if until > day}
        for product in self.products:
            if self.chance.random() < 0.01 and product.id not in self.faults:
                self.faults[product.id] = day + timedelta(days=self.chance.randint(1, 6)), self.chance.choice(RULES)
            if self.chance.random() < 0.0005:
                self.late[product.id] = day + timedelta(days=self.chance.randint(2, 20))
        titles = [
            self._title(product, () if product.id in mended else (self.faults[product.id][1],))
            for product in self.products
            if product.id in self.faults
        ]
        self.faults = {key: fault for key, fault in self.faults.items() if key not in mended}
        late = [
            LateRights(isbn13=each.isbn13 or "", work_id=each.work_id, title=each.title, on=each.publication_on or day, territories=("DE",),
                       records=("contract:7",), why="contract 7 has ended")
            for each in self.products if each.id in self.late
        ]  # fmt: skip
        return titles, late

    @staticmethod
    def _title(product: Product, faults: Iterable[tuple[str, str]]) -> Title:
        findings = tuple(
            Finding(subject=product.subject, rule=rule, severity=Severity.ERROR, field=name, found="nothing", expected=name, blocks="kobo", remedy="Enter it.", owner="metadata_specialist")
            for rule, name in faults
        )  # fmt: skip
        return Title(subject=product.subject, isbn13=product.isbn13 or "", title=product.title, work_id=product.work_id, imprint=product.imprint or "",
                     published=product.publication_on, findings=findings)  # fmt: skip

    def _done(self, todo: Todo, milestone: Milestone, day: date) -> Todo:
        at = datetime(day.year, day.month, day.day, self.chance.randint(9, 17), self.chance.randint(0, 59), tzinfo=LONDON).astimezone(UTC)
        return replace(todo, status=TodoStatus.DONE, completed_on=day, completed_at=at, milestone=milestone)

    def changes(self, day: date) -> list[Todo]:
        """To-dos as they become on a day; what is done stays so, unless it is undone."""
        for todo in self.happens[day]:
            if todo.status is TodoStatus.DONE or self.todos[todo.id or 0].status is TodoStatus.DONE or todo.due_on:
                self.todos[todo.id or 0] = todo
        return self.happens[day]

    def night(self, day: date) -> list[HistoryRow]:
        """What recipients took in the small hours, and what they refused."""
        share = 1.0 if day.day == 2 else 0.03
        at = datetime(day.year, day.month, day.day, 2, 30, tzinfo=UTC)
        return [self._row(work, place, at) for work in self.works if self.chance.random() < share for place in CONFIG.recipients]

    def _row(self, work: Work, place: str, at: datetime) -> HistoryRow:
        is_refused = self.chance.random() < 0.0005
        isbn = work.editions[0].isbn13 or ""
        state, detail = ("failed", "the price is missing") if is_refused else ("accepted", "")
        labels = {"isbn": isbn, "owner": "metadata_specialist"}
        revision = self.chance.randint(2, 900)
        return HistoryRow("d", SYNDICATION, place, f"isbn:{isbn}", revision, state, "", detail, at, at, "", None, None, labels)
