"""Settings are taken only as they are declared, and a running clock works by itself."""

import queue
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests
from werkzeug.test import Client

from colophon_sandbox import app
from colophon_sandbox.serve import all_systems, running_sandbox, ticking

SYSTEMS = [system.name for system in all_systems()]
OTHER = {bool: "yes", int: "5", str: 5, list: "a", dict: [], type(None): 5}
"""For each type of default a value of another type."""


@pytest.fixture
def change() -> Callable[..., Any]:
    """Changes settings of a sandbox; its answer. `shown()` are all settings."""
    sandbox = app.Sandbox(all_systems(), control=True)
    client = Client(sandbox)

    def go(body: object) -> Any:
        return client.patch("/__sandbox__/settings", json=body)

    go.shown = lambda: client.get("/__sandbox__/settings").get_json()
    return go


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_default_is_taken_and_nothing_of_another_type(change, system) -> None:
    """Each setting of each system: its own default, then a value of another type, then null where a default is not null."""
    before = change.shown()
    assert change({system: before[system]}).status_code == 200
    for name, default in before[system].items():
        for wrong in (OTHER[type(default)], -7, 2.5, *([] if default is None else [None])):
            answer = change({system: {name: wrong}})
            assert (answer.status_code, name in answer.get_json()["message"]) == (400, True), (name, wrong)
    assert change.shown() == before


@pytest.mark.parametrize(
    "body",
    [
        {"push": {"dedup": True}},
        {"pusch": {"dedupe": True}},
        {"push": True},
        {"push": None},
        ["push"],
        {"exstream": {"job_end": "never"}},
        {"consonance": {"profile": "Extended"}},
        {"xconnector": {"plain_status": 500}},
        {"exstream": {"unpublished": [1]}},
        {"push": {"webhook_twice": 1}},
        {"fourallportal": {"legacy_code": False}},
    ],
)
def test_wrong_names_and_values_are_refused(change, body) -> None:
    """Told in a sentence, and nothing changes."""
    before = change.shown()
    answer = change(body)
    assert (answer.status_code, bool(answer.get_json()["message"])) == (400, True)
    assert change.shown() == before


def test_all_or_nothing(change) -> None:
    """One wrong value in a request, and the right ones beside it are not taken either."""
    before = change.shown()
    assert change({"push": {"job_seconds": 9}, "exstream": {"job_seconds": "9"}}).status_code == 400
    assert change.shown() == before


@pytest.fixture
def called() -> Iterator[tuple[str, "queue.Queue[bytes]"]]:
    """Somebody who wants to be called: an address, and what came."""
    got: queue.Queue[bytes] = queue.Queue()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.put(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(202)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/colophon/hooks/exstream", got
    server.shutdown()
    server.server_close()


def planned(url: str, hook: str, mode: str) -> None:
    """An outcome that Exstream will report by a callback, at once by the clock."""
    control = f"{url}/__sandbox__"
    requests.put(f"{control}/clock", json={"now": datetime.now(UTC).isoformat(), "mode": mode}, timeout=60).raise_for_status()
    requests.patch(f"{control}/settings", json={"exstream": {"webhook_url": hook}}, timeout=60).raise_for_status()
    rows = [{"type": "opened", "deliveryId": "d-1", "jobId": "job-1", "customerNumber": "1"}]
    requests.post(f"{control}/seed", json={"records": {"exstream": {"outcomes": rows}}}, timeout=60).raise_for_status()


def test_callbacks_go_while_nobody_asks(called) -> None:
    """A running clock is enough: no request brings the callback on its way."""
    hook, got = called
    with running_sandbox() as url:
        planned(url, hook, "running")
        assert b"d-1" in got.get(timeout=60)


def test_a_frozen_clock_waits_for_those_who_move_it(called) -> None:
    """Work between requests stays undone while the clock is frozen, so that tests are the same each time."""
    hook, got = called
    sandbox = app.Sandbox(all_systems(), control=True)
    client = Client(sandbox)
    client.put("/__sandbox__/clock", json={"now": "2026-05-01T06:00:00Z", "mode": "frozen"})
    client.patch("/__sandbox__/settings", json={"exstream": {"webhook_url": hook}})
    rows = [{"type": "opened", "deliveryId": "d-1", "jobId": "job-1", "customerNumber": "1"}]
    client.post("/__sandbox__/seed", json={"records": {"exstream": {"outcomes": rows}}})
    sandbox.work()
    assert got.empty()
    client.post("/__sandbox__/clock/advance", json={"seconds": 1})
    assert b"d-1" in got.get(timeout=60)


def test_work_ends_with_the_block() -> None:
    """No thread outlives the server."""
    with ticking(app.Sandbox(all_systems())):
        assert any(thread.name == "sandbox clock" for thread in threading.enumerate())
    assert not any(thread.name == "sandbox clock" for thread in threading.enumerate())
