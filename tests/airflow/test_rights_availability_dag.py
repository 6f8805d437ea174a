"""FP-4 as a whole, against the sandbox: what the portal shows after a run is what rights allow."""

import pytest
from rights_world import ENDED, NOBODYS, OPEN, UNREADABLE, control, portal_product, shown_open

DAG = "fourallportal__rights_availability"
pytestmark = pytest.mark.filterwarnings("ignore")  # Airflow, run in this process, warns of its own affairs


@pytest.fixture
def house(rights_station):
    """The portal as people left it: open where it must not be, and open for a product that nobody knows."""
    products = [
        portal_product(1, OPEN, "FR"),
        portal_product(2, ENDED, "GB", "US"),
        portal_product(3, UNREADABLE, "GB"),
        portal_product(4, NOBODYS, "GB"),
    ]
    control(rights_station.sandbox, "POST", "/seed", {"records": {"fourallportal": {"product": products}}})
    return rights_station


def written(sandbox):
    """How often an object of the portal was truly changed."""
    return len(control(sandbox, "GET", "/effects?kind=4ap.written")["effects"])


def test_the_portal_follows_rights_and_the_second_run_sends_nothing(house) -> None:
    """Closed, opened, reported; then nothing differs any more."""
    run = house.run(DAG)
    assert run.state == "success", run.states
    found = shown_open(house.sandbox)
    assert (found[ENDED], found[UNREADABLE], found[NOBODYS]) == (set(), set(), set())
    assert "FR/web" not in found[OPEN]
    assert {"GB/web", "DE/web"} <= found[OPEN]
    assert (run.report["read"], run.report["sent"]) == (4, 4)
    with house.ledger() as ledger:
        rules = {(row.rule, row.subject) for row in ledger.exceptions.open(use_case=DAG)}
    assert {("R1", "contract:3"), ("R2", f"isbn:{NOBODYS}"), ("R6", f"isbn:{OPEN}")} <= rules
    before = written(house.sandbox)
    again = house.run(DAG)
    assert (again.state, again.report["sent"], written(house.sandbox)) == ("success", 0, before)
    with house.ledger() as ledger:
        assert "R6" not in {row.rule for row in ledger.exceptions.open(use_case=DAG)}


def test_a_dry_run_shows_what_would_close_and_sends_nothing(house) -> None:
    """For the day before it is switched on."""
    before = written(house.sandbox)
    run = house.run(DAG, dry_run=True)
    assert (run.state, run.report["destinations"]["4allportal"]["plan"]["new"]) == ("success", 4)
    assert written(house.sandbox) == before
    with house.ledger() as ledger:
        assert (ledger.counts(DAG), ledger.exceptions.open(), ledger.memory.watermark(DAG)) == ({}, [], None)
