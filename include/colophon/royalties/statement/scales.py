"""What the whole numbers of a statement stand for, and the same numbers as decimal text for those who compose documents."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, Field

from colophon.domain.money import minor_digits
from colophon.royalties.rounding import BPS, FX_SCALE, PPM


class Of(StrEnum):
    """Whose minor units: of the statement's currency, or of the one that the row was sold in."""

    STATEMENT = "STATEMENT"
    SALE = "SALE"


@dataclass(frozen=True)
class Scale:
    """Minor units of a currency, or so many to one."""

    of: Of | None = None
    to_one: int = 1


Amount = Annotated[int, Field(repr=False), Scale(of=Of.STATEMENT)]
"""Minor units of the statement's currency."""
MaybeAmount = Annotated[int | None, Field(repr=False), Scale(of=Of.STATEMENT)]
"""The same, None where it is not known."""
SaleAmount = Annotated[int | None, Field(repr=False), Scale(of=Of.SALE)]
"""Minor units of the currency that the row was sold in, None where the basis has no such amount."""
Rate = Annotated[int, Field(repr=False), Scale(to_one=PPM // 100)]
"""Parts per million; in percent for people."""
Kept = Annotated[int, Scale(to_one=BPS // 100)]
"""Basis points; in percent for people."""
FxScale = Annotated[int, Scale(to_one=FX_SCALE)]
"""What one unit is in the statement's currency, times 1e8."""


def money(amount: int, currency: str) -> str:
    """An amount with exactly its currency's decimals: 1234 GBP is `12.34`, 500 JPY is `500` (F3)."""
    digits = minor_digits(currency)
    return str(Decimal(amount).scaleb(-digits).quantize(Decimal(1).scaleb(-digits)))


def ratio(number: int, to_one: int) -> str:
    """A scaled number with no more decimals than it has: 125000 ppm in percent is `12.5`."""
    exact = Decimal(number) / to_one
    return f"{exact.normalize():f}"


def plain(part: BaseModel, currency: str, sale_currency: str | None = None) -> dict[str, Any]:
    """The members of a statement by their JSON names, numbers with a scale as decimal text, everything else as in JSON."""
    sold_in = getattr(part, "sale_currency", sale_currency)
    told: dict[str, Any] = {}
    for name, field in type(part).model_fields.items():
        scale = next((one for one in field.metadata if isinstance(one, Scale)), None)
        value = getattr(part, name)
        told[field.alias or name] = _plain(value, currency, sold_in) if scale is None else _scaled(value, scale, currency, sold_in)
    return told


def _plain(value: Any, currency: str, sale_currency: str | None) -> Any:
    if isinstance(value, BaseModel):
        return plain(value, currency, sale_currency)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(one, currency, sale_currency) for one in value]
    return value if value is None or isinstance(value, (int, str)) else value.isoformat()


def _scaled(value: int | None, scale: Scale, currency: str, sale_currency: str | None) -> str | None:
    if value is None:
        return None
    if scale.of is None:
        return ratio(value, scale.to_one)
    return money(value, currency if scale.of is Of.STATEMENT else sale_currency or currency)
