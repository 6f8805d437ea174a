"""To-dos of a work, and the milestones that some of them are."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from colophon.domain.provenance import Sourced


class TodoStatus(StrEnum):
    """Whether it is still to be done; a to-do that was undone is open again."""

    OPEN = "OPEN"
    DONE = "DONE"
    CANCELLED = "CANCELLED"


class Milestone(StrEnum):
    """The stages of a title's life that others wait for."""

    MANUSCRIPT_RECEIVED = "manuscript_received"
    MANUSCRIPT_ACCEPTED = "manuscript_accepted"
    EDITORIAL_APPROVAL = "editorial_approval"
    COPYEDIT_COMPLETE = "copyedit_complete"
    DESIGN_SIGN_OFF = "design_sign_off"
    COVER_APPROVED = "cover_approved"
    INTERIOR_FILES_UPLOADED = "interior_files_uploaded"
    PROOFS_AVAILABLE = "proofs_available"
    PROOF_APPROVED = "proof_approved"
    FINAL_PROOF_RELEASE = "final_proof_release"
    FILES_DELIVERED = "files_delivered"
    PRODUCTION_COMPLETE = "production_complete"
    MARKETING_KIT_COMPLETE = "marketing_kit_complete"
    PUBLICATION_SCHEDULED = "publication_scheduled"
    PREORDER_READY = "preorder_ready"
    PUBLISHED = "published"
    TITLE_DELAYED = "title_delayed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Todo(Sourced):
    """One task on one work, which is named by `work_id`, or by `work_title` where the source tells no id.

    `uid` is the calendar's own id. `completed_at` is aware UTC. `is_proof` is false where the source cannot prove that
    the task was done (an appointment in a calendar): its status says nothing about completion. Names are there where the
    source tells them, and personal: kept out of `repr`.
    """

    uid: str | None = None
    work_id: int | None = None
    work_title: str | None = None
    description: str
    assignee_id: int | None = None
    assignee_name: str | None = field(default=None, repr=False)
    due_on: date | None = None
    completed_on: date | None = None
    completed_at: datetime | None = None
    completed_by_id: int | None = None
    completed_by_name: str | None = field(default=None, repr=False)
    status: TodoStatus
    is_proof: bool = True
    blocked_by: tuple[int, ...] = ()
    tags: tuple[str, ...] = ()
    milestone: Milestone | None = None
    external_reference: str | None = None

    def __post_init__(self) -> None:
        """:raises ValueError: a moment without a zone."""
        Sourced.__post_init__(self)
        if self.completed_at is not None and self.completed_at.tzinfo is None:
            raise ValueError("completed_at must have a time zone")

    @property
    def subject(self) -> str:
        """How the ledger names this to-do."""
        return f"todo:{self.id if self.id is not None else self.uid}"
