"""`colophon demo`: the nightly metadata syndication on the sandbox, twice; the second run sends nothing."""

import contextlib
import os
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from colophon_airflow import local, processes
from colophon_airflow.cli.screen import console, table
from colophon_airflow.cli.servers import HOME, Onix, Titles, seed_options

if TYPE_CHECKING:
    from colophon.ledger import Ledger

DAG_ID = "xconnector__metadata_syndication"
NOT_TAKEN_SHOWN = 40


def demo(*, titles: Titles = None, onix: Onix = None) -> None:
    """Run the nightly metadata syndication on the sandbox, then run it again and see that nothing is sent twice."""
    home = HOME / "demo"
    processes.stop(home, "sandbox")
    shutil.rmtree(home, ignore_errors=True)
    with Progress(SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=console) as progress:
        try:
            with _step(progress, "Starting the sandbox"):
                try:
                    env = local.environment(home, processes.start_sandbox(home, {}, *seed_options(titles, onix)))
                finally:
                    _show_not_taken(home / "sandbox.log")
            with _step(progress, "Preparing Airflow and the ledger"):
                local.prepare(home, env)
            os.environ.update(env)
            for number in (1, 2):
                with _step(progress, f"Run {number} of {DAG_ID}"):
                    result = run_dag(home / f"run-{number}.log")
                _show(number, result)
        finally:
            processes.stop(home, "sandbox")
    console.print(f"\nTask logs: {home}. Ask the ledger: .venv/bin/colophon ledger show ISBN", highlight=False)


def _show_not_taken(log: Path) -> None:
    """What of the given files did not come in, as the sandbox's log tells it."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.exists() else []
    start = next((number for number, line in enumerate(lines) if line.startswith("not taken: ")), len(lines))
    told = [line for line in lines[start:] if not line.startswith("sandbox on ")]
    for line in told[:NOT_TAKEN_SHOWN]:
        console.print(line, style="yellow", markup=False, highlight=False)
    if len(told) > NOT_TAKEN_SHOWN:
        console.print(f"and {len(told) - NOT_TAKEN_SHOWN} more in {log}", highlight=False)


@contextlib.contextmanager
def _step(progress: Progress, text: str) -> Iterator[None]:
    task = progress.add_task(text, total=1)
    yield
    progress.update(task, completed=1)


def run_dag(log: Path, dag_id: str = DAG_ID, **conf: Any) -> dict[str, Any]:
    """One run of a DAG in this process, with values of its form; all that Airflow has to say goes to a file.

    Returns the report, and how many seconds it took.
    """
    with log.open("w", encoding="utf-8") as out, _all_output_to(out.fileno()):
        import warnings

        warnings.simplefilter("ignore")
        from airflow.dag_processing.bundles.manager import DagBundlesManager
        from airflow.dag_processing.dagbag import DagBag, sync_bag_to_db

        DagBundlesManager().sync_bundles_to_db()
        bag = DagBag(str(local.DAGS))
        sync_bag_to_db(bag, "dags-folder", None)
        dag = bag.dags[dag_id]
        dag.deadline = None  # `dag.test` of Airflow 3.3 fails at the end of a good run that has one
        for task in dag.tasks:
            _retries_off(task)
        started = time.monotonic()
        run = dag.test(run_conf=conf)
        seconds = time.monotonic() - started
    if run.state != "success":
        console.print(f"The run ended as {run.state}; read {log}")
        sys.exit(1)
    report = next(ti for ti in run.get_task_instances() if ti.task_id == "report").xcom_pull(task_ids="report")
    return {**report, "seconds": seconds}


def _retries_off(task: Any) -> None:
    """A demo that fails should say so at once, and not wait five minutes for the next try."""
    if hasattr(task, "partial_kwargs"):
        task.partial_kwargs["retries"] = 0
    else:
        task.retries = 0


def _show(number: int, report: dict[str, Any]) -> None:
    """What the run did, as people want to read it."""
    console.print(f"\n[bold]Run {number}[/]: {report['read']} products read, {report['seconds']:.0f} s", highlight=False)
    if not report["destinations"]:
        console.print("Nothing has changed: 0 sent to every recipient.")
        return
    columns = ("sent", "unchanged", "refused", "out of scope", "acknowledged", "rejected", "under way")
    shown = table("", "recipient", *columns, right=("sent", "unchanged", "refused", "out of scope"))
    for name, found in report["destinations"].items():
        plan, states = found["plan"], found["ledger"]
        under_way = sum(states.get(state, 0) for state in ("planned", "in_flight", "accepted", "processing", "held", "sent", "unknown"))
        planned = (plan["new"], plan["unchanged"], plan["refused"], plan["out_of_scope"])
        figures = (*planned, states.get("confirmed", 0), states.get("failed", 0), under_way)
        shown.add_row(name, *map(str, figures))
    console.print(shown)
    if number == 1:
        _show_refusals()


def _show_refusals() -> None:
    """The rules that kept titles back, with one title each."""
    from colophon_airflow.settings import open_ledger

    with open_ledger() as ledger:
        found = _by_rule(ledger)
    shown = table("Kept back, by rule", "rule", "titles", "for example", "found", "remedy", right=("titles",))
    for rule, (subjects, example) in sorted(found.items()):
        shown.add_row(rule, str(len(subjects)), example.subject, f"{example.field}: {example.found}"[:48], example.remedy)
    console.print(shown)


def _by_rule(ledger: "Ledger") -> dict[str, tuple[set[str], Any]]:
    found: dict[str, tuple[set[str], Any]] = {}
    for exception in ledger.exceptions.open():
        subjects, _ = found.setdefault(exception.rule, (set(), exception))
        subjects.add(exception.subject)
    return found


@contextlib.contextmanager
def _all_output_to(descriptor: int) -> Iterator[None]:
    """Send this process's output, its children's too, to a file for a while."""
    sys.stdout.flush()
    sys.stderr.flush()
    kept = [os.dup(1), os.dup(2)]
    try:
        os.dup2(descriptor, 1)
        os.dup2(descriptor, 2)
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for target, source in zip((1, 2), kept, strict=True):
            os.dup2(source, target)
            os.close(source)
