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
from colophon.errors import BadRecordError, ColophonError, NotFoundError, RefusedError, UnexpectedAnswerError
from colophon.http.jsontext import read_json, write_json
from colophon.ledger import Ledger
from colophon.ledger.inbox import USE_CASE, Arrival, InboxItem
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
MESSAGE_REJECTED = "01"
"""Message status (List 221): nothing of it was taken."""
MOST_TROUBLES = 10
"""After so many acknowledgements that could not be fetched a look ends."""
UNREADABLE = "ACK-UNREADABLE"
LONGEST_CODE, LONGEST_NUMBER = 100, 9
"""So much of a recipient's own code is kept; and no message of ours has a number of more digits."""
REJECTED = "rejected_metadata"
"""The fault that a rejected record is, as counterparts name it."""
OwnerOf = Callable[[str], str]


def collect_outcomes(
    ledger: Ledger, client: XConnectorClient, *, use_case: str, profile: Profile, owner_of: OwnerOf, as_of: datetime
) -> Counter[str]:
    """Look at everything of a recipient that has no final outcome yet; counts of what was found.

    A recipient that acknowledges in ONIX has a title `confirmed` only by its acknowledgement; until then it is `sent`.
    One acknowledgement keeps no other one waiting: what can never be read is parked as an exception, and what cannot be
    fetched now is raised at the end.
    """
    best, place = "sent" if profile.ack == "onix" else "confirmed", {"use_case": use_case, "destination": profile.id}
    moved, statuses = _moved(ledger, client, **place, best=best)
    found = Counter({"moved": moved})
    found["events taken"] = drain_inbox(ledger, client)
    troubles: list[ColophonError] = []
    for item in _waiting(ledger, f"{client.settings.extra.type_prefix}onix.acknowledgement.v1"):
        try:
            found += _apply(ledger, client, item, use_case, profile, owner_of, as_of)
        except ColophonError as problem:
            troubles.append(problem)
            if len(troubles) == MOST_TROUBLES:
                break
    found += _undelivered(ledger, client, statuses, **place, owner_of=owner_of, as_of=as_of)
    found["acknowledgements overdue"] = len(find_overdue(ledger, use_case=use_case, profile=profile, owner_of=owner_of, as_of=as_of))
    if troubles:
        raise troubles[0]
    return found


def take_statuses(
    ledger: Ledger, client: XConnectorClient, *, use_case: str, destination: str, owner_of: OwnerOf, as_of: datetime
) -> Counter[str]:
    """Look at every event to a destination that has no final outcome yet; counts of what moved, failed, is late.

    What the middleware gave up, or has for longer than `deliver_within`, is an exception.
    """
    place = {"use_case": use_case, "destination": destination}
    moved, statuses = _moved(ledger, client, **place)
    return Counter({"moved": moved}) + _undelivered(ledger, client, statuses, **place, owner_of=owner_of, as_of=as_of)


def _moved(
    ledger: Ledger, client: XConnectorClient, *, use_case: str, destination: str, best: str = "confirmed"
) -> tuple[int, dict[str, MessageStatus]]:
    """How many messages moved, and the status of each by its id.

    :param best: what a target's word is worth: `sent` where somebody else confirms.
    """
    waiting = ledger.under_way(use_case, destination)
    statuses = {status.message_id: status for status in _statuses(client, waiting, destination)}
    events = [event for key, status in statuses.items() for event in outcome_events(waiting[key][0], status)]
    moved = ledger.record_outcomes([replace(event, outcome=best) if event.outcome == "confirmed" else event for event in events])
    return moved, statuses


def _undelivered(
    ledger: Ledger,
    client: XConnectorClient,
    statuses: Mapping[str, MessageStatus],
    *,
    use_case: str,
    destination: str,
    owner_of: OwnerOf,
    as_of: datetime,
) -> Counter[str]:
    within, place = timedelta(seconds=client.settings.extra.deliver_within), {"use_case": use_case, "destination": destination}
    rows = find_undelivered(ledger, statuses, **place, within=within, owner_of=owner_of, as_of=as_of)
    return Counter("failed at the middleware" if row.state == "failed" else "overdue at the middleware" for row in rows)


def is_settled(client: XConnectorClient, recipient: str, since: datetime) -> bool:
    """Whether no message to a recipient, accepted since then, is under way."""
    return not any(next(client.iter_messages(status, since, recipient), None) for status in UNDER_WAY)


def drain_inbox(ledger: Ledger, client: XConnectorClient) -> int:
    """Take what other systems have to say into our inbox; returns how many events were new. Only one mode has a box to look into."""
    new = 0
    if client.settings.extra.mode != "xc1":
        return new
    while items := client.fetch_inbox():
        done, unreadable = [], []
        for item in items:
            if item.event is None:
                unreadable.append((item.token, item.problem))
                continue
            event = arrival(item.event)
            if not event.can_be_kept:
                unreadable.append((item.token, "the event's source, id or type cannot be kept"))
                continue
            new += ledger.inbox.take(*event) == "new"
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
    if client.settings.extra.mode == "file_drop":  # a receipt lies beside the file, under our own id
        yield from (status for message_id in waiting if (status := client.find(message_id)) is not None)
        return
    if not waiting or client.settings.extra.mode != "xc1":  # others tell by callbacks alone
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


def _waiting(ledger: Ledger, event_type: str) -> Iterator[InboxItem]:
    """All events of a type that wait, portion by portion: who has many keeps nobody else from theirs."""
    last = None
    while portion := ledger.inbox.pending([event_type], after=last):
        yield from portion
        last = portion[-1]


def _apply(
    ledger: Ledger, client: XConnectorClient, item: InboxItem, use_case: str, profile: Profile, owner_of: OwnerOf, as_of: datetime
) -> Counter[str]:
    """Raises what a call raises that may succeed another time."""
    place = (USE_CASE, item.source)
    try:
        data = _data(item)
        if data["recipient"] != profile.id:
            return Counter()
        place = (f"{use_case}:acknowledgement", profile.id)
        number, said = _message_number(data), ack.read(_document(client, data.get("payload")))
        records = [
            Acknowledged(r.record_reference, OUTCOMES.get(r.status, "processing"), _code(r), "; ".join(d.text for d in r.details))
            for r in said.records
        ]
        if said.status == MESSAGE_REJECTED and not records:
            why = next((detail for detail in said.details if detail.is_error), ack.Detail("F", "", ""))
            ledger.reject(profile.id, number, code=why.code[:LONGEST_CODE] or "onix:message", detail=why.text, at=item.received_at)
        applied = ledger.acknowledge(profile.id, number, records, at=item.received_at)
    except (RefusedError, UnexpectedAnswerError) as problem:
        ledger.exceptions.record(*place, [_name(item)], [_unreadable(item, problem.sentence, owner_of)], as_of=as_of)
        ledger.inbox.done(item.source, item.id, note=f"{type(problem).__name__}: {problem}"[:1000], parked=True)
        return Counter({"acknowledgements unreadable": 1})
    ledger.inbox.take_all(_notices(records, applied, item, number, profile), is_ours=True)
    # What the recipient said of a newer record stands, whatever comes late of an older one.
    subjects = {reference: subject for reference, subject in applied.subjects.items() if subject not in applied.outdated}
    findings = [f for r in said.records for f in _findings(r, subjects, profile, owner_of)]
    judged = [subjects[r.record_reference] for r in said.records if r.record_reference in subjects]
    ledger.exceptions.record(*place, [*judged, _name(item)], findings, as_of=as_of)
    note = f"unknown records: {', '.join(applied.unknown[:20])}" if applied.unknown else ""
    ledger.inbox.done(item.source, item.id, note=note)
    return Counter({"acknowledged": len(judged), "rejected by recipient": sum(r.outcome == "failed" for r in records)})


def _data(item: InboxItem) -> Mapping[str, Any]:
    event = read_json(item.body)
    data = event.get("data") if isinstance(event, dict) else None
    if not isinstance(data, dict) or not isinstance(data.get("recipient"), str):
        raise BadRecordError("the acknowledgement names no recipient", system="xconnector")
    return data


def _message_number(data: Mapping[str, Any]) -> int:
    digits = str(data.get("messageNumber"))
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= LONGEST_NUMBER):
        raise BadRecordError("the acknowledgement names no message", system="xconnector")
    return int(digits)


def _name(item: InboxItem) -> str:
    """How exceptions call an event."""
    return f"event:{item.id}"


def _unreadable(item: InboxItem, why: str, owner_of: OwnerOf) -> Finding:
    return Finding(
        subject=_name(item),
        rule=UNREADABLE,
        severity=Severity.ERROR,
        field="acknowledgement",
        found=why,
        expected="an ONIX acknowledgement of a message that was sent",
        remedy=f"Ask {item.source} for it once more; or, once the cause is mended, `colophon inbox again`.",
        owner=owner_of(UNREADABLE),
    )


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
    return next((d.code for d in record.details if d.code), f"onix:{record.status}")[:LONGEST_CODE]


def _findings(record: ack.AcknowledgedRecord, subjects: dict[str, str], profile: Profile, owner_of: OwnerOf) -> Iterator[Finding]:
    errors = [detail for detail in record.details if detail.is_error]
    if not errors and OUTCOMES.get(record.status) == "failed":
        errors = [ack.Detail("F", "", "; ".join(detail.text for detail in record.details))]  # rejected, and no error says why
    for detail in errors:
        if record.record_reference in subjects:
            yield Finding(
                subject=subjects[record.record_reference],
                rule="ACK",
                severity=Severity.ERROR,
                field=detail.code[:LONGEST_CODE] or "RecordStatus",
                found=f"record status {record.status}",
                expected="00",
                remedy=f"{profile.name} says: {detail.text or 'no reason given'}. Correct the record; it is sent again when it changes.",
                owner=owner_of("ACK"),
                blocks=profile.id,
            )
