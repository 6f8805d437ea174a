"""Members of feeds whose content is not what was planned: they stay out of the feed, which goes without them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, select, update

from colophon.domain.delivery_states import WAITING
from colophon.domain.finding import Finding, Severity
from colophon.errors import ContentChangedError
from colophon.ledger.findings import record_findings
from colophon.ledger.packed import SENTENCE, is_whole, unpacked
from colophon.ledger.statements import among, chunks
from colophon.ledger.tables import content, deliveries, of_place

RULE = "CONTENT"


def whole_members(
    connection: Connection, use_case: str, destination: str, members: Sequence[tuple[str, int]], *, as_of: datetime, now: datetime
) -> list[tuple[str, int]]:
    """Those of the members of a feed whose content is what was planned; the others fail, and each is an exception until it is replaced."""
    changed: set[str] = set()
    for chunk in chunks([member for member, _ in members]):
        rows = connection.execute(
            select(deliveries.c.id, content.c.hash, content.c.body)
            .join(content, deliveries.c.content_hash == content.c.hash)
            .where(among(connection, deliveries.c.id, chunk))
        )
        changed |= {row.id for row in rows if not is_whole(row.hash, unpacked(row.body))}
    for chunk in chunks(sorted(changed)):
        connection.execute(
            update(deliveries)
            .where(among(connection, deliveries.c.id, chunk), deliveries.c.state == WAITING)
            .values(state="failed", code=ContentChangedError.code, detail=SENTENCE, updated_at=now)
        )
    findings = [_finding(subject) for subject in _changed_subjects(connection, use_case, destination)]
    record_findings(connection, f"{use_case}:content", destination, None, findings, as_of=as_of, now=now)
    return [(member, size) for member, size in members if member not in changed]


def _changed_subjects(connection: Connection, use_case: str, destination: str) -> list[str]:
    """Subjects whose newest revision cannot go."""
    newer = deliveries.alias()
    replaced = (
        select(newer.c.id)
        .where(
            newer.c.subject == deliveries.c.subject,
            newer.c.use_case == use_case,
            newer.c.destination == destination,
            newer.c.revision > deliveries.c.revision,
        )
        .exists()
    )
    is_changed = (deliveries.c.state == "failed", deliveries.c.code == ContentChangedError.code, deliveries.c.bundled.is_(True))
    return list(connection.scalars(select(deliveries.c.subject).where(of_place(use_case, destination), *is_changed, ~replaced)))


def _finding(subject: str) -> Finding:
    return Finding(
        subject=subject,
        rule=RULE,
        severity=Severity.ERROR,
        field="content",
        found=SENTENCE,
        expected="content with the hash under which it was planned",
        remedy=ContentChangedError.remedy,
        owner="operations",
    )
