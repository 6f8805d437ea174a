"""A campaign that somebody has to approve and that is forgotten over a weekend: it goes on Monday, and holds up nothing meanwhile."""

import json
from datetime import timedelta

import pytest
from reader_house import DAG, ISBN, fresh, furnish, members, morning, orders, posted, reader, readers, rules
from station import Station

from colophon.errors import WaitedTooLongError

pytestmark = pytest.mark.nightly
FRIDAY, MONDAY = 5, 8


def test_a_campaign_that_is_forgotten_over_a_weekend_goes_on_monday_and_holds_up_no_order(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each day asks anew, tells who may approve, and reminds them; each day's orders are confirmed; approved on Monday it goes once."""
    file = station.folder / "alerts.log"
    monkeypatch.setenv("AIRFLOW__COLOPHON__ALERTS", json.dumps([{"file": str(file)}]))
    furnish(station)
    readers(station, reader("R1"), reader("R2"))
    members(station, "R1", "R2")
    rules(station, "approve_above: 1")
    for day in range(FRIDAY, MONDAY):
        orders(station, *((f"N{each}", "R1", ISBN, "1", f"2026-06-{each:02d}", "", "") for each in range(FRIDAY, day + 1)))
        fresh(station, morning(day))
        run = station.run(DAG, morning(day), answer_after=timedelta(days=9))
        assert isinstance(run.error.__cause__ or run.error, WaitedTooLongError)
        assert (run.state, len(run.asked), len(posted(station, "orders"))) == ("failed", 1, day - FRIDAY + 1)
        assert station.now < morning(day + 1), "the next day's run waits for nobody"
    assert posted(station, "launch") == []
    fresh(station, morning(MONDAY))
    assert station.run(DAG, morning(MONDAY), answer_after=timedelta(hours=3)).state == "success"
    assert {each["Name"] for each in posted(station, "launch")} == {"Reader R1", "Reader R2"}
    told = file.read_text(encoding="utf-8")
    assert (told.count("approve waits for a person's answer"), told.count("approve still waits for a person's answer")) == (4, 3)
