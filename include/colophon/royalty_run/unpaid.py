"""What a run does not pay for, account by account and currency by currency: for the page of whoever approves, with amounts."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from colophon.royalties.report.figures import Held, Waiting
from colophon.royalties.statement.wording import count, money
from colophon.royalty_run.gather import Gathered
from colophon.royalty_run.records import AccountResult, Hold, RunFacts, Suspense


def held_of(gathered: Gathered, facts: RunFacts) -> tuple[Held, ...]:
    """Every account that nobody is paid from, the largest amount first."""
    sold = {one.account_id: one.sold for one in facts.untold}
    found = [_held(result, sold.get(result.account_id, ()), facts) for result in gathered.results if result.statement is None]
    return tuple(sorted(found, key=lambda one: (-max(one.due, one.earned), one.account)))


def waiting_of(gathered: Gathered, facts: RunFacts) -> tuple[Waiting, ...]:
    """Counts and sums by currency; amounts of two currencies are never added."""
    sums: dict[str, Counter[str]] = defaultdict(Counter)
    for one in held_of(gathered, facts):
        sums[one.currency].update({"accounts": 1, "due": one.due, "earned" if one.is_computed else "worth": one.earned})
    for line in (*facts.suspended, *(line for result in gathered.results for line in result.suspended)):
        sums[line.currency].update(suspended=1, suspended_value=line.value)
    for line in _left_out(gathered.results):
        sums[line.currency].update(left_out=1, left_out_value=line.value)
    return tuple(Waiting(currency=currency, **own) for currency, own in sorted(sums.items()))


def _left_out(results: Iterable[AccountResult]) -> Iterator[Suspense]:
    return (line for result in results for line in result.excluded)


def _held(result: AccountResult, sold: tuple[tuple[str, int], ...], facts: RunFacts) -> Held:
    holds = tuple(dict.fromkeys((hold.rule, _said(hold, result.account_id)) for hold in result.holds))
    because = (*_suspended(result.suspended), *holds) or (("RS6", result.blocked_by),)
    stake = result.stake
    worth = dict(sold) or {currency: value for currency, _, _, value in result.read}
    [currency, value] = max(worth.items(), key=lambda pair: abs(pair[1]), default=("", 0))
    return Held(
        account=result.account_id,
        name=_name(result, facts),
        because=because,
        currency=stake.currency if stake else currency,
        earned=stake.earned if stake else value,
        due=stake.due if stake else 0,
        is_computed=stake is not None,
    )


def _suspended(lines: Iterable[Suspense]) -> Iterator[tuple[str, str]]:
    """How many lines and receipts wait in each currency, and what they are worth: that is in no other figure of the account."""
    worth: dict[str, list[int]] = defaultdict(list)
    for line in lines:
        worth[line.currency].append(line.value)
    for currency, values in sorted(worth.items()):
        what = "line or receipt" if len(values) == 1 else "lines or receipts"
        yield "RS5", f"{count(len(values))} {what} in suspense" + (f", worth {money(sum(values), currency)}" if currency else "")


def _said(hold: Hold, account_id: str) -> str:
    """What was found, and at what, unless that is the account itself."""
    is_itself = hold.subject in {account_id, f"account:{account_id}"}
    return hold.found[:1].upper() + hold.found[1:] if is_itself else f"{hold.subject}: {hold.found}"


def _name(result: AccountResult, facts: RunFacts) -> str:
    """The agreement's name, where the account is one."""
    kind, _, number = result.account_id.partition(":")
    fact = facts.contracts.get(int(number)) if kind == "contract" and number.isdigit() else None
    return fact.name if fact else ""
