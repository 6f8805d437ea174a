"""Block 2 of a record: marketing texts and the cover."""

from datetime import date

from colophon.domain.links import is_public_link
from colophon.domain.product import Product, TextKind
from colophon.domain.supplement import File, Supplement
from colophon.onix.copies import FEATURE, copies_for
from colophon.onix.prior import Prior
from colophon.onix.profile import Profile
from colophon.onix.record import Omission, SupportingResource, TextContent
from colophon.onix.record_details import FileFacts
from colophon.onix.text import control_character, line
from colophon.onix.xhtml import plain, xhtml
from colophon.onix.xml import ILLEGAL

XHTML = "05"

# List 153.
TEXT_TYPES = {TextKind.SHORT: "02", TextKind.MAIN: "03", TextKind.REVIEW: "06", TextKind.BIOGRAPHICAL_NOTE: "12"}
KINDS_OF_COPY = {"02": "short", "03": "main", "11": FEATURE}

# List 178 by the ending of a file's name.
FORMATS = {
    "jpg": "D502",
    "jpeg": "D502",
    "png": "D503",
    "gif": "D501",
    "tif": "D504",
    "tiff": "D504",
    "webp": "D509",
    "svg": "D510",
    "mp3": "A103",
    "wav": "A104",
    "aac": "A107",
    "mp4": "D105",
    "pdf": "E107",
    "epub": "E101",
    "html": "E105",
    "txt": "E112",
}


def texts(product: Product, facts: Supplement, profile: Profile, omissions: list[Omission]) -> list[TextContent]:
    """The texts that the recipient takes, in its format; never cut: lengths are judged (C1). An embargo stays with its text (C5).

    Words of the portal stand in the place of ours while ours are as they were; features are texts of their own.
    """
    omissions += [control_character(f"text {text.kind}", text.html) for text in product.texts if ILLEGAL.search(text.html)]
    built = []
    for limit in profile.texts:
        ours = sorted((text for text in product.texts if TEXT_TYPES[text.kind] == limit.text_type), key=lambda text: text.id)
        told = [(text.html, text.from_on) for text in ours]
        if kind := KINDS_OF_COPY.get(limit.text_type):
            begins = max((text.from_on for text in ours if text.from_on), default=None)
            told = [(copy.html, begins) for copy in copies_for(product, facts, profile.id, kind)] or told
        for html, from_on in told:
            if content := xhtml(html) if limit.text_format == XHTML else plain(html):
                built.append(TextContent(limit.text_type, content, limit.text_format, from_on=from_on))
    return built


def resources(
    product: Product, facts: Supplement, profile: Profile, prior: Prior, day: date, omissions: list[Omission]
) -> list[SupportingResource]:
    """The first approved front cover with a link that anybody can follow (C4), then the supplement's files.

    A cover that nobody is known to have approved stays back. A link into the portal is for our own people: it is said where there is no other.
    """
    if profile.images == "none":
        return []
    about = {_address(file.link): file for file in facts.files}
    covers = [resource for resource in product.resources if resource.kind == "front_cover" and resource.is_approved]
    cover = next((each for each in covers if _followed(each.url)), next(iter(covers), None))
    built = []
    if cover and (link := _public(cover.url, omissions)):
        caption = line(cover.caption, "caption", omissions) if cover.caption != "Front cover" else None
        of_cover = _facts(link, about.pop(link, None), caption)
        built.append(SupportingResource("01", "03", "02", link, changed_on=_changed_on(link, prior, day), facts=of_cover))
    for file in about.values():
        if (link := _public(file.link, omissions)) and not (built and file.content == "01"):
            changed_on = _changed_on(link, prior, day)
            of_file = _facts(link, file, None)
            built.append(
                SupportingResource(file.content, file.mode, file.form, link, changed_on=changed_on, from_on=file.from_on, facts=of_file)
            )
    return built


def _address(url: str) -> str:
    return url.strip().replace(" ", "%20")


def _followed(url: str) -> str | None:
    """The link that everybody can follow; None where there is none."""
    link = _address(url)
    return link if is_public_link(link) and not ILLEGAL.search(link) else None


def _public(url: str, omissions: list[Omission]) -> str | None:
    """As `_followed`; what nobody can follow is said."""
    if link := _followed(url):
        return link
    omissions.append(Omission("C4", "cover", url.partition(":")[0][:20], "a link to a public host that anybody can follow"))
    return None


def _facts(link: str, file: File | None, caption: str | None) -> FileFacts:
    """Format by the link's ending (List 178), and what the supplement knows of the file."""
    ending = link.split("?", maxsplit=1)[0].rpartition(".")[2].lower()
    height, width, credit = (file.height, file.width, file.credit) if file else (None, None, None)
    return FileFacts(FORMATS.get(ending), height, width, caption, credit)


def _changed_on(link: str, prior: Prior, day: date) -> date | None:
    """The day on which this recipient first gets this link, kept from record to record so that nothing changes by itself."""
    return None if prior.cover_dates is None else prior.cover_dates.get(link, day)
