"""The ledger's tables. Times are aware UTC in Python and UTC in the database."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ColumnElement,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    TextClause,
    UniqueConstraint,
    bindparam,
    literal_column,
    text,
)
from sqlalchemy.types import JSON

from colophon.domain.delivery_states import CLOSED, IN_FLIGHT, STATES
from colophon.ledger.columns import ForeignString, ForeignText, UtcTime

metadata = MetaData()

OPEN_ROWS = "NOT deliveries.bundled AND deliveries.state IN ('planned', 'in_flight')"
"""Deliveries that may be claimed; in SQL's words, so that a partial index of these rows serves the query."""
PLACE = "(deliveries.use_case || '/' || deliveries.destination)"
"""Use case and destination as one, in SQL's words: an index of it serves questions about a whole destination."""
CODED = "deliveries.code <> ''"
"""Deliveries of which something is said beside their state; in SQL's words, as OPEN_ROWS."""


def _index_of(where: str, name: str, *columns: str | TextClause, unique: bool = False) -> Index:
    """An index of the rows that fulfil a condition: the others cost it nothing when they are written."""
    return Index(name, *columns, unique=unique, postgresql_where=text(where), sqlite_where=text(where))


deliveries = Table(
    "deliveries",
    metadata,
    Column("id", String(34), primary_key=True),
    Column("use_case", String(120), nullable=False),
    Column("destination", String(120), nullable=False),
    Column("subject", ForeignString(200), nullable=False),
    Column("isbn", ForeignString(13)),
    Column("revision", Integer, nullable=False),
    Column("occurrence", ForeignString(120), nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("delivery_class", String(1), nullable=False),
    Column("bundled", Boolean, nullable=False),
    Column("state", String(20), nullable=False),
    Column("code", ForeignString(120), nullable=False, default=""),
    Column("detail", ForeignText, nullable=False, default=""),
    Column("as_of", UtcTime, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
    Column("owner", String(400)),
    Column("lease_until", UtcTime),
    Column("not_before", UtcTime),
    Column("tries", Integer, nullable=False, default=0),
    Column("carrier_id", String(34)),
    Column("remote_id", ForeignString(200)),
    Column("labels", JSON, nullable=False),
    # `latest`: gives way to a newer judgement while it waits; `every`: goes whatever follows.
    Column("ordering", String(6), nullable=False, server_default="latest"),
    # Which run no longer wants it, and why, where a try of it may still have its effect.
    Column("unwanted", ForeignText),
    Column("after_id", String(34)),
    Column("after_outcome", String(20)),
    # Since when a system may have what stands under its remote id; no later look moves it.
    Column("accepted_at", UtcTime),
    # As of when the newest judgement found it right as it is; empty where only the one did that planned it.
    Column("judged_as_of", UtcTime),
    # Without statistics PostgreSQL takes any index that has the use case and the destination, and reads all of a destination's rows
    # for each subject. So the subject leads here, and what serves questions about a destination has both columns as one.
    UniqueConstraint("subject", "use_case", "destination", "revision", name="one_row_per_revision"),
    # Each state of a destination by time: a page about any of them is made of their newest rows.
    # PostgreSQL counts by the index alone only where that has the two columns themselves too.
    Index(
        "deliveries_states",
        text(PLACE.replace("deliveries.", "")),
        *("state", "bundled", "updated_at", "id"),
        postgresql_include=["use_case", "destination"],
    ),
    Index("deliveries_latest", "updated_at", "id", "state"),
    Index(
        "deliveries_closing",
        text(PLACE.replace("deliveries.", "")),
        *("state", "updated_at"),
        postgresql_where=text(f"CAST((labels ->> '{CLOSED}') AS VARCHAR) IS NOT NULL"),
        sqlite_where=text(f"json_extract(labels, '$.{CLOSED}') IS NOT NULL"),
    ),
    _index_of(OPEN_ROWS.replace("deliveries.", ""), "deliveries_to_claim", "use_case", "destination", "created_at", "id"),
    _index_of("isbn IS NOT NULL", "deliveries_isbn", "isbn"),
    _index_of("carrier_id IS NOT NULL", "deliveries_carried", "carrier_id", "updated_at", "id"),
    _index_of(
        CODED.replace("deliveries.", ""), "deliveries_coded", "code", text(PLACE.replace("deliveries.", "")), "state", "updated_at", "id"
    ),
    _index_of("remote_id IS NOT NULL", "deliveries_remote", "remote_id"),
    _index_of("unwanted IS NOT NULL", "deliveries_unwanted", "use_case", "destination"),
    # What cannot be, the database refuses, whoever writes it.
    _index_of(f"state = '{IN_FLIGHT}'", "one_in_flight", "subject", "use_case", "destination", unique=True),
    CheckConstraint(f"state IN ({', '.join(repr(state) for state in STATES)})", name="known_state"),
    CheckConstraint(
        f"(state = '{IN_FLIGHT}') = (owner IS NOT NULL) AND (state = '{IN_FLIGHT}') = (lease_until IS NOT NULL)", name="held_in_flight"
    ),
    CheckConstraint(f"state <> '{IN_FLIGHT}' OR (NOT bundled AND carrier_id IS NULL)", name="carried_by_another"),
    CheckConstraint("tries >= 0 AND revision >= 0", name="counted"),
    CheckConstraint("delivery_class IN ('A', 'B', 'C', 'D')", name="known_class"),
)


_closed = bindparam("closed", CLOSED, type_=JSON.JSONStrIndexType(), literal_execute=True)
takes_off_sale = deliveries.c.labels[_closed].as_string().is_not(None)
"""Deliveries that take their subject off sale: few, and found by an index of their own; with the label's name in the query, not beside it."""


def of_place(use_case: str, destination: str) -> ColumnElement[bool]:
    """The rows of a destination, found by what they are and not by their subjects.

    Nothing is asked of the two columns beside it: SQLite would put the values into the expression, and then know no index for it.
    A use case's name has no slash, so that no two places look alike.
    """
    return literal_column(PLACE) == f"{use_case}/{destination}"


attempts = Table(
    "attempts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("delivery_id", String(34), nullable=False, index=True),
    Column("number", Integer, nullable=False),
    Column("owner", String(400), nullable=False),
    Column("started_at", UtcTime, nullable=False),
    Column("ended_at", UtcTime),
    Column("result", String(20), nullable=False),
    Column("code", ForeignString(120), nullable=False, default=""),
    Column("evidence", ForeignText, nullable=False, default=""),
    _index_of("ended_at IS NULL", "one_try_at_a_time", "delivery_id", unique=True),
    CheckConstraint("(ended_at IS NULL) = (result = 'started')", name="ended_with_a_result"),
)

outcome_events = Table(
    "outcome_events",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("delivery_id", String(34), nullable=False),
    Column("outcome", String(20), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("system", String(40), nullable=False),
    Column("remote_id", ForeignString(200), nullable=False),
    Column("recipient_ref", ForeignString(200), nullable=False),
    Column("raw_state", ForeignString(80), nullable=False),
    Column("code", ForeignString(120), nullable=False),
    Column("detail", ForeignText, nullable=False),
    UniqueConstraint("delivery_id", "system", "remote_id", "recipient_ref", "raw_state", "at", name="one_event_each"),
)

content = Table(
    "content",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("media_type", String(80), nullable=False),
    Column("size", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
)

recipients = Table(
    "recipients",
    metadata,
    Column("destination", String(120), primary_key=True),
    Column("message_number", Integer, nullable=False),
)

exceptions = Table(
    "exceptions",
    metadata,
    Column("id", String(34), primary_key=True),
    Column("use_case", String(120), nullable=False),
    Column("destination", String(120), nullable=False),
    Column("subject", ForeignString(200), nullable=False, index=True),
    Column("rule", ForeignString(20), nullable=False),
    Column("severity", String(1), nullable=False),
    Column("field", ForeignString(200), nullable=False),
    Column("found", ForeignText, nullable=False),
    Column("expected", ForeignText, nullable=False),
    Column("remedy", ForeignText, nullable=False),
    Column("owner", String(80), nullable=False),
    Column("imprint", ForeignString(200), nullable=False),
    Column("opened_at", UtcTime, nullable=False),
    Column("seen_as_of", UtcTime, nullable=False),
    Column("closed_at", UtcTime),
    Column("assignee", ForeignString(200)),
    Column("closed_by", ForeignString(200)),
    # A person put it off: until then it is in nobody's way.
    Column("snoozed_until", UtcTime),
    Index("exceptions_latest", "opened_at", "id"),
    _index_of("closed_at IS NULL", "exceptions_open", "opened_at", "id"),
    *(
        _index_of("closed_at IS NULL", f"exceptions_of_{name}", name, "opened_at", "id", "snoozed_until")
        for name in ("owner", "assignee", "rule", "destination", "imprint")
    ),
)

audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("by", ForeignString(200), nullable=False),
    Column("action", String(40), nullable=False),
    Column("target", ForeignString(200), nullable=False),
    Column("why", ForeignText, nullable=False),
    Index("audit_by_target", "target", "id"),
    Index("audit_by_person", "by", "id"),
)

inbox = Table(
    "inbox",
    metadata,
    Column("source", ForeignString(80), primary_key=True),
    Column("id", ForeignString(128), primary_key=True),
    Column("type", ForeignString(120), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("body_hash", String(64), nullable=False),
    Column("received_at", UtcTime, nullable=False),
    Column("state", String(10), nullable=False),
    Column("note", ForeignText, nullable=False, default=""),
    Index("inbox_by_state", "state", "type", "source", "received_at"),
)

write_backs = Table(
    "write_backs",
    metadata,
    Column("id", String(34), primary_key=True),
    Column("external_reference", ForeignString(120), nullable=False, index=True),
    Column("operation", String(80), nullable=False),
    Column("subject", ForeignString(200), nullable=False),
    Column("payload", JSON, nullable=False),
    Column("payload_hash", String(64), nullable=False),
    Column("use_case", String(120), nullable=False),
    Column("reason", ForeignString(120), nullable=False),
    Column("state", String(20), nullable=False),
    Column("sheet", String(200)),
    Column("created_at", UtcTime, nullable=False),
    Column("loaded_at", UtcTime),
    Column("loaded_by", ForeignString(120)),
    Index("write_backs_by_age", "created_at", "id"),
    Index("write_backs_by_state", "state", "created_at", "id"),
    Index("write_backs_by_operation", "operation", "state", "created_at", "id"),
    _index_of("sheet IS NOT NULL", "write_backs_of_sheet", "sheet", "state"),
)

watermarks = Table(
    "watermarks",
    metadata,
    Column("name", String(200), primary_key=True),
    Column("moment", UtcTime, nullable=False),
)

capabilities = Table(
    "capabilities",
    metadata,
    Column("connection", String(200), primary_key=True),
    Column("value", JSON, nullable=False),
    Column("checked_at", UtcTime, nullable=False),
    # Whatever order texts have in a database: by the beginning of a name.
    Index("capabilities_by_name", "connection", postgresql_ops={"connection": "varchar_pattern_ops"}),
    Index("capabilities_by_age", "checked_at"),
)

quality = Table(
    "quality",
    metadata,
    Column("week", String(8), primary_key=True),
    Column("imprint", ForeignString(200), primary_key=True),
    Column("figure", String(40), primary_key=True),
    Column("met", Integer, nullable=False),
    Column("of", Integer, nullable=False),
    Column("as_of", UtcTime, nullable=False),
)
