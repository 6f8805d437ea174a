"""What is kept of an account's money: how it closes, and everything ever seen of it by where it is now (control total 10)."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from colophon.royalties.account import AccountStatement
from colophon.royalties.breaches import Breach
from colophon.royalties.controls import Total
from colophon.royalty_run.hashes import size, together
from colophon.royalty_run.instalments import ADVANCE, COUNTED, HELD
from colophon.royalty_run.kept import BEFORE, ELSEWHERE, LATER, NOW, Booked, Closing, Entry, Seen, Sums
from colophon.royalty_run.kept import COUNTED as COUNTED_PARTS
from colophon.royalty_run.kept import HELD as HELD_PART
from colophon.royalty_run.records import AccountInput
from colophon.royalty_run.shard_lines import Told

LINES = "sales lines"
Amounts = tuple[int, int, int]
_NONE: Amounts = (0, 0, 0)


def booked(told: Told, *, is_blocked: bool) -> tuple[Booked, ...]:
    """The lines as they are kept; those of an account without a statement wait, whatever became of them otherwise."""
    if not is_blocked:
        return tuple(told.booked)
    found: dict[tuple[int, int, str], Booked] = {}
    for one in told.booked:
        key = (one.contract_id, one.product_id, one.currency)
        old = found.get(key, Booked(*key[:2], HELD_PART, one.currency, 0, 0, 0, ""))
        found[key] = old._replace(
            lines=old.lines + one.lines,
            copies=old.copies + one.copies,
            value=old.value + one.value,
            hashes=together(old.hashes, one.hashes),
        )
    return tuple(found.values())


def seen_of(one: AccountInput, told: Told, *, is_blocked: bool) -> tuple[Seen, ...]:
    """Everything ever seen of the account's lines, by currency: what was counted before and waited before, and what is new now."""
    before = _by_currency(one.opening.counted if one.opening else ())
    waited = _by_currency(one.waited)
    found = []
    for currency in sorted({*before, *waited, *told.first, *told.waited, *(key for part in told.totals.values() for key in part)}):
        now = [_of(told, part, currency) for part in (NOW, BEFORE, ELSEWHERE)]
        later = [_of(told, part, currency) for part in (HELD_PART, LATER)]
        had, waits = before.get(currency, _NONE), waited.get(currency, _NONE)
        again = _amounts(told.waited.get(currency))
        found.append(
            Seen(
                LINES,
                currency,
                ever=_sum(had, waits, _amounts(told.first.get(currency))),
                counted=_sum(had) if is_blocked else _sum(had, *now),
                held=_sum(*later, *now) if is_blocked else _sum(*later),
                returned=_less(waits, again),
            )
        )
    return tuple(found)


def counted_after(one: AccountInput, told: Told) -> tuple[Sums, ...]:
    """What the lines that are never royaltied again add up to, once the statement is approved."""
    before = _by_currency(one.opening.counted if one.opening else ())
    currencies = {*before, *(key for part in COUNTED_PARTS for key in told.totals[part])}
    return tuple(
        (currency, *_sum(before.get(currency, _NONE), *(_of(told, part, currency) for part in COUNTED_PARTS)))
        for currency in sorted(currencies)
    )


def sold_after(opening: Closing | None, told: Told) -> tuple[tuple[int, str, int], ...]:
    """How many lines that are never royaltied again were sold under each contract in each month, once the statement is approved."""
    counted = Counter({(contract, month): lines for contract, month, lines in (opening.sold if opening else ())})
    for contract, month, _, fresh, _ in told.months:
        counted[contract, month] += fresh
    return tuple((*key, lines) for key, lines in sorted((+counted).items()))


def held_money(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """The entries of an account without a statement: they wait and count with the next one."""
    return tuple(replace(entry, state=HELD) if entry.state == COUNTED else entry for entry in entries)


def of_identities(one: AccountInput, told: Told) -> Iterator[Breach]:
    """10: no two lines of an account are known by one identity, so that each is counted once."""
    for kept in told.booked:
        if kept.part in {NOW, BEFORE} and (by := kept.lines - size(kept.hashes)):
            yield Breach(identity=10, subject=one.account_id, what="lines share an identity", by=by, rows=(f"product:{kept.product_id}",))


def of_seen(account_id: str, seen: Iterable[Seen]) -> Iterator[Breach]:
    """10: everything ever seen is counted, held or returned."""
    for one in seen:
        rest = _less(one.ever, _sum(one.counted, one.held, one.returned))
        for what, by in zip(("lines", "copies", "value"), rest, strict=True):
            if by:
                yield Breach(
                    identity=10, subject=account_id, what=f"{one.kind} ever seen are not counted, held or returned, by their {what}",
                    by=by, currency=one.currency if what == "value" else "",
                )  # fmt: skip


def parts_after(one: AccountInput, statement: AccountStatement) -> tuple[tuple[int, int, int], ...]:
    """Unearned advances by contract and payee (0: joint) after the statement: what was recouped comes off the oldest first.

    So a contract that leaves its account takes its own along.
    """
    open_parts: dict[int, list[list[int]]] = defaultdict(list)
    for contract, payee, amount in _opening_parts(one):
        open_parts[payee].append([contract, amount])
    for entry in one.entries:
        if entry.kind == ADVANCE and entry.state == COUNTED and not entry.of:
            open_parts[entry.payee_id].append([entry.contract_id, entry.amount])
    recouped = {0: statement.joint.recouped, **{payee: own.recouped for payee, own in statement.payees.items()}}
    found: dict[tuple[int, int], int] = defaultdict(int)
    for payee, parts in sorted(open_parts.items()):
        left = recouped.get(payee, 0)
        for contract, amount in parts:
            taken = min(left, amount)
            left -= taken
            found[contract, payee] += amount - taken
    return tuple((contract, payee, amount) for (contract, payee), amount in sorted(found.items()) if amount)


def _opening_parts(one: AccountInput) -> Sequence[tuple[int, int, int]]:
    """As they closed; a closing that does not tell parts has all with its first contract."""
    if one.opening is None or one.opening.parts:
        return one.opening.parts if one.opening else ()
    first = one.terms[0].contract_id
    closed = [(first, payee, own.advance) for payee, own in one.opening.payees if own.advance]
    return [*closed, (first, 0, one.opening.joint.advance)] if one.opening.joint.advance else closed


def _by_currency(sums: Iterable[Sums]) -> Mapping[str, Amounts]:
    return {currency: (lines, copies, value) for currency, lines, copies, value in sums}


def _of(told: Told, part: str, currency: str) -> Amounts:
    return _amounts(told.totals[part].get(currency))


def _amounts(total: Total | None) -> Amounts:
    return _NONE if total is None else (total.lines, total.copies, total.value)


def _sum(*parts: Amounts) -> Amounts:
    lines, copies, value = (sum(column) for column in zip(*parts, strict=True))
    return lines, copies, value


def _less(one: Amounts, other: Amounts) -> Amounts:
    return one[0] - other[0], one[1] - other[1], one[2] - other[2]
