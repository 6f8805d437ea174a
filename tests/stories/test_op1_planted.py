"""OP-1 at size: edits that somebody made at five counterparts, among all that they hold: each is found, and none is invented."""

import json
import resource
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest
from rights_world import CONSONANCE, portal_product
from station import Station

from colophon.blocks import reconcile
from colophon.domain.delivery import Delivery, Intent, Verdict
from colophon.ledger.statements import chunks
from colophon.ledger.write_backs import WriteBack
from colophon.systems.bytenite.records import Rules
from colophon.systems.consonance.writes.mutations import Mutations
from colophon.systems.xconnector.records import Match, Route
from colophon.use_cases.bytenite.video_rights import SAID
from colophon.use_cases.bytenite.video_rules import digest
from colophon_airflow.systems.consonance.hook import ConsonanceHook
from colophon_airflow.systems.xconnector.hook import XConnectorHook

DAG, NIGHT = "ops__reconciliation", datetime(2026, 6, 2, 4, 30, tzinfo=UTC)
RULES = {"effect": "allow", "territories": ["GB"], "channels": ["website"], "from": None, "until": None, "reason": None}


class Told(NamedTuple):
    """One thing that a counterpart was told, as the ledger keeps it."""

    subject: str
    body: bytes = b"{}"
    labels: Mapping[str, str] = {}


def settled(house: Station, use_case: str, place: str, told: Sequence[Told], remote_id: Callable[[Delivery], str | None]) -> None:
    """What the ledger believes that a counterpart has confirmed."""
    with house.ledger() as ledger:
        for part in chunks(told):
            ledger.plan(
                [Intent(use_case, place, each.subject, "A", each.body, "application/json", house.now, labels=each.labels) for each in part]
            )
            claimed = ledger.claim(use_case, place, owner="o", limit=len(part), lease_s=900)
            ledger.finish([Verdict(each.id, "confirmed", remote_id=remote_id(each)) for each in claimed], owner="o")


def portal(house: Station, count: int) -> Callable[[int], object]:
    """Products that are open in Britain; somebody opens one in France."""
    house.seed("fourallportal", {"product": [portal_product(n, f"{9_781_990_000_000 + n}", "GB") for n in range(count)]})
    cells = [{"territory": "GB", "channel": "web", "right": "open"}]
    told = [Told(f"portal:{portal_product(n, '')['id']}", json.dumps({"isbn": f"{n}", "cells": cells}).encode()) for n in range(count)]
    settled(house, "fourallportal__rights_availability", "4allportal", told, lambda _: None)
    return lambda n: house.seed("fourallportal", {"product": [portal_product(n, f"{9_781_990_000_000 + n}", "FR")]})


def library(house: Station, count: int) -> Callable[[int], object]:
    """Videos that may run in Britain; somebody lets one run nowhere."""

    def video(n: int, *rules: Mapping[str, Any]) -> dict[str, Any]:
        record = {"externalId": f"{n}-trailer", "kind": "TRAILER", "title": f"Trailer {n}", "workId": n, "isbns": [], "language": "eng"}
        record |= {
            "imprint": None,
            "publicationDate": None,
            "keywords": [],
            "onHold": False,
            "videoId": f"00000000-0000-5000-8000-{n:012d}",
        }
        return {**record, "rules": {"revision": 1 if rules else 2, "default": "deny", "rules": list(rules)}}

    said = [{"ruleId": "r-1", **RULES}]
    house.seed("bytenite", {"videos": [video(n, *said) for n in range(count)]})
    labels = {SAID: digest(Rules.model_validate({"revision": 1, "rules": said}))}
    told = [Told(f"video:{video(n)['videoId']}/rules", f"{n}".encode(), labels) for n in range(count)]
    settled(house, "bytenite__video_rights", "video-library", told, lambda _: None)
    return lambda n: house.seed("bytenite", {"videos": [video(n)]})


def consonance(house: Station, count: int) -> Callable[[int], object]:
    """To-dos of ours; somebody overwrites one."""

    def todo(n: int, text: str = "Cover missing") -> WriteBack:
        return WriteBack("upsertTodo", f"pn6:{n}", f"isbn:{n}", "push__x", {"workId": 9, "description": text, "status": "OPEN"})

    def write(*todos: WriteBack) -> None:
        with ConsonanceHook("consonance_default").client as client:
            Mutations(client.account).send(list(todos))

    house.seed("consonance", CONSONANCE)
    write(*(todo(n) for n in range(count)))
    with house.ledger() as ledger:
        for n in range(count):
            ledger.tray.confirm(ledger.tray.add(todo(n), "writes_off").row.id, by="mutation")
    return lambda n: write(todo(n, "By hand"))


def xconnector(house: Station, count: int) -> Callable[[int], object]:
    """Messages that arrived; somebody gives one up at the middleware."""
    messages = house.sandbox.systems["xconnector"].messages.table
    with XConnectorHook("xconnector_default").client as client:
        client.ensure_routes([Route(id="r-all", match=Match(recipient="kobo"), targets=(client.targets()[0].id,))])
        data = [{"isbn": f"{9_781_990_000_000 + n}", "revision": 1, "reason": "rights"} for n in range(count)]
        events = [client.make_event("title.withdrawn", f"isbn:{each['isbn']}", "kobo", each, 1, at=house.now) for each in data]
        ids = {event.subject: verdict.message_id for event, verdict in zip(events, client.send(events), strict=True)}
    told = [Told(str(event.subject), event.subject.encode()) for event in events if event.subject]
    settled(house, "xconnector__metadata_syndication", "kobo", told, lambda delivery: ids[delivery.subject])

    def give_up(n: int) -> None:
        row = messages.get(str(ids[f"isbn:{9_781_990_000_000 + n}"]))
        row["status"] = row["deliveries"][0]["status"] = "dead_lettered"

    return give_up


def push(house: Station, count: int) -> Callable[[int], object]:
    """Messages that a device confirmed; one of them the messaging system now says it never delivered."""
    jobs, ids = house.sandbox.systems["push"].jobs, dict[str, str]()

    def job(delivery: Delivery) -> str:
        taken = jobs.take("push", None, "colophon", [{"target": {"token": "tok-ok-1"}, "ref": delivery.id}])
        return ids.setdefault(delivery.subject, str(taken["job_id"]))

    settled(house, "push__milestone_alerts", "people", [Told(f"person:31/{n}", f"{n}".encode()) for n in range(count)], job)
    return lambda n: jobs.table.get(ids[f"person:31/{n}"])["messages"][0].update(target={"token": "tok-err-1"})


COUNTERPARTS = {"4allportal": portal, "video-library": library, "consonance": consonance, "xconnector": xconnector, "push": push}


def compared(house: Station) -> dict[str, tuple[int, int]]:
    """What a run of the DAG compared with each counterpart, and what differed."""
    run = house.run(DAG)
    assert [each["why_not"] for each in run.returned.values() if isinstance(each, dict) and each["why_not"]] == []
    return {each["counterpart"]: (each["compared"], each["differ"]) for each in run.returned.values() if isinstance(each, dict)}


def planted(house: Station, sizes: Mapping[str, int], edits: int) -> None:
    """All are found, each has one exception with an owner and a remedy, and nothing else is told."""
    house.clock(NIGHT - timedelta(hours=2))
    edit = {name: plant(house, sizes[name]) for name, plant in COUNTERPARTS.items()}
    house.clock(NIGHT)
    assert compared(house) == {name: (count, 0) for name, count in sizes.items()}
    wanted = {name: [number * (count // edits) for number in range(edits)] for name, count in sizes.items()}
    for name, numbers in wanted.items():
        for number in numbers:
            edit[name](number)
    house.advance(600)
    began = time.monotonic()
    assert compared(house) == {name: (count, edits) for name, count in sizes.items()}
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # with the sandbox, in one process
    sys.stdout.write(f"{sum(sizes.values())} compared in {time.monotonic() - began:.0f} s, {most / 1000:.0f} MB at most\n")
    with house.ledger() as ledger:
        rows = [row for row in ledger.exceptions.open(use_case=DAG, limit=10_000) if row.rule == "DRIFT"]
        named = {each["counterpart"]: {row["subject"] for row in each["differences"]} for each in reconcile.reports(ledger.memory)}
    assert len({row.subject for row in rows}) == len(rows) == edits * len(sizes)
    assert all(row.owner and row.remedy and row.expected and row.found for row in rows)
    assert {name: len(subjects) for name, subjects in named.items()} == dict.fromkeys(sizes, edits)


def test_op1_a_what_somebody_changed_at_five_counterparts_is_found(station: Station) -> None:
    """Two edits at each among a few; as many at a hundred thousand are for the night."""
    planted(station, dict.fromkeys(COUNTERPARTS, 6), 2)


@pytest.mark.nightly
def test_op1_a_a_hundred_edits_among_a_hundred_thousand_are_found(station: Station, capsys: pytest.CaptureFixture[str]) -> None:
    """Twenty at each of five counterparts."""
    with capsys.disabled():
        planted(station, {"4allportal": 96_000, "video-library": 1_000, "consonance": 1_000, "xconnector": 1_500, "push": 500}, 20)
