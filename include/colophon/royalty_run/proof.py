"""The proof pack of a statement: the sales behind each row, the rate and clause that it follows, linked by hashes; and its check.

A pack is checked with nothing but itself: whoever has it needs no account with us. `pack_of` makes one, `check` finds what is wrong.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from colophon.errors import InvalidError
from colophon.royalties.clauses.words import in_words
from colophon.royalties.exact_rows import rows_of
from colophon.royalties.fast_sql import NAMES, quoted
from colophon.royalties.line import Line
from colophon.royalties.placing import Placed
from colophon.royalties.policy import Policy
from colophon.royalties.rounding import BPS, PPM, rounded
from colophon.royalties.row import DIGEST_SIZE, SALES, Opening, RowKey, line_hash
from colophon.royalties.rules import Rule
from colophon.royalties.statement.identities import breaches_of
from colophon.royalties.statement.payload import Edition, SalesRow, Statement
from colophon.royalties.tiered_counter import Part
from colophon.royalties.walk import Book
from colophon.royalty_run.clauses_in_period import rules_in
from colophon.royalty_run.kept import BEFORE, NOW
from colophon.royalty_run.records import AccountInput
from colophon.royalty_run.split_by_account import opening_of

SCHEMA = "colophon-proof-1"
Parts = dict[RowKey, list[dict[str, Any]]]


class _Recording(Book):
    """A book that keeps every part of a line that it took."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: Parts = {}

    def add(self, key: RowKey, placed: Placed, part: Part, units: int, basis: int, value: int, counted: int) -> None:
        super().add(key, placed, part, units, basis, value, counted)
        line = placed.line
        self.parts.setdefault(key, []).append(
            {
                "line": line.id,
                "sold_on": line.sold_on.isoformat(),
                "channel": line.masterchannel,
                "country": line.country,
                "copies": units,
                "list_price": line.list_price,
                "value": value,
                "basis": basis,
                "source": line.source,
                "rule": f"{placed.rule.id}@{placed.rule.version}",
            }
        )


def pack_of(statement: Statement, account: AccountInput, policy: Policy, folder: Path) -> dict[str, Any]:
    """The pack of a statement whose shard was computed in a folder, where the lines still are.

    :raises BadRecordError: terms or clauses that cannot be computed.
    """
    rules, _ = rules_in(account, policy)
    parts = parts_of(account, policy, folder)
    body = {
        "schema": SCHEMA,
        "statement": json.loads(statement.canonical()),
        "statement_hash": statement.content_hash,
        "rules": {f"{rule.id}@{rule.version}": _rule(rule) for each in rules.values() for rule in each},
        "clauses": [{"id": one.id, "place": one.place, "words": in_words(one)} for one in account.clauses or ()],
        "rows": list(_rows(statement, parts)),
    }
    return {**body, "pack_hash": hash_of(body)}


def parts_of(account: AccountInput, policy: Policy, folder: Path) -> Parts:
    """The parts of lines behind each row of an account. Parameters and errors as `pack_of`."""
    rules, _ = rules_in(account, policy)
    own = {terms.contract_id for terms in account.terms}
    opening = opening_of(account.opening) if account.opening else Opening()
    if before := list(_lines(folder / f"part-{BEFORE}.parquet", own)):
        opening = rows_of(before, rules, Opening(), policy).closing
    book = _Recording()
    rows_of(_lines(folder / f"part-{NOW}.parquet", own), rules, opening, policy, book)
    return book.parts


def hash_of(body: Mapping[str, Any]) -> str:
    """SHA-256 of the pack without its own hash, in one form."""
    told = {name: value for name, value in body.items() if name != "pack_hash"}
    return hashlib.sha256(json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()


def check(pack: Mapping[str, Any]) -> list[str]:
    """What is wrong with a pack, in words; nothing where all of it holds.

    :raises InvalidError: it is no pack.
    """
    try:
        statement = Statement.model_validate(pack["statement"])
        return list(_wrong(pack, statement))
    except (KeyError, TypeError, ValueError) as problem:
        raise InvalidError("the file is no proof pack", evidence=type(problem).__name__, remedy="Ask for the file again.") from None


def _wrong(pack: Mapping[str, Any], statement: Statement) -> Iterator[str]:
    if pack["pack_hash"] != hash_of(pack):
        yield "the pack is not as it was made: its hash is another one"
    if pack["statement_hash"] != statement.content_hash:
        yield "the statement is not as it was made: its hash is another one"
    yield from (f"{one.what} ({', '.join(one.rows[:3])})" for one in breaches_of(statement))
    proofs = {(one["contract"], one["product"], one["row"]): one for one in pack["rows"]}
    for edition in statement.editions:
        for place, row in enumerate(edition.rows, start=1):
            name = f"product {edition.product_id}, row {place}"
            proof = proofs.get((edition.contract_id, edition.product_id, place))
            if row.kind != SALES:
                continue
            if proof is None:
                yield f"{name}: no sales are behind it"
            else:
                yield from (f"{name}: {what}" for what in _wrong_row(row, proof["sales"], pack["rules"]))


def _wrong_row(row: SalesRow, sales: Sequence[Mapping[str, Any]], rules: Mapping[str, Any]) -> Iterator[str]:
    if sum(one["copies"] for one in sales) != row.units:
        yield "the sales are not its copies"
    if f"{sum(line_hash(one['line']) for one in sales) % DIGEST_SIZE:016x}" != row.line_digest:
        yield "the sales are not those that the statement was made of"
    amount = rounded(sum(one["basis"] for one in sales) * row.rate * row.keep, PPM * BPS)
    if amount != (row.earnings if row.fx is None else row.fx.amount):
        yield "the sales at its rate are not its earnings"
    if unknown := {one["rule"] for one in sales} - set(rules):
        yield f"a rate is missing: {', '.join(sorted(unknown))}"
    if not {one["rule"] for one in sales} <= set(row.rules):
        yield "its sales follow other rates than the statement names"


def _rows(statement: Statement, parts: Parts) -> Iterator[dict[str, Any]]:
    for edition in statement.editions:
        for place, row in enumerate(edition.rows, start=1):
            if row.kind == SALES:
                sales = [part for key, own in parts.items() if _is_of(key, edition, row) for part in own]
                yield {"contract": edition.contract_id, "product": edition.product_id, "row": place, "sales": sales}


def _is_of(key: RowKey, edition: Edition, row: SalesRow) -> bool:
    mine = (
        key.contract_id,
        key.product_id,
        key.channel_group,
        key.territory_group,
        key.basis.value,
        key.keep,
        key.rate,
        key.price,
        key.currency,
    )
    theirs = (
        edition.contract_id,
        edition.product_id,
        row.channel,
        row.territory,
        row.basis,
        row.keep,
        row.rate,
        row.price,
        row.sale_currency,
    )
    return mine == theirs


def _rule(rule: Rule) -> dict[str, Any]:
    """What a rate says, as the engine has it: rates in millionths, discounts in hundredths of a percent."""
    return {
        "basis": rule.basis.value,
        "rates": list(rule.rates),
        "above": list(rule.bounds),
        "product": rule.product_id,
        "format": rule.format,
        "channel": rule.masterchannel,
        "countries": None if rule.territories is None else sorted(rule.territories),
        "not_in": sorted(rule.excluded),
        "discount": None if rule.band is None else [rule.band.over, rule.band.over_inclusive, rule.band.under, rule.band.under_inclusive],
        "kept": rule.keep,
        "clause": rule.clause,
    }


def _lines(path: Path, contracts: Iterable[int]) -> Iterator[Line]:
    """The lines of some contracts in a file of the shard, if there is one."""
    if not path.exists():
        return
    import duckdb

    names, wanted = ", ".join(NAMES), ", ".join(map(str, sorted(contracts)))
    with duckdb.connect() as engine:
        found = engine.execute(f"SELECT {names} FROM read_parquet('{quoted(path)}') WHERE contract_id IN ({wanted})")  # noqa: S608 - our own names and numbers
        for values in found.fetchall():
            yield Line(**dict(zip(NAMES, values, strict=True)))
