"""Arithmetic without fractions: scales and rounding."""

FX_SCALE = 100_000_000

PPM = 1_000_000
BPS = 10_000
REST = 10_000
"""A minor unit has so many parts: receipts of a fraction of a penny are kept, and rounded with their row."""


def rounded(numerator: int, denominator: int) -> int:
    """Half away from zero (section 11): 262.5 is 263, -262.5 is -263.

    `denominator` is above zero.
    """
    size = (2 * abs(numerator) + denominator) // (2 * denominator)
    return size if numerator >= 0 else -size


def toward_zero(numerator: int, denominator: int) -> int:
    """The whole part, cut toward zero; `denominator` is above zero."""
    size = abs(numerator) // denominator
    return size if numerator >= 0 else -size
