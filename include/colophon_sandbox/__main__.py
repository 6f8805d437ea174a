"""`python -m colophon_sandbox`: the systems as one server."""

import argparse
import signal
import sys
from copy import deepcopy
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

from colophon_sandbox import seeds
from colophon_sandbox.app import START
from colophon_sandbox.serve import Seed, bind, make_sandbox, ticking
from colophon_sandbox.systems.consonance.records import Records
from colophon_sandbox.systems.consonance.report_files import FORMATS, write_reports
from colophon_sandbox.systems.fourallportal import seed as fourallportal

NOT_TAKEN = "not taken: "
"""How a line of the log begins that tells of something in a file that did not come in."""


def main() -> None:
    """Seed, bind, serve until stopped."""
    given = _arguments()
    start = _start(given)
    days = (start.date() - START.date()).days
    chosen: list[Seed] = []
    if given.titles:
        chosen.append(partial(seeds.from_csv, given.titles.read_bytes()))
    if given.onix:
        chosen.append(_onix(given))
    if given.generate:
        chosen.append(partial(seeds.generate, given.generate, given.seed))
    if given.payees:
        chosen.append(partial(seeds.payees, given.payees, given.seed))
    if given.world:
        try:
            world = seeds.from_world(given.world.read_bytes(), given.world.name)
        except ValueError as problem:
            sys.exit(str(problem))
        chosen.append(lambda: seeds.moved(world, days))
    if given.catalogue == "living":
        chosen.append(lambda: seeds.moved(seeds.living_house(300, given.seed), days))
    if not chosen and given.catalogue == "builtin":
        chosen.append(lambda: seeds.moved(seeds.catalogue(300, given.seed), days))
        chosen.append(fourallportal.records)
    sandbox = make_sandbox(control=given.control, state=given.state, seeds=chosen, start=start)
    if given.reports:
        write_reports(Records(sandbox.world.store), given.reports, given.report_format)
    server = bind(sandbox, given.host, given.port, or_any=given.address_file is not None)
    if given.address_file:
        # Only now nobody else can be at this port.
        part = given.address_file.with_suffix(".part")
        part.write_text(f"http://{given.host}:{server.server_port}", encoding="ascii")
        part.replace(given.address_file)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    sys.stdout.write(f"sandbox on http://{given.host}:{server.server_port}\n")
    sys.stdout.flush()
    with ticking(sandbox):
        server.serve_forever()


def _onix(given: argparse.Namespace) -> Seed:
    """The products of all messages; what could not be taken is said at once, a line each."""
    try:
        # Ids above those that a list of titles may have.
        records, faults = seeds.from_onix([(file.name, file.read_bytes()) for file in given.onix], 1_000_000 if given.titles else 1)
    except ValueError as problem:
        sys.exit(f"{NOT_TAKEN}{problem}")
    sys.stdout.writelines(f"{NOT_TAKEN}{fault}\n" for fault in faults)
    return lambda: deepcopy(records)


def _start(given: argparse.Namespace) -> datetime:
    """Six in the morning of the day given, the present, or the day of the built-in catalogue."""
    if given.day:
        return datetime.combine(given.day, START.timetz())
    return datetime.now(UTC) if given.now else START


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="colophon_sandbox", description="The external systems as one strict local server.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8900)
    parser.add_argument("--address-file", type=Path, help="file for its address once it listens; a port that is taken is then replaced")
    parser.add_argument("--control", action="store_true", help="the routes under /__sandbox__")
    parser.add_argument("--state", type=Path, help="SQLite file that keeps state over restarts")
    parser.add_argument("--now", action="store_true", help="begin at the present; the built-in catalogue's dates move with it")
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--catalogue", choices=["builtin", "living", "empty"], default="builtin")
    parser.add_argument("--day", type=date.fromisoformat, help="begin at six in the morning of this day; dates move with it")
    parser.add_argument("--world", type=Path, help="JSON file with records of all systems; an unknown reference is refused")
    parser.add_argument("--titles", type=Path, help="CSV file of titles")
    parser.add_argument("--onix", type=Path, action="append", default=[], help="ONIX message; may be repeated")
    parser.add_argument("--generate", type=int, help="that many products for load")
    parser.add_argument("--payees", type=int, help="a royalty run of 2026's first half with that many payees")
    parser.add_argument("--reports", type=Path, help="folder to write Consonance's report files into")
    parser.add_argument("--report-format", choices=FORMATS, default="csv")
    return parser.parse_args()


if __name__ == "__main__":
    main()
