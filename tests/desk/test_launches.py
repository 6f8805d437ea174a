"""*Launches*: titles by their week, what is in the way and whose it is, as a list, by weeks, on paper and as a file."""

import csv
import re
from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest

from colophon.config.load import load_config
from colophon.domain.product import Product
from colophon.domain.todo import Milestone, Todo, TodoStatus
from colophon.launch.evidence import Evidence
from colophon.launch.path import works_of
from colophon.launch.title import readiness
from colophon.launch.view import LINE, TITLE, history_of, line_of, name_of, title_of

AT = datetime(2026, 11, 20, 9, tzinfo=UTC)
CONFIG = load_config()


@pytest.fixture
def viewer(desk, ledger):
    """Three titles: one that is late, one of an imprint of its own, one that is on its way; beside the one that is always there."""
    for number, (imprint, on, due) in enumerate((("Larkspur", 40, -20), ("Quayside", 200, 20), ("Larkspur", 210, 90)), 1):
        book = {
            "id": number,
            "kind": "PhysicalBookProduct",
            "work_id": number,
            "title": f"Title {number}",
            "isbn13": f"978199900000{number}",
        }
        product = Product(**book, imprint=imprint, form_code="BC", publishing_status="02", publication_on=AT.date() + timedelta(days=on))
        rows = [
            Todo(id=n, work_id=number, description="x", status=TodoStatus.OPEN, milestone=stage, due_on=AT.date() + timedelta(days=due))
            for n, stage in enumerate((Milestone.COVER_APPROVED, Milestone.PROOF_APPROVED))
        ]
        [work] = works_of([product], rows).values()
        evidence = Evidence(takes=CONFIG.pipeline_monitor.stage_days, todos="Consonance", faults={}, may_sell=lambda *_: True, assets={})
        title = readiness(work, evidence, CONFIG.readiness, CONFIG.pipeline_monitor, CONFIG.calendars.of(None), AT.date())
        history = history_of(title, None, AT, 9)
        ledger.memory.put_each({name_of(LINE, number): line_of(title, history), name_of(TITLE, number): title_of(title, history)}, AT)
    return desk.client("viewer")


def words(text: str) -> str:
    """What a page says."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", re.sub(r"</?(b|time)>", "", text)))


def titles(text: str) -> list[str]:
    """Titles of a page, in their order."""
    return re.findall(r'/launches/\d+">(Title \d)</a>', text)


def test_titles_stand_by_their_week_and_are_filtered(viewer) -> None:
    """By imprint, by what they wait for, by light; nothing found is said."""
    assert titles(viewer.get("/launches").text) == ["Title 1", "Title 2", "Title 3"]
    assert titles(viewer.get("/launches?imprint=Quayside").text) == ["Title 2"]
    assert titles(viewer.get("/launches?blocker=cover_approved&light=red").text) == ["Title 1", "Title 3"]
    assert "No title is like that" in viewer.get("/launches?imprint=Quayside&light=green").text
    assert viewer.get("/launches?light=pink").status_code == 422
    week = f"{AT.date() + timedelta(days=40):%G-W%V}"
    assert titles(viewer.get(f"/launches?week={week}").text) == ["Title 1"]
    assert week in viewer.get("/launches?view=weeks").text


def test_each_title_says_what_is_first_in_the_way_whose_it_is_and_how_old_that_is(viewer) -> None:
    """In words, beside the light; a source that was not read is named."""
    text = words(viewer.get("/launches?imprint=Larkspur&light=red").text)
    assert "cover approved: expected on 2027-02-18, needed by 2026-12-23 designer" in text
    assert "4ALLPORTAL not read" in text
    page = words(viewer.get("/launches/1").text)
    assert "cover approved: due on 2026-10-31, 15 days late designer; by Consonance" in page
    assert "When it changed, and why red 2026-11-20 09:00" in page
    assert "way to publication: proof approved" in page


def test_what_is_not_to_come_is_said(viewer) -> None:
    """No such title; and an empty list that says what fills it."""
    assert viewer.get("/launches/4711").status_code == 404


def test_a_house_without_readiness_is_told_what_fills_the_page(desk, ledger) -> None:
    """And not that all is well."""
    ledger.memory.put_each({}, AT + timedelta(days=1), instead_of=ledger.memory.named("launch:").keys())
    assert "No launch is known" in desk.client("viewer").get("/launches").text


def test_the_page_for_the_meeting_has_what_is_not_green(viewer) -> None:
    """A line for each under its week, with its first blocker and how late it is; the weeks are chosen."""
    text = viewer.get("/launches/meeting?weeks=52").text
    assert re.findall(r"<th scope=\"row\">(Title \d)", text) == ["Title 1", "Title 2", "Title 3"]
    assert f"{AT.date() + timedelta(days=40):%G-W%V}" in re.findall(r'scope="rowgroup"[^>]*>([^<]+)', text)
    assert re.search(r"\d+ days? late", words(text))
    assert viewer.get("/launches/meeting?weeks=0").status_code == 422


def test_the_file_has_a_row_for_each_format(viewer) -> None:
    """As filtered on the page."""
    rows = list(csv.DictReader(StringIO(viewer.get("/api/launches?format=csv&imprint=Quayside").text.removeprefix("\ufeff"))))
    assert [(row["title"], row["isbn"], row["on_sale"], row["owner"]) for row in rows] == [
        ("Title 2", "9781999000002", str(date(2026, 11, 20) + timedelta(days=200)), "marketing"),
    ]  # fmt: skip
