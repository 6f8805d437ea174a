"""Exceptions about what recipients say: one for each title of which the newest word is a rejection, one for a message that is rejected whole.

They are about what is the case now, so they go by the ledger's clock and not by the day for which a run was made.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from colophon.domain.delivery_states import FEED
from colophon.domain.finding import Finding, Severity
from colophon.ledger import Ledger
from colophon.ledger.acknowledged import Acknowledged
from colophon.ledger.recipient_words import Applied, Word

REJECTED, REMARK, MESSAGE, STRANGER, UNREADABLE, LATE = "ACK", "ACK-REMARK", "ACK-MESSAGE", "ACK-UNKNOWN", "ACK-UNREADABLE", "ACK-LATE"
OwnerOf = Callable[[str], str]
LONGEST = 500
"""So many characters of a recipient's own words are kept."""
SHOWN = 10
_ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_NO_TEXT = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]+")


class Rule(NamedTuple):
    """What a recipient should say, and what to do where it says otherwise."""

    says: str
    remedy: str


RULES = {
    REJECTED: Rule("A recipient takes a title", "Correct what the recipient names; the record is sent again when it changes."),
    REMARK: Rule("A recipient finds no error in what it takes", "Correct what the recipient names; the title is on sale meanwhile."),
    MESSAGE: Rule(
        "A recipient takes a message",
        "Mend what the recipient names. The next run sends what still holds of it again, in a message of a new number.",
    ),
    STRANGER: Rule(
        "A recipient speaks of records that its message carried, in words that its profile knows",
        "Ask the recipient which titles are meant; where a word is new, add it to `rejects` in its profile and run `colophon inbox again`. Then close this.",
    ),
    UNREADABLE: Rule(
        "A recipient's answer can be read, and is about a message that it got",
        "Ask the recipient for it once more; or, once the cause is mended, `colophon inbox again`.",
    ),
    LATE: Rule("A recipient answers within the days of its profile", "Ask whether the message arrived, and for its acknowledgement."),
}
"""Rules about recipients' answers, by id."""


class Place(NamedTuple):
    """Where exceptions stand: their use case and destination; who speaks; who has to act."""

    use_case: str
    destination: str
    name: str
    owner_of: OwnerOf


def words(text: str) -> str:
    """A recipient's own words as they are kept: on one line, of bounded length, without anybody's e-mail address."""
    text = " ".join(_NO_TEXT.sub(" ", _ADDRESS.sub("(an e-mail address)", text[: 4 * LONGEST])).split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def record_words(ledger: Ledger, place: Place, event_id: str, applied: Mapping[int, Applied], unclear: Sequence[str]) -> None:
    """Bring the exceptions of all titles in these messages to where the newest words put them, and those of whole messages."""
    newest = {subject: word for of in applied.values() for subject, word in of.newest.items()}
    findings = [finding for subject, word in newest.items() for finding in _on_title(subject, word, place)]
    strangers = [record for of in applied.values() for record in of.strangers]
    findings += _strangers(event_id, strangers, unclear, place)
    rules = {REJECTED, REMARK, STRANGER, UNREADABLE}
    _record(ledger, place, [*newest, _event(event_id)], findings, rules)
    _record_messages(ledger, place, applied)


def record_unreadable(ledger: Ledger, place: Place, event_id: str, why: str, rejected: Iterable[Acknowledged] = ()) -> None:
    """An answer that nobody can apply; `rejected` is what it says all the same."""
    told = _named(record for record in rejected if record.outcome == "failed")
    found = f"{why}; it rejects {told}" if told else why
    remedy = RULES[UNREADABLE].remedy.replace("the recipient", place.name)
    expected = "an acknowledgement of a message that was sent"
    _record(
        ledger, place, [_event(event_id)], [_finding(_event(event_id), UNREADABLE, "acknowledgement", found, expected, remedy, place)], None
    )


def note_of(applied: Iterable[Applied]) -> str:
    """What the inbox notes of an answer."""
    unknown = [reference for of in applied for reference in of.unknown]
    return f"unknown records: {', '.join(unknown[:20])}" if unknown else ""


def _on_title(subject: str, word: Word, place: Place) -> Iterator[Finding]:
    if word.is_of_all:
        return
    field, said = word.code or "RecordStatus", word.detail or "no reason given"
    if word.is_rejection:
        found = f"record status {word.status}: {place.name} says: {said}"
        yield _finding(subject, REJECTED, field, found, "00", RULES[REJECTED].remedy, place)
    elif word.status in {"01", "02"} or word.code or word.detail:
        found = f"record status {word.status}: {place.name} says: {said}"
        yield _finding(subject, REMARK, field, found, "00", RULES[REMARK].remedy, place, Severity.WARNING)


def _strangers(event_id: str, records: Sequence[Acknowledged], unclear: Sequence[str], place: Place) -> Iterator[Finding]:
    if records:
        found = f"records that the message did not carry ({len(records)}): {_named(records)}"
        yield _finding(_event(event_id), STRANGER, "records", found, "records of the message", _remedy(place), place)
    if unclear:
        more = f" and {len(unclear) - SHOWN} more" if len(unclear) > SHOWN else ""
        found = f"entries that nobody can understand ({len(unclear)}): {' | '.join(words(entry) for entry in unclear[:SHOWN])}{more}"
        yield _finding(_event(event_id), STRANGER, "entries", found, "words and names that its profile knows", _remedy(place), place)


def _remedy(place: Place) -> str:
    return RULES[STRANGER].remedy.replace("the recipient", place.name, 1)


def _record_messages(ledger: Ledger, place: Place, applied: Mapping[int, Applied]) -> None:
    """One exception for each message that was rejected whole, while that is the newest word on any title of it."""
    subject, use_case = FEED + place.destination, place.use_case.partition(":")[0]
    known = [
        row
        for row in ledger.exceptions.open(use_case=place.use_case, destination=place.destination, subject=subject)
        if row.rule == MESSAGE
    ]
    numbers = {int(row.field.removeprefix("message ")) for row in known} | {
        word.message_number for of in applied.values() for word in of.newest.values() if word.is_of_all
    }
    if not numbers:
        return
    findings = []
    for number in sorted(numbers):
        titles = ledger.titles_in(place.destination, number)
        newest = ledger.newest_words(use_case, place.destination, titles)
        refusals = [word for word in newest.values() if word.is_of_all and word.message_number == number]
        if refusals:
            said = refusals[0].detail or "no reason given"
            found = f"message {number} with {len(titles)} titles is rejected: {place.name} says: {said}"
            findings.append(_finding(subject, MESSAGE, f"message {number}", found, "a message that is taken", RULES[MESSAGE].remedy, place))
    _record(ledger, place, [subject], findings, {MESSAGE})


def _record(ledger: Ledger, place: Place, judged: Sequence[str], findings: Sequence[Finding], rules: set[str] | None) -> None:
    ledger.exceptions.record(place.use_case, place.destination, judged, findings, as_of=ledger.clock(), rules=rules)


def _named(records: Iterable[Acknowledged]) -> str:
    """The first records and what is said of them."""
    told = [
        f"{words(record.record_reference)[:100] or 'no reference'} ({record.detail or record.code or record.outcome})" for record in records
    ]
    return "; ".join(told[:SHOWN]) + (f" and {len(told) - SHOWN} more" if len(told) > SHOWN else "")


def _finding(
    subject: str, rule: str, field: str, found: str, expected: str, remedy: str, place: Place, severity: Severity = Severity.ERROR
) -> Finding:
    return Finding(
        subject=subject,
        rule=rule,
        severity=severity,
        field=field,
        found=found,
        expected=expected,
        remedy=remedy,
        owner=place.owner_of(rule),
        blocks=place.destination,
    )


def _event(event_id: str) -> str:
    """How exceptions call an event."""
    return f"event:{event_id}"
