"""A slow royalty engine, written from the rule book alone and importing nothing of the engine it checks.

It goes copy by copy and keeps fractions until a row is complete.
"""

from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction


def half_away(number: Fraction) -> int:
    with localcontext() as exact:
        exact.prec = 200
        tenths = Decimal(int(number * 1000)) / 1000
        if Fraction(int(number * 1000), 1000) != number:  # a digit beyond, that no tie has
            tenths += Decimal("0.0001") if number > 0 else Decimal("-0.0001")
        return int(tenths.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def tier_of_copy(bounds, copy):
    """The tier of the n-th copy: "the first 5,000" are copies 1 to 5000."""
    tier = 0
    for bound in bounds:
        if copy > bound:
            tier += 1
    return tier


class Group:
    """The copies of one counter that have not come back: those above a threshold by type of sale and threshold, and all others."""

    def __init__(self, counter):
        self.counter, self.others, self.before_us = counter, counter, counter
        self.above = defaultdict(list)

    def sell(self, kind, bounds):
        """The tier of the copy that is sold."""
        self.counter += 1
        tier = tier_of_copy(bounds, self.counter)
        if tier:
            self.above[kind].append(bounds[tier - 1])
        else:
            self.others += 1
        return tier

    def take_back(self, kind, bounds):
        """The tier of the copy that comes back: of its own type, of before the books, of the lowest tier, of any type."""
        self.counter -= 1
        before_us = min(self.before_us, self.others)
        if not self.above[kind] and bounds and before_us > bounds[0]:
            self.before_us = before_us - 1
            self.others -= 1
            return tier_of_copy(bounds, before_us)
        if not self.above[kind]:
            if self.others > 0 or not any(self.above.values()):
                self.others -= 1
                return 0
            kind = min((-max(held), kind) for kind, held in self.above.items() if held)[1]
        threshold = max(self.above[kind])
        self.above[kind].remove(threshold)
        return tier_of_copy(bounds, threshold + 1)


def rows(lines, counters):
    """Rows of marginal unit escalators; a return comes back at the tier of sales of its own type.

    `lines`: dicts with group, row (anything that names the row but rate and price), type of sale, day, id, units, basis LIST or NET,
    price, value, bounds, rates (percent as Fraction). Gives {(row, rate, price): (sold, returned, amount)} and the counters.
    """
    exact = defaultdict(Fraction)
    copies = defaultdict(lambda: [0, 0])
    groups = {name: Group(counters.get(name, 0)) for name in [*counters, *(line["group"] for line in lines)]}
    for line in sorted(lines, key=lambda one: (one["day"], one["id"])):
        group = groups[line["group"]]
        by_tier = defaultdict(int)
        for _ in range(abs(line["units"])):
            by_tier[(group.sell if line["units"] > 0 else group.take_back)(line["type"], line["bounds"])] += 1
        if not by_tier:
            by_tier[tier_of_copy(line["bounds"], group.counter)] = 0
        lowest = min(by_tier)
        money = {}
        for tier, count in by_tier.items():
            if line["basis"] == "LIST":
                money[tier] = count * line["price"] * (1 if line["units"] >= 0 else -1)
            elif tier != lowest:
                money[tier] = int(Fraction(line["value"] * count, abs(line["units"])))  # int() cuts toward zero
        if line["basis"] == "NET":
            money[lowest] = line["value"] - sum(money.values())
        for tier, count in by_tier.items():
            rate = line["rates"][tier]
            key = (line["row"], rate, line["price"] if line["basis"] == "LIST" else None)
            exact[key] += money[tier] * rate / 100
            copies[key][0 if line["units"] >= 0 else 1] += count
    return {key: (*copies[key], half_away(exact[key])) for key in exact}, {
        **counters,
        **{name: group.counter for name, group in groups.items()},
    }


def whole_amount(lines, before_units, before_basis, bounds, rates):
    """A whole-amount escalator at one row: this period's royalty is the new rate on all, less what was paid before."""
    units, basis = before_units, Fraction(0)
    for line in lines:
        units += line["units"]
        basis += line["units"] * line["price"]
    old, new = rates[tier_of_copy(bounds, before_units)], rates[tier_of_copy(bounds, units)]
    return half_away(basis * new / 100) + half_away(before_basis * (new - old) / 100)


def parts(amount, weights):
    """Largest remainder, one unit at a time, ties to the first."""
    whole = sum(weights)
    sign = 1 if amount >= 0 else -1
    exact = [Fraction(abs(amount) * weight, whole) for weight in weights]
    given = [int(part) for part in exact]
    while sum(given) < abs(amount):
        missing = [part - had if had == int(part) else Fraction(-1) for part, had in zip(exact, given, strict=True)]
        given[missing.index(max(missing))] += 1
    return tuple(sign * part for part in given)


def recoup(balance, advance, movements):
    """One balance penny by penny: each penny pays the debit, then the advance, then the payee. Gives due by period, debit, advance."""
    dues = []
    for movement in movements:
        due = 0
        if movement < 0:
            balance += movement
        for _ in range(max(movement, 0)):
            if balance < 0:
                balance += 1
            elif advance > 0:
                advance -= 1
            else:
                due += 1
        dues.append(due)
    return dues, balance, advance


def slid(percent, discount, begins, less, floor):
    """A rate in percent that falls by half of what the discount has above `less`, from `begins` on; at least `floor` percent of it stays.

    Rates have four decimals, as they are printed.
    """
    if discount < begins:
        return Fraction(percent)
    fall = Fraction(half_away((discount - less) / 2 * 10_000), 10_000)
    return max(percent - fall, Fraction(half_away(Fraction(percent * floor, 100) * 10_000), 10_000))


def sliding(lines, percent, begins, less, floor):
    """What lines of (copies, price, value) earn of their list price, with one row for each rate and price."""
    exact = defaultdict(Fraction)
    for copies, price, value in lines:
        gross = copies * price
        rate = slid(percent, Fraction(gross - value, gross) * 100, begins, less, floor)
        exact[rate, price] += gross * rate / 100
    return sum(half_away(amount) for amount in exact.values())


def part_of_bundle(values, part, percent):
    """A book's part, in percent, of what bundles brought in, and its royalty, rounded once."""
    return half_away(sum(values) * Fraction(part) / 100 * Fraction(percent) / 100)


def pool(readings, fund, whole, percent):
    """Each reading's part of a fund in whole pence, and the royalty on all of them, rounded once."""
    return half_away(sum(half_away(Fraction(fund * one, whole)) for one in readings) * Fraction(percent) / 100)
