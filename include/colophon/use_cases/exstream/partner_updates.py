"""EX-7, partner updates: each partner hears of what is new, changed or withdrawn of what it may sell, in one letter.

What a partner was told of a product is a delivery of its own, which travels in the letter: the next letter says what differs from that.
So what changes and changes back between two letters is told to nobody, and what could not leave is told with the next one.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple

from colophon.blocks.decision import DecisionContext, Plan
from colophon.blocks.inbound import short
from colophon.blocks.letters import DueLetter, Letters, recipients_of, write_by_kind
from colophon.blocks.use_case import RIGHTS, RightsQuestion
from colophon.config import Config
from colophon.config.letters import LetterKind, LetterTemplate, destinations
from colophon.config.partners import Partner
from colophon.domain.contact import Contact
from colophon.domain.contact_fields import ContactFields
from colophon.domain.facts import Facts
from colophon.domain.product import Product
from colophon.domain.recipient import Recipient
from colophon.ledger import HistoryRow, Intent
from colophon.onix.codelists import CodeLists
from colophon.rights.atlas import Atlas
from colophon.use_cases.exstream.stage_letters import recalled_by, write_backs_of

OFFERED = {"02": "forthcoming", "04": "active"}
GONE = {"01": "cancelled", "03": "postponed", "07": "out of print", "46": "withdrawn", "49": "recalled"}
PARTNER = "partner"
"""Label of letters; what travels in them has none."""
View = dict[str, Any]


class _Change(NamedTuple):
    isbn: str
    title: str
    view: View
    entry: View


def decide(facts: Facts, context: DecisionContext) -> Plan:
    """A letter for each partner that is due, with all that differs from what it was told last."""
    products = {product.isbn13: product for product in facts.records(Product) if product.isbn13}
    rows, atlas = facts.records(HistoryRow), Atlas.load(context.config.publisher.code_lists)
    due = [partner for partner in context.config.partners.values() if partner.is_due(context.as_of.date())]
    letters, carried = list[DueLetter](), dict[str, list[_Change]]()
    for partner in due:
        changes = list(_changes(partner, products, rows, atlas, context))
        if changes:
            kind = "update" if any(row.destination.startswith(partner.id) and PARTNER in row.labels for row in rows) else "catalogue"
            entries = [change.entry for change in changes]
            subject = f"{PARTNER}:{partner.id}/{short(kind, json.dumps(entries, sort_keys=True))}"
            data = {"Kind": kind, "Partner": partner.name, "Count": len(entries), "Changes": entries}
            letters += _to_all(partner, subject, data)
            carried[f"{subject}/contact:{partner.contacts[0]}"] = changes
        letters += _again(partner, rows, context)
    plan = write_by_kind(letters, facts, context, case=CASE, kinds=_kinds(context.config), recipients=recipients_as_partners(facts, due))
    plan.intents += [each for letter in plan.intents for each in _carried(letter, carried.get(letter.subject, ()), context)]
    for intent in plan.intents:
        plan.judged[intent.destination] = sorted({*plan.judged[intent.destination], intent.subject})
    plan.everything = frozenset(destinations({partner.id: context.config.partner_updates for partner in due}))
    return plan


def _changes(
    partner: Partner, products: Mapping[str, Product], rows: Iterable[HistoryRow], atlas: Atlas, context: DecisionContext
) -> Iterator[_Change]:
    """What differs from what the partner was told last, by ISBN."""
    places = list(destinations({partner.id: context.config.partner_updates}))
    known = {
        row.subject.rpartition(":")[2]: row.labels.get("title", "") for row in rows if row.destination in places and "isbn" in row.labels
    }
    views = {isbn: view for isbn, product in products.items() if (view := _view(partner, product, atlas, context))}
    subjects = [f"{PARTNER}:{partner.id}/isbn:{isbn}" for isbn in {*views, *known}]
    history = {subject: last for place in places for subject, last in context.history(place, subjects).items()}
    for isbn in sorted({*views, *known}):
        last = history.get(f"{PARTNER}:{partner.id}/isbn:{isbn}")
        told: View = json.loads(next((context.content(each.content_hash) or b"{}" for each in last.held), b"{}")) if last else {}
        product, view = products.get(isbn), views.get(isbn, {})
        title = product.title if product else known.get(isbn, "")
        if view and not told:
            yield _Change(isbn, title, view, {"Isbn": isbn, "Title": title, "Change": "new", **_shown(view)})
        elif told and not view:
            reason = GONE.get(product.publishing_status or "", "no longer offered to you") if product else "no longer offered"
            yield _Change(isbn, title, {}, {"Isbn": isbn, "Title": title, "Change": "withdrawn", "Reason": reason})
        elif differing := [name for name in sorted({*told, *view}) if told.get(name) != view.get(name)]:
            fields = [{"Field": name, "Old": told.get(name, ""), "New": view.get(name, "")} for name in differing]
            yield _Change(isbn, title, view, {"Isbn": isbn, "Title": title, "Change": "changed", "Fields": fields})


def _view(partner: Partner, product: Product, atlas: Atlas, context: DecisionContext) -> View:
    """What a partner is told of a product, by field; empty: nothing. Where it may be sold the rights engine says, and nobody else."""
    day = context.as_of.date()
    if not product.allow_onix_exports or product.publishing_status not in OFFERED:
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
    lists = CodeLists.load(None) if "WORLD" in partner.territories else None
    return sum(map(atlas.bit, lists.countries if lists else sorted(set(partner.territories))))


def _shown(view: View) -> View:
    return {"Fields": [{"Field": name, "New": value} for name, value in sorted(view.items()) if name != "isbn"]}


def _to_all(partner: Partner, subject: str, data: Mapping[str, Any]) -> Iterator[DueLetter]:
    for contact_id in partner.contacts:
        labels = {
            "title": f"{partner.name}: {data['Count']} titles",
            PARTNER: partner.id,
            "contact": str(contact_id),
            "kind": str(data["Kind"]),
        }
        yield DueLetter(kind=partner.id, subject=f"{subject}/contact:{contact_id}", contact_id=contact_id, data=data, labels=labels)


def _again(partner: Partner, rows: Iterable[HistoryRow], context: DecisionContext) -> Iterator[DueLetter]:
    """What came back goes once by each of the other channels."""
    sent = {row.subject: row for row in rows if row.labels.get(PARTNER) == partner.id}
    for subject, row in sent.items():
        copies = [each for name, each in sent.items() if name == subject or name.startswith(f"{subject}/again:")]
        content = context.content(row.content_hash) if "/again:" not in subject and row.state == "bounced" else None
        if content and copies[-1].state in {"bounced", "planned"}:
            came_back = frozenset(each.labels.get("channel", "") for each in copies if each.state == "bounced")
            labels = {name: row.labels[name] for name in ("title", PARTNER, "contact", "kind")}
            data = {name: value for name, value in json.loads(content)["Data"].items() if not name.startswith("Legal")}
            yield DueLetter(
                kind=partner.id, subject=f"{subject}/again:{len(came_back)}", contact_id=int(row.labels["contact"]), data=data,
                labels=labels, avoids=came_back,
            )  # fmt: skip


def _carried(letter: Intent, changes: Iterable[_Change], context: DecisionContext) -> Iterator[Intent]:
    for change in changes:
        yield replace(
            letter,
            subject=f"{letter.subject.partition('/')[0]}/isbn:{change.isbn}",
            content=json.dumps(change.view, sort_keys=True, ensure_ascii=False).encode(),
            as_of=context.as_of,
            occurrence="",
            labels={"isbn": change.isbn, "title": change.title[:200]},
            carrier=letter.subject,
        )


def recipients_as_partners(facts: Facts, partners: Iterable[Partner]) -> dict[int, Recipient]:
    """Contacts as their partner wants to be told."""
    found = recipients_of(facts)
    for partner in partners:
        for contact_id in partner.contacts:
            if known := found.get(contact_id):
                delivery, language = partner.channel or known.delivery, partner.language or known.language
                found[contact_id] = replace(known, delivery=delivery, language=language, country=partner.country or known.country)
    return found


def _kinds(config: Config) -> dict[str, LetterKind]:
    return {partner.id: config.partner_updates for partner in config.partners.values() if partner.active}


def templates(config: Config) -> Mapping[str, LetterTemplate]:
    """The template of each partner's letters."""
    return destinations(_kinds(config))


CASE = Letters(
    id="exstream__partner_updates",
    reads=(Product,),
    gains=(Contact, ContactFields, HistoryRow),
    upstream=RIGHTS,
    rights=RightsQuestion(lambda config: {partner.sale_channel for partner in config.partners.values()}),
    recalled=recalled_by(templates, "exstream__partner_updates"),
    decide=decide,
    backfill="silent",
    reads_all=True,
    writes=("recordCommunication",),
    systems=("opentext_exstream",),
    templates=templates,
    is_about_titles=False,
)

write_backs = write_backs_of(templates, CASE.id, "ex7")
