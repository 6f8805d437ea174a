"""What keeps an order from its printer, or asks for a person: the rules PO1 to PO5."""

from collections.abc import Collection

from colophon.blocks.decision import DecisionContext
from colophon.config.production import Specification
from colophon.domain.finding import Finding, Severity
from colophon.domain.party import is_same_house
from colophon.domain.work import Quantity
from colophon.parties import BLOCKED
from colophon.use_cases.xconnector.order_approvals import Approved

RULES = {
    "PO1": ("An approved run says all that its printer needs", "Complete the run in Consonance, or the title's part of production.yaml."),
    "PO2": ("What a printer has accepted stays as it is", "Ask the printer; cancel the order, or put Consonance back to what was ordered."),
    "PO3": (
        "An order is taken back before it has left",
        "Telephone the printer: plates and paper may be charged. If copies were made, hold them at the warehouse.",
    ),
    "PO4": ("As many copies come as were ordered, within what is usual", "Agree with the printer what is paid, and what is made up."),
    "PO5": (
        "A printer that finance has blocked gets no order",
        "Ask finance; the order goes by itself once the printer is free, or another one is named.",
    ),
}


def faults_of(order: Approved, specification: Specification | None) -> list[str]:
    """What its printer needs and is not told."""
    faults = [] if sum(row.ordered for row in order.copies) > 0 else ["no quantity"]
    faults += [] if order.is_alone or all(row.product_id for row in order.copies) else ["copies of no format"]
    faults += [] if order.run.delivery_on else ["no delivery day"]
    return [*faults, *(specification.faults() if specification else ["no specification in production.yaml"])]


def finding(rule: str, subject: str, blocks: str, found: str, expected: str) -> Finding:
    """For who is responsible for production."""
    return Finding(
        subject=subject, rule=rule, severity=Severity.ERROR, field="order", found=found, expected=expected, remedy=RULES[rule][1],
        owner="production_manager", blocks=blocks,
    )  # fmt: skip


def blocked(printer: str, context: DecisionContext) -> str:
    """Who of a printer's name gets no orders, as the owner of vendors' status calls it; empty: it gets them."""
    notes = (note for note in context.remembered(BLOCKED) if note["is_blocked"])
    return next((str(note["who"]) for note in notes if any(is_same_house(printer, name) for name in note["called"])), "")


def came(copies: Collection[Quantity]) -> int | None:
    """How many copies came; None while some are still to come."""
    received = [row.received for row in copies if row.received is not None]
    return sum(received) if copies and len(received) == len(copies) else None
