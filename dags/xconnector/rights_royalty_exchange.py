"""
# Rights and royalty exchange

**What and for whom.** Finance gets contract terms, royalty rates and what approved statements owe; rights platforms get grants
and licences. Payments and availability come back, are compared with ours, and payments are told to Consonance.

**When.** Nightly at 03:30 London time, after the catalogue. By hand at any time.

**What it reads, decides and sends.** Royalty terms, head grants and licences from Consonance; statements that have left from the
ledger; each recipient of exchange.yaml gets the kinds that are listed there, when they changed. What comes back is matched with
what we told: a payment that no statement owes, another amount, a statement that nobody paid, a territory that the platform opens
and Consonance does not, are exceptions without amounts. exchange.yaml says who wins. A payment is known by finance's reference,
whatever event it comes with; it settles the oldest open statement of its amount, and one beyond what is owed is an exception.
Licences without a contract travel with none, and are named as exceptions.

**When it is run again** nothing is sent twice: terms go when they changed, a statement's obligation goes once, and each event
that came in is dealt with once.

**When it fails.** A recipient's trouble stops no other. *take* works through what is in the inbox whatever became of *poll*.
Every task can be cleared. Differences: `colophon ledger exceptions`.
"""

from airflow.sdk import CronDataIntervalTimetable, dag, task_group

from colophon_airflow.dag_defaults import START, ZONE, task_defaults
from colophon_airflow.operators.consonance import ConsonanceDeliverOperator
from colophon_airflow.operators.exchange import (
    ExchangeAwaitOperator,
    ExchangeDeliverOperator,
    ExchangePlanOperator,
    ExchangeReportOperator,
    ExchangeTakeOperator,
)
from colophon_airflow.operators.xconnector import XConnectorPollOperator

USE_CASE = "xconnector.rights_royalty_exchange"


@dag(
    dag_id="xconnector__rights_royalty_exchange",
    dag_display_name="Rights and royalty exchange",
    doc_md=__doc__,
    schedule=CronDataIntervalTimetable("30 3 * * *", timezone=ZONE),
    start_date=START,
    catchup=False,  # the next run sends what changed since
    max_active_runs=1,
    tags=["xconnector", "royalties", "nightly"],
    default_args=task_defaults("royalties"),
)
def rights_royalty_exchange() -> None:
    """Consonance and the ledger -> finance and rights platforms -> back."""
    plan = ExchangePlanOperator(task_id="plan", use_case=USE_CASE)

    @task_group
    def send(destination: str) -> None:
        """One recipient; another one's trouble does not stop it."""
        deliver = ExchangeDeliverOperator(task_id="deliver", use_case=USE_CASE, destination=destination)
        deliver >> ExchangeAwaitOperator(task_id="await", use_case=USE_CASE, destination=destination)

    poll = XConnectorPollOperator(task_id="poll", use_case=USE_CASE)
    take = ExchangeTakeOperator(task_id="take", use_case=USE_CASE)
    write_back = ConsonanceDeliverOperator(task_id="write_back", use_case=USE_CASE)
    report = ExchangeReportOperator(task_id="report", use_case=USE_CASE)
    sent = send.expand(destination=plan.output)
    sent >> poll >> take >> write_back >> report
    [plan, sent, poll] >> report  # *take* runs whatever became of them, and a run in which they failed is red


rights_royalty_exchange()
