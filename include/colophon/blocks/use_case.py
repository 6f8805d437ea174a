"""What a use case declares, so that one operator runs it and the type checker holds it to that."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from colophon.blocks.decision import DecisionContext, Plan
from colophon.domain.facts import Facts

Decide = Callable[[Facts, DecisionContext], Plan]


@dataclass(frozen=True, slots=True, kw_only=True)
class UseCase:
    """One use case: what it reads and what it decides.

    `id` is the DAG's. `reads` are kinds of facts that it cannot do without, `gains` those that make it better; with a window,
    the works on which a record of the first kind changed are read. `decide` is pure. `backfill`: `silent` tells nobody of a past
    day, `latest` lets the ledger drop what is stale, `full` does all a day asks for. `judges`: `all` withdraws and closes whatever
    a run did not name, `named` only what it looked at. `tells_people`: its deliveries are messages to people.

    :raises ValueError: it reads nothing, or names a kind twice.
    """

    id: str
    reads: tuple[type, ...]
    decide: Decide
    backfill: Literal["silent", "latest", "full"]
    gains: tuple[type, ...] = ()
    judges: Literal["all", "named"] = "named"
    tells_people: bool = False

    def __post_init__(self) -> None:
        kinds = (*self.reads, *self.gains)
        if not self.reads or len(set(kinds)) < len(kinds):
            raise ValueError(f"{self.id}: reads has to name at least one kind of facts, and none twice")

    def is_silent(self, as_of: datetime, last_run: datetime | None, *, is_backfill: bool) -> bool:
        """Whether a run tells nobody, for its news is old (`is_old_news`), and the use case spares people that."""
        return self.backfill == "silent" and is_old_news(as_of, last_run, is_backfill=is_backfill)


def is_old_news(as_of: datetime, last_run: datetime | None, *, is_backfill: bool) -> bool:
    """Whether a run tells nobody: a backfill, and one judged before the run that told people last. The next scheduled run tells."""
    return is_backfill or (last_run is not None and last_run > as_of)
