"""EX-6's decision: one note for each case, and what keeps happening is raised."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from colophon.blocks.decision import DecisionContext
from colophon.config.load import load_config
from colophon.domain.delivery import HistoryRow, LatestDelivery
from colophon.domain.facts import Facts, Known
from colophon.domain.inbox_item import InboxItem
from colophon.domain.product import Product
from colophon.use_cases.exstream import service_outcomes as case

NOW = datetime(2026, 5, 1, 10, 0, tzinfo=UTC)
ISBN = "9781999000011"
TITLE = Product(id=4, kind="PhysicalBookProduct", work_id=9, isbn13=ISBN, title="Sea Room", imprint="Northlight")


def outcome(number=1, *, issue="delay", at=NOW, **more) -> InboxItem:
    """One record as the inbox has it."""
    told = {"id": f"o-{number}", "type": "delivered", "at": at.isoformat(), "caseReference": f"CS-{number}", "isbn": ISBN, "issue": issue}
    body = json.dumps({**told, "reason": "Ms Planted is cross", **more}).encode()
    return InboxItem("exstream", f"o-{number}", "exstream.service_outcome", body, NOW)


def decide(*items, past=(), as_of=NOW):
    """Decide once; `past` are intents of earlier decisions."""
    rows = [
        HistoryRow(
            "d", case.CASE.id, "consonance", i.subject, 1, "confirmed", "", "", i.as_of, i.as_of, i.content_hash, None, None, i.labels
        )
        for i in past
    ]
    known = {i.subject: LatestDelivery(1, i.content_hash, "confirmed", i.as_of, i.labels) for i in past}
    sent = {i.content_hash: i.content for i in past}
    context = DecisionContext(as_of, load_config(), {}, lambda _, subjects: {s: known[s] for s in subjects if s in known}, content=sent.get)
    records = {InboxItem: items, Product: (TITLE,), HistoryRow: rows}
    return case.decide(Facts({kind: Known(records=tuple(of), source="test", as_of=as_of) for kind, of in records.items()}), context)


def test_a_case_is_noted_on_the_title():
    """With its reference and without what a person wrote about the customer."""
    [intent] = decide(outcome()).intents
    told = json.loads(intent.content)
    assert told["operation"] == "createWorkNote"
    assert told["members"] == {
        "workId": 9,
        "productId": 4,
        "notedOn": "2026-05-01",
        "category": "delay",
        "text": "Customer service told a customer of a delay (case CS-1).",
        "caseReference": "CS-1",
        "source": "exstream",
    }
    assert "Planted" not in repr(intent)


def test_the_same_case_by_another_way_is_the_same_note():
    """A file gives the record another id; another moment of the case is another note."""
    [one], [other] = decide(outcome()).intents, decide(outcome(id="f-77")).intents
    assert (one.subject, one.content) == (other.subject, other.content)
    [later] = decide(outcome(at=NOW + timedelta(days=1), issue="revised_date")).intents
    assert later.subject != one.subject


def test_what_keeps_happening_is_raised_and_closes_itself():
    """Three cases of one issue in thirty days; the same case again does not count, nor another issue."""
    two = decide(outcome(1), outcome(2), outcome(2), outcome(3, issue="out_of_stock"))
    assert two.findings == []
    third = decide(outcome(4), past=two.intents)
    assert [(f.subject, f.rule, f.field, f.owner) for f in third.findings] == [(f"isbn:{ISBN}", "EX6-often", "delay", "sales")]
    later = decide(past=[*two.intents, *third.intents], as_of=NOW + timedelta(days=31))
    assert (later.findings, later.judged) == ([], {"consonance": [f"isbn:{ISBN}"]})


@pytest.mark.parametrize("lack", ["isbn", "issue", "caseReference"])
def test_incomplete_records_are_exceptions(lack):
    """Parked, never dropped; the others go on."""
    made = decide(outcome(1, **{lack: None}), outcome(2))
    assert len(made.intents) == 1
    assert [(closed.item.id, closed.parked) for closed in made.closed] == [("o-1", True), ("o-2", False)]
    assert made.findings[0].subject == "event:o-1"


def test_an_isbn_that_consonance_does_not_have():
    """An exception on the case."""
    made = decide(outcome(1, isbn="9780000000002"))
    assert [(f.subject, f.field) for f in made.findings] == [("case:CS-1", "isbn")]


def members(made, operation):
    """Members of what one operation writes."""
    told = [json.loads(intent.content) for intent in made.intents]
    return [one["members"] for one in told if one["operation"] == operation]


def test_ex6_one_case_is_one_note_whose_state_is_brought_up_to_date():
    """Delivered, opened and answered, in one run or in three: one note, and one communication that says how it stands."""
    steps = [
        outcome(1, id=f"o-{n}", type=kind, at=NOW + timedelta(minutes=n)) for n, kind in enumerate(("delivered", "opened", "responded"))
    ]
    assert len(members(decide(*steps), "createWorkNote")) == 1
    past = []
    for step in steps:
        past += decide(step, past=past).intents
    assert len({json.loads(i.content)["reference"] for i in past}) == 1
    assert [json.loads(i.content)["operation"] for i in past] == ["createWorkNote", "recordCommunication", "recordCommunication"]
    assert len({i.subject for i in past[1:]}) == 1
    assert [json.loads(i.content)["members"]["outcome"] for i in past[1:]] == ["OPENED", "RESPONDED"]


@pytest.mark.parametrize("kind", ["bounced", "returned", "failed"])
def test_ex6_a_note_says_what_happened(kind):
    """Who never got the letter was not told."""
    [note] = members(decide(outcome(type=kind)), "createWorkNote")
    assert note["text"].startswith("A customer was not told, ")


def test_ex6_the_answer_is_kept_and_stands_in_no_label():
    """The words that the customer wrote, with the kind of answer; the note itself has none of them."""
    made = decide(outcome(type="responded", response={"kind": "free_text", "text": "canary: cancel my order"}))
    [note], [state] = members(made, "createWorkNote"), members(made, "recordCommunication")
    assert (state["outcome"], state["responseText"], state["caseReference"]) == ("RESPONDED", "free_text: canary: cancel my order", "CS-1")
    assert "canary" not in f"{note} {[(i.labels, i.subject) for i in made.intents]} {made.findings}"


def test_ex6_an_answer_that_comes_late_is_kept_and_changes_nothing_else():
    """The customer answered before the letter was opened once more; the record of it came after that."""
    opened = outcome(1, id="o-2", type="opened", at=NOW + timedelta(hours=2))
    answer = outcome(1, id="o-3", type="responded", at=NOW + timedelta(hours=1), response={"kind": "free_text", "text": "wait"})
    past = decide(outcome(1)).intents
    past += decide(opened, past=past).intents
    late = decide(answer, past=past)
    [state] = members(late, "recordCommunication")
    assert (state["outcome"], state["at"], state["responseText"]) == ("OPENED", "2026-05-01T12:00:00Z", "free_text: wait")
    assert late.intents[0].as_of == past[-1].as_of
