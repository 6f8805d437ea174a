"""One shard: lines to rows, rows to statements. An account's result is the same in whatever shard it is computed."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from colophon.errors import BadRecordError
from colophon.royalties import controls
from colophon.royalties.account import Account, AccountStatement, Standing, settle
from colophon.royalties.controls import Breach
from colophon.royalties.currency import FxRate, convert_rows
from colophon.royalties.fast_rows import rows_of_files
from colophon.royalties.fast_tables import write_lines
from colophon.royalties.guarantees import Guarantee
from colophon.royalties.lines import Line
from colophon.royalties.policy import ContractGuarantee, Policy
from colophon.royalties.row import Count, Excluded, Opening, Row, Rows, Suspended, line_hash
from colophon.royalties.rules import Rule
from colophon.royalties.statement.period import Period
from colophon.royalties.terms import account_of, rules_of
from colophon.royalties.whole_numbers import minor, ppm
from colophon.use_cases.royalties.records import AccountInput, AccountResult, Closing, Suspense

PolicyOf = Callable[[str], Policy]
"""The policy in the minor units of a currency."""
Rates = Mapping[tuple[str, str], FxRate]


def compute(accounts: Sequence[AccountInput], policy_of: PolicyOf, rates: Rates, period: Period, *, scratch: Path) -> list[AccountResult]:
    """The results of a shard, by account id.

    :param scratch: a folder for what does not fit into memory; its content is left to the caller.
    """
    ready: list[tuple[AccountInput, Account, Policy]] = []
    rules: dict[int, Sequence[Rule]] = {}
    results: list[AccountResult] = []
    for one in accounts:
        policy = policy_of(one.terms[0].currency)
        try:
            own = {terms.contract_id: rules_of(terms, policy) for terms in one.terms}
            account = _opened(one, policy)
            _agents(one)
        except BadRecordError as problem:
            results.append(
                AccountResult(account_id=one.account_id, lines=len(one.lines), blocked_by=f"{problem.sentence} ({problem.evidence})")
            )
            continue
        rules.update(own)
        ready.append((one, account, policy))
    if ready:
        whole = _rows(ready, rules, scratch)
        results += [_result(one, account, part, policy, rates, period) for (one, account, policy), part in zip(ready, whole, strict=True)]
    return sorted(results, key=lambda result: result.account_id)


def _rows(ready: Sequence[tuple[AccountInput, Account, Policy]], rules: Mapping[int, Sequence[Rule]], scratch: Path) -> list[Rows]:
    """All accounts' rows, account by account. Policies differ by currency in amounts alone, which rows do not have."""
    policy = ready[0][2]
    opening = _merged([_opening(one.opening) for one, _, _ in ready if one.opening])
    history = [line for one, _, _ in ready for line in one.history]
    if history:
        before = _rows_of(history, rules, Opening(), policy, scratch / "history")
        opening = _merged([opening, before.closing])
    return _apart(_rows_of((line for one, _, _ in ready for line in one.lines), rules, opening, policy, scratch / "period"), ready)


def _rows_of(lines: Iterable[Line], rules: Mapping[int, Sequence[Rule]], opening: Opening, policy: Policy, folder: Path) -> Rows:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "lines.parquet"
    write_lines(lines, file)
    return rows_of_files([file], rules, opening, policy, scratch=folder)


def _opened(one: AccountInput, policy: Policy) -> Account:
    """The account as its terms open it, or as its last approved statement left it (identity 5)."""
    account = account_of(one.account_id, one.terms, policy=policy)
    account = replace(account, guarantees=(*account.guarantees, *_guarantees(one, policy)))
    for terms in one.terms:
        if not terms.splits:
            raise BadRecordError("A contract has no payees.", subject=terms.subject, evidence="splits")
    if one.opening is None:
        paid = dict.fromkeys(account.payees, 0)
        for payee, amount in one.on_account:
            paid[payee] = paid.get(payee, 0) + amount
        payees = {payee: replace(standing, balance=standing.balance - paid[payee]) for payee, standing in account.payees.items()}
        return replace(account, payees=payees)
    return _continued(account, one.opening)


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
    return replace(account, payees=payees, joint=_added(before.joint, account.joint), held=before.held, statement=before.statement + 1)


def _added(closed: Standing, since: Standing) -> Standing:
    return Standing(balance=closed.balance, advance=closed.advance, advance_paid=since.advance)


def _result(one: AccountInput, account: Account, rows: Rows, policy: Policy, rates: Rates, period: Period) -> AccountResult:
    suspended = tuple(
        Suspense(line_id=left.line.id, subject=f"product:{left.line.product_id}", reason=left.trouble.value, blocks=one.account_id)
        for left in rows.suspended
    )
    excluded = tuple(
        Suspense(line_id=left.line.id, subject=f"product:{left.line.product_id}", reason=left.reason) for left in rows.excluded
    )
    told = AccountResult(account_id=one.account_id, lines=len(one.lines), suspended=suspended, excluded=excluded)
    breaches = [*controls.of_lines(one.lines, rows), *controls.of_counters(rows)]
    if suspended:
        return replace(told, blocked_by=f"{len(suspended)} lines in suspense", breaches=_named(breaches, rows))
    converted, without = convert_rows(rows.rows, account.currency, rates, policy.fx)
    if without:
        return replace(told, blocked_by=f"no exchange rate for {without[0].key.currency}", breaches=_named(breaches, rows))
    corrected = [row for mended in one.corrections for row in (mended.reversal, mended.replacement) if row.row.basis_sum]
    try:
        statement = settle(account, (*converted, *corrected), (), policy, period_end=period.ends_on)
    except KeyError:
        return replace(told, blocked_by="the shares of its payees do not make a whole", breaches=_named(breaches, rows))
    except BadRecordError as problem:
        return replace(told, blocked_by=problem.sentence, breaches=_named(breaches, rows))
    breaches += controls.of_statement(statement)
    return replace(
        told,
        statement=statement,
        closing=_closed(one, statement, rows, period),
        agents=_agents(one),
        minimum=_minimum(one),
        breaches=_named(breaches, rows),
    )


def _named(breaches: Iterable[Breach], rows: Rows) -> tuple[Breach, ...]:
    """Identities that do not hold, with the rows behind them."""
    names = tuple(row_name(row) for row in rows.rows)
    return tuple(breach if breach.rows else replace(breach, rows=names) for breach in breaches)


def row_name(row: Row) -> str:
    """How reports name a row; it tells no amount."""
    key = row.key
    return f"contract:{key.contract_id}/product:{key.product_id}/{key.format}/{key.channel_group or 'any'}/{key.kind}"


def _closed(one: AccountInput, statement: AccountStatement, rows: Rows, period: Period) -> Closing:
    """How the account stands after the statement; what is due counts as paid until the payout carries it."""
    earlier = one.opening.taken if one.opening else ()
    return Closing(
        account_id=one.account_id,
        period=period.label,
        statement=statement.statement,
        counters=tuple(sorted(rows.closing.counters.items())),
        standing=tuple(sorted(rows.closing.standing.items())),
        prior=tuple(sorted(rows.closing.prior.items(), key=lambda item: item[0])),
        stock=tuple(sorted(rows.closing.stock.items(), key=lambda item: repr(item[0]))),
        held=statement.reserve.closing,
        joint=Standing(balance=statement.joint.debit, advance=statement.joint.advance_closing),
        payees=tuple((payee, Standing(balance=own.debit, advance=own.advance_closing)) for payee, own in sorted(statement.payees.items())),
        taken=tuple(sorted({*earlier, *(line_hash(line.id) for line in (*one.lines, *one.history))})),
        rows=statement.rows,
    )


def _agents(one: AccountInput) -> tuple[tuple[int, int, int], ...]:
    """Payee, agent, commission in ppm: one agent's percentage is the same on all contracts of an account (P5).

    :raises BadRecordError: it is not, or an agent has none.
    """
    found: dict[tuple[int, int], int] = {}
    for terms in one.terms:
        for split in terms.splits:
            if split.agent_id is None:
                continue
            if split.commission_percent is None:
                raise BadRecordError("An agent has no commission.", subject=terms.subject, evidence="commission_percent")
            commission = ppm(split.commission_percent)
            if found.setdefault((split.payee_id, split.agent_id), commission) != commission:
                raise BadRecordError("An agent has two commissions in one account.", subject=terms.subject, evidence="commission_percent")
    return tuple((payee, agent, commission) for (payee, agent), commission in sorted(found.items()))


def _minimum(one: AccountInput) -> int | None:
    """The minimum payment of the account: the highest of its contracts (M1)."""
    return max((minor(terms.minimum_payment, terms.currency) for terms in one.terms if terms.minimum_payment is not None), default=None)


def _opening(closing: Closing) -> Opening:
    return Opening(counters=dict(closing.counters), standing=dict(closing.standing), prior=dict(closing.prior), stock=dict(closing.stock))


def _merged(parts: Iterable[Opening]) -> Opening:
    """Counters belong to contracts, so nothing meets."""
    whole = Opening(counters={}, standing={}, prior={}, stock={})
    for part in parts:
        whole = Opening(
            counters={**whole.counters, **part.counters},
            standing={**whole.standing, **part.standing},
            prior={**whole.prior, **part.prior},
            stock={**whole.stock, **part.stock},
        )
    return whole


def _apart(whole: Rows, ready: Sequence[tuple[AccountInput, Account, Policy]]) -> list[Rows]:
    """Rows, counts and what was left, account by account."""
    owner = {terms.contract_id: one.account_id for one, _, _ in ready for terms in one.terms}
    rows: dict[str, list[Row]] = defaultdict(list)
    counts: dict[str, list[Count]] = defaultdict(list)
    suspended: dict[str, list[Suspended]] = defaultdict(list)
    excluded: dict[str, list[Excluded]] = defaultdict(list)
    for row in whole.rows:
        rows[owner[row.key.contract_id]].append(row)
    for count in whole.counts:
        counts[owner[_contract(count.key.group)]].append(count)
    for left in whole.suspended:
        suspended[owner[left.line.contract_id]].append(left)
    for free in whole.excluded:
        excluded[owner[free.line.contract_id]].append(free)
    closing = _closing_apart(whole.closing, owner)
    # A line over a threshold is in two rows: lines are counted for the shard, copies and value account by account.
    given = sum(len(one.lines) for one, _, _ in ready)
    lost = {ready[0][0].account_id: given - whole.lines_in_rows - len(whole.suspended) - len(whole.excluded)}
    return [
        Rows(
            rows=tuple(rows[one.account_id]),
            counts=tuple(counts[one.account_id]),
            suspended=tuple(suspended[one.account_id]),
            excluded=tuple(excluded[one.account_id]),
            closing=closing.get(one.account_id, Opening()),
            lines_in_rows=len(one.lines) - len(suspended[one.account_id]) - len(excluded[one.account_id]) - lost.get(one.account_id, 0),
        )
        for one, _, _ in ready
    ]


def _closing_apart(closing: Opening, owner: Mapping[int, str]) -> dict[str, Opening]:
    found: dict[str, Opening] = {}
    for account_id in set(owner.values()):
        found[account_id] = Opening(counters={}, standing={}, prior={}, stock={})
    for name in ("counters", "standing", "prior"):
        for key, value in getattr(closing, name).items():
            if _contract(key.group) in owner:
                getattr(found[owner[_contract(key.group)]], name)[key] = value
    for (key, product, price), stock in closing.stock.items():
        if _contract(key.group) in owner:
            found[owner[_contract(key.group)]].stock[key, product, price] = stock  # type: ignore[index] # made a dict above
    return found


def _contract(group: str) -> int:
    return int(group.partition(":")[0])
