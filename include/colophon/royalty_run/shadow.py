"""The shadow run: a past period computed beside what the old system really sent, and each difference with the rule that explains it.

Nothing is remembered and nobody is told. Sales of the period count whatever run had them; those before it move the counters alone.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from colophon.domain.sale import Sale
from colophon.domain.vendor_statement import VendorStatement
from colophon.royalties.line import Line
from colophon.royalties.policy import EscalatorMode, Group, Policy, ReserveBase, Returns
from colophon.royalties.reserve import total
from colophon.royalties.rounding import BPS, PPM, rounded
from colophon.royalties.statement.period import Period
from colophon.royalties.whole_numbers import minor
from colophon.royalty_run.compute import compute
from colophon.royalty_run.inputs import Inputs, accounts_of, group
from colophon.royalty_run.kept import Past
from colophon.royalty_run.proof import parts_of
from colophon.royalty_run.records import AccountInput, AccountResult, PolicyOf
from colophon.royalty_run.settings import RoyaltySettings
from colophon.royalty_run.spool import spool_in

EARLIER_RUN = 0
"""Stands for the run of the old system that had what was sold before the period."""
EARNINGS, WITHHELD = "earnings", "reserve withheld"
UNEXPLAINED = "not explained by any rule: look at its terms and sales"


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One figure of one account: theirs and ours, minor units, and why they differ; `because` is empty where they do not."""

    account_id: str
    figure: str
    theirs: int = field(repr=False)
    ours: int | None = field(repr=False)
    currency: str
    because: str = ""


def shadow(
    inputs: Inputs, sent: Iterable[VendorStatement], period: Period, settings: RoyaltySettings, policy_of: PolicyOf
) -> list[Compared]:
    """What the old system sent for the period, account by account, beside ours: earnings with rights income, and reserves withheld.

    :param inputs: with sales as a sequence, for they are read more than once.
    """
    owners = {terms.contract_id: key for key, joined in accounts_of(inputs.terms).items() for terms in joined}
    theirs: dict[str, list[VendorStatement]] = defaultdict(list)
    for one in sent:
        if (one.period_from, one.period_to) == (period.starts_on, period.ends_on) and one.contract_id in owners:
            theirs[owners[one.contract_id]].append(one)
    own = _as_then(inputs, period)
    ours = _computed(own, period, settings, policy_of, set(theirs))
    found = [figure for key, statements in sorted(theirs.items()) for figure in _figures(key, statements, ours.get(key))]
    apart = {one.account_id for one in found if one.ours is not None and one.ours != one.theirs}
    explained = _explained(own, found, apart, period, settings, policy_of) if apart else {}
    return [_with_reason(one, explained, ours) for one in found]


def _as_then(inputs: Inputs, period: Period) -> Inputs:
    def then(sale: Sale) -> Sale:
        return replace(sale, royalty_run_id=EARLIER_RUN if sale.sold_on < period.starts_on else None)

    return replace(inputs, sales=tuple(map(then, inputs.sales)), runs=None)


@dataclass(frozen=True, slots=True)
class Ours:
    """One account's result, and its earnings if each line had been rounded by itself."""

    result: AccountResult
    by_line: int


def _computed(inputs: Inputs, period: Period, settings: RoyaltySettings, policy_of: PolicyOf, wanted: set[str]) -> dict[str, Ours]:
    with TemporaryDirectory(prefix="colophon-royalties-") as folder, spool_in(Path(folder), 1) as spool:

        def put(account_id: str, line: Line, is_earlier: bool | None) -> None:  # noqa: FBT001 - as `Put`
            if account_id in wanted:
                spool.put(account_id, line, is_earlier)

        made = group(inputs, period, settings, lambda _: Past(), put)
        accounts = [made.account(key) for key in made.account_ids if key in wanted]
        files = [path] if (path := spool.path(0)) else []
        results = compute(accounts, files, policy_of, settings.rates(), period, scratch=Path(folder))
        given = {one.account_id: one for one in accounts}
        return {one.account_id: Ours(one, _by_line(given[one.account_id], one, policy_of, Path(folder))) for one in results}


def _by_line(account: AccountInput, result: AccountResult, policy_of: PolicyOf, folder: Path) -> int:
    if result.statement is None:
        return 0
    parts = parts_of(account, policy_of(result.statement.currency), folder)
    lines = sum(rounded(one["basis"] * key.rate * key.keep, PPM * BPS) for key, own in parts.items() for one in own)
    return lines + result.statement.rights_income


def _figures(account_id: str, statements: Sequence[VendorStatement], ours: Ours | None) -> Iterator[Compared]:
    currency, own = statements[0].currency, _own(ours)
    for name, theirs in (
        (EARNINGS, [one.earnings for one in statements]),
        (WITHHELD, [one.reserve_withheld for one in statements]),
    ):
        yield Compared(
            account_id=account_id, figure=name, theirs=sum(minor(one, currency) for one in theirs), ours=own[name], currency=currency
        )


def _own(ours: Ours | None) -> dict[str, int | None]:
    made = ours.result.statement if ours is not None else None
    if made is None:
        return {EARNINGS: None, WITHHELD: None}
    return {EARNINGS: made.earnings + made.rights_income, WITHHELD: total(made.reserve.withheld)}


def _ways(policy: Policy) -> Iterator[tuple[str, Policy]]:
    """Each policy that differs in one choice, with the rule that it is about."""
    for mode in EscalatorMode:
        yield f"E8: thresholds {mode.value.lower()}", replace(policy, escalator_mode=mode)
    for counted in Group:
        yield f"E3: counted by {counted.value.lower().replace('_', ' and ')}", replace(policy, group=counted)
    for returns in Returns:
        yield f"N3: returns {returns.value.lower().replace('_', ' ')}", replace(policy, returns=returns)
    for base in ReserveBase:
        yield f"R3: reserve of {base.value.lower()}", replace(policy, reserve_base=base)
    yield "R1: reserve on all formats", replace(policy, returnable_formats=None)


def _explained(
    inputs: Inputs, found: Sequence[Compared], apart: set[str], period: Period, settings: RoyaltySettings, policy_of: PolicyOf
) -> Mapping[tuple[str, str], str]:
    """By account and figure, the first choice under which ours is theirs."""
    theirs = {(one.account_id, one.figure): one.theirs for one in found if one.account_id in apart and one.ours != one.theirs}
    names = [name for name, _ in _ways(policy_of("GBP"))]
    tries: list[tuple[str, Inputs, PolicyOf]] = [(name, inputs, _by_name(policy_of, name)) for name in names]
    if inputs.clauses:
        tries.append(("the sheet of clauses: without it", replace(inputs, clauses=()), policy_of))
    explained: dict[tuple[str, str], str] = {}
    for name, given, other in tries:
        made = _computed(given, period, settings, other, apart)
        for key, wanted in theirs.items():
            if _own(made.get(key[0]))[key[1]] == wanted:
                explained.setdefault(key, name)
    return explained


def _by_name(policy_of: PolicyOf, name: str) -> PolicyOf:
    return lambda currency: dict(_ways(policy_of(currency)))[name]


def _with_reason(one: Compared, explained: Mapping[tuple[str, str], str], ours: Mapping[str, Ours]) -> Compared:
    own = ours.get(one.account_id)
    if one.ours is None:
        return replace(one, because=own.result.blocked_by if own is not None else "the account has no statement in this period")
    if one.ours == one.theirs:
        return one
    if one.figure == EARNINGS and own is not None and own.by_line == one.theirs:
        return replace(one, because="section 11: each line rounded by itself")
    return replace(one, because=explained.get((one.account_id, one.figure), UNEXPLAINED))
