"""A record as JSON: the data of the events `title.updated` and `title.withdrawn` (contract section 4)."""

from collections.abc import Iterable, Mapping
from typing import Any

from colophon.domain.product import Product
from colophon.errors import BadRecordError
from colophon.onix.names import UNNAMED_WORDS
from colophon.onix.record import OnixProduct
from colophon.onix.record_sales import Price, SalesRights, Territory
from colophon.onix.tree import number

FOR_SALE_TYPES = frozenset({"01", "02", "07", "08"})


def title_updated(record: OnixProduct, product: Product) -> dict[str, Any]:
    """All members of `title.updated` but `revision`: that is the ledger's count of what was sent, and is added on sending.

    :raises BadRecordError: the product has no ISBN, by which the event names it.
    """
    if not product.isbn13:
        raise BadRecordError("a title without ISBN cannot be told to a JSON recipient", subject=product.subject)
    included, excluded = territories(record.sales_rights, record.row_sales_rights_type)
    return {
        "isbn": product.isbn13,
        "workId": product.work_id,
        "title": record.title,
        "contributors": [
            {
                "name": who.corporate_name or who.person_name or UNNAMED_WORDS.get(who.unnamed or ""),
                "role": role,
                "sequence": who.sequence,
                "isni": next((identifier.value for identifier in who.identifiers if identifier.id_type == "16"), None),
            }
            for who in record.contributors
            for role in who.roles
        ],
        "imprint": record.imprint_name,
        "productForm": record.product_form,
        "publishingStatus": record.publishing_status,
        "publicationDate": next((entry.on.isoformat() for entry in record.publishing_dates if entry.role == "01"), None),
        "prices": _prices(record),
        "territories": {"included": included, "excluded": excluded},
    }


def _prices(record: OnixProduct) -> list[dict[str, Any]]:
    """Each once: the event has no words for markets and for a price's territory."""
    prices: list[dict[str, Any]] = []
    for price in (_price(price) for supply in record.supplies for detail in supply.supply_details for price in detail.prices):
        if price not in prices:
            prices.append(price)
    return prices


def title_withdrawn(isbn: str, reason: str) -> dict[str, Any]:
    """All members of `title.withdrawn` but `revision`, as above."""
    return {"isbn": isbn, "reason": reason}


def is_withdrawn(said: Mapping[str, Any]) -> bool:
    """Whether the data of an event says that its title is off sale."""
    return "reason" in said and "territories" not in said


def _price(price: Price) -> dict[str, Any]:
    return {
        "amount": "0.00" if price.amount is None else number(price.amount),
        "currency": price.currency,
        "type": price.price_type,
        "from": price.from_on.isoformat() if price.from_on else None,
        "until": price.until_on.isoformat() if price.until_on else None,
    }


def territories(sales_rights: Iterable[SalesRights], rest: str | None) -> tuple[list[str], list[str]]:
    """Codes for sale and not for sale; where the rest of the world is for sale, that is WORLD less what is excluded."""
    included = [code for rights in sales_rights if rights.rights_type in FOR_SALE_TYPES for code in _codes(rights.territory)]
    excluded = [code for rights in sales_rights if _is_closed(rights) for code in _codes(rights.territory)]
    if rest in FOR_SALE_TYPES:
        included.append("WORLD")
    return included, excluded


def _is_closed(rights: SalesRights) -> bool:
    return rights.rights_type not in FOR_SALE_TYPES


def _codes(territory: Territory) -> list[str]:
    return [*territory.regions_included, *territory.countries_included]
