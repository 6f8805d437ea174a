"""What is rendered for a title: `media.yaml`."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from colophon.domain.nearest import near_to

MediaKind = Literal["TRAILER", "TEASER", "SOCIAL_CUT", "AUTHOR_INTERVIEW", "AUDIO_SAMPLE", "EXCERPT", "PROMO_CLIP"]
Shape = Literal["16x9", "1x1", "9x16", "none"]
INPUTS = ("title", "subtitle", "author", "imprint", "isbn", "publication_date", "format", "minutes")
"""What a title can give a template, beside its file."""
SECONDS = {
    "TRAILER": (10, 90), "TEASER": (6, 20), "SOCIAL_CUT": (10, 60), "AUTHOR_INTERVIEW": (10, 600), "AUDIO_SAMPLE": (60, 300),
    "EXCERPT": (30, 300), "PROMO_CLIP": (15, 60),
}  # fmt: skip
"""Between how many seconds each kind is; retailers take no other samples than of one to five minutes."""
IS_OF = {"cover": "image/", "author_photo": "image/", "audio_master": "audio/"}
"""What some kinds of files have to be, by the beginning of their media type."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class MediaTemplate(_Part):
    """One thing to be rendered, in each of its `shapes`. `kind` names the template at the renderer (`templates` of the connection).

    It begins with the `stage` of launches.yaml. `asset`: the approved file that it is made of, as mapping.yaml calls its kind. `inputs`: what of the
    title goes into it, so that a change of one makes it anew; `version` likewise, for a change of the template. `minutes`: what it takes, estimated.
    """

    kind: MediaKind
    version: str = Field(min_length=1)
    shapes: tuple[Shape, ...] = Field(min_length=1)
    seconds: int
    stage: str
    asset: str
    inputs: tuple[str, ...]
    minutes: int = Field(default=2, gt=0)

    @field_validator("inputs")
    @classmethod
    def _known(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        for name in given:
            if name not in INPUTS:
                raise ValueError(f"a title has no input {name!r}{near_to(name, INPUTS)}")
        return given

    @model_validator(mode="after")
    def _is_as_long_as_its_kind(self) -> Self:
        least, most = SECONDS[self.kind]
        if not least <= self.seconds <= most:
            raise ValueError(f"seconds of a {self.kind} are {least} to {most}, and not {self.seconds}")
        return self

    @property
    def lasts(self) -> str:
        """Seconds of what comes of it: those of a picture as said, those of a recording that is short itself no fewer than its kind allows (`60-240`)."""
        return str(self.seconds) if IS_OF.get(self.asset) == "image/" else f"{SECONDS[self.kind][0]}-{self.seconds}"


class Budget(_Part):
    """So many jobs, and estimated minutes of rendering, start in a run; for more a person is asked."""

    jobs: int = Field(default=20, ge=0)
    minutes: int = Field(default=120, ge=0)


class Media(_Part):
    """The whole file. `videos` are made of every title, `companions` of audiobooks.

    A job that failed is tried `attempts` times in all. `outputs_url` is where what lies in `output_location` of the connection can be
    fetched: links of assets begin with it, and without it no content goes to the video library.
    """

    attempts: int = Field(default=2, ge=1, le=9)
    budget: Budget = Budget()
    outputs_url: str = Field(default="", pattern=r"^(https://\S+)?$")
    videos: dict[str, MediaTemplate] = Field(default_factory=dict)
    companions: dict[str, MediaTemplate] = Field(default_factory=dict)

    def faults(self, stages: dict[str, object]) -> str:
        """Which template begins with a stage that there is not; empty: none does."""
        for part, templates in (("videos", self.videos), ("companions", self.companions)):
            for name, template in templates.items():
                if template.stage not in stages:
                    return f"{part}.{name}.stage: launches.yaml has no stage {template.stage!r}{near_to(template.stage, stages)}"
        return ""
