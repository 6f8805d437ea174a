"""
# Production orders

**What and for whom.** The final approval of a run lets its files go to the printer, then the order, then the booking at the warehouse:
each only after the one before was acknowledged. Production managers see each order as one chain, and nothing is ordered twice.

**When.** Hourly, at forty past, London time. By hand at any time; *dry run* shows what would be ordered.

**What it reads, decides and sends.** To-dos and works with their runs from Consonance; how a format is made from `production.yaml`. The
first to-do of the approval's milestone approves a work's first run, the second one a reprint; an approval is spent on one run for good.
One order for each run and format. A change before the printer has accepted is an amendment of the same order, and a new order where another
ISBN, trim, binding or printer is wanted; later it is an exception, and what was ordered stands. Without a quantity, a day or a part of the
specification nothing goes, and nothing new to a printer that finance has blocked, until it is free again. An approval that is taken back, or a
run that is gone, stops what waits and cancels what has left; if the printer had the order, a person is told that it may be too late. Copies
that came and are many more or fewer than ordered are an exception.

**When it is run again** nothing is ordered twice: an order is named by its run and format, and its number rises only once all who may
have had it have confirmed that it is cancelled.

**When it fails.** A printer that refuses stops its order and no other; the later steps wait. Every task can be cleared. To stop an
order, take its approval back in Consonance, or press *Stop* on the desk, under *Flows*.
"""

from typing import TYPE_CHECKING

from colophon_airflow.dag_defaults import use_case_dag
from colophon_airflow.groups import tell_systems

if TYPE_CHECKING:
    from colophon.blocks.use_case import UseCase


def case() -> "UseCase":
    """The decision, loaded when a task runs."""
    from colophon.use_cases.xconnector.production_orders import CASE

    return CASE


@use_case_dag("40 * * * *", owner="operations", tags=["production", "hourly"])
def production_orders() -> None:
    """Consonance -> approved runs -> files, printer, warehouse."""
    tell_systems(case)
