"""What can be written back to Consonance, and whether a payload is fit to go (contract sections 3, 6, 7, 9).

A payload is judged before it goes anywhere, so that a mutation and a sheet refuse the same things, each fault named by its
field and without its value. Members are those of the mutation's input, without `externalReference` and `clientMutationId`.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from colophon.errors import InvalidError
from colophon.http.operation import DeliveryClass
from colophon.ledger.write_backs import TrayRow, WriteBack
from colophon.sealing import is_sealed
from colophon.systems.consonance.graphql.capabilities import Capabilities
from colophon.systems.consonance.writes.payloads import faults, input_type, inputs, plain

CONSONANCE = "consonance"
"""Destination of what is written back."""
FEATURE_MISSING, WRITES_OFF, REFUSED = "feature_missing", "writes_off", "refused:"
IN_WORDS = {
    FEATURE_MISSING: "the account has no mutation for this",
    WRITES_OFF: "the connection says that people load all changes",
}

A, B, C = DeliveryClass.A, DeliveryClass.B, DeliveryClass.C
_REFERENCE = re.compile(r"[A-Za-z0-9._:-]{1,120}")


class Kind(NamedTuple):
    """One operation. `writes` None: only sheets can. `appends`: a reference never takes other content later.

    `ordered_by` names the member that says when it was true, where an older one must not replace a newer one.
    """

    writes: DeliveryClass | None
    is_extension: bool = True
    appends: bool = False
    ordered_by: str = ""


KINDS: Mapping[str, Kind] = {
    "upsertTodo": Kind(A),
    "createWorkNote": Kind(A, appends=True),
    "upsertExternalAsset": Kind(A),
    "recordCommunication": Kind(A, ordered_by="at"),
    "recordChannelStatus": Kind(A, ordered_by="at"),
    "recordPerformance": Kind(A),
    "upsertContactFields": Kind(A),
    "upsertMarketingText": Kind(A),
    "recordPayment": Kind(A, appends=True),
    "updateContract": Kind(B, is_extension=False),
    "createMarketingText": Kind(C, is_extension=False, appends=True),
    "createSupportingResource": Kind(C, is_extension=False, appends=True),
    "importSales": Kind(None, is_extension=False, appends=True),
}


def reference_of(*parts: str) -> str:
    """A reference of several parts; what a reference cannot hold is a hyphen in it."""
    return re.sub(r"[^A-Za-z0-9._:-]", "-", ":".join(parts))


@dataclass(frozen=True, slots=True)
class WriteOp:
    """One thing that Consonance should learn.

    `reference` comes from use case and subject, never from the content (`pn6:9781234567897:cover_missing`). Values of
    `members` are plain: text, whole numbers, Decimal, dates, aware datetimes, lists; never float.
    """

    operation: str
    reference: str
    subject: str
    use_case: str
    members: Mapping[str, object] = field(repr=False)

    def checked(self) -> WriteBack:
        """The write-back with its payload as plain JSON: money as decimal text, moments in UTC.

        :raises InvalidError: the operation is unknown, or members are at fault; names all of them.
        """
        if self.operation not in KINDS:
            raise InvalidError("there is no such write-back", system="consonance", operation=self.operation, subject=self.subject)
        payload = {name: plain(value) for name, value in self.members.items()}
        problems = [] if _REFERENCE.fullmatch(self.reference) else ["externalReference has other than 1 to 120 of A-Z a-z 0-9 . _ : -"]
        problems += faults(self.operation, payload)
        if problems:
            raise InvalidError("; ".join(problems), system="consonance", operation=self.operation, subject=self.subject)
        ordered_by = KINDS[self.operation].ordered_by
        return WriteBack(self.operation, self.reference, self.subject, self.use_case, payload, ordered_by)


def op_of(content: bytes, use_case: str) -> WriteOp:
    """The write-back in a delivery's content."""
    told = json.loads(content)
    return WriteOp(told["operation"], told["reference"], told["subject"], use_case, told["members"])


def item_of(row: TrayRow) -> WriteBack:
    """A row of the tray as what is to be written."""
    return WriteBack(row.operation, row.external_reference, row.subject, row.use_case, row.payload, KINDS[row.operation].ordered_by)


def offers(found: Capabilities, item: WriteBack) -> bool:
    """Whether an account has the mutation for a write-back, and the text variant that it names."""
    kind = KINDS[item.operation]
    if kind.writes is None:
        return False
    if f"MarketingTextVariant.{item.payload.get('variant')}" in found.missing_fields:
        return False
    if kind.is_extension:
        return f"mutation.{item.operation}" in found.features
    return f"Mutation.{item.operation}" not in found.missing_fields


def to_wire(item: WriteBack) -> dict[str, Any]:
    """The payload as the mutation's input: with our reference, and money as a number where the schema has Float."""
    fields = inputs()[input_type(item.operation)].fields
    given = dict(item.payload)
    for name, value in item.payload.items():
        if str(fields[name].type) == "Amount" and value is not None:
            given[name] = float(value)  # the schema's type; its shortest text is the decimal number that `_amount` accepted
    return {**given, "externalReference": item.reference} if KINDS[item.operation].is_extension else given


def revealed(wire: Mapping[str, Any], reveal: Callable[[str], str]) -> dict[str, Any]:
    """The input with the values of a contact's fields opened: what is sealed here is clear only on its way."""
    fields = [{**row, "value": reveal(row["value"])} if row.get("value") else row for row in wire.get("fields") or ()]
    return {**wire, **({"fields": fields} if fields else {})}


def is_clear(payload: Mapping[str, Any], reveal: Callable[[str], str]) -> bool:
    """Whether nothing of a payload stays sealed once it is opened."""
    return not any(is_sealed(row["value"]) for row in revealed(payload, reveal).get("fields") or () if row.get("value"))


def in_words(reason: str) -> str:
    """Why a row is in the tray, for people."""
    code = reason.removeprefix(REFUSED)
    return IN_WORDS.get(reason) or (f"Consonance refused it: {code}" if code != reason else f"it may have been done already ({code})")
