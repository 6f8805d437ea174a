"""Everything that a royalty run needs of Consonance: by GraphQL where the account has it, else from report files (contract section 8)."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from colophon.domain.contract import Contract
from colophon.domain.finding import Finding
from colophon.domain.head_grant import HeadGrant
from colophon.domain.product import Product
from colophon.domain.royalty_run import RoyaltyRun
from colophon.errors import FeatureMissingError, NotReadyError
from colophon.rights.formats import format_of
from colophon.rights.term import term_of
from colophon.royalties.rounding import PPM
from colophon.royalties.statement.period import Period
from colophon.royalty_run.facts import ContractFact, Payee, ProductFact
from colophon.royalty_run.inputs import Inputs
from colophon.systems.consonance.client import ConsonanceClient
from colophon.systems.consonance.reports.store import ReportName, ReportStore

NOT_TOLD = "not told"
TEXT_LANGUAGE = "01"
"""ONIX List 22: the language of the text."""
_MEMBERS = {
    "EMAIL": "email", "ADDRESS_LINE1": "line1", "ADDRESS_LINE2": "line2", "CITY": "city", "POSTCODE": "postcode", "COUNTRY": "country", "LANGUAGE": "language",
    "DELIVERY_PREFERENCE": "delivery", "TAX_STATUS": "tax_status", "TAX_ID": "tax_id",
}  # fmt: skip


@dataclass(slots=True)
class Read:
    """What was read, the records that could not be, and by which route each kind came: graphql, a file's name, or not at all."""

    inputs: Inputs
    findings: list[Finding] = field(default_factory=list)
    routes: dict[str, str] = field(default_factory=dict)


def read(client: ConsonanceClient, open_place: Callable[[], ReportStore], period: Period) -> Read:
    """All inputs of a run. Sales are a stream: they are read, and their findings and route known, when it is at its end.

    :raises NotReadyError: sales, terms or payments are told nowhere yet: unknown is never "none".
    """
    found: list[Finding] = []
    routes: dict[str, str] = {}
    royalty = client.royalty

    sources = Sources(client, open_place, found, routes)
    terms = list(sources.stream("royalty_terms", royalty.terms))
    payments = list(sources.stream("payments", royalty.payments))
    runs = _runs(client, found, routes)
    places = _places(sources.optional("head_grants", client.rights.head_grants))
    inputs = Inputs(
        sales=sources.stream("sales", lambda: royalty.sales(period.ends_on)),
        receipts=list(sources.optional("rights_receipts")),
        clauses=_told(sources, "royalty_clauses"),
        terms=terms,
        payments=payments,
        products={one.id: _product(one) for one in _good((one for page in client.iter_products() for one in page.records), found)},
        contracts={one.id: _contract(one, places) for one in _contracts(client, {terms.contract_id for terms in terms}, found)},
        payees=payees_of(sources),
        runs=runs,
        unread=found,
    )
    return Read(inputs, found, routes)


@dataclass(slots=True)
class Sources:
    """By GraphQL where the account offers a kind of record, else from its report; what cannot be read is put aside in `found`."""

    client: ConsonanceClient
    open_place: Callable[[], ReportStore]
    found: list[Finding]
    routes: dict[str, str]

    def stream(self, feature: ReportName, pages: Callable[[], Iterator[Any]]) -> Iterator[Any]:
        """The good records, one at a time.

        :raises NotReadyError: there is neither: unknown.
        """
        if self.client.royalty.offers(feature):
            self.routes[feature] = "graphql"
            yield from _good((one for page in pages() for one in page.records), self.found)
            return
        with self.open_place() as place:
            file = place.read(feature)
            if file is None:
                raise NotReadyError(f"there is no {feature} report, and the account does not offer them: unknown", system="consonance")
            with file:
                self.routes[feature] = file.name
                yield from _good(file, self.found)

    def optional(self, feature: ReportName, pages: Callable[[], Iterator[Any]] | None = None) -> Iterator[Any]:
        """As `stream`; what is told nowhere gives nothing and is named in `routes`. Without `pages` there is the report alone."""
        self.routes[feature] = NOT_TOLD
        if pages is not None and self.client.royalty.offers(feature):
            yield from self.stream(feature, pages)
            return
        with self.open_place() as place:
            file = place.read(feature) if place.has_files else None
            if file is not None:
                with file:
                    self.routes[feature] = file.name
                    yield from _good(file, self.found)


def _told(sources: Sources, feature: ReportName) -> list[Any] | None:
    """The good records; None where there is no such report."""
    found = list(sources.optional(feature))
    return None if sources.routes[feature] == NOT_TOLD else found


def _good(records: Iterable[Any], found: list[Finding]) -> Iterator[Any]:
    """The records; what could not be read is put aside."""
    for record in records:
        if isinstance(record, Finding):
            found.append(record)
        else:
            yield record


def _runs(client: ConsonanceClient, found: list[Finding], routes: dict[str, str]) -> list[RoyaltyRun] | None:
    """Consonance's own runs; None where the account does not tell them: then nothing can be compared."""
    if not client.royalty.offers("royalty_runs"):
        routes["royalty_runs"] = NOT_TOLD
        return None
    routes["royalty_runs"] = "graphql"
    return list(_good((one for page in client.royalty.runs() for one in page.records), found))


def _contracts(client: ConsonanceClient, ids: set[int], found: list[Finding]) -> list[Contract]:
    try:
        return list(_good((one for page in client.iter_contracts() for one in page.records), found))
    except FeatureMissingError:
        return list(_good((one for page in client.iter_contracts(sorted(ids)) for one in page.records), found))


def payees_of(sources: Sources) -> dict[int, Payee]:
    """All contacts by id, as they are reached: by what they told of themselves where the account or the report `contacts` has it."""
    client, found = sources.client, sources.found
    contacts = {one.id: one for one in _good((one for page in client.iter_contacts() for one in page.records), found)}
    if not client.royalty.offers("contact_fields"):
        fields = {one.contact_id: one for one in sources.optional("contact_fields")}
        return {key: Payee.of(contact, fields.get(key)) for key, contact in contacts.items()}
    sources.routes["contact_fields"] = "graphql"
    told: dict[int, dict[str, Any]] = defaultdict(dict)
    for contact_id, name, value in _good((one for page in client.royalty.contact_fields() for one in page.records), found):
        if name in _MEMBERS and value is not None:
            told[contact_id][_MEMBERS[name]] = value.lower() if name == "DELIVERY_PREFERENCE" else value
    return {key: replace(Payee.of(contact), **told[key]) for key, contact in contacts.items()}


def _product(product: Product) -> ProductFact:
    kind = format_of(product)
    return ProductFact(
        id=product.id,
        isbn13=product.isbn13,
        title=product.title,
        imprint=product.imprint or "",
        format=kind.value if kind else "OTHER",
        work_id=product.work_id,
        form_code=product.form_code,
        published_on=product.publication_on,
        contributors=tuple(one.name for one in sorted(product.contributors, key=lambda one: one.sequence)),
        language=next((one.code for one in product.languages if one.role == TEXT_LANGUAGE), None),
    )


def _places(grants: Iterable[HeadGrant]) -> dict[int, str]:
    """Each contract's territory (Con61), where all of its grants agree on it."""
    found: dict[int, set[str]] = defaultdict(set)
    for one in grants:
        without = f", not {', '.join(one.excluded_territories)}" if one.excluded_territories else ""
        found[one.contract_id].add(f"{', '.join(one.territories)}{without}" if one.territories else "")
    told = {contract: next(iter(texts)) for contract, texts in found.items() if len(texts) == 1}
    return {contract: "WORLD" if text == "*" else text for contract, text in told.items() if text}


def shares_of(contract: Contract) -> Iterator[tuple[str, int]]:
    """The author's share in ppm of each kind of right; none where it is no share, so that a receipt of that kind waits for one (P8)."""
    for right in contract.licensed_rights:
        share = right.author_percent * (PPM // 100)
        if 0 <= share <= PPM and share == int(share):
            yield right.kind, int(share)


def _contract(contract: Contract, places: Mapping[int, str]) -> ContractFact:
    """A term that cannot be told is open here: rights see to it that it is mended."""
    term = term_of(contract)
    begins_on, ends_on = (contract.signed_on, contract.terminated_on) if isinstance(term, Finding) else term
    return ContractFact(
        id=contract.id,
        name=contract.name,
        work_id=contract.work_id,
        title=contract.work_title or "",
        territory=places.get(contract.id),
        rights=tuple(shares_of(contract)),
        guaranteed=contract.guaranteed_royalty,
        begins_on=begins_on,
        ends_on=ends_on,
    )
