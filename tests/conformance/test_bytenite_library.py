"""ByteNite's video library passes the common suite."""

from datetime import UTC, date, datetime

from suite import Verb
from suite_bytenite import CANARY, SIGNATURE, Account

from colophon.errors import FeatureMissingError
from colophon.systems.bytenite.mapping import video_id
from colophon.systems.bytenite.records import Content, Rule, Rules, VideoRecord, Wanted

AT = datetime(2026, 5, 1, 6, 0, tzinfo=UTC)
TERRITORIES = ("GB", "IE", "US", "CA", "NZ")
VIDEO = video_id("work:1/trailer")
LIBRARY = "/v1/library"
NOT_TAKEN = frozenset({503})
# An answer without a body has nothing that could be spoilt.
NO_BODY = frozenset({"no_content", "garble", "truncate", "dribble", "wrong_shape"})
CONTENT = Content.model_validate(
    {
        "version": "1",
        "sourceUrl": f"https://assets.example.org/a.mp4?sig={SIGNATURE}",
        "sha256": "a" * 64,
        "bytes": 9,
        "mediaType": "video/mp4",
    }
)
RULE = Rule.model_validate(
    {"ruleId": "r1", "effect": "allow", "territories": TERRITORIES, "channels": ["website"], "reason": f"contract of {CANARY}"}
)
RULES = Rules(revision=1, rules=(RULE,))


def record(number=1):
    """A video of a person."""
    contributors = [{"name": CANARY, "role": "A01"}]
    given = {"externalId": f"work:{number}/trailer", "kind": "TRAILER", "title": f"{CANARY} reads", "contributors": contributors}
    return VideoRecord.model_validate(given)


def known(client, _box):
    """A video that the library has."""
    client.library.upsert_video(record())


def several(client, _box):
    """Five videos."""
    for number in range(1, 6):
        client.library.upsert_video(record(number))


def ruled(client, box):
    """A video with rules."""
    known(client, box)
    client.library.set_rules(VIDEO, RULES)


def ready(client, box, count=1):
    """Placements that may go live."""
    ruled(client, box)
    client.library.set_content(VIDEO, CONTENT)
    box.advance(60)
    return [Wanted(channel="website", territory=territory, at=AT) for territory in TERRITORIES[:count]]


def live(client, box, count=1):
    """Ids of placements that are live."""
    placed = client.library.publish(VIDEO, ready(client, box, count), "d-0")
    box.advance(60)
    return [item.placement_id for item in placed]


def figures(_client, box):
    """Figures of a day in five countries."""
    names = {"day": "2026-04-28", "videoId": VIDEO, "channel": "website"}
    box.seed(daily=[{**names, "countryCode": territory, "views": 7} for territory in TERRITORIES])


def moved(box):
    """How often a placement went live or was taken down."""
    box.advance(60)
    return len(box.effects("video.placement"))


def publish(client, wanted):
    """Put them on their channels, under one id."""
    return client.library.publish(VIDEO, wanted, "d-1")


def unpublish(client, placement_ids):
    """Take them down, under one id."""
    return client.library.unpublish(VIDEO, placement_ids, reason=f"{CANARY} asked for it", request_id="d-2")


def going(items):
    """Whether all are on their way, or there."""
    return all(item.state in {"SCHEDULED", "LIVE"} for item in items)


def removed(items):
    """Whether all are down."""
    return all(item.state == "REMOVED" for item in items)


def by_offset(box):
    """Pages of two, as lists with `pagination` have them."""
    box.limit("pagination.limit", 2)


ITEM = ("items", "items/0/placementId", "items/0/channel", "items/0/territory", "items/0/state")
PAGE = ("pagination", "pagination/total", "pagination/offset", "pagination/hasNext", "data")


class TestVideoLibrary(Account):
    """Videos described, filled, ruled, shown and taken down; lists and figures read."""

    __test__ = True
    read = Verb(
        "get_video", "GET", f"{LIBRARY}/videos/{VIDEO}", lambda client, _: client.library.get_video(VIDEO), prepare=known,
        required=("videoId", "revision", "status", "externalId", "title", "createdAt", "updatedAt"), state="status",
    )  # fmt: skip
    paged = Verb(
        "iter_videos", "GET", f"{LIBRARY}/videos", lambda client, _: list(client.library.iter_videos()), prepare=several,
        required=(*PAGE, "data/0/videoId", "data/1/revision"), state="data/0/status", small_pages=by_offset,
        ids=lambda videos: [video.video_id for video in videos],
    )  # fmt: skip
    write_a = Verb(
        "publish", "POST", f"{LIBRARY}/videos/*/publish", publish, prepare=ready, effects=moved, is_done=going, required=ITEM,
        state="items/0/state", not_taken=NOT_TAKEN,
    )  # fmt: skip
    write_b = Verb(
        "upsert_video", "PUT", f"{LIBRARY}/videos/{VIDEO}", lambda client, _: client.library.upsert_video(record()), not_taken=NOT_TAKEN,
        effects=lambda box: len(box.effects("video.record")), required=("videoId", "revision", "status", "externalId", "updatedAt"),
    )  # fmt: skip
    bulk = Verb(
        "publish_many", "POST", f"{LIBRARY}/videos/*/publish", publish, prepare=lambda client, box: ready(client, box, 3), effects=moved,
        size=3, items="items", is_done=going, required=("items/1/placementId", "items/2/state"), not_taken=NOT_TAKEN,
    )  # fmt: skip
    more = (
        Verb(
            "unpublish", "POST", f"{LIBRARY}/videos/*/unpublish", unpublish, prepare=live, effects=moved, is_done=removed, required=ITEM,
            state="items/0/state", not_taken=NOT_TAKEN, writes="A",
        ),
        Verb(
            "set_content", "PUT", f"{LIBRARY}/videos/*/content", lambda client, _: client.library.set_content(VIDEO, CONTENT),
            prepare=known, effects=lambda box: len([row for row in box.rows("bytenite.videos") if row["content"]]),
            required=("videoId", "revision", "status"), not_taken=NOT_TAKEN, writes="B",
        ),
        Verb(
            "set_rules", "PUT", f"{LIBRARY}/videos/*/rules", lambda client, _: client.library.set_rules(VIDEO, RULES), prepare=known,
            effects=lambda box: len(box.rows("bytenite.rules")), required=("revision", "closed", "opened"), not_taken=NOT_TAKEN,
            writes="B",
        ),
        Verb(
            "archive", "DELETE", f"{LIBRARY}/videos/*", lambda client, _: client.library.archive(VIDEO), prepare=known, harmless=NO_BODY,
            effects=lambda box: len([row for row in box.rows("bytenite.videos") if row["status"] == "ARCHIVED"]), not_taken=NOT_TAKEN,
            writes="B",
        ),
        Verb(
            "get_rules", "GET", f"{LIBRARY}/videos/*/rules", lambda client, _: client.library.get_rules(VIDEO), prepare=ruled,
            required=("revision", "rules", "rules/0/ruleId", "rules/0/effect", "rules/0/territories", "rules/0/channels"),
            is_done=lambda rules: rules == RULES, answers=frozenset({404}),
        ),
        Verb(
            "info", "GET", f"{LIBRARY}/info", lambda client, _: client.library.info(),
            required=("contract", "channels", "analyticsDelayDays"), meanings={404: FeatureMissingError},
        ),
        Verb(
            "iter_placements", "GET", f"{LIBRARY}/placements", lambda client, _: list(client.library.iter_placements(VIDEO)),
            prepare=lambda client, box: live(client, box, 5), small_pages=by_offset, state="data/0/state",
            required=(*PAGE, "data/0/placementId", "data/1/videoId", "data/2/state"),
            ids=lambda placements: [placement.placement_id for placement in placements],
        ),
        Verb(
            "iter_daily", "GET", f"{LIBRARY}/analytics/daily",
            lambda client, _: list(client.library.iter_daily(date(2026, 4, 25), date(2026, 5, 1))), prepare=figures,
            small_pages=by_offset, ids=lambda pages: [row.key for page in pages for row in page.rows],
            required=("asOf", *PAGE, "data/0/day", "data/0/countryCode", "data/1/views", "data/1/revision", "data/2/final"),
        ),
        Verb(
            "iter_events", "GET", f"{LIBRARY}/events", lambda client, _: list(client.library.iter_events(0)),
            prepare=lambda client, box: live(client, box, 5), small_pages=lambda box: box.limit("limit", 2),
            ids=lambda events: [event.seq for event in events], required=("events", "hasMore", "events/0/seq", "events/1/type"),
        ),
    )  # fmt: skip
