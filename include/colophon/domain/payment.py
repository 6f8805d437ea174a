"""What was paid to a payee. Amounts are personal: kept out of `repr`, and never in a log, an XCom or an error."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from colophon.domain.provenance import Sourced


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment(Sourced):
    """One payment under one contract; `product_id` where it was for one product."""

    contact_id: int
    contract_id: int
    product_id: int | None = None
    paid_on: date
    amount: Decimal = field(repr=False)
    currency: str
    external_reference: str | None = None
