"""Which elements are asked for, by whom, and which field of ours fills each: the page `docs/onix-elements.md` is made of this table.

Who asks, by letter: E EDItEUR's sample of a whole record, G an e-book shop like Google Play, K one like Kobo, A a retailer like
Amazon, L a library supplier, D a British distributor. Elements that only wrap others are asked for by who asks for these.
"""

from collections.abc import Iterator
from typing import NamedTuple

WHO = {"E": "sample", "G": "Google Play", "K": "Kobo", "A": "Amazon", "L": "library", "D": "distributor"}


class Asked(NamedTuple):
    """Elements by their reference names, the letters of who asks, where the value comes from; `why_not`: never written, and why."""

    elements: str
    who: str
    source: str
    why_not: str = ""


_MESSAGE = (
    Asked("ONIXMessage Header Sender SenderName SentDateTime", "EGKALD", "publisher.yaml `sender_name`; the time of sending"),
    Asked("SenderIdentifier SenderIDType", "GALD", "publisher.yaml `sender_gln`"),
    Asked("ContactName EmailAddress", "EGALD", "publisher.yaml `contact_name`, `contact_email`; contacts of `details`"),
    Asked("Addressee AddresseeName MessageNumber", "EGALD", "profile `addressee`; the recipient's own count"),
    Asked("Product RecordReference NotificationType", "EGKALD", "our row id; publication date and day"),
    Asked("RecordSourceType RecordSourceIdentifier RecordSourceIDType RecordSourceName", "ELD", "publisher.yaml `name`, `sender_gln`"),
    Asked("ProductIdentifier ProductIDType IDValue IDTypeName", "EGKALD", "ISBN in Consonance, GTIN in the supplement, our row id"),
    Asked("Barcode BarcodeType", "AD", "supplement `barcodes`"),
)
_FORM = (
    Asked("DescriptiveDetail ProductComposition ProductForm", "EGKALD", "product form in Consonance"),
    Asked("ProductFormDetail", "EGKALD", "supplement or details `form_details`"),
    Asked("ProductFormFeature ProductFormFeatureType ProductFormFeatureValue ProductFormFeatureDescription", "GKALD",
          "supplement or details `accessibility`, `form_features`"),
    Asked("ProductPackaging", "AD", "supplement `packaging`"),
    Asked("ProductFormDescription", "LD", "supplement `form_description`"),
    Asked("TradeCategory", "LD", "supplement `trade_category`"),
    Asked("PrimaryContentType ProductContentType", "GKL", "supplement `content_types`"),
    Asked("Measure MeasureType Measurement MeasureUnitCode", "EALD", "sizes in Consonance, supplement `weight_gr`"),
    Asked("CountryOfManufacture", "EALD", "supplement `country_of_manufacture`"),
    Asked("ProductClassification ProductClassificationType ProductClassificationCode", "EAD", "supplement `classifications`"),
    Asked("EpubTechnicalProtection", "GKAL", "supplement or details `protections`"),
    Asked("EpubUsageConstraint EpubUsageType EpubUsageStatus EpubUsageLimit EpubUsageUnit Quantity", "GKL", "supplement `constraints`"),
    Asked("EpubLicense EpubLicenseName EpubLicenseExpression EpubLicenseExpressionType EpubLicenseExpressionLink", "GL",
          "supplement `license_name`, `license_link`"),
    Asked("ProductPart NumberOfCopies", "ALD", "supplement `parts`"),
)  # fmt: skip
_WORDS = (
    Asked("Collection CollectionType TitleDetail TitleType TitleElement TitleElementLevel PartNumber", "EGKALD",
          "series in Consonance; supplement `parent_series`"),
    Asked("CollectionIdentifier CollectionIDType CollectionSequence CollectionSequenceType CollectionSequenceNumber", "KALD",
          "series in Consonance"),
    Asked("TitlePrefix NoPrefix TitleWithoutPrefix TitleText Subtitle", "EGKALD", "title in Consonance"),
    Asked("Contributor SequenceNumber ContributorRole PersonName PersonNameInverted CorporateName", "EGKALD", "contributors in Consonance"),
    Asked("NamesBeforeKey KeyNames PrefixToKey SuffixToKey", "EGLD", "inverted name or key names in Consonance"),
    Asked("NameIdentifier NameIDType", "EALD", "ISNI in Consonance"),
    Asked("UnnamedPersons", "GKALD", "supplement `unnamed`, or a name such as Various"),
    Asked("FromLanguage", "E", "original language in Consonance, of who translated it"),
    Asked("Website WebsiteRole WebsiteLink", "E", "supplement `contributor_links`; contacts of `details`"),
    Asked("ContributorPlace ContributorPlaceRelator CountryCode", "LD", "supplement `contributor_places`; contacts of `details`"),
    Asked("ContributorStatement", "EAL", "authorship description in Consonance"),
    Asked("NoContributor", "AD", "a form that nobody writes"),
    Asked("EditionType EditionNumber EditionStatement", "GKALD", "edition in Consonance; supplement `edition_types`"),
    Asked("Language LanguageRole LanguageCode", "EGKALD", "content languages in Consonance"),
    Asked("Extent ExtentType ExtentValue ExtentUnit", "EGKALD", "pages and duration in Consonance; supplement `extents`"),
    Asked("Illustrated NumberOfIllustrations IllustrationsNote", "ALD", "supplement `illustrations`, `illustrations_note`"),
    Asked("Subject MainSubject SubjectSchemeIdentifier SubjectCode", "EGKALD", "subject codes in Consonance"),
    Asked("SubjectSchemeVersion", "ELD", "supplement or details `subject_versions`"),
    Asked("SubjectHeadingText", "EGKALD", "supplement `keywords`"),
    Asked("Audience AudienceCodeType AudienceCodeValue", "EGKALD", "supplement or details `audiences`, else the subjects"),
    Asked("AudienceRange AudienceRangeQualifier AudienceRangePrecision AudienceRangeValue", "GKALD",
          "supplement `age_from`, `age_to`, `reading_age_from`, `reading_age_to`, else Thema's interest ages"),
)  # fmt: skip
_COLLATERAL = (
    Asked("CollateralDetail TextContent TextType ContentAudience Text", "EGKALD", "marketing texts in Consonance"),
    Asked("ContentDate ContentDateRole Date", "EKALD", "first day of a text in Consonance; the day a file first went out"),
    Asked("SupportingResource ResourceContentType ResourceMode ResourceVersion ResourceForm ResourceLink", "EGKALD",
          "cover in Consonance; supplement `files`"),
    Asked("ResourceVersionFeature ResourceVersionFeatureType FeatureValue", "EAD", "the link's ending; pixels in supplement `files`"),
    Asked("ResourceFeature ResourceFeatureType FeatureNote", "LD", "caption in Consonance; credit in supplement `files`"),
    Asked("Prize PrizeName PrizeYear PrizeCountry PrizeCode", "AL", "supplement `prizes`"),
)  # fmt: skip
_PUBLISHING = (
    Asked("PublishingDetail Imprint ImprintName Publisher PublishingRole PublisherName", "EGKALD", "imprint in Consonance; publisher.yaml `name`"),
    Asked("PublisherIdentifier PublisherIDType", "EALD", "contacts of `details`"),
    Asked("CityOfPublication CountryOfPublication", "ELD", "supplement or details `city`; publisher.yaml `country`"),
    Asked("ProductContact ProductContactRole ProductContactIdentifier ProductContactIDType ProductContactName", "ALD",
          "supplement or details `contacts`"),
    Asked("TelephoneNumber", "ED", "contacts of `details`"),
    Asked("StreetAddress LocationName PostalCode", "ALD", "contacts of `details` (3.1)"),
    Asked("PublishingStatus PublishingDate PublishingDateRole", "EGKALD", "status and publication date in Consonance"),
    Asked("CopyrightStatement CopyrightYear CopyrightOwner", "GKL", "supplement or details `copyright_year`, `copyright_owner`"),
    Asked("SalesRights SalesRightsType ROWSalesRightsType Territory CountriesIncluded CountriesExcluded RegionsIncluded", "EGKALD",
          "rights engine and countries in Consonance"),
)  # fmt: skip
_KIN_AND_SUPPLY = (
    Asked("RelatedMaterial RelatedWork WorkRelationCode WorkIdentifier WorkIDType", "EL", "work id in Consonance; supplement `related_works`"),
    Asked("RelatedProduct ProductRelationCode", "EGKALD", "other formats in Consonance; supplement `related_products`"),
    Asked("ProductSupply Market SupplyDetail Supplier SupplierRole SupplierName ProductAvailability", "EGKALD",
          "profile `market`, publisher.yaml `supplier_name`, availability in Consonance"),
    Asked("SupplierIdentifier SupplierIDType", "EALD", "publisher.yaml `supplier_gln`"),
    Asked("SupplyDate SupplyDateRole", "GKALD", "publication date in Consonance"),
    Asked("SalesRestriction SalesRestrictionType SalesOutlet SalesOutletName SalesRestrictionNote", "ALD", "supplement `restrictions`"),
    Asked("Price PriceType PriceQualifier PriceAmount CurrencyCode UnpricedItemType", "EGKALD", "prices in Consonance"),
    Asked("PriceDate PriceDateRole", "GKALD", "first and last day of a price in Consonance"),
    Asked("PriceConstraint PriceConstraintType PriceConstraintStatus PriceConstraintLimit PriceConstraintUnit", "KL",
          "supplement `price_constraints`"),
    Asked("ReturnsConditions ReturnsCodeType ReturnsCode PackQuantity", "ED", "`returns` and `pack_quantity` of publisher.yaml, profile or market"),
    Asked("DiscountCoded DiscountCodeType DiscountCodeTypeName DiscountCode", "ED", "`discount` of publisher.yaml, profile or market"),
    Asked("Tax TaxType TaxRateCode TaxRatePercent TaxableAmount TaxAmount", "EGKALD", "publisher.yaml `taxes`"),
)  # fmt: skip
_NO_DATA = "the publisher has no such data"
_NOT_WRITTEN = (
    Asked("MessageNote NoEdition MarketReference PositionOnProduct PrintedOnProduct PriceStatus", "E", "", _NO_DATA),
    Asked(
        "BiographicalNote", "E", "biographical note in Consonance, as a text of type 12", "it is written as TextContent: one note of all"
    ),
    Asked("SourceTitle CitedContent CitedContentType SourceType CitationNote", "E", "", _NO_DATA),
    Asked("MarketPublishingDetail MarketPublishingStatus MarketDate MarketDateRole", "E", "", _NO_DATA),
    Asked("Discount DiscountPercent", "E", "", _NO_DATA),
)

TABLE = (*_MESSAGE, *_FORM, *_WORDS, *_COLLATERAL, *_PUBLISHING, *_KIN_AND_SUPPLY, *_NOT_WRITTEN)
"""In the order of a message."""


def each_element() -> Iterator[tuple[str, Asked]]:
    """Element by element."""
    return ((name, row) for row in TABLE for name in row.elements.split())
