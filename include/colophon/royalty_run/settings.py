"""royalties.yaml: the publisher's policies, statement templates and taxes, typed and checked."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from colophon.config.load import load_part
from colophon.domain.royalty_terms import Untold
from colophon.errors import BadConfigError
from colophon.royalties.currency import FX_SCALE, FxRate
from colophon.royalties.payout import PayeeTerms, Withholding
from colophon.royalties.policy import (
    AgentsShare,
    ContractGuarantee,
    EscalatorMode,
    FxPolicy,
    Group,
    MinimumLevel,
    MinimumOperator,
    Policy,
    RateOrder,
    ReserveBase,
    ReserveOrder,
    Returns,
    RightsBase,
    VatRounding,
)
from colophon.royalties.whole_numbers import minor, ppm, scaled
from colophon.royalty_run.shard_lines import BEFORE, HELD, NOW

FILE = "royalties.yaml"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PolicyPart(_Part):
    """One named policy, as people write it: money in units, rates in percent."""

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
    minimum_payment: Decimal = Decimal(0)
    agents_share: AgentsShare = AgentsShare.OF_GROSS
    vat_rounding: VatRounding = VatRounding.HALF_UP
    rights_base: RightsBase = RightsBase.RECEIPTS
    contract_guarantee: ContractGuarantee = ContractGuarantee.EACH_PERIOD
    fx: FxPolicy = FxPolicy.ACTUAL_RECEIPT
    statutory_withholding_percent: Decimal = Decimal(20)
    free_masterchannels: tuple[str, ...] = ()
    uncounted_masterchannels: tuple[str, ...] = ()
    territory_groups: dict[str, str] = {}

    def policy(self, currency: str) -> Policy:
        """The engine's policy, amounts in minor units of a currency."""
        told = {name: getattr(self, name) for name in PolicyPart.model_fields if name in Policy.__dataclass_fields__}
        return Policy(
            **{
                **told,
                "minimum_payment": minor(self.minimum_payment, currency),
                "statutory_withholding_ppm": ppm(self.statutory_withholding_percent),
                "territory_groups": tuple(sorted(self.territory_groups.items())),
            }
        )


class TaxStatus(_Part):
    """How one kind of payee is taxed. A treaty rate holds up to `valid_to` (X5). `words`: as the payee's statement says it."""

    is_abroad: bool = False
    vat_percent: Decimal | None = None
    treaty_percent: Decimal | None = None
    article: str = ""
    valid_to: date | None = None
    words: str = ""

    def terms(self, payee_id: int, minimum: int | None) -> PayeeTerms:
        """For the payout of one payee."""
        treaty = None
        if self.treaty_percent is not None and self.valid_to is not None:
            treaty = Withholding(rate=ppm(self.treaty_percent), article=self.article, certificate="", valid_to=self.valid_to)
        vat = None if self.vat_percent is None else ppm(self.vat_percent)
        return PayeeTerms(payee_id=payee_id, abroad=self.is_abroad, treaty=treaty, vat=vat, minimum=minimum)


class Exchange(_Part):
    """What one unit of `currency` is in `into`, by the policy it was found by (F1)."""

    currency: str
    into: str
    rate: Decimal
    on: date
    source: str
    policy: FxPolicy


class Template(_Part):
    """A statement's template and compliance text, for payees of a group, a country, an imprint (None: any)."""

    name: str = Field(pattern=r"^[a-z0-9-]+$")
    template: str
    version: str
    compliance: str
    author_group: str | None = None
    country: str | None = None
    imprint: str | None = None

    def fits(self, author_group: str, country: str | None, imprints: frozenset[str]) -> bool:
        """Whether a payee gets it; an imprint fits where it is the only one on the statement."""
        wanted = (self.author_group in {None, author_group}, self.country in {None, country})
        return all(wanted) and (self.imprint is None or imprints == {self.imprint})


class OldSales(StrEnum):
    """How sales from before Colophon's books stand: nobody has said, earlier statements have them, or they are owed."""

    HELD = "HELD"
    ROYALTIED = "ROYALTIED"
    OWED = "OWED"


PART_OF_OLD = {OldSales.HELD: HELD, OldSales.ROYALTIED: BEFORE, OldSales.OWED: NOW}
"""The part of a shard's lines that they are in."""


class RoyaltySettings(_Part):
    """Everything in royalties.yaml; `version` rises with each change. `successors`: which contract continues which one's account.

    `none_of`: what no contract has, so that a source need not tell it.
    """

    version: int = Field(gt=0)
    policies: dict[str, PolicyPart]
    channels: dict[int, str] = {}
    rights_channels: dict[int, str] = {}
    tax_statuses: dict[str, TaxStatus] = {}
    exchange_rates: tuple[Exchange, ...] = ()
    author_groups: dict[str, tuple[int, ...]] = {}
    contact: str = ""
    payment_days: int | None = Field(default=None, gt=0)
    templates: tuple[Template, ...]
    old_sales: OldSales = OldSales.HELD
    old_sales_of: dict[int, OldSales] = {}
    successors: dict[int, int] = {}
    none_of: tuple[Untold, ...] = ()

    def part_of_old(self, contract_ids: Iterable[int]) -> str:
        """Where sales from before our books go, of an account's contracts: one that is held holds them all."""
        said = {self.old_sales_of.get(one, self.old_sales) for one in contract_ids}
        return PART_OF_OLD[said.pop() if len(said) == 1 else OldSales.HELD]

    def policy(self, name: str, currency: str) -> Policy:
        """A policy by its name.

        :raises BadConfigError: there is none of this name.
        """
        if name not in self.policies:
            raise BadConfigError(f"{FILE}: there is no policy {name}", remedy=f"Choose from: {', '.join(sorted(self.policies))}.")
        return self.policies[name].policy(currency)

    def rates(self) -> dict[tuple[str, str], FxRate]:
        """Exchange rates by currency and statement currency."""
        return {
            (one.currency, one.into): FxRate(
                rate_e8=scaled(one.rate, FX_SCALE, "decimals of an exchange rate"), **one.model_dump(exclude={"rate"})
            )
            for one in self.exchange_rates
        }

    def group_of(self, payee_id: int) -> str:
        """The author group of a payee."""
        return next((name for name, members in self.author_groups.items() if payee_id in members), "author")

    def template_of(self, payee_id: int, country: str | None, imprints: frozenset[str]) -> Template | None:
        """The first template that fits a payee; None where none does."""
        return next((one for one in self.templates if one.fits(self.group_of(payee_id), country, imprints)), None)


def load_royalties(folder: str | Path | None = None) -> RoyaltySettings:
    """The publisher's royalty settings, or the ones that ship.

    :raises BadConfigError: naming what is wrong with the file.
    """
    return load_part(RoyaltySettings, FILE, folder)
