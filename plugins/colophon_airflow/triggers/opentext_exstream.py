"""Waits until jobs of OpenText Exstream have ended or are held."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseHook
from airflow.triggers.base import BaseTrigger, TriggerEvent

if TYPE_CHECKING:
    from colophon.systems.opentext_exstream.client import ExstreamClient

log = logging.getLogger(__name__)

LAST_WAIT_S = 60.0


class OpentextExstreamJobsTrigger(BaseTrigger):
    """Fires `{"settled": true}` when none of the jobs moves any more by itself, `false` at `until`.

    Asks at once, then every 5 s for one minute, 15 s for 15 minutes, 60 s (contract section 5). A held job has stopped, too: it is
    reported and not waited for. It carries no secret: the connection is read where the trigger runs. A poll that fails is a poll
    to be repeated; the task that follows meets the error properly.
    """

    def __init__(self, *, conn_id: str, jobs: list[str], until: str) -> None:
        """:param jobs: job ids, or `batch:<key>` for what lies in the input folder. :param until: aware, ISO 8601."""
        super().__init__()  # type: ignore[no-untyped-call]  # Airflow ships no types here
        self.conn_id = conn_id
        self.jobs = jobs
        self.until = until

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Class path and arguments, for the triggerer to build it anew."""
        arguments = {"conn_id": self.conn_id, "jobs": self.jobs, "until": self.until}
        return f"{type(self).__module__}.{type(self).__qualname__}", arguments

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Poll until settled or late."""
        from colophon.systems.opentext_exstream.client import ExstreamClient
        from colophon.systems.opentext_exstream.jobs import poll_waits
        from colophon.systems.opentext_exstream.settings import ExstreamSettings

        found = await BaseHook.aget_connection(self.conn_id)
        extra = {**found.extra_dejson, "start_jitter_seconds": 0}
        settings = ExstreamSettings.from_connection(found.host or "", found.login or "", found.password or "", extra)
        until = datetime.fromisoformat(self.until)
        waits = poll_waits((until - datetime.now(UTC)).total_seconds())
        with ExstreamClient(settings) as client:
            waiting = list(self.jobs)
            while True:
                # The client is synchronous; a thread keeps the triggerer's loop free for everybody else.
                waiting = await asyncio.to_thread(_moving, client, waiting)
                if not waiting or datetime.now(UTC) >= until:
                    yield TriggerEvent({"settled": not waiting})
                    return
                await asyncio.sleep(next(waits, LAST_WAIT_S))


def _moving(client: "ExstreamClient", jobs: list[str]) -> list[str]:
    """Those that still move. A job that is gone does not; one that lies in the input folder is seen by who settles it."""
    from colophon.errors import ColophonError, NotFoundError

    moving = []
    for job_id in jobs:
        try:
            with suppress(NotFoundError):
                job = None if job_id.startswith("batch:") else client.get_job(job_id)
                if job is not None and not job.is_final and job.status != "holding":
                    log.info("Job %s is %s", job_id, job.status)
                    moving.append(job_id)
        except ColophonError as problem:
            log.warning("A poll for %s failed: %s", job_id, problem.code)
            moving.append(job_id)
    return moving
