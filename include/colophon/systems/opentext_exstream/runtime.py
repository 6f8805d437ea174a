"""What can be asked of a job's steps, and what is done to a job by hand (contract sections 2 and 5)."""

import tempfile
from collections.abc import Callable
from typing import Any

from colophon.http.client import HttpClient
from colophon.http.operation import Operation
from colophon.systems.opentext_exstream import operations as op
from colophon.systems.opentext_exstream.answers import check_done, check_success, data_of, says_done
from colophon.systems.opentext_exstream.jobs import Jobs
from colophon.systems.opentext_exstream.settings import ExstreamSettings

MOST_LOG_BYTES = 64 * 1024 * 1024
_PAST = frozenset({"started", "executed", "filtered", "complete", "error"})


class RuntimeVerbs:
    """The part of the client that looks into steps, and that operators of the system use by hand."""

    http: HttpClient
    settings: ExstreamSettings
    jobs: Jobs

    def read_message_file(self, step_id: str) -> str:
        """The engine's log of a communication step (DOC)."""
        return self._file(op.MESSAGE_FILE, step=step_id).decode("utf-8", "replace")

    def customer_artifacts(self, step_id: str, customer: str) -> bytes:
        """Everything of one customer, as a zip file (DOC)."""
        return self._file(op.ARTIFACTS, step=step_id, customer=customer)

    def outputs(self, step_id: str) -> Any:
        """Outputs of a communication step, as the service lists them (DOC, shape ASM)."""
        return self._step(op.OUTPUTS, step_id)

    def output_files(self, step_id: str) -> list[str]:
        """Names of the first 100 output files of a communication step (DOC, shape ASM)."""
        return [str(name) for name in self._step(op.OUTPUT_FILES, step_id)]

    def cancel(self, job_id: str) -> None:
        """Stop a job (DOC); by hand only. A job that is cancelled already is as it should be.

        :raises ConflictError: it has ended in another way.
        """
        self._control(op.STOP, lambda: self.jobs.get(job_id).status == "canceled", job=job_id)

    def release(self, instance_id: str) -> None:
        """Let go what is held (DOC); by hand only. What was let go already is as it should be.

        :raises ConflictError: nothing was held, or it was cancelled meanwhile.
        """
        self._control(op.RELEASE, lambda: self._is_released(instance_id), instance=instance_id)

    def reprocess(self, job_id: str) -> None:
        """Run a job again (DOC); by hand only: every letter of it goes again."""
        query: dict[str, str | int] = {"useCurrentFlowModel": "false", "useCurrentFlowContext": "false"}
        self._control(op.REPROCESS, lambda: False, query=query, job=job_id)

    def delete(self, job_id: str, *, force: bool = False) -> None:
        """Remove an ended job (DOC); by hand only. Raises ConflictError while its files remain."""
        self._control(op.DELETE, lambda: False, query={"force": str(force).lower()}, job=job_id)

    def _step(self, operation: Operation, step_id: str) -> Any:
        path = {"domain": self.settings.extra.domain, "step": step_id}
        return data_of(self.http.call(operation, path=path, subject=step_id, check=check_success), operation=operation.name)

    def _is_released(self, instance_id: str) -> bool:
        """Whether outputs of the instance are past the point where they are held."""
        states = {step.status for step in self.jobs.steps_of(instance_id) if step.step_type == "output"}
        return bool(states) and states <= _PAST

    def _control(
        self, operation: Operation, is_done: Callable[[], bool], *, query: dict[str, str | int] | None = None, **path: str
    ) -> None:
        """A call by hand. `is_done` says after a 409 whether an earlier try, whose answer was lost, has done it."""
        answer = self.http.call(operation, path={"domain": self.settings.extra.domain, **path}, query=query, check=check_done)
        if not says_done(answer) and not (answer.status == 409 and is_done()):
            data_of(answer, operation=operation.name)

    def _file(self, operation: Operation, **path: str) -> bytes:
        with tempfile.TemporaryFile() as file:
            self.http.download(operation, file, path={"domain": self.settings.extra.domain, **path}, max_bytes=MOST_LOG_BYTES)
            file.seek(0)
            return file.read()
