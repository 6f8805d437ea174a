"""`colophon sandbox`, `colophon up`, `colophon week`, `colophon down`: local servers, all on the loopback interface."""

import shutil
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from colophon.systems.bytenite.ffmpeg import HOW_TO_GET_IT
from colophon_airflow import local, processes
from colophon_airflow.cli.screen import console

HOME = local.PROJECT / ".colophon"

Titles = Annotated[Path | None, typer.Option(help="CSV file of titles to seed the sandbox with.", exists=True, dir_okay=False)]
Onix = Annotated[list[Path] | None, typer.Option(help="ONIX file to seed the sandbox with; may be repeated.", exists=True)]
Day = Annotated[datetime | None, typer.Option(help="The sandbox begins at six in the morning of this day.", formats=["%Y-%m-%d"])]


def sandbox(
    *,
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1.")] = 8900,
    titles: Titles = None,
    onix: Onix = None,
    generate: Annotated[int, typer.Option(help="That many generated products, for load.", min=0)] = 0,
    payees: Annotated[int, typer.Option(help="A royalty run with that many payees.", min=0)] = 0,
    living: Annotated[bool, typer.Option(help="The living house: the built-in catalogue and all that happens around it.")] = False,
    world: Annotated[Path | None, typer.Option(help="JSON file with records of all systems.", exists=True, dir_okay=False)] = None,
    day: Day = None,
    state: Annotated[Path | None, typer.Option(help="SQLite file that keeps its state over restarts.")] = None,
) -> None:
    """Run the systems as one strict local server, in the foreground."""
    options = seed_options(titles, onix)
    options += ["--catalogue", "living"] if living else []
    for name, value in (
        ("--generate", generate),
        ("--payees", payees),
        ("--state", state),
        ("--world", world),
        ("--day", day and day.date()),
    ):
        options += [name, str(value)] if value else []
    console.print(f"Sandbox on http://127.0.0.1:{port} (Ctrl-C stops it); control: /__sandbox__/health")
    raise typer.Exit(subprocess.run(processes.sandbox_command(port, *options), check=False).returncode)  # noqa: S603 - a command of ours


def up(
    *,
    payees: Annotated[int, typer.Option(help="A royalty run with that many payees.", min=0)] = 20,
    day: Day = None,
) -> None:
    """Start the sandbox, with a living house, and Airflow on this machine; prints address and login."""
    home = HOME / "up"
    if any(processes.is_running(home, name) for name in ("airflow", "sandbox")):
        console.print("It is up already; `make down` stops it.")
        raise typer.Exit(1)
    options = ["--catalogue", "living", "--state", str(home / "sandbox.db")]
    options += ["--payees", str(payees)] if payees else []
    options += ["--day", str(day.date())] if day else []
    sandbox_address = processes.start_sandbox(home, {}, *options)
    address, password = _airflow(home, sandbox_address)
    console.print(f"Airflow  {address}   login [bold]admin[/]   password [bold]{password}[/]", highlight=False)
    if shutil.which("ffmpeg") is None:
        console.print(
            f"No ffmpeg: trailers are the sandbox's grey frames. {HOW_TO_GET_IT.partition(', then')[0]}, then `make down up`.",
            highlight=False,
        )
    console.print(f"Sandbox  {sandbox_address}   logs in {home}   `make down` stops both", highlight=False)


def _airflow(home: Path, sandbox_address: str) -> tuple[str, str]:
    """Start Airflow; its address and password. Where somebody takes its port before it does, it gets another."""
    password = local.prepare(home, local.environment(home, sandbox_address))
    for wanted in (8080, 0):
        port = processes.free_port(wanted)  # as late as can be: it listens some seconds from now
        env = local.environment(home, sandbox_address, port=port)
        env |= {f"AIRFLOW__LOGGING__{name}_LOG_SERVER_PORT": str(processes.free_port(0)) for name in ("WORKER", "TRIGGER")}
        process, address = processes.start(local.airflow_command(), home, "airflow", env), f"http://127.0.0.1:{port}"
        is_up = processes.wait_until_up(f"{address}/api/v2/monitor/health", patience_s=180, process=process)
        if is_up and local.takes_login(address, password):
            return address, password
        processes.stop(home, "airflow")
        if not is_up:
            break
        console.print(f"Another Airflow answers at {address}; once more on another port.", highlight=False)
    console.print(f"Airflow did not come up; read {home / 'airflow.log'}")
    down()
    raise typer.Exit(1)


def week(
    *,
    pause: Annotated[float, typer.Option(help="Seconds to wait after each step, for DAGs to run in.", min=0)] = 0,
) -> None:
    """Play a week in the life of the house at the sandbox that `colophon up` started: its clock moves, things change and break."""
    kept = HOME / "up" / "sandbox.address"
    if not kept.exists():
        console.print("Nothing is up; `make up` starts it.")
        raise typer.Exit(1)
    command = [sys.executable, "-m", "colophon_sandbox.week", kept.read_text(encoding="ascii"), "--pause", str(pause)]
    raise typer.Exit(subprocess.run(command, check=False).returncode)  # noqa: S603 - a command of ours


def pools() -> None:
    """Make a pool for each system in Airflow, or bring them to the size that `[colophon] pool_slots` says."""
    from colophon_airflow.pools import make_pools

    console.print("\n".join(f"{name}: {slots} slots" for name, slots in make_pools().items()), highlight=False)


def down() -> None:
    """Stop what `colophon up` started."""
    stopped = [name for name in ("airflow", "sandbox") if processes.stop(HOME / "up", name)]
    console.print(f"Stopped: {', '.join(stopped)}." if stopped else "Nothing was running.")


def dags() -> None:
    """Print the folder of the DAG files, for Airflow's `[core] dags_folder`."""
    console.print(str(local.DAGS), highlight=False, soft_wrap=True)


def seed_options(titles: Path | None, onix: list[Path] | None) -> list[str]:
    """The sandbox's options for its first catalogue."""
    options = ["--titles", str(titles.resolve())] if titles else []
    for file in onix or []:
        options += ["--onix", str(file.resolve())]
    return options
