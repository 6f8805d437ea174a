"""The lists that a publisher keeps beside Consonance, of people and firms and of what it has no field for, as files with these columns."""

from datetime import date
from typing import Any

from colophon_sandbox.systems.consonance.records import Records
from colophon_sandbox.systems.consonance.sheets import Cell, Table

COLUMNS = {
    "readers": {
        "Reader ID": "id", "Name": "name", "E-mail": "email", "Address line 1": "line1", "Town": "town", "Postcode": "postcode",
        "Country": "country", "Language": "language", "Delivery preference": "preference", "Consent": "consent",
        "Consent given on": "consentOn", "Consent given at": "consentSource", "Opted out on": "optedOutOn",
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
    "supplement": {
        "ISBN": "isbn13",
        "Product ID": "id",
        "GTIN": "gtin13",
        "Accessibility": "accessibility",
        "Form details": "form_details",
        "Form features": "form_features",
        "Form description": "form_description",
        "Packaging": "packaging",
        "Trade category": "trade_category",
        "Content types": "content_types",
        "Country of manufacture": "country_of_manufacture",
        "Classifications": "classifications",
        "Barcodes": "barcodes",
        "Technical protection": "protections",
        "Usage constraints": "constraints",
        "Price constraints": "price_constraints",
        "Licence": "license_name",
        "Licence link": "license_link",
        "Product parts": "parts",
        "Keywords": "keywords",
        "Subject scheme versions": "subject_versions",
        "Audience codes": "audiences",
        "Age from": "age_from",
        "Age to": "age_to",
        "Reading age from": "reading_age_from",
        "Reading age to": "reading_age_to",
        "Weight (g)": "weight_gr",
        "Extents": "extents",
        "Number of illustrations": "illustrations",
        "Illustrations note": "illustrations_note",
        "Edition types": "edition_types",
        "Unnamed persons": "unnamed",
        "Contributor countries": "contributor_places",
        "Contributor websites": "contributor_links",
        "Parent series": "parent_series",
        "Related works": "related_works",
        "Related products": "related_products",
        "Files": "files",
        "Prizes": "prizes",
        "Contacts": "contacts",
        "Manufacturer": "manufacturer",
        "Sales restrictions": "restrictions",
        "City of publication": "city",
        "Copyright year": "copyright_year",
        "Copyright owner": "copyright_owner",
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
