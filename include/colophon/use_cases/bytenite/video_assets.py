"""BN-6, assets: where each video of the library can be seen, what it is and how it stands, on its titles in Consonance.

A video is one record on each of its titles, brought up to date. What comes by webhook is a hint; the poll reads the records.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any

from colophon.blocks.decision import DecisionContext
from colophon.blocks.ids import VIDEO_ASSETS
from colophon.blocks.inbound import Closed, Inbound, InboxDecision, read
from colophon.blocks.write_back import fault, intent
from colophon.domain.delivery import LatestDelivery
from colophon.domain.facts import Facts, Known
from colophon.domain.finding import Finding
from colophon.domain.inbox_item import InboxItem
from colophon.domain.product import Product
from colophon.http.jsontext import read_json
from colophon.systems.bytenite.inbox import ASSET
from colophon.systems.consonance.writes.operations import CONSONANCE
from colophon.use_cases.bytenite.video_asset import Asset, subject_of

RULE, LINK = "BN6", "BN6-link"
MOST_TITLES = 20
HINTS = tuple(
    f"bytenite.{name}"
    for name in ("video.ingested", "video.ready", "video.failed", "placement.live", "placement.removed", "placement.failed")
)
"""Events that say that a record is to be read again."""


_read = partial(read, Asset, member="")


def decide(facts: Facts, context: DecisionContext) -> InboxDecision:
    """The newest state of each video, on each of its titles."""
    decision, newest = InboxDecision(), dict[str, Asset]()
    products, state = {product.isbn13: product for product in facts.records(Product)}, facts.of(Product)
    unread = {finding.subject for finding in state.unreadable} if isinstance(state, Known) else set()
    for item in facts.records(InboxItem):
        if item.type != ASSET:
            decision.closed.append(Closed(item, "a hint: the record was read"))
            continue
        asset = _read(item)
        if asset is None:
            decision.park(item, rule=RULE, lacks="the members of a video's record")
        elif any(f"isbn:{isbn}" in unread for isbn in asset.isbns):
            continue  # that is an exception of the title's; until it can be read, its videos wait
        elif not any(isbn in products for isbn in asset.isbns):
            decision.park(item, _unknown(asset, list(asset.isbns)))
        else:
            newest[asset.video.video_id] = max(newest.get(asset.video.video_id, asset), asset, key=lambda each: each.at)
            decision.closed.append(Closed(item))
    names = [subject_of(video, number) for video in newest for number in range(1, MOST_TITLES + 1)]
    history = context.history(CONSONANCE, names)
    for asset in newest.values():
        decision.look_at(asset.subject)
        formats = defaultdict[int, list[Product]](list)
        for isbn in asset.isbns:
            if isbn in products:
                formats[products[isbn].work_id].append(products[isbn])
        for number, (work, editions) in enumerate(islice(formats.items(), MOST_TITLES), 1):
            _record(decision, asset, number, work, editions, history)
        _withdraw(decision, asset, len(formats), history, context)
        if unknown := [isbn for isbn in asset.isbns if isbn not in products]:
            decision.findings.append(_unknown(asset, unknown))
        if asset.refused:
            remedy = "Add the host to link_hosts of the connection, or have the library give a lasting address there."
            found = f"{', '.join(asset.refused)} leads to a host that the connection does not allow, or ends"
            decision.findings.append(fault(asset.subject, LINK, "url", found, "a lasting link to an allowed host", remedy, "operations"))
    return decision


def _record(
    decision: InboxDecision, asset: Asset, number: int, work: int, formats: Sequence[Product], history: Mapping[str, LatestDelivery]
) -> None:
    """What stands on one title; a video that cannot be seen yet keeps the address that it had, and without one is not told."""
    video = asset.video
    last = history.get(subject_of(video.video_id, number))
    url = video.playback_url or (last.labels.get("url") if last else "")
    if not url:
        return
    labels = {"isbn": formats[0].isbn13 or "", "title": video.title[:200], "url": url[:500]}
    decision.tell(
        _intent(video.video_id, number, asset.members(work, formats, url), max(asset.at, last.as_of) if last else asset.at, labels)
    )


def _withdraw(decision: InboxDecision, asset: Asset, titles: int, history: Mapping[str, LatestDelivery], context: DecisionContext) -> None:
    """Titles that the video does not name any more hear its end."""
    for number in range(titles + 1, MOST_TITLES + 1):
        last = history.get(subject_of(asset.video.video_id, number))
        content = context.content(last.content_hash) if last else None
        if last is not None and content is not None:
            told: Any = read_json(content)
            gone = _intent(asset.video.video_id, number, {**told["members"], "status": "WITHDRAWN"}, max(asset.at, last.as_of), last.labels)
            decision.tell(gone)


def _intent(video: str, number: int, members: Mapping[str, object], at: datetime, labels: Mapping[str, str]) -> Any:
    reference = f"bn6:{video}" if number == 1 else f"bn6:{video}:{number}"
    return intent(
        "upsertExternalAsset", reference, members, use_case=VIDEO_ASSETS, subject=subject_of(video, number), as_of=at, labels=labels
    )


def _unknown(asset: Asset, isbns: Sequence[str]) -> Finding:
    """A video of nobody's title; its record's work is the proposal, where it has one."""
    found = f"{', '.join(isbns)}, which Consonance does not have" if isbns else "no ISBN"
    work = asset.video.work_id
    expected = (
        f"an ISBN of ours; its record names work {work}" if work is not None else f"an ISBN of ours; it is called {asset.video.title!r}"
    )
    remedy = "Correct the ISBN in the library, and the record is filed by itself; a title that was missing: `colophon inbox again`."
    return fault(asset.subject, RULE, "isbns", found[:200], expected[:200], remedy, "marketing")


CASE = Inbound(
    id=VIDEO_ASSETS,
    reads=(InboxItem,),
    gains=(Product,),
    decide=decide,
    backfill="latest",
    writes=("upsertExternalAsset",),
    systems=("bytenite",),
    types=(ASSET, *HINTS),
    read=lambda item: _read(item) if item.type == ASSET else None,
)
