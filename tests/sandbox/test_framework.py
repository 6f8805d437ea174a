"""The sandbox's own tests, without any client: it refuses what it should, breaks when told to, and keeps what it was given."""

import subprocess
import sys
from pathlib import Path

import pytest
import requests

from colophon_sandbox import seeds
from colophon_sandbox.serve import running_sandbox

KEY = {"Authorization": "Bearer sandbox0key0not0real000000000000"}
TOKEN = {"Authorization": "Token token=sandbox0key0not0real000000000000"}
MIDDLEWARE = {"Authorization": "Bearer sandbox-not-a-token"}
ALL = "query($s: ProductSearchAttributes) { products(productSearch: $s) { id fullTitle } }"


@pytest.fixture(scope="module")
def sandbox():
    """A sandbox with a hundred titles."""
    with running_sandbox(seeds.catalogue(100, 7)) as url:
        yield url


@pytest.fixture(autouse=True)
def fresh(sandbox):
    """As at the start, before each test."""
    requests.post(f"{sandbox}/__sandbox__/reset", json={"system": None}, timeout=60).raise_for_status()


def ask(sandbox, query=ALL, headers=KEY, **search):
    """One GraphQL request."""
    body = {"query": query, "variables": {"s": search}} if "$s" in query else {"query": query}
    return requests.post(f"{sandbox}/consonance/graphql", json=body, headers=headers, timeout=60)


def fault(sandbox, kind, **more):
    """Plan a fault of Consonance."""
    body = {"system": "consonance", "kind": kind, **more}
    assert requests.post(f"{sandbox}/__sandbox__/faults", json=body, timeout=60).status_code == 201


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"headers": {}}, 401),
        ({"headers": TOKEN}, 401),
        ({"json": {"query": ALL, "variabels": {}}}, 400),
        ({"json": {"variables": {}}}, 400),
        ({"json": [1]}, 400),
        ({"json": None, "data": "{", "headers": {**KEY, "Content-Type": "application/json"}}, 400),
        ({"json": None, "data": "query", "headers": {**KEY, "Content-Type": "text/plain"}}, 415),
        ({"params": {"debug": "1"}}, 400),
    ],
)
def test_graphql_is_strict(sandbox, change, status) -> None:
    """What the contract does not know is refused in the system's own shape, with the reason in a header."""
    call = {"json": {"query": ALL}, "headers": KEY, **change}
    answer = requests.post(f"{sandbox}/consonance/graphql", timeout=60, **call)
    assert answer.status_code == status
    assert "message" in answer.json()
    assert answer.headers["X-Sandbox-Reason"]


def test_unknown_fields_and_variables_are_refused(sandbox) -> None:
    """A typo is an error in the vendor's words, never a filter that does nothing."""
    error = ask(sandbox, "{ products { titel } }").json()["errors"][0]
    assert error["extensions"]["code"] == "undefinedField"
    body = {"query": ALL, "variables": {"s": {}, "limitt": 3}}
    assert "limitt" in requests.post(f"{sandbox}/consonance/graphql", json=body, headers=KEY, timeout=60).text
    assert "errors" in ask(sandbox, ALL, afterr=3).json()


@pytest.mark.parametrize("cap", [1, 7, 100, 0])
def test_pages_joined_equal_the_whole(sandbox, cap) -> None:
    """Whatever the page cap, the keyset loop sees each product once, in ascending order."""
    requests.patch(f"{sandbox}/__sandbox__/settings", json={"consonance": {"page_cap": cap}}, timeout=60)
    seen, after = [], 0
    while page := ask(sandbox, after=after).json()["data"]["products"]:
        seen += [row["id"] for row in page]
        after = seen[-1]
    assert seen == sorted(set(seen))
    assert len(seen) > 90


def test_filters_filter(sandbox) -> None:
    """One that fits stays, one that does not goes; an empty list of types returns everything."""
    first = ask(sandbox).json()["data"]["products"][0]
    assert ask(sandbox, idEq=first["id"]).json()["data"]["products"] == [first]
    assert ask(sandbox, titleEq="no such title").json()["data"]["products"] == []
    assert ask(sandbox, changedSince="2099-01-01").json()["data"]["products"] == []
    assert len(ask(sandbox, productTypes=[]).json()["data"]["products"]) == len(ask(sandbox).json()["data"]["products"])


def test_the_old_list_has_its_traps(sandbox) -> None:
    """Hyphens in ISBNs, and the words "No ISBN" where there is none."""
    isbns = set()
    for page in range(1, 9):
        answer = requests.get(f"{sandbox}/consonance/api/v4/products.json", params={"page": page}, headers=TOKEN, timeout=60).json()
        isbns |= {product["isbn"] for product in answer["products"]}
    assert "No ISBN" in isbns
    assert all("-" in isbn for isbn in isbns - {"No ISBN"})


@pytest.mark.parametrize("kind", ["drop", "reset", "refuse", "truncate"])
def test_broken_connections(sandbox, kind) -> None:
    """The caller sees a broken connection, once; then all is well."""
    fault(sandbox, kind)
    with pytest.raises(requests.exceptions.RequestException):
        ask(sandbox).json()
    assert ask(sandbox).status_code == 200


def test_spoilt_answers(sandbox) -> None:
    """A status with its headers, a login page, another shape, bytes that are no JSON."""
    fault(sandbox, "status", value={"status": 503, "headers": {"Retry-After": "5"}})
    answer = ask(sandbox)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    fault(sandbox, "login_page")
    assert "Sign in" in ask(sandbox).text
    fault(sandbox, "wrong_shape")
    assert ask(sandbox).json() == {"unexpected": True}
    fault(sandbox, "garble")
    with pytest.raises(ValueError, match=r".*"):
        ask(sandbox).json()


def test_skip_and_times(sandbox) -> None:
    """The third and fourth request fail, and no other."""
    fault(sandbox, "status", value={"status": 500}, skip=2, times=2)
    assert [ask(sandbox).status_code for _ in range(6)] == [200, 200, 500, 500, 200, 200]


def test_after_has_its_effect(sandbox) -> None:
    """A lost answer: the route is there, although its caller never heard so."""
    body = {"system": "xconnector", "kind": "reset", "when": "after"}
    requests.post(f"{sandbox}/__sandbox__/faults", json=body, timeout=60)
    route = {"match": {"type": "*"}, "targets": ["erp"], "order": "none"}
    with pytest.raises(requests.exceptions.RequestException):
        requests.put(f"{sandbox}/xconnector/v1/routes/r", json=route, headers=MIDDLEWARE, timeout=60)
    assert requests.get(f"{sandbox}/xconnector/v1/routes", headers=MIDDLEWARE, timeout=60).json()["items"][0]["id"] == "r"


def test_the_journal_hides_credentials(sandbox) -> None:
    """It shows what was asked, with the scheme of the credentials only."""
    ask(sandbox)
    entries = requests.get(f"{sandbox}/__sandbox__/journal", params={"system": "consonance"}, timeout=60).json()["entries"]
    assert entries[-1]["headers"]["Authorization"] == "Bearer"
    assert "sandbox0key" not in str(entries)


def test_state_survives_a_restart(tmp_path: Path) -> None:
    """With a state file a route made before is there after; the catalogue is not seeded twice."""
    route = {"match": {"type": "*"}, "targets": ["erp"], "order": "none"}
    with running_sandbox(seeds.catalogue(80, 1), state=tmp_path / "state.db") as url:
        requests.put(f"{url}/xconnector/v1/routes/r", json=route, headers=MIDDLEWARE, timeout=60).raise_for_status()
    with running_sandbox(state=tmp_path / "state.db") as url:
        assert requests.get(f"{url}/xconnector/v1/routes", headers=MIDDLEWARE, timeout=60).json()["items"][0]["id"] == "r"
        assert len(ask(url).json()["data"]["products"]) > 70


def test_control_exists_only_when_asked_for() -> None:
    """Without control the routes are not there."""
    with running_sandbox(control=False) as url:
        assert requests.get(f"{url}/__sandbox__/health", timeout=60).status_code == 404


def test_nothing_of_ours_is_imported() -> None:
    """A shared mistake cannot hide: the sandbox runs without the packages that it tests."""
    script = """
import sys
import colophon_sandbox.__main__, colophon_sandbox.serve
colophon_sandbox.serve.all_systems()
print([m for m in sys.modules if m.split('.')[0] in ('colophon', 'colophon_airflow', 'airflow')])
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("kind", ["unordered_ids", "data_with_errors"])
def test_a_systems_own_fault_fires_as_often_as_planned(sandbox, kind) -> None:
    """Once planned is once fired; the next answer is as always."""
    plain = ask(sandbox).json()
    fault(sandbox, kind, match={"path": "/graphql"})
    assert ask(sandbox).json() != plain
    assert ask(sandbox).json() == plain


def test_a_name_of_several_lines_is_refused_in_one(sandbox) -> None:
    """What was sent does not break the answer's header."""
    answer = requests.get(f"{sandbox}/consonance/api/v4/products.json", params={"a\r\nb": "1"}, headers=TOKEN, timeout=60)
    assert (answer.status_code, answer.headers["X-Sandbox-Reason"]) == (400, "unknown_parameter a b")
