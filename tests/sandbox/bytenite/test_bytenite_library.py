"""The video library: records, rules, placements, figures, events."""

import base64
import hashlib
import hmac
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

V = "/v1/library/videos/v-1"
RULE = {
    "ruleId": "r1",
    "effect": "allow",
    "territories": ["GB"],
    "channels": ["website"],
    "from": None,
    "until": None,
    "reason": "head contract",
}
HERE = {"channel": "website", "territory": "GB", "at": "2026-05-01T06:00:00Z", "landingUrl": None}
DAILY = "/v1/library/analytics/daily?from=2026-05-01&to=2026-05-10"


def rules(revision, *given):
    return {"revision": revision, "default": "deny", "rules": list(given)}


def put(remote, **members):
    answer = remote.ask("PUT", V, members)
    assert answer.status_code in {200, 201}
    return answer.get_json()


def test_equal_content_keeps_its_revision(remote):
    """Absent members stay, null clears, the same again changes nothing."""
    first = put(remote, externalId="e", kind="TEASER", title="T", subtitle="S", keywords=["sea"])
    assert put(remote, title="T")["revision"] == first["revision"] == 1
    second = put(remote, subtitle=None, keywords=None)
    assert (second["revision"], second["title"], second["subtitle"], second["keywords"]) == (2, "T", None, [])
    assert remote.effects("video.record") == ["v-1", "v-1"]


def test_content_is_worked_on(remote):
    """PROCESSING, then READY with its length; the same bytes change nothing; a broken file fails."""
    remote.video()
    found = remote.get(V)
    assert (found["status"], found["content"]["durationSeconds"]) == ("READY", 62)
    content = {"version": "2", "sourceUrl": "https://a.example/a.mp4", "sha256": "a" * 64, "bytes": 5, "mediaType": "video/mp4"}
    assert remote.ask("PUT", f"{V}/content", content).get_json()["revision"] == found["revision"]
    remote.ask("PUT", f"{V}/content", {**content, "sha256": "b" * 64, "sourceUrl": "https://a.example/broken.mp4"})
    remote.advance(60)
    assert remote.get(V)["status"] == "FAILED"


@pytest.mark.parametrize(
    ("query", "found"),
    [("workId=9", 1), ("workId=8", 0), ("isbn=9781234567897", 1), ("isbn=9780000000000", 0), ("status=READY", 1), ("status=DRAFT", 0)],
)
def test_filters_of_videos(remote, query, found):
    """One that fits stays, one that does not goes."""
    remote.video()
    assert remote.get(f"/v1/library/videos?{query}")["pagination"]["total"] == found
    assert remote.get("/v1/library/videos?updatedSince=2026-05-02T00:00:00Z")["data"] == []


def test_published_and_live(remote):
    """Scheduled, live when due; forbidden ones are BLOCKED with the rule's reason; the same request has one effect."""
    remote.video()
    wanted = [
        HERE,
        {**HERE, "channel": "retailer", "territory": "IE"},
        {**HERE, "channel": "social"},
        {**HERE, "territory": "IE", "at": "2026-05-02T06:00:00Z"},
    ]
    items = remote.publish(*wanted)
    assert [(item["state"], item["reason"]) for item in items] == [
        ("SCHEDULED", None),
        ("BLOCKED", "exclusive licence 44"),
        ("BLOCKED", "no rule allows it"),
        ("SCHEDULED", None),
    ]
    assert sorted(remote.states()) == ["BLOCKED", "BLOCKED", "LIVE", "SCHEDULED"]
    assert [item["state"] for item in remote.publish(*wanted)] == ["LIVE", "BLOCKED", "BLOCKED", "SCHEDULED"]
    assert remote.effects("video.placement") == ["v-1/website/GB"]
    remote.advance(86400)
    assert len(remote.effects("video.placement")) == 2
    conflict = remote.ask("POST", f"{V}/publish", {"requestId": "q-1", "placements": [HERE]})
    assert conflict.status_code == 409


def test_nothing_is_live_without_rules(remote):
    """No rules: BLOCKED."""
    remote.video(rules=None)
    assert remote.publish(HERE)[0]["state"] == "BLOCKED"
    assert remote.effects("video.placement") == []


def test_windows_close_by_the_clock(remote):
    """After `until` the placement is removed."""
    remote.video()
    remote.publish(HERE)
    assert remote.get("/v1/library/placements")["data"][0]["liveUntil"] == "2026-05-20T00:00:00Z"
    remote.advance(19 * 86400)
    row = remote.get("/v1/library/placements?state=REMOVED")["data"][0]
    assert row["reason"] == "rule"


def test_rules_close_at_once_and_may_open(remote):
    """`closed` names what ended; what may run again is `opened`, and waits to be published; old revisions are stale."""
    remote.video(rules=rules(2, RULE))
    live = remote.publish(HERE)[0]["placementId"]
    assert remote.ask("PUT", f"{V}/rules", rules(3)).get_json() == {"revision": 3, "closed": [live], "opened": []}
    assert remote.states() == ["REMOVED"]
    assert remote.ask("PUT", f"{V}/rules", rules(4, RULE)).get_json() == {"revision": 4, "closed": [], "opened": [live]}
    assert remote.states() == ["REMOVED"]
    assert remote.publish(HERE, request="q-2")[0]["state"] == "SCHEDULED"
    for stale in (rules(3, RULE), rules(4)):
        answer = remote.ask("PUT", f"{V}/rules", stale)
        assert (answer.status_code, answer.get_json()["message"]) == (409, "stale_revision")
    assert remote.ask("PUT", f"{V}/rules", rules(4, RULE)).status_code == 200
    assert remote.get(f"{V}/rules") == rules(4, RULE)


def test_on_hold_and_back(remote):
    """Our hold stops what is live, until it is taken away; archiving ends it."""
    remote.video()
    remote.publish(HERE)
    put(remote, onHold=True)
    assert remote.states() == ["ON_HOLD"]
    put(remote, onHold=False)
    assert remote.states() == ["LIVE"]
    assert remote.ask("DELETE", V).status_code == 204
    assert remote.states() == ["REMOVED"]


def test_unpublish_has_one_effect(remote):
    """Twice, and by another request: removed once."""
    remote.video()
    remote.publish(HERE)
    for request in ("u-1", "u-1", "u-2"):
        body = {"requestId": request, "all": True, "reason": "title pulled"}
        assert remote.ask("POST", f"{V}/unpublish", body).get_json()["items"][0]["state"] == "REMOVED"
    assert remote.effects("video.placement") == ["v-1/website/GB"] * 2
    unknown = {"requestId": "u-3", "placementIds": ["p-9"], "reason": "r"}
    assert remote.ask("POST", f"{V}/unpublish", unknown).status_code == 404


def test_by_hand_against_the_rules(remote):
    """It is LIVE although forbidden, until somebody unpublishes it."""
    remote.video()
    remote.control("POST", "/seed", {"records": {"bytenite": {"placements": [{"videoId": "v-1", "channel": "social", "territory": "US"}]}}})
    remote.advance(86400)
    assert remote.states() == ["LIVE"]
    remote.ask("POST", f"{V}/unpublish", {"requestId": "u", "all": True, "reason": "violation"})
    assert remote.states() == ["REMOVED"]


def test_figures_come_late_and_are_restated(remote):
    """Three days late; later with higher revision and a row less; at last final, and the same."""
    remote.video()
    remote.publish(HERE)
    assert remote.get(DAILY)["data"] == []
    remote.advance(4 * 86400)
    first = [row for row in remote.get(DAILY)["data"] if row["day"] == "2026-05-01"]
    assert [(row["countryCode"], row["revision"], row["final"]) for row in first] == [("GB", 1, False), ("ZZ", 1, False)]
    remote.advance(2 * 86400)
    second = [row for row in remote.get(DAILY)["data"] if row["day"] == "2026-05-01"]
    assert [(row["countryCode"], row["revision"]) for row in second] == [("GB", 2)]
    remote.advance(3 * 86400)
    final = [row for row in remote.get(DAILY)["data"] if row["day"] == "2026-05-01"]
    assert final[0]["final"]
    assert final[0]["views"] == second[0]["views"]


def test_pages_of_one_reading_fit_together(remote):
    """A restatement between two pages does not show in the second one."""
    rows = [{"day": "2026-05-01", "videoId": f"v-{n}", "channel": "website", "countryCode": "GB", "views": n} for n in range(6)]
    remote.control("POST", "/seed", {"records": {"bytenite": {"daily": rows}}})
    first = remote.get(f"{DAILY}&pagination.limit=3")
    remote.advance(60)
    remote.control("POST", "/seed", {"records": {"bytenite": {"daily": rows[3:]}}})
    second = remote.get(f"{DAILY}&pagination.limit=3&pagination.offset=3&asOf={first['asOf']}")
    assert [row["videoId"] for row in first["data"] + second["data"]] == [f"v-{n}" for n in range(6)]
    assert [row["videoId"] for row in remote.get(DAILY)["data"]] == ["v-3", "v-4", "v-5"]
    assert remote.get(f"{DAILY}&videoId=v-4")["pagination"]["total"] == 1
    assert remote.get(f"{DAILY}&updatedSince=2026-05-01T06:00:30Z")["data"] == []


def test_events_in_order_and_not_for_ever(remote):
    """`after` is exclusive, pages go on, and after 30 days they are gone."""
    remote.video()
    remote.publish(HERE)
    everything = remote.get("/v1/library/events")["events"]
    assert [event["type"] for event in everything] == ["video.ingested", "video.ready", "placement.live"]
    page = remote.get("/v1/library/events?after=1&limit=1")
    assert ([event["seq"] for event in page["events"]], page["hasMore"]) == ([2], True)
    remote.advance(31 * 86400)
    assert remote.ask("GET", "/v1/library/events?after=0").status_code == 410


def test_events_twice_and_out_of_order(remote):
    """Faults play them so."""
    remote.video()
    for kind, expected in (("duplicate", [1, 1, 2, 2]), ("reorder", [2, 1])):
        remote.control("POST", "/faults", {"system": "bytenite", "match": {"path": "/v1/library/events"}, "kind": kind})
        assert [event["seq"] for event in remote.get("/v1/library/events")["events"]] == expected


@pytest.fixture
def receiver():
    """Takes callbacks; answers 503 to the first."""
    got = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            got.append(({k.lower(): v for k, v in self.headers.items()}, self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(503 if len(got) == 1 else 202)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/hook", got
    server.shutdown()
    server.server_close()


def test_callbacks_are_signed_and_repeated(remote, receiver):
    """Standard Webhooks over the raw body; one that failed comes again under the same id."""
    url, got = receiver
    remote.settings(webhook_url=url)
    remote.video()
    remote.advance(200)
    ids = [headers["webhook-id"] for headers, _ in got]
    assert sorted(ids) == ["bn-1", "bn-1", "bn-2"]
    headers, body = got[-1]
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    digest = hmac.digest(b"sandbox-not-a-secret-0000", signed, hashlib.sha256)
    assert headers["webhook-signature"] == f"v1,{base64.b64encode(digest).decode()}"
