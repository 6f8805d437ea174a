"""Inbound: what a counterpart says waits in the inbox; the decision says what follows, and which events are dealt with.

The facts are the events that wait (`InboxItem`), the titles that they name (`Product`), who works on these (`TeamMember`) and what
the ledger has of them (`HistoryRow`). Every event ends as recorded, as a task, as an exception, or parked with a reason.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol, TypeVar

from pydantic import BaseModel, ValidationError

from colophon.blocks.decision import DecisionContext, Plan
from colophon.blocks.use_case import UseCase
from colophon.blocks.write_back import fault
from colophon.domain.delivery import Intent
from colophon.domain.facts import Facts, Known
from colophon.domain.finding import Finding
from colophon.domain.inbox_item import InboxItem
from colophon.domain.product import Product
from colophon.errors import BadShapeError
from colophon.http.jsontext import read_json
from colophon.systems.consonance.writes.operations import CONSONANCE


class AboutTitle(Protocol):
    """What an event says: of the title of an ISBN, where it names one."""

    @property
    def isbn(self) -> str | None:
        """The title's ISBN-13."""


def isbns_of(said: AboutTitle) -> set[str]:
    """The ISBNs of all titles that an event names: one that names several has them as `isbns`."""
    return {isbn for isbn in (said.isbn, *getattr(said, "isbns", ())) if isbn}


Body = TypeVar("Body", bound=BaseModel)
Said = TypeVar("Said", bound=AboutTitle)


class Closed(NamedTuple):
    """An event that is dealt with, and how; `parked`: nobody can."""

    item: InboxItem
    note: str = ""
    parked: bool = False


def _nothing() -> dict[str, list[str]]:
    return {CONSONANCE: []}


@dataclass(slots=True)
class InboxDecision(Plan):
    """What is to be told to Consonance, what is wrong with whom, and which events are dealt with (`closed`); the others wait."""

    judged: dict[str, list[str]] = field(default_factory=_nothing)
    settled: dict[str, list[str]] = field(default_factory=_nothing)
    closed: list[Closed] = field(default_factory=list)

    def tell(self, *intents: Intent) -> None:
        """Consonance is to hear of it."""
        self.intents += intents
        self.judged[CONSONANCE] += (intent.subject for intent in intents)

    def look_at(self, subject: str) -> None:
        """It was looked at, and needs nothing but what is found wrong with it now: older exceptions about it close."""
        self.judged[CONSONANCE].append(subject)
        self.settled[CONSONANCE].append(subject)

    def park(self, item: InboxItem, problem: Finding | None = None, *, rule: str = "", lacks: str = "") -> None:
        """Nobody can deal with an event: an exception says why. Without a `problem` that is what it `lacks` to be read."""
        problem = problem or _unreadable(item, rule, lacks)
        self.findings.append(problem)
        self.judged[CONSONANCE].append(problem.subject)
        self.closed.append(Closed(item, problem.found, parked=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound(UseCase):
    """A use case that lives on the inbox: `types` of events (`*` stands for any beginning), and what each says (None: unreadable).

    It judges what it names alone: what waits for Consonance and is not spoken of stays wanted.
    """

    decide: Callable[[Facts, DecisionContext], InboxDecision]
    types: tuple[str, ...]
    read: Callable[[InboxItem], AboutTitle | None]


def read(said: type[Body], item: InboxItem, *, member: str = "data") -> Body | None:
    """What an event says in a `member` of its body (empty: in all of it); None where it cannot be read."""
    try:
        body = read_json(item.body)
        return said.model_validate(body.get(member) if member and isinstance(body, dict) else body)
    except (BadShapeError, ValidationError):
        return None


def about_titles(
    facts: Facts,
    decision: InboxDecision,
    read: Callable[[InboxItem], Said | None],
    *,
    rule: str,
    lacks: str,
    unknown: Callable[[Said], Finding],
) -> Iterator[tuple[InboxItem, Said, Product]]:
    """Events with what they say and the title that they name. One that cannot be read, or names no title of ours, is parked.

    One about a title that is there and cannot be read waits: that is an exception of the title's.

    :param lacks: what an event must have to be read. :param unknown: the exception about a title that we do not have.
    """
    products, state = {product.isbn13: product for product in facts.records(Product)}, facts.of(Product)
    unread = {finding.subject.removeprefix("isbn:") for finding in state.unreadable} if isinstance(state, Known) else set()
    for item in facts.records(InboxItem):
        said = read(item)
        if said is None or not said.isbn:
            decision.park(item, rule=rule, lacks=lacks)
        elif said.isbn in products:
            yield item, said, products[said.isbn]
        elif said.isbn not in unread:
            decision.park(item, unknown(said))


def _unreadable(item: InboxItem, rule: str, lacks: str) -> Finding:
    remedy = f"Ask {item.source} to send it again as agreed; what it sends then is dealt with by itself."
    return fault(f"event:{item.id}", rule, "data", "a notice that cannot be read", lacks, remedy, "operations")
