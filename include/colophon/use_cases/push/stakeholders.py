"""PN-7: who outside works on titles, what may be said to them at all, and the page on which they see it. Pure."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from colophon.blocks.decision import DecisionContext
from colophon.config.outside import StakeholderUpdates, Update
from colophon.domain.launch import Launch
from colophon.domain.product import Product
from colophon.use_cases.push.stakeholder_events import OUT, Event

MOST_DAYS = 60
"""So long at most a page can be seen because something is wanted back."""


def outsiders(products: Iterable[Product], rules: StakeholderUpdates, today: date) -> Mapping[int, Mapping[int, set[str]]]:
    """Who outside works on each title today: roles by contact, by work; those whose agent hears in their place are not there."""
    found: dict[int, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    for product in products:
        for contributor in product.contributors:
            if role := rules.contributor_roles.get(contributor.role):
                found[product.work_id][contributor.contact_id].add(role)
    present = [each for each in rules.collaborators if each.is_on(today)]
    for each in present:
        found[each.work_id][each.contact_id].add(each.role)
    for each in present:
        if each.instead and each.represents is not None:
            found[each.work_id].pop(each.represents, None)
    return found


def announced(products: Iterable[Product], launches: Iterable[Launch], today: date) -> set[int]:
    """Works whose name the world may know: announced by now, or out. What nobody knows of is not announced."""
    out = {product.work_id for product in products if product.publishing_status == OUT}
    return out | {launch.work_id for launch in launches if launch.announced_on and launch.announced_on <= today}


def sayable(event: Event, update: Update, product: Product | None, rules: StakeholderUpdates, *, is_announced: bool) -> dict[str, Any]:
    """What may be said: what the publisher allows, and of a title that is not announced its code name alone."""
    title, isbn = rules.code_titles.get(event.work_id, ""), ""
    if product is not None and is_announced:
        title, isbn = product.title, product.isbn13 or ""
    contact = rules.contacts.get((product.imprint or "") if product else "", rules.contact)
    said = {
        "public_title": title,
        "isbn": isbn,
        "milestone": f"update_{update}",
        "date": event.on,
        "due_on": event.due_on,
        "contact": contact,
    }
    return {name: value if name in rules.allow else (None if isinstance(value, date) else "") for name, value in said.items()}


def page_ends(seen: datetime, event: Event, days: int) -> datetime:
    """Until when an event's page can be seen: so many days, or to the end of the day on which something is wanted back."""
    last = seen + timedelta(days=days)
    if event.due_on is None:
        return last
    due_on = min(event.due_on, seen.date() + timedelta(days=MOST_DAYS))
    return max(last, datetime.combine(due_on + timedelta(days=1), time(), UTC))


def page_of(said: Mapping[str, Any], person: str, expires: datetime, context: DecisionContext) -> dict[str, Any]:
    """What the page says, in its reader's language; `until` is the last whole day on which it can be seen."""
    language = context.person(person).language or context.config.publisher.default_language
    last: date = (expires.astimezone(UTC) - timedelta(days=1)).date()
    text = context.config.words.text("stakeholder_page", language, {**said, "until": last}, {"work_link": "", "desk_url": ""})
    facts = [[name.strip(), value.strip()] for name, _, value in (line.partition(":") for line in text.body.splitlines()) if value.strip()]
    words = {"language": context.config.words.language("stakeholder_page", language), "title": text.title, "facts": facts}
    words |= {"line": text.line, "publisher": context.config.publisher.name}
    return {**words, "expires": expires.isoformat(), "reader": hashlib.sha256(person.encode()).hexdigest()}
