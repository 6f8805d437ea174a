"""Assets: files of the portal's library as we know them, read whole with the status of their approval."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple, Protocol

from colophon.domain.identifiers import isbn13_of
from colophon.errors import BadRecordError
from colophon.systems.fourallportal.mapping import PortalMapping
from colophon.systems.fourallportal.records import PortalObject
from colophon.systems.fourallportal.values import changed_at, read_text, read_value

_ISBN = re.compile(r"(?<!\d)97[89](?:[ -]?\d){10}(?!\d)")
CONFIRMED = "true"


class Library(Protocol):
    """What reading a library asks of the client."""

    mapping: PortalMapping

    def iter_objects(self, module: str, fields: Sequence[str], *, known: Iterable[str] = ()) -> Iterator[list[PortalObject]]:
        """All objects of a module, those that are `known` also where no page has them."""


class Asset(NamedTuple):
    """A file of the DAM. `kind` is our word, else `unnamed_kind` is the portal's; `embargo_until` as the portal writes it, a day or a moment.

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
    unnamed_kind: str = ""

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
        unnamed_kind="" if kind in kinds else kind,
    )


def read_assets(client: "Library", known: Iterable[str] = ()) -> Iterator[Asset | BadRecordError]:
    """Every file of the portal's library, page by page; one that cannot be read is what is wrong with it. Errors as the client's verbs.

    Where approvals are a module of their own, that is read first. :param known: ids of files that were there.
    """
    mapping, approvals = client.mapping, None
    if mapping.approval.module:
        module = mapping.modules.get(mapping.approval.module, mapping.approval.module)
        pages = client.iter_objects(module, sorted(filter(None, (mapping.approval.field, mapping.approval.file_link))))
        approvals = approval_statuses((obj for page in pages for obj in page), mapping)
    module = mapping.modules["file"]
    for page in client.iter_objects(module, sorted(mapping.needed_fields()[module]), known=known):
        yield from (read_or_fault(obj, mapping, approvals) for obj in page)


def approval_statuses(objects: Iterable[PortalObject], mapping: PortalMapping) -> dict[str, str]:
    """Statuses by file id, of approvals that are a module of their own: the newest one counts, and of two at one moment one that does not approve."""
    told = [(changed_at(obj.mod_time), read_text(obj, mapping.approval.field), obj) for obj in objects]
    found: dict[str, str] = {}
    for _, status, obj in sorted(told, key=lambda each: (each[0], each[1] not in mapping.approval.approved)):
        found |= dict.fromkeys(_texts(obj, mapping.approval.file_link), status)
    return found


def read_or_fault(obj: PortalObject, mapping: PortalMapping, approvals: Mapping[str, str] | None) -> Asset | BadRecordError:
    """As `read_asset`; what is wrong with one that cannot be read."""
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
