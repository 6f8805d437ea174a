"""xConnector: Airflow connection -> client."""

from functools import cached_property
from typing import TYPE_CHECKING

from colophon_airflow.hooks.base import SystemHook

if TYPE_CHECKING:
    from colophon.http.client import HttpClient
    from colophon.systems.xconnector.client import XConnectorClient


class XConnectorHook(SystemHook):
    """Events and files to and from other enterprise systems (contract XC-1)."""

    conn_name_attr = "xconnector_conn_id"
    default_conn_name = "xconnector_default"
    conn_type = "xconnector"
    hook_name = "xConnector"
