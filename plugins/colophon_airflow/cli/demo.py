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

from colophon_airflow import local
from colophon_airflow.cli.screen import console, table
from colophon_airflow.cli.servers import HOME, Onix, Titles, seed_options

if TYPE_CHECKING:
    from colophon.ledger import Ledger

DAG_ID = "xconnector__metadata_syndication"


def demo(*, titles: Titles = None, onix: Onix = None) -> None:
    """Run the nightly metadata syndication on the sandbox, then run it again and see that nothing is sent twice."""
    home = HOME / "demo"
    local.stop(home, "sandbox")
    shutil.rmtree(home, ignore_errors=True)
    port = local.free_port(8900)
    env = local.environment(home, f"http://127.0.0.1:{port}")
    with Progress(SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=console) as progress:
        with _step(progress, "Preparing Airflow and the ledger"):
            local.prepare(home, env)
        try:
            with _step(progress, "Starting the sandbox"):
                local.start(local.sandbox_command(port, *seed_options(titles, onix)), home, "sandbox", env)
                if not local.wait_until_up(f"http://127.0.0.1:{port}/__sandbox__/health", patience_s=120):
                    console.print(f"The sandbox did not start; read {home / 'sandbox.log'}")
                    sys.exit(1)
            os.environ.update(env)
            for number in (1, 2):
                with _step(progress, f"Run {number} of {DAG_ID}"):
                    result = _run(home / f"run-{number}.log")
                _show(number, result)
        finally:
            local.stop(home, "sandbox")
    console.print(f"\nTask logs: {home}. Ask the ledger: .venv/bin/colophon ledger show ISBN", highlight=False)


@contextlib.contextmanager
def _step(progress: Progress, text: str) -> Iterator[None]:
    task = progress.add_task(text, total=1)
    yield
    progress.update(task, completed=1)
