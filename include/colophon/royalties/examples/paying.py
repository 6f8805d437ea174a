"""From what is due in an example to what is paid, and among whom."""

from dataclasses import replace
from decimal import Decimal

from colophon.royalties import payout
from colophon.royalties.breaches import require
from colophon.royalties.controls import of_payout
from colophon.royalties.examples.example import Answers, Example
from colophon.royalties.examples.selling import DAY
from colophon.royalties.policy import MinimumLevel, Policy
from colophon.royalties.row import Rows
from colophon.royalties.whole_numbers import ppm, split

PAYEE = 1


def of_payment(example: Example, policy: Policy, due: int | None) -> Answers:
    """Minimum, agents, withholding tax (M1, M2, P5 to P7, X6)."""
    told = example.dues if example.dues is not None else () if example.due is None else (example.due,)
    amounts = [example.minor(one) for one in told] or ([] if due is None else [due])
    if not amounts:
        return {}
    rates = example.agents or (() if example.agent is None else (example.agent,))
    agents = tuple(
        payout.Agent(id=place, commission=ppm(rate), vat=0 if example.vat is None else ppm(example.vat)) for place, rate in enumerate(rates)
    )
    dues = [
        payout.Due(account_id=f"{place}", payee_id=PAYEE, currency=example.currency, amount=amount, agents=agents)
        for place, amount in enumerate(amounts)
    ]
    treaty = None
    if example.withholding is not None:
        treaty = payout.Withholding(rate=ppm(example.withholding), article="example", certificate="example", valid_to=DAY)
    terms = {PAYEE: payout.PayeeTerms(payee_id=PAYEE, abroad=treaty is not None, treaty=treaty)}
    made = payout.pay(dues, terms, policy, pay_day=DAY)
    levels = {
        f"paid_at_{level.value.lower()}_level": example.major(
            sum(one.due for one in payout.pay(dues, terms, replace(policy, minimum_level=level), pay_day=DAY).paid)
        )
        for level in MinimumLevel
    }
    require(of_payout(dues, made))
    each = [one for paid in made.paid for one in paid.commissions]
    tax = sum(paid.tax for paid in made.paid) + example.minor(example.tax_withheld)
    paid, commission = sum(paid.due for paid in made.paid), sum(one.amount for one in each)
    return {
        "paid": example.major(paid),
        "carried_over": example.major(sum(one.amount for one in made.carried)),
        "commissions": [example.major(one.amount) for one in each],
        "commission": example.major(commission),
        "vat_on_commission": example.major(sum(one.vat for one in each)),
        "tax": example.major(tax),
        "net_remitted": example.major(paid - commission - tax),
        **levels,
    }


def of_shares(example: Example, found: Rows) -> Answers:
    """An amount among payees: the whole first, then the split (P1 to P3)."""
    if example.ratios is not None and example.amount is not None:
        return {"parts": list(split(example.amount, example.ratios))}
    if not example.payees:
        return {}
    weights = [ppm(rate) for rate in example.payees.values()]
    answers: Answers = {"total_rate": Decimal(sum(weights)) / 10_000}
    if found.rows:
        answers["parts"] = [example.major(part) for part in split(sum(row.amount for row in found.rows), weights)]
    return answers


def of_vat(example: Example, policy: Policy) -> Answers:
    """VAT on the total of an invoice (X2)."""
    if example.vat is None or example.amounts is None:
        return {}
    vat = payout.vat_total([example.minor(one) for one in example.amounts], ppm(example.vat), policy.vat_rounding)
    return {"vat": example.major(vat)}
