"""
# Housekeeping

**What and for whom.** Staged files, what was sent, tries, events, closed exceptions and the audit do not grow for ever: each is kept
for as long as `housekeeping.yaml` says, and not longer. Operations have a ledger of a known size; whoever keeps personal data can
say for how long.

**When.** Nightly at 04:30 London time. By hand with the form; *dry run* says how many rows and bytes would go.

**What it reads, decides and sends.** It sends nothing. Content goes when something newer was taken and its days are over; what waits,
what travels, and what a destination took last stays, unless the use case has a limit for that too. Of each delivery the hash of its
content, its outcome and its time stay as proof. What a rule of law asks for is kept for its own time. Whoever was erased
(`colophon person erase`) is looked for again, so that a restored backup brings nobody back.

**When it is run again** it goes on where it was: everything goes in small steps, each whole, and nothing is half gone.

**When it fails.** A name in `housekeeping.yaml` fits no use case: nothing was dropped; correct it and clear the task. The staging
location or the ledger is away: clear the task when it is back, or leave it to the next night.
"""

from colophon_airflow.dag_defaults import use_case_dag
from colophon_airflow.operators.housekeeping import EraseAgainOperator, LetGoOperator


@use_case_dag("30 4 * * *", owner="operations", tags=["nightly"])
def housekeeping() -> None:
    """Who was erased -> stays erased; what is over its time -> goes."""
    EraseAgainOperator(task_id="erase_again") >> LetGoOperator(task_id="let_go")
