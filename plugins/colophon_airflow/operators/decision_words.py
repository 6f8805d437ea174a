"""What people read of a decision: its refusals and its summary in the log; and what the run's report has of it."""

import logging
from typing import TYPE_CHECKING, Any

from colophon.errors.base import in_order
from colophon_airflow.operators.task_log import group, summary

if TYPE_CHECKING:
    from colophon_airflow.operators.decision_run import DecisionRun

log = logging.getLogger(__name__)

MOST_NAMED = 50


def told_of(run: "DecisionRun") -> dict[str, Any]:
    """Log what was decided; the counts of it, by destination."""
    rows = {name: dict(counts) for name, counts in sorted(run.counts.items())}
    errors = [finding for finding in run.findings if finding.severity == "E"]
    more = [f"... and {len(errors) - MOST_NAMED} more: `colophon ledger exceptions`"] if len(errors) > MOST_NAMED else []
    with group("Refusals"):
        for line in [*(in_order(finding.sentence) for finding in errors[:MOST_NAMED]), *more]:
            log.info("%s", line)
    title = "Decided (dry run: nothing is sent)" if run.is_dry else "Old news: nothing is sent" if run.is_silent else "Decided"
    words = {
        name: ", ".join(f"{n} {word.replace('_', ' ')}" for word, n in counts.items() if n) or "nothing" for name, counts in rows.items()
    }
    exceptions = len(run.findings) + len(run.facts_findings)
    summary(title, {"read": run.read, **run.sources, **words, "exceptions": exceptions}, run.notes)
    return {"read": run.read, "destinations": rows, "note": "; ".join(run.notes)}
