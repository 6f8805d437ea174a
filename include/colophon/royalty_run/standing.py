"""How the terms of a contract count in one period: advances, reserves, and what was paid on account."""

from collections.abc import Sequence
from dataclasses import replace

from colophon.domain.payment import Payment
from colophon.domain.royalty_terms import RoyaltyTerms
from colophon.royalties.statement.period import Period
from colophon.royalties.whole_numbers import minor
from colophon.royalty_run.records import Closing

_PRINTED = ("PRINT", "HARDBACK", "PAPERBACK", "LARGE_PRINT")


def terms_in(terms: RoyaltyTerms, period: Period, opening: Closing | None) -> RoyaltyTerms:
    """The terms as they count in this period.

    An advance that was paid before the period is in a told opening balance, or in our own closing one, and not counted again;
    an instalment paid after the period counts later (A2).
    """
    is_told = opening is not None or any(split.opening_balance is not None for split in terms.splits)
    since = period.starts_on if is_told else None
    advances = tuple(
        one
        for one in terms.advances
        if one.paid_on is not None and one.paid_on <= period.ends_on and (since is None or one.paid_on >= since)
    )
    reserves = tuple(replace(one, formats=_wider(one.formats)) for one in terms.reserves)
    splits = tuple(replace(one, opening_balance=None) for one in terms.splits) if opening else terms.splits
    return replace(terms, advances=advances, reserves=reserves, splits=splits, rates=terms.rates)


def _wider(formats: tuple[str, ...] | None) -> tuple[str, ...] | None:
    """A reserve on print is one on hardback and paperback (R1)."""
    return formats if formats is None or "PRINT" not in formats else tuple(dict.fromkeys((*formats, *_PRINTED)))


def on_account(joined: Sequence[RoyaltyTerms], payments: Sequence[Payment], period: Period) -> tuple[tuple[int, int], ...]:
    """What was paid to payees within the period and is no instalment of an advance: it comes off the balance (A1)."""
    contracts = {terms.contract_id for terms in joined}
    instalments = {(terms.contract_id, one.payee_id, one.amount) for terms in joined for one in terms.advances}
    return tuple(
        (payment.contact_id, minor(payment.amount, payment.currency))
        for payment in payments
        if payment.contract_id in contracts
        and payment.amount > 0
        and period.starts_on <= payment.paid_on <= period.ends_on
        and (payment.contract_id, payment.contact_id, payment.amount) not in instalments
    )
