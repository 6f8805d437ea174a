"""What decisions about the portal share: it is looked at as it is today, whatever day a run is of."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowSkipException

from colophon import environment
from colophon_airflow.operators.decide import DecideOperator
from colophon_airflow.operators.decision_run import DecisionRun
from colophon_airflow.settings import config_folder

if TYPE_CHECKING:
    from colophon.systems.consonance.facts import FactReader
    from colophon.systems.fourallportal.client import FourallportalClient


class PortalDecideOperator(DecideOperator):
    """Decides about what the portal shows. A run about a day before the last one is skipped, and so is a backfill."""

    system = "fourallportal"
    template_fields: Sequence[str] = (*DecideOperator.template_fields, "fourallportal_conn_id")

    def __init__(self, *, fourallportal_conn_id: str = "fourallportal_default", **kwargs: Any) -> None:
        """:param fourallportal_conn_id: connection of type `fourallportal`."""
        super().__init__(**kwargs)
        self.fourallportal_conn_id = fourallportal_conn_id

    @contextmanager
    def portal(self, run: DecisionRun) -> "Iterator[FourallportalClient]":
        """A client of the portal.

        :raises AirflowSkipException: the run's day is over.
        """
        from colophon_airflow.systems.fourallportal.hook import FourallportalHook

        brought_in = environment.now() if run.context["dag_run"].run_type == "backfill" else run.last_run
        if brought_in is not None and run.as_of.date() < brought_in.date():
            raise AirflowSkipException(f"{brought_in:%Y-%m-%d} is here already; what was so on {run.as_of:%Y-%m-%d} is over")
        with FourallportalHook(self.fourallportal_conn_id, jitter=run.is_scheduled).make_client(run.ledger.memory) as client:
            yield client

    @contextmanager
    def consonance(self, run: DecisionRun) -> "Iterator[FactReader]":
        """A reader of Consonance's facts, by whichever way the account has."""
        from colophon.config.milestones import load_milestones
        from colophon.systems.consonance.facts import FactReader
        from colophon_airflow.systems.consonance.hook import ConsonanceHook

        with ConsonanceHook(self.consonance_conn_id, jitter=run.is_scheduled).sources() as (client, place):
            yield FactReader(client, place, load_milestones(config_folder()))
