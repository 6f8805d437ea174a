"""Waits until jobs at OpenText Push are finished."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseHook
from airflow.triggers.base import BaseTrigger, TriggerEvent

if TYPE_CHECKING:
    from aiohttp import ClientSession

    from colophon.systems.opentext_push.settings import PushSettings

log = logging.getLogger(__name__)

FIRST_WAIT_S, GROWTH, LONGEST_WAIT_S = 30.0, 2.0, 600.0
JOBS_PER_CALL = 10


class OpentextPushFinishedTrigger(BaseTrigger):
    """Fires `{"finished": true}` when all jobs are finished or wiped, `false` at `until`.

    Asks after 30 s, then at twice the distance up to 10 min, ten jobs in a call (contract section 5). It carries no secret: the
    connection is read where the trigger runs. A poll that fails is repeated; the task that follows meets the error properly.
    """

    def __init__(self, *, conn_id: str, remote_ids: Sequence[str], until: str) -> None:
        """:param remote_ids: as in the ledger. :param until: aware moment in ISO 8601."""
        super().__init__()  # type: ignore[no-untyped-call]  # Airflow ships no types here
        self.conn_id = conn_id
        self.remote_ids = list(remote_ids)
        self.until = until

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Class path and arguments, for the triggerer to build it anew."""
        arguments = {"conn_id": self.conn_id, "remote_ids": self.remote_ids, "until": self.until}
        return f"{type(self).__module__}.{type(self).__qualname__}", arguments

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Poll until finished or late."""
        import aiohttp

        from colophon.systems.opentext_push.settings import PushSettings

        found = await BaseHook.aget_connection(self.conn_id)
        settings = PushSettings.from_connection(found.host or "", found.login or "", found.password or "", found.extra_dejson)
        going, until, wait_s = _jobs(self.remote_ids), datetime.fromisoformat(self.until), FIRST_WAIT_S
        limits = aiohttp.ClientTimeout(total=60, connect=10)
        async with aiohttp.ClientSession(timeout=limits, trust_env=settings.http.trust_env) as session:
            while going:
                left_s = (until - datetime.now(UTC)).total_seconds()
                if left_s <= 0:
                    yield TriggerEvent({"finished": False})
                    return
                await asyncio.sleep(min(wait_s, left_s))
                wait_s = min(wait_s * GROWTH, LONGEST_WAIT_S)
                going = await _still_going(session, settings, going)
        yield TriggerEvent({"finished": True})


def _jobs(remote_ids: Sequence[str]) -> list[tuple[str, list[str]]]:
    """What to ask for: (channel, jobs), push jobs ten at a time, the others one at a time."""
    from colophon.systems.opentext_push.port import jobs_of

    named = [jobs_of(remote_id) for remote_id in remote_ids]
    pushed = [job for channel, jobs in named if channel == "push" for job in jobs]
    asked = [("push", pushed[start : start + JOBS_PER_CALL]) for start in range(0, len(pushed), JOBS_PER_CALL)]
    return asked + [(channel, [job]) for channel, jobs in named if channel != "push" for job in jobs]


async def _still_going(
    session: "ClientSession", settings: "PushSettings", asked: list[tuple[str, list[str]]]
) -> list[tuple[str, list[str]]]:
    """What of this is not finished."""
    import aiohttp

    from colophon.errors import ColophonError

    left: list[tuple[str, list[str]]] = []
    for place, (channel, jobs) in enumerate(asked):
        try:
            headers = await _credentials(session, settings)
            unfinished = await _unfinished(session, settings, headers, channel, jobs)
        except (aiohttp.ClientError, ColophonError, TimeoutError, ValueError, KeyError, TypeError) as problem:
            log.warning("A poll of %d jobs failed: %s", len(jobs), type(problem).__name__)
            return left + asked[place:]
        if unfinished:
            log.info("%d of %d jobs are under way", len(unfinished), len(jobs))
            left.append((channel, unfinished))
    return left


async def _unfinished(
    session: "ClientSession", settings: "PushSettings", headers: dict[str, str], channel: str, jobs: list[str]
) -> list[str]:
    """Jobs of one call that go on; one that was wiped does not.

    :raises ValueError: the system did not answer. :raises UnexpectedAnswerError: something else than statuses of all jobs.
    """
    from colophon.systems.opentext_push import operations
    from colophon.systems.opentext_push.answers import PushAnswers

    many = channel == "push"
    operation = operations.statuses_with(settings.extra) if many else operations.status_with(settings.extra, channel)
    url = settings.http.base_url.rstrip("/") + operation.path
    given: dict[str, Any] = {"json": {"job_ids": jobs}} if many else {"params": {"job_id": jobs[0]}}
    options = {"headers": headers, "allow_redirects": False, "ssl": _tls(settings.http.verify)}
    async with session.request(operation.method, url, **given, **options) as answer:
        if answer.status == 404 and not many:
            return []
        if answer.status != 200:
            raise ValueError(f"HTTP {answer.status}")
        body = await answer.json()
    reader = PushAnswers()
    if not many:
        return [] if reader.job(body, set(jobs)).finished else jobs
    # A list that leaves a job out must not make it look finished.
    statuses = reader.read_statuses(body, set(jobs))
    return [job_id for job_id, status in statuses.items() if status is not None and not status.finished]


async def _credentials(session: "ClientSession", settings: "PushSettings") -> dict[str, str]:
    """Headers of one call: Basic, or a token that is fetched for it."""
    from colophon.http.auth import BasicAuth

    basic = {**BasicAuth(settings.login, settings.password).headers(refresh=False), "Accept": "application/json"}
    if settings.extra.auth == "basic":
        return basic
    form = {"grant_type": "client_credentials"}
    options = {"headers": basic, "allow_redirects": False, "ssl": _tls(settings.http.verify)}
    async with session.post(settings.token_url, data=form, **options) as answer:
        token = (await answer.json())["access_token"]
    return {**basic, "Authorization": f"Bearer {token}"}


def _tls(verify: bool | str) -> Any:  # noqa: FBT001 - the setting's own type
    """TLS as the connection says it: verified, with the publisher's own authority, or (on their risk) not verified."""
    import ssl

    return ssl.create_default_context(cafile=verify) if isinstance(verify, str) else verify
