"""What the results of a shard say beside their numbers: words for the statements, and what clauses leave for the next one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from colophon.royalties.account import Account
from colophon.royalties.policy import Policy
from colophon.royalties.row import Rows
from colophon.royalties.rules import Rule
from colophon.royalties.statement.period import Period
from colophon.royalty_run.clauses_in_period import charged_with, named_in, sweeps_in
from colophon.royalty_run.kept import Amounts, Closing
from colophon.royalty_run.records import AccountInput, AccountResult
from colophon.royalty_run.words import earned_to_date, said_of


def with_words(
    results: Sequence[AccountResult],
    ready: Iterable[tuple[AccountInput, Account, Policy]],
    rows: Iterable[Rows],
    rules: Mapping[int, Sequence[Rule]],
    period: Period,
) -> list[AccountResult]:
    """The same results, those with a statement with their words.

    :param rows: of the accounts that are ready, in their order. :param rules: by contract.
    """
    made = {one.account_id: (one, account, policy, own) for (one, account, policy), own in zip(ready, rows, strict=True)}
    return [_said(result, *made[result.account_id], rules, period) if result.statement is not None else result for result in results]


def _said(
    result: AccountResult,
    one: AccountInput,
    account: Account,
    policy: Policy,
    rows: Rows,
    rules: Mapping[int, Sequence[Rule]],
    period: Period,
) -> AccountResult:
    statement, closing, before = result.statement, result.closing, earned_before(one.new, one.opening)
    if statement is None or closing is None:
        return result
    return replace(
        result,
        said=said_of(statement, rows, rules, policy, ends_on=period.ends_on, earned=before, minimum=result.minimum),
        sweeps=sweeps_in(one, period),
        differences=account.differences,
        closing=replace(closing, earned=earned_to_date(before, statement), clauses=named_in(one), charged=charged_with(one, statement)),
    )


def earned_before(new: Iterable[tuple[int, int]], opening: Closing | None) -> Amounts:
    """What each edition had earned at the start of the period, where that is known: as the last statement closed, or nothing yet."""
    told = {(contract, product): amount for contract, product, amount in opening.earned} if opening else {}
    return tuple((*key, amount) for key, amount in sorted({**dict.fromkeys(new, 0), **told}.items()))
