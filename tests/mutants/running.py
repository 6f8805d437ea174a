"""Tests in a copy of the tree, each run in a forked process that has Python's libraries, and nothing of ours, loaded already."""

import importlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

LIBRARIES = ("pytest", "hypothesis.stateful", "sqlalchemy", "alembic.command", "psycopg", "pydantic", "requests", "lxml.etree")
PATIENCE = 5
"""A test that takes so many times as long as it should does not end."""


class Test(NamedTuple):
    """A test: how long it takes, and the lines that it runs, by file."""

    id: str
    seconds: float
    lines: dict[str, frozenset[int]]


class Copy:
    """A copy of the project's files below a folder."""

    def __init__(self, root: Path, folder: Path) -> None:
        """Copy all that git knows or would know."""
        self.folder = folder
        listed = subprocess.run(["git", "ls-files", "-coz", "--exclude-standard"], cwd=root, check=True, capture_output=True).stdout
        for name in filter(None, listed.decode().split("\0")):
            if (root / name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(root / name, folder / name)
        for name in LIBRARIES:
            importlib.import_module(name)

    def tests(self, paths: Sequence[str], files: Sequence[str]) -> list[Test]:
        """Run tests as they are, quickest first, and watch files.

        :raises SystemExit: one of them fails without any bug of ours.
        """
        told, asked = self.folder / "touching.json", self.folder / "asked.json"
        asked.write_text(json.dumps({"files": list(files), "to": str(told)}), encoding="utf-8")
        self._run([*paths, "-p", "tests.mutants.touching"], 3600, COLOPHON_TOUCHING=str(asked))
        if not told.exists():
            raise SystemExit("the tests cannot be run")
        found: dict[str, dict[str, Any]] = json.loads(told.read_text(encoding="utf-8"))
        told.unlink()
        if failed := [name for name, test in found.items() if test["failed"]]:
            raise SystemExit(f"these fail as they are: {', '.join(failed)}")
        tests = [Test(k, t["seconds"], {file: frozenset(lines) for file, lines in t["lines"].items()}) for k, t in found.items()]
        return sorted(tests, key=lambda test: test.seconds)

    def catches(self, file: str, source: str, tests: Sequence[Test]) -> bool:
        """Whether one of the tests fails, or does not end, when a file has another text."""
        path = self.folder / file
        before = path.read_text(encoding="utf-8")
        path.write_text(source, encoding="utf-8")
        try:
            longest = PATIENCE * (1 + tests[-1].seconds)
            each = ["-o", f"faulthandler_timeout={longest}", "-o", "faulthandler_exit_on_timeout=true"]
            return self._run(["-x", *each, *(test.id for test in tests)], 60 + PATIENCE * sum(test.seconds for test in tests)) != 0
        finally:
            path.write_text(before, encoding="utf-8")

    def _run(self, arguments: Sequence[str], patience_s: float, **env: str) -> int:
        """The exit code of pytest; 1 where it does not end."""
        pid = os.fork()
        if not pid:
            self._become_pytest(arguments, env)
        end = time.monotonic() + patience_s
        while time.monotonic() < end:
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.02)
        os.killpg(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        return 1

    def _become_pytest(self, arguments: Sequence[str], env: dict[str, str]) -> None:
        code = 70
        try:
            os.setsid()
            os.chdir(self.folder)
            os.environ.update(env)
            nothing = os.open(os.devnull, os.O_RDWR)
            for stream in (0, 1, 2):
                os.dup2(nothing, stream)
            sys.dont_write_bytecode = True
            sys.path[:0] = [str(self.folder / part) for part in ("", "include", "plugins")]
            import pytest

            loaded = ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
            code = int(pytest.main([*arguments, *loaded, "-q", "-n", "0", "-p", "no:cacheprovider", f"--basetemp={self.folder / '.tmp'}"]))
        except BaseException:  # a child of ours must not go on as its parent
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
