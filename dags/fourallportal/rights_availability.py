"""
# Availability in the portal follows rights

**What and for whom.** Sales and shops that read 4ALLPORTAL see a product as available only where, how and while it may be sold.
Nobody has to switch anything when a right ends, begins or is licensed away.

**When.** Every day at 06:30 London time, and at once for products whose rights changed. The rights scan names them (asset `colophon.rights_changed`).

**What it reads, decides and sends.** Products, head contracts, grants and licences from Consonance; the rights engine decides each cell
(country, channel); *decide* reads what the portal shows and enters what differs. Closing goes before opening. **Unknown means no**: a
product that Consonance does not know, or whose rights cannot be read, is closed. What a person switched by hand is put right and reported.
*read_back* looks again: if anything is open that should not be, the run is red.

**When it is run again** nothing is sent twice: only what differs is sent. A run about a day before the last one that was brought in
changes nothing, so a backfill does no harm.

**When Consonance cannot be read** the run goes by what was read last: what has ended closes, nothing opens, and exception `R10` says so.

**When it fails.** Clear the red task, or wait: the next run brings everything up to its own day. Before the first run, use *dry run*:
it shows how much would close. See `docs/use-cases/rights.md` and `docs/on-call.md`.
"""

from typing import TYPE_CHECKING

from colophon_airflow.assets import RIGHTS_CHANGED
from colophon_airflow.dag_defaults import use_case_dag
from colophon_airflow.groups import follow_rights
from colophon_airflow.systems.fourallportal.operators import FourallportalDeliverOperator, portal_shown

if TYPE_CHECKING:
    from colophon.blocks.desired_state import DesiredState


def case() -> "DesiredState":
    """The decision, loaded when a task runs."""
    from colophon.use_cases.fourallportal.rights_availability import CASE

    return CASE


@use_case_dag("30 6 * * *", owner="rights", tags=["rights"], wakes=[RIGHTS_CHANGED])
def rights_availability() -> None:
    """Consonance -> rights engine -> 4ALLPORTAL."""
    follow_rights(case, look=portal_shown, deliver=FourallportalDeliverOperator)
