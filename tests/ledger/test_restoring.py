"""A ledger restored from a backup: nothing is sent until somebody said so; then nobody is told twice, no number is used twice, nothing is lost."""

import json
import shutil
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ledger_database import Databases
from moving_clock import Clock
from sqlalchemy import NullPool, create_engine, insert, make_url, select

from colophon.deliver import deliver
from colophon.domain.delivery import Delivery, Intent, Verdict
from colophon.errors import InvalidError, LedgerRestoredError
from colophon.ledger import Ledger
from colophon.ledger.after_restore import CODE
from colophon.ledger.tables import metadata
from colophon.restored import check_mark, leave_mark
from colophon.staging import Staging

BACKUP = datetime(2026, 5, 1, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
NIGHT = timedelta(days=1)
World = dict[str, list[str]]
"""What is out there, by id: it survives whatever happens to the ledger."""


class Port:
    """A system that remembers: classes A and B by id, C where it is asked, D not at all."""

    batch, settle_s = 10, 0.0

    def __init__(self, world: World, delivery_class: str) -> None:
        self.world, self.delivery_class, self.looked = world, delivery_class, list[str]()

    def send(self, deliveries: Sequence[Delivery]) -> list[Verdict]:
        for delivery in deliveries:
            if delivery.id not in self.world or self.delivery_class in "CD":
                self.world.setdefault(delivery.id, []).append(delivery.subject)
        return [Verdict(delivery.id, "accepted", f"m-{delivery.id}") for delivery in deliveries]

    def read_back(self, delivery: Delivery) -> Verdict | None:
        self.looked.append(delivery.subject)
        return Verdict(delivery.id, "accepted", f"m-{delivery.id}") if delivery.id in self.world else None


class Backup:
    """A copy of a ledger, put back later: of the file, or of all rows."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.copy, self.rows = url, folder / "backup.db", dict[str, list[dict[str, Any]]]()
        if url.startswith("sqlite"):
            shutil.copy(self._file(), self.copy)
            return
        self.engine = create_engine(url, poolclass=NullPool)
        with self.engine.connect() as connection:
            for table in metadata.sorted_tables:
                self.rows[table.name] = [dict(row) for row in connection.execute(select(table)).mappings()]

    def _file(self) -> Path:
        return Path(str(make_url(self.url).database))

    def put_back(self) -> None:
        if self.copy.exists():
            for suffix in ("-wal", "-shm"):
                self._file().with_name(self._file().name + suffix).unlink(missing_ok=True)
            shutil.copy(self.copy, self._file())
            return
        with self.engine.begin() as connection:
            for table in metadata.sorted_tables:
                connection.execute(table.delete())
                if self.rows[table.name]:
                    connection.execute(insert(table), self.rows[table.name])
                if "id" in table.c and table.c.id.type.python_type is int:  # as pg_restore sets them
                    connection.exec_driver_sql(
                        f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), (SELECT coalesce(max(id), 1) FROM {table.name}))"
                    )


class House:
    """A ledger, its staging location, and the world."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder, self.clock = url, folder, Clock(BACKUP - HOUR)
        self.staging, self.world = Staging(str(folder / "staging")), World()
        self.ledger = Ledger.open(url, clock=self.clock)

    def plan(self, subject: str, delivery_class: str = "A", content: bytes = b"one", **more: Any) -> None:
        """At the moment that it is; class A goes in messages."""
        place = {"A": "kobo", "B": "portal", "C": "post", "D": "people"}[delivery_class]
        facts = {"bundled": delivery_class == "A", **more}
        self.ledger.plan([Intent("uc", place, subject, delivery_class, content, "text/plain", self.clock.now, **facts)])

    def bundle(self) -> None:
        """What waits for `kobo` goes into one message."""
        self.ledger.bundle("uc", "kobo", as_of=self.clock.now, max_products=100, max_bytes=10**6, labels={})

    def night(self) -> dict[str, Port]:
        """All deliver steps, as the operator runs them."""
        ports = {}
        for destination, delivery_class in (("kobo", "A"), ("portal", "B"), ("post", "C"), ("people", "D")):
            leave_mark(self.ledger, self.staging)
            ports[destination] = Port(self.world, delivery_class)
            self.bundle()
            place = {"use_case": "uc", "destination": destination}
            deliver(self.ledger, ports[destination], **place, owner="o", lease_s=900, sleep=lambda _: None)
        return ports

    def backup(self) -> Backup:
        """Of the ledger alone."""
        self.ledger.close()
        made = Backup(self.url, self.folder)
        self.ledger = Ledger.open(self.url, clock=self.clock)
        return made

    def restore(self, backup: Backup) -> None:
        """The ledger as it was."""
        self.ledger.close()
        backup.put_back()
        self.ledger = Ledger.open(self.url, clock=self.clock)

    def restored(self, **more: Any) -> Any:
        """A person says as of when."""
        return self.ledger.restoring.restored(**{"as_of": BACKUP, "by": "Ada", "sent": {}, "margin": 100, **more})

    def numbers(self) -> list[int]:
        """Of the messages in the ledger that have not given way."""
        rows = [row for row in self.ledger.all_of("uc", "kobo") if row.subject == "feed:kobo" and row.state == "accepted"]
        return [json.loads(self.ledger.content(row.content_hash) or b"")["number"] for row in rows]

    def told(self) -> list[str]:
        """Every effect in the world, messages left out."""
        return sorted(subject for effects in self.world.values() for subject in effects if not subject.startswith("feed:"))

    def state(self, subject: str, destination: str) -> str:
        """Of the newest revision."""
        return [row.state for row in self.ledger.all_of("uc", destination) if row.subject == subject][-1]


@pytest.fixture
def house(databases: Databases, tmp_path: Path) -> Iterator[House]:
    """A house whose first message has gone."""
    opened = House(databases.ledger(), tmp_path)
    opened.plan("isbn:1")
    opened.night()
    yield opened
    opened.ledger.close()


def lose_a_night(house: House) -> None:
    """A backup; then a night whose deliveries it does not have, of all classes: planned before it, and after."""
    for delivery_class in "BCD":
        house.plan(f"before:{delivery_class}", delivery_class)
    house.clock.now = BACKUP
    backup = house.backup()
    house.clock.now += 2 * HOUR
    for delivery_class in "BCD":
        house.plan(f"after:{delivery_class}", delivery_class)
    house.plan("isbn:1", content=b"two")
    house.night()
    assert house.told() == sorted(f"{when}:{kind}" for when in ("before", "after") for kind in "BCD")
    house.clock.now += 2 * HOUR
    house.restore(backup)


def test_a_restore_is_noticed_and_nothing_is_sent(house: House) -> None:
    """By every step, until a person says as of when; what is planned meanwhile waits."""
    lose_a_night(house)
    before = dict(house.world)
    for _ in range(2):
        with pytest.raises(LedgerRestoredError, match=r"was about to send 4 times, and its mark in .* says 8"):
            house.night()
    with pytest.raises(LedgerRestoredError):
        check_mark(house.ledger, house.staging)
    with pytest.raises(LedgerRestoredError):
        house.ledger.claim("uc", "portal", owner="somebody who looks at no mark", lease_s=1, limit=1)
    assert house.world == before
    assert [(row.action, row.by) for row in house.ledger.people.audit_page()] == [("fence", "Colophon")]
    house.restored()
    assert house.ledger.restoring.fence() is None
    assert [(row.action, row.by) for row in house.ledger.people.audit_page()] == [("restored", "Ada"), ("fence", "Colophon")]
    house.night()


def test_nobody_is_told_twice_and_nothing_is_lost(house: House) -> None:
    """The night's deliveries, planned again by the first run after the restore."""
    lose_a_night(house)
    house.restored()
    house.clock.now = BACKUP + NIGHT
    for delivery_class in "BCD":
        house.plan(f"after:{delivery_class}", delivery_class)
    house.plan("isbn:1", content=b"two")
    ports = house.night()
    assert house.told() == sorted(f"{when}:{kind}" for when in ("before", "after") for kind in "BCD"), "once each"
    assert sorted(ports["post"].looked) == ["after:C", "before:C"]
    assert [house.state(subject, "portal") for subject in ("before:B", "after:B")] == ["accepted", "accepted"]
    unknown = house.ledger.undelivered("uc", "people")
    assert [(row.subject, row.state, row.code) for row in unknown] == [(f"{when}:D", "unknown", CODE) for when in ("before", "after")]
    house.ledger.people.send_again(unknown[1].id, by="Ada", why="they did not get it")
    house.night()
    assert house.told().count("after:D") == 2, "a person said so"


def test_no_message_number_is_used_twice(house: House) -> None:
    """The night's message was number 2; the next one is above whatever may have been used, and has all that the backup lacks."""
    lose_a_night(house)
    assert house.restored().numbers == {"kobo": (1, 101)}
    house.plan("isbn:1", content=b"two")
    house.night()
    assert house.numbers() == [1, 102]


def test_the_middlewares_word_goes_before_the_margin(house: House) -> None:
    """A recipient whom the backup does not know yet has numbers above what went, too."""
    lose_a_night(house)
    assert house.restored(sent={"kobo": 1, "shop": 3}).numbers == {"kobo": (1, 2), "shop": (0, 3)}
    house.plan("isbn:1", content=b"two")
    house.night()
    assert house.numbers() == [1, 3]


def test_a_message_that_waited_goes_under_its_own_id(house: House) -> None:
    """The world has it already, and knows it again."""
    house.plan("isbn:2")
    house.bundle()
    house.clock.now = BACKUP
    backup = house.backup()
    house.night()
    house.restore(backup)
    before = {key: list(effects) for key, effects in house.world.items()}
    assert house.restored().looked_at == 1
    house.night()
    assert house.world == before
    assert (house.numbers(), house.state("isbn:2", "kobo")) == ([1, 2], "accepted")


def test_what_is_new_after_a_while_goes_at_once(house: House) -> None:
    """Each place's first run is in doubt, and a day at least; a place that never ran meanwhile stays so until it does."""
    lose_a_night(house)
    house.restored()
    house.clock.now += NIGHT + HOUR
    house.plan("isbn:1", content=b"two")
    house.plan("first:D", "D")
    house.clock.now += HOUR
    house.plan("second:D", "D")
    house.plan("first:C", "C")
    ports = house.night()
    assert (house.state("first:D", "people"), house.state("second:D", "people")) == ("unknown", "accepted")
    assert sorted(ports["post"].looked) == ["before:C", "first:C"]


def test_what_had_to_wait_anyway_is_not_in_doubt(house: House) -> None:
    """It cannot have gone."""
    house.clock.now = BACKUP
    house.plan("later:D", "D", not_before=BACKUP + 5 * HOUR)
    backup = house.backup()
    house.night()
    house.clock.now += HOUR
    house.restore(backup)
    assert house.restored().held == 0
    house.clock.now += 5 * HOUR
    house.night()
    assert house.told() == ["later:D"]


def test_a_digest_is_held_with_what_it_carries(house: House) -> None:
    """A person says of the digest what became of it, and so of all that is in it."""
    digest = {"use_case": "uc", "destination": "people", "delivery_class": "D", "media_type": "text/plain", "as_of": house.clock.now}
    carried = Intent(subject="note:1", content=b"n", carrier="digest", **digest)
    house.ledger.plan([Intent(subject="digest", content=b"d", **digest), carried])
    assert house.restored(as_of=house.clock.now).held == 1
    assert [house.state(subject, "people") for subject in ("digest", "note:1")] == ["unknown", "unknown"]


def test_the_try_of_a_sender_that_the_backup_caught_is_over(house: House) -> None:
    """What was in its hands is in doubt; its history says that the answer was lost, and not that somebody is still at it."""
    house.clock.now = BACKUP
    house.plan("caught:D", "D")
    (caught,) = house.ledger.claim("uc", "people", owner="caught", lease_s=900, limit=1)
    backup = house.backup()
    house.clock.now += HOUR
    house.restore(backup)
    assert house.restored().held == 1
    story = house.ledger.desk.story(caught.id)
    assert story is not None
    assert [(row.result, row.ended_at) for row in story.attempts] == [("lost", house.clock.now)]


def test_watermarks_go_back_to_the_backup(house: House) -> None:
    """Where a person says an earlier moment than the backup's, sources are read from that on."""
    house.ledger.memory.set_watermark("late", house.clock.now)
    house.ledger.memory.set_watermark("early", BACKUP - NIGHT)
    assert house.restored(as_of=BACKUP - 2 * HOUR).watermarks == 1
    assert [house.ledger.memory.watermark(name) for name in ("late", "early")] == [BACKUP - 2 * HOUR, BACKUP - NIGHT]


def test_the_same_backup_once_more_is_noticed_again(house: House) -> None:
    """The mark that contradicts it is still there; so is that of what was sent since."""
    house.clock.now = BACKUP
    first = house.backup()
    house.night()
    house.restore(first)
    house.restored()
    house.night()
    second = house.backup()
    house.night()
    for backup in (second, first):
        house.restore(backup)
        with pytest.raises(LedgerRestoredError):
            house.night()


@pytest.mark.parametrize("more", [{"as_of": BACKUP + NIGHT}, {"by": " "}, {"margin": 0}])
def test_what_cannot_be_is_refused(house: House, more: dict[str, Any]) -> None:
    """A moment to come, nobody, no margin; the fence stays."""
    house.ledger.restoring.raise_fence("the disk died", by="Ada")
    with pytest.raises(InvalidError):
        house.restored(**{"as_of": BACKUP - HOUR, **more})
    assert (house.ledger.restoring.fence() or "").why == "the disk died"


def test_a_staging_location_in_trouble_keeps_nobody_from_sending(house: House, caplog: pytest.LogCaptureFixture) -> None:
    """It is said in the log."""
    house.staging = Staging(str(house.folder / "ledger.db" / "no folder"))
    (house.folder / "ledger.db").touch()
    house.plan("isbn:2")
    house.night()
    assert house.numbers() == [1, 2]
    assert "a restore may go unnoticed" in caplog.text
