"""A person may put an exception off until a day; what takes titles off sale, and what is remembered, is found by indexes of its own."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Forward."""
    op.add_column("exceptions", sa.Column("snoozed_until", sa.DateTime(timezone=True)))
    op.create_index(
        "deliveries_closing",
        "deliveries",
        [sa.text("(use_case || '/' || destination)"), "state", "updated_at"],
        postgresql_where=sa.text("CAST((labels ->> 'closed') AS VARCHAR) IS NOT NULL"),
        sqlite_where=sa.text("json_extract(labels, '$.closed') IS NOT NULL"),
    )
    op.create_index("capabilities_by_name", "capabilities", ["connection"], postgresql_ops={"connection": "varchar_pattern_ops"})
    op.create_index("capabilities_by_age", "capabilities", ["checked_at"])
