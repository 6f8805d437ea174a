"""A whole DAG on the sandbox in this process: its own CPU time, the sandbox's apart, and the memory of the tasks."""

import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from pluggy import HookimplMarker

from colophon_airflow import local, processes
from colophon_airflow.cli.demo import run_dag

hookimpl = HookimplMarker("airflow")


class Tasks:
    """A listener: the CPU time of all tasks, and the most memory that one has in a process of its own. (Here one process runs them all.)"""

    def __init__(self) -> None:
        """Nothing is known before the first task begins."""
        self.bare = self.begun = 0
        self.first_s = self.began_s = 0.0
        self.forget()

    def forget(self) -> None:
        """Begin anew: megabytes at most, and seconds of CPU time, by task."""
        self.megabytes, self.cpu_s, self.first_s = Counter[str](), Counter[str](), 0.0

    @hookimpl
    def on_task_instance_running(self) -> None:
        """Remember where the task begins; the kernel's high-water mark is reset."""
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        self.begun = _megabytes("VmRSS:")
        self.bare = self.bare or self.begun
        self.began_s = time.process_time()
        self.first_s = self.first_s or self.began_s

    @hookimpl
    def on_task_instance_success(self, task_instance: Any) -> None:
        """What the first task found, and what this one added."""
        name = task_instance.task_id
        self.megabytes[name] = max(self.megabytes[name], self.bare + _megabytes("VmHWM:") - self.begun)
        self.cpu_s[name] += time.process_time() - self.began_s


class Installation(NamedTuple):
    """Airflow, a ledger and a sandbox in a folder."""

    home: Path
    sandbox: int
    tasks: Tasks

    def measure(self, dag_id: str, aim_cpu_s: float, aim_megabytes: int, **conf: Any) -> dict[str, Any]:
        """Run a DAG once with values of its form and print what it took; returns its report."""
        self.tasks.forget()
        wall, began, theirs = time.monotonic(), time.process_time(), _cpu_of(self.sandbox)
        report = run_dag(self.home / f"{dag_id}-{wall:.0f}.log", dag_id, **conf)
        wall, own, theirs = time.monotonic() - wall, time.process_time() - began, _cpu_of(self.sandbox) - theirs
        of_run = began + own - self.tasks.first_s
        print(f"{'  wall time':<34}{wall:>9,.0f} s")
        print(f"{'  own CPU time':<34}{of_run:>9,.1f} s   {of_run / aim_cpu_s:.2f} x the aim of {aim_cpu_s:,.0f} s")
        for task, cpu_s in self.tasks.cpu_s.most_common(5):
            print(f"{'    of it in ' + task:<34}{cpu_s:>9,.1f} s")
        print(f"{'  and to read all DAG files before':<34}{own - of_run:>9,.1f} s")
        print(f"{'  CPU time of the sandbox':<34}{theirs:>9,.0f} s")
        [(task, most)] = self.tasks.megabytes.most_common(1)
        print(
            f"{'  most memory of a task':<34}{most:>9,.0f} MB  {most / aim_megabytes:.2f} x the aim of {aim_megabytes} MB ({task})",
            flush=True,
        )
        return report


@contextmanager
def installation(count: int) -> Iterator[Installation]:
    """With so many products in the sandbox's Consonance."""
    with tempfile.TemporaryDirectory() as folder:
        home, port = Path(folder), processes.free_port(8900)
        env = local.environment(home, f"http://127.0.0.1:{port}")
        local.prepare(home, env)
        pid = processes.start(processes.sandbox_command(port, "--generate", str(count)), home, "sandbox", env)
        try:
            if not processes.wait_until_up(f"http://127.0.0.1:{port}/__sandbox__/health", patience_s=600, process=pid):
                sys.exit((home / "sandbox.log").read_text(encoding="utf-8"))
            os.environ.update(env)
            tasks = Tasks()
            from airflow.sdk.listener import get_listener_manager

            get_listener_manager().add_listener(tasks)
            yield Installation(home, pid, tasks)
        finally:
            processes.stop(home, "sandbox")


def _megabytes(name: str) -> int:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) // 1024 for line in status.splitlines() if line.startswith(name))


def _cpu_of(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
