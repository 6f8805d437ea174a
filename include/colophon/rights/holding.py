"""All that is known about the rights in one product."""

from dataclasses import dataclass
from datetime import date

from colophon.domain.contract import Contract
from colophon.domain.finding import Finding
from colophon.domain.head_grant import HeadGrant
from colophon.domain.product import Product
from colophon.domain.rights_deal import RightsDeal


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """A product with the records that its rights rest on. Records of other works and products may be among them.

    None is *not known* (a report that is missing, a feature that the account lacks) and closes everything; an empty tuple says
    that there are none. `unreadable`: records about this work that could not be read; they close everything, too, for
    nobody knows what they say. `embargo_until`: the first day of sale, which the system of record has no field for.
    """

    product: Product
    contracts: tuple[Contract, ...] | None
    grants: tuple[HeadGrant, ...] | None
    deals: tuple[RightsDeal, ...] | None
    unreadable: tuple[Finding, ...] = ()
    embargo_until: date | None = None
