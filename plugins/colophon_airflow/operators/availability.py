"""Operators that make what counterparts show follow rights: judge the facts, compare and plan, read back."""

import logging
from abc import abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow.sdk import TriggerRule
from airflow.sdk.exceptions import AirflowSkipException

from colophon_airflow.assets import RIGHTS_CHANGED
from colophon_airflow.operators.base import DestinationOperator, UseCaseOperator, staged_lines, summary
from colophon_airflow.operators.rights import changed_products
from colophon_airflow.run import run_times
from colophon_airflow.settings import open_ledger, open_staging, publisher_config

if TYPE_CHECKING:
    from datetime import datetime

    from airflow.sdk import Context

    from colophon.blocks.decision import Plan
    from colophon.blocks.use_case import UseCase
    from colophon.domain.finding import Finding
    from colophon.ledger import Ledger
    from colophon.rights.atlas import Atlas
    from colophon.rights.standing import Standing

log = logging.getLogger(__name__)

MOST_HELD = 1000
"""So many deliveries are gathered before they are entered, so that those that close stand before those that open."""
MOST_SHOWN = 20


class RightsJudgeOperator(UseCaseOperator):
    """Has the rights engine judge one staged batch of facts; stages the products' standings and what is wrong with their records.

    Returns `{products, standings, findings, unknown}`: two references, and what is not known of any product, as lines.
    """

    def __init__(self, *, case: "Callable[[], UseCase]", batch: dict[str, Any], **kwargs: Any) -> None:
        """:param case: gives the use case, which says what it asks (`rights`). :param batch: reference to a batch of rights facts."""
        super().__init__(**kwargs)
        self.case = case
        self.batch = batch

    def execute(self, context: "Context") -> dict[str, Any]:
        """Judge."""
        from colophon.errors import BadConfigError
        from colophon.rights.facts import read_facts
        from colophon.rights.hold import days_to_hold
        from colophon.rights.standing import standings_of, unknown_to_all
        from colophon.staging import Batch

        asked, config = self.case().rights, publisher_config()
        if asked is None:
            raise BadConfigError(f"{self.use_case_id} asks nothing of the rights engine", remedy="Give its UseCase `rights`.")
        facts = read_facts(open_staging().read_lines(Batch.model_validate(self.batch)))
        days = days_to_hold(run_times(context).as_of, config.limits.rights_hold_hours)
        standings, findings = standings_of(facts, atlas(), asked.format, asked.channels(config), config.embargoes.first_day_of_sale, days)
        staged = {
            "standings": self.stage_batches(context, "standings", [[standing.to_line() for standing in standings]]),
            "findings": self.stage_batches(context, "findings", [[finding.model_dump_json() for finding in findings]]),
        }
        summary(f"Judged {len(standings)} products", {"exceptions": len(findings)})
        unknown = [finding.model_dump_json() for finding in unknown_to_all(facts)]
        return {"products": len(standings), "unknown": unknown, **{kind: batches[0].model_dump() for kind, batches in staged.items()}}


@dataclass(frozen=True, slots=True)
class Known:
    """The state of the engine that a run acts on. `only`: ISBNs that the run is about; None: all."""

    as_of: "datetime"
    standings: "dict[str, Standing]"
    findings: "list[Finding]"
    only: frozenset[str] | None

    @property
    def closes_only(self) -> bool:
        """Whether the facts are not of today, so that nothing may be opened by them."""
        from colophon.rights.last_known import is_closing_only

        return is_closing_only(self.findings)


class RightsOperator(DestinationOperator):
    """Compares what a system shows with what rights say."""

    template_fields: Sequence[str] = (*DestinationOperator.template_fields, "judged")

    def __init__(self, *, judged: Any, **kwargs: Any) -> None:
        """:param judged: results of all judge tasks."""
        super().__init__(**kwargs)
        self.judged = judged

    @abstractmethod
    def look(self, ledger: "Ledger", known: Known) -> "AbstractContextManager[tuple[Iterator[list[Any]], Any]]":
        """What the system shows, in parts, and the use case's question about it."""

    def known(self, context: "Context") -> Known:
        """The standings of all batches.

        :raises BadRecordError: a run about everything read no product at all; taken at its word, it would close everything.
        """
        from colophon.domain.finding import Finding
        from colophon.errors import BadRecordError
        from colophon.rights.standing import by_isbn, standing_from

        judged = self.judged[:] if self.judged else []
        standings, twice = by_isbn(standing_from(line) for line in staged_lines(entry["standings"] for entry in judged))
        findings = [Finding.model_validate_json(line) for line in staged_lines(entry["findings"] for entry in judged)]
        only = _only(context, standings)
        if only is None and not standings:
            raise BadRecordError(
                "no product was read", system="consonance", remedy="See why the extract step found none; nothing was closed."
            )
        return Known(run_times(context).as_of, standings, list(dict.fromkeys([*findings, *twice])), only)


class RightsPlanOperator(RightsOperator):
    """Enters what differs in the ledger, closing before opening. Returns the destinations to deliver to.

    A dry run ends here, and so does a run about a day before the last one that was brought in: what is shown is of today.
    """

    def __init__(self, **kwargs: Any) -> None:
        # A run about products that are gone has no facts, and yet something to close.
        super().__init__(trigger_rule=TriggerRule.NONE_FAILED, **kwargs)

    def execute(self, context: "Context") -> list[str]:
        """Compare and plan."""
        known, is_dry = self.known(context), bool(context["params"].get("dry_run"))
        with open_ledger() as ledger:
            last = ledger.watermark(self.use_case_id)
            if last is not None and known.as_of.date() < last.date():
                raise AirflowSkipException(f"{last:%Y-%m-%d} was brought in already; what was right on {known.as_of:%Y-%m-%d} is over")
            with self.look(ledger, known) as (parts, question):
                counts, findings = self._plan(ledger, parts, question, as_of=known.as_of, run=context["ti"].run_id, is_dry=is_dry)
            if not is_dry:
                self._record(ledger, known, findings)
                ledger.set_watermark(self.use_case_id, known.as_of)
        note = "only closing is done, for Consonance could not be read (R10)" if known.closes_only else ""
        done = {"read": counts.pop("read"), "destinations": {self.destination: dict(counts)}, "note": note}
        context["ti"].xcom_push(key="plan", value=done)
        about = ("all products" if known.only is None else f"{len(known.only)} products") + (f"; {note}" if note else "")
        reported = {"exceptions": len(known.findings), "by hand or unknown": len(findings)}
        title = f"Plan for {self.destination}, {about}{' (dry run: nothing is sent)' if is_dry else ''}"
        summary(title, {**counts, **reported}, [f"{f.rule} {f.subject}: {f.found}" for f in findings[:MOST_SHOWN]])
        return [] if is_dry else [self.destination]

    def _plan(
        self, ledger: "Ledger", parts: Iterable[list[Any]], question: Any, *, as_of: "datetime", run: str, is_dry: bool
    ) -> "tuple[Counter[str], list[Finding]]":
        from colophon.blocks.desired_state import close_before_open
        from colophon.ledger import Judgement

        counts: Counter[str] = Counter({"read": 0, "new": 0, "unchanged": 0, "stale": 0, "refused": 0, "withdrawn": 0})
        findings: list[Finding] = []
        for held in _gathered(self.decision().plan(part, question) for part in parts):
            findings += [finding for plan in held for finding in plan.findings]
            intents = close_before_open(intent for plan in held for intent in plan.intents)
            subjects = [subject for plan in held for subject in plan.judged[self.destination]]
            settled = [subject for plan in held for subject in plan.settled[self.destination]]
            judgement = Judgement(intents=intents, subjects=subjects, settled=settled)
            counts.update(read=len(subjects))
            judgements = {self.destination: judgement}
            entered = ledger.enter(self.use_case_id, judgements, as_of=as_of, run=run, is_rehearsal=is_dry)
            counts.update(entered[self.destination]._asdict())
        counts["refused"] = sum(finding.rule == "R7" for finding in findings)
        counts["unchanged"] -= counts["refused"]
        return counts, findings

    def _record(self, ledger: "Ledger", known: Known, findings: "list[Finding]") -> None:
        """Exceptions of the records and of what was seen; those that a run about everything no longer finds are closed."""
        found = [*known.findings, *findings]
        judged = None if known.only is None else sorted({finding.subject for finding in found} | {f"isbn:{isbn}" for isbn in known.only})
        ledger.record_findings(self.use_case_id, self.destination, judged, found, as_of=known.as_of)


class RightsReadBackOperator(RightsOperator):
    """Looks again after everything was sent. Nothing may be open that rights do not allow; what is becomes an exception.

    Returns how many products or videos that is: 0.
    """

    def execute(self, context: "Context") -> int:
        """Compare.

        :raises ConflictError: something stays open.
        """
        from colophon.errors import ConflictError

        known, found = self.known(context), list["Finding"]()
        use_case = f"{self.use_case_id}:read_back"
        with open_ledger() as ledger:
            with self.look(ledger, known) as (parts, question):
                for part in parts:
                    found += self.decision().still_open(part, question)
            ledger.record_findings(use_case, self.destination, None, found, as_of=known.as_of)
        summary(f"Open against the rights at {self.destination}: {len(found)}", {}, [f"{f.subject}: {f.found}" for f in found[:MOST_SHOWN]])
        if found:
            told = ", ".join(finding.subject for finding in found[:3])
            remedy = "See the exceptions of rule R7 and what the deliver step refused."
            raise ConflictError(f"{len(found)} stay open against the rights: {told}", subject=self.destination, remedy=remedy)
        return 0


def _gathered(plans: "Iterable[Plan]") -> "Iterator[list[Plan]]":
    """Plans, so many together that they have enough deliveries to be put in order."""
    held: list[Plan] = []
    for plan in plans:
        held.append(plan)
        if sum(len(one.intents) for one in held) >= MOST_HELD:
            yield held
            held = []
    yield held


def _only(context: "Context", standings: "dict[str, Standing]") -> frozenset[str] | None:
    changed = changed_products(context)
    if changed is not None:
        return frozenset(one.isbn13 for one in changed if one.isbn13)
    events = (context.get("triggering_asset_events") or {}).get(RIGHTS_CHANGED)
    # An event that means all products, or whose batch is gone: nothing beyond what was read may be taken for unknown.
    return frozenset(standings) if events else None


def atlas() -> "Atlas":
    """The countries of the publisher's code lists."""
    from colophon.onix.codelists import CodeLists
    from colophon.rights.atlas import Atlas

    return Atlas(CodeLists.load(publisher_config().publisher.code_lists))
