"""Reads ONIX acknowledgements (`ONIXMessageAcknowledgement`, ONIX 3.0 Acknowledgement Format) that recipients send back.

They come from outside: no DOCTYPE, no entities, capped sizes. Elements are known by their local names, in reference or
short tags, so that an unexpected element is passed over and never lost: its text is kept in the detail that holds it. They may be
packed with gzip or zip, come in an e-mail, begin with blanks, and be in UTF-8, UTF-16 or Windows-1252, whether they say so or not.
"""

import re
from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from colophon.domain.identifiers import is_gtin, isbn13_of
from colophon.errors import BadRecordError
from colophon.onix.mail import is_mail, opened
from colophon.onix.outside_text import text_of, unpacked
from colophon.onix.tags import short_names
from colophon.onix.xml import safe_parser

NAMESPACE = "http://ns.editeur.org/onix/acknowledgement/"
MAX_ATTRIBUTES = 16
REJECTED, PROCESSED = "01", "03"
"""Message status (List 221): nothing of it was taken; all of it was looked at."""

# Short tags that only acknowledgements have; all others are those of ONIX messages, and come from the schema.
_ACK_TAGS = {
    "ONIXmessageacknowledgement": "ONIXMessageAcknowledgement",
    "m489": "MessageStatus",
    "a492": "StatusDetailCodeType",
    "a494": "StatusDetailType",
    "a495": "StatusDetailCode",
    "a498": "RecordStatus",
    "messagestatusdetail": "MessageStatusDetail",
    "recordstatusdetail": "RecordStatusDetail",
}
WHAT = "the acknowledgement"
_DECLARATION = re.compile(r"\A<\?xml\s[^>]*\?>")
_DOCTYPE = re.compile(r"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)
_TRADE_IDS = frozenset({"15", "03", "14", "02", ""})
"""Of List 5: what names a product to everybody: ISBN-13, GTIN-13, GTIN-14, ISBN-10; or what nobody says the type of."""
_DRESS = re.compile(r"""\.0+\s*$|[\s"'=:\u00ad\u2010-\u2015\u200b-\u200f\u2060\ufeff-]""")
"""Around and within a number: `="978..."`, `'978...`, `978.....0`, hyphens and blanks of any kind."""
_NAMED = re.compile(r"^(?:urn)?(?:isbn|ean|gtin)(?:1[034])?(?=\d{9})", re.IGNORECASE)
_RECORD_STATUSES = frozenset({"00", "01", "02", "03", "09"})
_MESSAGE_STATUSES = frozenset({"00", REJECTED, "02", PROCESSED})
_MOMENT = re.compile(r"(\d{8})(?:T(\d{4})(\d\d)?(Z|[+-]\d{4})?)?", re.ASCII)
_NOTES = ("MessageStatusNote", "RecordStatusNote")
_DETAIL_CODES = frozenset({"StatusDetailType", "StatusDetailCode", "StatusDetailCodeType"})


@dataclass(frozen=True, slots=True)
class Detail:
    """One remark: `severity` List 224 (F fatal, E error, W warning, Q query, I info, U unknown), `code` List 225 or the recipient's own."""

    severity: str
    code: str
    text: str

    @property
    def is_error(self) -> bool:
        """Whether it becomes an exception on the title."""
        return self.severity in {"F", "E"}


@dataclass(frozen=True, slots=True)
class AcknowledgedRecord:
    """One product's verdict: `status` List 226 (00 clean, 01 and 02 with errors, 03 rejected, 09 reported before).

    `record_reference` may be the recipient's own; `others` are the numbers of trade beside `isbn` that it names the product by.
    """

    record_reference: str
    isbn: str | None
    status: str
    details: tuple[Detail, ...] = ()
    others: tuple[str, ...] = ()

    @property
    def numbers(self) -> tuple[str, ...]:
        """The 13 digits of every number that may name the product, also where the reference is one."""
        found = [number_of(text) for text in (self.isbn or "", *self.others, self.record_reference)]
        return tuple(dict.fromkeys(number for number in found if number))


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """A recipient's answer to one message: `status` List 221 (00 received, 01 rejected, 02 in part, 03 processed).

    `recipient` is the sender of the acknowledgement, `message_number` that of our message. `is_rest_taken`: it says of a message that
    was processed only what is wrong in it. `unclear`: what it says that nobody can understand.
    """

    recipient: str
    message_number: int | None
    status: str
    sent_at: datetime | None = None
    details: tuple[Detail, ...] = ()
    records: tuple[AcknowledgedRecord, ...] = ()
    is_rest_taken: bool = False
    unclear: tuple[str, ...] = ()


def number_of(text: str) -> str | None:
    """The ISBN-13 or GTIN-13 that a text is, also as an ISBN-10, a GTIN-14 of a single copy, or as spreadsheets and people dress it."""
    bare = _NAMED.sub("", _DRESS.sub("", text))
    if is_gtin(bare, 14) and bare.startswith("0"):
        bare = bare[1:]
    return isbn13_of(bare) or (bare if is_gtin(bare, 13) else None)


def is_onix(content: bytes) -> bool:
    """Whether a file is meant as an acknowledgement in ONIX, readable or not."""
    try:
        head = text_of(_opened(content)[:4000], WHAT)
    except BadRecordError:
        return False
    return "onixmessageacknowledgement" in head.lower()


def read(content: bytes, folder: str | None = None) -> Acknowledgement:
    """The acknowledgement in `content`; `folder` is that of EDItEUR's files, whose short tags are needed to read short tags.

    A record without a status is `unclear`, and the others stand.

    :raises BadRecordError: not XML, not an acknowledgement, with a DOCTYPE, too big, or without any status.
    """
    root = _parsed(content)
    _rename(root, folder)
    if root.tag != "ONIXMessageAcknowledgement":
        raise BadRecordError("this is not an ONIX acknowledgement", evidence=f"root {root.tag[:60]}")
    header = root.find("Header")
    status = _two_digits(_text(header, "MessageStatus") or _text(root, "MessageStatus"))
    number, records = _text(header, "MessageNumber"), tuple(_record(product) for product in root.iterfind("Product"))
    if not status and not any(record.status for record in records):
        raise BadRecordError("the acknowledgement has no MessageStatus", evidence=f"{len(content)} bytes")
    return Acknowledgement(
        recipient=_text(header, "Sender/SenderName"),
        message_number=int(number) if number.isascii() and number.isdigit() and len(number) < 10 else None,
        status=status,
        sent_at=_moment(_text(header, "SentDateTime")),
        details=_details(header) + _details(root),
        records=records,
        is_rest_taken=status == PROCESSED and not records,
        unclear=(
            *([f"message status {status or 'not given'}"] if status not in _MESSAGE_STATUSES else []),
            *(_told(record) for record in records if record.status not in _RECORD_STATUSES),
        ),
    )


def _opened(content: bytes) -> bytes:
    """Unpacked, and out of the e-mail that brings it."""
    content = unpacked(content, WHAT)
    return opened(content, "xml", WHAT).report if is_mail(content) else content


def _parsed(content: bytes) -> etree._Element:
    text = text_of(_opened(content), WHAT).strip("\ufeff \t\r\n\0\x1a")
    if _DOCTYPE.search(text):
        raise BadRecordError("the acknowledgement has a DOCTYPE, and those are refused")
    try:
        root = etree.fromstring(_DECLARATION.sub("", text, count=1).encode(), safe_parser())
    except (etree.XMLSyntaxError, ValueError) as problem:
        raise BadRecordError("the acknowledgement is not well-formed XML", evidence=type(problem).__name__) from problem
    return root


def _rename(root: etree._Element, folder: str | None) -> None:
    """Reference names without a namespace throughout.

    :raises BadRecordError: another namespace than the acknowledgement's, or an element with too many attributes.
    """
    space = etree.QName(root).namespace or ""
    if space and not space.startswith(NAMESPACE):
        raise BadRecordError("this is not an ONIX acknowledgement", evidence=f"namespace {space[:100]}")
    is_short = etree.QName(root).localname in _ACK_TAGS
    names = {short: name for name, short in short_names("3.0", folder).items()} | _ACK_TAGS if is_short else {}
    for element in root.iter("*"):
        if len(element.attrib) > MAX_ATTRIBUTES:
            raise BadRecordError("the acknowledgement has an element with too many attributes")
        local = etree.QName(element).localname
        element.tag = names.get(local, local)


def _record(product: etree._Element) -> AcknowledgedRecord:
    reference, status = _text(product, "RecordReference"), _two_digits(_text(product, "RecordStatus"))
    pairs = [(_text(child, "ProductIDType"), _text(child, "IDValue")) for child in product.iterfind("ProductIdentifier")]
    ids = dict(pairs)
    isbn = ids.get("15") or ids.get("03")
    others = tuple(value for kind, value in pairs if kind in _TRADE_IDS and value and value != isbn)
    return AcknowledgedRecord(reference, isbn, status, _details(product), others)


def _two_digits(status: str) -> str:
    """A code of the lists, whose leading zero spreadsheets and programs lose."""
    return status.zfill(2) if status.isascii() and status.isdigit() else status


def _told(record: AcknowledgedRecord) -> str:
    words = "; ".join(detail.text for detail in record.details if detail.text)
    return f"{record.isbn or record.record_reference}: record status {record.status or 'not given'}{': ' if words else ''}{words}"


def _details(parent: etree._Element | None) -> tuple[Detail, ...]:
    if parent is None:
        return ()
    found = [_detail(child) for name in ("MessageStatusDetail", "RecordStatusDetail") for child in parent.iterfind(name)]
    notes = [Detail("I", "", _all_text(child)) for name in _NOTES for child in parent.iterfind(name)]
    return (*found, *notes)


def _detail(element: etree._Element) -> Detail:
    """Whatever else the detail holds (a note, a path, a value) becomes its text, so that nothing is lost."""
    words = [_all_text(child) for child in element.iterchildren() if child.tag not in _DETAIL_CODES]
    return Detail(_text(element, "StatusDetailType") or "U", _text(element, "StatusDetailCode"), "; ".join(filter(None, words)))


def _all_text(element: etree._Element) -> str:
    return " ".join("".join(str(part) for part in element.itertext()).split())


def _text(parent: etree._Element | None, path: str) -> str:
    found = parent.find(path) if parent is not None else None
    return (found.text or "").strip() if found is not None else ""


def _moment(text: str) -> datetime | None:
    """ONIX writes YYYYMMDD[Thhmm[ss][zone]]; a time without zone is taken as UTC, an impossible one is absent."""
    found = _MOMENT.fullmatch(text)
    if not found:
        return None
    day, minute, second, zone = found.groups()
    try:
        return datetime.strptime(f"{day}{minute or '0000'}{second or '00'}{zone or 'Z'}", "%Y%m%d%H%M%S%z")
    except ValueError:
        return None
