"""G: whether a product belongs into a recipient's feed at all. Provenance: ours, from the product sets of the rule book.

A hardback is no fault of a shop for e-books: it is out of scope there. Behind the same gate a mistake may hide, such as a form that
nobody stated; that one is a fault, and stays one.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from colophon.domain.product import Product
from colophon.onix.codelists import CodeLists
from colophon.onix.forms import form_of
from colophon.onix.profile import Profile
from colophon.onix.territory import Saleable, expand, intersection
from colophon.quality.rule import E, Fault, Rule, short


def _none(_case: object) -> Iterator[Fault]:
    return iter(())


GATES = {
    gate.id: gate
    for gate in (
        Rule("G1", E, "ours", "Consonance allows ONIX exports of the product", "Tick `allow ONIX exports` when it may go.", _none),
        Rule(
            "G2",
            E,
            "ours",
            "The publishing status is one that the recipient takes",
            "State the status; by one that the recipient does not take the title is out of scope.",
            _none,
        ),
        Rule(
            "G3",
            E,
            "ours",
            "It may be sold somewhere in the recipient's market",
            "Record the right that is missing; where others have it, or it ended, the title is out of scope, and who had it is told that it closed.",
            _none,
        ),
        Rule(
            "G5",
            E,
            "ours",
            "The recipient takes this form of product",
            "State the form; by one that the profile does not name the title is out of scope.",
            _none,
        ),
        Rule("G6", E, "standard", "The written record is valid against EDItEUR's schema", "Correct the field named.", _none),
        Rule("G7", E, "ours", "The record can be read", "Correct the field named at its source.", _none),
    )
}


UNSTATED = "00"
"""The code by which Lists 64 and 150 say that nobody has said it yet."""


class Closed(NamedTuple):
    """A gate that keeps a product from a recipient, and why.

    `is_fault`: something is missing or wrong behind it. Without, the product is out of scope: not for this recipient, and no fault of anybody's.
    """

    gate: str
    why: Fault
    is_fault: bool = False


def out_of_scope(closed: Iterable[Closed]) -> Closed | None:
    """The gate by which a product is not for the recipient, whatever else is unknown of it; None where each of them hides a mistake."""
    return next((gate for gate in closed if not gate.is_fault), None)


def closed_gates(product: Product, profile: Profile, where: Saleable, lists: CodeLists) -> Iterator[Closed]:
    """Each gate that keeps a product from a recipient, before a record is built.

    :param where: the countries that rights allow.
    """
    if not product.allow_onix_exports:
        yield Closed("G1", Fault("allowOnixExports", "false", "true"), is_fault="allow_onix_exports" in product.missing_fields)
    status, form = product.publishing_status, form_of(product).code
    if status not in profile.publishing_statuses:
        why = Fault("onixPublishingStatus", status, f"one of {', '.join(profile.publishing_statuses)}")
        yield Closed("G2", why, is_fault=_is_unstated(status, 64, lists))
    if not is_offered(profile, where, lists):
        found = where.why_not or ("no country of the market" if where.is_known else "rights unknown")
        is_fault = not where.is_known or where.lacks_record or bool(where.unknown_codes)
        yield Closed("G3", Fault("rights", found, f"a country of {short(', '.join(profile.market))}"), is_fault=is_fault)
    if profile.product_forms and form not in profile.product_forms:
        why = Fault("ProductForm", form, f"one of {', '.join(profile.product_forms)}")
        yield Closed("G5", why, is_fault=_is_unstated(form, 150, lists))


def is_offered(profile: Profile, where: Saleable, lists: CodeLists) -> bool:
    """Whether a product may be sold anywhere in a recipient's market."""
    market, _ = expand(profile.market, lists)
    return bool(intersection(where.places, market))


def _is_unstated(code: str | None, number: int, lists: CodeLists) -> bool:
    """Whether nobody has said what it is, or in a code that the list does not know."""
    return not code or code == UNSTATED or not lists.has(number, code)
