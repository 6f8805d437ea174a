"""A title that a person stopped is closed everywhere by the next runs, and only there; released, it is as its rights have it."""

import pytest
from changing_house import isbn
from rights_story import LIBRARY, PORTAL, Story

from colophon.domain.delivery import Intent
from colophon.errors import ConflictError, InvalidError, NotFoundError
from colophon.ledger import Ledger
from colophon.stopped import release, stop, stops


def test_portal_and_library_close_a_stopped_title_and_nothing_else(story: Story) -> None:
    """Every cell of it, and every video that names it; all others stay; after its release the portal is as rights allow."""
    for use_case in (PORTAL, LIBRARY):
        story.run(use_case)
    story.publish_everything()
    cells, live = story.shown()
    number = next(n for name, _, _ in sorted(live) for n in story.videos[name] if any(cell[0] == isbn(n) for cell in cells))
    with Ledger.open(story.url) as ledger:
        ledger.plan(
            [
                Intent(
                    "test",
                    "x",
                    f"isbn:{isbn(number)}",
                    "A",
                    b"x",
                    "text/plain",
                    ledger.clock(),
                    labels={"isbn": isbn(number), "title": "T"},
                )
            ]
        )
        stop(ledger, isbn(number), by="olga", why="a court said so")
    for use_case in (PORTAL, LIBRARY):
        story.run(use_case)
    names = {name for name, titles in story.videos.items() if number in titles}
    shown = story.shown()
    assert shown[0] == {cell for cell in cells if cell[0] != isbn(number)}
    assert shown[1] == {place for place in live if place[0] not in names}
    with Ledger.open(story.url) as ledger:
        release(ledger, isbn(number), by="olga", why="it was withdrawn")
    story.run(PORTAL)
    assert story.shown()[0] == cells


def test_stopping_is_deliberate(story: Story) -> None:
    """A title that is known, a reason, once; and each act in the audit with who and why."""
    with Ledger.open(story.url) as ledger:
        with pytest.raises(NotFoundError):
            stop(ledger, "9780000000002", by="olga", why="x")
        ledger.plan(
            [
                Intent(
                    "test",
                    "x",
                    "isbn:9780000000002",
                    "A",
                    b"x",
                    "text/plain",
                    ledger.clock(),
                    labels={"isbn": "9780000000002", "title": "T"},
                )
            ]
        )
        with pytest.raises(InvalidError):
            stop(ledger, "9780000000002", by="olga", why=" ")
        with pytest.raises(NotFoundError):
            release(ledger, "9780000000002", by="olga", why="x")
        stop(ledger, "9780000000002", by="olga", why="a court")
        with pytest.raises(ConflictError):
            stop(ledger, "9780000000002", by="vera", why="again")
        assert [(found["by"], found["why"]) for found in stops(ledger).values()] == [("olga", "a court")]
        release(ledger, "9780000000002", by="olga", why="over")
        assert stops(ledger) == {}
        audit = [(line.action, line.by, line.why) for line in ledger.people.audit_page(target="isbn:9780000000002")]
    assert audit == [("release", "olga", "over"), ("stop everywhere", "olga", "a court")]
