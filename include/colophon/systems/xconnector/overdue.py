"""Messages that a recipient should acknowledge and does not, or that failed as a whole: neither is success (rules.md section 1)."""

from collections.abc import Callable
from datetime import datetime, timedelta

from colophon.domain.finding import Finding, Severity
from colophon.ledger import Ledger
from colophon.ledger.feeds import Unanswered
from colophon.ledger.records import FEED
from colophon.onix.profile import Profile

RULE, FAILED = "ACK-LATE", "ACK"


def find_overdue(ledger: Ledger, *, use_case: str, profile: Profile, owner_of: Callable[[str], str], as_of: datetime) -> list[Unanswered]:
    """Messages without an acknowledgement after the profile's `ack_within_days`; each is an exception until it is answered.

    So is a message that failed as a whole, until its titles have gone in another one.
    """
    late, subject = as_of - timedelta(days=profile.ack_within_days), FEED + profile.id
    found = ledger.unanswered(use_case, profile.id, sent_before=late) if profile.ack == "onix" else []
    findings = [_finding(subject, message, profile, owner_of(RULE)) for message in found]
    findings += [_failure(subject, message, profile, owner_of(FAILED)) for message in ledger.failed(use_case, profile.id)]
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


def _failure(subject: str, message: Unanswered, profile: Profile, owner: str) -> Finding:
    return Finding(
        subject=subject,
        rule=FAILED,
        severity=Severity.ERROR,
        field=f"message {message.message_number}",
        found=f"none of {message.titles} titles was taken on {message.since:%Y-%m-%d}",
        expected="a message that is taken",
        remedy=f"See what {profile.name} or the middleware says of message {message.message_number}; when that is mended, send its titles "
        f"again: run the DAG in mode full for this recipient.",
        owner=owner,
    )
