"""A channel of a video as the release plan has it: what stands there too early, and what is to be shown."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from colophon.domain.delivery import LatestDelivery
from colophon.http.jsontext import read_json
from colophon.systems.bytenite.mapping import is_allowed
from colophon.systems.bytenite.records import Placement
from colophon.use_cases.bytenite.clearance import OURS, STANDING, Cleared

AT = "at"
"""Label of what was published: the moment that it was for."""


@dataclass(frozen=True, slots=True)
class Channel:
    """`at`: from when on it shows the video; None: not yet. `is_known`: whether all that decides it could be read.

    `shown`: its placements, by country. `last`: where it was told last to show the video.
    """

    video: Cleared
    name: str
    at: datetime | None
    is_known: bool
    shown: Mapping[str, Placement]
    last: LatestDelivery | None

    @property
    def is_due(self) -> bool:
        """Whether its moment has come, or is so near that placements are scheduled."""
        context = self.video.context
        return self.at is not None and self.at <= context.as_of + timedelta(hours=context.config.video_release.ahead_hours)

    @property
    def shows(self) -> bool:
        """Whether anything may be shown on it by this run."""
        return self.is_due and self.is_known and self.video.is_ready and not self.video.context.rights.closes_only

    @property
    def restores(self) -> bool:
        """Whether what was taken down by hand is put back."""
        return self.video.context.config.video_release.restore_if_removed_by_hand.get(self.name, False)

    def early(self) -> list[Placement]:
        """What stands before its moment, where the plan says when that is; what stood there before the plan did is left."""
        if not self.is_known or (self.last is None and self.at is None):
            return []
        is_to_come = self.at is not None and self.at > self.video.context.as_of
        states: Collection[str] = STANDING if not self.is_due else {"LIVE"} if is_to_come else ()
        return [self.shown[place] for place in self.video.context.config.video_release.territories if self._state(place) in states]

    def places(self, begins: datetime) -> list[str]:
        """The plan's countries in which rights, and the rules that the library has, allow it from a moment on."""
        rules = [rules for rules in (self.video.wanted, self.video.shown.rules) if rules is not None]
        territories = self.video.context.config.video_release.territories
        return [place for place in territories if all(is_allowed(each, self.name, place, begins)[0] for each in rules)]

    def by_hand(self, places: Sequence[str]) -> list[Placement]:
        """What somebody took down."""
        return [self.shown[place] for place in places if self._state(place) == "REMOVED" and self.shown[place].reason not in OURS]

    def refused(self, places: Sequence[str]) -> list[Placement]:
        """What the channel does not take."""
        return [self.shown[place] for place in places if self._state(place) == "FAILED"]

    def wanted(self, places: Sequence[str], early: Sequence[Placement]) -> list[str]:
        """Where it is to be shown now, with what a list for people has already; empty: nothing is new. `early` is shown again at its moment."""
        is_moved = self.last is not None and self.last.labels.get(AT) != text(self.at)
        listed = set() if is_moved else {place for place in self._told() if place not in self.shown}
        taken = {placement.territory for placement in early}
        again = {place for place in places if place in taken or (place not in listed and self._is_to_show(place, is_moved=is_moved))}
        return [place for place in places if place in again | listed] if again else []

    def _is_to_show(self, place: str, *, is_moved: bool) -> bool:
        placement = self.shown.get(place)
        if placement is None or placement.state == "BLOCKED":
            return True
        if placement.state == "REMOVED":
            return self.restores or placement.reason in OURS
        if placement.state == "FAILED":
            return placement.updated_at is None or placement.updated_at.date() < self.video.context.as_of.date()
        return placement.state == "SCHEDULED" and is_moved

    def _state(self, place: str) -> str:
        return self.shown[place].state if place in self.shown else ""

    def _told(self) -> set[str]:
        """With a folder for a library, people have it on a list until they say that it stands."""
        had = next(iter(self.last.held), None) if self.last and self.last.state not in {"failed", "skipped"} else None
        content = self.video.context.content(had.content_hash) if had else None
        told: Any = read_json(content) if content else {}
        return {placement["territory"] for placement in told.get("placements", ())}


def text(moment: datetime | None) -> str:
    """A moment as the library and the ledger write it."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}" if moment else ""
