"""How the terms of a contract count in one period: advances, opening balances."""

from collections.abc import Sequence
from dataclasses import replace

from colophon.domain.royalty_terms import Advance, RoyaltyTerms


def terms_in(terms: RoyaltyTerms, advances: Sequence[Advance], *, is_opened: bool) -> RoyaltyTerms:
    """The terms as they count in this period.

    :param advances: the instalments that no earlier statement counted. :param is_opened: whether our own closing balance stands in
        place of a told one.
    """
    splits = tuple(replace(one, opening_balance=None) for one in terms.splits) if is_opened else terms.splits
    return replace(terms, advances=tuple(advances), splits=splits)
