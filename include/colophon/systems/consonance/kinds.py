"""The table of all kinds of facts that Consonance tells: what each is called, and by which routes it comes.

A new kind is one row here and one reader. `facts.read` uses the table; the page `docs/consonance-files.md` is made from it.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Generic, NamedTuple, TypeVar

from colophon.config.milestones import Milestones
from colophon.domain.contact import Contact
from colophon.domain.contact_fields import ContactFields
from colophon.domain.contract import Contract
from colophon.domain.external_record import ExternalRecord
from colophon.domain.finding import Finding
from colophon.domain.head_grant import HeadGrant
from colophon.domain.launch import Launch
from colophon.domain.payment import Payment
from colophon.domain.product import Product
from colophon.domain.rights_deal import RightsDeal
from colophon.domain.rights_receipt import RightsReceipt
from colophon.domain.royalty_clauses import Clause
from colophon.domain.royalty_run import RoyaltyRun
from colophon.domain.royalty_terms import RoyaltyTerms
from colophon.domain.sale import Sale
from colophon.domain.supplement import Supplement
from colophon.domain.team import TeamMember
from colophon.domain.todo import Todo
from colophon.domain.vendor_statement import VendorStatement
from colophon.domain.work import Work
from colophon.domain.work_texts import WorkTexts
from colophon.systems.consonance.client import ConsonanceClient
from colophon.systems.consonance.graphql import queries, rights, royalty, royalty_records
from colophon.systems.consonance.graphql.contact_fields import FIELDS, by_contact, field_from
from colophon.systems.consonance.graphql.extension import MOST_A_PAGE
from colophon.systems.consonance.graphql.external_records import external_from
from colophon.systems.consonance.graphql.launches import LAUNCHES, launch_from, launch_of
from colophon.systems.consonance.graphql.listing import Page
from colophon.systems.consonance.graphql.queries import Document
from colophon.systems.consonance.graphql.todos import TODOS, todo_from
from colophon.systems.consonance.graphql.wire import Row
from colophon.systems.consonance.reports.calendar import with_milestones
from colophon.systems.consonance.reports.store import ReportName

T = TypeVar("T")
Pages = Iterator[Page[Any]]
Records = Iterable[Any]


class Scope(NamedTuple):
    """What of a kind is read. None: no limit; empty: nothing. `people` are contact ids; `since` is aware UTC, inclusive."""

    works: frozenset[int] | None = None
    isbns: frozenset[str] | None = None
    people: frozenset[int] | None = None
    since: datetime | None = None


def _id_or_row(record: Any) -> Hashable:
    """The record's id; without one the row of the file that it came from, and else itself: no two are ever taken for one."""
    key: Hashable = record.id if record.id is not None else record.origin or id(record)
    return key


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind(Generic[T]):
    """One row. `name` is what people call them.

    `key` names a record, whatever its revision. `pages` asks GraphQL (None: it never tells); `feature` is what the account must
    offer for that ("": the documented schema has them), `finish` makes the records of what was read. `reports` are tried in
    their order where it does not; `complete` asks for what rows of one only name; `derive` makes the little that can be known
    where there is no file either. `tells_changes`: GraphQL can be asked for
    what changed since a moment. `work_of`, `people_of` and `person_of` say what work and which contacts a record is about.
    """

    record: type[T]
    name: str
    pages: Callable[[ConsonanceClient, Scope], Pages] | None = None
    feature: str = ""
    key: Callable[[T], Hashable] = _id_or_row
    finish: Callable[[Records, Milestones], Records] = lambda records, _: records
    reports: tuple[ReportName, ...] = ()
    complete: Callable[[ConsonanceClient, Records], Records] = lambda _, rows: rows
    derive: Callable[[ConsonanceClient, Scope], Records] | None = None
    tells_changes: bool = False
    work_of: Callable[[T], int | None] | None = None
    people_of: Callable[[T], Iterable[int | None]] = lambda _: ()
    person_of: Callable[[T], int] | None = None

    @property
    def fact(self) -> str:
        """How an account's features, or else its reports, call the kind; empty for one that every account tells."""
        if self.pages is None:
            return self.reports[0]
        return "" if "." in self.feature else self.feature

    def is_offered(self, client: ConsonanceClient) -> bool:
        """Whether GraphQL tells the kind in this account."""
        capabilities = client.capabilities()
        if "." in self.feature:  # an assumed member of the documented schema
            return self.feature not in capabilities.missing_fields
        return self.pages is not None and (not self.feature or self.feature in capabilities.features)


def _extension(
    feature: str, document: Document, read: Callable[[Row], Any], limit: int = MOST_A_PAGE
) -> Callable[[ConsonanceClient, Scope], Pages]:
    def pages(client: ConsonanceClient, scope: Scope) -> Pages:
        return client.extension.pages(feature, document, read, limit=limit, since=scope.since, work_ids=scope.works)

    return pages


def _of_no_work(
    feature: str, document: Document, read: Callable[[Row], Any], limit: int = MOST_A_PAGE
) -> Callable[[ConsonanceClient, Scope], Pages]:
    pages = _extension(feature, document, read, limit)
    return lambda client, scope: pages(client, scope._replace(works=None))


def _products(client: ConsonanceClient, scope: Scope) -> Pages:
    """Of some works: by the ISBNs of their formats. A format without an ISBN is not found so; reading all gives it."""
    isbns = scope.isbns
    if isbns is None and scope.works is not None:
        works = (work for page in client.iter_works(ids=scope.works) for work in page.records if isinstance(work, Work))
        isbns = frozenset(edition.isbn13 for work in works for edition in work.editions if edition.isbn13)
    return client.iter_products(scope.since, isbns=None if isbns is None else sorted(isbns))


def _launches_of_works(client: ConsonanceClient, scope: Scope) -> Records:
    works = (work for page in client.iter_works(scope.since, ids=scope.works) for work in page.records)
    return (launch_of(work) if isinstance(work, Work) else work for work in works)


def _contracts(client: ConsonanceClient, scope: Scope) -> Pages:
    return iter(()) if scope.works == frozenset() else client.iter_contracts()


def _whole_contracts(client: ConsonanceClient, rows: Records) -> Records:
    """A list names contracts; what they say is asked for one by one."""
    records = (row if isinstance(row, Finding) else client.get_contract(row.id) for row in rows)
    return (record for record in records if record is not None)


def _named(client: ConsonanceClient, rows: Records) -> Records:
    """A list of to-dos has ids of people; their names are asked for once, where there are any."""
    names: dict[int | None, str | None] | None = None
    for row in rows:
        if isinstance(row, Finding) or not (row.assignee_id or row.completed_by_id):
            yield row
            continue
        if names is None:
            contacts = (contact for page in client.iter_contacts() for contact in page.records)
            names = {contact.id: contact.name for contact in contacts if isinstance(contact, Contact)}
        yield replace(row, assignee_name=names.get(row.assignee_id), completed_by_name=names.get(row.completed_by_id))


_PRODUCTS = Kind(record=Product, name="products", pages=_products, tells_changes=True, work_of=lambda product: product.work_id)
_WORKS = Kind(
    record=Work, name="works", pages=lambda client, scope: client.iter_works(scope.since, ids=scope.works),
    tells_changes=True, work_of=lambda work: work.id,
)  # fmt: skip
_TEXTS = Kind(
    record=WorkTexts, name="marketing texts", pages=lambda client, scope: client.iter_work_texts(scope.since, ids=scope.works),
    tells_changes=True, work_of=lambda texts: texts.id,
)  # fmt: skip
_TODOS = Kind(
    record=Todo, name="to-dos", feature="todos", pages=_extension("todos", TODOS, todo_from), finish=with_milestones,
    reports=("todos", "calendar"), complete=_named, tells_changes=True, key=lambda todo: todo.subject,
    work_of=lambda todo: todo.work_id, people_of=lambda todo: (todo.assignee_id, todo.completed_by_id),
)  # fmt: skip
_TEAM = Kind(
    record=TeamMember, name="teams", feature="team", pages=_extension("team", rights.TEAM, rights.team_member_from),
    reports=("team",), tells_changes=True,
    work_of=lambda member: member.work_id, people_of=lambda member: (member.contact_id, member.manager_id),
)  # fmt: skip
_CONTACTS = Kind(record=Contact, name="contacts", pages=lambda client, _: client.iter_contacts(), person_of=lambda contact: contact.id)
_CONTACT_FIELDS = Kind(
    record=ContactFields, name="wishes of contacts", feature="contact_fields", pages=_of_no_work("contact_fields", FIELDS, field_from),
    finish=lambda fields, _: by_contact(fields), reports=("contact_fields",), person_of=lambda fields: fields.contact_id,
    key=lambda fields: fields.contact_id,
)  # fmt: skip
_LAUNCHES = Kind(
    record=Launch, name="launches", feature="launch", pages=_extension("launch", LAUNCHES, launch_from),
    reports=("launch",), derive=_launches_of_works, tells_changes=True, work_of=lambda launch: launch.work_id,
)  # fmt: skip
_CONTRACTS = Kind(
    record=Contract, name="contracts", feature="Query.contracts", pages=_contracts, reports=("contracts",),
    complete=_whole_contracts, work_of=lambda contract: contract.work_id,
)  # fmt: skip
_GRANTS = Kind(
    record=HeadGrant, name="head grants", feature="head_grants", pages=_extension("head_grants", rights.HEAD_GRANTS, rights.head_grant_from),
    reports=("head_grants",), tells_changes=True, work_of=lambda grant: grant.work_id,
)  # fmt: skip
_DEALS = Kind(
    record=RightsDeal, name="rights deals", feature="rights_deals",
    pages=_extension("rights_deals", rights.RIGHTS_DEALS, rights.rights_deal_from), reports=("rights_deals",), tells_changes=True,
    work_of=lambda deal: deal.work_id, people_of=lambda deal: (deal.licensee_id, deal.contact_id),
)  # fmt: skip
_TERMS = Kind(
    record=RoyaltyTerms, name="royalty terms", feature="royalty_terms",
    pages=_of_no_work("royalty_terms", royalty.TERMS, royalty_records.terms_from, 500), reports=("royalty_terms",), tells_changes=True,
)  # fmt: skip
_SALES = Kind(
    record=Sale, name="sales", feature="sales", pages=_of_no_work("sales", royalty.SALES, royalty_records.sale_from, 5000),
    reports=("sales",), tells_changes=True, key=lambda sale: sale.line_id,
)  # fmt: skip
_PAYMENTS = Kind(
    record=Payment, name="payments", feature="payments", pages=_of_no_work("payments", royalty.PAYMENTS, royalty_records.payment_from),
    reports=("payments",), tells_changes=True,
)  # fmt: skip
_RUNS = Kind(
    record=RoyaltyRun, name="royalty runs", feature="royalty_runs",
    pages=_of_no_work("royalty_runs", royalty.RUNS, royalty_records.run_from, 100), tells_changes=True,
)  # fmt: skip
_STATEMENTS = Kind(
    record=VendorStatement, name="statements", feature="statements",
    pages=_of_no_work("statements", royalty.STATEMENTS, royalty_records.statement_from), reports=("statements",), tells_changes=True,
)  # fmt: skip
_RECEIPTS = Kind(record=RightsReceipt, name="money from licensees", reports=("rights_receipts",))
_SUPPLEMENTS = Kind(
    record=Supplement, name="supplements", reports=("supplement",), key=lambda supplement: (supplement.isbn13, supplement.product_id),
)  # fmt: skip

_CLAUSES = Kind(record=Clause, name="clauses of royalty contracts", reports=("royalty_clauses",), key=lambda clause: clause.place)

_EXTERNAL = Kind(
    record=ExternalRecord, name="our own records", feature="external_records",
    pages=_extension("external_records", queries.EXTERNAL, external_from), tells_changes=True, work_of=lambda record: record.work_id,
)  # fmt: skip

KINDS: Mapping[type, Kind[Any]] = {
    kind.record: kind
    for kind in (
        _PRODUCTS, _WORKS, _TEXTS, _TODOS, _TEAM, _CONTACTS, _CONTACT_FIELDS, _LAUNCHES, _CONTRACTS, _GRANTS, _DEALS, _TERMS, _SALES,
        _PAYMENTS, _RUNS, _STATEMENTS, _RECEIPTS, _SUPPLEMENTS, _CLAUSES, _EXTERNAL,
    )
}  # fmt: skip
"""Every kind, by the type of its records."""
