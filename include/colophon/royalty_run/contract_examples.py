"""Worked examples told as a contract is: terms, clauses, sales and what should come out, put through the steps of a run.

`royalties.examples` has those that tell figures alone; `is_told_so` says which an example is.
"""

import tempfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from colophon.domain.money import minor_digits
from colophon.domain.royalty_faults import faults_of
from colophon.errors import BadRecordError
from colophon.royalties.account import AccountStatement
from colophon.royalties.breaches import require
from colophon.royalties.examples.example import Answers
from colophon.royalties.examples.spelling import faults_in
from colophon.royalties.policy import FxPolicy
from colophon.royalties.reserve import total
from colophon.royalties.rounding import PPM
from colophon.royalties.row import SALES
from colophon.royalties.statement.period import Period
from colophon.royalties.whole_numbers import ppm
from colophon.royalty_run.compute import compute
from colophon.royalty_run.facts import ContractFact, Payee, ProductFact
from colophon.royalty_run.faults import BLOCKED
from colophon.royalty_run.gather import Gathered, digest_of, gather
from colophon.royalty_run.holds import TERMS
from colophon.royalty_run.inputs import Inputs, group
from colophon.royalty_run.kept import Closing, Past
from colophon.royalty_run.records import AccountResult
from colophon.royalty_run.settings import Certificate, Exchange, OldSales, PolicyPart, RoyaltySettings, TaxStatus, Template
from colophon.royalty_run.spool import spool_in
from colophon.royalty_run.told_contract import Product, Told
from colophon.royalty_run.told_records import AGENT, CONTRACT, clauses_of, payments_of, receipts_of, sales_of, terms_of

HOME, ABROAD = "GB", "IE"


def is_told_so(inputs: Mapping[str, Any]) -> bool:
    """Whether an example tells a contract's terms, and not figures alone."""
    return "terms" in inputs


def answers_of(inputs: Mapping[str, Any], subject: str) -> list[Answers]:
    """Our figures, for each period. Where the account is held, the last ones say why, and no figure.

    :raises BadRecordError: a word that is not known, or terms and clauses that cannot be computed.
    :raises UnbalancedError: a control total does not hold.
    """
    try:
        told = Told.model_validate(inputs)
    except ValidationError as problem:
        raise BadRecordError("An example cannot be read.", subject=subject, evidence=faults_in(problem)) from None
    found: list[Answers] = []
    past = Past()
    for period in map(Period.parse, told.period):
        given = _inputs(told, period)
        if faults := [f"{one.place}: {one.found}, expected {one.expected}" for one in faults_of(given.terms[0])]:
            return [*found, {"suspense": [TERMS], "because": faults}]
        whole = _run(given, _settings(told, period), period, past)
        [result] = whole.results
        if result.statement is None or result.closing is None:
            left = [(one.reason, f"{one.line_id.replace(':', ' ')}: {one.reason}") for one in result.suspended]
            left = (
                left
                or [(one.rule, f"{one.subject.replace(':', ' ')}: {one.found}") for one in result.holds]
                or [(BLOCKED, result.blocked_by)]
            )
            return [*found, {"suspense": sorted(rule for rule, _ in left), "because": [text for _, text in left]}]
        found.append(_answers(told.currency, whole, result, result.statement, result.closing))
        past = Past(opening=result.closing)
    return found


def _run(given: Inputs, settings: RoyaltySettings, period: Period, past: Past) -> Gathered:
    """One period by the steps of a run."""
    policy_of = partial(settings.policy, "example")
    with tempfile.TemporaryDirectory() as folder, spool_in(Path(folder), 1) as spool:
        grouped = group(given, period, settings, lambda _: past, spool.put)
        lines, accounts = [path] if (path := spool.path(0)) else [], list(grouped.accounts)
        results = compute(accounts, lines, policy_of, settings.rates(), period, scratch=Path(folder))
    openings = {one.account_id: one.opening for one in accounts if one.opening}
    facts = replace(grouped.facts, placed=spool.placed)
    whole = gather(results, [digest_of(results)], facts, settings, policy_of, pay_day=period.ends_on, openings=openings)
    require(whole.broken)
    return whole


def _inputs(told: Told, period: Period) -> Inputs:
    said, terms = tuple(clauses_of(told.clauses)), terms_of(told, period)
    keys = {
        1,
        *told.products,
        *(one.product for one in told.terms),
        *(one.product for one in told.sales),
        *(one.product_id for one in said if one.product_id),
    }
    products = {
        key: ProductFact(id=key, isbn13=None, title="", imprint="", format=one.format, work_id=1, published_on=one.published)
        for key in sorted(keys)
        for one in [told.products.get(key, Product())]
    }
    receipts = receipts_of(told)
    rights = tuple((receipt.rights_type, ppm(one.share)) for receipt, one in zip(receipts, told.receipts, strict=True))
    country = HOME if told.withholding is None else ABROAD
    people = {key: Payee(id=key, email="payee@example.org", country=country) for key in told.payees}
    return Inputs(
        sales=sales_of(told, period),
        terms=(terms,),
        payments=payments_of(told, period),
        products=products,
        contracts={CONTRACT: ContractFact(id=CONTRACT, name="", work_id=1, rights=rights)},
        payees={**people, AGENT: Payee(id=AGENT, email="agent@example.org", country=HOME)},
        receipts=receipts,
        clauses=said,
    )


def _settings(told: Told, period: Period) -> RoyaltySettings:
    """The publisher's word on everything that an example leaves open; late sales are owed."""
    policy = PolicyPart(
        version="example", escalator_mode=told.mode, returns=told.returns, minimum_payment=told.minimum, minimum_operator=told.operator
    )
    last = Period.parse(told.period[-1]).ends_on
    rates = [
        Exchange(
            currency=currency,
            into=told.currency,
            rate=rate,
            on=period.ends_on,
            source="example",
            policy=FxPolicy.ACTUAL_RECEIPT,
        )
        for currency, rate in told.exchange_rates.items()
    ]
    return RoyaltySettings(
        version=1,
        policies={"example": policy},
        tax_statuses={
            "AGENT": TaxStatus(vat_percent=told.agent_vat),
            "ABROAD": TaxStatus(is_abroad=True, treaty_percent=told.withholding, article="example"),
        },
        payee_statuses={AGENT: "AGENT", **(dict.fromkeys(told.payees, "ABROAD") if told.withholding is not None else {})},
        certificates=tuple(Certificate(payee=key, reference="example", valid_from=date.min, valid_to=last) for key in told.payees),
        home=HOME,
        exchange_rates=tuple(rates),
        templates=(Template(name="example", template="example", version="1", compliance=""),),
        old_sales=OldSales.OWED,
    )


def _answers(currency: str, whole: Gathered, result: AccountResult, statement: AccountStatement, closing: Closing) -> Answers:

    def major(amount: int) -> Decimal:
        return Decimal(amount).scaleb(-minor_digits(currency))

    dues = [one.due for _, one in sorted(statement.payees.items())]
    paid = whole.payout.paid
    return {
        "rows": [major(one.amount) for one in statement.rows],
        "segments": [[one.row.units, Decimal(one.row.key.rate) / (PPM // 100)] for one in statement.rows if one.row.key.kind == SALES],
        "earnings": major(statement.earnings),
        "royalty": major(statement.earnings),
        "rights_income": major(statement.rights_income),
        "movement": major(statement.movement),
        "reserve_withheld": major(total(statement.reserve.withheld)),
        "reserve_released": major(total(statement.reserve.released)),
        "top_up": major(statement.top_up),
        "charged": major(statement.charged),
        "recouped": major(sum(one.recouped for one in (statement.joint, *statement.payees.values()))),
        "payable": major(sum(dues)),
        "parts": [major(due) for due in dues],
        "unearned": major(sum(one.advance_closing for one in (statement.joint, *statement.payees.values()))),
        "paid": major(sum(one.due for one in paid)),
        "carried_over": major(sum(one.amount for one in whole.payout.carried)),
        "commission": major(sum(one.commission for one in paid)),
        "vat_on_commission": major(sum(each.vat for one in paid for each in one.commissions)),
        "tax": major(sum(one.tax for one in paid)),
        "net_remitted": major(sum(one.net for one in paid)),
        "counted": sum(count for _, count in closing.counters),
        "left_out": sum(copies for *_, copies in result.said.left_out),
        "overruled": len(result.differences),
    }
