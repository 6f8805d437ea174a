"""What each recipient has in its own books: kept by what reached it, read as a recipient reads it, and by nothing else.

An ONIX record replaces the one under its RecordReference as a whole; an event is about its ISBN.
"""

import io
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from lxml import etree

from colophon_sandbox.world import Row

SHORT = {
    "Product": "product", "RecordReference": "a001", "NotificationType": "a002", "ProductIdentifier": "productidentifier",
    "ProductIDType": "b221", "IDValue": "b244", "PublishingDetail": "publishingdetail", "PublishingStatus": "b394",
    "SalesRights": "salesrights", "SalesRightsType": "b089", "ROWSalesRightsType": "x456", "Territory": "territory",
    "CountriesIncluded": "x449", "RegionsIncluded": "x450", "CountriesExcluded": "x451", "RegionsExcluded": "x452",
    "ProductSupply": "productsupply", "Market": "market", "SupplyDetail": "supplydetail", "ProductAvailability": "j396",
    "Price": "price", "PriceType": "x462", "PriceAmount": "j151", "CurrencyCode": "j152",
}  # fmt: skip
"""Short tags of the elements that a bookkeeper looks at."""
SOLD = {"01", "02", "07", "08"}
"""List 46: may be sold."""
NOT_TO_BE_HAD = {"01", "03", "05", "06", "07", "08", "10", "11", "12", "15", "16", "17"}
"""List 64."""
HAD_NOWHERE = {"01", "09", "10", *(str(code) for code in range(40, 53))}
"""List 65: nothing can be bought today."""


def books(
    messages: Iterable[Row], data_of: Callable[[Row], Row | None], file_of: Callable[[Row], bytes | None]
) -> dict[str, dict[str, Row]]:
    """Entries by recipient and by what they go by, from messages in the order in which they were taken.

    :param data_of: the data of a message. :param file_of: the file that the data of a feed refers to.
    """
    kept: dict[str, dict[str, Row]] = {}
    for message in messages:
        event = message["event"]
        if not any(delivery["status"] == "acknowledged" for delivery in message["deliveries"]):
            continue
        name, data = ".".join(event["type"].split(".")[-3:-1]), data_of(message)
        if data is None or name not in {"title.feed", "title.updated", "title.withdrawn"}:
            continue
        book = kept.setdefault(event["recipient"], {})
        if name == "title.feed":
            for record in _records(file_of(data) or b""):
                if record["deleted"]:
                    book.pop(record["key"], None)
                else:
                    book[record["key"]] = record
        else:
            was = book.get(data["isbn"], {})
            book[data["isbn"]] = _withdrawn(was, data) if name == "title.withdrawn" else _told(data)
    return kept


def _told(data: Row) -> Row:
    prices = sorted([price["type"], price["currency"], price["amount"]] for price in data["prices"])
    places = data["territories"] or {"included": [], "excluded": []}
    is_open = bool(places["included"]) and data["publishingStatus"] not in NOT_TO_BE_HAD
    entry = {"key": data["isbn"], "isbn": data["isbn"], "status": data["publishingStatus"], "onSale": is_open, "deleted": False}
    return {**entry, "sold": [places] if is_open else [], "prices": prices}


def _withdrawn(entry: Row, data: Row) -> Row:
    return {**entry, "key": data["isbn"], "isbn": data["isbn"], "onSale": False, "sold": [], "prices": [], "deleted": False}


def _records(message: bytes) -> Iterator[Row]:
    if not message:
        return
    parser = etree.iterparse(io.BytesIO(message), tag=("{*}Product", "{*}product"), resolve_entities=False, no_network=True, load_dtd=False)
    for _, product in parser:
        yield _record(product)
        product.clear()


def _record(product: Any) -> Row:
    identifiers = {_text(each, "ProductIDType"): _text(each, "IDValue") for each in _each(product, "ProductIdentifier", "*")}
    status = next((each.text for each in _each(product, "PublishingStatus")), None)
    rights = [(_text(each, "SalesRightsType"), _territory(each)) for each in _each(product, "SalesRights")]
    sold = [territory for kind, territory in rights if kind in SOLD]
    if any(each.text in SOLD for each in _each(product, "ROWSalesRightsType")):
        named = [code for _, territory in rights for code in territory["included"]]
        sold.append({"included": ["WORLD"], "excluded": sorted(named)})
    offers = [detail for detail in _each(product, "SupplyDetail") if _text(detail, "ProductAvailability") not in HAD_NOWHERE]
    is_open = bool(sold and offers) and status not in NOT_TO_BE_HAD
    prices = [
        [_text(price, "PriceType"), _text(price, "CurrencyCode"), _text(price, "PriceAmount")]
        for detail in offers
        for price in _each(detail, "Price")
    ]
    return {
        "key": _text(product, "RecordReference"),
        "isbn": identifiers.get("15") or identifiers.get("03", ""),
        "status": status,
        "onSale": is_open,
        "sold": sold if is_open else [],
        "prices": sorted(prices) if is_open else [],
        "deleted": _text(product, "NotificationType") == "05",
    }


def _territory(element: Any) -> Row:
    codes = {
        name: [code for each in _each(element, name) for code in (each.text or "").split()] for name in SHORT if name.endswith("cluded")
    }
    return {
        "included": codes["CountriesIncluded"] + codes["RegionsIncluded"],
        "excluded": codes["CountriesExcluded"] + codes["RegionsExcluded"],
    }


def _each(element: Any, name: str, where: str = "") -> Iterator[Any]:
    """Elements of a name below another; with `where`, its own children alone."""
    wanted = {name, SHORT[name]}
    inside = element if where else element.iter()
    return (each for each in inside if isinstance(each.tag, str) and etree.QName(each).localname in wanted)


def _text(element: Any, name: str) -> str:
    return next((each.text or "" for each in _each(element, name)), "").strip()
