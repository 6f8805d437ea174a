"""Records of the system of record -> account groups with their lines. What no statement can have is in suspense, with the reason."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from colophon.domain.finding import Finding, Severity
from colophon.domain.payment import Payment
from colophon.domain.royalty_run import RoyaltyRun
from colophon.domain.royalty_terms import Reserve, RoyaltyTerms
from colophon.domain.sale import Sale
from colophon.errors import BadRecordError
from colophon.royalties.lines import Line, Title, line_of
from colophon.royalties.row import line_hash
from colophon.royalties.statement.period import Period
from colophon.royalties.whole_numbers import minor
from colophon.use_cases.royalties.period import is_due
from colophon.use_cases.royalties.records import (
    AccountInput,
    AccountResult,
    Closing,
    ContractFact,
    Payee,
    ProductFact,
    RunFacts,
    Suspense,
    TheirTotal,
)

OWNER = "royalty_manager"
NO_PRODUCT, NO_TERMS, UNREADABLE = "RS1", "RS2", "RS3"
PAID_TWICE, SUSPENDED, BLOCKED = "RS4", "RS5", "RS6"
_PRINTED = ("PRINT", "HARDBACK", "PAPERBACK", "LARGE_PRINT")
_ADVICE = {
    NO_PRODUCT: ("a product that Consonance has", "Add the product, or correct the line where it was sold; it is royaltied with the next run."),
    NO_TERMS: ("royalty terms of the product's contract", "Enter the contract's royalty terms; the line is royaltied with the next run."),
    UNREADABLE: ("an amount in whole minor units", "Correct the amount where the line was made; it is read again with the next run."),
    PAID_TWICE: ("one payment for each reference", "Delete the one that was entered twice; it was counted once."),
}  # fmt: skip


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


def group(inputs: Inputs, period: Period, channels: Mapping[int, str], opening_of: Callable[[str], Closing | None]) -> Grouped:
    """Account groups (A5) with the lines up to the period's last day that no other run has taken (D2); late sales are in (D3).

    :param opening_of: how an account closed when its last statement was approved here.
    """
    run_id = _run_of(inputs.runs, period)
    titles = _titles(inputs)
    sorting = _Sorting()
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
        accounts.append(_account(account_id, joined, lines, sorting, payments, period, opening_of(account_id)))
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
    if sale.sold_on > period.ends_on:
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


def finding(rule: str, subject: str, place: str, found: str, *, expected: str = "", remedy: str = "") -> Finding:
    """An exception of a royalty run; never with an amount."""
    known = _ADVICE.get(rule, (expected, remedy))
    return Finding(
        subject=subject, rule=rule, severity=Severity.ERROR, field=place, found=found, expected=known[0], remedy=known[1], owner=OWNER
    )


def suspended(result: AccountResult) -> list[Finding]:
    """An exception for each line in suspense; it holds its account back (C2)."""
    return [
        finding(SUSPENDED, f"line:{one.line_id}"[:200], one.subject, one.reason, expected="exactly one rate that applies (C2)",
                remedy=f"Mend the terms or the line; account {one.blocks} waits for it.")
        for one in result.suspended
    ]  # fmt: skip


def blocked(result: AccountResult) -> list[Finding]:
    """The exception of an account without a statement."""
    if result.statement is not None:
        return []
    return [
        finding(BLOCKED, f"account:{result.account_id}", "statement", result.blocked_by, expected="terms and lines that can be computed",
                remedy="Mend what is named here and run the period again: what is approved already stays as it is.")
    ]  # fmt: skip


def _account(
    account_id: str,
    joined: Sequence[RoyaltyTerms],
    lines: Sequence[Line],
    sorting: _Sorting,
    payments: Sequence[Payment],
    period: Period,
    opening: Closing | None,
) -> AccountInput:
    taken = set(opening.taken) if opening else set()
    fresh = [line for line in lines if line_hash(line.id) not in taken]
    sorting.later += len(lines) - len(fresh)
    history = [line for terms in joined for line in sorting.history.pop(terms.contract_id, [])]
    terms = tuple(_terms(one, period, opening) for one in joined)
    return AccountInput(
        account_id=account_id,
        terms=terms,
        lines=tuple(sorted(fresh, key=_order)),
        history=() if opening else tuple(sorted(history, key=_order)),
        on_account=() if opening else _on_account(joined, payments, period),
        opening=opening,
    )


def _order(line: Line) -> tuple[int, str]:
    return line.contract_id, line.id


def _terms(terms: RoyaltyTerms, period: Period, opening: Closing | None) -> RoyaltyTerms:
    """The terms as they count in this period.

    An advance that was paid before the period is in a told opening balance, or in our own closing one, and not counted again;
    an instalment paid after the period counts later (A2). Reserves that are the same for all payees are the contract's.
    """
    is_told = opening is not None or any(split.opening_balance is not None for split in terms.splits)
    since = period.starts_on if is_told else None
    advances = tuple(
        one
        for one in terms.advances
        if one.paid_on is not None and one.paid_on <= period.ends_on and (since is None or one.paid_on >= since)
    )
    reserves = tuple(replace(one, formats=_wider(one.formats)) for one in _of_contract(terms))
    splits = tuple(replace(one, opening_balance=None) for one in terms.splits) if opening else terms.splits
    return replace(terms, advances=advances, reserves=reserves, splits=splits, rates=terms.rates)


def _of_contract(terms: RoyaltyTerms) -> tuple[Reserve, ...]:
    """Reports tell a reserve for each payee: where all have the same ones, they are the contract's."""
    payees = {split.payee_id for split in terms.splits}
    plain = {payee: [replace(one, payee_id=None, origin=None) for one in terms.reserves if one.payee_id == payee] for payee in payees}
    first = next(iter(plain.values()), [])
    if all(one.payee_id is not None for one in terms.reserves) and all(own == first for own in plain.values()):
        return tuple(first)
    return terms.reserves


def _wider(formats: tuple[str, ...] | None) -> tuple[str, ...] | None:
    """A reserve on print is one on hardback and paperback (R1)."""
    return formats if formats is None or "PRINT" not in formats else tuple(dict.fromkeys((*formats, *_PRINTED)))


def _on_account(joined: Sequence[RoyaltyTerms], payments: Sequence[Payment], period: Period) -> tuple[tuple[int, int], ...]:
    """What was paid to payees within the period and is no instalment of an advance: it comes off the balance (A1)."""
    contracts = {terms.contract_id for terms in joined}
    instalments = {(terms.contract_id, one.payee_id, one.amount) for terms in joined for one in terms.advances}
    return tuple(
        (payment.contact_id, minor(payment.amount, payment.currency))
        for payment in payments
        if payment.contract_id in contracts
        and payment.amount > 0
        and period.starts_on <= payment.paid_on <= period.ends_on
        and (payment.contract_id, payment.contact_id, payment.amount) not in instalments
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
