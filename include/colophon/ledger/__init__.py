"""The delivery ledger: every delivery is in it before it is sent, and finished only on proof.

A database of its own: a SQLite file on one node, PostgreSQL where there are several workers; never Airflow's.
"""

from colophon.ledger.database import upgrade
from colophon.ledger.ledger import Ledger
from colophon.ledger.records import (
    After,
    Delivery,
    Entered,
    HistoryRow,
    Intent,
    Judgement,
    LatestDelivery,
    OutcomeEvent,
    PlanResult,
    Shown,
    Verdict,
)

__all__ = [
    "After",
    "Delivery",
    "Entered",
    "HistoryRow",
    "Intent",
    "Judgement",
    "LatestDelivery",
    "Ledger",
    "OutcomeEvent",
    "PlanResult",
    "Shown",
    "Verdict",
    "upgrade",
]
