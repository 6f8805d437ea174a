"""To-dos from Consonance's iCalendar feed, and the milestones that they are (contract section 8).

The feed is at a link (`ical_url`) or the file `todos.ics` among the reports. The link is a key: it is fetched without
credentials, and neither it nor its host is ever in a log or an error. An appointment (VEVENT) never proves that something
was done. A to-do that milestones.yaml does not know is given with a finding beside it, and is nobody's milestone until it is listed.
"""

import hashlib
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from colophon.config.milestones import FILE, Milestones
from colophon.domain.finding import Finding, Severity
from colophon.domain.todo import Todo
from colophon.errors import BadConnectionError, BadShapeError, ColophonError, NotOursError, NotReadyError
from colophon.http.address import configured
from colophon.http.client import HttpClient
from colophon.http.operation import Operation
from colophon.systems.consonance.reports.calendar_entries import todos_in
from colophon.systems.consonance.reports.cells import shown
from colophon.systems.consonance.reports.source import ReportFiles
from colophon.systems.consonance.settings import ConsonanceSettings

FILE_NAME = "todos.ics"
UNMAPPED = "milestone_unmapped"
_MOST_BYTES = 32 << 20
_GET = Operation("calendar", "GET", "/ical", accept="text/calendar")


@dataclass(frozen=True, slots=True)
class TodoCalendar:
    """One reading of the feed: to-dos and findings in its order; `as_of` (aware UTC) is when it was written, or fetched."""

    sha256: str
    as_of: datetime
    records: tuple[Todo | Finding, ...]


def read_calendar(
    settings: ConsonanceSettings,
    milestones: Milestones,
    *,
    http: HttpClient | None = None,
    files: ReportFiles | None = None,
    clock: Callable[[], datetime],
) -> TodoCalendar | None:
    """The feed at `ical_url` if there is one, else the file among the reports; None where there is neither: *unknown*.

    :raises BadConnectionError: the link is no https address. :raises NotReadyError: the feed breaks off, or the file is not ready.
    :raises NotOursError: something else answers, such as a login page. Other errors as `HttpClient.download` and `ReportFiles.take`.
    """
    if settings.ical_url and http is not None:
        content, as_of = _fetched(settings.ical_url, http, allow_http=settings.http.allow_http), clock()
    else:
        taken = files.take(FILE_NAME) if files is not None else None
        if taken is None:
            return None
        with taken:
            content, as_of = taken.file.read(_MOST_BYTES + 1), taken.modified
    _check_whole(content)
    digest = hashlib.sha256(content).hexdigest()
    entries = todos_in(content.decode("utf-8-sig", "surrogateescape"), digest, settings.time_zone)
    return TodoCalendar(digest, as_of, tuple(with_milestones(entries, milestones)))


def with_milestones(records: Iterable[Todo | Finding], milestones: Milestones) -> Iterator[Todo | Finding]:
    """The same records, each to-do with its milestone; after one whose description is not in the file, a finding that says so.

    A milestone that the source itself names stays.
    """
    for record in records:
        if isinstance(record, Finding) or record.milestone is not None:
            yield record
            continue
        yield replace(record, milestone=milestones.of(record.description))
        if record.external_reference is None and not milestones.knows(record.description):  # a system's own words are no person's
            yield _unmapped(record)


def _unmapped(todo: Todo) -> Finding:
    return Finding(
        subject=todo.subject,
        rule=UNMAPPED,
        severity=Severity.ERROR,
        field="description",
        found=shown(todo.description),
        expected=f"a description that stands in {FILE}",
        remedy=f"Add the description to its milestone in {FILE}, or to the ordinary tasks, and raise the file's version.",
        owner="operations",
        blocks="milestones",
    )


def _fetched(link: str, http: HttpClient, *, allow_http: bool) -> bytes:
    file = io.BytesIO()
    try:
        got = http.download(_GET, file, link=configured(link, allow_http=allow_http, query=True), max_bytes=_MOST_BYTES)
    except BadConnectionError:
        # The original names the host, which is part of the secret.
        raise BadConnectionError("ical_url must be an https address without a user", system="consonance", operation="calendar") from None
    except ColophonError as problem:
        problem.__cause__ = problem.__context__ = None
        raise
    if got.media_type == "text/html":
        raise NotOursError("a page answers where the calendar should be", system="consonance", operation="calendar")
    return file.getvalue()


def _check_whole(content: bytes) -> None:
    if len(content) > _MOST_BYTES:
        raise BadShapeError("the calendar is larger than any calendar", system="consonance", operation="calendar")
    if not content.lstrip(b"\xef\xbb\xbf").upper().startswith(b"BEGIN:VCALENDAR"):
        raise NotOursError("what answers is no calendar", evidence=f"{len(content)} bytes", system="consonance", operation="calendar")
    if not content.rstrip().upper().endswith(b"END:VCALENDAR"):
        raise NotReadyError("the calendar breaks off: it is still being written, or was cut", system="consonance", operation="calendar")
