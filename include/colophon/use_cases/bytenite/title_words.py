"""What a video's record says of the titles that it is about, in Consonance's words."""

from collections.abc import Iterable, Sequence
from typing import Any

from colophon.config.videos import VideoMetadata
from colophon.domain.product import Product
from colophon.systems.bytenite.records import Video

ELLIPSIS = "…"


def said_of(video: Video, titles: Sequence[Product], rules: VideoMetadata) -> dict[str, Any]:
    """What Consonance says of the titles: the first one's words, the names and codes of all, the earliest day of publication."""
    first, names = titles[0], dict.fromkeys(product.title for product in titles)
    people = dict.fromkeys((c.name, c.role) for product in titles for c in sorted(product.contributors, key=lambda c: c.sequence))
    days = [product.publication_on for product in titles if product.publication_on]
    works = {product.work_id for product in titles}
    return {
        "title": title_of(names, video.kind, rules),
        "subtitle": first.subtitle if len(works) == 1 else None,
        "workId": video.work_id if str(video.work_id) in map(str, works) else first.work_id,
        "contributors": [{"name": name, "role": role} for name, role in people],
        "imprint": first.imprint,
        "genres": genres_of(titles),
        "publicationDate": min(days).isoformat() if days else None,
    }


def title_of(names: Iterable[str], kind: str, rules: VideoMetadata) -> str:
    """The titles and the kind of video; too long, the titles end at a word."""
    titles, end = " / ".join(names), f": {rules.kinds[kind]}" if rules.kinds.get(kind) else ""
    if len(titles) + len(end) > rules.title_length:
        room = rules.title_length - len(end) - len(ELLIPSIS)
        head, blank, _ = titles[: room + 1].rpartition(" ")
        titles = (head.rstrip(" ,;:/-") if blank else titles[:room]) + ELLIPSIS
    return titles + end


def genres_of(titles: Iterable[Product]) -> list[str]:
    """Thema codes, the main ones first."""
    subjects = [subject for product in titles for subject in product.subjects if subject.scheme.upper() == "THEMA"]
    return list(dict.fromkeys(subject.code for subject in sorted(subjects, key=lambda subject: not subject.is_main)))


def keywords_of(video: Video, titles: Sequence[Product], rules: VideoMetadata) -> list[str]:
    """Our keywords: words for the titles' genres in the video's language."""
    language = video.language or next((each.code for product in titles for each in product.languages), "eng")
    return list(dict.fromkeys(word for code in genres_of(titles) for word in rules.words(code, language)))
