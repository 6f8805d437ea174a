"""The calls of the messaging API (contract section 2), declared: what they do, and what may be done when an answer is lost."""

from dataclasses import replace

from colophon.http.operation import DeliveryClass, Operation, Waits
from colophon.systems.opentext_push.settings import Extra

_A, _D = DeliveryClass.A, DeliveryClass.D
# A refusal comes back as an answer: its error code says whether a file is faulty, known already, or somebody else's.
_TAKES = frozenset({200, 400, 413})
_TELLS = frozenset({200, 404})
_WAITS = Waits(first_s=10.0, longest_s=900.0)

TOKEN = Operation("token", "POST", "")
SUBMIT = Operation("submit", "POST", "/utils/parser", _D, expect=_TAKES)
SUBMIT_ONCE = Operation("submit_once", "POST", "/utils/parser", _A, expect=_TAKES, waits=_WAITS)
SUBMIT_SMS = Operation("submit_sms", "POST", "/outbound/sms", _A, expect=_TAKES, waits=_WAITS)
SUBMIT_EMAIL = Operation("submit_email", "POST", "/outbound/emails", _A, expect=_TAKES, waits=_WAITS)
GET_STATUS = Operation("get_status", "GET", "/outbound/push/status", expect=_TELLS)
GET_STATUSES = Operation("get_statuses", "POST", "/outbound/push/status")
GET_SMS_STATUS = Operation("get_sms_status", "GET", "/outbound/sms/status", expect=_TELLS)
GET_EMAIL_STATUS = Operation("get_email_status", "GET", "/outbound/emails/status", expect=_TELLS)

OPERATIONS = (TOKEN, SUBMIT, SUBMIT_ONCE, SUBMIT_SMS, SUBMIT_EMAIL, GET_STATUS, GET_STATUSES, GET_SMS_STATUS, GET_EMAIL_STATUS)


def submit_with(extra: Extra) -> Operation:
    """How a file is sent: class D, or class A where the vendor honours our message id (`dedupe: message_id`)."""
    chosen = SUBMIT_ONCE if extra.dedupe == "message_id" else SUBMIT
    return replace(chosen, path=extra.parser_path)


def status_with(extra: Extra, channel: str) -> Operation:
    """How one job of a channel (`push`, `sms`, `email`) is asked for."""
    if channel == "push":
        return replace(GET_STATUS, path=extra.status_path)
    return GET_SMS_STATUS if channel == "sms" else GET_EMAIL_STATUS


def statuses_with(extra: Extra) -> Operation:
    """How several push jobs are asked for."""
    return replace(GET_STATUSES, path=extra.status_many_path)
