"""Operators of the metadata exceptions: the nightly feed's decision, asked and not acted on, and what is told of it."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from colophon_airflow.operators.decide import REMEMBERED, DecideOperator
from colophon_airflow.operators.decision_run import DecisionRun
from colophon_airflow.operators.syndication import Reference, SyndicationExtractOperator
from colophon_airflow.operators.syndication_batch import BatchDecideOperator
from colophon_airflow.settings import open_ledger, publisher_config

if TYPE_CHECKING:
    from collections.abc import Iterable

    from airflow.sdk import Context

    from colophon.blocks.use_case import UseCase
    from colophon.domain.facts import Facts
    from colophon.domain.product import Product
    from colophon.ledger import Ledger

MOST_KEPT = 200_000


class GateExtractOperator(SyndicationExtractOperator):
    """Stages what the next nightly feed would look at, for all recipients; the first time all titles."""

    def execute(self, context: "Context") -> list[Reference]:
        """As of the base class."""
        with open_ledger() as ledger:
            is_first = ledger.memory.get(f"{REMEMBERED}{self.use_case_id}") is None
        form = {"mode": "full" if is_first else "delta", "recipients": sorted(publisher_config().recipients), "isbns": None}
        return super().execute({**context, "params": {**context["params"], **form}})


class MetadataGateOperator(BatchDecideOperator):
    """Asks the nightly feed's decision about one staged batch; enters nothing. Returns a reference to the titles with what is wrong."""

    system = ""  # its facts are staged

    def __init__(self, *, batch: Reference, **kwargs: Any) -> None:
        super().__init__(batch=batch, **{"case": nightly, **kwargs})
        self.products: list[Product] = []
        self.departed: list[str] = []

    @contextmanager
    def read(self, run: DecisionRun) -> "Iterator[Iterable[Facts]]":
        """See the base class."""
        from colophon.domain.departed import Departed
        from colophon.domain.product import Product

        run.is_dry = True
        form = {"mode": "delta", "recipients": sorted(run.asked.config.recipients), "isbns": None}
        run.asked = replace(run.asked, params={**run.asked.params, **form})
        with super().read(run) as parts:
            self.products = [product for facts in parts for product in facts.records(Product)]
            self.departed = [title.subject for facts in parts for title in facts.records(Departed)]
            yield parts

    def result(self, run: DecisionRun) -> dict[str, Any]:
        """The reference."""
        from colophon.use_cases.push.title_faults import TITLES, titles_of

        titles = titles_of(self.products, run.findings, self.departed)
        (batch,) = self.stage_batches(run.context, "titles", [TITLES.to_lines(titles)])
        return batch.model_dump()


class MetadataExceptionsOperator(DecideOperator):
    """Decides who is told of what, by what the gate found and what the nightly feed keeps back of titles that have not changed since."""

    def staged(self, run: DecisionRun, isbns: Collection[str] = ()) -> "Facts":
        """See the base class."""
        from colophon.domain.facts import Facts
        from colophon.use_cases.push.title_faults import KeptBack

        kept = KeptBack(_kept_back(run.ledger))
        return super().staged(run, isbns) | Facts.known({KeptBack: [kept]}, source="ledger", as_of=run.as_of)


def _kept_back(ledger: "Ledger") -> tuple[Any, ...]:
    return tuple(ledger.exceptions.open(use_case=nightly().id, limit=MOST_KEPT))


def nightly() -> "UseCase":
    """The nightly feed, whose gate this is."""
    from colophon.use_cases.xconnector.metadata_syndication import CASE

    return CASE
