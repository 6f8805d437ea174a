"""The way back: statuses, inbound events and ONIX acknowledgements become outcomes and exceptions in the ledger.

An inbound event is committed to our inbox before it is acknowledged to the middleware: a crash in between repeats it, and
loses nothing (contract section 9).
"""

import io
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from colophon.domain.finding import Finding, Severity
from colophon.errors import BadRecordError, NotFoundError, RefusedError
from colophon.http.jsontext import read_json, write_json
from colophon.ledger import Ledger
from colophon.ledger.inbox import Arrival, InboxItem
from colophon.ledger.outcomes import Acknowledged, Applied
from colophon.onix import ack
from colophon.onix.profile import Profile
from colophon.systems.xconnector.client import XConnectorClient
from colophon.systems.xconnector.mapping import read, to_wire
from colophon.systems.xconnector.outcomes import outcome_events
from colophon.systems.xconnector.overdue import find_overdue, find_undelivered
from colophon.systems.xconnector.records import Event, MessageStatus, Payload
from colophon.systems.xconnector.schemas import SCHEMAS

UNDER_WAY = ("accepted", "routed", "delivering")
ONE_BY_ONE = 50
"""Up to so many messages are asked for one by one; more of them by reading the list."""
CLOCKS_DIFFER = timedelta(minutes=5)
OUTCOMES = {"00": "confirmed", "01": "confirmed", "02": "confirmed", "03": "failed"}
"""Outcome by record status (List 226): taken, taken with errors, rejected."""
REJECTED = "rejected_metadata"
"""The fault that a rejected record is, as counterparts name it."""
OwnerOf = Callable[[str], str]


def collect_outcomes(
    ledger: Ledger, client: XConnectorClient, *, use_case: str, profile: Profile, owner_of: OwnerOf, as_of: datetime
) -> Counter[str]:
    """Look at everything of a recipient that has no final outcome yet; counts of what was found.

    A recipient that acknowledges in ONIX has a title `confirmed` only by its acknowledgement; until then it is `sent`.
    """
    found = take_statuses(
        ledger,
        client,
        use_case=use_case,
        destination=profile.id,
        owner_of=owner_of,
        as_of=as_of,
        best="sent" if profile.ack == "onix" else "confirmed",
    )
    found["events taken"] = drain_inbox(ledger, client)
    for item in ledger.inbox.pending([f"{client.settings.extra.type_prefix}onix.acknowledgement.v1"]):
        found += _apply(ledger, client, item, use_case, profile, owner_of, as_of)
    found["acknowledgements overdue"] = len(find_overdue(ledger, use_case=use_case, profile=profile, owner_of=owner_of, as_of=as_of))
    return found


def take_statuses(
    ledger: Ledger,
    client: XConnectorClient,
    *,
    use_case: str,
    destination: str,
    owner_of: OwnerOf,
    as_of: datetime,
    best: str = "confirmed",
) -> Counter[str]:
    """Look at every event to a destination that has no final outcome yet; counts of what moved, failed, is late.

    What the middleware gave up, or has for longer than `deliver_within`, is an exception. :param best: what a target's word is
    worth: `sent` where somebody else confirms.
    """
    waiting = ledger.under_way(use_case, destination)
    statuses = {status.message_id: status for status in _statuses(client, waiting, destination)}
    events = [event for key, status in statuses.items() for event in outcome_events(waiting[key][0], status)]
    moved = ledger.record_outcomes([replace(event, outcome=best) if event.outcome == "confirmed" else event for event in events])
    within = timedelta(seconds=client.settings.extra.deliver_within)
    place = {"use_case": use_case, "destination": destination}
    rows = find_undelivered(ledger, statuses, **place, within=within, owner_of=owner_of, as_of=as_of)
    states = Counter("failed at the middleware" if row.state == "failed" else "overdue at the middleware" for row in rows)
    return Counter({"moved": moved}) + states


def is_settled(client: XConnectorClient, recipient: str, since: datetime) -> bool:
    """Whether no message to a recipient, accepted since then, is under way."""
    return not any(next(client.iter_messages(status, since, recipient), None) for status in UNDER_WAY)


def drain_inbox(ledger: Ledger, client: XConnectorClient) -> int:
    """Take what other systems have to say into our inbox; returns how many events were new."""
    new = 0
    while items := client.fetch_inbox():
        done, unreadable = [], []
        for item in items:
            if item.event is None:
                unreadable.append((item.token, item.problem))
                continue
            new += ledger.inbox.take(*arrival(item.event)) == "new"
            done.append(item.token)
        client.ack(done)
        for token, problem in unreadable:
            client.nack([token], problem or "unreadable")
        if not done:
            break
    return new


def arrival(event: Event) -> Arrival:
    """An event as our inbox keeps it: the same row, whichever way it came. One of a type that we do not know is parked."""
    is_known = any(event.type.endswith(f"{name}.v1") for name in SCHEMAS)
    unfit = "" if is_known else "the contract has no event of this type"
    return Arrival(event.source, event.id, event.type, write_json(to_wire(event)), unfit)


def _statuses(client: XConnectorClient, waiting: Mapping[str, tuple[str, datetime]], recipient: str) -> Iterator[MessageStatus]:
    if not waiting:
        return
    if len(waiting) <= ONE_BY_ONE:
        for message_id in waiting:
            try:
                yield client.get_status(message_id)
            except NotFoundError:
                continue  # past the middleware's retention: it stays as it is, and the report shows its age
        return
    # Our clock says when the try began; the middleware accepted by a clock of its own.
    since = min(taken for _, taken in waiting.values()) - CLOCKS_DIFFER
    for status in client.iter_messages(since=since, recipient=recipient):
        if status.message_id in waiting:
            yield status


def _apply(
    ledger: Ledger, client: XConnectorClient, item: InboxItem, use_case: str, profile: Profile, owner_of: OwnerOf, as_of: datetime
) -> Counter[str]:
    event: Any = read_json(item.body)
    if event["data"].get("recipient") != profile.id:
        return Counter()
    try:
        said = ack.read(_document(client, event["data"]["payload"]))
        records = [
            Acknowledged(r.record_reference, OUTCOMES.get(r.status, "processing"), _code(r), "; ".join(d.text for d in r.details))
            for r in said.records
        ]
        applied = ledger.acknowledge(profile.id, int(event["data"]["messageNumber"]), records, at=item.received_at)
    except (RefusedError, KeyError, TypeError) as problem:
        ledger.inbox.done(item.source, item.id, note=f"{type(problem).__name__}: {problem}"[:1000], parked=True)
        return Counter({"acknowledgements unreadable": 1})
    ledger.inbox.take_all(_notices(records, applied, item, int(event["data"]["messageNumber"]), profile))
    findings = [f for r in said.records for f in _findings(r, applied.subjects, profile, owner_of)]
    judged = [applied.subjects[r.record_reference] for r in said.records if r.record_reference in applied.subjects]
    ledger.exceptions.record(f"{use_case}:acknowledgement", profile.id, judged, findings, as_of=as_of)
    note = f"unknown records: {', '.join(applied.unknown[:20])}" if applied.unknown else ""
    ledger.inbox.done(item.source, item.id, note=note)
    return Counter({"acknowledged": len(judged), "rejected by recipient": sum(r.outcome == "failed" for r in records)})


def _notices(records: Iterable[Acknowledged], applied: Applied, item: InboxItem, message_number: int, profile: Profile) -> list[Arrival]:
    """What a recipient rejects, and takes after it had rejected it, as notices like any counterpart's: somebody has to mend it."""
    found = []
    for record in records:
        subject = applied.subjects.get(record.record_reference, "")
        is_rejected, isbn = record.outcome == "failed", subject.removeprefix("isbn:")
        is_mended = record.outcome == "confirmed" and subject in applied.rejected_before
        if isbn == subject or subject in applied.outdated or not (is_rejected or is_mended):
            continue
        kind, at = "failure" if is_rejected else "recovered", item.received_at
        data = {"isbn": isbn, "fault": REJECTED, "system": profile.id, "severity": "error", "at": at.isoformat()}
        event = Event(
            id=f"{profile.id}/{message_number}/{isbn}/{kind}",
            source="/colophon/acknowledgements",
            type=item.type.replace("onix.acknowledgement", f"delivery.{kind}"),
            subject=subject,
            time=at,
            data={**data, "code": record.code if is_rejected else None, "message": record.detail or None},
        )
        found.append(arrival(event))
    return found


def _document(client: XConnectorClient, payload: object) -> bytes:
    if not isinstance(payload, dict):
        raise BadRecordError("the acknowledgement has no payload", system="xconnector")
    to = io.BytesIO()
    client.get_payload(read(Payload, payload), to)
    return to.getvalue()


def _code(record: ack.AcknowledgedRecord) -> str:
    return next((d.code for d in record.details if d.code), f"onix:{record.status}")


def _findings(record: ack.AcknowledgedRecord, subjects: dict[str, str], profile: Profile, owner_of: OwnerOf) -> Iterator[Finding]:
    for detail in record.details:
        if detail.is_error and record.record_reference in subjects:
            yield Finding(
                subject=subjects[record.record_reference],
                rule="ACK",
                severity=Severity.ERROR,
                field=detail.code or "RecordStatus",
                found=f"record status {record.status}",
                expected="00",
                remedy=f"{profile.name} says: {detail.text or 'no reason given'}. Correct the record; it is sent again when it changes.",
                owner=owner_of("ACK"),
                blocks=profile.id,
            )
