"""States of jobs, content and placements as outcomes of the ledger (contract sections 3 and 8, README section 2)."""

from collections.abc import Sequence
from datetime import datetime

from colophon.domain.delivery import OutcomeEvent
from colophon.systems.bytenite.job_records import JobStatus
from colophon.systems.bytenite.records import Placement, Video

PUBLISHED = {"SCHEDULED": "sent", "LIVE": "confirmed", "ON_HOLD": "held", "BLOCKED": "skipped", "FAILED": "failed", "REMOVED": "failed"}
UNPUBLISHED = {"REMOVED": "confirmed", "FAILED": "failed"}
CONTENT = {"PROCESSING": "processing", "READY": "confirmed", "FAILED": "failed", "ARCHIVED": "failed"}
_BAD = {"skipped", "failed"}
MOST_DETAIL = 500


def job_event(delivery_id: str, job_id: str, status: JobStatus, *, copied: bool, at: datetime, detail: str = "") -> OutcomeEvent:
    """What the ledger should hear of a job: confirmed only when all its outputs are copied."""
    if status.phase == "succeeded":
        outcome = "confirmed" if copied else "processing"
    else:
        outcome = {"queued": "accepted", "running": "processing"}.get(status.phase, "failed")
    raw = f"{status.raw_state}:copied" if outcome == "confirmed" else status.raw_state
    return OutcomeEvent(
        delivery_id,
        outcome,
        status.since or at,
        "bytenite",
        remote_id=job_id,
        raw_state=raw[:80],
        code=status.raw_state[:80] if outcome == "failed" else "",
        detail=_ends_of(detail or status.error) if outcome == "failed" else "",
    )


def _ends_of(text: str) -> str:
    """The error in its first line, and the end of the log after it: what stopped a job stands there."""
    error, _, log = text.partition("\n")
    kept = error[: MOST_DETAIL // 2]
    return f"{kept}\n{log[-(MOST_DETAIL - len(kept) - 1) :]}" if log else kept


def content_event(delivery_id: str, remote_id: str, video: Video) -> OutcomeEvent | None:
    """What became of content; None for a state that we do not know."""
    outcome = CONTENT.get(video.status)
    if outcome is None:
        return None
    code = video.status if outcome == "failed" else ""
    detail = (video.status_reason or "")[:500]
    return OutcomeEvent(delivery_id, outcome, video.updated_at, "bytenite", remote_id, raw_state=video.status, code=code, detail=detail)


def placement_events(
    delivery_id: str, remote_id: str, placements: Sequence[Placement], *, taken_down: bool, at: datetime
) -> list[OutcomeEvent]:
    """One event for each placement, so that each is a trail of its own.

    A LIVE one is held back until all have got there: with one of two placements live, the delivery is not confirmed.
    """
    words = UNPUBLISHED if taken_down else PUBLISHED
    found = [(placement, words.get(placement.state)) for placement in placements]
    all_ended = all(outcome in {*_BAD, "confirmed"} for _, outcome in found)
    return [
        OutcomeEvent(
            delivery_id,
            outcome,
            placement.updated_at or at,
            "bytenite",
            remote_id,
            recipient_ref=f"{placement.channel}/{placement.territory}",
            raw_state=placement.state,
            code=placement.state.lower() if outcome in _BAD else "",
            detail=(placement.reason or "")[:500] if outcome in _BAD else "",
        )
        for placement, outcome in found
        if outcome and (all_ended or outcome != "confirmed")
    ]
