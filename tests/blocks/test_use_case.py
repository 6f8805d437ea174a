"""A use case of the wrong shape is refused by the type checker or when it is made, and never at three in the morning."""

import subprocess
import sys
from pathlib import Path

import pytest

from colophon.blocks.use_case import UseCase
from colophon.domain.todo import Todo

ROOT = Path(__file__).resolve().parents[2]
CASE = """
from collections.abc import Sequence

from colophon.blocks.decision import DecisionContext, Plan
from colophon.blocks.use_case import UseCase
from colophon.domain.facts import Facts
from colophon.domain.todo import Todo


def decide({arguments}) -> {result}:
    return {value}


CASE = UseCase(id="x", reads=(Todo,), decide=decide, backfill="{backfill}")
"""
GOOD = {"arguments": "facts: Facts, context: DecisionContext", "result": "Plan", "value": "Plan()", "backfill": "silent"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, "Success"),
        ({"arguments": "todos: Sequence[Todo], context: DecisionContext"}, "arg-type"),
        ({"arguments": "facts: Facts"}, "arg-type"),
        ({"result": "list[str]", "value": "[]"}, "arg-type"),
        ({"backfill": "sometimes"}, "arg-type"),
    ],
)
def test_the_type_checker_refuses_a_decision_of_the_wrong_shape(tmp_path: Path, change: dict, said: str) -> None:
    """Other facts, no context, another answer, an unknown way to catch up; the right one passes."""
    file = tmp_path / "case.py"
    file.write_text(CASE.format(**GOOD | change), encoding="utf-8")
    asked = [sys.executable, "-m", "mypy", "--config-file", ROOT / "pyproject.toml", file]
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)
    assert said in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize("reads", [(), (Todo, Todo)])
def test_a_case_that_reads_nothing_or_a_kind_twice_is_refused(reads: tuple) -> None:
    """When it is made, and so by the test that imports every use case."""
    with pytest.raises(ValueError, match="reads has to name"):
        UseCase(id="x", reads=reads, decide=lambda _facts, _context: None, backfill="latest")
