"""Alerts straight to Google, one message a request (`transport: fcm`, contract section 8; DOC by Google, class D).

Nothing comes back of a message but that Google took it, and Google knows no id of ours: a lost answer stays unknown, and the
outcome of what was taken is `sent`. The service account signs a JWT, which is exchanged for a token of an hour.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import jwt

from colophon.errors import (
    AuthFailedError,
    BadConnectionError,
    BadShapeError,
    ColophonError,
    ForbiddenError,
    GoneError,
    InvalidError,
    RefusedError,
    UnexpectedAnswerError,
    WrongAddressError,
)
from colophon.http.address import configured
from colophon.http.auth import NoAuth, OAuth2ClientCredentials, Token
from colophon.http.client import HttpClient
from colophon.http.operation import DeliveryClass, Operation
from colophon.http.response import Response
from colophon.systems.opentext_push.push_file import shown
from colophon.systems.opentext_push.records import Message, PushFile, RefusedMessage, Submitted, Target
from colophon.systems.opentext_push.settings import PushSettings

SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
TOKEN_ADDRESS = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
ASSERTION_S = 3600
TEST_TOPIC = "colophon-connection-test"
# A refusal comes back as an answer: only its error code says whether the device or the payload is at fault.
_TELLS = frozenset({200, 400, 403, 404})
_GONE = frozenset({"UNREGISTERED", "SENDER_ID_MISMATCH"})

TOKEN = Operation("fcm_token", "POST", "", expect=frozenset({200, 400, 401}))
SEND = Operation("fcm_send", "POST", "/v1/projects/{project}/messages:send", DeliveryClass.D, expect=_TELLS)
VALIDATE = Operation("fcm_validate", "POST", "/v1/projects/{project}/messages:send", expect=_TELLS)


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """The account that signs. `token_uri` is where its signature is exchanged for a token."""

    email: str
    private_key: str = field(repr=False)
    key_id: str
    token_uri: str

    @classmethod
    def read(cls, text: str) -> "ServiceAccount":
        """From the JSON key file that Google gives.

        :raises BadConnectionError: it is none; names members, never what stands in them.
        """
        try:
            found = json.loads(text)
        except ValueError:
            found = None
        members = found if isinstance(found, dict) else {}
        values = [members.get(name) for name in ("client_email", "private_key")]
        if not all(isinstance(value, str) and value for value in values):
            raise _bad_credentials("is no key file of a service account (client_email, private_key)")
        more = [str(members.get(name) or "") for name in ("private_key_id", "token_uri")]
        return cls(str(values[0]), str(values[1]), more[0], more[1] or TOKEN_ADDRESS)

    def assertion(self, now: datetime) -> str:
        """What is exchanged for a token: who we are and what for, signed, good for an hour from `now`.

        :raises BadConnectionError: the private key cannot be used.
        """
        issued = int(now.timestamp())
        claims = {"iss": self.email, "scope": SCOPE, "aud": self.token_uri, "iat": issued, "exp": issued + ASSERTION_S}
        try:
            return jwt.encode(claims, self.private_key, algorithm="RS256", headers={"kid": self.key_id} if self.key_id else None)
        except (jwt.PyJWTError, ValueError, TypeError):
            raise _bad_credentials("has a private key that cannot sign") from None


class FcmTransport:
    """Google's messaging for one project."""

    def __init__(self, settings: PushSettings, open_client: Callable[..., HttpClient], clock: Callable[[], datetime]) -> None:
        """:param open_client: makes an HTTP client for credentials. :param clock: aware UTC.

        :raises BadConnectionError: `fcm_credentials` is no key file of a service account.
        """
        self._account, self._clock = ServiceAccount.read(settings.extra.fcm_credentials), clock
        self._project, allow_http = settings.extra.fcm_project, settings.http.allow_http
        self._base = configured(settings.extra.fcm_host, allow_http=allow_http)
        self._token_address = configured(self._account.token_uri, allow_http=allow_http)
        self._door = open_client(NoAuth())
        self.http = open_client(OAuth2ClientCredentials(self._fetch_token, secrets=(self._account.private_key,)))

    def close(self) -> None:
        """Let go of connections."""
        self.http.close()
        self._door.close()

    def test(self) -> Response:
        """Have Google look at a message to nobody. Raises what `submit` raises."""
        return self._call(VALIDATE, Message("test", Target("topic", TEST_TOPIC), "Test", "Test"))

    def submit(self, file: PushFile) -> Submitted:
        """Send the one message of a file; Google's name of it is the id.

        :raises GoneError: the device is gone. :raises InvalidError: Google found the message faulty, or the file has more than
            one. :raises EffectUnknownError: the answer was lost.
        """
        if len(file.messages) != 1:
            raise InvalidError("one message goes at a time", system="opentext_push", operation=SEND.name, subject=file.message_id)
        body = self._call(SEND, file.messages[0]).json()
        return Submitted(str(body["name"]) if isinstance(body, dict) else "")

    def validate(self, file: PushFile) -> PushFile:
        """The file with those messages among `refused` that Google would not take; nothing is sent."""
        refused = []
        for message in file.messages:
            try:
                self._call(VALIDATE, message)
            except RefusedError as problem:
                refused.append(RefusedMessage(message.ref, problem))
        return replace(file, refused=(*file.refused, *refused))

    def _call(self, operation: Operation, message: Message) -> Response:
        start = f"projects/{self._project}/messages/"

        def check(answer: Response) -> None:
            if answer.status == 200 and not _name(answer).startswith(start):
                raise BadShapeError("the answer has no name of a message of the project", system="opentext_push")

        body = {"validate_only": operation is VALIDATE, "message": written(message)}
        path = {"project": self._project}
        answer = self.http.call(operation, base=self._base, path=path, json=body, subject=message.ref, check=check)
        if answer.status != 200:
            raise _refusal(answer, operation.name, message.ref)
        return answer

    def _fetch_token(self) -> Token:
        form = urlencode({"grant_type": GRANT, "assertion": self._account.assertion(self._clock())}).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = self._door.call(TOKEN, base=self._token_address, body=form, headers=headers, check=_token)
        if answer.status != 200:
            remedy = "Paste a live key file of a service account into `fcm_credentials`, and compare the clocks."
            evidence = f"HTTP {answer.status}"
            raise AuthFailedError("Google refused the service account", system="opentext_push", evidence=evidence, remedy=remedy)
        return _token(answer)


def written(message: Message) -> dict[str, Any]:
    """A message as Google wants it; what is not given is left out."""
    android = {"priority": message.priority.upper(), "ttl": f"{message.ttl_s}s", "collapse_key": message.collapse_key}
    parts = shown(message)
    found: dict[str, Any] = {
        message.target.kind: message.target.value,
        "notification": _given(parts["notification"]),
        "data": parts["data"],
        "android": _given(android),
    }
    if message.link:
        found["webpush"] = {"fcm_options": {"link": message.link}}
    if message.analytics_label:
        found["fcm_options"] = {"analytics_label": message.analytics_label}
    return found


def _given(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


def _refusal(answer: Response, operation: str, ref: str) -> ColophonError:
    """Google's refusal as an error of ours: a device that is gone, a faulty message, or a faulty set-up."""
    code = _code(answer)
    where = {"system": "opentext_push", "operation": operation, "subject": ref, "evidence": f"HTTP {answer.status} {code}".strip()}
    if (answer.status, code) in {(404, "UNREGISTERED"), (403, "SENDER_ID_MISMATCH")}:
        return GoneError("the device is gone, or belongs to another app", **where)
    if answer.status == 400:
        return InvalidError("Google found the message faulty", **where)
    if answer.status == 403:
        return ForbiddenError("the service account may not send for the project", **where)
    return WrongAddressError("Google knows no such project or address", **where)


def _code(answer: Response) -> str:
    """Google's own error code, if it is one of those that end a device or name a fault; never its prose."""
    try:
        body = answer.json()
    except UnexpectedAnswerError:
        return ""  # a refusal that cannot be read is still a refusal
    error = body.get("error") if isinstance(body, dict) else None
    details = error.get("details") if isinstance(error, dict) else None
    codes = [detail.get("errorCode") for detail in details if isinstance(detail, dict)] if isinstance(details, list) else []
    return next((code for code in codes if code in _GONE or code == "INVALID_ARGUMENT"), "")


def _name(answer: Response) -> str:
    body = answer.json()
    name = body.get("name") if isinstance(body, dict) else None
    return name if isinstance(name, str) else ""


def _token(answer: Response) -> Token:
    if answer.status != 200:
        return Token("", 0.0)
    body = answer.json()
    value, seconds = (body.get("access_token"), body.get("expires_in")) if isinstance(body, dict) else (None, None)
    if not isinstance(value, str) or not isinstance(seconds, int) or not value:
        raise BadShapeError("the answer has no token", system="opentext_push", operation=TOKEN.name)
    return Token(value, float(seconds))


def _bad_credentials(sentence: str) -> BadConnectionError:
    remedy = "Paste the JSON key file of the service account into `fcm_credentials`."
    return BadConnectionError(f"fcm_credentials {sentence}", system="opentext_push", remedy=remedy)
