"""The way of a job: started, waiting, then its end by the setting `job_end`; wiped `wipe_minutes` after it."""

from collections.abc import Iterator
from typing import Any

from colophon_sandbox.system import RefusedError
from colophon_sandbox.systems.opentext_exstream.composing import composed, fails, queues_of
from colophon_sandbox.systems.opentext_exstream.happenings import Happenings
from colophon_sandbox.systems.opentext_exstream.intake import empty_names
from colophon_sandbox.systems.opentext_exstream.reading import ms
from colophon_sandbox.world import Row, Table, World

STATUSES = ("uninitialized", "started", "waiting", "holding", "complete", "error", "canceled", "deleted")
RUNNING = ("started", "waiting")
ENDED = ("complete", "error", "canceled", "deleted")


class Jobs:
    """All jobs that are not wiped."""

    def __init__(self, world: World, happenings: Happenings) -> None:
        self.world, self.happenings = world, happenings

    @property
    def table(self) -> Table:
        """Jobs by id."""
        return self.world.store.table("exstream.jobs")

    def start(self, domain: str, channel: str, data: Row, external_id: str | None) -> Row:
        """A new job for driver data that was taken."""
        number, now = self.world.next_id("exstream.job"), ms(self.world.now)
        job = {
            "_seq": number,
            "id": f"job-{number}",
            "instance": f"fi-{number}",
            "domain": domain,
            "channel": channel,
            "batchKey": data["batch"]["ColophonBatchKey"],
            "customers": data["customers"],
            "externalId": external_id,
            "status": "started",
            "startMs": now,
            "dueMs": now + int(self._setting("job_seconds") * 1000),
            "endMs": None,
            "end": self._setting("job_end"),
            "isComposed": False,
        }
        return self.table.put(job["id"], job)

    def get(self, domain: str, job_id: str) -> Row:
        """A job; RefusedError (404) where there is none, or it was wiped."""
        job = self.table.get(job_id)
        if job is None or job["domain"] != domain:
            raise RefusedError(404, "no_job", "there is no such job")
        return job

    def work(self, now: int) -> int:
        """Move what is due; how many jobs changed."""
        changed = 0
        for job in self.table:
            before = job["status"]
            if job["status"] in RUNNING:
                self._move(job, now)
            if job["endMs"] is not None and now >= job["endMs"] + self._setting("wipe_minutes") * 60_000:
                self.table.drop(job["id"])
                changed += 1
            elif job["status"] != before:
                self.table.put(job["id"], job)
                changed += 1
        return changed

    def stop(self, job: Row) -> None:
        """Cancel what has not ended."""
        if job["status"] in ENDED:
            raise RefusedError(409, "conflict", "the job has ended")
        self._end(job, "canceled", ms(self.world.now))

    def release(self, job: Row) -> None:
        """Let go what is held: now its output steps run."""
        if job["status"] != "holding":
            raise RefusedError(409, "conflict", "the flow instance is not held")
        self._output(job, ms(self.world.now))

    def reprocess(self, job: Row) -> None:
        """Run again from the start, letters included."""
        if job["status"] not in {"complete", "error", "canceled"}:
            raise RefusedError(409, "conflict", "the job has not ended")
        now = ms(self.world.now)
        due = now + int(self._setting("job_seconds") * 1000)
        self.table.put(job["id"], {**job, "status": "started", "dueMs": due, "endMs": None, "end": self._setting("job_end")})

    def delete(self, job: Row, *, force: bool) -> None:
        """Remove an ended job; 409 if files remain, unless forced."""
        if job["status"] not in ENDED or (job["isComposed"] and not force):
            raise RefusedError(409, "conflict", "files of the job remain")
        self.table.put(job["id"], {**job, "status": "deleted"})

    def steps(self, job: Row) -> Iterator[dict[str, Any]]:
        """Input, communication, and one output step for each queue."""
        status = job["status"]
        early = "waiting" if status == "waiting" else "started"
        end = {"complete": "complete", "holding": "complete", "canceled": "canceled", "error": "error"}.get(status, early)
        communication = "complete" if job["isComposed"] and end != "complete" and status not in RUNNING else end
        yield _step(job, 1, "input", job["channel"], "complete")
        yield _step(job, 2, "communication", "compose", communication)
        for number, (queue, customers) in enumerate(queues_of(job).items() if job["isComposed"] else (), 3):
            failed = status == "complete" and fails(customers)
            word = {"holding": "holding", "canceled": "canceled"}.get(status, "error" if failed else "complete")
            yield _step(job, number, "output", queue, word, "the output channel refused" if failed else None)

    def _move(self, job: Row, now: int) -> None:
        if now < job["dueMs"]:
            job["status"] = "started" if now < (job["startMs"] + job["dueMs"]) // 2 else "waiting"
        elif job["end"] == "error":
            self._end(job, "error", job["dueMs"])
        else:
            self._compose(job)
            if job["end"] == "holding":
                job["status"] = "holding"
            else:
                self._output(job, job["dueMs"])

    def _compose(self, job: Row) -> None:
        job["isComposed"] = True
        for customer in composed(job):
            self.world.effect("exstream.transaction", f"{job['id']}/{customer['CustomerNumber']}", empty=empty_names(customer))

    def _output(self, job: Row, at: int) -> None:
        for queue, customers in queues_of(job).items():
            for customer in customers:
                if not fails(customers):
                    self.world.effect("exstream.letter", f"{customer['ColophonDeliveryId']}/{queue}", job=job["id"])
                self.happenings.follow(job, queue, customer, at, failed=fails(customers))
        self._end(job, "complete", at)

    def _end(self, job: Row, status: str, at: int) -> None:
        job["status"], job["endMs"] = status, at
        self.table.put(job["id"], job)

    def _setting(self, name: str) -> Any:
        return self.world.settings["exstream"][name]


def _step(job: Row, number: int, kind: str, name: str, status: str, msg: str | None = None) -> dict[str, Any]:
    step_id = f"fs-{job['id'].removeprefix('job-')}-{number}"
    return {"id": step_id, "flowInstanceId": job["instance"], "stepType": kind, "name": name, "status": status, "msg": msg}
