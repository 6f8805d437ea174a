"""Advances by instalment: each counted once for ever, when it is first seen to be paid, however late it was entered (A2, A8)."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from colophon.domain.royalty_terms import Advance, RoyaltyTerms
from colophon.royalties.statement.period import Period
from colophon.royalties.whole_numbers import minor
from colophon.royalty_run.kept import Closing, Entry, Past

ADVANCE, PAYMENT, STATEMENT = "advance", "payment", "statement"
COUNTED, HELD, RETURNED = "counted", "held", "returned"
AGAIN = "again"
"""Counted by an earlier statement, and read once more."""
CORRECTED = "an instalment that was counted is told with another amount: enter it as it was, and the difference as another one"
OTHER_CURRENCY = "a sum is in another currency than its contract"


class Instalment(NamedTuple):
    """One part of an advance, with its entry."""

    advance: Advance
    entry: Entry


def identity(*said: object, ordinal: int = 0) -> str:
    """What a sum of money is known by: what is said of it, and its number among those that say the same."""
    return hashlib.sha256(repr((*said, ordinal)).encode()).hexdigest()[:40]


def instalments_of(joined: Iterable[RoyaltyTerms]) -> list[Instalment]:
    """Every agreed instalment, paid or not. Neither ids nor days tell them apart: an entry may get another one, and files have none."""
    times: Counter[tuple[object, ...]] = Counter()
    found = []
    for terms in joined:
        for one in terms.advances:
            payee = 0 if one.is_joint or one.payee_id is None else one.payee_id
            said = (ADVANCE, terms.contract_id, payee, " ".join(one.trigger.split()), minor(one.amount, one.currency), one.currency)
            entry = Entry(
                identity=identity(*said, ordinal=times[said]), kind=ADVANCE, contract_id=terms.contract_id, payee_id=payee,
                currency=one.currency, amount=minor(one.amount, one.currency), on=one.paid_on, use=str(said[3]),
            )  # fmt: skip
            times[said] += 1
            found.append(Instalment(one, entry))
    return found


def is_opened(opening: Closing | None, contract_id: int) -> bool:
    """Whether the contract has been on a statement here; a closing that does not say so is of its whole account."""
    return opening is not None and (not opening.contracts or contract_id in opening.contracts)


def fresh_instalments(joined: Sequence[RoyaltyTerms], past: Past, period: Period) -> tuple[list[Instalment], list[Entry], list[Entry]]:
    """The instalments that count in this period; entries of those that are known from now on and do not count; and of those that stand as they did.

    One that is in a told opening balance does not count, and neither does one that was paid on account before somebody entered it
    as an instalment: the entry says so.
    """
    known = {one.identity: one for one in past.opening.money} if past.opening else {}
    allowed = None if past.approved is None else {one.identity for one in past.approved.money}
    every = instalments_of(joined)
    agreed = [one for one in every if one.entry.on is not None and one.entry.on <= period.ends_on]
    gone = _gone(known.values(), {one.entry.identity for one in every})
    again = {one.entry.identity for one in agreed if one.entry.identity in known or _is_renamed(one.entry, gone)}
    told = {terms.contract_id for terms in joined if any(split.opening_balance is not None for split in terms.splits)}
    currencies = {terms.contract_id: terms.currency for terms in joined}
    counted: list[Instalment] = []
    entries: list[Entry] = []
    others: list[Entry] = []
    for one in agreed:
        paid, contract = one.entry.on or date.min, one.entry.contract_id
        if one.entry.identity in again:
            others.append(replace(one.entry, state=AGAIN))
            continue
        if allowed is not None and one.entry.identity not in allowed:
            others.append(replace(one.entry, state=HELD))  # entered since this period was approved: the next one's
            continue
        if one.entry.currency != currencies[contract]:
            entries.append(replace(one.entry, state=HELD, of=OTHER_CURRENCY))
        elif any(_is_corrected(one.entry, old) for old in gone):
            entries.append(replace(one.entry, state=HELD, of=CORRECTED))
        elif paid < period.starts_on and _is_told(past.opening, contract, told):
            entries.append(replace(one.entry, of="told"))
        else:
            counted.append(one)
    return counted, entries, others


def _is_told(opening: Closing | None, contract_id: int, told: set[int]) -> bool:
    """Whether what was paid before the period is in a balance: a told one, or a closing that knows no single instalment."""
    if is_opened(opening, contract_id):
        return opening is not None and not opening.contracts
    return contract_id in told


def _gone(known: Iterable[Entry], agreed: set[str]) -> list[Entry]:
    return [one for one in known if one.kind == ADVANCE and one.identity not in agreed]


def _is_renamed(entry: Entry, gone: list[Entry]) -> bool:
    """Whether an instalment that was counted stands there as another one: of an heir, of a contract that succeeds, or under other words."""
    for place, other in enumerate(gone):
        is_like = entry.contract_id == other.contract_id or other.use == entry.use or other.on == entry.on
        if is_like and (other.amount, other.currency) == (entry.amount, entry.currency):
            del gone[place]
            return True
    return False


def _is_corrected(entry: Entry, old: Entry) -> bool:
    """Whether an instalment that was counted and is gone may stand there with another amount: both together would be too much."""
    is_one = (entry.contract_id, entry.payee_id) == (old.contract_id, old.payee_id)
    return is_one and (entry.use == old.use or entry.on == old.on)


def told_in(tally: Iterable[tuple[str, str, str, int]]) -> Iterator[tuple[str, str, str, int, int]]:
    """Sums of money added up by kind, currency and state: number and amount."""
    sums: dict[tuple[str, str, str], list[int]] = {}
    for kind, currency, state, amount in tally:
        own = sums.setdefault((kind, currency, state), [0, 0])
        own[0] += 1
        own[1] += amount
    for (kind, currency, state), (number, amount) in sorted(sums.items()):
        yield kind, currency, state, number, amount


def by_contract(counted: Iterable[Instalment]) -> Mapping[int, list[Advance]]:
    """Instalments' advances by contract."""
    found: dict[int, list[Advance]] = {}
    for one in counted:
        found.setdefault(one.entry.contract_id, []).append(one.advance)
    return found
