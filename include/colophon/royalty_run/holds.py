"""What holds an account: reasons why nobody is paid from it before a person has looked. Every other account is paid.

A hold has a rule, what it is about and what was found there; never an amount, a name or an address.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from colophon.domain.countries import is_country
from colophon.domain.finding import Finding
from colophon.domain.payment import Payment
from colophon.domain.royalty_terms import RoyaltyTerms
from colophon.royalties.account import AccountStatement
from colophon.royalties.currency import Converted
from colophon.royalties.payout import passes
from colophon.royalties.policy import MinimumOperator, Policy
from colophon.royalties.statement.period import Period
from colophon.royalty_run.facts import ContractFact, Payee
from colophon.royalty_run.faults import BLOCKED, CLAUSE_OVERRULED, SUSPENDED, finding
from colophon.royalty_run.kept import Closing
from colophon.royalty_run.records import AccountResult, Hold
from colophon.royalty_run.settings import RoyaltySettings, WithoutForm

LINE, TERMS, COUNTRY = "HOLD-LINE", "HOLD-TERMS", "HOLD-COUNTRY"
CONTACT, TAX, ADDRESS, CHANNEL = "HOLD-CONTACT", "HOLD-TAX", "HOLD-ADDRESS", "HOLD-CHANNEL"
RATE, CURRENCY = "HOLD-RATE", "HOLD-CURRENCY"
CONTRACT, REPLACED, FIRST, JUMP = "HOLD-CONTRACT", "HOLD-REPLACED", "HOLD-FIRST", "HOLD-JUMP"
CHANGED, TWICE = "HOLD-CHANGED", "HOLD-TWICE"


class Rule(NamedTuple):
    """What an account has to fulfil, and what to do where it does not."""

    says: str
    remedy: str


_RELEASE = "or let it go for this period under `released` in royalties.yaml, with who and why"
RULES: Mapping[str, Rule] = {
    LINE: Rule("Every sale, receipt and payment of an account can be read", "Correct the record that is named where it was made, and run the period again."),
    TERMS: Rule(
        "An account's terms can be read, its shares make 100 % and agree with their weights, its rates are from 0 to 100 %",
        "Correct the contract's royalty terms in Consonance, or their report, and run the period again.",
    ),
    COUNTRY: Rule("Every country is a code of ISO 3166", "Enter the code, such as GB (`UK` is none), where the record was made."),
    CONTACT: Rule("A payee, and a payee's agent, is among the contacts", "Restore the contact, or name another one in the contract's terms."),
    TAX: Rule(
        "How a payee is taxed is known",
        "Enter the payee's tax status in Consonance, by a word of `tax_statuses`; a treaty rate needs a certificate, too. `without_form: STATUTORY` pays less tax instead.",
    ),
    ADDRESS: Rule("Where a payee lives is known", "Complete the contact's address in Consonance."),
    CHANNEL: Rule("A statement has somewhere to go", "Give the contact an e-mail address, a street or the secure web."),
    RATE: Rule(
        "Each exchange rate is there once, above nought, and no older than `rate_days` at the period's end",
        "Correct `exchange_rates` in royalties.yaml, and run the period again.",
    ),
    CURRENCY: Rule("Advances and payments are in the currency of the contract's royalties", "Enter what was paid in that currency."),
    CONTRACT: Rule("A sale falls within the term of its contract", f"Correct the contract's days in Consonance, {_RELEASE}."),
    REPLACED: Rule(
        "Who leaves a contract leaves no advance and no debt open",
        f"Say in the terms who takes it over, {_RELEASE}.",
    ),
    CHANGED: Rule(
        "Sales that were paid are told again as they were, or not at all",
        f"See at the source whether late sales are old ones that were corrected, and take out there what was paid; {_RELEASE[3:]}.",
    ),
    TWICE: Rule(
        "A sales file is loaded once",
        f"See at the source whether these are equal sales or a file that was loaded again, and take the copy out; {_RELEASE[3:]}.",
    ),
    FIRST: Rule("A first payment is at most `first_payment_limits`", f"Look at sales and terms; correct them, {_RELEASE}."),
    JUMP: Rule("A payment is at most `times_last` times the last one", f"Look at sales and terms; correct them, {_RELEASE}."),
}  # fmt: skip
"""Every rule, by id."""
RELEASABLE = frozenset({CONTRACT, REPLACED, CHANGED, TWICE, FIRST, JUMP})
FEWEST_REPEATED = 4
"""So many different sales that are each told twice are a file that was loaded again; fewer may be equal sales."""


def of_account(
    joined: Sequence[RoyaltyTerms],
    named: Collection[int],
    opening: Closing | None,
    payments: Iterable[Payment],
    payees: Mapping[int, Payee],
    settings: RoyaltySettings,
) -> Iterator[Hold]:
    """What is wrong with the people and the money of an account before anything is computed. `named`: who has a share in it."""
    for payee_id in sorted(named):
        yield from _of_payee(payee_id, payees.get(payee_id), settings)
    for agent_id in sorted({split.agent_id for terms in joined for split in terms.splits if split.agent_id is not None}):
        if agent_id not in payees:
            yield Hold(rule=CONTACT, subject=f"contact:{agent_id}", found="an agent who is not among the contacts")
    currencies = {terms.contract_id: terms.currency for terms in joined}
    for terms in joined:
        for advance in terms.advances:
            if advance.currency != terms.currency:
                yield Hold(rule=CURRENCY, subject=terms.subject, found=f"an advance in {advance.currency}, royalties in {terms.currency}")
    for payment in payments:
        currency = currencies.get(payment.contract_id, payment.currency)
        if payment.currency != currency:
            yield Hold(
                rule=CURRENCY, subject=f"contract:{payment.contract_id}", found=f"a payment in {payment.currency}, royalties in {currency}"
            )
    for payee_id, standing in opening.payees if opening else ():
        if payee_id not in named and (standing.advance > 0 or standing.balance < 0):
            what = "an advance that is not earned" if standing.advance > 0 else "a debt"
            yield Hold(rule=REPLACED, subject=f"contact:{payee_id}", found=f"a payee without a share any more, who leaves {what}")


def _of_payee(payee_id: int, payee: Payee | None, settings: RoyaltySettings) -> Iterator[Hold]:
    subject = f"contact:{payee_id}"
    if payee is None:
        yield Hold(rule=CONTACT, subject=subject, found="a payee who is not among the contacts")
        return
    if payee.country is not None and not is_country(payee.country):
        yield Hold(rule=COUNTRY, subject=subject, found=f"the country {payee.country[:20]}")
    if payee.country is None and payee.line1 is None and not payee.lines:
        yield Hold(rule=ADDRESS, subject=subject, found="no address")
    if payee.channel is None:
        yield Hold(rule=CHANNEL, subject=subject, found="no way to reach the payee")
    if settings.without_form is WithoutForm.HOLD and settings.tax_of(payee_id, payee.tax_status, payee.country) is None:
        yield Hold(rule=TAX, subject=subject, found="no tax status" if payee.tax_status is None else "a tax status that nobody explained")


def of_rates(rows: Iterable[Converted], period_end: date, days: int) -> Iterator[Hold]:
    """Exchange rates by which nothing may be converted; each once."""
    for fx in dict.fromkeys(row.fx for row in rows if row.fx is not None):
        if doubt := fx.doubt_at(period_end, days):
            yield Hold(rule=RATE, subject=f"{fx.currency}/{fx.into}", found=f"an exchange rate {doubt}")


def of_size(account_id: str, statement: AccountStatement, opening: Closing | None, policy: Policy) -> Iterator[Hold]:
    """What is unusually much: more than so many times the last payment, or a first one above the limit."""
    due, last = due_of(statement), opening.last_due if opening else 0
    if not last:
        limit = policy.first_payment_limit
        if limit is not None and due > limit:
            yield Hold(rule=FIRST, subject=f"account:{account_id}", found="a first payment above the limit")
    elif due > policy.times_last * max(last, policy.minimum_payment):
        yield Hold(rule=JUMP, subject=f"account:{account_id}", found=f"more than {policy.times_last} times the last payment")


def of_changes(
    account_id: str, opening: Closing | None, months: Iterable[tuple[int, str, int, int, int]], period: Period
) -> Iterator[Hold]:
    """A month of which some counted sales are told again and others are not, while sales from before the period are new.

    A sale is known by what it says: one that was corrected after it was paid is another one, and would be paid in whole. A source of new
    sales alone tells none again, one from the year's start tells all.
    """
    counted, told, late = Counter(dict(opening.months if opening else ())), Counter[str](), 0
    for _, month, lines in opening.sold if opening else ():
        counted[month] += lines
    for _, month, again, _, now in months:
        told[month] += again
        late += now if month < f"{period.starts_on:%Y-%m}" else 0
    apart = sorted(month for month, again in told.items() if 0 < again < counted[month])
    if apart and late:
        gone = sum(counted[month] - told[month] for month in apart)
        found = f"{gone} paid sales of {', '.join(apart[:6])} are not told any more, and {late} from before the period are new"
        yield Hold(rule=CHANGED, subject=f"account:{account_id}", found=found)


def of_repeats(account_id: str, repeats: Iterable[tuple[str, int, bool, bool]], period: Period) -> Iterator[Hold]:
    """All sales of the period, or all late ones, are told twice (or thrice): equal sales are sales, but not each of many."""
    parts: dict[bool, list[tuple[int, bool, bool]]] = defaultdict(list)
    for month, lines, are_even, are_thirds in repeats:
        parts[month < f"{period.starts_on:%Y-%m}"].append((lines, are_even, are_thirds))
    for is_late, own in sorted(parts.items()):
        lines = sum(number for number, _, _ in own)
        if lines >= FEWEST_REPEATED and (all(even for _, even, _ in own) or all(thirds for _, _, thirds in own)):
            when = "from before the period" if is_late else "of the period"
            yield Hold(rule=TWICE, subject=f"account:{account_id}", found=f"each of its {lines} different sales {when} is told again")


def due_of(statement: AccountStatement) -> int:
    """What all payees of an account are owed."""
    return sum(own.due for own in statement.payees.values())


def is_paid(statement: AccountStatement, minimum: int | None, policy: Policy) -> bool:
    """Whether any payee's part passes the minimum."""
    least = policy.minimum_payment if minimum is None else minimum
    return any(own.due > 0 and passes(own.due, least, MinimumOperator(policy.minimum_operator)) for own in statement.payees.values())


def in_force(fact: ContractFact | None, day: date) -> bool:
    """Whether a contract was in force on a day; what is not told is open."""
    if fact is None:
        return True
    return (fact.begins_on is None or fact.begins_on <= day) and (fact.ends_on is None or day <= fact.ends_on)


def has_successor(fact: ContractFact | None, others: Iterable[ContractFact | None], day: date) -> bool:
    """Whether another contract on the same product takes a sale that this one does not: one that is in force and began after it, or
    whose end makes room for it.
    """
    for other in others:
        if fact is None or other is None or fact.begins_on is None or other.begins_on is None or not in_force(other, day):
            continue
        ended = fact.ends_on is not None and day > fact.ends_on
        if (ended and other.begins_on > fact.begins_on) or (not ended and other.begins_on < fact.begins_on and other.ends_on is not None):
            return True
    return False


def overruled(result: AccountResult) -> list[Finding]:
    """An exception for each clause that the terms of Consonance overrule; the account is computed by the terms."""
    return [
        finding(CLAUSE_OVERRULED, f"account:{result.account_id}:{text.partition(',')[0]}", "clause", text) for text in result.differences
    ]


def suspended(result: AccountResult) -> list[Finding]:
    """An exception for each line in suspense; it holds its account back (C2)."""
    return [
        finding(SUSPENDED, f"line:{one.line_id}"[:200], one.subject, one.reason, expected="exactly one rate that applies (C2)",
                remedy=f"Mend the terms or the line; account {one.blocks} waits for it.")
        for one in result.suspended
    ]  # fmt: skip


def held(account_id: str, holds: Iterable[Hold]) -> list[Finding]:
    """An exception for each reason why nobody is paid from an account."""
    return [
        finding(
            hold.rule, f"account:{account_id}", hold.subject, hold.found, expected=RULES[hold.rule].says, remedy=RULES[hold.rule].remedy
        )
        for hold in holds
    ]


def blocked(result: AccountResult) -> list[Finding]:
    """The exceptions of an account without a statement: by what rule it is held, else that it is."""
    if result.statement is not None:
        return []
    if result.holds:
        return held(result.account_id, result.holds)
    return [
        finding(BLOCKED, f"account:{result.account_id}", "statement", result.blocked_by, expected="terms and lines that can be computed",
                remedy="Mend what is named here and run the period again: what is approved already stays as it is.")
    ]  # fmt: skip
