"""What the portal shows of launches: milestones and readiness of each product, and which assets are approved."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import NamedTuple

from colophon.errors import BadRecordError
from colophon.systems.fourallportal.assets import Asset, usable, why_not
from colophon.systems.fourallportal.availability import read_isbn
from colophon.systems.fourallportal.mapping import LaunchRules, PortalMapping
from colophon.systems.fourallportal.records import PortalObject
from colophon.systems.fourallportal.values import read_text, read_value


class LaunchShown(NamedTuple):
    """A product of the portal: milestones as they stand there (`name=day`), readiness and what holds it; `fault`: it cannot be read."""

    id: str
    isbn: str
    mod_time: str
    milestones: tuple[str, ...] = ()
    readiness: str = ""
    blocker: str = ""
    fault: str = ""


class AssetShown(NamedTuple):
    """The best file of a kind: `is_there` where it is approved; None: its status is one that nobody has named (`unnamed`)."""

    isbn: str
    kind: str
    is_there: bool | None
    said: str
    unnamed: str = ""


def fields_of(mapping: PortalMapping) -> list[str]:
    """The fields to read of products."""
    rules = mapping.launch
    launch = [name for name in (rules.milestones, rules.readiness, rules.blocker) if name] if rules else []
    return [mapping.product.key, *launch]


def shown(objects: Iterable[PortalObject], mapping: PortalMapping) -> Iterator[LaunchShown]:
    """Products with what they say of their launch; one that cannot be read says so."""
    rules = mapping.launch
    for obj in objects:
        isbn = ""
        try:
            isbn = read_isbn(obj, mapping)
            yield _shown(obj, isbn, rules) if rules else LaunchShown(obj.id, isbn, obj.mod_time)
        except BadRecordError as problem:
            yield LaunchShown(obj.id, isbn, obj.mod_time, fault=problem.sentence)


def assets_shown(assets: Iterable[Asset | BadRecordError], mapping: PortalMapping, as_of: datetime) -> Iterator[AssetShown]:
    """The best file of each kind of each product: one that may be used, else the one that changed last."""
    assets = list(assets)
    approved = usable(assets, mapping, as_of).approved
    newest: dict[tuple[str, str], Asset] = {}
    for asset in assets:
        if isinstance(asset, BadRecordError):
            continue  # an exception of whoever takes assets over; here it is not there
        key = (asset.isbn, asset.kind)
        if all(key) and key not in approved and (key not in newest or newest[key].mod_time < asset.mod_time):
            newest[key] = asset
    for (isbn, kind), best in approved.items():
        yield AssetShown(isbn, kind, True, f"approved{f', version {best[0].version}' if best[0].version else ''}")
    for (isbn, kind), asset in newest.items():
        yield _not_approved(isbn, kind, asset, mapping, as_of)


def _not_approved(isbn: str, kind: str, asset: Asset, mapping: PortalMapping, as_of: datetime) -> AssetShown:
    if asset.status in mapping.approval.approved:
        return AssetShown(isbn, kind, False, why_not(asset, mapping, as_of))
    if asset.status in {*mapping.approval.withdrawn, ""}:
        return AssetShown(isbn, kind, False, asset.status or "not approved")
    return AssetShown(isbn, kind, None, f"the portal says {asset.status!r}, which nobody has named", asset.status)


def _shown(obj: PortalObject, isbn: str, rules: LaunchRules) -> LaunchShown:
    value = read_value(obj, rules.milestones)
    days = (value,) if isinstance(value, str) else tuple(value or ())
    texts = [read_text(obj, name) if name else "" for name in (rules.readiness, rules.blocker)]
    return LaunchShown(obj.id, isbn, obj.mod_time, tuple(sorted(days)), *texts)


def milestone_of(text: str) -> tuple[str, date | None]:
    """Name and day of what stands there; None: it is no day."""
    name, _, day = text.partition("=")
    try:
        return name, date.fromisoformat(day)
    except ValueError:
        return name, None
