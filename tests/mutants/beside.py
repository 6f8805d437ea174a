"""Which tests stand beside a file: they alone have to catch a bug in it."""

from pathlib import Path

ENGINE = ("tests/test_deliver.py", "tests/test_deliver_answers.py", "tests/ledger/test_late_results.py")
SHOWN = ("backlog", "batches", "browse", "exception_queue", "flows", "letters", "people", "stories", "titles", "undelivered")
"""Parts of the ledger that serve the desk's pages, whose tests look at them through these."""
MONEY = ("account", "reserve", "guarantees", "payout", "returned", "rounding", "standing", "tiered_counter", "whole_numbers")
RUN = ("compute", "dues", "holds", "inputs", "instalments", "openings", "payments", "receipts", "settling", "shard_lines")
BESIDE: dict[str, tuple[str, ...]] = {
    "include/colophon/deliver.py": ENGINE,
    **{f"include/colophon/ledger/{name}.py": ("tests/ledger", "tests/desk") for name in SHOWN},
    "include/colophon/ledger/told.py": ("tests/ledger", "tests/stories/test_xc1_why.py", "tests/stories/test_xc1_takedown.py"),
    "include/colophon/ledger/redriving.py": ("tests/ledger", "tests/stories/test_op2_redrive.py"),
    "include/colophon/ledger/sent.py": ("tests/ledger", "tests/use_cases/xconnector/test_metadata_syndication.py"),
    **{f"include/colophon/ledger/royalty_{name}.py": ("tests/ledger", "tests/royalty_run") for name in ("books", "tables")},
    "include/colophon/ledger/*.py": ("tests/ledger", *ENGINE),
    "include/colophon/domain/delivery*.py": ("tests/ledger", *ENGINE),
    "include/colophon/quality/judge.py": ("tests/quality",),
    **{f"include/colophon/royalties/{name}.py": ("tests/royalties", "tests/royalty_run") for name in MONEY},
    **{f"include/colophon/royalty_run/{name}.py": ("tests/royalty_run",) for name in RUN},
}
SCHEMA = ("include/colophon/ledger/tables.py",)
"""What only names things: the migrations are what makes the tables, and a test compares the two."""


def beside(file: str) -> tuple[str, ...]:
    """Paths of the tests beside a file.

    :raises SystemExit: nobody has said which these are.
    """
    found = next((tests for pattern, tests in BESIDE.items() if Path(file).match(pattern)), None)
    if found is None:
        raise SystemExit(f"{file}: tests/mutants/beside.py does not say which tests stand beside it")
    return found


def files_of(root: Path) -> list[str]:
    """All files that tests stand beside."""
    return sorted({str(file.relative_to(root)) for pattern in BESIDE for file in root.glob(pattern)} - {*SCHEMA})
