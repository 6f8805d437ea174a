"""`make new-use-case`: every shape for every system that can have it is wired, typed, tested and green before a line is written."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from colophon.errors import BadConfigError
from colophon_airflow.cli.scaffold import SHAPES, SYSTEMS, ShapeName, new_use_case

ROOT = Path(__file__).resolve().parents[1]
NEEDED = (
    "dags",
    "include",
    "plugins",
    "tests/support",
    "tests/stories/conftest.py",
    "tests/conftest.py",
    "tests/airflow/test_dag_policy.py",
)
COMBINATIONS = [(system, shape) for shape in ShapeName for system in SYSTEMS if system in SHAPES[shape].systems]
WRITE_ALL = """
from colophon_airflow.cli.scaffold import new_use_case
from tests.test_scaffold import COMBINATIONS
for system, shape in COMBINATIONS:
    new_use_case(f"{system}/new_{system}_{shape}", shape)
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project, with a use case of every shape for every system."""
    copy = tmp_path_factory.mktemp("scaffold") / "colophon"
    for name in (*NEEDED, "tests/test_scaffold.py"):
        target, source = copy / name, ROOT / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    shutil.copy(ROOT / "pyproject.toml", copy)
    run(copy, "-c", WRITE_ALL)
    return copy


def run(house: Path, *arguments: str) -> str:
    """What a Python command in the copy says; it has to succeed."""
    paths = os.pathsep.join(str(house / name) for name in ("include", "plugins", "."))
    environment = {**os.environ, "PYTHONPATH": paths, "PYTEST_XDIST_WORKER": "", "AIRFLOW__CORE__DAGS_FOLDER": str(house / "dags")}
    done = subprocess.run([sys.executable, *arguments], cwd=house, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout[-6000:]}\n{done.stderr[-3000:]}"
    return done.stdout


def test_every_shape_of_every_system_is_there() -> None:
    """Six systems and six shapes; a state can only be followed where it can be looked at."""
    assert {shape for _, shape in COMBINATIONS} == set(ShapeName)
    assert {system for system, _ in COMBINATIONS} == set(SYSTEMS)
    assert [pair for pair in ((system, shape) for shape in ShapeName for system in SYSTEMS) if pair not in COMBINATIONS] == [
        (system, ShapeName.STATE) for system in ("push", "exstream", "xconnector", "ops")
    ]


def test_what_is_written_is_clean(house: Path) -> None:
    """In the house's style, and of the right types."""
    files = [str(path.relative_to(house)) for path in sorted(house.rglob("*new_*.py"))]
    assert len(files) == 3 * len(COMBINATIONS)
    run(house, "-m", "ruff", "check", "--no-cache", *files)
    run(house, "-m", "ruff", "format", "--check", "--no-cache", *files)
    run(house, "-m", "mypy", *(file for file in files if not file.startswith("tests")))


def test_its_dag_runs_and_its_test_passes(house: Path) -> None:
    """Each DAG runs twice on the station, green, and nothing happens anywhere."""
    tests = [str(path.relative_to(house)) for path in sorted(house.glob("tests/stories/test_new_*.py"))]
    told = run(house, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *tests)
    assert f"{len(COMBINATIONS)} passed" in told


def test_its_dag_keeps_the_rules_of_all_dags(house: Path) -> None:
    """Page, tags, retries, imports: as the policy of DAG files asks."""
    told = run(
        house, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "tests/airflow/test_dag_policy.py", "-k", "new_ or light"
    )
    assert "passed" in told


@pytest.mark.parametrize(
    ("name", "shape", "said"),
    [
        ("push/Reminders", ShapeName.NOTICES, "is not <system>/<use_case>"),
        ("../push/reminders", ShapeName.NOTICES, "is not <system>/<use_case>"),
        ("fax/reminders", ShapeName.NOTICES, "no shape of a system 'fax'"),
        ("push/reminders", ShapeName.STATE, "no shape of a system 'push'"),
        ("push/milestone_alerts", ShapeName.NOTICES, "exists already"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(name: str, shape: ShapeName, said: str) -> None:
    """A bad name, an unknown system, a shape that a system cannot have, a use case that is there."""
    before = subprocess.check_output(["git", "status", "--porcelain"], cwd=ROOT, text=True)
    with pytest.raises(BadConfigError, match=said):
        new_use_case(name, shape)
    assert subprocess.check_output(["git", "status", "--porcelain"], cwd=ROOT, text=True) == before
