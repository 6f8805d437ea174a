"""Money received for a licence. Amounts are personal: kept out of `repr`, and never in a log, an XCom or an error."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from colophon.domain.provenance import Sourced


@dataclass(frozen=True, slots=True, kw_only=True)
class RightsReceipt(Sourced):
    """One receipt under one head contract: what came in, and what was taken off on its way; `licensee_id` is a contact."""

    contract_id: int
    rights_type: str
    licensee_id: int | None = None
    received_on: date
    amount: Decimal = field(repr=False)
    currency: str
    foreign_tax: Decimal = field(default=Decimal(0), repr=False)
    bank_charges: Decimal = field(default=Decimal(0), repr=False)
    subagent_commission: Decimal = field(default=Decimal(0), repr=False)
