"""A royalty statement as the system of record made it: what ours is compared with. Amounts are kept out of `repr`."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from colophon.domain.provenance import Sourced


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorStatement(Sourced):
    """One statement of one payee under one contract; `status` is the system's word, days are inclusive."""

    batch: str
    run_id: int
    status: str
    number: int
    payee_id: int
    contract_id: int
    period_from: date
    period_to: date
    currency: str
    opening_balance: Decimal = field(repr=False)
    earnings: Decimal = field(repr=False)
    reserve_withheld: Decimal = field(repr=False)
    reserve_released: Decimal = field(repr=False)
    payment_due: Decimal = field(repr=False)
    closing_balance: Decimal = field(repr=False)

    @property
    def subject(self) -> str:
        """How the ledger names what it is compared with."""
        return f"contract:{self.contract_id}"
