"""Where Colophon keeps its things on this installation, as Airflow's configuration says.

The ledger is the connection `colophon_ledger`; the folders are options of the section `[colophon]`. What cannot work where tasks run on
several machines is refused here, before anything is read or sent.
"""

import json
import os
import re
import sys
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from colophon.errors import BadConnectionError, StagingUnusableError

if TYPE_CHECKING:
    from airflow.sdk import Connection

    from colophon.config import Config
    from colophon.ledger import Ledger
    from colophon.staging import Staging

LEDGER_CONN_ID = "colophon_ledger"
_FIELDS = {"user", "password", "host", "port", "dbname", "service", "client_encoding", "replication"}
"""Options of libpq that the connection has fields for, or that would make another link of it."""
_KEPT: dict[tuple[str, int], "Ledger"] = {}
_KEEPING = Lock()
"""Ledgers that a process keeps open, by address and process id; one thread at a time opens or forgets one."""


def connection(conn_id: str) -> "Connection":
    """An Airflow connection, wherever Airflow's own servers look: a secrets backend, the environment, the metadata database.

    :raises BadConnectionError: there is none of this name.
    """
    from airflow.sdk import BaseHook
    from airflow.sdk.exceptions import AirflowNotFoundException

    try:
        try:
            return BaseHook.get_connection(conn_id)
        except AirflowNotFoundException:
            if _is_supervised():
                raise
            # A process by itself, such as our command line: there the hook leaves the metadata database out.
            from airflow.models import Connection as StoredConnection

            return StoredConnection.get_connection_from_secrets(conn_id)  # noqa: AIR311 - of the same shape
    except AirflowNotFoundException as problem:
        remedy = (
            f"Create the connection {conn_id} in Airflow (Admin > Connections) or set AIRFLOW_CONN_{conn_id.upper()}."
            " If it is there, this process looks at another Airflow: give it the server's AIRFLOW_HOME and AIRFLOW__ variables."
        )
        raise BadConnectionError(f"there is no connection {conn_id}", remedy=remedy) from problem


def ledger_url() -> str:
    """Database address of the ledger from its connection: `sqlite` or `postgres`, whose extra holds options of libpq; of type `generic` a path is the former.

    :raises BadConnectionError: missing, of another type, with an option that is none, or a file where tasks run on several machines.
    """
    return ledger_url_of(connection(LEDGER_CONN_ID))


def ledger_url_of(found: "Connection") -> str:
    """Database address in a connection. Raises as `ledger_url`."""
    from sqlalchemy import URL

    # `generic` is what Airflow makes of a type whose provider is not installed.
    is_generic, is_path = found.conn_type == "generic", (found.host or "").startswith("/")
    if found.conn_type == "sqlite" or (is_generic and is_path):
        if elsewhere := remote_executors():
            remedy = f"Make {LEDGER_CONN_ID} a connection to PostgreSQL, then run `colophon ledger upgrade`."
            raise BadConnectionError(f"{LEDGER_CONN_ID} is a file, which tasks of {', '.join(elsewhere)} do not share", remedy=remedy)
        return f"sqlite:///{found.host or found.schema or ''}"
    if found.conn_type in {"postgres", "postgresql"} or (is_generic and found.host):
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


def kept_ledger(url: str) -> "Ledger":
    """The ledger at an address, opened once in this process for all who ask again and again, such as pages and watchers.

    A process that is forked from this one opens its own. Raises as `Ledger.open`.
    """
    from colophon.ledger import Ledger

    with _KEEPING:
        place = (url, os.getpid())
        if place not in _KEPT:
            _KEPT[place] = Ledger.open(url)
        return _KEPT[place]


def forget_ledger(url: str) -> None:
    """Let a kept ledger go; who asks next opens it anew, and who uses it now is not disturbed."""
    with _KEEPING:
        ledger = _KEPT.pop((url, os.getpid()), None)
    if ledger is not None:
        ledger.close()


def open_staging() -> "Staging":
    """The staging location: options `staging_location` and `staging_conn_id` of section `[colophon]`.

    :raises StagingUnusableError: there is no such kind of place here, or it is a folder of one machine where tasks run on several.
    :raises BadConnectionError: its connection is missing.
    """
    from airflow.sdk.configuration import conf

    from colophon.staging import Staging

    place = conf.get("colophon", "staging_location")
    staging = Staging(place, storage_options(conf.get("colophon", "staging_conn_id"), place))
    if staging.is_local and not conf.getboolean("colophon", "staging_is_shared") and (elsewhere := remote_executors()):
        remedy = "Name a bucket in staging_location; where it is a folder that all machines mount, say so by staging_is_shared."
        raise StagingUnusableError(f"{staging.root} is a folder, which tasks of {', '.join(elsewhere)} do not share", remedy=remedy)
    return staging


def storage_options(conn_id: str, place: str = "") -> dict[str, Any]:
    """Options of fsspec for a place, from the connection that opens it; nothing where none is named.

    They are the connection's extra; where the place is in S3, login and password are the access key and its secret.

    :raises BadConnectionError: it does not exist.
    """
    from airflow.sdk.log import mask_secret

    from colophon_airflow.systems.secrets import texts_of

    if not conn_id:
        return {}
    found = connection(conn_id)
    options: dict[str, Any] = {}
    if place.startswith(("s3://", "s3a://")):
        options |= {name: value for name, value in (("key", found.login), ("secret", found.password)) if value}
    options |= found.extra_dejson
    for text in texts_of(options):
        mask_secret(text)
    return options


def remote_executors() -> list[str]:
    """Executors of this Airflow whose tasks may run on other machines, by class; none where all run beside the scheduler."""
    from airflow.sdk.configuration import conf

    # Several are divided by commas, those of teams by semicolons; before one may stand its team and a name of one's own.
    told = re.split(r"[,;]", conf.get("core", "executor"))
    classes = {entry.rpartition("=")[2].rpartition(":")[2].rpartition(".")[2].strip() for entry in told}
    return sorted(classes - {"LocalExecutor", ""})


def publisher_config() -> "Config":
    """The publisher's configuration from `config_folder`."""
    from colophon.config.load import load_config

    return load_config(config_folder())


def recipient_names() -> list[str]:
    """Ids of the recipients that have a profile, by the names of their files: cheap enough for a DAG's form."""
    import colophon

    chosen, shipped = config_folder() or os.environ.get("COLOPHON_CONFIG"), Path(str(colophon.__file__)).parent / "config"
    own = Path(chosen or shipped) / "recipients"
    folder = own if own.is_dir() else shipped / "recipients"
    return sorted(file.stem for file in folder.glob("*.yaml"))


def config_folder() -> str | None:
    """Option `config_folder` of section `[colophon]`; None for what ships."""
    from airflow.sdk.configuration import conf

    return conf.get("colophon", "config_folder") or None


def _is_supervised() -> bool:
    """Whether a task, a trigger or a parsed file asks: Airflow then answers through its API alone."""
    return getattr(sys.modules.get("airflow.sdk.execution_time.task_runner"), "SUPERVISOR_COMMS", None) is not None
