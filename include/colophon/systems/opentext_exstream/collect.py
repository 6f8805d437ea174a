"""What became of letters, into the ledger: from jobs and manifests, from e-mail events, from the outcomes extension."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from colophon.domain.delivery import OutcomeEvent
from colophon.domain.delivery_states import RANK
from colophon.domain.finding import Finding, Severity
from colophon.errors import BadShapeError, EffectUnknownError, InvalidError, NotFoundError
from colophon.http.jsontext import read_json
from colophon.ledger import Ledger
from colophon.systems.opentext_exstream import outcomes
from colophon.systems.opentext_exstream.answers import record
from colophon.systems.opentext_exstream.client import ExstreamClient
from colophon.systems.opentext_exstream.outcomes import ANSWER, INBOX, LETTER, arrival
from colophon.systems.opentext_exstream.records import LATER, Outcome

UNDER_WAY = ("accepted", "processing", "held")
FIRST_LOOK, EVENTS_LATE = timedelta(days=7), timedelta(hours=1)
"""How far back the first look at e-mail events reaches, and how much each later one overlaps: events come late."""
SAID = ("approve", "decline", "revise", "free_text")
"""What an answer may be, where a person enters it."""


@dataclass(slots=True)
class Settled:
    """What a look did: events by outcome, letters that were left out or failed, and letters that nobody can know of."""

    counts: Counter[str] = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


def jobs_under_way(ledger: Ledger, use_case: str, destination: str) -> dict[str, dict[str, str]]:
    """Jobs whose letters have no outcome yet: job id (or `batch:<key>`) -> delivery id by customer number."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for delivery_id, remote_id in ledger.sent_as(use_case, destination, UNDER_WAY).items():
        jobs, _, number = remote_id.rpartition("/")
        for job_id in jobs.split("+"):
            found[job_id][number] = delivery_id
    return dict(found)


def still_going(client: ExstreamClient, jobs: Collection[str]) -> list[str]:
    """Those of these jobs that move by themselves. A held one has stopped; one that is gone, or that lies in the input folder
    (`batch:<key>`), is seen by who settles it.
    """
    return [job_id for job_id in jobs if not job_id.startswith("batch:") and _moves(client, job_id)]


def collect_jobs(ledger: Ledger, client: ExstreamClient, *, use_case: str, destination: str, service: str) -> Settled:
    """Look at every job under way, step by step: `complete` alone proves nothing (contract section 5)."""
    settled, events = Settled(), list[OutcomeEvent]()
    since = dict(ledger.under_way(use_case, destination).values())
    for name, customers in jobs_under_way(ledger, use_case, destination).items():
        try:
            first = min(since.get(delivery_id, client.clock()) for delivery_id in customers.values())
            for job_id in _jobs_of(client, name, service, first):
                events += _of_job(client, job_id, customers)
        except (NotFoundError, EffectUnknownError) as problem:
            settled.unknown += customers.values()
            ledger.lose(list(customers.values()), f"{name}: {problem.sentence}")
    ledger.record_outcomes(events)
    settled.counts.update(event.outcome for event in events)
    settled.differences += [f"{e.delivery_id} {e.outcome}: {e.code}, {e.remote_id}" for e in events if e.outcome in {"failed", "skipped"}]
    return settled


def take_reports(ledger: Ledger, client: ExstreamClient, *, connection: str) -> Counter[str]:
    """Everything that is reported after a letter left, by the ways that the connection has switched on; counts by outcome."""
    extra, now, counts = client.settings.extra, client.clock(), Counter[str]()
    if extra.eventmetrics:
        name = f"{connection}:events"
        counts["mail_events"] = take_mail_events(ledger, client, (ledger.memory.watermark(name) or now - FIRST_LOOK) - EVENTS_LATE)
        ledger.memory.set_watermark(name, now)
    # Whatever `outcome_source` says: what came by callback waits in the inbox.
    return counts + take_outcomes(ledger, client, connection=connection)


def take_mail_events(ledger: Ledger, client: ExstreamClient, since: datetime) -> int:
    """E-mail events since a moment, where `eventmetrics` is on; how many deliveries moved. Twice changes nothing."""
    found = [event for event in map(outcomes.of_mail, client.iter_events(since)) if event is not None]
    known = ledger.locate([event.delivery_id for event in found])
    return ledger.record_outcomes([event for event in found if event.delivery_id in known])


def take_outcomes(ledger: Ledger, client: ExstreamClient, *, connection: str) -> Counter[str]:
    """EXT: feed and files into the inbox, then the whole inbox (callbacks too) into the ledger; counts by outcome.

    The feed's position is kept only after its records are in the inbox.
    """
    ways = client.settings.extra.outcome_source
    if "feed" in ways:
        name = f"{connection}:outcomes"
        kept = ledger.memory.get(name)
        for outcome in client.iter_outcomes(int(kept[0]["seq"]) if kept else 0):
            take(ledger, outcome)
            ledger.memory.put(name, {"seq": outcome.seq}, client.clock())
    bad = 0
    if "files" in ways:
        for file in client.outcomes.files():
            if ledger.inbox.take(INBOX, f"file-{file.sha256}", "exstream.file", b"") == "new":
                ledger.inbox.done(INBOX, f"file-{file.sha256}", note=f"{len(file.outcomes)} records, {len(file.bad_lines)} bad lines")
                bad += len(file.bad_lines)
            # Records of a file whose hash is known are looked at again: a crash may have come between the two.
            for outcome in file.outcomes:
                take(ledger, outcome)
    counts = apply_inbox(ledger, connection=connection, at=client.clock())
    return counts + Counter({"bad_lines": bad} if bad else {})


def take(ledger: Ledger, outcome: Outcome) -> None:
    """One record into the inbox, once by its id."""
    ledger.inbox.take(*arrival(outcome))


def apply_inbox(ledger: Ledger, *, connection: str, at: datetime) -> Counter[str]:
    """Records that wait in the inbox become outcomes; one that fits no letter of ours becomes an exception, never dropped."""
    counts: Counter[str] = Counter()
    while pending := ledger.inbox.pending([LETTER], limit=500):
        read = {item.id: _read(item.body) for item in pending}
        keys = [key for found in read.values() if found for key in (found.delivery_id, outcomes.remote_id_of(found)) if key]
        known = ledger.locate(keys)
        events, foreign = list[OutcomeEvent](), list[str]()
        for event_id, found in read.items():
            delivery_id = _ours(found, known)
            if found is None or delivery_id is None:
                foreign.append(event_id)
            else:
                events.append(outcomes.of_extension(found, delivery_id))
                _keep_answer(ledger, delivery_id, found)
        ledger.record_outcomes(events)
        if foreign:
            findings = [_foreign(event_id) for event_id in foreign]
            ledger.exceptions.record("opentext_exstream:outcomes", connection, foreign, findings, as_of=at)
        for item in pending:
            is_foreign = item.id in foreign
            ledger.inbox.done(INBOX, item.id, note="fits no letter of ours" if is_foreign else "", parked=is_foreign)
        counts.update(event.outcome for event in events)
        counts.update({"foreign": len(foreign)} if foreign else {})
    return counts


def answer_by_hand(ledger: Ledger, delivery_id: str, said: str, words: str, *, by: str) -> None:
    """What a recipient answered on paper or by telephone, as a person enters it: one of `SAID`, and their words.

    :raises InvalidError: another word, or a letter that has not gone. :raises NotFoundError: there is no such delivery.
    """
    story, now = ledger.desk.story(delivery_id), ledger.clock()
    if story is None:
        raise NotFoundError(f"there is no delivery {delivery_id[:34]}", system="ledger")
    if said not in SAID or story.row.state not in {*RANK, "bounced"}:
        raise InvalidError("an answer is one of " + ", ".join(SAID) + ", to a letter that has gone", system="ledger", subject=delivery_id)
    if words.strip():
        ledger.memory.put(ANSWER + delivery_id, {"words": words.strip()[:2000]}, now)
    ledger.people.noted("answer", delivery_id, by=by, why=said)
    ledger.record_outcomes([OutcomeEvent(delivery_id, "responded", now, "desk", raw_state="by hand", code=said, detail="entered by hand")])


def _keep_answer(ledger: Ledger, delivery_id: str, found: Outcome) -> None:
    """Beside the delivery, for what a person wrote stands in no event that others are shown; an older answer never replaces a newer."""
    if found.response is None or not found.response.words:
        return
    kept = ledger.memory.get(ANSWER + delivery_id)
    if kept is None or kept[1] < found.at:
        ledger.memory.put(ANSWER + delivery_id, {"words": found.response.words}, found.at)


def _moves(client: ExstreamClient, job_id: str) -> bool:
    try:
        job = client.get_job(job_id)
    except NotFoundError:
        return False
    return not job.is_final and job.status != "holding"


def _of_job(client: ExstreamClient, job_id: str, customers: Mapping[str, str]) -> Sequence[OutcomeEvent]:
    job, at = client.get_job(job_id), client.clock()
    if job.status == "deleted":
        raise EffectUnknownError("the job was deleted before its manifest was read", subject=job_id)
    if job.status != "complete":
        return outcomes.of_unfinished(job, customers, at)
    manifest = client.read_manifest(job_id)
    steps = list(client.iter_steps(job_id))
    return outcomes.of_complete(job, manifest, steps, customers, client.settings.extra.delivery_key_name, at)


def _jobs_of(client: ExstreamClient, name: str, service: str, since: datetime) -> Sequence[str]:
    """The jobs behind a name. A batch from the input folder may not have begun yet.

    :raises EffectUnknownError: its file was taken, and for longer than a job may last none of the channel shows its letters: an
        engine that leaves out all letters of a batch writes no manifest that tells whose it was.
    """
    if not name.startswith(LATER):
        return (name,)
    key, longest = name.removeprefix(LATER), timedelta(seconds=client.settings.extra.job_deadline)
    seen = client.jobs.look_for_batch(key, service, since)
    may_come = seen.running or client.clock() - since <= longest or (client.folder and client.folder.lying(key))
    if not seen.ours and not may_come:
        raise EffectUnknownError("its file was taken, and no job of the channel shows its letters")
    return seen.ours


def _read(body: bytes) -> Outcome | None:
    try:
        return record(Outcome, read_json(body))
    except BadShapeError:
        return None


def _ours(found: Outcome | None, known: Mapping[str, str]) -> str | None:
    if found is None:
        return None
    return known.get(found.delivery_id or "") or known.get(outcomes.remote_id_of(found) or "")


def _foreign(event_id: str) -> Finding:
    return Finding(
        subject=event_id,
        rule="EXSTREAM-FOREIGN",
        severity=Severity.ERROR,
        field="deliveryId",
        found="a record that fits no letter of ours",
        expected="a delivery id, or the job and customer number of a letter that we sent",
        remedy="Ask whoever wrote the record which letter it is about.",
        owner="operations",
    )
