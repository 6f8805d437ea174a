"""The royalty books: what was counted of each contract, by which run; so that each penny counts once, whatever account it is in."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, delete, func, or_, select

from colophon.errors import UnbalancedError
from colophon.ledger.royalty_tables import royalty_accounts, royalty_lines, royalty_money
from colophon.ledger.statements import chunks, insert_all
from colophon.ledger.store import Store


class Member(NamedTuple):
    """A contract in the account that it was approved in for a period; without a name: it was there, and had no statement."""

    contract_id: int
    period: str
    ends_on: date
    account_id: str


class KeptLines(NamedTuple):
    """Lines of one product under one contract: what they add up to, and their identities."""

    contract_id: int
    product_id: int
    part: str
    currency: str
    state: str
    lines: int
    copies: int
    value: int
    hashes: bytes


class KeptMoney(NamedTuple):
    """One sum of money; `payee_id` 0: of all payees together."""

    identity: str
    kind: str
    contract_id: int
    payee_id: int
    currency: str
    amount: int
    on_day: date | None
    state: str
    use: str
    account_id: str


class Sum(NamedTuple):
    """What the books have of one kind in one currency and state: number, copies, value or amount."""

    kind: str
    currency: str
    state: str
    number: int
    copies: int
    amount: int


@dataclass(frozen=True, slots=True)
class Page:
    """What a run enters: the accounts that it approved with their contracts, and lines and money of them and of what it `held`.

    `absent`: contracts that have no statement in the period.
    """

    period: str
    ends_on: date
    run: str
    accounts: Mapping[str, Sequence[int]] = field(default_factory=dict)
    held: Collection[int] = ()
    absent: Collection[int] = ()
    lines: Sequence[KeptLines] = ()
    money: Sequence[KeptMoney] = ()


class RoyaltyBooks(Store):
    """Accounts, lines and sums of money, contract by contract."""

    def members(self) -> list[Member]:
        """Every contract in every account and period, the newest period first."""
        query = select(*(royalty_accounts.c[name] for name in Member._fields)).order_by(
            royalty_accounts.c.ends_on.desc(), royalty_accounts.c.contract_id
        )
        with self.reading() as connection:
            return [Member(*row) for row in connection.execute(query)]

    def waiting(self) -> list[KeptLines]:
        """The lines that were seen and not counted, of all contracts."""
        return self._lines(royalty_lines.c.state != "counted")

    def counted_of(self, products: Collection[int]) -> list[KeptLines]:
        """The lines that were counted of some products, under whatever contract."""
        return [
            one
            for some in chunks(sorted(products))
            for one in self._lines(royalty_lines.c.product_id.in_(some), royalty_lines.c.state == "counted")
        ]

    def _lines(self, *where: Any) -> list[KeptLines]:
        query = select(*(royalty_lines.c[name] for name in KeptLines._fields)).where(*where).order_by(royalty_lines.c.contract_id)
        with self.reading() as connection:
            return [KeptLines(*row) for row in connection.execute(query)]

    def counted_before(self, starts_on: date) -> dict[int, dict[str, tuple[int, int, int]]]:
        """What the counted lines of periods that ended before a day add up to: by contract and currency, lines, copies and value."""
        of_period = and_(royalty_accounts.c.contract_id == royalty_lines.c.contract_id, royalty_accounts.c.period == royalty_lines.c.period)
        sums = (func.sum(royalty_lines.c[name]) for name in ("lines", "copies", "value"))
        query = (
            select(royalty_lines.c.contract_id, royalty_lines.c.currency, *sums)
            .join(royalty_accounts, of_period)
            .where(royalty_lines.c.state == "counted", royalty_accounts.c.ends_on < starts_on)
            .group_by(royalty_lines.c.contract_id, royalty_lines.c.currency)
        )
        found: dict[int, dict[str, tuple[int, int, int]]] = {}
        with self.reading() as connection:
            for contract, currency, *figures in connection.execute(query):
                lines, copies, value = map(int, figures)
                found.setdefault(contract, {})[currency] = (lines, copies, value)
        return found

    def enter(self, page: Page) -> None:
        """Enter what a run approved, and what waits; entering the same again, or anew before the period's statements are planned, changes it.

        :raises UnbalancedError: a sum of money was counted by an earlier statement.
        """
        contracts = {one for joined in page.accounts.values() for one in joined}
        with self.begin() as connection:
            approved = select(royalty_accounts.c.contract_id).where(
                royalty_accounts.c.period == page.period, royalty_accounts.c.account_id != ""
            )
            closed = set(connection.scalars(approved)) - contracts
            _strike(connection, page, sorted(contracts), sorted({*contracts, *page.held} - closed))
            money = [one for one in page.money if one.contract_id not in closed]
            _refuse_twice(connection, money)
            rows = [
                {"contract_id": contract, "period": page.period, "ends_on": page.ends_on, "account_id": account, "run": page.run}
                for account, contract in [
                    *((account, contract) for account, joined in page.accounts.items() for contract in joined),
                    *(("", contract) for contract in sorted({*page.held, *page.absent} - contracts - closed)),
                ]
            ]
            told = {"period": page.period, "run": page.run}
            for table, made in (
                (royalty_accounts, rows),
                (royalty_lines, [{**one._asdict(), **told} for one in page.lines if one.contract_id not in closed]),
                (royalty_money, [{**one._asdict(), **told} for one in money]),
            ):
                for some in chunks(made):
                    insert_all(connection, table.insert(), some)

    def sums(self) -> list[Sum]:
        """Everything that the books have, by kind, currency and state."""
        lines, money = royalty_lines.c, royalty_money.c
        of_lines = select(lines.currency, lines.state, func.sum(lines.lines), func.sum(lines.copies), func.sum(lines.value)).group_by(
            lines.currency, lines.state
        )
        of_money = select(money.kind, money.currency, money.state, func.count(), func.sum(money.amount)).group_by(
            money.kind, money.currency, money.state
        )
        with self.reading() as connection:
            found = [Sum("sales line", currency, state, *map(int, figures)) for currency, state, *figures in connection.execute(of_lines)]
            found += [
                Sum(kind, currency, state, int(number), 0, int(amount))
                for kind, currency, state, number, amount in connection.execute(of_money)
            ]
        return sorted(found)

    def money_of(self, contracts: Iterable[int]) -> list[KeptMoney]:
        """The sums of money of some contracts, oldest first."""
        query = select(*(royalty_money.c[name] for name in KeptMoney._fields)).order_by(royalty_money.c.period, royalty_money.c.identity)
        with self.reading() as connection:
            return [
                KeptMoney(*row)
                for some in chunks(sorted(set(contracts)))
                for row in connection.execute(query.where(royalty_money.c.contract_id.in_(some)))
            ]


def _strike(connection: Connection, page: Page, approved: Sequence[int], judged: Sequence[int]) -> None:
    """Take out what this period's entry replaces: the accounts' own rows of it, and whatever waited of the run's contracts."""
    for some in chunks(approved):
        connection.execute(delete(royalty_lines).where(royalty_lines.c.contract_id.in_(some), royalty_lines.c.period == page.period))
    for some in chunks([*judged, *page.absent]):
        own = royalty_accounts.c.contract_id.in_(some)
        unnamed = or_(royalty_accounts.c.account_id == "", royalty_accounts.c.contract_id.in_(approved))
        connection.execute(delete(royalty_accounts).where(own, unnamed, royalty_accounts.c.period == page.period))
    for names in chunks(sorted(page.accounts)):
        connection.execute(delete(royalty_money).where(royalty_money.c.period == page.period, royalty_money.c.account_id.in_(names)))
    for some in chunks(judged):
        for table in (royalty_lines, royalty_money):
            connection.execute(delete(table).where(table.c.contract_id.in_(some), table.c.state != "counted"))


def _refuse_twice(connection: Connection, money: Sequence[KeptMoney]) -> None:
    known = royalty_money.c
    for some in chunks([one.identity for one in money]):
        found = connection.execute(select(known.kind, known.contract_id, known.period).where(known.identity.in_(some))).first()
        if found is not None:
            raise UnbalancedError(
                "Control total 10 does not hold: a sum of money was counted before.",
                subject=f"contract:{found.contract_id}",
                evidence=f"{found.kind} of {found.period}",
            )
