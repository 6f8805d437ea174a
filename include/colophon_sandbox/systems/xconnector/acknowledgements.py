"""What the recipient of an ONIX feed answers: an `ONIXMessageAcknowledgement`, release 3.0, reference names.

The verdict on a record (List 226) follows the end of its ISBN, so that about one record in thirty has something to say:

    ...97   01  taken, with an error in its collateral
    ...31   02  taken, with an error in the record
    ...13   03  rejected
    other   00  no errors

The verdict on the message (List 221): 03 processed; 01 rejected where every record is rejected, the file cannot be read, or its number
was used before.
"""

import io
import re
from collections.abc import Iterator
from typing import NamedTuple
from xml.sax.saxutils import escape

from lxml import etree

from colophon_sandbox.world import moment

NAMESPACE = "http://ns.editeur.org/onix/acknowledgement/3.0/reference"
# Status (List 226), severity (List 224), and a code of the recipient's own (List 223 code 01).
VERDICTS = {
    "97": ("01", "E", "cover_too_small", "The cover image is smaller than 1000 pixels."),
    "31": ("02", "E", "subject_unknown", "A subject code is not in the scheme that it names."),
    "13": ("03", "F", "price_not_agreed", "The price is not one that was agreed on."),
}
REFUSALS = {
    "digest_mismatch": "The file is not the one that was announced.",
    "not_readable": "The file is no ONIX message that can be read.",
    "message_number_used": "A message of this number came before.",
}
"""Why nothing of a message was taken, by code."""
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class UnreadableError(Exception):
    """The file is no ONIX message."""


class Record(NamedTuple):
    """One product of a feed; `isbn` is empty where it has no ISBN-13."""

    reference: str
    isbn: str


class Header(NamedTuple):
    """Who answers whom about which message; `at` is a moment as text."""

    recipient: str
    publisher: str
    message_number: int
    at: str


def read_records(message: bytes) -> list[Record]:
    """The records of an ONIX message in reference names or short tags; memory stays at one product.

    :raises UnreadableError: not well-formed, not ONIX, or with a DOCTYPE.
    """
    try:
        return list(_records(message))
    except etree.XMLSyntaxError as problem:
        raise UnreadableError from problem


def acknowledgement(header: Header, records: list[Record], *, own_references: bool = False) -> bytes:
    """The answer to a message that could be read: one verdict for each record, under our reference or the recipient's own."""
    verdicts = [VERDICTS.get(record.isbn[-2:]) for record in records]
    is_rejected = bool(verdicts) and all(verdict is not None and verdict[0] == "03" for verdict in verdicts)
    named = [record._replace(reference=f"R{number:06d}") if own_references else record for number, record in enumerate(records, start=1)]
    products = "".join(_product(record, verdict) for record, verdict in zip(named, verdicts, strict=True))
    return _message(header, "01" if is_rejected else "03", "", products or "<NoProduct/>")


def rejection(header: Header, code: str) -> bytes:
    """The answer to a message of which nothing could be taken."""
    note = f"<MessageStatusNote>{REFUSALS.get(code, code)}</MessageStatusNote>"
    return _message(header, "01", note + _detail("MessageStatusDetail", "F", code), "<NoProduct/>")


def _records(message: bytes) -> Iterator[Record]:
    parser = etree.iterparse(
        io.BytesIO(message),
        events=("end",),
        tag=("{*}Product", "{*}product"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
    )
    for _, product in parser:
        yield Record(_child(product, "RecordReference", "a001"), _isbn(product))
        product.clear()
        while product.getprevious() is not None:
            del product.getparent()[0]
    if etree.QName(parser.root).localname not in {"ONIXMessage", "ONIXmessage"} or parser.root.getroottree().docinfo.doctype:
        raise UnreadableError


def _isbn(product: etree._Element) -> str:
    """The product's own ISBN-13, not that of a part or a related product; or a GTIN-13 that is one."""
    numbers = {
        _child(identifier, "ProductIDType", "b221"): _child(identifier, "IDValue", "b244")
        for name in ("{*}ProductIdentifier", "{*}productidentifier")
        for identifier in product.iterfind(name)
    }
    gtin = numbers.get("03", "")
    return numbers.get("15") or (gtin if gtin.startswith(("978", "979")) else "")


def _child(parent: etree._Element, *names: str) -> str:
    return next((text.strip() for name in names if (text := parent.findtext(f"{{*}}{name}"))), "")


def _product(record: Record, verdict: tuple[str, str, str, str] | None) -> str:
    isbn = f"<ProductIdentifier><ProductIDType>15</ProductIDType><IDValue>{escape(record.isbn)}</IDValue></ProductIdentifier>"
    told = f"<RecordStatus>{verdict[0]}</RecordStatus>" if verdict else "<RecordStatus>00</RecordStatus>"
    if verdict:
        told += f"<RecordStatusNote>{verdict[3]}</RecordStatusNote>" + _detail("RecordStatusDetail", verdict[1], verdict[2])
    start = f"<Product><RecordReference>{escape(record.reference)}</RecordReference><NotificationType>03</NotificationType>"
    return f"{start}{isbn if record.isbn else ''}{told}</Product>\n"


def _detail(name: str, severity: str, code: str) -> str:
    return (
        f"<{name}><StatusDetailType>{severity}</StatusDetailType><StatusDetailCodeType>01</StatusDetailCodeType>"
        f"<StatusDetailCode>{code}</StatusDetailCode></{name}>"
    )


def _message(header: Header, status: str, detail: str, body: str) -> bytes:
    recipient, publisher = (escape(_NOT_IN_XML.sub("", name)) for name in (header.recipient, header.publisher))
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<ONIXMessageAcknowledgement release="3.0" xmlns="{NAMESPACE}">\n'
        f"<Header><Sender><SenderName>{recipient}</SenderName></Sender>"
        f"<Addressee><AddresseeName>{publisher}</AddresseeName></Addressee><MessageNumber>{header.message_number}</MessageNumber>"
        f"<SentDateTime>{moment(header.at):%Y%m%dT%H%M%SZ}</SentDateTime><MessageStatus>{status}</MessageStatus>{detail}</Header>\n"
        f"{body}</ONIXMessageAcknowledgement>\n"
    ).encode()
