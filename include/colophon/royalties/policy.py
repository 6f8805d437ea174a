"""What contracts and publishers decide differently, as data; the whole of it is printed on the report of the run."""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from functools import lru_cache


class RateOrder(StrEnum):
    """C1: which of several matching rates applies."""

    MOST_SPECIFIC = "MOST_SPECIFIC"
    PRIORITY = "PRIORITY"


class EscalatorMode(StrEnum):
    """E8: the higher rate is for the copies above the threshold, or for all."""

    MARGINAL = "MARGINAL"
    WHOLE = "WHOLE"


class Group(StrEnum):
    """E3: what shares one counter."""

    CONTRACT_FORMAT = "CONTRACT_FORMAT"
    CONTRACT_PRODUCT = "CONTRACT_PRODUCT"
    CONTRACT = "CONTRACT"


class Returns(StrEnum):
    """N3: at which rate a return is taken back: that of the highest tier with sales of its product and channel group, or of these and
    its price; or that of the tier where the counter stands, which can be more than was paid (N2).
    """

    UNWIND = "UNWIND"
    ORIGINAL_SALE = "ORIGINAL_SALE"
    CURRENT_RATE = "CURRENT_RATE"


class ReserveBase(StrEnum):
    """R3: what the reserve is a percentage of."""

    ROYALTY = "ROYALTY"
    SALES = "SALES"
    UNITS = "UNITS"


class ReserveOrder(StrEnum):
    """R9: whether a reserve is taken before the advance is recouped, or only of what is left after it."""

    BEFORE_RECOUPMENT = "BEFORE_RECOUPMENT"
    AFTER_RECOUPMENT = "AFTER_RECOUPMENT"


class MinimumOperator(StrEnum):
    """M1: `LESS_IS_CARRIED` pays at the minimum itself, `LESS_OR_EQUAL_IS_CARRIED` does not."""

    LESS_IS_CARRIED = "LESS_IS_CARRIED"
    LESS_OR_EQUAL_IS_CARRIED = "LESS_OR_EQUAL_IS_CARRIED"


class MinimumLevel(StrEnum):
    """M2: the minimum is for each statement, or for all statements of a payee together."""

    STATEMENT = "STATEMENT"
    PAYEE = "PAYEE"


class AgentsShare(StrEnum):
    """P6: a second agent's percentage is of the whole amount, or of what the first one left."""

    OF_GROSS = "OF_GROSS"
    ONE_AFTER_THE_OTHER = "ONE_AFTER_THE_OTHER"


class VatRounding(StrEnum):
    """X2: HMRC lets an invoice trader round the total VAT down to a whole penny."""

    HALF_UP = "HALF_UP"
    DOWN = "DOWN"


class WithholdingBase(StrEnum):
    """X6: tax is withheld on what is due, or, paid through an agent at home, on what the commission leaves (ITA 2007 s.908)."""

    DUE = "DUE"
    LESS_COMMISSION_AT_HOME = "LESS_COMMISSION_AT_HOME"


class RightsBase(StrEnum):
    """P8: the author's share is of receipts after foreign tax and bank charges, or also after the sub-agent's commission."""

    RECEIPTS = "RECEIPTS"
    AFTER_SUBAGENT = "AFTER_SUBAGENT"


class ContractGuarantee(StrEnum):
    """A7: whether a contract's guaranteed royalty is for each period; where it is not, a person settles the account."""

    EACH_PERIOD = "EACH_PERIOD"
    HELD_BACK = "HELD_BACK"


class FxPolicy(StrEnum):
    """F1: which exchange rate a row is converted by."""

    PERIOD_AVERAGE = "PERIOD_AVERAGE"
    PERIOD_END_SPOT = "PERIOD_END_SPOT"
    PAYMENT_DAY = "PAYMENT_DAY"
    ACTUAL_RECEIPT = "ACTUAL_RECEIPT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One version of the publisher's choices. `version` is the publisher's own name for it; amounts in minor units.

    `territory_groups` pairs a country with the group its rows are printed under; other countries share one.
    `returnable_formats` None: which formats come back is not told, so reserves are on all of them (R1). An exchange rate is good for
    `rate_days` before the period's end; what is more than `times_last` times the last payment, or a first one above
    `first_payment_limit`, is for a person.
    """

    version: str
    rate_order: RateOrder = RateOrder.MOST_SPECIFIC
    escalator_mode: EscalatorMode = EscalatorMode.MARGINAL
    group: Group = Group.CONTRACT_FORMAT
    returns: Returns = Returns.UNWIND
    reserve_base: ReserveBase = ReserveBase.ROYALTY
    reserve_order: ReserveOrder = ReserveOrder.BEFORE_RECOUPMENT
    returnable_formats: tuple[str, ...] | None = None
    minimum_operator: MinimumOperator = MinimumOperator.LESS_IS_CARRIED
    minimum_level: MinimumLevel = MinimumLevel.STATEMENT
    minimum_payment: int = 0
    agents_share: AgentsShare = AgentsShare.OF_GROSS
    vat_rounding: VatRounding = VatRounding.HALF_UP
    rights_base: RightsBase = RightsBase.RECEIPTS
    contract_guarantee: ContractGuarantee = ContractGuarantee.EACH_PERIOD
    fx: FxPolicy = FxPolicy.ACTUAL_RECEIPT
    statutory_withholding_ppm: int = 200_000
    withholding_base: WithholdingBase = WithholdingBase.DUE
    rate_days: int = 200
    times_last: int = 10
    first_payment_limit: int | None = None
    free_masterchannels: tuple[str, ...] = ()
    uncounted_masterchannels: tuple[str, ...] = ()
    territory_groups: tuple[tuple[str, str], ...] = field(default=())

    @property
    def fingerprint(self) -> str:
        """SHA-256 of all choices: the policy set id in the audit trail."""
        return _fingerprint(self)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the report has to say about these choices."""
        if self.returns is Returns.CURRENT_RATE:
            return ("Returns at the current rate can take back more than was paid (N2).",)
        return ()


@lru_cache(maxsize=100)
def _fingerprint(policy: Policy) -> str:
    return hashlib.sha256(json.dumps(asdict(policy), sort_keys=True).encode()).hexdigest()


class Basis(StrEnum):
    """B1 list price, B3 value of the line, B5 a fixed amount per copy. It is the rule's, not the contract's (B6)."""

    LIST = "LIST"
    NET = "NET"
    FIXED = "FIXED"


class Trigger(StrEnum):
    """E9: what has to pass the thresholds: copies, copies at list price, or the value of the lines."""

    UNITS = "UNITS"
    GROSS = "GROSS"
    NET = "NET"
