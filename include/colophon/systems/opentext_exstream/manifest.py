"""The manifest of a job: XML in UTF-16, read as a stream (contract section 6).

The vendor's file has a bare `<!DOCTYPE outputList>`. Exactly that declaration is taken out; any other one is refused.
"""

import codecs
import re
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

from lxml import etree

from colophon.errors import BadShapeError
from colophon.systems.opentext_exstream.records import Entry, Manifest
from colophon.systems.opentext_exstream.settings import SYSTEM

_CHUNK = 65536
_PROLOG = 8192
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_DOCTYPE = "<!DOCTYPE outputList>"
_MARKS = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"), (codecs.BOM_UTF8, "utf-8"))


def read_manifest(file: BinaryIO) -> Manifest:
    """A manifest from a seekable file; memory grows with customers, not with the file.

    :raises BadShapeError: no UTF-16 or UTF-8, no such XML, another DOCTYPE, a customer without a number.
    """
    parser = etree.XMLPullParser(
        events=("start", "end"), resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True
    )
    found = _Found()
    try:
        for text in _without_doctype(_texts(file)):
            parser.feed(text.encode())
            found.take(parser.read_events())
        parser.close()
        found.take(parser.read_events())
        problem = ""
    except (etree.XMLSyntaxError, UnicodeDecodeError) as caught:
        problem = type(caught).__name__
    if problem or not found.is_whole:
        raise BadShapeError("the manifest cannot be read", system=SYSTEM, operation="read_manifest", evidence=problem or "no outputList")
    return Manifest(found.processed, found.queues)


def merged(parts: Iterable[Manifest]) -> Manifest:
    """Manifests of several communication steps as one."""
    processed, queues = 0, dict[str, dict[str, Entry]]()
    for part in parts:
        processed += part.customers_processed
        for name, entries in part.queues.items():
            queues.setdefault(name, {}).update(entries)
    return Manifest(processed, queues)


class _Found:
    """What was read so far."""

    def __init__(self) -> None:
        self.processed, self.is_whole = 0, False
        self.queues: dict[str, dict[str, Entry]] = {}
        self._queue = ""

    def take(self, events: Iterable[tuple[str, Any]]) -> None:
        for what, element in events:
            if what == "start" and element.tag == "outputList":
                self.processed = _number(element.get("customersProcessed"))
            elif what == "start" and element.tag == "queue":
                self._queue = element.get("name") or ""
                self.queues.setdefault(self._queue, {})
            elif what == "end" and element.tag == "file":
                self._file(element)
                element.clear()
                while element.getprevious() is not None:
                    del element.getparent()[0]
            elif what == "end" and element.tag == "outputList":
                self.is_whole = True

    def _file(self, element: Any) -> None:
        pages, name = _number(element.findtext("pageCount")), element.get("name") or ""
        for customer in element.iterfind("customer"):
            number = customer.get("number")
            if not number:
                raise BadShapeError("a customer of the manifest has no number", system=SYSTEM, operation="read_manifest")
            keys = {key.get("name") or "": key.text or "" for key in customer.iterfind("key")}
            self.queues.setdefault(self._queue, {})[number] = Entry(pages, name, keys)


def _texts(file: BinaryIO) -> Iterator[str]:
    """The file as text, by its byte-order mark."""
    head = file.read(4)
    mark, encoding = next(((m, e) for m, e in _MARKS if head.startswith(m)), (b"", "utf-8"))
    decoder = codecs.getincrementaldecoder(encoding)()
    yield decoder.decode(head[len(mark) :])
    while chunk := file.read(_CHUNK):
        yield decoder.decode(chunk)
    yield decoder.decode(b"", final=True)


def _without_doctype(texts: Iterator[str]) -> Iterator[str]:
    head = ""
    for text in texts:
        head += text
        if "<outputList" in head or len(head) > _PROLOG:
            break
    prolog, root, rest = head.partition("<outputList")
    prolog = _DECLARATION.sub("", prolog, count=1).replace(_DOCTYPE, "", 1)
    if prolog.strip() or not root:
        raise BadShapeError("the manifest does not begin as agreed", system=SYSTEM, operation="read_manifest", evidence="prolog")
    yield root + rest
    yield from texts


def _number(text: str | None) -> int:
    if text is None or not text.strip().isascii() or not text.strip().isdigit():
        raise BadShapeError("a number of the manifest is missing or no number", system=SYSTEM, operation="read_manifest")
    return int(text)
