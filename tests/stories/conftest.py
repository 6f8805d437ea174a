"""The station that every story runs on."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from station import Station, open_station


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    """An empty house on 1 May 2026, 06:00 UTC."""
    with open_station(tmp_path) as opened:
        yield opened
