"""How the terms of a contract count in one period: advances, reserves."""

from collections.abc import Sequence
from dataclasses import replace

from colophon.domain.royalty_terms import Advance, RoyaltyTerms

_PRINTED = ("PRINT", "HARDBACK", "PAPERBACK", "LARGE_PRINT")


def terms_in(terms: RoyaltyTerms, advances: Sequence[Advance], *, is_opened: bool) -> RoyaltyTerms:
    """The terms as they count in this period.

    :param advances: the instalments that no earlier statement counted. :param is_opened: whether our own closing balance stands in
        place of a told one.
    """
    reserves = tuple(replace(one, formats=_wider(one.formats)) for one in terms.reserves)
    splits = tuple(replace(one, opening_balance=None) for one in terms.splits) if is_opened else terms.splits
    return replace(terms, advances=tuple(advances), reserves=reserves, splits=splits)


def _wider(formats: tuple[str, ...] | None) -> tuple[str, ...] | None:
    """A reserve on print is one on hardback and paperback (R1)."""
    return formats if formats is None or "PRINT" not in formats else tuple(dict.fromkeys((*formats, *_PRINTED)))
