"""Which files of the portal's library count, and for what: `approved_assets.yaml`, `product_packages.yaml`, `launch_assets.yaml`."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from colophon.config.nearest import near_to
from colophon.domain.team import TeamRole
from colophon.domain.todo import Milestone

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
