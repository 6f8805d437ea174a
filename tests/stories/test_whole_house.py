"""The whole living house: every DAG each day at its hour, while all is well and while systems break; when they are mended nothing is left over."""

import json
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml
from dag_walk import Run
from sqlalchemy import or_, select
from station import ADDRESS, CONNECTIONS, Station
from two_accounts import DOCUMENTED, EXTENDED, always_by_files

import colophon_airflow
from colophon.domain.delivery_states import IN_FLIGHT, UNKNOWN, WAITING
from colophon.ledger import Ledger
from colophon.ledger.tables import deliveries
from colophon_sandbox import seeds

DAY = """
01:00 fourallportal__enriched_content
02:00 xconnector__metadata_syndication
04:00 exstream__partner_updates
05:15 fourallportal__format_links
05:20 bytenite__companion_media
06:00 push__rights_expiry_scan
06:30 fourallportal__rights_availability
06:45 bytenite__video_rights
07:00 exstream__rights_notices exstream__reader_campaigns
07:15 exstream__contributor_requests
07:30 exstream__milestone_letters xconnector__rights_royalty_exchange
08:00 exstream__launch_communications push__deadline_reminders push__milestone_alerts push__stakeholder_updates
08:10 push__distribution_status push__metadata_exceptions push__pipeline_monitor push__downstream_exceptions
09:10 bytenite__launch_videos fourallportal__approved_assets
09:20 fourallportal__title_metadata fourallportal__product_packages bytenite__video_performance
09:30 fourallportal__launch_assets bytenite__video_assets bytenite__video_release bytenite__video_metadata
09:40 bytenite__campaign_readiness
09:50 fourallportal__launch_readiness
10:00 xconnector__workflow_status xconnector__asset_handoff xconnector__production_orders xconnector__party_sync
10:20 xconnector__launch_milestones
11:00 exstream__service_outcomes ops__write_back_tray ops__reconciliation ops__housekeeping
"""
SYSTEMS = ("consonance", "fourallportal", "bytenite", "xconnector", "push", "exstream")
BREAKS: tuple[dict[str, Any], ...] = (
    {"kind": "status", "value": {"status": 503}},
    {"kind": "status", "value": {"status": 401}},
    {"kind": "status", "value": {"status": 422}, "method": "POST", "times": 3},
    {"kind": "garble", "times": 5},
    {"kind": "reset", "times": 5},
    {"kind": "status", "value": {"status": 500}, "times": 4},
)
TRIES, WAIT_S = 3, 600
ONCE = ("push.delivered", "exstream.letter", "exstream.transaction", "media.run")
"""What is told to somebody, or costs money: nothing of it may happen twice."""


def furnish(station: Station, profile: str, titles: int = 40) -> None:
    """The house as `make up` shows it, with its connections."""
    told = yaml.safe_load((Path(colophon_airflow.__file__).parent / "sandbox.yaml").read_text(encoding="utf-8"))
    for name in CONNECTIONS:
        addresses = {key: ADDRESS + path for key, path in told[name].get("addresses", {}).items()}
        station.connect(name, **told[name].get("extra", {}), **addresses)
    for system, records in seeds.living_house(titles).items():
        station.seed(system, records)
    if profile == DOCUMENTED:
        always_by_files(station)


def live(station: Station, day: datetime, random: Random | None = None) -> dict[str, str]:
    """A day: each DAG at its hour, tried again as Airflow would; with a random, at some hours something is broken. What ended red, and where."""
    red = dict[str, str]()
    for hour in filter(None, DAY.splitlines()):
        clock, *dags = hour.split()
        if random and random.random() < 0.35:
            station.fault(random.choice(SYSTEMS), **random.choice(BREAKS))
        for dag in dags:
            at = datetime.strptime(clock, "%H:%M").replace(year=day.year, month=day.month, day=day.day, tzinfo=day.tzinfo)
            run = tried(station, dag, max(at, station.now))
            if run.state != "success":
                red[dag] = run.logs[-1]
        station.mend()
    return red


def tried(station: Station, dag: str, at: datetime) -> Run:
    """A run; one that is to be tried again is, ten minutes later."""
    for number in range(TRIES):
        run = station.run(dag, max(at, station.now))
        if run.state == "success" or "[later." not in json.dumps(run.logs):
            break
        if number < TRIES - 1:
            station.advance(WAIT_S)
    return run


def settle(station: Station) -> None:
    """A person says of each message of which nobody knows what became of it: its recipient has it, or it goes again."""
    arrived = {key for kind in ONCE for key in station.effects(kind)}
    unknown = select(deliveries.c.id).where(deliveries.c.state == UNKNOWN, deliveries.c.carrier_id.is_(None))
    with station.ledger() as ledger:
        with ledger.begin() as connection:
            ids = list(connection.scalars(unknown))
        for delivery in ids:
            outcome = "confirmed" if any(key.startswith(delivery) for key in arrived) else WAITING
            ledger.resolve_by_operator(delivery, outcome, by="ana", why="asked the recipient")


def unsettled(ledger: Ledger, now: datetime) -> list[tuple[str, str, str, str]]:
    """What should have gone and did not, or of which nobody knows: use case, subject, state and why; but what waits for a later hour."""
    is_due = or_(deliveries.c.not_before.is_(None), deliveries.c.not_before <= now)
    open_ones = select(*(deliveries.c[name] for name in ("use_case", "subject", "state", "code")))
    with ledger.begin() as connection:
        rows = connection.execute(open_ones.where(deliveries.c.state.in_([WAITING, UNKNOWN, IN_FLIGHT]), is_due))
        return sorted((row.use_case, row.subject, row.state, row.code or "") for row in rows)


@pytest.mark.nightly
@pytest.mark.parametrize("profile", [EXTENDED, DOCUMENTED])
def test_on_quiet_days_every_run_is_green(station: Station, profile: str) -> None:
    """Day after day: what one use case writes breaks no other."""
    furnish(station, profile)
    for number in range(1, 5):
        assert live(station, station.now.replace(hour=0) + timedelta(days=1)) == {}, number
    with station.ledger() as ledger:
        assert unsettled(ledger, station.now) == []


@pytest.mark.nightly
@pytest.mark.parametrize("seed", [1, 2, 17])
def test_after_days_on_which_systems_break_nothing_is_left_over_and_nothing_came_twice(station: Station, seed: int) -> None:
    """Four days with something broken at every third hour, then two on which all is well: green, settled, and told once."""
    furnish(station, EXTENDED)
    random, red = Random(seed), dict[str, str]()
    for _ in range(4):
        red |= live(station, station.now.replace(hour=0) + timedelta(days=1), random)
    assert red, "something was to break"
    live(station, station.now.replace(hour=0) + timedelta(days=1))
    settle(station)
    assert live(station, station.now.replace(hour=0) + timedelta(days=1)) == {}
    with station.ledger() as ledger:
        assert unsettled(ledger, station.now) == []
    for kind in ONCE:
        assert [key for key, number in Counter(station.effects(kind)).items() if number > 1] == [], kind
