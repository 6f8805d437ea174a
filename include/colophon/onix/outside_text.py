"""The text of a file from outside: unpacked, and in whichever encoding it came, under a limit."""

import codecs
import io
import re
import zipfile
import zlib

from colophon.errors import BadRecordError

MAX_BYTES = 64 * 1024 * 1024
GZIP, ZIP = b"\x1f\x8b", b"PK\x03\x04"
PACKED_AT_MOST, MAX_ENTRIES = 2, 100
_ZIP_ENTRY, _WORKBOOK, _ENCRYPTED = b"PK\x01\x02", "[Content_Types].xml", 1
_WAYS_OF_PACKING = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_BESIDE = re.compile(r"(?:^|/)(?:__MACOSX/|\.|Thumbs\.db$|desktop\.ini$)", re.IGNORECASE)
_BYTE_ORDER_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_UTF_8_OR_WINDOWS = frozenset({"", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "iso8859-1", "ascii"})
"""Encodings that their bytes tell apart, whatever a file declares: valid UTF-8 is UTF-8, and without zero bytes nothing is UTF-16."""
_OTHERS = re.compile(r"iso8859-\d{1,2}|cp\d{3,4}|koi8-[ru]|mac-roman|utf-7|gb18030|gb2312|gbk|big5|shift_jis|euc_(?:jp|kr)")
"""Other encodings that are read where they are declared; Python knows some that take hours."""
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")


def unpacked(content: bytes, what: str) -> bytes:
    """The content, out of gzip or zip where it is packed; a workbook, which is a package too, as it is. `what` names it.

    :raises BadRecordError: it is too big, packed or not, breaks off, or packs anything but one file.
    """
    for _ in range(PACKED_AT_MOST):
        if content.startswith(GZIP):
            content = _out_of_gzip(content, what)
        elif content.startswith(ZIP) and (file := _file_in(content, what)) is not None:
            content = file
    return _bounded(content, what)


def _out_of_gzip(content: bytes, what: str) -> bytes:
    parts, size, rest = list[bytes](), 0, content
    while rest.startswith(GZIP):
        machine = zlib.decompressobj(wbits=31)
        try:
            part = machine.decompress(rest, MAX_BYTES + 1 - size)
        except zlib.error as problem:
            raise BadRecordError(f"{what} is packed, and damaged", evidence="gzip") from problem
        size += len(part)
        if size > MAX_BYTES:
            raise BadRecordError(f"{what} is too big", evidence=f"unpacks to more than {MAX_BYTES} bytes")
        if not machine.eof:
            raise BadRecordError(f"{what} is packed, and breaks off", evidence="gzip")
        parts.append(part)
        rest = machine.unused_data
    return b"".join(parts)


def _file_in(content: bytes, what: str) -> bytes | None:
    """The one file that a zip packs, beside what systems put there of their own accord; None of a workbook."""
    # Counted before the directory is read, which may list more than there is memory for; a part's own size may be a lie.
    if content.count(_ZIP_ENTRY) > MAX_ENTRIES:
        raise BadRecordError(f"{what} packs too many files", evidence=f"more than {MAX_ENTRIES}")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            entries = package.infolist()
            if any(entry.filename == _WORKBOOK for entry in entries):
                return None
            files = [entry for entry in entries if not (entry.is_dir() or _BESIDE.search(entry.filename))]
            if len(files) != 1:
                raise BadRecordError(f"{what} packs {len(files)} files, and one is read", evidence="zip")
            if files[0].flag_bits & _ENCRYPTED or files[0].compress_type not in _WAYS_OF_PACKING:
                raise BadRecordError(f"{what} is locked, or packed in a way that is not read", evidence="zip")
            with package.open(files[0]) as file:
                return _bounded(file.read(MAX_BYTES + 1), what)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError) as problem:
        raise BadRecordError(f"{what} is packed, and damaged", evidence="zip") from problem


def text_of(content: bytes, what: str, declared: str = "") -> str:
    """The content as text: by its byte order mark, by its zero bytes, by what it declares of itself, or as UTF-8 or else Windows-1252.

    :param declared: an encoding that its description names; empty: what an XML declaration says, if there is one.
    :raises BadRecordError: it is in none of them, or in another one than it declares.
    """
    encoding = _encoding(content, _known(declared or _declared(content)))
    if encoding not in {"utf-8", "cp1252", "utf-16-le", "utf-16-be"} and not _OTHERS.fullmatch(encoding):
        raise BadRecordError(f"{what} cannot be read in its encoding", evidence=encoding[:40])
    try:
        text = content.decode(encoding, errors="replace" if encoding == "cp1252" else "strict")
    except (UnicodeError, LookupError) as problem:
        raise BadRecordError(f"{what} cannot be read in its encoding", evidence=encoding[:40]) from problem
    return text.removeprefix("\ufeff")


def _encoding(content: bytes, declared: str) -> str:
    for mark, encoding in _BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return encoding
    head = content[:200].lstrip(b" \t\r\n\0")[:1]
    zeros = content[:200]
    if head and zeros[1::2].count(0) > len(zeros) // 4:
        return "utf-16-le"
    if head and zeros[0::2].count(0) > len(zeros) // 4:
        return "utf-16-be"
    if declared in _UTF_8_OR_WINDOWS:
        return "utf-8" if _is_utf_8(content) else "cp1252"
    return declared


def _known(declared: str) -> str:
    """Python's name of an encoding; empty where it has none of that name, and then the bytes say more than the word."""
    try:
        return codecs.lookup(declared).name if declared else ""
    except (LookupError, ValueError):
        return ""


def _is_utf_8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def _declared(content: bytes) -> str:
    found = _DECLARED.match(content[:400])
    return found[1].decode() if found else ""


def _bounded(content: bytes, what: str) -> bytes:
    if len(content) > MAX_BYTES:
        raise BadRecordError(f"{what} is too big", evidence=f"{len(content)} bytes, at most {MAX_BYTES}")
    return content
