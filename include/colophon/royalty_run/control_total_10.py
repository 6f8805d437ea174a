"""Control total 10 for a run: everything ever seen is counted, held or returned, currency by currency; each once."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from colophon.royalties.breaches import Breach
from colophon.royalties.payout import Paid, Payout
from colophon.royalties.statement.period import Period
from colophon.royalty_run.instalments import AGAIN, COUNTED, HELD, RETURNED, STATEMENT, identity
from colophon.royalty_run.kept import COUNTED as COUNTED_PARTS
from colophon.royalty_run.kept import Closing, Entry, Seen
from colophon.royalty_run.records import AccountResult, RunFacts, Tally

PLACES = {COUNTED: 0, AGAIN: 0, HELD: 1, RETURNED: 2}


def seen_in_all(results: Iterable[AccountResult], facts: RunFacts) -> tuple[Seen, ...]:
    """The run's figures by kind and currency: of sales lines ever seen, of sums of money as they are read now."""
    sums: dict[tuple[str, str], list[list[int]]] = defaultdict(lambda: [[0, 0, 0] for _ in range(4)])
    tallies: list[Tally] = [*facts.money_left]
    for result in results:
        tallies += result.tally
        for one in result.seen:
            own = sums[one.kind, one.currency]
            for place, figures in enumerate((one.ever, one.counted, one.held, one.returned)):
                own[place] = [before + more for before, more in zip(own[place], figures, strict=True)]
    for kind, currency, state, number, amount in tallies:
        for place in (0, PLACES[state] + 1):
            own = sums[f"{kind}s", currency]
            own[place] = [own[place][0] + number, 0, own[place][2] + amount]
    return tuple(
        Seen(kind, currency, *((lines, copies, value) for lines, copies, value in own)) for (kind, currency), own in sorted(sums.items())
    )


def of_money(results: Sequence[AccountResult], facts: RunFacts) -> Iterator[Breach]:
    """10: the sums of money that were read are those that the accounts say they got, and no identity is there twice."""
    rest: Counter[tuple[str, str, str]] = Counter()
    told = [*(one for result in results for one in result.tally), *facts.money_left]
    known = {(kind, currency) for kind, currency, *_ in facts.money}
    if facts.money:
        for sign, tallies in ((1, facts.money), (-1, told)):
            for kind, currency, _, number, amount in tallies:
                if (kind, currency) in known:
                    rest[kind, currency, "number"] += sign * number
                    rest[kind, currency, "amount"] += sign * amount
    for (kind, currency, what), by in sorted(rest.items()):
        if by:
            yield Breach(identity=10, subject=f"{kind}s in {currency}", what=f"they are not all counted, held or returned, by their {what}",
                         by=by, currency=currency if what == "amount" else "")  # fmt: skip
    times = Counter(one.identity for result in results if result.closing for one in result.closing.money)
    if by := sum(number - 1 for number in times.values()):
        yield Breach(identity=10, subject="sums of money", what="an instalment, payment or receipt is counted twice", by=by)


def with_statements(results: Iterable[AccountResult], payout: Payout, period: str) -> tuple[AccountResult, ...]:
    """The closings with what their statements left to pay: a payment of it, seen later, is none on account."""
    paid = {(due.account_id, due.payee_id): one for one in payout.paid for due in one.dues}

    def told(result: AccountResult, closing: Closing) -> AccountResult:
        made = tuple(
            _statement(result, payee, paid[result.account_id, payee], period)
            for payee in sorted(result.statement.payees if result.statement else ())
            if (result.account_id, payee) in paid
        )
        return replace(result, closing=replace(closing, money=(*closing.money, *made)))

    return tuple(told(result, result.closing) if result.closing else result for result in results)


def _statement(result: AccountResult, payee_id: int, paid: Paid, period: str) -> Entry:
    due = next(one for one in paid.dues if one.account_id == result.account_id and one.payee_id == payee_id)
    contract = result.statement.contract_ids[0] if result.statement else 0
    also = {paid.due, paid.net, paid.net + paid.vat, paid.due + paid.vat, paid.due - paid.commission, paid.due - paid.tax}
    return Entry(
        identity=identity(STATEMENT, period, contract, payee_id), kind=STATEMENT, contract_id=contract, payee_id=payee_id,
        currency=paid.currency, amount=due.amount, on=Period.parse(period).ends_on, use=period, also=tuple(sorted(one for one in also if one > 0 and one != due.amount)),
    )  # fmt: skip


def of_books(results: Iterable[AccountResult], kept: Mapping[str, Mapping[str, tuple[int, int, int]]]) -> Iterator[Breach]:
    """10: what the tables have of an account's counted lines is what its statements closed with.

    :param kept: by account id, lines, copies and value by currency, of earlier periods.
    """
    for result in results:
        if result.account_id not in kept or result.closing is None:
            continue
        now: Counter[str] = Counter()
        for one in result.booked:
            now[one.currency] += one.lines if one.part in COUNTED_PARTS else 0
        for currency, lines, *_ in result.closing.counted:
            before = kept[result.account_id].get(currency, (0, 0, 0))[0]
            if by := lines - now[currency] - before:
                yield Breach(
                    identity=10,
                    subject=result.account_id,
                    what=f"the books have other {currency} lines than its statements closed with",
                    by=by,
                )
