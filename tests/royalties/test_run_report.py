"""The report of a run: control totals on top, charts that add up, policies in force; one page that needs nothing else."""

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import statement_examples as examples

from colophon.royalties import breaches, controls
from colophon.royalties.payout import Payout
from colophon.royalties.policy import Policy, Returns
from colophon.royalties.report.charts import WIDTH, bars, first, steps
from colophon.royalties.report.figures import Listing, Run, SalesLookup, figures_of
from colophon.royalties.report.web import html_of

AS_OF = datetime(2026, 8, 14, 9, 30, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script> \u202e 村上 " + "long " * 40


@pytest.fixture(scope="module")
def run():
    """The three examples as one run."""
    accounts, paid, carried = [], [], []
    for example in (examples.long, examples.negative, examples.joint):
        _, settled, payout = example()
        accounts += settled
        paid += payout.paid
        carried += payout.carried
    shelves = {100 + 10 * n + k: SalesLookup(title=f"Novel {n}", imprint="Quayside") for n in range(4) for k in range(4)}
    shelves |= {200: SalesLookup(title=HOSTILE, imprint="Vale"), 201: SalesLookup(title=HOSTILE, imprint="Vale")}
    shelves |= {300: SalesLookup(title="Northern Light", imprint="Larkspur"), 301: SalesLookup(title="Northern Light", imprint="Larkspur")}
    figures = figures_of(accounts, Payout(paid=tuple(paid), carried=tuple(carried)), shelves)
    breaches = tuple(breach for account in accounts for breach in controls.of_statement(account))
    counts = {"sales read": 12_345, "lines in suspense": 0}
    return Run(period=examples.PERIOD, as_of=AS_OF, figures=figures, breaches=breaches, counts=counts, policies=(examples.POLICY,))


def test_golden_report(run, golden):
    """The page is what it was."""
    listing = Listing(title="Differences from Consonance", columns=("product", "why"), rows=(("100", "rounding <per line>"),))
    golden("report.html", html_of(replace(run, listings=(listing,), instead={8: "not compared"})))


def test_figures_foot(run):
    """What was earned leads to what is due, and that to what is paid, to the penny."""
    (one,) = run.figures
    earned = one.earnings + one.rights_income + one.top_up
    assert earned - one.withheld + one.released + one.brought_forward - one.recouped - one.debits == one.due
    assert one.due - one.carried - one.commission - one.tax == one.net
    assert one.reserve_opening + one.withheld - one.released == one.reserve_closing
    assert sum(minor for _, minor in one.by_imprint) == sum(minor for _, minor in one.by_title) == one.earnings
    assert dict(one.by_imprint)["no imprint"] == 209_930, "a product that nobody described is not dropped"


def test_the_page_needs_nothing_and_escapes_all(run):
    """No script, no picture, no address; a hostile title is text."""
    text = html_of(run)
    assert not re.search(r"<script|<img|<link|https?://|url\(|@import|\u202e", text)
    assert "&lt;script&gt;" in text
    assert text.index("Control totals") < text.index("<svg")


def test_a_broken_total_is_on_top_with_rows_and_difference(run):
    """Which identity, by how much, over which rows; what was not compared does not claim to hold."""
    broken = breaches.Breach(
        identity=3, subject="contract-1", what="rows are not the account's earnings", by=7, rows=("contract:1/product:100",)
    )
    text = html_of(replace(run, breaches=(broken,), instead={8: "not compared"}))
    assert "Nothing may be issued" in text
    assert "contract-1: rows are not the account&#39;s earnings, by 7 (contract:1/product:100)" in text
    assert text.count(">holds<") == 8
    assert text.count(">not compared<") == 1


def test_policies_in_force_are_printed(run):
    """Every choice, its version and fingerprint, and what it warns of."""
    policy = Policy(version="2026-9", returns=Returns.CURRENT_RATE, territory_groups=(("GB", "Home"),))
    text = html_of(replace(run, policies=(policy,)))
    assert policy.fingerprint in text
    assert "current rate" in text
    assert "GB in Home" in text
    assert "more than was paid" in text


def test_bars_share_a_zero_line():
    """A negative bar ends where the positive ones begin; nothing is wider than the plot."""
    drawn = bars([("a", 300), ("b", -100), ("c", 0)], "GBP")
    assert [(bar.x, bar.width) for bar in drawn] == [(105, 315), (0, 105), (105, 1)]
    assert [bar.kind for bar in drawn] == ["plus", "minus", "plus"]


def test_steps_begin_where_the_last_one_ended():
    """They lead to the total, whatever the signs; an empty run draws."""
    drawn = steps([("in", 400), ("nothing", 0), ("out", -100)], "left", "GBP")
    assert [(bar.label, bar.x, bar.x + bar.width) for bar in drawn] == [("in", 0, WIDTH), ("out", 315, WIDTH), ("left", 0, 315)]
    assert [bar.text for bar in steps([("in", 0)], "left", "JPY")] == ["0", "0"]
    assert min(bar.x for bar in steps([("in", -5), ("out", 3)], "left", "GBP")) == 0


def test_what_is_not_shown_is_summed():
    """Top titles and the rest are the whole."""
    assert first([("a", 5), ("b", 3), ("c", -1)], 1, "{} more") == (("a", 5), ("2 more", 2))
    assert first([("a", 5)], 1, "{} more") == (("a", 5),)
