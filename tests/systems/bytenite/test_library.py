"""The video library (contract sections 6 to 10 and 13)."""

import base64
import hashlib
import hmac
import json
from datetime import date, timedelta

import pytest

from colophon.errors import (
    ConflictError,
    FeatureMissingError,
    ForgedError,
    GoneError,
    InvalidError,
    NotFoundError,
    PagingError,
    UnexpectedAnswerError,
    WrongAddressError,
)
from colophon.systems.bytenite.mapping import narrowed
from colophon.systems.bytenite.records import Content

SECRET = "whsec_c2FuZGJveC1ub3QtYS1zZWNyZXQtMDAwMA=="


@pytest.fixture
def ready(client, sandbox, make):
    """A video that may be shown."""
    client.library.upsert_video(make.record())
    client.library.set_content(make.video_id, Content.model_validate(make.content))
    client.library.set_rules(make.video_id, make.rules(1, make.rule()))
    sandbox.advance(60)
    return make.video_id


def states(client, video=None):
    return [placement.state for placement in client.library.iter_placements(video)]


def test_info(client, sandbox):
    """The contract and its delay; no library is a missing feature; another contract is a wrong address."""
    assert client.library.info().analytics_delay_days == 3
    other = {"contract": "video-library-9", "channels": [], "analyticsDelayDays": 1}
    sandbox.fault("status", "/v1/library/info", method="GET", when="before", value={"status": 200, "body": other})
    with pytest.raises(WrongAddressError):
        client.library.info()
    sandbox.settings(library=False)
    with pytest.raises(FeatureMissingError):
        client.library.info()


def test_the_same_record_twice(client, sandbox, make):
    """13.9: one revision, and the second time nothing is sent."""
    assert client.library.upsert_video(make.record()) == (1, True)
    assert client.library.upsert_video(make.record()) == (1, False)
    assert [call["method"] for call in sandbox.calls("/videos/")] == ["GET", "PUT", "GET"]
    assert client.library.upsert_video(make.record(title="Other", keywords=None)) == (2, True)
    assert client.library.get_video(make.video_id).title == "Other"


@pytest.mark.parametrize("fault", ["reset", "garble", "login_page"])
def test_lost_answers_have_one_effect(client, sandbox, make, fault):
    """K5: the record's answer is lost, and there is one revision; so with publish."""
    sandbox.fault(fault, f"/v1/library/videos/{make.video_id}", method="PUT")
    assert client.library.upsert_video(make.record()).revision == 1
    client.library.set_rules(make.video_id, make.rules(1, make.rule()))
    sandbox.fault(fault, "*/publish")
    assert [item.territory for item in client.library.publish(make.video_id, [make.wanted()], "d-1")] == ["GB"]
    assert sandbox.effects("video.record") == [make.video_id]
    assert states(client) == ["SCHEDULED"]


def test_content_published_and_live(client, sandbox, ready, make):
    """Ready, scheduled, live; BLOCKED brings the rule's reason; the same request again is the same."""
    assert client.library.get_video(ready).status == "READY"
    deny = make.rule("IE", "deny", "r2")
    client.library.set_rules(ready, make.rules(2, make.rule(), deny))
    wanted = [make.wanted(), make.wanted(territory="IE")]
    for _ in range(2):
        items = {item.territory: item for item in client.library.publish(ready, wanted, "d-1")}
    assert (items["IE"].state, items["IE"].reason) == ("BLOCKED", "head contract 12")
    assert sorted(states(client)) == ["BLOCKED", "LIVE"]
    assert sandbox.effects("video.placement") == [f"{ready}/website/GB"]


def test_unpublished_twice(client, sandbox, ready, make):
    """13.16: one effect, by name and for all."""
    placement = client.library.publish(ready, [make.wanted()], "d-1")[0]
    for request in ("d-2", "d-2", "d-3"):
        gone = client.library.unpublish(ready, [placement.placement_id], reason="title pulled", request_id=request)
        assert gone[0].state == "REMOVED"
    assert client.library.unpublish(ready, reason="title pulled", request_id="d-4")[0].state == "REMOVED"
    assert len(sandbox.effects("video.placement")) == 2


def test_rules_that_are_stale(client, ready, make):
    """An older revision, or others under the same one, is a conflict; what closes is named."""
    assert client.library.get_rules(ready) == make.rules(1, make.rule())
    client.library.publish(ready, [make.wanted()], "d-1")
    assert client.library.set_rules(ready, make.rules(3)).closed == ("p-1",)
    assert client.library.set_rules(ready, make.rules(3)).closed == ()
    for stale in (make.rules(2), make.rules(3, make.rule())):
        with pytest.raises(ConflictError, match="stale_revision"):
            client.library.set_rules(ready, stale)
    client.library.archive(ready)
    assert client.library.get_video(ready).status == "ARCHIVED"


def test_narrowed_rules_allow_no_more_than_both(make):
    """What is only in one of them is not allowed, and what either denies is denied."""
    old = make.rules(1, make.rule("GB"), make.rule("IE", "deny", "r2"))
    new = make.rules(2, make.rule("GB"), make.rule("US", name="r3"), make.rule("FR", "deny", "r1"))
    found = narrowed(old, new, 5)
    assert [(rule.effect, rule.territories) for rule in found.rules] == [("allow", ("GB",)), ("deny", ("IE",)), ("deny", ("FR",))]
    assert len({rule.rule_id for rule in found.rules}) == 3
    assert narrowed(make.rules(1), new, 5).rules[0].effect == "deny"


def test_narrowing_keeps_what_both_allow(make):
    """A rule that loses one country takes nothing else down: countries, channels and days are those of both."""
    day = make.now.replace(hour=0)
    old = make.rule().model_copy(update={"territories": ("GB", "FR"), "starts": day})
    new = make.rule(name="r2").model_copy(update={"territories": ("GB", "US"), "until": day})
    [both] = narrowed(make.rules(1, old), make.rules(2, new), 5).rules
    assert (both.territories, both.starts, both.until) == (("GB",), day, day)
    past = new.model_copy(update={"until": day.replace(year=2020)})
    assert narrowed(make.rules(1, old), make.rules(2, past, make.rule(channel="social")), 5).rules == ()


def test_lists_in_pages(client, sandbox, make, monkeypatch):
    """K10: joined pages are the whole; a page that is empty, or another than asked for, is told."""
    monkeypatch.setattr("colophon.systems.bytenite.rest_library.PAGE", 2)
    for number in range(5):
        client.library.upsert_video(make.record(externalId=f"e-{number}", workId=number % 2))
    assert len({video.video_id for video in client.library.iter_videos()}) == 5
    assert len(list(client.library.iter_videos(work_id="1"))) == 2
    assert list(client.library.iter_videos(since=make.now + timedelta(days=1))) == []
    for page in ({"total": 9, "offset": 0, "hasNext": True}, {"total": 9, "offset": 4, "hasNext": False}):
        value = {"status": 200, "body": {"pagination": page, "data": []}}
        sandbox.fault("status", "/v1/library/videos", method="GET", when="before", value=value)
        with pytest.raises(PagingError):
            list(client.library.iter_videos())


def daily(day, count, views=1):
    return [{"day": day, "videoId": f"v-{n}", "channel": "website", "countryCode": "GB", "views": views} for n in range(count)]


def test_pages_of_figures_fit_together(client, sandbox, monkeypatch):
    """13.15: a restatement between two pages: none lost, none twice; the next reading has the new state."""
    monkeypatch.setattr("colophon.systems.bytenite.rest_library.PAGE_DAILY", 2)
    sandbox.seed(daily=daily("2026-05-01", 5))
    pages = client.library.iter_daily(date(2026, 5, 1), date(2026, 5, 2))
    found = [next(pages)]
    sandbox.advance(60)
    sandbox.seed(daily=daily("2026-05-01", 2, views=7))
    found += list(pages)
    assert len({row.key for page in found for row in page.rows}) == sum(len(page.rows) for page in found) == 5
    assert len({page.as_of for page in found}) == 1
    again = [row for page in client.library.iter_daily(date(2026, 5, 1), date(2026, 5, 2)) for row in page.rows]
    assert [(row.views, row.revision) for row in again] == [(7, 2), (7, 2)]


def test_events_once_and_in_order(client, sandbox, ready):
    """Twice and out of order at the library, once and in order here; what is no longer kept is told."""
    for kind in ("duplicate", "reorder"):
        sandbox.fault(kind, "/v1/library/events", method="GET")
        assert [event.seq for event in client.library.iter_events(0)] == [1, 2]
    assert list(client.library.iter_events(2)) == []
    sandbox.fault(
        "status", "/v1/library/events", method="GET", when="before", value={"status": 200, "body": {"events": [], "hasMore": True}}
    )
    with pytest.raises(PagingError):
        list(client.library.iter_events(2))
    sandbox.advance(31 * 86400)
    with pytest.raises(GoneError):
        list(client.library.iter_events(0))


def signed(body, now):
    stamp = str(int(now.timestamp()))
    digest = hmac.digest(b"sandbox-not-a-secret-0000", f"bn-1.{stamp}.".encode() + body, hashlib.sha256)
    return {"webhook-id": "bn-1", "webhook-timestamp": stamp, "webhook-signature": "v1," + base64.b64encode(digest).decode()}


def test_callbacks(make_client, make):
    """Signed ones become events; forged, late and shapeless ones are refused."""
    library = make_client(hook_secret=SECRET).library
    body = json.dumps({"seq": 1, "type": "placement.live", "videoId": "v", "placementId": "p-1", "at": "2026-05-01T06:00:00Z"}).encode()
    assert library.parse_callback(signed(body, make.now), body).placement_id == "p-1"
    for headers in (signed(b"other", make.now), signed(body, make.now - timedelta(hours=1))):
        with pytest.raises(ForgedError):
            library.parse_callback(headers, body)
    with pytest.raises(InvalidError):
        library.parse_callback(signed(b"{}", make.now), b"{}")


@pytest.mark.parametrize("fault", ["login_page", "wrong_shape", "garble"])
def test_answers_that_are_none(client, sandbox, ready, fault):
    """K7, K8: never success."""
    sandbox.fault(fault, "/v1/library/*", method="GET", times=9)
    with pytest.raises(UnexpectedAnswerError):
        client.library.get_video(ready)


def test_unknown_videos(client, make):
    """Told as such."""
    with pytest.raises(NotFoundError):
        client.library.get_video("nothing")
    assert client.library.get_rules("nothing") is None


def test_no_library(make_client, make):
    """13.18: every verb says so."""
    library = make_client(library="none").library
    moment, day = make.now, make.now.date()
    calls = [
        library.info,
        lambda: library.upsert_video(make.record()),
        lambda: library.get_video("v"),
        library.iter_videos,
        lambda: library.archive("v"),
        lambda: library.set_content("v", Content.model_validate(make.content)),
        lambda: library.set_rules("v", make.rules(1)),
        lambda: library.get_rules("v"),
        lambda: library.publish("v", [], "d"),
        lambda: library.unpublish("v", reason="r", request_id="d"),
        lambda: library.iter_placements(since=moment),
        lambda: library.iter_daily(day, day),
        lambda: library.iter_events(0),
        lambda: library.parse_callback({}, b""),
    ]
    for call in calls:
        with pytest.raises(FeatureMissingError, match="no_library"):
            call()
