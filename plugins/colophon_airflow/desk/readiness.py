"""Whether a title is ready for its launch, by Consonance's records and to-dos as they are now. Nothing is asked twice: a person waits."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from colophon.errors import ColophonError
from colophon.ledger import Ledger
from colophon_airflow.rights import holding_of, product_of
from colophon_airflow.settings import publisher_config

if TYPE_CHECKING:
    from colophon.domain.finding import Finding
    from colophon.domain.product import Product
    from colophon.domain.todo import Todo
    from colophon.quality.readiness import Readiness
    from colophon.rights import Holding
    from colophon_airflow.systems.consonance.hook import ConsonanceHook


class Looked(NamedTuple):
    """A title as it stands. `unknown` says why no to-dos are known; empty where they are."""

    product: "Product"
    found: "Readiness"
    is_complete: bool
    unknown: str


def looked(ledger: Ledger, isbn: str, at: datetime) -> Looked:
    """The product judged for every recipient as a run would, with the to-dos of its work; nothing is planned.

    Raises as `product_of`, and what keeps Consonance from answering.
    """
    from colophon.http.retry import asking_once
    from colophon.quality.figures import is_complete
    from colophon.quality.readiness import readiness
    from colophon_airflow.systems.consonance.hook import ConsonanceHook

    hook = ConsonanceHook("consonance_default")
    with asking_once():
        with hook.client as client:
            product = product_of(client, isbn)
        holding = holding_of(hook, isbn, publisher_config().embargoes.first_day_of_sale)
        todos, unknown = _todos(hook, product)
    names, findings, out_of_scope = _judged(ledger, product, holding, at)
    return Looked(product, readiness(names, findings, todos, at.date(), out_of_scope), is_complete(product), unknown)


def _judged(ledger: Ledger, product: "Product", holding: "Holding", at: datetime) -> "tuple[list[str], Sequence[Finding], dict[str, str]]":
    from colophon.blocks.decision import DecisionContext
    from colophon.blocks.panels import TitlePanel
    from colophon.domain.facts import Facts
    from colophon.domain.finding import Finding
    from colophon.domain.product import Product
    from colophon.readiness import declared
    from colophon.rights import Atlas, judge
    from colophon.rights.hold import days_to_hold
    from colophon.rights.snapshot import RightsSnapshot
    from colophon.rights.statuses import status_of

    config, params = publisher_config(), {"mode": "delta"}
    judged, days = judge(holding, Atlas.load(config.publisher.code_lists)), days_to_hold(at, config.limits.rights_hold_hours)
    names, findings, out_of_scope = list[str](), list[Finding](), dict[str, str]()
    for panel in declared(TitlePanel):
        channels = panel.case.rights.channels(config) if panel.case.rights else ()
        context = DecisionContext(
            as_of=at,
            config=config,
            params=params,
            history=partial(ledger.latest, panel.case.id),
            rights=RightsSnapshot({product.subject.removeprefix("isbn:"): status_of(product, judged, channels, days)}),
            content=ledger.content,
        )
        names += [profile.id for profile in panel.recipients(params, config)]
        plan = panel.case.decide(Facts.known({Product: [product]}, source="graphql", as_of=at), context)
        findings += plan.findings
        out_of_scope |= {name: reason for name, reasons in plan.out_of_scope.items() for reason in reasons.values()}
    return names, findings, out_of_scope


def _todos(hook: "ConsonanceHook", product: "Product") -> "tuple[list[Todo] | None, str]":
    """To-dos of the product's work: from the list that proves completion, else from the calendar; or why there are none."""
    from colophon.domain.todo import Todo

    settings = hook.settings
    if not settings.reports_location and not settings.ical_url:
        return None, "the connection to Consonance names no calendar and no place for reports (ical_url, reports_location)"
    try:
        with hook.reports as place:
            names = (["todos"] if settings.reports_location else []) + ["calendar"]
            for name in names:
                report = place.read(name)
                if report is not None:
                    with report:
                        return [one for one in report if isinstance(one, Todo) and _is_of(one, product)], ""
    except ColophonError as problem:
        return None, problem.sentence
    return None, "Consonance's to-dos are told nowhere yet: there is neither a to-do report nor a calendar"


def _is_of(one: "Todo", product: "Product") -> bool:
    """Whether a to-do is about the product's work: by its number, or by its title where the source tells no number."""
    if one.work_id is not None:
        return one.work_id == product.work_id
    return one.work_title is not None and _key(one.work_title) == _key(product.title)


def _key(text: str) -> str:
    return " ".join(text.casefold().split())
