"""Countries as bits of one number: a set of 250 countries is compared and intersected in one machine step.

Cells are whole countries of List 91. A code for a part of one (GB-SCT) opens nothing, for a set cannot say less than a
country, and closes its country.
"""

from collections.abc import Iterable
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from colophon.domain.rights_deal import ALL
from colophon.errors import BadRecordError
from colophon.onix.codelist_file import load_code_lists
from colophon.onix.codelists import CodeLists
from colophon.onix.territory import expand, saleable_by

_KEPT = 4096
_BECAME = {"AN": ("BQ", "CW", "SX"), "CS": ("ME", "RS"), "YU": ("BA", "HR", "ME", "MK", "RS", "SI")}
"""Countries of List 91 that are no more, and those of today in their place: a record that names one may mean these."""


class Reach(NamedTuple):
    """Where a list of codes holds: `whole` countries only, or `touched` in any part; and the codes that no list knows.

    A country that is no more touches those that it became.
    """

    whole: int
    touched: int
    unknown: tuple[str, ...]


class Atlas:
    """The countries of one issue of the code lists. Answers are kept, for catalogues say the same few things."""

    def __init__(self, lists: CodeLists) -> None:
        self.lists = lists
        self.countries = tuple(sorted(lists.countries))
        self._bits = {code: 1 << number for number, code in enumerate(self.countries)}
        self.world = (1 << len(self.countries)) - 1
        self.reach = lru_cache(_KEPT)(self._reach)
        self.for_sale = lru_cache(_KEPT)(self._for_sale)
        self.names = lru_cache(_KEPT)(self._names)

    @staticmethod
    @cache
    def load(folder: str | Path | None = None) -> "Atlas":
        """The countries of the code lists in a folder, made once per process. Raises as `load_code_lists`."""
        return Atlas(load_code_lists(folder))

    def bit(self, country: str) -> int:
        """A country's bit.

        :raises BadRecordError: List 91 has no such country.
        """
        found = self._bits.get(country)
        if found is None:
            raise BadRecordError(
                f"{country} is no country of List 91", subject=country, remedy="Use the two letters of ISO 3166, such as GB."
            )
        return found

    def _reach(self, codes: tuple[str, ...]) -> Reach:
        """Codes as bits. `*` is WORLD; ROW depends on others and is left to the caller."""
        places, unknown = expand(tuple("WORLD" if code == ALL else code for code in codes), self.lists)
        touched = {place.partition("-")[0] for place in places}
        return Reach(self._whole(places), self._whole({*touched, *_heirs(codes)}), unknown)

    def _for_sale(self, codes: tuple[str, ...], excluded: tuple[str, ...], worldwide: bool | None) -> tuple[int, bool, tuple[str, ...]]:  # noqa: FBT001 - a key of the cache
        """Countries of a product's two sets, whether anything was recorded, and the codes that no list knows."""
        found = saleable_by(codes, (*excluded, *_heirs(excluded)), self.lists, worldwide=worldwide)
        return self._whole(found.places), found.is_known, found.unknown_codes

    def _names(self, countries: int) -> tuple[str, ...]:
        """The codes of a set of bits, in alphabetical order."""
        return tuple(code for code, bit in self._bits.items() if countries & bit)

    def _whole(self, places: Iterable[str]) -> int:
        bits = 0
        for place in places:
            bits |= self._bits.get(place, 0)
        return bits


def _heirs(codes: Iterable[str]) -> tuple[str, ...]:
    """Countries of today in the place of those that are no more."""
    return tuple(heir for code in codes for heir in _BECAME.get(code.partition("-")[0], ()))
