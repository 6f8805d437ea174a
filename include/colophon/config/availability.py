"""How channels of the rights records are called at the counterparts whose availability follows rights: `availability.yaml`."""

from pydantic import BaseModel, ConfigDict, Field, field_validator

from colophon.config.videos import KINDS, known
from colophon.domain.rights_deal import RightsFormat

VIDEO, SOUND = RightsFormat.VIDEO, RightsFormat.AUDIO_DOWNLOAD
ASKED = {"AUDIO_SAMPLE": (SOUND,), "EXCERPT": (SOUND, VIDEO), "PROMO_CLIP": (SOUND, VIDEO)}
"""Rights that kinds of videos ask where the publisher does not say; all others ask for VIDEO."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Portal(_Part):
    """4ALLPORTAL: the countries of its cells (List 91, WORLD), and our channel by its channel."""

    territories: tuple[str, ...] = Field(min_length=1)
    channels: dict[str, str] = Field(min_length=1)


class Library(_Part):
    """The video library: our channel by its channel; the rights that a kind of video asks, all of them.

    Unless said, an AUDIO_SAMPLE asks for AUDIO_DOWNLOAD, an EXCERPT and a PROMO_CLIP for VIDEO, too, and all others for VIDEO.
    """

    channels: dict[str, str] = Field(min_length=1)
    rights: dict[str, tuple[RightsFormat, ...]] = Field(default_factory=dict)

    @field_validator("rights")
    @classmethod
    def _kinds_are_there(cls, given: dict[str, tuple[RightsFormat, ...]]) -> dict[str, tuple[RightsFormat, ...]]:
        known("kind", given, KINDS)
        return given

    def asks(self, kind: str) -> tuple[RightsFormat, ...]:
        """The rights that a video of a kind asks."""
        return self.rights.get(kind) or ASKED.get(kind) or (VIDEO,)

    def formats(self) -> tuple[RightsFormat, ...]:
        """Those that videos of any kind ask."""
        return tuple(dict.fromkeys(each for kind in KINDS for each in self.asks(kind)))


class Availability(_Part):
    """The whole file."""

    portal: Portal
    library: Library
