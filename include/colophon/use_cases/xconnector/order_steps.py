"""The three steps of an order as events of XC-1, and its cancellation: the same order, told to three destinations."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from colophon.blocks.decision import DecisionContext
from colophon.blocks.ids import PRODUCTION_ORDERS
from colophon.config.production import NEEDED, Specification
from colophon.domain.delivery import After, Intent, LatestDelivery
from colophon.domain.delivery_states import reached
from colophon.domain.work import Edition, ProductionRun, Quantity
from colophon.orders import CANCEL, FILES, PRINT, STEPS, WAREHOUSE
from colophon.systems.xconnector.planned import CONTENT, TYPE_LABEL, event

APPROVAL, DUE = "approval", "due"
"""Labels: which to-do approved the order, and when it was done; of what is called back, when its copies were due."""
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
        _event(FILES, subject, release, as_of, approval=approval),
        _event(PRINT, subject, printing, as_of, After(FILES, subject, "confirmed"), approval=approval),
        *([booking(subject, printing, as_of)] if specification.warehouse else []),
    ]


def booking(subject: str, printing: Mapping[str, Any], as_of: datetime) -> Intent:
    """The warehouse books what the printer was told."""
    return _event(WAREHOUSE, subject, {**printing, "step": 3, "payload": None}, as_of, After(PRINT, subject, "confirmed"))


def cancel(subject: str, destination: str, last: LatestDelivery, reason: str, context: DecisionContext) -> Intent:
    """That the step of a destination is not wanted any more; told again, in the same words."""
    if is_cancel(last):
        reason = context.sent_json(last.content_hash).get("reason", reason)
    data = {"orderId": subject.partition(":")[2], "steps": [STEPS.index(destination) + 1], "reason": reason}
    labels = {"isbn": last.labels.get("isbn", ""), APPROVAL: last.labels.get(APPROVAL, ""), DUE: _due_on(last, context)}
    return event(PRODUCTION_ORDERS, destination, subject, CANCEL, data, context.as_of, labels=labels)


def is_cancel(told: LatestDelivery) -> bool:
    """Whether it calls an order back."""
    return told.labels.get(TYPE_LABEL) == CANCEL


def has_left(last: LatestDelivery | None) -> bool:
    """Whether the destination may have something of the order; what it refused it has not."""
    return last is not None and any(told.state != "failed" for told in last.held)


def is_made_otherwise(step: Intent, last: LatestDelivery | None, content: Callable[[str], bytes | None]) -> bool:
    """Whether the destination may have it as another book, or as one of another printer: an amendment cannot tell that."""
    had = [content(told.content_hash) for told in (last.held if last else ()) if told.state != "failed" and not is_cancel(told)]
    return any(_made_as(data) != _made_as(step.content) for data in had if data is not None)


def is_called_back(last_of: LastOf) -> bool:
    """Whether somebody may have heard that the order is cancelled."""
    return any(last is not None and bool(last.held) and is_cancel(last.held[0]) for last in last_of.values())


def is_used_up(last_of: LastOf) -> bool:
    """Whether all who may have had the order have confirmed that it is cancelled: its number is not used again."""
    newest = [last.held[0] for last in last_of.values() if last is not None and has_left(last)]
    return bool(newest) and all(is_cancel(told) and told.state in reached("confirmed") for told in newest)


def is_over(printed: LatestDelivery | None, context: DecisionContext) -> bool:
    """Whether the copies of an order have come, by the day on which they were due: there is nothing left to stop."""
    due_on = _due_on(printed, context) if printed else ""
    return bool(due_on) and date.fromisoformat(due_on) < context.as_of.date()


def _due_on(last: LatestDelivery, context: DecisionContext) -> str:
    return str(context.sent_json(last.content_hash).get("dueOn") or last.labels.get(DUE, ""))


def _made_as(content: bytes) -> list[Any]:
    data = json.loads(content)
    sheet = (data["payload"] or {}).get(CONTENT, {})
    return [data["isbn"], *(sheet.get(name) for name in ("trim", "binding", "printer"))]


def _event(
    destination: str,
    subject: str,
    data: Mapping[str, Any],
    as_of: datetime,
    after: After | None = None,
    *,
    approval: str = "",
) -> Intent:
    labels = {"isbn": data["isbn"] or "", APPROVAL: approval}
    return event(PRODUCTION_ORDERS, destination, subject, _KINDS[destination], data, as_of, labels=labels, after=after)
