"""A page for each block: what it is for, what a use case calls, and who stands on it."""

import inspect
import pkgutil
import re
from collections.abc import Iterable, Iterator
from importlib import import_module
from itertools import groupby
from pathlib import Path
from types import ModuleType

from page import page, table

from colophon import blocks

DOCS = Path(__file__).resolve().parent
USE_CASES = DOCS.parent / "include/colophon/use_cases"


def block_pages() -> dict[Path, str]:
    """The pages, by the names of the blocks."""
    modules = [import_module(found.name) for found in pkgutil.iter_modules(blocks.__path__, f"{blocks.__name__}.")]
    return {DOCS / "blocks" / f"{_name(module)}.md": _page(module) for module in modules}


def _page(module: ModuleType) -> str:
    users = _users(module)
    title, _, rest = (inspect.getdoc(module) or "").partition("\n")
    file = Path(inspect.getfile(module)).relative_to(DOCS.parent)
    return page(
        _name(module).replace("_", " ").capitalize(),
        title,
        _prose(rest),
        "## What it offers\n\n" + table(("name", "what"), _offers(module)),
        f"**In code**: [`{file}`](../../{file}).",
        "## What stands on it\n\n" + (table(("system", "use cases and their parts"), _by_system(users)) if users else "No use case yet."),
    )


def _by_system(users: Iterable[Path]) -> Iterator[tuple[str, str]]:
    for system, paths in groupby(sorted(users), key=lambda path: path.parent.name):
        yield system, ", ".join(f"[`{path.stem}`](../../{path.relative_to(DOCS.parent)})" for path in paths)


def _offers(module: ModuleType) -> Iterator[tuple[str, str]]:
    for name, value in vars(module).items():
        is_own = getattr(value, "__module__", "") == module.__name__ and (inspect.isclass(value) or inspect.isfunction(value))
        if is_own and not name.startswith("_"):
            yield f"`{name}`", " ".join((inspect.getdoc(value) or "").partition("\n\n")[0].split())


def _prose(text: str) -> str:
    """A docstring's text; its indented lines are code."""
    parts = [f"```python\n{inspect.cleandoc(part)}\n```" if part.startswith("    ") else part for part in text.strip("\n").split("\n\n")]
    return "\n\n".join(parts)


def _users(module: ModuleType) -> list[Path]:
    pattern = re.compile(rf"^from {re.escape(module.__name__)} import", re.MULTILINE)
    return [path for path in sorted(USE_CASES.rglob("*.py")) if pattern.search(path.read_text(encoding="utf-8"))]


def _name(module: ModuleType) -> str:
    return module.__name__.rpartition(".")[2]
