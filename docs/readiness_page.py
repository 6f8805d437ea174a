"""The page about what can run with which account."""

from collections.abc import Iterator

from page import page, table

from colophon.readiness import Account, facts_of, matrix, needs_of_all
from colophon.systems.consonance.graphql.capabilities import FEATURES
from colophon.systems.consonance.reports.layouts import load_layouts
from colophon.systems.consonance.reports.reader import SPECS


def readiness_page() -> str:
    """Use case by profile, and what each reads and writes."""
    return page(
        "Readiness",
        "What can run depends on what Consonance tells: by its API where the account has extensions (`extended`), else (`documented`) by report"
        " files below `reports_location` ([files and columns](consonance-files.md)). `colophon doctor` and the desk say it of the account that is connected.",
        table(("use case", "extended", "documented, with all report files", "documented, without files"), _rows()),
        "## What each reads and writes\n\nWhat is *needed* stops the use case where it is told nowhere; what is *missed* makes it poorer, and"
        " counts only once it was there and is gone. A mutation that the account lacks becomes an import sheet, which a person loads.",
        table(("use case", "needed", "missed", "written"), _needs()),
    )


def _rows() -> Iterator[tuple[str, ...]]:
    layouts = load_layouts(SPECS)
    accounts = (Account(features=frozenset(FEATURES)), Account(files=frozenset(map(str, layouts.reports))), Account())
    columns = [matrix(account) for account in accounts]
    yield from ((f"`{use_case}`", *(str(column[use_case]) for column in columns)) for use_case in needs_of_all())


def _needs() -> Iterator[tuple[str, ...]]:
    for use_case, needs in needs_of_all().items():
        needed, missed = facts_of((*needs.upstream, *needs.reads)), facts_of((*needs.upstream_gains, *needs.gains))
        yield f"`{use_case}`", ", ".join(needed), ", ".join(missed), ", ".join(needs.writes)
