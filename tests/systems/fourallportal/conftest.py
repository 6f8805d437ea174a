"""A sandbox, a client of its 4ALLPORTAL, and objects to write."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from urllib.request import Request, urlopen

import pytest

from colophon.systems.fourallportal.client import FourallportalClient
from colophon.systems.fourallportal.mapping import load_mapping
from colophon.systems.fourallportal.settings import FourallportalSettings
from colophon_sandbox.serve import running_sandbox
from colophon_sandbox.systems.fourallportal import seed

NOW = datetime(2026, 5, 1, 6, 0, tzinfo=UTC)
KEY = "00000000-0000-4000-8000-000000000000"


class Sandbox:
    """The sandbox's control routes."""

    def __init__(self, url: str) -> None:
        self.url = url

    def ask(self, method: str, path: str, body: object = None) -> dict:
        request = Request(f"{self.url}/__sandbox__{path}", method=method, data=None if body is None else json.dumps(body).encode())
        request.add_header("Content-Type", "application/json")
        with urlopen(request) as answer:
            content = answer.read()
        return json.loads(content) if content else {}

    def fault(self, kind: str, path: str, *, method: str = "PATCH", when: str = "before", times: int | None = 1, skip: int = 0, value=None):
        match = {"method": method, "path": path}
        plan = {"system": "fourallportal", "match": match, "kind": kind, "when": when, "skip": skip, "times": times}
        self.ask("POST", "/faults", plan if value is None else {**plan, "value": value})

    def advance(self, seconds: float) -> None:
        self.ask("POST", "/clock/advance", {"seconds": seconds})

    def settings(self, **values: object) -> None:
        self.ask("PATCH", "/settings", {"fourallportal": values})

    def effects(self, kind: str = "4ap.written") -> list[dict]:
        return self.ask("GET", f"/effects?kind={kind}")["effects"]

    def calls(self, method: str = "") -> list[dict]:
        return [e for e in self.ask("GET", "/journal?system=fourallportal")["entries"] if method in ("", e["method"])]

    def seed(self, **records: list[dict]) -> None:
        self.ask("POST", "/seed", {"records": {"fourallportal": records} if records else seed.records()})


@pytest.fixture(scope="module")
def sandbox_url() -> Iterator[str]:
    with running_sandbox() as url:
        yield url


@pytest.fixture
def sandbox(sandbox_url: str) -> Sandbox:
    """A sandbox as at its start, empty, with a frozen clock."""
    found = Sandbox(sandbox_url)
    found.ask("POST", "/reset", {"system": None})
    found.ask("PUT", "/clock", {"now": "2026-05-01T06:00:00Z", "mode": "frozen"})
    return found


@pytest.fixture
def make_client(sandbox: Sandbox) -> Iterator[Callable[..., FourallportalClient]]:
    """Clients whose waiting moves the sandbox's clock."""
    clients: list[FourallportalClient] = []

    def make(*, key: str = KEY, login: str = "sandbox", ids=None, mapping=None, clock=lambda: NOW, **extra: object) -> FourallportalClient:
        given = {
            "start_jitter_seconds": 0,
            "timeouts": {"connect": 1, "read": 2, "total": 3},
            "login_password": "sandbox-not-a-password",
            "webdav_url": f"{sandbox.url}/fourallportal/dav",
            "media_original_usage": "original",
        }
        settings = FourallportalSettings.from_connection(f"{sandbox.url}/fourallportal", login, key, {**given, **extra})
        found = mapping or load_mapping(settings.extra.mapping)
        made = FourallportalClient(settings, found, ids=ids, sleep=sandbox.advance, random=lambda: 0.0, clock=clock)
        clients.append(made)
        return made

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def client(make_client) -> FourallportalClient:
    """One client."""
    return make_client()


@pytest.fixture
def people() -> SimpleNamespace:
    """What people had made before."""
    isbns = {"sea_room": seed.SEA_ROOM, "harbour": seed.HARBOUR, "twice": seed.TWICE, "faulty": seed.FAULTY}
    return SimpleNamespace(id=seed.object_id, value=seed.value, gone=seed.GONE_FILE, now=NOW, **isbns)
