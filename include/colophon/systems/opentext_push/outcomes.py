"""Statuses of jobs as outcomes of the ledger (contract section 5, README section 2).

A person with several devices is one delivery with several messages. One device that has it is enough: what went wrong at the
others stays in the trail and does not move the delivery.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from colophon.domain.delivery import OutcomeEvent
from colophon.systems.opentext_push.records import Attempt, DeliveryStatus, JobStatus

SYSTEM = "opentext_push"
_STATES = {
    **dict.fromkeys(("Pending", "InProcess", "Submitted"), "processing"),
    "Held": "held",
    **dict.fromkeys(("Sent", "Posted"), "sent"),
    **dict.fromkeys(("Error", "Cancelled", "Expired"), "failed"),
}
_FAILED_CODES = frozenset({4, 5, 8})
_EVENTS = {
    "Confirmed": "confirmed",
    "Opened": "opened",
    "Unregistered": "bounced",
    "dsn": "bounced",
    "html_open": "opened",
    "pull": "picked_up",
    "opt_out": "opted_out",
    "Reply": "responded",
}
_CODES = {"Unregistered": "device_gone", "dsn": "bounced", "Error": "error", "Cancelled": "cancelled", "Expired": "expired"}
_BAD = frozenset({"failed", "bounced", "skipped"})
_PART = re.compile(r"\.(\d+)of(\d+)$")


def ref_of(delivery_id: str, number: int, count: int) -> str:
    """Our id of one message of a delivery: the delivery's own where it has one message, else with `.2of3` behind it."""
    return delivery_id if count == 1 else f"{delivery_id}.{number}of{count}"


class _Step(NamedTuple):
    outcome: str
    raw: str
    at: datetime


def outcome_events(delivery_id: str, statuses: Sequence[JobStatus]) -> list[OutcomeEvent]:
    """What the ledger should hear of a delivery whose messages went in these jobs (one, or several where a file was halved)."""
    finished = all(status.finished for status in statuses)
    trails = {
        (status.job_id, row.ref): _trail(status, row)
        for status in statuses
        for row in status.deliveries
        if row.ref == delivery_id or row.ref.startswith(f"{delivery_id}.")
    }
    if finished:
        job = statuses[0]
        trails |= {(job.job_id, ref): [_Step("skipped", "not_listed", job.entry_time)] for ref in _missing(delivery_id, trails)}
    somebody_has_it = any(trail and trail[-1].outcome not in _BAD | {"processing", "held"} for trail in trails.values())
    return [
        _event(delivery_id, job_id, ref, step, steady=somebody_has_it)
        for (job_id, ref), trail in trails.items()
        for step in trail
        if finished or step.outcome not in _BAD
    ]


def gone_devices(statuses: Sequence[JobStatus]) -> Iterator[tuple[str, str, datetime]]:
    """Devices that are no more: ref, end of the token, when."""
    for status in statuses:
        for row in status.deliveries:
            for event in row.events:
                if event.status == "Unregistered":
                    yield row.ref, row.ending, event.at or status.entry_time


def opt_outs(statuses: Sequence[JobStatus]) -> list[datetime]:
    """When people said that they want no more."""
    happened = ((event, status) for status in statuses for row in status.deliveries for event in row.events)
    return [event.at or status.entry_time for event, status in happened if event.status == "opt_out"]


def unknown_words(statuses: Sequence[JobStatus]) -> list[str]:
    """States and events that we do not know: kept and counted, never an error, never a success."""
    rows = [row for status in statuses for row in status.deliveries]
    attempts = [attempt.state for row in rows for attempt in row.attempts if attempt.state not in _STATES]
    return attempts + [event.status for row in rows for event in row.events if event.status not in _EVENTS]


def _trail(status: JobStatus, row: DeliveryStatus) -> list[_Step]:
    """One message's steps in order; a device that is gone came back from somewhere, so `sent` goes before `bounced`."""
    happened = [(_EVENTS[e.status], e.status, e.at or status.entry_time) for e in row.events if e.status in _EVENTS]
    came_back = any(outcome == "bounced" for outcome, _, _ in happened)
    steps = [_Step(outcome, a.state, a.first_attempt or status.entry_time) for a in row.attempts if (outcome := _of_attempt(a))]
    if came_back:
        steps = [step for step in steps if step.outcome != "failed"]
        if not any(step.outcome == "sent" for step in steps):
            steps.append(_Step("sent", "Sent", happened[0][2]))
    if "Held" in status.states:
        steps.append(_Step("held", "Held", status.entry_time))
    steps = _last_failure_only(steps)
    return steps + [_Step(*step) for step in sorted(happened, key=lambda step: step[2])]


def _of_attempt(attempt: Attempt) -> str | None:
    return "failed" if attempt.gamma_code in _FAILED_CODES else _STATES.get(attempt.state)


def _last_failure_only(steps: list[_Step]) -> list[_Step]:
    """A failure that another attempt followed is not an end."""
    return [step for place, step in enumerate(steps) if step.outcome != "failed" or place == len(steps) - 1]


def _missing(delivery_id: str, trails: dict[tuple[str, str], list[_Step]]) -> list[str]:
    """Refs that we sent and the finished job does not list."""
    listed = {ref for _, ref in trails}
    counts = {int(found[2]) for ref in listed if (found := _PART.search(ref))}
    if not listed:
        return [delivery_id]
    return [ref for count in counts for n in range(1, count + 1) if (ref := ref_of(delivery_id, n, count)) not in listed]


def _event(delivery_id: str, job_id: str, ref: str, step: _Step, *, steady: bool) -> OutcomeEvent:
    outcome = "processing" if steady and step.outcome in _BAD else step.outcome
    code = _CODES.get(step.raw, step.raw if step.outcome in _BAD else "")
    return OutcomeEvent(delivery_id, outcome, step.at, SYSTEM, remote_id=job_id, recipient_ref=ref, raw_state=step.raw, code=code)
