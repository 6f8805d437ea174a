"""The to-do feed: what it proves and what not, milestones by one file, and a link that stays secret."""

import logging
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from colophon.config.milestones import Milestones, load_milestones
from colophon.domain.finding import Finding
from colophon.domain.todo import Milestone, Todo, TodoStatus
from colophon.errors import BadConfigError, BadConnectionError, ColophonError, NotOursError, NotReadyError
from colophon.http.auth import BearerKey
from colophon.http.client import HttpClient
from colophon.systems.consonance.reports.calendar import TodoCalendar, read_calendar, with_milestones
from colophon.systems.consonance.reports.reader import report_files
from colophon.systems.consonance.reports.source import FolderSource
from colophon.systems.consonance.settings import ConsonanceSettings

NOW = datetime(2026, 5, 1, 6, 0, tzinfo=UTC)
KEY = "x" * 32
CANARY = "canary7feed7link"


def entry(*lines: str, kind: str = "VTODO", uid: str = "1@consonance") -> str:
    """One entry."""
    return "\r\n".join([f"BEGIN:{kind}", f"UID:{uid}", *lines, f"END:{kind}", ""])


def calendar(*entries: str) -> bytes:
    """A whole feed."""
    return ("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Consonance//EN\r\n" + "".join(entries) + "END:VCALENDAR\r\n").encode()


PROOF = ("SUMMARY:Proof approved", "URL:https://web.consonance.app/works/12")


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., tuple[list[Todo], list[Finding]]]:
    """Reads a feed from the file among the reports."""

    def run(content: bytes, **extra: object) -> tuple[list[Todo], list[Finding]]:
        found = take(tmp_path, content, **extra)
        assert found is not None
        return (
            [record for record in found.records if not isinstance(record, Finding)],
            [record for record in found.records if isinstance(record, Finding)],
        )

    return run


def take(folder: Path, content: bytes | None, **extra: object) -> TodoCalendar | None:
    """The feed as the file `todos.ics`, written two hours ago."""
    if content is not None:
        (folder / "todos.ics").write_bytes(content)
        moment = (NOW - timedelta(hours=2)).timestamp()
        os.utime(folder / "todos.ics", (moment, moment))
    settings = ConsonanceSettings.from_connection("https://web.consonance.example", KEY, extra)
    files = report_files(settings, FolderSource(str(folder)), clock=lambda: NOW)
    return read_calendar(settings, load_milestones(), files=files, clock=lambda: NOW)


def test_a_task_is_read_with_all_that_it_tells(read):
    """Description, day due, completion with its moment, tags, work, milestone, origin."""
    more = ("DUE;VALUE=DATE:20260504", "STATUS:COMPLETED", "COMPLETED:20260501T233000Z", "CATEGORIES:Milestone,Overdue", "CATEGORIES:Third")
    (todo,), faults = read(calendar(entry(*PROOF, *more)))
    assert faults == []
    assert (todo.uid, todo.work_id, todo.work_title, todo.description) == ("1@consonance", 12, None, "Proof approved")
    assert (todo.due_on, todo.status, todo.is_proof) == (date(2026, 5, 4), TodoStatus.DONE, True)
    assert todo.completed_at == datetime(2026, 5, 1, 23, 30, tzinfo=UTC)
    assert todo.completed_on == date(2026, 5, 2)  # half past midnight in London
    assert todo.tags == ("Milestone", "Overdue", "Third")
    assert todo.milestone is Milestone.PROOF_APPROVED
    assert (todo.origin.row, len(todo.origin.sha256)) == (1, 64)


@pytest.mark.parametrize(
    ("lines", "status", "completed"),
    [
        ((), TodoStatus.OPEN, None),
        (("STATUS:NEEDS-ACTION",), TodoStatus.OPEN, None),
        (("STATUS:IN-PROCESS",), TodoStatus.OPEN, None),
        (("STATUS:NEEDS-ACTION", "COMPLETED:20260401T100000Z"), TodoStatus.OPEN, None),
        (("COMPLETED:20260401T100000Z",), TodoStatus.DONE, date(2026, 4, 1)),
        (("STATUS:COMPLETED",), TodoStatus.DONE, None),
        (("STATUS:CANCELLED",), TodoStatus.CANCELLED, None),
    ],
)
def test_the_status_decides(read, lines, status, completed):
    """A to-do that was undone is open, whatever moment still stands there."""
    (todo,), _ = read(calendar(entry(*PROOF, *lines)))
    assert (todo.status, todo.completed_on) == (status, completed)


def test_an_appointment_never_proves_completion(read):
    """A VEVENT that calls itself completed is an open to-do with a day."""
    lines = (*PROOF, "DTSTART;VALUE=DATE:20260504", "STATUS:COMPLETED", "COMPLETED:20260501T100000Z")
    (todo,), _ = read(calendar(entry(*lines, kind="VEVENT")))
    assert (todo.status, todo.completed_on, todo.is_proof, todo.due_on) == (TodoStatus.OPEN, None, False, date(2026, 5, 4))


@pytest.mark.parametrize(
    ("line", "day"),
    [
        ("DUE:20260501T233000Z", date(2026, 5, 2)),
        ("DUE;TZID=America/New_York:20260501T200000", date(2026, 5, 2)),
        ("DUE:20260501T233000", date(2026, 5, 1)),
        ("DTSTART;VALUE=DATE:20260503", date(2026, 5, 3)),
    ],
)
def test_days_are_those_of_the_account(read, line, day):
    """A moment counts as the day that it is in the account's time zone."""
    assert read(calendar(entry(*PROOF, line)))[0][0].due_on == day


@pytest.mark.parametrize(
    ("summary", "description", "title"),
    [
        ("Proof approved [The Larkspur]", "Proof approved", "The Larkspur"),
        ("Proof approved (The Larkspur)", "Proof approved", "The Larkspur"),
        ("Proof\n approved [Larkspur\\, the]", "Proofapproved", "Larkspur, the"),
    ],
)
def test_the_title_in_brackets_names_the_work_where_no_address_does(read, summary, description, title):
    """With folded lines and escapes as RFC 5545 has them."""
    (todo,), _ = read(calendar(entry(f"SUMMARY:{summary}".replace("\n", "\r\n"))))
    assert (todo.work_id, todo.description, todo.work_title) == (None, description, title)


def test_brackets_beside_an_address_belong_to_the_description(read):
    """`Proof approved (second pass)` is not `Proof approved`: nothing is guessed."""
    (todo,), (fault,) = read(calendar(entry("SUMMARY:Proof approved (second pass)", PROOF[1])))
    assert (todo.description, todo.milestone) == ("Proof approved (second pass)", None)
    assert (fault.field, fault.found, fault.rule) == ("description", "'Proof approved (second pass)'", "milestone_unmapped")
    assert fault.subject == todo.subject == "todo:1@consonance"


@pytest.mark.parametrize(
    ("lines", "field"),
    [
        (("SUMMARY:Proof approved",), "SUMMARY"),
        (("SUMMARY:", PROOF[1]), "SUMMARY"),
        ((PROOF[1],), "SUMMARY"),
        ((*PROOF, "SUMMARY:Another"), "SUMMARY"),
        ((*PROOF, "DUE:20261331"), "the entry"),
        ((*PROOF, "DUE:"), "the entry"),
        ((*PROOF, "DUE;VALUE=PERIOD:20260101T000000Z/PT1H"), "DUE"),
        ((*PROOF, "DUE;VALUE=DATE:00010101"), "DUE"),
        ((*PROOF, "COMPLETED:20260501T100000"), "COMPLETED"),
        ((*PROOF, "STATUS:FINISHED"), "STATUS"),
        ((*PROOF, "no colon here"), "the entry"),
        (("SUMMARY:Proof\x00approved", PROOF[1]), "SUMMARY"),
        ((*PROOF, "CATEGORIES:a\x07b"), "CATEGORIES"),
    ],
)
@pytest.mark.parametrize("kind", ["VTODO", "VEVENT"])
def test_a_bad_entry_is_named_and_the_others_go_on(read, lines, field, kind):
    """One broken entry does not spoil the calendar."""
    if kind == "VEVENT" and field in {"COMPLETED", "STATUS"}:
        lines = ()  # these are not read from appointments
        field = "SUMMARY"
    todos, (fault,) = read(calendar(entry(*PROOF, uid="a"), entry(*lines, kind=kind, uid="b"), entry(*PROOF, uid="c")))
    assert [todo.uid for todo in todos] == ["a", "c"]
    assert fault.subject == "todo:b"
    assert field in fault.field or fault.field in {"DUE", "the entry"}
    assert "row 2" in fault.remedy


def test_an_entry_that_is_there_twice_is_a_fault(read):
    """Nobody can know which one counts."""
    todos, (fault,) = read(calendar(entry(*PROOF), entry(*PROOF, "STATUS:COMPLETED")))
    assert (len(todos), fault.field) == (1, "UID")


def test_letters_that_are_no_utf8_are_a_fault_of_their_entry(read):
    """A wrong encoding never becomes a wrong description."""
    content = calendar(entry(*PROOF, uid="a"), entry("SUMMARY:Umschlag gepr@ft", PROOF[1], uid="b")).replace(b"@ft", b"\xfcft")
    todos, (fault,) = read(content)
    assert ([todo.uid for todo in todos], fault.subject) == (["a"], "todo:b")


def test_a_feed_that_breaks_off_is_not_ready(read):
    """A cut calendar would lose to-dos in silence."""
    with pytest.raises(NotReadyError, match="breaks off"):
        read(calendar(entry(*PROOF))[:-20])


@pytest.mark.parametrize("content", [b"", b"<html>Sign in</html>", b"Todo ID,Work ID\r\n"])
def test_what_is_no_calendar_is_refused(read, content):
    """A login page under the name of a feed."""
    with pytest.raises(NotOursError, match="no calendar"):
        read(content)


def test_no_feed_at_all_is_unknown(tmp_path):
    """None, and not a calendar without to-dos."""
    assert take(tmp_path, None) is None
    found = take(tmp_path, calendar())
    assert found is not None
    assert found.records == ()


def test_milestones_are_compared_whole(read):
    """Case and blanks do not matter; a part of a description is not the description."""
    entries = [
        entry(f"SUMMARY:{text}", PROOF[1], uid=str(n))
        for n, text in enumerate(["PROOF  Approved", "Proof approved by Ann", "Jacket approval"])
    ]
    todos, faults = read(calendar(*entries))
    assert [todo.milestone for todo in todos] == [Milestone.PROOF_APPROVED, None, None]
    assert [fault.subject for fault in faults] == ["todo:1"]  # the jacket is an ordinary task


def test_todos_of_a_list_get_their_milestones_by_the_same_file():
    """Findings pass through."""
    todo = Todo(id=1, work_id=9, description="Cover approved", status=TodoStatus.OPEN)
    assert list(with_milestones([todo], load_milestones())) == [replace(todo, milestone=Milestone.COVER_APPROVED)]


def test_every_milestone_has_a_description():
    """The file that ships knows all of them."""
    assert set(load_milestones().milestones) == set(Milestone)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("version: 1\nmilestones: {published: [Out], title_delayed: [ out ]}\n", "twice"),
        ("version: 1\nmilestones: {published: [Out]}\nordinary: [OUT]\n", "twice"),
        ("version: 1\nmilestones: {publishd: [Out]}\n", "milestones"),
        ("version: 0\nmilestones: {}\n", "version"),
        ("milestones: {}\n", "version"),
        ("version: 1\nmilestones: {published: [' ']}\n", "blank"),
    ],
)
def test_a_faulty_mapping_is_named(tmp_path, text, named):
    """Two meanings of one description, an unknown code, no version."""
    (tmp_path / "milestones.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(BadConfigError, match=r"milestones\.yaml") as caught:
        load_milestones(tmp_path)
    assert named in str(caught.value)


Script = Callable[[BaseHTTPRequestHandler], None]


@pytest.fixture
def serve() -> Iterator[Callable[[Script], tuple[str, list[Any]]]]:
    """A server that answers every request by the script; its address and what it saw."""
    servers: list[ThreadingHTTPServer] = []

    def start(script: Script) -> tuple[str, list[Any]]:
        seen: list[Any] = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                seen.append((self.path, dict(self.headers)))
                script(self)

            def log_message(self, *_: object) -> None:
                """Nothing to the console."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}", seen

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def answer(status: int, body: bytes, **headers: str) -> Script:
    """An answer."""

    def play(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in {"Content-Type": "text/calendar", "Content-Length": str(len(body)), **headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return play


def fetch(link: str) -> TodoCalendar | None:
    """The feed at a link."""
    settings = ConsonanceSettings.from_connection("https://web.consonance.example", KEY, {"ical_url": link})
    with HttpClient(
        settings.http, BearerKey(KEY), system="consonance", sleep=lambda _: None, random=lambda: 0.0, clock=lambda: NOW
    ) as http:
        return read_calendar(settings, load_milestones(), http=http, clock=lambda: NOW)


def test_the_link_is_fetched_without_our_key(serve):
    """The link is the key; the account's own key is not for it."""
    base, seen = serve(answer(200, calendar(entry(*PROOF))))
    found = fetch(f"{base}/feed/{CANARY}.ics?token={CANARY}")
    assert found is not None
    assert (len(found.records), found.as_of) == (1, NOW)
    ((path, headers),) = seen
    assert path == f"/feed/{CANARY}.ics?token={CANARY}"
    assert "authorization" not in {name.lower() for name in headers}


@pytest.mark.parametrize(
    "script",
    [
        answer(200, b"<html>Sign in</html>", **{"Content-Type": "text/html"}),
        answer(200, b"nonsense " + CANARY.encode()),
        answer(200, calendar(entry(*PROOF))[:-10]),
        answer(302, b"", Location=f"https://elsewhere.example/{CANARY}"),
        answer(401, b""),
        answer(403, CANARY.encode()),
        answer(404, b""),
        answer(429, b"", **{"Retry-After": "9000"}),
        answer(500, CANARY.encode()),
        answer(200, b"short", **{"Content-Length": "500"}),
    ],
)
def test_the_link_is_in_no_log_and_no_error(serve, script, caplog):
    """Whatever goes wrong, neither its path nor its query nor its host is told, down to the causes."""
    base, _ = serve(script)
    with caplog.at_level(logging.DEBUG), pytest.raises(ColophonError) as caught:
        fetch(f"{base}/feed/{CANARY}.ics?token={CANARY}")
    assert_secret(caught.value, caplog.text, base)


@pytest.mark.parametrize(
    "link",
    [f"http://canary.example/{CANARY}", f"ftp://canary.example/{CANARY}", f"https://me:{CANARY}@canary.example/x", CANARY, f"https://[{CANARY}/x"],
)  # fmt: skip
def test_a_link_that_does_not_fit_is_not_repeated(link, caplog):
    """It is named by its key in the connection."""
    with caplog.at_level(logging.DEBUG), pytest.raises(BadConnectionError, match="ical_url") as caught:
        fetch(link)
    assert_secret(caught.value, caplog.text, "canary.example")


def test_a_host_that_is_not_there_is_not_told(caplog):
    """The host of the link is part of the secret."""
    with caplog.at_level(logging.DEBUG), pytest.raises(ColophonError) as caught:
        fetch(f"http://localhost:9/{CANARY}")
    assert_secret(caught.value, caplog.text, "localhost:9")


def assert_secret(problem: BaseException | None, log: str, host: str) -> None:
    """Neither the canary nor the host is in the log, or in an error or any of its causes."""
    told = [log]
    while problem is not None:
        told += [str(problem), repr(problem), repr(vars(problem))]
        problem = problem.__cause__ or (None if problem.__suppress_context__ else problem.__context__)
    for text in told:
        assert CANARY not in text
        assert host.removeprefix("http://") not in text


def test_a_mapping_knows_what_it_lists():
    """Unknown and ordinary are not the same."""
    mapping = Milestones(version=1, milestones={Milestone.PUBLISHED: ("Out",)}, ordinary=("Lunch",))
    assert (mapping.of("out"), mapping.of("lunch"), mapping.of("other")) == (Milestone.PUBLISHED, None, None)
    assert (mapping.knows("OUT"), mapping.knows("Lunch"), mapping.knows("other")) == (True, True, False)
