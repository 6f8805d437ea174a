"""How many calls one caller may make: a bucket of tokens for each."""

from collections import OrderedDict

PER_S, BURST = 1000.0, 2000.0
"""More than any counterpart sends, and less than would fill a disk unnoticed. Strangers are kept off by the proxy in front."""
_CALLERS = 10_000


class Rate:
    """Buckets by caller; the ones that were idle longest are forgotten."""

    def __init__(self, per_s: float = PER_S, burst: float = BURST) -> None:
        self._per_s, self._burst = per_s, burst
        self._buckets: OrderedDict[object, tuple[float, float]] = OrderedDict()

    def wait_s(self, caller: object, now: float) -> float:
        """0 where a call may pass; else after how many seconds the next one may. `now`: monotonic seconds."""
        left, at = self._buckets.pop(caller, (self._burst, now))
        left = min(self._burst, left + (now - at) * self._per_s)
        wait = 0.0 if left >= 1 else (1 - left) / self._per_s
        self._buckets[caller] = (left if wait else left - 1, now)
        if len(self._buckets) > _CALLERS:
            self._buckets.popitem(last=False)
        return wait
