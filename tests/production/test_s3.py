"""Staging in a real S3 server: JuiceFS's gateway on loopback, with an Airflow connection that opens it."""

import io
import json
import os
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import pytest
import requests
from tests.production.servers import run, tier_is_off
from typer.testing import CliRunner

from colophon.errors import FixConfigurationError, StagingUnusableError, TransportError
from colophon.staging import Batch, Staging
from colophon_airflow import processes
from colophon_airflow.cli import app, screen
from colophon_airflow.settings import open_staging

pytestmark = [pytest.mark.production, pytest.mark.enable_socket]
JUICEFS = shutil.which("juicefs")
KEY, SECRET = "sandbox-key", "sandbox-not-a-secret"


def _needs() -> str:
    missing = [name for name, there in (("s3fs", find_spec("s3fs")), ("juicefs", JUICEFS)) if not there]
    return tier_is_off() or (f"not installed on this machine: {', '.join(missing)}" if missing else "")


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An S3 server with the one bucket `house`; stopped afterwards."""
    if reason := _needs():
        pytest.skip(reason)
    home = tmp_path_factory.mktemp("s3")
    database = f"sqlite3://{home}/names.db"
    env = {"HOME": str(home), "MINIO_ROOT_USER": KEY, "MINIO_ROOT_PASSWORD": SECRET}
    run([str(JUICEFS), "format", "--storage", "file", "--bucket", f"{home}/objects/", database, "house"], env)
    port = processes.free_port(0)
    options = ["--no-usage-report", "--cache-dir", f"{home}/cache", "--log", f"{home}/gateway.log"]
    server = processes.start([str(JUICEFS), "gateway", *options, database, f"127.0.0.1:{port}"], home, "juicefs", env)
    try:
        url = f"http://127.0.0.1:{port}"
        assert processes.wait_until_up(f"{url}/minio/health/live", patience_s=120, process=server), (home / "juicefs.log").read_text()[
            -2000:
        ]
        yield url
    finally:
        processes.stop(home, "juicefs")


@pytest.fixture
def account(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The connection `bucket` that `staging_conn_id` names: `connect(...)` sets its fields, `locate` the staging location."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")  # nobody asks the machine's owner for credentials

    def connect(**fields: object) -> None:
        told = {"conn_type": "aws", "login": KEY, "password": SECRET, "extra": {"endpoint_url": endpoint}}
        monkeypatch.setenv("AIRFLOW_CONN_BUCKET", json.dumps(told | fields))

    def locate(place: str) -> None:
        monkeypatch.setenv("AIRFLOW__COLOPHON__STAGING_LOCATION", place)

    connect()
    locate("s3://house/staging")
    monkeypatch.setenv("AIRFLOW__COLOPHON__STAGING_CONN_ID", "bucket")
    return SimpleNamespace(connect=connect, locate=locate, url=endpoint)


def test_batches_go_and_come_by_the_connection(account) -> None:
    """Written, read whole and in part, fetched, removed; of an executor whose workers are elsewhere, too."""
    staging = open_staging()
    lines = [f'{{"title": "Ünïcode {number}"}}' for number in range(5000)]
    batch = staging.write_lines("runs/one/batch.jsonl", lines)
    assert batch.uri == "s3://house/staging/runs/one/batch.jsonl"
    assert list(open_staging().read_lines(batch)) == lines
    part = open_staging().read_lines(batch)
    assert [next(part) for _ in range(3)] == lines[:3]
    part.close()
    assert open_staging().whole(batch.uri).count(b"\n") == 5000
    staging.check()
    assert not staging.is_local


def test_eight_megabytes_are_read_in_less_than_a_second_of_work(account) -> None:
    """Line by line, however many there are."""
    staging = open_staging()
    batch = staging.write_lines("long.jsonl", ["y" * 199] * 40_000)
    started = time.process_time()
    assert sum(1 for _ in staging.read_lines(batch)) == 40_000
    assert time.process_time() - started < 1


def test_a_large_batch_that_ends_half_way_leaves_nothing(account, tmp_path: Path) -> None:
    """Nothing is seen of it, and what had gone up already is given up; what others write meanwhile is whole."""
    staging = open_staging()

    def broken() -> Iterator[str]:
        for _ in range(600):
            yield "x" * 99_999
        staging.write_lines("other.jsonl", ["meanwhile"])
        raise ValueError("the source died")

    with pytest.raises(ValueError, match="the source died"):
        staging.write_lines("half.jsonl", broken())
    with pytest.raises(StagingUnusableError):
        staging.whole("s3://house/staging/half.jsonl")
    assert staging.whole("s3://house/staging/other.jsonl") == b"meanwhile\n"
    assert staging._fs.call_s3("list_multipart_uploads", Bucket="house").get("Uploads", []) == []
    whole = staging.write_lines("large.jsonl", ("z" * 99_999 for _ in range(600)))
    assert staging.fetch(whole, tmp_path / "copy").stat().st_size == 60_000_000


def test_threads_write_side_by_side(account) -> None:
    """Each its own file, whole."""
    staging = open_staging()

    def write(number: int) -> list[str]:
        return list(staging.read_lines(staging.write_lines(f"threads/{number}.jsonl", (str(number) for _ in range(50)))))

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(write, range(40))) == [[str(number)] * 50 for number in range(40)]


def test_a_link_is_signed_for_somebody_without_credentials(account) -> None:
    """It gives the content; without its signature nobody gets it."""
    link = open_staging().publish(io.BytesIO(b"feed"), "payloads/feed.xml", for_s=60)
    assert requests.get(link, timeout=60).content == b"feed"
    assert requests.get(link.partition("?")[0], timeout=60).status_code == 403


def doctor(monkeypatch: pytest.MonkeyPatch) -> str:
    """The doctor's row about staging."""
    monkeypatch.setattr(screen.console, "_width", 1000)
    lines = [" ".join(line.split()) for line in CliRunner().invoke(app, ["doctor"]).output.splitlines()]
    start = next(number for number, line in enumerate(lines) if line.startswith("staging "))
    return " ".join(lines[start : start + 2])


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"password": "wrong-not-a-secret"}, "the store refuses these credentials"),
        ({"login": "somebody-else"}, "the store refuses these credentials"),
        ({"login": "", "password": ""}, "the store refuses these credentials, or has none"),
        ({"conn_type": "s4", "extra": {"endpoint": "x"}}, "knows no option endpoint"),
    ],
)
def test_wrong_credentials_are_explained(account, monkeypatch, fields, told) -> None:
    """At once, with the remedy and no secret; in the doctor, too."""
    account.connect(**({"extra": {"endpoint_url": account.url}} | fields))
    with pytest.raises(StagingUnusableError, match=told) as caught:
        open_staging().check()
    assert "staging_conn_id" in caught.value.advice
    row = doctor(monkeypatch)
    assert "wrong config.staging" in row
    assert told in row
    assert "not-a-secret" not in row


def test_what_is_not_there_is_explained(account, monkeypatch) -> None:
    """A file that is gone, and a bucket that was misspelt, which is not made."""
    gone = Batch(uri="s3://house/staging/gone.jsonl", count=1, sha256="0" * 64, size=1)
    with pytest.raises(StagingUnusableError, match="no such file or bucket"):
        list(open_staging().read_lines(gone))
    account.locate("s3://hause/staging")
    with pytest.raises(FixConfigurationError, match="no such file or bucket"):
        open_staging().check()
    assert "no such file or bucket" in doctor(monkeypatch)


def test_a_store_that_does_not_answer_is_tried_again(account, monkeypatch) -> None:
    """Another try may find it up: the error is one that Airflow repeats."""
    account.connect(extra={"endpoint_url": "http://127.0.0.1:9", "config_kwargs": {"retries": {"max_attempts": 0}, "connect_timeout": 1}})
    with pytest.raises(TransportError, match="does not answer"):
        open_staging().check()
    assert Staging("s3://house/x").root == "s3://house/x"
