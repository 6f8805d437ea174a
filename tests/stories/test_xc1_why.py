"""What publishers ask their feeds, answered by `colophon why` after real nights: ten questions."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from station import Station
from typer.testing import CliRunner

from colophon.config.load import load_config
from colophon.errors import InvalidError
from colophon.stopped import release, stop
from colophon.why import Verdict, why
from colophon_airflow.cli import app
from colophon_airflow.cli.screen import console
from colophon_sandbox import seeds
from colophon_sandbox.systems.xconnector.acknowledgements import VERDICTS

NIGHTLY = "xconnector__metadata_syndication"
NIGHT = datetime(2026, 5, 2, 1, tzinfo=UTC)
CATALOGUE = seeds.catalogue(40, 7)["consonance"]
TITLE = CATALOGUE["products"][0]
WORK = {
    **{name: CATALOGUE[name] for name in ("imprints", "series", "contacts")},
    **{name: [one for one in CATALOGUE[name] if one["workId"] == TITLE["workId"]] for name in ("products", "contracts", "headGrants")},
    "works": [one for one in CATALOGUE["works"] if one["id"] == TITLE["workId"]],
    "rightsDeals": [],
}
"""One work in three formats."""
ISBN = TITLE["isbn13"]
OUTAGE = {"value": {"status": 403}, "method": "POST"}


@pytest.fixture
def house(station: Station, monkeypatch: pytest.MonkeyPatch) -> Station:
    """One work, sent to four recipients in one night."""
    monkeypatch.setattr(console, "_width", 400)
    station.only("erp-json", "kobo", "library-supplier", "retailer-plain")
    station.seed("consonance", WORK)
    station.run(NIGHTLY, NIGHT)
    return station


@pytest.fixture
def ask(house: Station) -> Callable[..., str]:
    """What `colophon why` says."""

    def asked(*words: str) -> str:
        with console.capture() as said:
            done = CliRunner().invoke(app, ["why", *words])
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        return " ".join(said.get().split())

    return asked


def edited(house: Station, **changes: object) -> None:
    """Somebody edits the title."""
    house.seed("consonance", {"products": [{**TITLE, **changes, "updatedAt": house.now.isoformat()}]})


def line_of(text: str, start: str, end: str) -> str:
    """What stands between two words."""
    return text.partition(start)[2].partition(end)[0]


def test_when_was_it_last_sent(ask) -> None:
    """The day, the message's number and file, and that it was acknowledged."""
    said = ask(ISBN, "retailer-plain")
    assert "acknowledged since 2026-05-0" in said
    assert "2026-05-02 01:" in said
    assert "revision 1, no. 1, " in said
    assert "_20260502_00001.xml" in said


def test_what_has_not_yet_gone(house: Station, ask) -> None:
    """The middleware refused for a night: the title waits for its turn, and is late the night after."""
    assert ask("--not-gone") == "What has not gone: nothing."
    house.fault("xconnector", "status", "/v1/messages*", **OUTAGE)
    house.advance(86_400)
    edited(house, fullTitle="Another one")
    house.run(NIGHTLY)
    said = ask("--not-gone", "--to", "erp-json")
    assert ISBN in said
    assert "waits" in said
    assert "waiting" in ask(ISBN, "erp-json")


def test_did_the_cover_go(ask) -> None:
    """In the record of who takes covers; not in that of who takes none."""
    assert "cover sent" in ask(ISBN, "retailer-plain")
    assert "no cover in it" in ask(ISBN, "erp-json")


def test_why_was_it_refused(house: Station, ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the recipient's own words, and what would mend it."""
    monkeypatch.setitem(VERDICTS, ISBN[-2:], ("03", "F", "price_not_agreed", "The price is not one that was agreed on."))
    house.advance(86_400)
    edited(house, fullTitle="Another one")
    house.run(NIGHTLY)
    said = ask(ISBN, "library-supplier")
    assert "refused by the recipient" in said
    assert "Library supplier says: The price is not one that was agreed on. (price_not_agreed)" in said
    assert "Correct the record at its source" in said


def test_what_does_a_shop_believe_today(house: Station, ask) -> None:
    """Status, price and countries in words, as the newest record says that it has; what was refused, or has not left, it does not believe."""
    house.advance(3 * 86_400)
    edited(house, fullTitle="Another title")
    house.run(NIGHTLY)
    said = line_of(ask(ISBN, "retailer-plain"), "believes today", "@")
    assert all(words in said for words in ("Another title", "Active (04)", "GBP", "for sale in"))
    house.fault("xconnector", "status", "/v1/messages*", **OUTAGE)
    house.advance(86_400)
    edited(house, fullTitle="Never told")
    house.run(NIGHTLY)
    assert "Another title" in line_of(ask(ISBN, "retailer-plain"), "believes today", "@")


def test_what_did_a_shop_believe_on_a_day(house: Station, ask) -> None:
    """As the record before said; before the first, nothing."""
    house.advance(3 * 86_400)
    edited(house, fullTitle="Another title")
    house.run(NIGHTLY)
    before = line_of(ask(ISBN, "retailer-plain", "--on", "2026-05-03"), "believes on 2026-05-03", "@")
    assert "Another title" not in before
    assert "revision 1" in before
    assert "believed nothing of it on 2026-05-01" in ask(ISBN, "retailer-plain", "--on", "2026-05-01")
    of_all = ask(ISBN, "--on", "2026-05-03")
    assert all(f"What {name} believes on 2026-05-03" in of_all for name in ("erp-json", "retailer-plain"))
    for words in ((ISBN, "retailer-plain", "--on", "2026-13-01"), (ISBN, "--late"), ("--late", "--on", "2026-05-03")):
        with pytest.raises(InvalidError):
            ask(*words)


def test_who_has_it_open_where_we_are_closed(house: Station, ask) -> None:
    """Nobody; a contract ends and no run has told it yet: everybody who has it; told, nobody."""
    assert ask(ISBN, "--open") == "Nobody has it open where rights are closed."
    ended = [one | {"terminatedDate": "2026-01-31"} for one in CATALOGUE["contracts"] if one["workId"] == TITLE["workId"]]
    house.seed("consonance", {"contracts": ended})
    assert "retailer-plain" in ask(ISBN, "--open")
    house.advance(86_400)
    house.run(NIGHTLY)
    assert ask(ISBN, "--open") == "Nobody has it open where rights are closed."


def test_a_title_that_a_person_stopped(house: Station, ask) -> None:
    """Everybody's answer says by whom, since when and why, and how far it is; whoever has it still has it open where it is closed."""
    with house.ledger() as ledger:
        stop(ledger, ISBN, by="olga", why="a court said so")
    said = ask(ISBN)
    words = f"stopped by olga since {house.now:%Y-%m-%d %H:%M}, because a court said so; it has it still, and the next run closes it"
    assert words in said
    assert set(verdicts(house, ISBN).values()) == {Verdict.STOPPED}
    assert "retailer-plain" in ask(ISBN, "--open")
    house.advance(86_400)
    house.run(NIGHTLY)
    assert "because a court said so; it was told that the title closed (rights), and took it" in ask(ISBN, "retailer-plain")
    assert ask(ISBN, "--open") == "Nobody has it open where rights are closed."
    with house.ledger() as ledger:
        release(ledger, ISBN, by="olga", why="over")
    assert "stopped by" not in ask(ISBN)


def test_which_are_late(house: Station, ask) -> None:
    """What has waited for longer than a night."""
    house.fault("xconnector", "status", "/v1/messages*", **OUTAGE)
    house.advance(86_400)
    edited(house, fullTitle="Another one")
    house.run(NIGHTLY)
    assert ISBN not in ask("--late")
    house.advance(2 * 86_400)
    assert ISBN in ask("--late", "--to", "erp-json")


def test_what_changed(house: Station, ask) -> None:
    """Field by field between the last two contents that were sent, and nothing else."""
    assert "only one content was ever sent" in ask(ISBN, "retailer-plain", "--changed")
    house.advance(86_400)
    edited(house, fullTitle="Another title")
    house.run(NIGHTLY)
    said = ask(ISBN, "retailer-plain", "--changed")
    assert "revision 1 to 2" in said
    assert "Another title" in said
    assert "Price" not in said


def test_what_went_wrong_last_night(house: Station, ask) -> None:
    """The exceptions of that night, with rule and remedy; of a quiet one after it, nothing."""
    house.advance(2 * 86_400)
    assert ask("--last-night") == "What went wrong in the last 24 hours: nothing."
    edited(house, onix21ProductFormCode=None)
    house.run(NIGHTLY)
    said = ask("--last-night", "--to", "retailer-plain")
    assert ISBN in said
    assert "(metadata_specialist)" in said


def verdicts(house: Station, isbn: str) -> dict[str, Verdict]:
    """What became of a title, by recipient."""
    with house.ledger() as ledger:
        return {answer.recipient: answer.verdict for answer in why(ledger, load_config(house.config), isbn, use_case=NIGHTLY)}


def test_every_way_of_not_going_is_named(house: Station) -> None:
    """Out of scope, kept back by a rule, not armed, never judged, unchanged: each by its name, with what would make it go."""
    found = verdicts(house, ISBN)
    assert Verdict.ACKNOWLEDGED in found.values()
    assert set(verdicts(house, "9780306406157").values()) == {Verdict.NEVER}
    edited(house, allowOnixExports=False)
    house.advance(86_400)
    house.run(NIGHTLY)
    assert set(verdicts(house, ISBN).values()) == {Verdict.OUT_OF_SCOPE, Verdict.WITHDRAWN}
    edited(house, onix21ProductFormCode=None)
    house.advance(86_400)
    house.run(NIGHTLY)
    assert Verdict.GATED in verdicts(house, ISBN).values()
    for _ in range(2):  # it opens again; then somebody saves it as it is
        edited(house)
        house.advance(86_400)
        house.run(NIGHTLY)
    assert Verdict.UNCHANGED in verdicts(house, ISBN).values()
    file = house.config / "recipients" / "kobo.yaml"
    house.configure("recipients/kobo.yaml", file.read_text(encoding="utf-8").replace("live: true", "live: false"))
    assert verdicts(house, ISBN)["kobo"] == Verdict.NOT_ARMED
    with house.ledger() as ledger:
        answers = why(ledger, load_config(house.config), ISBN, use_case=NIGHTLY)
    assert all(answer.went or answer.to_go for answer in answers)
    assert timedelta(0) < house.now - max(answer.sent.sent_at for answer in answers if answer.sent)
