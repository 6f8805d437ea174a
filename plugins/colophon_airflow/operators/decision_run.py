"""One run of a use case as its steps see it: what is asked, and what has become of it so far."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from airflow.sdk import Context

    from colophon.blocks.decision import DecisionContext, Plan
    from colophon.blocks.use_case import UseCase
    from colophon.domain.contact_fields import ContactFields
    from colophon.domain.delivery import Entered, Shown
    from colophon.domain.facts import Facts, Known, Unknown
    from colophon.domain.finding import Finding
    from colophon.errors import ColophonError
    from colophon.ledger import Ledger


@dataclass(slots=True)
class DecisionRun:
    """One run of a use case, and what has become of its decisions so far.

    `asked`: what the case is asked. `last_run`: when the use case decided last. `is_partial`: it reads what changed, or some
    titles; `looked_at`: then these, as exceptions call them. `names`: how they call what was judged. `facts_findings`: what could not be read, or is told by no source. `wishes`: how contacts want to be reached.
    `problem`: with which error the run ends, once all is decided.
    """

    case: "UseCase"
    context: "Context"
    ledger: "Ledger"
    asked: "DecisionContext"
    as_of: "datetime"
    last_run: "datetime | None"
    is_scheduled: bool
    is_dry: bool
    is_silent: bool
    is_partial: bool = False
    read: int = 0
    looked_at: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    sources: dict[str, str] = field(default_factory=dict)
    counts: dict[str, Counter[str]] = field(default_factory=dict)
    findings: "list[Finding]" = field(default_factory=list)
    facts_findings: "list[Finding]" = field(default_factory=list)
    figures: list[Any] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    memory: "Mapping[str, Any] | None" = None
    wishes: "Known[ContactFields] | Unknown | None" = None
    problem: "ColophonError | None" = None

    def take_facts(self, facts: "Facts") -> None:
        """Count what was read."""
        from colophon.systems.consonance.facts import looked_at

        self.looked_at.update(looked_at(facts) if self.is_partial else ())
        self.read += sum(facts.count(kind) for kind in self.case.reads)
        self.sources |= facts.sources
        self.facts_findings += [*facts.findings, *(state.as_finding() for state in facts.unknown)]

    def take_plan(self, plan: "Plan", entered: "Mapping[str, Entered | Shown]") -> None:
        """Count what was decided, and what the ledger made of it."""
        for name, result in entered.items():
            self.counts.setdefault(name, Counter()).update(result._asdict())
        self.names.update(plan.names.values())
        self.findings += plan.findings
        self.figures += plan.figures
        self.memory = plan.memory if plan.memory is not None else self.memory
        self.notes += [plan.note] if plan.note and plan.note not in self.notes else []
