"""What was wanted yesterday, could not leave, and is wanted no more: it is withdrawn, and never sent."""

from datetime import UTC, date, datetime, timedelta

from rights_world import CONSONANCE, OPEN, portal_product, shown_open
from station import ADDRESS, Station

from colophon_sandbox.seeds.rights import member
from colophon_sandbox.seeds.shelf import person

PORTAL, SCAN = "fourallportal__rights_availability", "push__rights_expiry_scan"
SUNDAY = datetime(2026, 5, 31, 5, 30, tzinfo=UTC)
MONDAY, TUESDAY = SUNDAY + timedelta(days=1), SUNDAY + timedelta(days=2)
LICENCE = CONSONANCE["rightsDeals"][0]
MANAGER, ENDS = 21, date(2026, 7, 1)


def test_fp4_an_opening_that_waited_does_not_go_when_the_licence_was_renewed_meanwhile(station: Station) -> None:
    """France may open on Monday, when the portal takes no writes; by Tuesday it is licensed again: it stays closed there, and open elsewhere."""
    station.seed("consonance", CONSONANCE)
    station.seed("fourallportal", {"product": [portal_product(1, OPEN)]})
    assert station.run(PORTAL, SUNDAY).state == "success"
    station.seed("consonance", {"rightsDeals": [LICENCE | {"expiresOn": f"{SUNDAY:%Y-%m-%d}"}]})
    station.fault("fourallportal", "status", method="PATCH", value={"status": 503})
    assert station.run(PORTAL, MONDAY).state == "failed"
    station.mend()
    station.seed("consonance", {"rightsDeals": [LICENCE | {"signedDate": f"{MONDAY:%Y-%m-%d}"}]})
    tuesday = station.run(PORTAL, TUESDAY)
    shown = shown_open(ADDRESS)[OPEN]
    assert (tuesday.state, "FR/web" in shown, "GB/web" in shown) == ("success", False, True)


def test_pn2_an_alert_that_waited_does_not_go_when_the_licence_was_terminated_meanwhile(station: Station) -> None:
    """Thirty days before the end the messaging system is away; the next morning the licence is terminated, and nobody is alerted."""
    people = {
        "contacts": [*CONSONANCE["contacts"], person(MANAGER, "Max Manager")],
        "teamMembers": [member(1, 9, "RIGHTS_MANAGER", MANAGER)],
    }
    licence = LICENCE | {"expiresOn": f"{ENDS}", "signedDate": "2022-01-01"}
    station.seed(
        "consonance",
        {
            **CONSONANCE,
            **people,
            "rightsDeals": [licence],
            "contracts": CONSONANCE["contracts"][:1],
            "headGrants": CONSONANCE["headGrants"][:1],
        },
    )
    station.fault("push", "status", value={"status": 503})
    morning = datetime(ENDS.year, ENDS.month, ENDS.day, 6, tzinfo=UTC) - timedelta(days=30)
    assert station.run(SCAN, morning).state == "failed"
    station.mend()
    station.seed("consonance", {"rightsDeals": [licence | {"terminatedDate": f"{morning:%Y-%m-%d}"}]})
    assert station.run(SCAN, morning + timedelta(days=1)).state == "success"
    assert station.effects("push.delivered") == []
