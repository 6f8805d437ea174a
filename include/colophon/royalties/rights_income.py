"""The author's part of what licences brought in (P8). It recoups advances (A3) and moves no counter (E5)."""

from dataclasses import dataclass, field

from colophon.royalties.policy import RightsBase
from colophon.royalties.rounding import PPM, rounded


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Money received for one licence, and what was taken off on its way; minor units of the statement's currency."""

    id: str
    contract_id: int
    rights_type: str
    gross: int = field(repr=False)
    foreign_tax: int = field(default=0, repr=False)
    bank_charges: int = field(default=0, repr=False)
    subagent_commission: int = field(default=0, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RightsRow:
    """As it stands on the statement: gross, what the share is of, share in ppm, and the amount, rounded once."""

    receipt: Receipt
    base: int = field(repr=False)
    share: int = field(repr=False)
    amount: int = field(repr=False)


def rights_row(receipt: Receipt, share: int, base: RightsBase) -> RightsRow:
    """The author's part at a share in ppm, of receipts after tax and charges, or also after the sub-agent (P8)."""
    net = receipt.gross - receipt.foreign_tax - receipt.bank_charges
    if base is RightsBase.AFTER_SUBAGENT:
        net -= receipt.subagent_commission
    return RightsRow(receipt=receipt, base=net, share=share, amount=rounded(net * share, PPM))
