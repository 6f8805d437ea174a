"""Letters through Exstream: ten in a batch, which nothing but a look at its jobs tells from one that was never taken."""

from types import MappingProxyType

from sqlalchemy import func, select
from tests.trips.box import EXTRA
from tests.trips.trip import DESTINATION, LEASE_S, START, USE_CASE, End, Row, Trip

from colophon.ledger.tables import attempts
from colophon.systems.opentext_exstream import collect as exstream_collect
from colophon.systems.opentext_exstream.client import ExstreamClient
from colophon.systems.opentext_exstream.jobs import KEPT
from colophon.systems.opentext_exstream.port import LetterPort
from colophon.systems.opentext_exstream.records import Document
from colophon.systems.opentext_exstream.settings import ExstreamSettings


class ExstreamTrip(Trip):
    """Letters in batches of ten; one in twenty each bounces, is left out by the engine, wants an e-mail without an address."""

    system = "exstream"
    delivery_class = "C"
    calls = 0.3
    steps = 3
    settings = MappingProxyType({"wipe_minutes": 7 * 24 * 60, "event_delay": 60})  # a trip lasts days

    def make_client(self):
        extra = {**EXTRA, "timeouts": {**EXTRA["timeouts"], "on_demand": 2}, "tenant": "acme", "domain": "acme-test"}
        extra |= {"external_id": True, "batch_customers": 10, "outcome_source": "feed"}
        settings = ExstreamSettings.from_connection(f"{self.url}/exstream", "sandbox-client", "sandbox-not-a-secret", extra)
        return ExstreamClient(settings, sleep=self.sleep, random=lambda: 0.5, clock=self.clock, monotonic=self._seconds)

    def make_port(self):
        return LetterPort(self.client, Document("royalty_statement", "RoyaltyStatement", "4", "2026-H1"), wait_s=LEASE_S / 3)

    def subject(self, number):
        return f"contract:{number}"

    def content(self, number):
        box = {3: "ndlv", 7: "skip"}.get(number % 20, f"person{number}")
        address = {} if number % 20 == 11 else {"EmailAddress": f"{box}@example.org"}
        return {"DeliveryPreference": "email", "Name": f"Person {number}", "Data": {"PaymentDue": f"{number}.20"}, **address}

    def end(self, number):
        return {3: End("bounced"), 7: End("skipped", 0), 11: End("failed", 0)}.get(number % 20, End("confirmed"))

    def effect_key(self, number, row: Row):
        return f"{row.id}/email"

    def effects(self):
        return self.box.counted("exstream.letter")

    def collect_outcomes(self):
        done = exstream_collect.collect_jobs(
            self.ledger, self.client, use_case=USE_CASE, destination=DESTINATION, service="royalty-statement"
        )
        lost = [row for row in self.rows() if row.id in done.unknown and not self.may_stay_unknown(row)]
        assert not lost, f"lost: {lost}"
        exstream_collect.take_reports(self.ledger, self.client, connection="exstream")

    def may_stay_unknown(self, row: Row) -> bool:
        """Jobs are kept for a while: what was first tried before that may have been in one that is wiped."""
        query = select(func.min(attempts.c.started_at), func.max(attempts.c.ended_at)).where(attempts.c.delivery_id == row.id)
        with self.ledger.begin() as connection:
            first, last = connection.execute(query).one()
        return last - first > KEPT

    def _seconds(self) -> float:
        return (self.clock.now - START).total_seconds()
