"""Which delivery of a message a recipient speaks of: by our reference, or else by a number of the product."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

_HARM = {"failed": 2, "confirmed": 1}


class Acknowledged(NamedTuple):
    """A recipient's word on one record of a message: which, its outcome, and why.

    `numbers` name the record where the reference is not ours; `status` is the recipient's own word.
    """

    record_reference: str
    outcome: str
    code: str
    detail: str
    numbers: tuple[str, ...] = ()
    status: str = ""


def matched(members: Sequence[Any], records: Iterable[Acknowledged]) -> tuple[dict[str, Acknowledged], list[Acknowledged]]:
    """The word on each delivery, the worst where there are several, and records that are none of them.

    A record is known by our reference, or else by a number that it or its title has.
    """
    by_reference, by_number = defaultdict[str, list[str]](list), defaultdict[str, list[str]](list)
    for row in members:
        by_reference[row.labels.get("record_reference", "")].append(row.id)
        for number in {row.isbn or "", row.labels.get("gtin", ""), row.subject.removeprefix("isbn:")}:
            by_number[number].append(row.id)
    heard, strangers = defaultdict[str, list[Acknowledged]](list), list[Acknowledged]()
    for record in records:
        ids = by_reference.get(record.record_reference) if record.record_reference else None
        ids = ids or next((by_number[number] for number in record.numbers if number in by_number), None)
        if not ids:
            strangers.append(record)
        for key in ids or ():
            heard[key].append(record)
    return {key: _worst(of) for key, of in heard.items()}, strangers


def _worst(records: Sequence[Acknowledged]) -> Acknowledged:
    """Of several words on one record the worst, with the reasons of all that are as bad."""
    worst = max(_HARM.get(record.outcome, 0) for record in records)
    alike = [record for record in records if _HARM.get(record.outcome, 0) == worst]
    first = max(alike, key=lambda record: bool(record.code or record.detail))
    return first._replace(detail="; ".join(dict.fromkeys(record.detail for record in alike if record.detail)))
