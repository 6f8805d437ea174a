"""Indexes in the order of claims, and by subject: whichever one PostgreSQL takes, it finds a subject's rows at once."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Forward."""
    open_rows = sa.text("NOT bundled AND state IN ('planned', 'in_flight')")
    op.drop_index("deliveries_by_state", "deliveries")
    op.create_index("deliveries_states", "deliveries", ["use_case", "destination", "subject", "revision", "state"])
    op.create_index(
        "deliveries_to_claim",
        "deliveries",
        ["use_case", "destination", "created_at", "id"],
        postgresql_where=open_rows,
        sqlite_where=open_rows,
    )
