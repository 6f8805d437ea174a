"""`media_backend: local`: each job is a command line on this machine, for development. It runs while it is submitted.

`templates` of the connection maps a kind of video to a command line with `{source}` and `{output}`, such as
`ffmpeg -i {source} {output}/trailer.mp4`. Jobs are kept below `output_location`, in `local-jobs`.
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
from colophon.systems.bytenite.job_records import File, Job, JobSpec, JobStatus, Output
from colophon.systems.bytenite.mapping import job_id, read, status_of
from colophon.systems.bytenite.settings import Extra


class LocalJobs:
    """Jobs in a folder of this machine."""

    def __init__(self, extra: Extra, *, clock: Callable[[], datetime]) -> None:
        """:param clock: aware UTC.

        :raises BadConnectionError: `output_location` is not a folder of this machine.
        """
        if not extra.output_location or "://" in extra.output_location:
            raise BadConnectionError("media_backend local needs a folder as output_location", system="bytenite")
        self._root = Path(extra.output_location) / "local-jobs"
        self._extra = extra
        self._clock = clock

    def submit(self, spec: JobSpec) -> str:
        """Run the command once; a job that ran before is not run again."""
        command = self._extra.templates.get(spec.kind)
        if command is None:
            raise BadConnectionError(f"templates of the connection has none for {spec.kind}", system="bytenite", operation="submit")
        wanted = job_id(spec)
        folder = self._root / wanted
        if not (folder / "job.json").exists():
            files = folder / "files"
            shutil.rmtree(files, ignore_errors=True)
            files.mkdir(parents=True)
            parts = [
                part.replace("{source}", spec.source.url or spec.source.path).replace("{output}", str(files))
                for part in shlex.split(command)
            ]
            state = _run(parts, folder / "log", spec.job_timeout or self._extra.job_timeout)
            self._keep(folder, {"id": wanted, "state": state, "endedAt": self._clock()})
        return wanted

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
            with target.open("rb") as file:
                found.append(File(str(target), target.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest()))
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


def _run(command: list[str], log: Path, limit_s: int) -> str:
    """Run a command without a shell; the state that it ended in, in the vendor's words."""
    with log.open("wb") as out:
        try:
            done = subprocess.run(command, stdout=out, stderr=subprocess.STDOUT, timeout=limit_s, check=False)  # noqa: S603 - the connection names it
        except subprocess.TimeoutExpired:
            return "JOB_STATE_TIMEOUT"
        except OSError as problem:
            out.write(f"{type(problem).__name__}: the command cannot be started\n".encode())
            return "JOB_STATE_FAILED"
    return "JOB_STATE_COMPLETE" if done.returncode == 0 else "JOB_STATE_FAILED"
