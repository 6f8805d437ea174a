"""A ledger of an older version: brought up to date, it has lost nothing, and goes on where it stopped."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import insert, inspect, select, text
from sqlalchemy.exc import IntegrityError

from colophon.domain.delivery import Intent, Verdict
from colophon.domain.finding import Finding, Severity
from colophon.errors import LedgerOutdatedError
from colophon.ledger import Ledger, upgrade
from colophon.ledger.database import _alembic, check_version, make_engine
from colophon.ledger.tables import metadata

DAY = datetime(2026, 5, 1, 12, 30, 15, 123456, tzinfo=UTC)
TITLE = "Œuvres — «drôle» 书 \\ ' \" \N{GRINNING FACE}"


def upgrade_to(url: str, version: str) -> None:
    """Make the tables of an older version."""
    engine = make_engine(url)
    with engine.connect() as connection:
        config = _alembic()
        config.attributes["connection"] = connection
        command.upgrade(config, version)
        connection.commit()
    engine.dispose()


def intent(subject: str, content: bytes, **more) -> Intent:
    """A delivery to `kobo`."""
    labels = {"isbn": "9780000000002", "title": TITLE}
    return Intent("uc", "kobo", subject, "A", content, "text/plain", DAY, labels=labels, **more)


def fill(url: str, folder: Path) -> None:
    """Into an older ledger's tables: deliveries in several states, with history, a feed and an open exception."""
    newest = f"sqlite:///{folder / 'newest.db'}"
    upgrade(newest)
    with Ledger.open(newest, clock=lambda: DAY) as ledger:
        ledger.plan([intent("isbn:1", b"one"), intent("isbn:2", b"two"), intent("isbn:3", b"three", bundled=True)])
        (first,) = ledger.claim("uc", "kobo", owner="me", lease_s=60, limit=1)
        ledger.finish([Verdict(first.id, "sent", "m-1", detail=TITLE)], owner="me")
        ledger.bundle("uc", "kobo", as_of=DAY, max_products=10, max_bytes=10**6, labels={})
        ledger.plan([intent("isbn:1", b"one, again")])
        finding = Finding(
            subject="isbn:4", rule="T1", severity=Severity.ERROR, field="title", found="", expected="x", remedy="y", owner="z"
        )
        ledger.exceptions.record("uc", "kobo", ["isbn:4"], [finding], as_of=DAY)
        older, tables = make_engine(url), columns_of(url)
        with older.begin() as to, ledger.begin() as source:
            for name, columns in tables.items():
                table = metadata.tables[name]
                # Numbers that the database gives are left to it: copied ones would be given out again.
                copied = [table.c[column] for column in columns if table.c[column] is not table.autoincrement_column]
                lines = source.execute(select(*copied)).mappings().all()
                if lines:
                    to.execute(insert(table), [dict(line) for line in lines])
        older.dispose()


def columns_of(url: str) -> dict[str, list[str]]:
    """Tables of a ledger with their columns."""
    engine = make_engine(url)
    there = inspect(engine)
    found = {name: [column["name"] for column in there.get_columns(name)] for name in there.get_table_names() if name in metadata.tables}
    engine.dispose()
    return found


def rows(url: str, tables: dict[str, list[str]]) -> dict[str, list[tuple[object, ...]]]:
    """Everything in these columns of these tables, as the database has it."""
    engine = make_engine(url)
    with engine.connect() as connection:
        found = {}
        for name, columns in tables.items():
            listed = ", ".join(f'"{column}"' for column in columns)
            lines = connection.execute(text(f"SELECT {listed} FROM {name}"))
            found[name] = sorted((tuple(line) for line in lines), key=repr)
    engine.dispose()
    return found


def test_an_older_ledger_keeps_all_it_has(empty_url: str, tmp_path: Path) -> None:
    """Every value of every table is the same after the upgrade."""
    upgrade_to(empty_url, "0002")
    fill(empty_url, tmp_path)
    tables = columns_of(empty_url)
    before = rows(empty_url, tables)
    assert len(before["deliveries"]) == 5
    upgrade(empty_url)
    assert rows(empty_url, tables) == before


def test_titles_of_an_older_ledger_are_found(empty_url: str, tmp_path: Path) -> None:
    """What was sent before there was a search is found by it, whatever its case and accents."""
    upgrade_to(empty_url, "0002")
    fill(empty_url, tmp_path)
    upgrade(empty_url)
    with Ledger.open(empty_url) as ledger:
        assert [title.title for title in ledger.desk.find_titles("DRÔLE 书")] == [TITLE]


def test_an_older_ledger_goes_on_where_it_stopped(empty_url: str, tmp_path: Path) -> None:
    """What waited is claimed, what was sent is not entered again, and a revision stays unique."""
    upgrade_to(empty_url, "0002")
    fill(empty_url, tmp_path)
    upgrade(empty_url)
    with Ledger.open(empty_url, clock=lambda: DAY) as ledger:
        assert ledger.plan([intent("isbn:1", b"one, again"), intent("isbn:2", b"two")])["kobo"] == (0, 2, 0)
        claimed = ledger.claim("uc", "kobo", owner="me", lease_s=60, limit=10)
        assert sorted(d.subject for d in claimed) == ["feed:kobo", "isbn:1", "isbn:2"]
        with pytest.raises(IntegrityError), ledger.begin() as connection:
            connection.execute(text("UPDATE deliveries SET revision = 1 WHERE subject = 'isbn:1'"))


def test_what_an_older_ledger_counted_as_failed_is_superseded(empty_url: str) -> None:
    """What gave way to a newer revision; a true failure stays one."""
    upgrade_to(empty_url, "0005")
    wide = "use_case, destination, subject, revision, occurrence, content_hash, delivery_class, bundled, as_of, created_at, updated_at"
    given = "'uc', 'kobo', 'isbn:1', {n}, 'r{n}', 'h', 'A', {no}, '{at}', '{at}', '{at}', 'd-{n}', 'failed', '{code}', '', 0, '{{}}'"
    engine = make_engine(empty_url)
    with engine.begin() as connection:
        for n, code in enumerate(("superseded", "refused.invalid"), 1):
            no = "0" if connection.dialect.name == "sqlite" else "false"
            line = given.format(n=n, code=code, no=no, at="2026-05-01 12:30:15.000000")
            connection.exec_driver_sql(f"INSERT INTO deliveries ({wide}, id, state, code, detail, tries, labels) VALUES ({line})")
    engine.dispose()
    upgrade(empty_url)
    with Ledger.open(empty_url) as ledger:
        assert [(row.state, row.code) for row in ledger.history("1")] == [("superseded", ""), ("failed", "refused.invalid")]


def test_what_is_under_way_in_an_older_ledger_keeps_its_age(empty_url: str, tmp_path: Path) -> None:
    """It counts from the try that a system answered, though it has changed its state since."""
    upgrade_to(empty_url, "0007")
    fill(empty_url, tmp_path)
    engine = make_engine(empty_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE deliveries SET updated_at = '2026-06-01 00:00:00', created_at = '2026-04-01 00:00:00'")
    engine.dispose()
    upgrade(empty_url)
    with Ledger.open(empty_url) as ledger:
        assert [at for _, at in ledger.under_way("uc", "kobo").values()] == [DAY]


def test_an_older_ledger_is_refused_until_it_is_upgraded(empty_url: str) -> None:
    """It says so, instead of working on tables that it does not know."""
    upgrade_to(empty_url, "0002")
    engine = make_engine(empty_url)
    with pytest.raises(LedgerOutdatedError, match="0002"):
        check_version(engine, empty_url)
    engine.dispose()


def test_a_new_ledger_has_the_columns_and_indexes_that_the_code_names(ledger_url: str) -> None:
    """The migrations together make what the tables say."""
    engine = make_engine(ledger_url)
    names = "SELECT name FROM sqlite_master" if engine.dialect.name == "sqlite" else "SELECT indexname FROM pg_indexes"
    with engine.connect() as connection:
        there = inspect(connection)
        for table in metadata.sorted_tables:
            assert [c["name"] for c in there.get_columns(table.name)] == [c.name for c in table.columns]
        indexes = set(connection.scalars(text(names)))
    assert {index.name for table in metadata.sorted_tables for index in table.indexes} <= indexes
    assert not {"deliveries_by_subject", "ix_deliveries_isbn", "ix_outcome_events_delivery_id"} & indexes
    engine.dispose()


def test_a_file_that_is_made_is_for_its_user_alone(tmp_path):
    """The ledger and the files that SQLite puts beside it."""
    url = f"sqlite:///{tmp_path / 'private.db'}"
    before = os.umask(0o022)
    try:
        upgrade(url)
        with Ledger.open(url) as ledger, ledger.begin() as connection:
            connection.execute(insert(metadata.tables["watermarks"]).values(name="a", moment=DAY))
            rights = {path.name: oct(path.stat().st_mode & 0o777) for path in tmp_path.iterdir()}
    finally:
        os.umask(before)
    assert rights == {"private.db": "0o600", "private.db-wal": "0o600", "private.db-shm": "0o600"}
