"""Writes of the extension by the contract's rules (section 7), without any client."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.test import Client

from colophon_sandbox.app import Sandbox
from colophon_sandbox.seeds import catalogue
from colophon_sandbox.systems.consonance import Consonance

KEY = {"Authorization": "Bearer sandbox0key0not0real000000000000"}
TODO = {"workId": 101, "description": "Cover missing", "assigneeContactId": 101, "dueOn": "2026-05-04", "status": "OPEN"}
ROW = {"workId": 101, "videoId": "v-1", "channel": "website", "countryCode": "GB", "day": "2026-05-01", "views": 7}
FIGURES = {"source": "bytenite", "rows": [ROW]}
TOLD = {"workId": 101, "channel": "email", "outcome": "SENT", "at": "2026-05-01T06:00:00Z"}
FIELDS = {"contactId": 101, "source": "xconnector"}


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    """A sandbox with a catalogue."""
    made = Sandbox([Consonance], control=True)
    made.seeds.append(lambda: catalogue(60, 7))
    return made


@pytest.fixture
def write(sandbox) -> Callable[..., Any]:
    """One mutation; `write.record()` is what is kept of it."""
    sandbox.reset()
    client = Client(sandbox)

    def ask(query: str, given: dict[str, Any]) -> Any:
        answer = client.post("/consonance/graphql", json={"query": query, "variables": {"i": given}}, headers=KEY).get_json()
        return answer["data"]

    def go(kind: str, reference: str = "uc:1", **members: Any) -> Any:
        query = f"mutation W($i: {kind[0].upper()}{kind[1:]}Input!) {{ {kind}(input: $i) {{ recordId revision created changed errors }} }}"
        return ask(query, {"externalReference": reference, **members})[kind]

    def record(reference: str = "uc:1") -> Any:
        query = "query R($i: RecordSearchAttributes!) { externalRecords(externalRecordSearch: $i) { revision payload } }"
        (row,) = ask(query, {"externalReferenceEq": reference})["externalRecords"]
        return row["revision"], json.loads(row["payload"])

    go.record = record
    return go


def code(answer: Any) -> str:
    """The code of a refusal, which wrote nothing."""
    assert (answer["recordId"], answer["changed"]) == (None, False)
    return str(answer["errors"][0].partition(":")[0])


def test_what_is_left_out_stays_and_null_clears(write) -> None:
    """A later write changes the members that it names, and no others."""
    assert write("upsertTodo", **TODO)["created"]
    again = write("upsertTodo", workId=101, description="Cover missing", status="DONE", dueOn=None)
    assert (again["revision"], again["created"], again["changed"]) == (2, False, True)
    revision, kept = write.record()
    assert (revision, kept["status"], kept["dueOn"], kept["assigneeContactId"]) == (2, "DONE", None, 101)


def test_the_same_again_changes_nothing(write) -> None:
    """Neither the same members nor fewer of them; an expected revision is no content."""
    first = write("upsertTodo", **TODO)
    for more in (TODO, {"workId": 101, "description": "Cover missing", "status": "OPEN"}, {**TODO, "expectedRevision": 1}):
        assert write("upsertTodo", **more) == {**first, "created": False, "changed": False}
    assert write.record()[0] == 1


def test_an_expected_revision_that_is_not_met_writes_nothing(write) -> None:
    """Neither on a record that moved on, nor on one that is not there."""
    assert code(write("upsertTodo", **TODO, expectedRevision=3)) == "STALE_REVISION"
    write("upsertTodo", **TODO)
    assert code(write("upsertTodo", **{**TODO, "status": "DONE"}, expectedRevision=3)) == "STALE_REVISION"
    assert write.record()[1]["status"] == "OPEN"


def test_figures_are_held_by_one_reference(write) -> None:
    """A restatement replaces all rows of its reference; a row that another one holds is refused."""
    write("recordPerformance", "bn7:v-1:1", **FIGURES)
    assert code(write("recordPerformance", "bn7:v-1:2", **FIGURES)) == "ROW_CONFLICT"
    assert write("recordPerformance", "bn7:v-1:1", source="bytenite", rows=[{**ROW, "channel": "social"}])["revision"] == 2
    assert write("recordPerformance", "bn7:v-1:2", **FIGURES)["created"]
    assert write("recordPerformance", "bn7:v-1:3", source="another", rows=[ROW])["created"]


@pytest.mark.parametrize(
    ("kind", "members", "refusal"),
    [
        ("recordPerformance", {"source": "bytenite", "rows": []}, "INVALID"),
        ("recordPerformance", {"source": "bytenite", "rows": [ROW] * 501}, "INVALID"),
        ("recordPerformance", {"source": "bytenite", "rows": [{**ROW, "workId": 10**6}]}, "NOT_FOUND"),
        ("recordCommunication", {name: value for name, value in TOLD.items() if name != "workId"}, "INVALID"),
        ("upsertContactFields", {**FIELDS, "fields": [{"name": "OPTED_OUT", "value": "yes", "observedAt": TOLD["at"]}]}, "INVALID"),
        (
            "upsertContactFields",
            {**FIELDS, "fields": [{"name": "DELIVERY_PREFERENCE", "value": "FAX", "observedAt": TOLD["at"]}]},
            "INVALID",
        ),
        ("upsertTodo", {**TODO, "workId": 10**6}, "NOT_FOUND"),
    ],
)
def test_what_the_rules_forbid_is_refused(write, kind, members, refusal) -> None:
    """With the contract's code, and nothing is kept."""
    assert code(write(kind, **members)) == refusal


def test_an_older_moment_changes_nothing(write) -> None:
    """What was said of a communication later stays."""
    write("recordCommunication", **TOLD)
    older = write("recordCommunication", **{**TOLD, "at": "2026-04-30T06:00:00Z", "outcome": "BOUNCED"})
    assert (older["changed"], write.record()[1]["outcome"]) == (False, "SENT")
