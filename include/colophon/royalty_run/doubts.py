"""What sales and unread records make doubtful, account by account, while a run's records are sorted."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from colophon.domain.countries import is_country
from colophon.domain.finding import Finding
from colophon.domain.sale import Sale
from colophon.errors import BadRecordError
from colophon.royalties.sales_lines import Title
from colophon.royalties.statement.period import Period
from colophon.royalties.whole_numbers import minor_and_rest
from colophon.royalty_run.facts import ContractFact, ProductFact
from colophon.royalty_run.holds import CONTRACT, LINE, TERMS, has_successor, in_force
from colophon.royalty_run.records import Hold, Untold
from colophon.royalty_run.sales_lookup import SalesLookup

FIRST_YEAR, YEARS_AHEAD = 1900, 10


class Known(Protocol):
    """The contracts and products of a run."""

    @property
    def contracts(self) -> Mapping[int, ContractFact]:
        """By id."""

    @property
    def products(self) -> Mapping[int, ProductFact]:
        """By id."""


@dataclass(slots=True)
class Doubts:
    """Holds by account, each once; and what products sold for which nobody could read the terms."""

    by_account: dict[str, dict[Hold, None]] = field(default_factory=lambda: defaultdict(dict))
    sums: dict[int, Counter[str]] = field(default_factory=dict)

    def add(self, account_id: str, hold: Hold) -> None:
        """An account is held; the same reason again says nothing new."""
        self.by_account[account_id][hold] = None

    def of(self, account_id: str) -> tuple[Hold, ...]:
        """The holds of one account."""
        return tuple(self.by_account.get(account_id, ()))

    def sold(self, product_id: int, sale: Sale) -> None:
        """A sale of a product."""
        if product_id in self.sums:
            self.sums[product_id][sale.currency] += value_of(sale)


def value_of(sale: Sale) -> int:
    """What a line was worth, minor units and negative for a return; nought where it does not say, or no amount can say it."""
    try:
        worth = 0 if sale.value is None else minor_and_rest(sale.value, sale.currency)[0]
    except BadRecordError:
        return 0
    return -worth if sale.is_return else worth


def latest_day(period: Period) -> date:
    """Nothing was sold on a day after it: such a day is a typing error."""
    return date(period.ends_on.year + YEARS_AHEAD, 12, 31)


def require_possible(sale: Sale, shelf: SalesLookup) -> None:
    """Nothing, if a sale can have been.

    :raises BadRecordError: a country or a day that is none.
    """
    if sale.country is not None and not is_country(sale.country):
        raise BadRecordError("A country is none of ISO 3166.", evidence=f"the country {sale.country[:20]}")
    if sale.sold_on.year < FIRST_YEAR or sale.sold_on > shelf.latest:
        raise BadRecordError("Nothing was sold on such a day.", evidence=f"the year {sale.sold_on.year}")


def is_under(sale: Sale, title: Title, titles: Sequence[Title], shelf: SalesLookup, owners: Mapping[int, str], doubts: Doubts) -> bool:
    """Whether a sale is royaltied under a contract: one that ended before, or had not begun, leaves it to its successor or predecessor.

    Where there is none, the line stays and the account is held.
    """
    fact = shelf.contracts.get(title.contract_id)
    if in_force(fact, sale.sold_on):
        return True
    others = [shelf.contracts.get(other.contract_id) for other in titles if other.contract_id != title.contract_id]
    if has_successor(fact, others, sale.sold_on):
        return False
    is_early = fact is not None and fact.begins_on is not None and sale.sold_on < fact.begins_on
    found = "a sale before the contract began" if is_early else "a sale after the contract ended"
    doubts.add(owners[title.contract_id], Hold(rule=CONTRACT, subject=f"contract:{title.contract_id}", found=found))
    return True


def watch_untold(known: Known, told: Collection[int], unread: Iterable[Finding], doubts: Doubts) -> None:
    """Before sales are read: add up what contracts sell whose terms could not be read."""
    lost = {contract_of(one) for one in unread} - set(told)
    works = {
        fact.work_id for contract_id in lost if contract_id and (fact := known.contracts.get(contract_id)) and fact.work_id is not None
    }
    doubts.sums = {product.id: Counter() for product in known.products.values() if product.work_id in works}


def contract_of(one: Finding) -> int | None:
    """The contract that an unread record is of; None where it is of none, or does not tell."""
    kind, _, rest = one.about.partition(":")
    return int(rest.partition(" ")[0]) if kind == "contract" else None


def of_unread(
    unread: Iterable[Finding], told: Collection[int], shelf: SalesLookup, owners: Mapping[int, str], doubts: Doubts
) -> dict[str, list[Hold]]:
    """Holds the accounts that an unread record is of; those that have no terms left come back, by account.

    :param told: contracts whose terms could be read. :param owners: the accounts that have a statement, by contract.
    """
    untold: dict[str, list[Hold]] = defaultdict(list)
    for one in unread:
        kind, _, rest = one.about.partition(":")
        found = f"{one.field}: {one.found}"[:200]
        if kind in {"product", "isbn"}:
            name, _, run_id = rest.partition(" run:")
            if run_id and int(run_id) != shelf.run_id:
                continue  # another run has royaltied it
            product_id = int(name) if kind == "product" else shelf.by_isbn.get(name, 0)
            hold = Hold(rule=LINE, subject=f"product:{product_id}", found=f"a line that cannot be read, {found}")
            for title in shelf.titles.get(product_id, ()):
                if title.contract_id in owners:
                    doubts.add(owners[title.contract_id], hold)
        elif (contract_id := contract_of(one)) in told and contract_id is not None:
            if contract_id in owners:
                hold = Hold(rule=LINE, subject=f"contract:{contract_id}", found=f"a record that cannot be read, {found}")
                doubts.add(owners[contract_id], hold)
        elif contract_id is not None:
            hold = Hold(rule=TERMS, subject=f"contract:{contract_id}", found=f"terms that cannot be read, {found}")
            joined = rest.partition(" set:")[2]
            account_id = f"set:{joined}" if joined else f"contract:{contract_id}"
            if account_id in owners.values():
                doubts.add(account_id, hold)
            else:
                untold[account_id].append(hold)
    return untold


def with_sales(untold: Mapping[str, Sequence[Hold]], known: Known, doubts: Doubts) -> tuple[Untold, ...]:
    """The accounts without terms, with what the products of their contracts' works sold."""
    found = []
    for account_id, holds in sorted(untold.items()):
        facts = [known.contracts.get(int(hold.subject.removeprefix("contract:"))) for hold in holds]
        works = {fact.work_id for fact in facts if fact is not None}
        sums: Counter[str] = Counter()
        for product_id, sold in doubts.sums.items():
            if known.products[product_id].work_id in works:
                sums.update(sold)
        found.append(Untold(account_id=account_id, holds=tuple(dict.fromkeys(holds)), sold=tuple(sorted(sums.items()))))
    return tuple(found)
