"""The direct route through Google (contract section 8): one target for each request, errors in Google's shape."""

from typing import Any

from werkzeug.wrappers import Response

from colophon_sandbox.system import RefusedError, as_json
from colophon_sandbox.systems.opentext_push.push_file import check_limits
from colophon_sandbox.systems.opentext_push.schemas import check
from colophon_sandbox.world import Row, World

TOKEN = "sandbox-fcm-not-a-token"  # noqa: S105 - published and fake
_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
_STATUSES = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND", 429: "RESOURCE_EXHAUSTED"}
_GOOD = ("tok-ok-", "tok-open-", "tok-slow-")
_DEVICES = {"tok-err-": (500, "INTERNAL"), "tok-other-": (403, "SENDER_ID_MISMATCH"), "tok-busy-": (429, "QUOTA_EXCEEDED")}


def send(world: World, project: str, given: Any) -> Response:
    """Take one message; with `validate_only` it is looked at and not sent."""
    message: Row = check("fcm", given, "INVALID_ARGUMENT")["message"]
    targets: dict[str, str] = {name: message[name] for name in ("token", "topic", "condition") if name in message}
    if len(targets) != 1:
        raise RefusedError(400, "INVALID_ARGUMENT", "a message has exactly one target")
    check_limits({**message, "ttl": message.get("android", {}).get("ttl")}, targets)
    token = targets.get("token")
    if token is not None and not token.startswith(_GOOD):
        status, code = next((found for start, found in _DEVICES.items() if token.startswith(start)), (404, "UNREGISTERED"))
        raise RefusedError(status, code, "the message was not sent")
    if not given.get("validate_only"):
        world.effect("push.delivered", next(iter(targets.values())))
    return as_json({"name": f"projects/{project}/messages/0:{world.next_id('push.fcm')}"})


def refusal(refused: RefusedError) -> Response:
    """Google's words for a refusal."""
    details = [{"@type": _ERROR, "errorCode": refused.code}] if refused.code.isupper() else []
    status = _STATUSES.get(refused.status, "INTERNAL" if refused.status == 500 else "UNKNOWN")
    error = {"code": refused.status, "message": refused.message, "status": status, "details": details}
    return as_json({"error": error}, refused.status)
