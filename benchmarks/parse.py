"""Seconds to parse each DAG file beyond `import airflow.sdk`: the best of five fresh interpreters, against the limit of 0.2 s."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LIMIT = 0.2
SCRIPT = """
import sys, time, warnings
warnings.simplefilter("ignore")
import airflow.sdk
from airflow.sdk import CronDataIntervalTimetable, Param, dag, task_group, BaseOperator
begin = time.perf_counter()
exec(compile(open(sys.argv[1], encoding="utf-8").read(), sys.argv[1], "exec"), {"__name__": "dag", "__doc__": ""})
print(time.perf_counter() - begin)
"""


def main() -> None:
    """Print the table."""
    for file in sorted((ROOT / "dags").glob("*/*.py")):
        runs = [
            float(subprocess.run([sys.executable, "-c", SCRIPT, str(file)], capture_output=True, text=True, check=True).stdout.split()[-1])
            for _ in range(5)
        ]
        print(f"{file.relative_to(ROOT)!s:<44}{min(runs):>8.3f} s   {min(runs) / LIMIT:.2f} x the limit of {LIMIT} s")


if __name__ == "__main__":
    main()
