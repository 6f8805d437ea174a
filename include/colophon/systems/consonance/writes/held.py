"""What Consonance holds under our references, to be compared with what it was told - through the tray or by a delivery - and told again."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from colophon.errors import FeatureMissingError
from colophon.ledger import Ledger
from colophon.ledger.write_backs import TrayRow, WriteBack
from colophon.systems.consonance.client import ConsonanceClient
from colophon.systems.consonance.graphql import queries
from colophon.systems.consonance.graphql.external_records import external_record
from colophon.systems.consonance.writes.mutations import Mutations
from colophon.systems.consonance.writes.operations import CONSONANCE, KINDS, is_clear, item_of, op_of


class Told(NamedTuple):
    """One thing that Consonance was told and was seen to have. `id`: of the row of the tray, or of the delivery where there is no row."""

    id: str
    row: TrayRow | None = None


class Held(NamedTuple):
    """What is there under one reference. `other`: names of fields that say something else; never what they say, which may be personal."""

    subject: str
    other: tuple[str, ...]
    at: datetime | None


def told_of(ledger: Ledger) -> dict[str, Told]:
    """What Consonance has confirmed of us, by `operation:reference`: the newest of each; what no reference leads back to is left out."""
    sent = {each.remote_id.replace("/", ":", 1): Told(each.delivery_id) for each in ledger.confirmed(CONSONANCE)}
    rows = {f"{row.operation}:{row.external_reference}": Told(row.id, row) for row in ledger.tray.rows(("verified",))}
    return {subject: told for subject, told in (sent | rows).items() if KINDS[subject.partition(":")[0]].is_extension}


def written(ledger: Ledger, told: Told) -> WriteBack | None:
    """What was written then; None where the ledger does not keep it any more."""
    if told.row is not None:
        return item_of(told.row)
    content = ledger.content_of(told.id)
    return op_of(content, "").checked() if content is not None else None


def held_of(client: ConsonanceClient, ledger: Ledger, told: Mapping[str, Told]) -> Iterator[Held]:
    """What is there of it, read in pages; what is gone is absent, and of what we do not know any more only that it is there.

    :raises FeatureMissingError: the account tells nothing by our references.
    """
    if not client.extension.offers("external_records"):
        raise FeatureMissingError("the account tells nothing by our references", system="consonance", subject="external_records")
    mutations = Mutations(client.account)
    for operation in sorted({subject.partition(":")[0] for subject in told}):
        for page in client.extension.pages("external_records", queries.EXTERNAL, external_record, kindEq=operation):
            for record in page.records:
                subject = f"{operation}:{record.reference}"
                if subject in told:
                    item = written(ledger, told[subject])
                    other = mutations.differing(item, record) if item else []
                    yield Held(subject, tuple(other), record.updated_at)


def write_again(mutations: Mutations, items: Iterable[WriteBack]) -> int:
    """Write these once more under their references: where one is there already, nothing changes. How many were written. Raises as `Mutations.send`.

    What is sealed, and cannot be opened here, is not written.
    """
    clear = (item for item in items if is_clear(item.payload, mutations.reveal))
    return sum(not written.refusal for item in clear for written in mutations.send([item]))
