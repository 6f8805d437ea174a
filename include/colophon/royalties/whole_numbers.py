"""Decimals as whole numbers, and splitting without losing a unit."""

from collections.abc import Sequence
from decimal import Decimal

from colophon.domain.money import minor_digits
from colophon.errors import BadRecordError
from colophon.royalties.rounding import BPS, PPM, REST, toward_zero


def minor(amount: Decimal, currency: str) -> int:
    """An amount in its currency's minor units (F3): 7.99 USD is 799, 500 JPY is 500.

    :raises BadRecordError: the amount has more decimals than its currency.
    """
    return scaled(amount, 10 ** minor_digits(currency), f"decimals of {currency}")


def minor_and_rest(amount: Decimal, currency: str) -> tuple[int, int]:
    """An amount in whole minor units, cut toward zero, and what is left in ten-thousandths of one: 0.2916 GBP is 29 and 1600.

    :raises BadRecordError: more decimals than that.
    """
    fine = scaled(amount, REST * 10 ** minor_digits(currency), f"decimals of {currency}")
    whole = toward_zero(fine, REST)
    return whole, fine - whole * REST


def ppm(percent: Decimal) -> int:
    """A rate in parts per million: 12.5 percent is 125000.

    :raises BadRecordError: more than four decimals.
    """
    return scaled(percent, PPM // 100, "decimals of a rate")


def bps(percent: Decimal) -> int:
    """A discount in basis points: 52.5 percent is 5250.

    :raises BadRecordError: more than two decimals.
    """
    return scaled(percent, BPS // 100, "decimals of a discount")


def scaled(value: Decimal, scale: int, what: str) -> int:
    """`value * scale` as a whole number.

    :raises BadRecordError: it is not whole; the error does not tell the value.
    """
    if not value.is_finite() or value * scale != int(value * scale):
        raise BadRecordError("A number has more decimals than the engine keeps.", evidence=what)
    return int(value * scale)


def split(amount: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Parts in the ratio of the weights that add up to the amount (P2, P3): largest remainder, ties to the first.

    Order the weights by payee id. A negative amount is split like its absolute value.

    :raises BadRecordError: a weight below zero, or none above it.
    """
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0:
        raise BadRecordError("The shares of the payees do not make a whole.", evidence="weights")
    size = abs(amount)
    parts = [size * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda place: (-(size * weights[place] % whole), place))
    for place in by_remainder[: size - sum(parts)]:
        parts[place] += 1
    return tuple(part if amount >= 0 else -part for part in parts)
