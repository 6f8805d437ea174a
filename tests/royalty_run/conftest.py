"""A ledger of its own for each test: SQLite, or PostgreSQL where COLOPHON_LEDGER_URL names a server."""

import pytest

from colophon.ledger import Ledger


@pytest.fixture
def ledger(ledger_url):
    """An empty ledger."""
    with Ledger.open(ledger_url) as opened:
        yield opened
