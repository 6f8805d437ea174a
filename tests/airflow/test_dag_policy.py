"""What every DAG file keeps to, whoever wrote it."""

import ast
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

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
    "frequent",
    "milestones",
    "deadlines",
    "distribution",
    "launches",
    "production",
}


SCRIPT = """
import json, sys, warnings
warnings.simplefilter("ignore")
import airflow.sdk
before = set(sys.modules)
import importlib.util
from airflow.sdk.definitions._internal.contextmanager import DagContext


def task(t):
    get = t.partial_kwargs.get if hasattr(t, "partial_kwargs") else lambda name: getattr(t, name)
    kind = t.operator_class if hasattr(t, "partial_kwargs") else type(t)
    seconds = get("execution_timeout")
    waits = getattr(t, "response_timeout", None)
    return {
        "retries": get("retries"), "policy": get("retry_policy") is not None, "owner": t.owner, "seconds": seconds and seconds.total_seconds(),
        "told": [f.__name__ for f in t.on_failure_callback], "label": get("map_index_template"),
        "is_mapped": hasattr(t, "partial_kwargs") or t.get_closest_mapped_task_group() is not None,
        "bound": get("max_active_tis_per_dagrun"), "is_own": hasattr(kind, "map_label") or hasattr(t, "map_label"),
        "asks": hasattr(t, "response_timeout"), "answer_in": waits and waits.total_seconds(), "asked": len(getattr(t, "notifiers", ())),
        "is_expanded": hasattr(t, "partial_kwargs"),
    }


def dag(d):
    deadline, *_ = d.deadline or [None]
    callbacks = d.on_failure_callback if isinstance(d.on_failure_callback, list) else [d.on_failure_callback]
    return {
        "id": d.dag_id, "name": d.dag_display_name, "tags": sorted(d.tags), "doc": d.doc_md, "catchup": d.catchup, "runs": d.max_active_runs,
        "file": d.fileloc, "start": bool(d.start_date), "zone": d.timezone.name, "params": list(d.params), "schedule": type(d.schedule).__name__,
        "limit": d.dagrun_timeout and d.dagrun_timeout.total_seconds(), "told": [f and f.__name__ for f in callbacks],
        "late": deadline and [deadline.reference.reference_name, deadline.interval.total_seconds(), type(deadline.callback).__name__,
                              deadline.callback.path],
        "tasks": {t.task_id: task(t) for t in d.tasks},
    }


found = {}
for number, path in enumerate(sys.argv[1:]):
    name = f"dag_under_test_{number}"
    spec = importlib.util.spec_from_file_location(name, path)
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    DagContext.current_autoregister_module_name = name
    spec.loader.exec_module(module)
    found[path] = [dag(d) for d, m in DagContext.autoregistered_dags if m is module]
print("RESULT" + json.dumps({"dags": found, "imported": sorted(set(sys.modules) - before)}))
"""


def parse(*files: Path) -> dict[str, Any]:
    """DAG files parsed in a fresh interpreter: their DAGs and what they imported."""
    done = subprocess.run([sys.executable, "-c", SCRIPT, *map(str, files)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    line = next(line for line in done.stdout.splitlines() if line.startswith("RESULT"))
    return json.loads(line.removeprefix("RESULT"))


@pytest.fixture(scope="module")
def parsed() -> dict[str, dict]:
    """Every DAG file."""
    return parse(*FILES)


def breaches(dag: dict[str, Any]) -> list[str]:
    """What a DAG lacks of that which makes trouble loud, and keeps runs apart."""
    found = [name for name, holds in {
        "one run at a time": dag["runs"] == 1,
        "no runs for missed days": not dag["catchup"],
        "a time limit of the run": dag["limit"],
        "a first day in the house's zone": dag["start"] and dag["zone"] == "Europe/London",
        "a schedule": dag["schedule"] in {"CronDataIntervalTimetable", "CronTriggerTimetable", "AssetOrTimeSchedule"}
        # Or none, where it does what somebody fills in a form for, and is asked.
        or (dag["schedule"] == "NoneType" and any(task["asks"] for task in dag["tasks"].values()) and len(dag["params"]) > 1),
        "failed runs are told": dag["told"] == ["tell_failed_run"],
        # A dead triggerer must not keep the notice back: it goes where tasks run.
        "late runs are told": dag["late"] and dag["late"][0] == "DagRunQueuedAtDeadline" and dag["late"][1] > 0
        and dag["late"][2:] == ["SyncCallback", "colophon_airflow.watch.tell_late_run"],
    }.items() if not holds]  # fmt: skip
    for name, task in dag["tasks"].items():
        holds = {
            "retries": task["retries"],
            "the retry policy": task["policy"],
            "an owner": task["owner"] != "airflow",
            "a time limit": task["seconds"],
            "its failure is told": task["told"] == ["tell_failed_task"],
            "a name among mapped ones": (task["is_own"] and "map_label" in str(task["label"])) or not task["is_mapped"],
            "a bound of what runs at once": task["bound"] or not task["is_expanded"],
            "an approval with an end, of which somebody is told": not task["asks"] or (task["answer_in"] and task["asked"]),
        }
        found += [f"{name}: {what}" for what, true in holds.items() if not true]
    return found


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

    def test_trouble_is_loud(self, path: Path, parsed: dict) -> None:
        """Every task and run has retries, limits and somebody who is told: by the one way in which DAGs are declared."""
        dag = parsed["dags"][str(path)][0]
        assert breaches(dag) == []
        assert dag["file"] == str(path)
        asks = any(task["asks"] for task in dag["tasks"].values())
        assert "dry_run" in dag["params"] or asks  # where a person is asked about everything, that is the look before

    def test_the_use_case_has_its_three_files(self, path: Path, parsed: dict) -> None:
        """Wiring, decision and test stand under the same name."""
        system, name = path.parent.name, path.stem
        assert (ROOT / "include/colophon/use_cases" / system / f"{name}.py").exists()
        assert any((ROOT / "tests").rglob(f"test*_{name}.py"))

    def test_it_is_short(self, path: Path, parsed: dict) -> None:
        """Wiring only: at most 100 lines."""
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 100


BARE = """
from airflow.sdk import DAG
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.providers.standard.operators.hitl import ApprovalOperator

with DAG("ops__bare", schedule=None, catchup=True, params={"dry_run": False}):
    EmptyOperator.partial(task_id="empty").expand(doc=["a"])
    ApprovalOperator(task_id="approve", subject="May it?")
"""


def test_a_dag_that_declares_itself_otherwise_is_found(tmp_path: Path) -> None:
    """Each thing that a bare DAG lacks is named."""
    (tmp_path / "bare.py").write_text(BARE, encoding="utf-8")
    lacks = set(breaches(parse(tmp_path / "bare.py")["dags"][str(tmp_path / "bare.py")][0]))
    assert {
        "one run at a time", "no runs for missed days", "a time limit of the run", "a first day in the house's zone", "a schedule",
        "failed runs are told", "late runs are told", "empty: retries", "empty: the retry policy", "empty: an owner", "empty: a time limit",
        "empty: its failure is told", "empty: a name among mapped ones", "empty: a bound of what runs at once",
        "approve: an approval with an end, of which somebody is told",
    } <= lacks  # fmt: skip


def test_nothing_waits_but_by_the_one_step_that_has_a_time_limit() -> None:
    """`defer` is called in one place."""
    calls = [
        (path.name, call.lineno)
        for folder in ("plugins", "dags")
        for path in (ROOT / folder).rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "defer"
        and not any(keyword.arg == "timeout" for keyword in call.keywords)
    ]  # fmt: skip
    assert calls == []


def test_parsing_is_light(parsed: dict) -> None:
    """A DAG file brings in none of the heavy libraries beyond what airflow.sdk has."""
    assert [m for m in parsed["imported"] if m.startswith(HEAVY)] == []
