"""What all tests share: an Airflow home of their own, set before anything imports airflow; nothing is written outside it."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"

_home = Path(tempfile.mkdtemp(prefix="colophon-tests-"))
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
