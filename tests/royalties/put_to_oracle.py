"""The engine's lines and openings as the oracle takes them; the oracle itself knows nothing of the engine."""

from collections.abc import Hashable, Mapping
from fractions import Fraction
from typing import Any

from colophon.royalties.line import Line
from colophon.royalties.policy import Trigger
from colophon.royalties.row import CounterKey, Opening
from colophon.royalties.rules import Rule


def opening_of(counters: Mapping[tuple[int, str], int]) -> Opening:
    """Copies sold before, by contract and format."""
    return Opening(counters={CounterKey(f"{contract}:format {form}", Trigger.UNITS): n for (contract, form), n in counters.items()})


def for_oracle(line: Line, rule: Rule, row: Hashable) -> dict[str, Any]:
    """A line under its rule; `row` is what its figures are added up by."""
    return {
        "group": (line.contract_id, line.format),
        "row": row,
        "type": (line.product_id, line.masterchannel or ""),
        "day": line.sold_on,
        "id": line.id,
        "units": line.units,
        "basis": rule.basis.value,
        "price": line.list_price,
        "value": line.value,
        "bounds": rule.bounds,
        "rates": [Fraction(rate, 10_000) for rate in rule.rates],
    }
