"""Which tests stand beside a file: they alone have to catch a bug in it."""

from pathlib import Path

ENGINE = ("tests/test_deliver.py", "tests/test_deliver_answers.py")
BESIDE: dict[str, tuple[str, ...]] = {
    "include/colophon/deliver.py": ENGINE,
    **{f"include/colophon/ledger/{name}.py": ("tests/ledger", "tests/desk") for name in ("batches", "browse", "flows", "people", "titles")},
    "include/colophon/ledger/*.py": ("tests/ledger", *ENGINE),
    "include/colophon/quality/judge.py": ("tests/quality",),
    "include/colophon/royalties/account.py": ("tests/royalties",),
    "include/colophon/royalties/reserve.py": ("tests/royalties",),
    "include/colophon/royalties/guarantees.py": ("tests/royalties",),
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
