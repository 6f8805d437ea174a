"""What is over its time goes, and nothing that is needed; who asks to be erased is unreadable, and proof stays. On both databases."""

import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from moving_clock import Clock
from sqlalchemy import func, select

from colophon.blocks.notices import who
from colophon.domain.delivery import Intent, Verdict
from colophon.domain.finding import Finding, Severity
from colophon.ledger import Ledger
from colophon.ledger.persons import Subject
from colophon.ledger.retention import Limits, Size
from colophon.ledger.store import Store
from colophon.ledger.tables import attempts, audit, content, deliveries, exceptions, inbox, outcome_events
from colophon.ledger.write_backs import WriteBack
from colophon.parties import AGREED, LINK

DAY = datetime(2026, 5, 1, tzinfo=UTC)
YEAR = timedelta(days=365)
UC, LAW, PUSH = "xconnector__metadata_syndication", "exstream__royalty_statements", "push__x"
CANARY = "Zoe Canary, 7 Sea Road"
ADA = Subject("44", who("44"))


@pytest.fixture
def clock() -> Clock:
    """At the first of May."""
    return Clock(DAY)


@pytest.fixture
def ledger(ledger_url: str, clock: Clock) -> Iterator[Ledger]:
    """An empty ledger."""
    with Ledger.open(ledger_url, clock=clock) as opened:
        yield opened


def limits(now: datetime, days: int = 100, *, ending: tuple[str, ...] = (PUSH,), proof: int = 4000) -> Limits:
    """Everything for so many days, and of some use cases the newest too."""
    before = now - timedelta(days=days)
    return Limits(
        content=lambda use_case: (before, before if use_case in ending else None),
        proof=now - timedelta(days=proof), attempts=before, inbox=before, exceptions=before, audit=before, tray=before,
    )  # fmt: skip


def send(ledger: Ledger, subject: str, body: str, *, use_case: str = UC, to: str = "kobo", result: str = "confirmed", **more: Any) -> str:
    """Something is planned and sent; the hash of what."""
    intent = Intent(use_case, to, subject, "A", body.encode(), "text/plain", ledger.clock(), **more)
    ledger.plan([intent])
    for delivery in ledger.claim(use_case, to, owner="o", limit=10, lease_s=900):
        ledger.finish([Verdict(delivery.id, result, remote_id=f"r-{delivery.id}")], owner="o")
    return intent.content_hash


def there(ledger: Ledger, table: Any = content) -> int:
    """Rows of a table."""
    with ledger.reading() as connection:
        return connection.scalar(select(func.count()).select_from(table)) or 0


def test_content_goes_when_something_newer_was_taken_and_its_days_are_over(ledger: Ledger, clock: Clock) -> None:
    """What a destination took last stays for ever; its hash, outcome and time stay of everything."""
    old = send(ledger, "isbn:1", "one")
    clock.now += timedelta(days=10)
    new = send(ledger, "isbn:1", "two")
    clock.now += timedelta(days=95)
    until = limits(clock.now)
    assert ledger.retention.due(until)["content"].rows == 1
    assert (ledger.content(old), ledger.retention.drop(until)["content"].rows) == (b"one", 1)
    assert (ledger.content(old), ledger.content(new)) == (None, b"two")
    assert [(row.content_hash, row.state) for row in ledger.all_of(UC, "kobo")] == [(old, "confirmed"), (new, "confirmed")]
    assert ledger.retention.drop(until)["content"] == Size(0, 0)


@pytest.mark.parametrize("newer", ["refused", "unknown"])
def test_what_was_taken_last_stays_though_something_newer_was_tried(ledger: Ledger, clock: Clock, newer: str) -> None:
    """The destination has the older one still, for all that anybody knows."""
    taken = send(ledger, "isbn:1", "one")
    send(ledger, "isbn:1", "two", result=newer)
    clock.now += YEAR
    ledger.retention.drop(limits(clock.now))
    assert ledger.content(taken) == b"one"


def test_what_waits_stays_however_old(ledger: Ledger, clock: Clock) -> None:
    """Also where the use case has a limit for its newest."""
    intent = Intent(PUSH, "people", "person:1/x", "A", b"hello", "text/plain", DAY)
    ledger.plan([intent])
    clock.now += 3 * YEAR
    ledger.retention.drop(limits(clock.now))
    assert [delivery.content for delivery in ledger.claim(PUSH, "people", owner="o", limit=10, lease_s=900)] == [b"hello"]


def test_messages_to_people_go_whole_and_content_that_others_share_stays(ledger: Ledger, clock: Clock) -> None:
    """The same words to somebody else, not long ago."""
    said = send(ledger, "person:1/x", "hello", use_case=PUSH, to="people")
    clock.now += timedelta(days=150)
    send(ledger, "person:2/x", "hello", use_case=PUSH, to="people")
    ledger.retention.drop(limits(clock.now))
    assert ledger.content(said) == b"hello"
    clock.now += timedelta(days=150)
    ledger.retention.drop(limits(clock.now))
    assert ledger.content(said) is None


def test_what_is_planned_while_it_is_looked_keeps_its_content(ledger: Ledger, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plan between the look and the removal wants the same words again."""
    send(ledger, "person:1/x", "hello", use_case=PUSH, to="people")
    clock.now += timedelta(days=150)
    begin = Store.begin
    planned: list[int] = []

    @contextmanager
    def begin_after_a_plan(store: Store) -> Iterator[Any]:
        if isinstance(store, type(ledger.retention)) and not planned:
            planned.append(1)
            ledger.plan([Intent(PUSH, "people", "person:2/x", "A", b"hello", "text/plain", clock.now)])
        with begin(store) as connection:
            yield connection

    monkeypatch.setattr(Store, "begin", begin_after_a_plan)
    assert ledger.retention.drop(limits(clock.now))["content"] == Size(0, 0)
    assert [delivery.content for delivery in ledger.claim(PUSH, "people", owner="o", limit=10, lease_s=900)] == [b"hello"]


def test_tries_events_exceptions_and_audit_go_by_their_own_days(ledger: Ledger, clock: Clock) -> None:
    """What is open stays: a parked event, an open exception, a try of what nobody knows."""
    send(ledger, "isbn:1", "one")
    send(ledger, "isbn:2", "two", result="unknown")
    assert ledger.retention.due(limits(clock.now))["tries"].rows == 0, "not before its days are over"
    ledger.inbox.take("exstream", "e1", "noted.type", b"{}")
    ledger.inbox.take("exstream", "e2", "exstream.outcome", b"{}")
    ledger.inbox.done("exstream", "e2", parked=True)
    finding = {"rule": "R1", "severity": Severity.ERROR, "field": "f", "found": "x", "expected": "y", "remedy": "z", "owner": "o"}
    findings = [Finding(subject=f"isbn:{number}", **finding) for number in (1, 2)]
    ledger.exceptions.record(UC, "kobo", None, findings, as_of=DAY)
    ledger.exceptions.record(UC, "kobo", None, findings[:1], as_of=DAY)
    ledger.people.noted("look", "x", by="Ada", why="")
    clock.now += YEAR
    assert {name: each.rows for name, each in ledger.retention.due(limits(clock.now)).items()} == {
        "content": 0, "tries": 1, "outcomes": 0, "inbox": 1, "exceptions": 1, "audit": 1, "write_backs": 0, "proof": 0,
    }  # fmt: skip
    ledger.retention.drop(limits(clock.now))
    assert [there(ledger, table) for table in (attempts, inbox, exceptions, audit)] == [1, 1, 1, 0]


def test_write_backs_that_were_replaced_lose_their_payload(ledger: Ledger, clock: Clock) -> None:
    """The newest stays: it is how the next run knows that Consonance has it."""
    for text in ("one", "two"):
        ledger.tray.add(WriteBack("upsertTodo", "pn6:1", "isbn:1", UC, {"description": text}), "writes_off")
    clock.now += YEAR
    assert ledger.retention.drop(limits(clock.now))["write_backs"].rows == 1
    assert [dict(row.payload) for row in ledger.tray.rows()] == [{}, {"description": "two"}]
    assert ledger.retention.due(limits(clock.now))["write_backs"].rows == 0


def test_proof_goes_last_and_never_that_of_what_a_destination_has(ledger: Ledger, clock: Clock) -> None:
    """After its own days; numbers go on where they were."""
    send(ledger, "isbn:1", "one")
    send(ledger, "isbn:1", "two")
    clock.now += 12 * YEAR
    assert ledger.retention.drop(limits(clock.now))["proof"].rows == 1
    send(ledger, "isbn:1", "three")
    assert [row.revision for row in ledger.all_of(UC, "kobo")] == [2, 3]


@pytest.mark.parametrize("newer", ["failed", "unknown"])
def test_proof_of_what_was_taken_last_stays_though_something_newer_was_tried(ledger: Ledger, clock: Clock, newer: str) -> None:
    """A shop has the older record still, and the next run compares with it, however long ago it was."""
    taken = send(ledger, "isbn:1", "one")
    send(ledger, "isbn:1", "two", result=newer)
    clock.now += 12 * YEAR
    for _ in range(2):
        ledger.retention.drop(limits(clock.now))
    assert ledger.all_of(UC, "kobo")[0].revision == 1
    assert ledger.content(taken) == b"one"


def test_what_is_being_sent_or_unknown_keeps_its_content_however_old(ledger: Ledger, clock: Clock) -> None:
    """Nobody knows yet whether it goes again."""
    unknown = send(ledger, "isbn:1", "one", use_case=PUSH, result="unknown")
    flying = Intent(PUSH, "kobo", "isbn:2", "A", b"two", "text/plain", clock.now)
    ledger.plan([flying])
    assert len(ledger.claim(PUSH, "kobo", owner="o", limit=10, lease_s=900)) == 1
    clock.now += 12 * YEAR
    ledger.retention.drop(limits(clock.now))
    assert [ledger.content(unknown), ledger.content(flying.content_hash)] == [b"one", b"two"]


def furnish(ledger: Ledger) -> None:
    """A person of whom much is held, and another one."""
    for key in ("44", "45"):
        body = json.dumps({"name": CANARY if key == "44" else "Bo", "person": key})
        send(ledger, f"{who(key)}/todo:1", body, use_case=PUSH, to="people", labels={"title": "Sea Room"})
        send(
            ledger,
            f"proofs/work:9/contact:{key}",
            body + "letter",
            use_case="exstream__milestone_letters",
            to="proofs",
            labels={"contact": key},
        )
        send(ledger, f"account:{key}", body + "paid", use_case=LAW, to="statement", labels={"payee": key})
        send(ledger, f"note:{key}", json.dumps({"contactId": int(key), "text": body}), use_case="exstream__x", to="consonance")
        ledger.tray.add(
            WriteBack("upsertTodo", f"ex8:{key}", f"work:{key}", PUSH, {"assigneeContactId": int(key), "description": body}), "off"
        )
        ledger.inbox.take("exstream", f"e{key}", "noted.type", json.dumps({"customerNumber": key, "words": body}).encode())
    [letter] = [row for row in ledger.all_of("exstream__milestone_letters", "proofs") if row.labels["contact"] == "44"]
    ledger.memory.put(f"opentext_exstream:answer:{letter.delivery_id}", {"words": CANARY}, DAY)
    ledger.plan([Intent(PUSH, "people", f"{who('44')}/todo:2", "A", CANARY.encode(), "text/plain", DAY)])


def readable(ledger: Ledger) -> set[str]:
    """Use cases and places in which the person's name can be read."""
    found = {f"{row['kind']} {row.get('use_case', '')}".strip() for row in ledger.persons.export(ADA) if CANARY in json.dumps(row)}
    with ledger.reading() as connection:
        rows = connection.execute(select(deliveries)).mappings().all() + connection.execute(select(outcome_events)).mappings().all()
        return found | {"rows" for row in rows if CANARY in str(dict(row))}


def test_a_person_is_handed_everything_and_nothing_of_another(ledger: Ledger) -> None:
    """Deliveries, write-backs, events, and what they answered."""
    furnish(ledger)
    rows = list(ledger.persons.export(ADA))
    assert sorted(row["kind"] for row in rows) == ["delivery"] * 5 + ["event", "words", "write-back"]
    assert "Bo" not in json.dumps(rows, default=str)
    assert list(ledger.persons.export(Subject("4", who("4")))) == []


def test_a_person_is_erased_but_for_what_the_law_asks(ledger: Ledger, ledger_url: str) -> None:
    """What waits is withdrawn; hash, outcome and time stay; the other person stays; again finds nothing more."""
    furnish(ledger)
    before = [(row.content_hash, row.state) for row in ledger.all_of("exstream__milestone_letters", "proofs")]
    done = ledger.persons.erase(ADA, by_law=[LAW])
    assert (done.contents, done.write_backs, done.events, done.words, done.kept_by_law, done.left) == (4, 1, 1, 1, 1, 0)
    assert readable(ledger) == {f"delivery {LAW}"}
    assert [(row.content_hash, row.state) for row in ledger.all_of("exstream__milestone_letters", "proofs")] == before
    assert sorted(row.state for row in ledger.all_of(PUSH, "people")) == ["confirmed", "confirmed", "withdrawn"]
    assert sorted(row.state for row in ledger.tray.rows()) == ["cancelled", "pending"]
    assert len(list(ledger.persons.export(Subject("45", who("45"))))) == 6
    again = ledger.persons.erase(ADA, by_law=[LAW])
    assert (again.contents, again.write_backs, again.events, again.words) == (0, 0, 0, 0)
    if ledger_url.startswith("sqlite"):
        files = Path(ledger_url.removeprefix("sqlite:///")).parent.glob("ledger*")
        assert not [file for file in files if b"44 Canary" in file.read_bytes()]


def test_who_is_known_at_another_system_is_erased_there_by_that_name(ledger: Ledger) -> None:
    """A customer relations system tells of `crm/77`, who is our contact 44, and of others whom nobody knows or who are somebody else."""
    for party, contact in (("crm/77", 44), ("crm/78", 45)):
        ledger.memory.put(f"{LINK}{party}", {"name": f"{LINK}{party}", "contact": contact}, DAY)
        ledger.memory.put(f"{AGREED}{party}", {"email": CANARY}, DAY)
    for number in ("77", "78", "79"):
        told = {"data": {"system": "crm", "partyId": number, "name": CANARY}}
        ledger.inbox.take("crm", f"e{number}", "noted.type", json.dumps(told).encode())
    done = ledger.persons.erase(ADA)
    assert (done.events, done.words, done.left) == (1, 2, 0)
    assert [bool(ledger.memory.get(f"{AGREED}{party}")) for party in ("crm/77", "crm/78")] == [False, True]
    with ledger.reading() as connection:
        bodies = connection.execute(select(inbox.c.id, func.length(inbox.c.body)).order_by(inbox.c.id)).all()
    assert [(name, length > 0) for name, length in bodies] == [("e77", False), ("e78", True), ("e79", True)]


def test_the_same_words_that_wait_for_somebody_else_still_go(ledger: Ledger) -> None:
    """They name nobody who was erased, or they would not be the same for both."""
    send(ledger, f"{who('44')}/todo:1", "the office is closed", use_case=PUSH, to="people")
    ledger.plan([Intent(PUSH, "people", f"{who('45')}/todo:1", "A", b"the office is closed", "text/plain", DAY)])
    ledger.persons.erase(ADA)
    claimed = ledger.claim(PUSH, "people", owner="o", limit=10, lease_s=900)
    assert [(delivery.subject, delivery.content) for delivery in claimed] == [(f"{who('45')}/todo:1", b"the office is closed")]


def test_a_reader_is_no_contact_of_the_same_number(ledger: Ledger) -> None:
    """Audience files number readers for themselves."""
    furnish(ledger)
    letter = send(ledger, "campaign/reader:44", "dear reader, once", use_case="exstream__reader_campaigns", to="spring")
    assert ledger.persons.erase(Subject("reader:44", who("reader:44"))).contents == 1
    assert (ledger.content(letter), len(list(ledger.persons.export(ADA)))) == (None, 8)
    again = send(ledger, "campaign/2/reader:44", "dear reader", use_case="exstream__reader_campaigns", to="spring")
    ledger.persons.erase(ADA)
    assert ledger.content(again) is not None


def test_erased_wherever_it_is_killed_the_next_call_ends_it(ledger: Ledger, ledger_url: str) -> None:
    """The process dies before or after each of its transactions; nothing is half erased, and another person keeps all."""
    furnish(ledger)
    for nth in range(1, 30):
        pid = os.fork()
        if not pid:
            _erase_and_die(ledger_url, nth)
        if os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0:
            break
        with Ledger.open(ledger_url) as opened:
            assert opened.retention.due(limits(DAY))["content"].rows == 0  # no content without its delivery
    assert nth > 3
    with Ledger.open(ledger_url) as opened:
        assert readable(opened) == {f"delivery {LAW}"}
        assert len(list(opened.persons.export(Subject("45", who("45"))))) == 6


def _erase_and_die(url: str, nth: int) -> None:
    """Erase in this process, which ends itself in its n-th transaction."""
    count, begin = [0], Store.begin

    @contextmanager
    def dying(store: Store) -> Iterator[Any]:
        count[0] += 1
        with begin(store) as connection:
            yield connection
            if count[0] == nth:
                os.kill(os.getpid(), signal.SIGKILL)

    try:
        Store.begin = dying
        with Ledger.open(url, clock=lambda: DAY) as opened:
            opened.persons.erase(ADA, by_law=[LAW])
        os._exit(0)
    except BaseException:  # a child of pytest must not go on as pytest
        os._exit(1)


def test_op4_e_what_is_kept_is_bounded(ledger: Ledger, clock: Clock) -> None:
    """A few titles that change each quarter, for three years: after its days content stands still; proof alone grows."""
    first, second, third = _sizes_by_year(ledger, clock, weeks_between=13, weeks_uncleaned=52, titles=3)
    assert (first[3], second[3], third[3]) == (4 * 6, 8 * 6, 12 * 6)
    assert second[:3] == third[:3]


@pytest.mark.nightly
def test_op4_e_after_three_years_the_ledger_is_as_large_as_after_two(ledger: Ledger, clock: Clock) -> None:
    """A third of 60 titles changes each week, and 20 messages go: content stands still after its days; proof grows by a row each."""
    _, second, third = _sizes_by_year(ledger, clock, weeks_between=1, weeks_uncleaned=4, titles=20)
    assert second[:3] == third[:3]
    assert third[0] <= 100 / 7 * 40 + 60 + 40
    assert third[3] == 3 * 52 * 40


def _sizes_by_year(ledger: Ledger, clock: Clock, *, weeks_between: int, weeks_uncleaned: int, titles: int) -> list[list[int]]:
    """Rows of content, tries, inbox and deliveries at the end of each of three years; a third of the titles changes each time.

    :param weeks_uncleaned: between two runs of housekeeping.
    """
    sizes: list[list[int]] = []
    for turn in range(3 * 52 // weeks_between):
        clock.now = DAY + timedelta(weeks=turn * weeks_between)
        changed = [(turn * 7 + number) % (3 * titles) for number in range(titles)]
        records = [Intent(UC, "kobo", f"isbn:{n}", "A", f"{n} {turn}".encode() * 200, "text/plain", clock.now) for n in changed]
        said = [
            Intent(PUSH, "people", f"person:{n}/{turn}", "A", f"said {n} {turn}".encode() * 50, "text/plain", clock.now)
            for n in range(titles)
        ]
        ledger.plan([*records, *said])
        for use_case, to in ((UC, "kobo"), (PUSH, "people")):
            claimed = ledger.claim(use_case, to, owner="o", limit=100, lease_s=900)
            ledger.finish([Verdict(each.id, "confirmed", remote_id=f"r-{each.id}") for each in claimed], owner="o")
        ledger.inbox.take("exstream", f"e{turn}", "noted.type", b"{}" * 100)
        weeks = (turn + 1) * weeks_between
        if weeks % weeks_uncleaned == 0:
            ledger.retention.drop(limits(clock.now))
        if weeks % 52 == 0:
            sizes.append([there(ledger, table) for table in (content, attempts, inbox, deliveries)])
    return sizes
