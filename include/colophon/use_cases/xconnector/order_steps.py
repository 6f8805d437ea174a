"""The three steps of an order as events of XC-1, and its cancellation: the same order, told to three destinations."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from colophon.config.production import NEEDED, Specification
from colophon.domain.work import Edition, ProductionRun, Quantity
from colophon.ledger import Intent, LatestDelivery
from colophon.ledger.records import After, reached
from colophon.orders import CANCEL, STEPS, USE_CASE
from colophon.systems.xconnector.port import CONTENT, TYPE_LABEL

FILES, PRINT, WAREHOUSE = STEPS
APPROVAL = "approval"
"""Label: which to-do approved the order, and when it was done."""
_KINDS = {FILES: "production.file_release", PRINT: "production.print_order", WAREHOUSE: "production.warehouse_schedule"}
LastOf = Mapping[str, LatestDelivery | None]
"""What each destination was told last of one order."""


def steps_of(
    subject: str,
    run: ProductionRun,
    edition: Edition,
    copies: Sequence[Quantity],
    specification: Specification,
    as_of: datetime,
    approval: str = "",
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
    told = {"orderId": subject.partition(":")[2], "isbn": edition.isbn13}
    release = {**told, "step": 1, "quantity": None, "dueOn": None, "payload": files}
    sheet = {"fileName": f"{told['orderId']}.json", CONTENT: order}
    printing = {**told, "step": 2, "quantity": sum(row.ordered for row in copies), "dueOn": str(run.delivery_on), "payload": sheet}
    return [
        _intent(FILES, subject, release, as_of, approval=approval),
        _intent(PRINT, subject, printing, as_of, After(FILES, subject, "confirmed"), approval=approval),
        *([booking(subject, printing, as_of)] if specification.warehouse else []),
    ]


def booking(subject: str, printing: Mapping[str, Any], as_of: datetime) -> Intent:
    """The warehouse books what the printer was told."""
    return _intent(WAREHOUSE, subject, {**printing, "step": 3, "payload": None}, as_of, After(PRINT, subject, "confirmed"))


def cancel(subject: str, destination: str, reason: str, as_of: datetime, *, approval: str = "") -> Intent:
    """That the step of a destination is not wanted any more."""
    data = {"orderId": subject.partition(":")[2], "steps": [STEPS.index(destination) + 1], "reason": reason}
    return _intent(destination, subject, data, as_of, kind=CANCEL, approval=approval)


def is_cancel(told: LatestDelivery) -> bool:
    """Whether it calls an order back."""
    return told.labels.get(TYPE_LABEL) == CANCEL


def has_left(last: LatestDelivery | None) -> bool:
    """Whether the destination may have something of the order; what it refused it has not."""
    return last is not None and any(told.state != "failed" for told in last.held)


def is_called_back(last_of: LastOf) -> bool:
    """Whether somebody may have heard that the order is cancelled."""
    return any(last is not None and bool(last.held) and is_cancel(last.held[0]) for last in last_of.values())


def is_used_up(last_of: LastOf) -> bool:
    """Whether all who may have had the order have confirmed that it is cancelled: its number is not used again."""
    newest = [last.held[0] for last in last_of.values() if last is not None and has_left(last)]
    return bool(newest) and all(is_cancel(told) and told.state in reached("confirmed") for told in newest)


def _intent(
    destination: str,
    subject: str,
    data: Mapping[str, Any],
    as_of: datetime,
    after: After | None = None,
    kind: str = "",
    approval: str = "",
) -> Intent:
    labels = {TYPE_LABEL: kind or _KINDS[destination], "isbn": str(data.get("isbn") or ""), APPROVAL: approval}
    return Intent(
        use_case=USE_CASE,
        destination=destination,
        subject=subject,
        delivery_class="A",
        content=json.dumps(data, sort_keys=True, ensure_ascii=False).encode(),
        media_type="application/json",
        as_of=as_of,
        labels={name: label for name, label in labels.items() if label},
        after=after,
    )
