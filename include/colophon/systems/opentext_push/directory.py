"""Who has which devices: `RecipientDirectory`, and the publisher's own file as one (contract section 10).

Retired devices are remembered by hash, so that the memory itself tells nobody's token.
"""

import csv
import hashlib
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import yaml

from colophon.config.wording import language_of
from colophon.domain.person import Person, StandIn
from colophon.errors import BadConfigError
from colophon.ledger import Ledger
from colophon.systems.opentext_push.records import Target

RETIRED, OPTED_OUT = "opentext_push:retired", "opentext_push:opted_out"
FILE, MEMORY = "the file of people", "an earlier answer"
_KINDS = ("token", "sms", "email")


class RecipientDirectory(Protocol):
    """A publisher's app may be one; the file below is another."""

    def resolve(self, person: str) -> Sequence[Target]:
        """Live devices, numbers and addresses of a person; nothing for one who is not known."""

    def person(self, person: str) -> Person:
        """What is known of how a person may be told."""

    def retire(self, value: str, reason: str, at: datetime) -> None:
        """A device is gone: never again."""

    def opt_out(self, person: str, at: datetime) -> None:
        """A person does not want to hear any more."""


class Retired(Protocol):
    """Where retired devices are remembered, by the hash of their token."""

    def has(self, value: str) -> bool:
        """Whether a device was retired."""

    def add(self, value: str, reason: str, at: datetime) -> None:
        """Retire one; again changes nothing."""


class LedgerRetired:
    """Retired devices in the ledger; or under another name people who have opted out."""

    def __init__(self, ledger: Ledger, name: str = RETIRED) -> None:
        self._ledger, self._name = ledger, name

    def has(self, value: str) -> bool:
        """See the protocol."""
        return _hash(value) in self._known()

    def add(self, value: str, reason: str, at: datetime) -> None:
        """See the protocol."""
        known = self._known()
        if _hash(value) not in known:
            self._ledger.memory.put(self._name, {**known, _hash(value): {"reason": reason, "at": at.isoformat()}}, at)

    def set_all(self, values: Iterable[str], reason: str, at: datetime) -> None:
        """These are there for a reason, and no others for the same one."""
        known, wanted = self._known(), {_hash(value) for value in values}
        left = {key: value for key, value in known.items() if value["reason"] != reason or key in wanted}
        new = {key: {"reason": reason, "at": at.isoformat()} for key in wanted - left.keys()}
        if new or len(left) < len(known):
            self._ledger.memory.put(self._name, {**left, **new}, at)

    def _known(self) -> Mapping[str, Any]:
        found = self._ledger.memory.get(self._name)
        return found[0] if found else {}


class NothingRetired:
    """For messages that must go even when there is no ledger."""

    def has(self, value: str) -> bool:  # noqa: ARG002 - the protocol's
        """See the protocol."""
        return False

    def add(self, value: str, reason: str, at: datetime) -> None:
        """See the protocol."""


class FileDirectory:
    """People from rows `{person, kind, value, platform, from_on, until_on}`.

    `kind` is token, sms or email, or says what else is known of the person: `language`, `hours` (08:00-19:00), `zone`, `stand_in` (whose
    key; from and until a day), `ends_on` (the last day), `consent` and `opted_out` (yes, no).
    """

    def __init__(self, rows: Iterable[Mapping[str, object]], retired: Retired, opted_out: Retired | None = None) -> None:
        """:param opted_out: who does not want to hear any more, as was told otherwise than by the file.

        :raises BadConfigError: a row lacks a member, or has a kind or a value that there is not; told by its number, never by its values.
        """
        self._retired, self._opted_out = retired, opted_out or NothingRetired()
        self._people: dict[str, list[Target]] = {}
        self._known: dict[str, Person] = {}
        for number, row in enumerate(rows, 1):
            person, kind, value = (str("" if row.get(name) is None else row[name]).strip() for name in ("person", "kind", "value"))
            if not person or not value or kind not in {*_KINDS, *_FACTS}:
                raise BadConfigError(f"row {number} of the recipients needs person, kind ({', '.join((*_KINDS, *_FACTS))}) and value")
            if kind in _KINDS:
                target = Target(kind, value, str(row.get("platform") or ""))  # type: ignore[arg-type]  # looked at above
                self._people.setdefault(person, []).append(target)
            else:
                known = self._known.get(person, Person(key=person))
                self._known[person] = _with(known, kind, value, row, number)

    @classmethod
    def read(cls, name: str, content: bytes, retired: Retired, opted_out: Retired | None = None) -> "FileDirectory":
        """From a YAML or CSV file, told by its name. Raises BadConfigError where it cannot be read."""
        try:
            text = content.decode("utf-8-sig")
            rows = list(csv.DictReader(io.StringIO(text))) if name.endswith(".csv") else yaml.safe_load(text)
        except (UnicodeDecodeError, csv.Error, yaml.YAMLError):
            rows = None
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise BadConfigError("the file of recipients is no CSV or YAML list of rows")
        return cls(rows, retired, opted_out)

    def resolve(self, person: str) -> list[Target]:
        """See the protocol."""
        return [target for target in self._people.get(person, []) if not self._retired.has(target.value)]

    def person(self, person: str) -> Person:
        """See the protocol."""
        known, targets = self._known.get(person, Person(key=person)), self.resolve(person)
        told = {name: FILE for name, kind in _MEMBERS.items() if kind in self._kinds_of(person)} | ({"channels": FILE} if targets else {})
        if self._opted_out.has(person):
            known, told = replace(known, has_opted_out=True), {**told, "has_opted_out": MEMORY}
        return replace(known, channels=frozenset(target.kind for target in targets), sources=told)

    def retire(self, value: str, reason: str, at: datetime) -> None:
        """See the protocol."""
        self._retired.add(value, reason, at)

    def opt_out(self, person: str, at: datetime) -> None:
        """See the protocol."""
        self._opted_out.add(person, "opted_out", at)

    def _kinds_of(self, person: str) -> set[str]:
        known = self._known.get(person)
        return set() if known is None else {kind for name, kind in _MEMBERS.items() if getattr(known, name) not in _NOT_TOLD}


def _with(person: Person, kind: str, value: str, row: Mapping[str, object], number: int) -> Person:
    """The person with one more fact of a row."""
    try:
        if kind == "stand_in":
            stand_in = StandIn(value, _day(row.get("from_on")), _day(row.get("until_on")))
            return replace(person, stand_ins=(*person.stand_ins, stand_in))
        name, read = _FACTS[kind]
        return replace(person, **{name: read(value)})
    except (ValueError, KeyError):
        raise BadConfigError(f"row {number} of the recipients: {kind} has a value that cannot be: it has to be {_EXPECTED[kind]}") from None


def _day(value: object) -> date | None:
    """A day, in this century or the next."""
    if value in (None, ""):
        return None
    day = value if isinstance(value, date) else date.fromisoformat(str(value).strip())
    if not 2000 <= day.year <= 2199:
        raise ValueError
    return day


def _hours(value: str) -> tuple[time, time]:
    start, end = (time.fromisoformat(part.strip()) for part in value.split("-"))
    if start >= end:
        raise ValueError
    return start, end


def _zone(value: str) -> str:
    return ZoneInfo(value).key


def _language(value: str) -> str:
    if not (code := language_of(value)):
        raise ValueError
    return code


def _yes_or_no(value: str) -> bool:
    return {"yes": True, "true": True, "no": False, "false": False}[value.lower()]


_FACTS: Mapping[str, tuple[str, Callable[[str], Any]]] = {
    "language": ("language", _language),
    "hours": ("hours", _hours),
    "zone": ("zone", _zone),
    "stand_in": ("stand_ins", str),
    "ends_on": ("ends_on", _day),
    "consent": ("has_consented", _yes_or_no),
    "opted_out": ("has_opted_out", _yes_or_no),
}
_MEMBERS = {name: kind for kind, (name, _) in _FACTS.items()}
_NOT_TOLD = (None, "", (), False)
_EXPECTED = {
    "language": "a language's code, such as de",
    "hours": "hours of a day, such as 08:00-19:00",
    "zone": "a time zone, such as Europe/London",
    "stand_in": "somebody's key, from_on and until_on days such as 2026-12-24",
    "ends_on": "a day, such as 2026-12-24",
    "consent": "yes or no",
    "opted_out": "yes or no",
}


def _hash(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()
