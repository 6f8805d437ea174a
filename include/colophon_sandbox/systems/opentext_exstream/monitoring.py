"""Jobs, flow instances, flow steps and their files (contract sections 2, 5 and 6)."""

import io
import zipfile
from collections.abc import Callable
from typing import Any

from werkzeug.wrappers import Response

from colophon_sandbox.system import Call, RefusedError, as_json
from colophon_sandbox.systems.opentext_exstream.composing import file_of, manifest, message_file, queues_of
from colophon_sandbox.systems.opentext_exstream.design import check_domain
from colophon_sandbox.systems.opentext_exstream.inputs import Inputs
from colophon_sandbox.systems.opentext_exstream.reading import from_ms, paged, shown_date, success
from colophon_sandbox.world import Row

TESTS: dict[str, Callable[[Row, Any], bool]] = {
    "mode": lambda _job, value: value == ["BATCH"],
    "statuses": lambda job, value: job["status"] in value,
    "channel": lambda job, value: job["channel"] == value,
    "externalId": lambda job, value: job["externalId"] == value,
    "startDateStart": lambda job, value: from_ms(job["startMs"]).date().isoformat() >= value,
    "startDateEnd": lambda job, value: from_ms(job["startMs"]).date().isoformat() <= value,
}
DONE = {"status": "success", "message": "", "details": ""}
ZIP_TIME = (2026, 5, 1, 6, 0, 0)


class Monitoring(Inputs):
    """Routes below `/runtime/{domain}`."""

    def get_job(self, call: Call) -> Response:
        """One job."""
        return success(self._shown(self._job(call)))

    def list_jobs(self, call: Call) -> Response:
        """Jobs by filter, oldest first."""
        domain, wanted = check_domain(call), call.query.get("filter", {})
        rows = [job for job in self.jobs.table if job["domain"] == domain and all(TESTS[k](job, v) for k, v in wanted.items())]
        return paged([self._shown(job) for job in rows], call.query)

    def list_instances(self, call: Call) -> Response:
        """The flow instances of a job."""
        job_id = call.query.get("filter", {}).get("jobId")
        jobs = [job for job in self._jobs(call) if job_id in (None, job["id"])]
        shown = [{"id": job["instance"], "jobId": job["id"], "flowModelId": "fm-1", "status": self._state(job)} for job in jobs]
        return paged(shown, call.query)

    def list_steps(self, call: Call) -> Response:
        """The steps of a flow instance."""
        instance = call.query.get("filter", {}).get("flowInstanceId")
        rows = [step for job in self._jobs(call) if instance in (None, job["instance"]) for step in self.jobs.steps(job)]
        return paged(rows, call.query)

    def delivery_file(self, call: Call) -> Response:
        """The manifest: UTF-16 XML."""
        return Response(manifest(self._composed(call), self.setting("manifest_keys")), content_type="application/xml;charset=UTF-16")

    def outputs(self, call: Call) -> Response:
        """Queues with their numbers of files."""
        return success([{"queue": queue, "files": len(found)} for queue, found in queues_of(self._composed(call)).items()])

    def output_files(self, call: Call) -> Response:
        """Names of all output files."""
        job = self._composed(call)
        return paged([file_of(queue, c) for queue, found in queues_of(job).items() for c in found], call.query)

    def message_file(self, call: Call) -> Response:
        """The engine's log."""
        return Response(message_file(self._composed(call)), content_type="text/plain; charset=utf-8")

    def customer_artifacts(self, call: Call) -> Response:
        """Everything of one customer, as a zip file."""
        job = self._composed(call)
        found = [(queue, c) for queue, cs in queues_of(job).items() for c in cs if c["CustomerNumber"] == call.path["number"]]
        if not found:
            raise RefusedError(404, "not_found", "there is no such customer")
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for queue, customer in found:
                archive.writestr(zipfile.ZipInfo(file_of(queue, customer), ZIP_TIME), b"%PDF-1.7\n")
        return Response(packed.getvalue(), content_type="application/zip")

    def stop_job(self, call: Call) -> Response:
        """Cancel."""
        self.jobs.stop(self._job(call))
        return as_json(DONE)

    def release_instance(self, call: Call) -> Response:
        """Let go what is held."""
        instance = call.path["instance_id"]
        job = next((job for job in self._jobs(call) if job["instance"] == instance), None)
        if job is None:
            raise RefusedError(404, "not_found", "there is no such flow instance")
        self.jobs.release(job)
        return as_json(DONE)

    def reprocess_job(self, call: Call) -> Response:
        """Run again."""
        if len(call.query) != 2:
            raise RefusedError(400, "missing_parameter", "useCurrentFlowModel and useCurrentFlowContext are needed")
        self.jobs.reprocess(self._job(call))
        return as_json(DONE)

    def delete_job(self, call: Call) -> Response:
        """Remove."""
        self.jobs.delete(self._job(call), force=call.query.get("force") == "true")
        return as_json(DONE)

    def _job(self, call: Call) -> Row:
        return self.jobs.get(check_domain(call), call.path["job_id"])

    def _jobs(self, call: Call) -> list[Row]:
        domain = check_domain(call)
        return [job for job in self.jobs.table if job["domain"] == domain]

    def _composed(self, call: Call) -> Row:
        """The job of a communication step that has files."""
        number, _, step = call.path["step_id"].removeprefix("fs-").rpartition("-")
        job = self.jobs.get(check_domain(call), f"job-{number}")
        if step != "2" or not job["isComposed"] or job["status"] == "deleted":
            raise RefusedError(404, "not_found", "the step has no such file")
        return job

    def _state(self, job: Row) -> str:
        return "finishing" if job["status"] == "waiting" else str(job["status"])

    def _shown(self, job: Row) -> Row:
        dates = self.setting("dates")
        return {
            "id": job["id"],
            "domainId": job["domain"],
            "channel": job["channel"],
            "mode": "BATCH",
            "status": job["status"],
            "flowModelType": "COMMUNICATION",
            "msg": "composition failed" if job["status"] == "error" else None,
            "externalId": job["externalId"],
            "triggeredBy": "svc",
            "startDate": shown_date(job["startMs"], dates),
            "endDate": shown_date(job["endMs"], dates),
            "expirationDate": None,
        }
