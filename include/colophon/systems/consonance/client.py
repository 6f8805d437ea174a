"""The verbs of Consonance: typed records out, page by page (contract section 13).

All of it reads; `writes.mutations` writes to the `account`. A page is whole or it is not given; a record that cannot be read stands in its page as a finding.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from functools import cached_property, partial
from itertools import islice
from typing import NamedTuple, Self, TypeVar

from colophon import environment
from colophon.domain.contact import Contact
from colophon.domain.contract import Contract
from colophon.domain.finding import Finding
from colophon.domain.product import Product
from colophon.domain.work import Work
from colophon.domain.work_texts import WorkTexts
from colophon.errors import BadShapeError
from colophon.http.auth import BearerKey, TokenKey
from colophon.http.checks import Check
from colophon.http.client import HttpClient
from colophon.http.operation import Operation
from colophon.systems.consonance.graphql import mapping, queries, records, rest
from colophon.systems.consonance.graphql.account import Account
from colophon.systems.consonance.graphql.capabilities import Capabilities, CapabilityCache
from colophon.systems.consonance.graphql.extension import Extension
from colophon.systems.consonance.graphql.listing import Listing, Page
from colophon.systems.consonance.graphql.paging import Ids
from colophon.systems.consonance.graphql.queries import Document
from colophon.systems.consonance.graphql.rights import Rights
from colophon.systems.consonance.graphql.royalty import Royalty
from colophon.systems.consonance.graphql.wire import Row
from colophon.systems.consonance.settings import ConsonanceSettings

T = TypeVar("T")

ISBNS_PER_QUERY = 200
ONE_BY_ONE = 100
"""So many works are asked for by id; more are picked out of all."""


class Counts(NamedTuple):
    """How many products and works the account holds: what a full read is compared with."""

    products: int
    works: int


class ConsonanceClient:
    """One account of Consonance. A context manager; its sessions live until `close`."""

    def __init__(
        self,
        settings: ConsonanceSettings,
        *,
        cache: CapabilityCache | None = None,
        sleep: Callable[[float], None] = environment.sleep,
        random: Callable[[], float] = environment.random,
        clock: Callable[[], datetime] = environment.now,
    ) -> None:
        """:param cache: where the account's capabilities are kept between runs; without one they are found out anew."""
        self.settings = settings
        self._clock = clock
        self._open = partial(HttpClient, settings.http, system="consonance", sleep=sleep, random=random, clock=clock)
        self.http = self._open(BearerKey(settings.key))
        self.account = Account(settings, self.http, cache=cache, clock=clock, sleep=sleep)
        self._listing = Listing(self.account.ask_unless, self.account.capabilities, clock)

    def __enter__(self) -> Self:
        return self

    def now(self) -> datetime:
        """The client's clock, aware UTC."""
        return self._clock()

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the sessions."""
        self.http.close()
        if "_rest_http" in self.__dict__:
            self._rest_http.close()

    def leaving_out(self, known: Mapping[str, Ids]) -> AbstractContextManager[None]:
        """As of `Listing`."""
        return self._listing.leaving_out(known)

    def capabilities(self, *, refresh: bool = False) -> Capabilities:
        """What this account can do: as last found out, or anew with `refresh` and when that is `schema_cache_hours` old.

        :raises SchemaDriftError: the account lacks documented members that we ask for.
        :raises FeatureMissingError: the connection demands the profile `extended` and the account has only a part.
        """
        return self.account.capabilities(refresh=refresh)

    def test(self) -> list[Check]:
        """What the connection test found; `is_good` is false for what needs a look and does not stop us.

        :raises ColophonError: what stops us: unreachable, wrong address, refused key, schema drift, missing feature.
        """
        return self.account.test()

    @cached_property
    def extension(self) -> Extension:
        """EXT: what the account offers beyond the documented schema."""
        return Extension(self.account.capabilities, self._listing.pages)

    @cached_property
    def rights(self) -> Rights:
        """EXT: head grants, outbound licences and teams, where the account has them."""
        return Rights(self.extension)

    def lists_contracts(self) -> bool:
        """Whether all contracts can be read, and not only those whose ids are known."""
        return "Query.contracts" not in self.capabilities().missing_fields

    @cached_property
    def royalty(self) -> Royalty:
        """EXT: sales, royalty terms, payments, runs and contacts' fields, where the account has them."""
        return Royalty(self.extension)

    def iter_products(self, since: datetime | None = None, isbns: Iterable[str] | None = None) -> Iterator[Page[Product | Finding]]:
        """Products by ascending id: all, those that changed since the last good run began, or those of some ISBNs.

        Consonance filters changes by day and gives more than changed (siblings of the work, among others); the ledger's
        content hash drops the rest. An ISBN that it does not know gives nothing.
        """
        return self._products(queries.PRODUCTS, self._changed(since), isbns, mapping.product_from)

    def iter_products_for_rights(self, isbns: Iterable[str] | None = None) -> Iterator[Page[Product | Finding]]:
        """Products with those members alone that rights are judged by (`rights.facts` keeps them); the others read as absent."""
        return self._products(queries.PRODUCTS_FOR_RIGHTS, {}, isbns, mapping.product_for_rights_from)

    def iter_works(
        self, since: datetime | None = None, contract_id: int | None = None, ids: Collection[int] | None = None
    ) -> Iterator[Page[Work | Finding]]:
        """Works by ascending id; `since` as in `iter_products`, or those of one contract, or some by their ids.

        One that does not exist gives nothing.
        """
        return self._works(queries.WORKS, queries.WORK, records.work_from, since, contract_id, ids)

    def iter_work_texts(self, since: datetime | None = None, ids: Collection[int] | None = None) -> Iterator[Page[WorkTexts | Finding]]:
        """Marketing texts of works, each kind that the account tells; as `iter_works`."""
        return self._works(queries.TEXTS, queries.TEXTS_OF_ONE, records.work_texts_from, since, None, ids)

    def iter_contacts(self) -> Iterator[Page[Contact | Finding]]:
        """All contacts; they tell no date of change. Where the account cannot page them, they come in one answer."""
        return self._listing.pages(queries.CONTACTS, {}, records.contact_from, key="ContactSearchAttributes.after")

    def iter_contracts(self, ids: Iterable[int] | None = None) -> Iterator[Page[Contract | Finding]]:
        """All contracts (ASM), or those of some ids, a page each; one that does not exist gives nothing.

        :raises FeatureMissingError: all were asked for and the account has no list of contracts.
        """
        if ids is None:
            self.account.demand("Query.contracts", "pass the ids of the contracts")
            return self._listing.pages(queries.CONTRACTS, {}, records.contract_from, key="ContractSearchAttributes.after")
        return self._listing.each(self.get_contract, ids)

    def iter_products_by_rest(self, isbns: Iterable[str] | None = None) -> Iterator[Page[Product | Finding]]:
        """Products from the older REST list: metadata only, never fit for syndication (`missing_fields` says what it lacks)."""
        for isbn in [None] if isbns is None else dict.fromkeys(map(_bare_isbn, isbns)):
            as_of = self._clock()
            for rows in rest.numbered_pages(partial(self._rest_page, isbn)):
                yield Page([rest.product_from(row) for row in rows], as_of, "rest")
                as_of = self._clock()

    def get_product(self, isbn13: str) -> Product | Finding | None:
        """The product of an ISBN, the finding that it cannot be read, or None where there is none."""
        return self._listing.one(queries.PRODUCT, {"isbn13Eq": _bare_isbn(isbn13)}, self._product_reader())

    def get_work(self, work_id: int) -> Work | Finding | None:
        """One work; as `get_product`."""
        return self._listing.one(queries.WORK, {"idEq": work_id}, records.work_from)

    def get_contract(self, contract_id: int) -> Contract | Finding | None:
        """One contract; as `get_product`."""
        return self._listing.one(queries.CONTRACT, {"idEq": contract_id}, records.contract_from)

    def counts(self, contract_id: int | None = None) -> Counts | None:
        """The account's own counts, which it tells beside any contract; None where there is no contract to ask at.

        :raises FeatureMissingError: no contract is named and the account has no list of contracts.
        """
        if contract_id is None:
            self.account.demand("Query.contracts", "name a contract")
            found = next(iter(self._listing.rows(queries.ALL_COUNTS, {})), None)
        else:
            found = self.account.ask(queries.COUNTS, {"idEq": contract_id})
        client = found.get("client") if isinstance(found, dict) else None
        if not isinstance(client, dict):
            return None
        products, works = client.get("productsCount"), client.get("worksCount")
        if type(products) is not int or type(works) is not int:
            raise BadShapeError("productsCount or worksCount is no whole number", system="consonance", operation="Counts")
        return Counts(products, works)

    def _products(
        self, document: Document, search: Mapping[str, object], isbns: Iterable[str] | None, read: Callable[..., Product | Finding]
    ) -> Iterator[Page[Product | Finding]]:
        for chunk in [None] if isbns is None else _chunks(isbns):
            narrowed = search if chunk is None else {**search, "isbn13In": chunk}
            yield from self._listing.pages(document, narrowed, self._product_reader(read))

    def _changed(self, since: datetime | None) -> dict[str, object]:
        return {} if since is None else {"changedSince": self.settings.changed_since(since).isoformat()}

    def _product_reader(self, read: Callable[..., Product | Finding] = mapping.product_from) -> Callable[[Row], Product | Finding]:
        return partial(read, missing=mapping.lost_members(self.capabilities().missing_fields))

    def _works(
        self,
        document: Document,
        of_one: Document,
        read: Callable[[Row], T],
        since: datetime | None,
        contract_id: int | None,
        ids: Collection[int] | None,
    ) -> Iterator[Page[T]]:
        if ids is not None and len(ids) <= ONE_BY_ONE:
            yield from self._listing.each(lambda key: self._listing.one(of_one, {"idEq": key}, read), sorted(set(ids)))
            return
        search = self._changed(since) | ({} if contract_id is None else {"contractIdEq": contract_id})
        # As rows, so that one that cannot be read is picked out as well.
        for page in self._listing.pages(document, search, lambda row: row):
            yield Page([read(row) for row in page.records if ids is None or row["id"] in ids], page.as_of)

    @cached_property
    def _rest_http(self) -> HttpClient:
        return self._open(TokenKey(self.settings.rest_key))

    def _rest_page(self, isbn: str | None, number: int) -> Row:
        query: dict[str, str | int] = {"page": number} if isbn is None else {"page": number, "q[isbn_eq]": isbn}
        found = self._rest_http.call(Operation("products.json", "GET", f"{self.settings.rest_path}/products.json"), query=query).json()
        if not isinstance(found, dict):
            raise BadShapeError("the product list is no object", system="consonance", operation="products.json")
        return found


def _bare_isbn(isbn: str) -> str:
    return isbn.replace("-", "").replace(" ", "")


def _chunks(isbns: Iterable[str]) -> Iterator[list[str]]:
    """Distinct ISBNs in lots of a size that a query takes; none at all for no ISBN (`[]` would give everything)."""
    distinct = iter(dict.fromkeys(filter(None, map(_bare_isbn, isbns))))
    return iter(lambda: list(islice(distinct, ISBNS_PER_QUERY)), [])
