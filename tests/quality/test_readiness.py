"""Whether a title is ready for its launch: what is missing, what is late, and what nobody knows."""

from datetime import UTC, date, datetime

import pytest

from colophon.domain.finding import Finding, Severity
from colophon.domain.todo import Milestone, Todo, TodoStatus
from colophon.quality.readiness import STAGES, State, readiness

DAY = date(2026, 5, 1)
NEEDED = [milestone for wanted in STAGES.values() for milestone in wanted]


def todo(milestone: Milestone | None, status=TodoStatus.DONE, **more) -> Todo:
    """A task of the title."""
    facts = {"description": "as it is called", "completed_on": DAY if status is TodoStatus.DONE else None, **more}
    return Todo(milestone=milestone, status=status, **facts)


def finding(severity=Severity.ERROR, blocks="kobo", rule="D5") -> Finding:
    """What a rule found."""
    return Finding(
        subject="isbn:1", rule=rule, severity=severity, field="texts", found="none", expected="a text", remedy="Write one", owner="metadata", blocks=blocks
    )  # fmt: skip


DONE = [todo(milestone) for milestone in NEEDED]


def test_a_title_is_ready_when_nothing_is_missing() -> None:
    """Every milestone was reached and every recipient can have it; a warning keeps nothing back, and is said once."""
    found = readiness(["kobo"], [finding(Severity.WARNING, blocks="")] * 2, DONE, DAY)
    assert (found.state, found.is_delayed) == (State.READY, False)
    assert [len(one.better) for one in found.recipients] == [1]
    assert {step.on for step in found.steps} == {DAY}


def test_what_one_recipient_lacks_is_missing_for_it_alone() -> None:
    """The other one can have it; the title is not ready."""
    found = readiness(["kobo", "nielsen"], [finding()], DONE, DAY)
    assert found.state is State.MISSING
    assert {one.name: len(one.missing) for one in found.recipients} == {"kobo": 1, "nielsen": 0}


@pytest.mark.parametrize(
    ("changed", "state", "is_late"),
    [
        ([todo(NEEDED[0], TodoStatus.OPEN, due_on=date(2026, 4, 30))], State.MISSING, True),
        ([todo(NEEDED[0], TodoStatus.OPEN, due_on=DAY)], State.MISSING, False),
        ([todo(NEEDED[0], TodoStatus.OPEN)], State.MISSING, False),
        ([], State.UNKNOWN, False),
        ([todo(NEEDED[0], TodoStatus.CANCELLED)], State.UNKNOWN, False),
        ([todo(NEEDED[0], TodoStatus.DONE, is_proof=False)], State.UNKNOWN, False),
        ([todo(NEEDED[0]), todo(NEEDED[0], TodoStatus.OPEN)], State.MISSING, False),
        ([todo(NEEDED[0]), todo(NEEDED[0], TodoStatus.CANCELLED)], State.READY, False),
        ([todo(NEEDED[0], completed_on=None, completed_at=datetime(2026, 5, 1, 9, tzinfo=UTC))], State.READY, False),
    ],
)
def test_a_milestone_is_reached_only_with_proof(changed, state, is_late) -> None:
    """Open, late, cancelled, an appointment, nobody's: never taken for done."""
    found = readiness(["kobo"], [], [*DONE[1:], *changed], DAY)
    step = found.steps[0]
    assert (found.state, step.milestone, step.state, step.is_late) == (state, NEEDED[0], state, is_late)


def test_without_to_dos_nothing_is_known() -> None:
    """A title without any to-do is not one whose to-dos are done."""
    assert readiness(["kobo"], [], None, DAY)[:3:2] == (State.UNKNOWN, [])
    assert readiness(["kobo"], [], [], DAY).state is State.UNKNOWN
    assert readiness(["kobo"], [finding()], None, DAY).state is State.MISSING


def test_a_delayed_title_is_not_ready() -> None:
    """Whatever else is done; a delay that is only planned is none."""
    assert readiness(["kobo"], [], [*DONE, todo(Milestone.TITLE_DELAYED)], DAY).is_delayed
    assert readiness(["kobo"], [], [*DONE, todo(Milestone.TITLE_DELAYED)], DAY).state is State.MISSING
    assert readiness(["kobo"], [], [*DONE, todo(Milestone.TITLE_DELAYED, TodoStatus.OPEN)], DAY).state is State.READY


def test_a_recipient_that_a_title_is_not_for_is_none_that_waits() -> None:
    """Only who might take it counts; a title that is for nobody at all is not ready."""
    found = readiness(["kobo", "nielsen"], [], DONE, DAY, {"kobo": "G5 ProductForm: BC"})
    assert (found.state, [each.not_for for each in found.recipients]) == (State.READY, ["G5 ProductForm: BC", ""])
    assert readiness(["kobo"], [], DONE, DAY, {"kobo": "G1 allowOnixExports: false"}).state is State.MISSING
