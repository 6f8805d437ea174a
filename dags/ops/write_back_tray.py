"""
# Write-back tray

**What and for whom.** What Consonance should learn and no mutation could tell it waits in the tray for a person. Each morning it lies
in import sheets, in the vendor's own columns; operations load them, and nobody has to ask what is still missing in Consonance.

**When.** On weekdays at 07:45 London time. By hand with the form: name the sheets that you have loaded, and who you are.

**What it reads, decides and sends.** What was loaded is looked for in Consonance, where the account can be asked: what is there is
verified, what is not there after some days is an exception. What waits goes into sheets, a row into one sheet only; they are fetched
from the desk, page *Tray*, or lie in the folder that `write_back_tray.yaml` names. What waits longer than `remind_days`, and what no
sheet can carry, is an exception, and the alert route is told, again after as many days, and once when nothing waits any more.

**When it is run again** no row goes into a second sheet. A sheet that is named as loaded a second time is refused, with who loaded it
and when: an import only inserts.

**When it fails.** *mark loaded* red: the name is no sheet's, or it was loaded before; nothing was changed by that name. *look* red:
Consonance is away; sheets are made all the same, and the next run looks again.
"""

from airflow.sdk import Param

from colophon_airflow.dag_defaults import use_case_dag
from colophon_airflow.operators.write_back_tray import MakeSheetsOperator, MarkLoadedOperator, SeeLoadedOperator

LOADED = Param(
    None,
    type=["null", "array"],
    items={"type": "string"},
    title="Loaded sheets",
    description="Names of the sheets that were loaded and approved in Consonance, one a line.",
)
LOADED_BY = Param("", type="string", title="Loaded by", description="Who loaded them; kept in the ledger.")


@use_case_dag("45 7 * * 1-5", owner="operations", tags=["daily"], params={"loaded": LOADED, "loaded_by": LOADED_BY})
def write_back_tray() -> None:
    """What was loaded -> what can be seen of it; what waits -> sheets and reminders."""
    MarkLoadedOperator(task_id="mark_loaded") >> [SeeLoadedOperator(task_id="look"), MakeSheetsOperator(task_id="sheets")]
