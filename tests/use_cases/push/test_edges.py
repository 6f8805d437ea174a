"""Edges of telling people, without a house around them: who is told what on which day, by the decision alone."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

import pytest

from colophon.blocks.decision import DecisionContext, Plan
from colophon.blocks.ids import SYNDICATION
from colophon.blocks.notices import who
from colophon.blocks.use_case import UseCase
from colophon.config.load import load_config
from colophon.config.outside import Collaborator
from colophon.domain.contact_fields import ContactFields
from colophon.domain.contract import Contract
from colophon.domain.delivery import HistoryRow, LatestDelivery
from colophon.domain.facts import Facts
from colophon.domain.finding import Finding, Severity
from colophon.domain.launch import Launch
from colophon.domain.person import Person
from colophon.domain.product import Contributor, Product
from colophon.domain.team import TeamMember, TeamRole
from colophon.domain.todo import Milestone, Todo, TodoStatus
from colophon.domain.work import Edition, Work
from colophon.use_cases.push import deadline_reminders, distribution_status, metadata_exceptions, pipeline_monitor, stakeholder_updates
from colophon.use_cases.push.late_rights import LateRights, Looked
from colophon.use_cases.push.title_faults import KeptBack, Title

CONFIG = load_config()
NINE = datetime(2027, 5, 26, 9, tzinfo=UTC)
"""A Wednesday; the Monday after is a holiday in London."""
APPROVER, MAKER, OTHER_MAKER, FIRST, SECOND, AGENT = 36, 33, 34, 41, 42, 45
ISBN = "9781999000004"
WORKS = [
    Work(id=n, title=title, editions=(Edition(product_id=n, isbn13=ISBN if n == 9 else None),))
    for n, title in ((9, "Sea Room"), (10, "Heron"))
]
TEAM = [
    TeamMember(work_id=9, role=TeamRole.APPROVER, contact_id=APPROVER),
    TeamMember(work_id=9, role=TeamRole.PRODUCTION_MANAGER, contact_id=MAKER),
    TeamMember(work_id=10, role=TeamRole.PRODUCTION_MANAGER, contact_id=OTHER_MAKER),
]
JACKET = Todo(id=1, work_id=9, description="Jacket approval", assignee_id=APPROVER, due_on=date(2027, 5, 28), status=TodoStatus.OPEN)


def told(case: UseCase, facts: dict[type, Any], at: datetime = NINE, history: Any = None, **more: Any) -> Plan:
    """What is decided."""
    known = {Work: WORKS, TeamMember: TEAM, Launch: (), Contract: (), ContactFields: (), Todo: ()} | facts
    past = history or {}
    look = lambda _place, subjects: {subject: past[subject] for subject in subjects if subject in past}
    return case.decide(
        Facts.known(known, source="test", as_of=at), DecisionContext(at, CONFIG, {}, look, **{"since": at - timedelta(hours=1), **more})
    )


def heard(plan: Plan) -> list[str]:
    """Subjects of the messages, with people by their numbers."""
    names = {who(str(number)): str(number) for number in (APPROVER, MAKER, OTHER_MAKER, FIRST, SECOND, AGENT, 102, 103)}
    return [f"{names[intent.subject.partition('/')[0]]}/{intent.subject.partition('/')[2]}" for intent in plan.intents]


def test_pn4_a_task_that_is_born_late_or_pulled_past_two_thresholds_is_one_reminder() -> None:
    """Two working days before it is due: the threshold of three, once; by another date another one."""
    case = deadline_reminders.CASE
    born = told(case, {Todo: [JACKET]})
    assert heard(born) == [f"{APPROVER}/todo:1/2027-05-28/3"]
    past = {intent.subject: LatestDelivery(1, "", "confirmed", NINE, {}, occurrence=intent.occurrence) for intent in born.intents}
    assert heard(told(case, {Todo: [JACKET]}, history=past)) == []
    pulled = replace(JACKET, due_on=NINE.date())
    assert heard(told(case, {Todo: [pulled]}, history=past)) == [f"{APPROVER}/todo:1/2027-05-26/0"]


def test_pn4_a_blocker_on_another_title_reminds_the_one_who_makes_that() -> None:
    """Nobody is given it: the production manager of its own title."""
    blocker = Todo(id=2, work_id=10, description="Files", due_on=None, status=TodoStatus.OPEN)
    plan = told(deadline_reminders.CASE, {Todo: [replace(JACKET, blocked_by=(2,)), blocker]})
    assert heard(plan) == [f"{OTHER_MAKER}/todo:1/2027-05-28/3"]


@pytest.mark.parametrize("wide", [1, 2])
def test_pn4_a_task_that_waits_for_a_thousand_others_reminds_whoever_has_the_first(wide: int) -> None:
    """In a row, or two side by side at each step: there are more ways there than anybody can walk."""
    steps = [[replace(JACKET, id=10 * n + side, due_on=None, assignee_id=MAKER) for side in range(wide)] for n in range(1, 1000)]
    for these, next_ones in pairwise(steps):
        these[:] = [replace(each, blocked_by=tuple(follows.id or 0 for follows in next_ones)) for each in these]
    waits = replace(JACKET, blocked_by=tuple(each.id or 0 for each in steps[0]))
    last = [replace(each, assignee_id=OTHER_MAKER) for each in steps[-1]]
    plan = told(deadline_reminders.CASE, {Todo: [waits, *(each for these in steps[:-1] for each in these), *last]})
    assert (heard(plan), [finding.rule for finding in plan.findings]) == ([f"{OTHER_MAKER}/todo:1/2027-05-28/3"], [])


def row(state: str, at: datetime, revision: int = 1) -> HistoryRow:
    """What Kobo made of a record."""
    labels = {"isbn": ISBN, "owner": "metadata_specialist"}
    detail = "the price is missing" if state == "failed" else ""
    return HistoryRow("d", SYNDICATION, "kobo", f"isbn:{ISBN}", revision, state, "", detail, at, at, "", None, None, labels)


@pytest.mark.parametrize(("states", "says"), [(("failed", "accepted"), False), (("accepted", "failed"), True)])
def test_pn5_refused_and_accepted_in_one_window_is_told_as_it_is_now(states: tuple[str, str], says: bool) -> None:
    """And the other way round."""
    rows = [row(state, NINE - timedelta(minutes=20 - 10 * n), n + 1) for n, state in enumerate(states)]
    contents = [intent.content.decode() for intent in told(distribution_status.CASE, {HistoryRow: rows}).intents]
    assert contents
    assert all(("the price is missing" in content) is says for content in contents)


def outside(people: dict[str, Person], approval: Todo | None = None, **rules: Any) -> Plan:
    """Proofs of Sea Room are there since half an hour; it has two authors, who have consented."""
    contributors = tuple(Contributor(contact_id=who_, name="Somebody", role="A01", sequence=n) for n, who_ in enumerate((FIRST, SECOND)))
    book = Product(
        id=101, kind="PhysicalBookProduct", work_id=9, isbn13=ISBN, title="Sea Room", publishing_status="04", contributors=contributors
    )
    proofs = replace(
        JACKET,
        milestone=Milestone.PROOFS_AVAILABLE,
        status=TodoStatus.DONE,
        completed_on=NINE.date(),
        completed_at=NINE - timedelta(minutes=30),
    )
    known = {str(key): Person(key=str(key), channels=frozenset({"token"}), has_consented=True) for key in (FIRST, SECOND, AGENT)} | people
    config = CONFIG.model_copy(update={"stakeholder_updates": CONFIG.stakeholder_updates.model_copy(update=rules)})
    case = replace(
        stakeholder_updates.CASE, decide=lambda facts, context: stakeholder_updates.decide(facts, replace(context, config=config))
    )
    return told(case, {Product: [book], Todo: [proofs, *([approval] if approval else [])]}, person=known.__getitem__, memory={"events": {}})


@pytest.mark.parametrize("day", [date(9999, 12, 31), date(1, 1, 1)])
def test_pn8_a_day_that_stands_for_none_stops_nobody(day: date) -> None:
    """As a date of publication, and as one of a task."""
    book = Product(
        id=101,
        kind="PhysicalBookProduct",
        work_id=9,
        isbn13=ISBN,
        title="Sea Room",
        form_code="BB",
        publishing_status="02",
        publication_on=day,
    )
    task = replace(JACKET, milestone=Milestone.COPYEDIT_COMPLETE, due_on=day)
    facts = {Product: [book], Todo: [task], Looked: (), LateRights: ()}
    for at in (NINE, NINE + timedelta(hours=1)):
        told(pipeline_monitor.CASE, facts, at)


def test_pn8_two_formats_that_come_out_on_two_days_are_one_alert_with_both() -> None:
    """Each by its own day; the third is out in a year, and late for nobody."""
    book = Product(
        id=101, kind="PhysicalBookProduct", work_id=9, isbn13=ISBN, title="Sea Room", form_code="BB", publishing_status="02",
        publication_on=date(2027, 6, 4),
    )  # fmt: skip
    others = [
        book.model_copy(update={"id": n, "isbn13": None, "form_code": "ED", "publication_on": on})
        for n, on in ((102, date(2027, 6, 2)), (103, date(2028, 9, 1)))
    ]
    task = replace(JACKET, milestone=Milestone.PRODUCTION_COMPLETE, due_on=date(2027, 7, 1))
    facts = {Product: [book, *others], Todo: [task], Looked: (), LateRights: ()}
    first = told(pipeline_monitor.CASE, facts)
    plan = told(pipeline_monitor.CASE, facts, NINE + timedelta(minutes=15), memory=first.memory)
    (text,) = {json.loads(intent.content)["body"] for intent in plan.intents}
    assert ("4 June 2027" in text, "2 June 2027" in text, "2028" in text) == (True, True, False)


def test_pn7_one_of_two_authors_opts_out_and_the_other_one_hears() -> None:
    """It is listed why the first does not."""
    out = Person(key=str(FIRST), channels=frozenset({"token"}), has_consented=True, has_opted_out=True)
    plan = outside({str(FIRST): out})
    assert heard(plan) == [f"{SECOND}/todo:1/proofs_available"]
    assert list(plan.out_of_scope["people"].values()) == ["opted_out"]


@pytest.mark.parametrize(
    ("due_on", "until"), [(date(2027, 6, 14), "2027-06-15"), (date(2027, 6, 1), "2027-06-09"), (date(9999, 12, 31), "2027-07-26")]
)
def test_pn7_a_page_is_there_until_what_is_wanted_back_is_due(due_on: date, until: str) -> None:
    """Fourteen days at least, and not for ever."""
    approval = replace(JACKET, id=2, milestone=Milestone.PROOF_APPROVED, due_on=due_on)
    pages = (outside({}, approval=approval).memory or {})["pages"]
    assert {page["expires"][:10] for page in pages.values()} == {until}


def test_pn3_and_pn7_disturb_nobody_outside_of_their_hours() -> None:
    """Nine in London is four in the morning in New York; both run through the day, and their messages go at nine there."""
    there = {"channels": frozenset({"token"}), "has_consented": True, "hours": (time(9), time(17)), "zone": "America/New_York"}
    author = outside({str(FIRST): Person(key=str(FIRST), **there)})
    fault = Finding(
        subject="product:101",
        rule="D9",
        severity=Severity.ERROR,
        field="Subject",
        found="none",
        expected="one",
        remedy="Enter it.",
        owner="x",
        blocks="kobo",
    )
    title = Title(subject="product:101", isbn13=ISBN, title="Sea Room", work_id=9, imprint="", published=None, findings=(fault,))
    specialist = told(metadata_exceptions.CASE, {Title: [title], KeptBack: ()}, person=lambda key: Person(key=key, **there))
    waits = [
        intent.not_before
        for plan in (author, specialist)
        for intent in plan.intents
        if intent.subject.startswith((who(str(FIRST)), who("102")))
    ]
    assert waits == [datetime(2027, 5, 26, 13, tzinfo=UTC)] * 2


def test_pn7_of_two_agents_after_each_other_the_one_of_the_day_hears() -> None:
    """And not the author whom they represent."""
    old = Collaborator(
        work_id=9, contact_id=SECOND + 1, role="agent", represents=FIRST, instead=True, ends_on=NINE.date() - timedelta(days=1)
    )
    new = Collaborator(work_id=9, contact_id=AGENT, role="agent", represents=FIRST, instead=True, starts_on=NINE.date())
    assert heard(outside({}, collaborators=(old, new))) == [f"{SECOND}/todo:1/proofs_available", f"{AGENT}/todo:1/proofs_available"]
