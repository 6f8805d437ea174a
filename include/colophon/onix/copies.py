"""Texts that another system owns, in the place of editorial ones: for the recipients that they were written for, while nobody wrote anything newer."""

import hashlib

from colophon.domain.product import Product, TextKind
from colophon.domain.supplement import Copy, Supplement

FEATURE = "feature"


def base_of(product: Product, kind: str) -> str:
    """A mark of the editorial texts of a kind as they are now; features have none."""
    texts = sorted((text.id, text.html) for text in product.texts if text.kind == kind)
    return hashlib.sha256(repr(texts).encode()).hexdigest()[:16] if kind in set(TextKind) else ""


def is_current(copy: Copy, product: Product) -> bool:
    """Whether the editorial text that it was written from is as it was."""
    return copy.base == base_of(product, copy.kind)


def copies_for(product: Product, facts: Supplement, recipient: str, kind: str) -> list[Copy]:
    """What stands for a kind of text in a recipient's record: of its channel, else what is for all; nothing where the editorial text is newer.

    Words in another language than the product's stand for nothing.
    """
    languages = {entry.code for entry in product.languages if entry.role == "01"}
    fitting = [
        copy
        for copy in facts.copies
        if copy.kind == kind
        and recipient in copy.recipients
        and copy.language in (languages or {copy.language})
        and is_current(copy, product)
    ]
    return [copy for copy in fitting if copy.channel] or fitting
