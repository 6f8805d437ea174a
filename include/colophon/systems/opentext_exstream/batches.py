"""Driver data `colophon-driver-1` (contract section 4): checked, numbered, split; the same letters give the same key."""

import hashlib
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from colophon.http.jsontext import write_json
from colophon.systems.opentext_exstream.records import Batch, Document, Recipient, Unfit

HEAD_BYTES = 512
"""More than the frame around the customers takes."""


def build(document: Document, recipients: Sequence[Recipient], *, most_customers: int, most_bytes: int) -> tuple[list[Batch], list[Unfit]]:
    """Batches of at most so many customers and bytes, and the recipients that are in none of them."""
    good: list[tuple[Recipient, int]] = []
    unfit: list[Unfit] = []
    for recipient in recipients:
        size = _size(document, recipient)
        told = why_unfit(recipient) or (Unfit(recipient.delivery_id, "is larger than a batch may be", "") if size > most_bytes else None)
        if told:
            unfit.append(told)
        else:
            good.append((recipient, size))
    return [make(document, part) for part in _parts(good, most_customers, most_bytes - HEAD_BYTES)], unfit


def make(document: Document, recipients: Sequence[Recipient]) -> Batch:
    """One batch; `key` says which letters it has, and not in which order they were given."""
    ordered = sorted(recipients, key=lambda r: r.delivery_id)
    contents = [(r.delivery_id, hashlib.sha256(write_json(_customer(document, r))).hexdigest()) for r in ordered]
    key = hashlib.sha256(write_json([*document, contents])).hexdigest()
    customers = [{"CustomerNumber": str(number), **_customer(document, r)} for number, r in enumerate(ordered, 1)]
    frame = {"ColophonBatchKey": key, "Edition": document.edition, "Count": len(customers)}
    content = write_json({"batch": frame, "customers": customers})
    return Batch(key, content, {str(number): r.delivery_id for number, r in enumerate(ordered, 1)})


def why_unfit(recipient: Recipient) -> Unfit | None:
    """Why a recipient cannot go. A name with a space would be mapped to nothing, silently."""
    letter = recipient.letter
    if place := _blank_name(letter.data, "Data") or _blank_name(letter.address or {}, "Address"):
        return Unfit(recipient.delivery_id, "has a member name with a space", place)
    if place := _not_text_money(letter.data, "Data"):
        return Unfit(recipient.delivery_id, "has a number with a fraction that is no decimal text", place)
    if letter.delivery_preference == "email" and "@" not in (letter.email_address or ""):
        return Unfit(recipient.delivery_id, "wants e-mail and has no address", "EmailAddress")
    return None


def _parts(good: Sequence[tuple[Recipient, int]], most: int, most_bytes: int) -> Iterator[list[Recipient]]:
    part: list[Recipient] = []
    size = 0
    for recipient, bytes_ in good:
        if part and (len(part) == most or size + bytes_ > most_bytes):
            yield part
            part, size = [], 0
        part.append(recipient)
        size += bytes_
    if part:
        yield part


def _customer(document: Document, recipient: Recipient) -> dict[str, Any]:
    letter = recipient.letter.model_dump(by_alias=True, exclude_none=True)
    return {**letter, "ColophonDeliveryId": recipient.delivery_id, "Document": document.kind}


def _size(document: Document, recipient: Recipient) -> int:
    return len(write_json(_customer(document, recipient))) + 40


def _blank_name(value: Any, place: str) -> str:
    if isinstance(value, dict):
        for name, member in value.items():
            if any(letter.isspace() for letter in str(name)):
                return f"{place}.{name}"
            if below := _blank_name(member, f"{place}.{name}"):
                return below
    elif isinstance(value, list | tuple):
        return next((below for item in value if (below := _blank_name(item, place))), "")
    return ""


def _not_text_money(value: Any, place: str) -> str:
    """Place of a number that is neither whole nor text: JSON numbers with a fraction lose cents on their way."""
    if isinstance(value, float) or (isinstance(value, Decimal) and not value.is_finite()):
        return place
    if isinstance(value, dict):
        return next((below for name, member in value.items() if (below := _not_text_money(member, f"{place}.{name}"))), "")
    if isinstance(value, list | tuple):
        return next((below for item in value if (below := _not_text_money(item, place))), "")
    return ""
