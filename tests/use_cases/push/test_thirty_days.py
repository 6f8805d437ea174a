"""Thirty mornings of the rights-expiry scan over five hundred rights that change, through ledger, messaging system and devices.

With an outage of three days, a backfill of them, a messaging system that is down for a day, and rights that are renewed or
terminated meanwhile. What each person must have been told is worked out here by itself, day by day.
"""

import json
import random
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import ClassVar

import pytest
from ledger_database import make_ledger
from sandbox_control import Control

from colophon.blocks.decision import DecisionContext
from colophon.blocks.notices import PEOPLE
from colophon.config.load import load_config
from colophon.deliver import deliver
from colophon.domain.contact import Contact
from colophon.domain.facts import Facts, Known
from colophon.domain.finding import Finding
from colophon.domain.product import Product
from colophon.ledger import Ledger
from colophon.ledger.tables import deliveries
from colophon.onix.codelist_file import load_code_lists
from colophon.rights import Atlas
from colophon.rights.facts import read_facts
from colophon.systems.consonance.client import ConsonanceClient
from colophon.systems.consonance.graphql.listing import Page
from colophon.systems.consonance.rights_facts import gather
from colophon.systems.consonance.settings import ConsonanceSettings
from colophon.systems.opentext_push.client import PushClient
from colophon.systems.opentext_push.collect import collect_outcomes
from colophon.systems.opentext_push.directory import FileDirectory, LedgerRetired
from colophon.systems.opentext_push.port import PushPort
from colophon.systems.opentext_push.settings import PushSettings
from colophon.use_cases.push.ending_rights import LAPSED, THRESHOLDS
from colophon.use_cases.push.rights_expiry_scan import CASE, decide
from colophon.use_cases.push.rights_scan import DUE, scan
from colophon_sandbox import seeds
from colophon_sandbox.seeds.rights import FIRST_MANAGER, LEGAL, MANAGERS
from colophon_sandbox.serve import running_sandbox

FIRST = date(2026, 5, 2)
DAYS = [FIRST + timedelta(days=n) for n in range(30)]
OUTAGE = DAYS[10:13]
PUSH_IS_DOWN = DAYS[20]
CHANGES = 500
CONFIG = load_config()
ATLAS = Atlas(load_code_lists())


def morning_of(day: date) -> datetime:
    """When a day's run is judged."""
    return datetime.combine(day, time(5), UTC)


class Account(ConsonanceClient):
    """Consonance with products that are read once: this month only rights change."""

    products: ClassVar[list[Page[Product | Finding]]] = []

    def iter_products_for_rights(self, isbns: Iterable[str] | None = None) -> Iterator[Page[Product | Finding]]:
        """See the base class."""
        if not self.products:
            self.products.extend(super().iter_products_for_rights(isbns))
        yield from self.products


class House:
    """A publisher's systems, played by the sandbox, and one ledger."""

    def __init__(self, sandbox: Control, ledger: Ledger, clock: list[datetime]) -> None:
        self.sandbox, self.ledger, self.clock = sandbox, ledger, clock
        rows = [
            {"person": str(who), "kind": "token", "value": f"tok-ok-{who}"}
            for who in (LEGAL, *range(FIRST_MANAGER, FIRST_MANAGER + MANAGERS))
        ]
        self.directory = FileDirectory(rows, LedgerRetired(ledger))

    def run(self, day: date, *, is_backfill: bool = False, push: str = "") -> None:
        """One run of the DAG's steps; `push` is another address of the messaging system."""
        as_of = morning_of(day)
        with self._consonance() as client:
            facts, _ = gather(client, None)
        last_run = self.ledger.memory.watermark(CASE.id)
        lines = []
        for batch in facts.batches(500):
            result = scan(read_facts(batch), ATLAS, CONFIG, as_of=as_of, last_run=last_run)
            lines += DUE.to_lines([result.scanned, *result.due])
        if not CASE.is_silent(as_of, last_run, is_backfill=is_backfill):
            context = DecisionContext(as_of, CONFIG, {}, lambda to, subjects: self.ledger.latest(CASE.id, to, subjects), delivery_class="D")
            plan = decide(DUE.facts(lines) | Facts({Contact: Known(records=(), source="test", as_of=as_of)}), context)
            assert plan.everything == {PEOPLE}
            self.ledger.enter(CASE.id, plan.judgements(), as_of=as_of, run="run")
            self.ledger.memory.set_watermark(CASE.id, as_of)
        with self._push(push or f"{self.sandbox.url}/push") as client:
            port = PushPort(client, self.directory)
            deliver(self.ledger, port, use_case=CASE.id, destination=PEOPLE, owner="run", lease_s=900, sleep=lambda _: None)
            if not push:
                self.sandbox.advance(600)
                collect_outcomes(self.ledger, client, self.directory, use_case=CASE.id, destination=PEOPLE, now=self.clock[0])

    def told(self) -> list[tuple[str, str]]:
        """(person, threshold) of what truly reached a device, each as often as it did."""
        with self.ledger.begin() as connection:
            rows = connection.execute(deliveries.select()).all()
        shown = Counter(key.partition(".")[0] for key in self.sandbox.effects("push.delivered"))
        people = {row.id: json.loads(self.ledger.content_of(row.id) or b"{}")["person"] for row in rows}
        return [
            (people[row.id], row.labels["threshold"])
            for row in rows
            if "threshold" in row.labels
            for _ in range(shown[row.carrier_id or row.id])
        ]

    def _consonance(self) -> Account:
        settings = ConsonanceSettings.from_connection(
            f"{self.sandbox.url}/consonance", "sandbox0key0not0real000000000000", {"start_jitter_seconds": 0}
        )
        return Account(settings, sleep=lambda _: None, clock=lambda: self.clock[0])

    def _push(self, host: str) -> PushClient:
        extra = {"account": "acme", "start_jitter_seconds": 0, "max_per_second": 1000}
        settings = PushSettings.from_connection(f"{host}/mra/v1", "sandbox", "sandbox-not-a-password", extra)
        return PushClient(settings, sleep=lambda _: None, clock=lambda: self.clock[0])


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A catalogue whose rights change over thirty days."""
    make_ledger(f"sqlite:///{tmp_path}/ledger.db")
    clock = [morning_of(FIRST)]
    with running_sandbox(seeds.changing_rights(FIRST, CHANGES)) as url:
        control = Control(url, "consonance")
        control.control("PATCH", "/settings", {"consonance": {"page_cap": 0}})
        with Ledger.open(f"sqlite:///{tmp_path}/ledger.db", clock=lambda: clock[0]) as ledger:
            yield House(control, ledger, clock)


def changes_of(records: dict) -> dict[date, list[tuple[str, dict]]]:
    """On some days somebody renews or terminates a right: collection and row, as it is from then on."""
    chance, made = random.Random(3), {}
    for day in DAYS[1:]:
        rows = []
        for deal in chance.sample(records["rightsDeals"], 2):
            rows.append(("rightsDeals", deal | {"terminatedDate": day.isoformat(), "status": "TERMINATED"}))
        grant = chance.choice([grant for grant in records["headGrants"] if grant["expiresOn"]])
        rows.append(("headGrants", grant | {"expiresOn": "2031-12-31"}))
        contract = chance.choice([contract for contract in records["contracts"] if contract["term"]])
        rows.append(("contracts", contract | {"term": "180"}))
        made[day] = rows
    return made


def must_be_told(records: dict, changes: dict[date, list[tuple[str, dict]]]) -> set[tuple[str, str]]:
    """Day by day, right by right: the nearest threshold that is reached, unless this or a nearer one of that end was told."""
    kinds = {"contracts": "contract", "headGrants": "head_grant", "rightsDeals": "rights_deal"}
    rows = {(name, row["id"]): row for name in kinds for row in records[name]}
    told: set[tuple[str, date, int]] = set()
    said: set[tuple[str, str]] = set()
    for day in DAYS:
        rows |= {(name, row["id"]): row for name, row in changes.get(day, [])}
        if day in OUTAGE or day == PUSH_IS_DOWN:  # what could not leave is judged anew on the next morning
            continue
        for (name, number), row in rows.items():
            end = _end(name, row)
            if end is None or (end - day).days < -30:
                continue
            left = (end - day).days
            reached = LAPSED if left < 0 else min((n for n in THRESHOLDS if left <= n), default=None)
            subject = f"{kinds[name]}:{number}"
            if reached is None or any((subject, end, n) in told for n in (LAPSED, *THRESHOLDS) if n <= reached):
                continue
            told.add((subject, end, reached))
            words = f"{subject}/{end}/{'lapsed' if reached == LAPSED else reached}"
            said |= {(str(LEGAL), words), (str(FIRST_MANAGER + row["workId"] % MANAGERS), words)}
    return said


def _end(name: str, row: dict) -> date | None:
    if row.get("terminatedDate"):
        return None
    if name != "contracts":
        return date.fromisoformat(row["expiresOn"]) if row["expiresOn"] else None
    if not row["term"]:
        return None
    signed = date.fromisoformat(row["signedDate"])
    return signed.replace(year=signed.year + int(row["term"]) // 12)


@pytest.mark.nightly
def test_thirty_mornings(house: House) -> None:
    """Each threshold reaches each person exactly once, alone or in one digest; renewed and terminated rights reach nobody."""
    records = seeds.changing_rights(FIRST, CHANGES)["consonance"]
    changes = changes_of(records)
    for day in DAYS:
        house.clock[0] = morning_of(day)
        house.sandbox.freeze(house.clock[0].isoformat())
        for name, row in changes.get(day, []):
            house.sandbox.seed(**{name: [row]})
        if day in OUTAGE:
            continue
        house.run(day, push="http://127.0.0.1:9" if day == PUSH_IS_DOWN else "")
        if day == DAYS[15]:
            before = house.told()
            for missed in OUTAGE:
                house.run(missed, is_backfill=missed != OUTAGE[0])
            house.run(day)  # the same morning once more
            assert house.told() == before
    told = house.told()
    assert len(told) == len(set(told)), "somebody was told twice"
    assert set(told) == must_be_told(records, changes)
    assert len(told) > CHANGES
    states = house.ledger.counts(CASE.id)[PEOPLE]
    assert set(states) <= {"confirmed", "sent", "superseded", "withdrawn"}
    pushes = len(house.sandbox.effects("push.delivered"))
    assert pushes < len(told) / 2, "digests spare people most of the messages"
