"""Facts of an account with the extension and of one with files: the same; and *unknown* where neither tells."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sandbox_control import Control

from colophon.config.milestones import load_milestones
from colophon.domain.contact import Contact
from colophon.domain.contact_fields import ContactFields, DeliveryPreference
from colophon.domain.contract import Contract
from colophon.domain.external_record import ExternalRecord
from colophon.domain.facts import Facts, Known
from colophon.domain.launch import Launch
from colophon.domain.payment import Payment
from colophon.domain.product import Product, TextKind
from colophon.domain.rights_receipt import RightsReceipt
from colophon.domain.royalty_clauses import Clause
from colophon.domain.sale import Sale
from colophon.domain.supplement import Supplement
from colophon.domain.team import TeamMember, TeamRole
from colophon.domain.todo import Milestone, Todo, TodoStatus
from colophon.domain.vendor_statement import VendorStatement
from colophon.domain.work import Work
from colophon.domain.work_texts import WorkTexts
from colophon.errors import BadReportError, NotReadyError, SchemaDriftError
from colophon.http.client import HttpClient
from colophon.systems.consonance.client import ConsonanceClient
from colophon.systems.consonance.facts import FactReader
from colophon.systems.consonance.graphql import wire
from colophon.systems.consonance.graphql.records import work_texts_from
from colophon.systems.consonance.graphql.todos import todo_from
from colophon.systems.consonance.kinds import KINDS
from colophon.systems.consonance.reports.store import Credentials, open_place
from colophon.systems.consonance.settings import ConsonanceSettings
from colophon_sandbox.seeds.shelf import product, work
from colophon_sandbox.serve import running_sandbox

KEY = "sandbox0key0not0real000000000000"
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
SINCE = datetime(2026, 5, 1, 10, tzinfo=UTC)
OLD = {"revision": 1, "updatedAt": "2026-04-02T10:00:00Z"}
NEW = {"revision": 3, "updatedAt": "2026-05-01T10:12:00Z"}
WORKS = [work(number, title, 1) for number, title in ((9, "The Larkspur"), (10, "Foxglove"), (11, "Hemlock"))]
WORKS[0]["productionRuns"] = [
    {"id": 1, "name": "First", "deliveryDate": "2026-06-01", "productIds": [101], "quantities": [{"id": 1, "name": "Hardback", "quantity": 1500, "productId": 101}]}
]  # fmt: skip
DONE = {
    "id": 1, "workId": 9, "description": "Copyedit complete", "dueOn": "2026-05-04", "completedOn": "2026-05-01", "completedAt": "2026-05-01T10:12:00Z",
    "completedById": 32, "assigneeId": 31, "status": "DONE", "tags": ["Milestone"], "blockedBy": [], **NEW,
}  # fmt: skip
NEXT = {
    "id": 2,
    "workId": 9,
    "description": "Design sign-off",
    "dueOn": "2026-06-01",
    "status": "OPEN",
    "tags": [],
    "blockedBy": [1],
    "assigneeId": 32,
    **OLD,
}
OTHER = {"id": 3, "workId": 10, "description": "Proof approved", "status": "OPEN", "tags": [], "blockedBy": [], **OLD}
SEED: dict[str, Any] = {
    "imprints": [{"id": 1, "name": "Larkspur"}],
    "works": WORKS,
    "contacts": [{"id": n, "__typename": "Person", "name": name} for n, name in ((31, "Ann"), (32, "Ben"), (33, "Cleo"))],
    "products": [product(101, WORKS[0], "BC", "9781999000004"), product(102, WORKS[1], "BC", "9781999000011")],
    "contracts": [{"id": n, "clientId": 1, "contractName": "Head", "workId": 5 + n, "term": "120"} for n in (4, 5)],
    "todos": [DONE, NEXT, OTHER],
    "teamMembers": [
        OLD | {"id": 1, "workId": 9, "role": "EDITOR", "contactId": 31, "managerId": None},
        OLD | {"id": 2, "workId": 9, "role": "DESIGNER", "contactId": 31, "managerId": None},
        OLD | {"id": 3, "workId": 10, "role": "EDITOR", "contactId": 33, "managerId": None},
    ],
    "launches": [OLD | {"id": 1, "workId": 9, "stageCode": "PREORDER", "onHold": False, "preorderFrom": "2026-05-20"}],
    "contactFields": [
        OLD | {"id": n, "contactId": contact, "name": name, "value": value, "source": "CRM", "observedAt": at}
        for n, contact, name, value, at in (
            (1, 31, "DELIVERY_PREFERENCE", "PRINT", "2026-04-02T10:00:00Z"),
            (2, 31, "DELIVERY_PREFERENCE", "EMAIL", "2026-04-01T10:00:00Z"),
            (3, 31, "OPTED_OUT", "false", "2026-04-02T10:00:00Z"),
            (4, 31, "CITY", "Norwich", "2026-04-02T10:00:00Z"),
            (5, 31, "BANK_REFERENCE", "GB00-CANARY", "2026-04-02T10:00:00Z"),
            (6, 33, "CONSENT_EXTERNAL", "true", "2026-04-02T10:00:00Z"),
        )
    ],
    "payments": [OLD | {"id": n, "contactId": 31, "contractId": 4, "paidOn": "2026-04-01", "amount": "1.50", "currencyCode": "GBP"} for n in (6, 7)],
}  # fmt: skip
ALERTS = [Todo, TeamMember, Work]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A sandbox with three works."""
    with running_sandbox({"consonance": SEED}) as address:
        yield address


@pytest.fixture
def sandbox(url: str) -> Control:
    """As at its start."""
    control = Control(url, "consonance")
    control.start(NOW.isoformat())
    return control


@pytest.fixture
def reader(sandbox: Control) -> Iterator[Callable[..., FactReader]]:
    """Makes readers: `reader(profile=…)`; with `files=` there is a place for reports."""
    with ExitStack() as stack:

        def make(files: str | Path = "", **extra: object) -> FactReader:
            given = {"start_jitter_seconds": 0, **extra, "reports_location": str(files)}
            settings = ConsonanceSettings.from_connection(f"{sandbox.url}/consonance", KEY, given)
            client = stack.enter_context(ConsonanceClient(settings, sleep=lambda _: None, clock=lambda: NOW))
            opener = lambda http, auth: HttpClient(http, auth, system="consonance", sleep=lambda _: None)
            place = stack.enter_context(open_place(settings, Credentials(password=KEY), opener, clock=lambda: NOW)) if files else None
            return FactReader(client, place, load_milestones())

        yield make


@pytest.fixture
def documented(sandbox: Control, reader: Callable[..., FactReader]) -> FactReader:
    """An account with the documented schema alone, and its files."""
    return reader(f"{sandbox.url}/consonance/__files__", profile="documented")


@pytest.fixture
def with_file(tmp_path: Path, reader: Callable[..., FactReader]) -> Callable[..., FactReader]:
    """An account with the documented schema alone, and one file of some lines."""

    def make(name: str, *lines: str, age_h: int = 1) -> FactReader:
        (tmp_path / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
        os.utime(tmp_path / name, (NOW.timestamp() - age_h * 3600,) * 2)
        return reader(tmp_path, profile="documented")

    return make


def known(facts: Facts, kind: type[Any]) -> Known[Any]:
    """What is known of a kind, which is known."""
    state = facts.of(kind)
    assert isinstance(state, Known)
    return state


def bare(todo: Todo) -> Todo:
    """A to-do with what every route tells of it."""
    return replace(todo, revision=None, updated_at=None, completed_at=None, origin=None, assignee_name=None, completed_by_name=None)


HEAD = "Todo ID,Work ID,Description,Assignee contact ID,Due on,Completed on,Completed by contact ID,Blocked by,Tags"


# What is bad comes first.


@pytest.mark.parametrize("kind", [Todo, TeamMember, ContactFields, Sale, RightsReceipt])
@pytest.mark.parametrize("has_place", [False, True])
def test_a_missing_source_is_unknown_and_named_once(reader, tmp_path: Path, kind: type, has_place: bool) -> None:
    """Never an empty list: one finding for the account says what to export and where."""
    facts = reader(tmp_path if has_place else "", profile="documented").read([kind])
    (unknown,) = facts.unknown
    assert facts.of(kind) is unknown
    assert facts.sources == {kind.__name__: "unknown"}
    finding = unknown.as_finding(blocks="people")
    assert finding.subject == f"source:{KINDS[kind].name.replace(' ', '_')}"
    assert ("reports_location" in finding.remedy) is not has_place


def test_a_kind_that_was_not_asked_for_is_no_empty_list(reader) -> None:
    """A use case that forgets to name a kind fails at once."""
    with pytest.raises(LookupError, match="TeamMember was not read"):
        reader().read([Work]).of(TeamMember)
    with pytest.raises(LookupError, match="no kind Milestone"):
        reader().read([Milestone])


def test_a_garbled_to_do_is_a_finding_and_the_others_go_on(with_file, reader, sandbox: Control) -> None:
    """Counted as read, in files and by GraphQL; its work is looked at."""
    lines = [HEAD, "1,9,Copyedit complete,31,2026-05-04,yesterday,32,,", "two,10,Proof approved,,,,,,", "3,11,Cover approved,,,,,,"]
    todos = known(with_file("todos.csv", *lines).read([Todo]), Todo)
    assert [todo.id for todo in todos] == [3]
    assert [(finding.field, finding.about) for finding in todos.unreadable] == [("Completed on", "work:9"), ("Todo ID", "work:10")]
    assert todos.count == 3


def test_a_row_that_graphql_garbles_names_its_work() -> None:
    """A status that there is not, a moment without a zone: the record is an exception, and no person's name is shown."""
    row = {"id": 1, "work": {"id": 9}, "description": "Proof approved", "status": "DONE"}
    for change, field in (
        ({"status": "MAYBE"}, "status"),
        ({"completedAt": "2026-05-01T10:12:00"}, "completedAt"),
        ({"assignee": {"id": 3, "name": 7}}, "name"),
    ):
        finding = todo_from(row | change)
        assert (finding.field, finding.about, finding.subject) == (field, "work:9", "todo:1")
    assert "7" not in finding.found


def test_a_text_that_no_mapping_knows_is_one_finding_for_all_titles(sandbox: Control, reader, documented: FactReader) -> None:
    """By every route; the to-dos are read and are nobody's milestone."""
    rows = [OTHER | {"id": 50 + n, "workId": 9 + n % 3, "description": "Frobnicated"} for n in range(4)]
    sandbox.control("POST", "/seed", {"records": {"consonance": {"todos": rows}}})
    for facts in (reader().read([Todo]), documented.read([Todo])):
        todos = known(facts, Todo)
        (remark,) = todos.remarks
        assert (remark.subject, remark.rule, remark.found) == ("to-do text:'Frobnicated'", "milestone_unmapped", "'Frobnicated'")
        assert todos.count == len(todos.records) == 7
        assert facts.findings == (remark,)


def test_an_older_revision_is_history_and_never_what_holds(with_file) -> None:
    """Two revisions of one to-do out of order: the newest holds, whatever its row; the same revision twice is refused."""
    lines = [
        f"{HEAD},Status,Completed at,Revision,Updated at",
        "1,9,Copyedit complete,,,,,,,Open,,3,2026-05-01T11:00:00Z",
        "1,9,Copyedit complete,,,2026-05-01,32,,,Done,2026-05-01T10:12:00Z,2,2026-05-01T10:12:00Z",
        "1,9,Copyedit complete,,,,,,,Open,,1,2026-04-01T10:12:00Z",
        "1,9,Copyedit complete,,,2026-05-01,32,,,Done,2026-05-01T12:00:00+01:00,2,2026-05-01T11:00:00Z",
        "2,9,Proof approved,,,2026-05-01,,,,Open,,1,",
        "3,9,Cover approved,,,,,,,Cancelled,,1,",
    ]
    todos = known(with_file("todos.csv", *lines).read([Todo]), Todo)
    assert [(todo.id, todo.status, todo.revision) for todo in todos] == [(1, TodoStatus.OPEN, 3), (3, TodoStatus.CANCELLED, 1)]
    assert [(todo.id, todo.status, todo.revision) for todo in todos.earlier] == [(1, TodoStatus.OPEN, 1), (1, TodoStatus.DONE, 2)]
    assert [(finding.subject.rpartition(", ")[2], finding.field) for finding in todos.unreadable] == [
        ("row 5", "Todo ID"),
        ("row 6", "Status"),
    ]


def test_a_stale_report_is_looked_at_later_and_never_taken(with_file) -> None:
    """An old list of to-dos would tell old news, and tell nobody of the new."""
    with pytest.raises(NotReadyError):
        with_file("todos.csv", HEAD, "1,9,Copyedit complete,,,,,,", age_h=37).read([Todo])


def test_a_report_without_a_column_stops(with_file) -> None:
    """It names the column."""
    with pytest.raises(BadReportError, match="Todo ID"):
        with_file("todos.csv", HEAD.removeprefix("Todo ID,"), "9,Copyedit complete,,,,,,").read([Todo])


def test_a_feature_that_vanished_takes_its_fallback(sandbox: Control, reader) -> None:
    """The account drops to-dos after its schema was looked at: the report is read, and without one they are unknown."""
    for files, source in ((f"{sandbox.url}/consonance/__files__", "todos.csv"), ("", "unknown")):
        sandbox.start(NOW.isoformat())
        found = reader(files)
        assert found.read([Todo]).sources == {"Todo": "graphql"}
        sandbox.control("PATCH", "/settings", {"consonance": {"features_off": ["todos"]}})
        assert found.read([Todo, TeamMember]).sources == {"Todo": source, "TeamMember": "graphql"}


def test_a_documented_field_that_vanished_stops(sandbox: Control, reader) -> None:
    """No route stands in for works."""
    found = reader()
    found.read([Work])
    body = {"system": "consonance", "kind": "remove_field", "value": "Work.season", "times": None, "match": {}}
    sandbox.control("POST", "/faults", body)
    with pytest.raises(SchemaDriftError):
        found.read([Work])


def test_an_appointment_proves_nothing(sandbox: Control, with_file, tmp_path: Path) -> None:
    """Without a list of to-dos the calendar tells them, and says what it cannot prove."""
    event = [
        "BEGIN:VEVENT",
        "UID:a",
        "DTSTAMP:20260501T000000Z",
        "DTSTART;VALUE=DATE:20260501",
        "SUMMARY:Proof approved [The Larkspur]",
        "END:VEVENT",
    ]
    todos = known(with_file("todos.ics", "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x", *event, "END:VCALENDAR").read([Todo]), Todo)
    assert todos.source == "todos.ics"
    assert [(todo.is_proof, todo.milestone) for todo in todos] == [(False, Milestone.PROOF_APPROVED)]


# Then what is good.


def test_one_call_tells_all_of_the_works_on_which_a_to_do_changed(reader) -> None:
    """The to-dos, teams and titles of the one work, whole; names where GraphQL tells them."""
    facts = reader().read(ALERTS, since=SINCE)
    assert facts.sources == {"Todo": "graphql", "TeamMember": "graphql", "Work": "graphql"}
    done, coming = known(facts, Todo)
    assert (done.id, done.milestone, done.revision, done.completed_by_name) == (1, Milestone.COPYEDIT_COMPLETE, 3, "Ben")
    assert done.completed_at == datetime(2026, 5, 1, 10, 12, tzinfo=UTC)
    assert (coming.id, coming.blocked_by, coming.assignee_name) == (2, (1,), "Ben")
    assert [(member.role, member.contact_id) for member in known(facts, TeamMember)] == [(TeamRole.EDITOR, 31), (TeamRole.DESIGNER, 31)]
    (title,) = known(facts, Work)
    assert (title.title, title.imprint) == ("The Larkspur", "Larkspur")
    (run,) = title.production_runs
    assert [(quantity.ordered, quantity.received, quantity.product_id) for quantity in run.quantities] == [(1500, None, 101)]
    assert "Ben" not in repr(done)


def test_of_what_is_of_no_work_only_the_changes_come(sandbox: Control, reader) -> None:
    """A new payment; and contacts, which tell no changes, whole. A moment without a zone is refused."""
    row = SEED["payments"][0] | {"id": 8, **NEW}
    sandbox.control("POST", "/seed", {"records": {"consonance": {"payments": [row]}}})
    facts = reader().read([Payment, Contact], since=SINCE)
    assert [payment.id for payment in known(facts, Payment)] == [8]
    assert len(known(facts, Contact).records) == 3
    with pytest.raises(ValueError, match="time zone"):
        reader().read([Payment], since=SINCE.replace(tzinfo=None))


def test_a_garbled_change_brings_its_work_along(sandbox: Control, reader, monkeypatch: pytest.MonkeyPatch) -> None:
    """The finding is told once, and the other to-dos of the work are there."""
    sandbox.control("POST", "/seed", {"records": {"consonance": {"todos": [OTHER | NEW | {"dueOn": "2026-05-09"}]}}})
    read = wire.day
    monkeypatch.setattr(
        "colophon.systems.consonance.graphql.todos.day", lambda row, member: read(row | {"dueOn": 9} if row["id"] == 3 else row, member)
    )
    facts = reader().read(ALERTS, since=SINCE)
    assert {work.id for work in known(facts, Work)} == {9, 10}
    assert [(finding.subject, finding.about) for finding in known(facts, Todo).unreadable] == [("todo:3", "work:10")]
    assert known(facts, Todo).count == 3


def test_nothing_changed_is_nothing_read_and_not_unknown(reader) -> None:
    """None, and nobody asked for a whole catalogue."""
    facts = reader().read([*ALERTS, Contract], since=NOW)
    assert [known(facts, kind).records for kind in (*ALERTS, Contract)] == [()] * 4


def test_files_tell_what_the_extension_tells(reader, documented: FactReader) -> None:
    """The same to-dos and teams; a report tells no changes, so that all works are looked at."""
    told, from_files = reader().read(ALERTS), documented.read(ALERTS, since=SINCE)
    assert from_files.sources == {"Todo": "todos.csv", "TeamMember": "team.csv", "Work": "graphql"}
    assert [bare(todo) for todo in known(told, Todo)] == [bare(todo) for todo in known(from_files, Todo)]
    assert [work.id for work in known(from_files, Work)] == [9, 10]
    members = [[(one.work_id, one.role, one.contact_id) for one in known(facts, TeamMember)] for facts in (told, from_files)]
    assert members[0] == members[1]
    assert from_files.as_of < told.as_of


def test_some_works_and_some_isbns(reader, documented: FactReader) -> None:
    """Only theirs, by either route; contacts are those whom the other facts name."""
    for found in (reader(), documented):
        by_work = found.read([Todo, Contract, Product, Contact], works=[9])
        assert [todo.id for todo in known(by_work, Todo)] == [1, 2]
        assert [contract.id for contract in known(by_work, Contract)] == [4]
        assert [one.isbn13 for one in known(by_work, Product)] == ["9781999000004"]
        assert [contact.id for contact in known(by_work, Contact)] == [31, 32]
        by_isbn = found.read([Todo, Product], isbns=["978-1-999000-01-1"])
        assert [todo.id for todo in known(by_isbn, Todo)] == [3]
        assert [one.isbn13 for one in known(by_isbn, Product)] == ["9781999000011"]


def test_what_was_observed_last_of_a_contact_holds(reader) -> None:
    """Preference, consent, opt-out, town; what nobody told is None; no bank value comes in."""
    ann, cleo = known(reader().read([ContactFields]), ContactFields)
    assert (ann.contact_id, ann.prefers, ann.has_opted_out, ann.has_consented, ann.town) == (
        31,
        DeliveryPreference.PRINT,
        False,
        None,
        "Norwich",
    )
    assert (cleo.contact_id, cleo.has_consented, cleo.has_opted_out) == (33, True, None)
    assert "Norwich" not in repr(ann)


def test_a_wish_that_cannot_be_read_is_a_finding_without_its_value(sandbox: Control, reader, with_file) -> None:
    """Neither consent nor refusal."""
    row = OLD | {
        "id": 9,
        "contactId": 32,
        "name": "CONSENT_EXTERNAL",
        "value": "CANARY",
        "source": "CRM",
        "observedAt": "2026-04-02T10:00:00Z",
    }
    sandbox.control("POST", "/seed", {"records": {"consonance": {"contactFields": [row]}}})
    fields = known(reader().read([ContactFields]), ContactFields)
    assert [one.has_consented for one in fields if one.contact_id == 32] == [None]
    (finding,) = fields.unreadable
    assert (finding.field, "CANARY" in str(finding)) == ("CONSENT_EXTERNAL", False)
    lines = ["Contact ID,City,Delivery preference,Opted out,Consent external", "31,Norwich,E-mail,No,", "32,Ely,Pigeon,,", "33,,,Yes,No"]
    from_file = known(with_file("contacts.csv", *lines).read([ContactFields]), ContactFields)
    assert [(one.contact_id, one.prefers, one.has_opted_out, one.has_consented) for one in from_file] == [
        (31, DeliveryPreference.EMAIL, False, None),
        (33, None, True, False),
    ]
    assert [finding.field for finding in from_file.unreadable] == ["Delivery preference"]


def test_launches_by_either_route(reader, with_file) -> None:
    """A launch that is there twice is refused the second time."""
    (told,) = known(reader().read([Launch]), Launch)
    lines = ["Work ID,Stage,On hold,Pre-order from", "9,PREORDER,No,2026-05-20", "9,LIVE,No,", "10,PREORDER,Perhaps,"]
    launches = known(with_file("launch.csv", *lines).read([Launch]), Launch)
    assert [replace(one, id=None, revision=None, updated_at=None, origin=None) for one in (told, *launches)] == [
        Launch(work_id=9, stage="PREORDER", is_on_hold=False, preorder_from=told.preorder_from)
    ] * 2
    assert [finding.field for finding in launches.unreadable] == ["Work ID", "On hold"]


def test_a_work_alone_tells_a_little_of_its_launch(sandbox: Control, reader) -> None:
    """Its stage; on hold where all formats are cancelled or postponed; what nobody tells is None."""
    rows = [row | {"onixPublishingStatusCode": status} for row, status in zip(SEED["products"], ("_01", "_02"), strict=True)]
    sandbox.control("POST", "/seed", {"records": {"consonance": {"works": [WORKS[0] | {"projectStage": "Production"}], "products": rows}}})
    facts = reader(profile="documented").read([Launch])
    assert facts.sources == {"Launch": "derived"}
    by_work = {launch.work_id: launch for launch in known(facts, Launch)}
    assert by_work[9] == Launch(work_id=9, stage="Production", is_on_hold=True)
    assert (by_work[10].is_on_hold, by_work[11].is_on_hold, by_work[11].preorder_from) == (False, None, None)


def test_texts_of_every_kind_and_those_that_are_not_told(sandbox: Control, reader, documented: FactReader) -> None:
    """Several of a kind stay apart; a kind that the account does not show is unknown, and not "no text"."""
    texts = [
        {
            "id": n,
            "variant": variant,
            "externalText": f"<p>{variant} {n}</p>",
            "fromDate": "2026-06-01",
            "approvalStatusName": "Approved",
            "productIds": [101],
        }
        for n, variant in ((1, "SHORT_DESCRIPTION"), (2, "SHORT_DESCRIPTION"), (3, "REVIEW"))
    ]
    sandbox.control("POST", "/seed", {"records": {"consonance": {"works": [WORKS[0] | {"marketingTexts": texts}]}}})
    for found in (reader(), documented):
        (told,) = known(found.read([WorkTexts], works=[9]), WorkTexts)
        assert [text.markdown for text in told.of(TextKind.SHORT)] == ["SHORT_DESCRIPTION 1", "SHORT_DESCRIPTION 2"]
        assert (told.texts[2].kind, told.texts[2].approval, told.texts[2].product_ids) == (TextKind.REVIEW, "Approved", (101,))
        assert (told.of(TextKind.MAIN), told.unknown) == ((), frozenset())
    shown = work_texts_from({"id": 9, "short": []})
    assert shown.unknown == {TextKind.MAIN, TextKind.REVIEW, TextKind.BIOGRAPHICAL_NOTE}


def test_what_we_wrote_is_read_back(sandbox: Control, reader) -> None:
    """By work, with its payload, which is never shown; one whose payload is garbled is a finding."""
    rows = [
        OLD | {"id": n, "kind": "upsertTodo", "externalReference": f"pn6:{n}", "workId": 8 + n, "payload": payload}
        for n, payload in ((1, '{"description": "CANARY"}'), (2, "CANARY"))
    ]
    sandbox.control("POST", "/seed", {"records": {"consonance": {"externalRecords": rows}}})
    ours = known(reader().read([ExternalRecord]), ExternalRecord)
    assert [(record.reference, record.work_id, record.payload) for record in ours] == [("pn6:1", 9, {"description": "CANARY"})]
    assert [finding.field for finding in ours.unreadable] == ["payload"]
    assert "CANARY" not in f"{ours.records!r}{ours.unreadable!r}"
    assert known(reader().read([ExternalRecord], works=[9]), ExternalRecord).count == 1


def test_a_long_list_of_works_is_picked_out_of_all(reader, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same works, whether they are asked for one by one or not."""
    monkeypatch.setattr("colophon.systems.consonance.client.ONE_BY_ONE", 1)
    assert [work.id for work in known(reader().read([Work], works=[9, 11]), Work)] == [9, 11]


def test_statements_by_either_route_tell_no_amounts(sandbox: Control, reader, with_file) -> None:
    """The same figures; one without a figure is a finding."""
    row = OLD | {
        "id": 17, "batchName": "2026 H1", "royaltyRunId": 12, "status": "APPROVED", "number": 3, "payeeId": 31, "contractId": 4, "periodFrom": "2026-01-01",
        "periodTo": "2026-06-30", "currencyCode": "GBP", "openingBalance": "-250.25", "earnings": "310.00", "reserveWithheld": "31.00",
        "reserveReleased": "12.00", "paymentDue": "40.75", "closingBalance": "0.00",
    }  # fmt: skip
    sandbox.control("POST", "/seed", {"records": {"consonance": {"statements": [row]}}})
    (told,) = known(reader().read([VendorStatement]), VendorStatement)
    head = "Statement ID,Batch name,Royalty run ID,Status,Number,Payee contact ID,Contract ID,Period from,Period to,Currency code,Opening balance,Earnings,Reserve withheld,Reserve released,Payment due,Closing balance"
    line = "{},2026 H1,12,Approved,3,31,4,2026-01-01,2026-06-30,GBP,-250.25,310.00,31.00,12.00,40.75,{}"
    from_file = known(
        with_file("statements.csv", head, line.format(17, "0.00"), line.format(18, "")).read([VendorStatement]), VendorStatement
    )
    assert [replace(one, revision=None, origin=None) for one in (told, *from_file)] == [replace(told, revision=None)] * 2
    assert [finding.field for finding in from_file.unreadable] == ["Closing balance"]
    assert "250.25" not in repr(told)


def test_records_without_an_id_stay_apart(reader, with_file) -> None:
    """Two payments to one person are two, and a row with a sale and a return gives both."""
    assert len(known(reader().read([Payment]), Payment).records) == 2
    lines = ["Contact ID,Contract ID,Paid on,Amount,Currency code", "31,4,2026-04-01,1.50,GBP", "31,4,2026-04-01,1.50,GBP"]
    assert len(known(with_file("payments.csv", *lines).read([Payment]), Payment).records) == 2
    head = "Product ID type,Product ID,Channel ID,Sales date,List price,Source,Sales quantity,Sales value,Return quantity,Return value,Country code,Original currency,Original sales value,Original return value"
    assert (
        len(known(with_file("sales.csv", head, "ISBN,9781999000004,7,2026-04-30,9.99,W,3,17.50,1,5.00,GB,,,").read([Sale]), Sale).records)
        == 2
    )


def test_every_kind_is_known_or_unknown_in_both_profiles(reader, documented: FactReader) -> None:
    """The whole table, in one call each."""
    told, from_files = reader().read(list(KINDS)), documented.read(list(KINDS))
    assert {unknown.name for unknown in told.unknown} == {KINDS[RightsReceipt].name, KINDS[Supplement].name, KINDS[Clause].name}
    assert {"Product", "Work", "WorkTexts", "Contact", "Contract"} == {
        kind for kind, source in from_files.sources.items() if source == "graphql"
    }
    assert not told.findings
