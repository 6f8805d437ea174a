"""What changed since the last look, from whole lists (contract section 6, `change_source: scan`)."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from colophon.systems.fourallportal.records import PortalObject
from colophon.systems.fourallportal.values import content_hash

Seen = dict[str, list[Any]]
"""By id: `mod_time`, content hash, and how many complete scans did not find it. JSON, for the ledger."""


class Scan(NamedTuple):
    """Objects that are new or changed, ids that are gone for good, and what to remember for the next scan."""

    changed: tuple[PortalObject, ...]
    deleted: tuple[str, ...]
    seen: Seen


def compare(objects: Iterable[PortalObject], before: Mapping[str, list[Any]]) -> Scan:
    """Compare a complete list with the last one. Absent in two complete scans is deleted; absent in one may be a moved page."""
    changed: list[PortalObject] = []
    seen: Seen = {}
    for obj in objects:
        digest = content_hash(obj)
        known = before.get(obj.id)
        # `mod_time` alone also moves when fields change that we do not read.
        if known is None or known[1] != digest:
            changed.append(obj)
        seen[obj.id] = [obj.mod_time, digest, 0]
    absent = {object_id: row for object_id, row in before.items() if object_id not in seen}
    deleted = tuple(sorted(object_id for object_id, row in absent.items() if row[2] >= 1))
    seen |= {object_id: [row[0], row[1], row[2] + 1] for object_id, row in absent.items() if row[2] < 1}
    return Scan(tuple(changed), deleted, seen)
