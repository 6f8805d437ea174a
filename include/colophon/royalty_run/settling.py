"""One account from its rows to its statement, and what holds it; and what of its terms a payment needs."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from colophon.errors import BadRecordError
from colophon.royalties.account import Account, AccountStatement, settle_account
from colophon.royalties.currency import FxRate, convert_rows
from colophon.royalties.policy import Basis, Policy
from colophon.royalties.rights_income import rights_row
from colophon.royalties.rounding import PPM, REST, toward_zero
from colophon.royalties.row import SALES, Rows
from colophon.royalties.rules import Rule
from colophon.royalties.statement.period import Period
from colophon.royalties.whole_numbers import minor, ppm
from colophon.royalty_run.holds import CURRENCY, RATE, due_of, of_rates, of_size
from colophon.royalty_run.records import AccountInput, Hold, Stake

Rates = Mapping[tuple[str, str], FxRate]


def with_rests(rows: Rows, rests: Iterable[tuple[int, int, str, str | None, str, int]], policy: Policy) -> Rows:
    """The rows with what their receipts have below a minor unit: added up first, and rounded with the row (section 11).

    Where several rates share a place on the statement, it is the lowest one's, as every remainder is (E10).
    """
    areas = dict(policy.territory_groups)
    sums: Counter[tuple[int, int, str, str, str]] = Counter()
    for contract, product, channel, country, currency, rest in rests:
        sums[contract, product, channel, areas.get(country or "", "ALL"), currency] += rest
    if not sums:
        return rows
    found = list(rows.rows)
    for place in sorted(range(len(found)), key=lambda place: found[place].key.rate):
        row, key = found[place], found[place].key
        where = (key.contract_id, key.product_id, key.channel_group, key.territory_group, key.currency)
        if key.basis is Basis.NET and key.kind == SALES and (rest := sums.pop(where, 0)):
            whole = toward_zero(rest, REST)
            found[place] = replace(row, basis_sum=row.basis_sum + whole, basis_rest=rest - whole * REST, value_sum=row.value_sum + whole)
    return replace(rows, rows=tuple(found))


def settled(
    one: AccountInput, account: Account, policy: Policy, rows: Rows, rates: Rates, period: Period
) -> tuple[AccountStatement | None, tuple[Hold, ...], list[str]]:
    """The account's statement, as far as it can be computed; what holds it; and why it cannot be computed."""
    converted, without = convert_rows(rows.rows, account.currency, rates, policy.fx)
    holds = [*one.holds, *of_rates(converted, period.ends_on, policy.rate_days)]
    missing = dict.fromkeys(row.key.currency for row in without)
    holds += [Hold(rule=RATE, subject=f"{currency}/{account.currency}", found=f"no exchange rate for {currency}") for currency in missing]
    corrected = [
        row for mended in one.corrections for row in (mended.reversal, mended.replacement) if row.row.basis_sum or row.row.basis_rest
    ]
    rights = [rights_row(receipt, share, policy.rights_base) for receipt, share in one.receipts]
    try:
        statement = settle_account(account, (*converted, *corrected), rights, policy, period_end=period.ends_on)
    except KeyError:
        return None, tuple(holds), ["the shares of its payees do not make a whole"]
    except BadRecordError as problem:
        return None, tuple(holds), [problem.sentence]
    return statement, (*holds, *of_size(one.account_id, statement, one.opening, policy)), []


def stake_of(statement: AccountStatement | None, holds: Iterable[Hold]) -> Stake | None:
    """What waits: what was earned, and what would be due; nothing can say so where two currencies meet, or their rate cannot be right."""
    if statement is None or any(hold.rule in {CURRENCY, RATE} for hold in holds):
        return None
    earned = statement.earnings + statement.rights_income + statement.top_up
    return Stake(currency=statement.currency, earned=earned, due=due_of(statement))


def agents_of(one: AccountInput) -> tuple[tuple[int, int, int, int], ...]:
    """Contract, payee, agent, commission in ppm: an agent stays that of the contract that names them (P5).

    :raises BadRecordError: an agent has no commission, or two in one contract.
    """
    found: dict[tuple[int, int, int], int] = {}
    for terms in one.terms:
        for split in terms.splits:
            if split.agent_id is None:
                continue
            if split.commission_percent is None:
                raise BadRecordError("An agent has no commission.", subject=terms.subject, evidence="commission_percent")
            commission = ppm(split.commission_percent)
            if found.setdefault((terms.contract_id, split.payee_id, split.agent_id), commission) != commission:
                raise BadRecordError("An agent has two commissions in one contract.", subject=terms.subject, evidence="commission_percent")
    return tuple((*key, commission) for key, commission in sorted(found.items()))


def minimum_of(one: AccountInput) -> int | None:
    """The minimum payment of the account: the highest of its contracts (M1)."""
    return max((minor(terms.minimum_payment, terms.currency) for terms in one.terms if terms.minimum_payment is not None), default=None)


def require_believable(rules: Iterable[Sequence[Rule]]) -> None:
    """:raises BadRecordError: a rate that is none, whichever way the terms came."""
    rates = (rate for own in rules for rule in own if rule.basis is not Basis.FIXED for rate in rule.rates)
    if not all(0 <= rate <= PPM for rate in rates):
        raise BadRecordError("A rate is below nought or above 100 %.", evidence="rate_percent")
