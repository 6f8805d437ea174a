"""Where each sale, receipt and payment of a run goes: to its contracts, to another run, or into suspense with the reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from colophon.domain.finding import Finding
from colophon.domain.payment import Payment
from colophon.domain.rights_receipt import RightsReceipt
from colophon.domain.sale import Sale
from colophon.errors import BadRecordError
from colophon.royalties.sales_lines import Title, line_of
from colophon.royalties.statement.period import Period
from colophon.royalties.whole_numbers import minor
from colophon.royalty_run.doubts import Doubts, is_under, require_possible, value_of
from colophon.royalty_run.facts import Payee
from colophon.royalty_run.faults import NO_PRODUCT, NO_TERMS, PAID_TWICE, UNREADABLE, finding
from colophon.royalty_run.holds import LINE
from colophon.royalty_run.instalments import PAYMENT, RETURNED
from colophon.royalty_run.receipts import Receipts
from colophon.royalty_run.records import Hold, Suspense
from colophon.royalty_run.sales_lookup import SalesLookup
from colophon.royalty_run.spool import Put


@dataclass(slots=True)
class Sorting:
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


def place(sale: Sale, shelf: SalesLookup, sorting: Sorting) -> None:
    """A sale goes to every contract that is due of its product, to another run, or into suspense with the reason."""
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


def _hand_over(sale: Sale, titles: Sequence[Title], shelf: SalesLookup, sorting: Sorting, *, is_earlier: bool | None) -> None:
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


def _suspend(sale: Sale, rule: str, found: str, sorting: Sorting) -> None:
    worth = value_of(sale)
    sorting.suspended.append(Suspense(line_id=sale.line_id, subject=found, reason=rule, currency=sale.currency, value=worth))
    sorting.findings.append(finding(rule, f"line:{sale.line_id}"[:200], "the sales line", found))


def receive(receipt: RightsReceipt, payees: Mapping[int, Payee], period: Period, known: set[int], sorting: Sorting) -> None:
    """A receipt goes to its contract, or is in suspense where nobody told that contract's terms; a later one waits.

    :param known: contracts with terms.
    """
    if receipt.contract_id not in known:
        place, found = f"receipt:{receipt.id}", f"contract:{receipt.contract_id}"
        sorting.suspended.append(Suspense(line_id=place, subject=found, reason=NO_TERMS))
        sorting.findings.append(finding(NO_TERMS, f"line:{place}", "the receipt's contract", found))
    elif receipt.received_on <= period.ends_on:
        licensee = payees.get(receipt.licensee_id) if receipt.licensee_id is not None else None
        sorting.receipts.take(receipt, (licensee.name if licensee else None) or "")


def once(payments: Sequence[Payment], period: Period, sorting: Sorting) -> list[Payment]:
    """The payments without those that say again what another one says; these are told."""
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
