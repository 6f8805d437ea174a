"""The report of a royalty run, with amounts: for the staged file and whoever approves, never for a log."""

from collections.abc import Mapping
from typing import Any

from colophon.royalties.breaches import Breach
from colophon.royalties.policy import Policy
from colophon.royalties.report.figures import Waiting
from colophon.royalties.reserve import total
from colophon.royalties.statement.period import Period
from colophon.royalties.statement.scales import money
from colophon.royalty_run.gather import IDENTITIES, Difference, Gathered
from colophon.royalty_run.kept import Seen
from colophon.royalty_run.records import RunFacts
from colophon.royalty_run.unpaid import held_of, waiting_of


def report(gathered: Gathered, facts: RunFacts, period: Period, policies: Mapping[str, Policy]) -> dict[str, Any]:
    """The report of the run, with amounts: for the staged file and whoever approves, never for a log. Amounts are decimal text."""
    return {
        "period": {"name": period.label, "from": period.starts_on.isoformat(), "to": period.ends_on.isoformat()},
        "policies": {currency: {"version": one.version, "fingerprint": one.fingerprint} for currency, one in policies.items()},
        "warnings": [*gathered.warnings, *sorted({text for policy in policies.values() for text in policy.warnings})],
        "counts": dict(gathered.counts),
        "totals": {currency: _totals(gathered, currency) for currency in sorted({one.currency for one in gathered.statements})},
        "identities": {str(n): not any(one.identity == n for one in gathered.broken) for n in IDENTITIES},
        "broken": [_broken(one) for one in gathered.broken],
        "seen": [_seen(one) for one in gathered.seen],
        "differences": None if gathered.differences is None else [_shown(one, facts) for one in gathered.differences],
        "held": [
            {
                "account": one.account,
                "because": [{"rule": rule, "found": text} for rule, text in one.because],
                "currency": one.currency,
                "earned": money(one.earned, one.currency) if one.is_computed and one.currency else None,
                "due": money(one.due, one.currency) if one.is_computed and one.currency else None,
            }
            for one in held_of(gathered, facts)
        ],
        "waiting": {one.currency: _waiting(one) for one in waiting_of(gathered, facts)},
        "unread": facts.unread,
        "blocked": {result.account_id: result.blocked_by for result in gathered.results if result.statement is None},
        "suspense": [
            {"line": one.line_id, "subject": one.subject, "reason": one.reason, "blocks": one.blocks}
            for one in (*facts.suspended, *(left for result in gathered.results for left in result.suspended))
        ],
    }


def _seen(one: Seen) -> dict[str, Any]:
    """Number and amount of everything ever seen of one kind, by where it is (10)."""
    places = zip(("ever", "counted", "held", "returned"), one[2:], strict=True)
    return {
        "kind": one.kind,
        "currency": one.currency,
        **{name: [number, money(amount, one.currency)] for name, (number, _, amount) in places},
    }


def _totals(gathered: Gathered, currency: str) -> dict[str, str]:
    own = [one for one in gathered.statements if one.currency == currency]
    paid = [one for one in gathered.payout.paid if one.currency == currency]
    figures = {
        "earnings": sum(one.earnings for one in own),
        "reserve withheld": sum(total(one.reserve.withheld) for one in own),
        "reserve released": sum(total(one.reserve.released) for one in own),
        "recouped": sum(balance.recouped for one in own for balance in (one.joint, *one.payees.values())),
        "due": sum(balance.due for one in own for balance in one.payees.values()),
        "debit carried": sum(balance.debit for one in own for balance in (one.joint, *one.payees.values())),
        "carried below the minimum": sum(one.amount for one in gathered.payout.carried if one.currency == currency),
        "commission": sum(one.commission for one in paid),
        "tax withheld": sum(one.tax for one in paid),
        "VAT": sum(one.vat for one in paid),
        "net paid": sum(one.net for one in paid),
    }
    return {name: money(amount, currency) for name, amount in figures.items()}


def _waiting(one: Waiting) -> dict[str, Any]:
    def write(minor: int) -> str:
        return money(minor, one.currency) if one.currency else ""

    return {
        "held": {"accounts": one.accounts, "due": write(one.due), "earned": write(one.earned)},
        "suspense": {"lines": one.suspended, "worth": write(one.suspended_value)},
        "left out": {"lines": one.left_out, "worth": write(one.left_out_value)},
    }


def _broken(one: Breach) -> dict[str, Any]:
    """By how much an identity does not hold: money with its currency, else copies or a number."""
    by = money(one.by, one.currency) if one.currency else str(one.by)
    return {"identity": one.identity, "subject": one.subject, "what": one.what, "by": by, "currency": one.currency, "rows": list(one.rows)}


def _shown(one: Difference, facts: RunFacts) -> dict[str, Any]:
    their = next((found for found in facts.theirs or () if (found.contract_id, found.product_id) == one[:2]), None)
    currency = their.currency if their else "GBP"
    fact = facts.products.get(one.product_id)
    apart = None if one.currency else money(one.ours - one.theirs, currency)
    amounts = {"ours": money(one.ours, one.currency or currency), "theirs": money(one.theirs, currency), "apart": apart}
    return {**one._asdict(), **amounts, "isbn": fact.isbn13 if fact else None, "title": fact.title if fact else None}
