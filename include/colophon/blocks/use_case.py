"""What a use case declares, so that one operator runs it and the type checker holds it to that.

CASE = UseCase(id="push__milestone_alerts", reads=(Todo,), decide=decide, backfill="silent", tells_people=True)
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from colophon.blocks.decision import DecisionContext, Plan, RightsQuestion
from colophon.config import Config
from colophon.domain.contract import Contract
from colophon.domain.delivery import HistoryRow
from colophon.domain.facts import Facts
from colophon.domain.head_grant import HeadGrant
from colophon.domain.product import Product
from colophon.domain.rights_deal import RightsDeal
from colophon.ledger import Ledger
from colophon.systems.consonance.writes.operations import WriteOp

RIGHTS = (Product, Contract, HeadGrant, RightsDeal)
"""Kinds that the rights engine judges by: `upstream` of a use case that asks it."""
Decide = Callable[[Facts, DecisionContext], Plan]
Staged = Callable[[Iterable[str]], Facts]
Recalled = Callable[[Ledger, DecisionContext, Collection[str]], Iterable[HistoryRow]]


def channels(config: Config) -> set[str]:
    """Channels of the rights records that are asked about."""
    return {profile.sale_channel for profile in config.recipients.values()}


class WriteBacks(Protocol):
    """What a use case has found out, for Consonance."""

    def __call__(self, *, ledger: Ledger, config: Config, params: Mapping[str, Any], as_of: datetime) -> Iterable[WriteOp]:
        """The write-backs of a run judged at `as_of`; those that were told before are known by their references."""


def _nothing(**_run: object) -> Iterable[WriteOp]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What a use case needs; `id` is its DAG's.

    `reads` are kinds of facts that it cannot do without, `gains` those that make it better; with a window, the works on which a
    record of the first kind changed are read. `upstream` and `upstream_gains`: the same of steps before the decision. `writes` are
    the mutations that it writes to Consonance with, `write_backs` what it tells there after its deliveries, `systems` what it needs beside Consonance: among these stand the file of
    `people` and the `recipients` with their routes. `remedies`: what to do about a delivery, by the rule that it breaks (`DELIVERY-BOUNCED`),
    where that is other than usual. What looks after Colophon itself reads nothing.

    :raises ValueError: it names a kind twice.
    """

    id: str
    reads: tuple[type, ...] = ()
    gains: tuple[type, ...] = ()
    upstream: tuple[type, ...] = ()
    upstream_gains: tuple[type, ...] = ()
    writes: tuple[str, ...] = ()
    write_backs: WriteBacks = _nothing
    remedies: Mapping[str, str] = field(default_factory=dict)
    systems: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        kinds = (*self.reads, *self.gains)
        if len(set(kinds)) < len(kinds):
            raise ValueError(f"{self.id}: reads has to name no kind of facts twice")


@dataclass(frozen=True, slots=True, kw_only=True)
class UseCase(Needs):
    """One use case: what it needs and what it decides.

    `decide` is pure. `staged`: how lines are read that earlier steps staged. It decides by the newest of its own deliveries to the destinations
    that `recalls` names, and by what `recalled` finds (`HistoryRow`), for the ISBNs that events name where it lives on events. `rights`: what it asks of the rights engine.
    `reaches_back`: from when on changes are read where a destination is new; asked what a destination has. `faults_of`: the use case whose open exceptions it decides by.
    `backfill`: `silent` tells nobody of a past day, `latest` lets the ledger drop what is stale, `full` does all a day asks for.
    `reads_all`: it reads all there is each time, and not what changed. `tells_people`: its deliveries are messages to people.

    :raises ValueError: it reads nothing.
    """

    decide: Decide
    backfill: Literal["silent", "latest", "full"]
    staged: Staged | None = None
    recalls: Callable[[Config], Iterable[str]] | None = None
    recalled: Recalled | None = None
    rights: RightsQuestion | None = None
    reaches_back: Callable[[DecisionContext, Callable[[str], Collection[str]]], datetime | None] | None = None
    faults_of: str = ""
    reads_all: bool = False
    tells_people: bool = False

    def __post_init__(self) -> None:
        Needs.__post_init__(self)
        if not self.reads:
            raise ValueError(f"{self.id}: reads has to name at least one kind of facts")

    def recall(self, ledger: Ledger, context: DecisionContext, isbns: Collection[str]) -> list[HistoryRow] | None:
        """The deliveries that it decides by; None where it decides by none."""
        if self.recalls is None and self.recalled is None:
            return None
        own = (row for place in (self.recalls(context.config) if self.recalls else ()) for row in ledger.newest(self.id, place))
        return [*own, *(self.recalled(ledger, context, isbns) if self.recalled else ())]

    def is_silent(self, as_of: datetime, last_run: datetime | None, *, is_backfill: bool) -> bool:
        """Whether a run tells nobody, for its news is old, and the use case spares people that. The next scheduled run tells.

        Old is the news of a backfill, and that of a run judged before the one that decided last.
        """
        return self.backfill == "silent" and (is_backfill or (last_run is not None and last_run > as_of))
