"""Exstream's words as outcomes of the ledger (contract sections 6 and 7, README section 2)."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from colophon.domain.delivery import OutcomeEvent
from colophon.http.jsontext import write_json
from colophon.ledger import Ledger
from colophon.ledger.inbox import Arrival
from colophon.systems.opentext_exstream.records import Job, MailEvent, Manifest, Outcome, Step
from colophon.systems.opentext_exstream.settings import SYSTEM

_REASON = re.compile(r"[45]\.\d{1,3}(\.\d{1,3})?\b|(moved|unknown|refused|deceased)\b", re.IGNORECASE | re.ASCII)

ANSWER = "opentext_exstream:answer:"

INBOX, LETTER, SERVICE = "exstream", "exstream.outcome", "exstream.service_outcome"
"""Source in the inbox; records about letters of ours; records about service letters, which their use case reads."""
UNRECOGNISED = "unrecognised"
"""Outcome of a state that we do not know: kept by the ledger, and neither success nor failure."""
_RUNNING = {"uninitialized": "processing", "started": "processing", "waiting": "processing", "holding": "held"}
_LOST = {"error", "canceled"}
_STEP = {"complete": "sent", "error": "failed", "canceled": "failed", "expired": "failed", "holding": "held"}
_MAIL = {
    "Exstream-Generated": "processing",
    "Exstream-Email-Submit": "sent",
    "Exstream-Email-POST": "sent",
    "Exstream-Email-OPEN": "opened",
    "Exstream-Email-NDLV": "bounced",
}
EXTENSION = {
    "delivered": "confirmed",
    "opened": "opened",
    "picked_up": "picked_up",
    "bounced": "bounced",
    "returned": "bounced",
    "responded": "responded",
    "opted_out": "opted_out",
    "failed": "failed",
}


def of_unfinished(job: Job, customers: Mapping[str, str], at: datetime) -> list[OutcomeEvent]:
    """What a job that has not composed, or was lost, says of its customers (delivery id by number)."""
    outcome = "failed" if job.status in _LOST else _RUNNING.get(job.status, UNRECOGNISED)
    code = f"job.{job.status}" if outcome in {"failed", "held"} else ""
    detail = "release the flow instance when it may go" if outcome == "held" else ""
    return [_event(d, outcome, job.end_date or at, job.id, number, "", job.status, code, detail) for number, d in customers.items()]


def of_complete(
    job: Job, manifest: Manifest, steps: Sequence[Step], customers: Mapping[str, str], key_name: str, at: datetime
) -> list[OutcomeEvent]:
    """What a complete job says of each customer: by output step of each queue, and `skipped` where no queue has it."""
    ends = {step.name: step.status for step in steps if step.step_type == "output"}
    moment, events = job.end_date or at, []
    for number, delivery_id in customers.items():
        queues = [q for q, entries in manifest.queues.items() if _is_in(entries, number, delivery_id, key_name)]
        for queue in queues:
            state = ends.get(queue, "missing")
            outcome = _STEP.get(state, "processing" if state in {"missing", "started", "created", "waiting"} else UNRECOGNISED)
            code = f"step.{state}" if outcome in {"failed", "held"} else ""
            events.append(_event(delivery_id, outcome, moment, job.id, number, queue, f"output {state}", code))
        if not queues:
            detail = "it was in the batch and is not in the manifest"
            events.append(_event(delivery_id, "skipped", moment, job.id, number, "", "skipped", "manifest.absent", detail))
    return events


def of_mail(event: MailEvent) -> OutcomeEvent | None:
    """An e-mail event; None for one that names no delivery of ours."""
    if not event.custom_id:
        return None
    name = event.event_type
    outcome = _MAIL.get(name)
    if outcome is None and name.startswith("Exstream-"):
        outcome = "bounced" if name.endswith("-Failed") else "sent" if name.count("-") == 1 else None
    code = name if outcome == "bounced" else ""
    return OutcomeEvent(event.custom_id, outcome or UNRECOGNISED, event.event_date, SYSTEM, event.job_id or "", "", name, code)


def of_extension(record: Outcome, delivery_id: str) -> OutcomeEvent:
    """EXT: a record of the feed, a callback or a file, once its delivery is known. The recipient's words stay out of it."""
    outcome = EXTENSION.get(record.type, UNRECOGNISED)
    code = record.response.kind if record.response else record.issue or (_why(record) if outcome in {"bounced", "failed"} else "")
    return OutcomeEvent(
        delivery_id,
        outcome,
        record.at,
        SYSTEM,
        remote_id_of(record) or "",
        record.queue or "",
        record.type,
        code,
    )


def _why(record: Outcome) -> str:
    """The kind of return: with the mail system's status, or the mail room's word, where the reason begins with one. The rest of it is personal."""
    told = _REASON.match(record.reason or "")
    return f"{record.type} {told.group().lower()}" if told else record.type


def remote_id_of(record: Outcome) -> str | None:
    """Our remote id of the letter that a record is about."""
    return f"{record.job_id}/{record.customer_number}" if record.job_id and record.customer_number else None


def _is_in(entries: Mapping[str, object], number: str, delivery_id: str, key_name: str) -> bool:
    entry = entries.get(number)
    keys = getattr(entry, "keys", {})
    # Where the design returns our key it must agree: a number alone could be another batch's.
    return entry is not None and keys.get(key_name, delivery_id) == delivery_id


def _event(
    delivery_id: str, outcome: str, at: datetime, job: str, number: str, queue: str, raw: str, code: str, detail: str = ""
) -> OutcomeEvent:
    return OutcomeEvent(delivery_id, outcome, at, SYSTEM, f"{job}/{number}", queue, raw, code, detail)


def answer_to(ledger: Ledger, delivery_id: str) -> str:
    """The words that the recipient of a letter last wrote back; empty where there are none. Personal: not for a log or a label."""
    kept = ledger.memory.get(ANSWER + delivery_id)
    return str(kept[0]["words"]) if kept else ""


def arrival(outcome: Outcome) -> Arrival:
    """A record as our inbox keeps it: the same row, whichever way it came. Those of service letters wait for their own use case."""
    kind = SERVICE if not outcome.delivery_id and not outcome.job_id and outcome.case_reference else LETTER
    # Its place in the feed is no part of what it says: a callback does not know it.
    return Arrival(INBOX, outcome.id, kind, write_json(outcome.model_dump(mode="json", by_alias=True, exclude={"seq"})))
