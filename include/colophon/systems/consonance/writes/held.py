"""What Consonance holds under our references, to be compared with what was written, and written again."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from colophon.errors import FeatureMissingError
from colophon.ledger.write_backs import TrayRow
from colophon.systems.consonance.client import ConsonanceClient
from colophon.systems.consonance.writes.mutations import holds
from colophon.systems.consonance.writes.operations import KINDS
from colophon.systems.consonance.writes.write_back import item_of


class Held(NamedTuple):
    """What is there under one reference. `other`: names of fields that say something else; never what they say, which may be personal."""

    subject: str
    other: Sequence[str]
    at: datetime | None


def held_of(client: ConsonanceClient, rows: Iterable[TrayRow]) -> Iterator[Held]:
    """What is there of some write-backs, one by one; what is gone is absent.

    :raises FeatureMissingError: the account tells nothing by our references.
    """
    if "external_records" not in client.capabilities().features:
        raise FeatureMissingError("the account tells nothing by our references", system="consonance", subject="external_records")
    newest = {(row.operation, row.external_reference): row for row in rows if KINDS[row.operation].is_extension}
    for (operation, reference), row in newest.items():
        record = client.find_external(reference, operation)
        if record is not None:
            is_same = holds(record, item_of(row))
            names = [name for name, value in row.payload.items() if record.payload.get(name) != value] if not is_same else []
            yield Held(f"{operation}:{reference}", names or ([] if is_same else ["it"]), record.updated_at)


def write_again(client: ConsonanceClient, rows: Iterable[TrayRow]) -> int:
    """Write these once more under their references: where one is there already, nothing changes. How many were written. Raises as `Mutations.send`."""
    return sum(not written.refusal for row in rows for written in client.mutations.send([item_of(row)]))
