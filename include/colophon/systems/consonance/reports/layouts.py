"""config/consonance/reports.yaml: what the report files are called, and what each of our fields is called in them."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from colophon.config.files import load_part
from colophon.errors import BadConfigError, BadReportError

FILE = "consonance/reports.yaml"
Encoding = Literal["utf-8", "cp1252"]
Feature = Literal[
    "sales", "rights_deals", "head_grants", "team", "payments", "rights_receipts", "todos", "royalty_terms", "contracts", "launch", "contact_fields",
    "statements", "supplement", "royalty_clauses",
]  # fmt: skip


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SheetLayout(_Part):
    """One table: the sheet's `name` (None: the first sheet, or a CSV file), the column of each field, words for our codes."""

    name: str | None = None
    columns: dict[str, str]
    words: dict[str, dict[str, str]] = Field(default_factory=dict)


class ReportLayout(_Part):
    """One report: `<file>.csv` or `<file>.xlsx`, and the encoding of the former."""

    file: str = Field(pattern=r"^[A-Za-z0-9_-]+$")
    encoding: Encoding = "utf-8"
    sheets: dict[str, SheetLayout]


class ReportLayouts(_Part):
    """All reports; `version` rises with each change."""

    version: int = Field(gt=0)
    reports: dict[Feature, ReportLayout]


@dataclass(frozen=True, slots=True)
class SheetSpec:
    """What the code can read from a table: fields that must have a column, those that may, those that are never shown, words."""

    needed: frozenset[str]
    optional: frozenset[str] = frozenset()
    private: frozenset[str] = frozenset()
    words: Mapping[str, frozenset[str]] | None = None


@dataclass(frozen=True, slots=True)
class Head:
    """A table whose header was checked: the place and the name of each field's column."""

    places: Mapping[str, int]
    names: Mapping[str, str]
    width: int
    private: frozenset[str]
    words: Mapping[str, Mapping[str, str]]


def load_layouts(specs: Mapping[Feature, Mapping[str, SheetSpec]], folder: str | Path | None = None) -> ReportLayouts:
    """The publisher's layouts, or the ones that ship; they fit `specs` (sheets by report).

    :raises BadConfigError: naming report, sheet and field.
    """
    layouts = load_part(ReportLayouts, FILE, folder)
    for feature, sheets in specs.items():
        if feature not in layouts.reports:
            raise BadConfigError(f"{FILE}: reports.{feature} is missing")
        layout = layouts.reports[feature]
        if set(layout.sheets) != set(sheets):
            raise BadConfigError(f"{FILE}: reports.{feature}.sheets must be {', '.join(sheets)}")
        for name, spec in sheets.items():
            check_sheet(layout.sheets[name], spec, f"{FILE}: reports.{feature}.sheets.{name}")
    return layouts


def read_head(header: Sequence[object], layout: SheetLayout, spec: SheetSpec, place: str) -> Head:
    """The header of a table against its layout; columns are found by name, in any order. `place` names the file.

    :raises BadReportError: a column that is missing, unknown, without a name or there twice, by its name.
    """
    found = [None if name == "" else name for name in header]
    while found and found[-1] is None:
        found.pop()
    if None in found:
        raise _bad(place, f"column {found.index(None) + 1} has no name")
    names = [name if isinstance(name, str) else f"{name!r}" for name in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise _bad(place, f"the column {_shown(twice)} is there twice")
    known = set(layout.columns.values())
    missing = [column for field, column in layout.columns.items() if field in spec.needed and column not in names]
    unknown = [name for name in names if name not in known]
    if missing:
        raise _bad(place, f"the column {_shown(missing[0])} is missing{_renamed(missing[0], unknown)}", others=missing[1:])
    if unknown:
        raise _bad(place, f"there is an unknown column {_shown(unknown[0])}", others=unknown[1:])
    places = {field: names.index(column) for field, column in layout.columns.items() if column in names}
    return Head(places, layout.columns, len(names), spec.private, layout.words)


def check_sheet(layout: SheetLayout, spec: SheetSpec, place: str) -> None:
    """:raises BadConfigError: a table's layout does not fit what the code can read from it."""
    if lacking := sorted(spec.needed - set(layout.columns)):
        raise BadConfigError(f"{place}.columns: {lacking[0]} is missing")
    if unknown := sorted(set(layout.columns) - spec.needed - spec.optional):
        raise BadConfigError(f"{place}.columns: there is no field {unknown[0]}")
    columns = list(layout.columns.values())
    if twice := sorted({column for column in columns if columns.count(column) > 1}):
        raise BadConfigError(f"{place}.columns: {twice[0]} stands for two fields")
    wanted = spec.words or {}
    if set(layout.words) != set(wanted):
        raise BadConfigError(f"{place}.words must be for {', '.join(sorted(wanted)) or 'no field'}")
    for field, codes in wanted.items():
        if strange := sorted(set(layout.words[field].values()) - codes):
            raise BadConfigError(f"{place}.words.{field}: {strange[0]} is none of {', '.join(sorted(codes))}")


def _renamed(missing: str, unknown: Sequence[str]) -> str:
    """The unknown column that the missing one has become, as far as one can see."""
    by_letters = {name.casefold().strip(): name for name in unknown}
    close = difflib.get_close_matches(missing.casefold(), by_letters, n=1, cutoff=0.6)
    return f"; it may be the one now called {_shown(by_letters[close[0]])}" if close else ""


def _shown(name: str) -> str:
    return repr(name[:80])


def _bad(place: str, sentence: str, others: Sequence[str] = ()) -> BadReportError:
    evidence = f"also {', '.join(map(_shown, others[:10]))}" if others else ""
    return BadReportError(f"{place}: {sentence}", system="consonance", operation="reports", evidence=evidence)
