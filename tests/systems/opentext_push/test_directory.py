"""Who has which devices."""

from datetime import UTC, datetime

import pytest

from colophon.errors import BadConfigError
from colophon.ledger import Ledger, upgrade
from colophon.systems.opentext_push.directory import FileDirectory, LedgerRetired

AT = datetime(2026, 5, 1, tzinfo=UTC)
CSV = b"person,kind,value,platform\nc-1,token,tok-ok-1,ios\nc-1,sms,00442079460123,\nc-2,email,a@example.org,\n"
YAML = b"- {person: c-1, kind: token, value: tok-ok-1, platform: ios}\n- {person: c-1, kind: sms, value: '00442079460123'}\n"


@pytest.fixture
def retired(tmp_path):
    """Retired devices in a ledger."""
    url = f"sqlite:///{tmp_path}/ledger.db"
    upgrade(url)
    with Ledger.open(url) as ledger:
        yield LedgerRetired(ledger)


@pytest.mark.parametrize(("name", "content"), [("people.csv", CSV), ("people.yaml", YAML)])
def test_people(retired, name, content):
    """Both kinds of file; somebody who is not in it has nothing."""
    directory = FileDirectory.read(name, content, retired)
    assert [(t.kind, t.value) for t in directory.resolve("c-1")] == [("token", "tok-ok-1"), ("sms", "00442079460123")]
    assert directory.resolve("nobody") == []


def test_a_retired_device_stays_retired(retired):
    """Also for the next reader of the file, and without its token in the ledger."""
    FileDirectory.read("p.csv", CSV, retired).retire("tok-ok-1", "device_gone", AT)
    assert [t.kind for t in FileDirectory.read("p.csv", CSV, retired).resolve("c-1")] == ["sms"]
    assert "tok-ok-1" not in str(retired._known())


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("p.csv", b"person,kind,value\nc-1,fax,c4n4ry\n"),
        ("p.csv", b"person,kind\nc-1,token\n"),
        ("p.csv", b"\xff\xfe"),
        ("p.yaml", b"{c4n4ry: 1}"),
        ("p.yaml", b"- [c4n4ry"),
        ("p.yaml", b"- c4n4ry"),
    ],
)
def test_files_that_are_none(retired, name, content):
    """Told by row, never by value."""
    with pytest.raises(BadConfigError) as caught:
        FileDirectory.read(name, content, retired)
    assert "c4n4ry" not in str(caught.value)
