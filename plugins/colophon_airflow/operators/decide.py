"""The decision of any use case: read its facts, decide, enter in the ledger what follows."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from airflow.sdk import TriggerRule

from colophon_airflow.operators.base import UseCaseOperator, staged_lines
from colophon_airflow.operators.decision_run import DecisionRun
from colophon_airflow.operators.decision_words import told_of
from colophon_airflow.operators.ledger_answers import content_of, faults_of, sent_before, told_today
from colophon_airflow.operators.rights import rights_of
from colophon_airflow.run import run_times
from colophon_airflow.settings import config_folder, open_ledger, publisher_config
from colophon_airflow.sources import being_told, check_sources
from colophon_airflow.systems.opentext_push.operators import messaging_of

if TYPE_CHECKING:
    from datetime import datetime

    from airflow.sdk import Context

    from colophon.blocks.decision import DecisionContext, Plan
    from colophon.blocks.use_case import UseCase
    from colophon.domain.delivery import Entered, Judgement, Shown
    from colophon.domain.facts import Facts
    from colophon.ledger import Ledger

FACTS = "facts"
"""Where the ledger keeps exceptions about what was read."""
REMEMBERED = "remembered_by:"
"""Under which name the ledger keeps `Plan.memory`, with the use case's id behind it."""


class DecideOperator(UseCaseOperator):
    """Runs a use case; returns the destinations to deliver to.

    It reads what the case names, decides, and enters deliveries, withdrawals and exceptions in one transaction. A dry run only
    counts. Old news is told to nobody. What the case cannot do without and no source tells is one exception, and the run is red.
    What is read otherwise than from Consonance is a subclass: `read` gives the facts, in one part or many.
    """

    system = "consonance"
    template_fields: Sequence[str] = ("batches", "judged", "people", "consonance_conn_id", "opentext_push_conn_id")

    def __init__(
        self,
        *,
        case: "Callable[[], UseCase]",
        batches: Any = None,
        judged: Any = None,
        people: str = "",
        consonance_conn_id: str = "consonance_default",
        opentext_push_conn_id: str = "opentext_push_default",
        **kwargs: Any,
    ) -> None:
        """:param case: gives the use case; called when the task runs, so that parsing a DAG stays light.

        :param batches: references to what earlier steps staged. :param judged: what the rights engine said, for a case that asks it. :param people: file of recipients, for a case that tells people.
        :param consonance_conn_id: where facts are read. :param opentext_push_conn_id: what it makes of repeats is asked there.
        """
        super().__init__(**{"trigger_rule": TriggerRule.NONE_FAILED, **kwargs})
        self.case = case
        self.batches = batches
        self.judged = judged
        self.people = people
        self.consonance_conn_id = consonance_conn_id
        self.opentext_push_conn_id = opentext_push_conn_id

    def execute(self, context: "Context") -> Any:
        """See the class."""
        with open_ledger() as ledger:
            run = self._run(context, ledger)
            with self.read(run) as parts:
                for plan in self.gathered(self._plans(run, parts)):
                    run.take_plan(plan, self.enter(run, plan.judgements()))
                    if not run.is_dry:
                        self.entered(run, plan)
            if not run.is_dry:
                self.conclude(run)
        context["ti"].xcom_push(key="plan", value=told_of(run))
        return self.result(run)

    @contextmanager
    def read(self, run: DecisionRun) -> "Iterator[Iterable[Facts]]":
        """The facts: all in one part; `run.asked` is completed before. Open while the parts are decided about.

        :raises NotReadyError: no source tells a kind that the case cannot do without. Raises also as `rights_of`.
        """
        self.take_rights(run)
        if run.last_run is None and run.asked.since is not None and not run.is_dry and not run.is_silent:
            run.ledger.memory.set_watermark(run.case.id, run.asked.since)  # where the first run fails, the next one begins where it did
        staged = self.staged(run)
        with being_told(run.context, run.case.id):
            facts = self.facts(run, staged)
        if run.case.tells_people and not run.is_silent and _is_news(run, facts):
            run.asked = self._with_people(run)
        yield [facts]

    def take_rights(self, run: DecisionRun) -> None:
        """Complete the question with what rights say, where the case asks it. Raises as `rights_of`."""
        if run.case.rights is not None:
            run.asked = replace(run.asked, rights=rights_of(run.context, self.judged))

    def _with_people(self, run: DecisionRun) -> "DecisionContext":
        """The question with the address book, by which people are told; an opt-out in Consonance is remembered for the deliveries."""
        from colophon.domain.facts import Known
        from colophon.systems.opentext_push.directory import OPTED_OUT, LedgerRetired
        from colophon_airflow.systems.consonance.hook import ConsonanceHook

        messaging = messaging_of(self.opentext_push_conn_id, self.people, run.ledger)
        told = run.wishes or ConsonanceHook(self.consonance_conn_id, jitter=run.is_scheduled).wishes()
        wishes = {str(each.contact_id): each for each in told.records} if isinstance(told, Known) else {}
        if isinstance(told, Known):
            run.facts_findings += told.unreadable
            if not run.is_dry:
                opted_out = [key for key, each in wishes.items() if each.has_opted_out]
                LedgerRetired(run.ledger, OPTED_OUT).set_all(opted_out, "consonance", run.as_of)
        person = cache(lambda key: messaging.person(key).with_wishes(wishes.get(key)))
        day = run.as_of.date()

        def is_reached(key: str) -> bool:
            return person(key).why_not(day, messaging.fallback) is None

        had = told_today(run.ledger, run.as_of, run.asked.config.publisher.time_zone)
        return replace(run.asked, delivery_class=messaging.delivery_class, person=person, is_reached=is_reached, told_today=had)

    def staged(self, run: DecisionRun, isbns: Collection[str] = ()) -> "Facts":
        """Facts that an earlier step staged, and what the ledger has, by the case's own readers (`UseCase.staged`, `recall`)."""
        from colophon.domain.delivery import HistoryRow
        from colophon.domain.facts import Facts

        case = run.case
        staged = case.staged(staged_lines(self.batches or [])) if case.staged else Facts({})
        rows = case.recall(run.ledger, run.asked, isbns)
        return staged if rows is None else staged | Facts.known({HistoryRow: rows}, source="ledger", as_of=run.as_of)

    def facts(self, run: DecisionRun, staged: "Facts", isbns: Collection[str] | None = None) -> "Facts":
        """Staged facts, and what the case reads from Consonance beside them; where there are none staged, these have no use.

        :param isbns: these titles and their works are read, and no others.

        :raises NotReadyError: no source tells a kind that the case cannot do without.
        """
        from colophon.config.milestones import load_milestones
        from colophon.domain.contact_fields import ContactFields
        from colophon.domain.facts import Facts
        from colophon.systems.consonance.facts import GRAPHQL, NOT_ASKED, FactReader
        from colophon.systems.consonance.kinds import KINDS
        from colophon_airflow.systems.consonance.hook import ConsonanceHook

        run.is_partial |= isbns is not None
        kinds = [kind for kind in (*run.case.reads, *run.case.gains) if kind not in staged]
        if not kinds:
            return staged
        is_apart = run.case.staged is not None or isbns is not None
        is_wanted = bool(isbns) if isbns is not None else any(staged.count(kind) for kind in run.case.reads if kind in staged)
        if is_apart and not is_wanted:
            return staged | Facts.known(dict.fromkeys(kinds, ()), source=NOT_ASKED, as_of=run.as_of)
        hook = ConsonanceHook(self.consonance_conn_id, jitter=run.is_scheduled)
        since = None if is_apart or run.case.reads_all else _since(run)
        with hook.sources() as (client, place):
            reader = FactReader(client, place, load_milestones(config_folder()))
            facts = reader.read(kinds, since=since, isbns=isbns)
            if run.case.tells_people and not run.is_silent and _is_news(run, staged | facts):
                run.wishes = reader.read([ContactFields]).of(ContactFields)
        sources = {KINDS[kind].fact: facts.sources[kind.__name__] for kind in kinds if KINDS[kind].fact}
        check_sources(run.context, run.case, self.consonance_conn_id, sources)
        run.is_partial |= since is not None and facts.sources[kinds[0].__name__] == GRAPHQL
        return staged | facts

    def gathered(self, plans: "Iterator[Plan]") -> "Iterable[Plan]":
        """What is entered at once, each in a transaction of its own: a part's plan."""
        return plans

    def enter(self, run: DecisionRun, judgements: "Mapping[str, Judgement]") -> "Mapping[str, Entered | Shown]":
        """Enter a plan in the ledger; in a dry run, only count."""
        return run.ledger.enter(run.case.id, judgements, as_of=run.as_of, run=run.context["ti"].run_id, is_rehearsal=run.is_dry)

    def entered(self, run: DecisionRun, plan: "Plan") -> None:
        """What follows once a plan is in the ledger; not in a dry run."""

    def conclude(self, run: DecisionRun) -> None:
        """What follows once all is decided; not in a dry run: exceptions about the facts, and the watermark."""
        judged = None
        if run.is_partial:
            rows = (row.subject for row in run.ledger.exceptions.open(use_case=run.case.id, destination=FACTS))
            of_files = (subject for subject in rows if subject.startswith("report:"))  # files are read whole
            judged = sorted({*run.looked_at, *of_files, *(finding.subject for finding in run.facts_findings)})
        run.ledger.exceptions.record(run.case.id, FACTS, judged, run.facts_findings, as_of=run.as_of)
        if not run.is_silent:
            run.ledger.memory.set_watermark(run.case.id, run.as_of)
            if run.memory is not None:
                run.ledger.memory.put(f"{REMEMBERED}{run.case.id}", run.memory, run.as_of)

    def result(self, run: DecisionRun) -> Any:
        """What the task returns: destinations, none in a dry run."""
        return [] if run.is_dry else sorted(run.counts)

    def _run(self, context: "Context", ledger: "Ledger") -> DecisionRun:
        from colophon.blocks.decision import DecisionContext

        case, times = self.case(), run_times(context)
        last_run = ledger.memory.watermark(case.id)
        asked = DecisionContext(
            as_of=times.as_of,
            config=publisher_config(),
            params=context["params"],
            history=partial(ledger.latest, case.id),
            waiting=partial(ledger.waiting, case.id),
            since=last_run or times.start or times.as_of.replace(hour=0, minute=0, second=0, microsecond=0),
            content=partial(content_of, ledger),
            sent=partial(sent_before, ledger, case.id),
            faults=partial(faults_of, ledger, case.faults_of),
            memory=(ledger.memory.get(f"{REMEMBERED}{case.id}") or ({},))[0],
            remembered=ledger.memory.get_each,
        )
        return DecisionRun(
            case=case,
            context=context,
            ledger=ledger,
            asked=asked,
            as_of=times.as_of,
            last_run=last_run,
            is_scheduled=times.start is not None,
            is_dry=bool(context["params"].get("dry_run")),
            is_silent=case.is_silent(times.as_of, last_run, is_backfill=context["dag_run"].run_type == "backfill"),
        )

    def _plans(self, run: DecisionRun, parts: "Iterable[Facts]") -> "Iterator[Plan]":
        from colophon.blocks.decision import Plan

        for facts in parts:
            run.take_facts(facts)
            yield Plan() if run.is_silent else run.case.decide(facts, run.asked)


def _is_news(run: DecisionRun, facts: "Facts") -> bool:
    """Whether there is anything of which people may have to be told."""
    return any(facts.count(kind) for kind in run.case.reads if kind in facts) or bool(run.asked.waiting("people"))


def _since(run: DecisionRun) -> "datetime | None":
    """From when on changes are read; None: all. All is read once a day while there are exceptions about facts, which a change does not mend."""
    is_new_day = run.last_run is not None and run.last_run.date() < run.as_of.date()
    has_faults = is_new_day and run.ledger.exceptions.open(use_case=run.case.id, destination=FACTS, limit=1)
    earlier = run.case.reaches_back(run.asked, partial(run.ledger.subjects, run.case.id)) if run.case.reaches_back else None
    return None if has_faults else min(filter(None, (run.asked.since, earlier)), default=None)
