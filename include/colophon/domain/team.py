"""Who works on a title in which role. People are contact ids here; their names and addresses stand elsewhere."""

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
