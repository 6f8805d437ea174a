"""Which assets may be used: approved, out of embargo, and the newest of their kind (contract section 5)."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import partial
from typing import NamedTuple, Protocol

from colophon.domain.identifiers import isbn13_of
from colophon.errors import BadRecordError, NotFoundError
from colophon.systems.fourallportal.mapping import PortalMapping
from colophon.systems.fourallportal.records import PortalObject
from colophon.systems.fourallportal.values import read_text, read_value

_VERSION = re.compile(r"\d+(\.\d+)*")
_ISBN = re.compile(r"(?<!\d)97[89](?:[ -]?\d){10}(?!\d)")
CONFIRMED, UNLIMITED = "true", "unlimited"


class Library(Protocol):
    """What reading a library asks of the client."""

    mapping: PortalMapping

    def iter_objects(self, module: str, fields: Sequence[str]) -> Iterator[list[PortalObject]]:
        """All objects of a module."""

    def get_object(self, module: str, object_id: str, fields: Sequence[str]) -> PortalObject:
        """One object. Raises NotFoundError where there is none."""


class Asset(NamedTuple):
    """A file of the DAM. `kind` is our word; `embargo_until` as the portal writes it, a day or a moment.

    `author`, `release`: who is shown, and the consent of each. `doubt`: why its bytes may not be used; `remarks`: what is not good of them.
    `url`: where it is, for who has a key.
    """

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
    approved_on: str = ""
    locale: str = ""
    author: tuple[str, ...] = ()
    rights_until: str = ""
    credit: str = ""
    release: tuple[str, ...] = ()
    confirmed: bool = False
    state: str = ""
    doubt: str = ""
    remarks: str = ""
    url: str = ""

    @property
    def isbns(self) -> tuple[str, ...]:
        """The ISBNs that it names, each once; what is none stays as it is written."""
        return _isbns(self.isbn)

    @property
    def name_isbns(self) -> tuple[str, ...]:
        """ISBNs in its file name."""
        return tuple(dict.fromkeys(filter(None, map(isbn13_of, _ISBN.findall(self.name)))))

    @property
    def bytes_id(self) -> str:
        """What tells its bytes from others: their hash, else its version and approval; not when it changed, for a mark of ours is a change."""
        return self.sha256.lower() or f"{self.version}/{self.approved_on}"


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
    kind, told = read_text(obj, rules.kind), partial(_text, obj)
    status = approvals.get(obj.id, "") if approvals is not None else read_text(obj, mapping.approval.field)
    return Asset(
        obj.id,
        " ".join(_isbns(" ".join(_texts(obj, rules.isbn)))),
        kinds.get(kind, ""),
        read_text(obj, rules.version),
        status,
        read_text(obj, rules.embargo),
        read_text(obj, rules.sha256),
        read_text(obj, rules.name),
        read_text(obj, rules.media_type),
        obj.mod_time,
        approved_on=told(mapping.approval.at) if approvals is None else "",
        locale=told(rules.locale),
        author=_texts(obj, rules.author),
        rights_until=told(rules.rights_until),
        credit=told(rules.credit),
        release=_texts(obj, rules.release),
        confirmed=told(rules.confirmed) == CONFIRMED,
        state=told(rules.state),
    )


def read_assets(client: "Library", known: Iterable[str] = ()) -> Iterator[Asset | BadRecordError]:
    """Every file of the portal's library, page by page; one that cannot be read is what is wrong with it. Errors as the client's verbs.

    Where approvals are a module of their own, that is read first. Those of the `known` ids that no page had are asked for one by one, for
    a page may have moved: only what the portal says is not there is gone.
    """
    mapping, approvals, seen = client.mapping, None, set[str]()
    if mapping.approval.module:
        module = mapping.modules.get(mapping.approval.module, mapping.approval.module)
        pages = client.iter_objects(module, sorted(filter(None, (mapping.approval.field, mapping.approval.file_link))))
        approvals = approval_statuses((obj for page in pages for obj in page), mapping)
    module = mapping.modules["file"]
    fields = sorted(mapping.needed_fields()[module])
    for page in client.iter_objects(module, fields):
        seen.update(obj.id for obj in page)
        yield from (_read(obj, mapping, approvals) for obj in page)
    for file_id in sorted(set(known) - seen):
        with suppress(NotFoundError):
            yield _read(client.get_object(module, file_id, fields), mapping, approvals)


def why_not(asset: Asset, mapping: PortalMapping, as_of: datetime) -> str:
    """Why an asset may not be used at `as_of` (aware); empty where it may.

    A status that the mapping does not name is not approved, a right that ends on a day holds until its evening, and what cannot be read
    is over.
    """
    if asset.status not in mapping.approval.approved:
        return f"not approved ({asset.status or 'no status'})"
    try:
        if _is_embargoed(asset, as_of):
            return f"under embargo until {asset.embargo_until}"
        if _is_over(asset, as_of):
            return f"its rights ended on {asset.rights_until[:10]}"
    except BadRecordError:
        return "its embargo or the end of its rights is no date"
    return asset.doubt


def newest_first(assets: Iterable[Asset]) -> list[Asset]:
    """By version, as numbers by dots where all are such, else by when they changed."""
    found = list(assets)
    by_version = all(_VERSION.fullmatch(asset.version) for asset in found)
    return sorted(found, key=_by_version if by_version else _by_time, reverse=True)


def in_locale(assets: Sequence[Asset], locale: str) -> list[Asset]:
    """Those of a locale first, then those that are for every one, each in the order given. Another locale's are none."""
    return [*(each for each in assets if each.locale == locale), *(each for each in assets if locale and not each.locale)]


def approved_assets(
    files: Iterable[PortalObject], mapping: PortalMapping, *, as_of: datetime, approvals: Mapping[str, str] | None = None
) -> ApprovedAssets:
    """What of file objects may be used at `as_of` (aware): see `usable`, and `read_asset` for `approvals`."""
    return usable((_read(obj, mapping, approvals) for obj in files), mapping, as_of)


def usable(assets: Iterable[Asset | BadRecordError], mapping: PortalMapping, as_of: datetime) -> ApprovedAssets:
    """What may be used at `as_of` (aware). A status that the mapping does not name is not approved, and is reported once."""
    shelf = ApprovedAssets()
    known = {*mapping.approval.approved, *mapping.approval.withdrawn, ""}
    for asset in assets:
        if isinstance(asset, BadRecordError):
            shelf.faults.append(asset)
            continue
        try:
            is_free = not _is_embargoed(asset, as_of) and not _is_over(asset, as_of)
        except BadRecordError as problem:
            shelf.faults.append(problem)
            continue
        if asset.status not in known:
            shelf.unnamed_statuses.add(asset.status)
        if asset.status in mapping.approval.approved and is_free and not asset.doubt and asset.isbn and asset.kind:
            shelf.approved.setdefault((asset.isbn, asset.kind), []).append(asset)
    shelf.approved = {key: newest_first(found) for key, found in shelf.approved.items()}
    return shelf


def approval_statuses(objects: Iterable[PortalObject], mapping: PortalMapping) -> dict[str, str]:
    """Statuses by file id, of approvals that are a module of their own; the newest one counts."""
    found: dict[str, str] = {}
    for obj in sorted(objects, key=lambda one: one.mod_time):
        for file_id in _texts(obj, mapping.approval.file_link):
            found[file_id] = read_text(obj, mapping.approval.field)
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


def _is_over(asset: Asset, as_of: datetime) -> bool:
    """Whether its rights have ended: they hold until the evening of their day."""
    try:
        return asset.rights_until not in {"", UNLIMITED} and date.fromisoformat(asset.rights_until[:10]) < as_of.date()
    except ValueError as problem:
        raise BadRecordError("the end of its rights is no date", system="fourallportal", subject=f"file:{asset.id}") from problem


def _read(obj: PortalObject, mapping: PortalMapping, approvals: Mapping[str, str] | None) -> Asset | BadRecordError:
    try:
        return read_asset(obj, mapping, approvals)
    except BadRecordError as problem:
        return problem


def _isbns(text: str) -> tuple[str, ...]:
    whole = isbn13_of(text)
    words = [whole] if whole else [isbn13_of(word) or word for word in re.split(r"[\s,;/|]+", text) if word]
    return tuple(dict.fromkeys(words))


def _text(obj: PortalObject, field: str | None) -> str:
    return read_text(obj, field) if field else ""


def _texts(obj: PortalObject, field: str | None) -> tuple[str, ...]:
    value = read_value(obj, field) if field else None
    return (value,) if isinstance(value, str) and value else tuple(value or ())


def _by_version(asset: Asset) -> tuple[int, ...]:
    return tuple(int(part) for part in asset.version.split("."))


def _by_time(asset: Asset) -> str:
    return asset.mod_time
