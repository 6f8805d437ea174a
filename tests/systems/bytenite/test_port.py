"""Ledger deliveries through the sandbox, and their outcomes back."""

import pytest
from ledger_database import make_ledger

from colophon.deliver import deliver
from colophon.errors import VendorGoneError
from colophon.ledger import Ledger
from colophon.systems.bytenite.collect import collect_jobs, collect_library
from colophon.systems.bytenite.port import LibraryPort, MediaJobPort

SOURCE = {"descriptor": "url", "url": "https://assets.example.org/m.mov"}


@pytest.fixture
def ledger(tmp_path, make):
    """An empty ledger."""
    url = f"sqlite:///{tmp_path}/ledger.db"
    make_ledger(url)
    with Ledger.open(url, clock=lambda: make.now) as found:
        yield found


def job(make, n=1, kind="TRAILER"):
    content = {"kind": kind, "name": f"trailer {n:04d}", "source": SOURCE}
    return make.intent(f"isbn:{n}", content, cls="C")


def run(ledger, port):
    return deliver(ledger, port, use_case="test", destination="bytenite", owner="me", lease_s=900, sleep=lambda _: None)


def states(ledger):
    return ledger.counts("test").get("bytenite", {})


def collect_outcomes(ledger, client, make, times=1, how=collect_jobs):
    for _ in range(times):
        found = how(ledger, client, use_case="test", destination="bytenite", at=make.now)
    return found


@pytest.mark.parametrize("fault", [None, "reset", "drop", "garble", "login_page"])
@pytest.mark.parametrize("path", ["/run", ""])
def test_jobs_through_the_engine_twice(ledger, client, sandbox, make, fault, path):
    """K5, K15: planned, run, copied, planned again: one run each, whatever became of an answer; the second run sends nothing."""
    if fault:
        sandbox.fault(fault, f"{make.jobs}*{path}")
    ledger.plan([job(make, n) for n in (1, 2, 3)])
    first = run(ledger, MediaJobPort(client))
    assert (first.stopped_by, dict(first.counts)) == (None, {"accepted": 3})
    collect_outcomes(ledger, client, make)
    assert states(ledger) == {"processing": 3}
    collect_outcomes(ledger, client, make, times=3)
    assert states(ledger) == {"confirmed": 3}
    ledger.plan([job(make, n) for n in (1, 2, 3)])
    before = len(sandbox.calls())
    assert run(ledger, MediaJobPort(client)).counts == {}
    assert len(sandbox.calls()) == before
    assert len(sandbox.effects("media.run")) == 3


def test_a_worker_that_died_after_the_run(ledger, client, sandbox, make):
    """13.1: its lease runs out, the next one reads the job back and runs nothing."""
    ledger.plan([job(make)])
    claimed = ledger.claim("test", "bytenite", owner="dead", lease_s=-1, limit=1)
    MediaJobPort(client).send(claimed)
    assert dict(run(ledger, MediaJobPort(client)).counts) == {"accepted": 1}
    assert len(sandbox.effects("media.run")) == 1


def test_a_failed_job_says_why_and_may_be_tried_again(ledger, client, sandbox, make):
    """Failed with the tail of the log; by hand a second attempt is another job, a third is refused."""
    ledger.plan([job(make, kind="FAIL")])
    run(ledger, MediaJobPort(client))
    collect_outcomes(ledger, client, make, times=4)
    row = ledger.history("1")[0]
    assert states(ledger) == {"failed": 1}
    assert "encoder ended" in row.detail
    for runs, counts in ((2, {"accepted": 1}), (2, {"refused": 1})):
        assert ledger.redrive("test", "bytenite") == 1
        assert dict(run(ledger, MediaJobPort(client)).counts) == counts
        assert len(sandbox.effects("media.run")) == runs
        collect_outcomes(ledger, client, make, times=4)


def test_outputs_that_are_gone(ledger, client, sandbox, make):
    """13.4: nobody came for 48 hours: failed, never confirmed."""
    ledger.plan([job(make)])
    run(ledger, MediaJobPort(client))
    sandbox.advance(300)
    sandbox.advance(50 * 3600)
    assert collect_outcomes(ledger, client, make) == {"failed": 1}


def test_a_bad_job_is_refused_alone(ledger, client, make):
    """Content that is no job stops no other."""
    ledger.plan([make.intent("video:0", {"kind": "TRAILER"}, cls="C"), make.intent("video:9", [1], cls="C"), job(make)])
    assert dict(run(ledger, MediaJobPort(client)).counts) == {"refused": 2, "accepted": 1}


def test_vendor_gone(ledger, make_client, make):
    """13.5: nothing is taken, everything waits, the error is told."""
    ledger.plan([job(make, n) for n in (1, 2)])
    done = run(ledger, MediaJobPort(make_client(host="http://127.0.0.1:9")))
    assert isinstance(done.stopped_by, VendorGoneError)
    assert dict(done.counts) == {"not_sent": 1}


def library_plan(make, *, rules=True, territory="GB"):
    video, rule = (
        make.video_id,
        {"ruleId": "r1", "effect": "allow", "territories": ["GB"], "channels": ["website"], "reason": "head contract"},
    )
    placement = {"channel": "website", "territory": territory, "at": "2026-05-01T06:00:00Z"}
    record = {"externalId": "work:9/trailer", "kind": "TRAILER", "title": "Sea Room: trailer"}
    return [
        make.intent("video:9", record, verb="video"),
        make.intent("content:9", {"videoId": video, **make.content}, verb="content"),
        make.intent("rules:9", {"videoId": video, "rules": [rule] if rules else []}, verb="rules"),
        make.intent("placement:9", {"videoId": video, "placements": [placement]}, verb="publish"),
    ]


@pytest.mark.parametrize("fault", [None, "reset", "drop", "garble", "login_page"])
def test_videos_through_the_engine_twice(ledger, client, sandbox, make, fault):
    """K5, K15: described, ruled, published, live; the second run sends nothing."""
    for path, method in (("*/publish", "POST"), (f"*/{make.video_id}", "PUT"), ("*/rules", "PUT")):
        if fault:
            sandbox.fault(fault, path, method=method)
    ledger.plan(library_plan(make))
    first = run(ledger, LibraryPort(client))
    assert (first.stopped_by, dict(first.counts)) == (None, {"confirmed": 2, "processing": 1, "accepted": 1})
    assert collect_outcomes(ledger, client, make, how=collect_library) == {"processing": 1, "sent": 1}
    sandbox.advance(60)
    collect_outcomes(ledger, client, make, how=collect_library)
    assert states(ledger) == {"confirmed": 4}
    assert sandbox.effects("video.placement") == [f"{make.video_id}/website/GB"]
    ledger.plan(library_plan(make))
    assert run(ledger, LibraryPort(client)).counts == {}


def test_blocked_is_skipped_with_its_reason(ledger, client, sandbox, make):
    """13.11, 13.12: no rules, or none for this territory: nothing is LIVE."""
    ledger.plan(library_plan(make, territory="US"))
    assert run(ledger, LibraryPort(client)).counts["skipped"] == 1
    assert sandbox.effects("video.placement") == []


def test_closing_before_opening(ledger, client, sandbox, make):
    """13.10: new rules go narrowed first, and never is a forbidden placement LIVE."""
    ledger.plan(library_plan(make))
    run(ledger, LibraryPort(client))
    sandbox.advance(60)
    rule = {"ruleId": "r1", "effect": "allow", "territories": ["US"], "channels": ["website"], "reason": "new contract"}
    ledger.plan([make.intent("rules:9", {"videoId": make.video_id, "rules": [rule]}, verb="rules")])
    run(ledger, LibraryPort(client))
    puts = [call["body"] for call in sandbox.calls("/rules") if call["method"] == "PUT"]
    assert [(body["revision"], len(body["rules"])) for body in puts] == [(2, 1), (3, 0), (4, 1)]
    assert [placement.state for placement in client.library.iter_placements()] == ["REMOVED"]


def test_rules_that_somebody_else_gave_are_replaced(ledger, client, make):
    """Their revision is above ours; the delivery says by how much ours is to be lifted, once and from then on."""
    ledger.plan(library_plan(make)[:3])
    run(ledger, LibraryPort(client))
    client.library.set_rules(make.video_id, make.rules(99, make.rule("US")))
    for revision, territory in ((101, "IE"), (103, "GB")):
        rule = {"ruleId": "r1", "effect": "allow", "territories": [territory], "channels": ["website"]}
        ledger.plan([make.intent("rules:9", {"videoId": make.video_id, "rules": [rule], "base": 97}, verb="rules")])
        assert dict(run(ledger, LibraryPort(client)).counts) == {"confirmed": 1}
        assert client.library.get_rules(make.video_id).revision == revision


def test_taken_down(ledger, client, sandbox, make):
    """13.13, 13.16: put LIVE by hand against the rules, taken down once."""
    ledger.plan(library_plan(make, rules=False)[:3])
    run(ledger, LibraryPort(client))
    sandbox.seed(placements=[{"videoId": make.video_id, "channel": "social", "territory": "US"}])
    violation = make.intent("violation:9", {"videoId": make.video_id, "placementIds": ["p-1"], "reason": "violation"}, verb="unpublish")
    for counts in ({"confirmed": 1}, {}):
        ledger.plan([violation])
        assert dict(run(ledger, LibraryPort(client)).counts) == counts
    assert len(sandbox.effects("video.placement")) == 2


def test_no_library_is_skipped_loudly(ledger, make_client, sandbox, make):
    """13.18: by setting, and where the address has none."""
    ledger.plan(library_plan(make)[:2])
    assert dict(run(ledger, LibraryPort(make_client(library="none"))).counts) == {"skipped": 2}
    sandbox.settings(library=False)
    ledger.plan(library_plan(make)[2:])
    assert dict(run(ledger, LibraryPort(make_client())).counts) == {"skipped": 2}


def test_one_bad_stops_no_other(ledger, client, make):
    """A label that is no verb, content that is no record, an unknown video."""
    ledger.plan(
        [
            make.intent("a", {}, verb="dance"),
            make.intent("b", {"title": "T"}, verb="video"),
            make.intent("c", {}, verb="archive"),
            make.intent("d", {"videoId": "nothing", "placements": []}, verb="publish"),
            make.intent("e", {"videoId": "nothing"}, verb="archive"),
            *library_plan(make)[:1],
        ]
    )
    assert dict(run(ledger, LibraryPort(client)).counts) == {"refused": 5, "confirmed": 1}
