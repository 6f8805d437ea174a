"""What Colophon itself has written into the system of record, as that tells it back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from colophon.domain.provenance import Sourced


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalRecord(Sourced):
    """One write under our `reference`: `kind` is the mutation, `payload` its input, which may be personal."""

    kind: str
    reference: str
    work_id: int | None = None
    product_id: int | None = None
    contract_id: int | None = None
    contact_id: int | None = None
    payload: Mapping[str, Any] = field(repr=False, hash=False)

    @property
    def subject(self) -> str:
        """How the ledger names it."""
        return f"external_record:{self.kind}:{self.reference}"
