"""What recipients say, in any form and order: what is open is what they reject now, and the ledger says the same."""

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import IO, Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledger_database import make_ledger

from colophon.config.load import load_config
from colophon.domain.delivery import Intent, Verdict
from colophon.domain.delivery_states import MESSAGE_REJECTED
from colophon.errors import NotFoundError
from colophon.http.jsontext import write_json
from colophon.ledger import Ledger
from colophon.onix.rejects import Rejects
from colophon.systems.xconnector.collect import collect_outcomes

DAY = datetime(2026, 5, 1, tzinfo=UTC)
USE_CASE = "xconnector__metadata_syndication"
CONFIG = load_config()
TABLE = {"columns": {"record": "ISBN", "status": "Status", "words": "Reason"}, "accepted": ("OK",), "rejected": ("REJECTED",)}
SHOP = CONFIG.recipients["distributor-short"].model_copy(update={"rejects": Rejects(format="csv", **TABLE)})
ISBNS = ("9781999000011", "9781999000028", "9781999000035")
NAMESPACE = "http://ns.editeur.org/onix/acknowledgement/3.0/reference"
LANGUAGE = "the price is wrong, says shop@shop.example"
PAYLOAD = {"url": "/p", "sha256": "0" * 64, "bytes": 1, "mediaType": "x/y"}


class Middleware:
    """One without anything but a file."""

    seal = None
    settings = SimpleNamespace(extra=SimpleNamespace(type_prefix="com.example.", deliver_within=7200, mode="xc1"))

    def __init__(self, files: Sequence[bytes]) -> None:
        self.files = list(files)

    def fetch_inbox(self) -> list[object]:
        return []

    def receipts(self, _recipient: str, _known: object) -> list[object]:
        return []

    def get_status(self, message_id: str) -> object:
        raise NotFoundError(f"{message_id} is past its retention", system="xconnector")

    def get_payload(self, _payload: object, to: IO[bytes]) -> None:
        to.write(self.files.pop(0))


class House:
    """A ledger, its clock, and one recipient."""

    def __init__(self, ledger: Ledger, clock: list[datetime]) -> None:
        self.ledger, self.clock, self.sent = ledger, clock, dict[int, tuple[str, ...]]()

    def later(self, hours: float = 1) -> datetime:
        self.clock[0] += timedelta(hours=hours)
        return self.clock[0]

    def send(self, *isbns: str) -> int:
        """These titles, as they are now, and what goes again by itself, in one message; its number."""
        now = self.later()
        intents = [
            Intent(
                USE_CASE,
                SHOP.id,
                f"isbn:{i}",
                "A",
                f"{i} {now}".encode(),
                "x/y",
                now,
                bundled=True,
                labels={"record_reference": f"r.{i}", "isbn": i},
            )
            for i in isbns
        ]
        self.ledger.plan(intents)
        self.ledger.redrive(USE_CASE, SHOP.id, code=MESSAGE_REJECTED)
        self.ledger.bundle(USE_CASE, SHOP.id, as_of=now, max_products=10, max_bytes=10**6, labels={})
        (feed,) = self.ledger.claim(USE_CASE, SHOP.id, owner="me", lease_s=900, limit=1)
        self.ledger.finish([Verdict(feed.id, "accepted", f"m-{feed.revision}")], owner="me")
        self.sent[feed.revision] = tuple(sorted(row.removeprefix("isbn:") for row in self.ledger.titles_in(SHOP.id, feed.revision)))
        return feed.revision

    def hears(self, *answers: tuple[int | None, bytes], profile: Any = SHOP) -> Mapping[str, int]:
        """These files come in, about these messages, and are looked at."""
        for number, _ in answers:
            now = self.later(0.01)
            event = {"data": {"recipient": SHOP.id, "messageNumber": number, "payload": PAYLOAD}}
            self.ledger.inbox.take("/shop", f"ack-{now.isoformat()}", "com.example.onix.acknowledgement.v1", write_json(event))
        files = Middleware([file for _, file in answers])
        return collect_outcomes(self.ledger, files, use_case=USE_CASE, profile=profile, owner_of=CONFIG.owners.of, as_of=DAY)

    def open(self) -> list[tuple[str, str]]:
        return sorted((row.rule, row.subject) for row in self.ledger.exceptions.open())

    def states(self) -> dict[str, str]:
        return {
            row.subject.removeprefix("isbn:"): row.state for row in self.ledger.newest(USE_CASE, SHOP.id) if row.subject.startswith("isbn:")
        }


@contextmanager
def a_house(folder: str) -> Iterator[House]:
    clock, url = [DAY], f"sqlite:///{folder}/ledger.db"
    make_ledger(url)
    with Ledger.open(url, clock=lambda: clock[0]) as ledger:
        yield House(ledger, clock)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """With nothing in it."""
    with a_house(str(tmp_path)) as opened:
        yield opened


def onix(status: str, records: str, said: datetime | None = None, detail: str = "") -> bytes:
    at = f"<SentDateTime>{said:%Y%m%dT%H%M%SZ}</SentDateTime>" if said else ""
    head = f"<Header><Sender><SenderName>S</SenderName></Sender><MessageNumber>1</MessageNumber>{at}<MessageStatus>{status}</MessageStatus>{detail}</Header>"
    return f'<ONIXMessageAcknowledgement release="3.0" xmlns="{NAMESPACE}">{head}{records}</ONIXMessageAcknowledgement>'.encode()


def record(isbn: str, status: str, own: bool = False, words: str = LANGUAGE, kind: str = "F") -> str:
    name = f"X{isbn[-4:]}" if own else f"r.{isbn}"
    number = f"<ProductIdentifier><ProductIDType>15</ProductIDType><IDValue>{isbn}</IDValue></ProductIdentifier>" if own else ""
    why = f"<RecordStatusDetail><StatusDetailType>{kind}</StatusDetailType><StatusDetailCode>P1</StatusDetailCode><StatusDetailText>{words}</StatusDetailText></RecordStatusDetail>"
    return f"<Product><RecordReference>{name}</RecordReference>{number}<RecordStatus>{status}</RecordStatus>{why if status != '00' else ''}</Product>"


def by_reference(verdicts: Mapping[str, bool], said: datetime | None) -> bytes:
    return onix("03", "".join(record(isbn, "00" if taken else "03") for isbn, taken in verdicts.items()), said)


def by_isbn(verdicts: Mapping[str, bool], said: datetime | None) -> bytes:
    return onix("02", "".join(record(isbn, "00" if taken else "03", own=True) for isbn, taken in verdicts.items()), said)


def as_table(verdicts: Mapping[str, bool], _said: datetime | None) -> bytes:
    return "".join(
        ["ISBN;Status;Reason\n", *(f"{isbn};{'OK' if taken else 'REJECTED'};{LANGUAGE}\n" for isbn, taken in verdicts.items())]
    ).encode()


REFUSED = "<MessageStatusDetail><StatusDetailType>F</StatusDetailType><StatusDetailCode>E17</StatusDetailCode><StatusDetailText>Unknown sender</StatusDetailText></MessageStatusDetail>"
FORMS: tuple[Callable[[Mapping[str, bool], datetime | None], bytes], ...] = (by_reference, by_isbn, as_table)


class Said(NamedTuple):
    """A word in the oracle's books: newer ones are greater."""

    message: int
    said_at: datetime
    heard: int
    is_rejection: bool
    is_of_all: bool


ANSWERS = st.tuples(
    st.integers(0, 3),  # which message, counted from the newest
    st.sampled_from(["whole", *range(len(FORMS))]),
    st.dictionaries(st.sampled_from(ISBNS), st.booleans(), min_size=1),
    st.integers(0, 5),  # hours ago that it was said
)
STEPS = st.lists(st.sets(st.sampled_from(ISBNS), min_size=1) | ANSWERS | st.just("again") | st.just("later"), max_size=12)


@settings(deadline=None, max_examples=30)
@given(STEPS)
def test_the_exceptions_are_what_recipients_reject_now(steps: list[Any]) -> None:
    """Messages go, answers come in any form, late, twice and out of order: an exception is open for each title whose newest word is a rejection.

    Of a message that was rejected whole one is open while that is the newest word on any of its titles; the ledger's state says the same.
    """
    with tempfile.TemporaryDirectory() as folder, a_house(folder) as house:
        house.send(*ISBNS)
        books: dict[str, list[Said]] = {isbn: [] for isbn in ISBNS}
        last: tuple[int, bytes, list[tuple[str, bool, bool]], datetime | None] | None = None
        for count, step in enumerate(steps):
            if isinstance(step, set):
                house.send(*sorted(step))
            elif step == "later":
                house.later(10)
            elif step == "again" or isinstance(step, tuple):
                if step != "again":
                    last = answer(house, step)
                if last is None:
                    continue
                number, file, verdicts, said = last
                house.hears((number, file))
                for isbn, is_rejection, is_of_all in verdicts:
                    books[isbn].append(Said(number, (said or house.clock[0]).replace(microsecond=0), count, is_rejection, is_of_all))
            check(house, books)


def answer(
    house: House, step: tuple[int, Any, Mapping[str, bool], int]
) -> tuple[int, bytes, list[tuple[str, bool, bool]], datetime | None]:
    """An answer to one of the messages: its number, its file, what it says of each title, and when that was said."""
    back, form, wanted, hours = step
    number = max(house.sent) - min(back, len(house.sent) - 1)
    said = house.clock[0] - timedelta(hours=hours, minutes=1)
    if form == "whole":
        return number, onix("01", "<NoProduct/>", said, REFUSED), [(isbn, True, True) for isbn in house.sent[number]], said
    # An answer that names nothing takes everything: here it says so of each title.
    verdicts = {isbn: taken for isbn, taken in wanted.items() if isbn in house.sent[number]} or dict.fromkeys(house.sent[number], True)
    said_at = None if FORMS[form] is as_table else said
    return number, FORMS[form](verdicts, said_at), [(isbn, not taken, False) for isbn, taken in verdicts.items()], said_at


def check(house: House, books: Mapping[str, list[Said]]) -> None:
    """Books, exceptions and ledger say the same."""
    newest = {isbn: max(said) for isbn, said in books.items() if said}
    rejected = {isbn for isbn, said in newest.items() if said.is_rejection and not said.is_of_all}
    whole = {said.message for said in newest.values() if said.is_of_all}
    found = [(row.rule, row.subject, row.field) for row in house.ledger.exceptions.open() if row.rule in {"ACK", "ACK-MESSAGE"}]
    assert {subject.removeprefix("isbn:") for rule, subject, _ in found if rule == "ACK"} == rejected
    assert {int(field.removeprefix("message ")) for rule, _, field in found if rule == "ACK-MESSAGE"} == whole
    assert len(found) == len(rejected) + len(whole)
    states = house.states()
    for isbn, said in newest.items():
        if said.message == max(number for number, isbns in house.sent.items() if isbn in isbns):
            assert states[isbn] == ("failed" if said.is_rejection else "confirmed")


def test_a_message_that_is_rejected_whole_is_one_exception_and_goes_again(house: House) -> None:
    """With the recipient's words, and whose it is; what changed meanwhile goes as it is now. Once all is taken, it is closed."""
    house.send(*ISBNS)
    house.hears((1, onix("01", "<NoProduct/>", None, REFUSED)))
    assert (house.open(), set(house.states().values())) == ([("ACK-MESSAGE", f"feed:{SHOP.id}")], {"failed"})
    [row] = house.ledger.exceptions.open()
    assert (row.owner, row.found) == ("operations", "message 1 with 3 titles is rejected: Short-tag distributor says: E17: Unknown sender")
    assert house.send(ISBNS[0]) == 2
    assert house.sent[2] == ISBNS
    assert {row.subject: row.revision for row in house.ledger.newest(USE_CASE, SHOP.id) if row.subject.startswith("isbn:")} == {
        f"isbn:{ISBNS[0]}": 2,
        f"isbn:{ISBNS[1]}": 1,
        f"isbn:{ISBNS[2]}": 1,
    }
    house.hears((2, by_reference({ISBNS[0]: True, ISBNS[1]: True}, None)))
    assert house.open() == [("ACK-MESSAGE", f"feed:{SHOP.id}")]
    house.hears((2, by_isbn({ISBNS[2]: True}, None)))
    assert (house.open(), set(house.states().values())) == ([], {"confirmed"})


def test_a_rejected_message_that_names_some_titles_has_a_word_of_its_own_for_them(house: House) -> None:
    """They are each an exception; all others are one together."""
    house.send(*ISBNS)
    house.hears((1, onix("01", record(ISBNS[0], "03"), None, REFUSED)))
    assert house.open() == [("ACK", f"isbn:{ISBNS[0]}"), ("ACK-MESSAGE", f"feed:{SHOP.id}")]
    assert set(house.states().values()) == {"failed"}


def test_a_message_that_was_rejected_by_mistake_is_taken_after_all(house: House) -> None:
    """The recipient says so later of the same message: nothing is at fault, and nothing goes again."""
    house.send(*ISBNS)
    house.hears((1, onix("01", "<NoProduct/>", None, REFUSED)), (1, onix("03", "<NoProduct/>")))
    assert (house.open(), set(house.states().values())) == ([], {"confirmed"})
    assert house.ledger.redrive(USE_CASE, SHOP.id) == 0
    assert house.ledger.undelivered(USE_CASE, SHOP.id) == []


def test_a_rejection_has_the_recipients_words_without_anybodys_address(house: House) -> None:
    """Whatever form it has; a warning alone can be the reason."""
    house.send(*ISBNS)
    house.hears((1, by_isbn({ISBNS[0]: False}, None)), (1, as_table({ISBNS[1]: False}, None)))
    house.hears((1, onix("03", record(ISBNS[2], "03", words="No cover", kind="W"))))
    found = {row.subject[-1]: (row.found, row.owner) for row in house.ledger.exceptions.open()}
    words = "record status 03: Short-tag distributor says: the price is wrong, says (an e-mail address)"
    assert found == {
        "1": (words, "metadata_specialist"),
        "8": (words, "metadata_specialist"),
        "5": ("record status 03: Short-tag distributor says: No cover", "metadata_specialist"),
    }


def test_an_error_in_what_was_taken_is_a_warning(house: House) -> None:
    """The title is on sale; the exception ends when the recipient finds nothing."""
    house.send(*ISBNS)
    house.hears((1, onix("03", record(ISBNS[0], "02", kind="E") + record(ISBNS[1], "01", kind="W") + record(ISBNS[2], "00"))))
    assert house.open() == [("ACK-REMARK", f"isbn:{ISBNS[0]}"), ("ACK-REMARK", f"isbn:{ISBNS[1]}")]
    assert {row.severity for row in house.ledger.exceptions.open()} == {"W"}
    assert set(house.states().values()) == {"confirmed"}
    house.send(*ISBNS)
    house.hears((2, by_reference(dict.fromkeys(ISBNS, True), None)))
    assert house.open() == []


def test_an_event_that_names_no_message_is_about_the_one_that_the_acknowledgement_names(house: House) -> None:
    """A file that was dropped under a name of the recipient's own; where neither says it, that is the exception."""
    house.send(*ISBNS)
    house.hears((None, onix("03", record(ISBNS[0], "03") + record(ISBNS[1], "00"))))
    assert house.states() == {ISBNS[0]: "failed", ISBNS[1]: "confirmed", ISBNS[2]: "accepted"}
    house.hears((None, onix("03", record(ISBNS[2], "03")).replace(b"<MessageNumber>1<", b"<MessageNumber><")))
    assert house.open()[1][0] == "ACK-UNREADABLE"


def test_a_record_without_a_status_keeps_nobody_elses_word_back(house: House) -> None:
    """It is told for what it is, and the rejection beside it stands."""
    house.send(*ISBNS)
    house.hears((1, onix("03", record(ISBNS[0], "").replace("<RecordStatus></RecordStatus>", "") + record(ISBNS[1], "03"))))
    assert [rule for rule, _ in house.open()] == ["ACK", "ACK-UNKNOWN"]
    assert house.states()[ISBNS[1]] == "failed"


def test_of_several_records_of_one_isbn_the_worst_counts(house: House) -> None:
    """A shop that keeps two records of a title, and takes one."""
    house.send(*ISBNS)
    house.hears(
        (
            1,
            onix(
                "03", record(ISBNS[0], "00", own=True) + record(ISBNS[0], "03", own=True, words="twice") + record(ISBNS[0], "00", own=True)
            ),
        )
    )
    assert house.open() == [("ACK", f"isbn:{ISBNS[0]}")]
    assert house.states()[ISBNS[0]] == "failed"


def test_records_that_the_message_did_not_carry_are_one_exception(house: House) -> None:
    """With what is said of them; the titles that it did carry are dealt with."""
    house.send(ISBNS[0])
    house.hears((1, onix("03", record(ISBNS[0], "00") + record(ISBNS[1], "03", own=True) + record("nobody", "00"))))
    [row] = house.ledger.exceptions.open()
    assert (row.rule, row.owner) == ("ACK-UNKNOWN", "operations")
    assert row.found == (
        "records that the message did not carry (2): X0028 (the price is wrong, says (an e-mail address)); r.nobody (confirmed)"
    )
    assert house.states() == {ISBNS[0]: "confirmed"}


def test_a_rejection_in_a_message_that_never_went_keeps_its_words(house: House) -> None:
    """The number is wrong, and the reason may be true."""
    house.send(ISBNS[0])
    house.hears((99, by_reference({ISBNS[0]: False}, None)))
    [row] = house.ledger.exceptions.open()
    assert (row.rule, "message 99" in row.found, "the price is wrong" in row.found) == ("ACK-UNREADABLE", True, True)


def test_a_message_of_which_nothing_is_said_waits(house: House) -> None:
    """Received, or processed in part, is no word on its titles."""
    house.send(*ISBNS)
    house.hears((1, onix("00", "")), (1, onix("02", "<NoProduct/>")))
    assert (house.open(), set(house.states().values())) == ([], {"accepted"})


def test_what_a_list_of_rejects_leaves_out_is_taken_where_the_profile_says_so(house: House) -> None:
    """But not what an earlier list of the same message rejects."""
    rejects = Rejects(format="csv", columns={"record": "ISBN", "words": "Reason"}, rest="accepted")
    profile = SHOP.model_copy(update={"rejects": rejects})
    house.send(*ISBNS)
    for isbn in ISBNS[:2]:
        house.hears((1, f"ISBN;Reason\n{isbn};Price\n".encode()), profile=profile)
    assert house.states() == {ISBNS[0]: "failed", ISBNS[1]: "failed", ISBNS[2]: "confirmed"}


def test_a_list_without_numbers_is_about_the_newest_message_of_each_title(house: House) -> None:
    """A title that never went is told."""
    rejects = Rejects(format="csv", columns={"record": "ISBN", "words": "Reason"}, message="newest")
    profile = SHOP.model_copy(update={"rejects": rejects})
    house.send(*ISBNS[:2])
    house.send(ISBNS[1])
    house.hears((None, "".join(["ISBN;Reason\n", *(f"{isbn};Price\n" for isbn in ISBNS)]).encode()), profile=profile)
    assert house.states() == {ISBNS[0]: "failed", ISBNS[1]: "failed"}
    assert house.open() == [
        ("ACK", f"isbn:{ISBNS[0]}"),
        ("ACK", f"isbn:{ISBNS[1]}"),
        ("ACK-UNKNOWN", next(s for _, s in house.open() if s.startswith("event:"))),
    ]


def test_a_report_that_cannot_be_read_is_an_exception_with_the_reason(house: House) -> None:
    """And once the profile knows how to read it, it is read."""
    house.send(*ISBNS)
    unknown = b"ISBN;State;Reason\n9781999000011;REJECTED;Price\n"
    house.hears((1, unknown))
    [row] = house.ledger.exceptions.open()
    assert (row.rule, row.found) == ("ACK-UNREADABLE", "the report has none of the headings that its description names")
    [(item, _)] = house.ledger.inbox.noted("parked")
    house.ledger.inbox.again(item.source, item.id)
    rejects = Rejects(format="csv", **{**TABLE, "columns": {**TABLE["columns"], "status": ("Status", "State")}})
    profile = SHOP.model_copy(update={"rejects": rejects})
    collect_outcomes(house.ledger, Middleware([unknown]), use_case=USE_CASE, profile=profile, owner_of=CONFIG.owners.of, as_of=DAY)
    assert house.open() == [("ACK", f"isbn:{ISBNS[0]}")]


def test_the_message_itself_has_failed_while_it_is_rejected(house: House) -> None:
    """It shows at the message why, and no other exception speaks of it."""
    house.send(*ISBNS)
    house.hears((1, onix("01", "<NoProduct/>", None, REFUSED)))
    [feed] = [row for row in house.ledger.newest(USE_CASE, SHOP.id) if row.subject.startswith("feed:")]
    assert (feed.state, feed.code, feed.detail) == ("failed", MESSAGE_REJECTED, "E17: Unknown sender")
    house.hears((1, onix("03", "<NoProduct/>")))
    [feed] = [row for row in house.ledger.newest(USE_CASE, SHOP.id) if row.subject.startswith("feed:")]
    assert (feed.state, feed.code) == ("sent", "")


def test_a_late_word_on_a_message_whose_titles_went_again_moves_none_of_them(house: House) -> None:
    """They wait for the word on the newer one; until then what was said of them is open."""
    house.send(*ISBNS)
    house.hears((1, onix("01", "<NoProduct/>", None, REFUSED)))
    house.send(ISBNS[0])
    house.hears((1, by_reference({ISBNS[1]: False}, None)))
    assert house.states()[ISBNS[1]] == "accepted"
    assert house.open() == [("ACK", f"isbn:{ISBNS[1]}"), ("ACK-MESSAGE", f"feed:{SHOP.id}")]
