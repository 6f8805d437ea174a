"""`media_backend: local`: each job is rendered on this machine. It runs while it is submitted.

A kind of video is rendered by ffmpeg (`systems/bytenite/ffmpeg.py`) where its source is a file of ours; `templates` of the connection may map it to another
command line with `{source}` and `{output}`, such as `ffmpeg -i {source} {output}/trailer.mp4`. Jobs are kept below `output_location`, in
`local-jobs`: a folder, or a bucket that all workers see (`s3://`), for whoever waits may be another worker than the one that rendered.
"""

import hashlib
import shlex
import subprocess
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import Any

from colophon.errors import BadConnectionError, NotFoundError, OutputUnusableError
from colophon.http.jsontext import read_json, write_json
from colophon.systems.bytenite.ffmpeg import prepared
from colophon.systems.bytenite.job_records import File, Job, JobSpec, JobStatus, Output
from colophon.systems.bytenite.local_files import OpenSource, opened
from colophon.systems.bytenite.mapping import job_id, read, status_of
from colophon.systems.bytenite.outputs import checked_type, kept, store
from colophon.systems.bytenite.settings import Extra

COMPLETE, FAILED = "JOB_STATE_COMPLETE", "JOB_STATE_FAILED"
"""How a job ended, in the vendor's words."""


class LocalJobs:
    """Jobs that this machine renders."""

    def __init__(
        self,
        extra: Extra,
        *,
        clock: Callable[[], datetime],
        storage_options: Mapping[str, Any] | None = None,
        open_source: OpenSource = opened,
    ) -> None:
        """:param clock: aware UTC. :param storage_options: credentials of `output_location`, as fsspec takes them.

        :param open_source: gives the bytes of a `file` source.
        :raises BadConnectionError: there is no `output_location`.
        """
        from fsspec.core import url_to_fs

        if not extra.output_location:
            raise BadConnectionError("media_backend local needs an output_location", system="bytenite")
        self._options = dict(storage_options or {})
        self._fs, base = url_to_fs(extra.output_location, **self._options)
        self._root = f"{base.rstrip('/')}/local-jobs"
        self._extra = extra
        self._clock = clock
        self._open_source = open_source

    def submit(self, spec: JobSpec) -> str:
        """Render it once; a job that ran before is not run again, and one whose sender died begins anew.

        :raises BadConnectionError: there is neither ffmpeg nor a command line for its kind.
        :raises InvalidError: its source is not there, is not what its hash says, or is nothing that can be rendered.
        """
        wanted = job_id(spec)
        if not self._fs.exists(f"{self._root}/{wanted}/job.json"):
            with TemporaryDirectory() as place:
                folder = Path(place)
                (folder / "files").mkdir()
                state = _run(self._command(spec, folder, wanted), folder, spec.job_timeout or self._extra.job_timeout)
                state = _looked_at(folder) if state == COMPLETE else state
                self._keep(folder, wanted, {"id": wanted, "state": state, "endedAt": self._clock()})
        return wanted

    def status(self, job_id: str) -> JobStatus:
        """How it ended. Raises NotFoundError for one that is not there."""
        return status_of(self._job(job_id))

    def outputs(self, job_id: str) -> list[Output]:
        """Files of a job that succeeded; they stay."""
        if status_of(self._job(job_id)).phase != "succeeded":
            return []
        paths = sorted(self._fs.find(f"{self._root}/{job_id}/files"))
        return [Output(path.rpartition("/")[2], self._fs.unstrip_protocol(path), None) for path in paths]

    def collect(self, job_id: str, to: str) -> list[File]:
        """Copy the files to another folder or URL. Raises OutputUnusableError for one that is not what its name says."""
        files = []
        for output in self.outputs(job_id):
            target = f"{to.rstrip('/')}/{output.name}"
            with TemporaryFile() as copy:
                self._fs.get_file(f"{self._root}/{job_id}/files/{output.name}", copy)
                size = copy.tell()
                copy.seek(0)
                digest = hashlib.file_digest(copy, "sha256").hexdigest()
                files.append(kept(copy, output.name, target, size, digest, self._options))
        return files

    def cancel(self, job_id: str) -> None:
        """Nothing: a job has ended when it has an id."""

    def logs(self, job_id: str, tail: int = 200) -> list[str]:
        """The last lines that the command wrote."""
        self._job(job_id)
        written: bytes = self._fs.cat_file(f"{self._root}/{job_id}/log")
        return written.decode("utf-8", errors="replace").splitlines()[-tail:]

    def _command(self, spec: JobSpec, folder: Path, subject: str) -> list[str]:
        """What renders it; it runs in the folder, and writes into its `files`."""
        command = self._extra.templates.get(spec.kind)
        if command is None and spec.source.descriptor == "file":
            with self._open_source(spec.source, subject) as file:
                return prepared(folder, file, spec.params.get("app", {}), spec.kind)
        if command is None:
            raise BadConnectionError(f"templates of the connection has none for {spec.kind}", system="bytenite", operation="submit")
        source = spec.source.url or spec.source.path
        return [part.replace("{source}", source).replace("{output}", str(folder / "files")) for part in shlex.split(command)]

    def _job(self, wanted: str) -> Job:
        name = wanted.rpartition("/")[2]  # an id never leads elsewhere
        try:
            return read(Job, read_json(self._fs.cat_file(f"{self._root}/{name}/job.json")))
        except FileNotFoundError:
            raise NotFoundError("there is no such job", system="bytenite", subject=wanted) from None

    def _keep(self, folder: Path, wanted: str, job: Mapping[str, Any]) -> None:
        """Files and log first: the job is there with its last file."""
        place = f"{self._root}/{wanted}"
        if self._fs.exists(place):
            self._fs.rm(place, recursive=True)
        for file in [folder / "log", *sorted((folder / "files").iterdir())]:
            with file.open("rb") as content:
                store(content, self._fs.unstrip_protocol(f"{place}/{file.relative_to(folder)}"), file.stat().st_size, self._options)
        self._fs.pipe_file(f"{place}/job.json", write_json(job))


def _run(command: list[str], folder: Path, limit_s: int) -> str:
    """Run a command without a shell; the state that it ended in, in the vendor's words."""
    with (folder / "log").open("wb") as out:
        try:
            done = subprocess.run(command, cwd=folder, stdout=out, stderr=subprocess.STDOUT, timeout=limit_s, check=False)  # noqa: S603 - the connection names it
        except subprocess.TimeoutExpired:
            return "JOB_STATE_TIMEOUT"
        except OSError as problem:
            out.write(f"{type(problem).__name__}: the command cannot be started\n".encode())
            return FAILED
    return COMPLETE if done.returncode == 0 else FAILED


def _looked_at(folder: Path) -> str:
    """The state of a job whose command is content: failed where a file is not what its name says, for the same command gives the same again."""
    for path in sorted((folder / "files").iterdir()):
        with path.open("rb") as file:
            try:
                checked_type(file, path.name, path.stat().st_size)
            except OutputUnusableError as problem:
                with (folder / "log").open("a", encoding="utf-8") as log:
                    log.write(f"{problem.sentence}\n")
                return FAILED
    return COMPLETE
