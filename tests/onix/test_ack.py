"""Acknowledgements from outside: hostile and garbled first, then what they say."""

import contextlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colophon.errors import BadRecordError
from colophon.onix import outside_text
from colophon.onix.ack import AcknowledgedRecord, Detail, read

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
        (GOOD.replace("MessageStatus>", "Messagestatus>").encode(), "no MessageStatus"),
        (GOOD.replace("RecordStatus>", "Recordstatus>").encode(), "no RecordStatus"),
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


def test_encodings_and_no_namespace() -> None:
    """UTF-16 and a missing namespace, as recipients do send them."""
    assert read(GOOD.replace("UTF-8", "UTF-16").encode("utf-16")).message_number == 42
    assert read(GOOD.replace(f' xmlns="{NAMESPACE}"', "").encode()).message_number == 42
