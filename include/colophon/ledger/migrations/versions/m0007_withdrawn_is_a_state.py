"""What waits can be withdrawn, or wait for another delivery; what was to go in any case says so."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Forward."""
    op.add_column("deliveries", sa.Column("ordering", sa.String(6), nullable=False, server_default="latest"))
    op.add_column("deliveries", sa.Column("unwanted", sa.Text))
    op.add_column("deliveries", sa.Column("after_id", sa.String(34)))
    op.add_column("deliveries", sa.Column("after_outcome", sa.String(20)))
    unwanted = sa.text("unwanted IS NOT NULL")
    op.create_index("deliveries_unwanted", "deliveries", ["use_case", "destination"], postgresql_where=unwanted, sqlite_where=unwanted)
    # Until now only statements told to finance went each, whatever followed them on their contract.
    op.execute("UPDATE deliveries SET ordering = 'every' WHERE use_case = 'xconnector__rights_royalty_exchange' AND occurrence LIKE '%:%'")
