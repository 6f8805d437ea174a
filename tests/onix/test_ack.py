"""Acknowledgements from outside: hostile and garbled first, then what they say."""

import contextlib
import copy
import gzip
import io
import re
import tracemalloc
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colophon.errors import BadRecordError
from colophon.onix import outside_text
from colophon.onix.ack import AcknowledgedRecord, Detail, is_onix, read

NAMESPACE = "http://ns.editeur.org/onix/acknowledgement/3.0/reference"
GOOD = f"""<?xml version="1.0" encoding="UTF-8"?>
<ONIXMessageAcknowledgement release="3.0" xmlns="{NAMESPACE}"><!-- ours -->
 <Header>
  <Sender><SenderName>Full-detail retailer</SenderName></Sender>
  <Addressee><AddresseeName>Larkspur &amp; Vale</AddresseeName></Addressee>
  <MessageNumber>42</MessageNumber><SentDateTime>20260601T0612+0200</SentDateTime>
  <MessageStatus>03</MessageStatus>
  <MessageStatusDetail><StatusDetailType>W</StatusDetailType><StatusDetailCode>001</StatusDetailCode><Note>late</Note></MessageStatusDetail>
 </Header>
 <Product>
  <RecordReference>example.larkspur-vale.101</RecordReference><NotificationType>03</NotificationType>
  <ProductIdentifier><ProductIDType>15</ProductIDType><IDValue>9781999000011</IDValue></ProductIdentifier>
  <RecordStatus>00</RecordStatus>
 </Product>
 <Product>
  <RecordReference>example.larkspur-vale.102</RecordReference>
  <RecordStatus>03</RecordStatus><RecordStatusNote>See details</RecordStatusNote>
  <RecordStatusDetail>
   <StatusDetailType>E</StatusDetailType><StatusDetailCodeType>01</StatusDetailCodeType><StatusDetailCode>price_missing</StatusDetailCode>
   <StatusDetailText>No price
     in GBP</StatusDetailText><StatusDetailPath>/Product[2]</StatusDetailPath>
  </RecordStatusDetail>
 </Product>
</ONIXMessageAcknowledgement>"""
SHORT = """<ONIXmessageacknowledgement release="3.0" xmlns="http://ns.editeur.org/onix/acknowledgement/3.0/short">
<header><sender><x298>Short-tag distributor</x298></sender><m180>7</m180><x307>20260601</x307><m489>02</m489></header>
<product><a001>r.1</a001><productidentifier><b221>15</b221><b244>9781999000011</b244></productidentifier><a498>02</a498>
<recordstatusdetail><a494>F</a494><a495>000</a495></recordstatusdetail></product></ONIXmessageacknowledgement>"""
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
MANY_ATTRIBUTES = " ".join(f"a{n}='x'" for n in range(20))
BOMB = f'<!DOCTYPE x [<!ENTITY l0 "ha">{LAUGHS}]>' + GOOD.partition("?>")[2].replace("See details", "&l9;")
OUTSIDE = '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>' + GOOD.partition("?>")[2].replace("See details", "&f;")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "well-formed"),
        (b"\x00\xff", "well-formed"),
        (GOOD[:600].encode(), "well-formed"),
        (b"<html><body>Please log in</body></html>", "not an ONIX acknowledgement"),
        (GOOD.replace(NAMESPACE, "http://ns.editeur.org/onix/3.1/reference").encode(), "not an ONIX acknowledgement"),
        (re.sub("(Message|Record)Status>", "Nothing>", GOOD).encode(), "no MessageStatus"),
        (BOMB.encode(), "DOCTYPE"),
        (OUTSIDE.encode(), "DOCTYPE"),
        (BOMB.encode("utf-16"), "DOCTYPE"),
        (b'<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE x><x/>', "DOCTYPE"),
        (BOMB.replace("<!DOCTYPE", "<!doctype").encode(), "DOCTYPE"),
        (b'<?xml version="1.0" encoding="cp037"?>'.decode().encode("cp037") + "<!DOCTYPE x><x/>".encode("cp037"), "DOCTYPE|well-formed"),
        (GOOD.replace("<Product>", f"<Product {MANY_ATTRIBUTES}>", 1).encode(), "attributes"),
        (("<a>" * 400 + "</a>" * 400).encode(), "well-formed"),
    ],
)
def test_hostile_and_garbled(content: bytes, reason: str) -> None:
    """Each of them is refused with a typed error that says why."""
    with pytest.raises(BadRecordError, match=reason):
        read(content)


def test_too_big(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes are counted before anything is parsed."""
    monkeypatch.setattr(outside_text, "MAX_BYTES", 1000)
    with pytest.raises(BadRecordError, match="too big"):
        read(GOOD.encode())


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: GOOD.replace("42", text).encode(errors="ignore")))
def test_any_bytes(content: bytes) -> None:
    """Whatever comes, it is read or refused, and nothing else is raised."""
    with contextlib.suppress(BadRecordError):
        read(content)


def test_good() -> None:
    """Sender, number, time, statuses, and every detail with all its words."""
    found = read(GOOD.encode())
    assert (found.recipient, found.message_number, found.status) == ("Full-detail retailer", 42, "03")
    assert found.sent_at == datetime(2026, 6, 1, 4, 12, tzinfo=UTC)
    assert found.details == (Detail("W", "001", "late"),)
    assert found.records == (
        AcknowledgedRecord("example.larkspur-vale.101", "9781999000011", "00"),
        AcknowledgedRecord(
            "example.larkspur-vale.102",
            None,
            "03",
            (Detail("E", "price_missing", "No price in GBP; /Product[2]"), Detail("I", "", "See details")),
        ),
    )
    assert [detail.is_error for detail in found.records[1].details] == [True, False]


def test_short_tags() -> None:
    """Short tags say the same; a day without a time is taken as UTC."""
    found = read(SHORT.encode())
    assert (found.recipient, found.message_number, found.status) == ("Short-tag distributor", 7, "02")
    assert found.sent_at == datetime(2026, 6, 1, tzinfo=UTC)
    assert found.records == (AcknowledgedRecord("r.1", "9781999000011", "02", (Detail("F", "000", ""),)),)


@pytest.mark.parametrize("number", ["", "none", "\u0664\u0662", "9" * 30, "-1"])
def test_unreadable_number(number: str) -> None:
    """A message number that is none is absent, and the event that carried the acknowledgement knows better."""
    assert read(GOOD.replace("42", number).encode()).message_number is None


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("20260601T061207Z", datetime(2026, 6, 1, 6, 12, 7, tzinfo=UTC)),
        ("20260601T0612", datetime(2026, 6, 1, 6, 12, tzinfo=UTC)),
        ("20260631", None),
        ("1 June", None),
    ],
)
def test_moments(written: str, expected: datetime | None) -> None:
    """Every shape that ONIX allows is read, and a day that is none is absent."""
    assert read(GOOD.replace("20260601T0612+0200", written).encode()).sent_at == expected


def zipped(*files: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of these files."""
    to = io.BytesIO()
    with zipfile.ZipFile(to, "w", method) as package:
        for name, content in files:
            package.writestr(name, content)
    return to.getvalue()


def locked(package: bytes) -> bytes:
    """The same, said to need a password."""
    return package.replace(b"PK\x03\x04\x14\0\0", b"PK\x03\x04\x14\0\1").replace(
        b"PK\x01\x02\x14\x03\x14\0\0", b"PK\x01\x02\x14\x03\x14\0\1"
    )


def test_encodings_and_no_namespace() -> None:
    """UTF-16 and a missing namespace, as recipients do send them."""
    assert read(GOOD.replace("UTF-8", "UTF-16").encode("utf-16")).message_number == 42
    assert read(GOOD.replace(f' xmlns="{NAMESPACE}"', "").encode()).message_number == 42


@pytest.mark.parametrize(
    "content",
    [
        gzip.compress(GOOD.encode()),
        gzip.compress(GOOD.encode()[:500]) + gzip.compress(GOOD.encode()[500:]),
        zipped(("out/", b""), ("__MACOSX/._ack.xml", b"x"), ("out/ack.xml", GOOD.encode("utf-16")), ("out/.DS_Store", b"x")),
        gzip.compress(zipped(("ack.xml", GOOD.encode()), method=zipfile.ZIP_STORED)),
        b"\n\r\n \t" + GOOD.encode(),
        b"\xef\xbb\xbf\n" + GOOD.encode(),
        GOOD.encode("utf-16"),
        ("\n" + GOOD).encode("utf-16-le"),
        GOOD.replace("UTF-8", "UTF-16").encode("utf-16-be"),
        GOOD.replace("UTF-8", "windows-1252").encode("cp1252"),
        GOOD.replace("UTF-8", "UTF-16").encode(),
        GOOD.replace(' encoding="UTF-8"', "").encode("cp1252"),
        GOOD.encode("cp1252"),
        GOOD.replace("UTF-8", "ISO-8859-15").encode("iso-8859-15"),
        GOOD.replace("UTF-8", "latin_1").encode("cp1252"),
        GOOD.replace("UTF-8", "ANSI").encode("cp1252"),
        GOOD.encode() + b"\n\0",
    ],
    ids=[
        *(
            "packed",
            "packed in parts",
            "a zip as a Macintosh makes it",
            "packed twice",
            "blank lines",
            "a mark",
            "UTF-16 that says UTF-8",
            "UTF-16 with a blank line",
            "UTF-16 without a mark",
        ),
        *("Windows-1252", "UTF-8 that says UTF-16", "Windows-1252 that says nothing", "Windows-1252 that says UTF-8", "another one"),
        *("a name of Python's", "a name of nobody's", "a zero at the end"),
    ],
)
def test_the_same_in_any_dress(content: bytes) -> None:
    """It says the same, and every letter of its words is whole."""
    assert read(content) == read(GOOD.encode())


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [("utf-8", "UTF-8"), ("cp1252", "UTF-8"), ("cp1252", "iso-8859-1"), ("utf-8", "us-ascii"), ("utf-16", "UTF-16")],
)
def test_letters_of_any_encoding_are_whole(encoding: str, declared: str) -> None:
    """Also those that Windows-1252 has and Latin-1 has not."""
    text = GOOD.replace("UTF-8", declared).replace("No price", "Preis für “Ö” fehlt: 5 €")
    assert "Preis für “Ö” fehlt: 5 €" in read(text.encode(encoding)).records[1].details[0].text


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (gzip.compress(GOOD.encode())[:-20], "breaks off"),
        (b"\x1f\x8b" + b"\0" * 30, "damaged"),
        (gzip.compress(BOMB.encode()), "DOCTYPE"),
        (zipped(("ack.xml", BOMB.encode())), "DOCTYPE"),
        (zipped(("ack.xml", GOOD.encode()), ("more.xml", GOOD.encode())), "packs 2 files"),
        (zipped(), "not well-formed"),
        (zipped(("out/", b"")), "packs 0 files"),
        (zipped(*((f"{number}/", b"") for number in range(outside_text.MAX_ENTRIES + 1))), "too many files"),
        (zipped(("ack.xml", GOOD.encode()), method=zipfile.ZIP_LZMA), "packed in a way"),
        (locked(zipped(("ack.xml", GOOD.encode()))), "locked"),
        (zipped(("ack.xml", GOOD.encode()))[:-20], "damaged"),
        (("\n" + BOMB).encode("utf-16-le"), "DOCTYPE"),
        (b'<?xml version="1.0" encoding="idna"?><x/>', "encoding"),
        (b'<?xml version="1.0" encoding="zip"?><x/>', "encoding"),
        (b"\xff\xfe<\0x\0\0\xd8", "encoding"),
    ],
)
def test_hostile_dress(content: bytes, reason: str) -> None:
    """What is packed or encoded to do harm is refused as if it were not."""
    with pytest.raises(BadRecordError, match=reason):
        read(content)


@pytest.mark.parametrize("pack", [gzip.compress, lambda content: zipped(("ack.xml", content))], ids=["gzip", "zip"])
def test_a_small_file_that_unpacks_to_a_huge_one_is_refused_early(pack: Callable[[bytes], bytes]) -> None:
    """It takes no more memory than the limit."""
    bomb = pack(b" " * (outside_text.MAX_BYTES + 1))
    assert len(bomb) < 100_000
    tracemalloc.start()
    with pytest.raises(BadRecordError, match="too big"):
        read(bomb)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2.5 * outside_text.MAX_BYTES


@pytest.mark.parametrize(
    ("reference", "ids", "numbers"),
    [
        ("R1", {"15": "9781999000011"}, ("9781999000011",)),
        ("R1", {"03": "9781999000011", "14": "09781999000011", "02": "1999000013"}, ("9781999000011",)),
        ("978-1-999000-01-1", {}, ("9781999000011",)),
        ("R1", {"03": "4006381333931", "01": "77"}, ("4006381333931",)),
        ("R1", {"15": "9781999000012"}, ()),
    ],
    ids=["ISBN", "four ways", "as the reference", "GTIN", "wrong digit"],
)
def test_what_a_record_is_named_by(reference: str, ids: dict[str, str], numbers: tuple[str, ...]) -> None:
    """Every number of trade, in the one form by which it is known."""
    tags = "".join(
        f"<ProductIdentifier><ProductIDType>{kind}</ProductIDType><IDValue>{value}</IDValue></ProductIdentifier>"
        for kind, value in ids.items()
    )
    start, end = GOOD.index("<RecordReference>example.larkspur-vale.101"), GOOD.index("<RecordStatus>00")
    record = read((GOOD[:start] + f"<RecordReference>{reference}</RecordReference>{tags}" + GOOD[end:]).encode()).records[0]
    assert record.numbers == numbers


def test_a_processed_message_without_records_has_nothing_wrong_in_it() -> None:
    """What was only received, or has records, says nothing of the rest."""
    bare = GOOD[: GOOD.index("<Product>")] + "<NoProduct/></ONIXMessageAcknowledgement>"
    assert read(bare.encode()).is_rest_taken
    assert not read(bare.replace("<MessageStatus>03", "<MessageStatus>00").encode()).is_rest_taken
    assert not read(GOOD.encode()).is_rest_taken


def test_a_status_that_nobody_knows_is_told() -> None:
    """It is neither a rejection nor an acceptance; a code that lost its zero is known."""
    found = read(GOOD.replace("<RecordStatus>03", "<RecordStatus>3").replace("<RecordStatus>00", "<RecordStatus>REFUSED").encode())
    assert [record.status for record in found.records] == ["REFUSED", "03"]
    assert found.unclear == ("9781999000011: record status REFUSED",)
    assert read(GOOD.replace("<MessageStatus>03", "<MessageStatus>7").encode()).unclear == ("message status 07",)


def test_a_record_or_a_message_without_a_status_leaves_the_others_as_they_are() -> None:
    """It is told, with its words, and nobody's rejection is lost over it."""
    found = read(GOOD.replace("<RecordStatus>00</RecordStatus>", "").encode())
    assert [record.status for record in found.records] == ["", "03"]
    assert [words for words in found.unclear if "record status not given" in words]
    found = read(GOOD.replace("MessageStatus>", "Messagestatus>").encode())
    assert ([record.status for record in found.records], found.unclear) == (["00", "03"], ("message status not given",))


@pytest.mark.parametrize("start", [b"", b"From shop@shop.example Mon Jan  5 02:00:00 2026\n"])
def test_an_acknowledgement_in_an_e_mail(start: bytes) -> None:
    """Attached, packed or not, or as the letter itself."""
    letter = EmailMessage()
    letter["From"], letter["Subject"] = "shop@shop.example", "Your message"
    letter.set_content("See the file.")
    packed, bare = copy.deepcopy(letter), b"From: shop@shop.example\nMIME-Version: 1.0\nContent-Type: text/xml\n\n" + GOOD.encode()
    letter.add_attachment(GOOD.encode(), maintype="application", subtype="xml", filename="Ack.XML")
    packed.add_attachment(gzip.compress(GOOD.encode()), maintype="application", subtype="gzip", filename="ack.xml.gz")
    for content in (letter.as_bytes(), packed.as_bytes(), bare):
        assert is_onix(start + content)
        assert read(start + content).records == read(GOOD.encode()).records


def test_a_number_whose_type_nobody_says_names_its_product() -> None:
    """Where it is one of the trade; a number of another type's is not guessed at."""
    bare = "<ProductIdentifier><IDValue>978-1-999000-01-1</IDValue></ProductIdentifier>"
    own = bare.replace("<IDValue>", "<ProductIDType>01</ProductIDType><IDValue>")
    body = f'<ONIXMessageAcknowledgement release="3.0"><Header><MessageStatus>03</MessageStatus></Header><Product>{bare}<RecordStatus>03</RecordStatus></Product></ONIXMessageAcknowledgement>'
    assert [read(text.encode()).records[0].numbers for text in (body, body.replace(bare, own))] == [("9781999000011",), ()]
