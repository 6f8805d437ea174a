"""Which assets may be used: approved, out of embargo, within their rights, and the newest of their kind (contract section 5)."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from colophon.errors import BadRecordError
from colophon.systems.fourallportal.assets import Asset, read_or_fault
from colophon.systems.fourallportal.mapping import PortalMapping
from colophon.systems.fourallportal.records import PortalObject
from colophon.systems.fourallportal.values import changed_at

_VERSION = re.compile(r"\d+(\.\d+)*")
UNLIMITED = "unlimited"
OTHER_NAME = "its file name names another ISBN"


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


def why_not(asset: Asset, mapping: PortalMapping, as_of: datetime) -> str:
    """Why an asset may not be used at `as_of` (aware); empty where it may.

    A status that the mapping does not name is not approved, a right that ends on a day holds until its evening, and what cannot be read
    is over.
    """
    if asset.status not in mapping.approval.approved:
        return f"not approved ({asset.status or 'no status'})"
    try:
        embargo_ends, last_day = _embargo_ends(asset), _last_day(asset)
    except BadRecordError:
        return "its embargo or the end of its rights is no date"
    if embargo_ends is not None and as_of < embargo_ends:
        return f"under embargo until {asset.embargo_until}"
    if last_day is not None and last_day < as_of.date():
        return f"its rights ended on {last_day}"
    named = asset.name_isbns
    return OTHER_NAME if named and asset.isbns and not {*named} & {*asset.isbns} else asset.doubt


def newest_first(assets: Iterable[Asset]) -> list[Asset]:
    """By version, as numbers by dots where all are such, else by when they changed; of one version the one approved last, whatever the order."""
    found = list(assets)
    by_version = all(_VERSION.fullmatch(asset.version) for asset in found)
    return sorted(found, key=_by_version if by_version else last_changed, reverse=True)


def last_changed(asset: Asset) -> tuple[datetime, str]:
    """What is larger for who changed later."""
    return changed_at(asset.mod_time), asset.id


def in_locale(assets: Sequence[Asset], locale: str) -> list[Asset]:
    """Those of a locale first, then those that are for every one, each in the order given. Another locale's are none."""
    return [*(each for each in assets if each.locale == locale), *(each for each in assets if locale and not each.locale)]


def approved_assets(
    files: Iterable[PortalObject], mapping: PortalMapping, *, as_of: datetime, approvals: Mapping[str, str] | None = None
) -> ApprovedAssets:
    """What of file objects may be used at `as_of` (aware): see `usable`, and `read_asset` for `approvals`."""
    return usable((read_or_fault(obj, mapping, approvals) for obj in files), mapping, as_of)


def usable(assets: Iterable[Asset | BadRecordError], mapping: PortalMapping, as_of: datetime) -> ApprovedAssets:
    """What may be used at `as_of` (aware). A status that the mapping does not name is not approved, and is reported once."""
    shelf = ApprovedAssets()
    known = {*mapping.approval.approved, *mapping.approval.withdrawn, ""}
    for asset in assets:
        if isinstance(asset, BadRecordError):
            shelf.faults.append(asset)
            continue
        try:
            _embargo_ends(asset), _last_day(asset)
        except BadRecordError as problem:
            shelf.faults.append(problem)
            continue
        if asset.status not in known:
            shelf.unnamed_statuses.add(asset.status)
        if asset.isbn and asset.kind and not why_not(asset, mapping, as_of):
            shelf.approved.setdefault((asset.isbn, asset.kind), []).append(asset)
    shelf.approved = {key: newest_first(found) for key, found in shelf.approved.items()}
    return shelf


def _embargo_ends(asset: Asset) -> datetime | None:
    """A day ends its embargo at its beginning, in UTC."""
    try:
        moment = datetime.fromisoformat(asset.embargo_until) if asset.embargo_until else None
    except ValueError as problem:
        raise BadRecordError("the embargo is no date", system="fourallportal", subject=f"file:{asset.id}") from problem
    return moment if moment is None or moment.tzinfo else moment.replace(tzinfo=UTC)


def _last_day(asset: Asset) -> date | None:
    """Its rights hold until the evening of this day; None: for ever."""
    try:
        return None if asset.rights_until in {"", UNLIMITED} else date.fromisoformat(asset.rights_until[:10])
    except ValueError as problem:
        raise BadRecordError("the end of its rights is no date", system="fourallportal", subject=f"file:{asset.id}") from problem


def _by_version(asset: Asset) -> tuple[tuple[int, ...], str, datetime, str]:
    return tuple(int(part) for part in asset.version.split(".")), asset.approved_on, *last_changed(asset)
