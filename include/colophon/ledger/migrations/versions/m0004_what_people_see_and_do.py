"""What people see and do: titles to search, exceptions with an assignee, a record of every action."""

import json
import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Forward; titles that were sent already become findable."""
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("target", sa.String(length=200), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("audit_by_target", "audit", ["target", "id"])
    op.create_table(
        "titles",
        sa.Column("isbn", sa.String(length=13), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("contributors", sa.String(length=300), nullable=False),
        sa.Column("words", sa.String(length=520), nullable=False),
        sa.PrimaryKeyConstraint("isbn"),
    )
    op.add_column("exceptions", sa.Column("assignee", sa.String(length=200), nullable=True))
    op.add_column("exceptions", sa.Column("closed_by", sa.String(length=200), nullable=True))
    _fill_titles()


def _fill_titles() -> None:
    connection = op.get_bind()
    rows = connection.execution_options(yield_per=1000).execute(
        sa.text("SELECT isbn, labels FROM deliveries WHERE isbn IS NOT NULL ORDER BY isbn, created_at")
    )
    found = {}
    for isbn, labels in rows:
        told = json.loads(labels) if isinstance(labels, str) else labels
        if told.get("title"):
            found[isbn] = told["title"][:200]
    connection.execution_options(yield_per=None)
    titles = sa.table("titles", *(sa.column(name) for name in ("isbn", "title", "contributors", "words")))
    made = [{"isbn": isbn, "title": title, "contributors": "", "words": _words(title)} for isbn, title in found.items()]
    for start in range(0, len(made), 1000):
        connection.execute(sa.insert(titles), made[start : start + 1000])


def _words(text: str) -> str:
    # As `titles.words_of` at this version; a migration does not follow later changes.
    spread = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in spread if not unicodedata.combining(letter))[:520]
