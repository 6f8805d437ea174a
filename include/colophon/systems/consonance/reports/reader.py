"""What Consonance does not tell by GraphQL, read from files (contract section 8).

report = reports.sales()
if report is None: ...                 # there is no such file: unknown, never "none"
with report:
    for record in report: ...          # a Sale, or the Finding that a row has a fault

A file is taken only when it is whole and fresh. Its header must be exactly as reports.yaml has it, in any order of columns.
Each record keeps its origin: the file's SHA-256 and its row.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

from colophon.domain.contact_fields import ContactFields
from colophon.domain.finding import Finding
from colophon.domain.head_grant import HeadGrant
from colophon.domain.launch import Launch
from colophon.domain.payment import Payment
from colophon.domain.rights_deal import RightsDeal
from colophon.domain.rights_receipt import RightsReceipt
from colophon.domain.royalty_clauses import Clause
from colophon.domain.royalty_terms import RoyaltyTerms
from colophon.domain.sale import Sale
from colophon.domain.supplement import Supplement
from colophon.domain.team import TeamMember
from colophon.domain.todo import Todo
from colophon.domain.vendor_statement import VendorStatement
from colophon.errors import BadReportError
from colophon.systems.consonance.graphql import contact_fields, launches
from colophon.systems.consonance.reports import clause_sheet, royalty_sheets
from colophon.systems.consonance.reports import records as report_records
from colophon.systems.consonance.reports import rights as report_rights
from colophon.systems.consonance.reports import supplement as report_supplement
from colophon.systems.consonance.reports.layouts import Feature, ReportLayouts, SheetSpec, load_layouts
from colophon.systems.consonance.reports.opened import CSV, XLSX, Report, T, Table
from colophon.systems.consonance.reports.source import ReportFile, ReportFiles, Source
from colophon.systems.consonance.settings import ConsonanceSettings

SPECS: Mapping[Feature, Mapping[str, SheetSpec]] = {
    "sales": {"rows": report_records.SALES},
    "rights_deals": {"rows": report_rights.RIGHTS_DEALS},
    "head_grants": {"rows": report_rights.HEAD_GRANTS},
    "team": {"rows": report_rights.TEAM},
    "payments": {"rows": report_records.PAYMENTS},
    "rights_receipts": {"rows": report_records.RECEIPTS},
    "todos": {"rows": report_records.TODOS},
    "royalty_terms": royalty_sheets.SHEETS,
    "contracts": {"rows": report_rights.CONTRACTS},
    "launch": {"rows": launches.SHEET},
    "contact_fields": {"rows": contact_fields.SHEET},
    "statements": {"rows": report_records.STATEMENTS},
    "supplement": {"rows": report_supplement.SUPPLEMENT},
    "royalty_clauses": {"rows": clause_sheet.CLAUSES},
}
_OF_ANY_AGE = timedelta(days=36_500)


@dataclass(frozen=True, slots=True)
class Reports:
    """The report files of one account. Money without a currency of its own is in `currency`.

    Every verb gives a report to be used as a context manager, or None where there is no such file: its facts are then
    *unknown*. `seen` are the SHA-256 of files that were taken before.

    :raises NotReadyError: still being written, not marked as done, or too old (all verbs).
    :raises BadReportError: there in both formats, or the source tells no date (all verbs).
    """

    files: ReportFiles
    layouts: ReportLayouts
    currency: str = "GBP"

    @classmethod
    def from_settings(
        cls, settings: ConsonanceSettings, source: Source, *, clock: Callable[[], datetime], config: str | Path | None = None
    ) -> Self:
        """:param source: the place that `reports_location` names. :param config: the configuration folder.

        :raises BadConfigError: reports.yaml is faulty.
        """
        return cls(report_files(settings, source, clock=clock), load_layouts(SPECS, config), settings.default_currency)

    def sales(self, seen: Collection[str] = ()) -> Report[Sale] | None:
        """Sales and returns in the columns of the vendor's import."""
        return self._report("sales", seen, lambda rows_of: report_records.sales(rows_of("rows"), self.currency))

    def rights_deals(self, seen: Collection[str] = ()) -> Report[RightsDeal] | None:
        """Outbound licences."""
        return self._report("rights_deals", seen, lambda rows_of: report_rights.rights_deals(rows_of("rows")))

    def head_grants(self, seen: Collection[str] = ()) -> Report[HeadGrant] | None:
        """What head contracts give us."""
        return self._report("head_grants", seen, lambda rows_of: report_rights.head_grants(rows_of("rows")))

    def team(self, seen: Collection[str] = ()) -> Report[TeamMember] | None:
        """Who works on which title in which role."""
        return self._report("team", seen, lambda rows_of: report_rights.team(rows_of("rows")))

    def contracts(self, seen: Collection[str] = ()) -> Report[report_rights.ContractOfWork] | None:
        """Which contracts there are, for an account that does not list them; what they say is asked for one by one."""
        return self._report("contracts", seen, lambda rows_of: report_rights.contracts(rows_of("rows")))

    def payments(self, seen: Collection[str] = ()) -> Report[Payment] | None:
        """What was paid to payees."""
        return self._report("payments", seen, lambda rows_of: report_records.payments(rows_of("rows")))

    def rights_receipts(self, seen: Collection[str] = ()) -> Report[RightsReceipt] | None:
        """Money received for licences, with what was taken off on its way."""
        return self._report("rights_receipts", seen, lambda rows_of: report_records.receipts(rows_of("rows")))

    def todos(self, seen: Collection[str] = ()) -> Report[Todo] | None:
        """To-dos as a list, which proves completion; milestones are looked up by `calendar.with_milestones`."""
        return self._report("todos", seen, lambda rows_of: report_records.todos(rows_of("rows")))

    def royalty_terms(self, seen: Collection[str] = ()) -> Report[RoyaltyTerms] | None:
        """Terms by contract, from the workbook with four sheets. All contracts of the file are held in memory at once."""
        return self._report("royalty_terms", seen, lambda rows_of: royalty_sheets.royalty_terms(rows_of, self.currency))

    def launch(self, seen: Collection[str] = ()) -> Report[Launch] | None:
        """How far the launch of each work has come."""
        return self._report("launch", seen, lambda rows_of: launches.launches(rows_of("rows")))

    def contact_fields(self, seen: Collection[str] = ()) -> Report[ContactFields] | None:
        """How contacts want to be reached; the contacts themselves come by GraphQL."""
        return self._report("contact_fields", seen, lambda rows_of: contact_fields.contact_fields(rows_of("rows")))

    def statements(self, seen: Collection[str] = ()) -> Report[VendorStatement] | None:
        """Royalty statements as Consonance made them."""
        return self._report("statements", seen, lambda rows_of: report_records.statements(rows_of("rows")))

    def supplement(self, seen: Collection[str] = ()) -> Report[Supplement] | None:
        """What Consonance has no field for; people keep it, so that it does not age."""
        files = replace(self.files, max_age=_OF_ANY_AGE)
        return self._report("supplement", seen, lambda rows_of: report_supplement.supplements(rows_of("rows")), files)

    def royalty_clauses(self, seen: Collection[str] = ()) -> Report[Clause] | None:
        """Clauses of royalty contracts; people keep them, so that they do not age."""
        files = replace(self.files, max_age=_OF_ANY_AGE)
        return self._report("royalty_clauses", seen, lambda rows_of: clause_sheet.clauses(rows_of("rows")), files)

    def is_there(self, feature: Feature) -> bool:
        """Whether there is a file for a report, ready or not. Errors as the source's."""
        return bool(self._names(feature))

    def is_ready(self, feature: Feature) -> bool:
        """Whether a report could be read now; its content is not looked at. Errors as the verbs'."""
        name = self._name(feature)
        return name is not None and self.files.is_ready(name)

    def _report(
        self,
        feature: Feature,
        seen: Collection[str],
        read: Callable[[Callable[[str], Any]], Iterator[Any]],
        files: ReportFiles | None = None,
    ) -> Report[Any] | None:
        layout, sheets = self.layouts.reports[feature], SPECS[feature]
        name = self._name(feature)
        file = (files or self.files).take(name) if name else None
        if file is None:
            return None
        table = Table(file, layout, sheets)
        return Report(file.name, file.sha256, file.modified, file.sha256 in seen, file, lambda: read(table.rows))

    def _name(self, feature: Feature) -> str | None:
        """The one file that is there for a report."""
        names = self._names(feature)
        if len(names) > 1:
            raise BadReportError(f"{names[0]} and {names[1]} are both there: which one counts?", system="consonance", operation="reports")
        return names[0] if names else None

    def _names(self, feature: Feature) -> list[str]:
        """The files that are there for a report."""
        endings = (XLSX,) if len(SPECS[feature]) > 1 else (CSV, XLSX)
        file = self.layouts.reports[feature].file
        return [file + ending for ending in endings if self.files.is_there(file + ending)]


def clauses_in(path: Path, config: str | Path | None = None) -> list[Clause | Finding]:
    """The clauses of a sheet that somebody has before them, and a finding for each row with a fault.

    :raises BadReportError: a column is missing, unknown or there twice, or the file is damaged.
    """
    return _records_in(path, "royalty_clauses", clause_sheet.clauses, config)


def statements_in(path: Path, config: str | Path | None = None) -> list[VendorStatement | Finding]:
    """Statements that another system sent, as the report `statements` has them. Findings and errors as `clauses_in`."""
    return _records_in(path, "statements", report_records.statements, config)


def _records_in(path: Path, feature: Feature, read: Callable[[Any], Iterator[T | Finding]], config: str | Path | None) -> list[T | Finding]:
    layout, sheets = load_layouts(SPECS, config).reports[feature], SPECS[feature]
    with path.open("rb") as file:
        held = ReportFile(path.name, file, "", datetime.fromtimestamp(0, UTC))
        return list(read(Table(held, layout, sheets).rows("rows")))


def report_files(settings: ConsonanceSettings, source: Source, *, clock: Callable[[], datetime]) -> ReportFiles:
    """Files of a source, under the connection's rules of what is whole and fresh."""
    return ReportFiles(
        source,
        clock,
        done_suffix=settings.reports_done_suffix,
        max_age=timedelta(hours=settings.reports_max_age_hours),
        quiet=timedelta(seconds=settings.http.settle_s),
    )
