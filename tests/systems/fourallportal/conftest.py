"""A sandbox, a client of its 4ALLPORTAL, and objects to write."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from sandbox_control import Control

from colophon.systems.fourallportal.client import FourallportalClient
from colophon.systems.fourallportal.mapping import load_mapping
from colophon.systems.fourallportal.settings import FourallportalSettings
from colophon_sandbox.systems.fourallportal import seed

NOW = datetime(2026, 5, 1, 6, 0, tzinfo=UTC)
KEY = "00000000-0000-4000-8000-000000000000"


class Sandbox(Control):
    """The sandbox's control routes."""

    def __init__(self, url: str) -> None:
        super().__init__(url, "fourallportal")

    def fault(self, kind: str, path: str, *, method: str | None = "PATCH", **plan: object) -> None:
        super().fault(kind, path, method=method, **plan)

    def written(self) -> list[dict]:
        return self.control("GET", "/effects?kind=4ap.written")["effects"]

    def calls(self, method: str = "") -> list[dict]:
        return [entry for entry in self.journal() if method in ("", entry["method"])]

    def seed_people(self) -> None:
        self.control("POST", "/seed", {"records": seed.records()})


@pytest.fixture
def sandbox(sandbox_url: str) -> Sandbox:
    """A sandbox as at its start, empty, with a frozen clock."""
    found = Sandbox(sandbox_url)
    found.start()
    return found


@pytest.fixture
def make_client(sandbox: Sandbox) -> Iterator[Callable[..., FourallportalClient]]:
    """Clients whose waiting moves the sandbox's clock."""
    clients: list[FourallportalClient] = []

    def make(*, key: str = KEY, login: str = "sandbox", ids=None, mapping=None, clock=lambda: NOW, **extra: object) -> FourallportalClient:
        given = {
            "start_jitter_seconds": 0,
            "timeouts": {"connect": 60, "read": 60, "total": 60},
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
