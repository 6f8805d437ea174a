"""Titles for the portal: what changed in Consonance, put together with what the portal shows, page by page."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from colophon_airflow.operators.decision_run import DecisionRun
from colophon_airflow.operators.portal import PortalDecideOperator
from colophon_airflow.sources import being_told, check_sources

if TYPE_CHECKING:
    from colophon.blocks.decision import Plan
    from colophon.domain.facts import Facts
    from colophon.domain.product import Product
    from colophon.ledger import LatestDelivery
    from colophon.systems.consonance.facts import FactReader
    from colophon.systems.fourallportal.client import FourallportalClient
    from colophon.systems.fourallportal.mapping import PortalMapping
    from colophon.systems.fourallportal.records import PortalObject
    from colophon.use_cases.fourallportal.title_metadata import TitleAtPortal


AT_ONCE = 500


@dataclass(slots=True)
class _Titles:
    """Products by id and ISBN, and what is known of the portal's objects.

    `approved`: works that may go there. `seen`: by object, a hash of our fields and the product's id, where there was nothing to do.
    `due`: by ISBN, when a price changes by itself. `unread`: how exceptions call products that cannot be read now.
    """

    reader: "FactReader"
    is_whole: bool
    approved: set[int]
    seen: dict[str, list[Any]]
    due: dict[str, str]
    products: "dict[int, Product]" = field(default_factory=dict)
    unread: set[str] = field(default_factory=set)
    by_isbn: dict[str, int] = field(default_factory=dict)
    ids: set[str] = field(default_factory=set)
    object_of: dict[str, str] = field(default_factory=dict)
    matched: dict[int, str] = field(default_factory=dict)
    looked_at: dict[str, list[Any]] = field(default_factory=dict)

    def add(self, products: "Iterable[Product]", today: date) -> None:
        """Products as they are now."""
        from colophon.use_cases.fourallportal.title_facts import next_change

        for product in products:
            if product.isbn13:
                self.products[product.id] = product
                self.by_isbn[product.isbn13] = product.id
                self.due.pop(product.isbn13, None)
                if day := next_change(product, today):
                    self.due[product.isbn13] = day.isoformat()


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
                titles, first = self._titles(run, reader, portal.mapping)
            self.titles = titles
            yield self._parts(run, titles, first, portal)

    def entered(self, run: DecisionRun, plan: "Plan") -> None:  # noqa: ARG002 - the base class's signature
        """What needs nothing more is remembered as it is now; what was sent is looked at again by the next run."""
        sent = {intent.subject for intent in plan.intents}
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
            "whole": run.as_of.date().isoformat() if titles.is_whole else before["whole"],
        }
        super().conclude(run)

    def _titles(self, run: DecisionRun, reader: "FactReader", mapping: "PortalMapping") -> "tuple[_Titles, Facts]":
        """What changed in Consonance, and facts about what cannot be read of it.

        :raises BadRecordError: all was to be read, and there is none: taken at its word, it would switch everything off.
        """
        from colophon.domain.product import Product
        from colophon.domain.todo import Todo
        from colophon.errors import BadRecordError
        from colophon.launch.done import begun

        memory, today, config = run.asked.memory, run.as_of.date(), run.asked.config
        self.mark = mark_of(mapping, config)
        is_whole = (
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
        titles = _Titles(reader, is_whole, approved, {} if is_whole else dict(memory["seen"]), dict(memory.get("due", {})))
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

    def _parts(self, run: DecisionRun, titles: _Titles, first: "Facts", portal: "FourallportalClient") -> "Iterator[Facts]":
        from colophon.systems.fourallportal.availability import isbn_of
        from colophon.systems.fourallportal.values import content_hash

        mapping = portal.mapping
        yield first | self._part(run, [], mapping)
        fields = [mapping.product.key, *(rule.field for rule in mapping.product.ours.values())]
        for page in portal.iter_objects(mapping.modules["product"], fields, known=run.asked.memory.get("seen", ())):
            candidates: list[tuple[PortalObject, str, list[Any]]] = []
            for obj in page:
                isbn, digest = isbn_of(obj, mapping), content_hash(obj)[:16]
                titles.ids.add(obj.id)
                known = titles.seen.get(obj.id)
                changed = (known is not None and known[1] in titles.products) or titles.by_isbn.get(isbn) is not None
                is_twin = bool(isbn) and titles.object_of.setdefault(isbn, obj.id) != obj.id
                if changed or is_twin or known is None or known[0] != digest:
                    candidates.append((obj, isbn, [digest, known[1] if known else 0]))
            if candidates:
                yield self._part(run, self._matched(run, titles, candidates), mapping)
        absent = self._absent(run, titles, mapping)
        while rows := list(islice(absent, AT_ONCE)):
            yield self._part(run, rows, mapping)

    def _matched(
        self, run: DecisionRun, titles: _Titles, candidates: "list[tuple[PortalObject, str, list[Any]]]"
    ) -> "Iterator[TitleAtPortal]":
        """Objects with their products: by what was sent of each, else by its ISBN. Whoever is nobody's is only remembered."""
        from colophon.domain.product import Product
        from colophon.use_cases.fourallportal.title_metadata import TitleAtPortal

        history = self._history(run, (obj.id for obj, _, _ in candidates))
        lacking = [last.labels["isbn"] for last in history.values() if _product_id(last) not in titles.products and last.labels.get("isbn")]
        if lacking:  # also where all was read: what a list left out is not withdrawn yet
            more = titles.reader.read([Product], isbns=lacking)
            titles.add(more.records(Product), run.as_of.date())
            titles.unread |= {finding.subject for finding in more.findings}
        for obj, isbn, row in candidates:
            last = history.get(obj.id)
            key = (_product_id(last) if last else row[1]) or titles.by_isbn.get(isbn, 0)
            product = titles.products.get(key)
            title = TitleAtPortal(obj.id, obj, product, last)
            titles.looked_at[title.subject] = [row[0], key]
            first = titles.object_of.get(isbn, obj.id) if product is None else titles.matched.setdefault(product.id, obj.id)
            if first != obj.id and (product is not None or last is not None):
                del titles.looked_at[title.subject]
                titles.seen.pop(first, None)
                yield TitleAtPortal(obj.id, obj, product, last, twins=(first,))
                yield TitleAtPortal(first, None, product, self._history(run, [first]).get(first), twins=(obj.id,))
            elif (product is not None and (last is not None or _may_go(product, titles, run))) or (
                product is None and last is not None and f"isbn:{title.isbn}" not in titles.unread
            ):
                yield title
            else:
                titles.seen[obj.id] = titles.looked_at.pop(title.subject)

    def _absent(self, run: DecisionRun, titles: _Titles, mapping: "PortalMapping") -> "Iterator[TitleAtPortal]":
        """What the portal had and has no more; then the products that it never had."""
        from colophon.systems.fourallportal.rules import DESTINATION
        from colophon.systems.fourallportal.values import object_id
        from colophon.use_cases.fourallportal.title_metadata import TitleAtPortal

        sent = {subject.removeprefix("portal:") for subject in run.ledger.subjects(run.case.id, DESTINATION)}
        gone = set[int]()
        for key, last in self._history(run, sorted(sent - titles.ids)).items():
            product = titles.products.get(_product_id(last))
            gone.add(_product_id(last))
            if any(each.state == "confirmed" for each in (last, *last.held)):
                yield TitleAtPortal(key, None, product, last, is_gone=True)
            elif product is not None:
                yield TitleAtPortal(key, None, product, last)
        for product in titles.products.values():
            if product.id not in titles.matched and product.id not in gone and _may_go(product, titles, run):
                key = object_id(mapping.modules["product"], product.isbn13 or "")
                if key in titles.ids:  # it is another product's, which had this ISBN first
                    key = object_id(mapping.modules["product"], f"{product.isbn13}#{product.id}")
                yield TitleAtPortal(key, None, product)

    def _history(self, run: DecisionRun, ids: Iterable[str]) -> "Mapping[str, LatestDelivery]":
        from colophon.systems.fourallportal.rules import DESTINATION

        subjects = [f"portal:{key}" for key in ids]
        found = run.asked.history(DESTINATION, subjects) if subjects else {}
        return {subject.removeprefix("portal:"): last for subject, last in found.items()}

    def _part(self, run: DecisionRun, titles: "Iterable[TitleAtPortal]", mapping: "PortalMapping") -> "Facts":
        from colophon.domain.facts import Facts
        from colophon.systems.fourallportal.mapping import PortalMapping
        from colophon.use_cases.fourallportal.title_metadata import TitleAtPortal

        return Facts.known({TitleAtPortal: titles, PortalMapping: (mapping,)}, source="4ALLPORTAL", as_of=run.as_of)


def _product_id(last: "LatestDelivery") -> int:
    return int(last.labels.get("product") or 0)


def _may_go(product: "Product", titles: _Titles, run: DecisionRun) -> bool:
    """Whether a product that the portal has not from us may go there."""
    rules = run.asked.config.portal_titles
    is_approved = product.work_id in titles.approved or product.publishing_status in rules.approved
    return is_approved and product.publishing_status not in rules.withdrawn


def mark_of(mapping: "PortalMapping", config: Any) -> str:
    """Changes with the mapping and with our files: all is compared anew then."""
    parts = (mapping, config.portal_locales, config.portal_channels, config.portal_categories, config.portal_titles)
    return hashlib.sha256("\n".join(part.model_dump_json() for part in parts).encode()).hexdigest()[:16]
