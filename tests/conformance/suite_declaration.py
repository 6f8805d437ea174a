"""What a system declares for the conformance suite. The contract of these names is told in `suite.py`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from colophon.errors import ColophonError

if TYPE_CHECKING:
    from suite_box import Box


@dataclass(frozen=True, slots=True)
class Verb:
    """One verb of a client, as the suite uses it."""

    name: str
    method: str
    path: str
    """Below the system's base; `*` stands for any text. All requests that match count as tries of this verb; a good run makes one
    (a paged read several). Requests to other addresses, such as a look before the write, do not count."""
    call: Callable[[Any, Any], Any]
    """`call(client, given)`: the same `given` is the same subject and content. The suite reads what it returns."""
    prepare: Callable[[Any, "Box"], Any] = lambda _client, _box: None
    """Makes `given`, with a good client and before anything goes wrong: what must be there, caches, the first token."""
    effects: Callable[["Box"], int] = lambda _box: 0
    """How many effects the write has had in the sandbox's world. It may move the sandbox's clock."""
    is_done: Callable[[Any], bool] = lambda _result: True
    """Whether what came back claims success, for verbs that tell refusals or doubts in their result."""
    told: Callable[[Any], str] = lambda _result: ""
    """The text in which a result tells records that it could not read, for verbs that do not raise for one record."""
    required: tuple[str, ...] = ()
    """Members of the answer that the contract requires, as `items/0/id`."""
    not_taken: frozenset[int] = frozenset()
    """5xx that the contract documents as *not taken*."""
    answers: frozenset[int] = frozenset()
    """Statuses below 500 after which the verb does more work; they are not tried as refusals."""
    meanings: Mapping[int, type[ColophonError]] = field(default_factory=dict)
    """Statuses whose error differs from the common table."""
    harmless: frozenset[str] = frozenset()
    """Names of `suite_answers.FOREIGN` that are good answers for this verb; `dribble-after` where it streams without a total time limit."""
    state: str = ""
    """A member of the answer that holds a state's name."""
    items: str = ""
    """Of a bulk write: the list (in GraphQL the object) that has an item for each thing sent (at least 3); `/` is the answer itself."""
    small_pages: Callable[["Box"], None] | None = None
    """Of a paged read: makes the sandbox give pages so small that the call needs at least 3."""
    ids: Callable[[Any], list[Any]] = list
    """Of a paged read: the ids in what it returned, in order."""
    size: int = 1
    """Effects of one good run."""
    holds: str = ""
    """A text in the body of each try, where verbs share an address, as GraphQL's do."""
    writes: str | None = None
    """Delivery class; set by the suite from the name under which the verb is declared, and by the system for those in `more`."""


@dataclass(frozen=True, slots=True)
class Token:
    """How a system gives out tokens: the token endpoint below the system's base, and the header that carries a token."""

    path: str
    fetch: Callable[[Any], Any]
    """`fetch(client)`: any harmless call, after which the client has its first token."""
    method: str = "POST"
    header: str = "Authorization"
    holds: str = ""
    """As a verb's."""


@dataclass(frozen=True, slots=True)
class Tasks:
    """How deliveries go through a system's operators."""

    conn_type: str
    delivery_class: str
    connection: Callable[[str], Mapping[str, Any]]
    """`connection(address)`: host, login, password, extra."""
    operators: Callable[[Mapping[str, Any]], Sequence[Any]]
    """`operators(given)`: the tasks of a run; `given` are task_id, use_case and destination."""
    contents: Sequence[Mapping[str, Any]]
    """What each delivery asks for; with the system's canaries."""
    verb: Any = None
    """The write that the tasks make; its `size` is the effects of one delivery."""
    prepare: Callable[["Box", Any], None] = lambda _box, _desk: None
    states: Callable[[Any], Mapping[str, int]] | None = None
    """Of the ledger: what it has by state, where that is not in its deliveries."""
    labels: Mapping[str, str] = field(default_factory=dict)
    destination: str = "there"
    base: str = ""
    """Below the sandbox, of a system that is another one's neighbour."""
