"""BN-1, launch videos: a launch that is ready has its trailer and its cuts, made once of approved cover, title, author and date.

A work has one set, by the format that comes out first. Where the right to show video is nowhere ours, nothing is made, and what was made is withdrawn.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date

from colophon.blocks.ids import LAUNCH_VIDEOS
from colophon.domain.product import Product
from colophon.rights.status import RUNNING
from colophon.use_cases.bytenite.media_case import Files, Subject, media_case


def _works(products: Sequence[Product], files: Files) -> Iterator[Subject]:
    """Each work, by its first format; a file that this one lacks is that of another."""
    works = defaultdict[int, list[Product]](list)
    for product in products:
        works[product.work_id].append(product)
    for work_id, formats in sorted(works.items()):
        first = min(formats, key=lambda each: (each.publishing_status not in RUNNING, each.publication_on or date.max, each.id))
        found = {kind: asset for each in (*reversed(formats), first) for kind, asset in files.get(each.isbn13 or "", {}).items()}
        yield Subject(f"work:{work_id}", first, found)


CASE = media_case(LAUNCH_VIDEOS, _works, lambda config: config.media.videos)
