"""What every DAG file keeps to, whoever wrote it."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "dags").glob("*/*.py"))
SECTIONS = (
    "**What and for whom.**",
    "**When.**",
    "**What it reads, decides and sends.**",
    "**When it is run again**",
    "**When it fails.**",
)
HEAVY = ("pandas", "lxml", "requests", "sqlalchemy.orm", "aiohttp", "airflow.providers.http")
TAGS = {
    "rights",
    "royalties",
    "push",
    "exstream",
    "xconnector",
    "fourallportal",
    "bytenite",
    "ops",
    "metadata",
    "onix",
    "nightly",
    "daily",
    "hourly",
    "milestones",
}


@pytest.fixture(scope="module")
def parsed() -> dict[str, dict]:
    """Every DAG file parsed in a fresh interpreter: its DAGs and what it imported."""
    script = """
import json, sys, warnings
warnings.simplefilter("ignore")
import airflow.sdk
before = set(sys.modules)
import importlib.util
from airflow.sdk import DAG
from airflow.sdk.definitions._internal.contextmanager import DagContext
found = {}
for number, path in enumerate(sys.argv[1:]):
    name = f"dag_under_test_{number}"
    spec = importlib.util.spec_from_file_location(name, path)
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    DagContext.current_autoregister_module_name = name
    spec.loader.exec_module(module)
    dags = [d for d, m in DagContext.autoregistered_dags if m is module]
    found[path] = [
        {"id": d.dag_id, "tags": sorted(d.tags), "doc": d.doc_md, "catchup": d.catchup, "tz": str(d.timetable.__class__.__name__),
         "tasks": {t.task_id: {"retries": t.partial_kwargs.get("retries") if hasattr(t, "partial_kwargs") else t.retries,
                   "policy": (t.partial_kwargs.get("retry_policy") if hasattr(t, "partial_kwargs") else t.retry_policy) is not None,
                   "owner": t.owner} for t in d.tasks}} for d in dags]
print("RESULT" + json.dumps({"dags": found, "imported": sorted(set(sys.modules) - before)}))
"""
    done = subprocess.run([sys.executable, "-c", script, *map(str, FILES)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    line = next(line for line in done.stdout.splitlines() if line.startswith("RESULT"))
    return json.loads(line.removeprefix("RESULT"))


def test_there_are_dags() -> None:
    """An empty folder would let every other test pass for nothing."""
    assert FILES


@pytest.mark.parametrize("path", FILES, ids=lambda p: f"{p.parent.name}/{p.stem}")
class TestDagFile:
    """One file, one DAG, one page."""

    def test_the_id_is_the_path(self, path: Path, parsed: dict) -> None:
        """`dags/<system>/<use_case>.py` holds `<system>__<use_case>` and nothing else."""
        assert [d["id"] for d in parsed["dags"][str(path)]] == [f"{path.parent.name}__{path.stem}"]

    def test_the_docstring_is_the_page(self, path: Path, parsed: dict) -> None:
        """It has a title and the five parts, and the UI shows it."""
        doc = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
        assert doc.startswith("# ")
        assert [s for s in SECTIONS if s not in doc] == []
        assert parsed["dags"][str(path)][0]["doc"].strip() == doc.strip()

    def test_tags_are_from_the_list(self, path: Path, parsed: dict) -> None:
        """Tags are for filtering: the system is one of them, and nobody invents new ones by accident."""
        tags = set(parsed["dags"][str(path)][0]["tags"])
        assert path.parent.name in tags
        assert tags <= TAGS

    def test_failures_are_treated_by_the_error_tree(self, path: Path, parsed: dict) -> None:
        """Every task has retries and the one retry policy; no run is made up for missed nights."""
        dag = parsed["dags"][str(path)][0]
        assert not dag["catchup"]
        for name, task in dag["tasks"].items():
            assert task["retries"], name
            assert task["policy"], name
            assert task["owner"] != "airflow", name

    def test_the_use_case_has_its_three_files(self, path: Path, parsed: dict) -> None:
        """Wiring, decision and test stand under the same name."""
        system, name = path.parent.name, path.stem
        assert (ROOT / "include/colophon/use_cases" / system / f"{name}.py").exists()
        assert any((ROOT / "tests").rglob(f"test*_{name}.py"))

    def test_it_is_short(self, path: Path, parsed: dict) -> None:
        """Wiring only: at most 120 lines."""
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 120


def test_parsing_is_light(parsed: dict) -> None:
    """A DAG file brings in none of the heavy libraries beyond what airflow.sdk has."""
    assert [m for m in parsed["imported"] if m.startswith(HEAVY)] == []
