"""The launch engine against a reference that walks from day to day, and what it must never say."""

import ast
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import NamedTuple

import pytest

import colophon
import colophon_airflow
from colophon.config.load import load_config
from colophon.domain.launch import Launch
from colophon.domain.product import Product
from colophon.domain.todo import Milestone, Todo, TodoStatus
from colophon.launch.done import begun, is_delayed
from colophon.launch.evidence import Evidence
from colophon.launch.path import Work, kind_of, pace, way_of
from colophon.launch.status import Light, Status
from colophon.launch.title import readiness
from colophon.launch.view import frozen_of, history_of, title_of
from colophon.onix.forms import edition_of

CONFIG = load_config()
RULES, MONITOR, CALENDAR = CONFIG.readiness, CONFIG.pipeline_monitor, CONFIG.calendars.of(None)
TODAY = date(2026, 5, 5)
FORMS = ("BC", "EA", "AJ")
ALL = list(Milestone)


class Said(NamedTuple):
    """What the portal says of an asset."""

    is_there: bool | None
    said: str = "as it is"


def product(form: str = "BC", on: date = date(2026, 12, 1), number: int = 1) -> Product:
    """A format that is to come."""
    facts = {"id": number, "kind": "PhysicalBookProduct", "work_id": 9, "title": "Sea Room", "isbn13": f"978199900000{number}"}
    return Product(**facts, form_code=form, publishing_status="02", publication_on=on)


def todo(milestone: Milestone | None, number: int = 1, *, status: TodoStatus = TodoStatus.OPEN, **more) -> Todo:
    """A task of the title."""
    day = {"completed_on": TODAY - timedelta(days=30)} if status is TodoStatus.DONE else {}
    return Todo(id=number, work_id=9, description="as it is called", milestone=milestone, status=status, **{**day, **more})


def work(todos: list[Todo], *products: Product) -> Work:
    """A work with these."""
    return Work(9, "Sea Room", None, products or (product(),), tuple(todos))


def evidence(**more) -> Evidence:
    """Everything is known, and nothing is in the way."""
    there = {(f"978199900000{n}", kind): Said(True) for n in range(1, 4) for kinds in RULES.assets.values() for kind in kinds}
    launch = {9: Launch(work_id=9, stage="ANNOUNCED", is_on_hold=False)}
    known = {"todos": "Consonance", "launches": "Consonance", "on_hold": launch, "faults": {}, "assets": there, "may_sell": lambda *_: True}
    return Evidence(takes=MONITOR.stage_days, **{**known, **more})


def judged(rows: list[Todo], on: date = TODAY, **more) -> list[Status]:
    """What the paperback waits for."""
    return list(readiness(work(rows), evidence(**more), RULES, MONITOR, CALENDAR, on).formats[0].statuses)


def generated(chance: Random) -> Work:
    """A title with one to three formats and any to-dos: late, undone, of one format, twice, on one day, cancelled, without proof or date."""
    todos, days = [], [TODAY]
    for number in range(chance.randrange(14)):
        status = chance.choice((*[TodoStatus.OPEN] * 5, TodoStatus.DONE, TodoStatus.CANCELLED))
        days.append(TODAY + timedelta(days=chance.randrange(-40, 250)))
        due = chance.choice((None, chance.choice(days), *days[-1:] * 4))
        more = {"is_proof": chance.random() > 0.05, "tags": chance.choice(((), (), (), ("Audio",), ("Print", "ebook"))), "due_on": due}
        blocked_by = (chance.randrange(14),) if chance.random() < 0.3 else ()
        todos.append(todo(chance.choice((*MONITOR.stage_days, *ALL, None)), number, status=status, blocked_by=blocked_by, **more))
    formats = [
        product(form, TODAY + timedelta(days=chance.randrange(-20, 300)), n) for n, form in enumerate(FORMS[: chance.randint(1, 3)], 1)
    ]
    return work(todos, *formats)


def walked(of: Work, each: Product) -> tuple[dict[int, date], date] | None:
    """The reference: day after day, what is worked on, and what ends. Ends by to-do, and the last of them."""
    kind = kind_of(each)
    mine = [
        t for t in of.todos if not {"print", "ebook", "audio"} & {tag.lower() for tag in t.tags} or kind in {tag.lower() for tag in t.tags}
    ]
    left = [t for t in mine if t.status is TodoStatus.OPEN and t.is_proof]
    others = {t.id: t.due_on for t in left if t.milestone not in MONITOR.stage_days and t.due_on is not None}
    queue = [(stage, [t for t in left if t.milestone is stage]) for stage in MONITOR.stage_days]
    queue = [(stage, own) for stage, own in queue if own]
    if not queue:
        return None
    ends: dict[int, date] = {}
    day, began, worked = TODAY, {}, {}
    while queue:
        stage, own = queue[0]
        for t in own:
            waits = [others[key] for key in t.blocked_by if key in others]
            if t.id in ends or any(day < each for each in waits):
                continue
            if t.id not in began:
                began[t.id], worked[t.id] = day, 0
                on_time = t.due_on is not None and t.due_on >= day
                worked[t.id] = None if on_time else 0
            elif worked[t.id] is not None:
                worked[t.id] += CALENDAR.is_working(day)
            if day == t.due_on if worked[t.id] is None else worked[t.id] == MONITOR.stage_days[stage]:
                ends[t.id] = day
        if all(t.id in ends for t in own):
            queue.pop(0)  # what comes next begins on the same day
        else:
            day += timedelta(days=1)
    return ends, day


def to_spare(end: date, each: Product) -> int:
    """Working days from the end to the last day on which it may end, counted one by one."""
    latest, left = each.publication_on, MONITOR.ready_days[kind_of(each)]
    while left:
        latest -= timedelta(days=1)
        left -= CALENDAR.is_working(latest)
    return between(end, latest)


def between(first: date, last: date) -> int:
    """Working days between two days; below 0 where the first is the later one."""
    step = 1 if last >= first else -1
    days = (min(first, last) + timedelta(days=n + 1) for n in range(abs((last - first).days)))
    return step * sum(map(CALENDAR.is_working, days))


def light_of(spare: int) -> Light:
    """As the house says: five days are enough."""
    return Light.RED if spare < 0 else Light.AMBER if spare < 5 else Light.GREEN


def assert_agrees(seed: int) -> None:
    """The engine and the reference say the same of a generated title."""
    of = generated(Random(seed))
    title = readiness(of, evidence(), RULES, MONITOR, CALENDAR, TODAY)
    for each in title.formats:
        reference = walked(of, each.product)
        assert (each.way is None) == (reference is None), seed
        if reference is not None:
            ends, last = reference
            assert {int(key.removeprefix("todo:")): day for key, day in each.way.ends.items()} == ends, seed
            assert (each.way.ends_on, each.way.spare) == (last, to_spare(last, each.product)), seed
        ends = reference[0] if reference else {}
        by_name = {status.name: status for status in each.statuses}
        for _, stage, lead in RULES.milestones():
            assert by_name[stage].light is reference_light(of, each.product, stage, lead, ends), (seed, stage)
        assert each.light() is min((status.light for status in each.statuses), key=list(Light).index)


def reference_light(of: Work, each: Product, stage: Milestone, lead: int, ends: dict[int, date]) -> Light:
    """Of one milestone, told plainly."""
    kind = kind_of(each)
    own = [t for t in of.of_format(kind) if t.milestone is stage and t.status is not TodoStatus.CANCELLED]
    left = [t for t in own if t.status is TodoStatus.OPEN or not t.is_proof]
    if not own or (left and not any(t.is_proof for t in left)):
        return Light.UNKNOWN
    if not left:
        return Light.GREEN
    dues = [t.due_on for t in left if t.due_on]
    if dues and min(dues) < TODAY:
        return Light.RED
    expected = max((ends[t.id] for t in left if t.id in ends), default=min(dues, default=None))
    latest, days = each.publication_on, lead
    while days:
        latest -= timedelta(days=1)
        days -= CALENDAR.is_working(latest)
    return Light.UNKNOWN if expected is None else light_of(between(expected, latest))


@pytest.mark.parametrize("block", [0, *(pytest.param(n, marks=pytest.mark.nightly) for n in range(1, 25))])
def test_the_engine_agrees_with_a_reference_that_walks_day_by_day(block) -> None:
    """Ends, days to spare and lights of generated launches: 250 by day, thousands at night."""
    for seed in range(block * 250, block * 250 + 250):
        assert_agrees(seed)


@pytest.mark.parametrize(
    ("more", "names"),
    [
        ({"todos": None}, {"publication_day", *(stage for _, stage, _ in RULES.milestones())}),
        ({"on_hold": None}, {"launch"}),
        ({"on_hold": {}}, {"launch"}),
        ({"faults": None}, {"metadata"}),
        ({"assets": None}, {"cover", "interior_pdf"}),
        ({"assets": {("9781999000001", "cover"): Said(None), ("9781999000001", "interior_pdf"): Said(True)}}, {"cover"}),
        ({"may_sell": lambda *_: None}, {"rights"}),
    ],
)
def test_what_nobody_tells_is_unknown_and_never_green(more, names) -> None:
    """Each part alone; the title is then not green either."""
    done = [todo(stage, number, status=TodoStatus.DONE) for number, stage in enumerate(ALL) if stage is not Milestone.TITLE_DELAYED]
    statuses = judged(done, **more)
    assert {str(status.name) for status in statuses if status.light is Light.UNKNOWN} == {str(name) for name in names}
    assert {status.light for status in judged(done)} == {Light.GREEN}
    assert all(status.owner and status.source for status in statuses)


@pytest.mark.parametrize(
    ("rows", "light"),
    [
        ([todo(ALL[5], due_on=TODAY - timedelta(days=1))], Light.RED),
        ([todo(ALL[5], due_on=TODAY)], Light.GREEN),
        ([todo(ALL[5])], Light.UNKNOWN),
        ([], Light.UNKNOWN),
        ([todo(ALL[5], status=TodoStatus.CANCELLED)], Light.UNKNOWN),
        ([todo(ALL[5], status=TodoStatus.DONE, is_proof=False)], Light.UNKNOWN),
        ([todo(ALL[5], status=TodoStatus.DONE), todo(ALL[5], 2, due_on=TODAY - timedelta(days=1))], Light.RED),
        ([todo(ALL[5], status=TodoStatus.DONE), todo(ALL[5], 2, status=TodoStatus.CANCELLED)], Light.GREEN),
        ([todo(ALL[5], status=TodoStatus.DONE, completed_on=None, completed_at=datetime(2026, 5, 1, 9, tzinfo=UTC))], Light.GREEN),
    ],
)
def test_a_milestone_is_reached_only_with_proof(rows, light) -> None:
    """Open, late, cancelled, an appointment, nobody's: never taken for done."""
    assert ALL[5] is Milestone.COVER_APPROVED
    assert next(status for status in judged(rows) if status.name == ALL[5]).light is light


@pytest.mark.parametrize(
    ("form", "days", "reasons"),
    [
        ("EA", 365, []),
        ("EA", 366, ["pre-orders begin 366 days before publication, and shops take them for 365"]),
        ("BC", 366, []),
        ("EA", 0, []),
    ],
)
def test_shops_take_no_pre_orders_a_day_too_early(form: str, days: int, reasons: list[str]) -> None:
    """By kind of format, as the house says; nobody tells when they begin: then nothing is said."""
    launch = Launch(work_id=9, stage="x", is_on_hold=False, preorder_from=date(2026, 12, 1) - timedelta(days=days) if days else None)
    each = readiness(work([], product(form)), evidence(on_hold={9: launch}), RULES, MONITOR, CALENDAR, TODAY).formats[0]
    assert [status.reason for status in each.statuses if status.name == "preorder" and status.light is Light.RED] == reasons


def test_a_title_put_off_is_red_until_it_is_scheduled_anew() -> None:
    """By the later of both to-dos; a delay that is only planned is none."""
    put_off = todo(Milestone.TITLE_DELAYED, status=TodoStatus.DONE)
    anew = todo(Milestone.PUBLICATION_SCHEDULED, 2, status=TodoStatus.DONE, completed_on=TODAY)
    assert is_delayed(begun([put_off], TODAY)[9])
    assert not is_delayed(begun([put_off, anew], TODAY)[9])
    assert not is_delayed(begun([todo(Milestone.TITLE_DELAYED)], TODAY).get(9, {}))
    stage = todo(Milestone.PROOF_APPROVED, 3, due_on=TODAY)
    assert [status.light for status in judged([put_off, stage]) if status.name == "publication_day"] == [Light.RED]


def test_what_changes_shortly_before_publication_waits_for_an_approval() -> None:
    """A title may change 17 weeks before, and not 16; a date that moved away is seen although its time is no more; approved it is the new one."""
    on, weeks = date(2026, 12, 1), timedelta(weeks=1)
    kept: list[dict] = []

    def said(day: date, rows: list[Todo], day_of: date = on, **more) -> str:
        known = evidence(frozen=frozen_of(kept))
        title = readiness(work(rows, product("BC", day_of).model_copy(update=more)), known, RULES, MONITOR, CALENDAR, day)
        kept[:], each = [json.loads(json.dumps(title_of(title, [])))], title.formats[0]
        return next((status.reason for status in each.statuses if status.name == "freeze"), "")

    assert said(on - 17 * weeks, []) == said(on - 17 * weeks, [], title="Sea Rooms") == said(on - 15 * weeks, [], title="Sea Rooms") == ""
    assert said(on - 14 * weeks, [], title="Sea") == f"changed without approval: title was Sea Rooms until {on - 14 * weeks}"
    approval = todo(None, status=TodoStatus.DONE, tags=("change approved",), completed_on=on - 14 * weeks)
    assert said(on - 13 * weeks, [approval], title="Sea") == ""
    assert said(on - 12 * weeks, [approval], title="Sea Rooms").startswith("changed without approval: title was Sea until")
    assert said(on - 11 * weeks, [approval], title="Sea") == said(on - 5 * weeks, [], title="Sea") == ""
    assert said(on - 4 * weeks, [], on + 20 * weeks, title="Sea") == f"changed without approval: date was {on} until {on - 4 * weeks}"
    assert said(on - 3 * weeks, [], title="Sea") == ""


@pytest.mark.parametrize(
    ("kind", "form", "edition", "way"),
    [
        ("ElectronicBookProduct", None, "ebook", "ebook"),
        ("PhysicalAudioProduct", "", "audio", "audio"),
        ("PhysicalBookProduct", "DG", "ebook", "ebook"),
        ("PhysicalBookProduct", "PC", None, "print"),
        ("Product", None, None, "print"),
    ],
)
def test_a_format_without_a_form_is_what_its_type_says(kind: str, form: str | None, edition: str | None, way: str) -> None:
    """For its files and for its way alike; what is none of the three has no files of its own, and goes as print does."""
    each = product().model_copy(update={"kind": kind, "form_code": form})
    assert (edition_of(each), kind_of(each)) == (edition, way)


def test_an_epub_that_needs_28_days_is_amber_and_three_days_later_red() -> None:
    """On sale on 2 March 2027, ten working days for an e-book, looked at on 5 January."""
    ebook, stage = product("EA", date(2027, 3, 2)), todo(Milestone.PRODUCTION_COMPLETE)
    spares = [
        way_of(ebook, work([stage], ebook), MONITOR, day, CALENDAR, {Milestone.PRODUCTION_COMPLETE: 28}).spare
        for day in (date(2027, 1, 5), date(2027, 1, 8))
    ]
    assert spares == [2, -1]


def test_ten_working_days_over_christmas_are_counted_without_its_holidays() -> None:
    """On sale on 4 January 2027: files that are ready on 16 December are just in time, for four days are no working days."""
    ebook, stage = product("EA", date(2027, 1, 4)), todo(Milestone.PRODUCTION_COMPLETE)
    way = way_of(ebook, work([stage], ebook), MONITOR, date(2026, 12, 9), CALENDAR, {Milestone.PRODUCTION_COMPLETE: 5})
    assert (way.ends_on, way.spare) == (date(2026, 12, 16), 0)


def test_an_audiobook_that_is_late_does_not_hold_up_the_print() -> None:
    """What only the recording waits for is said of it alone."""
    printed, audio = product("BC", date(2026, 9, 1), 1), product("AJ", date(2026, 9, 1), 2)
    ends = {"Print": date(2026, 5, 11), "Audio": date(2026, 8, 31)}
    todos = [todo(Milestone.PRODUCTION_COMPLETE, n, tags=(tag,), due_on=day) for n, (tag, day) in enumerate(ends.items(), 1)]
    formats = readiness(work(todos, printed, audio), evidence(), RULES, MONITOR, CALENDAR, TODAY).formats
    days = [status.light for each in formats for status in each.statuses if status.name == "publication_day"]
    assert days == [Light.GREEN, Light.RED]


def test_the_houses_own_pace_counts_where_enough_titles_passed() -> None:
    """Seven titles are too few; of eight the median; a title whose stages were done in the wrong order says nothing."""

    def passed(number: int, days: int) -> Iterator[Todo]:
        ends = date(2026, 3, 2) + timedelta(days=days)
        for n, (stage, day) in enumerate(((Milestone.COPYEDIT_COMPLETE, date(2026, 3, 2)), (Milestone.DESIGN_SIGN_OFF, ends))):
            yield Todo(id=number * 10 + n, work_id=number, description="x", milestone=stage, status=TodoStatus.DONE, completed_on=day)

    rows = [row for number in range(7) for row in passed(number, 7)]
    assert pace(rows, MONITOR, CALENDAR) == MONITOR.stage_days
    assert pace([*rows, *passed(7, -3)], MONITOR, CALENDAR) == MONITOR.stage_days
    assert pace([*rows, *passed(8, 70)], MONITOR, CALENDAR)[Milestone.DESIGN_SIGN_OFF] == 5


def test_history_says_when_and_why_and_no_more_than_is_kept() -> None:
    """Another day's count of the same fault is no news."""
    late = [todo(Milestone.COVER_APPROVED, due_on=TODAY - timedelta(days=1))]
    kept, at = {"history": []}, datetime(2026, 5, 5, 9, tzinfo=UTC)
    for days, on_hold in ((0, False), (1, False), (2, True), (3, False), (4, True)):
        holds = {9: Launch(work_id=9, stage="x", is_on_hold=on_hold)}
        title = readiness(work(late), evidence(on_hold=holds), RULES, MONITOR, CALENDAR, TODAY + timedelta(days=days))
        kept = {"history": history_of(title, kept, at + timedelta(days=days), 3)}
    assert [(entry["at"][:10], entry["name"]) for entry in kept["history"]] == [
        ("2026-05-07", "launch"), ("2026-05-08", "cover_approved"), ("2026-05-09", "launch"),
    ]  # fmt: skip


ANSWERS = {"is_on_hold", "TITLE_DELAYED", "stage_days", "ready_days"}
"""Names by which a module would answer for itself whether a title is ready."""
READERS = {
    "use_cases/bytenite/campaign_readiness.py": "BN-5",
    "use_cases/bytenite/campaign_videos.py": "BN-5",
    "use_cases/bytenite/due.py": "BN-2",
    "use_cases/bytenite/media_case.py": "BN-1 and BN-8",
    "use_cases/exstream/launch_schedule.py": "EX-5",
    "use_cases/exstream/stage_letters.py": "EX-4 and EX-8",
    "use_cases/fourallportal/asset_holds.py": "FP-5",
    "use_cases/fourallportal/launch_readiness.py": "FP-7",
    "use_cases/fourallportal/launch_said.py": "FP-7",
    "use_cases/fourallportal/launch_titles.py": "FP-7",
    "use_cases/fourallportal/product_packages.py": "FP-3",
    "use_cases/push/late_rights.py": "PN-8",
    "use_cases/push/pipeline_monitor.py": "PN-8",
    "use_cases/push/stakeholder_events.py": "PN-7",
    "use_cases/xconnector/launch_milestones.py": "XC-7",
    "use_cases/xconnector/order_approvals.py": "XC-5",
}
"""Use cases that ask the engine. Whoever else is about to know better than it stands here, or asks it."""
APART = {
    "use_cases/exstream/milestone_letters.py": "writes when the title is delayed, whatever comes of it",
    "use_cases/push/stakeholder_events.py": "tells the stage itself",
    "use_cases/xconnector/workflow_status.py": "tells the stage itself",
}


def test_use_cases_ask_the_engine_and_none_answers_for_itself() -> None:
    """By what modules import, and by the facts that only an answer needs."""
    root = Path(colophon.__file__).parent
    asking, answering = set(), set()
    for file in (root / "use_cases").rglob("*.py"):
        tree, name = ast.parse(file.read_text(encoding="utf-8")), file.relative_to(root).as_posix()
        names = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        asking |= {
            name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("colophon.launch")
        }
        answering |= {name} if names & ANSWERS else set()
    assert asking == set(READERS)
    assert answering <= set(APART)


def test_the_desk_asks_the_engine_alone() -> None:
    """No page of the desk looks at to-dos or holds itself."""
    desk = Path(colophon_airflow.__file__).parent / "desk"
    for file in desk.rglob("*.py"):
        names = {node.attr for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(node, ast.Attribute)}
        assert not names & {*ANSWERS, "milestone", "DONE"}, file
