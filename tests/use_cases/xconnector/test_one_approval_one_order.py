"""XC-5 under attack: whatever is approved, taken back, changed or answered late, a printer never has two orders for one approval."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledger_database import Databases

from colophon.blocks.decision import DecisionContext
from colophon.config.load import load_config
from colophon.config.production import PrintFile, Production, Specification
from colophon.domain.delivery import HistoryRow, OutcomeEvent, Verdict
from colophon.domain.facts import Facts
from colophon.domain.todo import Milestone, Todo, TodoStatus
from colophon.domain.work import Edition, ProductionRun, Quantity, Work
from colophon.ledger import Ledger
from colophon.orders import STOPPED
from colophon.parties import BLOCKED
from colophon.use_cases.xconnector.production_orders import CASE, decide

FILES, PRINT, WAREHOUSE = STEPS = ("production-files", "production-print", "production-warehouse")
NOON = datetime(2026, 5, 4, 12, 40, tzinfo=UTC)
PAPERBACK, HARDBACK = Edition(product_id=101, isbn13="9781999000004"), Edition(product_id=102, isbn13="9781999000011")
FILE = PrintFile(url="https://files.example/a.pdf", sha256="a" * 64, bytes=9, file_name="a.pdf")
SPECIFICATION = Specification(
    trim="198x129 mm", extent=320, paper="Munken 80 g", colours="1/1", binding="PUR", finish="matt", packing="cartons of 20",
    price="2140.00", currency="GBP", printer="Kestrel Print", file=FILE,
)  # fmt: skip


def run(
    number: int = 7, copies: int = 3000, due: str | None = "2026-07-21", received: int | None = None, product: int | None = 101
) -> ProductionRun:
    """A run of the paperback."""
    rows = (Quantity(product_id=product, name="Warehouse", ordered=copies, received=received),)
    return ProductionRun(id=number, delivery_on=date.fromisoformat(due) if due else None, product_ids=(101,), quantities=rows)


class House:
    """A work with runs and approvals, and three destinations that answer as they are told."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger, self.now = ledger, NOON
        self.runs, self.editions, self.approved, self.stopped = [run()], [PAPERBACK], dict[int, bool](), dict[str, Any]()
        self.specification, self.answers = SPECIFICATION, dict.fromkeys(STEPS, "confirmed")
        self.found, self.ids, self.blocked = list[str](), True, list[str]()
        ledger.clock = lambda: self.now

    def hour(self, times: int = 1) -> None:
        """So many hourly runs; each destination is asked once in each."""
        for _ in range(times):
            self.now += timedelta(hours=1)
            plan = decide(self._facts(), self._context())
            self.ledger.enter(CASE.id, plan.judgements(), as_of=self.now, run="hourly")
            self.found = [f"{finding.rule} {finding.found}" for finding in plan.findings]
            for name in STEPS:
                if self.answers[name] != "away":
                    taken = self.ledger.claim(CASE.id, name, owner="me", lease_s=60, limit=9)
                    self.ledger.finish([Verdict(each.id, self.answers[name]) for each in taken], owner="me")

    def answered(self, name: str, outcome: str, place: int = -1) -> None:
        """A destination says at last what became of something that it had taken."""
        row = self.ledger.all_of(CASE.id, name)[place]
        self.ledger.record_outcomes([OutcomeEvent(row.delivery_id, outcome, self.now, "xconnector", code=outcome)])

    def told(self, name: str) -> list[str]:
        """What left for a destination, oldest first: order and copies, or that it is called back."""
        left = [row for row in self.ledger.all_of(CASE.id, name) if row.state not in {"planned", "superseded", "withdrawn"}]
        data = [json.loads(self.ledger.content(row.content_hash) or b"") for row in left]
        return [f"{row['orderId']} back" if "steps" in row else f"{row['orderId']} {row['quantity']}" for row in data]

    def standing(self) -> list[str]:
        """Orders that the printer may have: they left, and it has neither refused them nor confirmed that they are cancelled."""
        found = dict[str, bool]()
        for row in self.ledger.all_of(CASE.id, PRINT):
            name, is_back = row.subject.partition(":")[2], row.labels["event_type"] == "production.cancel"
            if not is_back and row.state not in {"planned", "superseded", "withdrawn", "failed"}:
                found[name] = True
            elif is_back and row.state == "confirmed":
                found[name] = False
        return sorted(name for name, is_there in found.items() if is_there)

    @property
    def remembered(self) -> dict[str, list[dict[str, Any]]]:
        """Whom the party sync knows to be blocked, and what persons stopped."""
        blocked = [{"who": "erp/9", "called": [name], "is_blocked": True} for name in self.blocked]
        return {BLOCKED: blocked, STOPPED: [{"order": stem} for stem in self.stopped]}

    def _facts(self) -> Facts:
        todos = [
            Todo(
                id=number if self.ids else None, work_id=9, description="Final proof release", milestone=Milestone.FINAL_PROOF_RELEASE,
                status=TodoStatus.DONE if is_done else TodoStatus.OPEN, completed_on=NOON.date() if is_done else None,
            )
            for number, is_done in self.approved.items()
        ]  # fmt: skip
        work = Work(id=9, editions=tuple(self.editions), production_runs=tuple(self.runs))
        rows = list(self.ledger.newest(CASE.id, FILES))
        return Facts.known({Todo: todos, Work: [work], HistoryRow: rows}, source="test", as_of=self.now)

    def _context(self) -> DecisionContext:
        specifications = {edition.isbn13: self.specification for edition in self.editions}
        production = Production(approved_from=NOON.date(), specifications=specifications)
        config = CONFIG.model_copy(update={"production": production})
        return DecisionContext(
            self.now, config, {}, lambda to, subjects: self.ledger.latest(CASE.id, to, subjects), content=self.ledger.content,
            remembered=lambda prefix: self.remembered[prefix],
        )  # fmt: skip


CONFIG = load_config()


@pytest.fixture
def databases_of_their_own(sqlite_databases: Databases) -> Callable[[], str]:
    """Gives the address of one more empty ledger."""
    return sqlite_databases.ledger


@pytest.fixture
def house(sqlite_databases: Databases) -> Iterator[House]:
    """One run, not approved yet."""
    with Ledger.open(sqlite_databases.ledger()) as ledger:
        yield House(ledger)


def test_two_approvals_at_once_of_one_run_are_one_order(house: House) -> None:
    """Somebody made the to-do twice, and both are done."""
    house.approved = {1: True, 2: True}
    house.hour(3)
    assert [house.told(name) for name in STEPS] == [["7-101-1 None"], ["7-101-1 3000"], ["7-101-1 3000"]]


@pytest.mark.parametrize("change", ["an earlier run is added", "its day is moved behind another's", "its day is taken out"])
def test_an_approval_stays_with_the_run_that_it_ordered(house: House, change: str) -> None:
    """However the runs are ordered by their days later: the first one stands, and the second one waits for its own approval."""
    house.approved = {1: True}
    house.runs = [run(7), run(8, 500, "2026-09-01")] if change != "an earlier run is added" else [run(7)]
    house.hour(2)
    first = {
        "an earlier run is added": run(7),
        "its day is moved behind another's": run(7, due="2026-12-01"),
        "its day is taken out": run(7, due=None),
    }
    house.runs = [first[change], run(8, 500, "2026-06-01")]
    house.hour(3)
    assert house.told(PRINT) == ["7-101-1 3000"]
    house.approved = {1: True, 2: True}
    house.hour(3)
    assert house.told(PRINT) == ["7-101-1 3000", "8-101-1 500"]


def test_a_list_without_ids_approves_run_by_run(house: House) -> None:
    """Neither id nor uid: the first approval of a work stays the first."""
    house.ids, house.approved, house.runs = False, {1: True}, [run(7), run(8, 500, "2026-09-01")]
    house.hour(3)
    house.runs = [run(7), run(8, 500, "2026-06-01")]
    house.hour()
    assert house.told(PRINT) == ["7-101-1 3000"]
    house.approved = {1: True, 2: True}
    house.hour(2)
    assert house.told(PRINT) == ["7-101-1 3000", "8-101-1 500"]


def test_an_approval_that_is_deleted_calls_its_own_order_back(house: House) -> None:
    """Two runs are ordered; the first to-do is gone: the second one does not move to its place."""
    house.approved, house.runs = {1: True, 2: True}, [run(7), run(8, 500, "2026-09-01")]
    house.hour(3)
    house.approved = {2: True}
    house.hour(3)
    assert sorted(house.told(PRINT)) == ["7-101-1 3000", "7-101-1 back", "8-101-1 500"]


def test_done_undone_and_done_within_one_hour_is_one_order(house: House) -> None:
    """And so is what was undone and done again before anybody could be told that it is called back."""
    house.approved = {1: True}
    house.answers[PRINT] = "away"
    house.hour(2)
    house.answers[FILES] = "away"
    house.approved = {1: False}
    house.hour()
    house.approved = {1: True}
    house.answers = dict.fromkeys(STEPS, "confirmed")
    house.hour(3)
    assert [house.told(name) for name in STEPS] == [["7-101-1 None"], ["7-101-1 3000"], ["7-101-1 3000"]]


def test_a_new_order_waits_until_the_printer_has_confirmed_that_the_old_one_is_cancelled(house: House) -> None:
    """The files are called back at once, the printer is silent; approved again meanwhile, nothing new is ordered before it answers."""
    house.approved = {1: True}
    house.answers[PRINT] = "accepted"
    house.hour(2)
    house.approved = {1: False}
    house.hour()
    house.approved = {1: True}
    house.hour(3)
    assert house.told(PRINT) == ["7-101-1 3000", "7-101-1 back"]
    assert house.found == ["PO3 the order had left: it may be too late; the next one waits until the printer has confirmed that"]
    house.answered(PRINT, "confirmed", place=0)  # the printer's yes to the order comes late
    house.hour()
    assert house.told(PRINT) == ["7-101-1 3000", "7-101-1 back"]
    house.answered(PRINT, "confirmed")
    house.answers[PRINT] = "confirmed"
    house.hour(3)
    assert house.told(PRINT) == ["7-101-1 3000", "7-101-1 back", "7-101-2 3000"]
    assert house.told(WAREHOUSE) == ["7-101-2 3000"]


def test_a_cancellation_that_the_printer_refuses_leaves_one_order(house: House) -> None:
    """It has printed: however often the run is approved again, a person decides."""
    house.approved = {1: True}
    house.hour(2)
    house.approved, house.answers[PRINT] = {1: False}, "refused"
    house.hour()
    house.approved, house.answers[PRINT] = {1: True}, "confirmed"
    house.hour(3)
    assert house.told(PRINT) == ["7-101-1 3000", "7-101-1 back"]
    assert [line.partition(" ")[0] for line in house.found] == ["PO3"]


def test_an_order_whose_amendment_was_refused_is_called_back_all_the_same(house: House) -> None:
    """The printer took 3,000, then refused 4,000; taken back, it has to hear of it."""
    house.approved, house.answers[PRINT] = {1: True}, "accepted"
    house.hour(2)
    house.runs = [run(copies=4000)]
    house.hour()
    house.answered(PRINT, "confirmed", place=0)
    house.answered(PRINT, "failed")
    house.approved, house.answers[PRINT] = {1: False}, "confirmed"
    house.hour(2)
    assert house.told(PRINT) == ["7-101-1 3000", "7-101-1 4000", "7-101-1 back"]


def test_what_is_changed_after_the_printer_has_accepted_does_not_go(house: House) -> None:
    """4,000 were wanted in time, and wait for new files when the printer says yes to 3,000; 5,000 come too late: the order stands, and is booked."""
    house.approved, house.answers[PRINT] = {1: True}, "accepted"
    house.hour(2)
    house.runs, house.answers[FILES] = [run(copies=4000)], "away"
    house.specification = SPECIFICATION.model_copy(update={"file": FILE.model_copy(update={"sha256": "b" * 64})})
    house.hour()
    house.answered(PRINT, "confirmed", place=0)
    house.runs = [run(copies=5000)]
    house.answers = dict.fromkeys(STEPS, "confirmed")
    house.hour(3)
    assert (house.told(PRINT), house.told(WAREHOUSE)) == (["7-101-1 3000"], ["7-101-1 3000"])
    assert house.found == ["PO2 another run or specification"]


def test_a_refusal_of_the_warehouse_leaves_the_order(house: House) -> None:
    """The printer has its order, and hears nothing; a person sees the refusal. Taken back, the printer hears that."""
    house.approved, house.answers[WAREHOUSE] = {1: True}, "refused"
    house.hour(3)
    assert (house.told(PRINT), house.told(WAREHOUSE)) == (["7-101-1 3000"], ["7-101-1 3000"])
    house.approved = {1: False}
    house.hour(2)
    assert (house.told(PRINT)[-1], house.told(WAREHOUSE)) == ("7-101-1 back", ["7-101-1 3000"])


def test_a_stop_that_becomes_a_withdrawn_approval_is_told_once(house: House) -> None:
    """Stopped on the desk, and let go on when nobody approves it any more: for the printer nothing is new."""
    house.approved = {1: True}
    house.hour(3)
    house.stopped = {"7-101": {"by": "edith"}}
    house.hour(2)
    house.stopped, house.approved = {}, {1: False}
    house.hour(2)
    assert house.told(PRINT) == ["7-101-1 3000", "7-101-1 back"]


OTHERWISE = [{"printer": "Heron Press"}, {"isbn13": "9781999000028"}, {"trim": "210x148 mm"}, {"binding": "thread-sewn"}]


@pytest.mark.parametrize("change", [*OTHERWISE[:2], *(pytest.param(each, marks=pytest.mark.nightly) for each in OTHERWISE[2:])])
def test_an_order_that_is_to_be_made_otherwise_is_called_back_and_ordered_anew(house: House, change: dict[str, str]) -> None:
    """An amendment cannot tell it, and another printer knows nothing of the first: a new number, once the old one is surely cancelled."""
    house.approved, house.answers[PRINT] = {1: True}, "accepted"
    house.hour(2)
    if "isbn13" in change:
        house.editions = [Edition(product_id=101, **change)]
    else:
        house.specification = SPECIFICATION.model_copy(update=change)
    house.hour(3)
    assert (house.told(PRINT), [line[:3] for line in house.found]) == (["7-101-1 3000", "7-101-1 back"], ["PO3"])
    house.answers[PRINT] = "confirmed"
    house.answered(PRINT, "confirmed")
    house.hour(3)
    assert house.told(FILES) == ["7-101-1 None", "7-101-1 back", "7-101-2 None"]
    assert (house.told(PRINT)[2:], house.told(WAREHOUSE)) == (["7-101-2 3000"], ["7-101-2 3000"])
    assert house.found == ["PO3 the order had left: it may be too late"]


def test_a_printer_that_is_changed_before_any_has_the_order_is_no_new_order(house: House) -> None:
    """The files were released, and say of no printer; the one that refused has nothing that could be called back."""
    house.approved, house.answers[PRINT] = {1: True}, "away"
    house.hour(2)
    house.specification, house.answers[PRINT] = SPECIFICATION.model_copy(update={"printer": "Heron Press"}), "refused"
    house.hour(2)
    house.specification, house.answers[PRINT] = SPECIFICATION.model_copy(update={"printer": "Curlew Books"}), "confirmed"
    house.hour(2)
    assert [house.told(name) for name in STEPS] == [["7-101-1 None"], ["7-101-1 3000"] * 2, ["7-101-1 3000"]]


def test_a_blocked_printer_gets_no_order_until_it_is_free(house: House) -> None:
    """An approval, released files and an amendment wait for it alike, and go by themselves; whoever else is blocked keeps nothing."""
    called = "KESTREL PRINT LTD."
    house.approved, house.blocked = {1: True}, [called, "Kestrel Bindery", "Ltd"]
    house.hour(2)
    assert ([house.told(name) for name in STEPS], house.found) == ([[], [], []], ["PO5 its printer is blocked (erp/9)"])
    house.blocked, house.answers[PRINT] = ["Kestrel Bindery"], "away"
    house.hour(2)
    house.blocked = [called]
    house.hour()
    house.answers[PRINT] = "accepted"
    house.hour()
    assert ([house.told(name) for name in STEPS], house.found) == ([["7-101-1 None"], [], []], ["PO5 its printer is blocked (erp/9)"])
    house.blocked = []
    house.hour()
    house.blocked, house.runs = [called], [run(copies=4000)]
    house.hour()
    assert house.found == ["PO5 its printer is blocked (erp/9); it may have the order already"]
    house.blocked, house.answers[PRINT] = [], "confirmed"
    house.hour(2)
    assert [house.told(name) for name in STEPS] == [["7-101-1 None"], ["7-101-1 3000", "7-101-1 4000"], ["7-101-1 4000"]]
    assert house.found == []


def test_what_a_printer_has_before_it_is_blocked_stands_and_can_be_called_back(house: House) -> None:
    """The warehouse books what was accepted; an approval that is taken back is told to it nevertheless."""
    house.approved = {1: True}
    house.hour(2)
    house.blocked = ["Kestrel Print"]
    house.hour(2)
    assert (house.told(WAREHOUSE), house.found) == (["7-101-1 3000"], [])
    house.approved = {1: False}
    house.hour()
    assert house.told(PRINT) == ["7-101-1 3000", "7-101-1 back"]


def test_an_exception_about_an_order_that_was_called_back_ends_when_its_copies_were_due(house: House) -> None:
    """Until then somebody may have to telephone; afterwards there is nothing left to stop, and nothing more is told."""
    house.approved = {1: True}
    house.hour(3)
    house.approved, days = {1: False}, list[list[str]]()
    for now in (house.now, house.now + timedelta(days=7), datetime(2026, 7, 21, 12, tzinfo=UTC), datetime(2026, 7, 22, 12, tzinfo=UTC)):
        house.now = now
        house.hour()
        days.append([row.rule for row in house.ledger.exceptions.open(use_case=CASE.id)])
    assert (days, house.told(PRINT)) == ([["PO3"], ["PO3"], ["PO3"], []], ["7-101-1 3000", "7-101-1 back"])


def test_copies_of_no_format_are_not_ordered_for_each(house: House) -> None:
    """A run of two formats says 3,000 and not of which: an exception; by format, each has its own order."""
    house.approved, house.editions = {1: True}, [PAPERBACK, HARDBACK]
    house.runs = [run(product=None).model_copy(update={"product_ids": (101, 102)})]
    house.hour(2)
    assert ([house.told(name) for name in STEPS], house.found) == ([[], [], []], ["PO1 copies of no format"] * 2)
    rows = (Quantity(product_id=101, ordered=2000), Quantity(product_id=102, ordered=1000))
    house.runs = [run().model_copy(update={"product_ids": (101, 102), "quantities": rows})]
    house.hour(2)
    assert (house.told(PRINT), house.found) == (["7-101-1 2000", "7-102-1 1000"], [])


def test_what_a_printer_needs_and_lacks_is_named_at_once(house: House) -> None:
    """Nothing goes while anything of it is missing; an extent has to be whole signatures, or sheets."""
    house.approved = {1: True}
    for specification, runs, says in (
        (SPECIFICATION, [run(copies=0, due=None)], "no quantity; no delivery day"),
        (SPECIFICATION.model_copy(update={"trim": None, "price": None}), [run()], "no trim; no price"),
        (SPECIFICATION.model_copy(update={"extent": 250}), [run()], "an extent of 250, which is no multiple of 16"),
        (SPECIFICATION.model_copy(update={"extent": 251, "process": "digital"}), [run()], "an extent of 251, which is no multiple of 2"),
        (SPECIFICATION, [run(copies=-3000)], "no quantity"),
    ):
        house.specification, house.runs = specification, runs
        house.hour()
        assert ([house.told(name) for name in STEPS], house.found) == ([[], [], []], [f"PO1 {says}"])


def test_overs_and_unders_beyond_what_is_usual_are_named(house: House) -> None:
    """Ten in a hundred by offset, three by digital print; nothing is ordered anew."""
    house.approved = {1: True}
    house.hour(3)
    for process, received, is_usual in (
        ("offset", 3300, True), ("offset", 3301, False), ("offset", 2700, True), ("offset", 2699, False), ("digital", 3091, False), ("offset", None, True),
    ):  # fmt: skip
        house.specification, house.runs = SPECIFICATION.model_copy(update={"process": process}), [run(received=received)]
        house.hour()
        named = [line for line in house.found if line.startswith("PO4")]
        assert named == ([] if is_usual else [f"PO4 {received} copies came of 3000"])
    assert house.told(PRINT) == ["7-101-1 3000"]


def test_a_reprint_is_an_order_of_its_own_approval(house: House) -> None:
    """A reprint has its own approval; the old order stands, whatever its copies."""
    house.approved = {1: True}
    house.hour(3)
    house.runs = [run(received=3000), run(8, 1500, "2027-03-01")]
    house.hour(2)
    assert house.told(PRINT) == ["7-101-1 3000"]
    house.approved[2] = True
    house.hour(3)
    assert [house.told(name)[1:] for name in STEPS] == [["8-101-1 None"], ["8-101-1 1500"], ["8-101-1 1500"]]


DEEDS = st.sampled_from(
    [
        ("approve", 1), ("approve", 2), ("undo", 1), ("undo", 2), ("stop", 0), ("go on", 0), ("copies", 4000), ("copies", 3000), ("second run", 0),
        ("earlier run", 0), ("no second run", 0), ("printer", "confirmed"), ("printer", "accepted"), ("printer", "refused"), ("printer", "away"),
        ("files", "away"), ("files", "confirmed"), ("block", 0), ("free", 0), ("made by", "Heron Press"), ("made by", "Kestrel Print"), ("late yes", 0), ("late no", 0), ("hour", 0), ("hour", 0), ("hour", 0),
    ]
)  # fmt: skip


@pytest.mark.parametrize("examples", [4, pytest.param(200, marks=pytest.mark.nightly)])
def test_whatever_happens_the_printer_has_one_order_for_one_approval(databases_of_their_own: Callable[[], str], examples: int) -> None:
    """Any people, any answers, in any order: of each run and format at most one order stands, and never more than were approved."""

    @given(st.lists(DEEDS, min_size=6, max_size=30))
    @settings(max_examples=examples, database=None, derandomize=examples < 100)
    def story(deeds: list[tuple[str, Any]]) -> None:
        with Ledger.open(databases_of_their_own()) as ledger:
            house, ever = House(ledger), set[int]()
            for deed, what in [
                *deeds,
                ("free", 0),
                ("printer", "confirmed"),
                ("files", "confirmed"),
                ("hour", 0),
                ("hour", 0),
                ("hour", 0),
            ]:
                _do(house, deed, what)
                ever |= {number for number, is_done in house.approved.items() if is_done}
                standing = house.standing()
                assert len(standing) == len({order.rpartition("-")[0] for order in standing}), f"two orders for one run: {standing}"
                assert len(standing) <= len(ever), f"more orders than approvals: {standing}"

    story()


def _do(house: House, deed: str, what: Any) -> None:
    match deed:
        case "approve" | "undo":
            house.approved[what] = deed == "approve"
        case "stop" | "go on":
            house.stopped = {"7-101": {"by": "edith"}} if deed == "stop" else {}
        case "made by":
            house.specification = SPECIFICATION.model_copy(update={"printer": what})
        case "block" | "free":
            house.blocked = ["Kestrel Print"] if deed == "block" else []
        case "copies":
            house.runs = [run(copies=what), *house.runs[1:]]
        case "second run" | "earlier run":
            house.runs = [house.runs[0], run(8, 500, "2026-09-01" if deed == "second run" else "2026-06-01")]
        case "no second run":
            house.runs = house.runs[:1]
        case "printer" | "files":
            house.answers[PRINT if deed == "printer" else FILES] = what
        case "late yes" | "late no":
            for place, row in enumerate(house.ledger.all_of(CASE.id, PRINT)):
                if row.state == "accepted":
                    house.answered(PRINT, "confirmed" if deed == "late yes" else "failed", place)
        case "hour":
            house.hour()
