"""EXT: launches through GraphQL, and rows of the report `launch` -> our records (contract sections 6 and 8)."""

from collections.abc import Iterator

from colophon.domain.finding import Finding
from colophon.domain.launch import Launch
from colophon.domain.work import Work
from colophon.systems.consonance.graphql.queries import Document
from colophon.systems.consonance.graphql.wire import Row, day, flag, moment, required_int, required_text, text, whole, within
from colophon.systems.consonance.reports import cells
from colophon.systems.consonance.reports.layouts import SheetSpec
from colophon.systems.consonance.reports.rows import ReportRow, Rows, read_rows, unique_key
from colophon.systems.consonance.unreadable import read_or_report

LAUNCHES = Document(
    "LaunchesPage",
    "launches",
    "query LaunchesPage($search: WorkRowSearchAttributes!) { launches(launchSearch: $search) { id revision updatedAt work { id }"
    " stageCode stageSince onHold holdReason preorderFrom announcedOn releaseApprovedOn } }",
)
SHEET = SheetSpec(
    needed=frozenset({"work_id", "stage", "on_hold"}),
    optional=frozenset({"stage_since", "hold_reason", "preorder_from", "announced_on", "release_approved_on"}),
)
_HELD = frozenset({"01", "03"})
"""ONIX List 64: cancelled, postponed indefinitely."""


def launch_from(row: Row) -> Launch | Finding:
    """One launch."""
    return read_or_report("launch", row, _launch)


def launch_of(work: Work) -> Launch:
    """What a work alone tells of its launch: its stage, and a hold where all of its formats are cancelled or postponed."""
    statuses = [edition.publishing_status for edition in work.editions]
    return Launch(work_id=work.id, stage=work.project_stage, is_on_hold=_HELD.issuperset(statuses) if any(statuses) else None)


def launches(rows: Rows) -> Iterator[Launch | Finding]:
    """One launch a row; one only of each work."""
    check = unique_key("work_id")
    return read_rows(rows, lambda row: [_launch_of_row(row, check(row))])


def _launch(row: Row) -> Launch:
    return Launch(
        id=required_int(row, "id"),
        revision=whole(row, "revision"),
        updated_at=moment(row, "updatedAt"),
        work_id=within(row, "work", lambda work: required_int(work, "id")),
        stage=required_text(row, "stageCode"),
        stage_since=day(row, "stageSince"),
        is_on_hold=flag(row, "onHold"),
        hold_reason=text(row, "holdReason"),
        preorder_from=day(row, "preorderFrom"),
        announced_on=day(row, "announcedOn"),
        release_approved_on=day(row, "releaseApprovedOn"),
    )


def _launch_of_row(row: ReportRow, work_id: int | None) -> Launch:
    if work_id is None:
        raise row.unfit("work_id", "an id")
    return Launch(
        work_id=work_id,
        stage=row.need("stage", cells.text),
        stage_since=row.get("stage_since", cells.day),
        is_on_hold=row.get("on_hold", cells.word(cells.YES_OR_NO)),
        hold_reason=row.get("hold_reason", cells.text),
        preorder_from=row.get("preorder_from", cells.day),
        announced_on=row.get("announced_on", cells.day),
        release_approved_on=row.get("release_approved_on", cells.day),
        origin=row.origin,
    )
