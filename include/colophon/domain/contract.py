"""A head contract: what an author granted us, until when, for how much. Money is Decimal, in the publisher's currency."""

from datetime import date
from decimal import Decimal

from pydantic import Field

from colophon.domain.record import Record


class DeliveryDate(Record):
    """Something the contract says is due; `slipped_on` is the newer date where it was put off."""

    id: int
    due_on: date | None = None
    slipped_on: date | None = None
    deliverable: str | None = None
    requirement: str | None = None
    percentage: Decimal | None = None


class LicensedRight(Record):
    """A kind of right that we may license, with the author's share in percent; no territory, language or dates."""

    id: int
    kind: str
    author_percent: Decimal


class Contract(Record):
    """A head contract. `term` is the vendor's text: months as a number, blank for open-ended, or words (rule R1 judges it).

    `ends_on`: its last day, instead of the term. No source tells one; who asks *what if* does.
    """

    id: int
    name: str
    work_id: int | None = None
    work_title: str | None = None
    signed_on: date | None = None
    term: str | None = None
    ends_on: date | None = None
    terminated_on: date | None = None
    termination_reason: str | None = None
    manuscript_due_on: date | None = None
    manuscript_revised_due_on: date | None = None
    manuscript_delivered_on: date | None = None
    proofs_on: date | None = None
    publish_before: date | None = None
    flat_fee: Decimal | None = Field(default=None, repr=False)
    guaranteed_royalty: Decimal | None = Field(default=None, repr=False)
    delivery_dates: tuple[DeliveryDate, ...] = ()
    licensed_rights: tuple[LicensedRight, ...] = ()

    @property
    def subject(self) -> str:
        """How the ledger names this contract."""
        return f"contract:{self.id}"
