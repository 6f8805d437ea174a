"""Words of the portal: read page by page with the products that they are about, and kept beside the supplement."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

from colophon_airflow.operators.decision_run import DecisionRun
from colophon_airflow.operators.portal import PortalDecideOperator
from colophon_airflow.sources import being_told

if TYPE_CHECKING:
    from colophon.blocks.decision import Plan
    from colophon.domain.facts import Facts
    from colophon.systems.consonance.facts import FactReader
    from colophon.systems.fourallportal.client import FourallportalClient
    from colophon.systems.fourallportal.records import PortalObject
    from colophon.use_cases.fourallportal.enriched_content import WordsPlan


class PortalWordsOperator(PortalDecideOperator):
    """Decides about the portal's words, and keeps what is taken; nothing is sent."""

    @contextmanager
    def read(self, run: DecisionRun) -> "Iterator[Iterable[Facts]]":
        """Pages of the portal with their products, then what the portal has no more.

        :raises AirflowSkipException: the run's day is over.
        """
        with self.portal(run) as portal, self.consonance(run) as reader:
            yield self._parts(run, reader, portal)

    def entered(self, run: DecisionRun, plan: "Plan") -> None:
        """Keep the rows."""
        from colophon.systems.fourallportal.words import keep_words

        keep_words(run.ledger.memory, cast("WordsPlan", plan).rows, run.as_of)

    def result(self, run: DecisionRun) -> list[str]:  # noqa: ARG002 - the base class's signature
        """Nothing is delivered: the nightly feed takes the words from where they are kept."""
        return []

    def _parts(self, run: DecisionRun, reader: "FactReader", portal: "FourallportalClient") -> "Iterator[Facts]":
        from colophon.domain.facts import Facts
        from colophon.domain.product import Product
        from colophon.systems.fourallportal.availability import isbn_of
        from colophon.systems.fourallportal.mapping import PortalMapping
        from colophon.systems.fourallportal.words import words_of
        from colophon.use_cases.fourallportal.enriched_content import WordsAtPortal

        mapping, before = portal.mapping, words_of(run.ledger.memory)
        owned = [rule.field for rule in mapping.product.fields.values() if rule.owner == "portal" and rule.read_as]
        ids = set[str]()

        def part(titles: "Iterable[WordsAtPortal]") -> Facts:
            return Facts.known({WordsAtPortal: titles, PortalMapping: (mapping,)}, source="4ALLPORTAL", as_of=run.as_of)

        yield part(())
        for page in portal.iter_objects(mapping.modules["product"], [mapping.product.key, *owned], known=before):
            ids |= {obj.id for obj in page}
            said: dict[str, PortalObject] = {obj.id: obj for obj in page if obj.id in before or any(obj.fields.get(name) for name in owned)}
            isbns = {key: isbn_of(obj, mapping) for key, obj in said.items()}
            with being_told(run.context, run.case.id):
                products = (
                    {p.isbn13: p for p in reader.read([Product], isbns=set(filter(None, isbns.values()))).records(Product)} if said else {}
                )
            yield part([WordsAtPortal(key, obj, products.get(isbns[key]), before.get(key)) for key, obj in said.items()])
        yield part([WordsAtPortal(key, None, None, row) for key, row in before.items() if key not in ids])
