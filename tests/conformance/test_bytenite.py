"""ByteNite's media jobs pass the common suite."""

import hashlib
from dataclasses import replace

import fsspec
from suite import Verb
from suite_box import Answer
from suite_bytenite import CANARY, SIGNATURE, Account
from suite_tasks import MEDIA

from colophon.systems.bytenite.job_records import Endpoint, JobSpec
from colophon_airflow.systems.bytenite.operators import ByteniteAwaitOperator, ByteniteDeliverOperator

SPEC = JobSpec.model_validate(
    {
        "key": "k-1",
        "kind": "TRAILER",
        "name": f"trailer of {CANARY}",
        "source": {"descriptor": "url", "url": f"https://assets.example.org/master.mov?sig={SIGNATURE}"},
    }
)


def submitted(client, _box):
    """Id of a job that runs."""
    return client.jobs.submit(SPEC)


def complete(client, box):
    """Id of a job that is complete."""
    job_id = submitted(client, box)
    while not client.jobs.status(job_id).is_over:
        pass
    return job_id


def aborted(box):
    """Jobs that were stopped."""
    return len([row for row in box.rows("bytenite.jobs") if row["state"] == "JOB_STATE_ABORTED"])


def uploaded(box):
    """Jobs whose file is all there."""
    return len([row for row in box.rows("bytenite.jobs") if row.get("_uploaded")])


def file_of_ours(_client, _box):
    """A job whose source lies with us."""
    fsspec.filesystem("memory").pipe_file("/media/master.mov", b"film")
    source = {
        "descriptor": "file",
        "path": "memory://media/master.mov",
        "sha256": hashlib.sha256(b"film").hexdigest(),
        "name": "master.mov",
    }
    return SPEC.model_copy(update={"source": Endpoint.model_validate(source)})


RUN = Verb(
    "run", "POST", "/v1/customer/jobs/*/run", lambda client, _: client.jobs.submit(SPEC),
    effects=lambda box: len(box.effects("media.run")), required=("ok",),
)  # fmt: skip


class TestMediaJobs(Account):
    """Jobs made, run once, watched, stopped."""

    __test__ = True
    tasks = replace(
        MEDIA, verb=RUN, contents=tuple({**SPEC.model_dump(mode="json", exclude={"key"}), "name": f"trailer {n} of {CANARY}"} for n in range(2)),
        operators=lambda given: [
            ByteniteDeliverOperator(kind="jobs", **given), ByteniteAwaitOperator(kind="jobs", **given),
        ],
    )  # fmt: skip
    read = Verb(
        "status", "GET", "/v1/customer/jobs/*", lambda client, job_id: client.jobs.status(job_id), prepare=submitted,
        required=("job", "job/id", "job/state"), state="job/state",
    )  # fmt: skip
    write_b = Verb(
        "create", "POST", "/v1/customer/jobs", lambda client, _: client.jobs.submit(SPEC),
        effects=lambda box: len(box.rows("bytenite.jobs")), required=("job", "job/id", "job/state"),
    )  # fmt: skip
    write_c = RUN
    more = (
        Verb(
            "upload_completed", "PATCH", "/v1/customer/jobs/*/uploadcompleted", lambda client, spec: client.jobs.submit(spec),
            prepare=file_of_ours, effects=uploaded, writes="B", required=("job", "job/id", "job/state"),
        ),
        Verb(
            "abort", "POST", "/v1/customer/jobs/*/abort", lambda client, job_id: client.jobs.cancel(job_id), prepare=submitted,
            effects=aborted, writes="B", required=("ok",), answers=frozenset({404}),
        ),
        Verb(
            "outputs", "GET", "/v1/customer/jobs/*/results", lambda client, job_id: client.jobs.outputs(job_id), prepare=complete,
            required=("results", "results/0/name", "results/0/link"), is_done=bool, answers=frozenset({404}),
        ),
        Verb(
            "logs", "POST", "/v1/customer/logs", lambda client, job_id: client.jobs.logs(job_id), prepare=complete, is_done=bool,
            required=("partitioner", "assembler", "taskrunner", "partitioner/0/timestamp", "assembler/0/level", "assembler/0/log"),
        ),
        Verb("templates", "GET", "/v1/customer/jobs/templates", lambda client, _: client.jobs.templates(), required=("data", "data/0/id")),
        Verb("test", "GET", "/v1/auth/user", lambda client, _: client.test(), required=("user", "user/id")),
    )  # fmt: skip

    def test_a_run_that_was_none(self):
        """A 200 that does not say `ok` started nothing: the job is read, found new, and run once."""
        client, given = self.ready(self.write_c)
        no = Answer(200, {"Content-Type": "application/json"}, b'{"ok": false, "requestId": "", "message": "", "error": null}')
        self.box.spoil(self.write_c, lambda *_: no, times=1, instead=True)
        assert self.attempt(self.write_c, client, given).is_done
        assert (self.calls(self.write_c), self.effects(self.write_c)) == (2, 1)
        assert self.waits
