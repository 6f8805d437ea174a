"""BN-7, performance of videos: views, completion and the rest by channel and country, on the titles in Consonance and on the desk.

A day that the library tells again replaces what it told; a day of which it tells nothing is a gap. A video of several titles is shared
among them (`figures`), so that the titles' figures add up to the library's.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from colophon.blocks.decision import DecisionContext, Plan
from colophon.blocks.panels import FiguresPanel
from colophon.blocks.use_case import UseCase
from colophon.blocks.write_back import intent
from colophon.domain.facts import Facts
from colophon.domain.finding import Finding
from colophon.domain.product import Product
from colophon.systems.bytenite.records import Video
from colophon.systems.consonance.writes.operations import CONSONANCE, reference_of
from colophon.use_cases.bytenite.figures import SHARES, TITLES, VIDEOS, Star
from colophon.use_cases.bytenite.figures_view import compare
from colophon.use_cases.bytenite.video_faults import video_fault

RULE, ODD, GAP = "BN7", "BN7-figures", "BN7-gap"
MOST_ROWS = 500
"""So many rows a write-back takes."""
FORMATS = {"A": "audio", "B": "print", "D": "digital", "E": "digital"}


class Figures(NamedTuple):
    """Figures of one video on one channel and day: a row of Consonance for each country and title.

    `odd`: rules that are broken, with what was found, by the video's figures; of no video: by the day's.
    """

    video_id: str
    day: str = ""
    channel: str = ""
    rows: tuple[Mapping[str, Any], ...] = ()
    odd: tuple[tuple[str, str], ...] = ()


def decide(facts: Facts, context: DecisionContext) -> Plan:
    """A write-back for each video, channel and day; unchanged ones do not go again. What is odd is counted as told, and somebody looks."""
    plan, videos = Plan(judged={CONSONANCE: []}), {video.video_id: video for video in facts.records(Video)}
    for figures in facts.records(Figures):
        video, subject = videos.get(figures.video_id), f"video:{figures.video_id}/figures/{figures.day}/{figures.channel}"[:200]
        name = f"video:{video.external_id if video else figures.video_id}"[:200] if figures.video_id else f"figures:{figures.day}"
        plan.findings += [_finding(name, rule, found) for rule, found in figures.odd]
        if len(figures.rows) > MOST_ROWS:
            plan.findings.append(
                _finding(name, ODD, f"{len(figures.rows)} rows for {figures.channel} on {figures.day}, more than Consonance takes")
            )
        elif figures.rows:
            reference = reference_of("bn7", figures.video_id, figures.day, figures.channel)
            labels = {"isbn": next(iter((video.isbns if video else None) or ()), "")}
            members = {"source": "bytenite", "rows": list(figures.rows)}
            told = intent("recordPerformance", reference, members, use_case=CASE.id, subject=subject, as_of=context.as_of, labels=labels)
            plan.intents.append(told)
            plan.judged[CONSONANCE].append(subject)
    return plan


def odd_of(star: Star, told: Mapping[str, Any]) -> list["Figures"]:
    """What is wrong with what was told: figures that cannot be right, videos of nobody's title, and days without any between days with some."""
    days = [day for day in told["gaps"] if told["days"] and min(told["days"]) < day < max(told["days"])]
    return [
        *(Figures(video, odd=((ODD, problem),)) for video, problem in told["odd"]),
        *(Figures(video, odd=((RULE, "figures of a video of nobody's title"),)) for video in star.nobodys(told["days"])),
        *(Figures("", day, odd=((GAP, "no figures of a day between days with figures"),)) for day in days),
    ]


def described(star: Star, videos: Sequence[Video], products: Iterable[Product], weights: Mapping[str, Mapping[int, int]]) -> None:
    """Keep what the figures are about. Videos and titles that are gone stay as they were known last."""
    rows = dimensions(videos, products, weights)
    star.describe("videos", VIDEOS, rows[0], keeps="video_id")
    star.describe("titles", TITLES, rows[1], keeps="work_id")
    star.describe("shares", SHARES, rows[2], keeps="video_id")


def dimensions(
    videos: Sequence[Video], products: Iterable[Product], weights: Mapping[str, Mapping[int, int]]
) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """Rows of videos, titles and shares. A title's format is that of its first edition, its segment its main Thema subject's first letter."""
    by_isbn, by_work = dict[str, Product](), defaultdict[int, list[Product]](list)
    for product in sorted(products, key=lambda product: product.id):
        by_work[product.work_id].append(product)
        by_isbn[product.isbn13 or ""] = product
    shares = []
    for video in videos:
        works = sorted({by_isbn[isbn].work_id for isbn in video.isbns or () if isbn in by_isbn})
        if not works and str(video.work_id).isdecimal() and int(str(video.work_id)) in by_work:
            works = [int(str(video.work_id))]
        given = {work: weight for work, weight in weights.get(video.external_id, {}).items() if work in works and weight}
        shares += [(video.video_id, work, given.get(work, 0) if given else 1) for work in works if not given or work in given]
    records = [(v.video_id, v.external_id, v.kind, v.title, (v.content or {}).get("durationSeconds"), v.campaign) for v in videos]
    return records, list(_titles(by_work)), shares


def _titles(by_work: Mapping[int, list[Product]]) -> Iterator[tuple[Any, ...]]:
    for work, editions in by_work.items():
        first = min(editions, key=lambda product: (product.publication_on or date.max, product.id))
        themes = [subject for subject in first.subjects if subject.scheme.upper() == "THEMA"]
        main = next((subject.code for subject in sorted(themes, key=lambda subject: not subject.is_main)), "")
        yield work, first.title, first.imprint, FORMATS.get((first.form_code or "")[:1], "other"), main[:1], first.publication_on


def _finding(subject: str, rule: str, found: str) -> Finding:
    return video_fault(rule, subject, "figures", found, "figures that hold together, of a title of ours", blocks=CONSONANCE)


CASE = UseCase(
    id="bytenite__video_performance",
    reads=(Figures,),
    gains=(Video, Product),
    decide=decide,
    reads_all=True,
    backfill="latest",
    writes=("recordPerformance",),
    systems=("bytenite",),
)
PANEL = FiguresPanel(CASE, compare)
