"""BN-1, launch videos: a launch that is ready has its trailer and its cuts, made once of approved cover, title, author and date.

A work has one set, by the format that comes out first. Where the right to show video is nowhere ours, nothing is made, and what was made is withdrawn.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta

from colophon.blocks.decision import DecisionContext, Plan
from colophon.domain.facts import Facts
from colophon.domain.product import Product
from colophon.domain.rights_deal import RightsFormat
from colophon.domain.todo import Todo
from colophon.launch.done import begun
from colophon.ledger import HistoryRow
from colophon.rights.status import RUNNING
from colophon.systems.bytenite.outputs import MediaOutputs
from colophon.systems.fourallportal.assets import Asset
from colophon.use_cases.bytenite.media_assets import write_backs_of
from colophon.use_cases.bytenite.media_orders import Wish, channels, media_case, missing, ordered
from colophon.use_cases.bytenite.media_records import records_of


def decide(facts: Facts, context: DecisionContext) -> Plan:
    """The videos of every work whose launch has come so far, and their records in the library."""
    rows = facts.records(HistoryRow)
    wishes = list(_wishes(facts, frozenset(row.subject for row in rows), context))
    plan = ordered(wishes, rows, context, use_case=CASE.id)
    return plan | records_of(wishes, facts.records(MediaOutputs), context, use_case=CASE.id)


def _wishes(facts: Facts, known: frozenset[str], context: DecisionContext) -> Iterator[Wish]:
    works, done = defaultdict[int, list[Product]](list), begun(facts.records(Todo), context.as_of.date())
    for product in facts.records(Product):
        if product.isbn13:
            works[product.work_id].append(product)
    covers = {(asset.isbn, asset.kind): asset for asset in facts.records(Asset)}
    for work_id, products in sorted(works.items()):
        lead = min(products, key=lambda each: (each.publishing_status not in RUNNING, each.publication_on or date.max, each.id))
        ended = _ended(lead, context)
        for name, template in context.config.media.videos.items():
            subjects = {shape: f"work:{work_id}/{name}/{shape}" for shape in template.shapes}
            lacks = missing(template.stage, done.get(work_id, {}), context)
            is_idle = lacks is None and not (
                ended and not known.isdisjoint(subjects.values())
            )  # not begun, or taken back: what waits is withdrawn
            if is_idle or _is_over(lead, context):
                continue
            asset = next((found for each in (lead, *products) if (found := covers.get((each.isbn13 or "", template.asset)))), None)
            for shape, subject in subjects.items():
                yield Wish(subject, name, shape, template, lead, asset, lacks or (), ended)


def _ended(lead: Product, context: DecisionContext) -> str:
    """Why there is to be no video; empty: there may be."""
    if lead.publishing_status not in RUNNING:
        return f"the title is neither forthcoming nor active (status {lead.publishing_status})"
    rights, today = context.rights.products.get(lead.isbn13 or ""), context.as_of.date()
    days = {today, max(today, lead.publication_on or today)}
    is_open = rights is not None and any(rights.open_bits(channel, day) for channel in channels(context.config) for day in days)
    return "" if is_open else "the right to show video is nowhere ours"


def _is_over(lead: Product, context: DecisionContext) -> bool:
    """Whether its launch is long past: what is there stays as it is."""
    last = context.as_of.date() - timedelta(days=context.config.launches.days_after)
    return lead.publication_on is not None and lead.publication_on < last


CASE = media_case("bytenite__launch_videos", decide, RightsFormat.VIDEO)

write_backs = write_backs_of(CASE.id)
