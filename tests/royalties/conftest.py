"""The published cases, and short ways to say lines and rules."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from colophon.royalties.line import Line
from colophon.royalties.policy import Basis, Policy
from colophon.royalties.rules import Rule

DAY = date(2026, 1, 15)


@pytest.fixture(scope="session")
def published(shared_data: Path) -> dict[str, Any]:
    """Worked examples that others published, by id; skips where the shared data is absent."""
    cases = json.loads((shared_data / "royalties" / "cases.json").read_text(encoding="utf-8"))["cases"]
    return {case["id"]: case for case in cases}


@pytest.fixture
def policy() -> Policy:
    return Policy(version="test")


@pytest.fixture
def line() -> Callable[..., Line]:
    """A sale of contract 1, hardback 10, one a day; say what differs."""
    names = iter(range(1_000_000))

    def make(units: int, **other: Any) -> Line:
        given = {"id": f"l{next(names):06}", "contract_id": 1, "product_id": 10, "format": "HB", "sold_on": DAY, "currency": "USD"}
        return Line(**{**given, "units": units, **other})

    return make


@pytest.fixture
def rule() -> Callable[..., Rule]:
    """A rule of contract 1; say what differs."""

    def make(*rates: int, **other: Any) -> Rule:
        return Rule(**{"id": "r", "contract_id": 1, "basis": Basis.LIST, "rates": rates, **other})

    return make
