"""Media jobs: the interface, and the vendor's API behind it (contract sections 2 to 5)."""

import tempfile
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Protocol

from colophon.errors import (
    AuthFailedError,
    BadShapeError,
    EffectUnknownError,
    ForbiddenError,
    GoneError,
    InvalidError,
    NotFoundError,
    NotReadyError,
    TransportError,
)
from colophon.http.response import Response
from colophon.systems.bytenite import operations as op
from colophon.systems.bytenite.calls import Calls, told_as_gone
from colophon.systems.bytenite.job_records import Done, Endpoint, File, Job, JobSpec, JobStatus, Logs, Output, Result, Template
from colophon.systems.bytenite.local_files import OpenSource, opened
from colophon.systems.bytenite.mapping import NEW, config_to_wire, job_id, job_of, job_to_wire, read, rows, status_of
from colophon.systems.bytenite.outputs import kept

LINKS_LIVE = timedelta(hours=48)
RESULTS_WITHIN = timedelta(seconds=60)
"""So long after the end of a job its results may not be there yet."""
MOST_BYTES = 64 << 30


class MediaJobBackend(Protocol):
    """Whoever does media jobs. DAGs know nothing else."""

    def submit(self, spec: JobSpec) -> str:
        """Have a job done once; its id. Raises a ColophonError where it was not taken."""

    def status(self, job_id: str) -> JobStatus:
        """How far it is."""

    def outputs(self, job_id: str) -> list[Output]:
        """Its files. Raises NotReadyError where they are not there yet."""

    def collect(self, job_id: str, to: str) -> list[File]:
        """Copy every output to a folder or URL. Raises GoneError where a link has ended."""

    def cancel(self, job_id: str) -> None:
        """Stop it."""

    def logs(self, job_id: str, tail: int = 200) -> list[str]:
        """The last lines that it wrote."""


class ByteNiteJobs:
    """The documented job API."""

    def __init__(self, calls: Calls, *, storage_options: Mapping[str, Any] | None = None, open_source: OpenSource = opened) -> None:
        """:param storage_options: credentials of the place where outputs go, as fsspec takes them.

        :param open_source: gives the bytes of a `file` source.
        """
        self._calls = calls
        self._open_source = open_source
        self._extra = calls.settings.extra
        self._storage_options = dict(storage_options or {})

    def templates(self) -> list[str]:
        """Ids of the account's templates (DOC)."""
        return _templates(self._calls.job(op.TEMPLATES, check=_templates))

    def submit(self, spec: JobSpec) -> str:
        """Create, attach data, run (DOC): only a job that has not been started is run, so that the same spec is one run.

        A `file` source is uploaded between: a draft whose sender died gets its bytes again.

        :raises EffectUnknownError: the answer to `run` was lost twice, and the job still looks new.
        :raises InvalidError: the file of a `file` source is not there, or not what its hash says; nothing is run then.
        """
        wanted = job_id(spec)
        found = self.find(wanted)
        if found is None or found.state == NEW:
            body = job_to_wire(spec, self._extra)
            self._calls.job(op.CREATE_JOB, json=body, check=lambda answer: job_of(answer.json(), wanted))
            found = self._job(wanted)
        if found.state == NEW:
            if spec.source.descriptor == "file":
                self._upload(found, spec.source)
            self._run(wanted, spec)
        return wanted

    def find(self, wanted: str) -> Job | None:
        """A job, None where there is none."""
        try:
            return self._job(wanted)
        except NotFoundError:
            return None

    def status(self, job_id: str) -> JobStatus:
        """How far a job is (DOC). Raises NotFoundError for one that is not there."""
        return status_of(self._job(job_id))

    def outputs(self, job_id: str) -> list[Output]:
        """Files of a job (DOC); empty before it is complete.

        :raises NotReadyError: it has just ended and shows no files yet.
        """
        job = self._job(job_id)
        found = _results(self._calls.job(op.RESULTS, job_id, check=_results))
        now = self._calls.clock()
        if not found and status_of(job).phase == "succeeded" and (job.ended_at is None or now - job.ended_at < RESULTS_WITHIN):
            raise NotReadyError(
                "the job has ended and its results are not there yet", not_before=now + RESULTS_WITHIN, system="bytenite", subject=job_id
            )
        ends_at = job.ended_at + LINKS_LIVE if job.ended_at else None
        return [Output(_safe(result.name), result.link, ends_at) for result in found]

    def collect(self, job_id: str, to: str) -> list[File]:
        """Copy all outputs at once, streamed, each under its name only when it is whole.

        :raises GoneError: there are none, or a link has ended: only a new attempt brings them back.
        """
        found = self.outputs(job_id)
        if not found:
            raise GoneError("the job has no outputs", system="bytenite", operation="collect", subject=job_id, remedy=_AGAIN)
        return [self._copy(output, f"{to.rstrip('/')}/{output.name}", job_id) for output in found]

    def cancel(self, job_id: str) -> None:
        """Abort (DOC); a draft is deleted. One that is not there, or has ended meanwhile, wants no abort."""
        try:
            self._calls.job(op.ABORT, job_id, json={}, check=_done)
        except NotFoundError:
            return
        except InvalidError:
            if not self.status(job_id).is_over:
                raise

    def logs(self, job_id: str, tail: int = 200) -> list[str]:
        """The last lines of all parts (DOC (c)), in order of time."""
        asked = {"jobId": job_id, "taskIds": [], "levels": [], "services": []}
        found = _logs(self._calls.job(op.LOGS, json=asked, check=_logs))
        lines = [*found.partitioner, *found.assembler, *(line for task in found.taskrunner.values() for line in task.logs)]
        told = dict.fromkeys((line.timestamp, f"{line.level} {line.log}") for line in lines)
        in_time = sorted(told, key=lambda line: line[0])
        return [f"{at} {text}" for at, text in in_time][-tail:]

    def _job(self, wanted: str) -> Job:
        answer = self._calls.job(op.GET_JOB, wanted, check=lambda a: job_of(a.json(), wanted))
        return job_of(answer.json(), wanted)

    def _run(self, wanted: str, spec: JobSpec) -> None:
        """Run once. A lost answer is settled by reading the job: only one that is still new is run again."""
        config = config_to_wire(spec, self._extra)
        body = {"config": config} if self._extra.run_body == "config" else config
        operation = op.RUN[self._extra.endpoint_style]
        try:
            self._calls.job(operation, wanted, json=body, check=_done)
        except InvalidError:
            if self._job(wanted).state == NEW:
                raise
        except EffectUnknownError:
            self._calls.sleep(self._calls.settings.http.settle_s)
            if self._job(wanted).state == NEW:
                self._calls.job(operation, wanted, json=body, check=_done)

    def _upload(self, job: Job, source: Endpoint) -> None:
        """Bytes to the job's own link (DOC), then the word that they are all there. Both may be repeated."""
        if not job.upload_link:
            raise BadShapeError("the job names no tempUrl for its file", system="bytenite", operation="upload", subject=job.id)
        with self._open_source(source, job.id) as file:
            try:
                link = self._calls.http.settings.trusted(job.upload_link)
                self._calls.http.upload(op.UPLOAD, file, link=link, subject=job.id)
            except (AuthFailedError, ForbiddenError, NotFoundError) as problem:
                remedy = "Run the task again: it asks the job for a new link."
                evidence = problem.evidence
                told = "the link for the upload has ended"
                raise NotReadyError(told, system="bytenite", operation="upload", subject=job.id, evidence=evidence, remedy=remedy) from None
            except TransportError as problem:
                raise told_as_gone(problem) from None
        self._calls.job(op.UPLOADED[self._extra.endpoint_style], job.id, json={}, check=lambda answer: job_of(answer.json(), job.id))

    def _copy(self, output: Output, target: str, job_id: str) -> File:
        with tempfile.TemporaryFile() as file:
            try:
                link = self._calls.http.settings.trusted(output.url)
                got = self._calls.http.download(op.FETCH_OUTPUT, file, link=link, max_bytes=MOST_BYTES, subject=job_id)
            except (ForbiddenError, NotFoundError, GoneError):
                raise GoneError(
                    f"the link to {output.name} has ended", system="bytenite", operation="collect", subject=job_id, remedy=_AGAIN
                ) from None
            except TransportError as problem:
                raise told_as_gone(problem) from None
            return kept(file, output.name, target, got.size, got.sha256, self._storage_options)


_AGAIN = "Start a new attempt of the job: its outputs live 48 hours."


def _done(answer: Response) -> Done:
    return read(Done, answer.json())


def _templates(answer: Response) -> list[str]:
    return [read(Template, row).id for row in rows(answer.json(), "data")]


def _results(answer: Response) -> list[Result]:
    return [] if answer.status == 404 else [read(Result, row) for row in rows(answer.json(), "results")]


def _logs(answer: Response) -> Logs:
    return read(Logs, answer.json())


def _safe(text: str) -> str:
    """A name that stays in its folder. Raises BadShapeError for any other."""
    if not text or text in {".", ".."} or "/" in text or "\\" in text or not text.isprintable():
        raise BadShapeError("an output has a name that is no file name", system="bytenite", operation="outputs")
    return text
