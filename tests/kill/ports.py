"""The ports that a round trip of a system does not go through: feeds, files, the library, the input folder, write-backs as deliveries."""

import hashlib
import json
from collections import Counter
from contextlib import suppress
from dataclasses import replace

from sqlalchemy import select
from tests.trips.box import EXTRA
from tests.trips.consonance import ConsonanceTrip
from tests.trips.exstream import ExstreamTrip
from tests.trips.packages import PackageTrip
from tests.trips.systems import TRIPS, XConnectorTrip
from tests.trips.trip import DESTINATION, LEASE_S, START, USE_CASE, End, Trip

from colophon.blocks.ids import PRODUCTION_ORDERS as ORDERS
from colophon.blocks.write_back import intent
from colophon.config.assets import Assets
from colophon.config.load import load_config
from colophon.config.production import PrintFile, Specification
from colophon.deliver import deliver
from colophon.domain.delivery import Intent
from colophon.domain.work import Edition, ProductionRun, Quantity
from colophon.errors import ColophonError
from colophon.ledger.tables import deliveries
from colophon.orders import STEPS
from colophon.staging import Staging
from colophon.systems.bytenite import collect as bytenite_collect
from colophon.systems.bytenite.client import ByteNiteClient
from colophon.systems.bytenite.mapping import video_id
from colophon.systems.bytenite.port import LibraryPort
from colophon.systems.bytenite.records import VERB
from colophon.systems.bytenite.settings import ByteNiteSettings
from colophon.systems.consonance.writes import payloads
from colophon.systems.consonance.writes.port import WriteBackPort, collect_outcomes
from colophon.systems.consonance.writes.results import Summary
from colophon.systems.consonance.writes.write_back import Writer
from colophon.systems.opentext_exstream.client import ExstreamClient
from colophon.systems.xconnector import mapping
from colophon.systems.xconnector.asset_files import AssetFiles
from colophon.systems.xconnector.client import XConnectorClient
from colophon.systems.xconnector.collect import take_statuses
from colophon.systems.xconnector.feed import FeedFiles
from colophon.systems.xconnector.port import EventPort
from colophon.systems.xconnector.settings import XConnectorSettings
from colophon.use_cases.xconnector.order_steps import steps_of

SPECIFICATION = Specification(file=PrintFile(url="https://files.example/a.pdf", sha256="a" * 64, bytes=9, file_name="a.pdf"), price=1)
CONFIG = load_config()
payloads.inputs()  # read here once, and not by every sender that is forked


class FeedTrip(XConnectorTrip):
    """Titles in ONIX messages of three; each title is in one message, and each message goes once."""

    calls = 1.5

    def make_client(self):
        client = super().make_client()
        route = {"id": "r-feed", "match": {"recipient": DESTINATION}, "targets": ["erp"], "order": "none"}
        self.box.control("POST", "/seed", {"records": {"xconnector": {"routes": [route]}}})
        self.profile = CONFIG.recipients["distributor-short"].model_copy(update={"id": DESTINATION})
        return client

    def plan(self):
        self.ledger.plan([replace(self._intent(number), bundled=True) for number in range(self.count)])

    def _intent(self, number):
        content = f"<product><a001>r{number}</a001></product>".encode()
        return Intent(USE_CASE, DESTINATION, self.subject(number), "A", content, "application/xml", START)

    def deliver(self):
        owner = f"try at {self.clock.now:%H:%M:%S}"
        bundling = {"max_products": 3, "max_bytes": 10**6, "labels": {"recipient": DESTINATION, "format": self.profile.onix_format}}
        files = FeedFiles(
            self.ledger,
            Staging(str(self.folder / "staging")),
            self.client,
            self.profile,
            CONFIG.publisher,
            renew=lambda ids: self.ledger.renew(ids, owner=owner, lease_s=LEASE_S),
        )
        sending = {"use_case": USE_CASE, "destination": DESTINATION, "owner": owner, "lease_s": LEASE_S, "sleep": self.sleep}
        done = deliver(self.ledger, EventPort(self.client, prepare=files), **sending)
        self.ledger.bundle(USE_CASE, DESTINATION, as_of=self.clock.now, **bundling)
        return done.stopped_by or deliver(self.ledger, EventPort(self.client, prepare=files), **sending).stopped_by

    def is_done(self):
        return super().is_done() and len(self._feeds()) == 4

    def check(self):
        feeds, states = self._feeds(), Counter(row.state for row in self.rows())
        assert states == {"confirmed": self.count + 4}, f"states: {states}"
        kind = "colophon.title.feed.v1"
        ids = [mapping.event_id(self.source, kind, DESTINATION, row.subject, row.revision, row.content_hash) for row in feeds]
        assert self.effects() == Counter(f"{name}/erp" for name in ids), "messages and feeds differ"
        with self.ledger.begin() as connection:
            carried = Counter(connection.scalars(select(deliveries.c.carrier_id).where(deliveries.c.bundled)))
        assert carried == {row.id: 3 for row in feeds}, f"titles by feed: {carried}"

    def _feeds(self):
        return [row for row in self.rows() if row.subject.startswith("feed:")]


class FileDropTrip(XConnectorTrip):
    """Events as files in a folder, whose recipient takes and deletes them between two tries."""

    calls = 0.0

    def make_client(self):
        self.fetched: Counter[str] = Counter()
        settings = XConnectorSettings.from_connection("", "", {"mode": "file_drop", "drop_location": f"{self.folder}/drop"})
        return XConnectorClient(settings, sleep=self.sleep, random=lambda: 0.5, clock=self.clock)

    def on_the_other_side(self):
        for file in (self.folder / "drop" / DESTINATION).glob("*.json"):
            self.fetched[json.loads(file.read_bytes())["subject"]] += 1
            file.unlink()

    def content(self, number):
        return {"isbn": self.subject(number).removeprefix("isbn:"), "revision": 1, "reason": "out of print"}

    def end(self, number):
        return End("sent")

    def effect_key(self, number, row):
        return row.subject

    def effects(self):
        self.on_the_other_side()
        return Counter(self.fetched)


class AssetTrip(XConnectorTrip):
    """Events with files beside them; one in twenty has bytes that are not of its type."""

    calls = 2.0

    def make_port(self):
        files = AssetFiles(self.client, self._fetch, Assets(kinds={"cover": ("application/pdf",)}), DESTINATION)
        return EventPort(self.client, attach=files, correlation="trip")

    def labels(self, number):
        return {"event_type": "asset.released"}

    def content(self, number):
        isbn, sha256 = self.subject(number).removeprefix("isbn:"), hashlib.sha256(self._bytes(str(number))).hexdigest()
        payload = {"file": str(number), "kind": "cover", "sha256": sha256, "mediaType": None, "name": isbn}
        return {"isbn": isbn, "kind": "cover", "assetId": str(number), "version": "1", "payload": payload}

    def subject(self, number):
        """All of them to the target that takes them, but for those that it has no route to."""
        return f"isbn:{9781 if number % 20 == 7 else 9780}{number:09d}"

    def end(self, number):
        return {7: End("skipped", 0), 11: End("failed", 0)}.get(number % 20, End("confirmed"))

    def effect_key(self, number, row):
        kind = "colophon.asset.released.v1"
        return f"{mapping.event_id(self.source, kind, DESTINATION, row.subject, row.revision, row.content_hash)}/erp"

    def _fetch(self, file_id, _sha256, to):
        to.write_bytes(self._bytes(file_id))

    @staticmethod
    def _bytes(file_id: str) -> bytes:
        return b"GIF89a" if int(file_id) % 20 == 11 else f"%PDF-1.7 {file_id}".encode()


class OrderTrip(XConnectorTrip):
    """Orders of three steps, each told again by every sender, as every run does; a printer that does not answer at first."""

    calls = 1.0

    def make_client(self):
        client = super().make_client()
        routes = [
            {"id": f"r-{name}", "match": {"recipient": name}, "targets": [target], "order": "per_subject"}
            for name, target in zip(STEPS, ("dam", "flaky", "erp"), strict=True)
        ]
        self.box.control("POST", "/seed", {"records": {"xconnector": {"routes": routes}}})
        return client

    def plan(self):
        for number in range(self.count // len(STEPS)):
            edition, run = Edition(product_id=number, isbn13=f"{9780000000000 + number}"), ProductionRun(id=7, delivery_on=START.date())
            self.ledger.plan(steps_of(f"order:7-{number}-1", run, edition, [Quantity(ordered=3000)], SPECIFICATION, START))

    def deliver(self):
        self.plan()
        for name in STEPS:
            place = {"use_case": ORDERS, "destination": name}
            sending = {"owner": f"try at {self.clock.now:%H:%M:%S}", "lease_s": LEASE_S, "sleep": self.sleep}
            stopped_by = deliver(self.ledger, EventPort(self.client), **place, **sending).stopped_by
            if stopped_by:
                return stopped_by
            with suppress(ColophonError):
                take_statuses(self.ledger, self.client, **place, owner_of=lambda _: "operations", keeps_trying=True)
        return None

    def is_done(self):
        return all(row.state == "confirmed" for row in self.rows())

    def collect_outcomes(self):
        """Each sender has done so."""

    def effects(self):
        return self.box.counted("production.order")

    def check(self):
        orders = [f"7-{number}-1" for number in range(self.count // len(STEPS))]
        states = Counter(row.state for row in self.rows())
        assert states == {"confirmed": self.count}, f"states: {states}"
        assert self.effects() == Counter(f"{order}/{step}" for order in orders for step in (1, 2, 3)), f"orders: {self.effects()}"
        for order in orders:
            happened = [key for key in self.effects() if key.startswith(f"{order}/")]
            assert happened == sorted(happened), f"out of order: {happened}"


class LibraryTrip(Trip):
    """Videos, their content and rules, and their placements."""

    system = "bytenite"
    delivery_class = "A"
    calls = 2.0

    def make_client(self):
        settings = ByteNiteSettings.from_connection(f"{self.url}/bytenite", "sandbox-not-a-key", {**EXTRA})
        return ByteNiteClient(settings, sleep=self.sleep, random=lambda: 0.5, clock=self.clock)

    def make_port(self):
        return LibraryPort(self.client)

    def labels(self, number):
        return {VERB: ("video", "content", "rules", "publish")[number % 4]}

    def content(self, number):
        rule = {"ruleId": "r1", "effect": "allow", "territories": ["GB"], "channels": ["website"], "reason": "head contract"}
        placement = {"channel": "website", "territory": "GB", "at": f"{START:%Y-%m-%dT%H:%M:%SZ}"}
        video = self._video(number)
        file = {"sourceUrl": "https://assets.example.org/a.mp4", "sha256": "a" * 64, "bytes": 9, "mediaType": "video/mp4"}
        return (
            {"externalId": f"work:{number // 4}/trailer", "kind": "TRAILER", "title": f"Work {number // 4}: trailer"},
            {"videoId": video, "version": "1", **file},
            {"videoId": video, "rules": [rule]},
            {"videoId": video, "placements": [placement]},
        )[number % 4]

    def end(self, number):
        return End("confirmed", 1 if number % 4 in {0, 3} else 0)

    def effect_key(self, number, row):
        return (self._video(number), "", "", f"{self._video(number)}/website/GB")[number % 4]

    def effects(self):
        return self.box.counted("video.record") + self.box.counted("video.placement")

    def collect_outcomes(self):
        bytenite_collect.collect_library(self.ledger, self.client, use_case=USE_CASE, destination=DESTINATION, at=self.clock.now)

    @staticmethod
    def _video(number: int) -> str:
        return video_id(f"work:{number // 4}/trailer")


class ExstreamFolderTrip(ExstreamTrip):
    """Letters as files in the folder that Exstream takes them from."""

    def make_client(self):
        folder = self.folder / "input"
        folder.mkdir()
        self.box.control("PATCH", "/settings", {self.system: {"input_location": str(folder), "input_channel": "royalty-statement"}})
        found = super().make_client().settings
        extra = found.extra.model_copy(
            update={"input_mode": "directory", "input_location": str(folder), "external_id": False, "job_deadline": 1800}
        )
        given = {"sleep": self.sleep, "random": lambda: 0.5, "clock": self.clock, "monotonic": self._seconds}
        return ExstreamClient(replace(found, extra=extra), **given)

    def may_stay_unknown(self, row):
        """A letter that the engine leaves out, and that is alone in its batch, leaves nothing that tells whose job it was."""
        return super().may_stay_unknown(row) or row.subject == self.subject(7)


class WriteBackTrip(ConsonanceTrip):
    """The same write-backs as deliveries of the ledger."""

    plan, deliver, is_done, rows = Trip.plan, Trip.deliver, Trip.is_done, Trip.rows

    def make_port(self):
        return WriteBackPort(Writer(self.client.account, self.ledger))

    def collect_outcomes(self):
        Writer(self.client.account, self.ledger).collect_loaded(Summary())
        collect_outcomes(self.ledger, use_case=USE_CASE, destination=DESTINATION)

    def _intent(self, number):
        planned = intent(
            self._operation(number),
            self._reference(number),
            self.content(number),
            use_case=USE_CASE,
            as_of=START,
            labels={},
            subject=self.subject(number),
        )
        return replace(planned, destination=DESTINATION)

    def content(self, number):
        return json.loads(json.dumps(super().content(number), default=str))


PORTS: tuple[type[Trip], ...] = (
    *TRIPS,
    FeedTrip,
    FileDropTrip,
    AssetTrip,
    OrderTrip,
    LibraryTrip,
    ExstreamFolderTrip,
    WriteBackTrip,
    PackageTrip,
)
"""A new port joins by its trip and its name here."""
