"""The checks, in order; the first one that fails is the answer (contract README section 6).

source -> rate -> size as declared -> JSON -> size as counted -> characters and lengths of headers -> time
-> signature over the raw bytes -> what the event says -> the ledger
"""

import asyncio
import logging
from collections.abc import AsyncIterable, Awaitable, Callable, Sequence
from datetime import datetime

from colophon.errors import ColophonError, InvalidError, RateLimitedError
from colophon.http import webhooks
from colophon.inbound import answers
from colophon.inbound.answers import Answer
from colophon.inbound.rate import Rate
from colophon.inbound.readings import arrival_of
from colophon.inbound.source import Source
from colophon.ledger.inbox import Arrival, Taken

log = logging.getLogger(__name__)

BODY_WITHIN_S = 20.0
Headers = Sequence[tuple[bytes, bytes]]
_ANSWERS: dict[Taken, Answer] = {"new": answers.TAKEN, "seen": answers.SEEN, "conflict": answers.CONFLICT}
_ONCE = frozenset({"content-type", "content-length", "content-encoding", *(name for names in webhooks.PROOF.values() for name in names)})


class Receiver:
    """Judges calls and keeps what is good; shares nothing between calls but rates."""

    def __init__(
        self,
        find: Callable[[str], Awaitable[Source | None]],
        keep: Callable[[Arrival], Awaitable[Taken]],
        *,
        clock: Callable[[], datetime],
        rate: Rate | None = None,
    ) -> None:
        """:param find: the source of a name, None where there is none or its connection cannot be used.

        :param keep: commits an event before it returns. :param clock: aware UTC.
        """
        self._find, self._keep, self._clock = find, keep, clock
        self._rate = rate or Rate()

    async def receive(self, name: str, headers: Headers, body: AsyncIterable[bytes], *, caller: str) -> Answer:
        """The answer to one POST. `caller` is the address it came from."""
        source = await self._find(name)
        if source is None:
            return answers.UNKNOWN_SOURCE
        wait_s = self._rate.wait_s((name, caller), asyncio.get_running_loop().time())
        answer = answers.too_many(wait_s) if wait_s else await self._answer(source, headers, body)
        if answer.status >= 400:
            log.info("An event for %s was not taken: %s", source.name, answer.code)
        return answer

    async def _answer(self, source: Source, headers: Headers, body: AsyncIterable[bytes]) -> Answer:
        try:
            given = _once(headers)
            if refusal := _before_reading(given):
                return refusal
            async with asyncio.timeout(BODY_WITHIN_S):
                content = await _counted(body)
            if content is None:
                return answers.TOO_LARGE
            arrival = judge(source, given, content, now=self._clock())
        except TimeoutError:
            return answers.TOO_SLOW
        except ColophonError as problem:
            return answers.of(problem)
        return await self._kept(arrival)

    async def _kept(self, arrival: Arrival) -> Answer:
        try:
            return _ANSWERS[await self._keep(arrival)]
        except RateLimitedError:
            return answers.too_many(1)
        except Exception as problem:  # noqa: BLE001 - the sender must hear that nothing is sure, whatever the database says
            # Its kind alone: a driver's error may quote the row.
            log.error("The ledger took no event of %s: %s", arrival.source, getattr(problem, "code", None) or type(problem).__name__)  # noqa: TRY400 - as above
            return answers.UNAVAILABLE


def judge(source: Source, headers: dict[str, str], body: bytes, *, now: datetime) -> Arrival:
    """The event that a source sent, proved and read. Pure.

    :raises InvalidError, BadShapeError: malformed. :raises ForgedError: not its sender's, or too old.
    """
    webhook_id = webhooks.prove(source.scheme, headers, body, source.secrets, login=source.login, now=now)
    return arrival_of(source.name, webhook_id, body, is_named=source.scheme == "standard")


def _once(headers: Headers) -> dict[str, str]:
    """Headers by name in small letters.

    :raises InvalidError: one that must be there once is there twice.
    """
    found: dict[str, str] = {}
    for raw, value in headers:
        name = raw.decode("latin-1").lower()
        if name in found and name in _ONCE:
            raise InvalidError(f"the header {name} is there twice")
        found[name] = value.decode("latin-1")
    return found


def _before_reading(headers: dict[str, str]) -> Answer | None:
    declared = headers.get("content-length", "0")
    if not (declared.isascii() and declared.isdigit()):
        return answers.MALFORMED
    if len(declared) > 9 or int(declared) > webhooks.MAX_BYTES:
        return answers.TOO_LARGE
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    is_json = media_type == answers.JSON or (media_type.startswith("application/") and media_type.endswith("+json"))
    if not is_json or headers.get("content-encoding", "identity").lower() != "identity":
        return answers.NOT_JSON
    return None


async def _counted(body: AsyncIterable[bytes]) -> bytes | None:
    """The body; None as soon as it is larger than allowed, whatever was declared."""
    found = bytearray()
    async for chunk in body:
        found += chunk
        if len(found) > webhooks.MAX_BYTES:
            return None
    return bytes(found)
