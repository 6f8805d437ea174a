"""EXT: what was written into the account by reference, read back (contract sections 6 and 7)."""

from typing import Any

from colophon.domain.external_record import ExternalRecord
from colophon.domain.finding import Finding
from colophon.errors import BadShapeError
from colophon.http.jsontext import read_json
from colophon.systems.consonance.graphql.wire import Row, moment, required_int, required_text, unreadable, whole
from colophon.systems.consonance.unreadable import read_or_report


def external_from(row: Row) -> ExternalRecord | Finding:
    """One record; a payload that cannot be read is never shown."""
    return read_or_report("external_record", row, external_record)


def external_record(row: Row) -> ExternalRecord:
    """One record.

    :raises BadRecordError: it makes no sense.
    """
    return ExternalRecord(
        id=required_int(row, "id"),
        revision=whole(row, "revision"),
        updated_at=moment(row, "updatedAt"),
        kind=required_text(row, "kind"),
        reference=required_text(row, "externalReference"),
        work_id=whole(row, "workId"),
        product_id=whole(row, "productId"),
        contract_id=whole(row, "contractId"),
        contact_id=whole(row, "contactId"),
        payload=_payload(row),
    )


def _payload(row: Row) -> dict[str, Any]:
    try:
        found = read_json(required_text(row, "payload").encode())
    except BadShapeError:
        found = None
    if not isinstance(found, dict):
        raise unreadable("payload", "a value that is not shown here", "a JSON object as text")
    return found
