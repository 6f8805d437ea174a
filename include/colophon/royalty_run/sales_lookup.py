"""What sales and payments of a run are looked up in: titles by product, Consonance's own run, what came out in the period."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from colophon.domain.money import minor_digits
from colophon.domain.royalty_clauses import Clause, ClauseKind
from colophon.domain.royalty_run import RoyaltyRun
from colophon.domain.royalty_terms import RoyaltyTerms
from colophon.royalties.rounding import rounded
from colophon.royalties.sales_lines import Pool, Title
from colophon.royalties.statement.period import Period
from colophon.royalties.whole_numbers import minor
from colophon.royalty_run.facts import ContractFact, ProductFact
from colophon.royalty_run.records import TheirTotal
from colophon.royalty_run.settings import RoyaltySettings


@dataclass(frozen=True, slots=True)
class SalesLookup:
    """What a sale is looked up in. `latest`: nothing was sold on a day after it."""

    by_isbn: Mapping[str, int]
    titles: Mapping[int, Sequence[Title]]
    settings: RoyaltySettings
    period: Period
    run_id: int | None
    later_runs: frozenset[int]
    contracts: Mapping[int, ContractFact]
    latest: date


def came_out(products: Mapping[int, ProductFact], titles: Mapping[int, Sequence[Title]], period: Period) -> dict[int, list[int]]:
    """What was published within the period, by contract: nothing of it was sold before."""
    found: dict[int, list[int]] = defaultdict(list)
    for key, fact in sorted(products.items()):
        if fact.published_on is not None and fact.published_on >= period.starts_on:
            for title in titles.get(key, ()):
                found[title.contract_id].append(key)
    return found


def titles_of(
    agreements: Sequence[RoyaltyTerms],
    products: Mapping[int, ProductFact],
    contracts: Mapping[int, ContractFact],
    clauses: Sequence[Clause] = (),
) -> dict[int, list[Title]]:
    """The contracts of each product: those whose terms or clauses name it, and those of its work."""
    by_work: dict[int, list[int]] = defaultdict(list)
    for product in products.values():
        if product.work_id is not None:
            by_work[product.work_id].append(product.id)
    by_contract: dict[int, list[Clause]] = defaultdict(list)
    for clause in clauses:
        by_contract[clause.contract_id].append(clause)
    found: dict[int, list[Title]] = defaultdict(list)
    for terms in sorted(agreements, key=lambda one: one.contract_id):
        contract = contracts.get(terms.contract_id)
        said = by_contract[terms.contract_id]
        named = {one.product_id for told in (terms.rates, terms.splits, said) for one in told}
        own = named | set(by_work.get(contract.work_id, []) if contract and contract.work_id is not None else [])
        for product_id in sorted(one for one in own if one is not None):
            fact = products.get(product_id)
            found[product_id].append(_title(product_id, terms, fact.format if fact else "OTHER", said))
    return dict(found)


def _title(product_id: int, terms: RoyaltyTerms, form: str, clauses: Sequence[Clause]) -> Title:
    own = [one for one in clauses if one.product_id in {None, product_id}]
    costs = [
        (one.masterchannel, minor(one.amount, terms.currency)) for one in own if one.kind is ClauseKind.COST and one.amount is not None
    ]
    pools = tuple(
        Pool(
            masterchannel=one.masterchannel,
            since=one.sold_from,
            until=one.sold_to,
            fund=None if one.amount is None else minor(one.amount, terms.currency),
            readings=one.copies or 0,
        )
        for one in own
        if one.kind is ClauseKind.POOL and one.masterchannel
    )
    return Title(product_id=product_id, contract_id=terms.contract_id, format=form, unit_costs=tuple(costs), pools=pools)


def run_of(runs: Sequence[RoyaltyRun] | None, period: Period) -> int | None:
    """Consonance's own run of the period: the newest one that ends on its last day."""
    return max((run.id for run in runs or () if run.last_day == period.ends_on and run.id is not None), default=None)


def _in_minor_units(amount: Decimal, currency: str) -> tuple[int, int]:
    """Top and bottom of a fraction: Consonance may tell parts of a penny, and is compared to the penny."""
    top, bottom = amount.as_integer_ratio()
    return top * 10 ** minor_digits(currency), bottom


def theirs_of(runs: Sequence[RoyaltyRun] | None, run_id: int | None) -> tuple[TheirTotal, ...] | None:
    """What that run gave for each product of each contract; None where it is not there."""
    run = next((run for run in runs or () if run.id is not None and run.id == run_id), None)
    if run is None:
        return None
    return tuple(
        TheirTotal(
            product_id=one.product_id,
            contract_id=one.contract_id,
            units=one.net_units,
            royalty=rounded(*_in_minor_units(one.royalty, one.currency)),
            currency=one.currency,
        )
        for one in run.totals
    )
