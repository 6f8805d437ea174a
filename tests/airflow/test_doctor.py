"""`colophon doctor` on a running sandbox: all is well, then each thing that can be wrong with each system, by code and remedy."""

import json
import os
import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from importlib.util import find_spec

import pytest
import requests
from ledger_database import make_ledger
from typer.testing import CliRunner

from colophon.http.retry import Attempts
from colophon_airflow import local
from colophon_airflow.cli import app, doctor, screen
from colophon_airflow.systems.hook import WARNING
from colophon_sandbox import seeds
from colophon_sandbox.serve import _Handler, bind, make_sandbox

KINDS = [kind for kind in doctor.HOOKS if find_spec(doctor.HOOKS[kind].rpartition(".")[0])]
BROKEN = {"kind": "refuse", "times": 99}


class OwnTime(_Handler):
    """Tells a time that is wrong by so many seconds."""

    ahead_s = 0

    def date_time_string(self, timestamp=None):
        return format_datetime(datetime.now(UTC) + timedelta(seconds=OwnTime.ahead_s), usegmt=True)


@pytest.fixture(scope="module")
def server():
    """One sandbox for all tests of this file; its address."""
    listening = bind(make_sandbox(seeds=[lambda: seeds.catalogue(20, 7)]), "127.0.0.1", 0)
    listening.RequestHandlerClass = OwnTime
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listening.server_port}"
    listening.shutdown()
    thread.join(60)
    listening.server_close()


class Place:
    """Connections to the sandbox that tests spoil one by one."""

    def __init__(self, url, patch):
        self.url, self.patch = url, patch
        for name, told in local.connections(url).items():
            patch.setenv(name, told)

    def spoil(self, kind, *, extra=None, **fields):
        """Change fields of the default connection of a type."""
        name = f"AIRFLOW_CONN_{kind.upper()}_DEFAULT"
        told = json.loads(os.environ[name])
        told["extra"] |= extra or {}
        self.patch.setenv(name, json.dumps(told | fields))

    def control(self, method, path, body):
        """A control route of the sandbox."""
        requests.request(method, f"{self.url}/__sandbox__{path}", json=body, timeout=60).raise_for_status()

    def run(self, *arguments):
        """`colophon doctor`: exit code, and what it wrote without line breaks."""
        done = CliRunner().invoke(app, ["doctor", *arguments])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, " ".join(done.output.split())


@pytest.fixture
def place(server, monkeypatch, tmp_path):
    """A sandbox as new, with the right time, and good connections."""
    monkeypatch.setattr(OwnTime, "ahead_s", 0)
    made = Place(server, monkeypatch)
    made.control("POST", "/reset", {"system": None})
    monkeypatch.setenv("AIRFLOW__COLOPHON__ALERTS", json.dumps([{"file": str(tmp_path / "alerts.log")}]))
    monkeypatch.setattr(screen.console, "_width", 1000)
    return made


@pytest.fixture
def at_once(monkeypatch):
    """Fails where somebody would have to wait."""
    wait_after = Attempts.wait_after

    def without_waiting(*given):
        waits = wait_after(*given)
        assert waits == 0, "the doctor repeats a call"
        return waits

    monkeypatch.setattr(Attempts, "wait_after", without_waiting)


def wrong_key(place, kind):
    place.spoil(kind, password="11111111-wrong-c4n4ry")


def wrong_path(place, kind):
    place.spoil(kind, host=f"{place.url}/nowhere")


def wrong_port(place, kind):
    place.spoil(kind, host="http://127.0.0.1:9")


def not_https(place, kind):
    place.spoil(kind, host="http://system.example.org")


def clock(place, kind):
    OwnTime.ahead_s = 4000


def clock_before(place, kind):
    OwnTime.ahead_s = -4000


def gone(place, kind):
    place.control("POST", "/faults", {"system": SANDBOX_NAMES.get(kind, kind), **BROKEN})


def in_trouble(place, kind):
    fault = {"system": SANDBOX_NAMES.get(kind, kind), "kind": "status", "value": {"status": 502}, "times": 99}
    place.control("POST", "/faults", fault)


def login_page(place, kind):
    place.control("POST", "/faults", {"system": SANDBOX_NAMES.get(kind, kind), "kind": "login_page", "times": 99})


def other_shape(place, kind):
    place.control("POST", "/faults", {"system": SANDBOX_NAMES.get(kind, kind), "kind": "wrong_shape", "times": 99})


def older(place, kind):
    """The system in a version that lacks something: a field, a route, another contract, a module's fields, the library."""
    fault = {"system": SANDBOX_NAMES.get(kind, kind), "kind": "status", "times": 99}
    other = {"contract": "xc-0", "account": "a", "maxEventBytes": 1, "maxBatch": 1, "retentionDays": 1}
    told = {
        "opentext_push": fault | {"value": {"status": 404, "body": {"message": "no such route"}}},
        "opentext_exstream": fault | {"value": {"status": 404}, "match": {"path": "*version"}},
        "xconnector": fault | {"value": {"status": 200, "body": other}},
        "fourallportal": fault
        | {"value": {"status": 200, "body": {"name": "product", "label": "P", "fields": []}}, "match": {"path": "*product*"}},
    }
    if kind in told:
        place.control("POST", "/faults", told[kind])
    else:
        change = {"bytenite": {"library": False}, "consonance": {"removed_fields": ["Product.publicationDate"]}}
        place.control("PATCH", "/settings", {kind: change[kind]})


OLDER = {
    "consonance": ("config.schema", "Product.publicationDate"),
    "opentext_push": ("http.address", "Correct the host"),
    "opentext_exstream": ("http.address", "orchestration service"),
    "xconnector": ("http.address", "speaks xc-1"),
    "fourallportal": ("config.connection", "Correct the names in mapping.yaml"),
    "bytenite": ("config.connection", "Set `library` to `file` or `none`"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_an_older_version_of_each_system_is_explained(place, at_once, kind):
    """What is not there is named, with the remedy of its own kind."""
    older(place, kind)
    code, found = place.run("--connection", f"{kind}_default")
    assert code == 1
    for part in OLDER[kind]:
        assert part in found, found


def test_a_wrong_key_is_not_called_a_missing_one(place, at_once):
    """ByteNite's key is exchanged for a token; a wrong one is refused there."""
    wrong_key(place, "bytenite")
    assert "refused the connection's API key (401)" in place.run("--connection", "bytenite_default")[1]


def missing(place, kind):
    place.patch.delenv(f"AIRFLOW_CONN_{kind.upper()}_DEFAULT")


def unknown_key(place, kind):
    place.spoil(kind, extra={"api_kee": "c4n4ry"})


def no_password(place, kind):
    place.spoil(kind, password="")


def other_type(place, kind):
    place.spoil(kind, conn_type="http")


SANDBOX_NAMES = {"opentext_push": "push", "opentext_exstream": "exstream"}
SHAPES = ("answer.shape", "http.address", "config.schema", "answer.foreign")

FAILURES = [
    (wrong_key, ("http.auth",), "-> Renew the secret"),
    (wrong_path, ("http.address",), "-> "),
    (wrong_port, ("try.transport", "config.vendor_gone"), "-> "),
    (not_https, ("config.connection",), "use https"),
    (clock, ("config.clock",), "-> Set this machine's clock"),
    (clock_before, ("config.clock",), "-> Set this machine's clock"),
    (gone, ("try.transport", "try.server", "config.vendor_gone"), "-> "),
    (in_trouble, ("try.server",), "-> Look at the system's own status page"),
    (login_page, ("answer.foreign", "answer.shape"), "-> Open the address in a browser"),
    (other_shape, SHAPES, "-> "),
    (missing, ("config.connection",), "-> Create the connection"),
    (unknown_key, ("config.connection",), "take it out"),
    (other_type, ("config.connection",), "must be"),
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("break_it", "codes", "told"), FAILURES, ids=lambda value: getattr(value, "__name__", ""))
def test_each_failure_of_each_system_is_explained(place, at_once, kind, break_it, codes, told):
    """Code, sentence and remedy for the one that is broken, at once and without a secret; the others stay good."""
    break_it(place, kind)
    code, found = place.run("--connection", f"{kind}_default")
    assert code == 1
    assert any(f"{one}: " in found for one in codes), found
    assert told in found
    assert " -> " in found
    assert "c4n4ry" not in found
    assert "Traceback" not in found


@pytest.mark.parametrize("kind", KINDS)
def test_a_good_connection_says_what_was_checked(place, kind):
    """Reachable, authorised, clocks; and the exit code is 0."""
    code, found = place.run("--connection", f"{kind}_default")
    assert code == 0, found
    assert "good" in found
    assert "clock" in found
    assert "[info" not in found
    assert any(word in found for word in ("accepted", "credentials are good", "logged in", "authorised"))


@pytest.mark.parametrize("kind", ["consonance", "opentext_push", "bytenite"])
def test_a_connection_without_its_secret(place, kind):
    """Said before anything is sent."""
    no_password(place, kind)
    code, found = place.run("--connection", f"{kind}_default")
    assert (code, "config.connection" in found) == (1, True)


def test_everything_is_checked(place, tmp_path):
    """All connections, and configuration, code lists, staging and ledger besides; one that is broken hides no other."""
    make_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    place.patch.setenv("AIRFLOW_CONN_COLOPHON_LEDGER", f"sqlite:///{tmp_path / 'ledger.db'}")
    place.patch.setenv("AIRFLOW__COLOPHON__STAGING_LOCATION", str(tmp_path / "staging"))
    wrong_key(place, "consonance")
    code, found = place.run()
    assert code == 1
    for name in ("configuration", "schemas and code lists", "staging", "ledger", *(f"{kind}_default good" for kind in KINDS[1:])):
        assert name in found, found
    assert "consonance_default wrong http.auth" in found


def test_an_account_of_ones_own_is_asked_by_its_id(place):
    """`--connection` takes any id of a type that we have, and several of them; another type is refused."""
    told = json.loads(os.environ["AIRFLOW_CONN_XCONNECTOR_DEFAULT"])
    place.patch.setenv("AIRFLOW_CONN_MIDDLEWARE_PROD", json.dumps(told))
    place.patch.setenv("AIRFLOW_CONN_SOMETHING_ELSE", json.dumps(told | {"conn_type": "ftp"}))
    assert place.run("--connection", "middleware_prod")[0] == 0
    code, found = place.run("--connection", "middleware_prod", "--connection", "something_else")
    assert code == 1
    assert "middleware_prod good" in found
    assert "'ftp'" in found
    assert "one of consonance" in found


def test_a_field_that_we_need_is_gone_from_consonance(place):
    """The field is named; nothing else would show it before a run fails."""
    place.control("PATCH", "/settings", {"consonance": {"removed_fields": ["Product.subtitle"]}})
    code, found = place.run("--connection", "consonance_default")
    assert code == 1
    assert "config.schema" in found
    assert "Product.subtitle" in found
    assert "-> Ask the vendor about the named field" in found


def test_what_consonance_does_not_offer_is_told_with_what_cannot_run_for_it(place, tmp_path):
    """A documented account has no extension. The connection is well; without a place for reports, or without reports there, most cannot run."""
    place.control("PATCH", "/settings", {"consonance": {"profile": "documented"}})
    for location in ("", str(tmp_path)):
        place.spoil("consonance", extra={"reports_location": location})
        code, found = place.run("--connection", "consonance_default")
        assert code == 1, found
        assert "consonance_default good" in found
        assert "profile documented; not offered:" in found
        assert "exstream__rights_notices cannot rights_deals neither offered by the account nor there as report" in found
        assert "push__downstream_exceptions runs" in found
    place.control("PATCH", "/settings", {"consonance": {"introspection": "off"}})
    code, found = place.run("--connection", "consonance_default")
    assert f"{WARNING}introspection refused" in found
    place.spoil("consonance", extra={"profile": "extended"})
    code, found = place.run("--connection", "consonance_default")
    assert (code, "config.feature" in found) == (1, True)


def test_a_middleware_of_another_contract(place):
    """What answers is no xc-1: told as a wrong address, with what to ask for."""
    body = {"contract": "xc-2", "account": "acme", "maxEventBytes": 65536, "maxBatch": 100, "retentionDays": 30}
    fault = {"system": "xconnector", "match": {"path": "/v1/info"}, "kind": "status", "value": {"status": 200, "body": body}}
    place.control("POST", "/faults", fault)
    code, found = place.run("--connection", "xconnector_default")
    assert code == 1
    assert "http.address: the address does not speak contract xc-1" in found
    assert "-> Ask the middleware's operator" in found


def test_a_target_that_is_down_is_told_and_stops_nothing(place):
    """The middleware is well; who is not is named."""
    place.control("PATCH", "/settings", {"xconnector": {"targets_down": ["erp"]}})
    code, found = place.run("--connection", "xconnector_default")
    assert code == 0, found
    assert "erp" in found


def test_a_portal_without_a_mapped_module(place):
    """The mapping's own mistakes are told as such, not as a wrong address."""
    place.control("PATCH", "/settings", {"fourallportal": {"roles": {"campaign": "none"}}})
    code, found = place.run("--connection", "fourallportal_default")
    assert (code, "module campaign" in found) == (1, True)


def test_a_template_that_the_media_account_lacks(place):
    """Named before a job needs it."""
    place.spoil("bytenite", extra={"templates": {"TRAILER": "nothing@9"}})
    code, found = place.run("--connection", "bytenite_default")
    assert (code, "nothing@9" in found) == (1, True)


def test_the_unforeseen_is_one_row_and_keeps_its_words_to_itself(place, monkeypatch):
    """A hook that breaks does not end the doctor, and its message, which may hold a secret, is not shown."""
    monkeypatch.setattr(doctor, "hook_class", lambda _kind: (_ for _ in ()).throw(KeyError("c4n4ry")))
    code, found = place.run("--connection", "consonance_default")
    assert code == 1
    assert "unforeseen: KeyError" in found
    assert "c4n4ry" not in found
