"""Buttons on a task in the Airflow UI, and addresses of the desk's pages."""

from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from airflow.sdk import BaseOperatorLink
from airflow.sdk.configuration import conf

if TYPE_CHECKING:
    from airflow.sdk.bases.operator import BaseOperator
    from airflow.sdk.types import TaskInstanceKey


class MessageLink(BaseOperatorLink):
    """Opens the last message of a task at the middleware."""

    name = "Message at xConnector"
    xcom_key = "message_link"

    def get_link(self, operator: "BaseOperator", *, ti_key: object) -> str:  # noqa: ARG002 - Airflow's signature
        """Empty: Airflow takes the address from the task's XCom `message_link`."""
        return ""


class DeskLink(BaseOperatorLink):
    """Opens the desk at the deliveries of a task's use case, and of its destination where it has one."""

    name = "Deliveries on the desk"

    def get_link(self, operator: "BaseOperator", *, ti_key: object) -> str:  # noqa: ARG002 - Airflow's signature
        """Address of the page; Airflow asks for it when the task has run."""
        wanted = {"use_case": getattr(operator, "use_case_id", ""), "destination": getattr(operator, "destination", "")}
        return f"{_desk()}/deliveries?{urlencode({key: value for key, value in wanted.items() if value})}"


class PlanLink(BaseOperatorLink):
    """Opens the plan of a run on the desk: of a dry run, or for recipients that are not armed."""

    name = "Plan on the desk"

    def get_link(self, operator: "BaseOperator", *, ti_key: "TaskInstanceKey") -> str:  # noqa: ARG002 - Airflow's signature
        """Address of the page; where all went, it says that there is no plan."""
        return plan_page(ti_key.run_id)


class RunLink(BaseOperatorLink):
    """Opens what a run did on the desk."""

    name = "Run on the desk"

    def get_link(self, operator: "BaseOperator", *, ti_key: "TaskInstanceKey") -> str:
        """Address of the page; it is there when the task has run."""
        from colophon.rehearsed import key_of

        use_case = getattr(operator, "use_case_id", ti_key.dag_id)
        return desk_page(f"runs/{key_of(f'{use_case}/{ti_key.run_id}')}")


def plan_page(run_id: str) -> str:
    """Address of the desk's page with the plan of a run."""
    from colophon.rehearsed import key_of

    return f"{_desk()}/plans/{key_of(run_id)}"


def report_page(run_id: str) -> str:
    """Address of the desk's page with the report of a royalty run."""
    return f"{_desk()}/statements/report/{quote(run_id, safe='')}"


def desk_page(path: str) -> str:
    """Address of a page of the desk, such as `tray`."""
    return f"{_desk()}/{path}"


def _desk() -> str:
    return f"{str(conf.get('api', 'base_url', fallback='')).rstrip('/')}/colophon/desk"
