"""Block 1 of a record as elements: what the product is, who made it, how long it is, what it is about, for whom."""

import re

from colophon.domain.supplement import Constraint
from colophon.onix.record import AudienceRange, Collection, Contributor, OnixProduct, Subject
from colophon.onix.tree import Elements, each, identifier_elements, number, optional

_SEQUENCE_NUMBER = re.compile(r"[1-9][0-9]*(\.[1-9][0-9]*)*")
"""What ONIX calls a sequence number, on one or more levels; 0.5 and IV are parts without one."""


def descriptive(record: OnixProduct, release: str) -> Elements:
    """The content of `<DescriptiveDetail>`."""
    content = _form(record)
    content += [("Collection", _collection(collection)) for collection in record.collections]
    content.append(("TitleDetail", [("TitleType", "01"), ("TitleElement", _title(record, release))]))
    content += _contributors(record.contributors)
    if record.contributor_statement and record.contributors:
        content.append(("ContributorStatement", record.contributor_statement))
    if record.no_contributor:
        content.append(("NoContributor", None))
    content += each("EditionType", record.edition_types)
    if record.edition_number is not None:
        content.append(("EditionNumber", str(record.edition_number)))
    if record.edition_statement:
        content.append(("EditionStatement", record.edition_statement))
    content += [("Language", [("LanguageRole", entry.role), ("LanguageCode", entry.code)]) for entry in record.languages]
    for extent in record.extents:
        length: Elements = [("ExtentType", extent.extent_type), ("ExtentValue", extent.value)]
        content.append(("Extent", [*length, ("ExtentUnit", extent.unit)]))
    if record.illustrations is not None:
        content.append(("Illustrated", "02" if record.illustrations else "01"))
        content += optional(("NumberOfIllustrations", str(record.illustrations) if record.illustrations else None))
    content += optional(("IllustrationsNote", record.illustrations_note))
    content += [("Subject", _subject(subject)) for subject in record.subjects]
    for audience in record.audiences:
        content.append(("Audience", [("AudienceCodeType", audience.code_type), ("AudienceCodeValue", audience.code)]))
    content += [("AudienceRange", _audience_range(span)) for span in record.audience_ranges]
    return content


def constraint_elements(prefix: str, unit: str, constraint: Constraint) -> Elements:
    """Type and status of a usage or of what a price allows, and its limit."""
    content: Elements = [(f"{prefix}Type", constraint.usage), (f"{prefix}Status", constraint.status)]
    if constraint.quantity is not None and constraint.unit:
        content.append((f"{prefix}Limit", [("Quantity", number(constraint.quantity)), (unit, constraint.unit)]))
    return content


def _form(record: OnixProduct) -> Elements:
    """What kind of thing it is, and what may be done with it."""
    content: Elements = [("ProductComposition", record.product_composition), ("ProductForm", record.product_form)]
    content += each("ProductFormDetail", record.product_form_details)
    for kind, value, words in record.form_features:
        feature: Elements = [("ProductFormFeatureType", kind)]
        feature += optional(("ProductFormFeatureValue", value), ("ProductFormFeatureDescription", words))
        content.append(("ProductFormFeature", feature))
    content += optional(
        ("ProductPackaging", record.packaging),
        ("ProductFormDescription", record.form_description),
        ("TradeCategory", record.trade_category),
    )
    for place, code in enumerate(record.content_types):
        content.append(("ProductContentType" if place else "PrimaryContentType", code))
    for measure in record.measures:
        size: Elements = [("MeasureType", measure.measure_type), ("Measurement", number(measure.value))]
        content.append(("Measure", [*size, ("MeasureUnitCode", measure.unit)]))
    content += optional(("CountryOfManufacture", record.country_of_manufacture))
    content += each("EpubTechnicalProtection", record.protections)
    content += [("EpubUsageConstraint", constraint_elements("EpubUsage", "EpubUsageUnit", entry)) for entry in record.constraints]
    if record.license:
        content.append(("EpubLicense", _license(record.license.name, record.license.link)))
    for entry in record.classifications:
        content.append(
            ("ProductClassification", [("ProductClassificationType", entry.code), ("ProductClassificationCode", entry.text or "")])
        )
    for part in record.product_parts:
        ids: Elements = [("ProductIdentifier", identifier_elements("ProductIDType", identifier)) for identifier in part.identifiers]
        form: Elements = [("ProductForm", part.product_form), *optional(("ProductFormDetail", part.product_form_detail))]
        content.append(("ProductPart", [*ids, *form, ("NumberOfCopies", str(part.number_of_copies))]))
    return content


def _license(name: str, link: str | None) -> Elements:
    """An open licence; List 218: 01 is for people to read."""
    content: Elements = [("EpubLicenseName", name)]
    if link:
        content.append(("EpubLicenseExpression", [("EpubLicenseExpressionType", "01"), ("EpubLicenseExpressionLink", link)]))
    return content


def _collection(collection: Collection) -> Elements:
    """A series; one that is part of another stands a level below it (List 149: 02, 03)."""
    content: Elements = [("CollectionType", "10")]
    content += [("CollectionIdentifier", identifier_elements("CollectionIDType", identifier)) for identifier in collection.identifiers]
    titles: Elements = []
    if collection.part_number:
        if _SEQUENCE_NUMBER.fullmatch(collection.part_number):
            sequence: Elements = [("CollectionSequenceType", "02"), ("CollectionSequenceNumber", collection.part_number)]
            content.append(("CollectionSequence", sequence))
        titles.append(("TitleElement", [("TitleElementLevel", "01"), ("PartNumber", collection.part_number)]))
    if collection.parent:
        titles.append(("TitleElement", [("TitleElementLevel", "02"), ("TitleText", collection.parent)]))
    titles.append(("TitleElement", [("TitleElementLevel", "03" if collection.parent else "02"), ("TitleText", collection.title)]))
    return [*content, ("TitleDetail", [("TitleType", "01"), *titles])]


def _title(record: OnixProduct, release: str) -> Elements:
    """TitleText is deprecated in 3.1, which wants to be told that there is no prefix; 3.0 recipients know the plain form best."""
    content: Elements = [("TitleElementLevel", "01")]
    if record.title_prefix and record.title_without_prefix:
        content += [("TitlePrefix", record.title_prefix), ("TitleWithoutPrefix", record.title_without_prefix)]
    elif record.title_without_prefix and release == "3.1":
        content += [("NoPrefix", None), ("TitleWithoutPrefix", record.title_without_prefix)]
    else:
        content.append(("TitleText", record.title))
    if record.subtitle:
        content.append(("Subtitle", record.subtitle))
    return content


def _contributors(contributors: list[Contributor]) -> Elements:
    """The schema takes each number once, from 1; who shares a number (D3 reports it) is written without."""
    content: Elements = []
    numbers: set[int] = set()
    for contributor in contributors:
        is_new = contributor.sequence > 0 and contributor.sequence not in numbers
        numbers.add(contributor.sequence)
        place: Elements = [("SequenceNumber", str(contributor.sequence))] if is_new else []
        content.append(("Contributor", [*place, *_contributor(contributor)]))
    return content


def _contributor(contributor: Contributor) -> Elements:
    content: Elements = each("ContributorRole", contributor.roles) + optional(("FromLanguage", contributor.from_language))
    content += [("NameIdentifier", identifier_elements("NameIDType", identifier)) for identifier in contributor.identifiers]
    if contributor.corporate_name:
        content.append(("CorporateName", contributor.corporate_name))
    elif contributor.unnamed:
        content.append(("UnnamedPersons", contributor.unnamed))
    elif contributor.person_name:
        content.append(("PersonName", contributor.person_name))
        content += optional(("PersonNameInverted", contributor.name_inverted))
        if contributor.parts:
            key, before, prefix, suffix = contributor.parts
            content += optional(("NamesBeforeKey", before), ("PrefixToKey", prefix), ("KeyNames", key), ("SuffixToKey", suffix))
    if contributor.link:
        content.append(("Website", [("WebsiteRole", "06"), ("WebsiteLink", contributor.link)]))
    if contributor.place:
        content.append(("ContributorPlace", [("ContributorPlaceRelator", "00"), ("CountryCode", contributor.place)]))
    return content


def _subject(subject: Subject) -> Elements:
    content: Elements = [("MainSubject", None)] if subject.is_main else []
    content.append(("SubjectSchemeIdentifier", subject.scheme))
    if subject.version:
        content.append(("SubjectSchemeVersion", subject.version))
    content.append(("SubjectHeadingText", subject.heading) if subject.heading else ("SubjectCode", subject.code))
    return content


def _audience_range(span: AudienceRange) -> Elements:
    content: Elements = [("AudienceRangeQualifier", span.qualifier)]
    for precision, value in (("03", span.value_from), ("04", span.value_to)):
        if value is not None:
            content += [("AudienceRangePrecision", precision), ("AudienceRangeValue", value)]
    return content
