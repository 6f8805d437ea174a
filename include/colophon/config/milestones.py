"""milestones.yaml: which to-do descriptions are which milestone. Nothing is guessed: what is not listed is nobody's milestone."""

import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, model_validator

from colophon.config.files import load_part
from colophon.domain.todo import Milestone

FILE = "milestones.yaml"


class Milestones(BaseModel):
    """Descriptions by milestone, and those of `ordinary` tasks, which are no milestone and no fault.

    `version` rises with each change. Descriptions are compared whole, without regard to case and blanks.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int = Field(gt=0)
    milestones: dict[Milestone, tuple[str, ...]]
    ordinary: tuple[str, ...] = ()
    _known: dict[str, Milestone | None] = PrivateAttr(default_factory=dict)

    @model_validator(mode="after")
    def _no_description_twice(self) -> Self:
        for text, milestone in self._entries():
            key = _key(text)
            if not key:
                raise ValueError("a description is blank")
            if key in self._known:
                raise ValueError(f"the description {text!r} stands there twice")
            self._known[key] = milestone
        return self

    def knows(self, description: str) -> bool:
        """Whether the file says what such a to-do is."""
        return _key(description) in self._known

    def of(self, description: str) -> Milestone | None:
        """The milestone; None for an ordinary task, and for one that the file does not know."""
        return self._known.get(_key(description))

    def _entries(self) -> Iterator[tuple[str, Milestone | None]]:
        for milestone, texts in self.milestones.items():
            for text in texts:
                yield text, milestone
        for text in self.ordinary:
            yield text, None


def load_milestones(folder: str | Path | None = None) -> Milestones:
    """The publisher's mapping, or the one that ships.

    :raises BadConfigError: naming what is wrong with the file.
    """
    return load_part(Milestones, FILE, folder)


def _key(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())
