"""Jobs, their steps and manifests; and the search for a batch whose answer was lost (contract sections 4 to 6)."""

import tempfile
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel

from colophon.errors import BadShapeError, ColophonError, EffectUnknownError, NotFoundError, NotReadyError, PagingError
from colophon.http.client import HttpClient
from colophon.http.operation import Operation
from colophon.systems.opentext_exstream import operations as op
from colophon.systems.opentext_exstream.answers import check_success, data_of, record, records, total_of
from colophon.systems.opentext_exstream.manifest import merged, read_manifest
from colophon.systems.opentext_exstream.records import BatchRef, Instance, Job, Manifest, Step
from colophon.systems.opentext_exstream.settings import SYSTEM, Extra

PAGE, MOST_PAGES = 100, 1000
MOST_BYTES = 512 * 1024 * 1024
SKEW = timedelta(minutes=5)
KEPT = timedelta(hours=1)
"""Clean-up tasks may wipe a job this long after its end: what is absent later may have been there."""
NEXT_LOOK = timedelta(minutes=5)
"""Until a job that still runs is looked at anew, by the next try; each time twice as long."""
Row = TypeVar("Row", bound=BaseModel)


class Sighting(NamedTuple):
    """What a look over a channel's jobs found: ours, and jobs of which nobody can say whose they are, yet or ever."""

    ours: tuple[str, ...]
    running: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()


def poll_waits(deadline_s: float) -> Iterator[float]:
    """Seconds between two looks at a job: 5 for one minute, 15 for 15 minutes, then 60, until the deadline."""
    spent = 0.0
    while spent < deadline_s:
        wait = 5.0 if spent < 60 else 15.0 if spent < 960 else 60.0
        spent += wait
        yield wait


class Jobs:
    """The runtime of one domain."""

    def __init__(self, http: HttpClient, extra: Extra, *, clock: Callable[[], datetime], sleep: Callable[[float], None]) -> None:
        self._http, self._extra, self._clock, self._sleep = http, extra, clock, sleep
        self._manifests: dict[str, Manifest] = {}

    def get(self, job_id: str) -> Job:
        """One job. Raises NotFoundError for one that is not there (any more)."""
        answer = self._http.call(op.GET_JOB, path=self._path(job=job_id), subject=job_id, check=check_success)
        return record(Job, data_of(answer, operation=op.GET_JOB.name, subject=job_id))

    def iter_jobs(self, channel: str, day: date) -> Iterator[Job]:
        """Batch jobs of a channel that started on a day or later, oldest first. Raises PagingError when pages repeat."""
        yield from self._pages(op.LIST_JOBS, Job, f"mode:BATCH;channel:{channel};startDateStart:{day.isoformat()}")

    def instances(self, job_id: str) -> list[Instance]:
        """Flow instances of a job."""
        return list(self._pages(op.LIST_INSTANCES, Instance, f"jobId:{job_id}"))

    def steps(self, job_id: str) -> Iterator[Step]:
        """Steps of all flow instances of a job."""
        for instance in self.instances(job_id):
            yield from self.steps_of(instance.id)

    def steps_of(self, instance_id: str) -> Iterator[Step]:
        """Steps of one flow instance."""
        yield from self._pages(op.LIST_STEPS, Step, f"flowInstanceId:{instance_id}")

    def manifest(self, job_id: str) -> Manifest:
        """What a job composed; remembered, because a job that has composed does so once.

        :raises NotFoundError: there is none, or it was wiped.
        """
        if job_id not in self._manifests:
            steps = [step for step in self.steps(job_id) if step.step_type == "communication"]
            if not steps:
                raise NotFoundError("the job has no communication step", system=SYSTEM, operation="read_manifest", subject=job_id)
            self._manifests[job_id] = merged(self._read(step) for step in steps)
        return self._manifests[job_id]

    def wait_for_batch(self, key: str, service: str, since: datetime, *, deadline_s: float) -> BatchRef | None:
        """Our batch, once every job that it could be is explained; None: it was not taken.

        :raises NotReadyError: a job is still running that may be ours, within `job_deadline`.
        :raises EffectUnknownError: a job stays unexplained, or so much time went by that ours may have been wiped.
        """
        ours, problem = self._explain(self._is_batch(key), service, since, deadline_s)
        if not ours:
            if problem:
                raise problem
            self.check_kept(since, service)
        return BatchRef(ours, tuple(instance.id for job_id in ours for instance in self.instances(job_id))) if ours else None

    def find_batch(self, key: str, service: str, since: datetime) -> BatchRef | None:
        """Our batch as far as can be seen now. Raises as `wait_for_batch`, without waiting."""
        return self.wait_for_batch(key, service, since, deadline_s=0)

    def look_for_batch(self, key: str, service: str, since: datetime) -> Sighting:
        """What can be seen of our batch now, and what of others may be it."""
        return self._look(self._is_batch(key), service, since)

    def wait_for_deliveries(
        self, service: str, since: datetime, *, deadline_s: float
    ) -> tuple[dict[str, tuple[str, str]], ColophonError | None]:
        """Deliveries in the jobs of a channel: delivery id -> (job id, customer number); and why one that is absent may be there.

        What `check_kept` asks is left to the caller, for each delivery since it was first tried.
        """
        name = self._extra.delivery_key_name
        jobs, problem = self._explain(lambda job: self._has(job, name, None), service, since, deadline_s)
        found = {}
        for job_id in jobs:
            for entries in self._manifests[job_id].queues.values():
                found.update({entry.keys[name]: (job_id, number) for number, entry in entries.items() if name in entry.keys})
        return found, problem

    def check_kept(self, since: datetime, service: str) -> None:
        """Raise EffectUnknownError where so much time went by that a job of then may have been wiped."""
        if self._clock() - since > KEPT:
            told = "no job is ours, and one that was may have been wiped"
            raise EffectUnknownError(told, system=SYSTEM, evidence=f"channel {service}")

    def _is_batch(self, key: str) -> Callable[[Job], bool | None]:
        def is_ours(job: Job) -> bool | None:
            if job.external_id and self._extra.external_id:
                return job.external_id == key
            return self._has(job, self._extra.batch_key_name, key)

        return is_ours

    def _explain(
        self, is_ours: Callable[[Job], bool | None], service: str, since: datetime, deadline_s: float
    ) -> tuple[tuple[str, ...], ColophonError | None]:
        """Jobs that are ours, and why others may be ours, too. A running job is waited for: only its manifest tells.

        One that runs on is looked at by later tries, until it has run for longer than a job may.
        """
        seen = self._look(is_ours, service, since)
        for wait in poll_waits(deadline_s):
            if not seen.running:
                break
            self._sleep(wait)
            seen = self._look(is_ours, service, since)
        unexplained = (*seen.running, *seen.unreadable)
        if not unexplained:
            return seen.ours, None
        evidence, now = f"jobs {', '.join(unexplained[:5])}", self._clock()
        if seen.unreadable or now - since > timedelta(seconds=self._extra.job_deadline):
            return seen.ours, EffectUnknownError("a job on the channel may be ours and cannot be told", system=SYSTEM, evidence=evidence)
        told = "a job on the channel may be ours and still runs"
        return seen.ours, NotReadyError(told, not_before=now + max(NEXT_LOOK, now - since), system=SYSTEM, evidence=evidence)

    def _look(self, is_ours: Callable[[Job], bool | None], service: str, since: datetime) -> Sighting:
        ours, running, unreadable = list[str](), list[str](), list[str]()
        for job in self.iter_jobs(service, (since - SKEW).date()):
            if job.start_date is not None and job.start_date < since - SKEW:
                continue
            mine = is_ours(job)
            if mine:
                ours.append(job.id)
            elif mine is None:
                (unreadable if job.is_final else running).append(job.id)
        return Sighting(tuple(ours), tuple(running), tuple(unreadable))

    def _has(self, job: Job, key: str, value: str | None) -> bool | None:
        """Whether a job's manifest has this value of a customer key (None: any); None where nobody can say.

        A job that is complete, and composed for nobody, has a letter of nobody: all that it was given was left out.
        """
        if not job.is_final and job.status != "holding":
            return None
        try:
            manifest = self.manifest(job.id)
        except NotFoundError:
            return None
        if job.status == "complete" and manifest.is_empty:
            return False
        values = manifest.values(key)
        return (value is None or value in values) if values else None

    def _read(self, step: Step) -> Manifest:
        """One manifest. What cannot be read may be a login page in its place, so it is fetched once more."""
        try:
            return self._fetch(step)
        except BadShapeError:
            return self._fetch(step)

    def _fetch(self, step: Step) -> Manifest:
        with tempfile.TemporaryFile() as file:
            self._http.download(op.DELIVERY_FILE, file, path=self._path(step=step.id), max_bytes=MOST_BYTES, subject=step.id)
            file.seek(0)
            return read_manifest(file)

    def _pages(self, operation: Operation, kind: type[Row], wanted: str) -> Iterator[Row]:
        """All rows. A page may be shorter than was asked for; only the stated total, or an empty page, says that it was the last."""
        seen: set[str] = set()
        for number in range(MOST_PAGES):
            query: dict[str, str | int] = {"filter": wanted, "count": PAGE, "offset": number}
            answer = self._http.call(operation, path=self._path(), query=query, check=check_success)
            rows: list[Any] = records(kind, data_of(answer, operation=operation.name))
            if seen.intersection(row.id for row in rows):
                raise PagingError("a page repeats what was on an earlier one", system=SYSTEM, operation=operation.name)
            seen.update(row.id for row in rows)
            yield from rows
            if not rows or len(seen) == total_of(answer):
                return
        raise PagingError("pages never end", system=SYSTEM, operation=operation.name)

    def _path(self, **more: str) -> dict[str, str]:
        return {"domain": self._extra.domain, **more}
