"""Exceptions: subjects that a rule keeps back. They open once, and close themselves when the fault is gone."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, bindparam, insert, select, update

from colophon.domain.finding import Finding
from colophon.errors.base import in_order
from colophon.ledger.columns import kept
from colophon.ledger.statements import among, chunks
from colophon.ledger.store import Store
from colophon.ledger.tables import exceptions


class Changes(NamedTuple):
    """How many exceptions opened, stayed open, closed."""

    opened: int
    still_open: int
    closed: int


class OpenException(NamedTuple):
    """One exception as the desk and the command line show it."""

    id: str
    use_case: str
    destination: str
    subject: str
    rule: str
    severity: str
    field: str
    found: str
    expected: str
    remedy: str
    owner: str
    imprint: str
    opened_at: datetime


class Exceptions(Store):
    """The part of the ledger that holds exceptions."""

    def record(
        self,
        use_case: str,
        destination: str,
        judged: Sequence[str] | None,
        findings: Sequence[Finding],
        *,
        as_of: datetime,
        rules: Collection[str] | None = None,
    ) -> Changes:
        """Open what is new, close what a judged subject no longer has; one that stays or comes back says what was found last.

        :param judged: subjects that were looked at; None: all that there are. :param rules: rules that were asked; None: all.

        A run judged earlier than what is known changes nothing.
        """
        return self.changing(
            lambda connection: record_findings(
                connection, use_case, destination, judged, findings, as_of=as_of, now=self.clock(), rules=rules
            )
        )

    def close_unseen(self, use_case: str, destination: str, *, as_of: datetime) -> int:
        """Close what a run that looked at everything, judged at `as_of`, did not find any more. Returns how many."""
        with self.begin() as connection:
            done = connection.execute(
                update(exceptions)
                .where(
                    exceptions.c.use_case == use_case,
                    exceptions.c.destination == destination,
                    exceptions.c.closed_at.is_(None),
                    exceptions.c.seen_as_of < as_of,
                )
                .values(closed_at=self.clock(), seen_as_of=as_of)
            )
        return int(done.rowcount)

    def open(
        self, *, use_case: str | None = None, destination: str | None = None, subject: str | None = None, limit: int | None = None
    ) -> list[OpenException]:
        """Open exceptions, oldest first: all of them, unless so many are enough."""
        where: list[ColumnElement[bool]] = [exceptions.c.closed_at.is_(None)]
        for column, value in (
            (exceptions.c.use_case, use_case),
            (exceptions.c.destination, destination),
            (exceptions.c.subject, subject),
        ):
            if value:
                where.append(column == value)
        columns = [exceptions.c[name] for name in OpenException._fields]
        query = select(*columns).where(and_(*where)).order_by(exceptions.c.opened_at, exceptions.c.id).limit(limit)
        with self.begin() as connection:
            return [OpenException(*row) for row in connection.execute(query)]


def record_findings(
    connection: Connection,
    use_case: str,
    destination: str,
    judged: Sequence[str] | None,
    findings: Sequence[Finding],
    *,
    as_of: datetime,
    now: datetime,
    rules: Collection[str] | None = None,
) -> Changes:
    """As `Findings.record_findings`, within a transaction."""
    findings = [_as_kept(finding) for finding in findings]
    current = {_key(use_case, destination, f): f for f in findings}
    if judged is None:
        judged = [finding.subject for finding in findings] + _open_subjects(connection, use_case, destination)
    known = _known(connection, use_case, destination, judged)
    known = {key: row for key, row in known.items() if rules is None or row["rule"] in rules}
    newer = {row["subject"] for row in known.values() if row["seen_as_of"] > as_of}
    current = {key: f for key, f in current.items() if f.subject not in newer}
    gone = [k for k, row in known.items() if row["closed_at"] is None and k not in current and row["subject"] not in newer]
    fresh = [key for key in current if key not in known]
    back = [key for key in current if key in known and _comes_back(known[key], current[key])]
    if fresh:
        connection.execute(insert(exceptions), [_row(key, use_case, destination, current[key], now, as_of) for key in fresh])
    for keys, values in (
        (gone, {"closed_at": now, "seen_as_of": as_of}),
        (back, {"closed_at": None, "closed_by": None, "snoozed_until": None, "opened_at": now, "seen_as_of": as_of}),
        ([k for k in current if k in known], {"seen_as_of": as_of}),
    ):
        for chunk in chunks(keys):
            connection.execute(update(exceptions).where(among(connection, exceptions.c.id, chunk)).values(**values))
    _say_anew(connection, known, current)
    return Changes(len(fresh) + len(back), len(current) - len(fresh) - len(back), len(gone))


_KEPT = ("subject", "rule", "field", "found", "expected", "remedy")


def _as_kept(finding: Finding) -> Finding:
    """The finding in the text that the ledger keeps: what is known is compared with it."""
    return finding.model_copy(update={name: kept(exceptions.c[name], in_order(getattr(finding, name))) for name in _KEPT})


def _open_subjects(connection: Connection, use_case: str, destination: str) -> list[str]:
    place = (exceptions.c.use_case == use_case, exceptions.c.destination == destination, exceptions.c.closed_at.is_(None))
    return list(connection.scalars(select(exceptions.c.subject).where(*place).distinct()))


def _known(connection: Connection, use_case: str, destination: str, subjects: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    columns = [exceptions.c[name] for name in ("id", "subject", "rule", "closed_at", "closed_by", "seen_as_of", "found")]
    for chunk in chunks(sorted({kept(exceptions.c.subject, in_order(subject)) for subject in subjects})):
        rows = connection.execute(
            select(*columns).where(
                exceptions.c.use_case == use_case, exceptions.c.destination == destination, among(connection, exceptions.c.subject, chunk)
            )
        )
        found.update({row["id"]: row for row in rows.mappings()})
    return found


def _comes_back(known: Mapping[str, Any], finding: Finding) -> bool:
    """Whether a closed exception opens again. What a person closed stays closed while the fault is the same."""
    return known["closed_at"] is not None and (known["closed_by"] is None or known["found"] != finding.found)


def _say_anew(connection: Connection, known: Mapping[str, Mapping[str, Any]], current: Mapping[str, Finding]) -> None:
    rows = [
        {"key": key, "now": f.found, "right": f.expected} for key, f in current.items() if key in known and known[key]["found"] != f.found
    ]
    if rows:
        said = update(exceptions).where(exceptions.c.id == bindparam("key"))
        connection.execute(said.values(found=bindparam("now"), expected=bindparam("right"), snoozed_until=None), rows)


def _key(use_case: str, destination: str, finding: Finding) -> str:
    parts = f"{use_case}\x1f{destination}\x1f{finding.subject}\x1f{finding.rule}\x1f{finding.field}"
    return "x-" + hashlib.sha256(parts.encode()).hexdigest()[:32]


def _row(key: str, use_case: str, destination: str, finding: Finding, now: datetime, as_of: datetime) -> dict[str, Any]:
    facts = finding.model_dump(exclude={"blocks", "about"})
    return {
        **facts,
        "severity": finding.severity.value,
        "id": key,
        "use_case": use_case,
        "destination": destination,
        "opened_at": now,
        "seen_as_of": as_of,
    }
