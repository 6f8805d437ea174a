"""
# Watch

**What and for whom.** Somebody on call hears of trouble that no red task tells of: a DAG that does not start any more, a dead triggerer,
a system that is away, what waits for a person. Each cause is told once, its end once, and nothing in between.

**When.** Every ten minutes. *Dry run* lists what it finds and tells nobody.

**What it reads, decides and sends.** Of every other DAG the newest scheduled run, by the API that tasks speak to: failed, stuck for longer than
`late_minutes`, or never started though its schedule says so; paused ones are left alone for three days, then told once. Airflow's own health page: scheduler, triggerer,
database. Each system that has a connection, by its own check; away is who was away twice. The ledger: deliveries of which nobody
knows, events that are parked or wait for a day, drift, nights that moved unusually little; every other exception in the morning, all in
one notice. It tells the alert route, and says to
`[colophon] heartbeat_url` that it lives: when that falls silent, Airflow itself is dead, and the watch outside tells.

**When it is run again** nothing is told twice: what was told is remembered. What no route took is told as soon as one works.

**When it fails.** What cannot be looked at is not over. *dags* red: Airflow's API does not answer. *beat* red: the outside watch does not
take it, and will tell that we are silent; mend the address.
"""

from colophon_airflow.dag_defaults import use_case_dag
from colophon_airflow.operators.watch import BeatOperator, WatchDagsOperator, WatchLedgerOperator, WatchSystemsOperator


@use_case_dag("*/10 * * * *", owner="operations", tags=["frequent"], polls=True)
def watch() -> None:
    """DAGs, systems, ledger -> who is on call; and a beat outside."""
    WatchDagsOperator(task_id="dags")
    WatchSystemsOperator(task_id="systems")
    WatchLedgerOperator(task_id="ledger")
    BeatOperator(task_id="beat")
