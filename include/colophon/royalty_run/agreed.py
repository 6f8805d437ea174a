"""What the contracts of an account say beside their terms, as it counts in one period."""

from collections.abc import Sequence
from dataclasses import replace

from colophon.domain.royalty_clauses import ClauseKind
from colophon.errors import BadRecordError
from colophon.royalties.account import Account, Charge
from colophon.royalties.clauses.account import charges_of, with_clauses
from colophon.royalties.clauses.rates import with_rates
from colophon.royalties.policy import Policy
from colophon.royalties.row import line_hash
from colophon.royalties.rules import Rule
from colophon.royalties.statement.period import Period
from colophon.royalties.terms import rules_of
from colophon.royalty_run.hashes import unpacked
from colophon.royalty_run.records import AccountInput


def rules_in(one: AccountInput, policy: Policy) -> tuple[dict[int, Sequence[Rule]], tuple[str, ...]]:
    """Rules by contract, with its clauses; and clauses that the terms overrule.

    :raises BadRecordError: a clause that cannot be read or computed.
    """
    if unreadable := next((clause for clause in one.clauses if clause.kind is ClauseKind.UNREADABLE), None):
        raise BadRecordError("A clause of the contract cannot be read.", subject=unreadable.subject, evidence=unreadable.place)
    made = {
        terms.contract_id: with_rates(
            rules_of(terms, policy), [clause for clause in one.clauses if clause.contract_id == terms.contract_id], terms.currency, policy
        )
        for terms in one.terms
    }
    return {key: rates.rules for key, rates in made.items()}, tuple(text for rates in made.values() for text in rates.differences)


def account_in(one: AccountInput, account: Account, policy: Policy, period: Period, overruled: tuple[str, ...]) -> Account:
    """The account, opened by its terms, with its clauses.

    :param overruled: clauses about rates that its terms overrule. :raises BadRecordError: a clause that cannot be computed.
    """
    ahead = {terms.contract_id: account.statement - (terms.statement_number or 1) for terms in one.terms}
    charged = replace(account, charges=_charges(one, account.currency, period), differences=overruled)
    return with_clauses(charged, one.clauses, dict(one.published), policy, ahead=ahead)


def _charges(one: AccountInput, currency: str, period: Period) -> tuple[Charge, ...]:
    """What was not charged by an earlier statement; of a period that was approved, what it charged then."""
    before = set(unpacked(one.opening.taken)) if one.opening else set()
    kept = None if one.approved is None else set(unpacked(one.approved))
    told = charges_of(one.clauses, currency, period.ends_on)
    return tuple(charge for charge in told if line_hash(charge.id) not in before and (kept is None or line_hash(charge.id) in kept))


def sweeps_in(one: AccountInput, period: Period) -> bool:
    """M3: whether a clause issues what is due at the end of this period, however little."""
    return any(clause.kind is ClauseKind.SWEEP and period.ends_on.month in clause.months for clause in one.clauses)
