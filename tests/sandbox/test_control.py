"""The control routes take what the contract names and nothing else; the journal shows no credentials."""

from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.test import Client

from colophon_sandbox import app
from colophon_sandbox.serve import all_systems

CONSONANCE = {"Authorization": "Bearer sandbox0key0not0real000000000000"}
TOKEN = {"apiKey": "sandbox-not-a-key"}


@pytest.fixture
def client() -> Client:
    """A sandbox with all systems, in this process."""
    return Client(app.Sandbox(all_systems(), control=True))


@pytest.fixture
def token(client) -> Callable[[], Any]:
    """One call of ByteNite that needs no credentials."""
    return lambda: client.post("/bytenite/v1/auth/access_token", json=TOKEN)


def entries(client: Client, **wanted: str) -> list[str]:
    """Systems of the journal's entries."""
    answer = client.get("/__sandbox__/journal", query_string=wanted)
    return [entry["system"] for entry in answer.get_json()["entries"]]


@pytest.mark.parametrize(
    "change",
    [
        {"system": "pusch"},
        {"match": {"paths": "/graphql"}},
        {"match": {"path": 7}},
        {"kind": "explode"},
        {"when": "later"},
        {"skip": -1},
        {"times": "2"},
        {"times": 0},
        {"value": None},
        {"kind": "delay", "value": "3"},
        {"timess": 2},
    ],
)
def test_a_fault_that_could_never_fire_is_refused(client, change) -> None:
    """A typo in a fault is told when it is planned, not by a test that sees nothing go wrong."""
    fault = {"system": "push", "match": {"path": "*"}, "kind": "status", "value": {"status": 503}, **change}
    answer = client.post("/__sandbox__/faults", json=fault)
    assert (answer.status_code, answer.headers["X-Sandbox-Reason"]) == (400, "bad_fault")
    assert client.get("/__sandbox__/faults").get_json() == {"faults": []}


@pytest.mark.parametrize(
    "body",
    [
        {"records": {"pusch": {}}},
        {"catalogue": "mine"},
        {"title": 5},
        {"records": {}, "seed": 1},
        [],
        {"titles": "5"},
    ],
)
def test_a_seed_that_would_make_nothing_is_refused(client, body) -> None:
    """An unknown system, catalogue or member is no empty seed."""
    assert client.post("/__sandbox__/seed", json=body).status_code == 400


def test_titles_of_a_seed_are_works(client) -> None:
    """The route's own example: so many works, each with its products, and the same again for the same seed."""
    asked = {"catalogue": "builtin", "titles": 200, "seed": 42}
    made = [client.post("/__sandbox__/seed", json=asked).get_json()["created"] for _ in range(2)]
    assert made[0] == made[1]
    assert made[0]["works"] == 200
    assert made[0]["products"] > 400


def test_the_journal_is_read_and_forgotten_in_parts(client, token) -> None:
    """By system, by path with `*`, after an entry, from a moment on; deleting takes the same parts."""
    token()
    client.get("/xconnector/v1/info")
    client.get("/push/mra/v1/outbound/push/status")
    assert entries(client) == ["bytenite", "xconnector", "push"]
    assert entries(client, path="/v1/*") == ["bytenite", "xconnector"]
    assert entries(client, since="2") == ["push"]
    assert entries(client, since="2026-05-01T06:00:00Z") == ["bytenite", "xconnector", "push"]
    assert entries(client, since="2099-01-01T00:00:00Z") == []
    assert client.get("/__sandbox__/journal?since=yesterday").status_code == 400
    assert client.delete("/__sandbox__/journal?system=xconnector").status_code == 204
    assert entries(client) == ["bytenite", "push"]
    assert client.delete("/__sandbox__/journal").status_code == 204
    assert entries(client) == []


def test_the_journal_hides_a_bare_token(client, token) -> None:
    """A token without a scheme before it is as secret as one with it."""
    given = token().get_json()["token"]
    client.get("/bytenite/v1/auth/user", headers={"Authorization": given})
    shown = client.get("/__sandbox__/journal").get_json()["entries"][-1]
    assert (shown["headers"]["Authorization"], shown["status"]) == ("(bare token)", 200)


@pytest.mark.parametrize(
    ("system", "path", "member"),
    [
        ("consonance", "/graphql", "message"),
        ("push", "/mra/v1/outbound/push/status", "error_code"),
        ("exstream", "/orchestration/api/v1/version", "errorCode"),
        ("xconnector", "/v1/info", "code"),
        ("fourallportal", "/api/modules/file", "error"),
        ("bytenite", "/v1/auth/user", "message"),
    ],
)
def test_a_token_that_ended_is_refused_in_each_systems_own_words(client, system, path, member) -> None:
    """401, in the shape of all other errors of the system."""
    client.post("/__sandbox__/faults", json={"system": system, "kind": "expire_token"})
    answer = client.get(f"/{system}{path}")
    assert answer.status_code == 401
    assert member in answer.get_json()


def test_a_reset_forgets_what_was_seeded_since(client) -> None:
    """Records that came by a seed request are not there after it."""
    ask = {"path": "/consonance/graphql", "json": {"query": "{ works { id } }"}, "headers": CONSONANCE}
    client.post("/__sandbox__/seed", json={"titles": 40})
    assert len(client.post(**ask).get_json()["data"]["works"]) == 40
    client.post("/__sandbox__/reset", json={"system": "consonance"})
    assert client.post(**ask).get_json()["data"]["works"] == []
