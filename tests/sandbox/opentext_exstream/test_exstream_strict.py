"""What is refused: every route, by everything that can be wrong with a request (README section 7)."""

import base64

import pytest

GRANT = {
    "grant_type": "client_credentials",
    "scope": "otds:groups",
    "client_id": "sandbox-client",
    "client_secret": "sandbox-not-a-secret",
}
TOKEN_ROUTES = (
    "/tenants/acme/oauth2/token",
    "/otdstenant/acme/oauth2/token",
    "/otdsws/otdstenant/acme/oauth2/token",
    "/otdsws/oauth2/token",
)
RUNTIME, INPUTS = "/orchestration/api/v1/runtime/acme-test", "/orchestration/api/v1/inputs"
EVENTS = "/ei/api/v1/eventmetrics/email-event/acme/acme-test/content"
TIMES = "connectorType=OTN&lastUpdateTimeStart=2026-05-01T00:00:00Z&lastUpdateTimeEnd=2026-05-02T00:00:00Z"
REPROCESS = f"{RUNTIME}/jobs/job-9/reprocessing?useCurrentFlowModel=false&useCurrentFlowContext=false"
# method, path, body, status at an empty sandbox
CALLS = [
    ("GET", "/design/api/v1/domains", None, 200),
    ("GET", "/design/api/v1/resources/acme-test?filter.types=exstrapplication&filter.states=APPROVED&count=100&offset=0", None, 200),
    ("GET", "/design/api/v1/links/acme-test?linkSubjectId=5b1e0001&linkDepth=2", None, 200),
    ("GET", "/design/api/v1/manifests/acme-test/communication-set/cs-5b1e0001", None, 200),
    ("POST", f"{INPUTS}/ondemand/acme-test/generate", {}, 400),
    ("POST", f"{INPUTS}/ondemand/acme-test/letters", {}, 200),
    ("POST", f"{INPUTS}/batch/acme-test/letters", {}, 400),
    ("GET", f"{RUNTIME}/jobs/job-9", None, 404),
    ("GET", f"{RUNTIME}/jobs?filter=mode:BATCH;statuses:complete,error", None, 200),
    ("GET", f"{RUNTIME}/flow-instances?filter=jobId:job-9", None, 200),
    ("GET", f"{RUNTIME}/flow-steps?filter=flowInstanceId:fi-9", None, 200),
    ("GET", f"{RUNTIME}/flow-steps/fs-9-2/delivery-file", None, 404),
    ("GET", f"{RUNTIME}/flow-steps/fs-9-2/delivery-file/outputs", None, 404),
    ("GET", f"{RUNTIME}/flow-steps/fs-9-2/delivery-file/output-files", None, 404),
    ("GET", f"{RUNTIME}/flow-steps/fs-9-2/message-file", None, 404),
    ("GET", f"{RUNTIME}/flow-steps/fs-9-2/customer-artifacts/1", None, 404),
    ("POST", f"{RUNTIME}/jobs/job-9/stop", None, 404),
    ("POST", f"{RUNTIME}/flow-instances/fi-9/release", None, 404),
    ("POST", REPROCESS, None, 404),
    ("DELETE", f"{RUNTIME}/jobs/job-9?force=false", None, 404),
    ("GET", f"{EVENTS}?{TIMES}", None, 200),
    ("GET", "/orchestration/api/v1/version", None, 200),
    ("GET", "/ext/api/v1/outcomes?after=0&limit=500", None, 200),
]
IDS = [f"{method} {path.partition('?')[0]}" for method, path, *_ in CALLS]
WITH_BODY = [call for call in CALLS if call[2] is not None]


@pytest.mark.parametrize(("method", "path", "body", "status"), CALLS, ids=IDS)
def test_every_route_answers(remote, method, path, body, status):
    """Each route is there; errors have the first documented shape."""
    answer = remote.ask(method, path, body)
    assert answer.status_code == status
    if status >= 400:
        assert answer.get_json()["status"] == status
        assert set(answer.get_json()) == {"timestamp", "status", "errorCode", "message", "details", "path", "error"}


@pytest.mark.parametrize(("method", "path", "body", "status"), CALLS, ids=IDS)
def test_no_and_wrong_credentials(remote, method, path, body, status):
    """Nothing but the token routes is open."""
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic c2FuZGJveDp4"}):
        answer = remote.client.open(f"/exstream{path}", method=method, headers=headers, data=b"{}" if body is not None else None)
        assert (answer.status_code, answer.headers["X-Sandbox-Reason"]) == (401, "unauthorised")


@pytest.mark.parametrize(("method", "path", "body", "status"), CALLS, ids=IDS)
def test_unknown_parameter(remote, method, path, body, status):
    """A parameter that a route does not have is named."""
    answer = remote.ask(method, f"{path}{'&' if '?' in path else '?'}limitt=1", body)
    assert (answer.status_code, answer.headers["X-Sandbox-Reason"]) == (400, "unknown_parameter limitt")


@pytest.mark.parametrize(("method", "path", "body", "status"), CALLS, ids=IDS)
def test_wrong_method(remote, method, path, body, status):
    """Only the methods of the contract."""
    assert remote.ask("PATCH", path.partition("?")[0]).status_code == 405


@pytest.mark.parametrize(("method", "path", "body", "status"), WITH_BODY)
def test_wrong_content_type_and_no_json(remote, method, path, body, status):
    """JSON under its own name only."""
    assert remote.ask(method, path, body, media="text/plain").status_code == 415
    assert remote.ask(method, path, b"{", media="application/json").status_code == 400


@pytest.mark.parametrize(
    ("path", "query"),
    [
        (f"{RUNTIME}/jobs", "filter=colour:red"),
        (f"{RUNTIME}/jobs", "filter=statuses:done"),
        (f"{RUNTIME}/jobs", "filter=startDateStart:yesterday"),
        (f"{RUNTIME}/jobs", "filter=channel:a;channel:b"),
        (f"{RUNTIME}/jobs", "count=0"),
        (f"{RUNTIME}/jobs", "offset=-1"),
        (f"{RUNTIME}/flow-steps", "filter=jobId:job-1"),
        (EVENTS, "connectorType=SMTP"),
        (EVENTS, "connectorType=OTN"),
        ("/ext/api/v1/outcomes", "limit=501"),
        ("/ext/api/v1/outcomes", "after=x"),
        ("/design/api/v1/links/acme-test", "linkDepth=2"),
        ("/design/api/v1/resources/acme-test", "filter.states=MAYBE"),
    ],
)
def test_values_out_of_range(remote, path, query):
    """A filter or page that means nothing is refused."""
    assert remote.ask("GET", f"{path}?{query}").status_code == 400


@pytest.mark.parametrize("path", ["/design/api/v1/resources/nowhere", "/orchestration/api/v1/runtime/nowhere/jobs"])
def test_unknown_domain(remote, path):
    """A domain that is not there."""
    assert remote.ask("GET", path).status_code == 404


@pytest.mark.parametrize("path", TOKEN_ROUTES)
def test_tokens_in_all_spellings(remote, path):
    """Form, JSON, and Basic with a form; the token opens the other routes until it ends."""
    basic = base64.b64encode(b"sandbox-client:sandbox-not-a-secret").decode()
    remote.settings(expires_in=900)
    short = {"grant_type": "client_credentials", "scope": "otds:groups"}
    answers = [
        remote.client.post(f"/exstream{path}", data=GRANT),
        remote.client.post(f"/exstream{path}", json=GRANT),
        remote.client.post(f"/exstream{path}", data=short, headers={"Authorization": f"Basic {basic}"}),
    ]
    for answer in answers:
        assert answer.get_json()["expires_in"] == 900
        remote.token = answer.get_json()["access_token"]
        assert remote.ask("GET", "/orchestration/api/v1/version").status_code == 200
    remote.advance(900)
    assert remote.ask("GET", "/orchestration/api/v1/version").status_code == 401


@pytest.mark.parametrize(
    ("change", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "wrong"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"scope": "search"}, 400, "invalid_scope"),
        ({"colour": "red"}, 400, "invalid_request"),
    ],
)
def test_tokens_refused(remote, change, status, error):
    """Errors of the token route have OAuth2's shape."""
    answer = remote.client.post("/exstream/tenants/acme/oauth2/token", data={**GRANT, **change})
    assert (answer.status_code, answer.get_json()["error"]) == (status, error)
    assert remote.client.post("/exstream/tenants/other/oauth2/token", data=GRANT).status_code == 401


def test_discovery(remote):
    """The token endpoint of a tenant."""
    found = remote.client.get("/exstream/tenants/acme/.well-known/openid-configuration").get_json()
    assert found["token_endpoint"].endswith("/exstream/tenants/acme/oauth2/token")
    assert remote.client.get("/exstream/tenants/other/.well-known/openid-configuration").status_code == 404


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"Colour": "red"}, "unknown_member /customers/0/Colour"),
        ({"Data": "text"}, "bad_type /customers/0/Data"),
        ({"CustomerNumber": "2"}, "bad_number /customers/0/CustomerNumber"),
        ({"DeliveryPreference": "fax"}, "bad_queue /customers/0/DeliveryPreference"),
        ({"EmailAddress": ""}, "no_address /customers/0/EmailAddress"),
    ],
)
def test_driver_data_refused(remote, customer, change, reason):
    """The place that is wrong is named, and nothing starts."""
    answer = remote.batch(customer(**change))
    assert (answer.status_code, answer.headers["X-Sandbox-Reason"]) == (400, reason)
    assert remote.jobs() == []


@pytest.mark.parametrize("name", ["CustomerNumber", "ColophonDeliveryId", "DeliveryPreference", "Document", "Data"])
def test_missing_members(remote, customer, name):
    """Each required member of a customer."""
    found = customer()
    del found[name]
    assert remote.batch(found).headers["X-Sandbox-Reason"] == f"missing_member /customers/0/{name}"


def test_rate_size_and_otds(remote, customer):
    """429, 413 and the 500 that names OTDS, each by its setting."""
    remote.settings(max_body=10)
    assert remote.batch(customer()).status_code == 413
    remote.settings(max_body=0, otds_down=True)
    answer = remote.ask("GET", "/orchestration/api/v1/version")
    assert (answer.status_code, "OTDS" in answer.get_json()["details"]) == (500, True)
    remote.settings(otds_down=False, rate_per_minute=1)
    assert remote.ask("GET", "/orchestration/api/v1/version").status_code == 200
    assert remote.ask("GET", "/orchestration/api/v1/version").status_code == 429
    remote.advance(60)
    assert remote.ask("GET", "/orchestration/api/v1/version").status_code == 200


@pytest.mark.parametrize("path", ["ondemand/acme-test/generate", "ondemand/acme-test/letters", "batch/acme-test/letters"])
def test_inputs_may_want_an_anti_csrf_token(remote, path):
    """Only one that a read gave opens the three input channels, and only where the setting is on."""
    address = f"/orchestration/api/v1/inputs/{path}"
    assert "X-CSRF-Token" not in remote.ask("GET", "/orchestration/api/v1/version", **{"X-CSRF-Token": "Fetch"}).headers
    remote.settings(csrf=True)
    for headers in ({}, {"X-CSRF-Token": "Fetch"}, {"X-CSRF-Token": "sandbox-csrf-1"}):
        answer = remote.ask("POST", address, {}, **headers)
        assert (answer.status_code, answer.headers["X-Sandbox-Reason"]) == (403, "no_csrf_token")
    token = remote.ask("GET", "/orchestration/api/v1/version", **{"X-CSRF-Token": "Fetch"}).headers["X-CSRF-Token"]
    assert remote.ask("POST", address, {}, **{"X-CSRF-Token": token}).headers.get("X-Sandbox-Reason") != "no_csrf_token"
