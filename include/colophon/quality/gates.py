"""G: whether a product belongs into a recipient's feed at all. Provenance: ours, from the product sets of the rule book."""

from collections.abc import Iterator

from colophon.domain.product import Product
from colophon.onix.codelists import CodeLists
from colophon.onix.profile import Profile
from colophon.onix.record import OnixProduct
from colophon.onix.territory import Saleable, expand, intersection
from colophon.quality.rule import E, Fault, Rule, short


def _none(_case: object) -> Iterator[Fault]:
    return iter(())


GATES = {
    gate.id: gate
    for gate in (
        Rule("G1", E, "ours", "Consonance allows ONIX exports of the product", "Tick `allow ONIX exports` when it may go.", _none),
        Rule("G2", E, "ours", "The publishing status is one that the recipient takes", "Nothing, or correct the status.", _none),
        Rule(
            "G3",
            E,
            "ours",
            "It may be sold somewhere in the recipient's market",
            "Record the right that is missing, or nothing: who had the title is told that it closed.",
            _none,
        ),
        Rule("G5", E, "ours", "The recipient takes this form of product", "Nothing, or add the form to the profile.", _none),
        Rule("G6", E, "standard", "The written record is valid against EDItEUR's schema", "Correct the field named.", _none),
        Rule("G7", E, "ours", "The record can be read", "Correct the field named at its source.", _none),
    )
}


NOT_FOR_IT = frozenset({"G1", "G2", "G3", "G5"})
"""Gates that say that a product does not belong there; the others say that something is wrong with it."""


def closed_gates(product: Product, profile: Profile, where: Saleable, lists: CodeLists) -> Iterator[tuple[str, Fault]]:
    """(gate, why) for each gate that keeps a product from a recipient, before a record is built.

    :param where: the countries that rights allow.
    """
    if not product.allow_onix_exports:
        yield "G1", Fault("allowOnixExports", "false", "true")
    if product.publishing_status not in profile.publishing_statuses:
        yield "G2", Fault("onixPublishingStatus", product.publishing_status, f"one of {', '.join(profile.publishing_statuses)}")
    if not is_offered(profile, where, lists):
        found = where.why_not or ("no country of the market" if where.is_known else "rights unknown")
        yield "G3", Fault("rights", found, f"a country of {short(', '.join(profile.market))}")


def is_offered(profile: Profile, where: Saleable, lists: CodeLists) -> bool:
    """Whether a product may be sold anywhere in a recipient's market."""
    market, _ = expand(profile.market, lists)
    return bool(intersection(where.places, market))


def closed_after_building(record: OnixProduct, profile: Profile) -> Iterator[tuple[str, Fault]]:
    """Gates that need the record: the form in today's codes."""
    if profile.product_forms and record.product_form not in profile.product_forms:
        yield "G5", Fault("ProductForm", record.product_form, f"one of {', '.join(profile.product_forms)}")
