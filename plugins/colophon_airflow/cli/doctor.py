"""`colophon doctor`: is everything in place? What is not, comes with its remedy."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

import typer

from colophon.errors import ColophonError
from colophon_airflow import local
from colophon_airflow.cli.screen import console, table
from colophon_airflow.cli.servers import HOME

TWO_QUARTERS = timedelta(days=183)
Check = Callable[[], str]


def doctor() -> None:
    """Check configuration, code lists, staging, ledger and connections; exit code 1 where something is wrong."""
    use_what_runs_here()
    shown, bad = table("", "what", "", "found"), 0
    for name, check in _checks():
        try:
            found, mark = check(), "[green]good[/]"
        except ColophonError as problem:
            found, mark = f"{problem.code}: {problem.sentence}\n-> {problem.advice}", "[red]wrong[/]"
            bad += 1
        shown.add_row(name, mark, found)
    console.print(shown)
    raise typer.Exit(1 if bad else 0)


def _checks() -> Iterator[tuple[str, Check]]:
    yield "configuration", _configuration
    yield "schemas and code lists", _code_lists
    yield "staging", _staging
    yield "ledger", _ledger
    for name in ("consonance_default", "xconnector_default"):
        yield name, lambda name=name: _connection(name)  # type: ignore[misc]


def _configuration() -> str:
    from colophon_airflow.settings import publisher_config

    config = publisher_config()
    return f"{config.publisher.name}: {len(config.recipients)} recipients ({', '.join(sorted(config.recipients))})"


def _code_lists() -> str:
    from colophon.onix.codelists import CodeLists
    from colophon.onix.validate import Validator
    from colophon_airflow.settings import publisher_config

    folder = publisher_config().publisher.code_lists
    lists, version = CodeLists.load(folder), Validator("3.1", "reference", folder).version
    return f"code lists issue {lists.issue} of {lists.released_on:%Y-%m}, schema {version}{_age(lists.released_on)}"


def _age(released_on: date) -> str:
    if datetime.now(UTC).date() - released_on <= TWO_QUARTERS:
        return ""
    return "\nolder than two quarters: update the `onixcheck` package, or name a folder of newer files in publisher.yaml"


def _staging() -> str:
    from colophon_airflow.settings import open_staging

    staging = open_staging()
    staging.check()
    return f"{staging.root} can be written and read"


def _ledger() -> str:
    from colophon_airflow.settings import open_ledger

    with open_ledger() as ledger:
        unknown = sum(states.get("unknown", 0) for states in ledger.counts("xconnector__metadata_syndication").values())
    return f"reachable, schema up to date, {unknown} deliveries of unknown effect"


def _connection(conn_id: str) -> str:
    from colophon_airflow.hooks.consonance import ConsonanceHook
    from colophon_airflow.hooks.xconnector import XConnectorHook

    hook = ConsonanceHook(conn_id) if conn_id.startswith("consonance") else XConnectorHook(conn_id)
    return "\n".join(hook.checks())


def use_what_runs_here() -> None:
    """Without an Airflow of one's own, look at the one that `make up` started."""
    if "AIRFLOW_HOME" not in os.environ and (HOME / "up" / "airflow").is_dir():
        os.environ.update(local.environment(HOME / "up", _sandbox_address()))


def _sandbox_address() -> str:
    address = HOME / "up" / "sandbox.address"
    return address.read_text(encoding="ascii") if address.exists() else "http://127.0.0.1:8900"
