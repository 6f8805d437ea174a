"""Who has which devices."""

from datetime import UTC, date, datetime, time

import pytest
from ledger_database import make_ledger

from colophon.domain.contact_fields import ContactFields
from colophon.domain.person import Person
from colophon.errors import BadConfigError
from colophon.ledger import Ledger
from colophon.systems.opentext_push.directory import OPTED_OUT, FileDirectory, LedgerRetired

AT = datetime(2026, 5, 1, tzinfo=UTC)
CSV = b"person,kind,value,platform\nc-1,token,tok-ok-1,ios\nc-1,sms,00442079460123,\nc-2,email,a@example.org,\n"
YAML = b"- {person: c-1, kind: token, value: tok-ok-1, platform: ios}\n- {person: c-1, kind: sms, value: '00442079460123'}\n"


@pytest.fixture
def retired(tmp_path):
    """Retired devices in a ledger."""
    url = f"sqlite:///{tmp_path}/ledger.db"
    make_ledger(url)
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


FACTS = b"""person,kind,value,from_on,until_on
c-1,token,tok-ok-1,,
c-1,language,ger,,
c-1,hours,08:00-19:00,,
c-1,zone,Europe/Berlin,,
c-1,stand_in,c-2,2026-12-21,2027-01-03
c-1,ends_on,2027-06-30,,
c-1,consent,yes,,
"""


def test_what_else_the_file_knows_of_a_person(retired):
    """Language, hours, who stands in when, the last day; and who said so."""
    person = FileDirectory.read("p.csv", FACTS, retired).person("c-1")
    assert (person.language, person.zone, person.hours, person.has_consented) == ("de", "Europe/Berlin", (time(8), time(19)), True)
    assert [person.stand_in(date(2026, 12, day)) for day in (20, 21)] == ["", "c-2"]
    assert [person.why_not(date(2027, month, 1)) for month in (6, 7)] == [None, "left"]
    assert person.sources["language"] == "the file of people"


def test_who_said_that_it_is_enough_is_told_nothing_whatever_the_file_says(retired):
    """By an answer to a message; nobody else is."""
    opted_out = LedgerRetired(retired._ledger, OPTED_OUT)
    FileDirectory.read("p.csv", CSV, retired, opted_out).opt_out("c-1", AT)
    again = FileDirectory.read("p.csv", CSV, retired, opted_out)
    assert [again.person(key).barred(AT.date()) for key in ("c-1", "c-2")] == ["opted_out", None]
    assert "c-1" not in str(opted_out._known())


def test_consonance_fills_what_the_file_does_not_say_and_an_opt_out_holds_whoever_said_it():
    """The file's language goes first; its address is missing; consent refused in one place is refused."""
    person = Person(key="31", language="de", has_consented=False)
    wishes = ContactFields(contact_id=31, language="eng", email="a@example.org", has_opted_out=True, has_consented=True)
    known = person.with_wishes(wishes)
    assert (known.language, known.email, known.has_opted_out, known.has_consented) == ("de", "a@example.org", True, False)
    assert Person(key="31", has_opted_out=True).with_wishes(ContactFields(contact_id=31, has_opted_out=False)).has_opted_out


@pytest.mark.parametrize(
    ("kind", "value", "says"),
    [
        ("consent", "c4n4ry", "yes or no"),
        ("ends_on", "20266-01-01", "a day"),
        ("ends_on", "2206-01-01", "a day"),
        ("language", "c4n4ry", "a language's code"),
        ("hours", "19:00-08:00", "hours of a day"),
        ("zone", "Europe/C4n4ry", "a time zone"),
    ],
)
def test_a_fact_that_cannot_be_is_named_by_row_and_kind(retired, kind, value, says):
    """When the file is read: nobody is left out for a slip."""
    with pytest.raises(BadConfigError, match=rf"row 2 of the recipients: {kind} .* {says}") as caught:
        FileDirectory.read("p.csv", f"person,kind,value\nc-1,token,tok-ok-1\nc-1,{kind},{value}\n".encode(), retired)
    assert "4n4ry" not in str(caught.value)


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
