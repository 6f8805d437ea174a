"""`python -m colophon_sandbox.week ADDRESS`: a week in the life of the living house, played through the control routes.

`week.json` has the steps: on which day and when, what happens in words, and the calls of control routes that make it happen.
Its dates are those of a sandbox that begins on 1 May 2026; they move to the day that the sandbox has when the week begins.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from importlib import resources
from typing import Any
from urllib.request import Request, urlopen

from colophon_sandbox.seeds import moved
from colophon_sandbox.world import moment, stamp

FIRST_DAY = datetime.fromisoformat("2026-05-01T00:00:00Z")
Ask = Callable[[str, str, Any], Any]


def steps() -> list[dict[str, Any]]:
    """All steps, in order of time."""
    given: list[dict[str, Any]] = json.loads(resources.files(__package__).joinpath("week.json").read_text(encoding="utf-8"))
    return given


def play(ask: Ask, wait: Callable[[], None] = lambda: None) -> Iterator[str]:
    """Play the week; a line for each step after it has happened. `ask(method, route, body)` calls a control route.

    The clock only moves forward: a step whose time has passed happens at once.
    """
    begun = moment(ask("GET", "/clock", None)["now"])
    midnight = begun.replace(hour=0, minute=0, second=0, microsecond=0)
    for step in steps():
        hour, minute = map(int, step["at"].split(":"))
        due = midnight + timedelta(days=step["day"] - 1, hours=hour, minutes=minute)
        now = moment(ask("GET", "/clock", None)["now"])
        if due > now:
            ask("POST", "/clock/advance", {"seconds": (due - now).total_seconds()})
        for method, route, body in step["do"]:
            ask(method, route, moved(body, (midnight - FIRST_DAY).days))
        yield f"{stamp(max(due, now))}  {step['say']}"
        wait()


def main() -> None:
    """Play it against a running sandbox."""
    parser = argparse.ArgumentParser(prog="colophon_sandbox.week", description="A week in the life of the living house.")
    parser.add_argument("address", nargs="?", default="http://127.0.0.1:8900")
    parser.add_argument("--pause", type=float, default=0, help="seconds to wait after each step, for DAGs to run in")
    given = parser.parse_args()
    if not given.address.startswith("http"):
        parser.error("the address begins with http")

    def ask(method: str, route: str, body: Any) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = Request(f"{given.address}/__sandbox__{route}", data, {"Content-Type": "application/json"}, method=method)  # noqa: S310 - the user's own
        with urlopen(request, timeout=60) as answer:  # noqa: S310 - as above
            return json.loads(answer.read() or b"null")

    for line in play(ask, lambda: time.sleep(given.pause)):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
