"""The routes of the messaging system, in the contract's order (sections 1, 2, 8 and 9)."""

from collections import deque
from datetime import datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import parse_qsl

from werkzeug.wrappers import Request, Response

from colophon_sandbox.settings import Choices
from colophon_sandbox.system import Call, RefusedError, Route, System, as_json, text
from colophon_sandbox.systems.opentext_push import fcm, google
from colophon_sandbox.systems.opentext_push.callbacks import Callbacks
from colophon_sandbox.systems.opentext_push.jobs import Jobs
from colophon_sandbox.systems.opentext_push.push_file import unpack
from colophon_sandbox.systems.opentext_push.schemas import check
from colophon_sandbox.world import Row, World, moment

LOGIN, PASSWORD = "sandbox", "sandbox-not-a-password"
TOKEN_SECONDS = 900
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
CODES = {"INVALID_ARGUMENT": 2003, "too_large": 2004, "unauthorised": 1001, "rate": 1002, "not_found": 1004}
ONE_JOB = {"job_id": text}


class OpentextPush(System):
    """The messaging system. Without a receiver in `webhook_url` it calls nobody."""

    name = "push"
    settings: ClassVar[dict[str, Any]] = {
        "dedupe": True,  # whether a message id that was seen makes no second job
        "require_basic": True,  # False: tokens of the token endpoint are taken, too
        "job_seconds": 6,
        "purge_days": 3,  # after its end a job is kept so long
        "rate_per_minute": 0,  # calls, 0 for no limit: 429 without a header
        "max_file_bytes": 5_242_880,
        "webhook_url": None,
        "webhook_secret": "whsec_c2FuZGJveC1ub3QtYS1zZWNyZXQtMDAwMA==",
        "webhook_scheme": "basic",  # or standard, shared_secret
        "webhook_late_seconds": 0,
        "webhook_twice": False,
        "webhook_out_of_order": False,  # every other callback is overtaken by the next one
    }
    choices: ClassVar[Choices] = {
        "webhook_scheme": ("standard", "shared_secret", "basic"),
    }
    routes = (
        Route("POST", "/tenants/<tenant>/oauth2/token", "token", body=(FORM,)),
        Route("POST", "/mra/v1/utils/parser", "parse_file", body=(JSON,)),
        Route("GET", "/mra/v1/outbound/<any(push, sms, emails):channel>/status", "get_status", query=ONE_JOB),
        Route("POST", "/mra/v1/outbound/push/status", "get_statuses", body=(JSON,)),
        Route("POST", "/mra/v1/outbound/sms", "send_sms", body=(JSON,)),
        Route("POST", "/mra/v1/outbound/emails", "send_email", body=(JSON,)),
        Route("POST", "/google/token", "google_token", body=(FORM,), open=True),
        Route("POST", "/v1/projects/<project>/messages:send", "send_direct", body=(JSON,)),
    )

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.jobs, self.callbacks = Jobs(world), Callbacks(world)
        self._calls: deque[datetime] = deque()
        self._speaks_google = False

    def handle(self, request: Request, path: str) -> Response:
        """Answer one request; the sender's own id of it is echoed."""
        self._speaks_google = path.startswith("/v1/")
        answer = super().handle(request, path)
        if "X-MRA-SubmitId" in request.headers:
            answer.headers["X-MRA-SubmitId"] = request.headers["X-MRA-SubmitId"]
        return answer

    def tick(self, now: datetime) -> int:
        """Let jobs go their way, and tell of each step."""
        changed = 0
        for job, at in self.jobs.due(now):
            self.callbacks.emit(self.jobs.status(job, at), at)
            changed += 1
        return changed + self.callbacks.work(now, self.faults)

    def authenticate(self, request: Request) -> None:
        """Basic, or a token where the setting allows it; then the setting `rate_per_minute`."""
        if self._speaks_google:
            if request.headers.get("Authorization") != f"Bearer {fcm.TOKEN}":
                raise RefusedError(401, "THIRD_PARTY_AUTH_ERROR", "the token is missing or wrong")
            return
        if not (_is_basic(request) or self._is_token(request)):
            raise RefusedError(401, "unauthorised", "the credentials are missing or wrong", headers={"WWW-Authenticate": "Basic"})
        now = self.world.now
        while self._calls and now - self._calls[0] >= timedelta(minutes=1):
            self._calls.popleft()
        if self.setting("rate_per_minute") and len(self._calls) >= self.setting("rate_per_minute"):
            raise RefusedError(429, "rate", "too many requests")
        self._calls.append(now)

    def refusal(self, refused: RefusedError) -> Response:
        """The system's own shape, or Google's on its route."""
        if self._speaks_google:
            return fcm.refusal(refused)
        code = refused.more.get("error_code") or CODES.get(refused.code, 2000)
        return as_json({"status_code": refused.status, "error_code": code, "message": refused.message}, refused.status)

    def token(self, call: Call) -> Response:
        """A bearer token of 900 s."""
        if not _is_basic(call.request):
            raise RefusedError(401, "unauthorised", "the client is not known")
        pairs = parse_qsl(call.body.decode("ascii", "replace"), keep_blank_values=True)
        if pairs != [("grant_type", "client_credentials")]:
            raise RefusedError(400, "malformed", "grant_type must be client_credentials, and nothing else")
        value = f"sandbox-push-token-{self.world.next_id('push.tokens')}"
        self.world.store.table("push.tokens").put(value, {"until": (self.world.now + timedelta(seconds=TOKEN_SECONDS)).isoformat()})
        return as_json({"access_token": value, "token_type": "Bearer", "expires_in": TOKEN_SECONDS})

    def parse_file(self, call: Call) -> Response:
        """A push file becomes a job. That a file is only to be validated is not heard here."""
        given = check("parser", call.json())
        found = unpack(given["data"], self.setting("max_file_bytes"))
        messages = [{"ref": message["ref"], "target": message["target"]} for message in found["messages"]]
        return as_json(self.jobs.take("push", found["message_id"], found.get("customer_reference", ""), messages))

    def get_status(self, call: Call) -> Response:
        """One job."""
        if "job_id" not in call.query:
            raise RefusedError(400, "missing_parameter", "job_id is missing", name="job_id")
        channel = "email" if call.path["channel"] == "emails" else call.path["channel"]
        row = self.jobs.find(channel, call.query["job_id"])
        if row is None:
            raise RefusedError(404, "not_found", "the job is not known", error_code=2060)
        return as_json(self.jobs.status(row, self.world.now))

    def get_statuses(self, call: Call) -> Response:
        """Several jobs, in the order asked; one that is not known has an error in its place."""
        found: list[Row] = []
        for job_id in check("statuses", call.json())["job_ids"]:
            row = self.jobs.find("push", job_id)
            missing = {"job_id": job_id, "status_code": 404, "error_code": 2060, "message": "the job is not known"}
            found.append(self.jobs.status(row, self.world.now) if row else missing)
        return as_json(found)

    def send_sms(self, call: Call) -> Response:
        """Text messages become a job."""
        return self._send_plain("sms", check("sms", call.json()))

    def send_email(self, call: Call) -> Response:
        """E-mails become a job."""
        return self._send_plain("email", check("email", call.json()))

    def send_direct(self, call: Call) -> Response:
        """One message by Google's route."""
        return fcm.send(self.world, call.path["project"], call.json())

    def google_token(self, call: Call) -> Response:
        """A token of Google's for what the service account signed."""
        return google.exchange(self.world, call.request.base_url, call.body)

    def _send_plain(self, channel: str, given: Row) -> Response:
        options = given.get("options", {})
        messages = [{"ref": to["ref"], channel: to[channel]} for to in given["destinations"]]
        return as_json(self.jobs.take(channel, options.get("message_id"), options.get("customer_reference", ""), messages))

    def _is_token(self, request: Request) -> bool:
        if self.setting("require_basic") or not request.path.startswith("/push/mra/"):
            return False
        scheme, _, value = request.headers.get("Authorization", "").partition(" ")
        known = self.world.store.table("push.tokens").get(value)
        return scheme == "Bearer" and known is not None and self.world.now < moment(known["until"])


def _is_basic(request: Request) -> bool:
    given = request.authorization
    return given is not None and given.type == "basic" and (given.username, given.password) == (LOGIN, PASSWORD)
