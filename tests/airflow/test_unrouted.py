"""A recipient that the middleware does not know: nothing is dropped, one exception, a red run, and all goes once there is a route."""

import shutil
from pathlib import Path

import pytest

from colophon.config import files, load

pytestmark = pytest.mark.filterwarnings("ignore")  # Airflow, run in this process, warns of its own affairs
FEED = "xconnector__metadata_syndication"


def test_a_recipient_without_a_route_is_told_and_loses_nothing(station, tmp_path: Path) -> None:
    """The others get their titles; what it should get waits for the route, and goes then."""
    config = tmp_path / "config"
    shutil.copy(files.SHIPPED / "routes.yaml", config)
    text = (config / "recipients" / "retailer-plain.yaml").read_text(encoding="utf-8")
    (config / "recipients" / "shop-1.yaml").write_text(text.replace("id: retailer-plain", "id: shop-1"), encoding="utf-8")
    first = station.run(FEED, recipients=["shop-1", "erp-json"])
    assert first.state == "failed", first.states
    with station.ledger() as ledger:
        (row,) = (row for row in ledger.exceptions.open() if row.rule == "A2")
        states = ledger.counts(FEED)
    assert (row.subject, row.owner, row.destination) == ("recipient:shop-1", "operations", "shop-1")
    assert (set(states["erp-json"]), "skipped" in states["shop-1"]) == ({"confirmed"}, False)
    routes = (config / "routes.yaml").read_text(encoding="utf-8")
    (config / "routes.yaml").write_text(
        routes + '  - {id: colophon-shop-1, type: "colophon.title.*", recipient: shop-1, targets: [shop]}\n'
    )
    load._load.cache_clear()
    second = station.run(FEED, recipients=["shop-1", "erp-json"])
    assert second.state == "success", second.states
    with station.ledger() as ledger:
        assert [row for row in ledger.exceptions.open() if row.rule == "A2"] == []
        states = ledger.counts(FEED)["shop-1"]
    assert (states["confirmed"] > 50, "skipped" in states) == (True, False)
