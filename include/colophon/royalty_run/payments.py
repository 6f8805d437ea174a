"""What each payment pays: an instalment of an advance, an earlier statement, or it is on account. Each counts once, when first seen (A8)."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import combinations

from colophon.domain.payment import Payment
from colophon.domain.royalty_terms import RoyaltyTerms
from colophon.royalties.statement.period import Period
from colophon.royalties.whole_numbers import minor
from colophon.royalty_run.instalments import (
    ADVANCE,
    AGAIN,
    HELD,
    OTHER_CURRENCY,
    PAYMENT,
    STATEMENT,
    Instalment,
    identity,
    is_opened,
    told_in,
)
from colophon.royalty_run.kept import Entry, Past
from colophon.royalty_run.records import Tally

ON_ACCOUNT, BEFORE_US = "on account", "before our books"
CORRECTED = "a payment that was counted is told with another amount: enter it as it was, and the difference as another one"
NOBODY = "a payment is to somebody who has no share in its contract"
NEAR = timedelta(days=31)
"""An instalment's day may differ from that of the payment by so much: one of them is the bank's."""
MOST_PARTS = 4
"""An instalment or a statement is paid in so many parts at most: more are for a person."""


class Paying:
    """The payments of one account's contracts, and what they may pay."""

    def __init__(
        self, joined: Sequence[RoyaltyTerms], named: Collection[int], past: Past, period: Period, counted: Sequence[Instalment]
    ) -> None:
        """`named`: who has a share in the account."""
        self._joined, self._past, self._period = joined, past, period
        self._known = {one.identity: one for one in past.opening.money} if past.opening else {}
        self._allowed = None if past.approved is None else {one.identity: one for one in past.approved.money}
        self._agents = {(split.agent_id, split.payee_id) for terms in joined for split in terms.splits if split.agent_id is not None}
        self._payees = set(named)
        self._currencies = {terms.contract_id: terms.currency for terms in joined}
        done = {one.of for one in self._known.values() if one.of}
        self.open = [one for one in self._known.values() if one.kind in {ADVANCE, STATEMENT} and one.identity not in done and not one.of]
        self.open += [one.entry for one in counted]
        self.others: list[Entry] = []

    def entries(self, payments: Iterable[Payment]) -> tuple[list[Entry], list[Entry]]:
        """The payments that are new, each with its use; and instalments that are no new debt, since they were deducted as payments before."""
        read = list(self._recognised(list(self._read(payments))))
        fresh = [one for one in read if self._is_new(one)]
        self.others = [replace(one, state=AGAIN if one.identity in self._known else HELD) for one in read if not self._is_new(one)]
        settled = dict(self._matched([one for one in fresh if one.state != HELD]))
        used = [
            replace(one, use=settled[one.identity].kind, of=settled[one.identity].identity) if one.identity in settled else one
            for one in fresh
        ]
        return used, list(self._late_instalments())

    def _read(self, payments: Iterable[Payment]) -> Iterator[Entry]:
        """All up to the period's last day; what is nothing or less is no payment (A6)."""
        times: Counter[tuple[object, ...]] = Counter()
        for one in sorted(payments, key=lambda one: (one.paid_on, one.id or 0)):
            if one.contract_id not in self._currencies or one.amount <= 0 or one.paid_on > self._period.ends_on:
                continue
            amount = minor(one.amount, one.currency)
            # A reference is the payment's own name: with it another day is the same payment, corrected.
            said = (PAYMENT, one.contract_id, one.contact_id, amount, one.currency, one.external_reference or one.paid_on.isoformat())
            own = identity(*said, ordinal=times[said])
            times[said] += 1
            entry = Entry(
                identity=own, kind=PAYMENT, contract_id=one.contract_id, payee_id=one.contact_id,
                currency=one.currency, amount=amount, on=one.paid_on,
            )  # fmt: skip
            yield self._placed(entry)

    def _recognised(self, read: Sequence[Entry]) -> Iterator[Entry]:
        """A payment that was counted and is told with another reference, or none, is the same one; with another amount it is for a person."""
        before = {**(self._allowed or {}), **self._known}
        told = {one.identity for one in read}
        gone = [one for one in before.values() if one.kind == PAYMENT and one.identity not in told]
        for one in read:
            like = [] if one.identity in before else [old for old in gone if _place(old) == _place(one)]
            same = next((old for old in like if (old.amount, old.currency) == (one.amount, one.currency)), None)
            if same is not None:
                gone.remove(same)
                yield replace(one, identity=same.identity)
            else:
                yield replace(one, state=HELD, of=CORRECTED) if like else one

    def _placed(self, entry: Entry) -> Entry:
        opening, day = self._past.opening, entry.on or date.min
        began = opening.since if opening is not None and opening.since and is_opened(opening, entry.contract_id) else self._period.starts_on
        if opening is not None and not opening.contracts:
            began = self._period.starts_on
        if entry.currency != self._currencies[entry.contract_id]:
            return replace(entry, state=HELD, of=OTHER_CURRENCY)
        if day < began:
            return replace(entry, use=BEFORE_US)
        return replace(entry, use=ON_ACCOUNT)

    def _is_new(self, entry: Entry) -> bool:
        return entry.identity not in self._known and (self._allowed is None or entry.identity in self._allowed)

    def _matched(self, fresh: Sequence[Entry]) -> Iterator[tuple[str, Entry]]:
        """Payments by what they pay: the nearest day first, whole sums before parts."""
        left = list(fresh)
        for within, kinds in ((timedelta(0), {ADVANCE}), (timedelta.max, {STATEMENT}), (NEAR, {ADVANCE})):
            for target in [one for one in self.open if one.kind in kinds]:
                parts = self._parts(target, left, within)
                if parts:
                    self.open.remove(target)
                    for part in parts:
                        left.remove(part)
                        yield part.identity, target

    def _parts(self, target: Entry, left: Sequence[Entry], within: timedelta) -> tuple[Entry, ...]:
        fit = [one for one in left if self._fits(one, target, within)]
        amounts = {target.amount, *target.also}
        for number in range(1, min(MOST_PARTS, len(fit)) + 1):
            for some in combinations(fit[:12], number):
                if sum(one.amount for one in some) in amounts and len({one.on for one in some}) == 1:
                    return some
        return ()

    def _fits(self, one: Entry, target: Entry, within: timedelta) -> bool:
        """Whether a payment may be a part of it: to the payee or the payee's agent, near its day."""
        if target.kind == ADVANCE and one.contract_id != target.contract_id:
            return False
        to = target.payee_id in {0, one.payee_id} or (one.payee_id, target.payee_id) in self._agents
        apart = (one.on or date.min) - (target.on or date.min)
        is_near = apart >= timedelta(0) if within == timedelta.max else abs(apart) <= within
        return to and is_near

    def _late_instalments(self) -> Iterator[Entry]:
        """Instalments entered after what paid them was taken off a balance as a payment on account: no new debt."""
        paid = [one for one in self._known.values() if one.kind == PAYMENT and one.use == ON_ACCOUNT]
        taken = {one.of for one in self._known.values() if one.kind == ADVANCE and one.of}
        paid = [one for one in paid if one.identity not in taken]
        for target in [one for one in self.open if one.kind == ADVANCE and one.identity not in self._known]:
            parts = self._parts(target, paid, NEAR)
            if parts:
                paid = [one for one in paid if one not in parts]
                yield replace(target, of=parts[0].identity)

    def on_account(self, used: Iterable[Entry]) -> tuple[tuple[tuple[int, int], ...], str]:
        """What comes off each payee's balance, and why it cannot be told, if so. A payment to an agent is one to the payee (P5)."""
        sums: Counter[int] = Counter()
        for one in used:
            if one.state == HELD:
                return (), one.of
            if one.use != ON_ACCOUNT:
                continue
            payees = {one.payee_id} & self._payees or {payee for agent, payee in self._agents if agent == one.payee_id}
            if len(payees) != 1:
                return (), NOBODY
            sums[payees.pop()] += one.amount
        return tuple(sorted(sums.items())), ""


def _place(one: Entry) -> tuple[int, int, date | None]:
    return one.contract_id, one.payee_id, one.on


def tally(entries: Iterable[Entry]) -> tuple[Tally, ...]:
    """What became of sums of money, added up."""
    return tuple(told_in((one.kind, one.currency, one.state, one.amount) for one in entries))
