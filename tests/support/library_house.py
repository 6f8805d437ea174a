"""A house whose assets are at the portal: three formats of one book, and a second book by the same author."""

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from station import ADDRESS, Station
from two_accounts import DOCUMENTED, EXTENDED, tell

from colophon_sandbox.seeds.living.media import content_of
from colophon_sandbox.seeds.shelf import contributions, person, price, product, text, work

NOON = datetime(2026, 5, 4, 12, 10, tzinfo=UTC)
PRINT, EBOOK, AUDIO, OTHER = "9781999000004", "9781999000011", "9781999000028", "9781999000035"
NOVEL, STORIES = 9, 10
AUTHOR, EDITOR, DESIGNER, MARKETER = 44, 31, 32, 33
ISNI = "0000000121032683"
PHOTO: Mapping[str, Any] = {"credit": "Ann Example", "rights_until": "2026-12-31", "model_release": ["granted"], "author": [ISNI]}
FILE = "fourallportal.objects.file"


class LibraryHouse:
    """A station with titles, and the portal's library as a test says."""

    def __init__(self, station: Station, account: str = EXTENDED) -> None:
        self.station, self.account, self.now = station, account, NOON
        station.connect("fourallportal", webdav_url=f"{ADDRESS}/fourallportal/dav", media_original_usage="original")
        self.seed(imprints=[{"id": 1, "name": "Larkspur"}], contacts=[person(AUTHOR, "Zoë Canary", ISNI), person(EDITOR, "Eve Editor")])
        self.seed(contacts=[person(DESIGNER, "Des Igner"), person(MARKETER, "Mar Keter")])
        self.titles_are()
        roles = ((EDITOR, "EDITOR"), (DESIGNER, "DESIGNER"), (MARKETER, "MARKETING"))
        self.seed(teamMembers=[_member(number, *each) for number, each in enumerate(roles, 1)])

    def seed(self, **records: list[dict[str, Any]]) -> None:
        """Records of Consonance as they are from now on."""
        self.station.seed("consonance", records)

    def titles_are(self, **more: Any) -> None:
        """The novel in three formats and the stories; `more` are members of the novel's products."""
        novel, stories = (self._work(number, title) for number, title in ((NOVEL, "Sea Room"), (STORIES, "Harbour Tales")))
        forms = ((101, "BC", PRINT), (102, "ED", EBOOK), (103, "AJ", AUDIO))
        dates = {"publicationDate": "2026-09-01", "prices": [price(1, "9.99", "GBP")]}
        products = [product(number, novel, form, isbn, **{**dates, **more}) for number, form, isbn in forms]
        self.seed(works=[novel, stories], products=[*products, product(104, stories, "BC", OTHER, **dates)])

    def file(self, number: int, kind: str, isbn: str | None = PRINT, version: str = "1", **more: Any) -> str:
        """A file of the library, approved unless said; returns its id. `content` tells its bytes from others (or is them), `checksum` is what the portal says of them."""
        given = {"approval_status": "approved", "content": f"{kind} {number} {version}", "approval_date": "2026-05-01", **more}
        said = given.pop("content")
        content = content_of(kind, isbn or "", said) if isinstance(said, str) else said
        values = {
            "name": f"{kind.lower().replace(' ', '-')}-{number}.png", "isbn": isbn, "asset_type": kind, "version": version,
            "checksum": hashlib.sha256(content).hexdigest(), "mime_type": "image/png", **given,
        }  # fmt: skip
        row = {name: [{"value": value, "dimensions": None}] for name, value in values.items() if value is not None}
        self.station.seed("fourallportal", {"file": [{"id": file_id(number), "contentBase64": base64.b64encode(content).decode(), **row}]})
        return file_id(number)

    def change(self, number: int, **values: Any) -> None:
        """Somebody edits fields of a file; None takes one away."""
        table = self.station.sandbox.world.store.table(FILE)
        row = table.get(file_id(number))
        assert row is not None
        fields = {name: [{"value": value, "dimensions": None}] if value is not None else [] for name, value in values.items()}
        table.put(file_id(number), row | {"values": row["values"] | fields})

    def remove(self, number: int) -> None:
        """Somebody deletes a file."""
        self.station.sandbox.world.store.table(FILE).drop(file_id(number))

    def shown(self, number: int, field: str) -> Any:
        """What a field of a file says; None for nothing."""
        row = self.station.sandbox.world.store.table(FILE).get(file_id(number))
        entries = row["values"].get(field) if row else None
        return entries[0]["value"] if entries else None

    def todo(self, number: int, milestone: str, *, done: str | None, work_id: int = NOVEL) -> None:
        """A stage of a title, done on a day or open."""
        state = {"status": "DONE", "completedOn": done, "completedAt": f"{done}T09:00:00Z", "completedById": EDITOR} if done else {
            "status": "OPEN", "completedOn": None, "completedAt": None, "completedById": None
        }  # fmt: skip
        row = {"id": number, "workId": work_id, "description": milestone, "tags": ["Milestone"], "blockedBy": [], "assigneeId": EDITOR}
        moment = self.now.strftime("%Y-%m-%dT%H:%M:%SZ")
        self.seed(todos=[{**row, **state, "dueOn": None, "milestoneCode": None, "revision": 1, "updatedAt": moment}])

    def run(self, dag: str, times: int = 1, state: str = "success") -> Any:
        """So many hourly runs."""
        for _ in range(times):
            if self.account == DOCUMENTED:
                tell(self.station, DOCUMENTED, as_of=self.now)
            run = self.station.run(dag, self.now)
            assert run.state == state, run.logs
            self.now = max(self.now + timedelta(hours=1), self.station.now)
        return run

    def next_day(self, days: int = 1) -> None:
        """Some days later, in the morning: however much was run, what is due by its day is due on this one."""
        self.now = (self.now + timedelta(days=days)).replace(hour=7, minute=0)

    def written(self, dag: str, operation: str, destination: str = "consonance") -> dict[str, dict[str, Any]]:
        """What Consonance was told last under each reference, by mutation or through the tray."""
        with self.station.ledger() as ledger:
            rows = [row for row in ledger.newest(dag, destination) if row.state in {"confirmed", "held", "sent"}]
            contents = [json.loads(ledger.content(row.content_hash) or b"{}") for row in rows]
        return {row.subject: content["members"] for row, content in zip(rows, contents, strict=True) if content["operation"] == operation}

    def exceptions(self, dag: str) -> list[tuple[str, str]]:
        """Rule and subject of the open exceptions of a use case."""
        return self.station.exceptions(dag)

    def expected(self, dag: str) -> list[str]:
        """What would be right, by the subjects of the open exceptions."""
        with self.station.ledger() as ledger:
            return [row.expected for row in sorted(ledger.exceptions.open(use_case=dag), key=lambda row: row.subject)]

    @staticmethod
    def _work(number: int, title: str) -> dict[str, Any]:
        by = contributions([(AUTHOR, "A01")], 10 * number)
        texts = [
            text(10 * number, "SHORT_DESCRIPTION", "<p>Quiet and large.</p>"),
            text(10 * number + 1, "MAIN_DESCRIPTION", "<p>Long.</p>"),
        ]
        return work(number, title, 1, contributions=by, marketingTexts=texts)


def file_id(number: int) -> str:
    """The portal's id of a file."""
    return f"0f11e000-0000-4000-8000-{number:012d}"


def fixtures(furnished: Callable[[LibraryHouse], LibraryHouse] = lambda house: house) -> tuple[Any, Any, Any]:
    """`house, both, one` of a file of tests: with each kind of account, by day the whole one; with each by day as well; with the whole one alone."""

    def with_account(request: pytest.FixtureRequest, station: Station) -> LibraryHouse:
        return furnished(LibraryHouse(station, getattr(request, "param", EXTENDED)))

    nightly = pytest.fixture(params=[EXTENDED, pytest.param(DOCUMENTED, marks=pytest.mark.nightly)])
    return nightly(with_account), pytest.fixture(params=[EXTENDED, DOCUMENTED])(with_account), pytest.fixture(with_account)


def _member(number: int, contact: int, role: str) -> dict[str, Any]:
    row = {"id": number, "workId": NOVEL, "role": role, "contactId": contact, "managerId": None, "startsOn": None, "endsOn": None}
    return {**row, "revision": 1, "updatedAt": "2026-04-01T09:00:00Z"}
