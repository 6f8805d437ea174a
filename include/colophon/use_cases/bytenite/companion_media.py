"""BN-8, companion media: an audiobook that is scheduled has its sample and its excerpt, by its own format's date and master.

A sample needs the right to sell the recording as a download, an excerpt with pictures that of showing video, too: the library's rules close it
wherever one of them is not ours. A book without an audiobook has none of this.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from colophon.blocks.decision import DecisionContext, Plan
from colophon.blocks.use_case import RightsQuestion
from colophon.domain.facts import Facts
from colophon.domain.product import Product
from colophon.domain.rights_deal import RightsFormat
from colophon.domain.todo import Todo
from colophon.launch.done import begun
from colophon.ledger import HistoryRow
from colophon.rights.atlas import Atlas
from colophon.rights.status import RUNNING, RightsStatus
from colophon.systems.bytenite.outputs import MediaOutputs
from colophon.systems.bytenite.records import Rules
from colophon.systems.fourallportal.assets import Asset
from colophon.use_cases.bytenite.media_assets import write_backs_of
from colophon.use_cases.bytenite.media_orders import Wish, channels, media_case, missing, ordered
from colophon.use_cases.bytenite.media_records import LIBRARY, records_of, rules_of_record
from colophon.use_cases.bytenite.video_rules import rules_of

AUDIO = frozenset({"ElectronicAudioProduct", "PhysicalAudioProduct"})
SOUND_ALONE = frozenset({"AUDIO_SAMPLE"})


def decide(facts: Facts, context: DecisionContext) -> Plan:
    """Samples and excerpts of every audiobook whose launch has come so far, with their records and rules in the library."""
    rows, atlas, today = facts.records(HistoryRow), Atlas.load(context.config.publisher.code_lists), context.as_of.date()
    video = {status.isbn13: status for status in facts.records(RightsStatus)}
    wishes = [_with_rights(wish, _rights_of(wish, video, context), context) for wish in _wishes(facts, rows, context)]
    given = facts.records(MediaOutputs)

    def rules(rights: Sequence[RightsStatus]) -> Rules:
        return rules_of(rights, context.config.availability.library.channels, atlas, today)

    plan = ordered(wishes, rows, context, use_case=CASE.id)
    plan |= records_of(wishes, given, context, use_case=CASE.id, rules=lambda wish: rules(_rights_of(wish, video, context)))
    wished = {wish.subject for wish in wishes}
    left = {f"{outputs.subject}/rules": outputs for outputs in given if outputs.subject not in wished and outputs.main is not None}
    for subject in context.history(LIBRARY, list(left)):  # its launch is past, or its template gone: it stays, and so do its rights
        outputs = left[subject]
        isbn = outputs.subject.removeprefix("isbn:").partition("/")[0]
        is_sound = outputs.main is not None and outputs.main.media_type.startswith("audio/")
        rights = _rights(isbn, video, context, is_sound=is_sound)
        plan.judged[LIBRARY].append(subject)
        plan.intents.append(rules_of_record(outputs.subject, isbn, rules(rights), context, use_case=CASE.id))
    return plan


def _wishes(facts: Facts, rows: Sequence[HistoryRow], context: DecisionContext) -> Iterator[Wish]:
    done, known = begun(facts.records(Todo), context.as_of.date()), {row.subject for row in rows}
    files = {(asset.isbn, asset.kind): asset for asset in facts.records(Asset)}
    last = context.as_of.date() - timedelta(days=context.config.launches.days_after)
    for product in sorted(facts.records(Product), key=lambda product: product.id):
        if product.kind not in AUDIO or not product.isbn13 or (product.publication_on is not None and product.publication_on < last):
            continue
        is_off = product.publishing_status not in RUNNING
        ended = f"the audiobook is neither forthcoming nor active (status {product.publishing_status})" if is_off else ""
        for name, template in context.config.media.companions.items():
            lacks = missing(template.stage, done.get(product.work_id, {}), context)
            for shape in template.shapes:
                subject = f"isbn:{product.isbn13}/{name}/{shape}"
                if lacks is not None or (ended and subject in known):
                    yield Wish(subject, name, shape, template, product, files.get((product.isbn13, template.asset)), lacks or (), ended)


def _rights_of(wish: Wish, video: dict[str, RightsStatus], context: DecisionContext) -> list[RightsStatus]:
    return _rights(wish.product.isbn13 or "", video, context, is_sound=wish.template.kind in SOUND_ALONE)


def _rights(isbn: str, video: dict[str, RightsStatus], context: DecisionContext, *, is_sound: bool) -> list[RightsStatus]:
    """What all has to be open: the recording, and for pictures the video; none where one of them is not known."""
    asked = [context.rights.products.get(isbn), *([] if is_sound else [video.get(isbn)])]
    found = [status for status in asked if status is not None]
    return found if len(found) == len(asked) else []


def _with_rights(wish: Wish, rights: list[RightsStatus], context: DecisionContext) -> Wish:
    """A wish that ends where nothing is open, now or on its day."""
    today = context.as_of.date()
    days = {today, max(today, wish.product.publication_on or today)}
    for channel in channels(context.config):
        for day in days:
            bits = [status.open_bits(channel, day) for status in rights]
            if bits and bits[0] & bits[-1]:
                return wish
    what = "audio" if wish.template.kind in SOUND_ALONE else "audio and video"
    return wish._replace(ended=wish.ended or f"the right to {what} is nowhere ours")


CASE = media_case("bytenite__companion_media", decide, RightsFormat.AUDIO_DOWNLOAD, gains=(RightsStatus,))
OF_VIDEO = replace(CASE, rights=RightsQuestion(channels, RightsFormat.VIDEO))
"""The same, asking about pictures."""

write_backs = write_backs_of(CASE.id)
