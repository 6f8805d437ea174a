"""Events of XC-1 as use cases plan them: a delivery of the ledger whose content is the event's data, and whose label names its type."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Literal

from colophon.domain.delivery import After, Intent

TYPE_LABEL = "event_type"
"""Label of a delivery that names its event type; a delivery without it is a feed."""
CONTENT, FILE = "content", "file"
"""Members of a planned `payload`: content that goes with the delivery, and a file that has to be fetched first."""


def event(
    use_case: str,
    destination: str,
    subject: str,
    kind: str,
    data: Mapping[str, Any],
    as_of: datetime,
    *,
    labels: Mapping[str, str] = MappingProxyType({}),
    occurrence: str = "",
    order: Literal["latest", "every"] = "latest",
    after: After | None = None,
) -> Intent:
    """One event to one destination; equal data are the same delivery. Decimals and days become text; labels that are empty are left out."""
    return Intent(
        use_case=use_case,
        destination=destination,
        subject=subject,
        delivery_class="A",
        content=json.dumps(data, sort_keys=True, ensure_ascii=False, default=plain).encode(),
        media_type="application/json",
        as_of=as_of,
        occurrence=occurrence,
        order=order,
        labels={TYPE_LABEL: kind, **{name: label for name, label in labels.items() if label}},
        after=after,
    )


def plain(value: date | Decimal) -> str:
    """A day or a decimal as JSON has it: text."""
    return value.isoformat() if isinstance(value, date) else format(value, "f")
