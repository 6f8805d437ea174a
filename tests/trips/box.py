"""The sandbox as a trip sees it: its control routes, and the plan of what goes wrong there.

The plan comes from a seed, so that the same trip goes wrong in the same places each time.
"""

import time
from collections import Counter
from collections.abc import Mapping
from random import Random
from typing import Any

from sandbox_control import Control

SEED, SHARE, LEAST = 20260501, 0.1, 3
IN_A_ROW = (1, 1, 1, 1, 6)
"""How many requests one fault spoils: with six a client's own repeats come to nothing, and the next try of the task must do."""
LONGEST_GAP = int(2 * sum(IN_A_ROW) / len(IN_A_ROW) * (1 / SHARE - 1))
READ_S, LATE_S, MOST_LATE = 0.4, 0.6, 3
FAULTS: tuple[tuple[int, dict[str, Any]], ...] = (
    (2, {"kind": "reset"}),
    (3, {"kind": "reset", "when": "after"}),
    (2, {"kind": "status", "value": 500, "when": "after"}),
    (2, {"kind": "truncate"}),
    (2, {"kind": "garble"}),
    (1, {"kind": "login_page"}),
    (1, {"kind": "login_page", "when": "after"}),
    (2, {"kind": "status", "value": {"status": 429, "headers": {"Retry-After": "5"}}}),
    (1, {"kind": "status", "value": {"status": 429, "headers": {"Retry-After": "900"}}}),
)
"""How often beside one another, and what. `after`: the effect is there, and its answer is lost."""
LATE = {"kind": "delay", "value": LATE_S, "when": "after"}
EXTRA: Mapping[str, Any] = {"start_jitter_seconds": 0, "timeouts": {"connect": 2, "read": READ_S, "total": 2}}


class Box(Control):
    """The control routes, for one system."""

    def __init__(self, url: str, system: str) -> None:
        super().__init__(url, system)
        self._late: list[str] = []
        self._late_fired = 0

    def inject(self, requests: int, seed: int = SEED) -> None:
        """Plan the faults: one in ten of so many requests to come, wherever they go, alone or several in a row."""
        random, kinds = Random(seed), [fault for weight, fault in FAULTS for _ in range(weight)]
        passed = spoilt = 0
        while spoilt < max(LEAST, requests * SHARE):
            length = random.choice(IN_A_ROW)
            passed += random.randint(0, min(LONGEST_GAP, requests // 4))
            fault = LATE if length == 1 and len(self._late) < MOST_LATE and random.random() < 0.2 else random.choice(kinds)
            # A fault counts only the requests at which no earlier one fires.
            name = self.control("POST", "/faults", {"system": self.system, "skip": passed, "times": length, **fault})["faultId"]
            self._late += [name] if fault is LATE else []
            spoilt += length

    def wait_for_late(self) -> None:
        """Wait, truly, where a late request may still be at the sandbox."""
        fired = sum(self.control("GET", f"/faults/{name}")["fired"] for name in self._late)
        if fired > self._late_fired:
            self._late_fired = fired
            time.sleep(LATE_S - READ_S)

    def stop_faults(self) -> None:
        """Nothing goes wrong on purpose any more; a slow machine may still lose an answer."""
        self.control("DELETE", "/faults")
        self._late.clear()

    def fired(self) -> int:
        """How many of the faults have come to pass."""
        return sum(fault["fired"] for fault in self.control("GET", "/faults")["faults"])

    def requests(self) -> int:
        """How many requests the sandbox has seen."""
        return len(self.journal())

    def counted(self, kind: str) -> Counter[str]:
        """The sandbox's effects of a kind."""
        return Counter(self.effects(kind))
