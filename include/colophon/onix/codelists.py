"""EDItEUR's code lists. Their terms forbid copies and changes, so that nothing of them is ever part of this project: `codelist_file` reads them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

WITHDRAWN = frozenset({"AN", "CS", "YU"})
"""Countries of List 91 that are no more: others may still name them, and we never do."""


@dataclass(frozen=True, eq=False)
class CodeLists:
    """All lists of one issue: `lists[91]["GB"]` is a country's name; `released_on` is the issue's date. Equal to itself alone: a cache's key."""

    issue: int
    released_on: date
    lists: Mapping[int, Mapping[str, str]]

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
