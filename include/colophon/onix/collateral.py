"""Block 2 of a record: marketing texts and the cover."""

from datetime import date

from colophon.domain.links import is_public_link
from colophon.domain.product import Product, Resource, TextKind
from colophon.onix.profile import Profile, TextLimit
from colophon.onix.record import Omission, Prior, SupportingResource, TextContent
from colophon.onix.text import control_character
from colophon.onix.xhtml import plain, xhtml
from colophon.onix.xml import ILLEGAL

XHTML = "05"

# List 153.
TEXT_TYPES = {TextKind.SHORT: "02", TextKind.MAIN: "03", TextKind.REVIEW: "06", TextKind.BIOGRAPHICAL_NOTE: "12"}


def texts(product: Product, limits: tuple[TextLimit, ...], omissions: list[Omission]) -> list[TextContent]:
    """The texts that the recipient takes, in its format; never cut: lengths are judged (C1). An embargo stays with its text (C5)."""
    omissions += [control_character(f"text {text.kind}", text.html) for text in product.texts if ILLEGAL.search(text.html)]
    built = []
    for limit in limits:
        for text in sorted((text for text in product.texts if TEXT_TYPES[text.kind] == limit.text_type), key=lambda text: text.id):
            content = xhtml(text.html) if limit.text_format == XHTML else plain(text.html)
            if content:
                built.append(TextContent(limit.text_type, content, limit.text_format, from_on=text.from_on))
    return built


def resources(product: Product, profile: Profile, prior: Prior, day: date, omissions: list[Omission]) -> list[SupportingResource]:
    """The first approved front cover, by link (C4); a cover that nobody is known to have approved does not go out."""
    covers = (resource for resource in product.resources if resource.kind == "front_cover" and resource.is_approved)
    cover = next(covers, None)
    if cover is None or profile.images == "none":
        return []
    link = cover.url.strip().replace(" ", "%20")
    if not is_public_link(link) or ILLEGAL.search(link):
        omissions.append(Omission("C4", "cover", _scheme(cover), "a link that begins with https:// and leads to a public host"))
        return []
    return [SupportingResource("01", "03", "02", link, changed_on=_changed_on(link, prior, day))]


def _changed_on(link: str, prior: Prior, day: date) -> date | None:
    """The day on which this recipient first gets this link, kept from record to record so that nothing changes by itself."""
    return None if prior.cover_dates is None else prior.cover_dates.get(link, day)


def _scheme(cover: Resource) -> str:
    return cover.url.partition(":")[0][:20]
