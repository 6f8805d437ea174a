"""What a recipient of an ONIX feed answers: an `ONIXMessageAcknowledgement`.

The verdict on a record follows its ISBN: ending in 97 it is taken with an error (01), ending in 13 it is rejected (03), else it
is clean (00). So about one record in fifty has something to say.
"""

import io
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

from lxml import etree

NAMESPACE = "http://ns.editeur.org/onix/acknowledgement/3.0/reference"
NAMES = {
    "product": "Product",
    "a001": "RecordReference",
    "b221": "ProductIDType",
    "b244": "IDValue",
    "productidentifier": "ProductIdentifier",
    "m180": "MessageNumber",
}


def records(message: bytes) -> Iterator[tuple[str, str]]:
    """(record reference, ISBN-13 or empty) of each product; memory stays at one product."""
    parser = etree.iterparse(
        io.BytesIO(message), events=("end",), resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    reference, isbn, kind = "", "", ""
    for _, element in parser:
        name = etree.QName(element).localname
        name = NAMES.get(name, name)
        parent = element.getparent()
        above = NAMES.get(etree.QName(parent).localname, etree.QName(parent).localname) if parent is not None else ""
        text = (element.text or "").strip()
        if name == "RecordReference" and above == "Product":
            reference = text
        elif name == "ProductIDType" and above == "ProductIdentifier":
            kind = text
        elif name == "IDValue" and above == "ProductIdentifier" and kind == "15" and _is_own(parent):
            isbn = text
        elif name == "Product":
            yield reference, isbn
            reference, isbn = "", ""
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]


def acknowledgement(event: dict[str, Any], message: bytes, now: datetime) -> bytes:
    """The XML answer to one feed."""
    parts = [
        f'<?xml version="1.0" encoding="UTF-8"?>\n<ONIXMessageAcknowledgement release="3.0" xmlns="{NAMESPACE}">'
        f"<Header><Sender><SenderName>{escape(event['recipient'])}</SenderName></Sender>"
        f"<Addressee><AddresseeName>{escape(event['source'])}</AddresseeName></Addressee>"
        f"<MessageNumber>{event['data']['messageNumber']}</MessageNumber>"
        f"<SentDateTime>{now:%Y%m%dT%H%M%SZ}</SentDateTime><MessageStatus>03</MessageStatus></Header>"
    ]
    for reference, isbn in records(message):
        status, detail = _verdict(isbn)
        parts.append(
            f"<Product><RecordReference>{escape(reference)}</RecordReference><NotificationType>03</NotificationType>"
            f"<ProductIdentifier><ProductIDType>15</ProductIDType><IDValue>{escape(isbn)}</IDValue></ProductIdentifier>"
            f"<RecordStatus>{status}</RecordStatus>{detail}</Product>"
        )
    parts.append("</ONIXMessageAcknowledgement>")
    return "".join(parts).encode()


def _verdict(isbn: str) -> tuple[str, str]:
    if isbn.endswith("97"):
        return "01", _detail("W", "subject_scheme", "A subject code is not in our scheme")
    if isbn.endswith("13"):
        return "03", _detail("E", "price_not_agreed", "The price is not one that we agreed on")
    return "00", ""


def _detail(severity: str, code: str, text: str) -> str:
    return (
        f"<RecordStatusDetail><StatusDetailType>{severity}</StatusDetailType><StatusDetailCode>{code}</StatusDetailCode>"
        f"<StatusDetailText>{text}</StatusDetailText></RecordStatusDetail>"
    )


def _is_own(identifier: Any) -> bool:
    """The product's own identifier, not a related product's or a part's."""
    above = identifier.getparent()
    name = etree.QName(above).localname if above is not None else ""
    return NAMES.get(name, name) == "Product"
