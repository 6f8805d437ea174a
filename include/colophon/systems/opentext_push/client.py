"""The verbs of OpenText Push Notifications (contract section 12). Marks: DOC by the vendor, ASM our assumption."""

from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Self

from colophon import environment
from colophon.errors import BadShapeError, ConflictError, InvalidError, NotFoundError, NotOursError
from colophon.http.auth import Auth, BasicAuth, OAuth2ClientCredentials, Token
from colophon.http.checks import Check, ahead_s, clock_check
from colophon.http.client import HttpClient
from colophon.http.jsontext import read_json
from colophon.http.response import Response
from colophon.systems.opentext_push import callbacks, operations
from colophon.systems.opentext_push.answers import PushAnswers
from colophon.systems.opentext_push.fcm import FcmTransport
from colophon.systems.opentext_push.push_file import PushFileFormat, build_file
from colophon.systems.opentext_push.records import JobStatus, Message, PushFile, Submitted
from colophon.systems.opentext_push.settings import PushSettings

JOBS_PER_CALL = 10
SKEW_S = 60
NO_JOB = "none-0"


class PushClient:
    """One account of the messaging system. Close it, or use it as a context manager."""

    def __init__(
        self,
        settings: PushSettings,
        *,
        sleep: Callable[[float], None] = environment.sleep,
        random: Callable[[], float] = environment.random,
        clock: Callable[[], datetime] = environment.now,
    ) -> None:
        """:param clock: aware UTC, for waits and the age of what was sent.

        :raises BadConnectionError: the connection wants Google's transport, and its credentials are no key file.
        """
        self.settings, self.clock = settings, clock
        self.format, self.answers = PushFileFormat(), PushAnswers()
        self._open = partial(HttpClient, settings.http, system="opentext_push", sleep=sleep, random=random, clock=clock)
        self._door: HttpClient | None = None
        self.http = self._open(self._auth())
        self.direct = FcmTransport(settings, self._open, clock) if settings.extra.transport == "fcm" else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of connections."""
        self.http.close()
        for other in (self._door, self.direct):
            if other:
                other.close()

    def test(self) -> list[Check]:
        """Whether the account can be reached and lets us in, asked by the status of a job that cannot be (ASM); the clocks.

        Raises what a status call raises: AuthFailedError, WrongAddressError, TransportError.
        """
        if self.direct:
            answer = self.direct.test()
            said = "Google takes messages for the project; what became of them is not told, and a lost answer is not repeated"
            return [Check("fcm", True, said), clock_check(ahead_s(answer.headers, self.clock()), SKEW_S)]
        operation = operations.status_with(self.settings.extra, "push")
        answer = self.http.call(operation, query={"job_id": NO_JOB})
        try:
            self.answers.status(answer, NO_JOB)
        except NotFoundError:
            welcome = Check("account", True, "reachable, and the credentials are good")
        else:
            welcome = Check("account", False, "the system knows a job that cannot be: is this the right address?")
        return [welcome, clock_check(ahead_s(answer.headers, self.clock()), SKEW_S), self._dedupe_check()]

    def build_file(self, messages: Sequence[Message], use_case: str, occurrence: str, *, identity: str = "") -> PushFile:
        """A checked file; messages that break a limit come back in `refused`. The same arguments give the same id for ever.

        `identity` stands for the content in the id, see `push_file.build_file`.
        """
        return build_file(self.format, self.settings.extra.account, messages, use_case, occurrence, identity)

    def submit(self, file: PushFile) -> Submitted:
        """Hand over one file (request DOC, answer ASM). A file that is there already counts as success (2050, 2052).

        :raises InvalidError: the system found the file faulty or too large. :raises ConflictError: another user's id (2051).
        :raises EffectUnknownError: the answer was lost, and the connection says `dedupe: none`.
        With `transport: fcm` a file has one message, see `FcmTransport.submit`.
        """
        if self.direct:
            return self.direct.submit(file)
        extra = self.settings.extra
        if not file.refs:
            raise InvalidError("the file has no message", system="opentext_push", operation="submit", subject=file.message_id)
        if len(file.refs) > extra.chunk_size:
            evidence = f"{len(file.refs)} messages, {extra.chunk_size} fit"
            raise InvalidError("the file has too many messages", system="opentext_push", operation="submit", evidence=evidence)
        if len(file.content) > extra.max_file_bytes:
            evidence = f"{len(file.content)} bytes, {extra.max_file_bytes} fit"
            raise InvalidError("the file is too large", system="opentext_push", operation="submit", evidence=evidence)
        body = {"domain": "MR", "filename": f"{file.message_id}.json", "data": b64encode(file.content).decode()}
        return self._submit(operations.submit_with(extra), body, file.message_id)

    def submit_sms(self, ref: str, number: str, text: str, *, message_id: str, use_case: str) -> Submitted:
        """A text message (body DOC, `message_id` ASM). Raises as `submit`."""
        options = {"customer_reference": use_case[:50], "message_id": message_id}
        body = {"options": options, "destinations": [{"ref": ref, "sms": number}], "sms_text": text}
        return self._submit(operations.SUBMIT_SMS, body, message_id)

    def submit_email(self, ref: str, address: str, subject: str, text: str, *, message_id: str, use_case: str) -> Submitted:
        """An e-mail of plain text (ASM). Raises as `submit`."""
        options = {"customer_reference": use_case[:50], "message_id": message_id, "email_options": {"subject": subject}}
        part = {"name": "body.txt", "type": "text", "charset": "UTF-8", "data": b64encode(text.encode()).decode()}
        body = {"options": options, "destinations": [{"ref": ref, "email": address}], "body": [part]}
        return self._submit(operations.SUBMIT_EMAIL, body, message_id)

    def get_status(self, job_id: str, channel: str = "push") -> JobStatus:
        """How far a job came (path ASM, schema DOC from siblings); `channel` push, sms or email.

        :raises NotFoundError: it is not known, or was wiped 3 to 7 days after its end.
        """

        def check(answer: Response) -> None:
            if answer.status == 200:
                self.answers.status(answer, job_id)

        operation = operations.status_with(self.settings.extra, channel)
        answer = self.http.call(operation, query={"job_id": job_id}, subject=job_id, check=check)
        return self.answers.status(answer, job_id)

    def get_statuses(self, job_ids: Sequence[str]) -> dict[str, JobStatus | None]:
        """How far push jobs came, ten in a call (ASM); None for one that was wiped."""
        found: dict[str, JobStatus | None] = {}
        operation = operations.statuses_with(self.settings.extra)
        for start in range(0, len(job_ids), JOBS_PER_CALL):
            asked = list(job_ids[start : start + JOBS_PER_CALL])
            read = partial(self.answers.statuses, asked=set(asked))
            found |= read(self.http.call(operation, json={"job_ids": asked}, check=read))
        return found

    def parse_callback(self, body: bytes) -> JobStatus:
        """A callback's body: the same as a status answer (schema DOC). Who sent it is not looked at here.

        :raises InvalidError: it is none.
        """
        try:
            return self.answers.job(read_json(body))
        except BadShapeError as problem:
            told = problem.evidence
        raise InvalidError("the callback is no status", system="opentext_push", operation="parse_callback", evidence=told)

    def accept_callback(self, headers: Mapping[str, str], body: bytes) -> tuple[str, JobStatus]:
        """A callback whose sender was checked: the id by which a second one is known, and the status.

        :raises ForgedError: not sent by the vendor. :raises InvalidError: malformed. :raises BadConnectionError: no `hook_secret`.
        """
        callback_id = callbacks.verify(self.settings.extra, headers, body, now=self.clock())
        return callback_id, self.parse_callback(body)

    def dry_run(self, file: PushFile) -> PushFile:
        """The checked file, sent nowhere: only Google's transport has the vendor look at it, and adds to `refused`."""
        return self.direct.validate(file) if self.direct else file

    def _submit(self, operation: Any, body: object, message_id: str) -> Submitted:
        def check(answer: Response) -> None:
            if answer.headers.get("x-mra-submitid", message_id) != message_id:
                raise NotOursError("the answer is to another request")
            if answer.status == 200:
                self.answers.submitted(answer)

        headers = {"X-MRA-SubmitId": message_id}
        answer = self.http.call(operation, json=body, headers=headers, subject=message_id, check=check)
        try:
            return self.answers.submitted(answer)
        except (InvalidError, ConflictError) as problem:
            problem.system, problem.operation, problem.subject = "opentext_push", operation.name, message_id
            raise

    def _auth(self) -> Auth:
        basic = BasicAuth(self.settings.login, self.settings.password)
        if self.settings.extra.auth == "basic":
            return basic
        self._door = self._open(basic)
        return OAuth2ClientCredentials(self._fetch_token, secrets=basic.secrets)

    def _fetch_token(self) -> Token:
        if self._door is None:
            raise RuntimeError("tokens are fetched only where the connection says oauth2")
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        body, base = b"grant_type=client_credentials", self.settings.token_address
        return _token(self._door.call(operations.TOKEN, base=base, body=body, headers=headers, check=_token))

    def _dedupe_check(self) -> Check:
        if self.settings.extra.dedupe == "none":
            return Check("dedupe", True, "a lost answer is not repeated: people get an alert at most once")
        return Check("dedupe", True, "repeats rely on the vendor honouring our message ids")


def _token(answer: Response) -> Token:
    body = answer.json()
    value, seconds = (body.get("access_token"), body.get("expires_in")) if isinstance(body, dict) else (None, None)
    if not isinstance(value, str) or not isinstance(seconds, int) or not value:
        raise BadShapeError("the answer has no token", system="opentext_push", operation="token")
    return Token(value, float(seconds))
