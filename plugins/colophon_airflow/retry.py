"""What Airflow does about each branch of Colophon's error tree, said once for all tasks."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from airflow.sdk.definitions.retry_policy import RetryDecision, RetryPolicy

from colophon import environment
from colophon.errors import ColophonError, TryAgainError, TryAgainLaterError

if TYPE_CHECKING:
    from airflow.sdk import Context


class ErrorTreeRetryPolicy(RetryPolicy):
    """Errors that a person must mend fail at once; passing ones are retried; `not_before` is honoured.

    Anything that is not a `ColophonError` follows the task's own `retries`.
    """

    def evaluate(
        self,
        exception: BaseException,
        try_number: int,  # noqa: ARG002 - Airflow's signature
        max_tries: int,  # noqa: ARG002 - as above
        context: "Context | None" = None,  # noqa: ARG002 - as above
    ) -> RetryDecision:
        """Decide about one failure."""
        exception = getattr(exception, "problem", exception)  # a task that said its four lines (`operators.failure`)
        if isinstance(exception, TryAgainLaterError):
            return RetryDecision.retry(delay=_until(exception.not_before), reason=str(exception))
        if isinstance(exception, TryAgainError):
            return RetryDecision.retry(reason=str(exception))
        if isinstance(exception, ColophonError):
            return RetryDecision.fail(reason=str(exception))
        return RetryDecision.default()


def is_last_try(context: "Context", problem: ColophonError) -> bool:
    """Whether a task that ends with this error now is not tried again."""
    ti = context["ti"]
    return not isinstance(problem, TryAgainError | TryAgainLaterError) or ti.try_number > ti.max_tries


def _until(moment: datetime | None) -> timedelta | None:
    if moment is None:
        return None
    # The one clock reading on this side of the boundary: Airflow wants a delay, the error tells a moment.
    return max(moment - environment.now(), timedelta(0))
