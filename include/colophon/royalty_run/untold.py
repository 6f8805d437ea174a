"""What the source of the terms does not tell, where it decides money: never taken for "none", the account waits (A10)."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from colophon.domain.royalty_terms import RoyaltyTerms, Untold
from colophon.royalty_run.kept import Closing

WORDS = {
    Untold.CONTRACT_SET: "whether its payee's contracts share one account",
    Untold.JOINT_ADVANCE: "whether its advance is of all payees together",
    Untold.MINIMUM_PAYMENT: "its minimum payment",
    Untold.STATEMENT_MONTHS: "in which months it has statements",
    Untold.RESERVE_RELEASE: "when its reserve is released",
    Untold.STATEMENT_NUMBER: "which statement this is, and its reserve depends on it",
}


def untold_of(joined: Iterable[RoyaltyTerms], contracts: Mapping[int, int], opening: Closing | None, none_of: Iterable[Untold]) -> str:
    """What is not told of an account and matters to it, in words; empty where all is.

    :param contracts: how many contracts each payee has. :param none_of: what the publisher says that no contract has.
    """
    found = {what for terms in joined for what in _lacking(terms, contracts, opening)} - set(none_of)
    return f"the source does not tell {' nor '.join(WORDS[what] for what in sorted(found))}" if found else ""


def contracts_of(terms: Sequence[RoyaltyTerms]) -> Mapping[int, int]:
    """How many contracts each payee has."""
    return Counter(payee for one in terms for payee in {split.payee_id for split in one.splits})


def _lacking(terms: RoyaltyTerms, contracts: Mapping[int, int], opening: Closing | None) -> Iterable[Untold]:
    if Untold.CONTRACT_SET in terms.untold and any(contracts.get(split.payee_id, 0) > 1 for split in terms.splits):
        yield Untold.CONTRACT_SET
    if Untold.JOINT_ADVANCE in terms.untold and terms.advances and len({split.payee_id for split in terms.splits}) > 1:
        yield Untold.JOINT_ADVANCE
    yield from {Untold.MINIMUM_PAYMENT, Untold.STATEMENT_MONTHS} & terms.untold
    if Untold.RESERVE_RELEASE in terms.untold and terms.reserves:
        yield Untold.RESERVE_RELEASE
    is_numbered = terms.statement_number is not None or opening is not None
    if not is_numbered and any(one.statement_from > 1 or one.statement_to is not None for one in terms.reserves):
        yield Untold.STATEMENT_NUMBER
