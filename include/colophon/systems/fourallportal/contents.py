"""What the bytes of a file are: its form, its size in pixels and colours; of an EPUB its pictures, its ISBNs and what it says of access.

Headers alone are read: a picture that is broken further on, or padded with bars, is not found out here, and no EPUBCheck runs.
"""

import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import IO, NamedTuple

from lxml import etree

from colophon.config.portal_assets import AssetCheck, Bounds
from colophon.domain.identifiers import isbn13_of
from colophon.media_type import HEAD, media_type
from colophon.onix.xml import safe_parser
from colophon.pictures import Picture, picture_in

EPUB, PDF = "application/epub+zip", "application/pdf"
PICTURES = frozenset({"image/png", "image/jpeg", "image/tiff"})
_CUT_OFF = "it cannot be opened"
ACCESS = ("accessMode", "accessibilityFeature", "accessibilityHazard")
"""Properties that EPUB Accessibility 1.1 requires."""
_PACKED, _SMALL, _XML = 200, 4 << 20, 8 << 20
"""A part that unpacks to more than so many times its size does harm, unless it is small; so much of XML is read."""
_TAIL = 64 << 10
_ENCRYPTED = re.compile(rb"/Encrypt\s*(\d+\s+\d+\s+R\b|<<)")
_ENCRYPTION, _LICENCES = "META-INF/encryption.xml", frozenset({"META-INF/rights.xml", "META-INF/license.lcpl", "META-INF/sinf.xml"})
_DISGUISES = frozenset({"http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC"})
"""Ways to disguise the fonts of an EPUB."""
_UNREADABLE = (OSError, EOFError, zipfile.BadZipFile, zlib.error, etree.XMLSyntaxError, KeyError, ValueError, NotImplementedError, RuntimeError)  # fmt: skip


class Content(NamedTuple):
    """What a file is. `fault`: why it cannot be opened; `megapixels`: of the largest picture of an EPUB. As a list, JSON for the ledger."""

    form: str
    megabytes: float
    width: int = 0
    height: int = 0
    colours: str = ""
    fault: str = ""
    megapixels: float = 0
    isbns: Sequence[str] = ()
    lacks: Sequence[str] = ()


def content_of(path: Path) -> Content:
    """What a file is."""
    with path.open("rb") as file:
        form, size = media_type(file.read(HEAD)), path.stat().st_size
        known = Content(form, size / 1_000_000)
        try:
            if form in PICTURES:
                picture = picture_in(file)
                return known._replace(**picture._asdict()) if picture else known._replace(fault=_CUT_OFF)
            if form == EPUB:
                return _epub(file, known)
            return known._replace(fault="it is locked") if form == PDF and _is_encrypted(file, size) else known
        except _UNREADABLE:
            return known._replace(fault=_CUT_OFF)


def faults_of(content: Content, check: AssetCheck, isbns: tuple[str, ...]) -> Iterator[tuple[bool, str]]:
    """What is wrong with a file of these ISBNs, each with whether that keeps it from use."""
    if content.form not in check.forms or content.fault:
        yield True, content.fault if content.form in check.forms else f"it is {content.form or 'of no form that we know'}"
        return
    if check.colours and content.colours not in check.colours:
        yield True, f"its colours are {content.colours}"
    if check.square and content.width != content.height:
        yield True, f"{content.width} by {content.height} pixels are no square"
    if check.own_isbn and not set(isbns) & set(content.isbns):
        yield True, f"inside it says ISBN {', '.join(content.isbns)}" if content.isbns else "inside it says no ISBN"
    if check.access and content.lacks:
        yield check.access == "stops", f"it says no {', '.join(content.lacks)}"
    stops = list(_beyond(content, check.stops))
    yield from ((True, words) for words in stops)
    yield from ((False, words) for words in _beyond(content, check.warns) if not stops)


def _beyond(content: Content, bounds: Bounds) -> Iterator[str]:
    short, long = sorted((content.width, content.height))
    if short < bounds.short_px or long < bounds.long_px:
        yield f"{content.width} by {content.height} pixels are less than {bounds.short_px} by {max(bounds.long_px, bounds.short_px)}"
    if bounds.megabytes and content.megabytes > bounds.megabytes:
        yield f"{content.megabytes:.4g} MB are more than {bounds.megabytes:g}"
    if bounds.megapixels and content.megapixels > bounds.megapixels:
        yield f"a picture of {content.megapixels:.4g} million pixels is more than {bounds.megapixels:g}"


def _epub(file: IO[bytes], known: Content) -> Content:
    with zipfile.ZipFile(file) as book:
        if any(part.file_size > max(_SMALL, _PACKED * part.compress_size) for part in book.infolist()):
            return known._replace(fault=f"it unpacks to more than {_PACKED} times its size")
        container = _xml(book, "META-INF/container.xml")
        package = _xml(book, next(root.get("full-path", "") for root in container.iter("{*}rootfile")))
        isbns = (isbn13_of((each.text or "").rpartition(":")[2]) for each in package.iter("{*}identifier"))
        told = {each.get("property", each.get("name", "")).removeprefix("schema:") for each in package.iter("{*}meta")}
        pictures = [picture.width * picture.height for picture in _pictures(book)]
        return known._replace(
            isbns=sorted({isbn for isbn in isbns if isbn}),
            lacks=[name for name in ACCESS if name not in told],
            megapixels=max(pictures, default=0) / 1_000_000,
            fault="it is locked" if _is_locked(book) else "",
        )


def _is_encrypted(file: IO[bytes], size: int) -> bool:
    """By its trailer: at its end, or near its beginning where it is made to be read while it loads."""
    file.seek(0)
    head = file.read(_TAIL)
    file.seek(max(0, size - _TAIL))
    return any(map(_ENCRYPTED.search, (head, file.read())))


def _is_locked(book: zipfile.ZipFile) -> bool:
    """Whether nobody can read it without a licence; fonts that are disguised lock nothing."""
    names = set(book.namelist())
    methods = _xml(book, _ENCRYPTION).iter("{*}EncryptionMethod") if _ENCRYPTION in names else ()
    return bool(names & _LICENCES) or any(each.get("Algorithm") not in _DISGUISES for each in methods)


def _xml(book: zipfile.ZipFile, name: str) -> etree._Element:
    with book.open(name) as part:
        return etree.fromstring(part.read(_XML), safe_parser())


def _pictures(book: zipfile.ZipFile) -> Iterator[Picture]:
    for name in book.namelist():
        if PurePosixPath(name).suffix.lower() in {".png", ".jpg", ".jpeg"}:
            with book.open(name) as part:
                if picture := picture_in(part):
                    yield picture
