"""What a client declares of each call it can make. Retrying, error sorting and the generated docs follow from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote

from colophon.errors import InvalidError


class DeliveryClass(StrEnum):
    """What may be done about a write whose answer was lost (contract README section 4)."""

    A = "A"
    """Honours an idempotency key: the same request again has no second effect."""
    B = "B"
    """Writes by our own key: the same request again writes the same."""
    C = "C"
    """Can be read back by our reference after the settle time."""
    D = "D"
    """None of these: a lost answer stays unknown."""


@dataclass(frozen=True, slots=True)
class Waits:
    """A contract's own waits, in seconds, before repeats of a write whose effect is open: doubled each time, up to 10 % longer.

    A 500 is then repeated as often as any lost answer.
    """

    first_s: float
    longest_s: float


@dataclass(frozen=True, slots=True)
class Operation:
    """One call of a contract.

    `path` is a template such as `/v1/messages/{message_id}`. `writes` is the delivery class of a write, None for a read
    (also a read by POST). `not_taken` are the 5xx statuses that the contract documents as *not taken*. `expect` are the
    statuses that come back as an answer; all others become errors. An `accept` of JSON means that a 2xx must be JSON.
    `waits` are those of a contract that states its own, else the common random ones.
    """

    name: str
    method: str
    path: str
    writes: DeliveryClass | None = None
    not_taken: frozenset[int] = frozenset()
    accept: str = "application/json"
    expect: frozenset[int] = frozenset({200})
    waits: Waits | None = None

    @property
    def wants_json(self) -> bool:
        """Whether a 2xx with a body must be JSON."""
        return self.accept.endswith("json") and self.method != "HEAD"

    def path_for(self, values: Mapping[str, str] | None) -> str:
        """The template filled in, each value percent-encoded.

        :raises InvalidError: a value that would change the path (empty, `.` or `..`).
        """
        for name, value in (values or {}).items():
            if value in {"", ".", ".."}:
                raise InvalidError(f"{name} cannot be part of an address", operation=self.name)
        return self.path.format_map({name: quote(value, safe="") for name, value in (values or {}).items()})
