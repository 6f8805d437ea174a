"""Who has which devices: `RecipientDirectory`, and the publisher's own file as one (contract section 10).

Retired devices are remembered by hash, so that the memory itself tells nobody's token.
"""

import csv
import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

import yaml

from colophon.errors import BadConfigError
from colophon.ledger import Ledger
from colophon.systems.opentext_push.records import Target

RETIRED = "opentext_push:retired"
_KINDS = ("token", "sms", "email")


class RecipientDirectory(Protocol):
    """A publisher's app may be one; the file below is another."""

    def resolve(self, person: str) -> Sequence[Target]:
        """Live devices, numbers and addresses of a person; nothing for one who is not known."""

    def retire(self, value: str, reason: str, at: datetime) -> None:
        """A device is gone: never again."""


class Retired(Protocol):
    """Where retired devices are remembered, by the hash of their token."""

    def has(self, value: str) -> bool:
        """Whether a device was retired."""

    def add(self, value: str, reason: str, at: datetime) -> None:
        """Retire one; again changes nothing."""


class LedgerRetired:
    """Retired devices in the ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def has(self, value: str) -> bool:
        """See the protocol."""
        return _hash(value) in self._known()

    def add(self, value: str, reason: str, at: datetime) -> None:
        """See the protocol."""
        known = self._known()
        if _hash(value) not in known:
            self._ledger.memory.put(RETIRED, {**known, _hash(value): {"reason": reason, "at": at.isoformat()}}, at)

    def _known(self) -> Mapping[str, Any]:
        found = self._ledger.memory.get(RETIRED)
        return found[0] if found else {}


class NothingRetired:
    """For messages that must go even when there is no ledger."""

    def has(self, value: str) -> bool:  # noqa: ARG002 - the protocol's
        """See the protocol."""
        return False

    def add(self, value: str, reason: str, at: datetime) -> None:
        """See the protocol."""


class FileDirectory:
    """People from rows `{person, kind, value, platform}`; `kind` is token, sms or email."""

    def __init__(self, rows: Iterable[Mapping[str, object]], retired: Retired) -> None:
        """:raises BadConfigError: a row lacks a member or has another kind; told by its number, never by its values."""
        self._retired = retired
        self._people: dict[str, list[Target]] = {}
        for number, row in enumerate(rows, 1):
            person, kind, value = (str(row.get(name) or "").strip() for name in ("person", "kind", "value"))
            if not person or not value or kind not in _KINDS:
                raise BadConfigError(f"row {number} of the recipients needs person, kind ({', '.join(_KINDS)}) and value")
            target = Target(kind, value, str(row.get("platform") or ""))  # type: ignore[arg-type]  # looked at above
            self._people.setdefault(person, []).append(target)

    @classmethod
    def read(cls, name: str, content: bytes, retired: Retired) -> "FileDirectory":
        """From a YAML or CSV file, told by its name. Raises BadConfigError where it cannot be read."""
        try:
            text = content.decode("utf-8-sig")
            rows = list(csv.DictReader(io.StringIO(text))) if name.endswith(".csv") else yaml.safe_load(text)
        except (UnicodeDecodeError, csv.Error, yaml.YAMLError):
            rows = None
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise BadConfigError("the file of recipients is no CSV or YAML list of rows")
        return cls(rows, retired)

    def resolve(self, person: str) -> list[Target]:
        """See the protocol."""
        return [target for target in self._people.get(person, []) if not self._retired.has(target.value)]

    def retire(self, value: str, reason: str, at: datetime) -> None:
        """See the protocol."""
        self._retired.add(value, reason, at)


def _hash(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()
