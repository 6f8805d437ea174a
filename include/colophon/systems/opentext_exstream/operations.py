"""The calls of the contract (section 2), declared: what they do, and what may be done when an answer is lost."""

from colophon.http.operation import DeliveryClass, Operation

_B, _C, _D = DeliveryClass.B, DeliveryClass.C, DeliveryClass.D
# Refusals come back as answers, because two error shapes and a number inside decide what they mean (section 8).
_OK = frozenset({200, 400, 403, 404, 409})
_TAKES = _OK | {413}
_DESIGN, _RUNTIME = "/design/api/v1", "/orchestration/api/v1/runtime/{domain}"
_STEP = _RUNTIME + "/flow-steps/{step}"

TOKEN = Operation("token", "POST", "", expect=frozenset({200, 400, 401, 403}))
DISCOVERY = Operation("discovery", "GET", "/tenants/{tenant}/.well-known/openid-configuration")
VERSION = Operation("version", "GET", "/orchestration/api/v1/version", expect=_OK)
CSRF = Operation("csrf", "GET", VERSION.path, expect=_OK)
DOMAINS = Operation("domains", "GET", f"{_DESIGN}/domains", expect=_OK)
RESOURCES = Operation("resources", "GET", _DESIGN + "/resources/{domain}", expect=_OK)
LINKS = Operation("links", "GET", _DESIGN + "/links/{domain}", expect=_OK)
SET = Operation("communication_set", "GET", _DESIGN + "/manifests/{domain}/communication-set/{id}", expect=_OK)
GENERATE = Operation("generate", "POST", "/orchestration/api/v1/inputs/ondemand/{domain}/generate", _D, accept="*/*", expect=_TAKES)
GENERATE_BY_CHANNEL = Operation(
    "generate_by_channel", "POST", "/orchestration/api/v1/inputs/ondemand/{domain}/{service}", _D, accept="*/*", expect=_TAKES
)
GET_JOB = Operation("get_job", "GET", _RUNTIME + "/jobs/{job}", expect=_OK)
LIST_JOBS = Operation("iter_jobs", "GET", _RUNTIME + "/jobs", expect=_OK)
LIST_INSTANCES = Operation("iter_instances", "GET", _RUNTIME + "/flow-instances", expect=_OK)
LIST_STEPS = Operation("iter_steps", "GET", _RUNTIME + "/flow-steps", expect=_OK)
DELIVERY_FILE = Operation("read_manifest", "GET", _STEP + "/delivery-file", accept="*/*")
OUTPUTS = Operation("outputs", "GET", _STEP + "/delivery-file/outputs", expect=_OK)
OUTPUT_FILES = Operation("output_files", "GET", _STEP + "/delivery-file/output-files", expect=_OK)
MESSAGE_FILE = Operation("read_message_file", "GET", _STEP + "/message-file", accept="*/*")
ARTIFACTS = Operation("customer_artifacts", "GET", _STEP + "/customer-artifacts/{customer}", accept="*/*")
STOP = Operation("cancel", "POST", _RUNTIME + "/jobs/{job}/stop", _B, expect=_OK)
RELEASE = Operation("release", "POST", _RUNTIME + "/flow-instances/{instance}/release", _B, expect=_OK)
REPROCESS = Operation("reprocess", "POST", _RUNTIME + "/jobs/{job}/reprocessing", _B, expect=_OK)
DELETE = Operation("delete", "DELETE", _RUNTIME + "/jobs/{job}", _B, expect=_OK)
EVENTS = Operation("iter_events", "GET", "/ei/api/v1/eventmetrics/email-event/{tenant}/{domain}/content", expect=_OK)
OUTCOMES = Operation("iter_outcomes", "GET", "/ext/api/v1/outcomes", expect=_OK)


def submit(batch_path: str) -> Operation:
    """The POST of a batch; its path is a setting because the vendor does not document it."""
    return Operation("submit_batch", "POST", batch_path, _C, expect=_TAKES)


SUBMIT = submit("/orchestration/api/v1/inputs/batch/{domain}/{service}")

OPERATIONS = (
    *(TOKEN, DISCOVERY, VERSION, CSRF, DOMAINS, RESOURCES, LINKS, SET, GENERATE, GENERATE_BY_CHANNEL, SUBMIT),
    *(GET_JOB, LIST_JOBS, LIST_INSTANCES, LIST_STEPS, DELIVERY_FILE, OUTPUTS, OUTPUT_FILES, MESSAGE_FILE, ARTIFACTS),
    *(STOP, RELEASE, REPROCESS, DELETE, EVENTS, OUTCOMES),
)
