"""Royalties' money has tables of its own: which account each contract was approved in, the lines that were counted, sums of money."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

STATES = "state IN ('counted', 'held', 'returned')"


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "royalty_accounts",
        sa.Column("contract_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("period", sa.String(12), primary_key=True),
        sa.Column("ends_on", sa.Date, nullable=False),
        sa.Column("account_id", sa.String(200), nullable=False),
        sa.Column("run", sa.String(250), nullable=False),
    )
    op.create_index("royalty_accounts_by_period", "royalty_accounts", ["period", "account_id"])
    op.create_table(
        "royalty_lines",
        sa.Column("contract_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("product_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("period", sa.String(12), primary_key=True),
        sa.Column("part", sa.String(10), primary_key=True),
        sa.Column("currency", sa.String(3), primary_key=True),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("lines", sa.BigInteger, nullable=False),
        sa.Column("copies", sa.BigInteger, nullable=False),
        sa.Column("value", sa.BigInteger, nullable=False),
        sa.Column("hashes", sa.LargeBinary, nullable=False),
        sa.Column("run", sa.String(250), nullable=False),
        sa.CheckConstraint(STATES, name="known_line_state"),
    )
    op.create_index("royalty_lines_of_product", "royalty_lines", ["product_id"])
    op.create_index("royalty_lines_of_state", "royalty_lines", ["state"])
    op.create_table(
        "royalty_money",
        sa.Column("identity", sa.String(64), primary_key=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("contract_id", sa.BigInteger, nullable=False),
        sa.Column("payee_id", sa.BigInteger, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.Column("on_day", sa.Date),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("use", sa.String(200), nullable=False),
        sa.Column("account_id", sa.String(200), nullable=False),
        sa.Column("period", sa.String(12), nullable=False),
        sa.Column("run", sa.String(250), nullable=False),
        sa.CheckConstraint(STATES, name="known_money_state"),
    )
    op.create_index("royalty_money_of_contract", "royalty_money", ["contract_id", "payee_id"])
    op.create_index("royalty_money_of_period", "royalty_money", ["period", "account_id"])
