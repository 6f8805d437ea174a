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
        "composition, scale of a map; position of a barcode; share of a classification; how many items of one form",
        "form with details and features, packaging, barcode, classification, protection, usage, parts",
        ("ProductComposition", "MapScale", "ProductClassificationTypeName", "Percent", "PrimaryPart", "NumberOfItemsOfThisForm"),
    ),
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
        "about contributors: biography, dates, affiliation, alternative names, other identifiers, gender; juries and statements of prizes",
        "name, inverted name, ISNI, role and place in the order, country, website; prizes of the product",
        (
            *(
                "BiographicalNote",
                "ContributorDate",
                "ProfessionalAffiliation",
                "AlternativeName",
                "ContributorPlaceRelator",
                "LocationName",
            ),
            *("ContributorDescription", "ContributorStatement", "NoContributor", "FromLanguage", "ToLanguage", "NameType"),
            *("PrizeStatement", "PrizeJury", "PrizeRegion", "PrizeIdentifier", "AwardingBody", "WebsiteRole", "WebsiteDescription"),
        ),
    ),
    NotHeld(
        "editions by version; events",
        "number, types and statement of the edition",
        ("EditionVersionNumber", "NoEdition", "Event", "ReligiousText"),
    ),
    NotHeld("script, country and region of a language", "role and code of each language", ("ScriptCode", "RegionCode")),
    NotHeld("theses", "nothing", ("ThesisType", "ThesisPresentedTo", "ThesisYear")),
    NotHeld("page numbers in Roman numerals", "the count in digits", ("ExtentValueRoman",)),
    NotHeld("illustrations by kind", "number of illustrations and a note", ("AncillaryContent", "Illustrated")),
    NotHeld(
        "subjects of other schemes, people and places as subjects",
        "codes of Thema, BISAC and BIC, which are main, versions of schemes; keywords",
        ("SubjectSchemeName", "NameAsSubject"),
    ),
    NotHeld(
        "audiences in words; complexity",
        "codes of audiences, interest and reading age in years",
        ("MainAudience", "AudienceCodeTypeName", "AudienceHeadingText", "AudienceDescription", "Complexity"),
    ),
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
    NotHeld("contents, chapter by chapter", "nothing", ("ContentDetail",)),
    NotHeld("promotion, production files", "nothing", ("PromotionDetail", "ProductionDetail")),
    NotHeld(
        "other names of imprint and publisher, their roles and identifiers",
        "name of the imprint",
        ("ImprintIdentifier", "ImprintNameInverted", "PublisherNameInverted", "PublisherIdentifier", "PublishingRole", "Funding"),
    ),
    NotHeld("country of publication, reprints", "city of publication", ("CountryOfPublication", "LatestReprintNumber")),
    NotHeld("contacts for questions of safety, rights and access", "nothing", ("ProductContact",)),
    NotHeld("other dates than publication; embargo; a note on the status", "publication date", ("PublishingStatusNote",)),
    NotHeld(
        "kinds and identifiers of copyright owners; outlets by identifier, days of a restriction; who else publishes it in a territory",
        "countries for sale and not for sale, or worldwide; year and owner of the copyright; restrictions of sale",
        ("CopyrightType", "CopyrightStatementText", "CopyrightOwnerIdentifier", "SalesOutletIdentifier", "StartDate", "EndDate"),
    ),
    NotHeld(
        "several markets, their publishers, dates and statuses",
        "availability as the first supplier says it, prices of all",
        ("MarketReference", "MarketPublishingDetail"),
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
            *("PositionOnProduct", "PriceCoded", "PricePer"),
        ),
    ),
)
"""In the order of ONIX's blocks."""

_READ = """
ProductFormDetail ProductFormFeature ProductFormFeatureType ProductFormFeatureValue ProductFormFeatureDescription ProductPackaging
ProductFormDescription TradeCategory PrimaryContentType ProductContentType Barcode BarcodeType CountryOfManufacture
ProductClassification ProductClassificationType ProductClassificationCode EpubTechnicalProtection EpubUsageConstraint EpubUsageType
EpubUsageStatus EpubUsageLimit Quantity EpubUsageUnit ProductPart NumberOfCopies EditionType NumberOfIllustrations IllustrationsNote
SubjectSchemeVersion SubjectHeadingText Audience AudienceCodeType AudienceCodeValue AudienceRange AudienceRangeQualifier
AudienceRangePrecision AudienceRangeValue Website WebsiteLink ContributorPlace CountryCode ResourceMode ResourceForm
ResourceVersionFeature ResourceVersionFeatureType Prize PrizeName PrizeYear PrizeCountry PrizeCode CityOfPublication
CopyrightStatement CopyrightYear CopyrightOwner SalesRestriction SalesRestrictionType SalesOutlet SalesOutletName
SalesRestrictionNote RelatedMaterial RelatedWork WorkRelationCode WorkIdentifier WorkIDType RelatedProduct ProductRelationCode Market
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
