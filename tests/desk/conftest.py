"""The desk's app with Airflow's simple auth manager and a ledger that holds a little of everything."""

import os
import sqlite3
import subprocess
import sys
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from colophon.domain.finding import Finding, Severity
from colophon.ledger import Intent, Ledger, Verdict, upgrade
from colophon.ledger.write_backs import WriteBack

DAY = datetime(2026, 11, 20, 9, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script> \u202eÉclair & “Žižek” 東京 {{ 7*7 }}"
UC, ISBN = "xconnector__metadata_syndication", "9780000000002"


@pytest.fixture(scope="session")
def airflow_database() -> None:
    """Airflow's own tables, once for all tests of a process."""
    database = Path(os.environ["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"].removeprefix("sqlite:///"))
    if not database.exists():
        subprocess.run([str(Path(sys.executable).with_name("airflow")), "db", "migrate"], check=True, capture_output=True)
        with sqlite3.connect(database) as connection:
            connection.execute("PRAGMA journal_mode=WAL")


@pytest.fixture
def ledger_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Address of a filled ledger that the desk finds as its connection."""
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    upgrade(url)
    monkeypatch.setenv("AIRFLOW_CONN_COLOPHON_LEDGER", url)
    with Ledger.open(url) as ledger:
        fill(ledger)
    return url


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    """The same ledger."""
    with Ledger.open(ledger_url) as opened:
        yield opened


@pytest.fixture
def desk(ledger_url: str, airflow_database: None) -> Iterator[SimpleNamespace]:
    """`client(role)` speaks to the desk as somebody with that role, None: without a session. `app` is the app."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Starlette would rather have httpx2, which Airflow does not bring
        from starlette.testclient import TestClient

    from airflow.api_fastapi.app import create_auth_manager, get_auth_manager
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser

    from colophon_airflow.desk import source
    from colophon_airflow.desk.app import make_app

    create_auth_manager()
    app = make_app()
    opened = []

    def client(role: str | None, **more) -> TestClient:
        made = TestClient(app, base_url="http://desk", follow_redirects=False, **more)
        if role:
            made.cookies.set("_token", get_auth_manager().generate_jwt(SimpleAuthManagerUser(username=f"ann-{role}", role=role)))
        made.headers["accept"] = "text/html"
        opened.append(made)
        return made

    yield SimpleNamespace(app=app, client=client)
    for each in opened:
        each.close()
    source.ledger().close()
    source._opened.cache_clear()


def intent(subject=f"isbn:{ISBN}", content=b"<a>1</a>", destination="kobo", **more) -> Intent:
    """A delivery about the hostile title."""
    facts = {"use_case": UC, "delivery_class": "A", "media_type": "application/xml", "as_of": DAY, **more}
    facts.setdefault("labels", {"isbn": ISBN, "title": HOSTILE, "contributors": "Zoë <b>Ångström</b>"})
    return Intent(subject=subject, content=content, destination=destination, **facts)


def fill(ledger: Ledger) -> None:
    """Confirmed, failed and unknown deliveries, two exceptions, a write-back, figures."""
    for number, result in enumerate(("confirmed", "refused", "unknown", "accepted")):
        ledger.plan([intent(destination=f"to-{result}", content=f"<a><b>{number}</b></a>".encode())])
        taken = ledger.claim(UC, f"to-{result}", owner="me", lease_s=60, limit=9)
        ledger.finish([Verdict(d.id, result, f"m{number}", code=f"c.{result}", detail=HOSTILE) for d in taken], owner="me")
    ledger.plan([intent(destination="to-confirmed", content=b"<a><b>new</b></a>")])
    findings = [
        Finding(subject=f"isbn:{ISBN}", rule=rule, severity=severity, field="title", found=HOSTILE, expected="a title", remedy="Mend it", owner=owner)
        for rule, severity, owner in (("M1", Severity.ERROR, "metadata"), ("Q2", Severity.WARNING, "=cmd|' /C calc'!A0"))
    ]  # fmt: skip
    ledger.record_findings(UC, "kobo", [f"isbn:{ISBN}"], findings, as_of=DAY)
    ledger.tray_add(
        WriteBack("createWorkNote", "ref-1", f"isbn:{ISBN}", UC, {"workId": 1, "text": "=1+1"}),
        "writes_off",
    )
    ledger.record_quality(
        [
            {"week": f"2026-W{week}", "imprint": HOSTILE, "figure": "available_complete", "met": week, "of": 60}
            for week in (45, 46, 47)
        ],
        as_of=DAY,
    )  # fmt: skip
