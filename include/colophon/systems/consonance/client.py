"""The verbs of Consonance: typed records out, page by page (contract section 13).

All but `mutations` read. A page is whole or it is not given; a record that cannot be read stands in its page as a finding.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, partial
from itertools import islice
from typing import Generic, Literal, NamedTuple, Self, TypeVar

from colophon import environment
from colophon.domain.contact import Contact
from colophon.domain.contract import Contract
from colophon.domain.external_record import ExternalRecord
from colophon.domain.finding import Finding
from colophon.domain.product import Product
from colophon.domain.work import Work
from colophon.domain.work_texts import WorkTexts
from colophon.errors import BadShapeError
from colophon.http.auth import BearerKey, TokenKey
from colophon.http.client import HttpClient
from colophon.http.operation import Operation
from colophon.systems.consonance.graphql import mapping, queries, records, rest
from colophon.systems.consonance.graphql.account import Account, Check
from colophon.systems.consonance.graphql.capabilities import Capabilities, CapabilityCache
from colophon.systems.consonance.graphql.extension import Extension
from colophon.systems.consonance.graphql.paging import Ids, answers, rows_of
from colophon.systems.consonance.graphql.queries import Document
from colophon.systems.consonance.graphql.rights import Rights
from colophon.systems.consonance.graphql.royalty import Royalty
from colophon.systems.consonance.graphql.wire import Row
from colophon.systems.consonance.settings import ConsonanceSettings
from colophon.systems.consonance.writes.mutations import Mutations

T = TypeVar("T")

ISBNS_PER_QUERY = 200
ONE_BY_ONE = 100
"""So many works are asked for by id; more are picked out of all."""


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Records of one answer: asked for at `as_of` (aware UTC), by GraphQL or from the REST list.

    `digest` names what was asked and what came, byte for byte, and `ids` are the first and the last of its records; both are of
    answers to GraphQL that have further ones behind them. `records` of some are left out (`leaving_out`).
    """

    records: list[T]
    as_of: datetime
    route: Literal["graphql", "rest"] = "graphql"
    digest: str = ""
    ids: Ids = (0, 0)


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
        self._sleep = sleep
        self._open = partial(HttpClient, settings.http, system="consonance", sleep=sleep, random=random, clock=clock)
        self.http = self._open(BearerKey(settings.key))
        self._account = Account(settings, self.http, cache=cache, clock=clock)
        self._known: Mapping[str, Ids] = {}

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

    @contextmanager
    def leaving_out(self, known: Mapping[str, Ids]) -> Iterator[None]:
        """Give some pages without their records, for they were read before: `Page.ids` by `Page.digest`."""
        self._known = known
        try:
            yield
        finally:
            self._known = {}

    def capabilities(self, *, refresh: bool = False) -> Capabilities:
        """What this account can do: as last found out, or anew with `refresh` and when that is `schema_cache_hours` old.

        :raises SchemaDriftError: the account lacks documented members that we ask for.
        :raises FeatureMissingError: the connection demands the profile `extended` and the account has only a part.
        """
        return self._account.capabilities(refresh=refresh)

    def test(self) -> list[Check]:
        """What the connection test found; `is_good` is false for what needs a look and does not stop us.

        :raises ColophonError: what stops us: unreachable, wrong address, refused key, schema drift, missing feature.
        """
        return self._account.test()

    @cached_property
    def mutations(self) -> Mutations:
        """The account's mutations, one by one or in batches; `write_back.Writer` decides what goes by them."""
        return Mutations(self._account, self.settings, self._sleep)

    @cached_property
    def extension(self) -> Extension:
        """EXT: what the account offers beyond the documented schema."""
        return Extension(self._account.capabilities, self._pages)

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

    def find_external(self, reference: str, kind: str | None = None) -> ExternalRecord | None:
        """EXT: what the account holds under our reference (`kind`: the mutation); None where it holds nothing.

        :raises FeatureMissingError: the account cannot be asked.
        """
        return self.mutations.find_external(reference, kind)

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
        return self._pages(queries.CONTACTS, {}, records.contact_from, key="ContactSearchAttributes.after")

    def iter_contracts(self, ids: Iterable[int] | None = None) -> Iterator[Page[Contract | Finding]]:
        """All contracts (ASM), or those of some ids, a page each; one that does not exist gives nothing.

        :raises FeatureMissingError: all were asked for and the account has no list of contracts.
        """
        if ids is None:
            self._account.demand("Query.contracts", "pass the ids of the contracts")
            return self._pages(queries.CONTRACTS, {}, records.contract_from, key="ContractSearchAttributes.after")
        return self._each(self.get_contract, ids)

    def iter_products_by_rest(self, isbns: Iterable[str] | None = None) -> Iterator[Page[Product | Finding]]:
        """Products from the older REST list: metadata only, never fit for syndication (`missing_fields` says what it lacks)."""
        for isbn in [None] if isbns is None else dict.fromkeys(map(_bare_isbn, isbns)):
            as_of = self._clock()
            for rows in rest.numbered_pages(partial(self._rest_page, isbn)):
                yield Page([rest.product_from(row) for row in rows], as_of, "rest")
                as_of = self._clock()

    def get_product(self, isbn13: str) -> Product | Finding | None:
        """The product of an ISBN, the finding that it cannot be read, or None where there is none."""
        return self._one(queries.PRODUCT, {"isbn13Eq": _bare_isbn(isbn13)}, self._product_reader())

    def get_work(self, work_id: int) -> Work | Finding | None:
        """One work; as `get_product`."""
        return self._one(queries.WORK, {"idEq": work_id}, records.work_from)

    def get_contract(self, contract_id: int) -> Contract | Finding | None:
        """One contract; as `get_product`."""
        return self._one(queries.CONTRACT, {"idEq": contract_id}, records.contract_from)

    def counts(self, contract_id: int | None = None) -> Counts | None:
        """The account's own counts, which it tells beside any contract; None where there is no contract to ask at.

        :raises FeatureMissingError: no contract is named and the account has no list of contracts.
        """
        if contract_id is None:
            self._account.demand("Query.contracts", "name a contract")
            found = next(iter(rows_of(queries.ALL_COUNTS, self._account.ask(queries.ALL_COUNTS, {}))), None)
        else:
            found = self._account.ask(queries.COUNTS, {"idEq": contract_id})
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
            yield from self._pages(document, narrowed, self._product_reader(read))

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
            yield from self._each(lambda key: self._one(of_one, {"idEq": key}, read), sorted(set(ids)))
            return
        search = self._changed(since) | ({} if contract_id is None else {"contractIdEq": contract_id})
        # As rows, so that one that cannot be read is picked out as well.
        for page in self._pages(document, search, lambda row: row):
            yield Page([read(row) for row in page.records if ids is None or row["id"] in ids], page.as_of)

    def _each(self, get: Callable[[int], T | None], ids: Iterable[int]) -> Iterator[Page[T]]:
        """A page for each record that there is."""
        for key in ids:
            as_of = self._clock()
            found = get(key)
            if found is not None:
                yield Page([found], as_of)

    def _pages(
        self, document: Document, search: Mapping[str, object], read: Callable[[Row], T], *, key: str | None = None
    ) -> Iterator[Page[T]]:
        """Pages to the end; only the first where the account does not know the member `key` that asks for the next."""
        ask = partial(self._account.ask_unless, self._known, document)
        pages = answers(lambda after: ask(search if after is None else {**search, "after": after}), self._known, document)
        as_of = self._clock()
        for answer in islice(pages, 1) if key in self.capabilities().missing_fields else pages:
            yield Page([read(row) for row in answer.rows], as_of, digest=answer.digest, ids=answer.ids)
            as_of = self._clock()

    def _one(self, document: Document, search: Mapping[str, object], read: Callable[[Row], T]) -> T | None:
        found = self._account.ask(document, search)
        if found is None:
            return None
        if not isinstance(found, dict):
            raise BadShapeError(f"`{document.root}` is no object", system="consonance", operation=document.name)
        return read(found)

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
