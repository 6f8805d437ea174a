"""Both parts behind one connection: `jobs` (media jobs) and `library` (videos)."""

from collections.abc import Callable, Mapping
from datetime import datetime
from importlib.metadata import entry_points
from typing import Any, NamedTuple, Self, cast

from colophon import environment
from colophon.errors import BadConnectionError
from colophon.http.checks import ahead_s
from colophon.http.client import HttpClient, Response
from colophon.systems.bytenite import operations as op
from colophon.systems.bytenite.calls import Calls
from colophon.systems.bytenite.file_library import FileLibrary
from colophon.systems.bytenite.job_records import User
from colophon.systems.bytenite.jobs import ByteNiteJobs, MediaJobBackend
from colophon.systems.bytenite.library import NoLibrary, VideoLibrary
from colophon.systems.bytenite.local_files import OpenSource, opened
from colophon.systems.bytenite.local_jobs import LocalJobs
from colophon.systems.bytenite.mapping import member, read
from colophon.systems.bytenite.rest_library import RestLibrary
from colophon.systems.bytenite.settings import ByteNiteSettings

BACKENDS, LIBRARIES = "colophon.media_backends", "colophon.video_libraries"
"""Groups of entry points by which others plug in theirs; each is called with the `Calls` of the connection."""


class Tested(NamedTuple):
    """What a test of the account found: who we are, and how many seconds our clock is ahead of theirs (None: not told)."""

    user_id: str
    skew_s: float | None


class ByteNiteClient:
    """One account. Close it, or use it as a context manager."""

    def __init__(
        self,
        settings: ByteNiteSettings,
        *,
        storage_options: Mapping[str, Any] | None = None,
        open_source: OpenSource = opened,
        sleep: Callable[[float], None] = environment.sleep,
        random: Callable[[], float] = environment.random,
        clock: Callable[[], datetime] = environment.now,
    ) -> None:
        """:param storage_options: credentials of `output_location`, as fsspec takes them. :param clock: aware UTC.

        :param open_source: gives the bytes of a job's `file` source.
        """
        self.settings = settings
        self._clock = clock
        self._calls = Calls(settings, sleep=sleep, random=random, clock=clock)
        backend, library = settings.extra.media_backend, settings.extra.library
        if backend == "bytenite":
            self.jobs: MediaJobBackend = ByteNiteJobs(self._calls, storage_options=storage_options, open_source=open_source)
        elif backend == "local":
            self.jobs = LocalJobs(settings.extra, clock=clock, storage_options=storage_options, open_source=open_source)
        else:
            self.jobs = cast("MediaJobBackend", self._plugged(BACKENDS, backend))
        if library == "rest":
            self.library: VideoLibrary = RestLibrary(self._calls)
        elif library == "file":
            self.library = FileLibrary(settings.extra.output_location, clock=clock, storage_options=storage_options)
        else:
            self.library = NoLibrary() if library == "none" else cast("VideoLibrary", self._plugged(LIBRARIES, library))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._calls.close()

    @property
    def http(self) -> HttpClient:
        """The HTTP client of the account."""
        return self._calls.http

    def test(self) -> Tested:
        """Log in and ask who we are. Raises what a call raises."""
        answer = self._calls.job(op.USER, check=_user)
        return Tested(_user(answer).id, ahead_s(answer.headers, self._clock()))

    def _plugged(self, group: str, name: str) -> object:
        found = next(iter(entry_points(group=group, name=name)), None)
        if found is None:
            raise BadConnectionError(f"nothing called {name} is plugged in as {group}", system="bytenite")
        return found.load()(self._calls)


def _user(answer: Response) -> User:
    return read(User, member(answer.json(), "user"))
