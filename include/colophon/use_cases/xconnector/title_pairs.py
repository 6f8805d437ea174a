"""XC-1, one title and one recipient: where this one may sell it, from when on, and what it got of it last."""

from datetime import date
from functools import cache
from typing import NamedTuple

from colophon.blocks.decision import DecisionContext
from colophon.domain.delivery import LatestDelivery
from colophon.domain.finding import Finding
from colophon.domain.product import Product
from colophon.onix.codelist_file import load_code_lists
from colophon.onix.codelists import CodeLists
from colophon.onix.profile import Profile
from colophon.onix.territory import Saleable, saleable
from colophon.quality.gates import closed_gates, is_offered, out_of_scope
from colophon.quality.judge import finding
from colophon.quality.rule import Fault
from colophon.rights.atlas import Atlas

NOWHERE = Saleable(frozenset(), is_known=True)
UNKNOWN = Saleable(frozenset(), is_known=False, why_not="no rights of this product were read, or two products have its ISBN")


class Pair(NamedTuple):
    """A title and a recipient, and what this one got of it last."""

    subject: str
    profile: Profile
    context: DecisionContext
    last: LatestDelivery | None

    @property
    def lists(self) -> CodeLists:
        """The publisher's code lists."""
        return load_code_lists(self.context.config.publisher.code_lists)

    @property
    def embargo(self) -> date | None:
        """The title's first day of sale, where it has one."""
        return self.context.config.embargoes.first_day_of_sale.get(self.subject.removeprefix("isbn:"))

    @property
    def says_embargo(self) -> bool:
        """Whether the recipient is told of a title before its first day of sale; an event has no words for that."""
        return self.profile.embargo == "say" and self.profile.format == "onix"

    def opens_on(self, product: Product) -> date | None:
        """The first day of sale that is still to come, of a title that may then be sold in the recipient's market."""
        if self.embargo is None or self.embargo <= self.context.here.date():
            return None
        return self.embargo if is_offered(self.profile, self.where(product, self.embargo), self.lists) else None

    def where(self, product: Product | None, on: date | None = None) -> Saleable:
        """Where rights allow it for the recipient's channel, within the product's own sets; nowhere where nobody knows its rights.

        :param on: another day than that of the run.
        """
        standing = self.context.rights.products.get(self.subject.removeprefix("isbn:"))  # one without ISBN is there by its subject
        if standing is None:
            return UNKNOWN
        atlas, lists = _atlas(self.lists), self.lists
        on = on or self.context.here.date()
        if self.says_embargo and self.embargo:
            on = max(on, self.embargo)
        allowed = atlas.names(standing.open_bits(self.profile.sale_channel, on))
        if product is None:
            return Saleable(frozenset(allowed), is_known=True)
        wanted, market = saleable(product, lists), atlas.reach(self.profile.market).touched
        lacking = standing.lacking & market
        lacks_record = not wanted.is_known or bool(lacking and not wanted.places.isdisjoint(atlas.names(lacking)))
        return wanted.within(allowed, standing.why_closed(market), lacks_record=lacks_record)

    def finding(self, rule: str, fault: Fault, product: Product) -> Finding:
        """A fault that keeps the title from the recipient."""
        return finding(rule, fault, product, self.profile, self.context.config.owners)


def is_for_somebody(product: Product, context: DecisionContext) -> bool:
    """Whether a product is in scope for any recipient there is, of this run or another."""
    pairs = (Pair(product.subject, profile, context, None) for profile in context.config.recipients.values())
    return any(out_of_scope(closed_gates(product, pair.profile, pair.where(product), pair.lists)) is None for pair in pairs)


_atlas = cache(Atlas)
