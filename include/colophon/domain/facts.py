"""What a run knows of the world, kind by kind: records with their source, or that no source tells the kind.

todos = facts.of(Todo)
if isinstance(todos, Unknown): ...     # nobody tells: never "none"; `todos.as_finding()` names it, once for the account
else: ...                              # todos.records, each in its newest revision
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar, cast

from colophon.domain.finding import Finding, Severity

T = TypeVar("T")
RULE = "source_missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known(Generic[T]):
    """The records of one kind, none of them twice; empty is "none".

    `source` is `graphql`, the name of a file, or `derived` (made of other kinds, which tell a part of it); `as_of` (aware UTC) the moment from which on it may be out of date.
    `earlier` are revisions that a newer one in `records` replaces, oldest first: history, and nothing that still holds.
    `unreadable` count as read, beside the records; `remarks` are about records that were read.
    """

    records: tuple[T, ...]
    source: str
    as_of: datetime
    earlier: tuple[T, ...] = ()
    unreadable: tuple[Finding, ...] = ()
    remarks: tuple[Finding, ...] = ()

    def __post_init__(self) -> None:
        """:raises ValueError: a moment without a zone."""
        if self.as_of.tzinfo is None:
            raise ValueError("as_of must have a time zone")

    def __iter__(self) -> Iterator[T]:
        return iter(self.records)

    @property
    def count(self) -> int:
        """How many were read, with those that could not be."""
        return len(self.records) + len(self.unreadable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """That no source tells a kind. What rests on it is held. `name` is the kind in words, `remedy` what a person can do."""

    name: str
    reason: str
    remedy: str

    @property
    def subject(self) -> str:
        """How the ledger names it."""
        return f"source:{self.name.replace(' ', '_')}"

    def as_finding(self, *, owner: str = "operations", blocks: str = "") -> Finding:
        """The one exception for the account, however many titles wait; it closes when the kind was read again."""
        return Finding(
            subject=self.subject,
            rule=RULE,
            severity=Severity.ERROR,
            field=self.name,
            found=self.reason,
            expected="a source that tells them",
            remedy=self.remedy,
            owner=owner,
            blocks=blocks,
        )


class Facts:
    """All that a run has read, by kind of record."""

    def __init__(self, kinds: Mapping[type, Known[Any] | Unknown]) -> None:
        self._kinds = dict(kinds)

    @classmethod
    def known(cls, records: Mapping[type, Iterable[Any]], *, source: str, as_of: datetime) -> "Facts":
        """Records of some kinds, all from one source and moment."""
        return cls({kind: Known(records=tuple(rows), source=source, as_of=as_of) for kind, rows in records.items()})

    def __or__(self, other: "Facts") -> "Facts":
        """These and others; of a kind that both have, the others."""
        return Facts(self._kinds | other._kinds)

    def __contains__(self, kind: type) -> bool:
        """Whether a kind was asked for."""
        return kind in self._kinds

    def of(self, kind: type[T]) -> Known[T] | Unknown:
        """What is known of a kind.

        :raises LookupError: nobody asked for it.
        """
        if kind not in self._kinds:
            raise LookupError(f"{kind.__name__} was not read: name it among the kinds")
        return cast("Known[T] | Unknown", self._kinds[kind])

    def records(self, kind: type[T], otherwise: Sequence[T] | None = None) -> Sequence[T]:
        """The records of a kind. `otherwise` is for a kind that one can do without: what to go by where no source tells it.

        :raises LookupError: nobody asked for it, or no source tells it and nothing is given instead.
        """
        state = self.of(kind)
        if isinstance(state, Known):
            return state.records
        if otherwise is None:
            raise LookupError(state.reason)
        return otherwise

    def count(self, kind: type[Any]) -> int:
        """How many records of a kind were read, with those that could not be; 0 where no source tells it."""
        state = self.of(kind)
        return state.count if isinstance(state, Known) else 0

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What could not be read, and what was remarked, of all kinds."""
        return tuple(finding for known in self._known() for finding in (*known.unreadable, *known.remarks))

    @property
    def unknown(self) -> tuple[Unknown, ...]:
        """The kinds that no source tells."""
        return tuple(state for state in self._kinds.values() if isinstance(state, Unknown))

    @property
    def sources(self) -> dict[str, str]:
        """Where each kind came from, by the name of its type: `graphql`, `derived`, a file's name, or `unknown`."""
        return {kind.__name__: "unknown" if isinstance(state, Unknown) else state.source for kind, state in self._kinds.items()}

    @property
    def as_of(self) -> datetime | None:
        """The oldest moment that any of it is from; None where nothing is known."""
        return min((known.as_of for known in self._known()), default=None)

    def _known(self) -> Iterator[Known[Any]]:
        return (state for state in self._kinds.values() if isinstance(state, Known))
