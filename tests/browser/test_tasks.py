"""Five tasks of somebody who has never seen the desk: each in at most four clicks from *Today*."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from filled import ISBN, answered

from colophon.ledger import Ledger
from colophon.stopped import release, stops

MOST = 4
HELD = "party:held:45/BANK_REFERENCE"
CHANGE = {
    "contact": 45, "field": "BANK_REFERENCE", "value": "sealed:1:AAAA", "state": "held", "approved_by": ["vera"], "since": "2026-11-20",
    "events": [], "system": "erp",
}  # fmt: skip


class Clicks:
    """Counts what is clicked, and allows no more than MOST."""

    def __init__(self, page) -> None:
        self.page, self.count = page, 0

    def on(self, target) -> None:
        """One click."""
        self.count += 1
        assert self.count <= MOST
        target.click()


@pytest.fixture
def today(server, visit) -> Callable[[], Clicks]:
    """`today()` is *Today* with nothing clicked yet; logged in once, for that takes longest."""
    page = visit("olga")

    def opened() -> Clicks:
        page.goto(f"{server.desk}/")
        return Clicks(page)

    return opened


def test_five_tasks_in_four_clicks_each(today, ledger) -> None:
    """One after the other, each from the start."""
    answered(ledger, "refused", 99)  # what was refused before, another test may have sent again
    _what_went_wrong_last_night(today())
    _why_a_title_did_not_reach_kobo(today())
    _stop_a_title_everywhere(today(), ledger)
    ledger.memory.put(HELD, {"name": HELD, **CHANGE}, datetime.now(UTC))
    _who_approves_what(today())
    ledger.memory.put(HELD, {"name": HELD, **CHANGE, "state": "refused"}, datetime.now(UTC))
    _send_again_what_failed(today(), ledger)


def _find(clicks: Clicks) -> None:
    """The title, by the search on *Today*."""
    clicks.page.get_by_role("textbox", name="Find a title").fill(ISBN)
    clicks.on(clicks.page.get_by_role("button", name="Find"))
    clicks.page.get_by_role("heading", name="Did it go?").wait_for()


def _what_went_wrong_last_night(clicks: Clicks) -> None:
    """A number of what was rejected leads to the deliveries, and one of these to the other side's words."""
    page = clicks.page
    clicks.on(page.locator("tr", has_text="to-refused").locator("[data-of=Rejected] a"))
    clicks.on(page.locator("tbody a[href*='/deliveries/d-']").first)
    page.locator(".is-story").get_by_text("refused", exact=True).wait_for()
    assert page.locator(".is-story").get_by_text("c.refused").count() == 1


def _why_a_title_did_not_reach_kobo(clicks: Clicks) -> None:
    """Its page says for each recipient what keeps it back."""
    _find(clicks)
    answer = clicks.page.locator(".answers tr", has_text="Kobo").first
    assert answer.locator("td").nth(1).inner_text().strip()


def _stop_a_title_everywhere(clicks: Clicks, ledger: Ledger) -> None:
    """With its count, its name and a reason; nothing happens before that is given."""
    page = clicks.page
    _find(clicks)
    clicks.on(page.get_by_role("link", name="Stop it everywhere"))
    page.get_by_label("Why").fill("a court said so")
    clicks.on(page.get_by_label("Take"))
    clicks.on(page.get_by_role("button", name=f"Stop {ISBN} everywhere"))
    page.get_by_text("Stopped everywhere. The next runs close it").wait_for()
    assert [*stops(ledger)] == [ISBN]
    release(ledger, ISBN, by="olga", why="for the other tests")


def _who_approves_what(clicks: Clicks) -> None:
    """What waits for approval stands on Today, and leads to where one agrees."""
    page = clicks.page
    clicks.on(page.locator(".needs li", has_text="approval").get_by_role("link"))
    page.locator("tr", has_text="bank reference").get_by_text("vera").wait_for()


def _send_again_what_failed(clicks: Clicks, ledger: Ledger) -> None:
    """From Today to the delivery, with a reason."""
    page = clicks.page
    clicks.on(page.locator(".needs li", has_text="failed delivery").get_by_role("link"))
    clicks.on(page.locator("tbody a[href*='/deliveries/d-']").first)
    page.get_by_label("Why, or how you know").fill("mended")
    clicks.on(page.get_by_role("button", name="Send again"))
    page.get_by_text("It waits now").wait_for()
    assert ledger.people.audit_page(limit=1)[0].action == "send again"
