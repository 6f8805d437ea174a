"""Writes records as ONIX 3.x XML: one `<Product>` at a time, and whole messages streamed around them."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

from colophon.errors import BadRecordError
from colophon.onix.elements import product_element
from colophon.onix.overlay import overlaid
from colophon.onix.profile import Profile
from colophon.onix.publisher import Publisher
from colophon.onix.record import OnixProduct
from colophon.onix.tags import TagPairs, tag_pairs
from colophon.onix.tree import Element, Elements, Markup
from colophon.onix.xml import Release, Tags, namespace

_SPECIAL = re.compile('[&<>"\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]')
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}


@dataclass(frozen=True, slots=True)
class Header:
    """What stands before the products. `number` rises by one per recipient; a resend keeps it and raises `repeat` from 1."""

    sender_name: str
    number: int
    sent_at: datetime
    repeat: int = 1
    sender_gln: str | None = None
    contact_name: str | None = None
    contact_email: str | None = None
    note: str | None = None


def header_of(publisher: Publisher, *, number: int, sent_at: datetime, repeat: int = 1) -> Header:
    """The header of one of our messages.

    :raises BadRecordError: `sent_at` has no zone (M3).
    """
    if sent_at.tzinfo is None:
        raise BadRecordError("the time of sending has no zone", evidence=f"message {number}")
    return Header(
        sender_name=publisher.sender_name,
        number=number,
        sent_at=sent_at,
        repeat=repeat,
        sender_gln=publisher.sender_gln,
        contact_name=publisher.contact_name,
        contact_email=publisher.contact_email,
    )


def product_xml(record: OnixProduct, profile: Profile) -> bytes:
    """One `<Product>` in UTF-8, an element a line, without XML declaration or namespace.

    This is the master, whose digest tells whether anything changed; a recipient's overlays are applied in `message`.
    Characters that XML forbids are left out here; the rules have reported them.
    """
    return written([product_element(record, profile.release)], profile).encode()


def written(elements: Elements, profile: Profile) -> str:
    """Elements in the recipient's tags, one a line."""
    out: list[str] = []
    _write(elements, tag_pairs(profile.release, profile.tags), out.append)
    return "".join(out)


def message(header: Header, products: Iterable[bytes], profile: Profile) -> Iterator[bytes]:
    """A whole message in chunks; without products it carries `<NoProduct/>` (M4). Memory stays flat however many there are."""
    pairs = tag_pairs(profile.release, profile.tags)
    root = pairs["ONIXMessage"][0][1:-1]
    yield (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} release="{profile.release}" xmlns="{namespace(profile.release, profile.tags)}">\n'
    ).encode()
    yield written([("Header", _header(header, profile))], profile).encode()
    is_empty = True
    for product in products:
        is_empty = False
        yield overlaid(product, profile)
    if is_empty:
        yield pairs["NoProduct"][2].encode()
    yield pairs["ONIXMessage"][1].encode()


def cover_dates(product: bytes, profile: Profile) -> dict[str, date]:
    """Links of covers in a written product, with the days that went with them: what `Prior.cover_dates` wants."""
    found = _dated_link(profile.release, profile.tags).findall(product)
    return {_unescaped(address.decode()): date.fromisoformat(day.decode()) for address, day in found}


@cache
def _dated_link(release: Release, tags: Tags) -> re.Pattern[bytes]:
    pairs = tag_pairs(release, tags)
    link, role, on = (re.escape(pairs[name][0]) for name in ("ResourceLink", "ContentDateRole", "Date"))
    return re.compile(rf"{link}([^<]*)<[^{{]*?{role}17<[^{{]*?{on}(\d{{8}})<".encode())


def _write(elements: Elements, pairs: TagPairs, put: Callable[[str], None]) -> None:
    for name, content in elements:
        start, end, empty = pairs[name]
        if type(content) is str:
            is_plain = content.isalnum() or _SPECIAL.search(content) is None
            put(f"{start}{content if is_plain else _SPECIAL.sub(_escape, content)}{end}")
        elif type(content) is list:
            put(start + "\n")
            _write(content, pairs, put)
            put(end)
        elif isinstance(content, Markup):
            put(start + content + end)
        else:
            put(empty)


def _escape(found: re.Match[str]) -> str:
    return _ENTITIES.get(found[0], "")


def _unescaped(text: str) -> str:
    return text.replace("&quot;", '"').replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _header(header: Header, profile: Profile) -> Elements:
    sender = _party("Sender", header.sender_name, header.sender_gln)
    if header.contact_name:
        sender.append(("ContactName", header.contact_name))
    if header.contact_email:
        sender.append(("EmailAddress", header.contact_email))
    content: Elements = [("Sender", sender)]
    if profile.addressee or profile.addressee_gln:
        content.append(("Addressee", _party("Addressee", profile.addressee, profile.addressee_gln)))
    content.append(("MessageNumber", str(header.number)))
    if header.repeat > 1:
        content.append(("MessageRepeat", str(header.repeat)))
    content.append(("SentDateTime", header.sent_at.strftime("%Y%m%dT%H%M%S%z")))
    if header.note:
        content.append(("MessageNote", header.note))
    return content


def _party(kind: str, name: str, gln: str | None) -> Elements:
    identifier: Element = (f"{kind}Identifier", [(f"{kind}IDType", "06"), ("IDValue", gln or "")])
    named: Elements = [(f"{kind}Name", name)] if name else []
    return [identifier, *named] if gln else named
