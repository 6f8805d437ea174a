"""What we licensed to others: an exclusive licence closes its cells to us. What is not recorded counts as licensed."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import combinations
from typing import NamedTuple

from colophon.domain.finding import Finding
from colophon.domain.product import Product
from colophon.domain.rights_deal import ALL, DealStatus, RightsDeal, RightsFormat
from colophon.rights.atlas import Atlas
from colophon.rights.formats import is_touched, unknown_formats
from colophon.rights.grants import code_faults, text_languages, unknown_languages
from colophon.rights.places import licensed
from colophon.rights.reasons import FIRST_DAY, LAST_DAY, Clause, against, channel_key, in_favour, ordinal, until
from colophon.rights.rules import broken, ends_before_it_starts

STEP = "licence"
GRANTED = frozenset({DealStatus.AGREED, DealStatus.SIGNED, DealStatus.EXPIRED, DealStatus.TERMINATED})
"""Deals that gave the licensee something: an agreed one binds us before it is signed, an ended one did while it ran."""
_LISTS = {
    "territories": "the territories licensed, or * for all",
    "languages": "the languages licensed, or * for all",
    "formats": "the formats licensed, or * for all",
    "channels": "the channels licensed, or * for all",
}


class Licensed(NamedTuple):
    """Clauses that close; notes about sell-off, which close nothing; what is wrong with the records."""

    bars: list[Clause]
    notes: list[Clause]
    findings: list[Finding]


class _Bar(NamedTuple):
    deal: RightsDeal
    clause: Clause


def licence_clauses(product: Product, deals: Sequence[RightsDeal], wanted: RightsFormat, atlas: Atlas) -> Licensed:
    """Exclusive licences of others that reach one format of the product."""
    made, clean = Licensed([], [], []), []
    languages = text_languages(product)
    for deal in deals:
        if not _is_about(deal, product):
            continue
        faults = [*_faults(deal), *code_faults(deal.subject, deal.formats or (), deal.languages or (), atlas)]
        places = licensed(atlas, deal.territories or (ALL,), deal.excluded_territories or ())
        if places.unknown:
            faults.append(broken("R3", deal.subject, "territories", ", ".join(places.unknown), "codes of List 91 or 49"))
        made.findings.extend(faults)
        if not _reaches(deal, languages, wanted, atlas):
            continue
        first, last = period(deal)
        if first > last:
            continue
        clause = _clause(deal, wanted, places.countries, first, last)
        made.bars.append(clause)
        if not faults:
            clean.append(_Bar(deal, clause))
        if deal.sell_off_until is not None and deal.sell_off_until.toordinal() > last:
            made.notes.append(_sell_off(deal, clause))
    made.findings.extend(_overlaps(clean))
    return made


def period(deal: RightsDeal) -> tuple[int, int]:
    """First and last day as ordinals; a period that cannot be read, or has no recorded end, has none."""
    if deal.starts_on and deal.expires_on and deal.expires_on < deal.starts_on:
        return FIRST_DAY, ordinal(deal.terminated_on, LAST_DAY)
    last = min(ordinal(deal.expires_on, LAST_DAY), ordinal(deal.terminated_on, LAST_DAY))
    return ordinal(deal.starts_on, FIRST_DAY), last


def _is_about(deal: RightsDeal, product: Product) -> bool:
    """Whether a deal could keep us from selling the product. A product without ISBN may be any of those that the deal names."""
    if deal.work_id != product.work_id or deal.status not in GRANTED or deal.is_exclusive is False:
        return False
    return not deal.isbns or product.isbn13 is None or product.isbn13 in deal.isbns


def _reaches(deal: RightsDeal, languages: frozenset[str], wanted: RightsFormat, atlas: Atlas) -> bool:
    formats, spoken = deal.formats or (ALL,), deal.languages or (ALL,)
    is_any_format = is_touched(wanted, formats) or bool(unknown_formats(formats))
    is_any_language = ALL in spoken or not languages or not languages.isdisjoint(spoken) or bool(unknown_languages(spoken, atlas))
    return is_any_format and is_any_language


def _clause(deal: RightsDeal, wanted: RightsFormat, countries: int, first: int, last: int) -> Clause:
    channels = frozenset(map(channel_key, deal.channels or (ALL,)))
    kind = "exclusively" if deal.is_exclusive else "and nobody recorded that it is not exclusive,"
    sentence = f"{wanted} is licensed {kind} to licensee {deal.licensee_id} by deal {deal.id}{_days(first, last)}"
    return Clause(against(STEP, "licensed_out", sentence, deal.subject), countries, None if ALL in channels else channels, first, last)


def _days(first: int, last: int) -> str:
    start = "" if first == FIRST_DAY else f" from {date.fromordinal(first)}"
    return f"{start} {until(last)}"


def _sell_off(deal: RightsDeal, bar: Clause) -> Clause:
    sentence = f"licensee {deal.licensee_id} of deal {deal.id} may sell off stock until {deal.sell_off_until}, and take no new orders"
    return bar._replace(
        reason=in_favour(STEP, "sell_off", sentence, deal.subject), first=bar.last + 1, last=ordinal(deal.sell_off_until, LAST_DAY)
    )


def _faults(deal: RightsDeal) -> Iterator[Finding]:
    for field, expected in _LISTS.items():
        if not getattr(deal, field):
            yield broken("R2", deal.subject, field, None, expected)
    if deal.is_exclusive is None:
        yield broken("R2", deal.subject, "is_exclusive", None, "whether the licence is exclusive")
    if deal.status in {DealStatus.EXPIRED, DealStatus.TERMINATED} and deal.expires_on is None and deal.terminated_on is None:
        yield broken("R2", deal.subject, "expires_on", None, f"the day on which it ended, for it is {deal.status.lower()}")
    if confused := ends_before_it_starts(deal):
        yield confused
    if deal.sell_off_until and deal.expires_on and deal.sell_off_until < deal.expires_on:
        yield broken("R4", deal.subject, "sell_off_until", deal.sell_off_until, f"a day not before {deal.expires_on}, when it expires")


def _overlaps(bars: Sequence[_Bar]) -> Iterator[Finding]:
    """Exclusive licences to two licensees that meet in some country, channel and day; said of the younger one."""
    for one, other in combinations(sorted(bars, key=lambda bar: (bar.deal.id or 0, bar.deal.licensee_id)), 2):
        if one.deal.licensee_id != other.deal.licensee_id and _meet(one.clause, other.clause) and _share_language(one.deal, other.deal):
            when = _days(max(one.clause.first, other.clause.first), min(one.clause.last, other.clause.last))
            meeting = f"meets {one.deal.subject}{when}"
            yield broken("R5", other.deal.subject, "territories", meeting, "no cell that is licensed exclusively already")


def _meet(one: Clause, other: Clause) -> bool:
    in_time = one.first <= other.last and other.first <= one.last
    in_channel = one.channels is None or other.channels is None or not one.channels.isdisjoint(other.channels)
    return in_time and in_channel and bool(one.countries & other.countries)


def _share_language(one: RightsDeal, other: RightsDeal) -> bool:
    mine, theirs = set(one.languages or ()), set(other.languages or ())
    return ALL in mine | theirs or not mine.isdisjoint(theirs)
