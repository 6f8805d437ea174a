"""The way back: statuses of jobs become outcomes in the ledger, and gone devices are retired."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from colophon.domain.delivery import OutcomeEvent
from colophon.errors import BadShapeError, NotFoundError
from colophon.http.jsontext import read_json
from colophon.ledger import Ledger
from colophon.systems.opentext_push.client import PushClient
from colophon.systems.opentext_push.directory import RecipientDirectory
from colophon.systems.opentext_push.outcomes import SYSTEM, gone_devices, opt_outs, outcome_events, unknown_words
from colophon.systems.opentext_push.port import jobs_of
from colophon.systems.opentext_push.records import JobStatus

KEPT_AT_MOST = timedelta(days=8)
"""A job is wiped 3 to 7 days after its end; what is older than this is not asked for any more."""


def collect_outcomes(
    ledger: Ledger, client: PushClient, directory: RecipientDirectory, *, use_case: str, destination: str, now: datetime
) -> Counter[str]:
    """Look at everything of a destination that has no final outcome yet; counts of what was found."""
    waiting = ledger.under_way(use_case, destination)
    recent = {remote_id: taken for remote_id, taken in waiting.items() if now - taken[1] <= KEPT_AT_MOST}
    statuses = statuses_of(client, recent)
    found: Counter[str] = Counter()
    lost = [_lost(delivery_id, remote_id, at) for remote_id, (delivery_id, at) in waiting.items() if remote_id not in statuses]
    found["status lost"] = ledger.record_outcomes(lost)
    for remote_id, jobs in statuses.items():
        found += _apply(ledger, directory, waiting[remote_id][0], jobs)
    return found


def still_going(client: PushClient, remote_ids: Collection[str]) -> set[str]:
    """Those of these that have a job which is neither finished nor wiped."""
    return {remote_id for remote_id, jobs in statuses_of(client, remote_ids).items() if not all(job.finished for job in jobs)}


def statuses_of(client: PushClient, remote_ids: Collection[str]) -> dict[str, list[JobStatus]]:
    """Statuses by remote id; one whose jobs were wiped is not in it. Push jobs are asked for ten at a time."""
    wanted = {remote_id: jobs_of(remote_id) for remote_id in remote_ids}
    pushed = client.get_statuses([job for channel, jobs in wanted.values() if channel == "push" for job in jobs])
    found = {}
    for remote_id, (channel, jobs) in wanted.items():
        known = [status for job in jobs if (status := pushed[job])] if channel == "push" else _ask(client, channel, jobs)
        if known:
            found[remote_id] = known
    return found


def _ask(client: PushClient, channel: str, jobs: Sequence[str]) -> list[JobStatus]:
    found = []
    for job in jobs:
        try:
            found.append(client.get_status(job, channel))
        except NotFoundError:
            continue  # wiped: what is not known of it then is told as lost
    return found


def _apply(ledger: Ledger, directory: RecipientDirectory, delivery_id: str, jobs: Sequence[JobStatus]) -> Counter[str]:
    found = Counter({"moved": ledger.record_outcomes(outcome_events(delivery_id, jobs))})
    found["unknown states"] = len(unknown_words(jobs))
    person = _person(ledger, delivery_id)
    for at in opt_outs(jobs) if person else ():
        directory.opt_out(person, at)
        found["opted out"] = 1
    for ref, ending, at in gone_devices(jobs):
        mine = [t for t in directory.resolve(person) if t.kind == "token" and ending and t.value.endswith(ending)] if person else []
        # Two devices of one person with the same ending cannot be told apart: none is retired on a guess.
        if len(mine) == 1 and ref.startswith(delivery_id):
            directory.retire(mine[0].value, "device_gone", at)
            found["devices retired"] += 1
    return +found


def _person(ledger: Ledger, delivery_id: str) -> str:
    """To whom a delivery went, from what the ledger keeps of it; nothing for a topic."""
    content = ledger.content_of(delivery_id)
    try:
        said = read_json(content) if content else None
    except BadShapeError:
        said = None
    return str(said.get("person") or "") if isinstance(said, dict) else ""


def _lost(delivery_id: str, remote_id: str, at: datetime) -> OutcomeEvent:
    return OutcomeEvent(delivery_id, "sent", at, SYSTEM, remote_id=remote_id, raw_state="wiped", code="status_lost")
