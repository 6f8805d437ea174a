"""Control totals (section 12): the batch fails if one breaks. Messages name things and never tell amounts."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from colophon.royalties.account import AccountStatement
from colophon.royalties.breaches import Breach
from colophon.royalties.line import Line
from colophon.royalties.payout import Due, Payout
from colophon.royalties.reserve import total
from colophon.royalties.row import Rows
from colophon.royalties.standing import Recouped


class Total(NamedTuple):
    """Lines, their copies and their value, of one currency."""

    lines: int = 0
    copies: int = 0
    value: int = 0


def totals_of(lines: Iterable[Line]) -> dict[str, Total]:
    """What the lines add up to, by currency. `fast_rows.totals_of_files` does it for lines in files."""
    sums: dict[str, list[int]] = {}
    for line in lines:
        own = sums.setdefault(line.currency, [0, 0, 0])
        own[0] += 1
        own[1] += line.units
        own[2] += line.value or 0
    return {currency: Total(*own) for currency, own in sums.items()}


def of_lines(lines: Iterable[Line], rows: Rows) -> list[Breach]:
    """1: lines read = lines in rows + suspense + excluded; copies and value likewise, by currency."""
    return of_totals(totals_of(lines), rows)


def of_totals(read: Mapping[str, Total], rows: Rows) -> list[Breach]:
    """1, for lines that were added up where they lie, apart from the rows."""
    left = totals_of([*(one.line for one in rows.suspended), *(one.line for one in rows.excluded)])
    rest: Counter[tuple[str, str]] = Counter()
    for row in rows.rows:
        rest[row.key.currency, "copies"] -= row.units
        rest[row.key.currency, "value"] -= row.value_sum
    for sign, totals in ((1, read), (-1, left)):
        for currency, own in totals.items():
            rest[currency, "copies"] += sign * own.copies
            rest[currency, "value"] += sign * own.value
    found = [
        Breach(
            identity=1,
            subject=currency,
            what=f"{what} read are not in rows, suspense and excluded",
            by=by,
            currency=currency if what == "value" else "",
        )
        for (currency, what), by in sorted(rest.items())
        if by
    ]
    lines = sum(own.lines for own in read.values()) - rows.lines_in_rows - sum(own.lines for own in left.values())
    if lines:
        found.append(Breach(identity=1, subject="lines", what="lines read are not lines in rows, suspense and excluded", by=lines))
    return found


def of_counters(rows: Rows) -> list[Breach]:
    """2: the tiers of a period add up to the counter's change, and rows to counters. 7: no rate took back more than it sold,
    but for the lowest tier where all in all more came back than was sold (N2, N4).
    """
    found: list[Breach] = []
    for count in rows.counts:
        if (by := sum(count.tiers) - count.after + count.before) != 0:
            found.append(Breach(identity=2, subject=count.key.group, what="tier units are not the counter's change", by=by))
        least = [min(0, count.after), *[0] * (len(count.standing) - 1)]
        if (by := sum(max(0, floor - held) for held, floor in zip(count.standing, least, strict=True))) != 0:
            found.append(Breach(identity=7, subject=count.key.group, what="more was returned at a rate than was sold at it", by=by))
    if (by := sum(row.counted for row in rows.rows) - sum(count.after - count.before for count in rows.counts)) != 0:
        found.append(Breach(identity=2, subject="rows", what="counted units of rows are not the counters' change", by=by))
    return found


def of_statement(statement: AccountStatement) -> list[Breach]:
    """3, 4 and 6 for one account: rows to earnings to payees, reserve and advance ledgers, and the journal."""
    found: list[Breach] = []

    def check(identity: int, left: int, right: int, what: str) -> None:
        if left != right:
            found.append(Breach(identity=identity, subject=statement.account_id, what=what, by=left - right, currency=statement.currency))

    check(3, sum(one.amount for one in statement.rows), statement.earnings, "rows are not the account's earnings")
    given = sum(one.movement for one in statement.payees.values())
    own = sum(one.amount for one in statement.charges if one.payee_id is not None)
    whole = statement.joint.due - own if statement.is_joint else statement.movement
    check(3, given, whole, "payees' parts are not the account's movement")
    move = statement.reserve
    opening = total(statement.reserve_opening)
    check(4, opening + total(move.withheld) - total(move.released), total(move.closing), "the reserve ledger does not close (R10)")
    balances = [statement.joint, *statement.payees.values()]
    for one in balances:
        check(4, one.opening.advance + one.opening.advance_paid - one.recouped, one.advance_closing, "the advance ledger does not close")
        check(3, one.opening.balance + one.movement, one.recouped + one.due + one.debit, "a balance is not recouped, due or carried")
    expense = statement.earnings + statement.rights_income + statement.top_up - statement.charged
    check(6, *_journal(statement, balances, expense), "expense is not payable, reserve movement and recouped advance")
    return found


def _journal(statement: AccountStatement, balances: list[Recouped], expense: int) -> tuple[int, int]:
    changes = sum(one.due + one.debit - one.opening.balance for one in balances)
    passed_on = statement.joint.due  # due of the joint balance is the payees' movement, not a payable of its own
    payable = changes - passed_on
    return expense, payable + statement.reserve.movement + sum(one.recouped for one in balances)


def of_payout(dues: Iterable[Due], payout: Payout) -> list[Breach]:
    """3 and 9: what is due is paid or carried, once; and what is paid is net, commission and tax."""
    wanted = Counter((due.payee_id, due.account_id, due.currency, due.amount) for due in dues)
    got = Counter((due.payee_id, due.account_id, due.currency, due.amount) for paid in payout.paid for due in paid.dues)
    got.update((due.payee_id, due.account_id, due.currency, due.amount) for due in payout.carried)
    found = [
        Breach(
            identity=9,
            subject=account,
            what="a due is not paid or carried exactly once",
            by=wanted[payee, account, currency, amount] - got[payee, account, currency, amount],
            rows=(f"payee:{payee}",),
        )
        for payee, account, currency, amount in sorted({*wanted, *got})
        if wanted[payee, account, currency, amount] != got[payee, account, currency, amount]
    ]
    for paid in payout.paid:
        if (by := paid.net + paid.commission + paid.tax - sum(due.amount for due in paid.dues)) != 0:
            accounts = tuple(due.account_id for due in paid.dues)
            what = "a payment is not net, commission and tax"
            found.append(Breach(identity=3, subject=f"payee:{paid.payee_id}", what=what, by=by, currency=paid.currency, rows=accounts))
    return found
