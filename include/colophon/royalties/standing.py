"""Where payees stand: what each opens with, and what is left of it when a statement is made (A1 to A3, N4)."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What one payee, or the account jointly, opens with: balance (negative: overpaid, A1), unearned advance, and what was paid
    of the advance in this period. Only instalments actually paid are here (A2).
    """

    balance: int = field(default=0, repr=False)
    advance: int = field(default=0, repr=False)
    advance_paid: int = field(default=0, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recouped:
    """One balance against its advance: balance + movement = recouped + due + debit; `debit` is negative and carried (N4)."""

    opening: Standing
    movement: int = field(repr=False)
    recouped: int = field(repr=False)
    due: int = field(repr=False)
    debit: int = field(repr=False)
    advance_closing: int = field(repr=False)


def recoup(opening: Standing, movement: int) -> Recouped:
    """A1, A3: recouped is the lesser of what was earned and what remains; what is due is never negative, a debit is carried (N4)."""
    available = opening.balance + movement
    remaining = opening.advance + opening.advance_paid
    recouped = min(max(available, 0), remaining)
    rest = available - recouped
    return Recouped(
        opening=opening,
        movement=movement,
        recouped=recouped,
        due=max(rest, 0),
        debit=min(rest, 0),
        advance_closing=remaining - recouped,
    )
