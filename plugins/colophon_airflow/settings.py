"""Where Colophon keeps its things on this installation, as Airflow's configuration says.

The ledger is the connection `colophon_ledger`; the folders are options of the section `[colophon]`.
"""

import json
from typing import TYPE_CHECKING

from colophon.errors import BadConnectionError

if TYPE_CHECKING:
    from airflow.sdk import Connection

    from colophon.config import Config
    from colophon.ledger import Ledger
    from colophon.staging import Staging

LEDGER_CONN_ID = "colophon_ledger"
_FIELDS = {"user", "password", "host", "port", "dbname", "service", "client_encoding", "replication"}
"""Options of libpq that the connection has fields for, or that would make another link of it."""


def connection(conn_id: str) -> "Connection":
    """An Airflow connection.

    :raises BadConnectionError: there is none of this name.
    """
    from airflow.sdk import BaseHook
    from airflow.sdk.exceptions import AirflowNotFoundException

    try:
        return BaseHook.get_connection(conn_id)
    except AirflowNotFoundException as problem:
        remedy = f"Create the connection {conn_id} in Airflow (Admin > Connections) or set AIRFLOW_CONN_{conn_id.upper()}."
        raise BadConnectionError(f"there is no connection {conn_id}", remedy=remedy) from problem


def ledger_url() -> str:
    """Database address of the ledger from its connection (types `sqlite` and `postgres`, whose extra holds options of libpq).

    :raises BadConnectionError: missing, of another type, or with an option that is none.
    """
    return ledger_url_of(connection(LEDGER_CONN_ID))


def ledger_url_of(found: "Connection") -> str:
    """Database address in a connection. Raises as `ledger_url`."""
    from sqlalchemy import URL

    if found.conn_type == "sqlite":
        return f"sqlite:///{found.host or found.schema or ''}"
    if found.conn_type in {"postgres", "postgresql"}:
        url = URL.create(
            "postgresql+psycopg",
            username=found.login,
            password=found.password,
            host=found.host,
            port=found.port,
            database=found.schema,
            query=_libpq_options(found.extra),
        )
        return url.render_as_string(hide_password=False)
    raise BadConnectionError(f"{LEDGER_CONN_ID} is of type {found.conn_type!r}; it must be sqlite or postgres")


def _libpq_options(extra: str | None) -> dict[str, str]:
    """Options for the link, such as `sslmode`. None is passed over: a link that was to be encrypted must not be made in the clear.

    :raises BadConnectionError: not an object, or one of them is no option of libpq; a value is never told.
    """
    from psycopg import pq

    try:
        options = json.loads(extra or "{}")
    except ValueError:
        options = None
    if not isinstance(options, dict):
        raise BadConnectionError(f"the extra of {LEDGER_CONN_ID} is no JSON object")
    known = {option.keyword.decode() for option in pq.Conninfo.get_defaults()} - _FIELDS
    for name, value in options.items():
        if name not in known:
            remedy = f"Remove {name!r}, or spell it as PostgreSQL's manual does (libpq, parameter key words), such as sslmode."
            raise BadConnectionError(f"the extra of {LEDGER_CONN_ID} has {name!r}, which is no option of libpq", remedy=remedy)
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise BadConnectionError(f"{name} in the extra of {LEDGER_CONN_ID} must be text or a whole number")
    return {name: str(value) for name, value in options.items()}


def open_ledger() -> "Ledger":
    """The delivery ledger. Raises as `ledger_url` and `Ledger.open`."""
    from colophon.ledger import Ledger

    return Ledger.open(ledger_url())


def open_staging() -> "Staging":
    """The staging location: option `staging_location` of section `[colophon]`."""
    from airflow.sdk.configuration import conf

    from colophon.staging import Staging

    return Staging(conf.get("colophon", "staging_location"))


def publisher_config() -> "Config":
    """The publisher's configuration from `config_folder`."""
    from colophon.config import load_config

    return load_config(config_folder())


def config_folder() -> str | None:
    """Option `config_folder` of section `[colophon]`; None for what ships."""
    from airflow.sdk.configuration import conf

    return conf.get("colophon", "config_folder") or None
