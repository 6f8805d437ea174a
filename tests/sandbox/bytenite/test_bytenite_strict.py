"""What is refused: every route, by everything that can be wrong with a request (README section 7)."""

import importlib.util
from pathlib import Path

import pytest

_spec = importlib.util.spec_from_file_location("bytenite_examples", Path(__file__).with_name("conftest.py"))
examples = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(examples)

J, V = "/v1/customer/jobs", "/v1/library/videos/v-9"
SECRET = {"secret": {"id": "s", "name": "n", "secretType": "aws", "accessKey": "k"}, "secretKey": "x"}
# method, path, body, status at an empty sandbox
CALLS = [
    ("GET", "/v1/auth/user", None, 200),
    ("POST", "/v1/auth/secrets", SECRET, 200),
    ("POST", J, examples.job(), 200),
    ("POST", "/v1/computing/jobs", examples.job(), 200),
    ("GET", J, None, 200),
    ("GET", f"{J}/templates", None, 200),
    ("GET", f"{J}/x", None, 404),
    ("PATCH", f"{J}/x/datasource", {"dataSource": examples.SOURCE}, 404),
    ("PATCH", f"{J}/x/params", {"params": {}}, 404),
    ("PATCH", f"{J}/x/uploadcompleted", {}, 404),
    ("POST", f"{J}/x/run", {"config": {}}, 404),
    ("POST", f"{J}/run/x", {"taskTimeout": 5}, 404),
    ("POST", f"{J}/params/x", {"params": {}}, 404),
    ("POST", f"{J}/datasource/x", {"dataSource": examples.SOURCE}, 404),
    ("POST", f"{J}/uploadcompleted/x", {}, 404),
    ("POST", f"{J}/x/abort", {}, 404),
    ("DELETE", f"{J}/x", None, 404),
    ("GET", f"{J}/x/results", None, 404),
    ("POST", "/v1/customer/logs", {"jobId": "x"}, 404),
    ("GET", "/v1/customer/events", None, 200),
    ("GET", "/v1/library/info", None, 200),
    ("PUT", V, examples.VIDEO, 201),
    ("GET", V, None, 404),
    ("DELETE", V, None, 404),
    ("GET", "/v1/library/videos", None, 200),
    ("PUT", f"{V}/content", examples.CONTENT, 404),
    ("PUT", f"{V}/rules", examples.RULES, 404),
    ("GET", f"{V}/rules", None, 404),
    ("POST", f"{V}/publish", {"requestId": "q", "placements": [examples.placement()]}, 404),
    ("POST", f"{V}/unpublish", {"requestId": "q", "all": True, "reason": "r"}, 404),
    ("GET", "/v1/library/placements", None, 200),
    ("GET", "/v1/library/analytics/daily?from=2026-04-01&to=2026-04-30", None, 200),
    ("GET", "/v1/library/events?after=0&limit=5", None, 200),
]
IDS = [f"{method} {path}" for method, path, *_ in CALLS]
BODIES = [call for call in CALLS if call[2] is not None]


@pytest.mark.parametrize(("method", "path", "body", "status"), CALLS, ids=IDS)
def test_every_route_answers(remote, method, path, body, status):
    """Each route is there, and answers what an empty sandbox has to say."""
    assert remote.ask(method, path, body).status_code == status


@pytest.mark.parametrize("token", ["", "wrong", "Bearer wrong", "Basic c2FuZGJveDp4"])
@pytest.mark.parametrize(("method", "path", "body", "status"), CALLS, ids=IDS)
def test_no_and_wrong_credentials(remote, method, path, body, status, token):
    """Nothing is open but the way in."""
    remote.token = token
    answer = remote.ask(method, path, body)
    assert answer.status_code == 401
    assert answer.headers["X-Sandbox-Reason"]


@pytest.mark.parametrize(("method", "path", "body", "status"), CALLS, ids=IDS)
def test_unknown_parameters(remote, method, path, body, status):
    """A typo in a parameter is never overlooked."""
    answer = remote.ask(method, f"{path}{'&' if '?' in path else '?'}limitt=3", body)
    assert answer.status_code == 400
    assert answer.headers["X-Sandbox-Reason"] == "unknown_parameter limitt"


@pytest.mark.parametrize(("method", "path", "body", "status"), BODIES, ids=[f"{c[0]} {c[1]}" for c in BODIES])
def test_bodies_are_strict(remote, method, path, body, status):
    """An unknown member, a missing one, no object, no JSON, another content type."""
    assert remote.ask(method, path, {**body, "unknown": 1}).status_code == 400
    assert remote.ask(method, path, [1]).status_code == 400
    assert remote.ask(method, path, b"{").status_code == 400
    assert remote.ask(method, path, body, media="text/plain").status_code == 415


@pytest.mark.parametrize(("method", "path"), [("PUT", J), ("DELETE", "/v1/auth/user"), ("POST", V), ("PATCH", "/v1/library/info")])
def test_other_methods(remote, method, path):
    """405."""
    assert remote.ask(method, path).status_code == 405


@pytest.mark.parametrize(
    "change",
    [
        {"name": "abc"},
        {"templateId": "nothing@1"},
        {"dataSource": {"dataSourceDescriptor": "ftp"}},
        {"dataSource": {**examples.SOURCE, "params": {"url": "https://a.example"}}},
        {"config": {"taskTimeout": "soon"}},
        {"params": {"encoder": {}}},
    ],
)
def test_jobs_that_do_not_fit(remote, change):
    """400, and nothing is made."""
    assert remote.ask("POST", J, examples.job(**change)).status_code == 400
    assert remote.get(J)["pagination"]["total"] == 0


@pytest.mark.parametrize("name", ["videoId", "revision", "status", "content", "playbackUrl", "createdAt"])
def test_members_of_the_platform_are_not_ours(remote, name):
    """They are refused in a PUT."""
    assert remote.ask("PUT", V, {**examples.VIDEO, name: "x"}).status_code == 400


@pytest.mark.parametrize("change", [{"title": "t" * 201}, {"description": "d" * 5001}, {"keywords": ["k"] * 51}])
def test_limits_of_a_video(remote, change):
    """413."""
    assert remote.ask("PUT", V, {**examples.VIDEO, **change}).status_code == 413


@pytest.mark.parametrize(
    "query",
    [
        "from=2026-04-01",
        "from=2026-04-01&to=2026-05-02",
        "from=2026-04-02&to=2026-04-01",
        "from=x&to=2026-04-01",
        "from=2026-04-01&to=2026-04-02&pagination.limit=1001",
        "from=2026-04-01&to=2026-04-02&asOf=2026-05-02T06:00:00Z",
    ],
)
def test_ranges_of_figures(remote, query):
    """At most 31 days, at most 1,000 rows, no reading from the future."""
    assert remote.ask("GET", f"/v1/library/analytics/daily?{query}").status_code == 400


def test_an_old_reading_is_gone(remote):
    """410 after a day."""
    remote.advance(25 * 3600)
    path = "/v1/library/analytics/daily?from=2026-04-01&to=2026-04-02&asOf=2026-05-01T06:00:00Z"
    assert remote.ask("GET", path).status_code == 410


def test_both_error_bodies(remote):
    """The vendor documents two, and each comes in its turn."""
    first, second = (remote.ask("GET", f"{J}/x").get_json() for _ in range(2))
    assert sorted([set(first), set(second)], key=len) == [{"code", "message", "details"}, {"ok", "requestId", "message", "error"}]


@pytest.mark.parametrize(("setting", "value", "path"), [("services", "computing", J), ("library", False, "/v1/library/info")])
def test_what_is_switched_off_is_not_there(remote, setting, value, path):
    """404."""
    assert remote.ask("GET", path).status_code == 200
    remote.settings(**{setting: value})
    assert remote.ask("GET", path).status_code == 404


def test_one_style_alone(remote):
    """Each style can be all that there is."""
    made = remote.ask("POST", J, examples.job()).get_json()["job"]["id"]
    remote.settings(styles="2025")
    assert remote.ask("POST", f"{J}/run/{made}", {}).status_code == 404
    remote.settings(styles="2023")
    assert remote.ask("POST", f"{J}/{made}/run", {}).status_code == 404
    assert remote.ask("POST", f"{J}/run/{made}", {}).status_code == 200
    assert remote.ask("GET", f"{J}/{made}/results").status_code == 200
