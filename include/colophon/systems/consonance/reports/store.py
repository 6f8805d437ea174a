"""Where a connection says that reports are, opened: a folder or bucket, or an address, and the calendar's link beside it.

with open_place(settings, ...) as place:
    report = place.read("sales", seen)
"""

import io
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, get_args

from colophon.config.milestones import Milestones, load_milestones
from colophon.errors import BadConnectionError
from colophon.http.auth import Auth, BasicAuth, BearerKey, NoAuth
from colophon.http.client import HttpClient
from colophon.systems.consonance.reports.calendar import FILE_NAME, read_calendar, with_milestones
from colophon.systems.consonance.reports.http_source import HttpSource
from colophon.systems.consonance.reports.layouts import Feature
from colophon.systems.consonance.reports.opened import Report
from colophon.systems.consonance.reports.reader import Reports
from colophon.systems.consonance.reports.source import FolderSource, ReportFile, Source
from colophon.systems.consonance.settings import ConsonanceSettings

ReportName = Literal[Feature, "calendar"]
NAMES: tuple[str, ...] = tuple(name for part in get_args(ReportName) for name in (get_args(part) or (part,)))
_BUCKETS = ("s3://", "s3a://")


@dataclass(frozen=True, slots=True)
class Credentials:
    """What opens the place: a password alone is a bearer key, with a login it is Basic; `storage` is fsspec's."""

    login: str = ""
    password: str = field(default="", repr=False)
    storage: Mapping[str, Any] = field(default_factory=dict, repr=False)


class ReportStore:
    """All reports of one account and its calendar. A context manager; its sessions live until its end."""

    def __init__(
        self,
        settings: ConsonanceSettings,
        reports: Reports | None,
        milestones: Milestones,
        *,
        link: HttpClient,
        clients: Sequence[HttpClient],
        clock: Callable[[], datetime],
    ) -> None:
        """:param reports: None where the connection names no place for files. :param link: fetches the calendar, without
        credentials. :param clients: what to close at the end. :param clock: aware UTC.
        """
        self.settings, self._reports, self._milestones = settings, reports, milestones
        self._link, self._clients, self._clock = link, clients, clock

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None) -> None:
        for client in self._clients:
            client.close()

    @property
    def has_files(self) -> bool:
        """Whether the connection names a place for files at all."""
        return self._reports is not None

    @property
    def reports(self) -> Reports:
        """The report files.

        :raises BadConnectionError: the connection does not say where they are.
        """
        if self._reports is None:
            remedy = "Set `reports_location` on the connection to the folder, bucket or address of the reports."
            raise BadConnectionError("the connection has no reports_location", system="consonance", remedy=remedy)
        return self._reports

    def read(self, name: str, seen: Collection[str] = ()) -> Report[Any] | None:
        """A report by its name, to-dos with their milestones; None where there is no such file: *unknown*. Errors as `Reports`.

        :raises ValueError: no report has this name.
        """
        if name not in NAMES:
            raise ValueError(f"there is no report {name!r}; there are {', '.join(NAMES)}")
        if name == "calendar":
            return self._calendar(seen)
        report: Report[Any] | None = getattr(self.reports, name)(seen)
        if report is not None and name == "todos":
            return replace(report, _records=lambda: with_milestones(report, self._milestones))
        return report

    def _calendar(self, seen: Collection[str]) -> Report[Any] | None:
        """The calendar in the shape of the other reports; it is whole in memory already."""
        # A link needs no place for files.
        files = None if self.settings.ical_url else self.reports.files
        found = read_calendar(self.settings, self._milestones, http=self._link, files=files, clock=self._clock)
        if found is None:
            return None
        held = ReportFile(FILE_NAME, io.BytesIO(), found.sha256, found.as_of)
        return Report(FILE_NAME, found.sha256, found.as_of, found.sha256 in seen, held, lambda: iter(found.records))


def open_place(
    settings: ConsonanceSettings,
    credentials: Credentials,
    open_client: Callable[..., HttpClient],
    *,
    clock: Callable[[], datetime],
    config: str | Path | None = None,
) -> ReportStore:
    """The place of a connection's reports.

    :param open_client: makes an HTTP client of HTTP settings and credentials. :param config: the configuration folder.

    :raises BadConnectionError: the location is none. :raises BadConfigError: reports.yaml or milestones.yaml is faulty.
    """
    opened: list[HttpClient] = []

    def client(base_url: str, auth: Auth) -> HttpClient:
        opened.append(open_client(replace(settings.http, base_url=base_url), auth))
        return opened[-1]

    source = _source(settings.reports_location, credentials, client)
    reports = Reports.from_settings(settings, source, clock=clock, config=config) if source else None
    link = client(settings.http.base_url, NoAuth())
    return ReportStore(settings, reports, load_milestones(config), link=link, clients=opened, clock=clock)


def _source(location: str, credentials: Credentials, client: Callable[[str, Auth], HttpClient]) -> Source | None:
    if not location:
        return None
    if location.startswith(("https://", "http://")):
        return HttpSource(client(location, _auth(credentials)))
    storage = dict(credentials.storage)
    if location.startswith(_BUCKETS) and credentials.login:
        storage = {"key": credentials.login, "secret": credentials.password, **storage}
    return FolderSource(location, storage)


def _auth(credentials: Credentials) -> Auth:
    if not credentials.password:
        return NoAuth()
    return BasicAuth(credentials.login, credentials.password) if credentials.login else BearerKey(credentials.password)
