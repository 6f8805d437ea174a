"""All shards together: payments, control totals (section 12), the comparison with Consonance, and the report of the run."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import NamedTuple

from colophon.royalties import controls
from colophon.royalties.account import AccountStatement
from colophon.royalties.breaches import Breach
from colophon.royalties.corrections import CORRECTED, REVERSED
from colophon.royalties.payout import Due, PayeeTerms, Payout, pay
from colophon.royalties.reserve import total
from colophon.royalties.row import DIGEST_SIZE, SALES, canonical_hash
from colophon.royalties.standing import Standing
from colophon.royalty_run.control_total_10 import of_books, of_money, seen_in_all, with_statements
from colophon.royalty_run.dues import dues_of
from colophon.royalty_run.facts import Payee
from colophon.royalty_run.kept import Closing, Seen
from colophon.royalty_run.records import AccountResult, PolicyOf, RunFacts
from colophon.royalty_run.settings import RoyaltySettings
from colophon.royalty_run.unusual import Unusual, unusual_in

IDENTITIES = (1, 2, 3, 4, 5, 6, 7, 9, 10)
"""Control totals that stop a run (section 12); 8, the comparison with Consonance, is shown to whoever approves."""
RECEIPT = "receipt:"
"""How the ids of receipts begin that are no sales."""


class Difference(NamedTuple):
    """One product under one contract where our figure is not Consonance's, minor units; `why` is what explains it, if anything.

    `currency`: of ours, empty where it is that of theirs.
    """

    contract_id: int
    product_id: int
    our_units: int
    their_units: int
    ours: int
    theirs: int
    why: str
    currency: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """The run as a whole. `results` by account id, with closings that carry what was not paid."""

    results: tuple[AccountResult, ...]
    payout: Payout
    broken: tuple[Breach, ...] = ()
    differences: tuple[Difference, ...] | None = None
    warnings: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    seen: tuple[Seen, ...] = ()
    unusual: tuple[Unusual, ...] = ()

    @property
    def statements(self) -> list[AccountStatement]:
        """All statements, by account id."""
        return [result.statement for result in self.results if result.statement]


def digest_of(results: Iterable[AccountResult]) -> int:
    """The hash of a shard's rows; those of all shards add up to that of the run (identity 9)."""
    return canonical_hash(row.row for result in results if result.statement for row in result.statement.rows)


def gather(
    results: Iterable[AccountResult],
    digests: Iterable[int],
    facts: RunFacts,
    settings: RoyaltySettings,
    policy_of: PolicyOf,
    *,
    pay_day: date,
    openings: Mapping[str, Closing],
    kept: Mapping[str, Mapping[str, tuple[int, int, int]]] | None = None,
) -> Gathered:
    """Everything about the run that no single shard knows.

    :param digests: of the shards, as they were computed. :param openings: how the accounts closed when last approved here.
    :param kept: what the tables have of their counted lines, None where nobody looked.
    """
    untold = (
        AccountResult(account_id=one.account_id, holds=one.holds, blocked_by="; ".join(dict.fromkeys(hold.found for hold in one.holds)))
        for one in facts.untold
    )
    ordered = tuple(sorted((*results, *untold), key=lambda result: result.account_id))
    issued = [result for result in ordered if result.statement]
    period = next((result.closing.period for result in issued if result.closing), "")
    dues = [due for result in issued for due in dues_of(result, facts, settings)]
    payout = _paid(dues, facts, settings, policy_of, pay_day)
    broken = [
        *(breach for result in ordered for breach in result.breaches),
        *_of_run(ordered, facts, digests),
        *_of_openings(issued, openings),
        *controls.of_payout(dues, payout),
    ]
    whole = with_statements(_carried(ordered, payout), payout, period)
    broken += [*of_money(whole, facts), *of_books(whole, kept or {})]
    return Gathered(
        results=whole,
        payout=payout,
        broken=tuple(broken),
        differences=_differences(issued, facts),
        warnings=tuple(sorted({text for paid in payout.paid for text in paid.warnings})),
        counts=_counts(ordered, facts, payout),
        seen=seen_in_all(ordered, facts),
        unusual=tuple(unusual_in(ordered, openings)),
    )


def payees_of(results: Iterable[AccountResult]) -> dict[int, list[AccountResult]]:
    """The accounts of each payee who gets a statement, due or not (M4)."""
    found: dict[int, list[AccountResult]] = defaultdict(list)
    for result in results:
        for payee_id in result.statement.payees if result.statement else ():
            found[payee_id].append(result)
    return dict(sorted(found.items()))


def _paid(dues: Sequence[Due], facts: RunFacts, settings: RoyaltySettings, policy_of: PolicyOf, pay_day: date) -> Payout:
    """Payments, currency by currency, since a minimum is an amount of one currency."""
    parts = []
    for currency in sorted({due.currency for due in dues}):
        own = [due for due in dues if due.currency == currency]
        terms = {due.payee_id: _terms(facts.payees.get(due.payee_id), due.payee_id, settings, pay_day) for due in own}
        parts.append(pay(own, terms, policy_of(currency), pay_day=pay_day))
    return Payout(
        paid=tuple(paid for part in parts for paid in part.paid), carried=tuple(carried for part in parts for carried in part.carried)
    )


def _terms(payee: Payee | None, payee_id: int, settings: RoyaltySettings, pay_day: date) -> PayeeTerms:
    """How a payee is taxed; whose status nobody told is abroad, at the statutory rate (X4), unless the account was held for it."""
    status = settings.tax_of(payee_id, payee.tax_status if payee else None, payee.country if payee else None)
    if status is None:
        return PayeeTerms(payee_id=payee_id, abroad=True)
    return status.terms(payee_id, settings.certificates_of(payee_id), pay_day)


def _carried(results: Iterable[AccountResult], payout: Payout) -> tuple[AccountResult, ...]:
    """The closings with what the payout carried: they open the next period."""
    left: Counter[tuple[str, int]] = Counter()
    for due in payout.carried:
        left[due.account_id, due.payee_id] += due.amount

    def with_rest(result: AccountResult, closing: Closing) -> AccountResult:
        payees = ((payee, replace(own, balance=own.balance + left[result.account_id, payee])) for payee, own in closing.payees)
        return replace(result, closing=replace(closing, payees=tuple(payees)))

    return tuple(with_rest(result, result.closing) if result.closing else result for result in results)


def _of_run(results: Sequence[AccountResult], facts: RunFacts, digests: Iterable[int]) -> list[Breach]:
    """9: every account once, and the rows are those that the shards gave. 1 for the run as a whole."""
    found: list[Breach] = []
    found += _of_lines(results, facts)
    times = Counter(result.account_id for result in results)
    found += [
        Breach(identity=9, subject=account, what="it is there twice", by=number - 1) for account, number in times.items() if number > 1
    ]
    if sum(digests) % DIGEST_SIZE != digest_of(results):
        found.append(Breach(identity=9, subject="rows", what="the rows are not those that the shards gave"))
    return found


def _of_lines(results: Sequence[AccountResult], facts: RunFacts) -> Iterator[Breach]:
    """1 for the run: every sale that was read went somewhere, and the shards read what was staged, in lines, copies and value."""
    went = (
        facts.lines_placed
        + facts.rights_lines
        + facts.lines_later
        + sum(1 for one in facts.suspended if not one.line_id.startswith(RECEIPT))
    )
    if went != facts.lines_read:
        yield Breach(identity=1, subject="sales", what="sales read did not all go somewhere", by=facts.lines_read - went)
    rest: Counter[tuple[str, str]] = Counter()
    for sign, sums in ((1, facts.placed), *((-1, result.read) for result in results)):
        for currency, *figures in sums:
            for what, figure in zip(("lines", "copies", "value"), figures, strict=True):
                rest[currency, what] += sign * figure
    for (currency, what), by in sorted(rest.items()):
        if by:
            money = currency if what == "value" else ""
            yield Breach(
                identity=1,
                subject=f"{what} in {currency}",
                what="the shards computed other lines than they were given",
                by=by,
                currency=money,
            )
    if (by := facts.receipts - sum(result.receipts for result in results)) != 0:
        yield Breach(identity=1, subject="receipts", what="the receipts of accounts are not those that they were given", by=by)


def _of_openings(issued: Iterable[AccountResult], openings: Mapping[str, Closing]) -> list[Breach]:
    """5: each account opens as its last approved statement closed."""
    found = []
    for result in issued:
        before = openings.get(result.account_id)
        if before is None or result.statement is None:
            continue
        opened = {payee: own.opening for payee, own in result.statement.payees.items()}
        closed, off = dict(before.payees), dict(result.on_account)
        apart = [
            f"payee:{payee}"
            for payee in {*opened, *closed}
            if (_standing(opened, payee).balance + off.get(payee, 0), _standing(opened, payee).advance)
            != (_standing(closed, payee).balance, _standing(closed, payee).advance)
        ]
        held = total(result.statement.reserve_opening) - total(before.held)
        if apart or held:
            by = held + sum(_worth(opened.values())) + sum(off.values()) - sum(_worth(closed.values()))
            what, rows = "it does not open as the statement before closed", (*sorted(apart), *(["reserve"] if held else []))
            breach = Breach(identity=5, subject=result.account_id, what=what, by=by, currency=result.statement.currency, rows=rows)
            found.append(breach)
    return found


def _worth(standings: Iterable[Standing]) -> Iterator[int]:
    return (one.balance - one.advance for one in standings)


def _standing(by_payee: Mapping[int, Standing], payee: int) -> Standing:
    return by_payee.get(payee, Standing())


def _differences(issued: Sequence[AccountResult], facts: RunFacts) -> tuple[Difference, ...] | None:
    """8: ours against Consonance's, product by product. The accounts that we blocked are said to be so."""
    if facts.theirs is None:
        return None
    ours: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0])
    for result in issued:
        for one in result.statement.rows if result.statement else ():
            if one.row.key.kind in {REVERSED, CORRECTED}:
                continue  # of a period that Consonance has closed
            own = ours[one.row.key.contract_id, one.row.key.product_id]
            own[0] += one.row.units
            own[1] += one.amount
    theirs = {(one.contract_id, one.product_id): one for one in facts.theirs}
    currencies = {
        contract: result.statement.currency for result in issued if result.statement for contract in result.statement.contract_ids
    }
    found = []
    for contract, product in sorted({*ours, *theirs}):
        units, amount = ours.get((contract, product), [0, 0])
        other = theirs.get((contract, product))
        their_units, their_amount = (other.units, other.royalty) if other else (0, 0)
        is_same_money = other is None or other.currency == currencies.get(contract, other.currency)
        if (units, amount) != (their_units, their_amount) or not is_same_money:
            why = (
                "held here" if contract not in currencies
                else "another currency" if other and other.currency != currencies[contract]
                else "other copies" if units != their_units
                else "another rate or rounding"
            )  # fmt: skip
            own_money = "" if is_same_money else currencies[contract]
            found.append(Difference(contract, product, units, their_units, amount, their_amount, why, own_money))
    return tuple(found)


def _counts(results: Sequence[AccountResult], facts: RunFacts, payout: Payout) -> dict[str, int]:
    statements = [result.statement for result in results if result.statement]
    return {
        "sales read": facts.lines_read,
        "lines in rows": sum(one.row.line_count for statement in statements for one in statement.rows if one.row.key.kind == SALES),
        "rows of corrections": sum(1 for statement in statements for one in statement.rows if one.row.key.kind in {REVERSED, CORRECTED}),
        "lines in suspense": len(facts.suspended) + sum(len(result.suspended) for result in results),
        "lines without royalty": sum(len(result.excluded) for result in results),
        "lines of other runs": facts.lines_later + sum(result.lines_left for result in results),
        "receipts of licences": sum(len(statement.rights) for statement in statements),
        "accounts": len(results),
        "accounts blocked": sum(1 for result in results if result.statement is None),
        "accounts not due": len(facts.not_due),
        "contracts": sum(len(statement.contract_ids) for statement in statements),
        "payees": len(payees_of(results)),
        "payments": len(payout.paid),
        "carried": len(payout.carried),
        "copies": sum(one.row.units for statement in statements for one in statement.rows),
    }
