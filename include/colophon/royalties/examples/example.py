"""What a worked example says, from JSON. A word that is not known here is an error that names it: nothing is guessed or left out."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError

from colophon.domain.money import minor_digits
from colophon.errors import BadRecordError
from colophon.royalties.examples.spelling import BASES, Copies, Level, Number, Operator, faults_in
from colophon.royalties.whole_numbers import minor

_DEEP_DISCOUNT = re.compile(r"discount\s*(>=|>)\s*([\d.]+)\s*%\s*=>\s*([\d.]+)\s*%\s*of net(?: proceeds| receipts)?\s*", re.IGNORECASE)
Answers = dict[str, Any]
"""Our figures by name: amounts and percent as Decimal, copies as int; lists where an example lists editions."""


def _named(*names: str) -> Any:
    return Field(default=None, validation_alias=AliasChoices(*names))


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Tier(_Part):
    """One tier: its last copy, or (`since`) its first one, and its rate in percent."""

    until: Copies | None = _named("to", "max", "until", "up_to")
    since: Copies | None = _named("min", "from", "since")
    rate: Number = Field(validation_alias=AliasChoices("rate_pct", "pct", "percent"))


class Sales(_Part):
    """What was sold of one edition, and at which rate. Amounts in the currency's units, rates in percent."""

    name: str | None = _named("form", "format", "title", "name", "channel")
    basis: Annotated[Literal["LIST", "NET", "NET_TOTAL", "FIXED"], BASES] | None = None
    basis_amount: Number | None = None
    price: Number | None = _named("list_price", "cover_price", "retail_price", "price")
    tax_in_price: Number | None = _named("vat_in_price_pct", "tax_in_price_pct")
    rate: Number | None = _named("rate_pct", "royalty_pct", "royalty_rate_pct")
    tiers: tuple[Tier, ...] | None = _named("tiers", "escalator")
    units: Copies | None = _named("units", "period_units", "sales_units", "units_sold", "copies", "copies_sold", "quantity")
    value: Number | None = _named("revenue", "net", "sales", "net_receipts", "net_revenue", "sales_value")
    returned: Copies | None = _named("return_units", "units_returned", "returned_units")
    returned_value: Number | None = _named("returns", "return_value", "returns_value")
    discount: Number | None = _named("discount_pct")
    before: Copies | None = _named("prior_units", "lifetime_units_before", "lifetime_before", "prior_lifetime_units", "units_to_start")

    @property
    def has_rate(self) -> bool:
        """Whether there is anything to compute."""
        return self.rate is not None or bool(self.tiers) or self.basis == "FIXED"

    @property
    def has_money(self) -> bool:
        """Whether it says what the rate is of; else only tiers can be told."""
        return any(one is not None for one in (self.price, self.value, self.basis_amount))


class Withheld(_Part):
    """A reserve: percent of the royalty on some forms, what earlier ones release now, and in which parts it is released itself."""

    rate: Number = Field(validation_alias=AliasChoices("rate_pct", "pct"))
    forms: tuple[str, ...] | None = None
    released: tuple[Number, ...] = ()
    schedule: tuple[Number, ...] = Field(default=(), validation_alias=AliasChoices("schedule_pct", "release_pct", "release_schedule_pct"))


class Sublicence(_Part):
    """Rights income, and the author's share of it in percent."""

    income: Number = Field(validation_alias=AliasChoices("income", "gross", "amount"))
    share: Number = Field(validation_alias=AliasChoices("share_pct", "author_pct"))


class SlidingRate(_Part):
    """From a discount on, the rate falls by half of what the discount is above `free`, to no less than `floor` percent of it (C5)."""

    at: Number = Field(default=Decimal(48), validation_alias=AliasChoices("at_pct"))
    free: Number = Field(default=Decimal(44), validation_alias=AliasChoices("free_pct"))
    floor: Number = Field(default=Decimal(50), validation_alias=AliasChoices("floor_pct"))


class DeepDiscount(_Part):
    """Above a discount (from it on, where `inclusive`), so many percent of net receipts."""

    above: Decimal
    inclusive: bool
    rate: Decimal


class Book(_Part):
    """One contract of several: what it earned, and its advance."""

    name: str | None = _named("title", "name", "book")
    earned: Number
    advance: Number = Decimal(0)


class Example(Sales):
    """One example. Of what it leaves out nothing happened."""

    currency: str = "USD"
    rows: tuple[Sales, ...] = ()
    apart: Mapping[str, Sales] = {}
    earned: Number | None = _named("earned", "royalties_earned", "royalty_earned")
    mode: Literal["MARGINAL", "WHOLE"] = "MARGINAL"
    deep: DeepDiscount | None = None
    sliding: SlidingRate | None = None
    reserve: Withheld | None = None
    reserve_rate: Number | None = _named("reserve_rate_pct", "reserve_pct")
    reserve_withheld: Number | None = None
    reserve_released: Number | None = _named("reserve_released", "reserve_recovered")
    reserve_units: Copies | None = _named("reserve_units", "units_withheld", "withheld_units")
    released_units: Copies | None = _named("released_units", "units_released")
    sublicence: Sublicence | None = _named("sublicence", "sublicense", "rights_income")
    opening_balance: Number | None = None
    advance: Number | None = _named("advance", "advance_remaining", "unearned_advance")
    guarantee: Number | None = _named("guarantee", "guarantee_per_year", "guarantee_per_period", "minimum_guarantee")
    books: tuple[Book, ...] | None = _named("books", "contracts")
    joint: bool = Field(default=False, validation_alias=AliasChoices("joint", "joint_account", "cross_collateralized"))
    due: Number | None = _named("deal", "due", "amount_due", "payment_due")
    dues: tuple[Number, ...] | None = _named("dues", "statements", "titles")
    minimum: Number | None = _named("minimum", "minimum_payment", "threshold")
    operator: Operator = "LESS_IS_CARRIED"
    level: Level = "STATEMENT"
    agents: tuple[Number, ...] | None = _named("agents_pct", "commissions_pct")
    agent: Number | None = _named("commission_pct", "co_agent_pct", "agent_pct", "agent_commission_pct")
    agents_share: Literal["OF_GROSS", "ONE_AFTER_THE_OTHER"] = "OF_GROSS"
    tax_withheld: Number | None = None
    withholding: Number | None = _named("withholding_pct", "withholding_rate_pct", "tax_pct")
    vat: Number | None = _named("vat_pct", "vat_rate_pct")
    vat_rounding: Literal["HALF_UP", "DOWN"] = "HALF_UP"
    amounts: tuple[Number, ...] | None = _named("amounts", "invoice_lines", "net_amounts")
    amount: Copies | None = None
    ratios: tuple[Copies, ...] | None = _named("ratios", "weights")
    payees: Mapping[str, Number] = {}
    fx_rate: Number | None = _named("fx_rate", "exchange_rate")
    into: str | None = _named("into", "statement_currency")

    def minor(self, amount: Decimal | None) -> int:
        """An amount in minor units; nothing is nought.

        :raises BadRecordError: more decimals than the currency has.
        """
        return 0 if amount is None else minor(amount, self.currency)

    def major(self, amount: int) -> Decimal:
        """Minor units as people write them."""
        return Decimal(amount).scaleb(-minor_digits(self.currency))


def names_of(model: type[BaseModel]) -> dict[str, str]:
    """The member that each word stands for."""
    found = {}
    for member, field in model.model_fields.items():
        choices = field.validation_alias
        for name in choices.choices if isinstance(choices, AliasChoices) else (member,):
            found[str(name)] = member
    return found


KNOWN = names_of(Example)
_LISTS = {"rows", "tiers", "books", "dues", "agents", "amounts", "ratios"}


def examples_of(inputs: Mapping[str, Any], subject: str) -> list[Example]:
    """The example, or one for each of its `cases`, or one for each entry where it lists several figures for one word.

    :raises BadRecordError: a word or a value that is not known here.
    """
    common = {name: value for name, value in inputs.items() if name != "cases"}
    if "cases" in inputs:
        return [_example({**common, **one}, subject) for one in inputs["cases"]]
    listed = [name for name, value in common.items() if isinstance(value, list) and KNOWN.get(name, "") not in _LISTS]
    if not listed:
        return [_example(common, subject)]
    size = max(len(common[name]) for name in listed)
    if any(len(common[name]) != size for name in listed):
        raise BadRecordError("The lists of an example differ in length.", subject=subject, evidence=", ".join(listed))
    return [_example({**common, **{name: common[name][place] for name in listed}}, subject) for place in range(size)]


def _example(inputs: Mapping[str, Any], subject: str) -> Example:
    given = {name: value for name, value in inputs.items() if name in KNOWN}
    unknown = {name: value for name, value in inputs.items() if name not in KNOWN}
    if isinstance(rule := unknown.pop("rule", None), str):
        given["deep"] = _deep_discount(rule, subject)
    given["apart"] = {name: unknown.pop(name) for name in list(unknown) if isinstance(unknown[name], Mapping)}
    rates = [name for name in unknown if name.endswith("_pct")]
    if len(rates) > 1:
        given["payees"] = {name.removesuffix("_pct"): unknown.pop(name) for name in rates}
    if unknown:
        raise BadRecordError("An example has words that are not known.", subject=subject, evidence=", ".join(sorted(unknown)))
    try:
        return Example.model_validate({name: value for name, value in given.items() if value is not None})
    except ValidationError as problem:
        raise BadRecordError("An example cannot be read.", subject=subject, evidence=faults_in(problem)) from None


def _deep_discount(rule: str, subject: str) -> dict[str, object]:
    found = _DEEP_DISCOUNT.fullmatch(rule)
    if found is None:
        raise BadRecordError("A rule in words is not known.", subject=subject, evidence=rule)
    operator, above, rate = found.groups()
    return {"above": Decimal(above), "inclusive": operator == ">=", "rate": Decimal(rate)}


def bounds_of(tiers: Sequence[Tier]) -> tuple[int, ...]:
    """The last copy of each tier but the highest; "0-5000, 5001-10000" are 5,000 copies each (E1, E2)."""
    return tuple(tier.until if tier.until is not None else (after.since or 1) - 1 for tier, after in pairwise(tiers))
