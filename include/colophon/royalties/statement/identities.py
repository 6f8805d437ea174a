"""Section 12 on a statement as it will be sent: what is printed adds up, whoever made it."""

from collections.abc import Iterable, Iterator, Sequence

from colophon.royalties.breaches import Breach, require
from colophon.royalties.policy import Basis
from colophon.royalties.rounding import BPS, PPM, REST, rounded
from colophon.royalties.row import SALES
from colophon.royalties.statement.payload import Balance, Edition, PaymentState, SalesRow, Statement


def checked(statements: Iterable[Statement]) -> tuple[Statement, ...]:
    """The same statements.

    :raises UnbalancedError: an identity of one of them does not hold; it names identity and rows, and carries by how much.
    """
    taken = tuple(statements)
    require(breach for statement in taken for breach in breaches_of(statement))
    return taken


def breaches_of(statement: Statement) -> list[Breach]:
    """Every identity that does not hold on one statement."""
    found = (*_of_rows(statement), *_of_editions(statement), *_of_account(statement), *_of_payee(statement), *_of_payment(statement))
    return [
        Breach(identity=identity, subject=f"statement:{statement.id}", what=what, by=left - right, rows=tuple(rows))
        for identity, left, right, what, rows in found
        if left != right
    ]


Check = tuple[int, int, int, str, Sequence[str]]
"""Number of the identity, its two sides, what broke if they differ, and the rows they are made of."""


def row_name(edition: Edition, place: int) -> str:
    """How reports name a row of a statement, the first one being 1; it tells no amount."""
    return f"contract:{edition.contract_id}/product:{edition.product_id}/row:{place}"


def _of_rows(statement: Statement) -> Iterator[Check]:
    for edition in statement.editions:
        for place, row in enumerate(edition.rows, 1):
            names = [row_name(edition, place)]
            yield 2, row.units, row.sold - row.returned, "SS57 copies are not sold less returned", names
            wanted = _recomputed(row)
            if wanted is not None:
                yield (
                    3,
                    row.earnings if row.fx is None else row.fx.amount or 0,
                    wanted,
                    "SS62 earnings are not copies x price x rate",
                    names,
                )


def _recomputed(row: SalesRow) -> int | None:
    """What a reader finds with a pocket calculator; rows that rate earlier sales again do not show what they are of."""
    if row.kind != SALES:
        return None
    of = {Basis.LIST.value: row.units * (row.price or 0), Basis.NET.value: row.receipts or 0, Basis.FIXED.value: row.units}[row.basis]
    return rounded((of * REST + row.receipts_rest) * row.rate * row.keep, PPM * BPS * REST)


def _of_editions(statement: Statement) -> Iterator[Check]:
    for one in statement.editions:
        names = [row_name(one, place) for place in range(1, len(one.rows) + 1)]
        yield 3, sum(row.earnings for row in one.rows), one.earnings, "SS62 rows are not the edition's earnings", names
        yield 2, sum(row.units for row in one.rows), one.units, "SS57 rows are not the edition's copies", names
        if one.units_to_start is not None and one.units_to_date is not None:
            yield 2, one.units_to_start + one.units, one.units_to_date, "SS22 and SS57 are not the copies to date", names


def _of_account(statement: Statement) -> Iterator[Check]:
    names = [f"contract:{one.contract_id}/product:{one.product_id}" for one in statement.editions]
    editions, reserve = statement.editions, statement.reserve
    yield 3, sum(one.earnings for one in editions), statement.earnings, "SS62 editions are not the earnings", names
    rights = [f"receipt:{one.receipt_id}" for one in statement.sublicences]
    yield 3, sum(one.amount for one in statement.sublicences), statement.rights_income, "SC23 amounts are not the rights income", rights
    yield 4, sum(one.withheld for one in editions), reserve.withheld, "SS77 editions are not what is withheld", names
    yield 4, sum(one.released for one in editions), reserve.released, "SS82 editions are not what is released", names
    closing = reserve.opening + reserve.withheld - reserve.released
    yield 4, closing, reserve.closing, "the reserve ledger does not close (R10)", names
    charged = sum(one.amount for one in statement.charges if not one.own)
    movement = statement.earnings - reserve.withheld + reserve.released + statement.rights_income + statement.top_up - charged
    yield 3, movement, statement.movement, "the movement is not SS62 - SS77 + SS82 + SC23 + top-up - charges", names
    if statement.own_reserve is None and statement.held:
        yield 4, sum(one.amount for one in statement.held), reserve.closing, "what is held by statement is not the reserve", names
    if statement.joint is not None:
        yield 3, statement.joint.movement, statement.movement, "the joint balance is not moved by the account's movement", ["joint"]
        yield from _of_balance(statement.joint, "joint")


def _of_payee(statement: Statement) -> Iterator[Check]:
    names = [f"share:{place}" for place in range(1, len(statement.shares) + 1)]
    own = statement.own_reserve
    shared = sum(one.amount for one in statement.shares)
    if own is not None:
        yield 4, own.opening + own.withheld - own.released, own.closing, "the payee's own reserve does not close (R10)", ["own reserve"]
        shared += own.released - own.withheld
    shared -= sum(one.amount for one in statement.charges if one.own)
    yield 3, shared, statement.balance.movement, "the shares are not the payee's movement", names
    if statement.joint is None:
        yield 3, sum(one.pool for one in statement.shares), statement.movement, "what is shared is not the movement", names
    for name, one in zip(names, statement.shares, strict=True):
        apart = abs(one.amount * one.whole - one.pool * one.weight)
        yield 3, max(apart - one.whole + 1, 0), 0, "a share is a whole unit or more from its weight (P3)", [name]
    yield from _of_balance(statement.balance, "balance")


def _of_balance(one: Balance, name: str) -> Iterator[Check]:
    names = [name]
    yield 4, one.carried - one.advance, one.opening, "SS17 is not the balance less the unearned advance (A1)", names
    yield 4, one.advance + one.advance_paid - one.recouped, one.advance_closing, "the advance ledger does not close", names
    yield 3, one.carried + one.movement, one.recouped + one.due + one.debit, "a balance is not recouped, due or carried", names
    yield 6, one.opening - one.advance_paid + one.movement, one.due + one.closing, "SS17 and the movement are not due and closing", names


def _of_payment(statement: Statement) -> Iterator[Check]:
    paid, due, names = statement.remittance, statement.balance.due, ["remittance"]
    yield 9, int(paid.state is PaymentState.NOTHING_DUE), int(due == 0), "what is due is not paid or carried", names
    if paid.state is PaymentState.NOTHING_DUE:
        return
    yield 9, int(statement.account_id in paid.accounts), 1, "the payment does not settle this statement", names
    if len(paid.accounts) == 1:
        yield 3, paid.due, due, "the payment is not what is due", names
    if paid.state is PaymentState.PAID:
        commission = sum(one.amount for one in paid.commissions)
        yield 3, paid.due - commission - paid.tax, paid.net, "the net payment is not due less RA9 commission and RA24 tax", names
