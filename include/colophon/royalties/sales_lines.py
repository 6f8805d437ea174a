"""Which sales a run takes in, and each as lines: one under each contract."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from colophon.domain.sale import Sale
from colophon.royalties.line import Line
from colophon.royalties.rounding import PPM, REST, rounded
from colophon.royalties.whole_numbers import minor, minor_and_rest


def before_tax(price: int, rate: int) -> int:
    """B2: a price in minor units without the sales tax in it, whose rate is in ppm; half away from zero."""
    return rounded(price * PPM, PPM + rate)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """A masterchannel whose quantity is what was read or lent (E5); of a fund (minor units), where it is named, each reading has the same part."""

    masterchannel: str
    since: date | None = None
    until: date | None = None
    fund: int | None = field(default=None, repr=False)
    readings: int = 0

    def holds(self, sale: Sale) -> bool:
        """Whether the sale is of this pool."""
        in_time = (self.since is None or sale.sold_on >= self.since) and (self.until is None or sale.sold_on <= self.until)
        return sale.masterchannel == self.masterchannel and in_time

    def value(self, quantity: int) -> int | None:
        """What so many readings have of the fund, half away from zero; None where no fund is named."""
        return None if self.fund is None or not self.readings else rounded(self.fund * quantity, self.readings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Title:
    """One product under one contract: a product under two contracts gives two lines for each sale.

    `unit_costs`: what a copy cost us, by masterchannel, None for all of them. `pools`: channels whose quantity is no copies.
    """

    product_id: int
    contract_id: int
    format: str
    unit_costs: tuple[tuple[str | None, int], ...] = ()
    pools: tuple[Pool, ...] = ()

    def unit_cost(self, masterchannel: str | None) -> int | None:
        """What a copy cost that was sold there; what is said of one channel comes before what is said of all."""
        told = dict(self.unit_costs)
        return told.get(masterchannel, told.get(None))


@dataclass(frozen=True, slots=True, kw_only=True)
class Selected:
    """The lines of a run, and the sales it leaves: of other runs or later days (D2), and of products without a contract."""

    lines: tuple[Line, ...]
    not_now: tuple[Sale, ...]
    no_contract: tuple[Sale, ...]


def select(sales: Iterable[Sale], titles: Mapping[int, Sequence[Title]], *, last_day: date, run_id: int | None = None) -> Selected:
    """The sales up to and including the run's last day that no other run has taken (D2); late sales keep their day (D3).

    :param titles: by product id.
    :raises BadRecordError: an amount with more decimals than its currency.
    """
    lines: list[Line] = []
    not_now: list[Sale] = []
    no_contract: list[Sale] = []
    for sale in sales:
        if sale.sold_on > last_day or sale.royalty_run_id not in (None, run_id):
            not_now.append(sale)
        elif sale.product_id is None or not titles.get(sale.product_id):
            no_contract.append(sale)
        else:
            lines.extend(line_of(sale, title) for title in titles[sale.product_id])
    return Selected(lines=tuple(lines), not_now=tuple(not_now), no_contract=tuple(no_contract))


def line_of(sale: Sale, title: Title) -> Line:
    """One sale under one contract; a return's units and value become negative (N1), the value on the line is kept (B4).

    :raises BadRecordError: an amount with more decimals than its currency.
    """
    sign = -1 if sale.is_return else 1
    price = None if sale.list_price is None else minor(sale.list_price, sale.currency)
    whole, rest = (None, 0) if sale.value is None else minor_and_rest(sale.value, sale.currency)
    value, rest = (None if whole is None else sign * whole), sign * rest
    exact = value if value is None or not rest else value * REST + rest
    pool = next((one for one in title.pools if one.holds(sale)), None)
    shared = pool.value(sale.quantity) if pool is not None and value is None else None
    return Line(
        id=sale.line_id,
        contract_id=title.contract_id,
        product_id=title.product_id,
        format=title.format,
        channel_id=sale.channel_id,
        masterchannel=sale.masterchannel,
        country=sale.country,
        sold_on=sale.sold_on,
        units=0 if pool is not None else sign * sale.quantity,
        list_price=price,
        value=value if shared is None else sign * shared,
        currency=sale.currency,
        unit_cost=title.unit_cost(sale.masterchannel),
        source=sale.origin.sha256 if sale.origin is not None else (sale.file or sale.source),
        rest=rest or None,
        content=content_of(sale, title.product_id, price, exact),
    )


def content_of(sale: Sale, product_id: int, price: int | None, value: int | None) -> int:
    """64 bits of all that a sale says and that decides what it earns: the same from a report's row as from GraphQL, in any export.

    Neither numbers of rows nor names of files are in it, nor how our settings group its channel. Amounts are in minor units, so that 5.0 is 5.00.
    """
    said = (
        product_id, sale.is_return, sale.channel_id, sale.sold_on.isoformat(), sale.quantity, price, value, sale.currency, sale.country or "",
        " ".join(sale.source.split()),
    )  # fmt: skip
    return int.from_bytes(hashlib.md5(repr(said).encode(), usedforsecurity=False).digest()[:8], "little")
