"""Recipients that should acknowledge a message and do not, and messages that do not reach them: no answer is not success.

See rules.md section 1, acknowledgements, and section 7 of the contract.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from colophon.domain.finding import Finding, Severity
from colophon.ledger import Ledger
from colophon.ledger.feeds import Unanswered
from colophon.ledger.records import FEED
from colophon.ledger.undelivered import Undelivered
from colophon.onix.profile import Profile
from colophon.systems.xconnector.records import MessageStatus

RULE = "ACK-LATE"
LATE, FAILED = "DELIVERY-LATE", "DELIVERY-FAILED"


def find_overdue(ledger: Ledger, *, use_case: str, profile: Profile, owner_of: Callable[[str], str], as_of: datetime) -> list[Unanswered]:
    """Messages without an acknowledgement after the profile's `ack_within_days`; each is an exception until it is answered."""
    if profile.ack != "onix":
        return []
    found = ledger.unanswered(use_case, profile.id, sent_before=as_of - timedelta(days=profile.ack_within_days))
    subject = FEED + profile.id
    findings = [_finding(subject, message, profile, owner_of(RULE)) for message in found]
    ledger.exceptions.record(f"{use_case}:acknowledgement", profile.id, [subject], findings, as_of=as_of)
    return found


def _finding(subject: str, message: Unanswered, profile: Profile, owner: str) -> Finding:
    return Finding(
        subject=subject,
        rule=RULE,
        severity=Severity.ERROR,
        field=f"message {message.message_number}",
        found=f"no acknowledgement of {message.titles} titles since {message.since:%Y-%m-%d}",
        expected=f"an ONIX acknowledgement within {profile.ack_within_days} days",
        remedy=f"Ask {profile.name} whether message {message.message_number} arrived and for its acknowledgement; "
        f"where it got lost, send its titles again: run the DAG in mode full for this recipient.",
        owner=owner,
    )


def find_undelivered(
    ledger: Ledger,
    statuses: Mapping[str, MessageStatus],
    *,
    use_case: str,
    destination: str,
    within: timedelta,
    owner_of: Callable[[str], str],
    as_of: datetime,
) -> list[Undelivered]:
    """Messages that the middleware gave up, or has not delivered within a time; each is an exception until it is delivered.

    :param statuses: what it says of messages under way, by message id; it does not know the others any more.
    """
    found = ledger.undelivered(use_case, destination, taken_before=ledger.clock() - within)
    findings = [_undelivered(row, statuses.get(row.remote_id), within, owner_of) for row in found]
    ledger.exceptions.record(f"{use_case}:delivery", destination, None, findings, as_of=as_of)
    return found


def _undelivered(row: Undelivered, status: MessageStatus | None, within: timedelta, owner_of: Callable[[str], str]) -> Finding:
    is_failed = row.state == "failed"
    rule = FAILED if is_failed else LATE
    return Finding(
        subject=row.subject,
        rule=rule,
        severity=Severity.ERROR,
        field=f"message {row.remote_id}"[:200],
        found=f"given up: {row.code or 'no reason given'}" if is_failed else f"since {row.since:%Y-%m-%d %H:%M} {_progress(status)}",
        expected="delivered" if is_failed else f"delivered within {within.total_seconds() / 3600:g} h",
        remedy="Mend what the target names, then send it again with `colophon ledger redrive`."
        if is_failed
        else "Look at the message and its target at the middleware; it is delivered there, or given up, and the next run sees it.",
        owner=owner_of(rule),
    )


def _progress(status: MessageStatus | None) -> str:
    """How far a message came with each target: in words that stay the same while nothing changes."""
    if status is None:
        return "unknown to the middleware"
    targets = [f"{t.target} {t.status}{f' ({t.error.code})' if t.error else ''}" for t in status.deliveries]
    return ", ".join(targets) or status.status
