"""Which files of the portal's library count, and for what: `approved_assets.yaml`, `asset_checks.yaml`, `product_packages.yaml`, `launch_assets.yaml`."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from colophon.domain.nearest import near_to, nearest
from colophon.domain.team import TeamRole
from colophon.domain.todo import Milestone
from colophon.media_type import EXTENSIONS

Need = Literal["credit", "rights_until", "release"]
ResourceKind = Literal["COVER", "AUTHOR_PHOTO", "SAMPLE", "SALES_SHEET", "AD", "DOCUMENT", "OTHER"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ApprovedAssets(_Part):
    """Which kinds of assets (as `mapping.yaml` calls them) are referenced on titles, each as which of Consonance's kinds.

    Of those in `several` a title has more than one, told apart by their file names without version; of others the newest. `photos` are
    of a contributor and lack none of `photo_needs`; a consent (`release`) is given where it says `granted`, for each person shown. In one
    run the bytes of at most `bytes_checked` new files are compared with their hash, where the connection names the usage of originals.
    """

    kinds: dict[str, ResourceKind] = Field(min_length=1)
    several: frozenset[str] = frozenset()
    photos: frozenset[str] = frozenset({"author_photo"})
    photo_needs: tuple[Need, ...] = ("credit", "rights_until", "release")
    granted: str = "granted"
    bytes_checked: int = Field(default=200, ge=0)

    @model_validator(mode="after")
    def _are_kinds(self) -> Self:
        for name, named in (("several", self.several), ("photos", self.photos)):
            if unknown := sorted(named - self.kinds.keys()):
                raise ValueError(f"{name}: kinds has no {unknown[0]}{near_to(unknown[0], self.kinds)}")
        return self


class ProductPackages(_Part):
    """When a title's package is made: its `milestone` is done. Who is told of a part that is missing, within how many days: `owners`, by part."""

    milestone: Milestone = Milestone.PRODUCTION_COMPLETE
    owners: dict[str, TeamRole] = Field(default_factory=dict)
    other_owner: TeamRole = TeamRole.PRODUCTION_MANAGER
    days: int = Field(default=2, ge=0)


class LaunchAssets(_Part):
    """Which kinds of approved assets somebody confirms for a launch: the team's `confirms`, within so many `days` after their approval.

    On those in `dated` the date of publication is printed: a delay sends them back, and does not only hold them.
    """

    kinds: frozenset[str] = Field(min_length=1)
    dated: frozenset[str] = frozenset()
    confirms: TeamRole = TeamRole.EDITOR
    days: int = Field(default=5, ge=0)

    @model_validator(mode="after")
    def _are_kinds(self) -> Self:
        if unknown := sorted(self.dated - self.kinds):
            raise ValueError(f"dated: kinds has no {unknown[0]}{near_to(unknown[0], self.kinds)}")
        return self


class Bounds(_Part):
    """How small and how large a file may be: the sides of a picture in pixels, a file in megabytes, each picture of an EPUB in millions of pixels. 0: no bound."""

    short_px: int = Field(default=0, ge=0)
    long_px: int = Field(default=0, ge=0)
    megabytes: float = Field(default=0, ge=0)
    megapixels: float = Field(default=0, ge=0)


class AssetCheck(_Part):
    """What the bytes of a file of one kind have to be: one of the media types `forms`, of a picture one of the `colours`, and `square` where it says so.

    An EPUB with `own_isbn` names its ISBN inside; what it does not say of `access` keeps it from use (`stops`) or is reported (`warns`).
    What is beyond `stops` is not used; what is beyond `warns` is, and is reported.
    """

    forms: tuple[str, ...] = Field(min_length=1)
    colours: tuple[Literal["RGB", "GREY", "CMYK", "LAB"], ...] = ()
    square: bool = False
    own_isbn: bool = False
    access: Literal["stops", "warns", ""] = ""
    stops: Bounds = Bounds()
    warns: Bounds = Bounds()

    @field_validator("forms")
    @classmethod
    def _are_media_types(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        for name in given:
            if name not in EXTENSIONS:
                raise ValueError(nearest(name, EXTENSIONS, "media type"))
        return given


class AssetChecks(_Part):
    """What files of the portal's library have to be, by kind of asset. A kind that is not named may be anything."""

    kinds: dict[str, AssetCheck] = Field(default_factory=dict)
