"""PN-8, rights: titles near publication that may not be sold where they are to be sold. The rights engine says so, and nobody else."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from colophon.blocks.notice import short_name
from colophon.blocks.staged_rows import StagedRows
from colophon.config import Config
from colophon.domain.product import Product
from colophon.launch.path import FORTHCOMING
from colophon.onix.codelist_file import load_code_lists
from colophon.onix.forms import form_of
from colophon.onix.territory import few_codes, saleable, wish_in_codes
from colophon.rights import Atlas, Availability, judge
from colophon.rights.facts import Facts as RightsFacts
from colophon.use_cases.push.alarms import Trouble


@dataclass(frozen=True, slots=True, kw_only=True)
class LateRights:
    """A product that comes out on `on` and from then to `until` may not be sold in `territories`; `records` and `why` say by what."""

    isbn13: str
    work_id: int
    title: str
    on: date
    territories: tuple[str, ...]
    records: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Looked:
    """The products of which it was looked whether their rights are there."""

    isbns: tuple[str, ...]


def late_rights(facts: RightsFacts, config: Config, channels: Collection[str], today: date) -> tuple[Looked, list[LateRights]]:
    """Products of a batch that come out within so many days, and lack rights on their day or lose them within as many days after."""
    lists, days = load_code_lists(config.publisher.code_lists), timedelta(days=config.pipeline_monitor.rights_days)
    atlas, found = Atlas.load(config.publisher.code_lists), list[LateRights]()
    for holding in facts.holdings(config.embargoes.first_day_of_sale):
        product, on = holding.product, holding.product.publication_on
        if not product.isbn13 or product.publishing_status not in FORTHCOMING or on is None or not today <= on <= today + days:
            continue
        first = max(on, holding.embargo_until or on)
        wanted = sum(map(atlas.bit, saleable(product, lists).places & lists.countries))
        late = _late(product, judge(holding, atlas), wanted, channels, first, first + days)
        found += [late] if late else []
    return Looked(tuple(sorted(product.isbn13 for product in facts.products if product.isbn13))), found


def _late(product: Product, judged: Availability, wanted: int, channels: Collection[str], first: date, last: date) -> LateRights | None:
    """What is closed on the first day or the last one, through every channel; and the records that close it."""
    closed = wanted
    for channel in channels:
        closed &= ~(judged.open_bits(channel, first) & judged.open_bits(channel, last))
    if not closed:
        return None
    reasons = dict.fromkeys(
        reason for channel in sorted(channels) for reason, countries in judged.hindrances(channel, first, last) if countries & closed
    )
    return LateRights(
        isbn13=product.isbn13 or "",
        work_id=product.work_id,
        title=product.title,
        on=product.publication_on or first,
        territories=judged.atlas.names(closed),
        records=tuple(dict.fromkeys(record for reason in reasons for record in reason.records)),
        why="; ".join(reason.sentence for reason in list(reasons)[:3]),
    )


def late_trouble(late: LateRights, product: Product | None, today: date) -> Trouble:
    """What managers hear of a product that comes out soon and may not be sold somewhere."""
    what = " ".join((*late.territories, *late.records))
    records = [record.replace(":", " ") for record in late.records if not record.startswith(("isbn:", "product:"))]
    return Trouble(
        subject=f"isbn:{late.isbn13}/rights",
        state=f"{late.on}/{short_name(what)}",
        work_id=late.work_id,
        kind="late_rights",
        fields={
            "title": late.title,
            "form": form_of(product).code if product else "",
            "published": late.on,
            "days": (late.on - today).days,
            "places": wish_in_codes(product) if product else "",
            "closed": few_codes(late.territories),
            "why": late.why,
            "records": ", ".join(records[:4]),
        },
        title=late.title,
        data={"isbn": late.isbn13, "territories": " ".join(late.territories[:60]), "publication": late.on.isoformat()},
    )


ROWS = StagedRows(Looked, LateRights, source="rights engine")
