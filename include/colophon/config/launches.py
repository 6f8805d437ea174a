"""What campaigns wait for: `launches.yaml`."""

from pydantic import BaseModel, ConfigDict, Field

from colophon.domain.todo import Milestone


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LaunchStage(_Part):
    """A stage of a campaign: it begins with the milestone `begins`, and holds while one of `needs` is not done.

    `stock`: also while copies of the format are on order and none were received.
    """

    begins: Milestone
    needs: tuple[Milestone, ...] = ()
    stock: bool = False


class Launches(_Part):
    """What campaigns wait for, by stage, the earliest first. A title is looked at until `days_after` its day of publication.

    `assets` are the milestones without which assets are not final, `files` the kinds (as in assets.yaml) whose withdrawal holds a campaign.
    """

    stages: dict[str, LaunchStage] = Field(min_length=1)
    assets: tuple[Milestone, ...] = (Milestone.COVER_APPROVED,)
    files: tuple[str, ...] = ()
    days_after: int = Field(default=30, ge=0)
