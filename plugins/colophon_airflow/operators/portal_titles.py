"""Titles for the portal: what changed in Consonance, put together with what the portal shows, page by page."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from colophon_airflow.operators.decision_run import DecisionRun
from colophon_airflow.operators.portal import PortalDecideOperator
from colophon_airflow.sources import being_told, check_sources

if TYPE_CHECKING:
    from colophon.blocks.decision import Plan
    from colophon.domain.delivery import LatestDelivery
    from colophon.domain.facts import Facts
    from colophon.systems.consonance.facts import FactReader
    from colophon.systems.fourallportal.client import FourallportalClient
    from colophon.systems.fourallportal.mapping import PortalMapping
    from colophon.use_cases.fourallportal.title_match import Titles
    from colophon.use_cases.fourallportal.title_metadata import TitleAtPortal

AT_ONCE = 500


class PortalTitlesOperator(PortalDecideOperator):
    """Decides about titles at the portal: all pages are read, and what is as it was needs nothing, not even the ledger.

    Of Consonance it reads what changed, works that were approved since, and prices that began; all once in `full_read_days`, or when the
    mapping or a file of ours changed.
    """

    @contextmanager
    def read(self, run: DecisionRun) -> "Iterator[Iterable[Facts]]":
        """Pages of the portal as parts, then the products that it does not have.

        :raises AirflowSkipException: the run's day is over.
        """
        with self.portal(run) as portal, self.consonance(run) as reader:
            with being_told(run.context, run.case.id):
                self.titles, first = self._titles(run, reader, portal.mapping)
            yield self._parts(run, reader, first, portal)

    def entered(self, run: DecisionRun, plan: "Plan") -> None:  # noqa: ARG002 - the base class's signature
        """What needs nothing more is remembered as it is now; what was sent is looked at again by the next run, also where it is as before."""
        sent = {intent.subject for intent in plan.intents}
        for subject in sent:
            self.titles.seen.pop(subject.removeprefix("portal:"), None)
        for subject in next(iter(plan.judged.values()), ()):
            if subject not in sent and subject in self.titles.looked_at:
                self.titles.seen[subject.removeprefix("portal:")] = self.titles.looked_at[subject]
        self.titles.looked_at.clear()

    def conclude(self, run: DecisionRun) -> None:
        """Remember what the next run compares with."""
        titles, before = self.titles, run.asked.memory
        run.memory = {
            "seen": {key: row for key, row in titles.seen.items() if key in titles.ids},
            "due": titles.due,
            "approved": sorted(titles.approved),
            "mark": self.mark,
            "whole": run.as_of.date().isoformat() if self.is_whole else before["whole"],
        }
        super().conclude(run)

    def _titles(self, run: DecisionRun, reader: "FactReader", mapping: "PortalMapping") -> "tuple[Titles, Facts]":
        """What changed in Consonance, and facts about what cannot be read of it.

        :raises BadRecordError: all was to be read, and there is none: taken at its word, it would switch everything off.
        """
        from colophon.domain.product import Product
        from colophon.domain.todo import Todo
        from colophon.errors import BadRecordError
        from colophon.launch.done import begun
        from colophon.use_cases.fourallportal.title_match import Titles

        memory, today, config = run.asked.memory, run.as_of.date(), run.asked.config
        self.mark = mark_of(mapping, config)
        self.is_whole = is_whole = (
            memory.get("mark") != self.mark or date.fromisoformat(memory["whole"]) + timedelta(days=config.limits.full_read_days) <= today
        )
        since = None if is_whole else run.last_run
        run.is_partial = not is_whole
        todos = reader.read([Todo], since=since)
        check_sources(run.context, run.case, self.consonance_conn_id, {"todos": todos.sources["Todo"]})
        told, stages = todos.records(Todo, ()), set(config.portal_titles.approved_by)
        approved_now = {work_id for work_id, done in begun(told, today).items() if stages & done.keys()}
        approved_before = set(memory.get("approved", ()))
        approved = approved_now | (approved_before - {todo.work_id for todo in told})
        titles = Titles(
            rules=config.portal_titles,
            history=partial(_history, run),
            approved=approved,
            seen={} if is_whole else dict(memory["seen"]),
            due=dict(memory.get("due", {})),
        )
        facts = reader.read([Product], since=since)
        titles.add(facts.records(Product), today)
        if not is_whole:
            turned = [isbn for isbn, day in titles.due.items() if day <= today.isoformat()]
            more = [reader.read([Product], works=sorted(approved - approved_before)), reader.read([Product], isbns=turned)]
            for each in more:
                titles.add(each.records(Product), today)
        titles.unread = {finding.subject for finding in facts.findings}
        if is_whole and not facts.count(Product):
            raise BadRecordError("no product was read", system="consonance", remedy="See why Consonance gives none; nothing was sent.")
        return titles, facts | todos

    def _parts(self, run: DecisionRun, reader: "FactReader", first: "Facts", portal: "FourallportalClient") -> "Iterator[Facts]":
        from colophon.systems.fourallportal.rules import DESTINATION

        mapping, titles = portal.mapping, self.titles
        yield first | _part(run, (), mapping)
        fields = [mapping.product.key, *(rule.field for rule in mapping.product.ours.values())]
        for page in portal.iter_objects(mapping.modules["product"], fields, known=run.asked.memory.get("seen", ())):
            if candidates := list(titles.candidates(page, mapping)):
                history = titles.history(each.obj.id for each in candidates)
                self._read_lacking(run, reader, history.values())
                yield _part(run, titles.matched_with(candidates, history), mapping)
        sent = {subject.removeprefix("portal:") for subject in run.ledger.subjects(run.case.id, DESTINATION)}
        absent = titles.absent(sent, mapping)
        while rows := list(islice(absent, AT_ONCE)):
            yield _part(run, rows, mapping)

    def _read_lacking(self, run: DecisionRun, reader: "FactReader", sent: "Iterable[LatestDelivery]") -> None:
        """Products that were sent and are not read yet, also where all was read: what a list left out is not withdrawn yet."""
        from colophon.domain.product import Product
        from colophon.use_cases.fourallportal.title_match import product_id

        titles = self.titles
        lacking = [last.labels["isbn"] for last in sent if product_id(last) not in titles.products and last.labels.get("isbn")]
        if lacking:
            more = reader.read([Product], isbns=lacking)
            titles.add(more.records(Product), run.as_of.date())
            titles.unread |= {finding.subject for finding in more.findings}


def _part(run: DecisionRun, titles: "Iterable[TitleAtPortal]", mapping: "PortalMapping") -> "Facts":
    from colophon.domain.facts import Facts
    from colophon.systems.fourallportal.mapping import PortalMapping
    from colophon.use_cases.fourallportal.title_metadata import TitleAtPortal

    return Facts.known({TitleAtPortal: titles, PortalMapping: (mapping,)}, source="4ALLPORTAL", as_of=run.as_of)


def _history(run: DecisionRun, ids: Iterable[str]) -> "Mapping[str, LatestDelivery]":
    from colophon.systems.fourallportal.rules import DESTINATION

    subjects = [f"portal:{key}" for key in ids]
    found = run.asked.history(DESTINATION, subjects) if subjects else {}
    return {subject.removeprefix("portal:"): last for subject, last in found.items()}


def mark_of(mapping: "PortalMapping", config: Any) -> str:
    """Changes with the mapping and with our files: all is compared anew then."""
    parts = (mapping, config.portal_locales, config.portal_channels, config.portal_categories, config.portal_titles)
    return hashlib.sha256("\n".join(part.model_dump_json() for part in parts).encode()).hexdigest()[:16]
