"""A person is asked, told of it, and has so long to answer."""

from typing import TYPE_CHECKING, Any, NoReturn

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk.configuration import conf

from colophon.errors import BadConfigError, RefusedError, WaitedTooLongError
from colophon_airflow.dag_defaults import approval_limit
from colophon_airflow.operators.failure import told_in_four_lines
from colophon_airflow.watch import ApprovalWaits, forget_question

if TYPE_CHECKING:
    from airflow.sdk import Context
    from airflow.sdk.execution_time.hitl import HITLUser


class AskOperator(ApprovalOperator):
    """Waits for *approve* or *reject* by one of `[colophon] approvers`, for `approval_hours`; who is told, the alert route says.

    Half of that time later they are reminded (`watch`). Where nobody answers the task fails, and nothing was approved.
    """

    def __init__(self, **kwargs: Any) -> None:
        limit, notice = approval_limit(), ApprovalWaits()
        super().__init__(notifiers=notice, assigned_users=approvers() or None, response_timeout=limit, **kwargs)

    def asks(self, context: "Context") -> bool:  # noqa: ARG002 - for those that ask only sometimes
        """Whether somebody has to be asked."""
        return True

    def execute(self, context: "Context") -> Any:
        """Ask, or go on."""
        return super().execute(context) if self.asks(context) else None

    def resume_execution(self, next_method: str, next_kwargs: dict[str, Any] | None, context: "Context") -> Any:
        """An answer, or the end of the time for it."""
        forget_question(context["ti"])
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


class SecondAskOperator(AskOperator):
    """Asks somebody else, where so much is at stake that one person's approval is not enough; else nobody is asked."""

    def __init__(self, *, balance_task: str, first_task: str, **kwargs: Any) -> None:
        """:param balance_task: id of the task that says whether it takes two. :param first_task: of the one that asked first."""
        super().__init__(**kwargs)
        self.balance_task = balance_task
        self.first_task = first_task

    def asks(self, context: "Context") -> bool:
        """Whether a second person is needed."""
        return bool((context["ti"].xcom_pull(task_ids=self.balance_task) or {}).get("second"))

    def execute(self, context: "Context") -> Any:
        """Ask, everybody but who answered first.

        :raises BadConfigError: there is nobody else.
        """
        if not self.asks(context):
            return None
        if self.assigned_users:
            first = self._first(context)
            self.assigned_users = [user for user in self.assigned_users if user["id"] != first]
            if not self.assigned_users:
                raise BadConfigError(
                    "a second person has to approve, and [colophon] approvers names one alone", remedy="Name another, and clear the task."
                )
        return super().execute(context)

    def execute_complete(self, context: "Context", event: dict[str, Any]) -> Any:
        """Take the answer.

        :raises RefusedError: it is by who answered first.
        """
        if "error" not in event and str((event.get("responded_by_user") or {}).get("id")) == self._first(context):
            raise RefusedError(
                "both approvals are by one person",
                subject=self.task_id,
                remedy="Nothing was approved. Clear the task: it asks again, and somebody else has to answer.",
            )
        return super().execute_complete(context, event)

    def _first(self, context: "Context") -> str:
        answer = context["ti"].xcom_pull(task_ids=self.first_task) or {}
        return str((answer.get("responded_by_user") or {}).get("id"))


def approvers() -> "list[HITLUser]":
    """Who may answer: the ids of `[colophon] approvers`."""
    ids = filter(None, (text.strip() for text in conf.get("colophon", "approvers").split(",")))
    return [{"id": user, "name": user} for user in ids]
