"""How the command line writes: one console, plain where nobody watches."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from colophon.errors.base import in_order


class _InOrder(Console):
    """Shows what other systems say in the order in which it stands."""

    def render_str(self, text: str, **given: Any) -> Text:
        """As Rich does."""
        return super().render_str(in_order(text), **given)


console = _InOrder(width=None if sys.stdout.isatty() else 132)


def table(title: str, *columns: str, right: tuple[str, ...] = ()) -> Table:
    """An empty table; the columns named in `right` hold figures."""
    made = Table(title=title, title_justify="left", header_style="bold", box=None, pad_edge=False)
    for column in columns:
        made.add_column(column, justify="right" if column in right else "left", overflow="fold")
    return made


@contextmanager
def without_log() -> Iterator[None]:
    """What is printed says it all; each call's own line would only stand in its way."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)
