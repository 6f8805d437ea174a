"""ONIX acknowledgements: what a recipient took, and what it rejects, title by title."""

import io
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from colophon.domain.finding import Finding, Severity
from colophon.errors import BadRecordError, RefusedError, UnexpectedAnswerError
from colophon.http.jsontext import read_json
from colophon.ledger import Ledger
from colophon.ledger.inbox import OURS, USE_CASE, Arrival, InboxItem
from colophon.ledger.outcomes import Acknowledged, Applied
from colophon.onix import ack
from colophon.onix.profile import Profile
from colophon.systems.xconnector.client import XConnectorClient
from colophon.systems.xconnector.inbox import arrival
from colophon.systems.xconnector.mapping import read
from colophon.systems.xconnector.records import Event, Payload

OUTCOMES = {"00": "confirmed", "01": "confirmed", "02": "confirmed", "03": "failed"}
"""Outcome by record status (List 226): taken, taken with errors, rejected."""
MESSAGE_REJECTED = "01"
"""Message status (List 221): nothing of it was taken."""
UNREADABLE = "ACK-UNREADABLE"
LONGEST_CODE, LONGEST_NUMBER = 100, 9
"""So much of a recipient's own code is kept; and no message of ours has a number of more digits."""
REJECTED = "rejected_metadata"
"""The fault that a rejected record is, as counterparts name it."""
OwnerOf = Callable[[str], str]


def waiting(ledger: Ledger, event_type: str) -> Iterator[InboxItem]:
    """All events of a type that wait, portion by portion: who has many keeps nobody else from theirs."""
    last = None
    while portion := ledger.inbox.pending([event_type], after=last):
        yield from portion
        last = portion[-1]


def apply(
    ledger: Ledger, client: XConnectorClient, item: InboxItem, use_case: str, profile: Profile, owner_of: OwnerOf, as_of: datetime
) -> Counter[str]:
    """Take in what a recipient says of a message, if it is this recipient's; counts of what was found.

    What can never be read is parked as an exception. Raises what a call raises that may succeed another time.
    """
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
        found.append(arrival(event, OURS))
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
