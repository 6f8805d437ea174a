"""Which elements of an ONIX product the import reads, and what becomes of all others: the page of the import is made of this."""

from typing import NamedTuple


class NotHeld(NamedTuple):
    """Something that ONIX says and Consonance's shape has no place for; `elements` are reference names, with all that is in them."""

    what: str
    held_instead: str
    elements: tuple[str, ...]


NOT_HELD = (
    NotHeld(
        "who says so: source of the record, deletion text",
        "nothing",
        ("RecordSourceType", "RecordSourceIdentifier", "RecordSourceName", "DeletionText"),
    ),
    NotHeld(
        "how it is packed, made, protected and classified; barcode, form details and features",
        "the form's code",
        (
            *("ProductComposition", "ProductPackaging", "ProductFormDetail", "ProductFormFeature", "ProductFormDescription"),
            *("PrimaryContentType", "ProductContentType", "TradeCategory", "Barcode", "CountryOfManufacture", "ProductClassification"),
            *("EpubTechnicalProtection", "EpubUsageConstraint", "MapScale"),
        ),
    ),
    NotHeld("items of a multiple-item product", "the form's code", ("ProductPart",)),
    NotHeld("several titles of several types; titles on three levels and more", "one title, prefix and subtitle", ("TitleStatement",)),
    NotHeld(
        "what kind of collection it is, its sequence by type, its contributors",
        "name, ISSN and number of each series",
        (
            "CollectionType",
            "SourceName",
            "CollectionSequenceType",
            "CollectionSequenceTypeName",
            "CollectionFrequency",
            "CollectionElementLevel",
            "NoCollection",
        ),
    ),
    NotHeld(
        "about contributors: biography, places, dates, affiliation, websites, alternative names, other identifiers, gender",
        "name, inverted name, ISNI, role and place in the order",
        (
            *("BiographicalNote", "ContributorPlace", "ContributorDate", "ProfessionalAffiliation", "Website", "AlternativeName"),
            *("ContributorDescription", "ContributorStatement", "NoContributor", "FromLanguage", "ToLanguage", "NameType"),
            *("Prize",),
        ),
    ),
    NotHeld(
        "editions by type and version; events",
        "number and statement of the edition",
        ("EditionType", "EditionVersionNumber", "NoEdition", "Event", "ReligiousText"),
    ),
    NotHeld("script and country of a language", "role and code of each language", ("ScriptCode", "RegionCode", "CountryCode")),
    NotHeld("theses", "nothing", ("ThesisType", "ThesisPresentedTo", "ThesisYear")),
    NotHeld("page numbers in Roman numerals", "the count in digits", ("ExtentValueRoman",)),
    NotHeld("illustrations", "nothing", ("IllustrationsNote", "NumberOfIllustrations", "AncillaryContent", "Illustrated")),
    NotHeld(
        "subjects of other schemes, keywords, people and places as subjects; versions and headings",
        "codes of Thema, BISAC and BIC, and which are main",
        ("SubjectSchemeName", "SubjectSchemeVersion", "SubjectHeadingText", "NameAsSubject"),
    ),
    NotHeld("audiences and reading ages", "nothing", ("Audience", "AudienceRange", "AudienceDescription", "Complexity")),
    NotHeld(
        "texts of other types than 02, 03, 06 and 12; their audiences, authors and sources; ratings",
        "short and main description, review, biographical note, each with its first day",
        (
            "ContentAudience",
            "TextAuthor",
            "TextSourceCorporate",
            "TextSourceDescription",
            "TextSource",
            "TextSourceLink",
            "SourceTitle",
            "ReviewRating",
        ),
    ),
    NotHeld("quotations and citations", "nothing", ("CitedContent",)),
    NotHeld(
        "files and images that are no front cover; modes, forms, sizes and dates of files",
        "link and caption of the front cover",
        ("ResourceMode", "ResourceForm", "ResourceVersionFeature"),
    ),
    NotHeld("contents, chapter by chapter", "nothing", ("ContentDetail",)),
    NotHeld("promotion, production files", "nothing", ("PromotionDetail", "ProductionDetail")),
    NotHeld(
        "other names of imprint and publisher, their roles and identifiers",
        "name of the imprint",
        ("ImprintIdentifier", "ImprintNameInverted", "PublisherNameInverted", "PublisherIdentifier", "PublishingRole", "Funding"),
    ),
    NotHeld("places of publication", "nothing", ("CityOfPublication", "CountryOfPublication", "LatestReprintNumber")),
    NotHeld("contacts for questions of safety, rights and access", "nothing", ("ProductContact",)),
    NotHeld("other dates than publication; embargo; a note on the status", "publication date", ("PublishingStatusNote",)),
    NotHeld(
        "copyright; restrictions of sale; who else publishes it in a territory",
        "countries for sale and not for sale, or worldwide",
        ("CopyrightStatement", "CopyrightStatementText", "SalesRestriction"),
    ),
    NotHeld("related works and products", "formats of one work, where Consonance has them", ("RelatedMaterial",)),
    NotHeld(
        "several markets, their publishers, dates and statuses",
        "availability as the first supplier says it, prices of all",
        ("Market", "MarketReference", "MarketPublishingDetail"),
    ),
    NotHeld(
        "suppliers: names, roles, returns, packs, stock and dates of supply",
        "nothing",
        (
            "Supplier",
            "SupplierOwnCoding",
            "ReturnsConditions",
            "SupplyDate",
            "OrderTime",
            "NewSupplier",
            "Stock",
            "PackQuantity",
            "PalletQuantity",
            "SupplyContact",
            "OrderQuantityMinimum",
            "OrderQuantityMultiple",
        ),
    ),
    NotHeld(
        "prices: tax, discount, territory, conditions, status, batches, position on the product",
        "amount, currency, type, qualifier, first and last day",
        (
            *("PriceIdentifier", "PriceTypeDescription", "PriceCondition", "PriceConstraint", "MinimumOrderQuantity", "BatchBonus"),
            *("DiscountCoded", "Discount", "PriceStatus", "Tax", "TaxExempt", "ComparisonProductPrice", "PrintedOnProduct"),
            *("PositionOnProduct", "PriceCoded", "PricePer", "EpubTechnicalProtection"),
        ),
    ),
)
"""In the order of ONIX's blocks."""

_READ = """
RecordReference NotificationType ProductIdentifier ProductIDType IDTypeName IDValue DescriptiveDetail ProductForm Measure
MeasureType Measurement MeasureUnitCode Collection CollectionIdentifier CollectionIDType CollectionSequence
CollectionSequenceNumber TitleDetail TitleType TitleElement TitleElementLevel SequenceNumber PartNumber YearOfAnnual TitlePrefix
NoPrefix TitleWithoutPrefix TitleText Subtitle Contributor ContributorRole PersonName PersonNameInverted TitlesBeforeNames
NamesBeforeKey PrefixToKey KeyNames NamesAfterKey SuffixToKey LettersAfterNames TitlesAfterNames CorporateName
CorporateNameInverted UnnamedPersons NameIdentifier NameIDType EditionNumber EditionStatement Language LanguageRole LanguageCode
Extent ExtentType ExtentValue ExtentUnit Subject MainSubject SubjectSchemeIdentifier SubjectCode CollateralDetail TextContent
TextType Text ContentDate ContentDateRole Date SupportingResource ResourceContentType ResourceFeature ResourceFeatureType
FeatureNote FeatureValue ResourceVersion ResourceLink PublishingDetail Imprint ImprintName Publisher PublisherName
PublishingStatus PublishingDate PublishingDateRole SalesRights SalesRightsType ROWSalesRightsType Territory CountriesIncluded
RegionsIncluded CountriesExcluded RegionsExcluded ProductSupply SupplyDetail ProductAvailability UnpricedItemType Price PriceType
PriceQualifier PriceAmount CurrencyCode PriceDate PriceDateRole
"""
READ = frozenset(_READ.split())
"""Reference names of the elements of a product that come in, whole or by some of their codes."""
