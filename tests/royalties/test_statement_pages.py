"""The pages of a statement: what is on them, that nothing others wrote can break them, and how they look (golden files)."""

import json
import re
from datetime import UTC, datetime
from itertools import chain

import pytest
import statement_examples as examples
from pydantic import ValidationError

from colophon.errors import UnbalancedError
from colophon.royalties.report.figures import Run, figures_of
from colophon.royalties.report.web import html_of as report_of
from colophon.royalties.statement import wording
from colophon.royalties.statement.facts import Payee
from colophon.royalties.statement.identities import breaches_of, checked
from colophon.royalties.statement.page import page_of
from colophon.royalties.statement.paper import pdf_of
from colophon.royalties.statement.payload import Statement
from colophon.royalties.statement.web import html_of

COMPLIANCE = ("Statement under clause 14 of your agreement. Please raise queries within six months.",)


@pytest.fixture(scope="module")
def statements():
    """All statements of the three examples, by account and payee."""
    return dict(chain.from_iterable(example()[0].items() for example in (examples.long, examples.negative, examples.joint)))


@pytest.mark.parametrize(
    ("name", "key"),
    [("long", ("contract-1", 7)), ("negative", ("contract-2", 8)), ("joint", ("joint-3-4", 11)), ("carried", ("joint-3-4", 12))],
)
def test_golden_pages(statements, golden, name, key):
    """The web pages of a long, a negative, a joint and a carried statement are what they were."""
    golden(f"statement-{name}.html", html_of(page_of(statements[key], COMPLIANCE)))


def test_every_amount_is_on_the_page(statements):
    """What the engine found can be read: rows, sums, reserves, advances, what is due and what is paid."""
    for one in statements.values():
        text = html_of(page_of(one))
        rows = [row.earnings for edition in one.editions for row in edition.rows]
        paid = [one.remittance.net, *(-commission.amount for commission in one.remittance.commissions)] if one.remittance.tax else []
        for minor in (*rows, one.earnings, one.movement, -one.reserve.withheld, one.reserve.closing, one.balance.due, *paid):
            assert minor == 0 or wording.amount(minor, one.currency) in text


def test_ledgers_add_up_as_they_are_printed(statements):
    """With a pencil: the lines above each sum make the sum."""
    for one in statements.values():
        page = page_of(one)
        for ledger in (*page.way, *page.ledgers):
            *items, total = [int(line.amount.replace(",", "").replace(".", "").replace(wording.MINUS, "-")) for line in ledger.lines]
            assert sum(items) == total, ledger.desk.title


def test_each_figure_bears_the_word_of_its_column(statements):
    """On a telephone there is no head above a row: each cell says its own, and the words are those of the head."""
    for one in statements.values():
        text = html_of(page_of(one))
        for table in re.findall(r'<table class="sales.*?</table>', text, re.DOTALL):
            heads = re.findall(r'<th scope="col"[^>]*>([^<]*)<', table)
            for row in re.findall(r'<tr class="row">(.*?)</tr>', table, re.DOTALL):
                assert re.findall(r'data-head="([^"]*)"', row) == heads


def test_a_page_needs_nothing_from_anywhere(statements):
    """No script, no address of another machine, nothing that a browser would fetch."""
    for one in statements.values():
        text = html_of(page_of(one, COMPLIANCE))
        assert not re.search(r"<script|<img|<link|https?://|url\(|@import", text)


def test_what_others_wrote_is_never_markup(statements):
    """A title with HTML and Typst in it is printed as it is."""
    text = html_of(page_of(statements["contract-2", 8]))
    assert "&lt;b&gt;nor&lt;/b&gt;" in text
    assert "<b>nor" not in text
    assert "#strong[not bold]" in text


HOSTILE = [
    "نجيب محفوظ",
    "村上 春樹 · 한강 · ノルウェイの森",
    "Z" + "\u0338\u0335\u0301\u0323" * 40,
    "\u202eevil\u202c \x00\x07\n\r\t\u2028 name\ufeff",
    "W" * 5000,
    '#import "@preview/x" $ \\ ` ] ) } #panic() // /* <b> {{ 7*7 }} {% raw %}',
    "👩‍👩‍👧‍👦 ︎ ไทย हिन्दी",
    "",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_no_name_or_title_breaks_a_page(statements, text):
    """Any script, control characters, forty accents on a letter, a word of 5,000 letters, templates and markup, nothing at all."""
    one = statements["joint-3-4", 11]
    edition = one.editions[0].model_copy(update={"title": text, "form": text})
    payee = Payee(id=11, name=text, address=(text, text), tax_status=text)
    hostile = one.model_copy(update={"editions": (edition,), "payee": payee})
    page = page_of(hostile, [text])
    assert pdf_of(page, hostile.issued_on).startswith(b"%PDF-")
    assert "\u202e" not in html_of(page)
    assert "\x00" not in html_of(page)


def test_the_same_page_is_the_same_paper(statements):
    """Twice the same bytes; another amount, others; the faces are in the file."""
    one = statements["contract-2", 8]
    pdf = pdf_of(page_of(one), one.issued_on)
    assert pdf == pdf_of(page_of(one), one.issued_on)
    assert pdf != pdf_of(page_of(one, COMPLIANCE), one.issued_on)


def test_faces_for_many_scripts_come_with_us():
    """Latin, Greek, Cyrillic and Hebrew with Typst; Arabic, Chinese, Japanese and Korean in our folder; nothing of the machine is needed."""
    import typst

    from colophon.royalties.statement.paper import HERE

    families = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[HERE / "fonts"]).families()
    assert {"Libertinus Serif", "Amiri", "Droid Sans Fallback"} <= set(families)


def test_only_the_own_tax_number_is_on_a_page(statements):
    """The other payee of the same account does not see it."""
    assert examples.TAX_ID in html_of(page_of(statements["joint-3-4", 11]))
    assert examples.TAX_ID not in html_of(page_of(statements["joint-3-4", 12]))
    assert "Solheim" not in html_of(page_of(statements["joint-3-4", 12])).replace("Solheim/Okonkwo", "")


def test_a_correction_names_what_it_mends_and_why(statements):
    """D4: on the statement stand the reversal and the new row, the closed statement and the reason; all identities hold."""
    (edition,) = (one for one in statements["contract-2", 8].editions if one.form == "Hardback")
    found, _, _ = examples.corrected("2025H2:contract-2", "wrong <list price>")
    (one,) = found.values()
    assert breaches_of(one) == []
    assert [row.kind for row in one.editions[0].rows] == ["REVERSED", "CORRECTED"]
    assert (one.earnings, one.editions[0].units) == (2000, 0)
    text = html_of(page_of(one))
    assert "reversal of statement 2025H2:contract-2: wrong &lt;list price&gt;" in text
    assert "correction of statement 2025H2:contract-2" in text
    assert edition.rows[0].corrects == ""


def test_a_tax_number_is_on_the_own_statement_alone(statements):
    """Canary: not in a repr, an error about the statement, the report of the run or the other statements; bank data has no place at all."""
    one = statements["joint-3-4", 11]
    assert one.canonical().count(examples.TAX_ID) == 1
    assert [key for key, other in statements.items() if examples.TAX_ID in other.canonical()] == [("joint-3-4", 11)]
    data = json.loads(one.canonical())
    data["Balance"]["Due"] += 1
    with pytest.raises(UnbalancedError) as unbalanced:
        checked([Statement.model_validate(data)])
    data["Payee"] = {**data["Payee"], "Con36": examples.TAX_ID, "BankAccount": examples.TAX_ID}
    with pytest.raises(ValidationError) as unfit:
        Statement.model_validate(data)
    _, settled, payout = examples.joint()
    run = Run(period=examples.PERIOD, as_of=datetime(2026, 8, 14, tzinfo=UTC), figures=figures_of(settled, payout, {}))
    said = [str(unbalanced.value), repr(unbalanced.value.breaches), str(unfit.value), report_of(run), repr(one), repr(settled)]
    assert not [text for text in said if examples.TAX_ID in text or "Solheim" in text.replace("Solheim/Okonkwo", "")]
