"""The suite can fail: with a guard taken out of the HTTP layer, the tests that stand for it do."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
STANDS_FOR = {
    "redirects": ("test_a_write_never_follows_a_redirect", "test_a_read_never_leaves_its_host"),
    "resets": ("test_answer_lost_once", "test_answers_lost_without_end"),
    "headers": ("test_nothing_of_extra_becomes_a_header",),
}


@pytest.mark.parametrize("guard", sorted(STANDS_FOR))
def test_a_guard_that_is_missing_is_noticed(guard: str, tmp_path: Path) -> None:
    """On a system with a write of class D: each of the tests that stand for the guard has a case that fails."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "without_guard", "-p", "no:cacheprovider", f"--basetemp={tmp_path / 'inner'}"]
    chosen = ["-k", " or ".join(STANDS_FOR[guard]), str(HERE / "test_opentext_push.py")]
    env = {**os.environ, "COLOPHON_WITHOUT": guard, "PYTHONPATH": str(HERE)}
    ran = subprocess.run([*command, *chosen], env=env, capture_output=True, text=True, check=False, timeout=300)
    failed = [line for line in ran.stdout.splitlines() if line.startswith("FAILED")]
    assert ran.returncode == pytest.ExitCode.TESTS_FAILED, ran.stdout[-2000:] + ran.stderr[-2000:]
    for test in STANDS_FOR[guard]:
        assert any(test in line for line in failed), (test, failed)
