"""Which assets may be used: approved, out of embargo, and the newest of their kind (contract section 5)."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import NamedTuple

from colophon.errors import BadRecordError
from colophon.systems.fourallportal.mapping import PortalMapping
from colophon.systems.fourallportal.records import Entry, PortalObject
from colophon.systems.fourallportal.values import fv, read_text, read_value

_VERSION = re.compile(r"\d+(\.\d+)*")


class Asset(NamedTuple):
    """A file of the DAM. `kind` is our word; `embargo_until` as the portal writes it, a day or a moment."""

    id: str
    isbn: str
    kind: str
    version: str
    status: str
    embargo_until: str
    sha256: str
    name: str
    media_type: str
    mod_time: str


@dataclass(slots=True)
class ApprovedAssets:
    """Approved assets by (isbn, kind), newest first; statuses that the mapping does not name; ids that could not be read."""

    approved: dict[tuple[str, str], list[Asset]] = field(default_factory=dict)
    unnamed_statuses: set[str] = field(default_factory=set)
    faults: list[BadRecordError] = field(default_factory=list)

    def best(self, isbn: str, kind: str) -> Asset | None:
        """The newest approved version; None where nothing is approved."""
        found = self.approved.get((isbn, kind))
        return found[0] if found else None


def read_asset(obj: PortalObject, mapping: PortalMapping, approvals: Mapping[str, str] | None = None) -> Asset:
    """A file object as an asset. `approvals` are statuses by file id, where they are a module of their own.

    :raises BadRecordError: a field that cannot be read.
    """
    rules = mapping.asset
    kinds = {theirs: ours for ours, theirs in mapping.asset_kinds.items()}
    kind = read_text(obj, rules.kind)
    status = approvals.get(obj.id, "") if approvals is not None else read_text(obj, mapping.approval.field)
    return Asset(
        obj.id,
        read_text(obj, rules.isbn),
        kinds.get(kind, ""),
        read_text(obj, rules.version),
        status,
        read_text(obj, rules.embargo),
        read_text(obj, rules.sha256),
        read_text(obj, rules.name),
        read_text(obj, rules.media_type),
        obj.mod_time,
    )


def approved_assets(
    files: Iterable[PortalObject], mapping: PortalMapping, *, as_of: datetime, approvals: Mapping[str, str] | None = None
) -> ApprovedAssets:
    """What may be used at `as_of` (aware). A status that the mapping does not name is not approved, and is reported once."""
    shelf = ApprovedAssets()
    known = {*mapping.approval.approved, *mapping.approval.withdrawn, ""}
    for obj in files:
        try:
            asset = read_asset(obj, mapping, approvals)
            is_free = not _is_embargoed(asset, as_of)
        except BadRecordError as problem:
            shelf.faults.append(problem)
            continue
        if asset.status not in known:
            shelf.unnamed_statuses.add(asset.status)
        if asset.status in mapping.approval.approved and is_free and asset.isbn and asset.kind:
            shelf.approved.setdefault((asset.isbn, asset.kind), []).append(asset)
    for found in shelf.approved.values():
        by_version = all(_VERSION.fullmatch(asset.version) for asset in found)
        found.sort(key=_by_version if by_version else _by_time, reverse=True)
    return shelf


def approval_statuses(objects: Iterable[PortalObject], mapping: PortalMapping) -> dict[str, str]:
    """Statuses by file id, of approvals that are a module of their own; the newest one counts."""
    found: dict[str, str] = {}
    for obj in sorted(objects, key=lambda one: one.mod_time):
        linked = read_value(obj, mapping.approval.file_link or "")
        for file_id in (linked,) if isinstance(linked, str) else linked or ():
            found[file_id] = read_text(obj, mapping.approval.field)
    return found


def link_fields(mapping: PortalMapping, shelf: ApprovedAssets, isbn: str) -> dict[str, tuple[Entry, ...]]:
    """A product's links to its approved assets; a link whose asset is no longer approved is cleared."""
    found = {}
    for name, link in mapping.links.items():
        # A link to several is named in the plural: `samples` of the kind `sample`.
        kind = name if name in mapping.asset_kinds else name.removesuffix("s")
        assets = shelf.approved.get((isbn, kind), [])
        if link.list:
            found[link.field] = fv([asset.id for asset in assets] or None)
        else:
            found[link.field] = fv(assets[0].id if assets else None)
    return found


def _is_embargoed(asset: Asset, as_of: datetime) -> bool:
    """A day ends its embargo at its beginning, in UTC."""
    if not asset.embargo_until:
        return False
    try:
        text = asset.embargo_until
        end = datetime.fromisoformat(text) if len(text) > 10 else datetime.combine(date.fromisoformat(text), datetime.min.time())
    except ValueError as problem:
        raise BadRecordError("the embargo is no date", system="fourallportal", subject=f"file:{asset.id}") from problem
    return as_of < (end if end.tzinfo else end.replace(tzinfo=UTC))


def _by_version(asset: Asset) -> tuple[int, ...]:
    return tuple(int(part) for part in asset.version.split("."))


def _by_time(asset: Asset) -> str:
    return asset.mod_time
