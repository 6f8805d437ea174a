"""The books of a run: what is known of each account by its contracts, whatever the accounts were called before; and what a run enters."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Protocol

from colophon.ledger.royalty_books import KeptLines, KeptMoney, Member, Page, RoyaltyBooks
from colophon.royalties.corrections import Correction
from colophon.royalties.sales_lines import Title
from colophon.royalties.statement.period import Period
from colophon.royalty_run.approved import APPROVED, Memory, closing_of, corrections_of, first_day, past_of
from colophon.royalty_run.gather import Gathered
from colophon.royalty_run.hashes import bytes_of, packed_bytes, together, without
from colophon.royalty_run.inputs import Inputs, accounts_of
from colophon.royalty_run.instalments import HELD, STATEMENT, identity
from colophon.royalty_run.kept import COUNTED, ELSEWHERE, Closing, Past, Sums
from colophon.royalty_run.openings import OPEN_BEFORE, is_settled, opened, renamed
from colophon.royalty_run.records import AccountResult, RunFacts
from colophon.royalty_run.sales_lookup import titles_of
from colophon.royalty_run.settings import RoyaltySettings


class Books(Memory, Protocol):
    """The ledger, as far as a royalty run reads it."""

    royalty_books: RoyaltyBooks


def past_by_contract(ledger: Books, period: Period, inputs: Inputs, settings: RoyaltySettings) -> Callable[[str], Past]:
    """What the books know of an account, by its contracts: under whatever account each of them was approved last."""
    groups = {key: [one.contract_id for one in joined] for key, joined in accounts_of(inputs.terms).items()}
    return _Pasts(ledger, period, groups, titles_of(inputs.terms, inputs.products, inputs.contracts), settings).of


class _Pasts:
    def __init__(
        self,
        ledger: Books,
        period: Period,
        groups: Mapping[str, Sequence[int]],
        titles: Mapping[int, Sequence[Title]],
        settings: RoyaltySettings,
    ) -> None:
        self._ledger, self._period, self._settings = ledger, period, settings
        self._by_account = past_of(ledger, period)
        self._since = first_day(ledger, period)
        self._groups = groups
        self._living = {contract for own in groups.values() for contract in own}
        members = ledger.royalty_books.members()
        self._known = {one.contract_id for one in members if one.ends_on < period.starts_on}
        self._now = {one.contract_id: one.account_id for one in members if one.period == period.label and one.account_id}
        self._last: dict[int, Member] = {}
        for one in members:
            if one.account_id and one.ends_on < period.starts_on:
                self._last.setdefault(one.contract_id, one)
        self._waiting: dict[int, list[KeptLines]] = defaultdict(list)
        for kept in ledger.royalty_books.waiting():
            self._waiting[kept.contract_id].append(kept)
        self._products: dict[int, set[int]] = defaultdict(set)
        for product, own in titles.items() if self._known else ():
            for title in own:
                self._products[title.contract_id].add(product)
        self._closing = lru_cache(maxsize=1024)(lambda label, account: closing_of(ledger, f"{APPROVED}{label}", account))

    def of(self, account_id: str) -> Past:
        """See `Past`."""
        contracts = self._groups.get(account_id, [])
        closings = {contract: found for contract in contracts if (found := self._closed(contract))}
        if closings or self._known.intersection(contracts):
            past = Past(approved=closing_of(self._ledger, f"{APPROVED}{self._period.label}", account_id))
        else:
            past = self._by_account(account_id)  # as it closed before there were books, if it did
        opening, trouble = (past.opening, "") if past.opening else opened(account_id, contracts, closings, self._living)
        elsewhere, untold = self._elsewhere(contracts, opening)
        waiting = [one for contract in contracts for one in self._waiting[contract]]
        return replace(
            past,
            opening=opening,
            corrections=self._corrections(contracts, closings) if closings else past.corrections,
            since=self._since,
            waiting=together(*(packed_bytes(one.hashes) for one in waiting)),
            waited=_sums(waiting),
            elsewhere=elsewhere,
            trouble=self._regrouped(account_id, contracts) or trouble or untold,
        )

    def _closed(self, contract: int) -> Closing | None:
        old = self._settings.successors.get(contract)
        if (last := self._last.get(contract)) is not None:
            return self._closing(last.period, last.account_id)
        if old is None or old in self._living or (last := self._last.get(old)) is None:
            return None
        found = self._closing(last.period, last.account_id)
        return renamed(found, old, contract) if found else None

    def _regrouped(self, account_id: str, contracts: Sequence[int]) -> str:
        """What was approved in a period is closed, whatever its contracts' account is called now (D4)."""
        others = sorted({self._now[one] for one in contracts if self._now.get(one, account_id) != account_id})
        return (
            f"its contracts were approved for this period as {', '.join(others)}: they are closed, and the grouping has changed"
            if others
            else ""
        )

    def _corrections(self, contracts: Sequence[int], closings: Mapping[int, Closing]) -> tuple[Correction, ...]:
        sources = {(one.period, one.account_id) for contract in closings if (one := self._last.get(contract))}
        found = (one for label, account in sorted(sources) for one in corrections_of(self._ledger, label, account))
        return tuple(one for one in found if one.reversal.row.key.contract_id in contracts)

    def _elsewhere(self, contracts: Sequence[int], opening: Closing | None) -> tuple[tuple[tuple[int, str, str], ...], str]:
        """For contracts that are new here: sales of their products that others were paid for. One that has ended took its sales along."""
        found: list[tuple[int, str, str]] = []
        for contract in contracts:
            if not self._known or contract in self._known or (opening and contract in opening.contracts):
                continue
            own = together(*(packed_bytes(one.hashes) for one in self._waiting[contract]))
            for other, hashes in self._counted(self._products[contract]):
                if other == contract or other in contracts:
                    continue
                if other not in self._living and (why := self._open_before(other)):
                    return (), why
                part = ELSEWHERE if other not in self._living else self._settings.part_of_old([contract])
                found.append((contract, without(hashes, own), part))
        return _each_once(found), ""

    def _counted(self, products: set[int]) -> Iterable[tuple[int, str]]:
        by_contract: dict[int, list[str]] = defaultdict(list)
        for one in self._ledger.royalty_books.counted_of(products) if products else ():
            by_contract[one.contract_id].append(packed_bytes(one.hashes))
        return [(contract, together(*texts)) for contract, texts in sorted(by_contract.items())]

    def _open_before(self, contract: int) -> str:
        """Why a contract that has ended is not done with; one whose account goes on is."""
        last = self._last.get(contract)
        closing = self._closing(last.period, last.account_id) if last else None
        is_named = contract in self._settings.successors.values()
        if closing is None or is_named or is_settled(closing) or any(one in self._living for one in closing.contracts):
            return ""
        return f"contract {contract} {OPEN_BEFORE}"


def _each_once(found: Iterable[tuple[int, str, str]]) -> tuple[tuple[int, str, str], ...]:
    """A sale that several contracts were paid for is there once."""
    left: dict[int, str] = {}
    made = []
    for contract, hashes, part in found:
        fresh = without(hashes, left.get(contract, ""))
        left[contract] = together(left.get(contract, ""), hashes)
        made.append((contract, fresh, part))
    return tuple(made)


def _sums(kept: Iterable[KeptLines]) -> tuple[Sums, ...]:
    found: dict[str, tuple[int, int, int]] = {}
    for one in kept:
        before = found.get(one.currency, (0, 0, 0))
        found[one.currency] = (before[0] + one.lines, before[1] + one.copies, before[2] + one.value)
    return tuple((currency, *own) for currency, own in sorted(found.items()))


def closed_before(
    ledger: Books, period: Period, results: Iterable[AccountResult], facts: RunFacts, settings: RoyaltySettings
) -> dict[str, Closing]:
    """How the accounts of a run closed when their contracts were approved last, read anew (5)."""
    groups = {one.account_id: list(one.contracts) for one in results}
    pasts = _Pasts(ledger, period, {**groups, "": facts.absent}, {}, settings)
    return {account: opening for account in groups if (opening := pasts.of(account).opening) is not None}


def kept_of(
    ledger: Books, period: Period, results: Iterable[AccountResult], settings: RoyaltySettings
) -> dict[str, dict[str, tuple[int, int, int]]]:
    """What the tables have of the counted lines of each account whose contracts have been in no other one."""
    members = ledger.royalty_books.members()
    accounts: dict[int, set[str]] = defaultdict(set)
    for one in members:
        if one.ends_on < period.starts_on:
            accounts[one.contract_id].add(one.account_id or "")
    counted = ledger.royalty_books.counted_before(period.starts_on)
    return {
        result.account_id: _added(counted, result.contracts)
        for result in results
        if result.contracts and all(accounts[one] <= {result.account_id, ""} and one not in settings.successors for one in result.contracts)
    }


def _added(counted: Mapping[int, Mapping[str, tuple[int, int, int]]], contracts: Iterable[int]) -> dict[str, tuple[int, int, int]]:
    found: dict[str, tuple[int, int, int]] = {}
    for contract in contracts:
        for currency, (lines, copies, value) in counted.get(contract, {}).items():
            before = found.get(currency, (0, 0, 0))
            found[currency] = (before[0] + lines, before[1] + copies, before[2] + value)
    return found


def page_of(gathered: Gathered, facts: RunFacts, approved: Iterable[str], period: Period, run: str) -> Page:
    """What the run enters in the books.

    :param approved: ids of the accounts that are approved now, and were not before. :param run: which run counted it.
    """
    new = set(approved)
    fresh = [one for one in gathered.results if one.account_id in new]
    held = [one for one in gathered.results if one.statement is None]
    return Page(
        period=period.label,
        ends_on=period.ends_on,
        run=run,
        accounts={one.account_id: one.contracts for one in fresh},
        held=tuple(contract for one in held for contract in one.contracts),
        absent=facts.absent,
        lines=[kept for one in (*fresh, *held) for kept in _lines(one)],
        money=[*(kept for one in (*fresh, *held) for kept in _money(one, period)), *_moves(fresh, gathered, period)],
    )


def _lines(result: AccountResult) -> Iterable[KeptLines]:
    for one in result.booked:
        state = "counted" if one.part in COUNTED else "held"
        yield KeptLines(*one[:4], state, *one[4:7], bytes_of(one.hashes))
    gone = {one.currency: one.returned for one in result.seen if any(one.returned)}
    for place, (currency, figures) in enumerate(sorted(gone.items())):
        yield KeptLines(result.contracts[0], 0, "gone", currency, "returned", *figures, bytes_of(result.gone if place == 0 else ""))


def _money(result: AccountResult, period: Period) -> Iterable[KeptMoney]:
    """The entries that are new, and what the statement left to pay."""
    left = (one for one in (result.closing.money if result.closing else ()) if one.kind == STATEMENT and one.use == period.label)
    for one in (*result.money, *left):
        use = one.of if one.state == HELD else one.use
        yield KeptMoney(
            one.identity, one.kind, one.contract_id, one.payee_id, one.currency, one.amount, one.on, one.state, use, result.account_id
        )


def _moves(fresh: Iterable[AccountResult], gathered: Gathered, period: Period) -> Iterable[KeptMoney]:
    """What the statements did: reserves by contract, and what was taken off each payment."""
    accounts = set()
    for result in fresh:
        statement = result.statement
        if statement is None:
            continue
        accounts.add(result.account_id)
        sums: dict[tuple[str, int, int], int] = defaultdict(int)
        for kind, vintages in (("reserve withheld", statement.reserve.withheld), ("reserve released", statement.reserve.released)):
            for one in vintages:
                sums[kind, one.contract_id, one.payee_id or 0] += one.amount
        for payee, own in ((0, statement.joint), *statement.payees.items()):
            sums["recouped", statement.contract_ids[0], payee] += own.recouped
        yield from _made(sums, statement.currency, result.account_id, period)
    for paid in gathered.payout.paid:
        account = paid.dues[0].account_id
        if account in accounts:
            first = next(one.contracts[0] for one in gathered.results if one.account_id == account)
            taken = {
                ("commission", first, paid.payee_id): paid.commission,
                ("tax", first, paid.payee_id): paid.tax,
                ("vat", first, paid.payee_id): paid.vat,
            }
            yield from _made(taken, paid.currency, account, period)


def _made(sums: Mapping[tuple[str, int, int], int], currency: str, account_id: str, period: Period) -> Iterable[KeptMoney]:
    for (kind, contract, payee), amount in sorted(sums.items()):
        if amount:
            name = identity(kind, period.label, account_id, contract, payee, currency)
            yield KeptMoney(name, kind, contract, payee, currency, amount, period.ends_on, "counted", "", account_id)
