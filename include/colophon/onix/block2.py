"""Block 2 of a record as elements: texts, images and other files, prizes."""

from datetime import date

from colophon.onix.record import OnixProduct, SupportingResource
from colophon.onix.tree import Elements, Markup, day, each, optional


def collateral(record: OnixProduct) -> Elements:
    """`<CollateralDetail>`, where there is anything in it."""
    content: Elements = []
    for text in record.texts:
        language = f' language="{text.language}"' if text.language else ""
        written = Markup(text.text) if text.text_format == "05" else text.text
        body: Elements = [("TextType", text.text_type), *each("ContentAudience", text.audience)]
        body.append((f'Text{language} textformat="{text.text_format}"', written))
        content.append(("TextContent", body + _content_dates(text.from_on, None)))
    content += [("SupportingResource", _resource(resource)) for resource in record.resources]
    for prize in record.prizes:
        of_prize = optional(
            ("PrizeName", prize.name), ("PrizeYear", prize.year), ("PrizeCountry", prize.country), ("PrizeCode", prize.code)
        )
        content.append(("Prize", of_prize))
    return [("CollateralDetail", content)] if content else []


def _resource(resource: SupportingResource) -> Elements:
    """List 160 features are of the image (01 whom to credit, 02 caption), List 162 ones of its file (01 format, 02 height, 03 width)."""
    content: Elements = [("ResourceContentType", resource.content_type), *each("ContentAudience", resource.audience)]
    content.append(("ResourceMode", resource.mode))
    version: Elements = [("ResourceForm", resource.form)]
    if resource.facts:
        file_format, height, width, caption, credit = resource.facts
        for kind, words in (("01", credit), ("02", caption)):
            if words:
                content.append(("ResourceFeature", [("ResourceFeatureType", kind), ("FeatureNote", words)]))
        for kind, value in (("01", file_format), ("02", height), ("03", width)):
            if value:
                version.append(("ResourceVersionFeature", [("ResourceVersionFeatureType", kind), ("FeatureValue", str(value))]))
    version.append(("ResourceLink", resource.link))
    version += _content_dates(resource.from_on, resource.changed_on)
    return [*content, ("ResourceVersion", version)]


def _content_dates(from_on: date | None, changed_on: date | None) -> Elements:
    """List 155: 14 not before this day (embargo), 17 last updated."""
    roles = (("14", from_on), ("17", changed_on))
    return [("ContentDate", [("ContentDateRole", role), ("Date", day(on))]) for role, on in roles if on]
