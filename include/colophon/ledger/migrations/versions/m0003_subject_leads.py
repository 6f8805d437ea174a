"""A subject's rows are found by their subject first; what the desk asks for has indexes of its own."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

GONE = ("deliveries_states", "deliveries_by_subject", "ix_deliveries_isbn", "ix_deliveries_carrier_id", "ix_deliveries_remote_id")
CONDITIONS = {
    "deliveries_to_claim": "NOT bundled AND state IN ('planned', 'in_flight')",
    "deliveries_isbn": "isbn IS NOT NULL",
    "deliveries_carried": "carrier_id IS NOT NULL",
    "deliveries_remote": "remote_id IS NOT NULL",
    "exceptions_open": "closed_at IS NULL",
    "exceptions_of_owner": "closed_at IS NULL",
}


def upgrade() -> None:
    """Forward. SQLite cannot change a constraint: there the table is copied, without its indexes."""
    for name in (*GONE, "deliveries_to_claim"):
        op.drop_index(name, "deliveries")
    with op.batch_alter_table("deliveries") as table:
        table.drop_constraint("one_row_per_revision", type_="unique")
        table.create_unique_constraint("one_row_per_revision", ["subject", "use_case", "destination", "revision"])
    _index("deliveries_states", "deliveries", sa.text("(use_case || '/' || destination)"), "state", "bundled")
    _index("deliveries_latest", "deliveries", "updated_at", "state")
    _index("deliveries_to_claim", "deliveries", "use_case", "destination", "created_at", "id")
    _index("deliveries_isbn", "deliveries", "isbn")
    _index("deliveries_carried", "deliveries", "carrier_id")
    _index("deliveries_remote", "deliveries", "remote_id")
    op.drop_index("ix_outcome_events_delivery_id", "outcome_events")
    op.drop_index("exceptions_open", "exceptions")
    _index("exceptions_open", "exceptions", "opened_at", "id")
    _index("exceptions_of_owner", "exceptions", "owner", "opened_at", "id")


def _index(name: str, table: str, *columns: str | sa.TextClause) -> None:
    where = sa.text(CONDITIONS[name]) if name in CONDITIONS else None
    op.create_index(name, table, list(columns), postgresql_where=where, sqlite_where=where)
