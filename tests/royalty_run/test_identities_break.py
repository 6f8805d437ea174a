"""Each identity of section 12, broken on purpose on the way of a run: it stops, named, with by how much and the rows."""

from dataclasses import replace
from datetime import date
from functools import partial

import pytest
from tests.royalty_run.runs import PERIOD, SETTINGS, computed, grouped, inputs, sale, terms
from tests.royalty_run.test_run_page import page

from colophon.errors import UnbalancedError
from colophon.royalties import account, fast_rows
from colophon.royalties.breaches import require
from colophon.royalties.policy import Policy
from colophon.royalties.standing import Standing
from colophon.royalty_run import compute, gather, settling
from colophon.royalty_run.kept import Closing, Past
from colophon.royalty_run.report import report

ROW = "contract:1/product:1/PAPERBACK/Home/SALES"
OPENING = Closing(account_id="contract:1", period="2025H2", statement=1, payees=((1, Standing(balance=-500)),))


@pytest.fixture
def run(monkeypatch):
    """A run over 100 copies, with something wrong in it."""

    def go(*, rows=None, statement=None, results=None, lines=None, opening=None, payout=None):
        def wrong_rows(*given, **more):
            made = fast_rows.rows_of_files(*given, **more)
            return rows(made) if rows and made.rows else made

        def wrong_statement(*given, **more):
            made = account.settle_account(*given, **more)
            return statement(made) if statement else made

        monkeypatch.setattr(compute, "rows_of_files", wrong_rows)
        monkeypatch.setattr(settling, "settle_account", wrong_statement)
        if payout:
            really = gather.pay
            monkeypatch.setattr(gather, "pay", lambda *given, **more: payout(really(*given, **more)))
        past = Past(opening=OPENING) if opening else Past()
        found = grouped(inputs([sale(1)], [terms()]), past_of=lambda _: past)
        found.lines[:] = lines(found.lines) if lines else found.lines
        made, digests = computed(found)
        made = results(made) if results else made
        known = {"contract:1": opening} if opening else {}
        policy_of = partial(SETTINGS.policy, "standard")
        return found, gather.gather(made, digests, found.facts, SETTINGS, policy_of, pay_day=date(2026, 9, 1), openings=known)

    return go


def with_count(rows, **more):
    """The rows with another count."""
    return replace(rows, counts=tuple(replace(one, **more) for one in rows.counts))


def penny_off(payout):
    """A payment that is a penny more than what was due."""
    return replace(payout, paid=tuple(replace(one, due=one.due + 1) for one in payout.paid))


FAULTS = [
    (1, {"lines": lambda lines: lines[:-1]}, "lines in GBP", "1", "", ()),
    (1, {"rows": lambda made: replace(made, rows=tuple(replace(row, value_sum=row.value_sum - 7) for row in made.rows))}, "GBP", "0.07", "GBP", (ROW,)),
    (1, {"results": lambda made: [replace(one, receipts=1) for one in made]}, "receipts", "-1", "", ()),
    (2, {"rows": lambda made: with_count(made, tiers=(99,))}, "1:format PAPERBACK", "-1", "", (ROW,)),
    (3, {"statement": lambda made: replace(made, earnings=made.earnings + 1)}, "contract:1", "-0.01", "GBP", (ROW,)),
    (3, {"payout": penny_off}, "payee:1", "0.01", "GBP", ("contract:1",)),
    (4, {"statement": lambda made: replace(made, payees={1: replace(made.payees[1], advance_closing=1)})}, "contract:1", "-0.01", "GBP", (ROW,)),
    (5, {"opening": replace(OPENING, payees=((1, Standing(balance=-600)),))}, "contract:1", "1.00", "GBP", ("payee:1",)),
    (6, {"statement": lambda made: replace(made, rights_income=made.rights_income + 1)}, "contract:1", "0.01", "GBP", (ROW,)),
    (7, {"rows": lambda made: with_count(made, standing=(102, -2))}, "1:format PAPERBACK", "2", "", (ROW,)),
    (9, {"results": lambda made: [*made, *made]}, "contract:1", "1", "", ()),
]  # fmt: skip


@pytest.mark.parametrize(("identity", "fault", "subject", "by", "currency", "rows"), FAULTS)
def test_a_broken_identity_stops_the_run_and_says_by_how_much(run, identity, fault, subject, by, currency, rows):
    """The error names identity and rows and tells no amount; the report tells by how much."""
    found, whole = run(**fault)
    told = report(whole, found.facts, PERIOD, {"GBP": Policy(version="1")})
    assert told["identities"][str(identity)] is False
    own = [one for one in told["broken"] if (one["identity"], one["subject"]) == (identity, subject)]
    assert {(one["by"], one["currency"], tuple(one["rows"])) for one in own} == {(by, currency, rows)}
    with pytest.raises(UnbalancedError) as stopped:
        require(whole.broken)
    assert "Control total" in str(stopped.value)
    assert "10,000" not in str(stopped.value)
    shown = page(whole, found.facts)
    assert "Nothing may be issued" in shown
    money = "GBP\N{NO-BREAK SPACE}" if currency else ""
    sign = "\N{MINUS SIGN}" if by.startswith("-") else ""
    assert f"by {money}{sign}{by.lstrip('-')}" in shown


def test_nothing_wrong_breaks_nothing(run):
    """The same run without a fault holds, so that each fault above is what broke it."""
    _, whole = run()
    assert whole.broken == ()
    require(whole.broken)
