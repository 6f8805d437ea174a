"""Records of the system of record -> account groups with their lines. What no statement can have is in suspense, with the reason."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from colophon.domain.finding import Finding
from colophon.domain.payment import Payment
from colophon.domain.royalty_run import RoyaltyRun
from colophon.domain.royalty_terms import RoyaltyTerms
from colophon.domain.sale import Sale
from colophon.errors import BadRecordError
from colophon.royalties.lines import Line, Title, line_of
from colophon.royalties.row import line_hash
from colophon.royalties.statement.period import Period
from colophon.royalties.whole_numbers import minor
from colophon.use_cases.royalties.faults import NO_PRODUCT, NO_TERMS, PAID_TWICE, UNREADABLE, finding
from colophon.use_cases.royalties.period import is_due
from colophon.use_cases.royalties.records import (
    AccountInput,
    ContractFact,
    Past,
    Payee,
    ProductFact,
    RunFacts,
    Suspense,
    TheirTotal,
)
from colophon.use_cases.royalties.standing import on_account, terms_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """Everything that was read for a run."""

    sales: Sequence[Sale]
    terms: Sequence[RoyaltyTerms]
    payments: Sequence[Payment]
    products: Mapping[int, ProductFact]
    contracts: Mapping[int, ContractFact]
    payees: Mapping[int, Payee]
    runs: Sequence[RoyaltyRun] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouped:
    """The accounts that have a statement this period, by id; the facts for later steps; exceptions."""

    accounts: tuple[AccountInput, ...]
    facts: RunFacts
    findings: tuple[Finding, ...] = ()


@dataclass(slots=True)
class _Sorting:
    """Where each sale went; every one goes somewhere."""

    lines: dict[int, list[Line]] = field(default_factory=lambda: defaultdict(list))
    history: dict[int, list[Line]] = field(default_factory=lambda: defaultdict(list))
    suspended: list[Suspense] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    later: int = 0
    later_runs: set[int] = field(default_factory=set)


def group(inputs: Inputs, period: Period, channels: Mapping[int, str], past_of: Callable[[str], Past]) -> Grouped:
    """Account groups (A5) with the lines up to the period's last day that no other run has taken (D2); late sales are in (D3).

    :param past_of: what is known of an account from approved statements.
    """
    run_id = _run_of(inputs.runs, period)
    titles = _titles(inputs)
    sorting = _Sorting()
    sorting.later_runs.update(run.id for run in inputs.runs or () if run.id and run.last_day and run.last_day > period.ends_on)
    by_isbn = {one.isbn13: one.id for one in inputs.products.values() if one.isbn13}
    for sale in inputs.sales:
        _place(sale, by_isbn, titles, period, run_id, channels, sorting)
    payments = _once(inputs.payments, sorting)
    accounts: list[AccountInput] = []
    not_due: list[str] = []
    for account_id, joined in sorted(accounts_of(inputs.terms).items()):
        lines = [line for terms in joined for line in sorting.lines.pop(terms.contract_id, [])]
        if not any(is_due(period, terms.statement_months) for terms in joined):
            not_due.append(account_id)
            sorting.later += len(lines)
            continue
        account = _account(account_id, joined, lines, sorting, payments, period, past_of(account_id))
        accounts.append(replace(account, guaranteed=_guaranteed(joined, inputs.contracts)))
    facts = RunFacts(
        products=inputs.products,
        contracts=inputs.contracts,
        payees=inputs.payees,
        theirs=_theirs(inputs.runs, run_id),
        suspended=tuple(sorting.suspended),
        not_due=tuple(not_due),
        lines_read=len(inputs.sales),
        lines_grouped=sum(len(one.lines) for one in accounts),
        lines_later=sorting.later,
    )
    return Grouped(accounts=tuple(accounts), facts=facts, findings=tuple(sorting.findings))


def accounts_of(terms: Iterable[RoyaltyTerms]) -> dict[str, list[RoyaltyTerms]]:
    """Terms by account: the contracts of one set share an account (A5), every other contract has its own (A4)."""
    found: dict[str, list[RoyaltyTerms]] = defaultdict(list)
    for one in sorted(terms, key=lambda one: one.contract_id):
        found[f"set:{one.contract_set}" if one.contract_set else f"contract:{one.contract_id}"].append(one)
    return dict(found)


def shard_of(account_id: str, shards: int) -> int:
    """Which shard an account is in: always the same one, whatever else is in the run."""
    return line_hash(account_id) % shards


def _place(
    sale: Sale,
    by_isbn: Mapping[str, int],
    titles: Mapping[int, Sequence[Title]],
    period: Period,
    run_id: int | None,
    channels: Mapping[int, str],
    sorting: _Sorting,
) -> None:
    if sale.sold_on > period.ends_on or sale.royalty_run_id in sorting.later_runs:
        sorting.later += 1
        return
    product_id = sale.product_id or by_isbn.get(sale.isbn13 or "")
    if product_id is None:
        _suspend(sale, NO_PRODUCT, f"product {sale.isbn13 or sale.asin or sale.internal_reference or 'without a number'}", sorting)
    elif not titles.get(product_id):
        _suspend(sale, NO_TERMS, f"product:{product_id}", sorting)
    else:
        known = replace(sale, product_id=product_id, masterchannel=sale.masterchannel or channels.get(sale.channel_id))
        where = sorting.lines if sale.royalty_run_id in {None, run_id} else sorting.history
        try:
            for title in titles[product_id]:
                where[title.contract_id].append(line_of(known, title))
        except BadRecordError as problem:
            _suspend(sale, UNREADABLE, problem.evidence, sorting)


def _suspend(sale: Sale, rule: str, found: str, sorting: _Sorting) -> None:
    sorting.suspended.append(Suspense(line_id=sale.line_id, subject=found, reason=rule))
    sorting.findings.append(finding(rule, f"line:{sale.line_id}"[:200], "the sales line", found))


def _account(
    account_id: str,
    joined: Sequence[RoyaltyTerms],
    lines: Sequence[Line],
    sorting: _Sorting,
    payments: Sequence[Payment],
    period: Period,
    past: Past,
) -> AccountInput:
    """An account that was approved for this period is computed over the lines that it had then; later ones are the next period's."""
    opening, approved = past.opening, past.approved
    history = [line for terms in joined for line in sorting.history.pop(terms.contract_id, [])]
    # What nobody has royaltied here is in, though another run of Consonance's has it.
    candidates = [*lines, *history] if opening else list(lines)
    before = set(opening.taken) if opening else set()
    fresh = [line for line in candidates if line_hash(line.id) not in before and (not approved or line_hash(line.id) in approved.taken)]
    sorting.later += len(candidates) - len(fresh)
    return AccountInput(
        account_id=account_id,
        terms=tuple(terms_in(one, period, opening) for one in joined),
        lines=tuple(sorted(fresh, key=_order)),
        history=() if opening else tuple(sorted(history, key=_order)),
        on_account=() if opening else on_account(joined, payments, period),
        opening=opening,
        corrections=past.corrections,
    )


def _guaranteed(joined: Sequence[RoyaltyTerms], contracts: Mapping[int, ContractFact]) -> tuple[tuple[int, int], ...]:
    found = ((terms, fact.guaranteed) for terms in joined if (fact := contracts.get(terms.contract_id)))
    return tuple((terms.contract_id, minor(amount, terms.currency)) for terms, amount in found if amount)


def _order(line: Line) -> tuple[int, str]:
    return line.contract_id, line.id


def _titles(inputs: Inputs) -> dict[int, list[Title]]:
    """The contracts of each product: those whose terms name it, and those of its work."""
    by_work: dict[int, list[int]] = defaultdict(list)
    for product in inputs.products.values():
        if product.work_id is not None:
            by_work[product.work_id].append(product.id)
    found: dict[int, list[Title]] = defaultdict(list)
    for terms in sorted(inputs.terms, key=lambda one: one.contract_id):
        contract = inputs.contracts.get(terms.contract_id)
        named = {rate.product_id for rate in terms.rates} | {split.product_id for split in terms.splits}
        own = named | set(by_work.get(contract.work_id, []) if contract and contract.work_id is not None else [])
        for product_id in sorted(one for one in own if one is not None):
            fact = inputs.products.get(product_id)
            found[product_id].append(Title(product_id=product_id, contract_id=terms.contract_id, format=fact.format if fact else "OTHER"))
    return dict(found)


def _run_of(runs: Sequence[RoyaltyRun] | None, period: Period) -> int | None:
    """Consonance's own run of the period: the newest one that ends on its last day."""
    return max((run.id for run in runs or () if run.last_day == period.ends_on and run.id is not None), default=None)


def _theirs(runs: Sequence[RoyaltyRun] | None, run_id: int | None) -> tuple[TheirTotal, ...] | None:
    run = next((run for run in runs or () if run.id is not None and run.id == run_id), None)
    if run is None:
        return None
    return tuple(
        TheirTotal(
            product_id=one.product_id,
            contract_id=one.contract_id,
            units=one.net_units,
            royalty=minor(one.royalty, one.currency),
            currency=one.currency,
        )
        for one in run.totals
    )


def _once(payments: Sequence[Payment], sorting: _Sorting) -> list[Payment]:
    seen: dict[tuple[object, ...], Payment] = {}
    for one in payments:
        key = (
            (one.external_reference, one.contract_id, one.contact_id, one.paid_on, one.amount)
            if one.external_reference
            else (one.id, id(one))
        )
        if seen.setdefault(key, one) is not one:
            found = f"payment {one.id} repeats payment {seen[key].id}"
            sorting.findings.append(finding(PAID_TWICE, f"payment:{one.id}", "external reference", found))
    return list(seen.values())
