"""Write-back against the sandbox: by mutation, by the tray, and from one to the other; nothing lost, nothing twice."""

import json
import logging
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from ledger_database import make_ledger

from colophon.errors import ConflictError, EffectUnknownError, InvalidError, ServerError, TransportError, UnexpectedAnswerError
from colophon.ledger import Ledger
from colophon.ledger.write_backs import BY_MUTATION
from colophon.systems.consonance.client import ConsonanceClient
from colophon.systems.consonance.settings import ConsonanceSettings
from colophon.systems.consonance.writes import sheets
from colophon.systems.consonance.writes.operations import WriteOp, in_words
from colophon.systems.consonance.writes.write_back import Writer
from colophon_sandbox.serve import running_sandbox

KEY = "sandbox0key0not0real000000000000"
NOW = datetime(2026, 5, 1, 6, 0, tzinfo=UTC)
SEED = {
    "consonance": {
        "imprints": [{"id": 3, "name": "Quay Books"}],
        "contacts": [{"id": 31, "__typename": "Person", "name": "Ada"}],
        "works": [{"id": 9, "title": "Work", "imprintId": 3, "marketingTexts": [], "supportingResources": []}],
        "products": [{"id": 100, "workId": 9, "__typename": "GenericProduct", "fullTitle": "T", "allowOnixExports": True}],
        "contracts": [{"id": 4, "contractName": "C", "workId": 9, "flatFeeValue": 10.5}],
    }
}
PERFORMANCE = {"workId": 9, "videoId": "v", "channel": "yt", "countryCode": "GB", "day": date(2026, 4, 30), "views": 7}
FIELD = {"name": "EMAIL", "value": "canary@mail.example", "observedAt": NOW}
OPS: dict[str, dict[str, Any]] = {
    "upsertTodo": {"workId": 9, "description": "Cover missing", "assigneeContactId": 31, "dueOn": date(2026, 5, 4), "status": "OPEN"},
    "createWorkNote": {"workId": 9, "notedOn": date(2026, 5, 1), "category": "x", "text": "y", "source": "push"},
    "upsertExternalAsset": {
        "workId": 9,
        "kind": "COVER",
        "url": "https://a.example/c",
        "status": "READY",
        "source": "4ap",
        "externalId": "1",
    },
    "recordCommunication": {"workId": 9, "channel": "push", "outcome": "SENT", "at": NOW},
    "recordChannelStatus": {"workId": 9, "channel": "kobo", "status": "LIVE", "at": NOW},
    "recordPerformance": {"source": "bytenite", "rows": [PERFORMANCE]},
    "upsertContactFields": {"contactId": 31, "source": "xconnector", "fields": [FIELD]},
    "upsertMarketingText": {"workId": 9, "variant": "REVIEW", "textMarkdown": "*Good*", "source": "4ap"},
    "recordPayment": {"contactId": 31, "contractId": 4, "paidOn": date(2026, 4, 30), "amount": Decimal("12.50"), "currencyCode": "GBP"},
    "updateContract": {"id": 4, "contractName": "C", "flatFeeValue": Decimal("20.10"), "signedDate": date(2026, 1, 2)},
    "createMarketingText": {"workId": 9, "externalTextMarkdown": "A *fine* book.\n\nRead it.", "variant": "SHORT_DESCRIPTION"},
    "createSupportingResource": {"workId": 9, "caption": "Cover 9 v1", "imageRemoteUrl": "https://a.example/c.jpg"},
}
EXTENSIONS = list(OPS)[:9]
DOCUMENTED = list(OPS)[9:]


class Remote:
    """The sandbox's control routes."""

    def __init__(self, base: str) -> None:
        self.base = base

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """One control call; its answer's JSON, if any."""
        data = None if body is None else json.dumps(body).encode()
        request = Request(f"{self.base}/__sandbox__{path}", data, {"Content-Type": "application/json"}, method=method)
        with urlopen(request, timeout=60) as answer:
            content = answer.read()
        return json.loads(content) if content else None

    def set(self, **settings: object) -> None:
        """Change settings of Consonance."""
        self.ask("PATCH", "/settings", {"consonance": settings})

    def fault(self, kind: str, *, when: str = "after", skip: int = 0, times: int = 1, value: object = None) -> None:
        """Plan a fault on GraphQL; `skip` calls go well first."""
        plan = {"system": "consonance", "match": {"path": "/graphql"}, "kind": kind, "when": when, "skip": skip, "times": times}
        self.ask("POST", "/faults", plan if value is None else {**plan, "value": value})

    def effects(self) -> list[str]:
        """Kinds of what truly happened."""
        return [effect["kind"] for effect in self.ask("GET", "/effects?system=consonance")["effects"]]

    def mutations(self) -> list[dict[str, Any]]:
        """Bodies of the mutations that were sent."""
        entries = self.ask("GET", "/journal?system=consonance")["entries"]
        return [entry["body"] for entry in entries if entry["body"]["query"].startswith("mutation")]


@pytest.fixture(scope="module")
def _base() -> Iterator[str]:
    with running_sandbox(SEED) as base:
        yield base


@pytest.fixture
def sandbox(_base: str) -> Remote:
    """A sandbox as at the start."""
    remote = Remote(_base)
    remote.ask("POST", "/reset", {"system": None})
    return remote


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """An empty ledger."""
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    make_ledger(url)
    with Ledger.open(url, clock=lambda: NOW) as opened:
        yield opened


@pytest.fixture
def day(sandbox: Remote, ledger: Ledger) -> Iterator[Callable[..., Writer]]:
    """A new day: a writer that finds out anew what the account can do. `sleeps` of its client are recorded, not slept."""
    opened: list[ConsonanceClient] = []

    def make(profile: str = "", **extra: object) -> Writer:
        if profile:
            sandbox.set(profile=profile)
        given = {"write_mode": "mutations", "start_jitter_seconds": 0, "timeouts": {"connect": 60, "read": 60, "total": 60}, **extra}
        settings = ConsonanceSettings.from_connection(f"{sandbox.base}/consonance", KEY, given)
        opened.append(ConsonanceClient(settings, sleep=lambda _: None, random=lambda: 0.0, clock=lambda: NOW))
        return Writer(opened[-1].account, ledger)

    yield make
    for client in opened:
        client.close()


def op(operation: str = "upsertTodo", reference: str = "uc:9:x", **changes: object) -> WriteOp:
    """A write-back that fits."""
    return WriteOp(operation, reference, "isbn:1", "push__x", {**OPS[operation], **changes})


def states(ledger: Ledger) -> list[str]:
    """States of all rows of the tray."""
    return [row.state for row in ledger.tray.rows()]


@pytest.mark.parametrize("operation", OPS)
def test_by_mutation_where_the_account_has_it(sandbox, day, ledger, operation):
    """Extended profile: written once, nothing in the tray, and a second run makes no second record."""
    writer = day("extended")
    result = writer.write(op(operation))
    assert (result.route, result.outcome, result.changed) == ("mutation", "confirmed", True)
    assert writer.write(op(operation)).changed is False
    assert len(sandbox.effects()) == 1
    assert writer.mutations.find(op(operation).checked()) is True
    assert states(ledger) == []


@pytest.mark.parametrize("operation", [*OPS, "importSales"])
def test_12_without_a_feature_every_write_is_in_the_tray(sandbox, day, ledger, operation):
    """Documented profile: extensions wait with their reason, documented mutations are used; sheets need a person."""
    sale = {"productIdType": "ISBN", "productId": "978", "channelId": 1, "salesDate": date(2026, 4, 1), "source": "kobo"}
    given = WriteOp(operation, "uc:9:x", "isbn:1", "push__x", sale) if operation == "importSales" else op(operation)
    result = day("documented").write(given)
    if operation in DOCUMENTED:
        assert (result.route, result.outcome) == ("mutation", "confirmed")
        return
    assert (result.route, result.outcome, result.reason) == ("tray", "held", "feature_missing")
    assert in_words(result.reason) == "the account has no mutation for this"
    assert sandbox.effects() == []
    assert [row.payload for row in ledger.tray.rows()] == [given.checked().payload]


@pytest.mark.parametrize("profile", ["documented", "extended"])
def test_writes_off_sends_nothing(sandbox, day, ledger, profile):
    """`write_mode` tray: everything waits for a person, whatever the account could do."""
    summary = day(profile, write_mode="tray").write_all([op(name) for name in OPS])
    assert (summary.counts, summary.stopped_by) == ({"held": 12}, None)
    assert {row.reason for row in ledger.tray.rows()} == {"writes_off"}
    assert sandbox.mutations() == []


@pytest.mark.parametrize("profile", ["documented", "extended"])
def test_running_twice_changes_nothing(sandbox, day, ledger, profile):
    """The same ops on another day: same effects, same rows."""
    for _ in range(2):
        assert day(profile).write_all([op(name) for name in OPS]).stopped_by is None
    assert len(sandbox.effects()) == (12 if profile == "extended" else 3)
    assert states(ledger) == ([] if profile == "extended" else ["pending"] * 9)


def test_many_go_in_one_request_in_order(sandbox, day):
    """20 fields to a request; one that is refused does not stop the next."""
    ops = [op(reference=f"uc:{n}", workId=404 if n == 3 else 9) for n in range(45)]
    summary = day("extended").write_all(ops)
    assert summary.counts == {"confirmed": 44, "held": 1}
    assert [len(body["variables"]) for body in sandbox.mutations()] == [20, 20, 5]
    assert len(sandbox.effects()) == 44


def test_a_refused_write_is_in_the_tray_with_its_code(sandbox, day, ledger):
    """The words say why; the next run does not push it again by itself, and an equal op makes no second row."""
    writer = day("extended")
    assert writer.write(op(workId=404)).reason == "refused:NOT_FOUND"
    before = len(sandbox.mutations())
    assert writer.write_all([]).counts == {}
    assert len(sandbox.mutations()) == before
    writer.write(op(workId=404))
    [row] = ledger.tray.rows()
    assert (row.state, in_words(row.reason)) == ("pending", "Consonance refused it: NOT_FOUND")


@pytest.mark.parametrize("operation", ["createWorkNote", "recordPayment"])
def test_a_reference_with_other_content_is_a_conflict(day, operation):
    """What may be written once is refused with other content, and kept."""
    writer = day("extended")
    writer.write(op(operation))
    changed = {"text": "other"} if operation == "createWorkNote" else {"amount": Decimal(99)}
    assert writer.write(op(operation, **changed)).reason == "refused:REFERENCE_CONFLICT"


def test_10_an_older_state_changes_nothing(sandbox, day, ledger):
    """By mutation and in the tray."""
    older = op("recordChannelStatus", status="PENDING", at=datetime(2026, 4, 30, tzinfo=UTC))
    writer = day("extended")
    writer.write(op("recordChannelStatus"))
    assert writer.write(older).changed is False
    tray = day("documented")
    tray.write(op("recordChannelStatus", "uc:2"))
    tray.write(WriteOp(older.operation, "uc:2", older.subject, older.use_case, older.members))
    assert states(ledger) == ["pending", "superseded"]


def test_11_a_stale_revision_writes_nothing(sandbox, day):
    """Somebody else was there since: refused, and for a person."""
    writer = day("extended")
    writer.write(op())
    assert writer.write(op(description="new", expectedRevision=7)).reason == "refused:STALE_REVISION"
    assert len(sandbox.effects()) == 1


def test_9_restated_performance_replaces(day):
    """Same reference, other rows: the rows of that reference are the new ones."""
    writer = day("extended")
    writer.write(op("recordPerformance"))
    writer.write(op("recordPerformance", rows=[{**PERFORMANCE, "views": 9}]))
    found = writer.mutations.find_external("uc:9:x", "recordPerformance")
    assert [row["views"] for row in found.payload["rows"]] == [9]
    assert writer.mutations.find_external("uc:nothing") is None


# --- an account that changes overnight


def test_a_mutation_that_appears_takes_what_waits(sandbox, day, ledger):
    """Pending rows go by it and are verified; what a sheet has, does not go again."""
    day("documented").write_all([op(reference="uc:1")])
    sheets.export(ledger, Path(ledger.url.removeprefix("sqlite:///")).parent / "out", now=NOW)
    day("documented").write_all([op(reference="uc:2")])
    summary = day("extended").write_all([op(reference="uc:1"), op(reference="uc:2")])
    assert summary.counts == {"confirmed": 2, "held": 1}
    assert {row.external_reference: row.state for row in ledger.tray.rows()} == {"uc:1": "exported", "uc:2": "verified"}
    assert len(sandbox.effects()) == 1


def test_a_mutation_that_disappears_leaves_what_waits(sandbox, day, ledger):
    """Rows stay, new ones join them, and come back with the mutation."""
    day("documented").write_all([op(reference="uc:1")])
    assert day("extended").write_all([]).counts == {"confirmed": 1}
    assert day("documented").write_all([op(reference="uc:1"), op(reference="uc:2")]).counts == {"confirmed": 1, "held": 1}
    assert {row.external_reference: row.state for row in ledger.tray.rows()} == {"uc:1": "verified", "uc:2": "pending"}
    day("extended").write_all([])
    assert len(sandbox.effects()) == 2


def test_a_mutation_that_disappears_while_running(sandbox, day, ledger):
    """What we thought we knew is wrong: nothing was done, so all of it waits; and the next writes know."""
    writer = day("extended")
    writer.write(op(reference="uc:0"))
    sandbox.set(features_off=["mutation.upsertTodo"])
    summary = writer.write_all([op(reference="uc:1"), op("createWorkNote", "uc:2"), op(reference="uc:3")])
    assert (summary.counts, summary.stopped_by) == ({"held": 2, "confirmed": 1}, None)
    assert [(row.operation, row.reason) for row in ledger.tray.rows()] == [("upsertTodo", "feature_missing")] * 2
    assert "mutation.upsertTodo" not in writer._account.capabilities().features


def test_6_a_partly_present_mutation_is_not_used(sandbox, day, ledger):
    """One member of its input lacks: the tray, for extensions and documented mutations alike."""
    sandbox.set(removed_fields=["UpsertTodoInput.tags", "UpdateContractInput.description"])
    writer = day("extended")
    assert [writer.write(op(name)).reason for name in ("upsertTodo", "updateContract")] == ["feature_missing"] * 2
    assert "Mutation.updateContract" in writer._account.capabilities().missing_fields


def test_newest_wins_over_days(sandbox, day, ledger):
    """What waited with older content never goes after the newer one."""
    day("documented").write_all([op(description="old")])
    day("documented").write_all([op(description="new")])
    day("extended").write_all([])
    assert [body["variables"]["i0"]["description"] for body in sandbox.mutations()] == ["new"]
    assert states(ledger) == ["superseded", "verified"]


def test_what_a_sheet_carried_is_never_written_again_with_other_content(day, ledger, tmp_path):
    """A payment that a person may have loaded takes no other amount by itself."""
    day("documented").write(op("recordPayment"))
    sheets.export(ledger, tmp_path / "out", now=NOW)
    writer = day("extended")
    assert writer.write(op("recordPayment")).outcome == "held"
    with pytest.raises(ConflictError):
        writer.write(op("recordPayment", amount=Decimal(99)))
    [finding] = writer.write_all([op("recordPayment", amount=Decimal(99))]).findings
    assert (finding.subject, finding.field) == ("isbn:1", "recordPayment")


@pytest.mark.parametrize("operation", ["upsertTodo", "createMarketingText", "updateContract"])
def test_a_loaded_row_is_verified_where_it_can_be_read(sandbox, day, ledger, tmp_path, operation):
    """Not before it is there; then the next run sees it, in whichever profile can."""
    day("documented", write_mode="tray").write(op(operation))
    [sheet] = sheets.export(ledger, tmp_path / "out", now=NOW).sheets
    ledger.tray.loaded(sheet.name, by="Ada")
    assert day("extended", write_mode="tray").write_all([]).counts == {}
    day("extended").mutations.send([op(operation).checked()])  # as the import would
    assert day("extended", write_mode="tray").write_all([]).counts == {"verified": 1}
    assert states(ledger) == ["verified"]


# --- lost answers, class by class


@pytest.mark.parametrize("kind", ["reset", "drop", "truncate", "garble", "login_page"])
@pytest.mark.parametrize("operation", ["upsertTodo", "updateContract", "createMarketingText", "createSupportingResource"])
def test_8_a_lost_answer_has_one_effect(sandbox, day, ledger, operation, kind):
    """Classes A and B go again, class C is read back; either way it is done once and confirmed."""
    writer = day("extended")
    writer._account.capabilities()
    reads = 0 if operation == "upsertTodo" else 1
    sandbox.fault(kind, skip=reads)
    assert writer.write(op(operation)).outcome == "confirmed"
    assert len(set(sandbox.effects())) == 1
    if operation != "updateContract":
        assert len(sandbox.effects()) == 1
    assert states(ledger) == []


@pytest.mark.parametrize("operation", ["upsertTodo", "createMarketingText"])
def test_an_effect_that_stays_unknown_is_kept_apart(sandbox, day, ledger, tmp_path, operation):
    """No sheet gets it; the next run finds it done and says so."""
    writer = day("extended")
    writer._account.capabilities()
    sandbox.fault("reset", skip=0 if operation == "upsertTodo" else 1, times=1000)
    with pytest.raises((ServerError, EffectUnknownError, TransportError)) as caught:
        writer.write(op(operation))
    [row] = ledger.tray.rows()
    assert (row.sheet, row.reason) == (BY_MUTATION, caught.value.code)
    assert "may have been done" in in_words(row.reason)
    assert not sheets.export(ledger, tmp_path / "out", now=NOW).sheets
    sandbox.ask("DELETE", "/faults")
    assert day("extended").write_all([op(operation)]).counts["confirmed"] == 2
    assert states(ledger) == ["verified"]
    assert len(sandbox.effects()) == 1


def test_an_unknown_effect_waits_for_a_person_when_nobody_can_ask(sandbox, day, ledger, tmp_path):
    """The mutation is gone the next day, and reading back with it: no sheet, no second try, a sentence."""
    writer = day("extended")
    writer._account.capabilities()
    sandbox.fault("reset", times=1000)
    assert isinstance(writer.write_all([op()]).stopped_by, ServerError)
    sandbox.ask("DELETE", "/faults")
    later = day("documented")
    summary = later.write_all([op()])
    assert summary.counts == {"unknown": 1, "held": 1}
    assert "look, then move it back or cancel it" in summary.refusals[0]
    assert not sheets.export(ledger, tmp_path / "out", now=NOW).sheets
    [row] = ledger.tray.rows()
    ledger.tray.back(row.id, by="Ada")
    assert len(sheets.export(ledger, tmp_path / "out", now=NOW).sheets) == 1


def test_an_unknown_effect_that_is_known_not_to_be_goes_to_a_sheet(sandbox, day, ledger):
    """The mutation is gone, reading back is not: it is not there, so it waits like the others."""
    writer = day("extended")
    writer._account.capabilities()
    sandbox.fault("reset", when="before", times=1000)
    writer.write_all([op()])
    sandbox.ask("DELETE", "/faults")
    sandbox.set(features_off=["mutation.upsertTodo"])
    day("extended").write_all([])
    assert [row.is_free for row in ledger.tray.rows()] == [True]


def test_an_unreachable_account_changes_nothing(sandbox, day, ledger):
    """Not sent is not done: waiting rows stay free, the run says that it stopped."""
    day("documented").write_all([op(reference="uc:1")])
    writer = day("extended")
    writer._account.capabilities()
    sandbox.fault("refuse", when="before", times=1000)
    summary = writer.write_all([op(reference="uc:2")])
    assert summary.stopped_by is not None
    sandbox.ask("DELETE", "/faults")
    assert day("extended").write_all([op(reference="uc:2")]).counts == {"confirmed": 2}
    assert len(sandbox.effects()) == 2


def test_a_foreign_answer_is_no_success(sandbox, day, ledger):
    """Errors beside data, twice: kept as unknown, never as done."""
    writer = day("extended")
    writer._account.capabilities()
    sandbox.fault("wrong_shape", times=1000)
    with pytest.raises(UnexpectedAnswerError):
        writer.write(op())
    assert [row.is_held for row in ledger.tray.rows()] == [True]


def test_a_class_c_write_is_looked_for_first(sandbox, day):
    """A run that died after the effect left no word; the next finds the text and makes no second one."""
    day("extended").mutations.send([op("createMarketingText").checked()])
    result = day("extended").write(op("createMarketingText", externalTextMarkdown="A *fine*  book.\r\n\r\nRead it.\n"))
    assert (result.outcome, result.created) == ("confirmed", False)
    assert sandbox.effects() == ["consonance.marketingText_created"]


def test_only_changes_of_a_contract_are_sent(sandbox, day):
    """The name is equal and stays at home; money is the number that we meant."""
    writer = day("documented")
    writer.write(op("updateContract"))
    [sent] = [body["variables"]["i"] for body in sandbox.mutations()]
    assert {name: str(value) for name, value in sent.items()} == {"id": "4", "flatFeeValue": "20.1", "signedDate": "2026-01-02"}
    assert writer.write(op("updateContract", id=5)).reason == "refused:NOT_FOUND"


# --- payloads at fault


@pytest.mark.parametrize("profile", ["documented", "extended"])
@pytest.mark.parametrize(
    ("operation", "changes", "fault"),
    [
        ("upsertTodo", {"status": "OPENED"}, "status must be one of OPEN, DONE, CANCELLED"),
        ("upsertTodo", {"descripton": "x"}, "descripton is no member"),
        ("upsertTodo", {"description": None}, "description is missing"),
        ("upsertTodo", {"workId": True}, "workId must be a whole number of 32 bits"),
        ("upsertTodo", {"description": "half \ud800"}, "description must be text"),
        ("upsertTodo", {"tags": "a"}, "tags must be a list"),
        ("upsertTodo", {"externalReference": "mine"}, "externalReference is no member"),
        ("recordPayment", {"amount": 12.5}, "amount must be a decimal number, never a float"),
        ("recordPayment", {"amount": Decimal("NaN")}, "amount must be a decimal number, never a float"),
        ("updateContract", {"flatFeeValue": Decimal("123456789012345.678")}, "flatFeeValue must be a decimal number of at most 15 digits"),
        ("recordChannelStatus", {"at": datetime(2026, 5, 1)}, "at must be a moment with its zone"),
        ("recordCommunication", {"workId": None}, "workId, contractId or contactId is missing"),
        ("recordPerformance", {"rows": []}, "rows must be 1 to 500"),
        ("recordPerformance", {"rows": [{**PERFORMANCE, "views": "7"}]}, "rows.0.views must be a whole number"),
        ("upsertContactFields", {"fields": [{**FIELD, "name": "OPTED_OUT"}]}, "fields.0.value must be true, false"),
        ("upsertContactFields", {"fields": [FIELD, FIELD]}, "fields must name each field once"),
        ("createMarketingText", {"variant": None}, "variant is missing"),
        ("createSupportingResource", {"caption": None}, "caption is missing"),
        (
            "createSupportingResource",
            {"productIds": [100], "linkToAllProducts": True},
            "productIds and linkToAllProducts exclude each other",
        ),
    ],
)
def test_a_payload_at_fault_is_named_by_field(sandbox, day, ledger, profile, operation, changes, fault):
    """Refused on both routes alike, before anything is sent or kept, and without its value; the others go on."""
    summary = day(profile).write_all([op(operation, **changes), op("createWorkNote", "uc:2")])
    assert (summary.counts["refused"], sum(summary.counts.values()), summary.stopped_by) == (1, 2, None)
    [finding] = summary.findings
    assert fault in finding.found
    assert "canary" not in f"{finding} {summary.refusals}"
    assert [row.operation for row in ledger.tray.rows()] == ([] if profile == "extended" else ["createWorkNote"])


@pytest.mark.parametrize("reference", ["", "with blank", "ä", "x" * 121])
def test_a_reference_at_fault_is_named(day, reference):
    """It must be one that the account takes for ever."""
    with pytest.raises(InvalidError, match="externalReference"):
        day().write(op(reference=reference))
    with pytest.raises(InvalidError, match="no such write-back"):
        day().write(WriteOp("dropAll", "r", "s", "u", {}))


def test_16_values_and_keys_are_in_no_log(sandbox, day, ledger, caplog):
    """Over good, refused and lost answers, in both profiles."""
    caplog.set_level(logging.DEBUG)
    shown = ""
    for profile in ("documented", "extended"):
        sandbox.fault("reset", skip=2)
        summary = day(profile).write_all([op("upsertContactFields", f"uc:{profile}"), op("upsertContactFields", "uc:404", contactId=404)])
        shown += f"{summary!r} {ledger.tray.rows()!r} {op('upsertContactFields')!r}"
    assert caplog.text
    for secret in ("canary", KEY):
        assert secret not in caplog.text + shown
