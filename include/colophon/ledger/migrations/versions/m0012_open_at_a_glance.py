"""How many exceptions are open, and which events wait, is counted by indexes alone, also since an exception can be put off."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Forward."""
    is_open = sa.text("closed_at IS NULL")
    for name in ("owner", "assignee", "rule", "destination", "imprint"):
        op.drop_index(f"exceptions_of_{name}", "exceptions")
        columns = [name, "opened_at", "id", "snoozed_until"]
        op.create_index(f"exceptions_of_{name}", "exceptions", columns, postgresql_where=is_open, sqlite_where=is_open)
    op.drop_index("inbox_by_state", "inbox")
    op.create_index("inbox_by_state", "inbox", ["state", "type", "source", "received_at"])
