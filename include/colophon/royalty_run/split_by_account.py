"""A shard's rows, account by account; and what its accounts open with, together."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from colophon.royalties.fast_tables import many_objects
from colophon.royalties.row import Count, Excluded, Opening, Row, Rows, Suspended
from colophon.royalty_run.kept import NOW, Closing
from colophon.royalty_run.records import AccountInput
from colophon.royalty_run.shard_lines import Told


def opening_of(closing: Closing) -> Opening:
    """What one account's lines open with."""
    return Opening(counters=dict(closing.counters), prior=dict(closing.prior), unreturned=dict(closing.unreturned))


def merged(parts: Iterable[Opening]) -> Opening:
    """Counters belong to contracts, so nothing meets."""
    whole: dict[str, dict[Any, Any]] = {"counters": {}, "prior": {}, "unreturned": {}}
    for part in parts:
        for name, found in whole.items():
            found.update(getattr(part, name))
    return Opening(**whole)


def split_by_account(whole: Rows, accounts: Sequence[AccountInput], told: Mapping[str, Told]) -> list[Rows]:
    """Rows, counts and what was left, of each account in their order."""
    owner = {terms.contract_id: one.account_id for one in accounts for terms in one.terms}
    rows: dict[str, list[Row]] = defaultdict(list)
    counts: dict[str, list[Count]] = defaultdict(list)
    suspended: dict[str, list[Suspended]] = defaultdict(list)
    excluded: dict[str, list[Excluded]] = defaultdict(list)
    with many_objects():
        for row in whole.rows:
            rows[owner[row.key.contract_id]].append(row)
    for count in whole.counts:
        counts[owner[_contract(count.key.group)]].append(count)
    for left in whole.suspended:
        suspended[owner[left.line.contract_id]].append(left)
    for free in whole.excluded:
        excluded[owner[free.line.contract_id]].append(free)
    closing = _closing_apart(whole.closing, owner)
    # A line over a threshold is in two rows: lines are counted for the shard, copies and value account by account.
    given = sum(told[one.account_id].lines(NOW) for one in accounts)
    lost = {accounts[0].account_id: given - whole.lines_in_rows - len(whole.suspended) - len(whole.excluded)}
    return [
        Rows(
            rows=tuple(rows[one.account_id]),
            counts=tuple(counts[one.account_id]),
            suspended=tuple(suspended[one.account_id]),
            excluded=tuple(excluded[one.account_id]),
            closing=closing.get(one.account_id, Opening()),
            lines_in_rows=told[one.account_id].lines(NOW)
            - len(suspended[one.account_id])
            - len(excluded[one.account_id])
            - lost.get(one.account_id, 0),
        )
        for one in accounts
    ]


def _closing_apart(closing: Opening, owner: Mapping[int, str]) -> dict[str, Opening]:
    found = {account_id: Opening(counters={}, prior={}, unreturned={}) for account_id in set(owner.values())}
    for name in ("counters", "prior", "unreturned"):
        for key, value in getattr(closing, name).items():
            if _contract(key.group) in owner:
                getattr(found[owner[_contract(key.group)]], name)[key] = value
    return found


def _contract(group: str) -> int:
    return int(group.partition(":")[0])
