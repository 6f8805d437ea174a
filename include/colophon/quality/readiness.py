"""Launch readiness: what a title still lacks by the metadata rules and by the milestones that others wait for.

Provenance: ours. A milestone counts as reached only by a to-do that was done with proof; what nobody planned is not known, and
never taken for done.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from colophon.domain.finding import Finding, Severity
from colophon.domain.todo import Milestone, Todo, TodoStatus

STAGES: Mapping[str, tuple[Milestone, ...]] = {
    "editorial": (
        Milestone.MANUSCRIPT_RECEIVED,
        Milestone.MANUSCRIPT_ACCEPTED,
        Milestone.EDITORIAL_APPROVAL,
        Milestone.COPYEDIT_COMPLETE,
    ),
    "production": (
        Milestone.DESIGN_SIGN_OFF,
        Milestone.COVER_APPROVED,
        Milestone.INTERIOR_FILES_UPLOADED,
        Milestone.PROOF_APPROVED,
        Milestone.FINAL_PROOF_RELEASE,
        Milestone.FILES_DELIVERED,
        Milestone.PRODUCTION_COMPLETE,
    ),
    "commercial": (Milestone.MARKETING_KIT_COMPLETE, Milestone.PUBLICATION_SCHEDULED, Milestone.PREORDER_READY),
}
"""What a launch waits for, in the order in which it happens. `published` and `title_delayed` are no conditions of it."""


class State(StrEnum):
    """Of a milestone, and of all that a launch waits for."""

    READY = "ready"
    MISSING = "missing"
    UNKNOWN = "not known"


class Step(NamedTuple):
    """A milestone of a stage: the day on which it was reached, else the day on which it is due; None: nobody says."""

    stage: str
    milestone: Milestone
    state: State
    on: date | None
    is_late: bool


class Recipient(NamedTuple):
    """What keeps a title from a recipient, and what would be better; none of both: it is complete. `not_for`: why it is out of scope there."""

    name: str
    missing: Sequence[Finding]
    better: Sequence[Finding]
    not_for: str = ""


class Readiness(NamedTuple):
    """One title. `steps` is empty and `state` at best *not known* where no to-dos are known; `is_delayed` holds everything."""

    state: State
    recipients: Sequence[Recipient]
    steps: Sequence[Step]
    is_delayed: bool


def readiness(
    names: Iterable[str],
    findings: Iterable[Finding],
    todos: Iterable[Todo] | None,
    on: date,
    out_of_scope: Mapping[str, str] = MappingProxyType({}),
) -> Readiness:
    """Where a title stands on a day.

    :param names: the recipients that it is judged for. :param findings: of this title; `blocks` names the recipient that is kept
    waiting. :param todos: of its work; None: not known. :param out_of_scope: why the title is not for a recipient,
    by name. One that is for nobody at all is not ready.
    """
    found = list(findings)
    recipients = [_recipient(name, found, out_of_scope.get(name, "")) for name in names]
    is_for_nobody = bool(recipients) and all(recipient.not_for for recipient in recipients)
    known = None if todos is None else list(todos)
    steps = [] if known is None else [_step(stage, milestone, known, on) for stage, wanted in STAGES.items() for milestone in wanted]
    is_delayed = known is not None and any(todo.milestone is Milestone.TITLE_DELAYED and _is_reached(todo) for todo in known)
    if is_delayed or is_for_nobody or any(one.missing for one in recipients) or any(step.state is State.MISSING for step in steps):
        state = State.MISSING
    else:
        state = State.READY if steps and all(step.state is State.READY for step in steps) else State.UNKNOWN
    return Readiness(state, recipients, steps, is_delayed)


def _recipient(name: str, findings: Sequence[Finding], not_for: str) -> Recipient:
    if not_for:
        return Recipient(name, (), (), not_for)
    missing = [one for one in findings if one.severity is Severity.ERROR and one.blocks == name]
    blocked = {(one.rule, one.field) for one in missing}
    # Every recipient's rules may say the same of a title; a person reads it once.
    told = {(one.rule, one.field, one.found): one for one in findings if one.severity is not Severity.ERROR}
    return Recipient(name, missing, [one for key, one in told.items() if key[:2] not in blocked])


def _step(stage: str, milestone: Milestone, todos: Sequence[Todo], on: date) -> Step:
    """By several to-dos of one milestone it is reached when all that were not cancelled are done."""
    own = [todo for todo in todos if todo.milestone is milestone and todo.status is not TodoStatus.CANCELLED]
    if not own:
        return Step(stage, milestone, State.UNKNOWN, None, is_late=False)
    left = [todo for todo in own if not _is_reached(todo)]
    if not left:
        return Step(stage, milestone, State.READY, max((day for todo in own if (day := _done_on(todo))), default=None), is_late=False)
    due = min((todo.due_on for todo in left if todo.due_on), default=None)
    state = State.MISSING if any(todo.is_proof for todo in left) else State.UNKNOWN
    return Step(stage, milestone, state, due, is_late=due is not None and due < on)


def _is_reached(todo: Todo) -> bool:
    return todo.is_proof and todo.status is TodoStatus.DONE


def _done_on(todo: Todo) -> date | None:
    return todo.completed_on or (todo.completed_at.date() if todo.completed_at else None)
