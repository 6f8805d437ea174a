"""States of XC-1 as outcomes of the ledger (contract section 7, README section 2)."""

from colophon.domain.delivery import OutcomeEvent
from colophon.systems.xconnector.records import MessageStatus, TargetDelivery

_TARGET = {
    "pending": "processing",
    "retrying": "processing",
    "sent": "sent",
    "acknowledged": "confirmed",
    "rejected": "failed",
    "dead_lettered": "failed",
    "expired": "failed",
    "cancelled": "failed",
}
_ENDED = {"acknowledged", "rejected", "dead_lettered", "expired", "cancelled"}
# The error of an attempt before it is not why a delivery expired or was cancelled.
_NOBODYS_FAULT = {"expired", "cancelled"}
_MESSAGE = {
    "accepted": "accepted",
    "routed": "accepted",
    "delivering": "processing",
    "unroutable": "skipped",
    "expired": "failed",
    "cancelled": "failed",
}
_MESSAGE_ENDED = {"delivered", "partially_delivered", "rejected", "dead_lettered", "expired", "unroutable", "cancelled"}

ON_SENDING = {"delivered": "confirmed", "sent": "sent", "unroutable": "skipped"}
"""Outcome of an event by the word that answered its sending; any other word is `accepted`, and 202 never more than that."""


def is_final(status: MessageStatus) -> bool:
    """Whether nothing will follow. A state that we do not know is still going."""
    return status.status in _MESSAGE_ENDED and all(delivery.status in _ENDED for delivery in status.deliveries)


def outcome_events(delivery_id: str, status: MessageStatus) -> list[OutcomeEvent]:
    """What the ledger should hear of a message: one event for each target, so that each is a trail of its own.

    A target's acknowledgement is held back until all have spoken: with one of two targets done, the delivery is not.
    """
    if not status.deliveries:
        outcome = _MESSAGE.get(status.status)
        return [_event(delivery_id, status, outcome, status.status)] if outcome else []
    all_ended = all(delivery.status in _ENDED for delivery in status.deliveries)
    found = [(delivery, _TARGET.get(delivery.status)) for delivery in status.deliveries]
    return [
        _event(delivery_id, status, outcome, delivery.status, delivery)
        for delivery, outcome in found
        if outcome and (all_ended or outcome != "confirmed")
    ]


def _event(delivery_id: str, status: MessageStatus, outcome: str, raw: str, delivery: TargetDelivery | None = None) -> OutcomeEvent:
    error = delivery.error if delivery and raw not in _NOBODYS_FAULT else None
    return OutcomeEvent(
        delivery_id,
        outcome,
        (delivery and delivery.last_attempt_at) or status.accepted_at,
        "xconnector",
        remote_id=status.message_id,
        recipient_ref=delivery.target if delivery else "",
        raw_state=raw,
        code=error.code if error else (raw if outcome in {"failed", "skipped"} else ""),
        detail=error.message if error else "",
    )
