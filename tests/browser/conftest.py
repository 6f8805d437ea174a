"""A real API server with the plugin, and Chromium that logs in to it. Skips where there is no Chromium."""

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import pytest
from filled import fill

from colophon.ledger import Ledger
from colophon_airflow import local, processes
from colophon_sandbox import seeds
from colophon_sandbox.serve import running_sandbox

CHROMIUM = next((path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None)
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)
PASSWORDS = {"olga": "op-only-for-tests", "vera": "viewer-only-for-tests", "ursula": "approver-only-for-tests"}


@pytest.fixture(scope="session")
def consonance() -> Iterator[str]:
    """Address of a sandbox whose Consonance has a catalogue and payees."""
    with running_sandbox(seeds.catalogue(100, 7), seeds.payees(12)) as address:
        yield address


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, airflow_tables: Path, consonance: str) -> Iterator[SimpleNamespace]:
    """Airflow's API server on loopback: `address`, and `ledger_url` of the ledger that its desk shows."""
    if CHROMIUM is None:
        pytest.skip("needs Chromium (apt-get install chromium)")
    home = tmp_path_factory.mktemp("server")
    port = processes.free_port(0)
    # Nothing listens there: all systems but one are not well, and the desk says so.
    env = local.environment(home, "http://127.0.0.1:9", port=port)
    # Its clock stands still in May, so that its files would all be too old: it is asked by GraphQL alone.
    told = json.loads(local.environment(home, consonance)["AIRFLOW_CONN_CONSONANCE_DEFAULT"])
    told["extra"].pop("reports_location", None)
    env["AIRFLOW_CONN_CONSONANCE_DEFAULT"] = json.dumps(told)
    env["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS"] = "olga:op,vera:viewer,ursula:user"
    (home / "airflow").mkdir()
    shutil.copy(airflow_tables, home / "airflow" / "airflow.db")
    local.prepare(home, env)
    (home / "airflow" / "passwords.json").write_text(json.dumps(PASSWORDS), encoding="utf-8")
    url = f"sqlite:///{home / 'ledger.db'}"
    with Ledger.open(url) as ledger:
        fill(ledger)
    airflow = str(Path(sys.executable).with_name("airflow"))
    pid = processes.start([airflow, "api-server", "--port", str(port)], home, "api", env)
    try:
        address = f"http://127.0.0.1:{port}"
        assert processes.wait_until_up(f"{address}/api/v2/monitor/health", patience_s=180, process=pid), (home / "api.log").read_text()[
            -3000:
        ]
        yield SimpleNamespace(address=address, desk=f"{address}/colophon/desk", ledger_url=url)
    finally:
        processes.stop(home, "api")


@pytest.fixture(scope="module")  # while it is open its event loop runs, and other tests of the process can have none of their own
def browser(server: SimpleNamespace) -> Iterator[object]:
    """Chromium without a window."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield opened
        opened.close()


@pytest.fixture
def ledger(server: SimpleNamespace) -> Iterator[Ledger]:
    """The ledger behind the desk."""
    with Ledger.open(server.ledger_url) as opened:
        yield opened


@pytest.fixture(scope="module")
def logged_in(server: SimpleNamespace, browser) -> Callable[[str], object]:
    """`logged_in(name)`: the cookies of somebody who has logged in, which takes a visit to Airflow's own pages."""

    @cache
    def state(name: str) -> object:
        context = browser.new_context()
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.goto(f"{server.address}/auth/login")
        page.fill("input[name=username]", name)
        page.fill("input[name=password]", PASSWORDS[name])
        page.click("button[type=submit]")
        page.wait_for_url(lambda url: "login" not in url)
        cookies = context.storage_state()
        context.close()
        return cookies

    return state


@pytest.fixture
def visit(server: SimpleNamespace, browser, logged_in: Callable[[str], object]) -> Iterator[object]:
    """`visit(name, width, theme)` is a page of somebody who has logged in; what the console complains of fails the test."""
    contexts, complaints = [], []

    def opened(name: str = "olga", width: int = 1280, theme: str = "light", **more):
        context = browser.new_context(
            viewport={"width": width, "height": 900}, accept_downloads=True, storage_state=logged_in(name), **more
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.goto(f"{server.desk}/audit")
        page.evaluate("theme => localStorage.setItem('theme', theme)", theme)
        page.on("console", lambda message: complaints.append(message.text) if _is_ours(message) else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


def _is_ours(message) -> bool:
    """Airflow's own pages complain of themselves."""
    return message.type in {"error", "warning"} and "/colophon/desk" in message.location["url"] and "sandbox attribute" not in message.text
