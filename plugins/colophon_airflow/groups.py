"""Task groups that DAGs share: what follows a decision, and what leads to it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from airflow.sdk import Param, task_group

from colophon_airflow.dag_defaults import mapped
from colophon_airflow.operators.availability import Look, RightsJudgeOperator, RightsReadBackOperator, StateDecideOperator
from colophon_airflow.operators.decide import DecideOperator
from colophon_airflow.operators.inbox import InboxDecideOperator
from colophon_airflow.operators.report import ReportOperator
from colophon_airflow.operators.rights import LastKnownRightsExtractOperator
from colophon_airflow.systems.bytenite.operators import ByteniteAwaitOperator, ByteniteDeliverOperator
from colophon_airflow.systems.consonance.operators import ConsonanceDeliverOperator
from colophon_airflow.systems.opentext_exstream.operators import OpentextExstreamAwaitOperator, OpentextExstreamDeliverOperator
from colophon_airflow.systems.opentext_push.operators import OpentextPushAwaitOperator, OpentextPushDeliverOperator
from colophon_airflow.systems.xconnector.operators import XConnectorAwaitOperator, XConnectorDeliverOperator

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator, XComArg
    from airflow.sdk.definitions._internal.node import DAGNode

    from colophon.blocks.desired_state import DesiredState
    from colophon.blocks.inbound import Inbound
    from colophon.blocks.use_case import UseCase

PEOPLE = Param("people.csv", type="string", title="Recipients", description="File of people and devices in the configuration folder.")
"""The parameter `people` of a DAG that tells people."""


def tell_people(case: "Callable[[], UseCase]", batches: "XComArg | None" = None) -> None:
    """Decide -> deliver and await for each destination -> report. The DAG has the parameter `people`.

    :param batches: what earlier steps staged for the decision.
    """
    people = "{{ params.people }}"
    decide = DecideOperator(task_id="decide", case=case, batches=batches, people=people)

    @task_group
    def send(destination: str) -> None:
        """All people; a dry run has none."""
        deliver = OpentextPushDeliverOperator(task_id="deliver", destination=destination, people=people)
        deliver >> OpentextPushAwaitOperator(task_id="await", destination=destination, people=people)

    send.expand(destination=decide.output) >> ReportOperator(task_id="report")


def take_events(case: "Callable[[], Inbound]", poll: "BaseOperator | None" = None) -> None:
    """Poll -> decide about what waits in the inbox -> tell Consonance -> report. A failed poll holds up nothing, and the run is red.

    :param poll: None where all comes by webhook.
    """
    decide, report = InboxDecideOperator(task_id="decide", case=case), ReportOperator(task_id="report", case=case)
    decide >> ConsonanceDeliverOperator(task_id="deliver") >> report
    if poll is not None:
        poll >> [decide, report]


def follow_rights(
    case: "Callable[[], DesiredState]",
    *,
    look: Look,
    deliver: "Callable[..., BaseOperator]",
    collect: "Callable[..., BaseOperator] | None" = None,
) -> None:
    """Extract -> judge in batches -> decide -> for each destination deliver, collect and read back -> report.

    :param look: what the system shows, in parts. :param deliver: the operator that sends, :param collect: and the one that waits
        for what becomes of it, where that is not known at once; each is given `task_id` and `destination`.
    """
    extract = LastKnownRightsExtractOperator(task_id="extract", case=case)
    judge = mapped(RightsJudgeOperator, "judge", case=case).expand(batch=extract.output)
    decide = StateDecideOperator(task_id="decide", case=case, look=look, judged=judge.output)

    @task_group
    def send(destination: str) -> None:
        """Send, then look again; a dry run has no destination."""
        sent = deliver(task_id="deliver", destination=destination)
        known = sent >> collect(task_id="await", destination=destination) if collect else sent
        known >> RightsReadBackOperator(task_id="read_back", case=case, look=look, judged=judge.output)

    send.expand(destination=decide.output) >> ReportOperator(task_id="report")


def send_events(destinations: "XComArg") -> "DAGNode":
    """Deliver and await for each recipient at the middleware: feeds or single events, as its configuration says."""

    @task_group
    def send(destination: str) -> None:
        """One recipient; another one's trouble does not stop it."""
        deliver = XConnectorDeliverOperator(task_id="deliver", destination=destination)
        deliver >> XConnectorAwaitOperator(task_id="await", destination=destination)

    return send.expand(destination=destinations)


def run_jobs(case: "Callable[[], UseCase]") -> None:
    """Decide -> order the jobs, wait for them and copy what they made -> report."""
    decide = DecideOperator(task_id="decide", case=case)

    @task_group
    def run(destination: str) -> None:
        """All orders; a dry run has none."""
        deliver = ByteniteDeliverOperator(task_id="deliver", kind="jobs", destination=destination)
        deliver >> ByteniteAwaitOperator(task_id="await", kind="jobs", destination=destination)

    run.expand(destination=decide.output) >> ReportOperator(task_id="report")


def send_letters(letters: "XComArg", document: str) -> Any:
    """Deliver and await for each destination with its template; another one's trouble does not stop it. Returns the group.

    :param letters: destination, template and version of each. :param document: kind of document, such as `royalty_statement`.
    """

    @task_group
    def send(destination: str, template: str, version: str) -> None:
        """One template."""
        common = {"document": document, "destination": destination}
        deliver = OpentextExstreamDeliverOperator(task_id="deliver", template=template, version=version, edition=destination, **common)
        deliver >> OpentextExstreamAwaitOperator(task_id="await", **common)

    return send.expand_kwargs(letters)
