"""How an account opens when its contracts were in other accounts before: contracts join, leave, or continue one that has ended (A9).

Counters, reserves and lines belong to contracts, and go with them. Balances belong to payees; a contract that leaves takes what is
open of its own advances, and what cannot be shared out holds the account until a person has said it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import reduce
from typing import Any

from colophon.royalties.reserve import total
from colophon.royalties.row import CounterKey
from colophon.royalties.standing import Standing
from colophon.royalty_run.hashes import together
from colophon.royalty_run.kept import Closing, Entry

SHARED_DEBT = "its contracts were one account with a debt, and it cannot be told whose it is: leave them together until it is earned"
OPEN_BEFORE = "has no terms any more and closed with money open: name its successor in royalties.yaml (successors)"


def opened(
    account_id: str, contracts: Sequence[int], closings: Mapping[int, Closing], living: Collection[int]
) -> tuple[Closing | None, str]:
    """What the account opens with, None where all of its contracts are new; and why that cannot be told.

    :param closings: how each contract's account closed when the contract was last approved. :param living: contracts that have terms.
    """
    parts: list[Closing] = []
    trouble = ""
    for closing in {id(one): one for one in (closings[contract] for contract in contracts if contract in closings)}.values():
        own = [contract for contract in closing.contracts if contract in contracts]
        others = [contract for contract in closing.contracts if contract in living and contract not in contracts]
        if not others:
            parts.append(closing)
            continue
        part = _leaving(closing, own, others)
        if part is None:
            trouble = SHARED_DEBT
        parts.append(part or closing)  # what was counted of it is known, all the same
    if not parts:
        return None, ""
    whole = reduce(_joined, sorted(parts, key=lambda one: (one.contracts, one.account_id)))
    return replace(whole, account_id=account_id), trouble


def is_settled(closing: Closing) -> bool:
    """Whether nothing of an account is open: no balance, no advance, no reserve."""
    return not total(closing.held) and all(
        (own.balance, own.advance) == (0, 0) for own in (closing.joint, *(own for _, own in closing.payees))
    )


def renamed(closing: Closing, old: int, new: int) -> Closing:
    """The closing as that of the contract that continues another one."""

    def key(one: CounterKey) -> CounterKey:
        number, colon, rest = one.group.partition(":")
        return one._replace(group=f"{new}{colon}{rest}") if int(number) == old else one

    def named(contract: int) -> int:
        return new if contract == old else contract

    return replace(
        closing,
        counters=tuple((key(one), count) for one, count in closing.counters),
        prior=tuple(
            (key(one), tuple(replace(own, key=own.key._replace(contract_id=named(own.key.contract_id))) for own in priors))
            for one, priors in closing.prior
        ),
        unreturned=tuple((key(one), held) for one, held in closing.unreturned),
        held=tuple(replace(one, contract_id=named(one.contract_id)) for one in closing.held),
        copies=tuple((named(contract), product, copies) for contract, product, copies in closing.copies),
        earned=tuple((named(contract), product, amount) for contract, product, amount in closing.earned),
        contracts=tuple(named(one) for one in closing.contracts),
        money=tuple(replace(one, contract_id=named(one.contract_id)) for one in closing.money),
        parts=tuple((named(contract), payee, amount) for contract, payee, amount in closing.parts),
        numbers=tuple((named(contract), number) for contract, number in closing.numbers),
        types=tuple((named(contract), *rest) for contract, *rest in closing.types),  # type: ignore[misc]  # the same five
        rows=(),
        rights=(),
    )


def _leaving(closing: Closing, own: Sequence[int], others: Sequence[int]) -> Closing | None:
    """The part of some contracts; None where a debt of all of them is open. What is owed to a payee stays with the first contract."""
    if closing.joint.balance < 0 or any(standing.balance < 0 for _, standing in closing.payees):
        return None
    mine = set(own)
    is_first = min(own) < min(others)
    advances: dict[int, int] = {}
    for contract, payee, amount in closing.parts:
        if contract in mine:
            advances[payee] = advances.get(payee, 0) + amount

    def standing(payee: int, whole: Standing) -> Standing:
        return Standing(balance=whole.balance if is_first else 0, advance=advances.get(payee, 0))

    return replace(
        closing,
        months=(),  # nobody knows whose lines they were
        sold=tuple(one for one in closing.sold if one[0] in mine),
        counters=_of(closing.counters, mine),
        prior=_of(closing.prior, mine),
        unreturned=_of(closing.unreturned, mine),
        held=tuple(one for one in closing.held if one.contract_id in mine),
        joint=standing(0, closing.joint),
        payees=tuple((payee, standing(payee, whole)) for payee, whole in closing.payees),
        copies=tuple(one for one in closing.copies if one[0] in mine),
        earned=tuple(one for one in closing.earned if one[0] in mine),
        contracts=tuple(own),
        money=tuple(one for one in closing.money if one.contract_id in mine),
        parts=tuple(one for one in closing.parts if one[0] in mine),
        numbers=tuple(one for one in closing.numbers if one[0] in mine),
        types=tuple(one for one in closing.types if one[0] in mine),
        rows=tuple(one for one in closing.rows if one.row.key.contract_id in mine),
        rights=tuple(one for one in closing.rights if one.receipt.contract_id in mine),
    )


def _joined(one: Closing, other: Closing) -> Closing:
    """Both together. The number of the account's statement is the higher one; reserves keep their distance from it."""
    number = max(one.statement, other.statement)
    payees = dict(one.payees)
    for payee, standing in other.payees:
        payees[payee] = _added(payees.get(payee, Standing()), standing)
    return replace(
        one,
        period=max(one.period, other.period),
        statement=number,
        counters=(*one.counters, *other.counters),
        prior=(*one.prior, *other.prior),
        unreturned=(*one.unreturned, *other.unreturned),
        held=(*_ahead(one, number), *_ahead(other, number)),
        joint=_added(one.joint, other.joint),
        payees=tuple(sorted(payees.items())),
        taken=together(one.taken, other.taken),
        months=(),  # a line of both would be counted twice in it
        sold=(*one.sold, *other.sold),
        copies=(*one.copies, *other.copies),
        earned=(*one.earned, *other.earned),
        clauses=tuple(sorted({*one.clauses, *other.clauses})),
        charged=tuple(sorted({*one.charged, *other.charged})),
        rows=(*one.rows, *other.rows),
        rights=(*one.rights, *other.rights),
        contracts=tuple(sorted({*one.contracts, *other.contracts})),
        since=min((since for since in (one.since, other.since) if since), default=None),
        counted=_sums((*one.counted, *other.counted)),
        money=_once((*one.money, *other.money)),
        parts=(*one.parts, *other.parts),
        numbers=(*one.numbers, *other.numbers),
        last_due=one.last_due + other.last_due,
        types=(*one.types, *other.types),
    )


def _ahead(closing: Closing, number: int) -> tuple[Any, ...]:
    ahead = number - closing.statement
    return tuple(
        replace(one, statement=one.statement + ahead, due_statement=None if one.due_statement is None else one.due_statement + ahead)
        for one in closing.held
    )


def _added(one: Standing, other: Standing) -> Standing:
    return Standing(balance=one.balance + other.balance, advance=one.advance + other.advance)


def _of(pairs: Iterable[tuple[CounterKey, Any]], contracts: set[int]) -> tuple[tuple[CounterKey, Any], ...]:
    return tuple((key, value) for key, value in pairs if _contract(key) in contracts)


def _contract(key: CounterKey) -> int:
    return int(key.group.partition(":")[0])


def _sums(parts: Iterable[tuple[str, int, int, int]]) -> tuple[tuple[str, int, int, int], ...]:
    found: dict[str, tuple[int, int, int]] = {}
    for currency, lines, copies, value in parts:
        before = found.get(currency, (0, 0, 0))
        found[currency] = (before[0] + lines, before[1] + copies, before[2] + value)
    return tuple((currency, *own) for currency, own in sorted(found.items()))


def _once(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    return tuple({one.identity: one for one in entries}.values())
