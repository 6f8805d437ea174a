"""Recipients that should acknowledge a message and do not, and how far a message came: no answer is not success.

See rules.md section 1, acknowledgements, and section 7 of the contract.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from colophon.domain.delivery_states import FEED
from colophon.domain.finding import Finding, Severity
from colophon.ledger import Ledger
from colophon.ledger.feeds import Unanswered
from colophon.onix.profile import Profile
from colophon.systems.xconnector.records import MessageStatus
from colophon.systems.xconnector.rejections import LATE

NOT_KNOWN = "unknown to the middleware"
"""How far a message came that the middleware does not know any more."""


def find_overdue(ledger: Ledger, *, use_case: str, profile: Profile, owner_of: Callable[[str], str], as_of: datetime) -> list[Unanswered]:
    """Messages without an acknowledgement after the profile's `ack_within_days`; each is an exception until it is answered."""
    if profile.ack != "onix":
        return []
    found = ledger.unanswered(use_case, profile.id, sent_before=as_of - timedelta(days=profile.ack_within_days))
    subject = FEED + profile.id
    findings = [_finding(subject, message, profile, owner_of(LATE)) for message in found]
    ledger.exceptions.record(f"{use_case}:acknowledgement", profile.id, [subject], findings, as_of=as_of, rules={LATE})
    return found


def _finding(subject: str, message: Unanswered, profile: Profile, owner: str) -> Finding:
    return Finding(
        subject=subject,
        rule=LATE,
        severity=Severity.ERROR,
        field=f"message {message.message_number}",
        found=f"no acknowledgement of {message.titles} titles since {message.since:%Y-%m-%d}",
        expected=f"an ONIX acknowledgement within {profile.ack_within_days} days",
        remedy=f"Ask {profile.name} whether message {message.message_number} arrived and for its acknowledgement; "
        f"where it got lost, send its titles again: run the DAG in mode full for this recipient.",
        owner=owner,
    )


def progress(status: MessageStatus) -> str:
    """How far a message came, in words that stay the same while nothing changes."""
    targets = [f"{t.target} {t.status}{f' ({t.error.code})' if t.error else ''}" for t in status.deliveries]
    return ", ".join(targets) or status.status
