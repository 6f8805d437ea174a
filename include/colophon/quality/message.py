"""M: rules about a message as a whole. They guard our own work: a breach is a mistake of the sender, and stops the feed."""

from collections.abc import Iterator, Sequence

from colophon.errors import ConflictError
from colophon.onix.profile import Profile
from colophon.onix.write import Header
from colophon.quality.rule import E, Fault, Rule, W


def _none(_case: object) -> Iterator[Fault]:
    return iter(())


MESSAGE_RULES = {
    r.id: r
    for r in (
        Rule("M1", E, "standard", "A RecordReference stands once in a message", "Send one record for each product.", _none),
        Rule("M2", E, "standard", "Message numbers rise", "Never reuse a number; a resend has MessageRepeat.", _none),
        Rule("M3", E, "standard", "The sending time has a zone", "Give the time with its offset.", _none),
        Rule("M4", E, "standard", "An empty message says NoProduct", "Write NoProduct, or send nothing.", _none),
        Rule("M5", E, "standard", "Release and namespace agree", "Take both from the profile.", _none),
        Rule("M6", W, "standard", "No header defaults in 3.1", "Write the values in each record.", _none),
    )
}

HEADER_DEFAULTS = (b"<DefaultLanguageOfText", b"<DefaultPriceType", b"<DefaultCurrencyCode", b"<m184", b"<x310", b"<m186")
"""Elements of the header that set values for all records, in both tag styles."""


def check_message(
    header: Header, profile: Profile, *, references: Sequence[str], last_number: int, products: int, first_bytes: bytes
) -> None:
    """Check a message before it goes out.

    :raises ConflictError: naming the rule.
    """
    for rule_id, broken, what in (
        ("M1", len(set(references)) != len(references), "a RecordReference stands twice"),
        ("M2", header.number <= last_number and header.repeat < 2, f"number {header.number} is not above {last_number}"),
        ("M3", header.sent_at.tzinfo is None, "the sending time has no zone"),
        ("M4", products == 0 and b"NoProduct" not in first_bytes and b"x507" not in first_bytes, "neither a product nor NoProduct"),
        ("M5", f"/onix/{profile.release}/{profile.tags}".encode() not in first_bytes, "namespace and release differ"),
        ("M6", profile.release == "3.1" and any(tag in first_bytes for tag in HEADER_DEFAULTS), "a header default"),
    ):
        if broken:
            raise ConflictError(f"{rule_id}: {what}", subject=f"feed:{profile.id}", remedy=MESSAGE_RULES[rule_id].remedy)
