"""The decisions about all products of some works, for those who act on them."""

from collections.abc import Iterable, Mapping
from datetime import date
from types import MappingProxyType

from colophon.domain.finding import Finding
from colophon.domain.product import Product
from colophon.domain.rights_deal import RightsFormat
from colophon.rights.atlas import Atlas
from colophon.rights.availability import Availability
from colophon.rights.facts import Facts, closes_everything
from colophon.rights.hold import Days, held
from colophon.rights.judge import judge
from colophon.rights.reasons import FIRST_DAY, LACKING, LAST_DAY, Step, channel_key
from colophon.rights.rules import broken
from colophon.rights.status import RUNNING, RightsStatus


def statuses_of(
    facts: Facts,
    atlas: Atlas,
    wanted: RightsFormat | None,
    channels: Iterable[str],
    embargoes: Mapping[str, date] = MappingProxyType({}),
    days: Days | None = None,
    stopped: Mapping[str, str] = MappingProxyType({}),
) -> tuple[list[RightsStatus], list[Finding]]:
    """The decisions about all products of some works, for some channels, and what is wrong with their records.

    :param wanted: another format than the products' own, such as a video about them. A kind of record that is not known at all
        is one finding, and not one for each product. :param embargoes: the first day of sale, by ISBN; it holds back the products
        themselves, and nothing about them. :param days: over which an open cell must hold; None: each day for itself.
        :param stopped: why products are closed whatever their records say, by ISBN; and so is all that is about them.
    """
    keys = sorted({channel_key(channel) for channel in channels})
    made, findings = list[RightsStatus](), [*facts.unreadable, *unknown_to_all(facts)]
    unknown = {finding.field for finding in findings if finding.subject == "account"}
    for holding in facts.holdings(embargoes if wanted is None else {}):
        judged = judge(holding, atlas, wanted)
        findings += [f for f in judged.findings if not (f.rule == "R2" and f.field in unknown and f.subject == judged.subject)]
        why = stopped.get(holding.product.isbn13 or "")
        made.append(_shut(holding.product, keys, why, atlas, wanted) if why else status_of(holding.product, judged, keys, days, wanted))
    return made, list(dict.fromkeys(findings))


def status_of(
    product: Product, judged: Availability, channels: Iterable[str], days: Days | None = None, wanted: RightsFormat | None = None
) -> RightsStatus:
    """What was decided about one product, for some channels; `days` and `wanted` as in `statuses_of`."""
    steps = {channel_key(channel): tuple(judged.steps(channel)) for channel in channels}
    closed_by, lacking, until = dict[str, int](), 0, LAST_DAY
    if days is not None:
        until = _until(judged, days)
        steps = {key: held(found, days) for key, found in steps.items()}
        for key in steps:
            for reason, countries in judged.hindrances(key, *days):
                closed_by[reason.sentence] = closed_by.get(reason.sentence, 0) | countries
                lacking |= countries if reason.code in LACKING else 0
    is_running = product.publishing_status in RUNNING
    return RightsStatus(judged.subject, product.isbn13 or "", product.work_id, is_running, steps, closed_by, lacking, wanted, until)


def _until(judged: Availability, days: Days) -> int:
    """The first day after `days.first` on which another clause may count, were the same records judged over as many days."""
    first, ahead = days.first.toordinal(), (days.last - days.first).days
    ends = ((clause.first - ahead, clause.first, clause.last + 1 - ahead, clause.last + 1) for clause in (*judged.grants, *judged.bars))
    return min((day for turns in ends for day in turns if day > first), default=LAST_DAY)


def _shut(product: Product, channels: Iterable[str], why: str, atlas: Atlas, wanted: RightsFormat | None) -> RightsStatus:
    """Closed for good, and nothing to promote."""
    steps = {channel: (Step(FIRST_DAY, 0),) for channel in channels}
    isbn = product.isbn13 or ""
    return RightsStatus(product.subject, isbn, product.work_id, is_running=False, steps=steps, closed_by={why: atlas.world}, format=wanted)


def unknown_to_all(facts: Facts) -> list[Finding]:
    """What closes every product, for nobody knows what it takes away: kinds of record that are missing, grants and licences of no known work."""
    missing = [name for name in ("contracts", "deals", "grants") if getattr(facts, name) is None]
    found = [broken("R2", "account", name, None, f"the {name} of all works, from the account or a report") for name in missing]
    return found + [finding for finding in facts.unreadable if closes_everything(finding)]
