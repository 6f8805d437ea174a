"""EDItEUR's code lists, read at run time from the `onixcheck` package or from a folder of the publisher's.

Their terms forbid copies and changes, so that nothing of them is ever part of this project.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache, cached_property
from pathlib import Path

from lxml import etree

from colophon.errors import CodeListsMissingError
from colophon.onix.xml import editeur_file, safe_parser

WITHDRAWN = frozenset({"AN", "CS", "YU"})
"""Countries of List 91 that are no more: others may still name them, and we never do."""
_XS = "{http://www.w3.org/2001/XMLSchema}"
_ISSUE = re.compile(rb"ISSUE:\s*(\d+)")
_RELEASED = re.compile(rb"Release date:\s*(\d{4}-\d{2}-\d{2})")


@dataclass(frozen=True, eq=False)
class CodeLists:
    """All lists of one issue: `lists[91]["GB"]` is a country's name; `released_on` is the issue's date. Equal to itself alone: a cache's key."""

    issue: int
    released_on: date
    lists: Mapping[int, Mapping[str, str]]

    @staticmethod
    def load(folder: str | Path | None = None) -> "CodeLists":
        """The code lists, read once per process and folder.

        :raises CodeListsMissingError: neither the folder nor the `onixcheck` package has them, or they cannot be read.
        """
        return _load(str(folder) if folder else None)

    def has(self, number: int, code: str) -> bool:
        """Whether list `number` has this code."""
        return code in self.lists.get(number, {})

    @cached_property
    def countries(self) -> frozenset[str]:
        """List 91: every country there is today."""
        return frozenset(self.lists[91]) - WITHDRAWN

    @cached_property
    def regions(self) -> frozenset[str]:
        """List 49: regions, WORLD among them."""
        return frozenset(self.lists[49])


@cache
def _load(folder: str | None) -> CodeLists:
    file = editeur_file("ONIX_BookProduct_CodeLists.xsd", "3.1", folder)
    try:
        content = file.read_bytes()
        root = etree.fromstring(content, safe_parser())
    except (OSError, etree.XMLSyntaxError) as problem:
        raise CodeListsMissingError(f"{file.name} cannot be read: {problem}") from problem
    issue, released = _ISSUE.search(content), _RELEASED.search(content)
    lists = {
        int(entry.get("name", "")[4:]): _codes(entry)
        for entry in root.iterfind(f"{_XS}simpleType")
        if re.fullmatch(r"List\d+", entry.get("name", ""))
    }
    if not (issue and released and 91 in lists and 49 in lists):
        raise CodeListsMissingError(f"{file.name} is not a code list file of EDItEUR's")
    released_on = datetime.strptime(released[1].decode(), "%Y-%m-%d").replace(tzinfo=UTC).date()
    return CodeLists(int(issue[1]), released_on, lists)


def _codes(entry: etree._Element) -> dict[str, str]:
    return {code.get("value", ""): code.findtext(f"{_XS}annotation/{_XS}documentation") or "" for code in entry.iter(f"{_XS}enumeration")}
