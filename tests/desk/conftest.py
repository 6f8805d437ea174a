"""The desk's app with Airflow's simple auth manager and a ledger that holds a little of everything."""

import json
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

import pytest
from filled import fill
from ledger_database import empty_database, for_airflow, make_ledger

from colophon.ledger import Ledger
from colophon_airflow import settings
from colophon_sandbox import seeds
from colophon_sandbox.serve import running_sandbox

KEY = "sandbox0key0not0real000000000000"


@pytest.fixture
def ledger_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Address of a filled ledger that the desk finds as its connection."""
    url = empty_database(tmp_path)
    monkeypatch.setenv("AIRFLOW_CONN_COLOPHON_LEDGER", for_airflow(url))
    if url.startswith("sqlite:///"):
        Path(url.removeprefix("sqlite:///")).write_bytes(_filled())
    else:
        _fill(url)
    return url


@cache
def _filled() -> bytes:
    """Filled once for all tests of this process: it takes longer than most of them."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "ledger.db"
        _fill(f"sqlite:///{file}")
        return file.read_bytes()


def _fill(url: str) -> None:
    make_ledger(url)
    with Ledger.open(url) as ledger:
        fill(ledger)


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    """The same ledger."""
    with Ledger.open(ledger_url) as opened:
        yield opened


@pytest.fixture(scope="module")
def catalogue() -> Iterator[str]:
    """Address of a sandbox with a hundred titles."""
    with running_sandbox(seeds.catalogue(100, 7)) as address:
        yield address


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`connect(address, **extra)`: Consonance is that sandbox. `connect.key` is its key."""

    def to(sandbox: str, **extra: object) -> None:
        key = {"conn_type": "consonance", "host": f"{sandbox}/consonance", "password": KEY}
        monkeypatch.setenv("AIRFLOW_CONN_CONSONANCE_DEFAULT", json.dumps({**key, "extra": {"start_jitter_seconds": 0, **extra}}))

    to.key = KEY
    return to


@contextmanager
def opened(around: Callable[[Any], Any] = lambda app: app) -> Iterator[SimpleNamespace]:
    """`client(role)` speaks to the desk as somebody with that role, None: without a session. `app` is the app, `around` it what a test wants."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Starlette would rather have httpx2, which Airflow does not bring
        from starlette.testclient import TestClient

    from airflow.api_fastapi.app import create_auth_manager, get_auth_manager
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser

    create_auth_manager()
    app = _app()
    routes = list(app.router.routes)
    clients = []

    def client(role: str | None, **more) -> TestClient:
        made = TestClient(around(app), base_url="http://desk", follow_redirects=False, **more)
        if role:
            made.cookies.set("_token", get_auth_manager().generate_jwt(SimpleAuthManagerUser(username=f"ann-{role}", role=role)))
        made.headers["accept"] = "text/html"
        clients.append(made)
        return made

    yield SimpleNamespace(app=app, client=client)
    for each in clients:
        each.close()
    app.router.routes[:], app.openapi_schema = routes, None  # what a test added is gone with it
    settings.forget_ledger(settings.ledger_url())


@cache
def _app() -> Any:
    """Made once: it keeps nothing of those who ask it."""
    from colophon_airflow.desk.app import make_app

    return make_app()


@pytest.fixture
def desk(ledger_url: str, airflow_database: None) -> Iterator[SimpleNamespace]:
    """The desk on a ledger that holds a little of everything."""
    with opened() as found:
        yield found


@pytest.fixture
def open_desk(airflow_database: None) -> Callable[..., AbstractContextManager[SimpleNamespace]]:
    """`open_desk(around)` is the desk on whatever ledger its connection names then."""
    return opened
