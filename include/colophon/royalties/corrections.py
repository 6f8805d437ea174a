"""Corrections of closed periods: never an edit, always a reversal and a new row (D4)."""

from dataclasses import dataclass, replace

from colophon.royalties.currency import Converted
from colophon.royalties.row import Row

REVERSED = "REVERSED"
CORRECTED = "CORRECTED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """Two rows of the open period that mend one row of a closed one; `statement` is the closed statement, left as it is."""

    statement: str
    reason: str
    reversal: Converted
    replacement: Converted


def correct(statement: str, printed: Converted, right: Converted, reason: str) -> Correction:
    """The reversal of what was printed, to the penny, and the row as it should have been.

    :raises ValueError: no reason, or rows of two contracts.
    """
    if not reason.strip() or printed.row.key.contract_id != right.row.key.contract_id:
        raise ValueError("a correction has a reason and stays within one contract")
    corrects = f"{statement}: {reason}"
    return Correction(
        statement=statement,
        reason=reason,
        reversal=Converted(row=_reversed(printed.row), amount=-printed.amount, fx=printed.fx, corrects=corrects),
        replacement=replace(right, row=replace(right.row, key=right.row.key._replace(kind=CORRECTED)), corrects=corrects),
    )


def _reversed(row: Row) -> Row:
    return replace(
        row,
        key=row.key._replace(kind=REVERSED),
        sold=row.returned,
        returned=row.sold,
        counted=-row.counted,
        basis_sum=-row.basis_sum,
        basis_rest=-row.basis_rest,
        value_sum=-row.value_sum,
    )
