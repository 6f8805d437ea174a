"""
# Daily rights-expiry scan

**What and for whom.** Head contracts, outbound licences and territorial permissions that end in 180, 90, 30 or 7 days, today,
or have just lapsed: the rights manager and legal of the title get one alert for each threshold, with territory, format,
language, licensee by name, sell-off, days left, the action asked for and a link to the title. A licence that has lapsed says
that the rights have returned. Who has many gets one digest.

**When.** Daily at 06:00 London time, judged at the end of the run's data interval. By hand with the form; *dry run* shows in the
log what would go and sends nothing.

**What it reads, decides and sends.** Products, contracts, grants, licences and teams from Consonance, or from its report
files. Each end is told once for each threshold and person; thresholds that were missed are one alert, at the nearest; a terminated
right alerts nobody, nor does one that is carried on: by a renewal, or by a licence to the same licensee from the next day, that
gives at least the same formats, territories, languages and channels. A new end date starts over. Whoever has no device is an
exception, and the manager is told instead; where nobody of a role can be reached, the desk. Alerts go through OpenText Push.
Records that cannot be read or contradict themselves are exceptions with owner and remedy. Products whose rights are otherwise than a day ago are named in the
asset `colophon.rights_changed`, which wakes the DAGs that open and close availability.

**When it is run again** - cleared, rerun, twice at once - nothing is sent twice. A backfill of past days tells nobody: that
news is old, and the next daily run tells what is still true.

**When it fails.** The task's log ends with a summary: counts by outcome, the first refusals, and what to do. *extract* waits
for a report that is late. *deliver* and *await* can be cleared at any time. Nobody was told? `colophon ledger exceptions`
names records of which nobody of a role has heard (N1) and people without a device (N2).
"""

from typing import TYPE_CHECKING

from colophon_airflow.dag_defaults import mapped, use_case_dag
from colophon_airflow.groups import PEOPLE, tell_people
from colophon_airflow.operators.rights import RightsExtractOperator
from colophon_airflow.operators.rights_scan import STATES, RightsChangedOperator, RightsScanOperator

if TYPE_CHECKING:
    from colophon.blocks.use_case import UseCase


def case() -> "UseCase":
    """The decision, loaded when a task runs."""
    from colophon.use_cases.push.rights_expiry_scan import CASE

    return CASE


@use_case_dag("0 6 * * *", owner="rights", tags=["rights", "daily"], params={"people": PEOPLE})
def rights_expiry_scan() -> None:
    """Consonance -> rights engine -> people, and the asset of what changed."""
    extract = RightsExtractOperator(task_id="extract", case=case)
    scan = mapped(RightsScanOperator, "scan").expand(batch=extract.output)
    RightsChangedOperator(task_id="changed", case=case, states=scan.output[STATES])
    tell_people(case, scan.output)
