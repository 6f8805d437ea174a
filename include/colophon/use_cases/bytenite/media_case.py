"""A use case that has something rendered: its wishes become jobs, records of the video library, and assets of their titles."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple

from colophon.blocks.decision import DecisionContext, Plan
from colophon.blocks.jobs import JOBS
from colophon.blocks.use_case import RIGHTS, UseCase
from colophon.config import Config
from colophon.config.media import MediaTemplate
from colophon.domain.delivery import HistoryRow
from colophon.domain.facts import Facts
from colophon.domain.product import Product
from colophon.domain.rights_deal import RightsFormat
from colophon.domain.todo import Milestone, Todo
from colophon.launch.done import begun
from colophon.systems.bytenite.outputs import MediaOutputs
from colophon.systems.fourallportal.assets import Asset
from colophon.use_cases.bytenite.clearance import QUESTION
from colophon.use_cases.bytenite.media_orders import Wish, ended, missing, ordered
from colophon.use_cases.bytenite.media_records import records_of, write_backs_of

Files = Mapping[str, Mapping[str, Asset]]
"""Approved files, by ISBN and kind."""
Templates = Callable[[Config], Mapping[str, MediaTemplate]]


class Subject(NamedTuple):
    """What a set of videos or samples is made for: its name, the product whose words and days count, and the files by kind."""

    name: str
    product: Product
    files: Mapping[str, Asset]


def media_case(case_id: str, subjects_of: Callable[[Sequence[Product], Files], Iterable[Subject]], templates: Templates) -> UseCase:
    """The use case that has each subject rendered by each of these templates; it asks the rights engine for what their kinds need."""

    def decide(facts: Facts, context: DecisionContext) -> Plan:
        """Jobs of all wishes, and what is known of them in the library."""
        rows, files = facts.records(HistoryRow), defaultdict[str, dict[str, Asset]](dict)
        for asset in facts.records(Asset):
            files[asset.isbn][asset.kind] = asset
        subjects = subjects_of([product for product in facts.records(Product) if product.isbn13], files)
        done, known = begun(facts.records(Todo), context.as_of.date()), frozenset(row.subject for row in rows)
        wishes = [wish for subject in subjects for wish in _wishes(subject, templates(context.config), done, known, context)]
        plan = ordered(wishes, rows, context, use_case=case_id)
        return plan | records_of(wishes, facts.records(MediaOutputs), context, use_case=case_id)

    def formats(config: Config) -> Sequence[RightsFormat]:
        asked = config.availability.library.asks
        return list(dict.fromkeys(each for template in templates(config).values() for each in asked(template.kind)))

    return UseCase(
        id=case_id,
        reads=(Product, Todo),
        gains=(Asset, MediaOutputs, HistoryRow),
        upstream=RIGHTS,
        rights=QUESTION._replace(formats=formats),
        recalls=lambda _config: (JOBS,),
        decide=decide,
        reads_all=True,  # files are approved and days come without a to-do
        backfill="latest",
        writes=("upsertExternalAsset",),
        write_backs=write_backs_of(case_id),
        systems=("bytenite", "fourallportal"),
    )


def _wishes(
    subject: Subject,
    templates: Mapping[str, MediaTemplate],
    done: Mapping[int, Mapping[Milestone, str]],
    known: frozenset[str],
    context: DecisionContext,
) -> Iterator[Wish]:
    """What has begun, and what was made and has ended; a launch that is long past leaves what is there as it is.

    :param done: milestones that came, by work. :param known: what ever had a job.
    """
    product = subject.product
    if product.publication_on and product.publication_on < context.as_of.date() - timedelta(days=context.config.launches.days_after):
        return
    for name, template in templates.items():
        over, lacks = ended(product, template.kind, context), missing(template.stage, done.get(product.work_id, {}), context)
        for shape in template.shapes:
            wanted = f"{subject.name}/{name}/{shape}"
            if lacks is not None or (over and wanted in known):
                yield Wish(wanted, name, shape, template, product, subject.files.get(template.asset), lacks or (), over)
