"""The story of a title and of one delivery: everything in its order, in whose words, to filter, to share and on paper."""

import re
from datetime import UTC, datetime, timedelta

from filled import DAY, HOSTILE, ISBN, UC

from colophon import story
from colophon.domain.delivery import Intent, OutcomeEvent, Verdict
from colophon.ledger.browse import Wanted

SUBJECT = f"isbn:{ISBN}"


def moments(text: str) -> list[str]:
    """What happened, in the order of the page."""
    shown = text.partition('<ol class="timeline is-story">')[2].partition("</ol>")[0]
    return re.findall(r"<div>(?:<a [^>]*>|<b>)([^<]*)</", shown)


def test_a_delivery_is_one_timeline(desk, ledger) -> None:
    """Planned, claimed and sent, answered, acknowledged; a second try after an answer that was lost and a person's word."""
    at = datetime.now(UTC)
    clock, ledger.clock = ledger.clock, lambda: at
    ledger.plan([Intent(UC, "kobo", SUBJECT, "A", b"new", "text/plain", DAY)])
    for hours, result in ((1, "unknown"), (3, "accepted")):
        at = at + timedelta(hours=hours)
        [taken] = ledger.claim(UC, "kobo", owner="me", lease_s=60, limit=9)
        ledger.finish([Verdict(taken.id, result, "m1", code=f"c.{result}", detail="words")], owner="me")
        if result == "unknown":
            ledger.people.say_outcome(taken.id, "planned", by="olga", why="asked them")
    ledger.record_outcomes([OutcomeEvent(taken.id, "confirmed", at + timedelta(hours=1), "kobo", "m1", "", "ack", "", "welcome")])
    ledger.clock = clock
    text = desk.client("op").get(f"/deliveries/{taken.id}").text
    assert moments(text) == [
        "planned, revision 1", "claimed and sent, try 1", "no answer: nobody knows whether it arrived", "a person said: planned",
        "claimed and sent, try 2", "answered: accepted", "reported: confirmed",
    ]  # fmt: skip
    assert "welcome" in text


def test_where_it_stands_is_said_once(desk, ledger) -> None:
    """A refusal is the end of its story; what gave way says so itself, since no try and no answer tells of it."""
    [refused] = ledger.desk.deliveries_page(Wanted(destination="to-refused", states=("failed",)))
    viewer = desk.client("viewer")
    assert moments(viewer.get(f"/deliveries/{refused.id}").text)[-1] == "refused"
    ledger.plan([Intent(UC, "kobo", SUBJECT, "A", body, "text/plain", DAY) for body in (b"one",)])
    ledger.plan([Intent(UC, "kobo", SUBJECT, "A", body, "text/plain", DAY + timedelta(days=1)) for body in (b"two",)])
    [gone] = ledger.desk.deliveries_page(Wanted(states=("superseded",)))
    assert moments(viewer.get(f"/deliveries/{gone.id}").text) == ["planned, revision 1", "now: superseded"]


def test_the_story_of_a_title_is_over_all_systems(desk, ledger) -> None:
    """Feed, exception, letter, video and event from another system, newest first; by system and by recipient; nothing is markup."""
    ledger.inbox.take("/crm", "w-1", "acme.weather.v1", f'{{"isbn": "{ISBN}", "name": "Person"}}'.encode(), "there is no such event")
    viewer = desk.client("viewer")
    text = viewer.get(f"/titles/{ISBN}/story").text
    assert {"exception M1 opened", "answered: confirmed", "event acme.weather.v1 could not be dealt with"} <= set(moments(text))
    assert text.count("exstream: rights notices") == text.count("bytenite: video rights") == 1
    assert "<script>alert" not in text
    assert "Person" not in text
    dates = re.findall(r'<time datetime="([^"]+)"', text.partition("<ol")[2])
    assert dates == sorted(dates, reverse=True)
    letters = viewer.get(f"/titles/{ISBN}/story?system=OpenText%20Exstream").text
    assert moments(letters) == ["planned, revision 1"]
    assert set(re.findall(r"for ([a-z-]+)</span>", viewer.get(f"/titles/{ISBN}/story?recipient=to-refused").text)) == {"to-refused"}
    assert "Nothing happened there" in viewer.get(f"/titles/{ISBN}/story?system=nobody").text
    assert f"/titles/{ISBN}/story" in viewer.get(f"/titles/{ISBN}").text


def test_the_story_goes_on_paper(desk) -> None:
    """As narrowed; a number that nothing was planned of is said, and no paper."""
    viewer = desk.client("viewer")
    answer = viewer.get(f"/titles/{ISBN}/story.pdf?recipient=to-refused")
    assert (answer.status_code, answer.headers["content-type"], answer.content[:5]) == (200, "application/pdf", b"%PDF-")
    assert f"story-{ISBN}.pdf" in answer.headers["content-disposition"]
    assert viewer.get("/titles/9780000000064/story.pdf").status_code == 404


def test_the_same_story_gives_the_same_bytes() -> None:
    """Hostile words are text on paper."""
    told = [story.Moment(DAY, "xConnector", UC, "kobo", "answered: failed", f"#eval {HOSTILE} $x$", story.BAD)]
    papers = {story.story_pdf(told, isbn=ISBN, title=HOSTILE, of="kobo", publisher="*P*", at=DAY) for _ in range(2)}
    assert len(papers) == 1
