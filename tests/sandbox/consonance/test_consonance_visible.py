"""What is written shows where a person looks for it: in the lists of to-dos, payments and fields, on the contact, in the work."""

from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.test import Client

from colophon_sandbox.app import Sandbox
from colophon_sandbox.seeds import catalogue
from colophon_sandbox.systems.consonance import Consonance

KEY = {"Authorization": "Bearer sandbox0key0not0real000000000000"}
TOKEN = {"Authorization": "Token token=sandbox0key0not0real000000000000"}
WORK, PERSON = 101, 101
TODO = {"workId": WORK, "description": "Cover missing", "assigneeContactId": PERSON, "dueOn": "2026-05-04", "status": "OPEN"}
MOMENT = "2026-05-01T06:00:00Z"


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    """A sandbox with a catalogue."""
    made = Sandbox([Consonance], control=True)
    made.seeds.append(lambda: catalogue(60, 7))
    return made


@pytest.fixture
def ask(sandbox) -> Callable[..., Any]:
    """A query's data; no answer has errors."""
    sandbox.reset()
    client = Client(sandbox)

    def go(query: str, **variables: Any) -> Any:
        answer = client.post("/consonance/graphql", json={"query": query, "variables": variables}, headers=KEY).get_json()
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    return go


@pytest.fixture
def write(ask) -> Callable[..., Any]:
    """A mutation of the extension that is taken; its record's id."""

    def go(kind: str, reference: str = "uc:1", /, **members: Any) -> int:
        query = f"mutation W($i: {kind[0].upper()}{kind[1:]}Input!) {{ {kind}(input: $i) {{ recordId errors }} }}"
        answer = ask(query, i={"externalReference": reference, **members})[kind]
        assert answer["errors"] == []
        return int(answer["recordId"])

    return go


def work(ask, members: str) -> Any:
    """Members of the work."""
    return ask(f"{{ work(workSearch: {{idEq: {WORK}}}) {{ {members} }} }}")["work"]


def contact(ask) -> Any:
    """The contact as the documented query shows it."""
    members = "emails { email } phones { phoneNumber } addresses { addressLine1 postcode country { value } } isni inhouseCustomerId notes { noteText }"
    return ask(f"{{ contacts(contactSearch: {{idEq: {PERSON}}}) {{ {members} }} }}")["contacts"][0]


def test_a_to_do_of_ours_is_among_the_to_dos(ask, write) -> None:
    """Under its record's id; done and undone again it keeps that id, and what its new state does not have is gone."""
    query = (
        "query T($s: TodoSearchAttributes!) { todos(todoSearch: $s) { id revision status dueOn completedOn completedAt assignee { id } } }"
    )

    def shown() -> Any:
        return ask(query, s={"externalReferenceEq": "uc:1"})["todos"]

    assert shown() == []
    record = write("upsertTodo", **TODO)
    open_row = {"id": record, "revision": 1, "status": "OPEN", "dueOn": "2026-05-04", "completedOn": None, "completedAt": None}
    assert shown() == [{**open_row, "assignee": {"id": PERSON}}]
    write("upsertTodo", **{**TODO, "status": "DONE", "completedOn": "2026-05-03"})
    [done] = shown()
    assert (done["id"], done["status"], done["completedOn"]) == (record, "DONE", "2026-05-03")
    assert done["completedAt"] is not None
    write("upsertTodo", **{**TODO, "completedOn": None})
    assert shown() == [{**open_row, "revision": 3, "assignee": {"id": PERSON}}]


def test_a_refused_to_do_is_nowhere(ask) -> None:
    """A stale revision writes nothing that anybody sees."""
    query = "mutation W($i: UpsertTodoInput!) { upsertTodo(input: $i) { errors } }"
    answer = ask(query, i={"externalReference": "uc:1", **TODO, "expectedRevision": 4})
    assert answer["upsertTodo"]["errors"] != []
    assert ask('{ todos(todoSearch: {externalReferenceEq: "uc:1"}) { id } }')["todos"] == []


def test_a_payment_is_among_the_payments_once(ask, write) -> None:
    """The same payment told twice is one row."""
    given = {"contactId": PERSON, "contractId": 101, "paidOn": "2026-05-01", "amount": "12.30", "currencyCode": "GBP"}
    record = write("recordPayment", "pay:1", **given)
    assert write("recordPayment", "pay:1", **given) == record
    rows = ask("{ payments(paymentSearch: {limit: 1000, contractIdIn: [101]}) { id amount paidOn externalReference } }")["payments"]
    ours = [row for row in rows if row["externalReference"] == "pay:1"]
    assert ours == [{"id": record, "amount": "12.30", "paidOn": "2026-05-01", "externalReference": "pay:1"}]


def test_contact_fields_are_rows_and_change_the_contact(ask, write) -> None:
    """One row for a contact's field whoever writes it; what is cleared is gone from the contact."""

    def told(**fields: str | None) -> list[dict[str, Any]]:
        return [{"name": name, "value": value, "observedAt": MOMENT} for name, value in fields.items()]

    more = {"contactId": PERSON, "source": "crm"}
    write(
        "upsertContactFields", "c:1", fields=told(EMAIL="new@contacts.example", POSTCODE="AB1 2CD", COUNTRY="GB", CUSTOMER_ID="C7"), **more
    )
    write("upsertContactFields", "c:2", fields=told(EMAIL="newer@contacts.example", CUSTOMER_ID=None), **more)
    rows = ask(f"{{ contactFields(contactFieldSearch: {{contactIdIn: [{PERSON}]}}) {{ name value revision }} }}")["contactFields"]
    assert {row["name"]: (row["value"], row["revision"]) for row in rows} == {
        "EMAIL": ("newer@contacts.example", 2),
        "POSTCODE": ("AB1 2CD", 1),
        "COUNTRY": ("GB", 1),
        "CUSTOMER_ID": (None, 2),
    }
    shown = contact(ask)
    assert shown["emails"] == [{"email": "newer@contacts.example"}]
    assert shown["addresses"] == [{"addressLine1": None, "postcode": "AB1 2CD", "country": {"value": "GB"}}]
    assert shown["inhouseCustomerId"] is None


def test_what_was_sent_is_noted_on_the_contact(ask, write) -> None:
    """A later outcome of the same letter takes the place of the earlier one; another note stands beside it."""
    letter = {"contactId": PERSON, "channel": "email", "template": "AuthorLetter"}
    write("recordCommunication", "l:1", **letter, outcome="SENT", at=MOMENT)
    write("recordCommunication", "l:1", **letter, outcome="BOUNCED", at="2026-05-02T06:00:00Z")
    note = {"workId": WORK, "contactId": PERSON, "notedOn": "2026-05-01", "category": "Case", "text": "Rang.", "source": "crm"}
    write("createWorkNote", "n:1", **note)
    notes = [note["noteText"] for note in contact(ask)["notes"]]
    assert notes == ["2026-05-02 email AuthorLetter: BOUNCED", "2026-05-01 Case: Rang."]


def test_a_text_is_among_the_work_s_texts(ask, write) -> None:
    """Changed in its place; one in another language is not shown as if it were English; the products count as changed."""
    members = "marketingTexts(variantIn: [REVIEW]) { id externalTextMarkdown }"
    text = {"workId": WORK, "variant": "REVIEW", "source": "fourallportal"}
    record = write("upsertMarketingText", "t:1", **text, textMarkdown="Fine.")
    write("upsertMarketingText", "t:1", **text, textMarkdown="Very fine.", locale="en_GB")
    write("upsertMarketingText", "t:2", **text, textMarkdown="Sehr fein.", locale="de_DE")
    assert work(ask, members)["marketingTexts"] == [{"id": record, "externalTextMarkdown": "Very fine."}]
    changed = ask('{ products(productSearch: {changedSince: "2026-05-01"}) { work { id } } }')["products"]
    assert {row["work"]["id"] for row in changed} == {WORK}


def test_a_file_is_among_the_work_s_resources_until_it_is_taken_back(ask, write, sandbox) -> None:
    """A kind of file that no work had before can be asked for as well."""
    members = "supportingResources { id url status resourceVariant productIds }"
    before = work(ask, members)["supportingResources"]
    asset = {"workId": WORK, "kind": "VIDEO", "url": "https://video.example/v-1", "source": "bytenite", "externalId": "v-1"}
    record = write("upsertExternalAsset", "v:1", **asset, status="PUBLISHED")
    trailer = {"id": record, "url": asset["url"], "status": "APPROVED", "resourceVariant": "TRAILER", "productIds": []}
    assert work(ask, members)["supportingResources"] == [*before, trailer]
    pictures = Client(sandbox).get("/consonance/api/v4/products.json", headers=TOKEN).get_json()["products"][0]["supportingresources"]
    assert [style["url"] for picture in pictures for style in picture["style_urls"]] == [row["url"] for row in before]
    write("upsertExternalAsset", "v:1", **asset, status="WITHDRAWN")
    assert work(ask, members)["supportingResources"] == before


def test_a_reset_takes_back_what_was_written(ask, write, sandbox) -> None:
    """The seed is as it was, for nothing changed its rows."""
    before = contact(ask)
    write("upsertContactFields", contactId=PERSON, source="crm", fields=[{"name": "EMAIL", "value": "x@y.example", "observedAt": MOMENT}])
    assert contact(ask) != before
    sandbox.reset()
    assert contact(ask) == before
