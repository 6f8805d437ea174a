"""How numbers, days and other people's texts are written on a statement."""

import unicodedata
from datetime import date
from decimal import Decimal

from colophon.domain.money import minor_digits
from colophon.royalties.rounding import REST
from colophon.royalties.statement import scales

MINUS = "\N{MINUS SIGN}"
PART_OF_A_BUNDLE = "the book's part of a bundle"
_DIRECTION = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")


def amount(minor: int, currency: str) -> str:
    """`1,234.56`, with a real minus sign."""
    return f"{MINUS if minor < 0 else ''}{_grouped(scales.money(abs(minor), currency))}"


def fine(minor: int, rest: int, currency: str) -> str:
    """`2.916`: an amount with what it has below a minor unit, in ten-thousandths of one."""
    if not rest:
        return amount(minor, currency)
    exact = (Decimal(minor) + Decimal(rest) / REST).scaleb(-minor_digits(currency)).normalize()
    return f"{MINUS if exact < 0 else ''}{_grouped(f'{abs(exact):f}')}"


def money(minor: int, currency: str) -> str:
    """`GBP 1,234.56`."""
    return f"{currency}\N{NO-BREAK SPACE}{amount(minor, currency)}"


def count(copies: int) -> str:
    """`1,234`."""
    return f"{MINUS if copies < 0 else ''}{abs(copies):,}"


def percent(ppm: int) -> str:
    """`12.5 %`; the difference of two rates may be negative."""
    return f"{MINUS if ppm < 0 else ''}{scales.ratio(abs(ppm), 10_000)}\N{NO-BREAK SPACE}%"


def day(when: date) -> str:
    """`7 March 2026`."""
    return f"{when.day} {when:%B} {when.year}"


def printable(text: str) -> str:
    """Somebody's text on one line, without control characters and marks that turn the reading direction of what follows."""
    seen = "".join(" " if unicodedata.category(one) in {"Cc", "Zl", "Zp"} else one for one in text if one not in _DIRECTION)
    return " ".join(seen.split())


def _grouped(number: str) -> str:
    whole, point, rest = number.partition(".")
    return f"{int(whole):,}{point}{rest}"
