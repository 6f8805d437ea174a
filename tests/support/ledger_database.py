"""Where tests keep their ledger: a SQLite file, or the PostgreSQL that COLOPHON_LEDGER_URL names, emptied."""

import os
from pathlib import Path

from sqlalchemy import create_engine, text


def empty_database(folder: Path) -> str:
    """Address of a database without tables."""
    url = os.environ.get("COLOPHON_LEDGER_URL") or f"sqlite:///{folder / 'ledger.db'}"
    if not url.startswith("sqlite"):
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
        engine.dispose()
    return url


def for_airflow(url: str) -> str:
    """The address as a connection of Airflow: it knows PostgreSQL by another name than SQLAlchemy."""
    return url.replace("postgresql+psycopg:", "postgres:", 1)
