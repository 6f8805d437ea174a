"""A database for each test: a SQLite file, or the PostgreSQL that COLOPHON_LEDGER_URL names, emptied."""

import os
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from colophon.ledger import upgrade


@pytest.fixture
def ledger_url(empty_url: str) -> str:
    """Address of an empty ledger of today's schema."""
    upgrade(empty_url)
    return empty_url


@pytest.fixture
def empty_url(tmp_path: Path) -> str:
    """Address of a database without tables."""
    url = os.environ.get("COLOPHON_LEDGER_URL") or f"sqlite:///{tmp_path / 'ledger.db'}"
    if not url.startswith("sqlite"):
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
        engine.dispose()
    return url
