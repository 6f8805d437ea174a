"""Records of the system of record -> account groups and their lines. What no statement can have is in suspense, with the reason."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial

from colophon.domain.finding import Finding
from colophon.domain.payment import Payment
from colophon.domain.rights_receipt import RightsReceipt
from colophon.domain.royalty_clauses import NOBODY, Clause
from colophon.domain.royalty_run import RoyaltyRun
from colophon.domain.royalty_terms import RoyaltyTerms
from colophon.domain.sale import Sale
from colophon.errors import BadRecordError
from colophon.royalties.sales_lines import Title, line_of
from colophon.royalties.statement.period import Period
from colophon.royalties.whole_numbers import minor
from colophon.royalty_run.agreed import guaranteed_of, made_in, published_of
from colophon.royalty_run.doubts import Doubts, is_under, latest_day, of_unread, require_possible, value_of, watch_untold, with_sales
from colophon.royalty_run.facts import ContractFact, Payee, ProductFact
from colophon.royalty_run.faults import NO_PRODUCT, NO_TERMS, PAID_TWICE, UNREADABLE, finding, without_terms
from colophon.royalty_run.holds import LINE, of_account
from colophon.royalty_run.instalments import ADVANCE, HELD, PAYMENT, RETURNED, by_contract, fresh_instalments, is_opened, told_in
from colophon.royalty_run.kept import Closing, Past
from colophon.royalty_run.payments import Paying, tally
from colophon.royalty_run.period import covered_from, is_due
from colophon.royalty_run.receipts import Receipts, with_receipts
from colophon.royalty_run.records import AccountInput, Hold, RunFacts, Suspense, Tally
from colophon.royalty_run.sales_lookup import SalesLookup, came_out, run_of, theirs_of, titles_of
from colophon.royalty_run.settings import RoyaltySettings
from colophon.royalty_run.spool import Put
from colophon.royalty_run.standing import terms_in
from colophon.royalty_run.untold import contracts_of, untold_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """Everything that is read for a run; `sales` may be a stream that can be read once. `unread`: what could not be, whole when
    `sales` is at its end. `clauses` None: there is no sheet of them.
    """

    sales: Iterable[Sale]
    terms: Sequence[RoyaltyTerms]
    payments: Sequence[Payment]
    products: Mapping[int, ProductFact]
    contracts: Mapping[int, ContractFact]
    payees: Mapping[int, Payee]
    runs: Sequence[RoyaltyRun] | None = None
    receipts: Sequence[RightsReceipt] = ()
    unread: Sequence[Finding] = ()
    clauses: Sequence[Clause] | None = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouped:
    """The accounts that have a statement this period, by id, made when they are asked for; the facts for later steps; exceptions."""

    account_ids: tuple[str, ...]
    facts: RunFacts
    account: Callable[[str], AccountInput] = field(repr=False)
    findings: tuple[Finding, ...] = ()

    @property
    def accounts(self) -> tuple[AccountInput, ...]:
        """All of them at once."""
        return tuple(map(self.account, self.account_ids))


@dataclass(slots=True)
class _Sorting:
    """Where each sale went; every one goes somewhere."""

    put: Put
    owners: Mapping[int, str]
    receipts: Receipts = field(default_factory=Receipts)
    suspended: list[Suspense] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    doubts: Doubts = field(default_factory=Doubts)
    doubles: list[tuple[str, str, str, int]] = field(default_factory=list)
    read: int = 0
    placed: int = 0
    rights: int = 0
    later: int = 0


def group(inputs: Inputs, period: Period, settings: RoyaltySettings, past_of: Callable[[str], Past], put: Put) -> Grouped:
    """Account groups (A5), and their lines up to the period's last day (D2; late sales are in, D3) handed to `put` one by one.

    :param past_of: what is known of an account from approved statements.
    """
    joined = accounts_of(inputs.terms)
    due = {key: terms for key, terms in joined.items() if any(is_due(period, one.statement_months) for one in terms)}
    sorting = _Sorting(put, {terms.contract_id: key for key, own in due.items() for terms in own})
    known = {terms.contract_id for terms in inputs.terms}
    run_id = run_of(inputs.runs, period)
    later = frozenset(run.id for run in inputs.runs or () if run.id and run.last_day and run.last_day > period.ends_on)
    by_isbn = {one.isbn13: one.id for one in inputs.products.values() if one.isbn13}
    titles = titles_of(inputs.terms, inputs.products, inputs.contracts, inputs.clauses or ())
    shelf = SalesLookup(by_isbn, titles, settings, period, run_id, later, inputs.contracts, latest_day(period))
    watch_untold(inputs, known, inputs.unread, sorting.doubts)
    for sale in inputs.sales:
        sorting.read += 1
        _place(sale, shelf, sorting)
    for receipt in inputs.receipts:
        _receive(receipt, inputs, period, known, sorting)
    payments = _once(inputs.payments, period, sorting)
    untold = of_unread(inputs.unread, known, shelf, sorting.owners, sorting.doubts)
    sorting.findings += [without_terms(one) for one in inputs.clauses or () if one.contract_id not in {*known, NOBODY}]
    facts = RunFacts(
        products=inputs.products,
        contracts=inputs.contracts,
        payees=inputs.payees,
        theirs=theirs_of(inputs.runs, run_id),
        suspended=tuple(sorting.suspended),
        not_due=tuple(sorted(joined.keys() - due.keys())),
        absent=tuple(sorted(known - sorting.owners.keys())),
        lines_read=sorting.read,
        lines_placed=sorting.placed,
        lines_later=sorting.later,
        rights_lines=sorting.rights,
        receipts=sum(len(sorting.receipts.of([contract])) for contract in sorting.owners),
        sublicensees={one.receipt.id: one.licensee for own in sorting.receipts.by_contract.values() for one in own if one.licensee},
        untold=with_sales(untold, inputs, sorting.doubts),
        unread=len(inputs.unread),
        made=made_in(inputs.clauses or (), period),
        money=_read(inputs, period, sorting.owners),
        money_left=tuple(told_in(sorting.doubles)),
        advances={one.contract_id: sum(minor(part.amount, part.currency) for part in one.advances) for one in inputs.terms if one.advances},
    )
    new = came_out(inputs.products, shelf.titles, period)
    account = partial(
        _account,
        due=due,
        inputs=inputs,
        new=new,
        sorting=sorting,
        payments=payments,
        period=period,
        past_of=past_of,
        settings=settings,
        sharing=contracts_of(inputs.terms),
    )
    return Grouped(account_ids=tuple(sorted(due)), facts=facts, account=account, findings=tuple(sorting.findings))


def accounts_of(terms: Iterable[RoyaltyTerms]) -> dict[str, list[RoyaltyTerms]]:
    """Terms by account: the contracts of one set share an account (A5), every other contract has its own (A4)."""
    found: dict[str, list[RoyaltyTerms]] = defaultdict(list)
    for one in sorted(terms, key=lambda one: one.contract_id):
        found[f"set:{one.contract_set}" if one.contract_set else f"contract:{one.contract_id}"].append(one)
    return dict(found)


def _place(sale: Sale, shelf: SalesLookup, sorting: _Sorting) -> None:
    if shelf.period.ends_on < sale.sold_on <= shelf.latest or sale.royalty_run_id in shelf.later_runs:
        sorting.later += 1
        return
    product_id = sale.product_id or shelf.by_isbn.get(sale.isbn13 or "")
    if product_id is None:
        _suspend(sale, NO_PRODUCT, f"product {sale.isbn13 or sale.asin or sale.internal_reference or 'without a number'}", sorting)
        return
    sorting.doubts.sold(product_id, sale)
    titles = shelf.titles.get(product_id)
    if not titles:
        _suspend(sale, NO_TERMS, f"product:{product_id}", sorting)
        return
    own = [title for title in titles if title.contract_id in sorting.owners]
    if not own:
        sorting.later += 1
        return
    is_earlier = None if sale.royalty_run_id is None else sale.royalty_run_id != shelf.run_id
    try:
        _hand_over(replace(sale, product_id=product_id), own, shelf, sorting, is_earlier=is_earlier)
    except BadRecordError as problem:
        _suspend(sale, UNREADABLE, problem.evidence, sorting)
        hold = Hold(rule=LINE, subject=f"product:{product_id}", found=f"a line that cannot be read: {problem.evidence}")
        for title in () if is_earlier else own:
            sorting.doubts.add(sorting.owners[title.contract_id], hold)


def _hand_over(sale: Sale, titles: Sequence[Title], shelf: SalesLookup, sorting: _Sorting, *, is_earlier: bool | None) -> None:
    """What another run has royaltied is no doubt of this one.

    :raises BadRecordError: a country or a day that is none, or an amount with more decimals than its currency.
    """
    if not is_earlier:
        require_possible(sale, shelf)
        every = shelf.titles[sale.product_id or 0]
        titles = [title for title in titles if is_under(sale, title, every, shelf, sorting.owners, sorting.doubts)]
        if not titles:  # the successor's statement is not due yet
            sorting.later += 1
            return
    if (kind := shelf.settings.rights_channels.get(sale.channel_id)) is not None:
        for title in titles:
            sorting.receipts.take_sale(sale, title.contract_id, kind, is_earlier=bool(is_earlier))
        sorting.rights += 1
        return
    told = replace(sale, masterchannel=sale.masterchannel or shelf.settings.channels.get(sale.channel_id))
    for line in [line_of(told, title) for title in titles]:
        sorting.put(sorting.owners[line.contract_id], line, is_earlier)
    sorting.placed += 1


def _suspend(sale: Sale, rule: str, found: str, sorting: _Sorting) -> None:
    worth = value_of(sale)
    sorting.suspended.append(Suspense(line_id=sale.line_id, subject=found, reason=rule, currency=sale.currency, value=worth))
    sorting.findings.append(finding(rule, f"line:{sale.line_id}"[:200], "the sales line", found))


def _receive(receipt: RightsReceipt, inputs: Inputs, period: Period, known: set[int], sorting: _Sorting) -> None:
    if receipt.contract_id not in known:
        place, found = f"receipt:{receipt.id}", f"contract:{receipt.contract_id}"
        sorting.suspended.append(Suspense(line_id=place, subject=found, reason=NO_TERMS))
        sorting.findings.append(finding(NO_TERMS, f"line:{place}", "the receipt's contract", found))
    elif receipt.received_on <= period.ends_on:
        licensee = inputs.payees.get(receipt.licensee_id) if receipt.licensee_id is not None else None
        sorting.receipts.take(receipt, (licensee.name if licensee else None) or "")


def _account(
    account_id: str,
    *,
    due: Mapping[str, Sequence[RoyaltyTerms]],
    inputs: Inputs,
    new: Mapping[int, Sequence[int]],
    sorting: _Sorting,
    payments: Sequence[Payment],
    period: Period,
    past_of: Callable[[str], Past],
    settings: RoyaltySettings,
    sharing: Mapping[int, int],
) -> AccountInput:
    """An account that was approved for this period is computed over the lines that it had then; later ones are the next period's."""
    joined, past = due[account_id], past_of(account_id)
    contracts = {terms.contract_id for terms in joined}
    own_payments = [one for one in payments if one.contract_id in contracts and one.paid_on <= period.ends_on]
    holds = of_account(joined, past.opening, own_payments, inputs.payees, settings)
    counted, told, others = fresh_instalments(joined, past, period)
    paying = Paying(joined, past, period, counted)
    used, late = paying.entries(payments)
    again = {one.identity for one in late}
    advances = by_contract(one for one in counted if one.entry.identity not in again)
    off, trouble = paying.on_account(used)
    fresh = (*told, *late, *(one.entry for one in counted if one.entry.identity not in again), *used)
    held = next((one.of for one in fresh if one.state == HELD), "")
    made = AccountInput(
        account_id=account_id,
        terms=tuple(
            terms_in(_numbered(one, past.opening), advances.get(one.contract_id, ()), is_opened=is_opened(past.opening, one.contract_id))
            for one in joined
        ),
        approved=past.approved.taken if past.approved else None,
        new=tuple((contract, product) for contract in sorted(contracts) for product in new.get(contract, ())),
        on_account=off,
        guaranteed=guaranteed_of(joined, inputs.contracts),
        clauses=None if inputs.clauses is None else tuple(one for one in inputs.clauses if one.contract_id in {*contracts, NOBODY}),
        published=published_of(contracts, inputs.terms, inputs.contracts, inputs.products),
        charged=past.approved.charged if past.approved else None,
        opening=past.opening,
        corrections=past.corrections,
        holds=(*sorting.doubts.of(account_id), *holds),
        released=settings.released_of(account_id, period.label),
        entries=fresh,
        tally=tally((*fresh, *others, *paying.others)),
        since=_since(joined, past, period),
        old=settings.part_of_old(contracts),
        waiting=past.waiting,
        waited=past.waited,
        elsewhere=past.elsewhere,
        trouble=past.trouble or held or trouble or untold_of(joined, sharing, past.opening, settings.none_of),
    )
    return with_receipts(made, joined, sorting.receipts.of(sorted(contracts)), inputs.contracts, period, past)


def _since(joined: Sequence[RoyaltyTerms], past: Past, period: Period) -> date:
    """From which day on sales are ours to pay: since our books begin, or as long as this statement reaches back (D1)."""
    if past.opening is not None:
        return min(past.opening.since or period.starts_on, past.since or period.starts_on)
    return min(past.since or period.starts_on, *(covered_from(period, one.statement_months) for one in joined))


def _numbered(terms: RoyaltyTerms, opening: Closing | None) -> RoyaltyTerms:
    """The terms with the number of the contract's own next statement, once we have issued one."""
    number = dict(opening.numbers).get(terms.contract_id, None if opening.contracts else opening.statement) if opening else None
    return terms if number is None else replace(terms, statement_number=number + 1)


def _read(inputs: Inputs, period: Period, owners: Mapping[int, str]) -> tuple[Tally, ...]:
    """The sums of money of contracts that are due, as they were read: what becomes of them has to add up to this (10)."""
    read: list[tuple[str, str, str, int]] = [
        (ADVANCE, part.currency, "read", minor(part.amount, part.currency))
        for one in inputs.terms
        for part in one.advances
        if one.contract_id in owners and part.paid_on is not None and part.paid_on <= period.ends_on
    ]
    read += [
        (PAYMENT, one.currency, "read", minor(one.amount, one.currency))
        for one in inputs.payments
        if one.contract_id in owners and one.amount > 0 and one.paid_on <= period.ends_on
    ]
    return tuple(told_in(read))


def _once(payments: Sequence[Payment], period: Period, sorting: _Sorting) -> list[Payment]:
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
            if one.contract_id in sorting.owners and one.amount > 0 and one.paid_on <= period.ends_on:
                sorting.doubles.append((PAYMENT, one.currency, RETURNED, minor(one.amount, one.currency)))
    return list(seen.values())
