"""What all tests share: an Airflow home of their own, set before anything imports airflow; nothing is written outside it."""

import atexit
import fcntl
import gc
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import hypothesis
import pytest

from colophon import environment

hypothesis.settings.register_profile("busy", deadline=None)  # a busy machine is no fault of what is tested
hypothesis.settings.load_profile("busy")

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
pytest_plugins = ["ledger_database"]

gc.disable()  # while tests are collected there is no garbage

(ROOT / ".colophon").mkdir(exist_ok=True)
_home = Path(tempfile.mkdtemp(prefix="tests-", dir=ROOT / ".colophon"))  # in the clone, for a run that is killed cannot clean up
atexit.register(shutil.rmtree, _home, ignore_errors=True)
os.environ.update(
    {
        "AIRFLOW_HOME": str(_home / "airflow"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{_home}/airflow.db",
        "AIRFLOW__API_AUTH__JWT_SECRET": "only-for-tests-" * 6,
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "XDG_CACHE_HOME": str(_home / "cache"),
    }
)


def pytest_collection_finish() -> None:
    """Seventeen thousand tests are no garbage: looked through again and again, they take a fifth of the time."""
    gc.enable()
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


def pytest_sessionfinish() -> None:
    """What is left is looked through at the end."""
    gc.unfreeze()


@pytest.fixture(autouse=True)
def own_time() -> Iterator[None]:
    """A time of the test's own: leases go by the clock that it moves, and not by the database's."""
    with environment.use(replace(environment.REAL)):
        yield


def pytest_addoption(parser: pytest.Parser) -> None:
    """One command renews all golden files, `pytest -k golden --renew-golden`; the difference is then read in review."""
    parser.addoption("--renew-golden", action="store_true", help="write the golden files beside the tests anew")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Nightly tests say that they are nightly when they are left out."""
    if os.environ.get("COLOPHON_NIGHTLY") == "1":
        return
    skip = pytest.mark.skip(reason="nightly: set COLOPHON_NIGHTLY=1")
    for item in items:
        if "nightly" in item.keywords:
            item.add_marker(skip)


@pytest.fixture(scope="session")
def airflow_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with Airflow's own tables, made once for all workers: to be copied."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    made, making = shared / "airflow-tables.db", shared / "airflow-tables-in-the-making.db"
    with (shared / "airflow-tables.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            env = {**os.environ, "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{making}"}
            subprocess.run([str(Path(sys.executable).with_name("airflow")), "db", "migrate"], env=env, check=True, capture_output=True)
            with sqlite3.connect(making) as connection:
                connection.execute("PRAGMA journal_mode=WAL")
            connection.close()
            making.rename(made)
    return made


@pytest.fixture(scope="session")
def airflow_database(airflow_tables: Path) -> None:
    """Airflow's own tables for the tests of this process."""
    database = os.environ["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"].removeprefix("sqlite:///")
    with closing(sqlite3.connect(airflow_tables)) as tables, closing(sqlite3.connect(database)) as own:
        tables.backup(own)  # and not a copy: a test that needs no tables may have opened it already


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compares text with a golden file in the folder beside the test, or writes the file when asked to."""

    def compare(name: str, text: str) -> None:
        file = request.path.parent / "golden" / name
        if request.config.getoption("--renew-golden"):
            file.parent.mkdir(exist_ok=True)
            file.write_text(text, encoding="utf-8")
        assert text == file.read_text(encoding="utf-8"), f"{name} differs; `pytest -k golden --renew-golden` accepts the change"

    return compare


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real titles and ONIX messages beside the project; skips where it is not there."""
    if not (SHARED / "data").is_dir():
        pytest.skip("needs the shared data beside the project (../shared/data)")
    return SHARED / "data"
