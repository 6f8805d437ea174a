"""A linter or the type checker is silenced only with a reason on the line."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SILENCE = re.compile(r"# (?:noqa|type: ignore)\b")
WITH_REASON = re.compile(r"# noqa: [A-Z0-9, ]+ - \w|# type: ignore\[[a-z, -]+\]  # \w")


def silences_without_reason(text: str) -> list[str]:
    """Lines that silence and do not say why."""
    return [line.strip() for line in text.splitlines() if SILENCE.search(line) and not WITH_REASON.search(line)]


@pytest.mark.parametrize("folder", ["include", "plugins", "dags", "tests", "docs", "benchmarks"])
def test_every_silence_has_its_reason(folder: str) -> None:
    """Who reads the line knows why the rule does not hold there."""
    files = [path for path in (ROOT / folder).rglob("*.py") if path != Path(__file__)]
    assert {
        str(path.relative_to(ROOT)): lines for path in files if (lines := silences_without_reason(path.read_text(encoding="utf-8")))
    } == {}


def test_a_bare_silence_is_seen() -> None:
    """The check can fail."""
    assert silences_without_reason("x = y  # noqa: E731\nx = y  # noqa: E731 - short\nx = y  # type: ignore[misc]\n") == [
        "x = y  # noqa: E731",
        "x = y  # type: ignore[misc]",
    ]
