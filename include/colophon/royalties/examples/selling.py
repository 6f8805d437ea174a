"""From what an example sells to statement rows."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from colophon.errors import BadRecordError
from colophon.royalties.breaches import require
from colophon.royalties.controls import of_counters, of_lines
from colophon.royalties.exact_rows import rows_of
from colophon.royalties.examples.example import DeepDiscount, Sales, SlidingRate, bounds_of
from colophon.royalties.line import Line
from colophon.royalties.policy import Basis, Policy, Trigger
from colophon.royalties.rounding import PPM
from colophon.royalties.row import CounterKey, Opening, Rows
from colophon.royalties.rules import Band, Rule, Sliding
from colophon.royalties.sales_lines import before_tax
from colophon.royalties.whole_numbers import bps, minor, ppm

CONTRACT = 1
DAY = date(2026, 6, 30)


class Selling:
    """Editions, numbered from one, and royalties that the example tells without saying how they came about."""

    def __init__(self, currency: str, policy: Policy, deep: DeepDiscount | None = None, sliding: SlidingRate | None = None) -> None:
        self._currency, self._policy, self._deep = currency, policy, deep
        self._sliding = None if sliding is None else Sliding(at=bps(sliding.at), free=bps(sliding.free), floor=ppm(sliding.floor))
        self._lines: list[Line] = []
        self._rules: list[Rule] = []
        self._counters: dict[CounterKey, int] = {}

    def edition(self, place: int, one: Sales) -> None:
        """Sell, and take back, one edition. Without a number of copies it is one copy."""
        units = one.units if one.units is not None else 1
        self._counters[CounterKey(f"{CONTRACT}:{group_of(place)}", Trigger.UNITS)] = one.before or 0
        self._rules += self._rules_of(place, one)
        price, value = self._price(one), self._value(one, units)
        self._lines.append(self._line(place, "sold", units, price, value, one.name))
        if one.returned:
            back = self._value(one.model_copy(update={"value": one.returned_value}), one.returned)
            self._lines.append(self._line(place, "taken back", -one.returned, price, None if back is None else -back, one.name))

    def told(self, place: int, amount: Decimal) -> None:
        """A royalty as a fixed amount on one copy."""
        size = minor(amount, self._currency)
        rate = (abs(size) * PPM,)
        self._rules.append(Rule(id=f"{place} told", contract_id=CONTRACT, product_id=place, basis=Basis.FIXED, rates=rate, counts=False))
        self._lines.append(self._line(place, "told", 1 if size >= 0 else -1))

    def rows(self) -> Rows:
        """:raises BadRecordError: a line lacks what its rate is of.
        :raises UnbalancedError: a control total does not hold.
        """
        found = rows_of(self._lines, {CONTRACT: self._rules}, Opening(counters=self._counters), self._policy)
        if found.suspended:
            raise BadRecordError("An example lacks a figure.", subject="example", evidence=str(found.suspended[0].trouble.value))
        require([*of_lines(self._lines, found), *of_counters(found)])
        return found

    def _rules_of(self, place: int, one: Sales) -> Iterator[Rule]:
        tiers = one.tiers or ()
        rates = tuple(ppm(tier.rate) for tier in tiers) or (ppm(one.rate or Decimal(0)),)
        basis = _basis(one)
        if one.basis == "FIXED":
            rates = (minor(one.basis_amount or Decimal(0), self._currency) * PPM,)
        deep = self._deep
        yield Rule(
            id=f"{place}",
            contract_id=CONTRACT,
            product_id=place,
            basis=basis,
            rates=rates,
            bounds=bounds_of(tiers),
            mode=self._policy.escalator_mode,
            band=None if deep is None else Band(under=bps(deep.above), under_inclusive=not deep.inclusive),
            sliding=self._sliding,
            group=group_of(place),
        )
        if deep is not None:
            yield Rule(
                id=f"{place} deep",
                contract_id=CONTRACT,
                product_id=place,
                basis=Basis.NET,
                rates=(ppm(deep.rate),),
                band=Band(over=bps(deep.above), over_inclusive=deep.inclusive),
                group=group_of(place),
            )

    def _value(self, one: Sales, units: int) -> int | None:
        given = one.value
        if given is None and one.basis == "NET_TOTAL":
            given = one.basis_amount
        elif given is None and one.basis == "NET" and one.basis_amount is not None:
            given = one.basis_amount * units
        elif given is None and one.price is not None and one.discount is not None:
            given = one.price * units * (100 - one.discount) / 100
        return None if given is None else minor(given, self._currency)

    def _price(self, one: Sales) -> int | None:
        given = one.basis_amount if one.basis == "LIST" and one.price is None else one.price
        if given is None:
            return None
        price = minor(given, self._currency)
        return price if one.tax_in_price is None else before_tax(price, ppm(one.tax_in_price))

    def _line(self, place: int, what: str, units: int, price: int | None = None, value: int | None = None, form: str | None = None) -> Line:
        return Line(
            id=f"{place} {what}",
            contract_id=CONTRACT,
            product_id=place,
            format=form or str(place),
            sold_on=DAY,
            units=units,
            list_price=price,
            value=value,
            currency=self._currency,
        )


def group_of(place: int) -> str:
    """The counting group of an edition (E3)."""
    return f"edition {place}"


def _basis(one: Sales) -> Basis:
    """As told; else of list price where that is all there is, else of net receipts; without money, copies alone."""
    if one.basis is not None:
        return Basis(one.basis.removesuffix("_TOTAL"))
    if not one.has_money:
        return Basis.FIXED
    return Basis.LIST if one.price is not None and one.value is None else Basis.NET
