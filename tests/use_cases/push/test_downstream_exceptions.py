"""PN-6's decision: one task for each title and fault, whatever order the notices come in, and however often."""

import json
from datetime import UTC, datetime, timedelta
from itertools import permutations
from types import SimpleNamespace

import pytest

from colophon.blocks.decision import DecisionContext
from colophon.config.load import load_config
from colophon.config.notices import Assignee
from colophon.domain.delivery import LatestDelivery
from colophon.domain.facts import Facts, Known
from colophon.domain.inbox_item import InboxItem
from colophon.domain.product import Product
from colophon.domain.team import TeamMember, TeamRole
from colophon.rights.rules import broken as broken_rule
from colophon.use_cases.push import downstream_exceptions as case

NOW = datetime(2026, 5, 1, 10, 0, tzinfo=UTC)
ISBN = "9781999000011"
TITLE = Product(id=1, kind="PhysicalBookProduct", work_id=9, isbn13=ISBN, title="Das Wörterbuch – 辞書 \U0001f4d6", imprint="Northlight")
NUMBERS = iter(range(10_000))


def notice(kind="failure", *, at=NOW, isbn=ISBN, fault="missing_cover", system="erp", severity="error", received=None, **more) -> InboxItem:
    """One event as the inbox has it."""
    data = {
        "isbn": isbn,
        "fault": fault,
        "system": system,
        "severity": severity,
        "code": "cover_404",
        "message": None,
        "at": at.isoformat(),
    }
    body = json.dumps({"id": "x", "data": {**data, **more}}).encode()
    return InboxItem(f"/sandbox/{system}", f"e-{next(NUMBERS)}", f"colophon.delivery.{kind}.v1", body, received or NOW + timedelta(hours=1))


def decide(*items, last=None, rules=None, titles=(TITLE,), as_of=NOW + timedelta(hours=2), team=()):
    """Decide once; `last` is what an earlier decision made."""
    known = {i.subject: LatestDelivery(1, i.content_hash, "confirmed", i.as_of, i.labels) for i in (last.intents if last else ())}
    config = load_config() if rules is None else load_config().model_copy(update={"notices": rules})
    context = DecisionContext(as_of, config, {}, lambda _to, subjects: {s: known[s] for s in subjects if s in known})
    records = {InboxItem: items, Product: titles, TeamMember: team}
    return case.decide(Facts({kind: Known(records=tuple(of), source="test", as_of=as_of) for kind, of in records.items()}), context)


def task(made) -> dict:
    """Members of the one task that was planned."""
    [intent] = made.intents
    return json.loads(intent.content)["members"]


def test_a_failure_opens_a_task_and_a_success_resolves_it():
    """Owner, due date and reference are the title's and the fault's; done says when."""
    rules = load_config().notices.model_copy(update={"assignees": (Assignee(owner="designer", imprint="Northlight", contact_id=31),)})
    opened = decide(notice(), rules=rules)
    assert task(opened) == {
        "workId": 9,
        "description": f"Cover art is missing: {TITLE.title} ({ISBN}), reported by erp (cover_404)",
        "assigneeContactId": 31,
        "dueOn": "2026-05-03",
        "completedOn": None,
        "status": "OPEN",
        "tags": ["downstream", "missing_cover"],
    }
    assert json.loads(opened.intents[0].content)["reference"] == f"pn6:{ISBN}:missing_cover"
    resolved = decide(notice("recovered", at=NOW + timedelta(minutes=1)), last=opened, rules=rules)
    assert (task(resolved)["status"], task(resolved)["completedOn"]) == ("DONE", "2026-05-01")
    again = decide(notice(at=NOW + timedelta(minutes=2)), last=resolved, rules=rules)
    assert (task(again)["status"], task(again)["completedOn"]) == ("OPEN", None)


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_any_order_gives_the_same_task(order):
    """Failed, failed again, recovered here, still failing there: however they come, one by one."""
    told = [
        notice(at=NOW),
        notice(at=NOW + timedelta(minutes=5)),
        notice("recovered", at=NOW + timedelta(minutes=9)),
        notice(system="shop", at=NOW + timedelta(minutes=3)),
    ]
    last, waiting = None, []
    for number in order:
        made = decide(*waiting, told[number], last=last)
        closed = {closed.item.id for closed in made.closed}
        waiting = [item for item in (*waiting, told[number]) if item.id not in closed]
        last = made if made.intents else last
    assert not waiting
    assert "reported by shop (cover_404)" in task(last)["description"]
    assert (task(last)["status"], task(last)["dueOn"]) == ("OPEN", "2026-05-03")


def test_the_same_notice_twice_changes_nothing():
    """Not even the content that the ledger compares."""
    one = notice()
    first = decide(one)
    assert decide(one, last=first).intents == first.intents
    assert decide(one, one).intents == first.intents


def test_a_late_older_word_does_not_close_it():
    """A recovery from before the newest failure is history."""
    opened = decide(notice(at=NOW + timedelta(minutes=5)))
    late = decide(notice("recovered", at=NOW), last=opened)
    assert task(late)["status"] == "OPEN"


def test_a_recovery_waits_a_day_for_the_failure_that_it_overtook():
    """Then it is over; a failure and its recovery together make no task at all."""
    early = notice("recovered")
    assert decide(early).closed == []
    assert [closed.item for closed in decide(early, as_of=NOW + timedelta(days=2)).closed] == [early]
    failure = notice(at=NOW - timedelta(minutes=1))
    both = decide(early, failure)
    assert ([closed.item for closed in both.closed], both.intents) == ([failure], [])


def test_due_date_by_severity_and_never_pushed_out_by_repeats():
    """The earliest of all that fail."""
    first = decide(notice(severity="warning"))
    assert task(first)["dueOn"] == "2026-05-08"
    repeated = decide(notice(severity="warning", at=NOW + timedelta(minutes=30)), last=first)
    assert task(repeated)["dueOn"] == "2026-05-08"
    worse = decide(notice(severity="FATAL", system="shop", at=NOW + timedelta(minutes=30)), last=repeated)
    assert task(worse)["dueOn"] == "2026-05-01"
    assert task(decide(notice(severity=None)))["dueOn"] == "2026-05-03"


def test_a_clock_that_runs_ahead_has_not_the_last_word():
    """A notice from the year 2099 counts as of when it came."""
    ahead = decide(notice(at=datetime(2099, 1, 1, tzinfo=UTC), received=NOW))
    assert task(decide(notice("recovered", at=NOW + timedelta(minutes=1)), last=ahead))["status"] == "DONE"


def test_two_faults_are_two_tasks():
    """And a fault that the file does not name is `other_fault`."""
    made = decide(notice(), notice(fault="label_torn"))
    assert [json.loads(i.content)["reference"] for i in made.intents] == [f"pn6:{ISBN}:missing_cover", f"pn6:{ISBN}:label_torn"]
    assert "A delivery failed" in json.loads(made.intents[1].content)["members"]["description"]


@pytest.mark.parametrize(
    "bad",
    [{"isbn": "978"}, {"fault": "a b"}, {"fault": "x" * 61}, {"at_": 1, "at": NOW}, {"system": ""}],
    ids=["isbn", "fault", "long", "at", "system"],
)
def test_what_cannot_be_read_is_an_exception(bad):
    """It is parked, told without its content, and the others go on."""
    item = notice()
    body = json.loads(item.body)
    body["data"] |= {key: value for key, value in bad.items() if key != "at"} | ({"at": "yesterday"} if "at" in bad else {})
    made = decide(item._replace(body=json.dumps(body).encode()), notice())
    assert len(made.intents) == 1
    assert [(closed.parked, closed.note) for closed in made.closed if closed.parked] == [(True, "a notice that cannot be read")]
    assert made.findings[0].subject == f"event:{item.id}"


def test_a_title_that_consonance_does_not_have():
    """Parked as an exception on the ISBN, which a good notice closes."""
    made = decide(notice(isbn="9780000000002"))
    assert [(f.subject, f.field, f.owner) for f in made.findings] == [("isbn:9780000000002", "isbn", "metadata_specialist")]
    assert "isbn:9781999000011" in decide(notice()).settled["consonance"]


def test_a_title_that_is_there_and_cannot_be_read():
    """Its notice waits: neither parked nor dealt with, until the title is mended."""
    broken = broken_rule("R3", "isbn:9780000000002", "status", "?", "a code")
    context = DecisionContext(NOW, load_config(), {}, lambda *_: {})
    titles = Known(records=(), source="test", as_of=NOW, unreadable=(broken,))
    events = Facts.known({InboxItem: [notice(isbn="9780000000002")], TeamMember: []}, source="test", as_of=NOW)
    made = case.decide(events | Facts({Product: titles}), context)
    assert (made.intents, made.findings, made.closed) == ([], [], [])


def test_not_json():
    """Bytes that are no event are parked, too."""
    made = decide(SimpleNamespace(source="s", id="e", type="colophon.delivery.failure.v1", body=b"\xff", received_at=NOW))
    assert made.closed[0].parked


def test_pn6_the_task_is_assigned_from_the_titles_team_by_fault_kind():
    """A missing cover is the title's designer's, whoever else is on it; without one it is the imprint's desk's."""
    rules = load_config().notices.model_copy(update={"assignees": (Assignee(owner="designer", imprint="Northlight", contact_id=31),)})
    team = [
        TeamMember(work_id=9, role=TeamRole.EDITOR, contact_id=1),
        TeamMember(work_id=8, role=TeamRole.DESIGNER, contact_id=2),
        TeamMember(work_id=9, role=TeamRole.DESIGNER, contact_id=3, ends_on=NOW.date() - timedelta(days=1)),
        TeamMember(work_id=9, role=TeamRole.METADATA_SPECIALIST, contact_id=4),
    ]
    designer = TeamMember(work_id=9, role=TeamRole.DESIGNER, contact_id=5)
    assert task(decide(notice(), rules=rules, team=[*team, designer]))["assigneeContactId"] == 5
    assert task(decide(notice(), rules=rules, team=team))["assigneeContactId"] == 31
    assert task(decide(notice(fault="rejected_metadata"), rules=rules, team=team))["assigneeContactId"] == 4


def test_pn6_a_title_merged_into_another_work_keeps_one_task():
    """The task moves with the title: the same reference and the same subject, now of the other work."""
    opened = decide(notice())
    merged = TITLE.model_copy(update={"work_id": 12})
    done = decide(notice("recovered", at=NOW + timedelta(minutes=1)), last=opened, titles=(merged,))
    first, second = (json.loads(made.intents[0].content) for made in (opened, done))
    assert (first["reference"], opened.intents[0].subject) == (second["reference"], done.intents[0].subject)
    assert (second["members"]["workId"], second["members"]["status"]) == (12, "DONE")
