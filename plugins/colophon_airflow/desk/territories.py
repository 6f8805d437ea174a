"""Where a title may be sold, as a person looks at it: countries today, and one country over time."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from colophon_airflow.rights import holding_of
from colophon_airflow.settings import publisher_config

if TYPE_CHECKING:
    from colophon.ledger import Ledger
    from colophon.rights import Atlas, Availability


class Place(NamedTuple):
    """One country of ONIX List 91."""

    code: str
    name: str
    is_open: bool


class Change(NamedTuple):
    """From a day on (None: since ever) so many countries are open; which ones opened and closed on that day."""

    on: date | None
    open_count: int
    opened: Sequence[str]
    closed: Sequence[str]


class Span(NamedTuple):
    """Days of equal reasons in one country; None: since ever, for ever."""

    is_open: bool
    from_on: date | None
    until_on: date | None
    reasons: Sequence[str]


def judged(ledger: "Ledger", isbn: str) -> "tuple[Atlas, Availability]":
    """What the rights engine makes of Consonance's records as they are now; a stopped title is closed. Nothing is asked twice: a person waits.

    :raises NotFoundError: Consonance has no such product. :raises ColophonError: what keeps Consonance from answering.
    """
    from colophon.http.retry import asking_once
    from colophon.rights import Atlas, judge
    from colophon.stopped import as_stopped
    from colophon_airflow.systems.consonance.hook import ConsonanceHook

    config = publisher_config()
    atlas = Atlas.load(config.publisher.code_lists)
    with asking_once():
        holding = holding_of(ConsonanceHook("consonance_default"), isbn, config.embargoes.first_day_of_sale)
    return atlas, as_stopped(ledger, holding.product.isbn13 or isbn, judge(holding, atlas))


def places(atlas: "Atlas", found: "Availability", channel: str, day: date) -> list[Place]:
    """Every country and whether it is open on a day."""
    is_open = set(found.open_countries(channel, day))
    names = atlas.lists.lists[91]
    return sorted(Place(code, names.get(code, code), code in is_open) for code in atlas.countries)


def spans(atlas: "Atlas", found: "Availability", country: str, channel: str) -> list[Span]:
    """All of time in one country, oldest first."""
    atlas.bit(country)
    return [
        Span(each.is_open, each.from_on, each.until_on, [reason.sentence for reason in each.reasons])
        for each in found.timeline(country, channel)
    ]


def changes(atlas: "Atlas", found: "Availability", channel: str) -> list[Change]:
    """All of time in all countries: each day on which something opens or closes, oldest first."""
    made, before = [], 0
    for step in found.steps(channel):
        now = step.countries
        day = None if step.first == date.min.toordinal() else date.fromordinal(step.first)
        made.append(Change(day, now.bit_count(), atlas.names(now & ~before), atlas.names(before & ~now)))
        before = now
    return made
