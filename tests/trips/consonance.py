"""Write-backs to Consonance: they have a tray where other systems have deliveries."""

from collections import Counter
from datetime import date
from types import MappingProxyType
from typing import Any

from tests.trips.box import EXTRA
from tests.trips.trip import End, Row, Trip

from colophon.errors import ColophonError
from colophon.systems.consonance.client import ConsonanceClient
from colophon.systems.consonance.settings import ConsonanceSettings
from colophon.systems.consonance.writes.operations import WriteOp
from colophon.systems.consonance.writes.write_back import Writer

WORKS = 20
CATALOGUE = {
    "imprints": [{"id": 3, "name": "Quay Books"}],
    "contacts": [{"id": 31, "__typename": "Person", "name": "Ada"}],
    "works": [
        {"id": n, "title": f"Work {n}", "imprintId": 3, "marketingTexts": [], "supportingResources": []} for n in range(1, WORKS + 1)
    ],
}


class ConsonanceTrip(Trip):
    """Write-backs: to-dos by extension, one in ten a text by a documented mutation; what is refused waits in the tray."""

    system = "consonance"
    delivery_class = "A"
    calls = 0.4
    settings = MappingProxyType({"profile": "extended"})
    seeds = MappingProxyType({"consonance": CATALOGUE})

    def make_client(self):
        extra = {**EXTRA, "write_mode": "mutations"}
        settings = ConsonanceSettings.from_connection(f"{self.url}/consonance", "sandbox0key0not0real000000000000", extra)
        self.ops: list[WriteOp] = []
        self.finished = False
        return ConsonanceClient(settings, sleep=self.sleep, random=lambda: 0.5, clock=self.clock)

    def make_port(self):
        return Writer(self.client.account, self.ledger)

    def plan(self):
        self.ops = [WriteOp(self._operation(n), self._reference(n), f"isbn:{n}", "push__trip", self.content(n)) for n in range(self.count)]

    def deliver(self) -> ColophonError | None:
        done = self.make_port().write_all(self.ops)
        self.finished = done.stopped_by is None and not done.counts["unknown"]
        return done.stopped_by

    def is_done(self):
        return self.finished

    def rows(self):
        """What waits is in the tray; all else was confirmed, or the run would not have ended."""
        waits = {row.external_reference: row.outcome for row in self.ledger.tray.rows()}
        return [Row("", self.subject(n), waits.get(self._reference(n), "confirmed"), 1, "") for n in range(self.count)]

    def content(self, number) -> dict[str, Any]:
        work = 404 if number % 20 == 11 else number % WORKS + 1
        if self._operation(number) == "createMarketingText":
            return {"workId": work, "externalTextMarkdown": f"Text {number}", "variant": "SHORT_DESCRIPTION"}
        return {"workId": work, "description": f"Cover {number}", "assigneeContactId": 31, "dueOn": date(2026, 5, 4), "status": "OPEN"}

    def end(self, number):
        return End("held", 0) if number % 20 == 11 else End("confirmed")

    def effect_key(self, number, row: Row):
        return f"Text {number}" if self._operation(number) == "createMarketingText" else self._reference(number)

    def effects(self):
        return Counter(effect["key"] for effect in self.box.control("GET", "/effects?system=consonance")["effects"])

    def check_again(self, before, requests):
        """The same references go again and change nothing: there is no more to see than that nothing new happened."""
        assert self.effects() == before

    @staticmethod
    def _operation(number: int) -> str:
        return "createMarketingText" if number % 10 == 5 else "upsertTodo"

    @staticmethod
    def _reference(number: int) -> str:
        return f"trip:{number}"
