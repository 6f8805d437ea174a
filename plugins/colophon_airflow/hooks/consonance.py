"""Consonance: Airflow connection -> client."""

from functools import cached_property
from typing import TYPE_CHECKING

from colophon_airflow.hooks.base import SystemHook

if TYPE_CHECKING:
    from colophon.http.client import HttpClient
    from colophon.systems.consonance.client import ConsonanceClient


class ConsonanceHook(SystemHook):
    """Titles, rights, contracts: the system of record."""

    conn_name_attr = "consonance_conn_id"
    default_conn_name = "consonance_default"
    conn_type = "consonance"
    hook_name = "Consonance"
