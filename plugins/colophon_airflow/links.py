"""Buttons on a task in the Airflow UI."""

from typing import TYPE_CHECKING

from airflow.sdk import BaseOperatorLink

if TYPE_CHECKING:
    from airflow.sdk.bases.operator import BaseOperator


class MessageLink(BaseOperatorLink):
    """Opens the last message of a task at the middleware."""

    name = "Message at xConnector"
    xcom_key = "message_link"

    def get_link(self, operator: "BaseOperator", *, ti_key: object) -> str:  # noqa: ARG002 - Airflow's signature
        """Empty: Airflow takes the address from the task's XCom `message_link`."""
        return ""
