"""The environment in force reaches everything that would ask the machine, and the linter sees whoever asks the machine itself."""

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from ledger_database import make_ledger

from colophon import environment
from colophon.domain.delivery import Intent
from colophon.environment import REAL, use
from colophon.ledger import Ledger

ROOT = Path(__file__).resolve().parents[1]
NOON = datetime(2031, 3, 17, 12, tzinfo=UTC)
ELSEWHERE = replace(REAL, clock=lambda: NOON, new_id=lambda: "id-1", random=lambda: 0.25, monotonic=lambda: 7.0)
AMBIENT = {
    "import time\n\n\nmoment = time.time()",
    "from time import sleep\n\nsleep(1)",
    "import time as clock\n\nseconds = clock.monotonic",
    "from datetime import datetime\n\nmoment = datetime.now",
    "import datetime\n\nday = datetime.date.today()",
    "import random\n\nnumber = random.random()",
    "from secrets import token_hex\n\nkey = token_hex()",
    "from uuid import uuid4\n\nnumber = uuid4()",
    "from concurrent.futures import ThreadPoolExecutor\n\npool = ThreadPoolExecutor(2)",
    "import threading\n\nthread = threading.Thread()",
}


def test_what_is_in_force_holds_for_the_block_and_its_threads_alone() -> None:
    """A pool's threads live in the same time as the thread that made the pool; afterwards all is as before."""
    with use(ELSEWHERE):
        with environment.pool(2) as pool:
            there = list(pool.map(lambda _: (environment.now(), environment.random(), environment.monotonic()), range(4)))
        assert there == [(NOON, 0.25, 7.0)] * 4
        assert environment.new_id() == "id-1"
    assert environment.now() > datetime(2026, 1, 1, tzinfo=UTC)
    assert environment.now() != NOON
    assert environment.new_id() != environment.new_id()


def test_the_ledger_writes_down_the_time_in_force(tmp_path: Path) -> None:
    """A ledger that is opened without a clock of its own takes the environment's."""
    make_ledger(url := f"sqlite:///{tmp_path / 'ledger.db'}")
    with use(ELSEWHERE), Ledger.open(url) as ledger:
        ledger.plan([Intent("push__x", "people", "isbn:9780000000002", "A", b"{}", "application/json", NOON)])
        assert [row.updated_at for row in ledger.all_of("push__x", "people")] == [NOON]


@pytest.mark.parametrize("place", ["include/colophon/x.py", "plugins/colophon_airflow/operators/x.py"])
def test_the_linter_refuses_to_ask_the_machine(place: str) -> None:
    """Every way round the environment is named; a new one would have to be added here."""
    ruff = [str(Path(sys.executable).with_name("ruff")), "check", "--select", "TID251", "--output-format", "concise", "--stdin-filename"]
    for code in AMBIENT:
        found = subprocess.run([*ruff, str(ROOT / place), "-"], input=code, capture_output=True, text=True, check=False, cwd=ROOT)
        assert "TID251" in found.stdout, code
