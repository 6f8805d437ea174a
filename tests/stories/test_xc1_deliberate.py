"""XC-1 goes out on purpose only: who is not armed gets nothing, a form that cannot be meant reads nothing, what is missing is red."""

from datetime import UTC, datetime, timedelta

import pytest
from station import Station

from colophon import rehearsed
from colophon_sandbox import seeds

NIGHTLY = "xconnector__metadata_syndication"
NIGHT = datetime(2026, 5, 2, 1, tzinfo=UTC)
LIST = {"mode": "list", "recipients": ["erp-json"]}


@pytest.fixture
def house(station: Station) -> Station:
    """A catalogue of 40 titles."""
    for system, records in seeds.catalogue(40, 7).items():
        station.seed(system, records)
    return station


def armed(house: Station, *names: str) -> None:
    """These recipients alone are armed from now on."""
    for file in (house.config / "recipients").glob("*.yaml"):
        text = "\n".join(line for line in file.read_text(encoding="utf-8").splitlines() if not line.startswith("live:"))
        house.configure(f"recipients/{file.name}", f"{text}\n" + ("live: true\n" if file.stem in names else ""))


def test_xc1_an_installation_in_which_nobody_is_armed_sends_nothing(house: Station) -> None:
    """It plans, validates and says so; nothing is entered to be sent, and the next night reads what changed."""
    armed(house)
    report = house.twice(NIGHTLY, NIGHT).returned["report"]
    assert (report["sent"], house.effects("xconnector")) == (0, [])
    assert report["destinations"]["kobo"]["plan"]["not_armed"] > 0
    assert all(sum(found["plan"].values()) == report["read"] for found in report["destinations"].values())
    with house.ledger() as ledger:
        assert ledger.counts(NIGHTLY) == {}
        assert {row.destination for row in ledger.exceptions.open(use_case=NIGHTLY)} >= {"kobo", "erp-json"}
    assert house.run(NIGHTLY, NIGHT + timedelta(days=2)).returned["report"]["read"] < report["read"], "and not by a full one of its rhythm"


def test_xc1_once_armed_a_recipient_gets_everything_and_nobody_else_does(house: Station) -> None:
    """Nights have passed; the profile is armed, and the next night this recipient has its full feed, once."""
    armed(house)
    house.run(NIGHTLY, NIGHT)
    armed(house, "erp-json")
    report = house.twice(NIGHTLY, NIGHT + timedelta(days=1)).returned["report"]
    assert report["sent"] == report["destinations"]["erp-json"]["plan"]["new"] > 10
    with house.ledger() as ledger:
        assert set(ledger.counts(NIGHTLY)) == {"erp-json"}


def test_xc1_what_waits_for_a_recipient_that_is_disarmed_does_not_go(house: Station) -> None:
    """A night could not deliver, and the recipient is disarmed: a clear of the old task sends nothing, and neither does the next night."""
    house.fault("xconnector", "status", "/v1/messages*", value={"status": 403}, method="POST")
    old = house.run(NIGHTLY, NIGHT, {"recipients": ["erp-json"]})
    house.mend()
    armed(house, "kobo")
    assert (old.cleared("send.deliver"), "erp-json is not armed" in old.logs[-1], house.effects("xconnector")) == (["failed"], True, [])
    house.run(NIGHTLY, NIGHT + timedelta(days=1))
    with house.ledger() as ledger:
        assert set(ledger.counts(NIGHTLY)["erp-json"]) == {"planned"}
    armed(house, "erp-json")
    house.run(NIGHTLY, NIGHT + timedelta(days=2))
    with house.ledger() as ledger:
        assert set(ledger.counts(NIGHTLY)["erp-json"]) == {"confirmed"}


@pytest.mark.parametrize("isbns", [["978"], ["9780000000003"], []])
def test_xc1_a_form_that_cannot_be_meant_reads_nothing(house: Station, isbns: list[str]) -> None:
    """An ISBN whose last digit is wrong, a part of one, none: the first task is red and names it, and Consonance was not asked."""
    run = house.run(NIGHTLY, NIGHT, {**LIST, "isbns": isbns}, by_hand=True)
    assert (run.state, house.journal("consonance")) == ("failed", [])
    assert all(isbn in str(run.error) for isbn in isbns)


def test_xc1_an_isbn_that_is_not_found_makes_the_run_red_and_the_others_go(house: Station) -> None:
    """Ten digits and hyphens are understood; the one that no product has is named."""
    known = seeds.catalogue(40, 7)["consonance"]["products"][0]["isbn13"]
    lacking = "978-0-306-40615-7"
    run = house.run(NIGHTLY, NIGHT, {**LIST, "isbns": [f"{known[:3]}-{known[3:]}", lacking]}, by_hand=True)
    assert run.state == "failed"
    assert "9780306406157" in str(run.error)
    assert known not in str(run.error)
    with house.ledger() as ledger:
        assert [row.state for row in ledger.history(known)] == ["confirmed"]


def test_xc1_a_dry_run_gives_a_plan_to_read(house: Station) -> None:
    """What would change, field by field against what each has; what it never had; what is kept back and why. Nothing goes."""
    house.run(NIGHTLY, NIGHT, {"recipients": ["erp-json"]})
    effects, product = house.effects("xconnector"), seeds.catalogue(40, 7)["consonance"]["products"][0]
    house.advance(86_400)
    changed = {**product, "fullTitle": "Another title", "updatedAt": house.now.isoformat()}
    house.seed("consonance", {"products": [changed]})
    run = house.run(
        NIGHTLY, None, {"dry_run": True, "mode": "list", "isbns": [product["isbn13"]], "recipients": ["erp-json", "kobo"]}, by_hand=True
    )
    assert (run.state, house.effects("xconnector")) == ("success", effects)
    with house.ledger() as ledger:
        [head] = rehearsed.heads(ledger.memory)
        rows = {row["recipient"]: row for row in rehearsed.rows_of(ledger.memory, head)}
    assert (head["dry"], head["read"]) == (True, 1)
    assert rows["erp-json"]["changes"] == [["title", product["fullTitle"], "Another title"]]
    assert rows["kobo"]["outcome"] == "out of scope"
    assert any(why.startswith("G5 ProductForm") for why in rows["kobo"]["why"])
    assert any(f"plans/{head['key']}" in line for line in run.logs)


def test_xc1_plans_are_kept_for_two_weeks(house: Station) -> None:
    """An older one is forgotten when a new one is kept."""
    form = {"dry_run": True, "recipients": ["erp-json"]}
    house.run(NIGHTLY, NIGHT, form, by_hand=True)
    house.run(NIGHTLY, NIGHT + timedelta(days=15), form, by_hand=True)
    with house.ledger() as ledger:
        assert len(rehearsed.heads(ledger.memory)) == 1
        assert len(ledger.memory.get_each(rehearsed.ROWS)) == 1
