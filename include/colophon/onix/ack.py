"""Reads ONIX acknowledgements (`ONIXMessageAcknowledgement`, ONIX 3.0 Acknowledgement Format) that recipients send back.

They come from outside: no DOCTYPE, no entities, capped sizes. Elements are known by their local names, in reference or
short tags, so that an unexpected element is passed over and never lost: its text is kept in the detail that holds it.
"""

import re
from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from colophon.errors import BadRecordError
from colophon.onix.tags import short_names
from colophon.onix.xml import safe_parser

NAMESPACE = "http://ns.editeur.org/onix/acknowledgement/3.0/"
MAX_BYTES = 64 * 1024 * 1024
MAX_ATTRIBUTES = 16

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
    """One product's verdict: `status` List 226 (00 clean, 01 and 02 with errors, 03 rejected, 09 reported before)."""

    record_reference: str
    isbn: str | None
    status: str
    details: tuple[Detail, ...] = ()


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """A recipient's answer to one message: `status` List 221 (00 received, 01 rejected, 02 in part, 03 processed).

    `recipient` is the sender of the acknowledgement, `message_number` that of our message.
    """

    recipient: str
    message_number: int | None
    status: str
    sent_at: datetime | None = None
    details: tuple[Detail, ...] = ()
    records: tuple[AcknowledgedRecord, ...] = ()


def read(content: bytes, folder: str | None = None) -> Acknowledgement:
    """The acknowledgement in `content`; `folder` is that of EDItEUR's files, whose short tags are needed to read short tags.

    :raises BadRecordError: not XML, not an acknowledgement, with a DOCTYPE, too big, or without statuses.
    """
    root = _parsed(content)
    _rename(root, folder)
    if root.tag != "ONIXMessageAcknowledgement":
        raise BadRecordError("this is not an ONIX acknowledgement", evidence=f"root {root.tag[:60]}")
    header = root.find("Header")
    status = _text(header, "MessageStatus") or _text(root, "MessageStatus")
    if not status:
        raise BadRecordError("the acknowledgement has no MessageStatus", evidence=f"{len(content)} bytes")
    number = _text(header, "MessageNumber")
    return Acknowledgement(
        recipient=_text(header, "Sender/SenderName"),
        message_number=int(number) if number.isascii() and number.isdigit() and len(number) < 10 else None,
        status=status,
        sent_at=_moment(_text(header, "SentDateTime")),
        details=_details(header) + _details(root),
        records=tuple(_record(product) for product in root.iterfind("Product")),
    )


def _parsed(content: bytes) -> etree._Element:
    if len(content) > MAX_BYTES:
        raise BadRecordError("the acknowledgement is too big", evidence=f"{len(content)} bytes, at most {MAX_BYTES}")
    if re.search(rb"<!\s*(DOCTYPE|ENTITY)", content.replace(b"\0", b""), re.IGNORECASE):
        raise BadRecordError("the acknowledgement has a DOCTYPE, and those are refused")
    try:
        root = etree.fromstring(content, safe_parser())
    except (etree.XMLSyntaxError, ValueError) as problem:
        raise BadRecordError("the acknowledgement is not well-formed XML", evidence=type(problem).__name__) from problem
    if root.getroottree().docinfo.doctype:  # type: ignore[union-attr]  # an encoding that hid it from the search above
        raise BadRecordError("the acknowledgement has a DOCTYPE, and those are refused")
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
    reference, status = _text(product, "RecordReference"), _text(product, "RecordStatus")
    if not status:
        raise BadRecordError("a record of the acknowledgement has no RecordStatus", subject=reference[:100])
    ids = {_text(child, "ProductIDType"): _text(child, "IDValue") for child in product.iterfind("ProductIdentifier")}
    return AcknowledgedRecord(reference, ids.get("15") or ids.get("03"), status, _details(product))


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
