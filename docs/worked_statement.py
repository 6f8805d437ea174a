"""The worked statement of docs/use-cases/royalties.md, computed by the engine each time the pages are made."""

import re
from collections.abc import Iterator
from datetime import date

from page import DO_NOT_EDIT, table

from colophon.royalties import breaches, controls
from colophon.royalties.account import Account, Shares, settle_account
from colophon.royalties.currency import unconverted
from colophon.royalties.exact_rows import rows_of
from colophon.royalties.examples.check import NAMES
from colophon.royalties.examples.example import Book, Example, Sales, Sublicence, Tier, Withheld, names_of
from colophon.royalties.line import Line
from colophon.royalties.payout import Agent, Due, PayeeTerms, Withholding, pay
from colophon.royalties.policy import Basis, Policy, Trigger
from colophon.royalties.report.charts import steps
from colophon.royalties.report.web import IDENTITIES
from colophon.royalties.reserve import ReserveTerm
from colophon.royalties.row import CounterKey, Opening, Rows
from colophon.royalties.rules import Rule
from colophon.royalties.standing import Standing
from colophon.royalties.statement import facts, payload
from colophon.royalties.statement.build import remittances_of, statements_of
from colophon.royalties.statement.identities import checked
from colophon.royalties.statement.period import Period
from colophon.royalties.statement.wording import amount, count, day, money, percent
from colophon.royalty_run.told_contract import Instalment, Paid, Product, RateSaid, Received, Sold, Step, Told

PERIOD = Period.parse("2026H1")
POLICY = Policy(version="2026-1", returnable_formats=("HARDBACK",))
BEFORE = 2800
HARDBACK, EBOOK = 10, 11
RULES = (
    Rule(id="hardback", contract_id=1, format="HARDBACK", basis=Basis.LIST, rates=(100_000, 125_000), bounds=(3000,)),
    Rule(id="e-book", contract_id=1, format="EBOOK", basis=Basis.NET, rates=(250_000,)),
)
LINES = (
    Line(id="1", contract_id=1, product_id=HARDBACK, format="HARDBACK", masterchannel="Home", sold_on=date(2026, 2, 10), units=500,
         list_price=2000, value=500_000, currency="GBP"),
    Line(id="2", contract_id=1, product_id=EBOOK, format="EBOOK", masterchannel="Digital", sold_on=date(2026, 3, 31), units=250,
         value=123_456, currency="GBP"),
    Line(id="3", contract_id=1, product_id=HARDBACK, format="HARDBACK", masterchannel="Home", sold_on=date(2026, 5, 20), units=-60,
         list_price=2000, value=-60_000, currency="GBP"),
)  # fmt: skip
ACCOUNT = Account(
    id="contract:1",
    contract_ids=(1,),
    currency="GBP",
    shares=(Shares(contract_id=1, weights=((7, 1),)),),
    payees={7: Standing(advance=30_000)},
    statement=3,
    reserve_terms=(ReserveTerm(rate=200_000, formats=("HARDBACK",)),),
)
TERMS = PayeeTerms(
    payee_id=7, abroad=True, treaty=Withholding(rate=50_000, article="12", certificate="on file", valid_to=date(2027, 12, 31))
)
AGENT = Agent(id=90, commission=150_000)
FACTS = facts.Facts(
    payer=facts.Payer(licensee="Larkspur & Vale", name="Larkspur & Vale", address=("14 Quay Street", "Bristol"), contact="royalties@larkspur-vale.example"),
    payees={7: facts.Payee(id=7, name="Ada Merrow", address=("Strandgata 3", "5004 Bergen", "Norway"), country="NO", tax_id="123 456 789", tax_status="Treaty rate, article 12")},
    agreements={1: facts.Agreement(contract_id=1, name="Agreement of 1 May 2024", imprint="Quayside", title="The Tide Tables", territory="World")},
    books={
        HARDBACK: facts.Book(product_id=HARDBACK, isbn="9781999000004", title="The Tide Tables", form="Hardback", published_on=date(2025, 3, 6)),
        EBOOK: facts.Book(product_id=EBOOK, isbn="9781999000011", title="The Tide Tables", form="E-book", published_on=date(2025, 3, 6)),
    },
    units_before={(1, HARDBACK): BEFORE},
    agents={90: "Harbour Literary Agency"},
)  # fmt: skip


def worked() -> tuple[payload.Statement, Rows]:
    """The statement, every identity checked, and the engine's rows."""
    opening = Opening(counters={CounterKey("1:format HARDBACK", Trigger.UNITS): BEFORE})
    rows = rows_of(LINES, {1: RULES}, opening, POLICY)
    breaches.require([*controls.of_lines(LINES, rows), *controls.of_counters(rows)])
    settled = settle_account(ACCOUNT, unconverted(rows.rows), [], POLICY, period_end=PERIOD.ends_on)
    breaches.require(controls.of_statement(settled))
    due = Due(account_id=ACCOUNT.id, payee_id=7, currency="GBP", amount=settled.payees[7].due, agents=(AGENT,))
    payout = pay([due], {7: TERMS}, POLICY, pay_day=date(2026, 9, 30))
    (statement,) = checked(statements_of(settled, remittances_of(payout, FACTS.agents), FACTS, period=PERIOD, issued_on=date(2026, 8, 14)))
    return statement, rows


def picture() -> str:
    """From what was earned to what is paid, as an SVG drawing."""
    statement, _ = worked()
    told = _figures(statement)
    earned = [(f"Royalty on the {edition.form.lower()}", edition.earnings) for edition in statement.editions]
    taken = [
        ("Reserve against returns", -told["withheld"]),
        ("Set against the advance", -told["recouped"]),
        ("The agent's commission", -told["commission"]),
        ("Tax withheld", -told["tax"]),
    ]
    drawn = steps([*earned, *taken], "Paid", statement.currency)
    rows = [
        f'  <text class="{"t" if bar.kind == "sum" else "l"}" x="20" y="{y + 19}">{bar.label}</text>'
        f'<rect class="{bar.kind}" x="{250 + bar.x}" y="{y + 4}" width="{bar.width}" height="22"/>'
        f'<text class="{"t" if bar.kind == "sum" else "l"} n" x="780" y="{y + 19}">{bar.text}</text>'
        for bar, y in zip(drawn, range(8, 1000, 36), strict=False)
    ]
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 {len(drawn) * 36 + 16}"'
        ' font-family="Georgia, \'Times New Roman\', serif" role="img" aria-labelledby="t d">'
    )
    said = "; ".join(f"{bar.label} {bar.text}" for bar in drawn)
    style = (
        "  <style>.l { font-size: 15px; fill: #23221f } .t { font-size: 15px; fill: #23221f; font-weight: bold } .n { text-anchor: end }"
        " .page { fill: #ffffff } .plus { fill: #b9cdb9; stroke: #4c6b4c } .minus { fill: #e3b8a4; stroke: #8a3b12 } .sum { fill: #4c6b4c }</style>"
    )
    title = f'  <title id="t">The way of a penny</title>\n  <desc id="d">{said}</desc>'
    return "\n".join(
        (head, f"  {DO_NOT_EDIT}", title, style, f'  <rect class="page" width="800" height="{len(drawn) * 36 + 16}"/>', *rows, "</svg>\n")
    )


def way() -> str:
    """The example from its sales lines to the payment, every figure from the engine."""
    statement, rows = worked()
    (counter,) = (one for one in rows.counts if one.key.group.endswith("HARDBACK"))
    paid = statement.remittance
    told = {name: money(minor, "GBP").replace("\N{NO-BREAK SPACE}", " ") for name, minor in _figures(statement).items()}
    intro = (
        "Ada Merrow gets 10 % of the list price on the first 3,000 hardbacks and 12.5 % on every further one, and 25 % of net receipts"
        f" on e-books. {count(BEFORE)} hardbacks went before this half year, and {told['advance']} of her advance is not earned yet."
        " Three lines come in:"
    )
    to_rows = (
        "1. **Rule** (C1, C2). Exactly one rate fits each line. None or two would put the line in suspense and hold the account back.\n"
        f"2. **Counter** (E1, E3, N3). Line 1 moves the hardback counter from {count(counter.before)} to {count(BEFORE + 500)}: 200 copies"
        f" end the first tier, 300 begin the second. The return comes back at the tier of its own sales, the highest first. The counter closes at {count(counter.after)}.\n"
        "3. **Row** (section 11). Copies that agree in product, channel, territory, price and rate are one row, rounded once:"
    )
    to_payment = (
        f"4. **Reserve** (R1, R9). 20 % of what the hardback earned is withheld: {told['withheld']}. The next statement releases it."
        f" What is left of the earnings is the movement, {told['movement']}.\n"
        "5. **Share** (P1 to P3). All of it is hers. Where several share, the parts are whole pennies and add up.\n"
        f"6. **Advance** (A1 to A3). {told['recouped']} go against the unearned advance, {told['due']} are due.\n"
        f"7. **Agent** (P5). {percent(paid.commissions[0].rate)} of what is due, rounded once: {told['commission']}.\n"
        f"8. **Tax** (X3 to X6). {percent(paid.tax_rate)} by treaty and certificate, else 20 %: {told['tax']}.\n"
        f"9. **Payment** (M1). {told['due']} - {told['commission']} - {told['tax']} = **{told['net']}**, above the minimum."
    )
    came_in = table(("line", "day", "what", "copies", "list price", "value"), _line_rows())
    rows_made = table(("row", "copies", "of", "rate", "earnings"), _row_rows(statement))
    text = "\n\n".join((intro, came_in, to_rows, rows_made, to_payment))
    return text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{MINUS SIGN}", "-")


def _figures(statement: payload.Statement) -> dict[str, int]:
    balance, paid = statement.balance, statement.remittance
    return {
        "advance": balance.advance,
        "withheld": statement.reserve.withheld,
        "movement": statement.movement,
        "recouped": balance.recouped,
        "due": balance.due,
        "commission": paid.commissions[0].amount,
        "tax": paid.tax,
        "net": paid.net,
    }


def _line_rows() -> Iterator[tuple[str, ...]]:
    for line in LINES:
        what = f"{'return' if line.units < 0 else 'sale'}, {line.format.lower()}, {line.masterchannel}"
        price = "" if line.list_price is None else amount(line.list_price, "GBP")
        yield line.id, day(line.sold_on), what, count(line.units), price, amount(line.value or 0, "GBP")


def _row_rows(statement: payload.Statement) -> Iterator[tuple[str, ...]]:
    rows = [(edition.form, row) for edition in statement.editions for row in edition.rows]
    for number, (form, row) in enumerate(rows, 1):
        of = amount(row.price, "GBP") if row.price is not None else f"{amount(row.receipts or 0, 'GBP')} received"
        yield str(number), f"{count(row.units)} {form}", of, percent(row.rate), amount(row.earnings, "GBP")
    yield "", "", "", "**earned**", f"**{amount(statement.earnings, 'GBP')}**"


def identities() -> str:
    """The control totals by number."""
    return table(("", "what has to hold"), ((number, text) for number, text in IDENTITIES.items()))


def members() -> str:
    """Which member of a statement bears which TRRSS id."""
    models = [one for module in (facts, payload) for one in vars(module).values() if isinstance(one, type) and issubclass(one, facts.Part)]
    models = list(dict.fromkeys([*models, Period]))
    found = [
        (field.alias, f"`{model.__name__}.{name}`")
        for model in models
        for name, field in model.model_fields.items()
        if re.fullmatch(r"(Con|SS|SC|RA)\d+", field.alias or "")
    ]
    by_id: dict[str, list[str]] = {}
    for alias, place in found:
        by_id.setdefault(alias or "", []).append(place)
    order = sorted(by_id, key=lambda one: (("Con", "SS", "SC", "RA").index(one.rstrip("0123456789")), int(re.sub(r"\D", "", one))))
    return table(("id", "member"), ((one, ", ".join(by_id[one])) for one in order))


def words() -> str:
    """The words of worked examples, as they may stand in a file."""
    parts = {
        "Example": Example,
        "an edition in `rows`": Sales,
        "a tier": Tier,
        "`reserve`": Withheld,
        "`sublicence`": Sublicence,
        "a book": Book,
    }
    rows = []
    seen: set[str] = set()
    for place, model in reversed(parts.items()):
        by_member: dict[str, list[str]] = {}
        for word, member in names_of(model).items():
            by_member.setdefault(member, []).append(f"`{word}`")
        own = [
            names
            for member, names in by_member.items()
            if member not in {"apart", "deep", "payees"} and not (model is Example and member in seen)
        ]
        if model is Sales:
            seen = set(by_member)
        rows.append((place, "; ".join(" or ".join(names) for names in own)))
    return table(("in", "words"), reversed(rows))


def contract_words() -> str:
    """The words of worked examples that are told as a contract is."""
    parts = {
        "the example": Told,
        "`terms`": RateSaid,
        "a step": Step,
        "`sales`": Sold,
        "`products`, by number": Product,
        "`receipts`": Received,
        "`advances`": Instalment,
        "`payments`": Paid,
    }
    rows = []
    for place, model in parts.items():
        by_member: dict[str, list[str]] = {}
        for word, member in names_of(model).items():
            by_member.setdefault(member, []).append(f"`{word}`")
        rows.append((place, "; ".join(" or ".join(names) for names in by_member.values())))
    return table(("in", "words"), rows)


def figures() -> str:
    """The figures that a worked example may print."""
    rows = [(f"`{name}`", ", ".join(f"`{word}`" for word in words if word != name)) for name, words in sorted(NAMES.items())]
    return table(("figure", "also printed as"), rows)
