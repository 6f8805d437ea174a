"""The report as one HTML page that needs nothing else; charts are drawn in it as SVG."""

from collections.abc import Iterator
from dataclasses import asdict
from enum import Enum
from pathlib import Path
from typing import Any

from colophon.royalties.policy import Policy
from colophon.royalties.report.charts import Bar, bars, first, steps
from colophon.royalties.report.figures import Figures, Held, Run, Waiting
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
        standing=standing_of(run),
        identities=sorted(
            ((number, text, [one for one in run.breaches if one.identity == number]) for number, text in IDENTITIES.items()),
            key=lambda one: (not one[2], one[0] not in run.instead, one[0]),
        ),
        waiting=[_waiting(one) for one in run.waiting],
        held=[_held(one) for one in run.held],
        currencies=[_currency(one) for one in run.figures],
        policies=[(policy.version, list(_choices(policy)), policy.fingerprint) for policy in run.policies],
        warnings=[*run.notes, *sorted({text for policy in run.policies for text in policy.warnings})],
    )


def standing_of(run: Run) -> tuple[str, str]:
    """How the run stands, as `bad`, `open` or `good`, and in words. That all hold is said only when all do and nothing waits."""
    if run.breaches:
        return "bad", "Control totals do not hold. Nothing may be issued."
    waits = [f"control total {number}: {text}" for number, text in sorted(run.instead.items())]
    if run.held:
        waits.append("one account is held" if len(run.held) == 1 else f"{count(len(run.held))} accounts are held")
    if run.unread:
        waits.append("one record cannot be read" if run.unread == 1 else f"{count(run.unread)} records cannot be read")
    if lines := sum(one.suspended for one in run.waiting):
        waits.append("one line is in suspense" if lines == 1 else f"{count(lines)} lines are in suspense")
    return ("open", f"To look at: {'; '.join(waits)}.") if waits else ("good", "All control totals hold, and nothing waits.")


def _waiting(one: Waiting) -> dict[str, Any]:
    def write(minor: int) -> str:
        return amount(minor, one.currency) if one.currency else count(minor)

    worth = f", and lines worth {write(one.worth)}" if one.worth else ""
    return {
        "code": one.currency,
        "cells": [
            ("Held", count(one.accounts), f"{write(one.due)} due, {write(one.earned)} earned{worth}", bool(one.accounts)),
            ("In suspense", count(one.suspended), f"lines worth {write(one.suspended_value)}", bool(one.suspended)),
            ("Left out", count(one.left_out), f"lines without royalty, worth {write(one.left_out_value)}", False),
        ],
    }


def _held(one: Held) -> dict[str, Any]:
    def write(minor: int) -> str:
        return money(minor, one.currency) if one.currency else ""

    return {
        "account": one.account,
        "name": printable(one.name),
        "because": [(rule, printable(text)) for rule, text in one.because],
        "earned": write(one.earned) if one.is_computed else "not computed",
        "due": write(one.due) if one.is_computed else f"lines worth {write(one.earned)}" if one.currency else "",
    }


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
