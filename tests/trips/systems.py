"""What each system makes of a thousand deliveries: how it is reached, what is sent, and where each of them must end."""

from contextlib import suppress
from datetime import date
from types import MappingProxyType

from tests.trips.box import EXTRA
from tests.trips.consonance import ConsonanceTrip
from tests.trips.exstream import ExstreamTrip
from tests.trips.trip import DESTINATION, USE_CASE, End, Row, Trip

from colophon.errors import ColophonError
from colophon.onix.profile import Profile
from colophon.systems.bytenite import collect as bytenite_collect
from colophon.systems.bytenite.client import ByteNiteClient
from colophon.systems.bytenite.job_records import JobSpec
from colophon.systems.bytenite.mapping import job_id
from colophon.systems.bytenite.port import MediaJobPort
from colophon.systems.bytenite.settings import ByteNiteSettings
from colophon.systems.fourallportal.client import FourallportalClient
from colophon.systems.fourallportal.mapping import load_mapping
from colophon.systems.fourallportal.port import PortalPort
from colophon.systems.fourallportal.settings import FourallportalSettings
from colophon.systems.fourallportal.values import object_id
from colophon.systems.opentext_push import collect as push_collect
from colophon.systems.opentext_push.client import PushClient
from colophon.systems.opentext_push.directory import FileDirectory, LedgerRetired
from colophon.systems.opentext_push.outcomes import ref_of
from colophon.systems.opentext_push.port import PushPort
from colophon.systems.opentext_push.settings import PushSettings
from colophon.systems.xconnector import collect as xconnector_collect
from colophon.systems.xconnector import mapping as xconnector_mapping
from colophon.systems.xconnector.client import XConnectorClient
from colophon.systems.xconnector.port import EventPort
from colophon.systems.xconnector.settings import XConnectorSettings

SOURCE = {"descriptor": "url", "url": "https://assets.example.org/m.mov"}
DONE, REFUSED, NEVER = End("confirmed"), End("failed", 0), End("skipped", 0)


class XConnectorTrip(Trip):
    """Events in batches; one in twenty each is faulty, refused by its target, or routed to nobody."""

    system = "xconnector"
    delivery_class = "A"
    calls = 0.25
    source = "/colophon/acme"

    def make_client(self):
        extra = {**EXTRA, "source": self.source, "payload_mode": "upload", "batch_size": 5}
        settings = XConnectorSettings.from_connection(f"{self.url}/xconnector", "sandbox-not-a-token", extra)
        routes = [
            {"id": f"r-{target}", "match": {"recipient": DESTINATION, "subjectPrefix": start}, "targets": [target], "order": "none"}
            for start, target in (("isbn:9780", "erp"), ("isbn:9790", "reject"))
        ]
        self.box.control("POST", "/seed", {"records": {"xconnector": {"routes": routes}}})
        return XConnectorClient(settings, sleep=self.sleep, random=lambda: 0.5, clock=self.clock)

    def make_port(self):
        return EventPort(self.client, correlation="trip")

    def subject(self, number):
        start = {3: 9790, 7: 9781}.get(number % 20, 9780)
        return f"isbn:{start}{number:09d}"

    def labels(self, number):
        return {"event_type": "title.withdrawn"}

    def content(self, number):
        isbn = self.subject(number).removeprefix("isbn:")
        return {"isbn": isbn, "revision": 1, **({} if number % 20 == 11 else {"reason": "out of print"})}

    def end(self, number):
        return {3: REFUSED, 7: NEVER, 11: REFUSED}.get(number % 20, DONE)

    def effect_key(self, number, row: Row):
        kind = "colophon.title.withdrawn.v1"
        event = xconnector_mapping.event_id(self.source, kind, DESTINATION, row.subject, row.revision, row.content_hash)
        return f"{event}/erp"

    def effects(self):
        return self.box.counted("xconnector.acknowledged")

    def collect_outcomes(self):
        profile = Profile(id=DESTINATION, name="There", source="the vendor", as_of=date(2026, 5, 1))
        xconnector_collect.collect_outcomes(
            self.ledger, self.client, use_case=USE_CASE, profile=profile, owner_of=lambda _: "operations", as_of=self.clock.now
        )


class PushTrip(Trip):
    """Alerts to people, where ids are not known to be honoured: nothing is ever repeated."""

    system = "push"
    delivery_class = "D"
    calls = 1.1
    order = "every"
    dedupe = "none"

    def make_client(self):
        rows = [
            {"person": f"p{number}", "kind": "token", "value": f"tok-{kind}-{number:04d}"}
            for number in range(self.count)
            if (kind := self._device(number))
        ]
        self.directory = FileDirectory(rows, LedgerRetired(self.ledger))
        extra = {**EXTRA, "max_per_second": 100_000, "account": "acme", "dedupe": self.dedupe}
        settings = PushSettings.from_connection(f"{self.url}/push/mra/v1", "sandbox", "sandbox-not-a-password", extra)
        return PushClient(settings, sleep=self.sleep, random=lambda: 0.5, clock=self.clock)

    def make_port(self):
        return PushPort(self.client, self.directory)

    def subject(self, number):
        return f"alert:p{number}"

    def content(self, number):
        return {"person": f"p{number}", "title": "Proof approved", "body": f"Title {number}"}

    def end(self, number):
        ends = {"err": REFUSED, "lost": NEVER, "dead": End("bounced", 0), "": NEVER}
        return ends.get(self._device(number), DONE)

    def effect_key(self, number, row: Row):
        return ref_of(row.id, 1, 1)

    def effects(self):
        return self.box.counted("push.delivered")

    def collect_outcomes(self):
        push_collect.collect_outcomes(
            self.ledger, self.client, self.directory, use_case=USE_CASE, destination=DESTINATION, now=self.clock.now
        )

    @staticmethod
    def _device(number: int) -> str:
        return {3: "err", 7: "lost", 11: "dead", 13: "", 17: "slow"}.get(number % 20, "ok")


class PushWithIdsTrip(PushTrip):
    """The same where the vendor has confirmed that ids are honoured: nothing stays unknown."""

    delivery_class = "A"
    dedupe = "message_id"


class FourallportalTrip(Trip):
    """Product data in batches of fifty; one in twenty asks for a link that nobody has mapped."""

    system = "fourallportal"
    delivery_class = "B"
    calls = 2.0
    steps = 1

    def make_client(self):
        extra = {**EXTRA, "login_password": "sandbox-not-a-password", "webdav_url": f"{self.url}/fourallportal/dav"}
        key = "00000000-0000-4000-8000-000000000000"
        settings = FourallportalSettings.from_connection(f"{self.url}/fourallportal", "sandbox", key, extra)
        found = load_mapping(settings.extra.mapping)
        return FourallportalClient(settings, found, ids=self.ledger.memory, sleep=self.sleep, random=lambda: 0.5, clock=self.clock)

    def make_port(self):
        return PortalPort(self.client)

    def content(self, number):
        title = [{"value": f"Title {number}", "dimensions": {"locale": "en_GB"}}]
        links = {"nobody": "f-1"} if number % 20 == 11 else {}
        return {"kind": "product", "isbn": self._isbn(number), "facts": {"title": title}, "links": links}

    def end(self, number):
        return REFUSED if number % 20 == 11 else DONE

    def effect_key(self, number, row: Row):
        return f"product:{object_id('product', self._isbn(number))}"

    def effects(self):
        return self.box.counted("4ap.written")

    def _isbn(self, number: int) -> str:
        return self.subject(number).removeprefix("isbn:")


class ByteNiteTrip(Trip):
    """Media jobs, each run once and its outputs copied; one in twenty fails, one in twenty is no job."""

    system = "bytenite"
    delivery_class = "C"
    calls = 8.0
    # Eight requests a delivery: of a thousand, some 120 tries end early. Outputs live two days, so each try is followed by a look.
    rounds = 240
    settings = MappingProxyType({"steps_per_poll": 4})

    def make_client(self):
        templates = {"TRAILER": "video-render@1.2", "FAIL": "fail"}
        # One attempt: a job that failed while its answer was lost would be done again as another job.
        extra = {**EXTRA, "templates": templates, "output_location": f"{self.folder}/media", "max_attempts": 1}
        settings = ByteNiteSettings.from_connection(f"{self.url}/bytenite", "sandbox-not-a-key", extra)
        return ByteNiteClient(settings, sleep=self.sleep, random=lambda: 0.5, clock=self.clock)

    def make_port(self):
        return MediaJobPort(self.client)

    def content(self, number):
        if number % 20 == 11:
            return {"kind": "TRAILER"}
        return {"kind": self._kind(number), "name": f"trailer {number:04d}", "source": SOURCE}

    def end(self, number):
        return {3: End("failed"), 11: REFUSED}.get(number % 20, DONE)

    def effect_key(self, number, row: Row):
        content = {"name": "none", "source": SOURCE, **self.content(number)}
        return job_id(JobSpec.model_validate({"key": row.id, **content}))

    def effects(self):
        return self.box.counted("media.run")

    def deliver(self):
        stopped_by = super().deliver()
        with suppress(ColophonError):
            self.collect_outcomes()
        return stopped_by

    def collect_outcomes(self):
        bytenite_collect.collect_jobs(self.ledger, self.client, use_case=USE_CASE, destination=DESTINATION, at=self.clock.now)

    @staticmethod
    def _kind(number: int) -> str:
        return "FAIL" if number % 20 == 3 else "TRAILER"


TRIPS: tuple[type[Trip], ...] = (
    XConnectorTrip,
    PushTrip,
    PushWithIdsTrip,
    FourallportalTrip,
    ByteNiteTrip,
    ConsonanceTrip,
    ExstreamTrip,
)
"""A new system joins by its subclass and its name here."""
