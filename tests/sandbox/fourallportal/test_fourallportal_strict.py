"""What is refused: every route, by everything that can be wrong with a request (contract README section 7)."""

import pytest

ID = "5eed0000-0000-4000-8000-000000000001"
FILE = "5eed0000-0000-4000-8000-000000000101"
LIST = "/api/modules/product/objects"
EVENT = "/api/extensions/dam/mounts/data/events/CREATE"
# method, path, body, status
CALLS = [
    ("GET", "/api/modules/product?groups=fields", None, 200),
    ("GET", f"{LIST}?fields=title&fields=isbn&offset=0&limit=2&totalCount=true", None, 200),
    ("GET", f"{LIST}/{ID}?fields=title", None, 200),
    ("PATCH", LIST, [{"isbn": [{"value": "9780000000040"}]}], 200),
    ("DELETE", f"{LIST}/{ID}", None, 204),
    ("GET", f"/api/modules/file/objects/{FILE}/media/small", None, 200),
    ("PUT", "/dav/assets/a.txt", b"abc", 201),
    ("MKCOL", "/dav/new", None, 201),
    ("MOVE", "/dav/absent", None, 404),
    ("DELETE", "/dav/absent", None, 404),
    ("POST", EVENT, {"path": "/assets/a.txt", "destination": None}, 204),
]


@pytest.fixture
def seeded(portal):
    """A portal with the seed's objects."""
    portal.seed_people()
    return portal


@pytest.mark.parametrize(("method", "path", "body", "status"), CALLS, ids=lambda value: str(value)[:40])
def test_every_route_answers(seeded, method, path, body, status):
    """Each route is there; refusals have the assumed shape."""
    answer = seeded.ask(method, path, body)
    assert answer.status_code == status
    if status >= 400:
        assert answer.get_json()["status"] == status
        assert set(answer.get_json()) == {"status", "error", "message", "path"}


@pytest.mark.parametrize("token", [None, "Bearer wrong", "Basic c2FuZGJveDp4"])
@pytest.mark.parametrize(("method", "path", "body"), [call[:3] for call in CALLS], ids=lambda value: str(value)[:40])
def test_no_and_wrong_credentials(seeded, method, path, body, token):
    """Nothing but health is open."""
    answer = seeded.ask(method, path, body, headers={"Authorization": token} if token else {})
    assert answer.status_code == 401


@pytest.mark.parametrize("state", ["disabled", "expired"])
def test_a_key_that_was_good(seeded, state):
    """A key that is switched off, or too old, is refused."""
    seeded.settings(key_state=state)
    assert seeded.ask("GET", LIST).status_code == 401


@pytest.mark.parametrize(("method", "path", "body"), [call[:3] for call in CALLS], ids=lambda value: str(value)[:40])
def test_unknown_parameters(seeded, method, path, body):
    """A typo is refused and named."""
    answer = seeded.ask(method, f"{path}{'&' if '?' in path else '?'}limitt=3", body)
    assert (answer.status_code, answer.headers["X-Sandbox-Reason"]) == (400, "unknown_parameter limitt")


@pytest.mark.parametrize(("method", "path", "body"), [call[:3] for call in CALLS if call[2]], ids=lambda value: str(value)[:40])
def test_wrong_media_type(seeded, method, path, body):
    """JSON bodies must say that they are JSON; files may be anything."""
    expected = 201 if method == "PUT" else 415
    assert seeded.ask(method, path, body, media="text/plain").status_code == expected


@pytest.mark.parametrize("path", [call[1].partition("?")[0] for call in CALLS])
def test_wrong_method(seeded, path):
    """A method that the route does not know."""
    assert seeded.ask("TRACE", path).status_code == 405


@pytest.mark.parametrize(
    "query",
    ["limit=x", "limit=0", "limit=201", "offset=-1", "fields=titel", "fields=", "totalCount=yes", "limit=1&limit=2", "groups=fields"],
)
def test_bad_queries(seeded, query):
    """Values out of range, unknown fields, a parameter twice."""
    assert seeded.ask("GET", f"{LIST}?{query}").status_code == 400


ONE = {"value": "x", "dimensions": None}


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        [1],
        [{"titel": [ONE]}],
        [{"mod_time": [ONE]}],
        [{"id": "7", "isbn": [ONE]}],
        [{"isbn": "x"}],
        [{"isbn": [{"dimensions": None}]}],
        [{"isbn": [{"value": 9}]}],
        [{"isbn": [{"value": ["a", "b"]}]}],
        [{"isbn": [ONE, ONE]}],
        [{"isbn": [{**ONE, "more": 1}]}],
        [{"isbn": [{"value": "x", "dimensions": {"locale": "en_GB"}}]}],
        [{"title": [{"value": "x", "dimensions": {}}]}],
        [{"price": [{"value": "nine"}]}],
        [{"available": [{"value": "yes"}]}],
        [{"cover_file": [{"value": "cover.tif"}]}],
        [{"isbn": [{"value": "x" * 256}]}],
        [{"id": ID, "isbn": [ONE]}, {"id": ID, "isbn": [ONE]}],
    ],
    ids=str,
)
def test_bad_objects(portal, body):
    """What no object is: refused as a whole, nothing written."""
    assert portal.ask("PATCH", LIST, body).status_code == 400
    assert portal.page("totalCount=true", "product")["total_count"] == 0


def test_one_bad_object_refuses_the_batch(portal):
    """The good one beside it is not written either."""
    assert portal.patch({"isbn": [ONE]}, {"isbn": 7}).status_code == 400
    assert portal.written() == []


@pytest.mark.parametrize(
    ("roles", "method", "path", "body", "status"),
    [
        ({"product": "none"}, "GET", LIST, None, 403),
        ({"product": "read"}, "GET", LIST, None, 200),
        ({"product": "read"}, "PATCH", LIST, [{"isbn": [ONE]}], 403),
        ({"product": "read"}, "DELETE", f"{LIST}/{ID}", None, 403),
        ({"file": "read"}, "POST", EVENT, {"path": "/a", "destination": None}, 403),
        ({"dav": "read"}, "PUT", "/dav/a.txt", b"a", 403),
    ],
)
def test_roles(seeded, roles, method, path, body, status):
    """The key has its user's rights."""
    seeded.settings(roles=roles)
    assert seeded.ask(method, path, body).status_code == status


@pytest.mark.parametrize("path", ["/api/modules/nothing", "/api/modules/nothing/objects", f"{LIST}/dead0000-0000-4000-8000-000000000000"])
def test_unknown_things(portal, path):
    """Unknown module and unknown object."""
    assert portal.ask("GET", path).status_code == 404


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("RENAME", {"path": "/a"}, 400),
        ("CREATE", {}, 400),
        ("CREATE", {"path": "a"}, 400),
        ("CREATE", {"path": "/a", "destination": "/b"}, 400),
        ("MOVE", {"path": "/a"}, 400),
        ("CREATE", {"path": "/a", "pathh": "/b"}, 400),
    ],
)
def test_bad_mount_events(portal, kind, body, status):
    """Unknown kinds and members, paths that are none, a destination where none belongs."""
    assert portal.ask("POST", EVENT.replace("CREATE", kind), body).status_code == status


LOGIN = {"username": "sandbox", "password": "c2FuZGJveC1ub3QtYS1wYXNzd29yZA==", "language": "en_US"}
OPEN = [
    ("POST", "/service/usermanagement/login", LOGIN),
    ("POST", "/rest/LoginRemoteService/logout", ["L1"]),
    ("POST", "/rest/PAPRemoteService/getEvents", ["L1", "colophon", 1, "x"]),
]


@pytest.mark.parametrize(("method", "path", "body"), OPEN, ids=lambda value: str(value)[:40])
def test_the_older_api_is_strict(portal, method, path, body):
    """Unknown parameters, other media types and methods, bodies that are none."""
    assert portal.ask(method, f"{path}?limitt=3", body).status_code == 400
    assert portal.ask(method, path, body, media="text/plain").status_code == 415
    assert portal.ask("PUT", path, body).status_code == 405
    assert portal.ask(method, path, {"more": 1}).get_json().get("code") != 0


@pytest.mark.parametrize("change", [{"password": "sandbox-not-a-password"}, {"password": "eA=="}, {"more": "1"}])
def test_bad_logins(portal, change):
    """A password that is not in Base64, a wrong one, an unknown member."""
    answer = portal.ask("POST", "/service/usermanagement/login", {**LOGIN, **change})
    assert answer.status_code in {400, 401}


def test_health_may_be_closed(portal):
    """Open without a key, unless the setting closes it."""
    assert portal.ask("GET", "/health", headers={}).get_json() == {"status": "UP"}
    portal.settings(health_open=False)
    assert portal.ask("GET", "/health", headers={}).status_code == 403
