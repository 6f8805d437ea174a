"""ByteNite of the sandbox in this process, without sockets."""

import json

import pytest
from sandbox_control import InProcess
from werkzeug.test import Client, TestResponse

from colophon_sandbox.app import Sandbox
from colophon_sandbox.systems.bytenite import ByteNite

NOW = "2026-05-01T06:00:00Z"
SOURCE = {
    "dataSourceDescriptor": "url",
    "params": {"@type": "type.googleapis.com/bytenite.data_source.HttpDataSource", "url": "https://assets.example.org/master.mov"},
}
RULES = {
    "revision": 2,
    "default": "deny",
    "rules": [
        {
            "ruleId": "r1",
            "effect": "allow",
            "territories": ["GB", "IE"],
            "channels": ["website", "retailer"],
            "from": "2026-05-01T00:00:00Z",
            "until": "2026-05-20T00:00:00Z",
            "reason": "head contract 12",
        },
        {
            "ruleId": "r2",
            "effect": "deny",
            "territories": ["IE"],
            "channels": ["retailer"],
            "from": None,
            "until": None,
            "reason": "exclusive licence 44",
        },
    ],
}
CONTENT = {
    "version": "2",
    "sourceUrl": "https://assets.example.org/a.mp4",
    "sha256": "a" * 64,
    "bytes": 1048576,
    "mediaType": "video/mp4",
    "thumbnailUrl": "https://assets.example.org/a.jpg",
}
VIDEO = {"externalId": "work:9/trailer", "kind": "TRAILER", "title": "Sea Room: trailer", "workId": 9, "isbns": ["9781234567897"]}


def job(template: str = "video-render@1.2", **changes: object) -> dict:
    """A job that can run."""
    made = {
        "templateId": template,
        "jobId": "8c2e0000-0000-4000-8000-000000000001",
        "name": "trailer 9781234567897",
        "dataSource": SOURCE,
        "dataDestination": {"dataSourceDescriptor": "bucket"},
        "params": {"partitioner": {}, "app": {}, "assembler": {}},
        "config": {"taskTimeout": 3600, "jobTimeout": 86400, "isTestJob": False},
    }
    return {name: value for name, value in {**made, **changes}.items() if value is not None}


def placement(channel: str = "website", territory: str = "GB", at: str = NOW) -> dict:
    """One placement to publish."""
    return {"channel": channel, "territory": territory, "at": at, "landingUrl": None}


class Remote(InProcess):
    """The sandbox as its callers see it."""

    def __init__(self) -> None:
        super().__init__(Client(Sandbox([ByteNite], control=True)), "bytenite")
        self.freeze(NOW)
        self.login()

    def login(self) -> dict:
        answer = self.client.post("/bytenite/v1/auth/access_token", json={"apiKey": "sandbox-not-a-key"})
        self.token = answer.get_json()["token"]
        return answer.get_json()

    def advance(self, seconds: float) -> int:
        fired = super().advance(seconds)
        if seconds >= 3600:
            self.login()
        return fired

    def ask(self, method: str, path: str, body: object = None, *, media: str = "application/json") -> TestResponse:
        headers = {"Authorization": self.token}
        if body is None:
            return self.client.open(f"/bytenite{path}", method=method, headers=headers)
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.client.open(f"/bytenite{path}", method=method, data=content, content_type=media, headers=headers)

    def get(self, path: str) -> dict:
        answer = self.ask("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.get_json()

    def run(self, **changes: object) -> str:
        """A job that is under way."""
        made = self.ask("POST", "/v1/customer/jobs", job(**changes)).get_json()["job"]
        assert self.ask("POST", f"/v1/customer/jobs/{made['id']}/run", {"config": {}}).status_code == 200
        return made["id"]

    def state(self, job_id: str) -> str:
        return self.get(f"/v1/customer/jobs/{job_id}")["job"]["state"]

    def video(self, video_id: str = "v-1", *, rules: dict | None = RULES) -> str:
        """A video that is ready, with rules."""
        base = f"/v1/library/videos/{video_id}"
        assert self.ask("PUT", base, VIDEO).status_code == 201
        assert self.ask("PUT", f"{base}/content", CONTENT).status_code == 202
        if rules:
            assert self.ask("PUT", f"{base}/rules", rules).status_code == 200
        self.advance(60)
        return video_id

    def publish(self, *placements: dict, request: str = "q-1", video_id: str = "v-1") -> list[dict]:
        body = {"requestId": request, "placements": list(placements)}
        answer = self.ask("POST", f"/v1/library/videos/{video_id}/publish", body)
        assert answer.status_code == 202, answer.text
        return answer.get_json()["items"]

    def states(self) -> list[str]:
        return [row["state"] for row in self.get("/v1/library/placements")["data"]]


@pytest.fixture
def remote() -> Remote:
    """As at the start."""
    return Remote()
