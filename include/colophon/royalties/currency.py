"""From a row's currency to the statement's: once, at row level, never through a third currency (F1 to F3)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from colophon.domain.money import minor_digits
from colophon.royalties.policy import FxPolicy
from colophon.royalties.rounding import FX_SCALE, rounded
from colophon.royalties.row import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class FxRate:
    """What one unit of `currency` is in `into`, times 1e8; with its day, its source and the policy it was found by (F1).

    `doubt`: why nothing may be converted by it, empty where it may.
    """

    currency: str
    into: str
    rate_e8: int
    on: date
    source: str
    policy: FxPolicy
    doubt: str = ""

    def doubt_at(self, period_end: date, days: int) -> str:
        """Why nothing of a period may be converted by it: its own doubt, or that its day is further from the period's end than so many days."""
        age = (period_end - self.on).days
        return self.doubt or (f"of {self.on}, {'older' if age > 0 else 'younger'} than {days} days" if abs(age) > days else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Converted:
    """A row in the statement's currency. The row keeps the original amount; `fx` is None where nothing was converted.

    `corrects`: the closed statement that a reversal or a correction mends, and why (D4).
    """

    row: Row
    amount: int
    fx: FxRate | None = None
    corrects: str = ""


def convert(amount: int, fx: FxRate) -> int:
    """Minor units of one currency as minor units of another, half away from zero; JPY has no decimals, KWD three (F3)."""
    return rounded(amount * fx.rate_e8 * 10 ** minor_digits(fx.into), FX_SCALE * 10 ** minor_digits(fx.currency))


def convert_rows(
    rows: Iterable[Row], into: str, rates: Mapping[tuple[str, str], FxRate], policy: FxPolicy
) -> tuple[tuple[Converted, ...], tuple[Row, ...]]:
    """The rows in the statement's currency (F2), and those that have no rate found by the policy in force: they block the account.

    :param rates: by currency and statement currency; there is no way through a third one.
    """
    done: list[Converted] = []
    blocked: list[Row] = []
    for row in rows:
        fx = rates.get((row.key.currency, into))
        if row.key.currency == into:
            done.append(Converted(row=row, amount=row.amount))
        elif fx is None or fx.policy is not policy:
            blocked.append(row)
        else:
            done.append(Converted(row=row, amount=convert(row.amount, fx), fx=fx))
    return tuple(done), tuple(blocked)


def unconverted(rows: Iterable[Row]) -> tuple[Converted, ...]:
    """Rows that are in the statement's currency already."""
    return tuple(Converted(row=row, amount=row.amount) for row in rows)
