"""Senders that die at any moment: real ports of all systems, the sandbox in a process of its own, with one request in ten spoilt.

A story plans some deliveries and has them sent by one sender after the other, each a forked process that is killed at random; the one that
nobody kills ends the work. Then the sandbox's own record of what took effect is held against the ledger.
"""

import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from multiprocessing import get_context
from pathlib import Path
from random import Random
from time import time_ns
from urllib.request import urlopen

from sandbox_control import Control
from tests.trips.trip import PAUSE_S, Trip

LOOKS = 6
"""So often is looked whether a story has ended well, a second apart."""
IN_A_STORY, MOST_KILLS, MOST_SENDERS = 12, 6, 60
"""Deliveries of a story; after so many kills it is left in peace, and must end within so many senders."""
UNTIL_QUIET_S, ROUND_TRIPS = 0.03, 10
"""A request of a sender that was killed is at its end by then and so many more requests, as it is long before anybody takes over."""
AT_ONCE = 8
"""Ports, each at a sandbox of its own: one takes a tenth of a core."""
DONE, NOT_DONE, BROKEN = 0, 3, 4


@dataclass
class Tally:
    """What became of the stories of a port. `wrong`: the first line of what was broken, for each story that was."""

    port: str
    stories: int = 0
    deliveries: int = 0
    kills: int = 0
    took_s: float = 0.0
    unknown: int = 0
    wrong: Sequence[str] = ()


@contextmanager
def sandbox() -> Iterator[str]:
    """A sandbox in a process of its own, so that this one may fork; its address."""
    command = [sys.executable, "-m", "colophon_sandbox", "--port", "0", "--control", "--catalogue", "empty"]
    # What it says of requests that broke off is what is meant to happen.
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout
        url = process.stdout.readline().split()[-1]
        for _ in range(100):
            with suppress(OSError):
                urlopen(f"{url}/__sandbox__/health").close()
                break
            time.sleep(0.05)
        try:
            yield url
        finally:
            process.terminate()


def storm(url: str, kind: type[Trip], kills: int, seed: int, within: Path) -> Tally:
    """Stories of one port until so many senders were killed; those that ended wrong keep their folder within this one."""
    tally, random, span = Tally(name_of(kind)), Random(f"{seed} {name_of(kind)}"), Span()
    began = time.monotonic()
    while tally.kills < kills:
        folder = Path(tempfile.mkdtemp(prefix=f"{tally.port}-", dir=within))
        _play(url, kind, folder, random, tally, span, min(MOST_KILLS, kills - tally.kills))
    tally.took_s = time.monotonic() - began
    return tally


def name_of(kind: type[Trip]) -> str:
    """How a port is called in a table."""
    return kind.__name__.removesuffix("Trip")


def table(tallies: Sequence[Tally]) -> str:
    """What was found, a line for each port, and what was wrong below."""
    columns = ("port", "kills", "stories", "deliveries", "unknown", "wrong", "seconds")
    rows = [(t.port, t.kills, t.stories, t.deliveries, t.unknown, len(t.wrong), round(t.took_s)) for t in tallies]
    rows.append(("all", *(sum(row[column] for row in rows) for column in range(1, len(columns)))))
    lines = [f"{row[0]:<22}" + "".join(f"{cell:>12}" for cell in row[1:]) for row in (columns, *rows)]
    return "\n".join([*lines, *(f"{tally.port}: {wrong}" for tally in tallies for wrong in tally.wrong)])


@dataclass
class Span:
    """Within which time a sender is killed: less where it would be done before, more where it came to nothing."""

    seconds: float = 0.15

    def longer(self) -> None:
        """After a sender that sent nothing."""
        self.seconds = min(self.seconds * 1.3, 3.0)

    def shorter(self) -> None:
        """After a sender that was done before it was to die."""
        self.seconds = max(self.seconds * 0.7, 0.01)


def _play(url: str, kind: type[Trip], folder: Path, random: Random, tally: Tally, span: Span, kills: int) -> None:
    Control(url, kind.system).control("POST", "/reset", {"system": None})
    if kind.seeds:
        Control(url, kind.system).control("POST", "/seed", {"records": dict(kind.seeds)})
    trip = kind(url, folder, IN_A_STORY)
    try:
        trip.box.inject(int(IN_A_STORY * kind.calls * 1.5) + 10, random.randrange(1 << 30))
        trip.plan()
        _send_all(trip, random, tally, span, kills)
        trip.box.stop_faults()
        _settled(trip)
    except AssertionError as problem:
        tally.wrong = [*tally.wrong, f"[{folder.name}] {str(problem).splitlines()[0][:300]}"]
    else:
        tally.unknown += sum(1 for row in trip.rows() if row.state == "unknown")
        shutil.rmtree(folder)
    finally:
        trip.close()
    tally.stories += 1
    tally.deliveries += IN_A_STORY


def _settled(trip: Trip) -> None:
    """All is as it must be, once what is late has come: on a busy machine the other side may still be at it."""
    for left in reversed(range(LOOKS)):
        trip.settle_all()
        try:
            trip.check()
        except AssertionError:
            if not left:
                raise
        else:
            return
        time.sleep(1)
        trip.box.wait_for_late()
        trip.on_the_other_side()


def _send_all(trip: Trip, random: Random, tally: Tally, span: Span, kills: int) -> None:
    before = trip.rows()
    for _ in range(MOST_SENDERS):
        how = _sender(trip, random.random() * span.seconds if kills else None)
        trip.clock.now = datetime.fromisoformat(trip.box.control("GET", "/clock")["now"])
        trip.box.wait_for_late()
        trip.on_the_other_side()
        if how == -signal.SIGKILL:
            kills, tally.kills = kills - 1, tally.kills + 1
            if (now := trip.rows()) == before:
                span.longer()
            before = now
        elif how == DONE:
            if kills:
                span.shorter()
            return
        else:
            assert how == NOT_DONE, f"a sender broke: {(trip.folder / 'broken').read_text()}"
        trip.advance(PAUSE_S)
    raise AssertionError(f"not done after {MOST_SENDERS} senders")


def _sender(trip: Trip, lives_s: float | None) -> int:
    """Run a sender in a process of its own, and kill it after so long; its exit status."""
    trip.ledger.close()  # no connection is shared with it
    read, write = os.pipe()
    pid = os.fork()
    if not pid:
        os._exit(_send(trip, write))
    os.close(write)
    os.read(read, 1)
    os.close(read)
    if lives_s is not None:
        time.sleep(lives_s)
        os.kill(pid, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if status == -signal.SIGKILL:
        time.sleep(UNTIL_QUIET_S)
        asked = time.monotonic()
        trip.box.control("GET", "/clock")
        time.sleep(ROUND_TRIPS * (time.monotonic() - asked))  # a busy machine needs longer
    return status


def _send(trip: Trip, started: int) -> int:
    try:
        os.write(started, b".")
        trip.deliver()
        return DONE if trip.is_done() else NOT_DONE
    except BaseException:  # a child of pytest must not go on as pytest
        (trip.folder / "broken").write_text(traceback.format_exc())
        return BROKEN


def main() -> None:
    """`python -m tests.kill.storm 1000`: so many kills over all ports, and a table."""
    from tests.kill.ports import PORTS

    each, seed = -(-int(sys.argv[1]) // len(PORTS)), time_ns()
    within = Path(tempfile.mkdtemp(prefix="storm-"))
    with ProcessPoolExecutor(AT_ONCE, mp_context=get_context("spawn")) as pool:
        waited_for = [pool.submit(_storm_alone, kind, each, seed, within) for kind in PORTS]
        for number, _ in enumerate(as_completed(waited_for), 1):
            sys.stdout.write(f"\r{number} of {len(PORTS)} ports")
            sys.stdout.flush()
    tallies = [one.result() for one in waited_for]
    sys.stdout.write(f"\n{table(tallies)}\nseed {seed}, what is wrong lies in {within}\n")
    sys.exit(any(tally.wrong for tally in tallies))


def _storm_alone(kind: type[Trip], kills: int, seed: int, within: Path) -> Tally:
    """Stories of one port at a sandbox of its own; they wait for most of their time."""
    logging.disable(logging.CRITICAL)
    with sandbox() as url:
        return storm(url, kind, kills, seed, within)


if __name__ == "__main__":
    main()
