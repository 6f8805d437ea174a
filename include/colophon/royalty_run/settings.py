"""royalties.yaml: the publisher's policies, statement templates and taxes, typed and checked."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from colophon.config.files import load_part
from colophon.config.publisher import Publisher
from colophon.domain.royalty_terms import Untold
from colophon.errors import BadConfigError
from colophon.royalties.currency import FxRate
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
    WithholdingBase,
)
from colophon.royalties.rounding import FX_SCALE
from colophon.royalties.whole_numbers import minor, ppm, scaled
from colophon.royalty_run.kept import BEFORE, HELD, NOW

FILE = "royalties.yaml"
ReleasedRule = Literal["HOLD-CONTRACT", "HOLD-REPLACED", "HOLD-CHANGED", "HOLD-TWICE", "HOLD-FIRST", "HOLD-JUMP"]
"""What a person may let go after a look; every other hold is mended where its cause is."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PolicyPart(_Part):
    """One named policy, as people write it: money in units, rates in percent.

    An exchange rate is good for `rate_days` before the period's end; a payment of more than `times_last` times the last one, or a first
    one above `first_payment_limits` (by currency; without any there is no limit, beside others one that is missing is nought), is held.
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
    minimum_payment: Decimal = Decimal(0)
    agents_share: AgentsShare = AgentsShare.OF_GROSS
    vat_rounding: VatRounding = VatRounding.HALF_UP
    rights_base: RightsBase = RightsBase.RECEIPTS
    contract_guarantee: ContractGuarantee = ContractGuarantee.EACH_PERIOD
    fx: FxPolicy = FxPolicy.ACTUAL_RECEIPT
    rate_days: int = Field(default=200, gt=0)
    times_last: int = Field(default=10, gt=1)
    first_payment_limits: dict[str, Decimal] = {}
    statutory_withholding_percent: Decimal = Decimal(20)
    withholding_base: WithholdingBase = WithholdingBase.DUE
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
                "first_payment_limit": self._limit(currency),
                "statutory_withholding_ppm": ppm(self.statutory_withholding_percent),
                "territory_groups": tuple(sorted(self.territory_groups.items())),
            }
        )

    def _limit(self, currency: str) -> int | None:
        """Where any currency has a limit, one that has none lets nothing through unseen."""
        if not self.first_payment_limits:
            return None
        return minor(self.first_payment_limits.get(currency, Decimal(0)), currency)


class TaxStatus(_Part):
    """How one kind of payee is taxed. A treaty rate is for who has a certificate of their own that is valid (X5).

    `words`: as the payee's statement says it.
    """

    is_abroad: bool = False
    vat_percent: Decimal | None = None
    treaty_percent: Decimal | None = None
    article: str = ""
    words: str = ""

    def terms(self, payee_id: int, certificates: Sequence["Certificate"] = (), pay_day: date | None = None) -> PayeeTerms:
        """For the payout of one payee, by the certificate of theirs that lasts longest of those that have begun."""
        begun = [proof for proof in certificates if pay_day is None or proof.valid_from <= pay_day]
        proof = max(begun, key=lambda proof: proof.valid_to, default=None)
        treaty = None
        if self.treaty_percent is not None and proof is not None:
            rate = ppm(self.treaty_percent)
            treaty = Withholding(rate=rate, article=self.article, certificate=proof.reference, valid_to=proof.valid_to)
        vat = None if self.vat_percent is None else ppm(self.vat_percent)
        return PayeeTerms(payee_id=payee_id, abroad=self.is_abroad, treaty=treaty, vat=vat, by_treaty=self.treaty_percent is not None)


class Certificate(_Part):
    """A payee's own proof of a treaty rate (X5): a form, or an authority's letter, from when until when it is good."""

    payee: int
    reference: str
    valid_from: date
    valid_to: date

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.valid_to < self.valid_from:
            raise ValueError("it ends before it begins")
        return self


class WithoutForm(StrEnum):
    """What becomes of a payee abroad whose tax status nobody told: held, or paid less tax at the statutory rate (X4)."""

    HOLD = "HOLD"
    STATUTORY = "STATUTORY"


class Release(_Part):
    """A hold that a person looked at and let go, for one period: who, and why."""

    account: str = Field(pattern=r"^(contract:[0-9]+|set:.+)$")
    period: str
    rule: ReleasedRule
    by: str = Field(min_length=1)
    why: str = Field(min_length=1)


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
    """Everything in royalties.yaml; `version` rises with each change. `home`: the country in whose law tax is withheld, the
    publisher's unless said. `second_approval_above`: what a run may pay in a currency by one person's approval. `successors`: which
    contract continues which one's account. `none_of`: what no contract has, so that a source need not tell it.
    """

    version: int = Field(gt=0)
    policies: dict[str, PolicyPart]
    channels: dict[int, str] = {}
    rights_channels: dict[int, str] = {}
    tax_statuses: dict[str, TaxStatus] = {}
    payee_statuses: dict[int, str] = {}
    certificates: tuple[Certificate, ...] = ()
    home: str | None = Field(default=None, pattern=r"^[A-Z]{2}$")
    without_form: WithoutForm = WithoutForm.HOLD
    released: tuple[Release, ...] = ()
    second_approval_above: dict[str, Decimal] = {}
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

    @model_validator(mode="after")
    def _words_are_known(self) -> Self:
        if unknown := sorted(set(self.payee_statuses.values()) - set(self.tax_statuses)):
            raise ValueError(f"payee_statuses: {', '.join(unknown)} is not in tax_statuses")
        return self

    def policy(self, name: str, currency: str) -> Policy:
        """A policy by its name.

        :raises BadConfigError: there is none of this name.
        """
        if name not in self.policies:
            raise BadConfigError(f"{FILE}: there is no policy {name}", remedy=f"Choose from: {', '.join(sorted(self.policies))}.")
        return self.policies[name].policy(currency)

    def rates(self) -> dict[tuple[str, str], FxRate]:
        """Exchange rates by currency and statement currency; what cannot be right has its doubt with it, and holds who needs it."""
        times = Counter((one.currency, one.into) for one in self.exchange_rates)
        return {
            (one.currency, one.into): FxRate(
                rate_e8=scaled(one.rate, FX_SCALE, "decimals of an exchange rate"),
                doubt="given twice" if times[one.currency, one.into] > 1 else "not above nought" if one.rate <= 0 else "",
                **one.model_dump(exclude={"rate"}),
            )
            for one in self.exchange_rates
        }

    def tax_of(self, contact_id: int, word: str | None, country: str | None) -> TaxStatus | None:
        """How a payee or an agent is taxed: as the word says, the account's or else ours; without one, at home where they live at home.

        None: nobody told.
        """
        told = word if word is not None else self.payee_statuses.get(contact_id)
        if told is not None:
            return self.tax_statuses.get(told)
        return self.tax_statuses.get("HOME", TaxStatus()) if country is not None and country == self.home else None

    def certificates_of(self, payee_id: int) -> list[Certificate]:
        """A payee's certificates."""
        return [one for one in self.certificates if one.payee == payee_id]

    def released_of(self, account_id: str, period: str) -> tuple[tuple[str, str], ...]:
        """The rules whose holds a person let go for an account in a period, with who and why."""
        return tuple((one.rule, f"{one.by}: {one.why}") for one in self.released if (one.account, one.period) == (account_id, period))

    def needs_second(self, currency: str, minor_units: int) -> bool:
        """Whether so much needs a second person's approval; a currency without a limit does wherever another has one."""
        if not self.second_approval_above:
            return False
        return minor_units > minor(self.second_approval_above.get(currency, Decimal(0)), currency)

    def group_of(self, payee_id: int) -> str:
        """The author group of a payee."""
        return next((name for name, members in self.author_groups.items() if payee_id in members), "author")

    def template_of(self, payee_id: int, country: str | None, imprints: frozenset[str]) -> Template | None:
        """The first template that fits a payee; None where none does."""
        return next((one for one in self.templates if one.fits(self.group_of(payee_id), country, imprints)), None)


def load_royalties(folder: str | Path | None = None) -> RoyaltySettings:
    """The publisher's royalty settings, or the ones that ship; at home is where the publisher is, unless they say otherwise.

    :raises BadConfigError: naming what is wrong with the file.
    """
    settings = load_part(RoyaltySettings, FILE, folder)
    return settings if settings.home else settings.model_copy(update={"home": load_part(Publisher, "publisher.yaml", folder).country})
