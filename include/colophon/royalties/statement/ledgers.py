"""From sales to payment in lines that add up, as a reader would check them with a pencil."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from colophon.royalties.statement.payload import PaymentState, Statement
from colophon.royalties.statement.wording import amount, day, money, percent, printable


class Weight(StrEnum):
    """A line of a ledger: an item, or the sum of the items above it."""

    ITEM = "item"
    SUM = "sum"


@dataclass(frozen=True, slots=True)
class Line:
    """One line; `amount` is text in the statement's currency."""

    label: str
    amount: str
    weight: Weight = Weight.ITEM


@dataclass(frozen=True, slots=True)
class Ledger:
    """Lines under a heading."""

    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Headline:
    """What a reader looks for first."""

    label: str
    amount: str
    sentence: str


def headline(statement: Statement) -> Headline:
    """The payment, or why there is none and what is carried."""
    paid, balance, currency = statement.remittance, statement.balance, statement.currency
    if paid.state is PaymentState.PAID:
        with_others = f"One payment for {len(paid.accounts)} accounts." if len(paid.accounts) > 1 else ""
        when = f"Paid by {day(paid.pay_on)}." if paid.pay_on is not None else ""
        return Headline("Payment to you", money(paid.net + paid.vat, currency), " ".join(filter(None, (when, with_others))))
    if paid.state is PaymentState.CARRIED:
        least = f" of {money(paid.minimum, currency)}" if paid.minimum is not None else ""
        return Headline("Carried to your next statement", money(balance.due, currency), f"What is due is below the minimum payment{least}.")
    left = statement.joint.advance_closing if statement.joint is not None else balance.advance_closing
    reasons = [
        f"A debt of {money(-balance.debit, currency)} is carried to your next statement." if balance.debit else "",
        f"{money(left, currency)} of the advance remains to be earned." if left else "",
    ]
    return Headline("No payment is due", money(0, currency), " ".join(filter(None, reasons)))


def way_to_payment(statement: Statement) -> tuple[Ledger, ...]:
    """What was earned, what of it is the payee's, what is due of that, what is paid (R9, P1, A1, X6)."""
    return tuple(filter(None, (_earned(statement), _joint(statement), _own(statement), _payment(statement))))


def reserves_and_advances(statement: Statement) -> tuple[Ledger, ...]:
    """R10 and the advance ledger, where there is anything in them."""
    write = _writer(statement)
    found = []
    for title, reserve in (("Reserve against returns", statement.reserve), ("Reserve on your part", statement.own_reserve)):
        if reserve is not None and any((reserve.opening, reserve.withheld, reserve.released, reserve.closing)):
            lines = (
                write("Held at the start", reserve.opening),
                write("Withheld in this period", reserve.withheld),
                write("Released in this period", -reserve.released),
                write("Held at the end", reserve.closing, Weight.SUM),
            )
            found.append(Ledger(title, lines))
    if statement.held:
        found.append(_vintages(statement))
    for title, balance in (("Joint advance", statement.joint), ("Advance", statement.balance)):
        if balance is not None and (balance.advance or balance.advance_paid):
            lines = (
                write("To be earned at the start", balance.advance),
                write("Paid in this period", balance.advance_paid),
                write("Earned in this period", -balance.recouped),
                write("To be earned at the end", balance.advance_closing, Weight.SUM),
            )
            found.append(Ledger(title, lines))
    return tuple(found)


def _vintages(statement: Statement) -> Ledger:
    """R7: what is still held, by the statement that withheld it and the time of its release."""
    write, sums = _writer(statement), dict[str, int]()
    for one in sorted(statement.held, key=lambda one: (one.statement, one.due_on or date.min, one.due_statement or 0)):
        release = f"on {day(one.due_on)}" if one.due_on is not None else f"with statement {one.due_statement}"
        label = f"Of statement {one.statement}, released {release}"
        sums[label] = sums.get(label, 0) + one.amount
    lines = [write(label, amount) for label, amount in sums.items()]
    return Ledger("Reserves held, by statement", (*lines, write("Held at the end", sum(sums.values()), Weight.SUM)))


Write = Callable[..., Line]
"""Makes a line of a label, minor units and a weight."""


def _writer(statement: Statement) -> Write:
    return lambda label, minor, weight=Weight.ITEM: Line(label, amount(minor, statement.currency), weight)


def _earned(statement: Statement) -> Ledger:
    write = _writer(statement)
    possible = (
        ("Sales, less returns", statement.earnings),
        ("Withheld as a reserve against returns", -statement.reserve.withheld),
        ("Released from earlier reserves", statement.reserve.released),
        ("Your share of rights income", statement.rights_income),
        ("Made up to the guaranteed amount" if statement.top_up > 0 else "Above the agreed maximum", statement.top_up),
    )
    charges = ((f"Charged: {printable(one.label)}", -one.amount) for one in statement.charges if not one.own)
    lines = [write(label, minor) for place, (label, minor) in enumerate((*possible, *charges)) if minor or place == 0]
    whose = "Earned by the joint account" if statement.joint is not None else "Earned"
    return Ledger("This period", (*lines, write(whose, statement.movement, Weight.SUM)))


def _joint(statement: Statement) -> Ledger | None:
    joint = statement.joint
    if joint is None:
        return None
    write = _writer(statement)
    lines = [
        write("Earned by the joint account", joint.movement),
        *_if_any(write, ("Brought forward", joint.carried), ("Set against the joint advance", -joint.recouped)),
        *_if_any(write, ("Carried forward", -joint.debit)),
        write("To be shared", joint.due, Weight.SUM),
    ]
    return Ledger("Joint account", tuple(lines))


def _own(statement: Statement) -> Ledger:
    write, balance, own = _writer(statement), statement.balance, statement.own_reserve
    alone = statement.joint is None and len(statement.shares) == 1 and statement.shares[0].weight == statement.shares[0].whole
    shares = [
        write("Earned" if alone else f"Your share, {one.weight} of {one.whole} parts of {money(one.pool, statement.currency)}", one.amount)
        for one in statement.shares
    ]
    lines = [
        *(shares or [write("Your share", 0)]),
        *_if_any(write, ("Withheld from your part as a reserve", -own.withheld if own else 0)),
        *_if_any(write, ("Released to you from earlier reserves", own.released if own else 0)),
        *(write(f"Charged to you: {printable(one.label)}", -one.amount) for one in statement.charges if one.own),
        write("Brought forward", balance.carried),
        *_if_any(write, ("Set against the advance", -balance.recouped)),
        *_if_any(write, ("Carried forward to your next statement", -balance.debit)),
        write("Due to you", balance.due, Weight.SUM),
    ]
    return Ledger("Your account", tuple(lines))


def _payment(statement: Statement) -> Ledger | None:
    paid = statement.remittance
    if paid.state is not PaymentState.PAID or paid.net + paid.vat == statement.balance.due:
        return None  # nothing was taken off or added, so that the amount due says it
    write = _writer(statement)
    first = f"Due, {len(paid.accounts)} accounts together" if len(paid.accounts) > 1 else "Due to you"
    commissions = [
        write(f"Commission of {percent(one.rate)} to {printable(one.agent) or f'agent {one.agent_id}'}", -one.amount)
        for one in paid.commissions
    ]
    lines = [
        write(first, paid.due),
        *commissions,
        *_if_any(write, (f"Tax withheld, {percent(paid.tax_rate)}", -paid.tax), ("VAT added", paid.vat)),
        write("Payment to you", paid.net + paid.vat, Weight.SUM),
    ]
    return Ledger("Payment", tuple(lines))


def _if_any(write: Write, *possible: tuple[str, int]) -> Iterator[Line]:
    return (write(label, minor) for label, minor in possible if minor)
