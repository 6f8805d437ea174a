"""The three steps of an order as events of XC-1, and its cancellation: the same order, told to three destinations."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from colophon.config.production import NEEDED, Specification
from colophon.domain.work import Edition, ProductionRun, Quantity
from colophon.ledger import Intent
from colophon.ledger.records import After
from colophon.systems.xconnector.port import CONTENT, TYPE_LABEL

FILES, PRINT, WAREHOUSE = "production-files", "production-print", "production-warehouse"
STEPS = (FILES, PRINT, WAREHOUSE)
"""Destinations, in the order in which they hear of an order."""
CANCEL = "production.cancel"
_USE_CASE = "xconnector__production_orders"
_KINDS = {FILES: "production.file_release", PRINT: "production.print_order", WAREHOUSE: "production.warehouse_schedule"}


def steps_of(
    subject: str, run: ProductionRun, edition: Edition, copies: Sequence[Quantity], specification: Specification, as_of: datetime
) -> list[Intent]:
    """Release of the files, order, booking. What is printed on demand goes to no warehouse."""
    file = specification.file
    files = None if file is None else {
        "url": file.url, "sha256": file.sha256, "bytes": file.bytes, "mediaType": file.media_type, "fileName": file.file_name,
        "expiresAt": None,
    }  # fmt: skip
    made_of = {name: getattr(specification, name) for name in (*NEEDED, "process") if name != "file"}
    deliveries = [{"to": row.name, "quantity": row.ordered} for row in copies]
    order = {**made_of, "price": str(specification.price), "fileSha256": file.sha256 if file else None, "deliveries": deliveries}
    sheet = {"fileName": f"{subject.partition(':')[2]}.json", CONTENT: order}
    quantity, due_on = sum(row.ordered for row in copies), str(run.delivery_on)
    told = {"orderId": subject.partition(":")[2], "isbn": edition.isbn13}
    release = _intent(FILES, subject, {**told, "step": 1, "quantity": None, "dueOn": None, "payload": files}, as_of)
    printing = {**told, "step": 2, "quantity": quantity, "dueOn": due_on, "payload": sheet}
    booking = {**told, "step": 3, "quantity": quantity, "dueOn": due_on, "payload": None}
    steps = [release, _intent(PRINT, subject, printing, as_of, After(FILES, subject, "confirmed"))]
    return (
        steps if not specification.warehouse else [*steps, _intent(WAREHOUSE, subject, booking, as_of, After(PRINT, subject, "confirmed"))]
    )


def cancel(subject: str, destination: str, steps: Sequence[int], reason: str, as_of: datetime) -> Intent:
    """That some steps of an order are not wanted any more."""
    data = {"orderId": subject.partition(":")[2], "steps": list(steps), "reason": reason}
    return _intent(destination, subject, data, as_of, kind=CANCEL)


def _intent(destination: str, subject: str, data: Mapping[str, Any], as_of: datetime, after: After | None = None, kind: str = "") -> Intent:
    return Intent(
        use_case=_USE_CASE,
        destination=destination,
        subject=subject,
        delivery_class="A",
        content=json.dumps(data, sort_keys=True, ensure_ascii=False).encode(),
        media_type="application/json",
        as_of=as_of,
        labels={TYPE_LABEL: kind or _KINDS[destination], **({"isbn": str(data["isbn"])} if "isbn" in data else {})},
        after=after,
    )
