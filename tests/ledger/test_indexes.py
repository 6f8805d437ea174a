"""What is asked of a ledger of a million rows is answered by an index, and not by reading the table."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import event

from colophon.domain.delivery import Intent
from colophon.ledger import Ledger

DAY = datetime(2026, 5, 1, tzinfo=UTC)
ON_SQLITE = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
"""PostgreSQL plans by how much there is, and reads a small table whole."""
LATEST = "SELECT * FROM deliveries {} ORDER BY updated_at DESC LIMIT 50"
DESK = {
    "latest": (LATEST.format(""), "deliveries_latest"),
    "latest of a state": (LATEST.format("WHERE state = 'failed'"), "deliveries_latest"),
    "by day and state": ("SELECT date(updated_at), state, count(*) FROM deliveries GROUP BY 1, 2", "COVERING INDEX deliveries_latest"),
    "of a subject": ("SELECT * FROM deliveries WHERE subject = 'isbn:1'", "(subject=?)"),
    "of a product": ("SELECT * FROM deliveries WHERE isbn = '9780000000002'", "deliveries_isbn"),
    "of an owner": ("SELECT * FROM exceptions WHERE closed_at IS NULL AND owner = 'x' ORDER BY opened_at", "exceptions_of_owner"),
    "oldest exceptions": ("SELECT * FROM exceptions WHERE closed_at IS NULL ORDER BY opened_at, id", "exceptions_open"),
}
ASKED: dict[str, tuple[Callable[[Ledger], object], str]] = {
    "under way": (lambda ledger: ledger.under_way("uc", "kobo"), "deliveries_states"),
    "undelivered": (lambda ledger: ledger.undelivered("uc", "kobo", taken_before=DAY), "deliveries_states"),
    "sent as": (lambda ledger: ledger.sent_as("uc", "kobo", ["sent"]), "deliveries_states"),
    "unanswered": (lambda ledger: ledger.unanswered("uc", "kobo", sent_before=DAY), "deliveries_states"),
    "claimable": (lambda ledger: ledger.claim("uc", "kobo", owner="me", lease_s=60, limit=5), "deliveries_to_claim"),
    "events seen before": (lambda ledger: ledger.inbox.take("xconnector", "msg-1", "x", b"{}"), "(source=? AND id=?)"),
    "newest of subjects": (lambda ledger: ledger.latest("uc", "kobo", ["isbn:1"]), "(subject=?"),
}


def questions(ledger: Ledger, ask: Callable[[Ledger], object]) -> list[tuple[str, Any]]:
    """The SELECTs that are run, with their parameters."""
    seen: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: Any, *_more: object) -> None:
        if statement.startswith("SELECT") and ("FROM deliveries" in statement or "FROM inbox" in statement):
            seen.append((statement, parameters))

    event.listen(ledger.engine, "before_cursor_execute", note)
    ask(ledger)
    event.remove(ledger.engine, "before_cursor_execute", note)
    return seen


def plan_of(ledger: Ledger, statement: str, parameters: Any = ()) -> str:
    """How the database would answer."""
    explain = "EXPLAIN QUERY PLAN " if ledger.engine.dialect.name == "sqlite" else "EXPLAIN "
    with ledger.begin() as connection:
        return "\n".join(str(tuple(row)) for row in connection.exec_driver_sql(explain + statement, parameters))


@ON_SQLITE
@pytest.mark.parametrize("question", DESK)
def test_the_desk_asks_an_index(ledger_url: str, question: str) -> None:
    """Lists by time, state, subject, product, owner; counts by day and state."""
    statement, index = DESK[question]
    with Ledger.open(ledger_url) as ledger:
        plan = plan_of(ledger, statement)
    assert index in plan
    assert "TEMP B-TREE FOR ORDER BY" not in plan


@ON_SQLITE
@pytest.mark.parametrize("question", ASKED)
def test_a_run_asks_an_index(ledger_url: str, question: str) -> None:
    """What a run asks of its destination or its subjects."""
    ask, index = ASKED[question]
    with Ledger.open(ledger_url) as ledger:
        plans = [plan_of(ledger, *asked) for asked in questions(ledger, ask)]
    assert any(index in plan for plan in plans)
    assert not any("SCAN" in plan for plan in plans)


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)  # SQLite needs no statistics for this
def test_a_table_without_statistics_is_not_searched_by_destination(ledger_url: str) -> None:
    """On PostgreSQL, entering titles again looks for each by its subject, from the first night on."""
    intents = [Intent("uc", "kobo", f"isbn:{n}", "A", b"{}", "application/json", DAY) for n in range(5000)]
    with Ledger.open(ledger_url, clock=lambda: DAY) as ledger:
        ledger.plan(intents)
        changed = [Intent("uc", "kobo", i.subject, "A", b"[]", "application/json", DAY) for i in intents[:500]]
        asked = questions(ledger, lambda ledger: ledger.plan(changed))
        # What failed at the destination is asked for as such: that is what the index of states is for.
        plans = [plan_of(ledger, *question) for question in asked if "subject" in question[0].partition("WHERE")[2]]
    assert len(plans) >= 2  # what waits, what there is
    for plan in plans:
        assert "deliveries_states" not in plan
        assert "deliveries_to_claim" not in plan
