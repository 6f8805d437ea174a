"""EX-2: licensees get their letters, once, as they can be reached; and what came back is on somebody's desk."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from rights_world import CONSONANCE
from station import Station

from colophon_sandbox.seeds.shelf import person

DAG, LICENSEE = "exstream__rights_notices", 44
ENDS = date(2026, 12, 1)
LICENCE = CONSONANCE["rightsDeals"][0] | {"expiresOn": f"{ENDS}", "signedDate": "2022-01-01", "licenseeId": LICENSEE}
SUBJECT = f"renewal/rights_deal:{LICENCE['id']}/{ENDS}"


def morning(days_left: int) -> datetime:
    """Seven in the morning, so many days before the licence ends."""
    return datetime.combine(ENDS - timedelta(days=days_left), datetime.min.time(), UTC) + timedelta(hours=7)


@pytest.fixture
def house(station: Station) -> Station:
    """A licence for France that ends on 1 December, of a licensee with an e-mail address."""
    contacts = [*CONSONANCE["contacts"], person(LICENSEE, "Lin Licensee")]
    station.seed("consonance", {**CONSONANCE, "contacts": contacts, "rightsDeals": [LICENCE]})
    return station


def letters(house: Station) -> list[dict[str, Any]]:
    """What is in the ledger to be sent, or was."""
    with house.ledger() as ledger:
        return [json.loads(ledger.content(row.content_hash) or b"{}") for row in ledger.all_of(DAG, "renewal")]


def test_ex2_a_renewal_notice_goes_once_and_is_on_the_contract(house: Station) -> None:
    """In the first morning of its time; the same morning twice, and the next one, send nothing."""
    house.run(DAG, morning(200))
    assert letters(house) == []
    first = house.twice(DAG, morning(180))
    assert first.state == "success"
    (letter,) = letters(house)
    assert (letter["DeliveryPreference"], letter["EmailAddress"]) == ("email", f"person{LICENSEE}@contacts.example")
    assert house.run(DAG, morning(179)).returned["report"]["sent"] == 0
    assert set(house.effects("consonance.recordCommunication")) == {f"ex2:renewal:rights_deal:{LICENCE['id']}:{ENDS}"}


def test_ex2_who_asked_for_post_gets_it_and_whoever_has_no_address_is_an_exception(house: Station) -> None:
    """Nobody is reachable on the first morning; once there is a street, the letter goes by post."""
    nowhere = person(LICENSEE, "Lin Licensee") | {"emails": [], "addresses": []}
    house.seed("consonance", {"contacts": [nowhere]})
    house.run(DAG, morning(180))
    assert letters(house) == []
    assert ("R9", SUBJECT) in house.exceptions(DAG)
    house.seed("consonance", {"contacts": [nowhere], "contactFields": [_field(1, "ADDRESS_LINE1", "1 Row"), _field(2, "CITY", "Lyon")]})
    assert house.run(DAG, morning(179)).state == "success"
    (letter,) = letters(house)
    assert (letter["DeliveryPreference"], letter["Address"]) == ("print", {"Line1": "1 Row", "Line2": "Lyon"})
    assert house.exceptions(DAG) == []


def test_ex2_a_letter_that_came_back_is_an_exception_of_the_rights_manager(house: Station) -> None:
    """The next morning's run hears of it; it still is one when nothing is due any more."""
    house.seed("consonance", {"contacts": [person(LICENSEE, "Lin Licensee") | {"emails": [{"email": "ndlv@contacts.example"}]}]})
    for days_left in (180, 179):
        house.run(DAG, morning(days_left))
    for days_left in (178, -1):
        with house.ledger() as ledger:
            (came_back,) = ledger.exceptions.open()
        assert (came_back.rule, came_back.subject, came_back.owner) == ("DELIVERY-BOUNCED", SUBJECT, "rights_manager")
        assert came_back.remedy.startswith("It does not go again by itself: tell the licensee otherwise")
        house.run(DAG, morning(days_left))


def test_ex2_a_letter_that_waited_does_not_go_when_the_licence_was_terminated_meanwhile(house: Station) -> None:
    """Exstream is away for a day."""
    house.fault("exstream", "status", "*/oauth2/token", value={"status": 503})
    assert house.run(DAG, morning(180)).state == "failed"
    house.mend()
    house.seed("consonance", {"rightsDeals": [LICENCE | {"terminatedDate": f"{morning(180):%Y-%m-%d}"}]})
    assert house.run(DAG, morning(179)).state == "success"
    assert house.effects("exstream.") == []


def test_ex2_a_backfill_and_a_dry_run_send_nothing(house: Station) -> None:
    """Old news; and a look at what would go."""
    assert house.run(DAG, morning(180), {"dry_run": True}).state == "success"
    assert house.run(DAG, morning(180), backfill=True).state == "success"
    assert letters(house) == []


def test_ex2_a_backfill_does_not_send_what_waits_and_nobody_judged_anew(house: Station) -> None:
    """Exstream is away, the licence is terminated, and then somebody backfills a day."""
    house.fault("exstream", "status", "*/oauth2/token", value={"status": 503})
    assert house.run(DAG, morning(180)).state == "failed"
    house.mend()
    house.seed("consonance", {"rightsDeals": [LICENCE | {"terminatedDate": f"{morning(180):%Y-%m-%d}"}]})
    assert house.run(DAG, morning(180), backfill=True).state == "success"
    assert house.effects("exstream.") == []


def test_ex2_a_licence_that_cannot_be_read_is_an_exception_until_it_can(house: Station) -> None:
    """Nobody writes about it meanwhile; mended, its letter goes."""
    house.seed("consonance", {"rightsDeals": [LICENCE | {"expiresOn": "1 Dec"}]})
    for days_left in (180, 179):
        house.run(DAG, morning(days_left))
        assert (house.exceptions(DAG), letters(house)) == ([("G7", f"rights_deal:{LICENCE['id']}")], [])
    house.seed("consonance", {"rightsDeals": [LICENCE]})
    house.run(DAG, morning(178))
    assert (house.exceptions(DAG), len(letters(house))) == ([], 1)


def _field(number: int, name: str, value: str) -> dict[str, Any]:
    return {"id": number, "contactId": LICENSEE, "name": name, "value": value, "observedAt": "2026-01-01T00:00:00Z"}


@pytest.mark.nightly
def test_ex2_what_waits_goes_to_the_address_of_today(house: Station) -> None:
    """Exstream was down on the first morning, and the licensee moved meanwhile."""
    house.fault("exstream", "status", "*/oauth2/token", value={"status": 503})
    house.run(DAG, morning(180))
    house.mend()
    house.seed("consonance", {"contacts": [person(LICENSEE, "Lin Licensee") | {"emails": [{"email": "new@contacts.example"}]}]})
    house.run(DAG, morning(179))
    with house.ledger() as ledger:
        sent = [ledger.content(row.content_hash) or b"{}" for row in ledger.newest(DAG, "renewal") if row.state == "sent"]
    assert [json.loads(content)["EmailAddress"] for content in sent] == ["new@contacts.example"]
