"""The desk as people meet it: in Airflow's navigation, in both themes, on wide and narrow screens, with and without a mouse."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from filled import BATCH, ISBN, RUN, UC, WORK, fill_tray

from colophon.ledger import Ledger
from colophon.ledger.browse import Wanted
from colophon.ledger.exception_queue import Chosen
from colophon.rehearsed import key_of

KNOWN, PAYEE = "9781999000011", "500001"
"""A product and a payee of Consonance."""
PAGES = (
    "",
    "launches",
    "launches?view=weeks",
    "launches/meeting?weeks=52",
    f"launches/{WORK}",
    "titles",
    f"titles/{ISBN}",
    f"titles/{ISBN}/story",
    "deliveries",
    "exceptions",
    "notices",
    "letters",
    "flows",
    "parties",
    "videos",
    "drift",
    "plans",
    "recipients",
    f"plans/{key_of(RUN)}",
    "rights",
    "statements",
    "tray?state=",
    "quality",
    "audit",
    "titles?q=zzz",
    f"titles/{KNOWN}/rights?country=fr&channel=ebook",
    f"titles/{KNOWN}/readiness",
    f"statements/batch?name={BATCH}",
)


def newest(ledger: Ledger, **wanted) -> str:
    """Id of the newest delivery that is like that."""
    return ledger.desk.deliveries_page(Wanted(**wanted), limit=1)[0].id


@pytest.mark.parametrize(
    ("width", "theme"),
    [(1280, "light"), (390, "dark"), *(pytest.param(*other, marks=pytest.mark.nightly) for other in ((1280, "dark"), (390, "light")))],
)
def test_every_page_can_be_read_by_everybody(server, visit, ledger, width, theme) -> None:
    """No serious fault for axe, nothing wider than the screen, no table than two of them, in the theme that Airflow has."""
    page = visit("olga", width, theme, bypass_csp=True)  # axe brings a style of its own
    one = newest(ledger, states=("unknown",))
    exception = ledger.people.exceptions_page(Chosen(state=""))[0].id
    for path in (*PAGES, f"deliveries/{one}", f"deliveries/compare?a={one}&b={one}", f"exceptions/{exception}", f"titles/{ISBN}/stop"):
        page.goto(f"{server.desk}/{path}")
        assert_readable(page, theme, path)


def assert_readable(page, theme: str, path: str) -> None:
    """In its theme, no wider than the screen, and without a serious fault."""
    assert page.evaluate("document.documentElement.dataset.theme") == theme
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), path
    assert page.evaluate("[...document.querySelectorAll('.scroll')].every(table => table.scrollWidth < 2500)"), path
    faults = [
        (fault["id"], fault["nodes"][0]["html"][:200])
        for fault in Axe().run(page).response["violations"]
        if fault["impact"] in {"serious", "critical"}
    ]
    assert faults == [], path


def test_the_desk_is_in_airflows_navigation(server, visit) -> None:
    """One click in the menu; inside, it takes Airflow's theme and leaves its own name out."""
    page = visit("vera", theme="dark")
    page.goto(server.address)
    page.get_by_role("link", name="Colophon").or_(page.get_by_role("button", name="Colophon")).first.click()
    desk = page.frame_locator("iframe")
    desk.get_by_role("heading", name="Today").wait_for()
    assert desk.locator("html").get_attribute("data-theme") == "dark"
    assert not desk.locator(".brand").is_visible()
    desk.get_by_role("link", name="Deliveries", exact=True).click()
    desk.get_by_role("heading", name="Deliveries").wait_for()


def test_it_works_without_a_mouse(server, visit) -> None:
    """The first stop skips the menu; a filter is set and sent, and a row opened, by keys alone."""
    page = visit("vera")
    page.goto(f"{server.desk}/deliveries")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.locator("#f-isbn").focus()
    page.keyboard.type(ISBN)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: f"isbn={ISBN}" in url)
    row = page.locator("tbody a[href*='/deliveries/d-']").first
    row.focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="What happened").wait_for()


def test_a_launch_is_found_by_what_holds_it_and_opened(server, visit) -> None:
    """By its blocker, then by its week; the page says whose it is and since when; the way back keeps nothing else."""
    page = visit("vera")
    page.goto(f"{server.desk}/launches")
    page.get_by_label("Waits for").select_option("cover")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url(lambda url: "blocker=cover" in url)
    page.get_by_role("link", name="Weeks", exact=True).click()
    page.get_by_role("link", name="2026-W52").click()
    page.locator(f"a[href$='/launches/{WORK}']").click()
    page.get_by_role("heading", name="When it changed, and why").wait_for()
    assert page.get_by_text("production").first.is_visible()


def test_exceptions_are_assigned_and_closed(server, visit, ledger) -> None:
    """Choosing none, or giving no reason, is said at once; then both are in the ledger with who and why."""
    page = visit()
    page.goto(f"{server.desk}/exceptions")
    page.get_by_role("button", name="Assign").click()
    assert page.evaluate("document.querySelector('input[name=ids]').validationMessage") == "Choose at least one."
    page.locator("input[name=ids]").first.check()
    page.get_by_role("button", name="Close").click()
    assert page.evaluate("document.querySelector('#a-why').validationMessage") == "Say why."
    page.get_by_label("Assign to", exact=True).fill("Bea")
    page.get_by_role("button", name="Assign").click()
    page.get_by_text("Assigned.", exact=True).wait_for()
    assert [row.assignee for row in ledger.people.exceptions_page(Chosen())].count("Bea") == 1
    page.get_by_role("link", name="Clear").click()
    chosen = page.locator("input[name=ids]").first
    closed = chosen.get_attribute("value")
    chosen.check()
    page.get_by_label("Why", exact=True).fill("agreed with sales")
    page.get_by_role("button", name="Close").click()
    page.get_by_text("Closed. It opens again").wait_for()
    assert ledger.people.exception(closed).closed_by == "olga"
    assert [(line.by, line.action, line.why) for line in ledger.people.audit_page(target=closed, limit=1)] == [
        ("olga", "close", "agreed with sales")
    ]


def test_deliveries_are_settled_and_sent_again(server, visit, ledger) -> None:
    """From the delivery's own page, with a reason; both wait for the next run."""
    page = visit()
    unknown, failed = newest(ledger, states=("unknown",)), newest(ledger, states=("failed",))
    page.goto(f"{server.desk}/deliveries/{unknown}")
    page.get_by_label("it did not: send it again").check()
    page.get_by_label("Why, or how you know").fill("asked them")
    page.get_by_role("button", name="Keep").click()
    page.get_by_text("Kept in the ledger.").wait_for()
    page.goto(f"{server.desk}/deliveries/{failed}")
    page.get_by_label("Why, or how you know").fill("mended")
    page.get_by_role("button", name="Send again").click()
    page.get_by_text("It waits now").wait_for()
    assert {ledger.desk.story(each).row.state for each in (unknown, failed)} == {"planned"}
    assert [(line.action, line.why) for line in ledger.people.audit_page(limit=2)] == [
        ("send again", "mended"),
        ("settle", "planned. asked them"),
    ]


def test_the_tray_is_emptied(server, visit, ledger) -> None:
    """Sheets are made, downloaded and marked loaded."""
    page = visit()
    page.goto(f"{server.desk}/tray")
    page.get_by_role("button", name="Make sheets").click()
    page.get_by_text("The sheets are ready").wait_for()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename.startswith("writeback_createWorkNote_")
    page.get_by_role("button", name="Mark loaded").click()
    page.get_by_text("Marked as loaded.").wait_for()
    assert [(row.state, row.loaded_by) for row in ledger.tray.rows() if row.external_reference == "ref-1"] == [("loaded", "olga")]


def test_a_single_write_back_waits_again_or_is_dropped(server, visit, ledger) -> None:
    """With a reason each: one that went out on a sheet and is not in Consonance, and one that somebody entered by hand."""
    fill_tray(ledger, "ref-2", "ref-3")
    page = visit()
    page.goto(f"{server.desk}/tray")
    page.get_by_role("button", name="Make sheets").click()
    page.get_by_text("The sheets are ready").wait_for()
    for reference, button, told in (("ref-2", "Let it wait again", "It waits again."), ("ref-3", "Cancel it", "Cancelled.")):
        page.goto(f"{server.desk}/tray?state=exported")
        row = page.locator("tr", has_text=reference)
        row.locator("summary").click()
        row.get_by_label("Why").fill("looked it up")
        row.get_by_role("button", name=button).click()
        page.get_by_text(told).first.wait_for()
    found = {row.external_reference: row for row in ledger.tray.rows()}
    assert (found["ref-2"].state, found["ref-3"].state) == ("pending", "cancelled")
    assert {(line.action, line.why) for line in ledger.people.audit_page(limit=2)} == {
        ("wait again", "looked it up"),
        ("cancel", "looked it up"),
    }
    # As it was, for the other tests.
    ledger.tray.cancel(found["ref-2"].id, by="olga")
    if found["ref-1"].state == "exported":
        ledger.tray.back(found["ref-1"].id, by="olga")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_who_approves_looks_at_a_payees_statement(server, visit, ledger, width, theme) -> None:
    """From the page of statements, by number and period; readable by everybody, and kept in the audit."""
    page = visit("ursula", width, theme, bypass_csp=True)  # axe brings a style of its own
    page.goto(f"{server.desk}/statements")
    page.get_by_label("Payee").fill(PAYEE)
    page.get_by_label("Period").fill("2026H1")
    page.get_by_role("button", name="Show the statement").click()
    page.frame_locator("iframe").first.get_by_text("Royal Payee").first.wait_for()
    assert_readable(page, theme, "statements/preview")
    assert [(line.by, line.action, line.target) for line in ledger.people.audit_page(limit=1)] == [
        ("ursula", "preview statement", f"contact:{PAYEE}")
    ]


def test_the_map_of_rights_is_read_by_keys_and_clicks(server, visit) -> None:
    """A tile leads to its country over time; another channel keeps the country."""
    page = visit("vera")
    page.goto(f"{server.desk}/titles/{KNOWN}/rights")
    page.locator("svg a").first.click()
    page.get_by_text("over time").first.wait_for()
    assert "country=" in page.url


def test_the_systems_are_asked(server, visit, ledger) -> None:
    """But for Consonance none of them answers here: five are shown as not well, with what to do."""
    page = visit()
    page.goto(f"{server.desk}/")
    page.get_by_role("button", name="Ask them now").click()
    page.get_by_text("All systems were asked just now.").wait_for()
    assert page.locator(".systems").get_by_text("not well").count() == 5
    assert [line.action for line in ledger.people.audit_page(limit=1)] == ["check systems"]


def test_a_viewer_only_looks(server, visit) -> None:
    """No button that acts, on any page; every page is there."""
    page = visit("vera")
    for path in PAGES:
        page.goto(f"{server.desk}/{path}")
        assert page.locator("form[method=post]").count() == 0, path


def test_two_revisions_are_compared(server, visit) -> None:
    """From the title's page, chosen from lists."""
    page = visit("vera")
    page.goto(f"{server.desk}/titles?q=eclair")
    page.locator("tbody a").first.click()
    page.get_by_role("button", name="Show differences").click()
    page.get_by_role("heading", name="Differences").wait_for()
    page.goto(f"{server.desk}/deliveries?use_case={UC}")
    assert page.locator("tbody tr").count() == 5
