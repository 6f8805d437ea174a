"""Task groups that DAGs share: what follows a decision, and what leads to it."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from airflow.sdk import Param, TriggerRule, chain, task_group

from colophon_airflow.dag_defaults import mapped
from colophon_airflow.operators.assets import AssetDecideOperator, AssetDeliverOperator
from colophon_airflow.operators.availability import Look, RightsJudgeOperator, RightsReadBackOperator, StateDecideOperator
from colophon_airflow.operators.decide import DecideOperator
from colophon_airflow.operators.inbox import InboxDecideOperator
from colophon_airflow.operators.launch import LaunchDecideOperator
from colophon_airflow.operators.launch import Look as LaunchLook
from colophon_airflow.operators.media import BudgetAskOperator, MediaDecideOperator
from colophon_airflow.operators.report import ReportOperator
from colophon_airflow.operators.rights import RightsExtractOperator
from colophon_airflow.operators.videos import ReleaseDecideOperator, VideoRightsExtractOperator, VideosDecideOperator
from colophon_airflow.systems.bytenite.operators import ByteniteAwaitOperator, ByteniteDeliverOperator, library_shown
from colophon_airflow.systems.consonance.operators import ConsonanceDeliverOperator, ConsonanceWriteBackOperator
from colophon_airflow.systems.fourallportal.library import LibraryDecideOperator
from colophon_airflow.systems.fourallportal.operators import FourallportalDeliverOperator
from colophon_airflow.systems.opentext_exstream.operators import (
    LettersOperator,
    OpentextExstreamAwaitOperator,
    OpentextExstreamDeliverOperator,
    OpentextExstreamPollOperator,
)
from colophon_airflow.systems.opentext_push.operators import OpentextPushAwaitOperator, OpentextPushDeliverOperator
from colophon_airflow.systems.xconnector.operators import XConnectorAwaitOperator, XConnectorDeliverOperator

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator, XComArg
    from airflow.sdk.definitions._internal.node import DAGNode

    from colophon.blocks.desired_state import DesiredState
    from colophon.blocks.inbound import Inbound
    from colophon.blocks.launches import LaunchCase
    from colophon.blocks.letters import Letters
    from colophon.blocks.use_case import Needs, UseCase
    from colophon.domain.facts import Facts
    from colophon.errors import ColophonError

Step = Callable[..., "BaseOperator"]
PEOPLE = Param("people.csv", type="string", title="Recipients", description="File of people and devices in the configuration folder.")
"""The parameter `people` of a DAG that tells people."""
SHORT_WAIT = timedelta(minutes=4)
"""So long a run of a DAG that comes again soon waits for acknowledgements."""
SCHEDULED_AHEAD = timedelta(hours=38)
"""A placement that is scheduled for longer than the release plan lets it be (`ahead_hours`, at most 36) is late."""


def tell_people(
    case: "Callable[[], UseCase]", batches: "XComArg | None" = None, *, decide_by: type[DecideOperator] = DecideOperator
) -> None:
    """Decide -> deliver and await for each destination -> report. The DAG has the parameter `people`.

    :param batches: what earlier steps staged for the decision. :param decide_by: the operator that decides, where that has to read more.
    """
    people = "{{ params.people }}"
    decide = decide_by(task_id="decide", case=case, batches=batches, people=people)
    steps: dict[str, Step] = {
        "deliver": partial(OpentextPushDeliverOperator, people=people),
        "await": partial(OpentextPushAwaitOperator, people=people),
    }
    send_each(decide.output, steps) >> ReportOperator(task_id="report")


def take_events(case: "Callable[[], Inbound]", poll: "BaseOperator | None" = None) -> None:
    """Poll -> decide about what waits in the inbox -> tell Consonance -> report. A failed poll holds up nothing, and the run is red.

    :param poll: None where all comes by webhook.
    """
    decide, report = InboxDecideOperator(task_id="decide", case=case), ReportOperator(task_id="report", case=case)
    decide >> ConsonanceDeliverOperator(task_id="deliver") >> report
    if poll is not None:
        poll >> [decide, report]


def follow_rights(case: "Callable[[], DesiredState]", *, look: Look, deliver: Step, collect: Step | None = None) -> None:
    """Extract -> judge in batches -> decide -> for each destination deliver, collect and read back -> report.

    :param look: what the system shows, in parts. :param collect: what waits for outcomes, where they are not known at once.
    """
    judged = _judged(RightsExtractOperator(task_id="extract", case=case, or_last_known=True), case)
    decide = StateDecideOperator(task_id="decide", case=case, look=look, judged=judged)

    def read_back(task_id: str, destination: "XComArg") -> RightsReadBackOperator:  # noqa: ARG001 - it looks at all of the system
        return RightsReadBackOperator(task_id=task_id, case=case, look=look, judged=judged)

    steps: dict[str, Step] = {"deliver": deliver, **({"await": collect} if collect else {}), "read_back": read_back}
    send_each(decide.output, steps) >> ReportOperator(task_id="report")


def keep_portal(case: "Callable[[], UseCase]", decide_by: type[DecideOperator]) -> None:
    """Decide -> deliver to the portal -> report.

    :param decide_by: the operator that decides, with what it reads of the portal.
    """
    decide = decide_by(task_id="decide", case=case)
    send_each(decide.output, {"deliver": FourallportalDeliverOperator}) >> ReportOperator(task_id="report")


def follow_library(case: "Callable[[], UseCase]", *, writes_there: bool = False) -> None:
    """Decide by the portal's library -> write to the portal, where the case does -> tell Consonance -> report.

    What one of the two does not take keeps nothing from the other.
    """
    decide, report = LibraryDecideOperator(task_id="decide", case=case), ReportOperator(task_id="report")
    decide >> ConsonanceDeliverOperator(task_id="tell") >> report
    if writes_there:
        decide >> FourallportalDeliverOperator(task_id="deliver", destination="4allportal", uploads=True) >> report


def follow_launches(
    case: "Callable[[], LaunchCase]", *, look: LaunchLook, unread: "Callable[[ColophonError], Facts]", deliver: Step
) -> None:
    """Extract -> judge rights in batches -> look, ask the launch engine and remember -> deliver what differs -> report.

    :param look: what the counterpart shows. :param unread: the same where it cannot be read.
    """
    judged = _judged(RightsExtractOperator(task_id="extract", case=case, or_last_known=True), case)
    decide = LaunchDecideOperator(task_id="decide", case=case, look=look, unread=unread, judged=judged)
    send_each(decide.output, {"deliver": deliver}) >> ReportOperator(task_id="report")


def follow_campaigns(case: "Callable[[], LaunchCase]", *, look: LaunchLook, unread: "Callable[[ColophonError], Facts]") -> None:
    """Look, ask the launch engine and remember -> ask the video library for what is missing, tell Consonance what came of it -> report.

    Parameters as of `follow_launches`.
    """
    decide, report = LaunchDecideOperator(task_id="decide", case=case, look=look, unread=unread), ReportOperator(task_id="report")
    sent = send_each(decide.output, {"deliver": ByteniteDeliverOperator, "await": ByteniteAwaitOperator})
    tell = ConsonanceDeliverOperator(task_id="tell")
    decide >> tell
    [sent, tell] >> report


def tell_library(case: "Callable[[], DesiredState]") -> None:
    """Decide about the videos of the library by what Consonance says of their titles -> deliver and await -> report."""
    decide = VideosDecideOperator(task_id="decide", case=case)
    send_each(decide.output, {"deliver": ByteniteDeliverOperator, "await": ByteniteAwaitOperator}) >> ReportOperator(task_id="report")


def release_videos(case: "Callable[[], DesiredState]") -> None:
    """Judge the titles that have videos -> decide by their days -> deliver and await -> report. What is scheduled for later is not waited for."""
    judged = _judged(VideoRightsExtractOperator(task_id="extract", case=case), case)
    decide = ReleaseDecideOperator(task_id="decide", case=case, look=library_shown, judged=judged)
    steps: dict[str, Step] = {
        "deliver": ByteniteDeliverOperator,
        "await": partial(ByteniteAwaitOperator, at_most=SHORT_WAIT, late_after=SCHEDULED_AHEAD),
    }
    send_each(decide.output, steps) >> ReportOperator(task_id="report")


def send_events(destinations: "XComArg") -> "DAGNode":
    """Deliver and await for each recipient at the middleware: feeds or single events, as its configuration says."""
    return send_each(destinations, {"deliver": XConnectorDeliverOperator, "await": XConnectorAwaitOperator})


def tell_systems(case: "Callable[[], UseCase]") -> None:
    """Decide -> deliver and await for each destination at the middleware -> report. No run waits long for a destination that is down."""
    decide = DecideOperator(task_id="decide", case=case)
    steps: dict[str, Step] = {"deliver": XConnectorDeliverOperator, "await": partial(XConnectorAwaitOperator, at_most=SHORT_WAIT)}
    send_each(decide.output, steps) >> ReportOperator(task_id="report")


def hand_over_assets(case: "Callable[[], UseCase]", *, look: Look) -> None:
    """Judge rights in batches -> decide by what the asset store lists -> deliver each file and await its targets -> report.

    :param look: the asset store's files, in one part.
    """
    judged = _judged(RightsExtractOperator(task_id="extract", case=case, or_last_known=True), case)
    decide = AssetDecideOperator(task_id="decide", case=case, look=look, judged=judged)
    steps: dict[str, Step] = {"deliver": AssetDeliverOperator, "await": partial(XConnectorAwaitOperator, at_most=SHORT_WAIT)}
    send_each(decide.output, steps) >> ReportOperator(task_id="report")


def run_jobs(case: "Callable[[], UseCase]") -> None:
    """Decide -> order the jobs, wait for them and copy what they made -> report."""
    decide = DecideOperator(task_id="decide", case=case)
    steps: dict[str, Step] = {
        "deliver": partial(ByteniteDeliverOperator, kind="jobs"),
        "await": partial(ByteniteAwaitOperator, kind="jobs"),
    }
    send_each(decide.output, steps) >> ReportOperator(task_id="report")


def render(case: "Callable[[], UseCase]") -> None:
    """Rights -> decide -> end what is outdated -> a person, above the budget -> order, wait and copy -> the video library -> Consonance -> report."""
    judged = _judged(RightsExtractOperator(task_id="extract", case=case), case)
    decide = MediaDecideOperator(task_id="decide", case=case, judged=judged)
    jobs: dict[str, Any] = {"kind": "jobs", "destination": "jobs"}
    library: dict[str, Any] = {"kind": "library", "destination": "video-library"}
    outdated = ByteniteAwaitOperator(task_id="outdated", **jobs)
    # An answer within a second of the question can be lost in Airflow's own bookkeeping: then it is asked again soon.
    approve = BudgetAskOperator(task_id="approve", retry_delay=timedelta(seconds=10))
    order, wait = ByteniteDeliverOperator(task_id="deliver", **jobs), ByteniteAwaitOperator(task_id="await", **jobs)
    show, shown = ByteniteDeliverOperator(task_id="show", **library), ByteniteAwaitOperator(task_id="shown", **library)
    tell = ConsonanceWriteBackOperator(task_id="write_back", case=case, trigger_rule=TriggerRule.ALL_DONE_MIN_ONE_SUCCESS)
    report = ReportOperator(task_id="report")
    decide >> outdated >> approve >> order >> wait >> tell >> report
    decide >> show >> shown >> report


def send_each(destinations: "XComArg", steps: Mapping[str, Step]) -> "DAGNode":
    """Steps for each destination, one after the other; another one's trouble does not stop it. A dry run has no destination.

    :param steps: operators by their task's id; each is given `task_id` and `destination`.
    """

    @task_group
    def send(destination: str) -> None:
        """One destination."""
        chain(*(operator(task_id=task_id, destination=destination) for task_id, operator in steps.items()))

    return send.expand(destination=destinations)


def send_and_follow_letters(case: "Callable[[], Letters]", document: str, *, by_rights: bool = False) -> None:
    """Take what was answered -> decide -> send each kind, tell Consonance what follows, and what became of every letter -> report.

    Without the answers nothing is decided: somebody could be chased who has answered. A case that asks the rights engine has it judge before.
    """
    poll, judged = OpentextExstreamPollOperator(task_id="poll"), None
    if by_rights:
        judged = _judged(RightsExtractOperator(task_id="extract", case=case), case)
    decide = LettersOperator(task_id="decide", case=case, judged=judged)
    sent = send_letters(case, decide.output, document)
    tell = ConsonanceDeliverOperator(task_id="tell")
    write_back = ConsonanceWriteBackOperator(task_id="write_back", case=case, trigger_rule=TriggerRule.ALL_DONE_MIN_ONE_SUCCESS)
    poll >> decide >> tell
    [decide, sent] >> write_back
    [sent, tell, write_back] >> ReportOperator(task_id="report")


def send_letters(case: "Callable[[], Needs]", letters: "XComArg", document: str) -> Any:
    """Deliver and await for each destination with its template; another one's trouble does not stop it. Returns the group.

    :param letters: destination, template and version of each. :param document: kind of document, such as `royalty_statement`.
    """

    @task_group
    def send(destination: str, template: str, version: str) -> None:
        """One template."""
        common: dict[str, Any] = {"case": case, "document": document, "destination": destination}
        deliver = OpentextExstreamDeliverOperator(task_id="deliver", template=template, version=version, edition=destination, **common)
        deliver >> OpentextExstreamAwaitOperator(task_id="await", **common)

    return send.expand_kwargs(letters)


def _judged(extract: "BaseOperator", case: "Callable[[], UseCase]") -> "XComArg":
    """Where and when each product may be shown or sold, judged in batches of what was extracted."""
    judged: XComArg = mapped(RightsJudgeOperator, "judge", case=case).expand(batch=extract.output).output
    return judged
