"""One row of a report as its maker sees it: fields by our names, faults named by the column's."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TypeVar

from colophon.domain.finding import Finding, Severity
from colophon.domain.money import exact_amount, minor_digits
from colophon.domain.provenance import Origin
from colophon.errors import BadRecordError
from colophon.systems.consonance.reports import cells
from colophon.systems.consonance.reports.cells import Read
from colophon.systems.consonance.reports.layouts import Head
from colophon.systems.consonance.unreadable import RULE

T = TypeVar("T")


class ReportRow:
    """One row. Blank cells read as None; a cell that does not fit raises BadRecordError naming the column."""

    __slots__ = ("_head", "_values", "origin")

    def __init__(self, head: Head, values: Sequence[object], origin: Origin) -> None:
        self._head, self._values, self.origin = head, values, origin

    def get(self, field: str, read: Read[T]) -> T | None:
        """What `read` makes of a field's cell; None where it is blank or the file has no such column."""
        value = self._value(field)
        if value is None:
            return None
        try:
            return read(value)
        except BadRecordError as fault:
            raise self.unfit(field, fault.sentence) from fault

    def need(self, field: str, read: Read[T]) -> T:
        """As `get`, of a field that the row makes no sense without."""
        found = self.get(field, read)
        if found is None:
            raise self.unfit(field, "a value")
        return found

    def tells(self, field: str) -> bool:
        """Whether the file has a column of this field: without one, nothing in it says that there is none."""
        return field in self._head.places

    def words(self, field: str) -> Mapping[str, str]:
        """Our codes by the words of reports.yaml."""
        return self._head.words[field]

    def unfit(self, field: str, expected: str) -> BadRecordError:
        """The error for a field whose cell does not fit."""
        value = self._value(field)
        found = "nothing" if value is None else cells.shown(value, is_private=field in self._head.private)
        return BadRecordError(expected, system="consonance", subject=self._head.names.get(field, field), evidence=found)

    def check_width(self) -> None:
        """:raises BadRecordError: cells beyond the last column, or a row that ends early (None pads the rows of workbooks)."""
        if any(_is_there(value) for value in self._values[self._head.width :]):
            raise BadRecordError("no cell beyond the last column", subject="the row", evidence=f"{len(self._values)} cells")
        if len(self._values) < self._head.width:
            raise BadRecordError(f"{self._head.width} cells", subject="the row", evidence=f"{len(self._values)} cells")

    def _value(self, field: str) -> object:
        place = self._head.places.get(field)
        value = None if place is None or place >= len(self._values) else self._values[place]
        return value if _is_there(value) else None


Rows = Iterable[ReportRow | Finding]


def read_rows(rows: Rows, make: Callable[[ReportRow], Iterable[T]]) -> Iterator[T | Finding]:
    """What `make` makes of each row; a row with a fault is an exception, and the others go on."""
    for row in rows:
        if isinstance(row, Finding):
            yield row
            continue
        try:
            row.check_width()
            made = list(make(row))
        except BadRecordError as fault:
            yield report(fault, row.origin, about=_about(row))
        else:
            yield from made


def is_blank(values: Sequence[object]) -> bool:
    """Whether a row has nothing in it at all."""
    return not any(map(_is_there, values))


def finding(origin: Origin, column: str, found: str, expected: str, *, subject: str = "", about: str = "") -> Finding:
    """The exception for a row: file, row, column, what was found and what would be right."""
    place = f"{origin.file}, {f'sheet {origin.sheet}, ' if origin.sheet else ''}row {origin.row}"
    return Finding(
        subject=subject or f"report:{place}",
        rule=RULE,
        severity=Severity.ERROR,
        field=column,
        found=found,
        expected=expected,
        remedy=f"Correct {column} in {place}, where the report is made; it is read again with the next file.",
        owner="operations",
        about=about,
    )


def report(fault: BadRecordError, origin: Origin, *, about: str = "") -> Finding:
    """The exception for the error that a row's reading raised."""
    return finding(origin, fault.subject, fault.evidence, fault.sentence, about=about)


def unique_key(field: str) -> Callable[[ReportRow], int | None]:
    """Reads an id, and refuses one that a row above has."""
    known: set[int] = set()

    def read(row: ReportRow) -> int | None:
        found = row.get(field, cells.key)
        if found in known:
            raise row.unfit(field, "an id that no row above has")
        if found is not None:
            known.add(found)
        return found

    return read


def amount(row: ReportRow, field: str, currency: str, read: Read[Decimal]) -> Decimal | None:
    """Money of a currency; more decimals than the currency has are a fault, for nothing is rounded here."""
    found = row.get(field, read)
    exact = None if found is None else exact_amount(found, currency)
    if found is not None and exact is None:
        raise row.unfit(field, f"at most {minor_digits(currency)} decimals for {currency}")
    return exact


def _about(row: ReportRow) -> str:
    """The work that a faulty row is about, where that much can be read."""
    try:
        work_id = row.get("work_id", cells.key)
    except BadRecordError:
        return ""
    return f"work:{work_id}" if work_id is not None else ""


def _is_there(value: object) -> bool:
    return value is not None and not (isinstance(value, str) and (not value or value.isspace()))
