"""XC-4, what comes back: payments, obligations and availability are compared with ours; payments are told to Consonance.

What the other side says is never dropped: it is taken over, or listed as a difference, without amounts.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import date, timedelta
from functools import partial

from pydantic import BaseModel, ConfigDict, Field

from colophon.blocks.decision import DecisionContext
from colophon.blocks.inbound import Closed, Inbound, InboxDecision, read
from colophon.blocks.write_back import fault
from colophon.domain.delivery import HistoryRow
from colophon.domain.facts import Facts
from colophon.domain.finding import Finding
from colophon.domain.inbox_item import InboxItem
from colophon.ledger import Ledger
from colophon.rights import Availability
from colophon.rights.state import ANY_CHANNEL
from colophon.systems.consonance.writes.operations import CONSONANCE
from colophon.use_cases.xconnector.exchange_events import STATEMENT
from colophon.use_cases.xconnector.exchange_payments import Account, Money, accounts_of, is_recorded, subject_of, write_back

DIFFERENCES, OVERDUE = "differences", "overdue"
"""Where the ledger keeps exceptions that keep nothing back: what was paid is told all the same."""
FORMER = "inputs"
"""Where an earlier release kept them, and those of what goes out, which are found anew, each where it belongs."""
NO_STATEMENT, OTHER_AMOUNT, UNREADABLE, UNPAID, UNKNOWN_ISBN, AVAILABLE, SURPLUS = "RX1", "RX2", "RX3", "RX4", "RX5", "RX6", "RX7"
FINANCE, RIGHTS = "royalty_manager", "rights_manager"


class _Reported(BaseModel):
    """`data` of rights.availability."""

    model_config = ConfigDict(extra="ignore")

    isbn: str
    territory: str
    format: str
    channel: str | None = None
    available: bool
    starts_on: date | None = Field(default=None, alias="from")

    @property
    def subject(self) -> str:
        """How the ledger names what is said."""
        return ":".join(filter(None, ("isbn", self.isbn, self.territory, self.format, self.channel)))[:200]


def recalled(ledger: Ledger, context: DecisionContext, _isbns: Collection[str]) -> Iterator[HistoryRow]:
    """What we told finance of statements, and Consonance of payments."""
    names = [CONSONANCE, *(name for name, kind in context.config.exchange.recipients.items() if kind == STATEMENT)]
    return (row for name in names for row in ledger.all_of(BACK.id, name))


def decide(facts: Facts, context: DecisionContext) -> InboxDecision:
    """What finance and the rights platform say, event by event, each dealt with once; and what is overdue.

    The facts are events, what we told finance of statements and Consonance of payments (`HistoryRow`), and what the
    rights engine says of the products that the events name.
    """
    plan = InboxDecision(judged={CONSONANCE: [], DIFFERENCES: []})
    accounts, reported = accounts_of(facts.records(HistoryRow), context.content), dict[str, _Reported]()
    for item in facts.records(InboxItem):
        is_word = item.type.endswith("rights.availability.v1")
        said: _Reported | Money | None = read(_Reported, item) if is_word else read(Money, item)
        if isinstance(said, _Reported):
            reported[said.subject] = said  # the last one counts
            plan.closed.append(Closed(item, "compared"))
        elif said is not None:
            account, is_payment = accounts[said.contract_id, said.payee_id], item.type.endswith("payment.v1")
            note = _pay(item, said, account, context, plan) if is_payment else _oblige(item, said, account, plan)
            plan.closed.append(Closed(item, note))
        else:
            plan.park(item, rule=UNREADABLE, lacks="the members of its type")
    _compare(reported, {product.subject: product for product in facts.records(Availability)}, context, plan)
    overdue = [finding for account in accounts.values() for finding in _overdue(account, context)]
    plan.findings += overdue
    plan.judged |= {OVERDUE: [finding.subject for finding in overdue], FORMER: []}
    plan.everything = frozenset({OVERDUE, FORMER})
    plan.judged[CONSONANCE] += [intent.subject for intent in plan.intents]
    plan.settled[DIFFERENCES] = plan.judged[DIFFERENCES]
    return plan


def _pay(item: InboxItem, payment: Money, account: Account, context: DecisionContext, plan: InboxDecision) -> str:
    """A payment settles the oldest open debt of its amount; the same one under another event's id is no second one."""
    subject = subject_of(payment, item)
    if is_recorded(payment, item, account, context.content):
        return "told already"
    if not payment.amount:
        return "nothing was paid: nothing to record"
    plan.judged[DIFFERENCES].append(subject)
    debt = next((debt for debt in account.equal(payment) if debt.period not in account.settled), None)
    if debt is None:
        plan.findings.append(_unowed(subject, payment, account))
    if payment.paid_on is None:
        plan.findings.append(_finding(subject, UNREADABLE, "paidOn", "nothing", "the day of the payment", "Ask finance for it."))
    elif context.config.exchange.owners.get("payments") == "theirs":
        plan.intents.append(write_back(payment, subject, debt.period if debt else "", BACK.id, context.as_of))
        account.recorded[subject] = plan.intents[-1].content_hash
        if debt is not None:
            account.settled.add(debt.period)
    return "taken" if debt else "a difference"


def _oblige(item: InboxItem, obligation: Money, account: Account, plan: InboxDecision) -> str:
    """What finance says is owed never replaces what we say; it is compared. Corrected under its reference, it is the same one."""
    subject = f"obligation:{obligation.contract_id}:{obligation.payee_id}:{obligation.reference or item.id}"[:200]
    plan.judged[DIFFERENCES].append(subject)
    plan.findings = [finding for finding in plan.findings if finding.subject != subject]
    if account.equal(obligation):
        return "taken"
    plan.findings.append(_unowed(subject, obligation, account))
    return "a difference"


def _compare(
    reported: Mapping[str, _Reported], products: Mapping[str, Availability], context: DecisionContext, plan: InboxDecision
) -> None:
    """Rights are Consonance's: a platform that says otherwise is a difference, and unknown data is never a yes (R2)."""
    is_ours = context.config.exchange.owners.get("availability") == "ours"
    for subject, word in reported.items():
        plan.judged[DIFFERENCES].append(subject)
        product = products.get(f"isbn:{word.isbn}")
        if product is None:
            problem = "isbn", word.isbn, "an ISBN that Consonance has", "Ask the rights platform."
            plan.findings.append(_finding(subject, UNKNOWN_ISBN, *problem, owner=RIGHTS))
        elif is_ours and word.available != _sells(product, word, context.as_of.date()):
            found = f"{'available' if word.available else 'not available'} in {word.territory} as {word.format}"
            remedy = "Correct the platform; Consonance owns availability (exchange.yaml)."
            plan.findings.append(_finding(subject, AVAILABLE, "availability", found, "what rights allow there", remedy, owner=RIGHTS))


def _sells(product: Availability, word: _Reported, today: date) -> bool:
    """Whether rights allow a sale in all of the territory from that day on, through the channel (None: any); what is unknown is no (R2)."""
    places = product.atlas.reach((word.territory,))
    wanted = places.whole if places.whole == places.touched and not places.unknown else 0
    return bool(wanted) and not wanted & ~product.open_bits(word.channel or ANY_CHANNEL, max(word.starts_on or today, today))


def _overdue(account: Account, context: DecisionContext) -> list[Finding]:
    """Statements that were to be paid, and for which nobody reported a payment in time."""
    days = context.config.exchange.overdue_days
    last, expected = context.as_of.date() - timedelta(days=days), f"a payment within {days} days"
    remedy = "Ask finance; the payment closes this by itself when it is reported."
    unpaid = [debt for debt in account.debts if debt.amount > 0 and debt.period not in account.settled]
    late = [debt.subject for debt in unpaid if debt.told_on < last]
    return [_finding(subject, UNPAID, "payment", "no payment was reported", expected, remedy, blocks=OVERDUE) for subject in late]


def _unowed(subject: str, money: Money, account: Account) -> Finding:
    """What no open debt stands against."""
    if account.equal(money):
        expected = "one payment for each statement that owes its amount"
        remedy = "Ask finance whether it was paid twice; all statements of this amount were paid before."
        return _finding(subject, SURPLUS, "payment", "a payment beyond what is owed", expected, remedy)
    other = OTHER_AMOUNT, "amount", "another amount or currency than any statement"
    problem = other if account.debts else (NO_STATEMENT, "amount", "no statement that owes it")
    return _finding(subject, *problem, "a statement of this contract and payee that owes it", "Compare with the run's report.")


def _finding(
    subject: str, rule: str, name: str, found: str, expected: str, remedy: str, *, owner: str = FINANCE, blocks: str = DIFFERENCES
) -> Finding:
    return fault(subject, rule, name, found, expected, remedy, owner, blocks=blocks)


BACK = Inbound(
    id="xconnector__rights_royalty_exchange",
    reads=(InboxItem,),
    gains=(HistoryRow, Availability),
    recalled=recalled,
    decide=decide,
    backfill="full",
    types=("*finance.payment.v1", "*finance.obligation.v1", "*rights.availability.v1"),
    read=partial(read, _Reported),
    writes=("recordPayment",),
    systems=("xconnector",),
)
