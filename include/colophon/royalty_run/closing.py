"""How an account stands after its statement, once it is approved: what the next period opens with."""

from collections.abc import Mapping
from typing import NamedTuple

from colophon.royalties.account import Account, AccountStatement
from colophon.royalties.policy import Policy
from colophon.royalties.row import Rows, line_hash
from colophon.royalties.standing import Standing
from colophon.royalties.statement.period import Period
from colophon.royalty_run.hashes import packed, together
from colophon.royalty_run.keeping import counted_after, parts_after, sold_after
from colophon.royalty_run.kept import COUNTED, Closing
from colophon.royalty_run.records import AccountInput
from colophon.royalty_run.shard_lines import Told

Copies = dict[tuple[int, int], int]
"""Net copies by contract and product."""


class Computed(NamedTuple):
    """One account's rows and what its lines add up to; `known`: copies to the start of the period; `names`: of lines that no row has."""

    given: AccountInput
    account: Account
    policy: Policy
    rows: Rows
    told: Told
    known: Copies
    names: Mapping[str, str]


def closed(made: Computed, statement: AccountStatement, period: Period) -> Closing:
    """How the account stands after the statement; what is due counts as paid until the payout carries it."""
    one, rows = made.given, made.rows
    receipts = packed(line_hash(receipt.id) for receipt, _ in one.receipts)
    lines = [kept.hashes for kept in made.told.booked if kept.part in COUNTED]
    contracts = tuple(terms.contract_id for terms in one.terms)
    return Closing(
        account_id=one.account_id,
        period=period.label,
        statement=statement.statement,
        counters=tuple(sorted(rows.closing.counters.items())),
        prior=tuple(sorted(rows.closing.prior.items(), key=lambda item: item[0])),
        unreturned=tuple(sorted(rows.closing.unreturned.items(), key=lambda item: item[0])),
        held=statement.reserve.closing,
        joint=Standing(balance=statement.joint.debit, advance=statement.joint.advance_closing),
        payees=tuple((payee, Standing(balance=own.debit, advance=own.advance_closing)) for payee, own in sorted(statement.payees.items())),
        taken=together(one.opening.taken if one.opening else "", *lines, receipts, one.receipts_before),
        copies=tuple((*key, copies) for key, copies in sorted(_copies_after(made).items())),
        rows=statement.rows,
        rights=statement.rights,
        contracts=contracts,
        since=one.since,
        counted=counted_after(one, made.told),
        months=one.opening.months if one.opening else (),
        sold=sold_after(one.opening, made.told),
        money=(*(one.opening.money if one.opening else ()), *one.entries),
        parts=parts_after(one, statement),
        numbers=tuple((terms.contract_id, (terms.statement_number or 1)) for terms in one.terms),
    )


def taken_off(made: Computed) -> tuple[tuple[int, int], ...]:
    """What the balances open with less than they closed with: payments on account, and told balances of contracts that are new."""
    closed = dict(made.given.opening.payees) if made.given.opening else {}
    moves = ((payee, closed.get(payee, Standing()).balance - own.balance) for payee, own in sorted(made.account.payees.items()))
    return tuple((payee, move) for payee, move in moves if move)


def _copies_after(made: Computed) -> Copies:
    found = dict(made.known)
    for row in made.rows.rows:
        key = (row.key.contract_id, row.key.product_id)
        if key in found:
            found[key] += row.units
    return found
