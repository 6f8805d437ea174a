"""Letters to people outside: by which template and legal text, whom they are for, and how an answer is waited for."""

from collections.abc import Iterable, Mapping
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from colophon.domain.team import TeamRole
from colophon.domain.todo import Milestone


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LetterTemplate(_Part):
    """A communication of the document system, by name and version."""

    template: str
    version: str


class Fitting(_Part):
    """For which letters something is: of these imprints, to these countries, in these languages (ISO 639-2); empty: all."""

    imprints: tuple[str, ...] = ()
    territories: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()

    def fits(self, imprint: str | None, territory: str | None, language: str | None) -> bool:
        """Whether it is for such a letter."""
        asked = ((self.imprints, imprint), (self.territories, territory), (self.languages, language))
        return all(not wanted or given in wanted for wanted, given in asked)


class ChosenTemplate(LetterTemplate, Fitting):
    """A template, and for which letters; `id` tells it from the others of its kind, and stays when the template changes."""

    id: str = Field(default="", pattern=r"^[a-z0-9_-]{0,30}$")


class LegalText(Fitting):
    """What the law of some territories wants said in letters of some `kinds` (empty: all). Dated data: have your lawyer read it."""

    kinds: tuple[str, ...] = ()
    territories: tuple[str, ...] = Field(min_length=1)
    version: str
    text: str


class LetterKind(_Part):
    """A kind of letter: its templates, of which the first that fits is taken; one without a condition has to stand last, if at all."""

    templates: tuple[ChosenTemplate, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _tell_apart(self) -> Self:
        """Letters of two templates of one id would go with the first one."""
        names = [template.id for template in self.templates]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"templates: two have the id {twice[0]!r}")
        return self


class Asking(_Part):
    """How long an answer is waited for, in working days: until `due`; chased after each of `chase`; told to the editor after `tell_after`."""

    due: int = Field(gt=0)
    chase: tuple[int, ...] = ()
    tell_after: int = Field(gt=0)

    @model_validator(mode="after")
    def _rises(self) -> Self:
        """Somebody is chased before anybody is told that it did not help."""
        if [*self.chase, self.tell_after] != sorted({*self.chase, self.tell_after}):
            raise ValueError("chase: the days have to rise, and end before tell_after")
        return self


class StageLetter(LetterKind):
    """A letter to a title's contributors when a stage is reached.

    `opens`: the stage. `closes`: the stage with which it is settled. `roles`: contributors of these roles (ONIX List 17; empty: all).
    `asks`: it wants an answer.
    """

    opens: Milestone
    closes: Milestone | None = None
    roles: tuple[str, ...] = ()
    asks: Asking | None = None


class DelayLetter(LetterKind):
    """A letter when publication moves by more than `days`, to contributors of these roles."""

    days: int = Field(default=14, ge=0)
    roles: tuple[str, ...] = ()


class SignedLetter(LetterKind):
    """A letter when a contract was signed, to contributors of these roles."""

    roles: tuple[str, ...] = ()


class ContributorRequests(_Part):
    """What contributors are asked and told, by kind.

    A stage that was reached more than `fresh_days` ago asks nobody any more. Declined, and what else wants a person, is a to-do of whoever
    has the role `reader` in the title's team, silence one of `told`.
    """

    letters: dict[str, StageLetter]
    fresh_days: int = Field(default=30, gt=0)
    reader: TeamRole = TeamRole.PRODUCTION_MANAGER
    told: TeamRole = TeamRole.EDITOR


class MilestoneLetters(ContributorRequests):
    """The same for acquisition, approval and delay: `delay` and `acquisition` are letters without a stage."""

    delay: DelayLetter
    acquisition: SignedLetter


class LetterRules(_Part):
    """What all letters have in common: the legal texts, of which the first that fits is printed; without one no letter goes."""

    legal: tuple[LegalText, ...] = ()

    def legal_text(self, kind: str, imprint: str | None, territory: str | None, language: str | None) -> LegalText | None:
        """The text for a letter; a country that nobody told has none."""
        fitting = (text for text in self.legal if not text.kinds or kind in text.kinds)
        return next((text for text in fitting if territory and text.fits(imprint, territory, language)), None)


def destination(kind: str, template: ChosenTemplate) -> str:
    """How the ledger calls the letters of a kind that go by a template."""
    return f"{kind}-{template.id}" if template.id else kind


def destinations(kinds: Mapping[str, LetterKind]) -> dict[str, LetterTemplate]:
    """Every destination with its template."""
    return {destination(kind, each): each for kind, letter in kinds.items() for each in letter.templates}


def chosen(templates: Iterable[ChosenTemplate], imprint: str | None, territory: str | None, language: str | None) -> ChosenTemplate | None:
    """The template for a letter; None where none fits."""
    return next((each for each in templates if each.fits(imprint, territory, language)), None)
