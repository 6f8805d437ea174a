"""`colophon doctor` as a whole: what stands beside the systems, and whether each use case can run; never a false *good*."""

import json
import os
import shutil
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
import requests
from ledger_database import make_ledger
from typer.testing import CliRunner

from colophon.config import files, load
from colophon.domain.delivery import Intent
from colophon.ledger import Ledger
from colophon_airflow import local
from colophon_airflow.cli import app, screen
from colophon_airflow.pools import make_pools
from colophon_sandbox import seeds
from colophon_sandbox.serve import running_sandbox

RIGHTS = ("push__rights_expiry_scan", "fourallportal__rights_availability", "bytenite__video_rights", "exstream__rights_notices")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[str]:
    """A sandbox with twenty titles."""
    with running_sandbox(seeds.catalogue(20, 7)) as url:
        yield url


@pytest.fixture
def station(sandbox: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, airflow_database: None) -> SimpleNamespace:
    """A whole installation that is well: `spoil(kind, **extra)` changes a connection, `doctor()` gives exit code and words."""
    make_pools()
    requests.post(f"{sandbox}/__sandbox__/reset", json={"system": None}, timeout=60).raise_for_status()
    requests.put(f"{sandbox}/__sandbox__/clock", json={"now": datetime.now(UTC).isoformat(), "mode": "running"}, timeout=60)
    for name, told in local.connections(sandbox).items():
        monkeypatch.setenv(name, told)
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    make_ledger(url)
    monkeypatch.setenv("AIRFLOW_CONN_COLOPHON_LEDGER", url)
    monkeypatch.setenv("AIRFLOW__COLOPHON__STAGING_LOCATION", str(tmp_path / "staging"))
    config = tmp_path / "config"
    shutil.copytree(files.SHIPPED, config, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    (config / "people.csv").write_text("person,kind,value\n102,token,tok-ok-102\n", encoding="utf-8")
    monkeypatch.setenv("AIRFLOW__COLOPHON__CONFIG_FOLDER", str(config))
    monkeypatch.setenv("AIRFLOW__COLOPHON__ALERTS", json.dumps([{"file": str(tmp_path / "alerts.log")}]))
    monkeypatch.setattr(screen.console, "_width", 1000)

    def spoil(kind: str, **extra: object) -> None:
        name = f"AIRFLOW_CONN_{kind.upper()}_DEFAULT"
        there = json.loads(os.environ[name])
        monkeypatch.setenv(name, json.dumps(there | {"extra": there["extra"] | extra}))

    def doctor() -> tuple[int, dict[str, str], str]:
        load._load.cache_clear()  # a person's doctor is a process of its own
        done = CliRunner().invoke(app, ["doctor"])
        lines = [" ".join(line.split()) for line in done.output.splitlines()]
        return done.exit_code, {words[0]: " ".join(words[1:]) for line in lines if (words := line.split())}, " ".join(lines)

    folder = tmp_path / "reports"
    return SimpleNamespace(sandbox=sandbox, url=url, config=config, folder=folder, spoil=spoil, doctor=doctor, setenv=monkeypatch.setenv)


def documented(station: SimpleNamespace, *reports: str) -> None:
    """The account loses its extensions; these reports are in the folder, an hour old."""
    station.folder.mkdir()
    for name in reports:
        key = {"Authorization": "Bearer sandbox0key0not0real000000000000"}
        answer = requests.get(f"{station.sandbox}/consonance/__files__/{name}", headers=key, timeout=60)
        answer.raise_for_status()
        file = station.folder / name
        file.write_bytes(answer.content)
        moment = (datetime.now(UTC) - timedelta(hours=1)).timestamp()
        os.utime(file, (moment, moment))
    station.spoil("consonance", profile="documented", reports_location=str(station.folder), reports_conn_id="")


def test_a_whole_installation_runs_everything(station) -> None:
    """An extended account: every use case runs, exit code 0."""
    code, rows, text = station.doctor()
    assert code == 0, text
    assert all(rows[use_case].startswith("runs") for use_case in RIGHTS)
    assert rows["recipients"].startswith("good 12 recipients")


def test_a_documented_account_without_a_place_for_reports_cannot(station) -> None:
    """Not *good*: what rests on rights cannot, the feed among it, the others can; what was looked at alone would all be well."""
    station.spoil("consonance", profile="documented", reports_location="")
    code, rows, text = station.doctor()
    assert code == 1
    assert "wrong" not in text
    assert all(rows[use_case].startswith("cannot") for use_case in RIGHTS), text
    assert "rights_deals neither offered by the account nor there as report" in rows["exstream__rights_notices"]
    assert rows["xconnector__metadata_syndication"].startswith("cannot"), "what nobody knows the rights of goes to nobody"
    assert "docs/readiness.md" in text


def test_an_empty_folder_of_reports_cannot(station) -> None:
    """A folder is no report."""
    documented(station)
    code, rows, _ = station.doctor()
    assert (code, rows["push__rights_expiry_scan"].startswith("cannot")) == (1, True)


def test_a_documented_account_with_its_reports_runs_by_files(station) -> None:
    """Those whose files are there run by files; a report that is old cannot, and its age is said."""
    documented(station, "rights_deals.csv", "head_grants.csv")
    code, rows, _ = station.doctor()
    assert code == 1  # no terms, sales, payments
    assert all(rows[use_case].startswith("runs by files") for use_case in RIGHTS)
    assert rows["exstream__royalty_statements"].startswith("cannot royalty_terms, payments, sales neither")
    old = (datetime.now(UTC) - timedelta(days=5)).timestamp()
    os.utime(station.folder / "rights_deals.csv", (old, old))
    _, rows, _ = station.doctor()
    assert "rights_deals.csv: it is 120 hours old" in rows["exstream__rights_notices"]


def test_nobody_to_tell(station) -> None:
    """Without the file of people the scan could tell nobody."""
    (station.config / "people.csv").unlink()
    code, rows, _ = station.doctor()
    assert (code, rows["people"].startswith("wrong config.file")) == (1, True)
    assert rows["push__rights_expiry_scan"].startswith("cannot people: config.file")


def test_a_recipient_without_a_route(station) -> None:
    """Compared with routes.yaml and with what the middleware has."""
    text = (station.config / "recipients" / "kobo.yaml").read_text(encoding="utf-8")
    (station.config / "recipients" / "shop-1.yaml").write_text(text.replace("id: kobo", "id: shop-1"), encoding="utf-8")
    code, rows, _ = station.doctor()
    assert (code, "no route at the middleware takes anything to shop-1" in rows["recipients"]) == (1, True)
    assert rows["xconnector__metadata_syndication"].startswith("cannot")
    (station.config / "recipients" / "shop-1.yaml").unlink()
    station.spoil("xconnector", manage_routes=False)
    code, rows, _ = station.doctor()
    assert (code, "no route" in rows["recipients"]) == (1, True)
    assert "bi-workflow" in rows["recipients"], "who gets events alone has no file, and is looked at all the same"


def test_a_recipient_that_was_forgotten(station) -> None:
    """Its file is gone and it holds our titles: nobody would tell it of rights that end. One with whom all is over is named."""
    use_case, as_of = "xconnector__metadata_syndication", datetime.now(UTC)
    with Ledger.open(station.url) as ledger:
        common = {"use_case": use_case, "destination": "kobo", "delivery_class": "A", "as_of": as_of}
        ledger.plan([Intent(subject="isbn:9781999000004", content=b"{}", media_type="application/json", **common)])
    (station.config / "recipients" / "kobo.yaml").unlink()
    code, rows, _ = station.doctor()
    assert (code, "kobo: titles were delivered" in rows["recipients"]) == (1, True)
    with (station.config / "publisher.yaml").open("a", encoding="utf-8") as file:
        file.write("former_recipients: [kobo]\n")
    code, _, text = station.doctor()
    assert code == 0, text


def test_a_place_that_needs_a_package_is_no_riddle(station, monkeypatch) -> None:
    """Staging and reports in a bucket, and s3fs is not installed: said, with what to do."""
    monkeypatch.setitem(sys.modules, "s3fs", None)  # also where it is
    station.setenv("AIRFLOW__COLOPHON__STAGING_LOCATION", "s3://no-such-bucket/x")
    station.spoil("consonance", reports_location="s3://no-such-bucket/x", reports_conn_id="")
    code, _, text = station.doctor()
    assert code == 1
    assert "config.staging: the staging location needs a package that is not installed: Install s3fs" in text
    assert "config.connection: reports_location needs a package that is not installed: Install s3fs" in text
    assert "unforeseen" not in text


def test_several_machines_with_a_file_for_a_ledger(station) -> None:
    """Workers elsewhere would each have a ledger and a staging of their own: neither is good."""
    station.setenv("AIRFLOW__CORE__EXECUTOR", "LocalExecutor,CeleryExecutor")
    code, rows, text = station.doctor()
    assert code == 1
    assert rows["ledger"].startswith("wrong config.connection: colophon_ledger is a file, which tasks of CeleryExecutor do not share"), text
    assert rows["staging"].startswith("wrong config.staging"), text
    assert "is a folder, which tasks of CeleryExecutor do not share" in rows["staging"]


def test_an_installation_that_would_tell_nobody_of_trouble_is_not_well(station: SimpleNamespace) -> None:
    """No route, one that does not work, or a limit that cannot be read: exit code 1, with what to write."""
    for name, value, said in (
        ("ALERTS", "", "no alert route is configured"),
        ("ALERTS", '[{"file": "/nowhere/at/all/alerts.log"}]', "route 1 (file)"),
        ("LATE_MINUTES", "soon", "late_minutes is 'soon'"),
    ):
        station.setenv(f"AIRFLOW__COLOPHON__{name}", value)
        code, _, text = station.doctor()
        assert (code, said in text) == (1, True), text
