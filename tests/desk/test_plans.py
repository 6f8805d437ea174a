"""A desk on a ledger of a million rows asks indexes: no page and no table reads a whole table."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from benchmarks import desk as measured
from sqlalchemy import event

from colophon.ledger import Ledger
from colophon.ledger.browse import Place, Wanted
from colophon.ledger.exception_queue import Chosen

DAY = datetime(2026, 5, 1, tzinfo=UTC)
BEHIND = Place(DAY, "d-8")
LARGE = "deliveries|attempts|outcome_events|exceptions|audit|write_backs|inbox|content"
"""Tables that grow with the work."""
ASKED: dict[str, Callable[[Ledger], object]] = {
    "all": lambda ledger: ledger.desk.deliveries_page(Wanted(), after=BEHIND),
    "of a state": lambda ledger: ledger.desk.deliveries_page(Wanted(states=("confirmed",)), after=BEHIND),
    "of a use case": lambda ledger: ledger.desk.deliveries_page(Wanted(use_case="push__rights_expiry_scan")),
    "of a destination": lambda ledger: ledger.desk.deliveries_page(Wanted(destination="people", since=DAY, until=DAY)),
    "with a code": lambda ledger: ledger.desk.deliveries_page(Wanted(code="refused.invalid"), after=BEHIND),
    "with a code and more": lambda ledger: ledger.desk.deliveries_page(Wanted(code="refused.invalid", states=("failed",), since=DAY)),
    "of a product": lambda ledger: ledger.desk.deliveries_page(Wanted(isbn="9780000000007", states=("failed",))),
    "of a subject": lambda ledger: ledger.desk.deliveries_page(
        Wanted(subject="isbn:9780000000007", use_case="xconnector__metadata_syndication")
    ),
    "carried": lambda ledger: ledger.desk.deliveries_page(Wanted(carrier="d-1"), after=BEHIND),
    "since a day": lambda ledger: ledger.desk.deliveries_page(Wanted(since=DAY, until=DAY)),
    "oldest that stand": lambda ledger: ledger.desk.oldest(Wanted(states=("failed",), no_messages=True, standing=True), 5),
    "oldest": lambda ledger: ledger.desk.oldest(Wanted(states=("unknown",)), 5),
    "flows": lambda ledger: ledger.desk.flows(),
    "days": lambda ledger: ledger.desk.days(DAY, 2),
    "counts": lambda ledger: ledger.counts("push__rights_expiry_scan"),
    "story": lambda ledger: ledger.desk.story("d-1"),
    "exceptions": lambda ledger: ledger.people.exceptions_page(Chosen(), after=BEHIND),
    "closed exceptions": lambda ledger: ledger.people.exceptions_page(Chosen(state="closed")),
    "all exceptions": lambda ledger: ledger.people.exceptions_page(Chosen(state=""), after=BEHIND),
    "exceptions of a subject": lambda ledger: ledger.people.exceptions_page(Chosen(state="", subject="isbn:1")),
    **{
        f"exceptions by {name}": lambda ledger, name=name: ledger.people.exceptions_page(Chosen(**{name: "x"}))
        for name in Chosen._fields[1:3]
    },
    **{
        f"open by {name}": lambda ledger, name=name: ledger.people.open_by(name)
        for name in ("owner", "rule", "destination", "imprint", "assignee")
    },
    "events that nobody took": lambda ledger: ledger.inbox.stuck(DAY),
    "audit": lambda ledger: ledger.people.audit_page(before=9),
    "audit of a person": lambda ledger: ledger.people.audit_page(by="Ann"),
    "audit of a row": lambda ledger: ledger.people.audit_page(target="d-1"),
    "tray": lambda ledger: ledger.tray.page(("pending",), limit=9),
    "tray of an operation": lambda ledger: ledger.tray.page(("pending",), operation="createWorkNote", limit=9),
    "whole tray": lambda ledger: ledger.tray.page(limit=9),
    "sheets": lambda ledger: ledger.tray.sheets(),
    "a sheet": lambda ledger: ledger.tray.rows(("exported",), sheet="x.xlsx"),
    "tray counts": lambda ledger: ledger.tray.counts(),
}


@pytest.mark.parametrize("question", ASKED)
def test_no_page_reads_a_whole_table(question: str, ledger: Ledger) -> None:
    """Each part of each plan searches by an index, or walks one and stops."""
    with noting(ledger) as seen:
        ASKED[question](ledger)
    assert seen
    for statement, parameters in seen:
        plan = plan_of(ledger, statement, parameters)
        assert not re.search(rf"SCAN (?:{LARGE}|shown)(?! USING)", plan), plan
        assert not re.search(rf"Seq Scan on (?:{LARGE})", plan), plan


def test_every_page_is_measured_on_a_large_ledger(desk) -> None:
    """By `make bench`: a new page is asked by itself, or it stands among those that the ledger does not slow."""
    routes = {route.path for route in desk.app.routes if "GET" in getattr(route, "methods", ())}
    assert measured.templates() | measured.ELSEWHERE == routes
    assert set(measured.FILLED) <= routes


@contextmanager
def noting(ledger: Ledger) -> Iterator[list[tuple[str, Any]]]:
    """The questions that a block asks, with their parameters."""
    seen: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: Any, *_more: object) -> None:
        if statement.startswith(("SELECT", "WITH")):
            seen.append((statement, parameters))

    event.listen(ledger.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(ledger.engine, "before_cursor_execute", note)


def plan_of(ledger: Ledger, statement: str, parameters: Any) -> str:
    """How the database would answer. PostgreSQL, which reads a small table whole, is asked as if that were dear."""
    with ledger.reading() as connection:
        if connection.dialect.name == "sqlite":
            return "\n".join(str(tuple(row)) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters))
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        return "\n".join(row[0] for row in connection.exec_driver_sql(f"EXPLAIN {statement}", parameters))
