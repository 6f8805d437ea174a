"""What videos say, where they go, and how their figures count: `video_metadata.yaml`, `video_release.yaml`, `video_performance.yaml`."""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from colophon.domain.countries import COUNTRIES
from colophon.domain.todo import Milestone

KINDS = ("TRAILER", "AUTHOR_INTERVIEW", "TEASER", "SOCIAL_CUT", "AUDIO_SAMPLE", "EXCERPT", "PROMO_CLIP", "OTHER")
CHANNELS = ("website", "retailer", "social", "landing")
MEMBERS = (
    "title", "subtitle", "language", "description", "workId", "isbns", "contributors", "imprint", "genres", "publicationDate", "keywords", "campaign"
)  # fmt: skip
"""Members of a video's record that two may own."""
MOST_WORDS, MOST_WEIGHT = 3, 1000
_THEMA, _LANGUAGE = re.compile("[A-Z0-9]{1,8}"), re.compile("[a-z]{3}")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def known(what: str, names: Iterable[str], right: Iterable[str]) -> None:
    """Whether all names are right ones.

    :raises ValueError: one is not; it names the nearest right one.
    """
    for name in names:
        if name not in right:
            close = get_close_matches(name.upper() if what == "kind" else name, list(right), n=1, cutoff=0)
            raise ValueError(f"there is no {what} {name!r}, the nearest is {close[0]!r}")


class VideoMetadata(_Part):
    """What a video's record says of its title.

    `owners`: whose word counts for a member (`ours`: Consonance's; `theirs`: that of marketing in the library); one that is not named
    is left alone. Keywords are both's: ours beside marketing's. `kinds`: what follows the title. `genres`: one to three words by Thema
    code and language; the longest code that begins a title's own counts. `title_length`: a longer title is cut at a word.
    """

    owners: dict[str, Literal["ours", "theirs"]]
    kinds: dict[str, str] = Field(min_length=1)
    genres: dict[str, dict[str, tuple[str, ...]]]
    title_length: int = Field(default=100, ge=20, le=200)

    @model_validator(mode="after")
    def _members_are_there(self) -> Self:
        known("member of a video", self.owners, MEMBERS)
        known("kind", self.kinds, KINDS)
        for code, by_language in self.genres.items():
            if not _THEMA.fullmatch(code):
                raise ValueError(f"genres: {code} is no Thema code")
            for language, words in by_language.items():
                if not _LANGUAGE.fullmatch(language) or not 1 <= len(words) <= MOST_WORDS or not all(words):
                    raise ValueError(f"genres: {code} needs one to three words for each language, such as eng: [fiction]")
        return self

    def words(self, code: str, language: str) -> tuple[str, ...]:
        """Words for a Thema code in a language, else in English; empty where the file has none."""
        for length in range(len(code), 0, -1):
            if found := self.genres.get(code[:length]):
                return found.get(language) or found.get("eng", ())
        return ()


REVEAL = "cover_reveal"
MILESTONES = (REVEAL, *Milestone)
"""What a placement can wait for: that the cover may be shown, or a milestone; `published` is the day of publication."""


class VideoRelease(_Part):
    """Which kind of video goes where, once what has come: kinds and their channels by milestone.

    `territories`: the countries in which placements are made, as far as rights allow. A placement that somebody took down is put back where
    `restore_if_removed_by_hand` says so for its channel. One that is due within `ahead_hours` is scheduled.
    """

    territories: tuple[str, ...] = Field(min_length=1)
    placements: dict[str, dict[str, tuple[str, ...]]]
    restore_if_removed_by_hand: dict[str, bool] = Field(default_factory=dict)
    ahead_hours: int = Field(default=24, ge=0, le=36)

    @model_validator(mode="after")
    def _names_are_there(self) -> Self:
        known("country", self.territories, COUNTRIES)
        known("milestone", self.placements, MILESTONES)
        for kinds in self.placements.values():
            known("kind", kinds, KINDS)
        known("channel", [name for kinds in self.placements.values() for names in kinds.values() for name in names], CHANNELS)
        known("channel", self.restore_if_removed_by_hand, CHANNELS)
        return self

    def milestones(self, kind: str, channel: str) -> list[str]:
        """What a kind of video waits for on a channel; each is enough."""
        return [milestone for milestone, kinds in self.placements.items() if channel in kinds.get(kind, ())]

    def places(self, kind: str, channel: str, territory: str) -> bool:
        """Whether the plan says when such a placement is shown."""
        return territory in self.territories and bool(self.milestones(kind, channel))


class VideoPerformance(_Part):
    """How figures of videos count.

    `history_days`: so many days are read at first, looked at for restatements, and summed up. `shares`: how a video of several titles is
    shared among its works, by the video's own name (external id) and work id; one that is not named is shared equally.
    """

    history_days: int = Field(default=90, ge=14, le=730)
    shares: dict[str, dict[int, int]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _weigh_something(self) -> Self:
        for name, weights in self.shares.items():
            if not any(weights.values()):
                raise ValueError(f"shares: all weights of {name} are 0")
            if not all(0 <= weight <= MOST_WEIGHT for weight in weights.values()):
                raise ValueError(f"shares: a weight of {name} is none of 0 to {MOST_WEIGHT}")
        return self
