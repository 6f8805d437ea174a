"""A database for each test: a SQLite file, or the PostgreSQL that COLOPHON_LEDGER_URL names, emptied."""

from pathlib import Path

import pytest
from ledger_database import empty_database

from colophon.ledger import upgrade


@pytest.fixture
def ledger_url(empty_url: str) -> str:
    """Address of an empty ledger of today's schema."""
    upgrade(empty_url)
    return empty_url


@pytest.fixture
def empty_url(tmp_path: Path) -> str:
    """Address of a database without tables."""
    return empty_database(tmp_path)
