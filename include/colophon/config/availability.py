"""How channels of the rights records are called at the counterparts whose availability follows rights: `availability.yaml`."""

from pydantic import BaseModel, ConfigDict, Field


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Portal(_Part):
    """4ALLPORTAL: the countries of its cells (List 91, WORLD), and our channel by its channel."""

    territories: tuple[str, ...] = Field(min_length=1)
    channels: dict[str, str] = Field(min_length=1)


class Library(_Part):
    """The video library: our channel by its channel."""

    channels: dict[str, str] = Field(min_length=1)


class Availability(_Part):
    """The whole file."""

    portal: Portal
    library: Library
