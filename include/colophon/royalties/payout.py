"""From what is due to what is paid: minimum payment, agents, withholding tax, VAT (M1 to M3, P5 to P7, X1 to X6)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from colophon.royalties.policy import AgentsShare, MinimumLevel, MinimumOperator, Policy, VatRounding, WithholdingBase
from colophon.royalties.rounding import PPM, rounded


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """An agent's commission in ppm, and the agent's own VAT rate where registered. `is_home`: resident where we are.

    `of`: what the commission is taken of, where the agent is that of some contracts of an account alone; None: of all that is due.
    """

    id: int
    commission: int = field(repr=False)
    vat: int = 0
    of: int | None = field(default=None, repr=False)
    group: int = 0
    is_home: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Withholding:
    """X5: the treaty rate (ppm) that a certificate allows, with its article, and the last day it is good for."""

    rate: int
    article: str
    certificate: str = field(repr=False)
    valid_to: date


@dataclass(frozen=True, slots=True, kw_only=True)
class PayeeTerms:
    """How one payee is paid. `abroad`: usual place of abode abroad, so that tax is withheld (X3, X4), at the treaty rate only by
    certificate, which `by_treaty` says they claim. `vat`: the rate for a registered payee with a signed self-billing agreement (X1); None adds none.
    """

    payee_id: int
    abroad: bool = False
    treaty: Withholding | None = None
    vat: int | None = None
    minimum: int | None = field(default=None, repr=False)
    by_treaty: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What one statement owes one payee, with the agents of its contracts; never negative (A3).

    `minimum`: of its own contracts (M1). `sweeps`: it is paid, however little (M3).
    """

    account_id: str
    payee_id: int
    currency: str
    amount: int = field(repr=False)
    agents: tuple[Agent, ...] = ()
    minimum: int | None = field(default=None, repr=False)
    sweeps: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Commission:
    """An agent's part of one due, and the VAT on it, which is the agent's own (P7)."""

    agent_id: int
    amount: int = field(repr=False)
    vat: int = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """One payment, over one statement or all of a payee: net = due - commission - tax (X6); `vat` is paid on top (X1)."""

    payee_id: int
    currency: str
    dues: tuple[Due, ...]
    due: int = field(repr=False)
    commissions: tuple[Commission, ...] = ()
    tax: int = field(default=0, repr=False)
    tax_rate: int = 0
    vat: int = field(default=0, repr=False)
    warnings: tuple[str, ...] = ()

    @property
    def commission(self) -> int:
        """All agents' parts."""
        return sum(one.amount for one in self.commissions)

    @property
    def net(self) -> int:
        """What the payee gets, without VAT: the rest, by subtraction (P5)."""
        return self.due - self.commission - self.tax


@dataclass(frozen=True, slots=True, kw_only=True)
class Payout:
    """Payments, and dues carried to the next statement since they are below the minimum."""

    paid: tuple[Paid, ...]
    carried: tuple[Due, ...]


def pay(dues: Iterable[Due], terms: Mapping[int, PayeeTerms], policy: Policy, *, pay_day: date, sweep: bool = False) -> Payout:
    """Payments of a run, after all shards are settled (M2 makes them span contracts). `sweep` pays whatever is due (M3)."""
    bundles: dict[tuple[object, ...], list[Due]] = {}
    for due in sorted(dues, key=lambda one: (one.payee_id, one.currency, one.account_id)):
        key = (due.payee_id, due.currency, due.account_id if policy.minimum_level is MinimumLevel.STATEMENT else "")
        bundles.setdefault(key, []).append(due)
    paid: list[Paid] = []
    carried: list[Due] = []
    for bundle in bundles.values():
        own = terms.get(bundle[0].payee_id, PayeeTerms(payee_id=bundle[0].payee_id))
        amount = sum(due.amount for due in bundle)
        told = [one for one in (own.minimum, *(due.minimum for due in bundle)) if one is not None]
        minimum = max(told, default=policy.minimum_payment)
        sweeps = sweep or any(due.sweeps for due in bundle)
        if amount > 0 and (sweeps or passes(amount, minimum, policy.minimum_operator)):
            paid.append(payment(bundle, own, policy, pay_day=pay_day))
        else:
            carried.extend(bundle)
    return Payout(paid=tuple(paid), carried=tuple(carried))


def passes(amount: int, minimum: int, operator: MinimumOperator) -> bool:
    """M1: "less than 25 rolls over" pays at 25.00; "equal to or less than 75 is carried" does not pay at 75.00."""
    return amount >= minimum if operator is MinimumOperator.LESS_IS_CARRIED else amount > minimum


def payment(dues: Sequence[Due], terms: PayeeTerms, policy: Policy, *, pay_day: date) -> Paid:
    """One payment: commission, then withholding, then VAT, each rounded once (section 11)."""
    amount = sum(due.amount for due in dues)
    rate, warnings = withholding_rate(terms, policy, pay_day)
    parts = tuple(one for due in dues for one in commissions(due.amount, due.agents, policy))
    return Paid(
        payee_id=dues[0].payee_id,
        currency=dues[0].currency,
        dues=tuple(dues),
        due=amount,
        commissions=parts,
        tax=rounded(max(_taxed(amount, dues, parts, policy), 0) * rate, PPM),
        tax_rate=rate,
        vat=0 if terms.vat is None else vat_total((amount,), terms.vat, policy.vat_rounding),
        warnings=warnings,
    )


def commissions(due: int, agents: Sequence[Agent], policy: Policy) -> tuple[Commission, ...]:
    """P5, P6, P7: each agent's rounded part of the amount due, of the whole or of what is left; nothing of nothing or less."""
    found: list[Commission] = []
    left: dict[int, int] = {}
    for agent in agents:
        whole = max(due if agent.of is None else agent.of, 0)
        base = left.get(agent.group, whole) if policy.agents_share is AgentsShare.ONE_AFTER_THE_OTHER else whole
        amount = rounded(base * agent.commission, PPM)
        left[agent.group] = left.get(agent.group, whole) - amount
        found.append(Commission(agent_id=agent.id, amount=amount, vat=vat_total((amount,), agent.vat, policy.vat_rounding)))
    return tuple(found)


def _taxed(amount: int, dues: Sequence[Due], parts: Sequence[Commission], policy: Policy) -> int:
    """What tax is withheld on: all that is due, or that less the commission of agents at home (X6)."""
    if policy.withholding_base is WithholdingBase.DUE:
        return amount
    agents = [agent for due in dues for agent in due.agents]
    return amount - sum(part.amount for part, agent in zip(parts, agents, strict=True) if agent.is_home)


def withholding_rate(terms: PayeeTerms, policy: Policy, pay_day: date) -> tuple[int, tuple[str, ...]]:
    """X3 to X5: nothing at home; the treaty rate by a valid certificate; else the statutory rate, with a warning if it expired."""
    if not terms.abroad:
        return 0, ()
    if terms.treaty is None and terms.by_treaty:
        return policy.statutory_withholding_ppm, ("There is no certificate: tax is withheld at the statutory rate.",)
    if terms.treaty is None:
        return policy.statutory_withholding_ppm, ()
    if terms.treaty.valid_to < pay_day:
        return policy.statutory_withholding_ppm, ("The certificate has expired: tax is withheld at the statutory rate.",)
    return terms.treaty.rate, ()


def vat_total(amounts: Sequence[int], rate: int, how: VatRounding) -> int:
    """X2: VAT on the total of an invoice, rounded half away from zero or down; never line by line."""
    numerator = sum(amounts) * rate
    return numerator // PPM if how is VatRounding.DOWN and numerator >= 0 else rounded(numerator, PPM)
