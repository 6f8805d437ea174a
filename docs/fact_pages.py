"""The pages about what is read of Consonance: `docs/facts.md` and `docs/consonance-files.md`, from the table of kinds and the layouts of files."""

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from page import page, table

from colophon.readiness import needs_of_all
from colophon.systems.consonance.kinds import KINDS, Kind
from colophon.systems.consonance.reports.calendar import FILE_NAME
from colophon.systems.consonance.reports.layouts import ReportLayout, SheetLayout, SheetSpec, load_layouts
from colophon.systems.consonance.reports.reader import SPECS

DOCS = Path(__file__).resolve().parent
Reads = Mapping[str, tuple[type, ...]]
"""Use case -> the kinds of facts that it reads."""


def reads_of_all() -> Reads:
    """What each use case reads of Consonance, itself or by an earlier step."""
    kinds = {use_case: (*n.upstream, *n.upstream_gains, *n.reads, *n.gains) for use_case, n in needs_of_all().items()}
    return {use_case: tuple(dict.fromkeys(kind for kind in read if kind in KINDS)) for use_case, read in kinds.items()}


EXAMPLES: Mapping[str, str] = {
    "account_set": "Larkspur saga", "advance_amount": "1000.00", "advance_is_joint": "No", "advance_paid_on": "2025-01-02",
    "advance_trigger": "Signature", "agent_id": "40", "amount": "120.50", "announced_on": "2026-03-01", "assignee_id": "31",
    "bank_charges": "2.00", "basis": "Net", "blocked_by": "770", "channel_id": "7", "channels": "*", "commission_percent": "15",
    "completed_at": "2026-05-01T10:12:00Z", "completed_by_id": "32", "completed_on": "2026-05-01", "contact_id": "31",
    "contract_id": "4", "country": "GB", "currency": "GBP", "date_escalators": "2026-01-01:8", "deal_id": "5",
    "description": "Copyedit complete", "discount_escalators": "52.5:6", "due_on": "2026-05-04", "email": "ann@example.org",
    "ends_on": "2026-12-31", "excluded_territories": "US", "exclusive": "Yes", "expires_on": "2031-06-30",
    "external_reference": "PAY-2026-17", "file": "april.csv", "foreign_tax": "5.00", "formats": "HARDBACK;PAPERBACK", "grant_id": "3",
    "guaranteed_maximum": "500.00", "guaranteed_minimum": "50.00", "has_consented": "Yes", "has_opted_out": "No",
    "hold_reason": "Cover not final", "isbns": "9780000000002", "language": "en-GB", "languages": "eng;fre", "licensee_id": "51",
    "line1": "12 Mill Lane", "line2": "Flat 3", "list_price": "9.99", "manager_id": "33", "masterchannel": "UK trade",
    "notes": "Late return", "on_hold": "No", "opening_balance": "-250.25", "original_currency": "EUR",
    "original_return_value": "", "original_sales_value": "20.05", "paid_on": "2026-04-01", "past_payments": "600.00",
    "payment_id": "6", "phone": "+44 20 7946 0000", "postcode": "NR1 1AA", "prefers": "Email", "preorder_from": "2026-04-20",
    "product_id": "101", "product_id_type": "Consonance ID", "rate_percent": "7.5", "receipt_id": "8", "received_on": "2026-04-02",
    "release_approved_on": "", "renewal_of": "2", "reserve_percents": "1:20;3:10", "return_quantity": "1", "return_value": "5.00",
    "revision": "3", "rights_type": "Translation", "role": "Editor", "sale_value_escalators": "10000:9", "sales_quantity": "3",
    "sales_value": "17.50", "sell_off_until": "2031-12-31", "share_percent": "100", "signed_on": "2026-04-01", "sold_on": "2026-04-30",
    "source": "Wholesaler", "stage": "PREORDER", "stage_since": "2026-04-01", "starts_on": "2026-07-01", "statement_number": "3",
    "minimum_payment": "25.00", "statement_months": "3;9", "reserve_base": "ROYALTY", "reserve_formats": "PRINT", "reserve_release_after": "2",
    "status": "Signed", "subagent_commission": "3.00", "tags": "Milestone", "terminated_on": "", "territories": "FR;CA-QC",
    "todo_id": "771", "town": "Norwich", "unit_escalators": "5000:10;10000:12.5", "updated_at": "2026-05-01T10:12:00Z", "work_id": "9",
    "statement_id": "17", "batch": "2026 H1", "run_id": "12", "number": "3", "period_from": "2026-01-01", "period_to": "2026-06-30",
    "earnings": "310.00", "reserve_withheld": "31.00", "reserve_released": "12.00", "payment_due": "40.75", "closing_balance": "0.00",
    "isbn13": "9780000000002", "gtin13": "", "accessibility": "04;13;94|https://example.org/accessibility", "form_details": "E101",
    "form_features": "12|07", "form_description": "With a map", "packaging": "05", "trade_category": "01", "content_types": "10",
    "country_of_manufacture": "GB", "classifications": "03|49019900", "barcodes": "03", "protections": "02",
    "constraints": "03|02|10|05", "price_constraints": "06|02|26|09", "license_name": "CC BY 4.0",
    "license_link": "https://creativecommons.org/licenses/by/4.0/", "parts": "BB|1|9780000000002", "keywords": "tides;coast walks",
    "subject_versions": "93|1.6", "audiences": "01|02", "age_from": "7", "age_to": "9", "reading_age_from": "7", "reading_age_to": "8",
    "weight_gr": "412", "extents": "09|0153000|16", "illustrations": "12", "illustrations_note": "12 drawings", "edition_types": "REV",
    "unnamed": "2|07", "contributor_places": "1|GB", "contributor_links": "1|https://example.org/ana", "parent_series": "Walks",
    "related_works": "04|01|17", "related_products": "03|9780000000019", "files": "01|03|02|https://example.org/1.jpg|2400|1600",
    "prizes": "The Tide Prize|2025|GB|04", "contacts": "10|eu", "manufacturer": "eu", "restrictions": "04|Tideline Books",
    "city": "Bristol", "copyright_year": "2025", "copyright_owner": "Ana Quill",
}  # fmt: skip
"""What may stand under a field's column; together they make a row that is read without a fault."""
_OTHERWISE = {
    ("head_grants", "isbns"): "",
    ("head_grants", "sell_off_until"): "",
    ("todos", "status"): "Done",
    ("statements", "status"): "Approved",
}
_CLAUSE = {"contract_id": "4", "clause": "rate", "discount": ">55", "basis": "NET", "rate": "15", "label": "clause 9(b)"}
"""A clause says what its kind reads, and nothing else."""
_TEXT = {
    "supplement": "What a trade record says and Consonance has no field for, in ONIX's codes, by ISBN (or product id where there is none)."
    " Somebody keeps it by hand: it does not age, and columns that nobody needs may be left out. Several values have semicolons between"
    " them, the parts of one value bars. What it leaves open is told by the `details` of [`publisher.yaml`](configuration.md), by imprint.",
    "todos": "Several rows may hold revisions of one to-do, each with its number: the newest holds, the others are history.",
    "contacts": "How contacts want to be reached. Blank is *not told*: neither consent, nor that they have not opted out.",
    "rights_deals": "Without *Signed on* no licence is confirmed, and one exception says so; what follows what is seen without *Renewal of*.",
    "royalty_clauses": "Kept by hand beside Consonance, one clause a row, of any age; see [clauses](use-cases/royalties.md#clauses-that-consonance-has-no-field-for).",
    "contract_royalties": "A workbook with four sheets; a further row of a payee adds an instalment of the advance.",
}


def fact_pages(reads: Reads | None = None) -> dict[Path, str]:
    """Both pages, for the use cases that there are, or some."""
    reads = reads_of_all() if reads is None else reads
    return {DOCS / "facts.md": facts(reads), DOCS / "consonance-files.md": files(reads)}


def facts(reads: Reads) -> str:
    """The kinds, their routes, and who reads them."""
    return page(
        "Facts",
        "What is read of Consonance, kind by kind. A kind comes by GraphQL where the account offers it, else from a file, else it is"
        ' *unknown*: what rests on it is held and named once for the account, never taken for "there are none".'
        " A record that cannot be read counts as read and is an exception; the others go on. In code: `colophon.domain.facts`"
        " (what is known), `colophon.systems.consonance.kinds` (this table), `colophon.systems.consonance.facts` (reading).",
        "## Kinds\n\n"
        + table(("kind", "record", "GraphQL", "else the file", "tells what changed since"), (_row(kind) for kind in KINDS.values())),
        "## Who reads what\n\n"
        + table(("use case", "kinds"), ((f"`{name}`", ", ".join(KINDS[kind].name for kind in kinds)) for name, kinds in reads.items())),
    )


def files(reads: Reads) -> str:
    """What to export from Consonance, file by file."""
    layouts = load_layouts(SPECS).reports
    parts = [_file(name, layouts[name], _needed_by(name, reads)) for name in _names()]
    return page(
        "What to export from Consonance",
        "For an account whose GraphQL does not offer what [the facts](facts.md) need (`colophon doctor` names it), a list from Consonance,"
        " or one that somebody keeps, tells it. Put the files to where `reports_location` on the [connection](systems/consonance.md)"
        " points, as `.csv` or `.xlsx`, each night and whole. A file older than `reports_max_age_hours` is waited for; one that is not"
        " there leaves its kind *unknown*. Columns may stand in any order; their names can be changed in"
        " [`consonance/reports.yaml`](configuration.md). Days are written `2026-05-01`, moments with their zone, lists with semicolons;"
        " `*` is all, and blank is *not recorded*.",
        table(("file", "tells", "needed by"), (_line(name, layouts[name], reads) for name in _names())),
        *parts,
        f"## `{FILE_NAME}`\n\nThe calendar of to-dos (`ical_url`, or this file) stands in where there is no list of them."
        " An appointment in it proves nothing: no milestone is told by it.",
    )


def example(name: str, key: str = "rows") -> tuple[list[str], list[str]]:
    """Header and one row of a report's sheet."""
    sheet = load_layouts(SPECS).reports[name].sheets[key]
    return list(sheet.columns.values()), [_shown(name, field) for field in sheet.columns]


def _shown(name: str, field: str) -> str:
    """What may stand in a report's field; a field of which nobody says so is an error."""
    return _CLAUSE.get(field, "") if name == "royalty_clauses" else _OTHERWISE.get((name, field), EXAMPLES[field])


def _names() -> list[Any]:
    """The reports that kinds are read from, each once, in the order of the kinds."""
    return list(dict.fromkeys(name for kind in KINDS.values() for name in kind.reports if name in SPECS))


def _kinds_of(name: str) -> list[Kind[Any]]:
    return [kind for kind in KINDS.values() if name in kind.reports]


def _needed_by(name: str, reads: Reads) -> str:
    records = {kind.record for kind in _kinds_of(name)}
    return ", ".join(f"`{use_case}`" for use_case, kinds in reads.items() if records & set(kinds)) or "no use case yet"


def _line(name: str, layout: ReportLayout, reads: Reads) -> tuple[str, str, str]:
    return f"[`{layout.file}`](#{layout.file})", ", ".join(kind.name for kind in _kinds_of(name)), _needed_by(name, reads)


def _row(kind: Kind[Any]) -> tuple[str, ...]:
    if kind.pages is None:
        route = "never"
    elif not kind.feature:
        route = "DOC"
    else:
        route = f"ASM `{kind.feature}`" if "." in kind.feature else f"EXT `{kind.feature}`"
    reports = ", ".join(f"`{name}`" for name in kind.reports) or ("" if route == "DOC" else "none: unknown")
    reports += ", else a part of it from works" if kind.derive else ""
    return (
        kind.name,
        f"`{kind.record.__module__}.{kind.record.__name__}`",
        route,
        reports,
        "yes" if kind.tells_changes else "no, read whole",
    )


def _file(name: str, layout: ReportLayout, needed_by: str) -> str:
    sheets = [_sheet(name, key, layout.sheets[key], spec) for key, spec in SPECS[name].items()]
    told = [text for text in (_TEXT.get(layout.file, ""), f"Needed by {needed_by}.") if text]
    return f'<a id="{layout.file}"></a>\n\n## `{layout.file}`\n\n{" ".join(told)}\n\n' + "\n\n".join(sheets)


def _sheet(name: str, key: str, sheet: SheetLayout, spec: SheetSpec) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(example(name, key))
    title = f"Sheet *{sheet.name}*:\n\n" if sheet.name else ""
    return f"{title}{table(('column', 'must be there', 'example'), _columns(name, sheet, spec))}\n\n```csv\n{out.getvalue()}```"


def _columns(name: str, sheet: SheetLayout, spec: SheetSpec) -> Iterator[tuple[str, str, str]]:
    for field, column in sheet.columns.items():
        shown = _shown(name, field)
        words = f"one of {', '.join(sheet.words[field])}" if field in sheet.words else f"`{shown}`" if shown else ""
        yield column, "yes" if field in spec.needed else "", words
