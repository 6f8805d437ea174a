"""The products of an ONIX 3.0 or 3.1 message that others wrote, reference or short tags: no DOCTYPE, no entities, no network."""

import re
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

from lxml import etree

MAX_BYTES = 64 * 1024 * 1024
NAMESPACE = re.compile(r"^http://(www|ns)\.editeur\.org/onix/(2\.1|3\.0|3\.1)/(reference|short)$")
MESSAGES = frozenset({"ONIXMessage", "ONIXmessage"})
PRODUCTS = frozenset({"Product", "product"})


_DOCTYPE_REFUSED = "it has a DOCTYPE, and those are refused"
_OTHERS = {
    b"\x1f\x8b": "it is packed with gzip; unpack it",
    b"PK\x03\x04": "it is packed with zip, or a workbook; unpack it",
    b"%PDF": "it is a PDF",
    b"\xd0\xcf\x11\xe0": "it is a document of an old office program",
}
"""What files begin with that are no XML."""


class Header(NamedTuple):
    """What the header says of every product that does not say it itself; empty where it says nothing."""

    language: str = ""
    price_type: str = ""
    currency: str = ""


def products_of(body: bytes) -> Iterator[tuple[Any, str]]:
    """Each product in reference names without namespace, or None with why the message cannot be read."""
    if len(body) > MAX_BYTES:
        yield None, f"larger than {MAX_BYTES} bytes"
        return
    if reason := _why_unreadable(body):
        yield None, reason
        return
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(body.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n"), parser)
    except etree.XMLSyntaxError as problem:
        yield None, f"not well-formed: {problem.msg}"
        return
    if reason := _DOCTYPE_REFUSED if root.getroottree().docinfo.internalDTD is not None else _why_no_message(root):
        yield None, reason
        return
    names = _short_names() if etree.QName(root).localname == "ONIXmessage" else {}
    for element in root.iter("*"):
        plain = etree.QName(element).localname
        element.tag = names.get(plain, plain)
    products = root.findall("Product")
    if not products:
        yield None, "the message has no Product"
    for node in products:
        yield node, ""


def header_of(node: Any) -> Header:
    """The defaults in the header of a product's message."""
    found = (node.getroottree().findtext(f"Header/{name}") for name in ("DefaultLanguageOfText", "DefaultPriceType", "DefaultCurrencyCode"))
    return Header(*((text or "").strip() for text in found))


def _why_unreadable(body: bytes) -> str:
    """Why a file is no XML that is read at all; empty where it may be."""
    if not body.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0"):
        return "it is empty"
    if b"<!DOCTYPE" in body[:4096] or b"<!ENTITY" in body:
        return _DOCTYPE_REFUSED
    return next((reason for start, reason in _OTHERS.items() if body.startswith(start)), "")


def _why_no_message(root: Any) -> str:
    space, local = etree.QName(root).namespace or "", etree.QName(root).localname
    known = NAMESPACE.match(space)
    if local in PRODUCTS:
        return f"a fragment: its root is {local}; it needs an ONIXMessage around it, with release and Header"
    if local not in MESSAGES:
        return f"its root is {local}, not ONIXMessage"
    if space and not known:
        return f"its namespace {space} is not ONIX's"
    release = (known[2] if known else "") or root.get("release", "")
    if not release:
        return "it says no release; only ONIX 3.0 and 3.1 are read"
    return f"it is ONIX {release}; only 3.0 and 3.1 are read" if release < "3" else ""


@cache
def _short_names() -> dict[str | None, str | None]:
    """Short tags and their reference names, read from EDItEUR's schema where it is installed."""
    file = resources.files("onixcheck").joinpath("schema/xsd3.1/ONIX_BookProduct_3.1_short.xsd")
    tree = etree.fromstring(file.read_bytes())
    names = {}
    space = "{http://www.w3.org/2001/XMLSchema}"
    for element in tree.iter(f"{space}element"):
        known = element.find(f".//{space}attribute[@name='refname']//{space}enumeration") if element.get("name") else None
        if known is not None:
            names[element.get("name")] = known.get("value")
    return names
