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
from colophon.royalties.statement.period import Period
from colophon.royalties.whole_numbers import minor
from colophon.royalty_run.clauses_in_period import guaranteed_of, made_in, payees_in, published_of
from colophon.royalty_run.doubts import latest_day, of_unread, watch_untold, with_sales
from colophon.royalty_run.facts import ContractFact, Payee, ProductFact
from colophon.royalty_run.faults import without_terms
from colophon.royalty_run.holds import of_account
from colophon.royalty_run.instalments import ADVANCE, HELD, PAYMENT, by_contract, fresh_instalments, is_opened, told_in
from colophon.royalty_run.kept import Closing, Past
from colophon.royalty_run.payments import Paying, tally
from colophon.royalty_run.period import covered_from, is_due
from colophon.royalty_run.receipts import with_receipts
from colophon.royalty_run.records import AccountInput, RunFacts, Tally
from colophon.royalty_run.sales_lookup import SalesLookup, came_out, run_of, theirs_of, titles_of
from colophon.royalty_run.settings import RoyaltySettings
from colophon.royalty_run.sorting import Sorting, once, place, receive
from colophon.royalty_run.spool import Put
from colophon.royalty_run.terms_in_period import terms_in
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


def group(inputs: Inputs, period: Period, settings: RoyaltySettings, past_of: Callable[[str], Past], put: Put) -> Grouped:
    """Account groups (A5), and their lines up to the period's last day (D2; late sales are in, D3) handed to `put` one by one.

    :param past_of: what is known of an account from approved statements.
    """
    joined = accounts_of(inputs.terms)
    due = {key: terms for key, terms in joined.items() if any(is_due(period, one.statement_months) for one in terms)}
    sorting = Sorting(put, {terms.contract_id: key for key, own in due.items() for terms in own})
    known = {terms.contract_id for terms in inputs.terms}
    run_id = run_of(inputs.runs, period)
    later = frozenset(run.id for run in inputs.runs or () if run.id and run.last_day and run.last_day > period.ends_on)
    by_isbn = {one.isbn13: one.id for one in inputs.products.values() if one.isbn13}
    titles = titles_of(inputs.terms, inputs.products, inputs.contracts, inputs.clauses or ())
    shelf = SalesLookup(by_isbn, titles, settings, period, run_id, later, inputs.contracts, latest_day(period))
    watch_untold(inputs, known, inputs.unread, sorting.doubts)
    for sale in inputs.sales:
        sorting.read += 1
        place(sale, shelf, sorting)
    for receipt in inputs.receipts:
        receive(receipt, inputs.payees, period, known, sorting)
    payments = once(inputs.payments, period, sorting)
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


def _account(
    account_id: str,
    *,
    due: Mapping[str, Sequence[RoyaltyTerms]],
    inputs: Inputs,
    new: Mapping[int, Sequence[int]],
    sorting: Sorting,
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
    named = {split.payee_id for terms in joined for split in terms.splits} | payees_in(inputs.clauses or (), joined)
    holds = of_account(joined, named, past.opening, own_payments, inputs.payees, settings)
    counted, told, others = fresh_instalments(joined, past, period)
    paying = Paying(joined, named, past, period, counted)
    used, late = paying.entries(payments)
    again = {one.identity for one in late}
    advances = by_contract(one for one in counted if one.entry.identity not in again)
    off, trouble = paying.on_account(used)
    fresh = (*told, *late, *(one.entry for one in counted if one.entry.identity not in again), *used)
    held = next((one.of for one in fresh if one.state == HELD), "")
    try:
        guaranteed, unfit = guaranteed_of(joined, inputs.contracts), ""
    except BadRecordError as problem:
        guaranteed, unfit = (), f"a guaranteed royalty: {problem.evidence}"
    made = AccountInput(
        account_id=account_id,
        terms=tuple(
            terms_in(_numbered(one, past.opening), advances.get(one.contract_id, ()), is_opened=is_opened(past.opening, one.contract_id))
            for one in joined
        ),
        approved=past.approved.taken if past.approved else None,
        new=tuple((contract, product) for contract in sorted(contracts) for product in new.get(contract, ())),
        on_account=off,
        guaranteed=guaranteed,
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
        trouble=past.trouble or held or trouble or unfit or untold_of(joined, sharing, past.opening, settings.none_of),
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
