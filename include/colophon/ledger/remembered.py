"""What is remembered by name, within a transaction."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from colophon.ledger.statements import insert_for
from colophon.ledger.tables import capabilities


def remembered(connection: Connection, name: str) -> Mapping[str, Any] | None:
    """What is remembered under a name; None: nothing."""
    found: Mapping[str, Any] | None = connection.scalar(select(capabilities.c.value).where(capabilities.c.connection == name))
    return found


def remember(connection: Connection, name: str, value: Mapping[str, Any], now: datetime) -> None:
    """Remember something, in place of what was."""
    row = insert_for(connection)(capabilities).values(connection=name, value=dict(value), checked_at=now)
    changed = {"value": dict(value), "checked_at": now}
    connection.execute(row.on_conflict_do_update(index_elements=["connection"], set_=changed))


def remember_first(connection: Connection, name: str, value: Mapping[str, Any], now: datetime) -> None:
    """Remember something unless there is something under this name."""
    row = insert_for(connection)(capabilities).values(connection=name, value=dict(value), checked_at=now)
    connection.execute(row.on_conflict_do_nothing())
