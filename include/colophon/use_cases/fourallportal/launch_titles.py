"""FP-7, titles: the launch engine asked about every title that is to come, and what of its answers is remembered for the desk."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from colophon.blocks.decision import DecisionContext
from colophon.blocks.launches import FeedJudged, Remembered
from colophon.blocks.use_case import channels
from colophon.config import Config
from colophon.domain.facts import Facts, Known
from colophon.domain.launch import Launch
from colophon.domain.product import Product
from colophon.domain.todo import Todo
from colophon.launch.evidence import Evidence, evidence_of, videos_of
from colophon.launch.path import works_of
from colophon.launch.title import Title, readiness
from colophon.launch.view import LINE, SOURCES, TITLE, VIDEO, frozen_of, history_of, line_of, name_of, title_of
from colophon.systems.fourallportal.launch_shown import AssetShown


def evidence_for(facts: Facts, context: DecisionContext) -> Evidence:
    """All that is known of launches in this run."""
    config, assets = context.config, facts.of(AssetShown)
    return evidence_of(
        facts,
        config.pipeline_monitor,
        config.calendars.of(None),
        faults=context.faults() if facts.records(FeedJudged) else None,
        assets=_assets(facts.records(Product), assets.records, config) if isinstance(assets, Known) else None,
        may_sell=_may_sell(context),
        videos={row.value["work"]: videos_of(row.value) for row in facts.records(Remembered) if row.name.startswith(VIDEO)},
        frozen=frozen_of(row.value for row in facts.records(Remembered) if row.name.startswith(TITLE)),
    )


def _assets(products: Iterable[Product], shown: Sequence[AssetShown], config: Config) -> Mapping[tuple[str, str], AssetShown]:
    """The file of each product and kind: in the product's locale, else that for every one."""
    by_locale = {(asset.isbn, asset.kind, asset.locale): asset for asset in shown}
    locales = {each.isbn13: config.portal_locales.of(each.language or config.publisher.default_language) for each in products}
    return {
        (isbn, kind): by_locale.get((isbn, kind, locales.get(isbn, "")), asset)
        for (isbn, kind, locale), asset in by_locale.items()
        if locale in {"", locales.get(isbn)}
    }


def titles_of(facts: Facts, evidence: Evidence, context: DecisionContext) -> Iterator[Title]:
    """Readiness of every title of which something is to come."""
    config, today = context.config, context.as_of.date()
    for work in works_of(facts.records(Product), facts.records(Todo, ())).values():
        title = readiness(work, evidence, config.readiness, config.pipeline_monitor, config.calendars.of(work.imprint), today)
        if title.formats:
            yield title


def _may_sell(context: DecisionContext) -> Callable[[Product, date], bool | None]:
    """Whether a product may be sold anywhere through any channel; None: nobody knows its rights today."""
    sold_through = channels(context.config)

    def may_sell(product: Product, day: date) -> bool | None:
        status = context.rights.products.get(product.isbn13 or "")
        if status is None or context.rights.closes_only:
            return None
        return any(status.open_bits(channel, day) for channel in sold_through)

    return may_sell


def kept_of(titles: list[Title], facts: Facts, evidence: Evidence, context: DecisionContext) -> dict[str, Mapping[str, Any]]:
    """What the desk shows: a line and all of each title, and when its sources were read."""
    before = {row.name: row.value for row in facts.records(Remembered)}
    pace = {str(stage): days for stage, days in evidence.takes.items()}
    kept: dict[str, Mapping[str, Any]] = {SOURCES: {"sources": dict(_ages(facts, context)), "at": _moment(context.as_of), "pace": pace}}
    for title in titles:
        name = name_of(TITLE, title.work.id)
        history = history_of(title, before.get(name), context.as_of, context.config.readiness.kept)
        kept[name] = title_of(title, history)
        kept[name_of(LINE, title.work.id)] = line_of(title, history)
    return kept


def _ages(facts: Facts, context: DecisionContext) -> Iterator[tuple[str, str | None]]:
    """When each source was read last; None: it was not, this time."""
    for name, kind in (("Consonance", Product), ("to-dos", Todo), ("launches", Launch), ("4ALLPORTAL", AssetShown)):
        known = facts.of(kind)
        yield name, _moment(known.as_of) if isinstance(known, Known) else None
    yield "metadata feed", next((judged.at for judged in facts.records(FeedJudged)), None)
    yield "rights engine", None if context.rights.closes_only else _moment(context.as_of)


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
