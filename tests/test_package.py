"""What somebody gets who installs the package, or builds the image: everything that runs needs."""

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
HELD = {
    "include/colophon": "colophon",
    "include/colophon_sandbox": "colophon_sandbox",
    "plugins/colophon_airflow": "colophon_airflow",
    "dags": "colophon_dags",
}
PARSE = """
import pathlib
import colophon, colophon_airflow
from airflow.dag_processing.dagbag import DagBag
from colophon.ledger import upgrade
from colophon_airflow import local

bag = DagBag(str(local.DAGS))
upgrade("sqlite:///" + str(pathlib.Path("ledger.db").absolute()))
print("RESULT", colophon.__file__, colophon_airflow.__file__, local.DAGS, len(bag.dags), bag.import_errors)
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the wheel holds."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)], cwd=ROOT, check=True, capture_output=True
    )
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "installed")
    return folder / "installed"


def test_the_wheel_holds_all_that_a_run_needs(installed: Path) -> None:
    """Every file of the packages and the DAGs: templates, configuration, static files, migrations; and nothing else."""
    there = {str(path.relative_to(installed)) for path in installed.rglob("*") if path.is_file() and ".dist-info" not in str(path)}
    ours = {
        f"{name}/{path.relative_to(ROOT / folder)}"
        for folder, name in HELD.items()
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert there == ours
    assert "colophon/ledger/migrations/env.py" in there
    assert "colophon_dags/xconnector/metadata_syndication.py" in there


def test_its_dags_parse_and_its_ledger_is_made(installed: Path, tmp_path: Path) -> None:
    """By the installed files alone, from another folder."""
    env = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "AIRFLOW_HOME": str(tmp_path / "airflow"), "PYTHONPATH": str(installed)}
    done = subprocess.run([sys.executable, "-c", PARSE], cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    found = next((line for line in done.stdout.splitlines() if line.startswith("RESULT")), done.stderr[-2000:])
    count = len(list((ROOT / "dags").glob("*/*.py")))
    expected = ["RESULT", f"{installed}/colophon/__init__.py", f"{installed}/colophon_airflow/__init__.py", f"{installed}/colophon_dags"]
    assert found.split() == [*expected, str(count), "{}"]


def test_the_image_owns_each_folder_that_a_volume_is_mounted_on() -> None:
    """Docker gives a fresh named volume the rights of the image's folder, or root's where there is none."""
    lines = (ROOT / "deploy/Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    user = next(number for number, line in enumerate(lines) if line == "USER airflow")
    made = {
        folder
        for line in lines[:user]
        if (found := re.search(r"^RUN install -d -o airflow -g airflow -m 0?7\d\d (.*)$", line))
        for folder in found[1].split()
    }
    compose = yaml.safe_load((ROOT / "docker-compose.yaml").read_text(encoding="utf-8"))
    services = [service for service in compose["services"].values() if service["image"] == "colophon:local"]
    mounted = {volume.split(":")[1] for service in services for volume in service.get("volumes", ())}
    assert mounted == {"/staging", "/opt/airflow/logs"}
    assert mounted <= made
    home = next(line for line in lines if line.startswith("ENV AIRFLOW_HOME="))
    assert "AIRFLOW_HOME=/opt/airflow " in home, "the logs are below it"
    assert next(number for number, line in enumerate(lines) if "useradd" in line) < next(
        number for number, line in enumerate(lines) if "install -d" in line
    )
