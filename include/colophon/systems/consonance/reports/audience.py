"""Whom campaigns are for, as files beside Consonance: readers, subscriptions, orders, offers, opt-outs. No vendor documents them; the columns are ours.

with audience.open_list("readers", place.reports.files, layouts) as report:
    for row in report: ...                      # a tuple in the order of COLUMNS, or the finding about a row

What they are called stands in consonance/audiences.yaml. A CRM may tell the same rows one by one, as events of the middleware (`row_of_event`).
"""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from colophon.config.files import load_part
from colophon.domain.finding import Finding
from colophon.domain.provenance import Origin
from colophon.errors import BadRecordError, CodeListsMissingError
from colophon.onix.codelist_file import load_code_lists
from colophon.systems.consonance.reports import cells
from colophon.systems.consonance.reports.layouts import Head, ReportLayout, SheetSpec, check_sheet
from colophon.systems.consonance.reports.opened import Report, Table
from colophon.systems.consonance.reports.rows import ReportRow, read_rows
from colophon.systems.consonance.reports.source import ReportFiles

FILE = "consonance/audiences.yaml"
ListName = Literal["readers", "subscriptions", "orders", "offers", "opt_outs"]
EVENTS: Mapping[str, ListName] = {
    "*crm.reader.v1": "readers", "*crm.subscription.v1": "subscriptions", "*crm.order.v1": "orders", "*crm.opt_out.v1": "opt_outs",
}  # fmt: skip
"""Types of events by which a CRM tells a row of a list; the members of `data` are our names of its fields."""
ENDINGS = (".csv", ".xlsx", ".parquet")
_YES_NO = frozenset({"yes", "no"})
_LONGEST_AGO = timedelta(days=3653)
_MEANT = {"UK": "GB", "EL": "GR", "EN": "GB"}
Cells = tuple[Any, ...]

SPECS: Mapping[ListName, SheetSpec] = {
    "readers": SheetSpec(
        needed=frozenset({"reader_id", "country", "prefers", "consent", "opted_out_on"}),
        optional=frozenset({"name", "email", "line1", "line2", "city", "postcode", "language", "consent_on", "consent_source", "consent_wording",
                            "post_objected_on", "born_on", "status"}),
        private=frozenset({"name", "email", "line1", "line2", "city", "postcode", "born_on"}),
        words={"prefers": frozenset({"print", "email", "web"}), "consent": _YES_NO, "status": frozenset({"active", "deceased"})},
    ),
    "subscriptions": SheetSpec(
        needed=frozenset({"subscription_id", "reader_id", "club", "starts_on", "ends_on"}), optional=frozenset({"auto_renew"}), words={"auto_renew": _YES_NO}
    ),
    "orders": SheetSpec(
        needed=frozenset({"order_id", "reader_id", "isbn", "quantity", "ordered_on"}), optional=frozenset({"amount", "currency", "status"})
    ),
    "offers": SheetSpec(
        needed=frozenset({"offer_id", "name", "isbn", "price", "currency", "starts_on", "ends_on"}),
        optional=frozenset({"countries", "club", "kind"}), words={"kind": frozenset({"price", "voucher"})},
    ),
    "opt_outs": SheetSpec(needed=frozenset({"since_on"}), optional=frozenset({"reader_id", "email", "channel"}), private=frozenset({"email"}),
                          words={"channel": frozenset({"email", "print"})}),
}  # fmt: skip
COLUMNS: Mapping[ListName, Mapping[str, str]] = {
    "readers": {
        "reader_id": "VARCHAR", "name": "VARCHAR", "email": "VARCHAR", "line1": "VARCHAR", "line2": "VARCHAR", "city": "VARCHAR",
        "postcode": "VARCHAR", "country": "VARCHAR", "language": "VARCHAR", "prefers": "VARCHAR", "consent": "VARCHAR", "consent_on": "DATE",
        "consent_source": "VARCHAR", "consent_wording": "VARCHAR", "opted_out_on": "DATE", "post_objected_on": "DATE", "born_on": "DATE",
        "status": "VARCHAR",
    },
    "subscriptions": {
        "subscription_id": "VARCHAR", "reader_id": "VARCHAR", "club": "VARCHAR", "starts_on": "DATE", "ends_on": "DATE", "auto_renew": "VARCHAR",
    },
    "orders": {
        "order_id": "VARCHAR", "reader_id": "VARCHAR", "isbn": "VARCHAR", "quantity": "INTEGER", "ordered_on": "DATE", "amount": "VARCHAR",
        "currency": "VARCHAR", "status": "VARCHAR",
    },
    "offers": {
        "offer_id": "VARCHAR", "name": "VARCHAR", "isbn": "VARCHAR", "price": "DECIMAL(18, 6)", "currency": "VARCHAR", "starts_on": "DATE",
        "ends_on": "DATE", "countries": "VARCHAR", "club": "VARCHAR", "kind": "VARCHAR",
    },
    "opt_outs": {"reader_id": "VARCHAR", "email": "VARCHAR", "channel": "VARCHAR", "since_on": "DATE"},
}  # fmt: skip
"""Each list's fields with the types of DuckDB; behind them stands the number of the row."""


class Audiences(BaseModel):
    """How the lists are called, and the columns of each; `version` rises with each change."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int = Field(gt=0)
    lists: dict[ListName, ReportLayout]


class Lookup(NamedTuple):
    """What cells are held against: the countries that there are (none: not looked at), and the day of the run."""

    countries: frozenset[str]
    today: date


def load_audiences(folder: str | Path | None = None) -> Audiences:
    """The publisher's layouts, or the ones that ship.

    :raises BadConfigError: naming list and field.
    """
    audiences = load_part(Audiences, FILE, folder)
    for name, layout in audiences.lists.items():
        check_sheet(layout.sheets["rows"], SPECS[name], f"{FILE}: lists.{name}.sheets.rows")
    return audiences


def lookup(code_lists: str | None, today: date) -> Lookup:
    """The countries of the code lists; without the lists a country is judged by its shape."""
    try:
        return Lookup(frozenset(load_code_lists(code_lists).countries), today)
    except CodeListsMissingError:
        return Lookup(frozenset(), today)


def open_list(name: ListName, files: ReportFiles, audiences: Audiences, look: Lookup) -> Report[Cells] | None:
    """A list as it is now, to be used as a context manager; None where there is no such file: *unknown*.

    :raises NotReadyError: still being written, or too old. :raises BadReportError: of iterating, where a column is missing, unknown or there twice.
    """
    layout = audiences.lists.get(name)
    there = next((layout.file + ending for ending in ENDINGS if files.is_there(layout.file + ending)), None) if layout else None
    file = files.take(there) if there else None
    if layout is None or file is None:
        return None
    table = Table(file, layout, {"rows": SPECS[name]})
    return Report(
        file.name, file.sha256, file.modified, False, file, lambda: read_rows(table.rows("rows"), partial(_made, name, look), _about)
    )


def row_of_event(name: ListName, data: Mapping[str, Any], event_id: str, look: Lookup) -> Cells | Finding:
    """What an event of the CRM says of a row. An unknown member is a fault, as an unknown column is."""
    spec = SPECS[name]
    fields = sorted(spec.needed | spec.optional)
    head = Head({field: place for place, field in enumerate(fields)}, {field: field for field in fields}, len(fields), spec.private,
                {field: {code: code for code in sorted(codes)} for field, codes in (spec.words or {}).items()})  # fmt: skip
    row = ReportRow(head, [data.get(field) for field in fields], Origin(file=f"event {event_id}", sha256="", row=1))
    (made,) = read_rows([row], partial(_made, name, look), _about)
    return made


def _made(name: ListName, look: Lookup, row: ReportRow) -> list[Cells]:
    return [(*_MAKERS[name](row, look), row.origin.row)]


def _reader(row: ReportRow, look: Lookup) -> Cells:
    text, day = cells.text, cells.day
    consent = row.get("consent", cells.word(row.words("consent")))
    return (
        row.need("reader_id", _key), row.get("name", text), row.get("email", _email), row.get("line1", text), row.get("line2", text),
        row.get("city", text), row.get("postcode", text), row.get("country", partial(_country, look.countries)), row.get("language", _language),
        row.get("prefers", cells.word(row.words("prefers"))), consent, row.get("consent_on", day), row.get("consent_source", text),
        row.get("consent_wording", text), row.get("opted_out_on", day), row.get("post_objected_on", day), row.get("born_on", day),
        row.get("status", cells.word(row.words("status"))),
    )  # fmt: skip


def _subscription(row: ReportRow, _look: Lookup) -> Cells:
    starts_on, ends_on = row.get("starts_on", cells.day), row.get("ends_on", cells.day)
    if starts_on and ends_on and ends_on < starts_on:
        raise row.unfit("ends_on", "a day after it starts")
    auto_renew = row.get("auto_renew", cells.word(row.words("auto_renew")))
    return (row.need("subscription_id", _key), row.need("reader_id", _key), row.need("club", cells.text), starts_on, ends_on, auto_renew)


def _order(row: ReportRow, look: Lookup) -> Cells:
    ordered_on = row.need("ordered_on", cells.day)
    if not look.today - _LONGEST_AGO <= ordered_on <= look.today + timedelta(days=1):
        raise row.unfit("ordered_on", "the day of the order, within the last ten years (this may be a birthday)")
    amount, currency = row.get("amount", cells.positive), row.get("currency", cells.currency)
    isbn, quantity = row.need("isbn", cells.isbn13), row.need("quantity", cells.whole)
    told = None if amount is None else f"{amount:f}"
    return (
        row.need("order_id", _key),
        row.need("reader_id", _key),
        isbn,
        quantity,
        ordered_on,
        told,
        currency,
        row.get("status", cells.text),
    )


def _offer(row: ReportRow, look: Lookup) -> Cells:
    starts_on, ends_on = row.need("starts_on", cells.day), row.need("ends_on", cells.day)
    if ends_on < starts_on:
        raise row.unfit("ends_on", "a day after it starts")
    countries = row.get("countries", cells.listed(partial(_country, look.countries)))
    return (
        row.need("offer_id", _key), row.need("name", cells.text), row.need("isbn", cells.isbn13), row.need("price", cells.positive),
        row.need("currency", cells.currency), starts_on, ends_on, ";".join(countries or ()) or None, row.get("club", cells.text),
        row.get("kind", cells.word(row.words("kind"))),
    )  # fmt: skip


def _opt_out(row: ReportRow, _look: Lookup) -> Cells:
    reader_id, email = row.get("reader_id", _key), row.get("email", _email)
    if reader_id is None and email is None:
        raise row.unfit("reader_id", "a reader, by id or by e-mail address")
    return (reader_id, email, row.get("channel", cells.word(row.words("channel"))), row.need("since_on", cells.day))


_MAKERS: Mapping[ListName, Callable[[ReportRow, Lookup], Cells]] = {
    "readers": _reader, "subscriptions": _subscription, "orders": _order, "offers": _offer, "opt_outs": _opt_out,
}  # fmt: skip
_key = cells.matching(r"[A-Za-z0-9._-]{1,40}", "an id of at most 40 letters, digits, dots and dashes")
_language = cells.matching(r"[a-z]{3}", "a language code such as eng (ISO 639-2)")
_email = cells.matching(r"[^@\s;,]{1,64}@[^@\s;,]{1,190}\.[^@\s;,]{2,63}", "one e-mail address")


def _country(known: frozenset[str], value: object) -> str:
    found = cells.country(value)
    if known and found not in known:
        near = _MEANT.get(found) or next(iter(get_close_matches(found, known, n=1)), "GB")
        raise BadRecordError(f"a country of ISO 3166; did you mean {near}?", system="consonance")
    return found


def _about(row: ReportRow) -> str:
    """The reader that a faulty row is about, where that much can be read."""
    try:
        found = row.get("reader_id", _key)
    except BadRecordError:
        return ""
    return f"reader:{found}" if found else ""
