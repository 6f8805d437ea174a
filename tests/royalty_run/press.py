"""A publisher's royalty runs over years, with a ledger that remembers: read, group, compute, balance, approve or reject."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial

from tests.royalty_run.runs import SETTINGS, computed, grouped

from colophon.config.load import load_config
from colophon.royalties.breaches import require
from colophon.royalties.statement.period import Period
from colophon.royalty_run.books import closed_before, kept_of, page_of, past_by_contract
from colophon.royalty_run.gather import gather
from colophon.use_cases.exstream import royalty_statements as decision
from colophon.use_cases.exstream.statement_letters import Letters

FREE = SETTINGS.model_copy(
    update={"policies": {"standard": SETTINGS.policies["standard"].model_copy(update={"minimum_payment": Decimal(0)})}}
)
"""The shipped settings without a minimum payment."""


def balanced(ledger, given, label, settings=FREE, shards=1):
    """A run up to the page that a person approves; every control total holds."""
    period = Period.parse(label)
    found = grouped(given, period, past_by_contract(ledger, period, given, settings), settings)
    results, digests = computed(found, shards, period, settings)
    openings = closed_before(ledger, period, results, found.facts, settings)
    whole = gather(results, digests, found.facts, settings, partial(settings.policy, "standard"), pay_day=paid_on(period),
                   openings=openings, kept=kept_of(ledger, period, results, settings))  # fmt: skip
    require(whole.broken)
    return found, whole


def approve(ledger, found, whole, label, settings=FREE):
    """The approved run's statements and books entered in the ledger; gives what was issued."""
    period, as_of = Period.parse(label), datetime.combine(paid_on(Period.parse(label)), datetime.min.time(), UTC)
    letters = Letters(whole, found.facts, period, issued_on=as_of.date(), publisher=load_config().publisher, settings=settings)
    made = decision.issue(whole, found.facts, settings, period, letters, ledger, as_of=as_of)
    ledger.royalty_books.enter(page_of(whole, found.facts, made.approved, period, f"run of {label}"))
    ledger.plan(made.intents)
    decision.confirm(ledger, period, as_of=as_of)
    return made


def run(ledger, given, label, settings=FREE):
    """A run that is approved."""
    found, whole = balanced(ledger, given, label, settings)
    approve(ledger, found, whole, label, settings)
    return whole


def paid_on(period):
    """The day on which the statements of a period go out."""
    return period.ends_on + timedelta(days=62)


def dues(whole):
    """What each account's payees are owed, in pence."""
    return {one.account_id: {payee: own.due for payee, own in one.payees.items()} for one in whole.statements}


def held(whole):
    """Why each account without a statement has none."""
    return {one.account_id: one.blocked_by for one in whole.results if one.statement is None}


def closing(whole, account):
    """How an account closed."""
    return next(one.closing for one in whole.results if one.account_id == account)
