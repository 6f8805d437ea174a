"""Settings, routes in the contract's order (section 2), credentials, clock."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from werkzeug.wrappers import Request, Response

from colophon_sandbox.settings import Choices
from colophon_sandbox.system import Call, RefusedError, Route, as_json, integer, one_of, text
from colophon_sandbox.systems.opentext_exstream.callbacks import Callbacks
from colophon_sandbox.systems.opentext_exstream.design import Design, check_domain
from colophon_sandbox.systems.opentext_exstream.happenings import Happenings
from colophon_sandbox.systems.opentext_exstream.jobs import STATUSES, Jobs
from colophon_sandbox.systems.opentext_exstream.monitoring import Monitoring
from colophon_sandbox.systems.opentext_exstream.reading import PAGE, day, filters, listed, ms, success
from colophon_sandbox.systems.opentext_exstream.tokens import TENANT, Tokens, discovery
from colophon_sandbox.world import Row, World, moment

JSON, FORM = "application/json", "application/x-www-form-urlencoded"
DESIGN, RUNTIME = "/design/api/v1", "/orchestration/api/v1/runtime/<domain>"
INPUTS, STEP = "/orchestration/api/v1/inputs", "/orchestration/api/v1/runtime/<domain>/flow-steps/<step_id>"
RESOURCES = {
    "filter.types": one_of("exstrapplication"),
    "filter.states": one_of("APPROVED", "DRAFT"),
    "filter.latestVersion": one_of("true", "false"),
}
LINKS = {"linkSubjectId": text, "linkDepth": integer(1, 5), "filter.types": one_of("exstrcommunicationset")}
JOBS = filters(
    mode=listed("BATCH", "ONDEMAND"),
    statuses=listed(*STATUSES),
    channel=text,
    externalId=text,
    startDateStart=day,
    startDateEnd=day,
)
SWITCH = one_of("true", "false")


def instant(value: str) -> datetime:
    """A reader of moments."""
    return moment(value.replace(" ", "+"))


class Exstream(Monitoring):
    """The services design, orchestration and ei, the token service, and the extension `ext`."""

    name = "exstream"
    settings: ClassVar[dict[str, Any]] = {
        "job_seconds": 5,
        "job_end": "complete",  # or error, holding
        "expires_in": 900,
        "external_id": True,  # copies the header, so that the filter finds it
        "wipe_minutes": 60,
        "ondemand_slots": 2,
        "max_body": 0,  # bytes of a batch, 0 for no limit: 413
        "rate_per_minute": 0,  # calls, 0 for no limit: 429
        "flow_instances": 1,
        "ext_outcomes": True,
        "event_delay": 600,
        "unpublished": ["unpublished"],  # channels without a published flow: 404, 310130
        "manifest_keys": ["ColophonDeliveryId", "ColophonBatchKey"],
        "dates": "milliseconds",  # or iso
        "otds_down": False,  # 500 that names OTDS
        "csrf": False,  # input channels want a token that a read gave
        "input_location": None,  # folder of the directory input channel
        "input_channel": "royalty-statements",
        "webhook_url": None,
        "webhook_secret": "whsec_c2FuZGJveC1ub3QtYS1zZWNyZXQtMDAwMA==",
        "webhook_scheme": "standard",  # or shared_secret, basic
        "webhook_disorder": [],  # late, twice, reversed
    }
    choices: ClassVar[Choices] = {
        "job_end": ("complete", "error", "holding"),
        "dates": ("milliseconds", "iso"),
        "webhook_scheme": ("standard", "shared_secret", "basic"),
    }
    routes = (
        Route("POST", "/tenants/<tenant>/oauth2/token", "token", body=(FORM, JSON), open=True),
        Route("POST", "/otdstenant/<tenant>/oauth2/token", "token", body=(FORM, JSON), open=True),
        Route("POST", "/otdsws/otdstenant/<tenant>/oauth2/token", "token", body=(FORM, JSON), open=True),
        Route("POST", "/otdsws/oauth2/token", "token", body=(FORM, JSON), open=True),
        Route("GET", "/tenants/<tenant>/.well-known/openid-configuration", "discover", open=True),
        Route("GET", f"{DESIGN}/domains", "list_domains"),
        Route("GET", f"{DESIGN}/resources/<domain>", "list_resources", query={**RESOURCES, **PAGE}),
        Route("GET", f"{DESIGN}/links/<domain>", "list_links", query=LINKS),
        Route("GET", f"{DESIGN}/manifests/<domain>/communication-set/<set_id>", "show_set"),
        Route("POST", f"{INPUTS}/ondemand/<domain>/generate", "generate", body=(JSON,)),
        Route("POST", f"{INPUTS}/ondemand/<domain>/<service>", "generate_by_channel", body=(JSON,)),
        Route("POST", f"{INPUTS}/batch/<domain>/<service>", "take_batch", body=(JSON,)),
        Route("GET", f"{RUNTIME}/jobs/<job_id>", "get_job"),
        Route("GET", f"{RUNTIME}/jobs", "list_jobs", query={"filter": JOBS, **PAGE}),
        Route("GET", f"{RUNTIME}/flow-instances", "list_instances", query={"filter": filters(jobId=text), **PAGE}),
        Route("GET", f"{RUNTIME}/flow-steps", "list_steps", query={"filter": filters(flowInstanceId=text), **PAGE}),
        Route("GET", f"{STEP}/delivery-file", "delivery_file"),
        Route("GET", f"{STEP}/delivery-file/outputs", "outputs"),
        Route("GET", f"{STEP}/delivery-file/output-files", "output_files", query=PAGE),
        Route("GET", f"{STEP}/message-file", "message_file"),
        Route("GET", f"{STEP}/customer-artifacts/<number>", "customer_artifacts"),
        Route("POST", f"{RUNTIME}/jobs/<job_id>/stop", "stop_job"),
        Route("POST", f"{RUNTIME}/flow-instances/<instance_id>/release", "release_instance"),
        Route(
            "POST",
            f"{RUNTIME}/jobs/<job_id>/reprocessing",
            "reprocess_job",
            query={"useCurrentFlowModel": SWITCH, "useCurrentFlowContext": SWITCH},
        ),
        Route("DELETE", f"{RUNTIME}/jobs/<job_id>", "delete_job", query={"force": SWITCH}),
        Route(
            "GET",
            "/ei/api/v1/eventmetrics/email-event/<tenant>/<domain>/content",
            "list_events",
            query={"connectorType": one_of("OTN"), "lastUpdateTimeStart": instant, "lastUpdateTimeEnd": instant},
        ),
        Route("GET", "/orchestration/api/v1/version", "version"),
        Route("GET", "/ext/api/v1/outcomes", "list_outcomes", query={"after": integer(0, 10**12), "limit": integer(1, 500)}),
    )

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.tokens, self.design, self.callbacks = Tokens(world), Design(world), Callbacks(world)
        self.happenings = Happenings(world, self.callbacks)
        self.jobs = Jobs(world, self.happenings)
        self.list_domains, self.list_resources = self.design.list_domains, self.design.list_resources
        self.list_links, self.show_set = self.design.list_links, self.design.show_set

    def load(self, records: Mapping[str, list[Row]]) -> dict[str, int]:
        """`{"communications": [{"name", ...}], "outcomes": [{"type", ...}]}`: more templates; what a mail room or portal reports."""
        if unknown := sorted(set(records) - {"communications", "outcomes"}):
            raise RefusedError(400, "bad_seed", f"exstream takes communications and outcomes, not {unknown[0]}")
        for row in records.get("communications", []):
            self.design.add(row)
        for outcome in records.get("outcomes", []):
            self.happenings.plan(outcome, ms(self.world.now))
        return super().load(records)

    def tick(self, now: datetime) -> int:
        """Read the input folder, move jobs, show events, send callbacks."""
        present = ms(now)
        taken = self.read_input_folder()
        changed = self.jobs.work(present) + self.happenings.work(present)
        return taken + changed + self.callbacks.work(present, self.faults)

    def authenticate(self, request: Request) -> None:
        """A living bearer token; then the settings `otds_down` and `rate_per_minute`."""
        if self.setting("otds_down"):
            raise RefusedError(500, "otds", "OTDS cannot be reached")
        if not self.tokens.holds(request.headers.get("Authorization")):
            raise RefusedError(401, "unauthorised", "the token is missing, wrong or too old")
        most = self.setting("rate_per_minute")
        if most and self.recent("calls", 60_000) > most:
            raise RefusedError(429, "rate", "too many requests")

    def refusal(self, refused: RefusedError) -> Response:
        """The first of the two documented shapes."""
        code = refused.more.get("errorCode", 309016 if refused.status == 409 else 300000 + refused.status)
        body = {"timestamp": ms(self.world.now), "status": refused.status, "errorCode": code, "message": refused.code}
        return as_json({**body, "details": refused.message, "path": "", "error": refused.more.get("name", refused.code)}, refused.status)

    def token(self, call: Call) -> Response:
        """A token, in all four spellings of the route."""
        if self.setting("otds_down"):
            raise RefusedError(500, "otds", "OTDS cannot be reached")
        return self.tokens.give(call)

    def discover(self, call: Call) -> Response:
        """Where the token endpoint is."""
        return discovery(call.request, call.path["tenant"])

    def version(self, call: Call) -> Response:
        """The connection test; gives an anti-CSRF token to whoever asks for one."""
        answer = success({"version": "24.4"})
        if self.setting("csrf") and call.request.headers.get("X-CSRF-Token") == "Fetch":
            answer.headers["X-CSRF-Token"] = self.tokens.give_guard()
        return answer

    def list_events(self, call: Call) -> Response:
        """E-mail events by the time of their last change."""
        domain, wanted = check_domain(call), call.query
        if call.path["tenant"] != TENANT:
            raise RefusedError(404, "not_found", "there is no such tenant")
        if len(wanted) != 3:
            raise RefusedError(400, "missing_parameter", "connectorType, lastUpdateTimeStart and lastUpdateTimeEnd are needed")
        low, high, now = ms(wanted["lastUpdateTimeStart"]), ms(wanted["lastUpdateTimeEnd"]), ms(self.world.now)
        rows = [row for row in self.happenings.events if low <= row["atMs"] <= min(high, now)]
        return as_json([row["event"] for row in sorted(rows, key=lambda r: r["atMs"]) if row["event"]["domainId"] == domain])

    def list_outcomes(self, call: Call) -> Response:
        """EXT: outcomes and responses after a position."""
        if not self.setting("ext_outcomes"):
            raise RefusedError(404, "not_found", "there is no such address")
        after = call.query.get("after", 0)
        rows = [{k: v for k, v in row.items() if k != "_seq"} for row in self.happenings.outcomes if row["seq"] > after]
        rows = rows[: call.query.get("limit", 500)]
        return success(rows, page={"lastSeq": rows[-1]["seq"] if rows else after})
