"""Whether an account lets a use case run, from what each use case says that it needs.

    state, why = readiness(needs_of_all()["push__milestone_alerts"], account)      # runs | runs by files | cannot, and because of what

A fact comes by the account's API (a feature) or as a report file; a write-back goes by mutation or as an import sheet.
"""

import importlib
import pkgutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import NamedTuple, TypeVar

from colophon import use_cases
from colophon.blocks.use_case import Needs
from colophon.domain.finding import Finding, Severity
from colophon.systems.consonance.kinds import KINDS

RULE = "A1"
SAYS = "What a use case decides by is told by the account or by its reports"
REMEDY = "Restore what was there before; have what was never seen exported: docs/readiness.md names it. Then clear the task."
SUBJECT = "consonance"
ROUTE_RULE = "A2"
ROUTE_SAYS = "The middleware has a route to every recipient"
ROUTE_REMEDY = (
    "Name it in routes.yaml (with `manage_routes` on), or have the middleware's operator add a route; what waits goes with the next run."
)
T = TypeVar("T")
UNTOLD = frozenset({"unknown", "not told"})
"""How those who read say that neither the account nor a file told them."""


ALWAYS = (SUBJECT, "configuration", "schemas and code lists", "staging", "ledger")
"""Without these nothing runs."""


class State(StrEnum):
    """Whether a use case can run with an account."""

    RUNS = "runs"
    BY_FILES = "runs by files"
    CANNOT = "cannot"


@dataclass(frozen=True, slots=True)
class Account:
    """What is known of an account and of what stands beside it.

    `features`: facts and mutations that its API has (`rights_deals`, `mutation.upsertTodo`). `files`: reports that are there.
    `unfit`: reports that are there and cannot be used, with the reason. `broken`: systems, and what is wrong with each.
    """

    features: frozenset[str] = frozenset()
    files: frozenset[str] = frozenset()
    unfit: Mapping[str, str] = field(default_factory=dict)
    broken: Mapping[str, str] = field(default_factory=dict)


class Readiness(NamedTuple):
    """The answer for one use case; `why` has a sentence for each thing that is by file, missing, or missed."""

    state: State
    why: tuple[str, ...] = ()

    def __str__(self) -> str:
        """In one line."""
        return f"{self.state}: {'; '.join(self.why)}" if self.why else str(self.state)


@cache
def needs_of_all() -> Mapping[str, Needs]:
    """What each use case needs, by its id: what its module declares; of several cases of one DAG the one that names the most systems."""
    found: dict[str, Needs] = {}
    for needs in _declared(Needs):
        if needs.id not in found or len(needs.systems) > len(found[needs.id].systems):
            found[needs.id] = needs
    return dict(sorted(found.items()))


@cache
def declared(kind: type[T]) -> tuple[T, ...]:
    """What the modules of use cases declare of a kind: cases, or panels of the desk."""
    return tuple(_declared(kind))


def _declared(kind: type[T]) -> Iterator[T]:
    seen: set[int] = set()
    for package in pkgutil.walk_packages(use_cases.__path__, f"{use_cases.__name__}."):
        for value in vars(importlib.import_module(package.name)).values():
            if isinstance(value, kind) and id(value) not in seen:
                seen.add(id(value))
                yield value


def facts_of(kinds: Iterable[type]) -> tuple[str, ...]:
    """The facts that are asked of an account for some kinds, as its features are called; what every account tells is none of them."""
    facts = (KINDS[kind].fact for kind in kinds if kind in KINDS)  # other kinds come from another system, the ledger, or an earlier step
    return tuple(dict.fromkeys(fact for fact in facts if fact))


def matrix(account: Account) -> dict[str, Readiness]:
    """Every use case with an account."""
    return {use_case: readiness(needs, account) for use_case, needs in needs_of_all().items()}


def readiness(needs: Needs, account: Account) -> Readiness:
    """Whether a use case can run with an account, and why not, or why only by files."""
    broken = [f"{system}: {account.broken[system]}" for system in (*ALWAYS, *needs.systems) if system in account.broken]
    needed, told = facts_of((*needs.upstream, *needs.reads)), account.features | account.files
    untold = [fact for fact in needed if fact not in told]
    if stops := [*broken, *_stops(untold, account)]:
        return Readiness(State.CANNOT, tuple(stops))
    by_files = [fact for fact in needed if fact not in account.features]
    by_sheets = [name for name in needs.writes if f"mutation.{name}" not in account.features]
    why = [f"{', '.join(by_files)} from report files"] if by_files else []
    why += [f"{', '.join(by_sheets)} by import sheets, which a person loads"] if by_sheets else []
    missed = [fact for fact in facts_of((*needs.upstream_gains, *needs.gains)) if fact not in told]
    return Readiness(State.BY_FILES if why else State.RUNS, (*why, *((f"without {', '.join(missed)}",) if missed else ())))


def untold(needs: Needs, sources: Mapping[str, str], seen: Mapping[str, Mapping[str, str]]) -> Finding | None:
    """The one finding that an account does not tell what a use case needs; None where it does.

    What the use case can miss counts only where it was there before: then somebody took it away.

    :param sources: where each fact came from in this run. :param seen: facts told earlier, with `from` and `on`.
    """
    needed, missed = facts_of((*needs.upstream, *needs.reads)), facts_of((*needs.upstream_gains, *needs.gains))
    asked = [fact for fact in (*needed, *missed) if sources.get(fact) in UNTOLD]
    gone = [f"{fact}: {seen[fact]['from']} was there on {seen[fact]['on']}" for fact in asked if fact in seen]
    never = [f"{fact}: never seen" for fact in asked if fact in needed and fact not in seen]
    return not_told([*gone, *never]) if gone or never else None


def not_told(sentences: Sequence[str]) -> Finding:
    """The finding that facts of the account cannot be had; one for all of them, for whoever runs the installation."""
    return Finding(
        subject=SUBJECT,
        rule=RULE,
        severity=Severity.ERROR,
        field="reports",
        found="; ".join(sentences),
        expected="each fact by the account's API or as a report",
        remedy=REMEDY,
        owner="operations",
    )


def no_route(recipient: str) -> Finding:
    """The finding that the middleware would drop what goes to a recipient."""
    return Finding(
        subject=f"recipient:{recipient}",
        rule=ROUTE_RULE,
        severity=Severity.ERROR,
        field="route",
        found="nothing",
        expected="a route that takes its events",
        remedy=ROUTE_REMEDY,
        owner="operations",
        blocks=recipient,
    )


def _stops(untold: Sequence[str], account: Account) -> list[str]:
    """Why facts are told nowhere: reports that are unfit, each with its reason, and those that are not there."""
    absent = [fact for fact in untold if fact not in account.unfit]
    told = [f"{', '.join(absent)} neither offered by the account nor there as report"] if absent else []
    return [*(account.unfit[fact] for fact in untold if fact in account.unfit), *told]
