"""The report as one HTML page that needs nothing else; charts are drawn in it as SVG."""

from collections.abc import Iterator
from dataclasses import asdict
from enum import Enum
from pathlib import Path
from typing import Any

from colophon.royalties.policy import Policy
from colophon.royalties.report.charts import Bar, bars, first, steps
from colophon.royalties.report.figures import Figures, Run
from colophon.royalties.statement.web import environment
from colophon.royalties.statement.wording import amount, count, day, money, printable

TEMPLATES = Path(__file__).parent / "templates"
TITLES, IMPRINTS = 12, 12
IDENTITIES = {
    1: "Lines read are in rows, in suspense or excluded",
    2: "Copies of the tiers are what the counters moved",
    3: "Rows add up to accounts, accounts to payees, payees to payments",
    4: "Reserve and advance ledgers close",
    5: "Each account opens as its last statement closed",
    6: "Expense is payable, reserve movement and recouped advance",
    7: "No rate took back more copies than it sold",
    8: "Our amounts are Consonance's, or the difference is explained",
    9: "Every account and payee has exactly one statement",
    10: "Everything ever seen is counted, held or returned, each once",
}
"""Section 12 of the rule book, by number."""


def html_of(run: Run) -> str:
    """The page. Broken identities stand first, with their rows and by how much; everything that others wrote is escaped."""
    template = environment(TEMPLATES).get_template("report.html.j2")
    return template.render(
        run=run,
        by_of=lambda one: money(one.by, one.currency) if one.currency else count(one.by),
        period=f"{day(run.period.starts_on)} to {day(run.period.ends_on)}",
        counts=[(name, count(number)) for name, number in run.counts.items()],
        identities=[(number, text, [one for one in run.breaches if one.identity == number]) for number, text in IDENTITIES.items()],
        currencies=[_currency(one) for one in run.figures],
        policies=[(policy.version, list(_choices(policy)), policy.fingerprint) for policy in run.policies],
        warnings=[*run.notes, *sorted({text for policy in run.policies for text in policy.warnings})],
    )


def _currency(one: Figures) -> dict[str, Any]:
    def write(minor: int) -> str:
        return amount(minor, one.currency)

    return {
        "code": one.currency,
        "totals": [
            ("Payments, net", write(one.net)),
            ("Earned", write(one.earnings + one.rights_income + one.top_up)),
            ("Carried", write(one.carried)),
            ("Accounts", count(one.accounts)),
            ("Payees", count(one.payees)),
            ("Copies", count(one.copies)),
        ],
        "charts": list(_charts(one)),
    }


def _charts(one: Figures) -> Iterator[tuple[str, tuple[Bar, ...]]]:
    earned = one.earnings + one.rights_income + one.top_up
    due = [
        ("Sales, less returns", one.earnings),
        ("Rights income", one.rights_income),
        ("Guaranteed amounts", one.top_up),
        ("Withheld as reserves", -one.withheld),
        ("Released from reserves", one.released),
        ("Brought forward", one.brought_forward),
        ("Set against advances", -one.recouped),
        ("Debits carried forward", -one.debits),
    ]
    yield "From earnings to what is due", steps(due, "Due to payees", one.currency)
    paid = [
        ("Due to payees", one.due),
        ("Carried, below the minimum", -one.carried),
        ("Agents' commission", -one.commission),
        ("Tax withheld", -one.tax),
    ]
    yield "From what is due to what is paid", steps(paid, "Paid, before VAT", one.currency)
    reserve = [("Held at the start", one.reserve_opening), ("Withheld", one.withheld), ("Released", -one.released)]
    if any(minor for _, minor in reserve):
        yield "Reserves against returns", steps(reserve, "Held at the end", one.currency)
    if earned or one.by_imprint:
        yield "Earnings of sales by imprint", bars(_named(first(one.by_imprint, IMPRINTS, "{} more imprints")), one.currency)
        rest = one.by_title[TITLES:]
        others = f"; {count(len(rest))} more: {amount(sum(minor for _, minor in rest), one.currency)}" if rest else ""
        yield f"Titles that earned most{others}", bars(_named(one.by_title[:TITLES]), one.currency)


def _named(pairs: tuple[tuple[str, int], ...]) -> list[tuple[str, int]]:
    return [(printable(name), minor) for name, minor in pairs]


def _choices(policy: Policy) -> Iterator[tuple[str, str]]:
    """Every setting of a policy in words; a sum of money is told as minor units, as it stands in the policy."""
    for name, value in asdict(policy).items():
        if name != "version":
            yield name.replace("_", " "), _shown(value)


def _shown(value: object) -> str:
    if isinstance(value, Enum):
        return str(value.value).replace("_", " ").lower()
    if isinstance(value, (tuple, list)):
        return ", ".join(" in ".join(map(str, one)) if isinstance(one, (tuple, list)) else str(one) for one in value) or "none"
    return "not told" if value is None else str(value)
