"""The vendor's API: tokens, jobs, results (contract sections 1 to 5), with the video library beside it."""

import base64
import hashlib
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar

from werkzeug.wrappers import Request, Response

from colophon_sandbox.faults import BrokenConnectionError
from colophon_sandbox.settings import Choices
from colophon_sandbox.system import Call, RefusedError, Route, as_json, one_of
from colophon_sandbox.systems.bytenite.bodies import body_of
from colophon_sandbox.systems.bytenite.jobs import COMPLETE, TEMPLATES, Jobs, shown
from colophon_sandbox.systems.bytenite.library import JSON, ROUTES, Library
from colophon_sandbox.systems.bytenite.paging import PAGE, page
from colophon_sandbox.world import Row, World, moment, stamp

API_KEY = "sandbox-not-a-key"
GROUP = "/v1/<any(customer,computing):service>"
JOB = f"{GROUP}/jobs/<job_id>"
MAYBE = (*JSON, "")
"""Media types of a call that needs no body."""
CODES = {400: 3, 401: 16, 403: 7, 404: 5, 405: 12, 409: 10, 410: 5, 413: 8, 415: 3, 429: 8, 503: 14}
"""Codes of the vendor's errors (those of gRPC) by status."""


class ByteNite(Library):
    """Media jobs, and videos."""

    name = "bytenite"
    settings: ClassVar[dict[str, Any]] = {
        "expires_in": 3600,
        "steps_per_poll": 1,
        "results_before_end": "empty",  # or 404
        "link_hours": 48,
        "services": "both",  # or customer, computing
        "styles": "both",  # or 2025, 2023
        "library": True,
        "gone": False,  # no request is answered any more
        "analytics_delay_days": 3,
        "refuses": "",  # channels, parted by blanks, that take no video
        "webhook_url": None,
        "webhook_secret": "whsec_c2FuZGJveC1ub3QtYS1zZWNyZXQtMDAwMA==",
        "webhook_scheme": "standard",  # or shared_secret, basic
    }
    choices: ClassVar[Choices] = {
        "results_before_end": ("empty", "404", 404),
        "services": ("both", "customer", "computing"),
        "styles": ("both", "2025", "2023"),
        "webhook_scheme": ("standard", "shared_secret", "basic"),
    }
    routes = (
        Route("POST", "/v1/auth/access_token", "access_token", body=JSON, open=True),
        Route("GET", "/v1/auth/user", "user"),
        Route("POST", "/v1/auth/secrets", "put_secret", body=JSON),
        Route("POST", f"{GROUP}/jobs", "create_job", body=JSON),
        Route("GET", f"{GROUP}/jobs", "list_jobs", query={**PAGE, "orderBy": one_of("", "createdAt", "name", "state")}),
        Route("GET", f"{GROUP}/jobs/templates", "list_templates"),
        Route("GET", JOB, "get_job"),
        Route("PATCH", f"{JOB}/datasource", "change_source", body=JSON),
        Route("PATCH", f"{JOB}/params", "change_params", body=JSON),
        Route("PATCH", f"{JOB}/uploadcompleted", "upload_completed", body=MAYBE),
        Route("POST", f"{JOB}/run", "run_job", body=JSON),
        Route("POST", f"{GROUP}/jobs/datasource/<job_id>", "change_source", body=JSON),
        Route("POST", f"{GROUP}/jobs/params/<job_id>", "change_params", body=JSON),
        Route("POST", f"{GROUP}/jobs/uploadcompleted/<job_id>", "upload_completed", body=MAYBE),
        Route("POST", f"{GROUP}/jobs/run/<job_id>", "run_job", body=JSON),
        Route("POST", f"{JOB}/abort", "abort_job", body=MAYBE),
        Route("DELETE", JOB, "delete_job"),
        Route("GET", f"{JOB}/results", "results"),
        Route("POST", f"{GROUP}/logs", "logs", body=JSON),
        Route("GET", f"{GROUP}/events", "stream"),
        Route("PUT", "/uploads/<job_id>", "upload", body=("*/*",), open=True),
        Route("GET", "/files/<job_id>/<name>", "file", open=True),
        *ROUTES,
    )

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.jobs = Jobs(world)

    def handle(self, request: Request, path: str) -> Response:
        """Answer one request, unless the vendor is gone or what is asked for is switched off."""
        if self.setting("gone"):
            raise BrokenConnectionError
        return super().handle(request, path)

    def load(self, records: Mapping[str, list[Row]]) -> dict[str, int]:
        """`videos` with content, rules and placements; `placements` put LIVE by hand, `daily` figures of whole days."""
        if unknown := sorted(set(records) - {"videos", "placements", "daily"}):
            raise RefusedError(400, "bad_seed", f"bytenite takes videos, placements and daily, not {unknown[0]}")
        for row in records.get("videos", []):
            self.load_video(row)
        for row in records.get("placements", []):
            self.placements.by_hand(row)
        self.figures.state(records.get("daily", []))
        return super().load(records)

    def tick(self, now: Any) -> int:  # noqa: ARG002 - the parts read the world's clock
        """Jobs, content, placements, figures and callbacks that are due."""
        return self.jobs.tick() + self.tick_library()

    def authenticate(self, request: Request) -> None:
        """A token of ours that has not ended, raw or after `Bearer`; then what the settings switch off is not there."""
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        row = self.world.store.table("bytenite.tokens").get(token)
        if row is None or moment(row["endsAt"]) <= self.world.now:
            raise RefusedError(401, "unauthorised", "the token is missing, wrong or has ended")
        parts = request.path.removeprefix("/bytenite/v1/").split("/")
        group = {"customer", "computing"} & {parts[0]}
        style = (
            "2023" if parts[1:2] == ["jobs"] and parts[2:3] and parts[2] in {"run", "params", "datasource", "uploadcompleted"} else "2025"
        )
        in_style = len(parts) < 4 or parts[3] in {"results", "abort"} or self.setting("styles") in {"both", style}
        if (group and self.setting("services") not in {"both", *group}) or (group and not in_style):
            raise RefusedError(404, "not_found", "there is no such address")
        if parts[0] == "library" and not self.setting("library"):
            raise RefusedError(404, "not_found", "there is no library")

    def refusal(self, refused: RefusedError) -> Response:
        """One of the two bodies that the vendor documents, in turns."""
        number = self.world.next_id("bytenite.refusals")
        code = CODES.get(refused.status, 2)
        if number % 2 or refused.status == 409:
            error = {"code": code, "message": refused.message, "description": refused.more.get("detail", "")}
            return as_json({"ok": False, "requestId": f"r{number}", "message": refused.message, "error": error}, refused.status)
        return as_json({"code": code, "message": refused.message, "details": []}, refused.status)

    def access_token(self, call: Call) -> Response:
        """A token for the API key; its life in seconds as text or number, in turns."""
        if body_of("access_token", call)["apiKey"] != API_KEY:
            raise RefusedError(401, "unauthorised", "the key is wrong")
        number, lives = self.world.next_id("bytenite.tokens"), self.setting("expires_in")
        token = ".".join(
            base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in ({"alg": "none"}, {"jti": number}, {})
        )
        self.world.store.table("bytenite.tokens").put(token, {"endsAt": stamp(self.world.now + timedelta(seconds=lives))})
        return as_json({"token": token, "expiresIn": str(lives) if number % 2 else lives})

    def user(self, _call: Call) -> Response:
        """Who the token is for."""
        return as_json({"user": {"id": "u-1", "email": "sandbox@example.org"}})

    def put_secret(self, call: Call) -> Response:
        """Keep a storage key; it is never shown again."""
        given = body_of("secret", call)["secret"]
        self.world.store.table("bytenite.secrets").put(given["id"], {"id": given["id"], "name": given["name"]})
        return as_json({"secret": {**given, "accessKey": "***"}})

    def create_job(self, call: Call) -> Response:
        """Make a draft, or change one."""
        return as_json({"job": self._shown(self.jobs.create(body_of("job", call)), call)})

    def list_jobs(self, call: Call) -> Response:
        """All jobs."""
        order = call.query.get("orderBy") or "createdAt"
        rows = sorted(self.jobs.table, key=lambda row: (row[order], row["_seq"]))
        return as_json(page([self._shown(row, call) for row in rows], call.query))

    def list_templates(self, _call: Call) -> Response:
        """What jobs can do."""
        return as_json({"data": [{"id": name, "name": told} for name, told in TEMPLATES.items()]})

    def get_job(self, call: Call) -> Response:
        """A job, one step further than at the last look."""
        row = self.jobs.poll(call.path["job_id"])
        return as_json({"job": self._shown(row, call), "templateInfo": {"id": row["templateId"].partition("@")[0], "app": "render"}})

    def change_source(self, call: Call) -> Response:
        """Data of a draft."""
        return as_json({"job": self._shown(self.jobs.change(call.path["job_id"], body_of("datasource", call)), call)})

    def change_params(self, call: Call) -> Response:
        """Parameters of a draft."""
        return as_json({"job": self._shown(self.jobs.change(call.path["job_id"], body_of("params", call)), call)})

    def upload(self, call: Call) -> Response:
        """Bytes of a `file` source."""
        self.jobs.get(call.path["job_id"])
        self.world.store.table("bytenite.uploads").put(
            call.path["job_id"], {"bytes": len(call.body), "sha256": hashlib.sha256(call.body).hexdigest()}
        )
        return Response(status=200)

    def upload_completed(self, call: Call) -> Response:
        """The bytes are all there."""
        _no_members(call)
        return as_json({"job": self._shown(self.jobs.uploaded(call.path["job_id"]), call)})

    def run_job(self, call: Call) -> Response:
        """Start it."""
        given = body_of("run", call)
        self.jobs.run(call.path["job_id"], given.get("config", given))
        return _done()

    def abort_job(self, call: Call) -> Response:
        """Stop it."""
        _no_members(call)
        self.jobs.abort(call.path["job_id"])
        return _done()

    def delete_job(self, call: Call) -> Response:
        """Forget it."""
        self.jobs.delete(call.path["job_id"])
        return _done()

    def results(self, call: Call) -> Response:
        """Links to what the job gave."""
        row = self.jobs.get(call.path["job_id"])
        if row["state"] != COMPLETE and str(self.setting("results_before_end")) == "404":
            raise RefusedError(404, "not_found", "there are no results")
        links = [{"name": name, "link": f"{_base(call)}files/{row['id']}/{name}"} for name in self.jobs.files(row)]
        return as_json({"results": links})

    def file(self, call: Call) -> Response:
        """What a link leads to, until it ends."""
        row = self.jobs.get(call.path["job_id"])
        found = self.jobs.files(row).get(call.path["name"])
        if found is None:
            raise RefusedError(404, "not_found", "there is no such file")
        if self.jobs.is_expired(row):
            raise RefusedError(403, "expired", "the link has ended")
        return Response(found[1], content_type=found[0])

    def logs(self, call: Call) -> Response:
        """What the parts of a job wrote."""
        row = self.jobs.get(body_of("logs", call)["jobId"])
        lines = [{"timestamp": at, "level": "INFO", "log": f"entered {state}"} for state, at in row["stateTimestamps"].items()]
        if row.get("errorMessage"):
            lines.append({"timestamp": row["endedAt"], "level": "ERROR", "log": row["errorMessage"]})
        return as_json({"partitioner": lines[:1], "assembler": lines[1:], "taskrunner": {"t-1": {"logs": lines[-1:]}}})

    def stream(self, _call: Call) -> Response:
        """The stream of events as it stands; it ends here, and its names are the sandbox's own."""
        told = [{"result": {"event": "sandbox.job", "data": {"@type": "sandbox/job", "jobId": row["id"]}}} for row in self.jobs.table]
        return Response("".join(json.dumps(line) + "\n" for line in told), content_type="application/json")

    def _shown(self, row: Row, call: Call) -> Row:
        return shown(row, _base(call))


def _no_members(call: Call) -> None:
    if call.body:
        body_of("nothing", call)


def _done() -> Response:
    return as_json({"ok": True, "requestId": "", "message": "", "error": None})


def _base(call: Call) -> str:
    return f"{call.request.host_url}bytenite/"
