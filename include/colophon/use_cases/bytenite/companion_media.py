"""BN-8, companion media: an audiobook that is scheduled has its sample and its excerpt, by its own format's date and master.

A book without an audiobook has none of this. Where one may be heard is for `clearance` to say, as of all that the video library has.
"""

from collections.abc import Iterator, Sequence

from colophon.blocks.ids import COMPANION_MEDIA
from colophon.domain.product import Product
from colophon.use_cases.bytenite.media_case import Files, Subject, media_case

AUDIO = frozenset({"ElectronicAudioProduct", "PhysicalAudioProduct"})


def _audiobooks(products: Sequence[Product], files: Files) -> Iterator[Subject]:
    for product in sorted(products, key=lambda product: product.id):
        if product.kind in AUDIO:
            yield Subject(f"isbn:{product.isbn13}", product, files.get(product.isbn13 or "", {}))


CASE = media_case(COMPANION_MEDIA, _audiobooks, lambda config: config.media.companions)
