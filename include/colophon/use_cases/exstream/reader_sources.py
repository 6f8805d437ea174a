"""The lists of readers of one run: files of the reports store, and what the CRM has told since, each read row by row.

with tempfile.TemporaryDirectory() as scratch, engine_in(Path(scratch)) as engine:
    lists = read_lists(engine, place, ledger, audiences, look, Path(scratch))
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from colophon.blocks.ids import READER_CAMPAIGNS
from colophon.config.campaigns import Campaign
from colophon.domain.facts import Unknown
from colophon.domain.finding import Finding, Severity
from colophon.errors import BadReportError, BadShapeError, NotReadyError
from colophon.http.jsontext import read_json
from colophon.ledger import Ledger
from colophon.systems.consonance.reports.audience import EVENTS, FILE, Audiences, ListName, Lookup, open_list, row_of_event
from colophon.systems.consonance.reports.source import ReportFiles
from colophon.systems.consonance.unreadable import RULE
from colophon.use_cases.exstream.reader_lists import FEW, MOST_BAD, load, replace_rows
from colophon.use_cases.exstream.reader_tables import fill

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

CRM = "crm"
"""Where exceptions about events of the CRM stand."""
STANDING: Collection[ListName] = ("readers", "opt_outs")
"""Lists that lose no rows by time alone: one that is less than half as long as it was looks cut off, and with it objections would be."""
_KEPT, _SIZE = "audience:", "audience_size:"
_TOLD = {"place": "VARCHAR", "subject": "VARCHAR", "key": "VARCHAR", "reader_id": "VARCHAR", "state": "VARCHAR", "code": "VARCHAR",
         "channel": "VARCHAR", "kind": "VARCHAR", "told_at": "TIMESTAMP", "person": "VARCHAR"}  # fmt: skip


@dataclass(slots=True)
class Lists:
    """What a run knows: `there` are the lists that tell, `files` their names with the beginning of their hash; `findings` what cannot be read.

    `sizes`: how long the lists are that can be cut off.
    """

    there: set[ListName] = field(default_factory=set)
    faulty: set[ListName] = field(default_factory=set)
    files: dict[ListName, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    sizes: dict[ListName, int] = field(default_factory=dict)
    read: int = 0

    def lacking(self, campaign: Campaign) -> list[ListName]:
        """The lists that a campaign cannot do without and that nobody tells, or nobody can read."""
        segment = campaign.segment
        needed: dict[ListName, bool] = {
            "readers": True,
            "subscriptions": campaign.kind == "renewal" or bool(segment.clubs) or segment.genre_clubs,
            "orders": campaign.kind == "order" or bool(segment.bought or segment.bought_genres),
            "offers": campaign.offer != "none",
        }
        # Who has objected may stand in a list that cannot be read.
        unsafe: list[ListName] = ["opt_outs"] if campaign.is_advertising and "opt_outs" in self.faulty else []
        return [name for name, is_needed in needed.items() if is_needed and name not in self.there] + unsafe


def read_lists(
    engine: "DuckDBPyConnection", files: ReportFiles | None, ledger: Ledger, audiences: Audiences, look: Lookup, scratch: Path
) -> Lists:
    """All lists into DuckDB, and what has gone to readers. A list that cannot be read as a whole is one exception, and the others go on."""
    lists = Lists()
    for name in get_args(ListName):
        written = _read_file(engine, name, files, ledger, audiences, look, scratch, lists) if files else None
        kept = [row for row in ledger.memory.get_each(f"{_KEPT}{name}:") if name == "opt_outs" or _is_newer(row["at"], written)]
        if kept and name not in lists.faulty:
            replace_rows(engine, name, [tuple(row["cells"]) for row in kept])
            lists.there.add(name)
            lists.read += len(kept)
    lists.findings += _twice(engine, lists.files.get("readers", "readers"))
    fill(engine, "told", _TOLD, _told(ledger), scratch)
    return lists


def untold(lacking: Collection[ListName]) -> Iterator[Finding]:
    """The exception for each list that campaigns wait for and nobody tells."""
    for name in sorted(lacking):
        remedy = f"Put the list {name} to where the reports are, under the name and with the columns of consonance/audiences.yaml."
        yield Unknown(name=f"list of {name}", reason="neither a file nor an event of the CRM tells them", remedy=remedy).as_finding()


def take_events(ledger: Ledger, look: Lookup, as_of: datetime) -> int:
    """Keep what the CRM told row by row until a newer file comes, an objection for ever; how many. What cannot be read is parked, and an exception."""
    taken = 0
    for kind, name in EVENTS.items():
        while items := ledger.inbox.pending([kind], limit=500):
            for item in items:
                event = _event(item.body)
                row = row_of_event(name, event.get("data") or {}, item.id, look)
                if isinstance(row, Finding):
                    finding = row.model_copy(update={"subject": f"event:{item.id}"[:200]})
                    ledger.exceptions.record(READER_CAMPAIGNS, CRM, [finding.subject], [finding], as_of=as_of)
                else:
                    cells = [cell.isoformat() if hasattr(cell, "isoformat") else cell for cell in row]
                    key = ":".join(str(cell) for cell in row[:3]) if name == "opt_outs" else f"{row[0]}"
                    ledger.memory.put(
                        f"{_KEPT}{name}:{key}", {"cells": cells, "at": f"{event.get('time') or item.received_at.isoformat()}"}, as_of
                    )
                    taken += 1
                ledger.inbox.done(item.source, item.id, parked=isinstance(row, Finding))
    return taken


def _read_file(
    engine: "DuckDBPyConnection",
    name: ListName,
    files: ReportFiles,
    ledger: Ledger,
    audiences: Audiences,
    look: Lookup,
    scratch: Path,
    lists: Lists,
) -> datetime | None:
    """When the file of a list was written; None where there is none that can be read."""
    try:
        report = open_list(name, files, audiences, look)
        if report is None:
            return None
        with report:
            findings = load(engine, name, report, scratch)
        lists.files[name] = f"{report.name} {report.sha256[:12]}"
        rows = int((engine.execute(f"SELECT count(*) FROM {name}").fetchone() or (0,))[0])  # noqa: S608 - our own names
        lists.sizes |= {name: rows} if name in STANDING else {}
        _check_whole(ledger, name, lists)
    except (BadReportError, NotReadyError) as fault:
        engine.execute(f"DELETE FROM {name}")  # noqa: S608 - our own names
        lists.faulty.add(name)
        lists.findings.append(_of_file(name, fault))
        return None
    lists.there.add(name)
    lists.findings += findings
    lists.read += rows
    return report.as_of


def keep_sizes(ledger: Ledger, lists: Lists, as_of: datetime) -> None:
    """Remember how long lists are; of one that looks cut off which file it was."""
    for name, rows in lists.sizes.items():
        before = _cut_off(ledger, name, lists)
        ledger.memory.put(f"{_SIZE}{name}", {"rows": before, "short": lists.files[name]} if before else {"rows": rows}, as_of)


def _check_whole(ledger: Ledger, name: ListName, lists: Lists) -> None:
    """:raises BadReportError: a list looks cut off."""
    if before := _cut_off(ledger, name, lists):
        raise BadReportError(
            f"{name} has {lists.sizes[name]} rows that can be read, and had {before}: it looks cut off", system="consonance", operation="reports",
            remedy="Put the whole list there. Where it is right so, another file that is as short is taken.",
        )  # fmt: skip


def _cut_off(ledger: Ledger, name: ListName, lists: Lists) -> int:
    """How long a list was that looks cut off now; 0 where it does not."""
    known = (ledger.memory.get(f"{_SIZE}{name}") or ({},))[0]
    before, rows = int(known.get("rows", 0)), lists.sizes.get(name, 0)
    is_cut = before > FEW and rows < MOST_BAD * before and known.get("short", lists.files[name]) == lists.files[name]
    return before if is_cut else 0


def _of_file(name: str, fault: BadReportError | NotReadyError) -> Finding:
    return Finding(
        subject=f"report:{name}", rule=RULE, severity=Severity.ERROR, field="the file", found=fault.sentence, expected="a file that can be read as a whole",
        remedy=(fault.remedy or "Correct it where it is made; it is read again with the next run.").replace(" reports.yaml", f" {FILE}"),
        owner="operations",
    )  # fmt: skip


def _twice(engine: "DuckDBPyConnection", file: str) -> list[Finding]:
    """Rows with the id of a row above: which of the two holds nobody can know; the first one counts."""
    query = "SELECT reader_id, source_row FROM readers QUALIFY row_number() OVER (PARTITION BY reader_id ORDER BY source_row) > 1 ORDER BY source_row"
    name = file.partition(" ")[0]
    return [
        Finding(subject=f"report:{name}, row {row}", rule=RULE, severity=Severity.ERROR, field="reader_id", found=f"{reader!r}", about=f"reader:{reader}",
                expected="an id that no row above has", remedy=f"Correct row {row} of {name} where the list is made.", owner="operations")
        for reader, row in engine.execute(query).fetchall()
    ]  # fmt: skip


def _told(ledger: Ledger) -> Iterator[tuple[Any, ...]]:
    for row in ledger.each_of(READER_CAMPAIGNS):
        key, _, reader = row.subject.rpartition("/reader:")
        if reader and key:
            at = row.as_of.replace(tzinfo=None).isoformat(" ")
            yield (
                row.destination,
                row.subject,
                key,
                reader,
                row.state,
                row.code or "-",
                row.labels.get("channel"),
                key.partition("/")[0],
                at,
                row.labels.get("person"),
            )


def _event(body: bytes) -> dict[str, Any]:
    try:
        event = read_json(body)
    except BadShapeError:
        return {}
    return event if isinstance(event, dict) else {}


def _is_newer(told: str, written: datetime | None) -> bool:
    return written is None or datetime.fromisoformat(told) > written
