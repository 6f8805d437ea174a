"""What is known of products, contracts and payees. It is personal, as all records of a run are."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from colophon.domain.recipient import Recipient


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductFact:
    """What a statement says about a product."""

    id: int
    isbn13: str | None
    title: str
    imprint: str
    format: str
    work_id: int | None = None
    form_code: str | None = None
    published_on: date | None = None
    contributors: tuple[str, ...] = field(default=(), repr=False)
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractFact:
    """What a statement says about a contract. `rights`: the author's shares by kind of right, ppm (P8). In force from `begins_on` up to
    and including `ends_on`; None: not told, or open.
    """

    id: int
    name: str
    work_id: int | None = None
    title: str = ""
    territory: str | None = None
    rights: tuple[tuple[str, int], ...] = field(default=(), repr=False)
    guaranteed: Decimal | None = field(default=None, repr=False)
    begins_on: date | None = None
    ends_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Payee(Recipient):
    """Who is paid, how they are reached, and how they are taxed."""

    tax_status: str | None = None
    tax_id: str | None = field(default=None, repr=False)
