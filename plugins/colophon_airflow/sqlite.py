"""How Airflow opens its SQLite database on one machine: writers wait for one another, also in nested transactions.

A SAVEPOINT without a transaction begins one that only reads. When it then writes while somebody else has written, SQLite gives up
at once ("database is locked"), and a backfill started in the UI beside a running DAG fails with 503.
"""

import sqlite3
from typing import Any


class WaitingCursor(sqlite3.Cursor):
    """Takes the right to write before a nested transaction begins."""

    def execute(self, sql: str, parameters: Any = (), /) -> "WaitingCursor":
        """As in the base class."""
        if sql.startswith("SAVEPOINT") and not self.connection.in_transaction:
            super().execute("BEGIN IMMEDIATE")
        super().execute(sql, parameters)
        return self


class WaitingConnection(sqlite3.Connection):
    """A connection with such cursors."""

    def cursor(self, factory: Any = WaitingCursor) -> Any:
        """As in the base class."""
        return super().cursor(factory)


CONNECT_ARGS = {"timeout": 60, "isolation_level": "IMMEDIATE", "factory": WaitingConnection}
"""For `[database] sql_alchemy_connect_args`."""
