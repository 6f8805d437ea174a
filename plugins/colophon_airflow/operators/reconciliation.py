"""Operators of reconciliation: each compares one counterpart, and one repairs what is asked for."""

from abc import abstractmethod
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.sdk.exceptions import AirflowSkipException

from colophon import environment
from colophon_airflow.operators.base import UseCaseOperator
from colophon_airflow.operators.parties import opener
from colophon_airflow.operators.task_log import summary
from colophon_airflow.run import run_times
from colophon_airflow.settings import open_ledger, publisher_config
from colophon_airflow.systems.bytenite.operators import library_shown
from colophon_airflow.systems.fourallportal.operators import portal_shown

if TYPE_CHECKING:
    from airflow.sdk import Context

    from colophon.blocks.reconcile import Compared
    from colophon.ledger import Ledger

SHOWN = 20


class CompareOperator(UseCaseOperator):
    """Compares one counterpart with the ledger: a report, its place in the trend, and an exception for each difference; the counts.

    One that cannot be read is not compared: what differed before stays open, and an exception says why.
    """

    counterpart: ClassVar[str]

    @abstractmethod
    def compared(self, ledger: "Ledger") -> "Compared":
        """Read and compare. Raises any of ours where it cannot be read, and AirflowSkipException where there is nothing to read."""

    def execute(self, context: "Context") -> dict[str, Any]:
        """Compare."""
        from colophon.blocks.reconcile import Compared, keep
        from colophon.errors import ColophonError
        from colophon.use_cases.ops.reconciliation import DRIFT, NOT_COMPARED, findings

        with open_ledger() as ledger:
            try:
                found = self.compared(ledger)
            except (ColophonError, AirflowSkipException) as problem:
                said = problem.sentence if isinstance(problem, ColophonError) else str(problem)
                found = Compared(self.counterpart, why_not=said)
            if not context["params"].get("dry_run"):
                keep(ledger.memory, found, environment.now())
                rules = {NOT_COMPARED} if found.why_not else {DRIFT, NOT_COMPARED}
                as_of = run_times(context).as_of
                told = findings(found, publisher_config())
                ledger.exceptions.record(self.use_case_id, self.counterpart, None, told, as_of=as_of, rules=rules)
        title = (
            f"{self.counterpart}: not compared, {found.why_not}"
            if found.why_not
            else f"{self.counterpart}: {len(found.differences)} differ"
        )
        lines = [f"{each.subject}: ours {each.ours}; theirs {each.theirs}" for each in found.differences[:SHOWN]]
        summary(title, {"compared": found.number}, lines)
        return {"counterpart": self.counterpart, "compared": found.number, "differ": len(found.differences), "why_not": found.why_not}


class ComparePortalOperator(CompareOperator):
    """Where products are open at the portal."""

    system = "fourallportal"
    counterpart = "4allportal"

    def compared(self, ledger: "Ledger") -> "Compared":
        """See the base class."""
        from colophon.blocks.reconcile import compare
        from colophon.systems.fourallportal.mapping import PortalMapping
        from colophon.systems.fourallportal.records import PortalObject
        from colophon.use_cases.ops.reconciliation import WHO, believed_of_portal, held_by_portal

        with portal_shown(ledger, None) as parts:
            pages = iter(parts)
            [mapping] = next(pages).records(PortalMapping)  # the first part has no object
            held = held_by_portal((obj for part in pages for obj in part.records(PortalObject)), mapping)
            return compare(self.counterpart, believed_of_portal(ledger, mapping), held, WHO[self.counterpart])


class CompareLibraryOperator(CompareOperator):
    """Rules and films of videos in the library."""

    system = "bytenite"
    counterpart = "video-library"

    def compared(self, ledger: "Ledger") -> "Compared":
        """See the base class."""
        from colophon.blocks.reconcile import compare
        from colophon.systems.bytenite.shown import Shown
        from colophon.use_cases.ops.reconciliation import WHO, believed_of_library, held_by_library

        with library_shown(ledger, None) as parts:
            shown = [each for part in parts for each in part.records(Shown)]
        return compare(self.counterpart, believed_of_library(ledger), held_by_library(shown), WHO[self.counterpart])


class CompareConsonanceOperator(CompareOperator):
    """Our own fields in Consonance: what was seen there once."""

    system = "consonance"
    counterpart = "consonance"

    def compared(self, ledger: "Ledger") -> "Compared":
        """See the base class. An account that tells nothing by our references cannot be compared."""
        from colophon.blocks.reconcile import Holding, compare
        from colophon.systems.consonance.writes.held import held_of, told_of
        from colophon.use_cases.ops.reconciliation import AS_WRITTEN, WHO, believed_of_consonance
        from colophon_airflow.systems.consonance.hook import ConsonanceHook

        told = told_of(ledger)
        with ConsonanceHook().client as client:
            held = [
                (each.subject, Holding(AS_WRITTEN if not each.other else f"other: {', '.join(each.other)}", each.at))
                for each in held_of(client, ledger, told)
            ]
        return compare(self.counterpart, believed_of_consonance(told), held, WHO[self.counterpart])


class CompareMiddlewareOperator(CompareOperator):
    """Whether what xConnector was given lately arrived at its targets, as the ledger has it."""

    system = "xconnector"
    counterpart = "xconnector"

    def compared(self, ledger: "Ledger") -> "Compared":
        """See the base class. A mode that tells no statuses cannot be compared."""
        from colophon.blocks.reconcile import Compared, compare
        from colophon.use_cases.ops.reconciliation import LOOKS_BACK, WHO, believed_of_sent, held_by_middleware
        from colophon_airflow.systems.xconnector.hook import XConnectorHook

        since = environment.now() - LOOKS_BACK[self.counterpart]
        believed = believed_of_sent(ledger.ended(self.system, since))
        if not believed:
            return Compared(self.counterpart)
        with XConnectorHook().client as client:
            held = held_by_middleware(client.iter_messages(since=since - timedelta(days=1)))
            return compare(self.counterpart, believed, held, WHO[self.counterpart])


class CompareMessagesOperator(CompareOperator):
    """Whether messages of the last days arrived, as the ledger has it; of one that the messaging system has wiped nobody can say."""

    system = "opentext_push"
    counterpart = "push"

    def compared(self, ledger: "Ledger") -> "Compared":
        """See the base class."""
        from colophon.blocks.reconcile import Compared, compare
        from colophon.systems.opentext_push.collect import statuses_of
        from colophon.use_cases.ops.reconciliation import LOOKS_BACK, WHO, believed_of_sent, held_by_messages
        from colophon_airflow.systems.opentext_push.hook import OpentextPushHook

        ended = ledger.ended(self.counterpart, environment.now() - LOOKS_BACK[self.counterpart])
        if not ended:
            return Compared(self.counterpart)
        with OpentextPushHook().client as client:
            statuses = statuses_of(client, [each.remote_id for each in ended])
        there = [each for each in ended if each.remote_id in statuses]
        return compare(self.counterpart, believed_of_sent(there), held_by_messages(there, statuses), WHO[self.counterpart])


class RepairConsonanceOperator(UseCaseOperator):
    """Writes again what the newest report says differs in Consonance, where the run's form asks for it; how many."""

    system = "consonance"

    def execute(self, context: "Context") -> int:
        """Write exactly those: by our references, so that nothing is there twice."""
        from colophon.blocks.reconcile import reports
        from colophon.systems.consonance.writes.held import told_of, write_again, written
        from colophon.systems.consonance.writes.mutations import Mutations
        from colophon_airflow.systems.consonance.hook import ConsonanceHook

        if not context["params"].get("repair_consonance") or context["params"].get("dry_run"):
            return 0
        with open_ledger() as ledger, ConsonanceHook().client as client:
            found = [each for report in reports(ledger.memory) if report["counterpart"] == "consonance" for each in report["differences"]]
            keys = {each["key"] for each in found}
            items = {told.id: item for told in told_of(ledger).values() if told.id in keys and (item := written(ledger, told))}
            has_sealed = any(item.operation == "upsertContactFields" for item in items.values())
            count = write_again(Mutations(client.account, reveal=(opener() if has_sealed else None) or str), items.values())
            for key, item in items.items():
                ledger.people.noted("repair", key, by=self.use_case_id, why=f"{item.operation} of {item.subject}")
        summary("Repaired in Consonance", {"written again": count, "asked for": len(keys)})
        return count
