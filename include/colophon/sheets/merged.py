"""Merged cells of a sheet: only the first one has the value, and whether the others are to have it, too, nobody can say."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from colophon.sheets.limits import Watch

MOST = 100_000
"""So many parts of rows may be merged; no report has as many."""
_PIECE = 1 << 16
_TAIL = 256
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]{0,100}?ref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"')


def merged_places(part: Any, watch: Watch) -> Mapping[int, list[int]]:
    """Which places of which rows lie in merged cells and are not the first one there; the first row is 1, the first place 0.

    :param part: the sheet's own XML, in bytes.
    :raises BadReportError: more is merged than any report has.
    """
    from openpyxl.utils import column_index_from_string

    found: dict[int, list[int]] = defaultdict(list)
    number = 0
    for left, top, right, bottom in _areas(part):
        columns = range(column_index_from_string(left) - 1, column_index_from_string(right))
        number += (int(bottom) - int(top) + 1) * len(columns)
        if number > MOST:
            raise watch.refuse(f"more than {MOST:,} of its cells are merged")
        for row in range(int(top), int(bottom) + 1):
            found[row] += columns[1:] if row == int(top) else columns
    return found


def _areas(part: Any) -> Iterator[tuple[str, str, str, str]]:
    """Column and row of the first and the last cell of each merged area."""
    kept = b""
    while piece := part.read(_PIECE):
        text, end = kept + piece, 0
        for one in _MERGED.finditer(text):
            end = one.end()
            left, top, right, bottom = (word.decode() for word in one.groups())
            yield left, top, right, bottom
        kept = text[max(end, len(text) - _TAIL) :]
