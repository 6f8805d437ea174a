"""Who outside the house hears of which milestones, and what may be said to them at all."""

from datetime import date
from difflib import get_close_matches
from enum import StrEnum
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Allowed = Literal["public_title", "isbn", "milestone", "date", "due_on", "contact"]
"""What may be said to people outside. There is no way to name anything else."""


class Update(StrEnum):
    """What people outside hear of."""

    CONTRACT_APPROVED = "contract_approved"
    MANUSCRIPT_RECEIVED = "manuscript_received"
    PROOFS_AVAILABLE = "proofs_available"
    PUBLICATION_CONFIRMED = "publication_confirmed"
    PUBLICATION_MOVED = "publication_moved"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Collaborator(_Part):
    """Somebody outside who works on a title (contact ids and work ids of Consonance), as far as it is no contributor of the book.

    `represents` is whose agent it is; with `instead` that person hears nothing (a minor, an estate). Days are inclusive.
    """

    work_id: int
    contact_id: int
    role: str
    represents: int | None = None
    instead: bool = False
    starts_on: date | None = None
    ends_on: date | None = None

    def is_on(self, day: date) -> bool:
        """Whether it works on the title on a day."""
        return (self.starts_on is None or self.starts_on <= day) and (self.ends_on is None or day <= self.ends_on)


class StakeholderUpdates(_Part):
    """Which milestones each role outside hears of, and what of them.

    `contributor_roles`: roles by the codes of contributors (ONIX List 17). `allow`: what may be said. A title that is not announced yet is
    called by its name in `code_titles` (by work), or by none. `contact` is whom to ask, or by imprint in `contacts`. `pages_url`: where people
    outside reach the pages (`https://hooks.example/colophon/hooks/page`); without it messages have no link. Links live for `link_days`, or
    until the day on which something is wanted back is over (60 days at most), and nothing older than that is told.
    """

    milestones: dict[str, tuple[Update, ...]] = Field(default_factory=dict)
    contributor_roles: dict[str, str] = Field(default_factory=dict)
    allow: frozenset[Allowed] = frozenset()
    code_titles: dict[int, str] = Field(default_factory=dict)
    contact: str = ""
    contacts: dict[str, str] = Field(default_factory=dict)
    collaborators: tuple[Collaborator, ...] = ()
    pages_url: str = Field(default="", pattern=r"^(https://[^\s?#]+|http://(127\.0\.0\.1|localhost)(:\d+)?/[^\s?#]*)?$")
    link_days: int = Field(default=14, gt=0, le=90)
    digest_above: int = Field(default=5, ge=0)

    @model_validator(mode="after")
    def _roles_are_there(self) -> Self:
        """Whoever has a role that hears of nothing would be left out silently."""
        for role in [*self.contributor_roles.values(), *(each.role for each in self.collaborators)]:
            if role not in self.milestones:
                near = get_close_matches(role, self.milestones, n=1)
                raise ValueError(f"milestones: there is no role {role!r}" + (f"; did you mean {near[0]}?" if near else ""))
        return self
