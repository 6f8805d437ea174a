"""What a recipient took, and what it rejects, title by title: its ONIX acknowledgements, and reports in forms of its own."""

import io
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from colophon.domain.inbox_item import InboxItem
from colophon.errors import BadRecordError, NotFoundError, RefusedError, UnexpectedAnswerError
from colophon.http.jsontext import read_json
from colophon.ledger import Ledger
from colophon.ledger.acknowledged import Acknowledged
from colophon.ledger.inbox import OURS, USE_CASE, Arrival
from colophon.ledger.recipient_words import Applied
from colophon.onix import ack, reject_reports
from colophon.onix.profile import Profile
from colophon.systems.xconnector import rejections
from colophon.systems.xconnector.arrivals import arrival
from colophon.systems.xconnector.client import XConnectorClient
from colophon.systems.xconnector.mapping import read
from colophon.systems.xconnector.records import Event, Payload
from colophon.systems.xconnector.rejections import OwnerOf, Place

OUTCOMES = {"00": "confirmed", "01": "confirmed", "02": "confirmed", "03": "failed"}
"""Outcome by record status (List 226): taken, taken with errors, rejected."""
LONGEST_CODE, LONGEST_NUMBER = 100, 9
"""So much of a recipient's own code is kept; and no message of ours has a number of more digits."""
REJECTED = "rejected_metadata"
"""The fault that a rejected record is, as counterparts name it."""


def waiting(ledger: Ledger, event_type: str) -> Iterator[InboxItem]:
    """All events of a type that wait, portion by portion: who has many keeps nobody else from theirs."""
    last = None
    while portion := ledger.inbox.pending([event_type], after=last):
        yield from portion
        last = portion[-1]


def apply(ledger: Ledger, client: XConnectorClient, item: InboxItem, use_case: str, profile: Profile, owner_of: OwnerOf) -> Counter[str]:
    """Take in what a recipient says of its messages, if it is this recipient's; counts of what was found.

    What can never be read is parked as an exception. Raises what a call raises that may succeed another time.
    """
    place = Place(USE_CASE, item.source, item.source, owner_of)
    heard, unclear = list[tuple[int, ack.Acknowledgement]](), list[str]()
    try:
        data = _data(item)
        if data["recipient"] != profile.id:
            return Counter()
        place = Place(f"{use_case}:acknowledgement", profile.id, profile.name, owner_of)
        heard, unclear = _heard(ledger, client, profile, data)
        applied = [_applied(ledger, item, number, said, profile) for number, said in heard]
    except (RefusedError, UnexpectedAnswerError) as problem:
        rejected = [_acknowledged(record) for _, said in heard for record in said.records] if isinstance(problem, NotFoundError) else []
        rejections.record_unreadable(ledger, place, item.id, problem.sentence, rejected)
        ledger.inbox.done(item.source, item.id, note=f"{type(problem).__name__}: {problem}"[:1000], parked=True)
        return Counter({"acknowledgements unreadable": 1})
    by_number = {number: of for (number, _), of in zip(heard, applied, strict=True)}
    counts = Counter[str]()
    for number, of in by_number.items():
        ledger.inbox.take_all([*_notices(of, item, number, profile)], is_ours=True)
        counts += Counter({"acknowledged": len(of.subjects), "rejected by recipient": _rejected(of)})
    rejections.record_words(ledger, place, item.id, by_number, unclear)
    ledger.inbox.done(item.source, item.id, note=rejections.note_of(applied))
    return counts


def _heard(
    ledger: Ledger, client: XConnectorClient, profile: Profile, data: Mapping[str, Any]
) -> tuple[list[tuple[int, ack.Acknowledgement]], list[str]]:
    """What is said of which message, and what of it nobody can understand.

    The event says which message is meant, or else the acknowledgement; of a report the profile says where that stands, and the event where
    it stands nowhere.
    """
    content, name = _document(client, data.get("payload"))
    its = data.get("messageNumber")
    if profile.rejects is None or ack.is_onix(content):
        said = ack.read(content)
        return [(_message_number(said.message_number if its is None else its), said)], list(said.unclear)
    reports, how = reject_reports.read(content, profile.rejects, name), profile.rejects.message
    unclear = [words for report in reports for words in report.unclear]
    if how == "newest":
        heard, strange = _in_newest(ledger, profile, reports)
        return heard, [*unclear, *strange]
    return [(_message_number(its if report.message_number is None else report.message_number), report) for report in reports], unclear


def _in_newest(
    ledger: Ledger, profile: Profile, reports: Iterable[ack.Acknowledgement]
) -> tuple[list[tuple[int, ack.Acknowledgement]], list[str]]:
    """Each record in the newest message that carried it, and what none did."""
    found, strange = defaultdict[int, list[ack.AcknowledgedRecord]](list), list[str]()
    for report in reports:
        if report.status == ack.REJECTED:
            raise BadRecordError("the report rejects a message, and does not say which", system="xconnector")
        numbers = ledger.newest_messages(profile.id, [number for record in report.records for number in record.numbers])
        for record in report.records:
            number = next((numbers[name] for name in record.numbers if name in numbers), None)
            if number is None:
                strange.append(
                    f"{record.record_reference}, which no message carried: {'; '.join(detail.text for detail in record.details)}"
                )
            else:
                found[number].append(record)
    return [(number, ack.Acknowledgement("", number, "02", records=tuple(records))) for number, records in sorted(found.items())], strange


def _applied(ledger: Ledger, item: InboxItem, number: int, said: ack.Acknowledgement, profile: Profile) -> Applied:
    told = (": ".join(filter(None, (detail.code, detail.text))) for detail in sorted(said.details, key=lambda detail: not detail.is_error))
    return ledger.acknowledge(
        profile.id,
        number,
        [_acknowledged(record) for record in said.records],
        at=item.received_at,
        said_at=said.sent_at,
        source=f"{item.source} {item.id}",
        refusal=rejections.words("; ".join(filter(None, told))) if said.status == ack.REJECTED else None,
        is_rest_taken=said.is_rest_taken,
    )


def _acknowledged(record: ack.AcknowledgedRecord) -> Acknowledged:
    errors = [detail for detail in record.details if detail.is_error]
    # Of what is rejected, or taken with errors, everything may say why.
    told = errors if record.status == "00" else [*errors, *(detail for detail in record.details if not detail.is_error)]
    code = next((detail.code for detail in told if detail.code), "")[:LONGEST_CODE]
    detail = rejections.words("; ".join(dict.fromkeys(detail.text for detail in told if detail.text)))
    return Acknowledged(record.record_reference, OUTCOMES.get(record.status, "processing"), code, detail, record.numbers, record.status)


def _rejected(applied: Applied) -> int:
    return sum(1 for subject in applied.subjects if (word := applied.newest.get(subject)) is not None and word.is_rejection)


def _data(item: InboxItem) -> Mapping[str, Any]:
    event = read_json(item.body)
    data = event.get("data") if isinstance(event, dict) else None
    if not isinstance(data, dict) or not isinstance(data.get("recipient"), str):
        raise BadRecordError("the acknowledgement names no recipient", system="xconnector")
    return data


def _message_number(given: object) -> int:
    digits = str(given)
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= LONGEST_NUMBER):
        raise BadRecordError("the acknowledgement names no message", system="xconnector")
    return int(digits)


def _notices(applied: Applied, item: InboxItem, message_number: int, profile: Profile) -> Iterable[Arrival]:
    """What a recipient rejects, and takes after it had rejected it, as notices like any counterpart's: somebody has to mend it.

    What it rejects with the whole message is no fault of the title.
    """
    for subject in sorted(applied.subjects):
        word, before, isbn = applied.newest.get(subject), applied.before.get(subject), subject.removeprefix("isbn:")
        if word is None or word.is_of_all or word.message_number != message_number or isbn == subject:
            continue
        was_rejected = before is not None and before.is_rejection
        if word.is_rejection == was_rejected:
            continue
        kind, at = "failure" if word.is_rejection else "recovered", item.received_at
        data = {"isbn": isbn, "fault": REJECTED, "system": profile.id, "severity": "error", "at": at.isoformat()}
        event = Event(
            id=f"{profile.id}/{message_number}/{isbn}/{kind}/{word.source}",
            source="/colophon/acknowledgements",
            type=item.type.replace("onix.acknowledgement", f"delivery.{kind}"),
            subject=subject,
            time=at,
            data={**data, "code": (word.code or f"onix:{word.status}") if word.is_rejection else None, "message": word.detail or None},
        )
        yield arrival(event, OURS)


def _document(client: XConnectorClient, payload: object) -> tuple[bytes, str]:
    """What the recipient sent, and the name of its file."""
    if not isinstance(payload, dict):
        raise BadRecordError("the acknowledgement has no payload", system="xconnector")
    to, file = io.BytesIO(), read(Payload, payload)
    client.get_payload(file, to)
    return to.getvalue(), file.file_name or ""
