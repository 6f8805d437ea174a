"""The tables of royalties' money: personal data, in minor units of each sum's own currency. Nothing in them is ever counted twice."""

from sqlalchemy import BigInteger, CheckConstraint, Column, Date, Index, LargeBinary, String, Table

from colophon.ledger.columns import ForeignString
from colophon.ledger.tables import metadata

STATES = ("counted", "held", "returned")

royalty_accounts = Table(
    "royalty_accounts",
    metadata,
    Column("contract_id", BigInteger, primary_key=True, autoincrement=False),
    Column("period", String(12), primary_key=True),
    Column("ends_on", Date, nullable=False),
    Column("account_id", ForeignString(200), nullable=False),
    Column("run", ForeignString(250), nullable=False),
    Index("royalty_accounts_by_period", "period", "account_id"),
)
"""Which account each contract was approved in, period by period: it is closed under any other name."""

royalty_lines = Table(
    "royalty_lines",
    metadata,
    Column("contract_id", BigInteger, primary_key=True, autoincrement=False),
    Column("product_id", BigInteger, primary_key=True, autoincrement=False),
    Column("period", String(12), primary_key=True),
    Column("part", String(10), primary_key=True),
    Column("currency", String(3), primary_key=True),
    Column("state", String(10), nullable=False),
    Column("lines", BigInteger, nullable=False),
    Column("copies", BigInteger, nullable=False),
    Column("value", BigInteger, nullable=False),
    Column("hashes", LargeBinary, nullable=False),
    Column("run", ForeignString(250), nullable=False),
    CheckConstraint(f"state IN ({', '.join(map(repr, STATES))})", name="known_line_state"),
    Index("royalty_lines_of_product", "product_id"),
    Index("royalty_lines_of_state", "state"),
)
"""Sales lines: of each product under each contract the identities of what a run counted, eight bytes each, and what they add up to."""

royalty_money = Table(
    "royalty_money",
    metadata,
    Column("identity", String(64), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("contract_id", BigInteger, nullable=False),
    Column("payee_id", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("on_day", Date),
    Column("state", String(10), nullable=False),
    Column("use", ForeignString(200), nullable=False),
    Column("account_id", ForeignString(200), nullable=False),
    Column("period", String(12), nullable=False),
    Column("run", ForeignString(250), nullable=False),
    CheckConstraint(f"state IN ({', '.join(map(repr, STATES))})", name="known_money_state"),
    Index("royalty_money_of_contract", "contract_id", "payee_id"),
    Index("royalty_money_of_period", "period", "account_id"),
)
"""Instalments, payments, receipts, and what statements did: reserves, deductions, tax, what was due. One row for each, for ever."""
