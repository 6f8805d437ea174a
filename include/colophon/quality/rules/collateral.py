"""C: what sells the book."""

import re
from collections.abc import Iterator

from colophon.domain.product import TextKind
from colophon.quality.rule import C, Case, E, Fault, W, rule, short

ALLOWED = frozenset(
    [
        "p",
        "br",
        "strong",
        "em",
        "b",
        "i",
        "u",
        "ul",
        "ol",
        "li",
        "dl",
        "dt",
        "dd",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "a",
        "span",
        "div",
        "sub",
        "sup",
        "blockquote",
        "cite",
        "q",
        "ruby",
        "rb",
        "rt",
        "rp",
    ]
)
_TAG = re.compile(r"</?([a-zA-Z][a-zA-Z0-9]*)")


@rule("C1", C, "There is a main description and exactly one short one", "Write the missing description; keep one short one.")
def descriptions(case: Case) -> Iterator[Fault]:
    """Main description (03), exactly one short description (02)."""
    written = [t.text_type for t in case.record.texts]
    if "03" not in written:
        yield Fault("TextContent 03", "none", "a main description")
    shorts = sum(1 for t in case.product.texts if t.kind is TextKind.SHORT)
    if written.count("02") != 1 or shorts > 1:
        yield Fault("TextContent 02", f"{max(shorts, written.count('02'))} short descriptions", "exactly one")


@rule("C1a", W, "Descriptions keep the recipient's length", "Shorten the text.", "recipient")
def lengths(case: Case) -> Iterator[Fault]:
    """Lengths by profile, counted without markup."""
    limits = {limit.text_type: limit for limit in case.profile.texts}
    for text in case.record.texts:
        limit, length = limits.get(text.text_type), len(_TAG.sub("", text.text))
        if limit and length < limit.min_chars:
            yield Fault(f"TextContent {text.text_type}", f"{length} characters", f"at least {limit.min_chars}")
    for kind, number in ((TextKind.SHORT, "02"), (TextKind.MAIN, "03")):
        limit = limits.get(number)
        for source in case.product.texts:
            plain = re.sub(r"<[^>]+>", "", source.html).strip()
            if source.kind is kind and limit and limit.max_chars and len(plain) > limit.max_chars:
                yield Fault(f"TextContent {number}", f"{len(plain)} characters", f"at most {limit.max_chars}")


@rule("C2", E, "Each text says whom it is for", "Give the text's audience.")
def text_audience(case: Case) -> Iterator[Fault]:
    """ContentAudience on each text."""
    for text in case.record.texts:
        if not text.audience:
            yield Fault("ContentAudience", "none", "00 (anybody) or another code of List 154")


@rule("C3", W, "Markup stands only where it may, and only allowed tags", "Correct the text's markup at its source.")
def markup(case: Case) -> Iterator[Fault]:
    """Tags of XHTML only with textformat 05; no others than the subset; no control characters."""
    for text in case.record.texts:
        tags = {tag.lower() for tag in _TAG.findall(text.text)}
        if tags and text.text_format != "05":
            yield Fault(f"TextContent {text.text_type}", short(", ".join(sorted(tags))), "plain text")
        elif strange := tags - ALLOWED:
            yield Fault(f"TextContent {text.text_type}", short(", ".join(sorted(strange))), "tags of ONIX's XHTML subset")


@rule("C4", C, "There is an approved front cover", "Have the cover approved and linked.")
def front_cover(case: Case) -> Iterator[Fault]:
    """Content 01, mode 03, form 02, approved."""
    covers = [r for r in case.record.resources if r.content_type == "01" and r.is_approved]
    if not covers and case.profile.images != "none":
        yield Fault("SupportingResource", "none", "an approved front cover")
    for cover in covers:
        if (cover.mode, cover.form) != ("03", "02"):
            yield Fault("ResourceForm", f"{cover.mode}/{cover.form}", "03/02")


@rule("C5", E, "Text and image embargoes are kept", "Wait until the embargo is over, or lift it.")
def embargoes(case: Case) -> Iterator[Fault]:
    """Nothing goes out before its day without saying so."""
    embargoed = {t.html: t.from_on for t in case.product.texts if t.from_on and t.from_on > case.on}
    if not embargoed:
        return
    kinds = {t.kind for t in case.product.texts if t.from_on and t.from_on > case.on}
    numbers = {TextKind.SHORT: "02", TextKind.MAIN: "03", TextKind.REVIEW: "06", TextKind.BIOGRAPHICAL_NOTE: "12"}
    for kind in sorted(kinds):
        for text in case.record.texts:
            if text.text_type == numbers[kind] and text.from_on is None and _is_only(case, kind):
                yield Fault(f"TextContent {text.text_type}", "no embargo date", "a ContentDate that says from when it may be shown")


def _is_only(case: Case, kind: TextKind) -> bool:
    """Whether every text of a kind is under embargo, so that the one written must be."""
    return all(t.from_on and t.from_on > case.on for t in case.product.texts if t.kind is kind)
