"""XC-1 by each recipient's rhythm, seen from outside: who is not due gets nothing, and catches up on its night."""

from datetime import UTC, datetime, timedelta

import pytest
from station import Station

from colophon_sandbox import seeds

NIGHTLY = "xconnector__metadata_syndication"
FRIDAY = datetime(2026, 5, 8, 1, tzinfo=UTC)
SHOP = "us-wholesaler"


@pytest.fixture
def house(station: Station) -> Station:
    """A catalogue of 40 titles, and two recipients."""
    station.only("retailer-plain", SHOP)
    for system, records in seeds.catalogue(40, 7).items():
        station.seed(system, records)
    text = (station.config / "recipients" / f"{SHOP}.yaml").read_text(encoding="utf-8")
    assert "rhythm: {full_on: sun}" in text
    station.configure(f"recipients/{SHOP}.yaml", text.replace("{full_on: sun}", "{days: [mon, wed, fri], full_on: sun}"))
    return station


def got(house: Station) -> int:
    """How many records the wholesaler has been sent."""
    with house.ledger() as ledger:
        return sum(1 for row in ledger.all_of(NIGHTLY, SHOP) if row.state in {"sent", "confirmed"} and row.subject.startswith("isbn:"))


def files(house: Station) -> list[str]:
    """Names of the files that were brought for it."""
    return sorted(path.name for path in house.folder.rglob("staging/**/LV_*.xml"))


def test_xc1_a_recipient_is_told_on_its_nights(house: Station) -> None:
    """Friday: what there is. Saturday: nothing, and its watermark stays. Sunday: everything again, once, under a name that says so."""
    assert house.run(NIGHTLY, FRIDAY).state == "success"
    first = got(house)
    assert first > 0
    with house.ledger() as ledger:
        mark = ledger.memory.watermark(f"{NIGHTLY}/{SHOP}")
    saturday = house.run(NIGHTLY, FRIDAY + timedelta(days=1))
    assert saturday.state == "success"
    assert SHOP not in saturday.returned["report"]["destinations"] or not any(
        saturday.returned["report"]["destinations"][SHOP].get("plan", {}).values()
    )
    with house.ledger() as ledger:
        assert ledger.memory.watermark(f"{NIGHTLY}/{SHOP}") == mark == FRIDAY
    assert len(files(house)) == 1
    house.twice(NIGHTLY, FRIDAY + timedelta(days=2))
    assert files(house) == ["LV_202605080100_FULL.xml", "LV_202605100100_FULL.xml"]
    assert house.run(NIGHTLY, FRIDAY + timedelta(days=3)).state == "success"
    assert len(files(house)) == 2
