"""What the portal shows of launches: milestones and readiness of each product, and which assets are approved."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import NamedTuple

from colophon.errors import BadRecordError
from colophon.systems.fourallportal.assets import Asset
from colophon.systems.fourallportal.mapping import PortalMapping
from colophon.systems.fourallportal.mapping_parts import LaunchRules
from colophon.systems.fourallportal.records import PortalObject
from colophon.systems.fourallportal.usable import last_changed, newest_first, why_not
from colophon.systems.fourallportal.values import read_isbn, read_text, read_value


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
    """The best file of a kind in a locale (empty: for every one): `is_there` where it is approved; None: nobody has named its status (`unnamed`)."""

    isbn: str
    kind: str
    is_there: bool | None
    said: str
    unnamed: str = ""
    locale: str = ""


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
            isbn = read_isbn(obj, mapping.product.key)
            yield _shown(obj, isbn, rules) if rules else LaunchShown(obj.id, isbn, obj.mod_time)
        except BadRecordError as problem:
            yield LaunchShown(obj.id, isbn, obj.mod_time, fault=problem.sentence)


def assets_shown(assets: Iterable[Asset | BadRecordError], mapping: PortalMapping, as_of: datetime) -> Iterator[AssetShown]:
    """The best file of each kind of each product in each locale: the newest that may be used, else the one that changed last.

    One that cannot be read is an exception of whoever takes assets over; here it is not there.
    """
    found = defaultdict[tuple[str, str, str], list[Asset]](list)
    for asset in assets:
        if isinstance(asset, Asset) and asset.isbn and asset.kind:
            found[asset.isbn, asset.kind, asset.locale].append(asset)
    for (isbn, kind, locale), own in found.items():
        may = newest_first(asset for asset in own if not why_not(asset, mapping, as_of))
        is_there, said, unnamed = (True, _version(may[0]), "") if may else _lacking(max(own, key=last_changed), mapping, as_of)
        yield AssetShown(isbn, kind, is_there, said, unnamed, locale)


def _version(asset: Asset) -> str:
    return f"approved{f', version {asset.version}' if asset.version else ''}"


def _lacking(asset: Asset, mapping: PortalMapping, as_of: datetime) -> tuple[bool | None, str, str]:
    if asset.status in mapping.approval.approved:
        return False, why_not(asset, mapping, as_of), ""
    if asset.status in {*mapping.approval.withdrawn, ""}:
        return False, asset.status or "not approved", ""
    return None, f"the portal says {asset.status!r}, which nobody has named", asset.status


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
