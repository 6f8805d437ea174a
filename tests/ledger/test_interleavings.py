"""Two processes change the same deliveries at once: whatever comes between, nothing is sent twice, undone or lost."""

import json
from typing import Any

import pytest
from interleaving import DAY, Pair, Place, into_each_other, one_after_the_other

from colophon.domain.delivery import Judgement, Verdict
from colophon.domain.finding import Finding, Severity
from colophon.errors import NotFoundError
from colophon.ledger import Ledger
from colophon.ledger.acknowledged import Acknowledged

NEWER = {"content": b"two", "days": 1}


def enter(place: Place, ledger: Ledger, *subjects: str) -> Any:
    """A run no longer wants these."""
    judgement = Judgement(subjects=subjects or ("isbn:1",), settled=subjects or ("isbn:1",))
    return ledger.enter("uc", {place.destination: judgement}, as_of=DAY, run="r")[place.destination]


def keep(place: Place, **facts: Any) -> None:
    """For the two changes to use."""
    place.kept |= facts


def two_titles(place: Place) -> None:
    """They wait."""
    place.plan(place.ledger, place.intent(), place.intent(subject="isbn:2"))


def in_flight(place: Place, *, lease_s: float = 3600, result: str = "accepted", **more: Any) -> None:
    """Taken by `a`, whose result is kept."""
    place.plan(place.ledger, place.intent(**more))
    (delivery,) = place.ledger.claim("uc", place.destination, owner="a", lease_s=lease_s, limit=1)
    keep(place, id=delivery.id, verdicts=[Verdict(delivery.id, result, "m-1" if result == "accepted" else None)])


def accepted(place: Place) -> None:
    """Taken by the system."""
    place.plan(place.ledger)
    keep(place, id=place.sent(place.ledger))


def failed(place: Place) -> None:
    """Refused by the system."""
    place.plan(place.ledger)
    keep(place, id=place.sent(place.ledger, result="refused", remote_id=None))
    place.claimed.clear()


def unknown(place: Place) -> None:
    """Nobody knows what became of it."""
    place.plan(place.ledger)
    keep(place, id=place.sent(place.ledger, result="unknown", remote_id=None))


def a_feed(place: Place) -> None:
    """Message 1 carries a title and was taken."""
    place.plan(place.ledger, place.intent(bundled=True))
    bundle(place, place.ledger)
    place.sent(place.ledger)
    place.claimed.clear()


def a_digest(place: Place) -> None:
    """Two titles in a message to a person."""
    digest = place.intent(b"both", "digest")
    place.plan(place.ledger, digest, place.intent(carrier="digest"), place.intent(subject="isbn:2", carrier="digest"))


def bundle(place: Place, ledger: Ledger) -> Any:
    """Put what waits into a feed."""
    return ledger.bundle("uc", place.destination, as_of=DAY, max_products=9, max_bytes=10**6, labels={})


def finish(place: Place, ledger: Ledger) -> int:
    """The result of `a`."""
    return ledger.finish(place.kept["verdicts"], owner="a")


def tell(outcome: str, seconds: int = 0) -> Any:
    """A system reports it."""
    return lambda place, ledger: ledger.record_outcomes([place.event(place.kept["id"], outcome, seconds)])


def redrive(place: Place, ledger: Ledger) -> int:
    """By hand."""
    return ledger.redrive("uc", place.destination)


def again(place: Place, ledger: Ledger) -> None:
    """By the desk's button."""
    ledger.people.send_again(place.kept["id"], by="ann", why="mended")


def newer(place: Place, ledger: Ledger, **more: Any) -> Any:
    """A run plans other content."""
    return place.plan(ledger, place.intent(**NEWER, **more))


def newer_goes(place: Place, ledger: Ledger) -> None:
    """A run plans other content, and sends all that waits."""
    newer(place, ledger)
    while place.claim(ledger, "c"):
        ledger.finish([Verdict(delivery.id, "confirmed") for delivery in place.claimed], owner="c")


def acknowledge(outcome: str) -> Any:
    """The recipient speaks of its message."""
    return lambda place, ledger: ledger.acknowledge(place.destination, 1, [Acknowledged("r.isbn:1", outcome, "1", "")], at=DAY)


def resolve(outcome: str) -> Any:
    """A person settles what is unknown."""
    return lambda place, ledger: ledger.resolve_by_operator(place.kept["id"], outcome, by="ann", why="I looked")


def find(place: Place, ledger: Ledger) -> Any:
    """A rule keeps a title back."""
    facts = {"rule": "T1", "severity": Severity.ERROR, "field": "title", "found": "", "expected": "x", "remedy": "y", "owner": "z"}
    return ledger.exceptions.record("uc", place.destination, ["isbn:1"], [Finding(subject="isbn:1", **facts)], as_of=DAY)


def claimed_apart(place: Place, *_: Any) -> None:
    assert sorted(delivery.subject for delivery in place.claimed) == ["isbn:1", "isbn:2"]


def old_or_new(place: Place, *_: Any) -> None:
    """What was taken is in flight and no longer wanted; what was not has given way, and the new one may be taken instead."""
    states = place.rows("revision, state, unwanted IS NOT NULL")
    if [delivery.revision for delivery in place.claimed] == [1]:
        assert [(n, state, bool(unwanted)) for n, state, unwanted in states] == [(1, "in_flight", True), (2, "planned", False)]
    else:
        assert [state for _, state, _ in states] == ["superseded", "in_flight" if place.claimed else "planned"]


def taken_or_withdrawn(place: Place, *_: Any) -> None:
    ((state, unwanted),) = place.rows("state, unwanted IS NOT NULL")
    assert (state, bool(unwanted)) == (("in_flight", True) if place.claimed else ("withdrawn", False))


def known_or_over(place: Place, *_: Any) -> None:
    """Whoever took it over learns that it was taken."""
    if place.claimed:
        assert [verdict.result for verdict in place.ledger.answered([place.kept["id"]])] == ["accepted"]
        place.ledger.finish(place.ledger.answered([place.kept["id"]]), owner="b")
    assert place.rows("state, remote_id") == [("accepted", "m-1")]


def is_state(*states: str) -> Any:
    """The place's rows, oldest revision first."""
    return lambda place, *_: _same([state for _, state in place.rows()], list(states))


def _same(found: object, right: object) -> None:
    assert found == right


def told_once(place: Place, first: Any, second: Any) -> None:
    assert (first, second) in {(1, 0), (0, 1)}
    assert place.rows("state") == [("sent",)]


def driven_once(place: Place, first: Any, second: Any) -> None:
    assert (first == 1) != (second == 1)
    assert place.rows("state") == [("planned",)]


def not_over_the_newer(place: Place, *_: Any) -> None:
    """The old one has given way, or stays as it was; the newer one is the last that went, or will go."""
    assert place.rows()[0][1] in {"failed", "superseded"}
    assert place.rows()[1][1] in {"planned", "confirmed"}


def old_goes_first(place: Place, *_: Any) -> None:
    """Where both went, the newer one went last."""
    assert [delivery.revision for delivery in place.claimed] in ([1, 2], [2])
    assert place.rows()[1] == (2, "confirmed")
    assert place.rows()[0][1] != "planned"


def said_once(place: Place, person: Any, _: Any) -> None:
    """A person's word and a system's: the system's, which is the later truth, stays; the person may be told that it is settled."""
    assert person is None or isinstance(person, NotFoundError)
    assert place.rows("state") == [("sent",)]


def whole_feeds(place: Place, *_: Any) -> None:
    """A title is in no message that does not carry it, and never in two."""
    carried = {key: carrier for key, carrier in place.rows("id, carrier_id") if carrier}
    feeds = [
        key
        for key, subject, state in place.rows("id, subject, state")
        if subject.startswith("feed:") and state not in {"withdrawn", "superseded"}
    ]
    manifests = {feed: json.loads(place.ledger.content_of(feed) or b"")["members"] for feed in feeds}
    assert {member: feed for feed, members in manifests.items() for member in members} == carried
    assert sum(map(len, manifests.values())) == len(carried)


def whole_digest(place: Place, *_: Any) -> None:
    """It went with both, or was taken apart: then the title that is still wanted may go by itself."""
    rows = {subject: (state, carrier is not None) for subject, state, carrier in place.rows("subject, state, carrier_id")}
    if rows["digest"][0] == "in_flight":
        assert rows["isbn:1"] == rows["isbn:2"] == ("planned", True)
    else:
        assert rows["digest"] == ("withdrawn", False)
        assert rows["isbn:1"] == ("withdrawn", True)
        assert rows["isbn:2"] == ("in_flight" if place.claimed else "planned", False)


def opened_once(_: Place, first: Any, second: Any) -> None:
    assert sorted([first, second]) == [(0, 1, 0), (1, 0, 0)]


def failed_or_again(place: Place, _: Any, driven: int) -> None:
    """What the recipient refused goes again exactly where it was refused before that."""
    ((state, carrier),) = [row[1:] for row in place.rows("subject, state, carrier_id") if row[0] == "isbn:1"]
    assert (state, carrier is None) == (("planned", True) if driven else ("failed", False))


def kept_on_either_side(place: Place, *_: Any) -> None:
    """The event's rank, the answer's id, and no try that goes on."""
    assert place.rows("state, remote_id") == [("sent", "m-1")]


def given_back_or_taken(place: Place, mine: set[str], _: Any) -> None:
    """Either the lease was lengthened, or another has it."""
    assert bool(mine) != bool(place.claimed)
    assert place.rows("owner") == [("a" if mine else "b",)]


PAIRS = (
    Pair("claim-claim", two_titles, lambda p, one: p.claim(one, "b"), lambda p, one: p.claim(one, "c"), claimed_apart),
    Pair("plan-claim", lambda p: p.plan(p.ledger), newer, Place.claim, old_or_new),
    Pair("withdraw-claim", lambda p: p.plan(p.ledger), enter, Place.claim, taken_or_withdrawn),
    Pair("plan-plan", lambda p: p.plan(p.ledger), newer, lambda p, one: newer(p, one, subject="isbn:1"), is_state("superseded", "planned")),
    Pair("finish-takeover", lambda p: in_flight(p, lease_s=-1, delivery_class="C"), finish, Place.claim, known_or_over),
    Pair("finish-giving-up", lambda p: in_flight(p, lease_s=-1, delivery_class="D"), finish, Place.claim, known_or_over),
    Pair("event-finish", in_flight, tell("sent"), finish, kept_on_either_side),
    Pair(
        "renew-takeover",
        lambda p: in_flight(p, lease_s=-1),
        lambda p, one: one.renew([p.kept["id"]], owner="a", lease_s=60),
        Place.claim,
        given_back_or_taken,
    ),
    Pair("await-await", accepted, tell("sent"), tell("confirmed", 2), is_state("confirmed")),
    Pair("event-event", accepted, tell("sent"), tell("sent"), told_once),
    Pair("lose-await", accepted, lambda p, one: one.lose([p.kept["id"]], "wiped"), tell("confirmed"), is_state("confirmed")),
    Pair("redrive-redrive", failed, redrive, redrive, driven_once),
    Pair("redrive-plan", failed, redrive, newer, not_over_the_newer),
    Pair("redrive-all-of-the-newer", failed, redrive, newer_goes, old_goes_first),
    Pair("again-plan", failed, again, newer, not_over_the_newer),
    Pair("again-all-of-the-newer", failed, again, newer_goes, old_goes_first),
    Pair("resolve-await", unknown, resolve("planned"), tell("sent"), said_once),
    Pair(
        "resolve-resolve",
        unknown,
        resolve("planned"),
        resolve("planned"),
        lambda _, a, b: _same(sorted(map(type, (a, b)), key=str), [type(None), NotFoundError]),
    ),
    Pair("withdraw-finish-taken", in_flight, enter, finish, is_state("accepted")),
    Pair("withdraw-finish-not-sent", lambda p: in_flight(p, result="not_sent"), enter, finish, is_state("withdrawn")),
    Pair(
        "plan-finish-not-sent", lambda p: in_flight(p, result="not_sent"), newer, finish, lambda p, *_: _same(p.rows()[1], (2, "planned"))
    ),
    Pair("acknowledge-redrive", a_feed, acknowledge("failed"), redrive, failed_or_again),
    Pair(
        "acknowledge-acknowledge", a_feed, acknowledge("confirmed"), acknowledge("confirmed"), lambda _, a, b: _same(a.moved + b.moved, 1)
    ),
    Pair("bundle-bundle", lambda p: p.plan(p.ledger, p.intent(bundled=True)), bundle, bundle, whole_feeds),
    Pair(
        "bundle-plan", lambda p: p.plan(p.ledger, p.intent(bundled=True)), bundle, lambda p, one: newer(p, one, bundled=True), whole_feeds
    ),
    Pair("digest-claim", a_digest, enter, Place.claim, whole_digest),
    Pair("finding-finding", lambda _: None, find, find, opened_once),
)


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
def test_one_after_the_other(ledger_url: str, pair: Pair) -> None:
    """What SQLite makes of two that come at once."""
    one_after_the_other(pair, ledger_url, 0)
    one_after_the_other(pair.turned(), ledger_url, 1)


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
def test_into_each_other(ledger_url: str, pair: Pair) -> None:
    """The second one between any two statements of the first, and the other way round."""
    if ledger_url.startswith("sqlite"):
        pytest.skip("SQLite lets one transaction write at a time; COLOPHON_LEDGER_URL names a PostgreSQL where there is one")
    assert into_each_other(pair, ledger_url, 0) > 0
    assert into_each_other(pair.turned(), ledger_url, 1) > 0
