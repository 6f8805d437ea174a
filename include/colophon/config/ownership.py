"""Who owns which field of a contact: `ownership.yaml`."""

from datetime import date
from difflib import get_close_matches
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from colophon.config.calendars import Calendar

OURS = "consonance"
FIELDS = (
    "NAME", "ISNI", "EMAIL", "ADDRESS_LINE1", "ADDRESS_LINE2", "CITY", "POSTCODE", "COUNTRY", "VENDOR_STATUS", "VAT_NUMBER",
    "TAX_STATUS", "PAYMENT_METHOD", "BANK_REFERENCE",
)  # fmt: skip
PAID_BY = ("PAYMENT_METHOD", "BANK_REFERENCE")
"""How somebody is paid: whoever changes it may be somebody else."""
ALWAYS_SEALED = ("VAT_NUMBER", "TAX_STATUS", "PAYMENT_METHOD", "BANK_REFERENCE")


class Ownership(BaseModel):
    """The owner of each field of a contact, `consonance` or a system as it calls itself (`crm`, `erp`); one that is not named is nobody's.

    Changes of `sealed` fields wait for `approvers` different persons; one of how somebody is paid waits for `cooling_off_workdays` more,
    in which anybody can refuse it. `blocked` and `deleted` are words of a vendor's status.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    fields: dict[str, str] = Field(default_factory=dict)
    sealed: tuple[str, ...] = ALWAYS_SEALED
    approvers: int = Field(default=2, ge=2)
    cooling_off_workdays: int = Field(default=5, ge=0, le=60)
    blocked: tuple[str, ...] = ("blocked",)
    deleted: tuple[str, ...] = ("deleted",)

    def in_force_on(self, name: str, agreed_at: str, calendar: Calendar) -> date:
        """The day on which a change of a sealed field goes to Consonance, by the moment (ISO) at which persons agreed to it."""
        return calendar.moved(date.fromisoformat(agreed_at[:10]), self.cooling_off_workdays if name in PAID_BY else 0)

    @model_validator(mode="after")
    def _fields_are_there(self) -> Self:
        """A field that there is not would have no owner; tax and bank details cannot be unsealed by leaving them out."""
        for name in (*self.fields, *self.sealed):
            if name not in FIELDS:
                raise ValueError(f"there is no field {name!r}, the nearest is {get_close_matches(name, FIELDS, n=1, cutoff=0)[0]!r}")
        if open_ones := sorted(set(ALWAYS_SEALED) - set(self.sealed)):
            raise ValueError(f"sealed: {', '.join(open_ones)} are always sealed")
        if ours := sorted(name for name in self.sealed if self.fields.get(name) == OURS):
            raise ValueError(f"fields: {', '.join(ours)} are not told by Consonance, so that it cannot own them")
        return self
