"""One shard: lines to rows, rows to statements. An account's result is the same in whatever shard it is computed."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from colophon.errors import BadRecordError
from colophon.royalties import controls
from colophon.royalties.account import Account
from colophon.royalties.breaches import Breach
from colophon.royalties.fast_rows import rows_of_files
from colophon.royalties.fast_tables import write_lines
from colophon.royalties.guarantees import Guarantee
from colophon.royalties.line import Line
from colophon.royalties.policy import ContractGuarantee, Policy
from colophon.royalties.returned import by_type, limited
from colophon.royalties.row import Opening, Row, Rows
from colophon.royalties.rules import Rule
from colophon.royalties.standing import Standing
from colophon.royalties.statement.period import Period
from colophon.royalties.terms import account_of
from colophon.royalty_run.clauses_in_period import account_in, rules_in, sweeps_in
from colophon.royalty_run.closing import Computed, Copies, closed, taken_off
from colophon.royalty_run.holds import RELEASABLE, TERMS, due_of, is_paid, of_changes, of_repeats
from colophon.royalty_run.keeping import booked, held_money, of_identities, of_seen, seen_of
from colophon.royalty_run.kept import BEFORE, ELSEWHERE, HELD, LATER, LEFT, NOW, Closing
from colophon.royalty_run.period import covered_from
from colophon.royalty_run.records import AccountInput, AccountResult, Hold, PolicyOf, Suspense
from colophon.royalty_run.said import with_words
from colophon.royalty_run.settling import Rates, agents_of, minimum_of, require_believable, settled, stake_of, with_rests
from colophon.royalty_run.shard_lines import ShardLines, Told, shard_lines
from colophon.royalty_run.split_by_account import merged, opening_of, split_by_account

OLD_SALES = "sales from before our books: nobody has said in royalties.yaml (old_sales) how they stand"


def compute(
    accounts: Sequence[AccountInput],
    lines: Sequence[Path],
    policy_of: PolicyOf,
    rates: Rates,
    period: Period,
    *,
    scratch: Path,
    memory_limit: str = "600MB",
) -> list[AccountResult]:
    """The results of a shard, by account id.

    :param lines: the shard's files, as `Spool` writes them. :param scratch: a folder for what does not fit into memory; its
        content is left to the caller. :param memory_limit: of the engine.
    """
    ready, rules, refused = _ready(accounts, policy_of, period)
    with shard_lines(lines, accounts, {one.account_id for one, _, _ in ready}, scratch=scratch, memory_limit=memory_limit) as split:
        results = [_blocked(one, split.told[one.account_id], why) for one, why in refused]
        if ready:
            whole, before = _rows(ready, rules, split, scratch, memory_limit)
            left = {line.id for rows in whole for line in (*(one.line for one in rows.suspended), *(one.line for one in rows.excluded))}
            names = split.names(left)
            results += [
                _result(Computed(one, account, policy, rows, split.told[one.account_id], known, names), rates, period)
                for (one, account, policy), rows, known in zip(ready, whole, before, strict=True)
            ]
            results = with_words(results, ready, whole, rules, period)
    return sorted(results, key=lambda result: result.account_id)


class Ready(NamedTuple):
    """An account whose terms can be computed."""

    given: AccountInput
    account: Account
    policy: Policy


def _ready(
    accounts: Sequence[AccountInput], policy_of: PolicyOf, period: Period
) -> tuple[list[Ready], dict[int, Sequence[Rule]], list[tuple[AccountInput, str]]]:
    """Accounts with their engine's form, rules by contract, and the accounts whose terms cannot be computed, with the reason."""
    ready: list[Ready] = []
    rules: dict[int, Sequence[Rule]] = {}
    refused: list[tuple[AccountInput, str]] = []
    for one in accounts:
        if one.trouble:
            refused.append((one, one.trouble))
            continue
        policy = policy_of(one.terms[0].currency)
        try:
            own, overruled = rules_in(one, policy)
            account = account_in(one, _opened(one, policy), policy, period, overruled)
            agents_of(one)
            require_believable(own.values())
        except BadRecordError as problem:
            refused.append((one, f"{problem.sentence} ({problem.evidence})"))
            continue
        rules.update(own)
        ready.append(Ready(one, account, policy))
    return ready, rules, refused


def _blocked(one: AccountInput, told: Told, why: str) -> AccountResult:
    """An account without a statement: everything that is new of it waits."""
    seen = seen_of(one, told, is_blocked=True)
    holds = (*((Hold(rule=TERMS, subject=f"account:{one.account_id}", found=why),) if why and why != one.trouble else ()), *one.holds)
    return AccountResult(
        account_id=one.account_id,
        lines=told.lines(NOW),
        lines_left=sum(told.lines(part) for part in (BEFORE, ELSEWHERE, HELD, LATER, LEFT)),
        read=told.read,
        receipts=one.receipts_read,
        suspended=one.held,
        holds=holds,
        blocked_by="; ".join(dict.fromkeys(filter(None, (why, *(hold.found for hold in holds))))),
        contracts=tuple(terms.contract_id for terms in one.terms),
        booked=booked(told, is_blocked=True),
        gone=told.gone,
        seen=seen,
        money=held_money(one.entries),
        tally=one.tally,
        breaches=tuple(of_seen(one.account_id, seen)),
    )


def _rows(
    ready: Sequence[Ready], rules: Mapping[int, Sequence[Rule]], split: ShardLines, scratch: Path, memory_limit: str
) -> tuple[list[Rows], list[Copies]]:
    """All accounts' rows, and copies sold before, account by account. Policies differ by currency in amounts alone, which rows do not have."""
    opening = merged([opening_of(one.opening) for one, _, _ in ready if one.opening])
    sold: dict[int, Copies] = defaultdict(dict)

    def rows_of(files: Sequence[Path], opening: Opening, name: str) -> Rows:
        folder = scratch / name
        folder.mkdir()
        if not files:
            files = [folder / "none.parquet"]
            write_lines([], files[0])
        return rows_of_files(files, rules, opening, ready[0].policy, scratch=folder, memory_limit=memory_limit)

    if split.before:
        before = rows_of(split.before, Opening(), "before")
        opening = merged([opening, before.closing])
        for row in before.rows:
            own = sold[row.key.contract_id]
            own[row.key.contract_id, row.key.product_id] = own.get((row.key.contract_id, row.key.product_id), 0) + row.units
    known = [_copies_before(one, sold) for one, _, _ in ready]
    return split_by_account(rows_of(split.now, opening, "now"), [one for one, _, _ in ready], split.told), known


def _copies_before(one: AccountInput, sold: Mapping[int, Copies]) -> Copies:
    """Net copies to the start of the period, where they are known: as the last statement closed, else what was sold before us (SS22)."""
    new = dict.fromkeys(one.new, 0)
    if one.opening:
        return {**new, **{(contract, product): copies for contract, product, copies in one.opening.copies}}
    return {**new, **{key: copies for terms in one.terms for key, copies in sold.get(terms.contract_id, {}).items()}}


def _opened(one: AccountInput, policy: Policy) -> Account:
    """The account as its terms open it, or as its last approved statement left it (identity 5)."""
    account = account_of(one.account_id, one.terms, policy=policy)
    account = replace(account, guarantees=(*account.guarantees, *_guarantees(one, policy)))
    for terms in one.terms:
        if not terms.splits:
            raise BadRecordError("A contract has no payees.", subject=terms.subject, evidence="splits")
    if one.opening is not None:
        account = _continued(account, one.opening)
    paid = dict(one.on_account)
    payees = {payee: replace(own, balance=own.balance - paid.get(payee, 0)) for payee, own in account.payees.items()}
    return replace(account, payees=payees)


def _guarantees(one: AccountInput, policy: Policy) -> tuple[Guarantee, ...]:
    """Of whole contracts (A7).

    :raises BadRecordError: there is one, and the policy leaves it to a person.
    """
    if one.guaranteed and policy.contract_guarantee is ContractGuarantee.HELD_BACK:
        raise BadRecordError("A contract has a guaranteed royalty.", subject=f"account:{one.account_id}", evidence="guaranteed_royalty")
    return tuple(Guarantee(contract_id=contract, least=amount) for contract, amount in one.guaranteed)


def _continued(account: Account, before: Closing) -> Account:
    """Advances in the terms are those paid since (A2); all else stands as it closed."""
    closed = dict(before.payees)
    payees = {
        payee: _added(closed.get(payee, Standing()), account.payees.get(payee, Standing())) for payee in sorted({*closed, *account.payees})
    }
    number = before.statement + 1
    # A reserve is by its contract's own statements, whatever number the account has (R4).
    ahead = number - account.statement
    reserves = tuple(
        replace(one, first=one.first + ahead, last=None if one.last is None else one.last + ahead) for one in account.reserve_terms
    )
    joint = _added(before.joint, account.joint)
    return replace(account, payees=payees, joint=joint, held=before.held, statement=number, reserve_terms=reserves)


def _added(closed: Standing, since: Standing) -> Standing:
    """What was told of a contract that is new in the account comes on top of how the others closed."""
    return Standing(balance=closed.balance + since.balance, advance=closed.advance, advance_paid=since.advance)


def _result(made: Computed, rates: Rates, period: Period) -> AccountResult:
    one, account, policy, rows = made.given, made.account, made.policy, made.rows
    suspended = tuple(replace(_left(left.line, made.names), reason=left.trouble.value, blocks=one.account_id) for left in rows.suspended)
    excluded = tuple(replace(_left(left.line, made.names), reason=left.reason) for left in rows.excluded)
    told = replace(
        _blocked(one, made.told, ""),
        blocked_by="",
        suspended=(*one.held, *suspended),
        excluded=excluded,
        agents=agents_of(one),
        minimum=minimum_of(one),
    )
    breaches = [*told.breaches, *controls.of_totals(made.told.totals[NOW], rows), *controls.of_counters(rows)]
    earned = by_type(one.opening.types if one.opening else ())
    earned |= {(contract, product, "", account.currency): 0 for contract, product in one.new}
    exact = with_rests(rows, made.told.rests, policy)
    beyond, types = limited(exact.rows, earned, {(contract, product) for contract, product, *_ in earned})
    statement, holds, reasons = settled(one, account, policy, replace(exact, rows=(*exact.rows, *beyond)), rates, period)
    holds = (
        *holds,
        *of_changes(one.account_id, one.opening, made.told.months, period),
        *of_repeats(one.account_id, made.told.repeats, period),
    )
    if old := made.told.lines(HELD):
        reasons = [f"{old} {OLD_SALES}", *reasons]
    if suspended or one.held:
        waiting = " and ".join(
            f"{len(left)} {what}{'s' if len(left) > 1 else ''} in suspense"
            for left, what in ((suspended, "line"), (one.held, "receipt"))
            if left
        )
        reasons = [waiting, *reasons]
    let_go = {rule: text for rule, text in one.released if rule in RELEASABLE}
    released = tuple((hold, let_go[hold.rule]) for hold in holds if hold.rule in let_go)
    holds = tuple(hold for hold in holds if hold.rule not in let_go)
    told = replace(told, holds=holds, released=released)
    reasons += [hold.found for hold in holds]
    if reasons or statement is None:
        return replace(
            told, blocked_by="; ".join(dict.fromkeys(reasons)), stake=stake_of(statement, holds), breaches=_named(breaches, rows)
        )
    seen = seen_of(one, made.told, is_blocked=False)
    breaches += [*controls.of_statement(statement), *of_seen(one.account_id, seen), *of_identities(one, made.told)]
    before = one.opening.last_due if one.opening else 0
    is_due = sweeps_in(one, period) or is_paid(statement, minimum_of(one), policy)
    last_due = due_of(statement) if is_due else before
    return replace(
        told,
        booked=booked(made.told, is_blocked=False),
        seen=seen,
        money=one.entries,
        on_account=taken_off(made),
        statement=statement,
        covers_from=max(covered_from(period, terms.statement_months) for terms in one.terms),
        closing=replace(
            closed(made, statement, period), types=tuple((*own, amount) for own, amount in sorted(types.items())), last_due=last_due
        ),
        copies_before=tuple((*key, copies) for key, copies in sorted(made.known.items())),
        breaches=_named(breaches, rows),
    )


def _left(line: Line, names: Mapping[str, str]) -> Suspense:
    return Suspense(
        line_id=names.get(line.id, line.id), subject=f"product:{line.product_id}", reason="", currency=line.currency, value=line.value or 0
    )


def _named(breaches: Iterable[Breach], rows: Rows) -> tuple[Breach, ...]:
    """Identities that do not hold, with the rows behind them."""
    names = tuple(row_name(row) for row in rows.rows)
    return tuple(breach if breach.rows else replace(breach, rows=names) for breach in breaches)


def row_name(row: Row) -> str:
    """How reports name a row; it tells no amount."""
    key = row.key
    return f"contract:{key.contract_id}/product:{key.product_id}/{key.format}/{key.channel_group or 'any'}/{key.kind}"
