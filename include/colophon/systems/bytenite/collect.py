"""What became of deliveries that are under way: states read, outputs copied, outcomes recorded."""

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime

from colophon.domain.delivery import HistoryRow, OutcomeEvent
from colophon.domain.delivery_states import GONE
from colophon.errors import ColophonError, GoneError, NotFoundError
from colophon.ledger import Ledger
from colophon.ledger.undelivered import CANCELLED
from colophon.systems.bytenite.client import ByteNiteClient
from colophon.systems.bytenite.job_records import File, JobStatus
from colophon.systems.bytenite.outcomes import content_event, job_event, placement_events
from colophon.systems.bytenite.outputs import MediaOutputs, not_as_ordered, remember

LOG_TAIL = 20


def collect_jobs(ledger: Ledger, client: ByteNiteClient, *, use_case: str, destination: str, at: datetime) -> Mapping[str, int]:
    """Read every job under way and record what it came to; a complete one has its outputs copied at once.

    Returns counts by outcome. A job that cannot be read now stays for the next run, and its error is raised at the end.
    """
    counts: Counter[str] = Counter()
    trouble: ColophonError | None = None
    rows = {row.delivery_id: row for row in ledger.all_of(use_case, destination)}
    for job_id, (delivery_id, _) in ledger.under_way(use_case, destination).items():
        try:
            row = rows[delivery_id]
            event, files = _job(client, row, job_id, at)
        except ColophonError as problem:
            trouble = trouble or problem
            counts["unread"] += 1
            continue
        if files:
            remember(ledger, MediaOutputs(use_case, row.subject, row.labels.get("key", ""), job_id, tuple(files), at.isoformat()), at)
        ledger.record_outcomes([event])
        counts[event.outcome] += 1
    if trouble is not None:
        raise trouble
    return dict(counts)


def abort_outdated(ledger: Ledger, client: ByteNiteClient, *, use_case: str, destination: str, at: datetime) -> int:
    """Abort the jobs whose subject has something newer: another specification, or that nobody wants it. Returns how many.

    One that has ended meanwhile stays as it ended, and so does one that the newest revision asks for again.
    """
    rows, under_way, aborted = ledger.all_of(use_case, destination), ledger.under_way(use_case, destination), 0
    newest = {row.subject: row for row in rows if row.state not in GONE}
    for row in rows:
        job_id, last = row.remote_id or "", newest.get(row.subject, row)
        is_outdated = job_id in under_way and under_way[job_id][0] == row.delivery_id and last.revision > row.revision
        if not is_outdated or last.content_hash == row.content_hash or not still_going(client, "jobs", [job_id], at=at):
            continue
        client.jobs.cancel(job_id)
        if client.jobs.status(job_id).phase == "succeeded":  # it ended before it heard of it
            continue
        event = OutcomeEvent(
            row.delivery_id, "failed", at, "bytenite", job_id, raw_state="aborted by us", code=CANCELLED, detail="something newer is wanted"
        )
        ledger.record_outcomes([event])
        aborted += 1
    return aborted


def collect_library(ledger: Ledger, client: ByteNiteClient, *, use_case: str, destination: str, at: datetime) -> Mapping[str, int]:
    """Read placements and content under way and record what they came to. Returns counts by outcome."""
    counts: Counter[str] = Counter()
    for remote_id, (delivery_id, _) in ledger.under_way(use_case, destination).items():
        events = _library(client, delivery_id, remote_id, at)
        ledger.record_outcomes(events)
        counts.update(event.outcome for event in events)
    return dict(counts)


def _job(client: ByteNiteClient, row: HistoryRow, job_id: str, at: datetime) -> tuple[OutcomeEvent, list[File]]:
    delivery_id = row.delivery_id
    try:
        status = client.jobs.status(job_id)
    except NotFoundError:
        gone = JobStatus("failed", "missing", "the job is not there any more")
        return job_event(delivery_id, job_id, gone, copied=False, at=at), []
    if status.phase == "succeeded":
        return _copied(client, row, job_id, status, at)
    # A job that was stopped on purpose has nothing to explain.
    detail = _with_logs(client, job_id, status.error) if status.phase == "failed" else ""
    return job_event(delivery_id, job_id, status, copied=False, at=at, detail=detail), []


def _copied(client: ByteNiteClient, row: HistoryRow, job_id: str, status: JobStatus, at: datetime) -> tuple[OutcomeEvent, list[File]]:
    """Outputs that are gone, or others than were ordered, are a failed job: only another attempt mends that.

    What arrives spoilt is raised, and looked at again by the next run.
    """
    place, files = client.settings.extra.output_location, list[File]()
    try:
        if place:
            files = client.jobs.collect(job_id, f"{place.rstrip('/')}/{job_id}")
    except GoneError as problem:
        lost = JobStatus("failed", "outputs_gone", problem.sentence)
        return job_event(row.delivery_id, job_id, lost, copied=False, at=at), []
    if place and (said := not_as_ordered(files, row.labels)):
        return job_event(row.delivery_id, job_id, JobStatus("failed", "outputs_other", said), copied=False, at=at), []
    # Without a place of ours the job wrote where its own destination says.
    return job_event(row.delivery_id, job_id, status, copied=True, at=at), files


def _with_logs(client: ByteNiteClient, job_id: str, error: str) -> str:
    try:
        return "\n".join([error, *client.jobs.logs(job_id, tail=LOG_TAIL)])
    except ColophonError:  # the failure is worth telling without its log, too
        return error


def _library(client: ByteNiteClient, delivery_id: str, remote_id: str, at: datetime) -> list[OutcomeEvent]:
    verb, _, rest = remote_id.partition(":")
    video_id, _, names = rest.partition(":")
    if verb == "content":
        event = content_event(delivery_id, remote_id, client.library.get_video(video_id))
        return [event] if event else []
    wanted = set(names.split(",")) - {""}
    found = [p for p in client.library.iter_placements(video_id) if not wanted or p.placement_id in wanted]
    return placement_events(delivery_id, remote_id, found, taken_down=verb == "unpublish", at=at)


def still_going(client: ByteNiteClient, kind: str, remote_ids: Collection[str], *, at: datetime) -> set[str]:
    """Those of these that will change by themselves: jobs that run, content that is worked on, placements that are scheduled."""
    if kind == "jobs":
        return {job_id for job_id in remote_ids if not _is_over(client, job_id)}
    return {
        remote_id
        for remote_id in remote_ids
        if any(event.outcome in {"processing", "sent"} for event in _library(client, "", remote_id, at))
    }


def _is_over(client: ByteNiteClient, job_id: str) -> bool:
    try:
        return client.jobs.status(job_id).is_over
    except NotFoundError:
        return True
