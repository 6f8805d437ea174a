"""When a system took a delivery stands by itself: its last change of state says that only of the first one."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Forward."""
    op.add_column("deliveries", sa.Column("accepted_at", sa.DateTime(timezone=True)))
    # Taken no earlier than its try began: the first of those whose answer was lost, or the last that a system answered.
    op.execute(
        """UPDATE deliveries SET accepted_at = coalesce(
            (SELECT min(started_at) FROM attempts WHERE delivery_id = deliveries.id AND result = 'lost'),
            (SELECT max(started_at) FROM attempts WHERE delivery_id = deliveries.id
                AND result IN ('accepted', 'processing', 'held', 'sent', 'confirmed')),
            created_at
        ) WHERE remote_id <> ''"""
    )
