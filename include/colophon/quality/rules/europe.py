"""D, P: what the European Union asks of whoever sells there: how accessible an e-book is, and whom to ask about the safety of goods."""

from collections.abc import Iterator
from datetime import date

from colophon.domain.supplement import Contact
from colophon.onix.forms import is_digital
from colophon.onix.particulars import EU_COUNTRIES
from colophon.onix.record_details import ACCESSIBILITY, PRODUCT_SAFETY
from colophon.onix.territory import expand, intersection
from colophon.quality.rule import Case, Fault, W, rule
from colophon.quality.rules.places import sold_in

ACCESSIBILITY_FROM, SAFETY_FROM = date(2025, 6, 28), date(2024, 12, 13)
"""Since when the European Accessibility Act and the General Product Safety Regulation hold."""


@rule(
    "D22",
    W,
    "An e-book for the European Union says how accessible it is",
    "Give the codes of List 196, or the exemption that holds (75 to 77).",
)
def accessibility(case: Case) -> Iterator[Fault]:
    """ProductFormFeature 09 of what is read on a screen."""
    is_ebook = case.record.product_form.startswith("E") and case.on >= ACCESSIBILITY_FROM
    is_said = any(feature.feature_type == ACCESSIBILITY for feature in case.record.form_features)
    if is_ebook and not is_said and _is_for_europe(case):
        yield Fault("ProductFormFeature 09", None, "accessibility by List 196, or its exemption")


@rule(
    "P7",
    W,
    "Goods for the European Union name whom to ask about their safety",
    "Name the contact, in details of publisher.yaml or the supplement.",
)
def safety_contact(case: Case) -> Iterator[Fault]:
    """ProductContact 10, or the manufacturer, within the Union and with a way to reach it, of things that are sold there."""
    record = case.record
    if is_digital(record.product_form) or case.on < SAFETY_FROM or not _is_for_europe(case):
        return
    named = [contact.contact for contact in record.contacts if contact.role == PRODUCT_SAFETY]
    named += [record.manufacturer] if record.manufacturer else []
    if not any(_answers(who) for who in named):
        yield Fault("ProductContact 10", [who.name for who in named] or None, "a contact in the European Union with its address")


def _answers(who: Contact) -> bool:
    """Whether somebody can be reached in the Union, as far as that is told."""
    return who.country in {None, *EU_COUNTRIES} and bool(who.email or who.telephone or who.website or (who.street and who.city))


def _is_for_europe(case: Case) -> bool:
    """Whether the recipient may sell it in any of the Union's countries."""
    market, _ = expand(case.profile.market, case.lists)
    return bool(EU_COUNTRIES & intersection(market, sold_in(case.record, case.lists)))
