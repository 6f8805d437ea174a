"""`colophon doctor`: is everything in place? What is not, comes with its code and its remedy."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Annotated

import typer

from colophon.errors import BadConnectionError, ClockSkewError, ColophonError
from colophon_airflow import local, readiness
from colophon_airflow.cli.screen import console, table, without_log
from colophon_airflow.cli.servers import HOME
from colophon_airflow.pools import check_pools

if TYPE_CHECKING:
    from colophon_airflow.systems.hook import SystemHook

HOOKS = {
    "consonance": "colophon_airflow.systems.consonance.hook.ConsonanceHook",
    "opentext_push": "colophon_airflow.systems.opentext_push.hook.OpentextPushHook",
    "opentext_exstream": "colophon_airflow.systems.opentext_exstream.hook.OpentextExstreamHook",
    "xconnector": "colophon_airflow.systems.xconnector.hook.XConnectorHook",
    "fourallportal": "colophon_airflow.systems.fourallportal.hook.FourallportalHook",
    "bytenite": "colophon_airflow.systems.bytenite.hook.ByteniteHook",
}
"""Connection type -> class of its hook. The default connection of a type is called `<type>_default`."""

NOW = {
    "try.transport": "Look whether the system is up, whether the host is spelt right, and whether this machine may reach it (DNS, firewall, proxy).",
    "try.server": "Look at the system's own status page; if it is well, ask its operator with the time of this check.",
    "later.rate": "Wait as long as it asks, then check again; lower `max_per_second` if it comes back.",
}
"""Remedies for a person who waits, where those of the errors speak of tasks that Airflow repeats."""

LINK = {
    None: "",
    True: " over an encrypted link",
    False: " in the clear (on another machine set `sslmode` to `verify-full` in the connection's extra)",
}
"""How the ledger is reached, for people."""

MOST_SHOWN = 1000
SKEW_S = 60
"""So far may this machine's clock be from that of the ledger's database. Leases bear any difference; what was judged when, and what waits until when, does not."""
OLD = timedelta(days=30)
"""Staged batches of runs that were this long ago may go: no run lasts so long, nor is cleared so late."""
TWO_QUARTERS = timedelta(days=183)
Check = Callable[[], str]
Connections = Annotated[
    list[str] | None, typer.Option("--connection", metavar="ID", help="Check this connection only; may be given several times.")
]


def doctor(*, connection: Connections = None) -> None:
    """Check configuration, code lists, staging, ledger and connections; exit code 1 where something is wrong."""
    use_what_runs_here()
    shown, broken = table("", "what", "", "found"), dict[str, str]()
    for name, check in _of_connections(connection) if connection else _of_everything():
        try:
            with without_log():
                found, mark = check(), "[green]good[/]"
        except ColophonError as problem:
            found, mark = explained(problem), "[red]wrong[/]"
            broken[name.removesuffix("_default")] = f"{problem.code}: {problem.sentence}"
        except Exception as problem:  # noqa: BLE001 - one thing that is broken must not hide the others
            # Its message is not ours and may hold a secret.
            found, mark = f"unforeseen: {type(problem).__name__}\n-> Look at what was changed last; then report it.", "[red]wrong[/]"
            broken[name.removesuffix("_default")] = f"unforeseen: {type(problem).__name__}"
        shown.add_row(name, mark, found)
    console.print(shown)
    unable = [conn_id for conn_id in _accounts(connection, broken) if _show_readiness(broken, conn_id)]
    raise typer.Exit(1 if broken or unable else 0)


def _accounts(chosen: Sequence[str] | None, broken: Mapping[str, str]) -> list[str]:
    """The accounts of Consonance that decide what can run; of chosen connections those that are well."""
    from colophon_airflow.settings import connection

    if not chosen:
        return ["consonance_default"]
    well = [conn_id for conn_id in chosen if conn_id.removesuffix("_default") not in broken]
    return [conn_id for conn_id in well if connection(conn_id).conn_type == "consonance"]


def _show_readiness(broken: Mapping[str, str], conn_id: str) -> bool:
    """Show which use cases can run with an account; whether any cannot."""
    from colophon.readiness import REMEDY, State, matrix

    with without_log():
        found = matrix(readiness.account(broken, conn_id))
    colours = {State.RUNS: "green", State.BY_FILES: "green", State.CANNOT: "red"}
    shown = table("", "use case", "", "because")
    for use_case, answer in found.items():
        shown.add_row(use_case, f"[{colours[answer.state]}]{answer.state}[/]", "; ".join(answer.why).replace("[", r"\["))
    console.print(shown)
    unable = any(answer.state == State.CANNOT for answer in found.values())
    if unable:
        console.print(f"-> {REMEDY}")
    return unable


def explained(problem: ColophonError) -> str:
    """Code, sentence and remedy of what is wrong."""
    evidence = f" ({problem.evidence})" if problem.evidence else ""
    where = f" [{problem.operation}]" if problem.operation else ""
    advice = NOW.get(problem.code, problem.advice) if problem.advice == problem.remedy else problem.advice
    # Brackets are marks of style on this console.
    return f"{problem.code}: {problem.sentence}{evidence}{where}\n-> {advice}".replace("[", r"\[")


def _of_everything() -> Iterator[tuple[str, Check]]:
    yield "configuration", _configuration
    yield "DAG options", _dag_options
    yield "alert route", _alert_route
    yield "schemas and code lists", _code_lists
    yield "subject codes", _subject_codes
    yield "staging", _staging
    yield "pools", check_pools
    yield "ledger", _ledger
    yield "people", readiness.people
    yield "recipients", readiness.recipients
    for kind in HOOKS:
        yield f"{kind}_default", partial(check_connection, f"{kind}_default", kind)


def _of_connections(conn_ids: Sequence[str]) -> Iterator[tuple[str, Check]]:
    for conn_id in conn_ids:
        yield conn_id, partial(check_connection, conn_id)


def check_connection(conn_id: str, kind: str = "") -> str:
    """What the hook of a connection finds, a line each; of this type (`kind`), or of whichever of ours it has.

    :raises BadConnectionError: there is no such connection, or it is of another type. :raises ColophonError: what is wrong.
    """
    from colophon.http.retry import asking_once
    from colophon_airflow.settings import connection

    found = connection(conn_id).conn_type or ""
    if found not in ([kind] if kind else HOOKS):
        wanted = kind or f"one of {', '.join(HOOKS)}"
        raise BadConnectionError(f"{conn_id} is of type {found!r}; it must be {wanted}")
    with asking_once():
        return "\n".join(hook_class(found)(conn_id).checks()).replace("[", r"\[")


def hook_class(kind: str) -> "type[SystemHook]":
    """The hook of a connection type."""
    module, _, name = HOOKS[kind].rpartition(".")
    found: type[SystemHook] = getattr(import_module(module), name)
    return found


def _configuration() -> str:
    from colophon_airflow.settings import publisher_config

    config = publisher_config()
    return f"{config.publisher.name}: {len(config.recipients)} recipients ({', '.join(sorted(config.recipients))})"


def _dag_options() -> str:
    from colophon.readiness import needs_of_all
    from colophon_airflow import dag_defaults

    dag_ids = sorted(needs_of_all())
    dag_defaults.check_options(dag_ids)
    return f"schedules, time limits and retries of {len(dag_ids)} DAGs can be read"


def _alert_route() -> str:
    from colophon_airflow import alerts

    return alerts.check().replace("[", r"\[")


def _code_lists() -> str:
    from colophon.onix.codelist_file import load_code_lists
    from colophon.onix.validate import Validator
    from colophon_airflow.settings import publisher_config

    folder = publisher_config().publisher.code_lists
    lists, version = load_code_lists(folder), Validator("3.1", "reference", folder).version
    return f"code lists issue {lists.issue} of {lists.released_on:%Y-%m}, schema {version}{_age(lists.released_on)}"


def _subject_codes() -> str:
    from colophon.onix.subject_codes import SubjectCodes
    from colophon_airflow.settings import publisher_config

    codes = SubjectCodes.load(publisher_config().publisher.subject_codes).by_scheme
    if not codes:
        return "no list of subject codes: Thema and BISAC are judged by their shape alone (`subject_codes` of publisher.yaml)"
    retired = {scheme: sum(day is not None for day in of.values()) for scheme, of in codes.items()}
    return ", ".join(f"scheme {scheme}: {len(of)} codes, {retired[scheme]} retired" for scheme, of in sorted(codes.items()))


def _age(released_on: date) -> str:
    if datetime.now(UTC).date() - released_on <= TWO_QUARTERS:
        return ""
    return "\nolder than two quarters: update the `onixcheck` package, or name a folder of newer files in publisher.yaml"


def _staging() -> str:
    from colophon_airflow.settings import open_staging

    staging = open_staging()
    staging.check()
    old = staging.sizes(before=datetime.now(UTC) - OLD)
    told = "".join(f"\n{folder}: {number} files of {size / 1e6:.1f} MB" for folder, (number, size) in old.items())
    return f"{staging.root} can be written and read" + (
        f"\nolder than {OLD.days} days, and needed by no run any more:{told}" if old else ""
    )


def _ledger() -> str:
    from colophon.ledger.browse import Wanted
    from colophon.restored import check_mark
    from colophon_airflow.settings import open_ledger, open_staging

    with open_ledger() as ledger:
        check_mark(ledger, open_staging())
        unknown = len(ledger.desk.deliveries_page(Wanted(states=("unknown",)), limit=MOST_SHOWN))
        link, ahead_s = LINK[ledger.is_encrypted()], ledger.ahead_s()
    if ahead_s is not None and abs(ahead_s) > SKEW_S:
        side = "ahead of" if ahead_s > 0 else "behind"
        raise ClockSkewError(f"this machine's clock is {abs(ahead_s):.0f} s {side} the ledger's database", system="ledger")
    told = f"{unknown} or more" if unknown == MOST_SHOWN else unknown
    return f"reachable{link}, schema up to date, {told} deliveries of unknown effect"


def use_what_runs_here() -> None:
    """Without an Airflow of one's own, look at the one that `make up` started."""
    if "AIRFLOW_HOME" not in os.environ and (HOME / "up" / "airflow").is_dir():
        os.environ.update(local.environment(HOME / "up", _sandbox_address()))


def _sandbox_address() -> str:
    address = HOME / "up" / "sandbox.address"
    return address.read_text(encoding="ascii") if address.exists() else "http://127.0.0.1:8900"
