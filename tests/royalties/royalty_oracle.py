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


def rows(lines, counters):
    """Rows of marginal unit escalators with unwinding returns.

    `lines`: dicts with group, row (anything that names the row but rate and price), day, id, units, basis LIST or NET,
    price, value, bounds, rates (percent as Fraction). Gives {(row, rate, price): (sold, returned, amount)} and the counters.
    """
    exact = defaultdict(Fraction)
    copies = defaultdict(lambda: [0, 0])
    after = dict(counters)
    for line in sorted(lines, key=lambda one: (one["day"], one["id"])):
        counter = after.get(line["group"], 0)
        by_tier = defaultdict(int)
        for _ in range(abs(line["units"])):
            if line["units"] > 0:
                counter += 1
                by_tier[tier_of_copy(line["bounds"], counter)] += 1
            else:
                by_tier[tier_of_copy(line["bounds"], counter)] += 1
                counter -= 1
        if not by_tier:
            by_tier[tier_of_copy(line["bounds"], counter)] = 0
        after[line["group"]] = counter
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
    return {key: (*copies[key], half_away(exact[key])) for key in exact}, after


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
