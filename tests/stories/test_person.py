"""`colophon person show`: what somebody would be told, and why not."""

import pytest
from station import Station
from typer.testing import CliRunner

from colophon_airflow.cli import app

PEOPLE = """person,kind,value,from_on,until_on
31,token,tok-ok-31,,
31,language,de,,
31,stand_in,32,2026-04-27,2026-05-08
32,token,tok-ok-32,,
33,ends_on,2026-04-30,,
33,token,tok-ok-33,,
"""
FIELD = {"revision": 1, "updatedAt": "2026-04-01T10:00:00Z", "observedAt": "2026-04-01T10:00:00Z"}


@pytest.mark.parametrize(
    ("key", "says"),
    [
        ("31", ["is told by push", "32 stands in today", "de", "the file of people"]),
        ("32", ["is told nothing: has opted out", "has opted out", "Consonance"]),
        ("33", ["is told nothing: has left", "2026-04-30"]),
        ("34", ["is told nothing: has no live device", "one in Consonance", "eng, the publisher's"]),
    ],
)
def test_a_person_of_the_address_book(station: Station, monkeypatch: pytest.MonkeyPatch, key: str, says: list[str]) -> None:
    """With what holds, who said it, and no device or address on the screen."""
    station.configure("people.csv", PEOPLE)
    wishes = [(1, 32, "OPTED_OUT", "true"), (2, 34, "EMAIL", "c4n4ry@example.org")]
    fields = [FIELD | {"id": number, "contactId": who, "name": name, "value": value} for number, who, name, value in wishes]
    station.seed("consonance", {"contactFields": fields})
    monkeypatch.setenv("AIRFLOW_HOME", str(station.folder))
    shown = CliRunner().invoke(app, ["person", "show", key]).output
    assert [word for word in says if word not in shown] == [], shown
    assert "tok-ok" not in shown
    assert "c4n4ry" not in shown
