"""What our words are called at 4ALLPORTAL: one file for each concern. Which fields they stand in is `fourallportal/mapping.yaml`."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Annotated, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from colophon.domain.nearest import nearest
from colophon.domain.product import FormKind
from colophon.domain.supplement import Coded
from colophon.domain.todo import Milestone

Locale = Annotated[str, Field(pattern=r"^[a-z]{2,3}(_[A-Z]{2})?$")]
Status = Annotated[str, Field(pattern=r"^\d\d$")]
ALL_CHANNELS = "*"
COPIED = ("short", "main")
FORMATS = get_args(FormKind)


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PortalLocales(_Part):
    """Languages of texts (List 74, such as `eng`) and the portal's locale of each. A product in any other language is an exception."""

    locales: dict[Annotated[str, Field(pattern=r"^[a-z]{3}$")], Locale] = Field(min_length=1)

    def of(self, language: str) -> str:
        """The locale of a language; empty where nobody named it."""
        return self.locales.get(language, "")

    def language(self, locale: str) -> str | None:
        """The language of a locale; None where nobody named it."""
        return next((language for language, name in self.locales.items() if name == locale), None)


class PortalChannels(_Part):
    """The portal's channels, each with the recipients (names of `recipients/`) whose feeds get the copy written for it."""

    channels: dict[str, tuple[str, ...]] = Field(min_length=1)

    def faults(self, recipients: Iterable[str]) -> Iterable[str]:
        """Recipients that there are not: their copy would go to nobody."""
        known = sorted(recipients)
        for channel, names in self.channels.items():
            yield from (f"channels.{channel}: {nearest(name, known, 'recipient')}" for name in names if name not in known)


class PortalCategories(_Part):
    """The portal's categories by Thema code, for each channel (`*`: for all that have no table of their own).

    The longest beginning of a code that is named decides. Raise the version with each change.
    """

    version: int
    channels: dict[str, dict[Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]*$")], str]] = Field(min_length=1)

    def category(self, channel: str, code: str) -> str | None:
        """A channel's category of a subject code; None: nobody mapped it."""
        table = self.channels.get(channel) or self.channels.get(ALL_CHANNELS, {})
        return next((table[code[:length]] for length in range(len(code), 0, -1) if code[:length] in table), None)

    def near(self, channel: str, code: str) -> str:
        """The mapped code that is most like one that is not; empty where none is."""
        return next(iter(get_close_matches(code, self.channels.get(channel) or self.channels.get(ALL_CHANNELS, {}), n=1, cutoff=0.3)), "")


class PortalTitles(_Part):
    """Which titles the portal has.

    A title goes there once one of the stages `approved_by` is done, or its publishing status (List 64) says that it is past that. A product with one of
    the statuses `withdrawn` is switched off there, and never deleted.
    """

    approved_by: tuple[Milestone, ...] = (Milestone.EDITORIAL_APPROVAL,)
    approved: tuple[Status, ...] = ("04",)
    withdrawn: tuple[Status, ...] = ("01", "05", "08", "11", "15", "16", "17")


class Segment(_Part):
    """An audience segment of the portal as ONIX says it: List 29 type, and a code of that."""

    type: str = "01"
    code: str

    @property
    def coded(self) -> Coded:
        """As the supplement holds it."""
        return Coded(code=self.type, text=self.code)


class PortalTexts(_Part):
    """What is taken of the portal's own words: how long each may be, in characters, and which audience each segment is.

    A description is measured with its tags, a short one or a feature without. A longer text is an exception, and is never cut. A feature is a text of its own (List 153: 11), for recipients that take such.
    """

    longest: dict[str, int] = Field(default_factory=dict)
    keywords: int = Field(default=500, gt=0)
    keyword: int = Field(default=100, gt=0)
    feature: int = Field(default=200, gt=0)
    most_features: int = Field(default=7, gt=0)
    segments: dict[str, Segment] = Field(default_factory=dict)

    @field_validator("longest")
    @classmethod
    def _are_kinds(cls, given: dict[str, int]) -> dict[str, int]:
        for name in given:
            if name not in COPIED:
                raise ValueError(nearest(name, COPIED, "kind of text"))
        return given


class PortalLinks(_Part):
    """Which files belong to which format, by our names of `asset_kinds`: `needs` must be there, `shared` may be of the work or of a person.

    All others are of one product alone.
    """

    needs: dict[str, tuple[str, ...]]
    shared: tuple[str, ...] = ()

    @field_validator("needs")
    @classmethod
    def _are_formats(cls, given: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        for name in given:
            if name not in FORMATS:
                raise ValueError(nearest(name, FORMATS, "format"))
        return given

    @property
    def form_of(self) -> dict[str, str]:
        """The format of each kind that belongs to one alone."""
        return {kind: form for form, kinds in self.needs.items() for kind in kinds}

    @model_validator(mode="after")
    def _own_is_not_shared(self) -> Self:
        """A cover that everybody may share is how the printed one comes to stand on the e-book."""
        if both := sorted({kind for kinds in self.needs.values() for kind in kinds} & set(self.shared)):
            raise ValueError(f"{both[0]} is both needed by a format alone and shared")
        return self


def faults_of_portal(
    channels: PortalChannels,
    categories: PortalCategories,
    links: PortalLinks,
    recipients: Iterable[str],
    awaited: Mapping[FormKind, Iterable[str]],
) -> dict[str, str]:
    """What is wrong between the files, by file; empty where nothing is. :param awaited: kinds of files that launches of each format wait for."""
    strange = [name for name in categories.channels if name not in {ALL_CHANNELS, *channels.channels}]
    own = links.form_of
    of_others = [
        f"assets.{form}: {kind} is of {own[kind]}" for form, kinds in awaited.items() for kind in kinds if own.get(kind, form) != form
    ]
    found = {
        "portal_channels.yaml": "; ".join(channels.faults(recipients)),
        "portal_categories.yaml": "; ".join(f"channels: {nearest(name, channels.channels, 'channel')}" for name in strange),
        "readiness.yaml": "; ".join(of_others),
    }
    return {file: fault for file, fault in found.items() if fault}
