"""Who works on a title in which role. People are contact ids here; their names and addresses stand elsewhere."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from colophon.domain.provenance import Sourced


class TeamRole(StrEnum):
    """What somebody does for a title."""

    EDITOR = "EDITOR"
    PRODUCTION_MANAGER = "PRODUCTION_MANAGER"
    DESIGNER = "DESIGNER"
    RIGHTS_MANAGER = "RIGHTS_MANAGER"
    LEGAL = "LEGAL"
    MARKETING = "MARKETING"
    SALES = "SALES"
    METADATA_SPECIALIST = "METADATA_SPECIALIST"
    APPROVER = "APPROVER"
    OPERATIONS = "OPERATIONS"
    MANAGER = "MANAGER"


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamMember(Sourced):
    """One person in one role of one work. Days are inclusive; without them it is so always."""

    work_id: int
    role: TeamRole
    contact_id: int
    manager_id: int | None = None
    starts_on: date | None = None
    ends_on: date | None = None

    def is_on(self, day: date) -> bool:
        """Whether the person has the role on a day."""
        return (self.starts_on is None or self.starts_on <= day) and (self.ends_on is None or day <= self.ends_on)


def posts_on(team: Iterable[TeamMember], day: date) -> Mapping[tuple[int, TeamRole], list[TeamMember]]:
    """Who has each role of each work (by its id) on a day, in the order given; who has left is not there."""
    posts = defaultdict[tuple[int, TeamRole], list[TeamMember]](list)
    for member in team:
        if member.is_on(day):
            posts[member.work_id, member.role].append(member)
    return posts


def holder(team: Iterable[TeamMember], work_id: int, role: str, day: date) -> int | None:
    """The contact who has a role of a work on a day, of several the one with the lowest id; None where nobody is named."""
    return min((each.contact_id for each in team if (each.work_id, each.role) == (work_id, role) and each.is_on(day)), default=None)
