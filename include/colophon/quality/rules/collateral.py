"""C: what sells the book."""

import re
from collections.abc import Iterator
from html import unescape

from colophon.domain.product import TextKind
from colophon.onix.collateral import TEXT_TYPES
from colophon.quality.rule import C, Case, E, Fault, W, rule

_NAMES = "p br strong em b i u ul ol li dl dt dd h1 h2 h3 h4 h5 h6 a span div sub sup blockquote cite q ruby rb rt rp"
ALLOWED = frozenset(_NAMES.split())
"""Tags that a text may have."""
COVER_PIXELS = 1000
"""Of the longer side; the smallest that the large shops take without a word."""
_TAG_NAME, _TAG = re.compile(r"</?([a-zA-Z][a-zA-Z0-9]*)[^<>]*>"), re.compile(r"<[^>]*>")


@rule("C1", C, "There is a main description and exactly one short one", "Write the missing description; keep one short one.")
def descriptions(case: Case) -> Iterator[Fault]:
    """Main description (03), exactly one short description (02), where the recipient takes them."""
    taken = {limit.text_type for limit in case.profile.texts}
    written = [text.text_type for text in case.record.texts]
    if "03" in taken and "03" not in written:
        yield Fault("TextContent 03", None, "a main description")
    shorts = max(written.count("02"), sum(1 for text in case.product.texts if text.kind is TextKind.SHORT))
    if "02" in taken and (shorts > 1 or "02" not in written):
        yield Fault("TextContent 02", f"{shorts} short descriptions", "exactly one")


@rule("C1a", W, "Descriptions keep the recipient's length", "Shorten the text.", "recipient")
def lengths(case: Case) -> Iterator[Fault]:
    """Lengths by profile, counted without markup."""
    for limit in case.profile.texts:
        for text in case.record.texts:
            # Markup only adds: most texts need no counting without it.
            if text.text_type != limit.text_type or not (limit.min_chars or (limit.max_chars and len(text.text) > limit.max_chars)):
                continue
            length = len(unescape(_TAG.sub("", text.text)) if text.text_format == "05" else text.text)
            if length < limit.min_chars:
                yield Fault(f"TextContent {text.text_type}", f"{length} characters", f"at least {limit.min_chars}")
            if limit.max_chars and length > limit.max_chars:
                yield Fault(f"TextContent {text.text_type}", f"{length} characters", f"at most {limit.max_chars}")


@rule("C2", E, "Each text says whom it is for", "Give the text's audience.")
def text_audience(case: Case) -> Iterator[Fault]:
    """ContentAudience on each text."""
    for text in case.record.texts:
        if not text.audience:
            yield Fault("ContentAudience", None, "00 (anybody) or another code of List 154")


@rule("C3", W, "Markup stands only where it may, and only allowed tags", "Correct the text's markup at its source.")
def markup(case: Case) -> Iterator[Fault]:
    """Tags of XHTML only with textformat 05; no others than the subset."""
    for text in case.record.texts:
        tags = {tag.lower() for tag in _TAG_NAME.findall(text.text)}
        if tags and text.text_format != "05":
            yield Fault(f"TextContent {text.text_type}", sorted(tags), "plain text")
        elif strange := tags - ALLOWED:
            yield Fault(f"TextContent {text.text_type}", sorted(strange), "tags of ONIX's XHTML subset")


@rule("C4", C, "There is an approved front cover", "Have the cover approved and linked.")
def front_cover(case: Case) -> Iterator[Fault]:
    """Content 01, mode 03, form 02, approved."""
    covers = [r for r in case.record.resources if r.content_type == "01" and r.is_approved]
    if not covers and case.profile.images != "none":
        yield Fault("SupportingResource", None, "an approved front cover")
    for cover in covers:
        if (cover.mode, cover.form) != ("03", "02"):
            yield Fault("ResourceForm", f"{cover.mode}/{cover.form}", "03/02")


@rule("C4a", W, "A cover says since when it is the one to use", "Nothing by hand; the day is known from the next sending on.")
def cover_date(case: Case) -> Iterator[Fault]:
    """ContentDate role 17, without which recipients do not fetch a changed cover again."""
    for resource in case.record.resources:
        if resource.content_type == "01" and resource.changed_on is None:
            yield Fault("ContentDate", None, "the day from which the cover holds (role 17)")


@rule("C11", W, "A cover is large enough to look at", "Link a larger file; shops enlarge it, and some refuse a smaller one.", "recipient")
def cover_size(case: Case) -> Iterator[Fault]:
    """Pixels of the longer side, where they are known."""
    for cover in (resource for resource in case.record.resources if resource.content_type == "01" and resource.facts):
        sides = [side for side in (cover.facts.height, cover.facts.width) if side is not None] if cover.facts else []
        if sides and max(sides) < COVER_PIXELS:
            yield Fault("ResourceVersionFeature", f"{max(sides)} pixels", f"at least {COVER_PIXELS:,} on the longer side")


@rule("C5", E, "Text and image embargoes are kept", "Wait until the embargo is over, or lift it.")
def embargoes(case: Case) -> Iterator[Fault]:
    """No more texts may be shown today than are free today. (The system of record has no embargo on images.)"""
    for kind in {text.kind for text in case.product.texts if text.from_on and text.from_on > case.on}:
        text_type = TEXT_TYPES[kind]
        free = sum(1 for text in case.product.texts if text.kind is kind and not (text.from_on and text.from_on > case.on))
        shown = sum(1 for text in case.record.texts if text.text_type == text_type and not (text.from_on and text.from_on > case.on))
        if shown > free:
            yield Fault(f"TextContent {text_type}", "no embargo date", "a ContentDate that says from when it may be shown")
