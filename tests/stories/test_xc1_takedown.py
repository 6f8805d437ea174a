"""The takedown clock, and nights on which unusually little moves."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from station import Station
from typer.testing import CliRunner

from colophon.certificate import verdict
from colophon.config.load import load_config
from colophon.scorecard import card
from colophon.scorecard_letter import asks
from colophon.takedown import clocks
from colophon_airflow.cli import app
from colophon_airflow.cli.screen import console
from colophon_sandbox import seeds
from colophon_sandbox.systems.xconnector.acknowledgements import VERDICTS

NIGHTLY = "xconnector__metadata_syndication"
NIGHT = datetime(2026, 5, 2, 1, tzinfo=UTC)
CATALOGUE = seeds.catalogue(40, 7)["consonance"]
TITLE = CATALOGUE["products"][0]
ISBN = TITLE["isbn13"]
DAY = timedelta(days=1)


@pytest.fixture
def house(station: Station) -> Station:
    """One work, sent to three recipients."""
    station.only("erp-json", "library-supplier", "retailer-plain")
    own = {name: [one for one in CATALOGUE[name] if one["workId"] == TITLE["workId"]] for name in ("products", "contracts", "headGrants")}
    works = [one for one in CATALOGUE["works"] if one["id"] == TITLE["workId"]]
    station.seed(
        "consonance", {**{name: CATALOGUE[name] for name in ("imprints", "series", "contacts")}, **own, "works": works, "rightsDeals": []}
    )
    station.run(NIGHTLY, NIGHT)
    return station


def reverted(house: Station) -> None:
    """The contract of the work ends."""
    ended = [{**one, "terminatedDate": "2026-01-31"} for one in CATALOGUE["contracts"] if one["workId"] == TITLE["workId"]]
    house.seed("consonance", {"contracts": ended})


def late(house: Station) -> set[str]:
    """Recipients at whom the title is open for too long."""
    with house.ledger() as ledger:
        return {row.destination for row in ledger.exceptions.open(limit=10_000) if row.rule == "TAKEDOWN-LATE"}


def test_a_reverted_title_is_timed_at_every_channel(house: Station) -> None:
    """Told and confirmed in the night after; nobody is late."""
    reverted(house)
    house.run(NIGHTLY, NIGHT + DAY)
    with house.ledger() as ledger:
        found = {clock.recipient: clock for clock in clocks(ledger, load_config(house.config), ISBN, NIGHTLY)}
    assert {"erp-json", "retailer-plain", "library-supplier"} <= set(found)
    assert all(clock.had_it and not clock.is_open for clock in found.values())
    assert all(NIGHT + DAY == clock.since <= clock.instructed_at <= clock.confirmed_at for clock in found.values())
    assert late(house) == set()


def test_a_title_that_is_still_open_after_two_days_is_raised_until_it_is_closed(house: Station) -> None:
    """The middleware is away: told to nobody, it is late after 48 hours and not before; it is told, and the exception closes."""
    reverted(house)
    house.fault("xconnector", "status", "/v1/messages*", value={"status": 403}, method="POST")
    for night in (1, 2, 3):
        house.run(NIGHTLY, NIGHT + night * DAY)
    assert late(house) == set()
    house.run(NIGHTLY, NIGHT + 3 * DAY + timedelta(hours=2))
    assert {"erp-json", "retailer-plain"} <= late(house)
    house.mend()
    house.run(NIGHTLY, NIGHT + 4 * DAY)
    house.run(NIGHTLY, NIGHT + 5 * DAY)
    assert late(house) == set()


def test_a_night_that_moves_nothing_where_its_weekday_always_did_is_raised(house: Station) -> None:
    """Three weeks of nights that moved a title; then one that moves none is an exception of operations. The next that moves closes it."""
    for week in (1, 2, 3):
        house.clock(NIGHT + timedelta(weeks=week) - timedelta(hours=2))
        house.seed("consonance", {"products": [{**TITLE, "fullTitle": f"Edition {week}", "updatedAt": house.now.isoformat()}]})
        house.run(NIGHTLY, NIGHT + timedelta(weeks=week))
    assert raised(house) == []
    house.run(NIGHTLY, NIGHT + timedelta(weeks=3) + DAY)
    assert raised(house) == [], "of that weekday nothing is known"
    house.run(NIGHTLY, NIGHT + timedelta(weeks=4))
    assert raised(house) == ["operations"]
    house.clock(NIGHT + timedelta(weeks=5) - timedelta(hours=2))
    house.seed("consonance", {"products": [{**TITLE, "fullTitle": "Edition 5", "updatedAt": house.now.isoformat()}]})
    house.run(NIGHTLY, NIGHT + timedelta(weeks=5))
    assert raised(house) == []


def test_a_certificate_of_the_whole_is_a_page_of_paper(house: Station, tmp_path: Path) -> None:
    """Before the title is taken down it says that nobody was told; after, that it is closed at all channels."""
    paper = tmp_path / "certificate.pdf"
    assert "Not a takedown" in said(ISBN)
    reverted(house)
    house.run(NIGHTLY, NIGHT + DAY)
    with house.ledger() as ledger:
        told = [clock for clock in clocks(ledger, load_config(house.config), ISBN, NIGHTLY) if clock.had_it]
    assert len(told) == 3
    assert f"Closed at all {len(told)} channels, and confirmed by each." in said(ISBN, "--pdf", str(paper))
    assert paper.read_bytes().startswith(b"%PDF-")


def test_a_title_that_is_closed_in_some_countries_alone_is_not_taken_down(house: Station) -> None:
    """Each channel confirmed, and one of them has it on sale elsewhere: the certificate does not say that it is closed."""
    reverted(house)
    house.run(NIGHTLY, NIGHT + DAY)
    with house.ledger() as ledger:
        told = [clock for clock in clocks(ledger, load_config(house.config), ISBN, NIGHTLY) if clock.had_it]
    assert verdict(told).startswith("Closed at all")
    assert verdict([told[0]._replace(extent="in part"), *told[1:]]).startswith("Not a takedown of the whole: at 1 of")
    assert verdict([told[0]._replace(confirmed_at=None), *told[1:]]) == f"Still open at 1 of {len(told)} channels."


def test_a_scorecard_tells_answers_refusals_and_what_was_never_acknowledged(house: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    """A recipient refuses a title with a code; then its acknowledgement of a new title never comes: the changed field is named."""
    monkeypatch.setitem(VERDICTS, ISBN[-2:], ("03", "F", "price_not_agreed", "The price is not one that was agreed on."))
    house.advance(86_400)
    house.seed("consonance", {"products": [{**TITLE, "fullTitle": "Another title", "updatedAt": house.now.isoformat()}]})
    house.run(NIGHTLY)
    with house.ledger() as ledger:
        found = card(ledger, NIGHTLY, "library-supplier", NIGHT - DAY, house.now)
        assert (found.sent, found.refused, dict(found.causes)) == (found.acknowledged + 1, 1, {"price_not_agreed": 1})
        assert found.turnaround is not None
        assert (found.unanswered, dict(found.fields)) == (0, {})
    monkeypatch.delitem(VERDICTS, ISBN[-2:])
    house.fault("xconnector", "status", "/v1/inbox*", value={"status": 403})
    house.seed("consonance", {"products": [{**TITLE, "fullTitle": "A third title", "updatedAt": house.now.isoformat()}]})
    house.run(NIGHTLY, house.now + DAY)
    house.advance(6 * 86_400)
    with house.ledger() as ledger:
        found = card(ledger, NIGHTLY, "library-supplier", NIGHT - DAY, house.now)
    assert (found.unanswered, dict(found.fields)) == (1, {"TitleText": 1})


def test_a_scorecard_is_a_letter_for_the_account_manager(house: Station, tmp_path: Path) -> None:
    """With the figures that the page has; of a recipient that took everything nothing is asked."""
    paper = tmp_path / "letter.pdf"
    told = said("library-supplier", "--pdf", str(paper), command="scorecard")
    assert "Library supplier, 30 days" in told
    assert paper.read_bytes().startswith(b"%PDF-")
    with house.ledger() as ledger:
        found = card(ledger, NIGHTLY, "library-supplier", NIGHT - DAY, house.now)
    assert list(asks(found)) == []
    asked = " ".join(asks(replace(found, unanswered=2, fields={"PriceAmount": 2}, causes={"no_price": 1})))
    assert "2 titles" in asked
    assert "PriceAmount" in asked
    assert "no_price" in asked


def said(*words: str, command: str = "takedown") -> str:
    """What `colophon takedown`, or another command, says."""
    with console.capture() as captured:
        done = CliRunner().invoke(app, [command, *words])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return " ".join(captured.get().split())


def raised(house: Station) -> list[str]:
    """Owners of open exceptions about a night on which too little moved."""
    with house.ledger() as ledger:
        return [row.owner for row in ledger.exceptions.open(limit=10_000) if row.rule == "RUN-QUIET"]
