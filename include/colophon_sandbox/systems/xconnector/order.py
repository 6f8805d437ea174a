"""Order by `sequence` within (source, recipient, subject), for each target apart (contract section 7)."""

from bisect import bisect_left, insort
from collections.abc import Iterator

from colophon_sandbox.world import Row, Table

LETS_PASS = ("acknowledged", "cancelled", "expired")


class Order:
    """Where each message stands in the line of its subject."""

    def __init__(self, messages: Table) -> None:
        self._messages = messages
        self._lines: dict[str, list[tuple[str, int]]] = {}

    def enter(self, row: Row) -> None:
        """A message takes its place; one without a sequence has none."""
        if "sequence" in row["event"]:
            insort(self._lines.setdefault(_line(row), []), _place(row))

    def leave(self, row: Row) -> None:
        """A message is forgotten."""
        if "sequence" in row["event"]:
            line = self._lines[_line(row)]
            line.remove(_place(row))
            if not line:
                del self._lines[_line(row)]

    def is_overtaken(self, row: Row, target: str) -> bool:
        """Whether the target has a later one already."""
        return any(delivery["status"] in {"sent", "acknowledged"} for _, delivery in self._others(row, target, later=True))

    def blocker(self, row: Row, target: str) -> str | None:
        """Id of the message before, while the target neither has it nor will ever need it."""
        for other, delivery in self._others(row, target, later=False):
            if delivery["status"] == "acknowledged":
                return None
            if delivery["status"] not in LETS_PASS:
                return str(other["messageId"])
        return None

    def blocked_next(self, row: Row, target: str) -> tuple[Row, Row] | None:
        """The next message and delivery in line, if it waits for its turn."""
        for other, delivery in self._others(row, target, later=True):
            if delivery["status"] in {"pending", "retrying", "sent"}:
                return (other, delivery) if delivery["dueAt"] is None else None
        return None

    def _others(self, row: Row, target: str, *, later: bool) -> Iterator[tuple[Row, Row]]:
        """Messages of the same subject to the same target, the nearest first."""
        if "sequence" not in row["event"]:
            return
        line = self._lines.get(_line(row), [])
        place = bisect_left(line, _place(row))
        for index in range(place + 1, len(line)) if later else range(place - 1, -1, -1):
            other = self._messages.get(f"m-{line[index][1]}")
            delivery = delivery_to(other, target) if other else None
            if other is not None and delivery is not None:
                yield other, delivery


def delivery_to(row: Row, target: str) -> Row | None:
    """The delivery of a message to a target."""
    return next((delivery for delivery in row["deliveries"] if delivery["target"] == target), None)


def _line(row: Row) -> str:
    return "\n".join(row["event"][name] for name in ("source", "recipient", "subject"))


def _place(row: Row) -> tuple[str, int]:
    return row["event"]["sequence"], row["_seq"]
