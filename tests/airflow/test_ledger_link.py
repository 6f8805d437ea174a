"""How the ledger is reached: what its connection says of the link counts, and what nobody knows is refused."""

import json
import os

import pytest
from sqlalchemy import make_url

from colophon.errors import BadConnectionError, ColophonError
from colophon.ledger import Ledger, upgrade
from colophon_airflow.cli import doctor
from colophon_airflow.settings import ledger_url, open_ledger

POSTGRES = os.environ.get("COLOPHON_LEDGER_URL", "")
needs_postgres = pytest.mark.skipif(not POSTGRES.startswith("postgresql"), reason="COLOPHON_LEDGER_URL names no PostgreSQL")


@pytest.fixture
def connect(monkeypatch):
    """Set the ledger's connection: its extra, and where it leads."""

    def set_connection(extra: object, url: str = "postgresql://me@db.example:5432/ledger") -> None:
        parts = make_url(url)
        fields = {"host": parts.host, "port": parts.port, "login": parts.username, "password": parts.password, "schema": parts.database}
        monkeypatch.setenv("AIRFLOW_CONN_COLOPHON_LEDGER", json.dumps({"conn_type": "postgres", **fields, "extra": extra}))

    return set_connection


def test_options_of_the_link_are_passed_on(connect):
    """As PostgreSQL names them."""
    connect({"sslmode": "verify-full", "sslrootcert": "/etc/ssl/a b.pem", "connect_timeout": 5})
    assert dict(make_url(ledger_url()).query) == {"sslmode": "verify-full", "sslrootcert": "/etc/ssl/a b.pem", "connect_timeout": "5"}


@pytest.mark.parametrize(
    ("extra", "named"),
    [
        ({"ssl_mode": "require"}, "'ssl_mode'"),
        ({"sslmode": "require", "iam": True}, "'iam'"),
        ({"dbname": "airflow"}, "'dbname'"),
        ({"sslmode": True}, "sslmode"),
        ({"sslmode": ["require"]}, "sslmode"),
        ("sslmode=require", "no JSON object"),
        ("[]", "no JSON object"),
    ],
)
def test_what_is_no_option_is_refused(connect, extra, named):
    """It was meant to say something, and would be passed over."""
    connect(extra)
    with pytest.raises(BadConnectionError, match=named):
        ledger_url()


def test_an_error_tells_no_password_of_a_key(connect):
    """The address stands in the error, its options do not."""
    connect({"sslpassword": "hush-hush", "connect_timeout": 1}, "postgresql://me:hush@127.0.0.1:1/ledger")
    with pytest.raises(ColophonError) as caught:
        open_ledger()
    assert "127.0.0.1" in str(caught.value)
    assert "hush" not in str(caught.value)


def test_a_file_has_no_link(tmp_path, monkeypatch):
    """Nothing is said of it."""
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    upgrade(url)
    monkeypatch.setenv("AIRFLOW_CONN_COLOPHON_LEDGER", url)
    assert doctor._ledger().startswith("reachable, schema up to date")


@needs_postgres
def test_a_server_without_encryption_is_not_used_where_it_is_demanded(connect):
    """It answers, but in the clear; without the demand the doctor says so."""
    upgrade(POSTGRES)
    with Ledger.open(POSTGRES) as ledger:
        if ledger.is_encrypted():
            pytest.skip("the PostgreSQL of COLOPHON_LEDGER_URL speaks TLS")
    connect({"sslmode": "require"}, POSTGRES)
    with pytest.raises(ColophonError):
        open_ledger()
    connect({}, POSTGRES)
    assert "in the clear" in doctor._ledger()


def test_a_type_whose_provider_is_not_installed(monkeypatch):
    """Airflow then keeps the connection as `generic`: a path is a file, a host is PostgreSQL; nothing at all is refused."""

    def link(**fields: object) -> str:
        monkeypatch.setenv("AIRFLOW_CONN_COLOPHON_LEDGER", json.dumps({"conn_type": "generic", **fields}))
        return ledger_url()

    assert link(host="/var/lib/colophon/ledger.db") == "sqlite:////var/lib/colophon/ledger.db"
    found = make_url(link(host="db.example", login="me", password="hush", schema="ledger", extra={"sslmode": "require"}))
    assert (found.get_backend_name(), found.host, found.database, found.query["sslmode"]) == (
        "postgresql",
        "db.example",
        "ledger",
        "require",
    )
    with pytest.raises(BadConnectionError, match="must be sqlite or postgres"):
        link(login="me")
