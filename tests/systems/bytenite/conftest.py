"""A sandbox, a client of its ByteNite, and what is sent through it."""

import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from sandbox_control import Control

from colophon.domain.delivery import Intent
from colophon.systems.bytenite.client import ByteNiteClient
from colophon.systems.bytenite.job_records import JobSpec
from colophon.systems.bytenite.mapping import video_id
from colophon.systems.bytenite.records import Rule, Rules, VideoRecord, Wanted
from colophon.systems.bytenite.settings import ByteNiteSettings

NOW = datetime(2026, 5, 1, 6, 0, tzinfo=UTC)
KEY = "sandbox-not-a-key"
JOBS = "/v1/customer/jobs"
CONTENT = {"version": "1", "sourceUrl": "https://assets.example.org/a.mp4", "sha256": "a" * 64, "bytes": 9, "mediaType": "video/mp4"}


class Sandbox(Control):
    """The sandbox's control routes."""

    def __init__(self, url: str) -> None:
        super().__init__(url, "bytenite")

    def fault(self, kind: str, path: str, *, when: str = "after", **plan: object) -> None:
        super().fault(kind, path, when=when, **plan)

    def calls(self, part: str = "") -> list[dict]:
        return [entry for entry in self.journal() if part in entry["path"]]


@pytest.fixture
def sandbox(sandbox_url: str) -> Sandbox:
    """A sandbox as at its start, with a frozen clock."""
    found = Sandbox(sandbox_url)
    found.start()
    return found


@pytest.fixture
def make_client(sandbox: Sandbox, tmp_path) -> Iterator[Callable[..., ByteNiteClient]]:
    """Clients that do not wait, with the sandbox's clock."""
    clients: list[ByteNiteClient] = []

    def clock() -> datetime:
        return datetime.fromisoformat(sandbox.control("GET", "/clock")["now"])

    def make(*, host: str = f"{sandbox.url}/bytenite", key: str = KEY, **extra: object) -> ByteNiteClient:
        templates = {"TRAILER": "video-render@1.2", "FAIL": "fail", "ODD": "odd", "SLOW": "slow"}
        given = {"start_jitter_seconds": 0, "timeouts": {"connect": 60, "read": 60, "total": 60}, "templates": templates}
        settings = ByteNiteSettings.from_connection(host, key, {**given, "output_location": f"{tmp_path}/media", **extra})
        made = ByteNiteClient(settings, sleep=lambda _: None, random=lambda: 0.5, clock=clock)
        clients.append(made)
        return made

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def client(make_client: Callable[..., ByteNiteClient]) -> ByteNiteClient:
    """One client."""
    return make_client()


def make_spec(kind: str = "TRAILER", key: str = "k-1", **changes: object) -> JobSpec:
    """A job that can run."""
    source = {"descriptor": "url", "url": "https://assets.example.org/master.mov?sig=c4n4ry"}
    return JobSpec.model_validate({"key": key, "kind": kind, "name": "trailer 9781234567897", "source": source, **changes})


def make_record(**changes: object) -> VideoRecord:
    """A video."""
    given = {"externalId": "work:9/trailer", "kind": "TRAILER", "title": "Sea Room: trailer", "workId": 9, "isbns": ["9781234567897"]}
    return VideoRecord.model_validate({**given, **changes})


def make_rule(territory: str = "GB", effect: str = "allow", name: str = "r1", channel: str = "website") -> Rule:
    """A rule without a window."""
    given = {"ruleId": name, "effect": effect, "territories": [territory], "channels": [channel], "reason": "head contract 12"}
    return Rule.model_validate(given)


def make_intent(subject: str, content: dict, *, cls: str = "A", verb: str = "", **changes: object) -> Intent:
    """Something for the ledger."""
    values = {
        "use_case": "test",
        "destination": "bytenite",
        "subject": subject,
        "delivery_class": cls,
        "content": json.dumps(content, sort_keys=True).encode(),
        "media_type": "application/json",
        "as_of": NOW,
        "labels": {"verb": verb} if verb else {},
    }
    return Intent(**{**values, **changes})


@pytest.fixture
def make() -> SimpleNamespace:
    """Things to send."""
    return SimpleNamespace(
        spec=make_spec,
        record=make_record,
        rule=make_rule,
        rules=lambda revision, *rules: Rules(revision=revision, rules=rules),
        wanted=lambda channel="website", territory="GB": Wanted(channel=channel, territory=territory, at=NOW),
        intent=make_intent,
        now=NOW,
        jobs=JOBS,
        video_id=video_id("work:9/trailer"),
        content={**CONTENT, "sha256": hashlib.sha256(b"film").hexdigest()},
    )
