"""Driver data in: one communication at once, a batch, a file in the input folder (contract sections 3 and 4)."""

import base64
import json
from pathlib import Path
from typing import Any

from werkzeug.wrappers import Response

from colophon_sandbox.system import Call, RefusedError, System, as_json
from colophon_sandbox.systems.opentext_exstream.design import DOMAINS, Design, check_domain
from colophon_sandbox.systems.opentext_exstream.intake import check_driver_data, empty_names
from colophon_sandbox.systems.opentext_exstream.jobs import Jobs
from colophon_sandbox.systems.opentext_exstream.reading import ms, shown_date, success
from colophon_sandbox.systems.opentext_exstream.tokens import CLIENT, Tokens
from colophon_sandbox.world import Row

EMPOWER = "application/vnd.exstream-empower"
OUTPUTS = ("application/pdf", "text/html")
QUEUE_S = 0.1
"""So long a request waits for each one that is before it in the queue."""


class Inputs(System):
    """Routes that take driver data."""

    design: Design
    jobs: Jobs
    tokens: Tokens

    def generate(self, call: Call) -> Response:
        """One communication; `Accept` selects the output (contract section 3)."""
        self._check_input(call)
        headers = call.request.headers
        communication = self.design.approved(headers.get("communicationId", ""))
        if communication is None:
            raise RefusedError(400, "bad_communication", "communicationId names no approved communication", errorCode=310001)
        if headers.get("driverDataSource") != communication["dsn"]:
            raise RefusedError(400, "bad_dsn", "driverDataSource is not that of the communication", errorCode=310002)
        return self._compose(call, communication["name"])

    def generate_by_channel(self, call: Call) -> Response:
        """The same by a named channel."""
        self._check_channel(self._check_input(call), call.path["service"])
        return self._compose(call, call.path["service"])

    def take_batch(self, call: Call) -> Response:
        """A batch: one flow instance for each published flow model on the channel. The same again is another mailing."""
        domain, channel = self._check_input(call), call.path["service"]
        if 0 < self.setting("max_body") < len(call.body):
            raise RefusedError(413, "too_large", "the body is too large")
        self._check_channel(domain, channel)
        external_id = call.request.headers.get("externalId") if self.setting("external_id") else None
        return success([self._instance(job) for job in self._start(domain, channel, call.json(), external_id)])

    def read_input_folder(self) -> int:
        """Take what lies in the directory input channel; how many files."""
        folder = self.setting("input_location")
        files = sorted(Path(folder).glob("*.json")) if folder else []
        for file in files:
            try:
                self._start("acme-test", self.setting("input_channel"), json.loads(file.read_bytes()), None)
            except (RefusedError, ValueError):
                file.rename(file.with_suffix(".refused"))
            else:
                file.unlink()
        return len(files)

    def _start(self, domain: str, channel: str, given: Any, external_id: str | None) -> list[Row]:
        data = check_driver_data(given)
        return [self.jobs.start(domain, channel, data, external_id) for _ in range(self.setting("flow_instances"))]

    def _check_input(self, call: Call) -> str:
        """The domain in the path, and the anti-CSRF token where the setting `csrf` wants one."""
        domain = check_domain(call)
        self.tokens.check_guard(call.request.headers.get("X-CSRF-Token"))
        return domain

    def _check_channel(self, domain: str, channel: str) -> None:
        if channel in self.setting("unpublished") or domain not in DOMAINS:
            details = f"Could not find an input channel with name <{channel}> in any published flow model."
            raise RefusedError(404, "not_published", details, errorCode=310130)

    def _instance(self, job: Row) -> Row:
        return {
            "id": job["instance"],
            "jobId": job["id"],
            "flowModelId": "fm-1",
            "domainId": job["domain"],
            "status": "started",
            "startDate": shown_date(job["startMs"], self.setting("dates")),
            "endDate": None,
            "externalId": job["externalId"],
            "flowModelType": "COMMUNICATION",
        }

    def _compose(self, call: Call, name: str) -> Response:
        data = call.json()
        if not isinstance(data, dict):
            raise RefusedError(400, "bad_type", "driver data is an object")
        self._queue()
        wanted = call.request.headers.get("Accept", "*/*").partition(";")[0].strip()
        if wanted in {EMPOWER, "application/json"}:
            return self._empower(call, wanted)
        if wanted not in {"*/*", *OUTPUTS}:
            raise RefusedError(400, "bad_accept", "no output has this type", errorCode=310003)
        self.world.effect("exstream.transaction", f"ondemand/{name}", empty=empty_names(data))
        mime = "application/pdf" if wanted == "*/*" else wanted
        content = (b"%PDF-1.7\n" if mime.endswith("pdf") else b"<!doctype html>\n") + name.encode()
        if wanted != "*/*":
            return Response(content, content_type=wanted)
        context = {"queueName": "PDF", "fileName": name, "customerNumber": "1"}
        return success([{"content": base64.b64encode(content).decode(), "mimeType": mime, "engineOutputContext": context}])

    def _empower(self, call: Call, wanted: str) -> Response:
        if call.request.headers.get("empowerUser") != f"{CLIENT}@OAuthClients":
            context = {"queueName": "PDF", "fileName": "Letter", "customerNumber": "1"}
            told = {"errorMessage": "the Empower user has no right", "statusCode": "401", "engineOutputContext": context}
            return as_json({"status": "error", "data": [told]})
        self.world.effect("exstream.transaction", "ondemand/empower")
        document = {"documentId": f"doc-{self.world.next_id('exstream.document')}"}
        return as_json(document) if wanted == "application/json" else Response(json.dumps(document), content_type=EMPOWER)

    def _queue(self) -> None:
        """Under load requests wait inside the service: slow, never 429."""
        waiting = self.recent("at_once", 1000) - self.setting("ondemand_slots")
        self.world.sleep(QUEUE_S * min(max(waiting, 0), 20))

    def recent(self, name: str, most_ms: int) -> int:
        """How often this was asked in the last so many milliseconds, this time included."""
        now, table = ms(self.world.now), self.world.store.table("exstream.pace")
        moments = [m for m in (table.get(name) or {"moments": []})["moments"] if 0 <= now - m < most_ms]
        table.put(name, {"moments": [*moments, now]})
        return len(moments) + 1
