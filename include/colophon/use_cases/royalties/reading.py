"""Everything that a royalty run needs of Consonance: by GraphQL where the account has it, else from report files (contract section 8)."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from colophon.domain.contact import Contact
from colophon.domain.contract import Contract
from colophon.domain.finding import Finding
from colophon.domain.head_grant import HeadGrant
from colophon.domain.product import Product
from colophon.domain.rights_deal import RightsDeal
from colophon.domain.royalty_run import RoyaltyRun
from colophon.domain.royalty_terms import RoyaltyTerms
from colophon.errors import FeatureMissingError, NotReadyError
from colophon.rights.formats import format_of
from colophon.royalties.statement.period import Period
from colophon.systems.consonance.client import ConsonanceClient
from colophon.systems.consonance.report_place import ReportPlace
from colophon.use_cases.royalties.inputs import Inputs
from colophon.use_cases.royalties.records import ContractFact, Payee, ProductFact

_MEMBERS = {
    "EMAIL": "email", "ADDRESS_LINE1": "line1", "POSTCODE": "postcode", "COUNTRY": "country", "LANGUAGE": "language",
    "DELIVERY_PREFERENCE": "delivery", "TAX_STATUS": "tax_status", "TAX_ID": "tax_id",
}  # fmt: skip


@dataclass(slots=True)
class Read:
    """What was read, the records that could not be, and by which route each kind came: graphql, a file's name, or not at all."""

    inputs: Inputs
    findings: list[Finding] = field(default_factory=list)
    routes: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Exchanged:
    """Terms and rights, and the records that could not be read. What the account does not offer is empty, and named in `routes`."""

    terms: list[RoyaltyTerms] = field(default_factory=list)
    grants: list[HeadGrant] = field(default_factory=list)
    deals: list[RightsDeal] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    routes: dict[str, str] = field(default_factory=dict)


def read_terms(client: ConsonanceClient) -> Exchanged:
    """Royalty terms, head grants and licences, as far as the account offers them."""
    found = Exchanged()

    def taken(feature: str, pages: Callable[[], Iterator[Any]]) -> list[Any]:
        offers = client.royalty.offers(feature)
        found.routes[feature] = "graphql" if offers else "not told"
        return _good((one for page in pages() for one in page.records), found.findings) if offers else []

    found.terms = taken("royalty_terms", client.royalty.terms)
    found.grants = taken("head_grants", client.rights.head_grants)
    found.deals = taken("rights_deals", client.rights.rights_deals)
    return found


def read(client: ConsonanceClient, open_place: Callable[[], ReportPlace], period: Period) -> Read:
    """All inputs of a run.

    :raises NotReadyError: sales, terms or payments are told nowhere yet: unknown is never "none".
    """
    found: list[Finding] = []
    routes: dict[str, str] = {}
    royalty = client.royalty

    def taken(feature: str, report: str, pages: Callable[[], Iterator[Any]]) -> list[Any]:
        if royalty.offers(feature):
            routes[feature] = "graphql"
            return _good((one for page in pages() for one in page.records), found)
        with open_place() as place:
            file = place.read(report)
            if file is None:
                raise NotReadyError(f"there is no {report} report, and the account does not offer them: unknown", system="consonance")
            with file:
                routes[feature] = file.name
                return _good(file, found)

    terms = taken("royalty_terms", "royalty_terms", royalty.terms)
    sales = taken("sales", "sales", lambda: royalty.sales(period.ends_on))
    payments = taken("payments", "payments", royalty.payments)
    runs = _runs(client, found, routes)
    inputs = Inputs(
        sales=sales,
        terms=terms,
        payments=payments,
        products={one.id: _product(one) for one in _good((one for page in client.iter_products() for one in page.records), found)},
        contracts={one.id: _contract(one) for one in _contracts(client, {terms.contract_id for terms in terms}, found)},
        payees=payees_of(client, found, routes),
        runs=runs,
    )
    return Read(inputs, found, routes)


def _good(records: Iterable[Any], found: list[Finding]) -> list[Any]:
    """The records; what could not be read is put aside."""
    good: list[Any] = []
    for record in records:
        (found if isinstance(record, Finding) else good).append(record)
    return good


def _runs(client: ConsonanceClient, found: list[Finding], routes: dict[str, str]) -> list[RoyaltyRun] | None:
    """Consonance's own runs; None where the account does not tell them: then nothing can be compared."""
    if not client.royalty.offers("royalty_runs"):
        routes["royalty_runs"] = "not told"
        return None
    routes["royalty_runs"] = "graphql"
    return _good((one for page in client.royalty.runs() for one in page.records), found)


def _contracts(client: ConsonanceClient, ids: set[int], found: list[Finding]) -> list[Contract]:
    try:
        return _good((one for page in client.iter_contracts() for one in page.records), found)
    except FeatureMissingError:
        return _good((one for page in client.iter_contracts(sorted(ids)) for one in page.records), found)


def payees_of(client: ConsonanceClient, found: list[Finding], routes: dict[str, str]) -> dict[int, Payee]:
    """All contacts by id, as they are reached; `found` takes what cannot be read, `routes` where their wishes came from."""
    contacts = _good((one for page in client.iter_contacts() for one in page.records), found)
    payees = {one.id: _payee(one) for one in contacts}
    if not client.royalty.offers("contact_fields"):
        routes["contact_fields"] = "not told"
        return payees
    routes["contact_fields"] = "graphql"
    told: dict[int, dict[str, Any]] = defaultdict(dict)
    for contact_id, name, value in _good((one for page in client.royalty.contact_fields() for one in page.records), found):
        if name in _MEMBERS and value is not None:
            told[contact_id][_MEMBERS[name]] = value.lower() if name == "DELIVERY_PREFERENCE" else value
    return {key: replace(payee, **told[key]) if key in told else payee for key, payee in payees.items()}


def _payee(contact: Contact) -> Payee:
    address = contact.addresses[0] if contact.addresses else None
    return Payee(
        id=contact.id,
        name=contact.name,
        email=next(iter(contact.emails), None),
        line1=address.line1 if address else None,
        postcode=address.postcode if address else None,
        country=address.country if address else None,
    )


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
    )


def _contract(contract: Contract) -> ContractFact:
    return ContractFact(id=contract.id, name=contract.name, work_id=contract.work_id, guaranteed=contract.guaranteed_royalty)
