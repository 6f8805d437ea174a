"""What a partner may be told of a product, and how its contacts want to be told."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

from colophon.blocks.decision import DecisionContext
from colophon.blocks.letter import recipients_of
from colophon.config.partners import Partner
from colophon.domain.facts import Facts
from colophon.domain.product import Product
from colophon.domain.recipient import Recipient
from colophon.onix.codelist_file import load_code_lists
from colophon.rights.atlas import Atlas

OFFERED = {"02": "forthcoming", "04": "active"}
GONE = {"01": "cancelled", "03": "postponed", "07": "out of print"}
TAKEN_BACK = {"46": "withdrawn", "49": "recalled"}
"""Publishing statuses (List 64) of what is offered and of what is not, and availabilities (List 65) of what is no more."""
View = dict[str, Any]


def view_of(partner: Partner, product: Product, atlas: Atlas, context: DecisionContext) -> View:
    """What a partner is told of a product, by field; empty: nothing. Where it may be sold the rights engine says, and nobody else."""
    day = context.as_of.date()
    if not product.allow_onix_exports or not is_offered(product):
        return {}
    countries = reached_by(partner, product, max(day, product.publication_on or day), atlas, context)
    if not countries:
        return {}
    holds_in, prices = context.config.publisher.price_territories, defaultdict[str, list[str]](list)
    for price in product.prices:
        where = holds_in.get(price.currency)
        is_on = (price.from_on is None or price.from_on <= day) and (price.until_on is None or day <= price.until_on)
        if is_on and (where is None or set(where) & set(countries)):
            prices[f"price {price.currency} {price.type_code}"].append(f"{price.amount:.2f}")
    wanted: dict[str, View] = {
        "price": {name: " or ".join(sorted(amounts)) for name, amounts in prices.items()},
        "date": {"date": product.publication_on.isoformat() if product.publication_on else ""},
        "title": {"title": product.title},
        "status": {"status": OFFERED[product.publishing_status or ""]},
        "territories": {"territories": " ".join(countries)},
    }
    return {"isbn": product.isbn13, **{key: value for name in partner.changes for key, value in wanted[name].items()}}


def reached_by(partner: Partner, product: Product, day: date, atlas: Atlas, context: DecisionContext) -> tuple[str, ...]:
    """Countries of a partner in which it may sell a product on a day; none for a form that it does not take."""
    rights = context.rights.products.get(product.isbn13 or "")
    if rights is None or (partner.product_forms and product.form_code not in partner.product_forms):
        return ()
    return atlas.names(rights.open_bits(partner.sale_channel, day) & _bits(partner, atlas))


def _bits(partner: Partner, atlas: Atlas) -> int:
    lists = load_code_lists(None) if "WORLD" in partner.territories else None
    return sum(map(atlas.bit, lists.countries if lists else sorted(set(partner.territories))))


def shown(view: View) -> View:
    """All that is told of a product that is new to somebody."""
    return {"Fields": [{"Field": name, "New": value} for name, value in sorted(view.items()) if name != "isbn"]}


def is_offered(product: Product) -> bool:
    """Whether a product is to come out or is out, and was not taken back."""
    return product.publishing_status in OFFERED and product.availability not in TAKEN_BACK


def reason_of(product: Product | None) -> str:
    """Why a product is offered no more."""
    if product is None:
        return "no longer offered"
    return TAKEN_BACK.get(product.availability or "") or GONE.get(product.publishing_status or "", "no longer offered to you")


def recipients_as_partners(facts: Facts, partners: Iterable[Partner]) -> dict[int, Recipient]:
    """Contacts as their partner wants to be told."""
    found = recipients_of(facts)
    for partner in partners:
        for contact_id in partner.contacts:
            if known := found.get(contact_id):
                delivery, language = partner.channel or known.delivery, partner.language or known.language
                found[contact_id] = replace(known, delivery=delivery, language=language, country=partner.country or known.country)
    return found
