"""BN-3, metadata of videos: every video of the library says of its titles what Consonance says now, and keeps what marketing wrote.

Who owns which member of a record is data (`video_metadata.yaml`); only members that differ are sent. Territories are no member of a
record: they are the video's rules, which follow the rights (BN-4).
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from colophon.blocks.decision import DecisionContext, Plan
from colophon.blocks.desired_state import OPENS, DesiredState, change
from colophon.blocks.ownership import Owner, changes
from colophon.config.videos import VideoMetadata
from colophon.domain.delivery import LatestDelivery
from colophon.domain.facts import Facts, Known
from colophon.domain.finding import Finding
from colophon.domain.product import Product
from colophon.http.jsontext import read_json
from colophon.systems.bytenite.library import DESTINATION
from colophon.systems.bytenite.mapping import to_wire, video_id
from colophon.systems.bytenite.records import Video, VideoRecord
from colophon.use_cases.bytenite.title_words import genres_of, keywords_of, said_of
from colophon.use_cases.bytenite.video_faults import video_fault

RULE, GENRE, CHANGED = "BN3", "BN3-genre", "BN3-changed"
TAGS, PRODUCTS = "tags", "products"
"""Labels of what was sent: the keywords that are ours, and the product of each ISBN, which a corrected ISBN is found by."""


def decide(facts: Facts, context: DecisionContext) -> Plan:
    """Members of records that are not as their owner says."""
    plan, products, videos = Plan(judged={DESTINATION: []}, settled={DESTINATION: []}), facts.of(Product), facts.records(Video)
    by_isbn, by_work = _indexed(facts.records(Product))
    unread = {finding.subject for finding in products.unreadable} if isinstance(products, Known) else set()
    history = context.history(DESTINATION, [_subject(video) for video in videos])
    for video in videos:
        last, subject = history.get(_subject(video)), _subject(video)
        if any(f"isbn:{isbn}" in unread for isbn in video.isbns or ()):
            continue  # that is an exception of the title's; until it can be read, the video stays as it is
        titles, unknown = _titles(video, by_isbn, by_work, last)
        plan.judged[DESTINATION].append(subject)
        plan.names[subject] = f"video:{video.external_id}"
        plan.findings += _unknown(video, unknown, by_work)
        if video_id(video.external_id) != video.video_id:
            plan.findings.append(
                video_fault(RULE, f"video:{video.external_id}", "videoId", "an id that is not of its external id", "the id that we gave it")
            )
        elif titles:
            differing, overruled = _differing(video, titles, unknown, last, context)
            plan.findings += [*_untold_genres(video, titles, context.config.video_metadata), *overruled]
            if differing:
                labels = {"verb": "video", "isbn": next(iter(video.isbns or ()), ""), **_remembered(video, titles, context)}
                content = {"externalId": video.external_id, "kind": video.kind, "title": video.title, **differing}
                plan.intents.append(change(CASE, context, subject, content, turn=OPENS, seen=str(video.revision), labels=labels))
                continue
        plan.settled[DESTINATION].append(subject)
    return plan


def _titles(
    video: Video, by_isbn: Mapping[str, Product], by_work: Mapping[str, Sequence[Product]], last: LatestDelivery | None
) -> tuple[list[Product], list[str]]:
    """The products that a video is about, and the ISBNs that no product has. Of a video without ISBNs: all formats of its work.

    An ISBN that was corrected in Consonance is followed: what was sent last says which product it was.
    """
    remembered: dict[str, int] = json.loads(last.labels.get(PRODUCTS) or "{}") if last else {}
    by_id = {product.id: product for products in by_work.values() for product in products}
    found = {isbn: by_isbn.get(isbn) or by_id.get(remembered.get(isbn, 0)) for isbn in video.isbns or ()}
    unknown = [isbn for isbn, product in found.items() if product is None]
    products = {product.id: product for product in found.values() if product is not None}
    return list(products.values()) if video.isbns else list(by_work.get(str(video.work_id), ())), unknown


def _differing(
    video: Video, titles: Sequence[Product], unknown: Sequence[str], last: LatestDelivery | None, context: DecisionContext
) -> tuple[dict[str, Any], list[Finding]]:
    """Members to send, and those that somebody changed although they are ours."""
    rules, theirs = context.config.video_metadata, to_wire(video)
    ours = said_of(video, titles, rules) | {"isbns": list(dict.fromkeys([p.isbn13 for p in titles if p.isbn13] + list(unknown)))}
    before = set(json.loads(last.labels.get(TAGS) or "[]")) if last else set()
    ours["keywords"] = list(
        dict.fromkeys([*keywords_of(video, titles, rules), *(tag for tag in video.keywords or () if tag not in before)])
    )[:50]
    content = context.content(last.content_hash) if last and last.state == "confirmed" else None
    agreed: Any = read_json(content) if content else {}
    owners = {member: Owner(owner) for member, owner in rules.owners.items() if member in ours}
    same = {member: ours[member] for member in owners if (theirs.get(member) or None) == (ours[member] or None)}
    differing = [each for each in changes(owners, agreed=agreed, ours=ours, theirs=theirs | same) if each.side is Owner.THEIRS]
    overruled = sorted(each.field for each in differing if each.field in agreed and each.is_overruled and each.value == agreed[each.field])
    found = f"changed in the library: {', '.join(overruled)}"
    findings = [video_fault(CHANGED, f"video:{video.external_id}", "record", found, "what Consonance says")] if overruled else []
    return {each.field: each.value for each in differing}, findings


def _remembered(video: Video, titles: Sequence[Product], context: DecisionContext) -> dict[str, str]:
    keywords = keywords_of(video, titles, context.config.video_metadata)
    return {TAGS: json.dumps(keywords), PRODUCTS: json.dumps({product.isbn13: product.id for product in titles if product.isbn13})}


def _untold_genres(video: Video, titles: Sequence[Product], rules: VideoMetadata) -> Iterator[Finding]:
    if untold := [code for code in genres_of(titles) if not rules.words(code, "eng")]:
        yield video_fault(GENRE, f"video:{video.external_id}", "genres", ", ".join(untold), "Thema codes with words in video_metadata.yaml")


def _unknown(video: Video, unknown: Sequence[str], by_work: Mapping[str, Sequence[Product]]) -> Iterator[Finding]:
    """An ISBN that no product has, with those of its work as a proposal."""
    proposed = ", ".join(product.isbn13 for product in by_work.get(str(video.work_id), ()) if product.isbn13)
    if unknown or not (video.isbns or by_work.get(str(video.work_id))):
        expected = f"an ISBN of ours{f'; its work has {proposed}' if proposed else ''}"
        yield video_fault(
            RULE, f"video:{video.external_id}", "isbns", ", ".join(unknown) or "no ISBN, and no work that Consonance has", expected
        )


def _indexed(products: Iterable[Product]) -> tuple[dict[str, Product], dict[str, list[Product]]]:
    by_isbn, by_work = dict[str, Product](), defaultdict[str, list[Product]](list)
    for product in sorted(products, key=lambda product: product.id):
        by_work[str(product.work_id)].append(product)
        by_isbn.setdefault(product.isbn13 or "", product)
    return by_isbn, by_work


def _subject(video: VideoRecord) -> str:
    return f"video:{video_id(video.external_id)}/record"


CASE = DesiredState(
    id="bytenite__video_metadata",
    reads=(Video,),
    gains=(Product,),
    decide=decide,
    still_open=lambda _facts, _context: [],
    destination=DESTINATION,
    reads_all=True,
    backfill="latest",
    systems=("bytenite",),
)
