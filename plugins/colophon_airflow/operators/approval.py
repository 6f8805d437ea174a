"""A person is asked, told of it, and has so long to answer."""

from typing import TYPE_CHECKING, Any, NoReturn

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk.configuration import conf

from colophon.errors import WaitedTooLongError
from colophon_airflow.dag_defaults import approval_limit
from colophon_airflow.operators.failure import told_in_four_lines
from colophon_airflow.watch import ApprovalWaits

if TYPE_CHECKING:
    from airflow.sdk import Context
    from airflow.sdk.execution_time.hitl import HITLUser


class AskOperator(ApprovalOperator):
    """Waits for *approve* or *reject* by one of `[colophon] approvers`, for `approval_hours`; who is told, the alert route says.

    Where nobody answers the task fails, and nothing was approved.
    """

    def __init__(self, **kwargs: Any) -> None:
        limit, notice = approval_limit(), ApprovalWaits()
        super().__init__(notifiers=notice, assigned_users=approvers() or None, response_timeout=limit, **kwargs)

    def resume_execution(self, next_method: str, next_kwargs: dict[str, Any] | None, context: "Context") -> Any:
        """An answer, or the end of the time for it."""
        with told_in_four_lines(self, context):
            return super().resume_execution(next_method, next_kwargs, context)

    def process_trigger_event_error(self, event: dict[str, Any]) -> NoReturn:
        """Say that nobody answered.

        :raises WaitedTooLongError: that was it.
        """
        if event["error_type"] == "timeout":
            remedy = "Nothing was approved. Clear the task to ask again."
            raise WaitedTooLongError(f"nobody answered within {self.response_timeout}", subject=self.task_id, remedy=remedy)
        super().process_trigger_event_error(event)
        raise AssertionError  # the line above raises


def approvers() -> "list[HITLUser]":
    """Who may answer: the ids of `[colophon] approvers`."""
    ids = filter(None, (text.strip() for text in conf.get("colophon", "approvers").split(",")))
    return [{"id": user, "name": user} for user in ids]
