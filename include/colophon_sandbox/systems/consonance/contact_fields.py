"""How contacts want to be reached, as the report file `contacts`: of each field what was observed last."""

from collections import defaultdict

from colophon_sandbox.systems.consonance.records import Records
from colophon_sandbox.systems.consonance.sheets import Table

COLUMNS = {
    "Email": "EMAIL", "Phone": "PHONE", "Address line 1": "ADDRESS_LINE1", "Address line 2": "ADDRESS_LINE2", "City": "CITY",
    "Postcode": "POSTCODE", "Country": "COUNTRY", "Language": "LANGUAGE", "Delivery preference": "DELIVERY_PREFERENCE",
    "Consent external": "CONSENT_EXTERNAL", "Opted out": "OPTED_OUT",
}  # fmt: skip
_WORDS = {
    "DELIVERY_PREFERENCE": {"EMAIL": "Email", "PRINT": "Print", "WEB": "Web"},
    "CONSENT_EXTERNAL": {"true": "Yes", "false": "No"},
    "OPTED_OUT": {"true": "Yes", "false": "No"},
}


def table(records: Records) -> Table:
    """A row for each contact that told anything; what it did not tell is blank."""
    told: dict[int, dict[str, str | None]] = defaultdict(dict)
    for _, row in sorted(records.table("contactFields").items(), key=lambda item: (item[1].get("observedAt") or "", item[0])):
        told[row["contactId"]][row["name"]] = _WORDS.get(row["name"], {}).get(row["value"], row["value"])
    rows = [[contact_id, *map(fields.get, COLUMNS.values())] for contact_id, fields in sorted(told.items())]
    return [("Contact ID", *COLUMNS), *rows]
