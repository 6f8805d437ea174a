"""*What if*: a contract that ended on another day, a title that came out on another, a rule of another severity - before anything is saved.

All formats of a title are judged twice, as Consonance has them now and as they would be: by the rights engine, by the decision about
each recipient, by the launch engine. Nothing is entered, nothing is sent.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from colophon.blocks.panels import EndsPanel, WhatIfPanel
from colophon.errors import BadConfigError, InvalidError
from colophon.ledger import Ledger
from colophon.readiness import declared
from colophon.rights.on_paper import Paper
from colophon_airflow.desk import readiness
from colophon_airflow.rights import snapshot_of, titles_now
from colophon_airflow.settings import publisher_config

if TYPE_CHECKING:
    from colophon.domain.product import Product
    from colophon.domain.todo import Todo
    from colophon.launch.title import Format
    from colophon.rights import Availability
    from colophon.rights.differences import Change
    from colophon.rights.facts import Facts


AHEAD = 550
"""So many days alerts are looked for."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What would be otherwise; empty: nothing."""

    paper: Paper = field(default_factory=Paper)
    severities: Mapping[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.paper.ends or self.paper.published or self.severities)


class Becomes(NamedTuple):
    """What would become of a format: per recipient, in its rights from today on, and in the launch engine's eyes before and after."""

    product: "Product"
    recipients: Sequence[tuple[str, Any]]
    rights: "Sequence[Change]"
    launch: "tuple[Format | None, Format | None]"


class Told(NamedTuple):
    """An alert about an end that would go today, or from a later day on."""

    on: date
    alert: Any


class Answer(NamedTuple):
    """The title as it is, and what would be otherwise; `told`: alerts that would go and do not by the records of today."""

    products: "Sequence[Product]"
    contracts: Sequence[Any]
    ends: Mapping[int, date | None]
    becomes: Sequence[Becomes]
    told: Sequence[Told]


def answer(ledger: Ledger, isbn: str, asked: Asked, at: datetime) -> Answer:
    """Judge all formats of a title twice.

    :raises InvalidError: what is asked cannot be. Raises else as `titles_now`, and what keeps Consonance from answering.
    """
    from colophon.http.retry import asking_once
    from colophon.rights.term import term_of
    from colophon_airflow.systems.consonance.hook import ConsonanceHook

    hook = ConsonanceHook("consonance_default")
    with asking_once():
        products, rights = titles_now(hook, [isbn])
        if others := [each.isbn13 for each in products[0].related]:
            products, rights = titles_now(hook, [isbn, *others])
        todos = readiness.todos_of(hook, products[0])[0] if asked else None
    contracts = [each for each in rights.contracts or () if each.work_id in {product.work_id for product in products}]
    ends = {each.id: term[1] if isinstance(term := term_of(each), tuple) else None for each in contracts}
    if not asked:
        return Answer(products, contracts, ends, (), ())
    changed = asked.paper.rights(rights)
    today = _told(rights, at)
    told = [each for each in _told(changed, at) if each not in today]
    return Answer(products, contracts, ends, list(_becomes(ledger, products, rights, changed, asked, todos, at)), told)


def _becomes(
    ledger: Ledger, products: "Sequence[Product]", rights: "Facts", changed: "Facts", asked: Asked, todos: "list[Todo] | None", at: datetime
) -> Iterator[Becomes]:
    from colophon.rights.differences import differences

    config, otherwise = publisher_config(), asked.paper.products(products)
    channels = sorted({profile.sale_channel for profile in config.recipients.values()})
    now, then = _availabilities(ledger, rights), _availabilities(ledger, changed)
    rows = [
        row for panel in declared(WhatIfPanel) for row in _by_recipient(ledger, panel, (products, rights), (otherwise, changed), asked, at)
    ]
    for product, edited in zip(products, otherwise, strict=True):
        before, after = now[product.id], then[product.id]
        engine = (readiness.judged(ledger, each, may, todos, at)[1] for each, may in ((product, before), (edited, after)))
        yield Becomes(
            product,
            [(name, row) for name, row in rows if row.subject == product.subject],
            differences(before, after, channels, since=at.date()),
            (next(engine), next(engine)),
        )


def _by_recipient(
    ledger: Ledger, panel: WhatIfPanel, today: "tuple[Sequence[Product], Facts]", paper: "tuple[Sequence[Product], Facts]", asked: Asked, at: datetime
) -> Iterator[tuple[str, Any]]:  # fmt: skip
    from colophon.blocks.decision import DecisionContext
    from colophon.domain.facts import Facts as Records
    from colophon.domain.product import Product
    from colophon.stopped import stops

    config, case = publisher_config(), panel.case
    channels = case.rights.channels(config) if case.rights else ()

    def question(products: "Sequence[Product]", rights: "Facts") -> tuple[Records, DecisionContext]:
        judged = snapshot_of(rights, channels, at, stops(ledger))
        context = DecisionContext(at, config, {"mode": "delta"}, partial(ledger.latest, case.id), rights=judged, content=ledger.content)
        return Records.known({Product: list(products)}, source="graphql", as_of=at), context

    as_it_is, on_paper = question(*today), question(*paper)
    for name, profile in sorted(config.recipients.items()):
        try:
            found = panel.rehearse(*on_paper, panel.with_severities(profile, asked.severities), today=as_it_is)
        except BadConfigError as problem:
            raise InvalidError(problem.sentence, remedy="Choose another rule or severity: `rules.md` has all.") from problem
        yield from ((name, row) for row in found)


def _availabilities(ledger: Ledger, rights: "Facts") -> "dict[int, Availability]":
    from colophon.rights import Atlas, judge
    from colophon.stopped import as_stopped

    config = publisher_config()
    atlas = Atlas.load(config.publisher.code_lists)
    holdings = rights.holdings(config.embargoes.first_day_of_sale)
    return {each.product.id: as_stopped(ledger, each.product.isbn13 or "", judge(each, atlas)) for each in holdings}


def _told(rights: "Facts", at: datetime) -> list[Told]:
    """Alerts that are due today; of an end for which none is, the first that will be."""
    found: dict[str, Told] = {}
    for panel in declared(EndsPanel):
        for days in range(AHEAD):
            for alert in panel.due(rights, as_of=at + timedelta(days=days), last_run=None)[0]:
                found.setdefault(alert.threshold.subject, Told(at.date() + timedelta(days=days), alert))
    return sorted(found.values(), key=lambda each: (each.on, str(each.alert.threshold)))
