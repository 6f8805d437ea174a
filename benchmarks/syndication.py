"""The whole DAG on many titles to three recipients: Colophon's own CPU time, the sandbox's apart, and the memory of the tasks.

python -m benchmarks.syndication [TITLES]      (100,000 where not given; a Python GraphQL server takes most of the wall time)
"""

import os
import sys
import tempfile
import time
from pathlib import Path

from pluggy import HookimplMarker

from colophon_airflow import local
from colophon_airflow.cli.demo import run_dag

hookimpl = HookimplMarker("airflow")
TITLES = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
RECIPIENTS = ["retailer-plain", "distributor-short", "erp-json"]
AIM_CPU_S = 8 * 60 * TITLES / 100_000
AIM_MEGABYTES = 500


class Memory:
    """A listener: the most memory that a task has in a process of its own. (Here one process runs them all.)"""

    def __init__(self) -> None:
        """Nothing is known before the first task begins."""
        self.bare = self.begun = self.most = 0

    @hookimpl
    def on_task_instance_running(self) -> None:
        """Remember where the task begins; the kernel's high-water mark is reset."""
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        self.begun = _megabytes("VmRSS:")
        self.bare = self.bare or self.begun

    @hookimpl
    def on_task_instance_success(self) -> None:
        """What the first task found, and what this one added."""
        self.most = max(self.most, self.bare + _megabytes("VmHWM:") - self.begun)


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        home, port = Path(folder), local.free_port(8900)
        env = local.environment(home, f"http://127.0.0.1:{port}")
        local.prepare(home, env)
        pid = local.start(local.sandbox_command(port, "--generate", str(TITLES)), home, "sandbox", env)
        try:
            if not local.wait_until_up(f"http://127.0.0.1:{port}/__sandbox__/health", patience_s=600, process=pid):
                sys.exit((home / "sandbox.log").read_text(encoding="utf-8"))
            os.environ.update(env)
            memory = Memory()
            from airflow.sdk.listener import get_listener_manager

            get_listener_manager().add_listener(memory)
            before = _cpu_of(pid)
            for number, mode in ((1, "full"), (2, "delta")):
                _measure(number, mode, home, memory)
            print(f"{'CPU of the sandbox, both runs':<34}{_cpu_of(pid) - before:>9,.0f} s")
        finally:
            local.stop(home, "sandbox")


def _measure(number: int, mode: str, home: Path, memory: Memory) -> None:
    wall, own = time.monotonic(), time.process_time()
    report = run_dag(home / f"run-{number}.log", mode=mode, recipients=RECIPIENTS)
    wall, own = time.monotonic() - wall, time.process_time() - own
    sent = sum(found["plan"]["new"] for found in report["destinations"].values())
    print(f"run {number} ({mode}): {report['read']:,} titles read, {sent:,} deliveries to {len(RECIPIENTS)} recipients")
    print(f"{'  wall time':<34}{wall:>9,.0f} s")
    print(f"{'  own CPU time':<34}{own:>9,.0f} s   {own / AIM_CPU_S:.2f} x the aim of {AIM_CPU_S:,.0f} s")
    print(
        f"{'  most memory of a task':<34}{memory.most:>9,.0f} MB  {memory.most / AIM_MEGABYTES:.2f} x the aim of {AIM_MEGABYTES} MB",
        flush=True,
    )


def _megabytes(name: str) -> int:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) // 1024 for line in status.splitlines() if line.startswith(name))


def _cpu_of(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
