"""`media_backend: local`: each job is rendered on this machine. It runs while it is submitted.

A kind of video is rendered by ffmpeg (`systems/bytenite/ffmpeg.py`) where its source is a file of ours; `templates` of the connection may map it to another
command line with `{source}` and `{output}`, such as `ffmpeg -i {source} {output}/trailer.mp4`. Jobs are kept below `output_location`, in `local-jobs`.
"""

import hashlib
import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from colophon.errors import BadConnectionError, NotFoundError
from colophon.http.jsontext import read_json, write_json
from colophon.systems.bytenite.ffmpeg import prepared
from colophon.systems.bytenite.job_records import File, Job, JobSpec, JobStatus, Output
from colophon.systems.bytenite.local_files import OpenSource, opened
from colophon.systems.bytenite.mapping import job_id, read, status_of
from colophon.systems.bytenite.outputs import checked_type
from colophon.systems.bytenite.settings import Extra


class LocalJobs:
    """Jobs in a folder of this machine."""

    def __init__(self, extra: Extra, *, clock: Callable[[], datetime], open_source: OpenSource = opened) -> None:
        """:param clock: aware UTC. :param open_source: gives the bytes of a `file` source.

        :raises BadConnectionError: `output_location` is not a folder of this machine.
        """
        if not extra.output_location or "://" in extra.output_location:
            raise BadConnectionError("media_backend local needs a folder as output_location", system="bytenite")
        self._root = Path(extra.output_location) / "local-jobs"
        self._extra = extra
        self._clock = clock
        self._open_source = open_source

    def submit(self, spec: JobSpec) -> str:
        """Render it once; a job that ran before is not run again, and one whose sender died begins anew.

        :raises BadConnectionError: there is neither ffmpeg nor a command line for its kind.
        :raises InvalidError: its source is not there, is not what its hash says, or is nothing that can be rendered.
        """
        wanted = job_id(spec)
        folder = self._root / wanted
        if not (folder / "job.json").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            command, place = self._command(spec, folder, wanted)
            state = _run(command, place, folder / "log", spec.job_timeout or self._extra.job_timeout)
            self._keep(folder, {"id": wanted, "state": state, "endedAt": self._clock()})
        return wanted

    def _command(self, spec: JobSpec, folder: Path, subject: str) -> tuple[list[str], Path | None]:
        """What renders it, and where."""
        command = self._extra.templates.get(spec.kind)
        if command is None and spec.source.descriptor == "file":
            with self._open_source(spec.source, subject) as file:
                return prepared(folder, file, spec.params.get("app", {}), spec.kind)
        if command is None:
            raise BadConnectionError(f"templates of the connection has none for {spec.kind}", system="bytenite", operation="submit")
        files = folder / "files"
        files.mkdir()
        source = spec.source.url or spec.source.path
        return [part.replace("{source}", source).replace("{output}", str(files)) for part in shlex.split(command)], None

    def status(self, job_id: str) -> JobStatus:
        """How it ended. Raises NotFoundError for one that is not there."""
        return status_of(self._job(job_id))

    def outputs(self, job_id: str) -> list[Output]:
        """Files of a job that succeeded; they stay."""
        done = status_of(self._job(job_id)).phase == "succeeded"
        files = sorted((self._root / job_id / "files").iterdir()) if done else []
        return [Output(file.name, file.resolve().as_uri(), None) for file in files]

    def collect(self, job_id: str, to: str) -> list[File]:
        """Copy the files to another folder."""
        Path(to).mkdir(parents=True, exist_ok=True)
        found = []
        for output in self.outputs(job_id):
            target = Path(to) / output.name
            shutil.copyfile(self._root / job_id / "files" / output.name, f"{target}.part")
            Path(f"{target}.part").replace(target)
            size = target.stat().st_size
            with target.open("rb") as file:
                media_type = checked_type(file, output.name, size)
                found.append(File(str(target), size, hashlib.file_digest(file, "sha256").hexdigest(), media_type))
        return found

    def cancel(self, job_id: str) -> None:
        """Nothing: a job has ended when it has an id."""

    def logs(self, job_id: str, tail: int = 200) -> list[str]:
        """The last lines that the command wrote."""
        self._job(job_id)
        return (self._root / job_id / "log").read_text(encoding="utf-8", errors="replace").splitlines()[-tail:]

    def _job(self, wanted: str) -> Job:
        file = self._root / os.path.basename(wanted) / "job.json"  # noqa: PTH119 - an id never leads elsewhere
        if not file.exists():
            raise NotFoundError("there is no such job", system="bytenite", subject=wanted)
        return read(Job, read_json(file.read_bytes()))

    def _keep(self, folder: Path, job: Mapping[str, Any]) -> None:
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
            file.write(write_json(job))
        Path(file.name).replace(folder / "job.json")


def _run(command: list[str], place: Path | None, log: Path, limit_s: int) -> str:
    """Run a command without a shell; the state that it ended in, in the vendor's words."""
    with log.open("wb") as out:
        try:
            done = subprocess.run(command, cwd=place, stdout=out, stderr=subprocess.STDOUT, timeout=limit_s, check=False)  # noqa: S603 - the connection names it
        except subprocess.TimeoutExpired:
            return "JOB_STATE_TIMEOUT"
        except OSError as problem:
            out.write(f"{type(problem).__name__}: the command cannot be started\n".encode())
            return "JOB_STATE_FAILED"
    return "JOB_STATE_COMPLETE" if done.returncode == 0 else "JOB_STATE_FAILED"
