"""What the contracts of an account say beside their terms, as it counts in one period."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from colophon.domain.royalty_clauses import NOBODY, Clause, ClauseKind
from colophon.domain.royalty_terms import RoyaltyTerms
from colophon.errors import BadRecordError
from colophon.royalties.account import Account, AccountStatement, Charge
from colophon.royalties.clauses.account import charges_of, with_clauses
from colophon.royalties.clauses.rates import with_rates
from colophon.royalties.policy import Policy
from colophon.royalties.rules import Rule
from colophon.royalties.statement.period import Period
from colophon.royalties.terms import rules_of
from colophon.royalties.whole_numbers import minor
from colophon.royalty_run.facts import ContractFact, ProductFact
from colophon.royalty_run.records import AccountInput


def rules_in(one: AccountInput, policy: Policy) -> tuple[dict[int, Sequence[Rule]], tuple[str, ...]]:
    """Rules by contract, with its clauses; and clauses that the terms overrule.

    :raises BadRecordError: a clause that cannot be read or computed.
    """
    own = one.clauses or ()
    if unreadable := next((clause for clause in own if clause.kind is ClauseKind.UNREADABLE and clause.contract_id != NOBODY), None):
        raise BadRecordError("A clause of the contract cannot be read.", subject=unreadable.subject, evidence=unreadable.place)
    lost = set(one.opening.clauses if one.opening else ()) - set(named_in(one))
    if lost and (one.clauses is None or any(clause.contract_id == NOBODY for clause in own)):
        what = "there is no sheet" if one.clauses is None else "a row has no contract that can be read"
        raise BadRecordError("Clauses that counted on the last statement are gone.", subject=f"account:{one.account_id}", evidence=what)
    made = {
        terms.contract_id: with_rates(
            rules_of(terms, policy), [clause for clause in own if clause.contract_id == terms.contract_id], terms.currency, policy
        )
        for terms in one.terms
    }
    return {key: rates.rules for key, rates in made.items()}, tuple(text for rates in made.values() for text in rates.differences)


def named_in(one: AccountInput) -> tuple[str, ...]:
    """The names of its contracts' clauses."""
    return tuple(sorted({clause.id for clause in one.clauses or () if clause.kind is not ClauseKind.UNREADABLE}))


def account_in(one: AccountInput, account: Account, policy: Policy, period: Period, overruled: tuple[str, ...]) -> Account:
    """The account, opened by its terms, with its clauses.

    :param overruled: clauses about rates that its terms overrule. :raises BadRecordError: a clause that cannot be computed.
    """
    ahead = {terms.contract_id: account.statement - (terms.statement_number or 1) for terms in one.terms}
    charged = replace(account, charges=_charges(one, account.currency, period), differences=overruled)
    return with_clauses(charged, one.clauses or (), dict(one.published), policy, ahead=ahead)


def _charges(one: AccountInput, currency: str, period: Period) -> tuple[Charge, ...]:
    """What was not charged by an earlier statement; of a period that was approved, what it charged then."""
    before = set(one.opening.charged) if one.opening else set()
    told = charges_of(one.clauses or (), currency, period.ends_on)
    return tuple(charge for charge in told if charge.id not in before and (one.charged is None or charge.id in one.charged))


def charged_with(one: AccountInput, statement: AccountStatement) -> tuple[str, ...]:
    """The names of all charges that were made up to now, by this statement or an earlier one."""
    return tuple(sorted({*(one.opening.charged if one.opening else ()), *(charge.id for charge in statement.charges)}))


def payees_in(clauses: Iterable[Clause], joined: Sequence[RoyaltyTerms]) -> set[int]:
    """Who has a share by a clause that counts, whether or not the terms name them."""
    contracts = {terms.contract_id for terms in joined}
    told = {(terms.contract_id, split.product_id) for terms in joined for split in terms.splits}
    return {
        one.payee_id
        for one in clauses
        if one.kind is ClauseKind.SPLIT
        and one.contract_id in contracts
        and one.payee_id is not None
        and (one.wins or one.territories is not None or (one.contract_id, one.product_id) not in told)
    }


def sweeps_in(one: AccountInput, period: Period) -> bool:
    """M3: whether a clause issues what is due at the end of this period, however little."""
    return any(clause.kind is ClauseKind.SWEEP and period.ends_on.month in clause.months for clause in one.clauses or ())


def made_in(clauses: Iterable[Clause], period: Period) -> tuple[tuple[int, int, str, int], ...]:
    """Contract, product, words and number of copies printed and the like, added up to the end of the period."""
    sums: dict[tuple[int, int, str], int] = {}
    for one in clauses:
        if one.kind is ClauseKind.PRINTED and one.product_id is not None and one.dated is not None and one.dated <= period.ends_on:
            key = (one.contract_id, one.product_id, one.label or "printed")
            sums[key] = sums.get(key, 0) + (one.copies or 0)
    return tuple((*key, copies) for key, copies in sums.items())


def published_of(
    contracts: Collection[int], agreements: Iterable[RoyaltyTerms], facts: Mapping[int, ContractFact], products: Mapping[int, ProductFact]
) -> tuple[tuple[int, date | None], ...]:
    """Each product of some contracts with the day on which it came out, None where nobody tells it."""
    works = {fact.work_id for key in contracts if (fact := facts.get(key)) and fact.work_id is not None}
    named = {rate.product_id for terms in agreements if terms.contract_id in contracts for rate in terms.rates}
    return tuple((key, one.published_on) for key, one in sorted(products.items()) if key in named or one.work_id in works)


def guaranteed_of(joined: Sequence[RoyaltyTerms], contracts: Mapping[int, ContractFact]) -> tuple[tuple[int, int], ...]:
    """Each contract with its guaranteed royalty, where it has one (A7)."""
    found = ((terms, fact.guaranteed) for terms in joined if (fact := contracts.get(terms.contract_id)))
    return tuple((terms.contract_id, minor(amount, terms.currency)) for terms, amount in found if amount)
