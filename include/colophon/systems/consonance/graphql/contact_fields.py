"""EXT: fields of contacts through GraphQL, and rows of the report `contacts` -> one record a contact (contract sections 6 and 8).

Values never stand in a finding. Tax and bank values are not asked for by the report, and dropped as they come in by GraphQL.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any, NamedTuple

from colophon.domain.contact_fields import ContactFields, DeliveryPreference
from colophon.domain.finding import Finding
from colophon.errors import BadRecordError
from colophon.systems.consonance.graphql import wire
from colophon.systems.consonance.graphql.queries import Document
from colophon.systems.consonance.graphql.wire import Row, moment, required_int, required_text, text
from colophon.systems.consonance.reports import cells
from colophon.systems.consonance.reports.layouts import SheetSpec
from colophon.systems.consonance.reports.rows import ReportRow, Rows, read_rows, unique_key
from colophon.systems.consonance.unreadable import read_or_report

FIELDS = Document(
    "FieldsOfContactsPage",
    "contactFields",
    "query FieldsOfContactsPage($search: RecordSearchAttributes!) { contactFields(contactFieldSearch: $search)"
    " { id contactId name value observedAt } }",
)
_TEXTS = {
    "EMAIL": "email", "PHONE": "phone", "ADDRESS_LINE1": "line1", "ADDRESS_LINE2": "line2", "CITY": "town", "POSTCODE": "postcode",
    "COUNTRY": "country", "LANGUAGE": "language",
}  # fmt: skip
_FLAGS = {"CONSENT_EXTERNAL": "has_consented", "OPTED_OUT": "has_opted_out"}
_TRUE_OR_FALSE = {"true": True, "false": False}

_PRIVATE = frozenset({"email", "phone", "line1", "line2", "town", "postcode"})
SHEET = SheetSpec(
    needed=frozenset({"contact_id"}),
    optional=_PRIVATE | {"country", "language", "prefers", "has_consented", "has_opted_out"},
    private=_PRIVATE,
)
_PREFERENCES = {preference.capitalize(): preference for preference in DeliveryPreference} | {"E-mail": DeliveryPreference.EMAIL}


class FieldOfContact(NamedTuple):
    """One field as a source told it at a moment."""

    id: int
    contact_id: int
    name: str
    value: str | None
    observed_at: datetime

    def __repr__(self) -> str:
        return f"FieldOfContact({self.id}, {self.contact_id}, {self.name})"


def field_from(row: Row) -> FieldOfContact | Finding:
    """One field; its value only where somebody here needs it."""
    return read_or_report("contact_field", row, _field)


def by_contact(fields: Iterable[FieldOfContact | Finding]) -> Iterator[ContactFields | Finding]:
    """One record a contact: of each field what was observed last. A value that cannot be read is a finding, and *not told*."""
    newest: dict[int, dict[str, FieldOfContact]] = defaultdict(dict)
    for found in fields:
        if isinstance(found, Finding):
            yield found
            continue
        known = newest[found.contact_id].get(found.name)
        if known is None or (known.observed_at, known.id) < (found.observed_at, found.id):
            newest[found.contact_id][found.name] = found
    for contact_id, told in sorted(newest.items()):
        members: dict[str, Any] = {}
        for field in told.values():
            read = read_or_report("contact_field", {"id": field.id}, partial(_members, field))
            if isinstance(read, Finding):
                yield read
            else:
                members |= read
        yield ContactFields(contact_id=contact_id, **members)


def contact_fields(rows: Rows) -> Iterator[ContactFields | Finding]:
    """One contact a row; none twice."""
    check = unique_key("contact_id")
    return read_rows(rows, lambda row: [_of_row(row, check(row))])


def _field(row: Row) -> FieldOfContact:
    name = required_text(row, "name")
    is_needed = name in _TEXTS or name in _FLAGS or name == "DELIVERY_PREFERENCE"
    return FieldOfContact(
        id=required_int(row, "id"),
        contact_id=required_int(row, "contactId"),
        name=name,
        value=_value(row) if is_needed else None,
        observed_at=moment(row, "observedAt") or datetime.min.replace(tzinfo=UTC),
    )


def _value(row: Row) -> str | None:
    try:
        return text(row, "value")
    except BadRecordError as fault:
        fault.evidence = wire.HIDDEN
        raise


def _members(found: FieldOfContact, _: Row) -> Mapping[str, Any]:
    """The member that a field is, read; none for a field that nobody here needs."""
    if found.value is None:
        return {}
    if found.name in _TEXTS:
        return {_TEXTS[found.name]: found.value}
    if found.name in _FLAGS:
        if found.value not in _TRUE_OR_FALSE:
            raise wire.unreadable(found.name, wire.HIDDEN, "true or false")
        return {_FLAGS[found.name]: _TRUE_OR_FALSE[found.value]}
    if found.value not in DeliveryPreference.__members__:
        raise wire.unreadable(found.name, wire.HIDDEN, f"one of {', '.join(DeliveryPreference)}")
    return {"prefers": DeliveryPreference(found.value)}


def _of_row(row: ReportRow, contact_id: int | None) -> ContactFields:
    if contact_id is None:
        raise row.unfit("contact_id", "an id")
    return ContactFields(
        contact_id=contact_id,
        prefers=row.get("prefers", cells.word(_PREFERENCES)),
        language=row.get("language", cells.text),
        has_consented=row.get("has_consented", cells.word(cells.YES_OR_NO)),
        has_opted_out=row.get("has_opted_out", cells.word(cells.YES_OR_NO)),
        email=row.get("email", cells.text),
        phone=row.get("phone", cells.text),
        line1=row.get("line1", cells.text),
        line2=row.get("line2", cells.text),
        town=row.get("town", cells.text),
        postcode=row.get("postcode", cells.text),
        country=row.get("country", cells.country),
        origin=row.origin,
    )
