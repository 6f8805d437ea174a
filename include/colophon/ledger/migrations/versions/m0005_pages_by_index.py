"""Whatever a page shows is found by an index, in the order in which it is shown."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

PLACE = "(use_case || '/' || destination)"
OPEN = "closed_at IS NULL"


def upgrade() -> None:
    """Forward."""
    for name in ("deliveries_states", "deliveries_latest", "deliveries_carried"):
        op.drop_index(name, "deliveries")
    states: list[str | sa.TextClause] = [sa.text(PLACE), "state", "bundled", "updated_at", "id"]
    op.create_index("deliveries_states", "deliveries", states, postgresql_include=["use_case", "destination"])
    _index("deliveries_latest", "deliveries", "updated_at", "id", "state")
    _index("deliveries_carried", "deliveries", "carrier_id", "updated_at", "id", where="carrier_id IS NOT NULL")
    _index("deliveries_coded", "deliveries", "code", sa.text(PLACE), "state", "updated_at", "id", where="code <> ''")
    _index("exceptions_latest", "exceptions", "opened_at", "id")
    for column in ("assignee", "rule", "destination", "imprint"):
        _index(f"exceptions_of_{column}", "exceptions", column, "opened_at", "id", where=OPEN)
    _index("audit_by_person", "audit", "by", "id")
    _index("write_backs_by_age", "write_backs", "created_at", "id")
    _index("write_backs_by_state", "write_backs", "state", "created_at", "id")
    _index("write_backs_by_operation", "write_backs", "operation", "state", "created_at", "id")
    _index("write_backs_of_sheet", "write_backs", "sheet", "state", where="sheet IS NOT NULL")


def _index(name: str, table: str, *columns: str | sa.TextClause, where: str = "") -> None:
    condition = sa.text(where) if where else None
    op.create_index(name, table, list(columns), postgresql_where=condition, sqlite_where=condition)
