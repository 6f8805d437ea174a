"""A small house for stories about rendering: one work with its formats, contract and to-dos, and its approved files in the portal."""

import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from dag_walk import Run
from station import Station
from two_accounts import DOCUMENTED, tell

from colophon_sandbox.seeds.living.media import picture, value
from colophon_sandbox.seeds.shelf import contributions, person, product, work

NOON = datetime(2026, 5, 4, 12, 10, tzinfo=UTC)
PAPERBACK, AUDIOBOOK = "9781999000004", "9781999000028"
WORDS = {"cover": "Cover approved", "preorder": "Pre-order ready", "scheduled": "Publication scheduled"}
TEMPLATES = dict.fromkeys(("TRAILER", "TEASER", "SOCIAL_CUT", "AUTHOR_INTERVIEW", "EXCERPT"), "video-render@1.2")
MEDIA = """
videos:
  trailer: {kind: TRAILER, version: "1", shapes: [16x9], seconds: 60, stage: preorder, asset: cover, inputs: [title, author, publication_date], minutes: 4}
  social_cut: {kind: SOCIAL_CUT, version: "1", shapes: [1x1], seconds: 25, stage: preorder, asset: cover, inputs: [title, author]}
companions:
  sample: {kind: AUDIO_SAMPLE, version: "1", shapes: [none], seconds: 240, stage: announce, asset: audio_master, inputs: [title, author, publication_date, format]}
  excerpt: {kind: EXCERPT, version: "1", shapes: [16x9], seconds: 90, stage: announce, asset: audio_master, inputs: [title, author, publication_date, format]}
outputs_url: https://media.example
"""


class MediaHouse:
    """Runs one DAG hourly, at an account of one kind."""

    def __init__(self, station: Station, account: str, dag: str, *, formats: tuple[str, ...] = ("BC",)) -> None:
        self.station, self.account, self.dag, self.now = station, account, dag, NOON
        self.work = work(9, "Zoë’s “Sea” ✓", 1, contributions=contributions([(31, "A01")]))
        forms = {"BC": (101, PAPERBACK), "AJ": (103, AUDIOBOOK)}
        self.products = [product(forms[form][0], self.work, form, forms[form][1], publicationDate="2026-09-01") for form in formats]
        self.seed(
            imprints=[{"id": 1, "name": "Larkspur"}], contacts=[person(31, "Ana Ní Bhriain")], works=[self.work], products=self.products
        )
        self.grant("VIDEO", "AUDIO_DOWNLOAD", "PAPERBACK")
        self.configure()
        self.connect()

    def configure(self, *changes: tuple[str, str]) -> None:
        """`media.yaml`, with some words of it changed."""
        text = MEDIA
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        self.station.configure("media.yaml", text)

    def connect(self, **extra: Any) -> None:
        """The renderer, where its outputs go, and the portal."""
        place = str(self.station.folder / "media")
        templates = {**TEMPLATES, "AUDIO_SAMPLE": "audio-sample@1"}
        self.station.connect("bytenite", **{"templates": templates, "output_location": place, **extra})
        self.station.connect("fourallportal", media_original_usage="original")

    def seed(self, **records: list[dict[str, Any]]) -> None:
        """Records of Consonance as they are from now on."""
        self.station.seed("consonance", records)

    def change(self, number: int = 0, **members: Any) -> None:
        """A product with some members changed."""
        self.products[number] |= members
        self.seed(products=[self.products[number]])

    def grant(self, *formats: str, without: tuple[str, ...] = ()) -> None:
        """What the head contract grants from now on, and where it does not."""
        contract = {"id": 1, "workId": 9, "clientId": 1, "contractName": "Head", "signedDate": "2020-01-31", "term": ""}
        reach = {"exclusive": True, "channels": ["*"], "languages": ["*"], "startsOn": None, "expiresOn": None}
        self.grants = getattr(self, "grants", 0) + 1
        row = {
            "id": 1, "revision": self.grants, "updatedAt": self.now.strftime("%Y-%m-%dT%H:%M:%SZ"), "workId": 9, "contractId": 1, "rightsType": "Volume",
            "formats": list(formats), "territories": {"included": ["WORLD"], "excluded": list(without)}, **reach,
        }  # fmt: skip
        self.seed(contracts=[contract], headGrants=[row])

    def todo(self, *names: str) -> None:
        """To-dos that are done."""
        for name in names:
            moment = (self.now - timedelta(minutes=10)).strftime("%Y-%m-%dT%H:%M:%SZ")
            done = {"status": "DONE", "completedOn": moment[:10], "completedAt": moment, "completedById": 31}
            row = {
                "id": list(WORDS).index(name) + 1,
                "workId": 9,
                "description": WORDS[name],
                "tags": [],
                "blockedBy": [],
                "assigneeId": 31,
            }
            self.seed(todos=[{**row, **done, "revision": 1, "updatedAt": moment}])

    def file(
        self, content: bytes = b"", kind: str = "Cover", status: str = "approved", version: str = "1", isbn: str = PAPERBACK, **more: Any
    ) -> None:
        """A file of the portal; another version of a kind replaces it."""
        content = content or picture(version)
        media_type = "image/png" if kind == "Cover" else "audio/wav"
        row = {
            "id": f"11a50000-0002-4000-8000-{int(isbn[-6:]):012d}", "name": value("cover.png" if kind == "Cover" else "master.wav"), "isbn": value(isbn),
            "asset_type": value(kind), "version": value(version), "checksum": value(hashlib.sha256(content).hexdigest()), "mime_type": value(media_type),
            "approval_status": value(status), "contentBase64": base64.b64encode(content).decode(), **more,
        }  # fmt: skip
        self.station.seed("fourallportal", {"file": [row]})

    def ready(self) -> None:
        """A launch that is ready: stages done, cover approved in the portal."""
        self.todo("cover", "preorder", "scheduled")
        self.file()

    def run(self, times: int = 1, state: str = "success", **given: Any) -> Run:
        """So many hourly runs; the last."""
        for _ in range(times):
            if self.account == DOCUMENTED:
                tell(self.station, DOCUMENTED, as_of=self.now)
            run = self.station.run(self.dag, self.now, **given)
            assert run.state == state, [line for line in run.logs if not line.startswith("INFO")] or run.logs
            self.now = max(self.now + timedelta(hours=1), self.station.now)
        return run

    def follow(self, dag: str) -> None:
        """A green run of another DAG, at the same account."""
        mine, self.dag = self.dag, dag
        self.run()
        self.dag = mine

    @property
    def jobs(self) -> list[dict[str, Any]]:
        """The renderer's jobs, in the order in which they were made."""
        return [dict(row) for row in self.station.sandbox.world.store.table("bytenite.jobs")]

    def ran(self) -> list[str]:
        """Names of the jobs that were run, in order."""
        names = {row["id"]: row["name"] for row in self.jobs}
        return [names[key] for key in self.station.effects("media.run")]

    def assets(self) -> dict[str, dict[str, Any]]:
        """The title's assets in Consonance, by our reference, or what waits in the tray to be one."""
        if self.account == DOCUMENTED:
            with self.station.ledger() as ledger:
                rows = ledger.tray.rows(operation="upsertExternalAsset")
                return {row.external_reference: dict(row.payload) for row in rows if row.state == "pending"}
        written = self.station.sandbox.world.store.table("consonance.externalRecords")
        return {row["externalReference"]: json.loads(row["payload"]) for row in written if row["kind"] == "upsertExternalAsset"}
