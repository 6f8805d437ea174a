"""Columns of the import sheets: the vendor's templates where there are some, else the mutation's members in words.

A layout turns one payload into the lines of its sheet (contract sections 8 and 9).
"""

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from colophon.systems.consonance.writes.payloads import OURS, input_type, inputs

Cell = str | int | Decimal | bool | None
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_WRITTEN = {"id": "ID", "ids": "IDs", "url": "URL", "sha256": "SHA-256", "isbn": "ISBN", "onix": "ONIX", "isni": "ISNI", "vat": "VAT"}

SALES = {
    "Product ID type": "productIdType",
    "Product ID": "productId",
    "Channel ID": "channelId",
    "Sales date": "salesDate",
    "List price": "listPrice",
    "Source": "source",
    "Sales quantity": "salesQuantity",
    "Sales value": "salesValue",
    "Return quantity": "returnQuantity",
    "Return value": "returnValue",
    "Country code": "countryCode",
    "Original currency": "originalCurrency",
    "Original sales value": "originalSalesValue",
    "Original return value": "originalReturnValue",
    "File": "file",
    "Notes": "notes",
}
"""DOC: the sales import template; the last two columns are optional and left out where nothing is in them."""
SALES_ID_TYPES = {"ISBN": "ISBN", "ASIN": "ASIN", "INTERNAL_REFERENCE": "Internal reference", "CONSONANCE_ID": "Consonance ID"}
PAYMENTS = {"Contract ID": "contractId", "Product ID": "productId", "Contact ID": "contactId", "Past payment total": "amount"}
"""The part of the contract royalties import (royalty payees) that records a payment: one row for each product (DOC)."""
RESTRICTED = frozenset({"TAX_STATUS", "TAX_ID", "VAT_NUMBER", "BANK_REFERENCE"})
"""Contact fields that only go to a sheet marked `restricted`."""


class Line(NamedTuple):
    """One line of a sheet, or why there is none: the field at fault and what is wrong with it."""

    cells: Mapping[str, Cell]
    fault: str = ""


def headers(operation: str) -> list[str]:
    """The first line of an operation's sheet, in order."""
    return list(_columns(operation))


def optional(operation: str) -> frozenset[str]:
    """Headers that a sheet leaves out where nothing stands under them: to an importer, a blank column ends the data (DOC)."""
    if operation == "importSales":
        return frozenset({"File", "Notes"})
    return frozenset(headers(operation)) - {"Contact ID"} if operation == "upsertContactFields" else frozenset()


def lines(operation: str, reference: str, payload: Mapping[str, Any]) -> list[Line]:
    """The lines for one payload. A line with a fault stands for what the sheet cannot carry."""
    return _SPECIAL.get(operation, _plain_lines)(operation, {**payload, "externalReference": reference})


def is_restricted(operation: str, payload: Mapping[str, Any]) -> bool:
    """Whether a payload holds tax or bank values."""
    return operation == "upsertContactFields" and any(given["name"] in RESTRICTED for given in payload["fields"])


def meaning(operation: str, payload: Mapping[str, Any]) -> str:
    """What a line says that the vendor's columns leave out: "Past payment total" stands without currency and day."""
    if operation != "recordPayment":
        return ""
    return f"one payment of {Decimal(payload['amount'])} {payload['currencyCode']} on {payload['paidOn']}; not the sum of earlier ones"


def in_words(name: str) -> str:
    """`dueOn` -> `Due on`, `assigneeContactId` -> `Assignee contact ID`."""
    if name in _WRITTEN:
        return _WRITTEN[name]
    split = re.sub(r"[sS]ha256", " sha256 ", name).split()
    words = [part.lower() for piece in split for part in ([piece] if piece == "sha256" else _WORD.findall(piece))]
    text = " ".join(_WRITTEN.get(word, word) for word in words)
    return text[0].upper() + text[1:]


def _columns(operation: str) -> Mapping[str, str]:
    """Header -> member."""
    match operation:
        case "importSales":
            return SALES
        case "recordPayment":
            return PAYMENTS
        case "upsertContactFields":
            names = inputs()["ContactFieldInput"].fields["name"].type.of_type.values
            return {"Contact ID": "contactId", **{in_words(_camel(name)): name for name in names}}
        case "recordPerformance":
            members = ["externalReference", "source", *inputs()["PerformanceRowInput"].fields]
        case _:
            members = [name for name in inputs()[input_type(operation)].fields if name not in OURS - {"externalReference"}]
    return {in_words(name): name for name in members}


def _plain_lines(operation: str, payload: Mapping[str, Any]) -> list[Line]:
    return [Line({header: _cell(payload.get(member)) for header, member in _columns(operation).items()})]


def _sales(operation: str, payload: Mapping[str, Any]) -> list[Line]:
    numbers = ("listPrice", "salesValue", "returnValue", "originalSalesValue", "originalReturnValue")
    return _plain_lines(
        operation,
        {
            **payload,
            **{name: Decimal(payload[name]) for name in numbers if payload.get(name) is not None},
            "productIdType": SALES_ID_TYPES[payload["productIdType"]],
        },
    )


def _contract(operation: str, payload: Mapping[str, Any]) -> list[Line]:
    money = ("remainderRateOverCost", "guaranteedRoyaltyValue", "flatFeeValue")
    return _plain_lines(operation, {**payload} | {name: Decimal(payload[name]) for name in money if payload.get(name) is not None})


def _payment(operation: str, payload: Mapping[str, Any]) -> list[Line]:
    amount = Decimal(payload["amount"])
    line = _plain_lines(operation, {**payload, "amount": amount})[0]
    if amount <= 0:
        return [line._replace(fault="amount is not above 0: unearned balances are no payments")]
    return [line]


def _contact(operation: str, payload: Mapping[str, Any]) -> list[Line]:
    given = {field["name"]: field.get("value") for field in payload["fields"]}
    empty = sorted(name for name, value in given.items() if value is None)
    line = _plain_lines(operation, {"contactId": payload["contactId"], **given})[0]
    return [line._replace(fault=f"{', '.join(empty)}: an import cannot clear a field")] if empty else [line]


def _performance(operation: str, payload: Mapping[str, Any]) -> list[Line]:
    shared = {"externalReference": payload["externalReference"], "source": payload["source"]}
    return [line for row in payload["rows"] for line in _plain_lines(operation, {**shared, **row})]


def _cell(value: Any) -> Cell:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ";".join(map(str, value))
    return value if isinstance(value, str | int | Decimal | None) else str(value)


def _camel(name: str) -> str:
    first, *rest = re.sub(r"(\d)", r"_\1", name.lower()).split("_")
    return first + "".join(part.capitalize() for part in rest)


_SPECIAL: Mapping[str, Callable[[str, Mapping[str, Any]], list[Line]]] = {
    "importSales": _sales,
    "recordPayment": _payment,
    "updateContract": _contract,
    "upsertContactFields": _contact,
    "recordPerformance": _performance,
}
