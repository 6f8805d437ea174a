"""What cannot be is refused by the database; rows that are so already are put right, and say so. When a row was last judged is kept."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

STATES = (
    *("planned", "in_flight", "unknown", "superseded", "withdrawn", "accepted", "processing", "held", "sent", "confirmed", "opened"),
    *("picked_up", "responded", "bounced", "failed", "opted_out", "skipped"),
)
KNOWN_STATE = f"state IN ({', '.join(repr(state) for state in STATES)})"
DELIVERIES = {
    "known_state": KNOWN_STATE,
    "held_in_flight": "(state = 'in_flight') = (owner IS NOT NULL) AND (state = 'in_flight') = (lease_until IS NOT NULL)",
    "carried_by_another": "state <> 'in_flight' OR (NOT bundled AND carrier_id IS NULL)",
    "counted": "tries >= 0 AND revision >= 0",
    "known_class": "delivery_class IN ('A', 'B', 'C', 'D')",
}
ATTEMPTS = {"ended_with_a_result": "(ended_at IS NULL) = (result = 'started')"}
# More than one of a subject in flight: the oldest stays. Of the others nobody knows what became of them.
SECOND = """state = 'in_flight' AND EXISTS (SELECT 1 FROM deliveries AS first
    WHERE first.subject = deliveries.subject AND first.use_case = deliveries.use_case AND first.destination = deliveries.destination
    AND first.state = 'in_flight' AND first.revision < deliveries.revision)"""
MENDED = (
    f"UPDATE deliveries SET detail = 'its state was ' || state || '. ' || detail, code = 'unknown.effect', state = 'unknown' WHERE NOT ({KNOWN_STATE})",  # noqa: S608 - constants
    # Nobody could take over what has no lease: its time is over.
    "UPDATE deliveries SET owner = coalesce(owner, 'nobody'), lease_until = coalesce(lease_until, updated_at) WHERE state = 'in_flight'",
    "UPDATE deliveries SET state = 'planned' WHERE state = 'in_flight' AND (bundled OR carrier_id IS NOT NULL)",
    f"UPDATE deliveries SET state = 'unknown', code = 'unknown.effect', detail = 'two of its subject were in flight' WHERE {SECOND}",  # noqa: S608 - constants
    "UPDATE deliveries SET owner = NULL, lease_until = NULL WHERE state <> 'in_flight' AND (owner IS NOT NULL OR lease_until IS NOT NULL)",
    "UPDATE deliveries SET tries = 0 WHERE tries < 0",
    "UPDATE deliveries SET revision = 0 WHERE revision < 0",
    # Nothing of a class that nobody knows may be sent again by itself.
    "UPDATE deliveries SET delivery_class = 'D' WHERE delivery_class NOT IN ('A', 'B', 'C', 'D')",
    "UPDATE attempts SET ended_at = started_at WHERE ended_at IS NULL AND result <> 'started'",
    "UPDATE attempts SET result = 'lost' WHERE ended_at IS NOT NULL AND result = 'started'",
    """UPDATE attempts SET ended_at = started_at, result = 'lost', code = 'unknown.effect', evidence = 'the sender died during the call'
    WHERE ended_at IS NULL AND (
        NOT EXISTS (SELECT 1 FROM deliveries WHERE deliveries.id = attempts.delivery_id AND deliveries.state = 'in_flight')
        OR EXISTS (SELECT 1 FROM attempts AS later WHERE later.delivery_id = attempts.delivery_id AND later.id > attempts.id))""",
)
PLACE = "(use_case || '/' || destination)"
INDEXES = {
    "deliveries_states": ((PLACE, "state", "bundled", "updated_at", "id"), ""),
    "deliveries_latest": (("updated_at", "id", "state"), ""),
    "deliveries_to_claim": (("use_case", "destination", "created_at", "id"), "NOT bundled AND state IN ('planned', 'in_flight')"),
    "deliveries_isbn": (("isbn",), "isbn IS NOT NULL"),
    "deliveries_carried": (("carrier_id", "updated_at", "id"), "carrier_id IS NOT NULL"),
    "deliveries_coded": (("code", PLACE, "state", "updated_at", "id"), "code <> ''"),
    "deliveries_remote": (("remote_id",), "remote_id IS NOT NULL"),
    "deliveries_unwanted": (("use_case", "destination"), "unwanted IS NOT NULL"),
}
"""Of the deliveries: columns, and of which rows."""


def upgrade() -> None:
    """Forward. SQLite cannot add a constraint: there both tables are copied, without their indexes."""
    is_copied = op.get_bind().dialect.name == "sqlite"
    for statement in MENDED:
        op.execute(statement)
    if is_copied:
        for name in INDEXES:
            op.drop_index(name, "deliveries")
    with op.batch_alter_table("deliveries") as table:
        table.add_column(sa.Column("judged_as_of", sa.DateTime(timezone=True)))
        for name, rule in DELIVERIES.items():
            table.create_check_constraint(name, sa.text(rule))
    if is_copied:
        for name, (columns, where) in INDEXES.items():
            _index(name, "deliveries", columns, where)
    with op.batch_alter_table("attempts") as table:
        for name, rule in ATTEMPTS.items():
            table.create_check_constraint(name, sa.text(rule))
    _index("one_in_flight", "deliveries", ("subject", "use_case", "destination"), "state = 'in_flight'", unique=True)
    _index("one_try_at_a_time", "attempts", ("delivery_id",), "ended_at IS NULL", unique=True)


def _index(name: str, table: str, columns: tuple[str, ...], where: str, *, unique: bool = False) -> None:
    listed = [sa.text(column) if column == PLACE else column for column in columns]
    condition = sa.text(where) if where else None
    op.create_index(name, table, listed, unique=unique, postgresql_where=condition, sqlite_where=condition)
