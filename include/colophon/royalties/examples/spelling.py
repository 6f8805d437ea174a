"""How worked examples spell numbers and words, and what is said of one that cannot be read."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BeforeValidator, ValidationError

NUMBER = r"\s*(-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?)(?!\d|[.,]\d)"
"""A number with commas between thousands only: `7,5` is none, since nobody can tell whether it is seven and a half."""
_NUMBER = re.compile(NUMBER + r"\s*%?\s*(?:\(.*\))?\s*", re.DOTALL)


def plain_number(value: object) -> object:
    """The number of `"8"`, `8`, `"1,234.50"`, `"20 %"` or `"20 (inferred: 20% of 1106.89)"`; anything else as it is."""
    if isinstance(value, float):
        return Decimal(str(value))
    found = _NUMBER.fullmatch(value) if isinstance(value, str) else None
    return Decimal(found.group(1).replace(",", "")) if found else value


def choice(**words: str) -> BeforeValidator:
    """Other spellings of listed words; capitals, blanks and hyphens make no difference."""
    return BeforeValidator(lambda value: words.get(str(value).strip().replace(" ", "_").replace("-", "_").casefold(), value))


Number = Annotated[Decimal, BeforeValidator(plain_number)]
Copies = Annotated[int, BeforeValidator(plain_number)]
Operator = Annotated[
    Literal["LESS_IS_CARRIED", "LESS_OR_EQUAL_IS_CARRIED"],
    choice(
        **{
            "<": "LESS_IS_CARRIED",
            "less_than": "LESS_IS_CARRIED",
            "<=": "LESS_OR_EQUAL_IS_CARRIED",
            "equal_to_or_less_than": "LESS_OR_EQUAL_IS_CARRIED",
        }
    ),
]
BASES = choice(
    list="LIST", list_price="LIST", cover_price="LIST", retail_price="LIST", published_price="LIST", rrp="LIST",
    net="NET", net_receipts="NET", net_proceeds="NET", receipts="NET", net_total="NET_TOTAL", fixed="FIXED", per_copy="FIXED",
)  # fmt: skip
"""What others call that which a rate is of."""
Level = Annotated[Literal["STATEMENT", "PAYEE"], choice(statement="STATEMENT", payee="PAYEE", author="PAYEE")]


def faults_in(problem: ValidationError) -> str:
    """Each place that is wrong and what would be right there, such as `sales 2, basis: input should be 'LIST' or 'NET'`."""
    return "; ".join(dict.fromkeys(f"{_place(one['loc'])}: {_fault(one['msg'])}" for one in problem.errors(include_input=False)))


def _place(steps: Sequence[int | str]) -> str:
    words = [f" {step + 1}" if isinstance(step, int) else f", {step}" for step in steps]
    return "".join(words).removeprefix(", ").strip() or "the example"


def _fault(message: str) -> str:
    said = message.removeprefix("Value error, ")
    return "this word is not known" if said.startswith("Extra inputs") else said[:1].lower() + said[1:]
