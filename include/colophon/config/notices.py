"""What counterparts report about titles: who mends it, how soon, and when it has happened too often."""

from pydantic import BaseModel, ConfigDict, Field


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FaultKind(_Part):
    """A kind of fault in words for people, and the role that mends it."""

    words: str = Field(min_length=1, max_length=200)
    owner: str


class Assignee(_Part):
    """The contact in Consonance who gets an owner's tasks, for one imprint or (without one) for all."""

    owner: str
    contact_id: int
    imprint: str | None = None


class Recurring(_Part):
    """`cases` of customer service about one title and issue within `days` are too many; `owner` hears of it."""

    cases: int = Field(default=3, gt=1)
    days: int = Field(default=30, gt=0)
    owner: str = "sales"


class Notices(_Part):
    """Which role mends a fault that a counterpart reports, and within how many days by the severity that it states."""

    faults: dict[str, FaultKind]
    other_fault: FaultKind
    due_days: dict[str, int] = Field(default_factory=dict)
    other_due_days: int = Field(default=2, ge=0)
    assignees: tuple[Assignee, ...] = ()
    recurring: Recurring = Recurring()

    def of(self, fault: str) -> FaultKind:
        """The kind of a fault; one that the file does not name is `other_fault`."""
        return self.faults.get(fault, self.other_fault)

    def assignee(self, owner: str, imprint: str | None) -> int | None:
        """The contact for an owner's task on a title of an imprint; None where nobody is named."""
        fitting = (a.contact_id for a in self.assignees if a.owner == owner and a.imprint in {None, imprint})
        return next(fitting, None)

    def days(self, severity: str | None) -> int:
        """Days until a fault of this severity must be mended."""
        return self.due_days.get((severity or "").lower(), self.other_due_days)
