"""The lists of people and firms that a publisher keeps beside Consonance, as files with these columns."""

from datetime import date
from typing import Any

from colophon_sandbox.systems.consonance.records import Records
from colophon_sandbox.systems.consonance.sheets import Cell, Table

COLUMNS = {
    "readers": {
        "Reader ID": "id", "Name": "name", "E-mail": "email", "Postcode": "postcode", "Country": "country", "Language": "language",
        "Delivery preference": "preference", "Consent": "consent", "Opted out on": "optedOutOn",
    },
    "subscriptions": {"Subscription ID": "id", "Reader ID": "readerId", "Club": "club", "Started on": "startedOn", "Ends on": "endsOn"},
    "orders": {
        "Order ID": "id", "Reader ID": "readerId", "ISBN": "isbn13", "Quantity": "quantity", "Ordered on": "orderedOn", "Status": "status",
    },
    "offers": {
        "Offer ID": "id", "Name": "name", "ISBN": "isbn13", "Price": "price", "Currency": "currencyCode", "Starts on": "startsOn",
        "Ends on": "endsOn",
    },
    "partners": {
        "Partner ID": "id", "Contact ID": "contactId", "Kind": "kind", "Delivery preference": "preference", "Active": "active",
    },
}  # fmt: skip


def table(records: Records, name: str) -> Table:
    """All rows of a list, by id."""
    columns = COLUMNS[name]
    return [tuple(columns), *([_cell(key, row.get(key)) for key in columns.values()] for _, row in sorted(records.table(name).items()))]


def _cell(key: str, value: Any) -> Cell:
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return date.fromisoformat(value) if key.endswith("On") and value else value
