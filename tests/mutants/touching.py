"""A plugin of pytest: notes which test runs which line of some files, and how long it takes.

COLOPHON_TOUCHING names a JSON file: `files` are watched, `to` is where the answer goes.
"""

import json
import os
import sys
from collections.abc import Generator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

_asked = json.loads(Path(os.environ["COLOPHON_TOUCHING"]).read_text(encoding="utf-8"))
_watched = {str(Path(file).resolve()): file for file in _asked["files"]}
_now: set[tuple[str, int]] = set()
_tests: dict[str, dict[str, Any]] = {}


def _call(frame: FrameType, _event: str, _value: object) -> Any:
    return _line if frame.f_code.co_filename in _watched else None


def _line(frame: FrameType, event: str, _value: object) -> Any:
    if event == "line":
        _now.add((frame.f_code.co_filename, frame.f_lineno))
    return _line


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of a test that runs on both databases the half on PostgreSQL is left out: it comes to the same places. What is of PostgreSQL stays."""
    names = {item.nodeid for item in items}

    def has_twin(item: pytest.Item) -> bool:
        twin = item.nodeid.replace("postgresql", "sqlite")
        return twin != item.nodeid and twin in names and "postgres_url" not in getattr(item, "fixturenames", ())

    items[:] = [item for item in items if not has_twin(item)]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, bool, bool]:
    """Watch one test with all that it sets up."""
    _now.clear()
    sys.settrace(_call)
    try:
        return (yield)
    finally:
        sys.settrace(None)
        lines: dict[str, list[int]] = {}
        for name, number in _now:
            lines.setdefault(_watched[name], []).append(number)
        _tests.setdefault(item.nodeid, {})["lines"] = lines


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """How long it took, and whether it was well."""
    test = _tests.setdefault(report.nodeid, {})
    test["seconds"] = test.get("seconds", 0.0) + report.duration
    test["failed"] = test.get("failed", False) or report.failed


def pytest_sessionfinish() -> None:
    """Write it down."""
    Path(_asked["to"]).write_text(json.dumps(_tests), encoding="utf-8")
