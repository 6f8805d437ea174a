"""What a use case's decision gets and gives."""

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from colophon.config import Config
from colophon.domain.delivery import Intent, Judgement, LatestDelivery
from colophon.domain.finding import Finding
from colophon.domain.person import Person
from colophon.domain.rights_deal import RightsFormat
from colophon.rights.snapshot import RightsSnapshot


class RightsQuestion(NamedTuple):
    """What is asked of the rights engine: about some channels of the rights records, and some formats; none: each product's own."""

    channels: Callable[[Config], set[str]]
    formats: Callable[[Config], Sequence[RightsFormat]] = lambda _config: ()


class History(Protocol):
    """What the ledger knows of earlier deliveries."""

    def __call__(self, destination: str, subjects: Iterable[str]) -> Mapping[str, LatestDelivery]:
        """Latest delivery to a destination, by subject; subjects that it never got are absent."""


@dataclass(frozen=True, slots=True)
class DecisionContext:
    """What a decision is asked: judged at `as_of` (aware UTC), with the run's form values in `params`.

    `since`: the moment up to which an earlier run has judged. `rights`: where products may be sold. `content`: what was sent, by its
    hash. `sent`: what had been sent of subjects before a moment. `waiting`: subjects of which something waits for a destination.
    `faults`: by subject, the rules of what another use case keeps back. `memory`: what the use case's last run remembered (`Plan.memory`).
    `remembered`: all that is remembered under names that begin so, by whomever. For messages to people: `delivery_class` is what the
    messaging system makes of a repeat, `is_reached` says whether a person (a key of the recipient directory) can be told anything,
    `person` what the address book knows of somebody, and `told_today` how many messages somebody (by the ledger's name) has had today.
    """

    as_of: datetime
    config: Config
    params: Mapping[str, Any]
    history: History
    since: datetime | None = None
    delivery_class: str = "A"
    is_reached: Callable[[str], bool] = lambda _person: True
    person: Callable[[str], Person] = lambda key: Person(key=key)
    told_today: Callable[[str], int] = lambda _who: 0
    rights: RightsSnapshot = field(default_factory=RightsSnapshot)
    content: Callable[[str], bytes | None] = lambda _hash: None
    sent: Callable[[Collection[tuple[str, datetime]]], Mapping[tuple[str, datetime], Sequence[bytes]]] = lambda _wanted: {}
    waiting: Callable[[str], Collection[str]] = lambda _destination: ()
    faults: Callable[[], Mapping[str, Sequence[str]]] = dict
    memory: Mapping[str, Any] = field(default_factory=dict)
    remembered: Callable[[str], Sequence[Mapping[str, Any]]] = lambda _prefix: ()

    @property
    def here(self) -> datetime:
        """`as_of` by the publisher's own clock."""
        return self.config.publisher.here(self.as_of)

    def sent_json(self, content_hash: str) -> dict[str, Any]:
        """What was sent as JSON, by its hash; empty where it is not kept any more."""
        data: dict[str, Any] = json.loads(self.content(content_hash) or b"{}")
        return data


@dataclass(slots=True)
class Plan:
    """A batch's decisions.

    `judged` names, by destination and in the words of the intents' subjects, everything that was looked at: what it names and no
    intent wants is withdrawn, and its exceptions that were not found again close. `settled`: those of them that need nothing.
    `out_of_scope`: by destination those that are not for it, each with why; that is no fault, no exception and no refusal.
    `everything`: destinations of which all there is was looked at, so that what nobody named is not wanted either.
    `names`: how findings call a judged subject, where they call it otherwise (the product of a portal's object).
    `memory`: what the next run is to know, as JSON; None: nothing new. `figures` are partial quality figures of the batch. `note` says that it went by less than it should know, and why.
    """

    intents: list[Intent] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    judged: dict[str, list[str]] = field(default_factory=dict)
    settled: dict[str, list[str]] = field(default_factory=dict)
    out_of_scope: dict[str, dict[str, str]] = field(default_factory=dict)
    everything: frozenset[str] = frozenset()
    names: dict[str, str] = field(default_factory=dict)
    figures: Sequence[Any] = ()
    note: str = ""
    memory: Mapping[str, Any] | None = None

    def __or__(self, other: "Plan") -> "Plan":
        """Both, which look at different subjects or say the same of them."""
        both = {name: sorted({*self.judged.get(name, ()), *other.judged.get(name, ())}) for name in {**self.judged, **other.judged}}
        intents = [*self.intents, *other.intents]
        told = {(intent.destination, intent.subject) for intent in intents}
        left = {name: [subject for subject in subjects if (name, subject) not in told] for name, subjects in both.items()}
        settled = {name: {*self.settled.get(name, ()), *other.settled.get(name, ())} for name in both}
        return Plan(
            intents,
            [*self.findings, *(finding for finding in other.findings if finding not in self.findings)],
            both,
            {name: [subject for subject in subjects if subject in settled[name]] for name, subjects in left.items()},
            {name: {**self.out_of_scope.get(name, {}), **other.out_of_scope.get(name, {})} for name in both},
        )

    def hold(self, destination: str, finding: Finding, *, is_so: bool) -> None:
        """Look at what is wrong with a destination as a whole: an exception while it is so, and closed when it is not."""
        self.judged.setdefault(destination, []).append(finding.subject)
        if is_so:
            self.findings.append(finding)
        else:
            self.settled.setdefault(destination, []).append(finding.subject)

    def judgements(self) -> dict[str, Judgement]:
        """What the ledger is to enter, by destination."""
        return {
            name: Judgement(
                intents=[intent for intent in self.intents if intent.destination == name],
                findings=[finding for finding in self.findings if finding.blocks == name],
                subjects=subjects,
                settled=self.settled.get(name, ()),
                is_everything=name in self.everything,
                names=self.names,
                out_of_scope=self.out_of_scope.get(name, {}),
            )
            for name, subjects in self.judged.items()
        }
