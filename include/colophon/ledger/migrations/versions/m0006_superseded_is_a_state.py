"""What gave way to a newer revision is no failure: its state says so, instead of a code."""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Forward."""
    op.execute("UPDATE deliveries SET state = 'superseded', code = '' WHERE state = 'failed' AND code = 'superseded'")
