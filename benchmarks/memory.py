"""The most memory that a benchmark had."""

import resource
from contextlib import suppress
from pathlib import Path


def peak_mb() -> float:
    """The most that this process had; `ru_maxrss` would count what the process that started it had before."""
    with suppress(OSError), Path("/proc/self/status").open(encoding="ascii") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM"))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
