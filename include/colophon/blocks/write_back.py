"""What is told to Consonance as a delivery, and what is wrong with what a counterpart reported."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from colophon.domain.delivery import Intent
from colophon.domain.finding import Finding, Severity
from colophon.http.jsontext import write_json
from colophon.systems.consonance.writes.operations import CONSONANCE, WriteOp


def intent(
    operation: str,
    reference: str,
    members: Mapping[str, object],
    *,
    use_case: str,
    subject: str,
    as_of: datetime,
    labels: Mapping[str, str],
) -> Intent:
    """A write-back as a delivery, about the record with which its `subject` begins.

    Labels are part of its content: what is remembered of a subject changes with them.
    """
    op = WriteOp(operation, reference, subject.partition("/")[0], use_case, members)
    told = {"operation": op.operation, "reference": op.reference, "subject": op.subject, "members": dict(op.members)}
    return Intent(
        use_case=use_case,
        destination=CONSONANCE,
        subject=subject,
        delivery_class="A",
        content=write_json({**told, "labels": dict(labels)}),
        media_type="application/json",
        as_of=as_of,
        labels=labels,
    )


def fault(subject: str, rule: str, name: str, found: str, expected: str, remedy: str, owner: str, **more: str) -> Finding:
    """An exception about something that a counterpart reported; `more` are other members of it."""
    return Finding(
        subject=subject,
        rule=rule,
        severity=Severity.ERROR,
        field=name,
        found=found,
        expected=expected,
        remedy=remedy,
        owner=owner,
        **{"blocks": CONSONANCE, **more},
    )


def short(*parts: Any) -> str:
    """A name of 32 hex digits for what is told by its parts."""
    return hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()[:32]
