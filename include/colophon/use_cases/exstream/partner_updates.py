"""EX-7, partner updates: each partner hears of what is new, changed or withdrawn of what it may sell, in one letter.

What a contact of a partner was told of a product is a delivery of its own, which travels in the letter: the next says what differs from that.
So what changes and changes back between two letters is told to nobody; what could not leave or came back is told with the next one, as it
is by then.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from colophon.blocks.decision import DecisionContext, Plan, RightsQuestion
from colophon.blocks.letter import DueLetter, came_back, opted_out
from colophon.blocks.letters import Letters, write_by_kind
from colophon.blocks.use_case import RIGHTS
from colophon.blocks.write_back import short
from colophon.config import Config
from colophon.config.letters import LetterKind, LetterTemplate, destinations
from colophon.config.partners import Partner
from colophon.domain.contact import Contact
from colophon.domain.contact_fields import ContactFields
from colophon.domain.delivery import HistoryRow, Intent
from colophon.domain.delivery_states import BOUNCED
from colophon.domain.facts import Facts
from colophon.domain.product import Product
from colophon.rights.atlas import Atlas
from colophon.use_cases.exstream.partner_views import View, reason_of, recipients_as_partners, shown, view_of
from colophon.use_cases.exstream.stage_letters import followed

PARTNER = "partner"
"""Label of letters; what travels in them has none."""


class _Change(NamedTuple):
    """What a contact is to hear of an ISBN; `since` is the number of what went to it last."""

    isbn: str
    title: str
    view: View
    entry: View
    since: int


def decide(facts: Facts, context: DecisionContext) -> Plan:
    """A letter for each contact of each partner that is due, with all that differs from what this contact was told last."""
    products = {product.isbn13: product for product in facts.records(Product) if product.isbn13}
    rows, atlas, out = facts.records(HistoryRow), Atlas.load(context.config.publisher.code_lists), opted_out(facts)
    due = [partner for partner in context.config.partners.values() if partner.is_due(context.as_of.date())]
    letters, carried = list[DueLetter](), dict[str, list[_Change]]()
    for partner in due:
        views = {isbn: view for isbn, product in products.items() if (view := view_of(partner, product, atlas, context))}
        for contact_id in partner.contacts:
            about = f"{PARTNER}:{partner.id}/contact:{contact_id}/isbn:"
            known = {row.labels["isbn"]: row.labels["title"] for row in rows if row.subject.startswith(about)}
            changes, is_first = _changes(partner, about, products, views, known, context)
            if changes:
                letter = _letter(partner, contact_id, changes, "catalogue" if is_first else "update", rows)
                letters.append(letter)
                carried[letter.subject] = changes
    recipients = recipients_as_partners(facts, due)
    plan = write_by_kind(letters, facts, context, case=CASE, kinds=_kinds(context.config), recipients=recipients, out=out)
    plan.intents += [each for letter in plan.intents for each in _carried(letter, carried.get(letter.subject, ()), context)]
    for intent in plan.intents:
        plan.judged[intent.destination] = sorted({*plan.judged[intent.destination], intent.subject})
    plan.everything = frozenset(destinations({partner.id: context.config.partner_updates for partner in due}))
    return plan


def _changes(
    partner: Partner,
    about: str,
    products: Mapping[str, Product],
    views: Mapping[str, View],
    known: Mapping[str, str],
    context: DecisionContext,
) -> tuple[list[_Change], bool]:
    """What differs from what a contact was told last, by ISBN; and whether it was told nothing so far.

    :param known: titles by ISBN of all that was ever planned for it.
    """
    changes, is_first = list[_Change](), True
    subjects = {isbn: f"{about}{isbn}" for isbn in sorted({*views, *known})}
    past = [context.history(place, subjects.values()) for place in destinations({partner.id: context.config.partner_updates})]
    for isbn, subject in subjects.items():
        held_there = (each for of_place in past if subject in of_place for each in of_place[subject].held)
        gone = sorted(held_there, key=lambda each: (each.as_of, each.revision))
        held = next((each for each in reversed(gone) if each.state != BOUNCED), None)
        told: View = context.sent_json(held.content_hash) if held else {}
        product, view, since = products.get(isbn), views.get(isbn, {}), gone[-1].revision if gone else 0
        title, is_first = product.title if product else known[isbn], is_first and held is None
        entry = {"Isbn": isbn, "Title": title}
        if view and not told:
            changes.append(_Change(isbn, title, view, {**entry, "Change": "new", **shown(view)}, since))
        elif told and not view:
            changes.append(_Change(isbn, title, {}, {**entry, "Change": "withdrawn", "Reason": reason_of(product)}, since))
        elif differing := [name for name in sorted({*told, *view}) if told.get(name) != view.get(name)]:
            fields = [{"Field": name, "Old": told.get(name, ""), "New": view.get(name, "")} for name in differing]
            changes.append(_Change(isbn, title, view, {**entry, "Change": "changed", "Fields": fields}, since))
    return changes, is_first


def _letter(partner: Partner, contact_id: int, changes: Sequence[_Change], kind: str, rows: Iterable[HistoryRow]) -> DueLetter:
    """By its name another one wherever it follows something else: what changes to and fro is told each time, and what came back again."""
    back = came_back(rows, **{PARTNER: partner.id, "contact": str(contact_id)})
    entries = [change.entry for change in changes]
    name = short(kind, json.dumps([[change.entry, change.since] for change in changes], sort_keys=True))
    labels = {"title": f"{partner.name}: {len(entries)} titles", PARTNER: partner.id, "contact": str(contact_id), "kind": kind}
    data = {"Kind": kind, "Partner": partner.name, "Count": len(entries), "Changes": entries}
    subject = f"{PARTNER}:{partner.id}/{name}/contact:{contact_id}"
    return DueLetter(kind=partner.id, subject=subject, contact_id=contact_id, data=data, labels=labels, came_back=back)


def _carried(letter: Intent, changes: Iterable[_Change], context: DecisionContext) -> Iterator[Intent]:
    for change in changes:
        yield replace(
            letter,
            subject=f"{letter.subject.partition('/')[0]}/contact:{letter.labels['contact']}/isbn:{change.isbn}",
            content=json.dumps(change.view, sort_keys=True, ensure_ascii=False).encode(),
            as_of=context.as_of,
            occurrence=letter.subject.split("/")[1],
            labels={"isbn": change.isbn, "title": change.title[:200]},
            carrier=letter.subject,
        )


def _kinds(config: Config) -> dict[str, LetterKind]:
    return {partner.id: config.partner_updates for partner in config.partners.values() if partner.active}


def templates(config: Config) -> Mapping[str, LetterTemplate]:
    """The template of each partner's letters."""
    return destinations(_kinds(config))


CASE = followed(
    Letters(
        id="exstream__partner_updates",
        reads=(Product,),
        gains=(Contact, ContactFields, HistoryRow),
        upstream=RIGHTS,
        rights=RightsQuestion(lambda config: {partner.sale_channel for partner in config.partners.values()}),
        decide=decide,
        backfill="silent",
        reads_all=True,
        writes=("recordCommunication",),
        systems=("opentext_exstream",),
        templates=templates,
        is_about_titles=False,
    ),
    "ex7",
    is_advertising=True,
)
