"""The GraphQL documents that the client sends (contract section 4).

A line that ends in `# ASM Type.member …` asks for something that the vendor does not document. It is sent only to an account
whose schema shows those members (`fit`), and never otherwise.
"""

import re
from collections.abc import Collection
from typing import NamedTuple

_ASSUMED = re.compile(r"#\s*ASM\s+(.*)$")


class Document(NamedTuple):
    """One operation: its name as in its text, the root member of the answer, and the text."""

    name: str
    root: str
    text: str


_PRODUCT = """
  id __typename isbn { isbn13 } fullTitle titlePrefix titleWithoutPrefix subtitle authorshipDescription
  publicationDate plannedPublicationDate allowOnixExports onix21ProductFormCode onixPublishingStatus { code }
  onixProductAvailability { code }  # ASM Product.onixProductAvailability
  prices { id amount currencyCode onixPriceTypeCode onixPriceTypeQualifierCode effectiveFrom effectiveTo }
  forSaleCountryCodes notForSaleCountryCodes isForSaleWorldwide
  contributions { sequenceNumber productIds onixContributorRoleCode
    contributor { id __typename name isni ... on Person { personName personNameInverted keyNames } ... on Organisation { organisationName } } }
  short: marketingTexts(variantIn: [SHORT_DESCRIPTION]) { id externalText fromDate productIds }
  main: marketingTexts(variantIn: [MAIN_DESCRIPTION]) { id externalText fromDate productIds }  # ASM MarketingTextVariant.MAIN_DESCRIPTION
  reviews: marketingTexts(variantIn: [REVIEW]) { id externalText fromDate productIds }  # ASM MarketingTextVariant.REVIEW
  biographies: marketingTexts(variantIn: [BIOGRAPHICAL_NOTE]) { id externalText fromDate productIds }  # ASM MarketingTextVariant.BIOGRAPHICAL_NOTE
  contentLanguages { onixLanguageRoleCode onixLanguageCode }  # ASM Product.contentLanguages ContentLanguage.onixLanguageRoleCode ContentLanguage.onixLanguageCode
  ... on PhysicalBookProduct { approximatePageCount
    productHeight(unit: MM) productWidth(unit: MM) productThickness(unit: MM) }
  ... on ElectronicBookProduct { absolutePageCount }
  ... on PhysicalAudioProduct { durationMinutes }  # ASM PhysicalAudioProduct.durationMinutes
  ... on ElectronicAudioProduct { durationMinutes }  # ASM ElectronicAudioProduct.durationMinutes
  work { id projectStage season editionNumber editionStatement imprint { id name }
    seriesMemberships { partNumber series { id name printIssn onlineIssn } }
    supportingResources { id url caption productIds
      status  # ASM SupportingResource.status
      resourceVariant  # ASM SupportingResource.resourceVariant
    }
    themas: subjectCodes(schemesIn: [THEMA]) { code main }
    bisacs: subjectCodes(schemesIn: [BISAC]) { code main }
    bics: subjectCodes(schemesIn: [BIC]) { code main }
    products { id isbn { isbn13 } onix21ProductFormCode onixPublishingStatus { code } allowOnixExports } }
"""

# What rights are judged by, and what an alert says of a title. A whole catalogue is read so each morning.
_PRODUCT_FOR_RIGHTS = """
  id __typename isbn { isbn13 } fullTitle titlePrefix titleWithoutPrefix publicationDate onix21ProductFormCode
  onixPublishingStatus { code } forSaleCountryCodes notForSaleCountryCodes isForSaleWorldwide
  contentLanguages { onixLanguageRoleCode onixLanguageCode }  # ASM Product.contentLanguages ContentLanguage.onixLanguageRoleCode ContentLanguage.onixLanguageCode
  work { id imprint { id name } }
"""

_WORK = """
  id title projectStage season imprint { name }
  productionRuns { id name deliveryDate productIds quantities { name quantity receivedQuantity productId } }
  products { id publicationDate plannedPublicationDate isbn { isbn13 } onixPublishingStatus { code } }
"""

_TEXTS = """
  id short: marketingTexts(variantIn: [SHORT_DESCRIPTION]) { id externalTextMarkdown fromDate approvalStatusName productIds }
  main: marketingTexts(variantIn: [MAIN_DESCRIPTION]) { id externalTextMarkdown fromDate approvalStatusName productIds }  # ASM MarketingTextVariant.MAIN_DESCRIPTION
  reviews: marketingTexts(variantIn: [REVIEW]) { id externalTextMarkdown fromDate approvalStatusName productIds }  # ASM MarketingTextVariant.REVIEW
  biographies: marketingTexts(variantIn: [BIOGRAPHICAL_NOTE]) { id externalTextMarkdown fromDate approvalStatusName productIds }  # ASM MarketingTextVariant.BIOGRAPHICAL_NOTE
"""

_CONTRACT = """
  id contractName signedDate term terminatedDate terminationReason msDeliveryDate revisedMsDeliveryDate actualMsDeliveryDate
  msProofsDate pubBeforeDate flatFeeValue guaranteedRoyaltyValue
  deliveryDates { id dateDue slippedDate deliverableType deliveryRequirement percentageOfTotal }
  licensedRights { id rightType authorCut } work { id title }
"""

_CONTACT = """
  id __typename name isni inhouseCustomerId inhouseSupplierId emails { email } phones { phoneNumber phoneType }
  addresses { careOf departmentName organisationName subBuilding building postOfficeBox addressLine1 addressLine2 addressLine3
    postcode country { value description } }
"""


def _document(name: str, kind: str, root: str, fields: str) -> Document:
    text = f"query {name}($search: {kind}SearchAttributes!) {{ {root}({kind.lower()}Search: $search) {{{fields}}} }}"
    return Document(name, root, text)


PRODUCTS = _document("ProductsPage", "Product", "products", _PRODUCT)
PRODUCTS_FOR_RIGHTS = _document("ProductsForRightsPage", "Product", "products", _PRODUCT_FOR_RIGHTS)
PRODUCT = _document("ProductByIsbn", "Product", "product", _PRODUCT)
WORKS = _document("WorksPage", "Work", "works", _WORK)
WORK = _document("WorkById", "Work", "work", _WORK)
TEXTS = _document("WorkTextsPage", "Work", "works", _TEXTS)
TEXTS_OF_ONE = _document("WorkTextsById", "Work", "work", _TEXTS)
CONTACTS = _document("ContactsPage", "Contact", "contacts", _CONTACT)
CONTRACT = _document("ContractById", "Contract", "contract", _CONTRACT)
CONTRACTS = _document("ContractsPage", "Contract", "contracts", _CONTRACT)
COUNTS = _document("CountsByContract", "Contract", "contract", " client { productsCount worksCount }")
ALL_COUNTS = _document("Counts", "Contract", "contracts", " client { productsCount worksCount }")

SENT = (PRODUCTS, PRODUCTS_FOR_RIGHTS, PRODUCT, WORKS, WORK, TEXTS, TEXTS_OF_ONE, CONTACTS, CONTRACT, CONTRACTS, COUNTS, ALL_COUNTS)

# Members of the search inputs that the client sends.
SEARCHES = {
    "ProductSearchAttributes": ("after", "isbn13Eq", "isbn13In", "changedSince"),
    "WorkSearchAttributes": ("after", "idEq", "contractIdEq", "changedSince"),
    "ContractSearchAttributes": ("after", "idEq"),
    "ContactSearchAttributes": ("after",),
}

# What read-back of writes asks (contract section 9). Not among SENT: reading the catalogue does without.
CONTRACT_NOW = _document(
    "ContractNow",
    "Contract",
    "contract",
    " id contractName signedDate description authorDiscount remainderRate remainderRateOverCost guaranteedRoyaltyValue"
    " flatFeeValue terminationReason terminatedDate ",
)
RESOURCES = _document("ResourcesOfWork", "Work", "work", " id supportingResources { id caption productIds } ")
EXTERNAL = Document(
    "ExternalRecords",
    "externalRecords",
    "query ExternalRecords($search: RecordSearchAttributes!) { externalRecords(externalRecordSearch: $search)"
    " { id revision updatedAt kind externalReference workId productId contractId contactId payload } }",
)


def texts_of(variant: str) -> Document:
    """The texts of one variant that a work has; the variant of a text cannot be read."""
    return _document("TextsOfWork", "Work", "work", f" id marketingTexts(variantIn: [{variant}]) {{ id externalTextMarkdown productIds }} ")


# One full introspection: names, arguments and types of everything, five wrappings deep ([Int!]! has three).
INTROSPECTION = Document(
    "Introspection",
    "__schema",
    """query Introspection { __schema { types { name
    fields(includeDeprecated: true) { name type { ...Kind } args { name type { ...Kind } } }
    inputFields { name type { ...Kind } } enumValues(includeDeprecated: true) { name } } } }
fragment Kind on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } }""",
)
HELLO = Document("Hello", "__typename", "query Hello { __typename }")


def fit(text: str, missing: Collection[str]) -> str:
    """The document without the lines whose assumed members this account lacks, and without comments."""
    kept = (line for line in text.splitlines() if not any(name in missing for name in _names(line)))
    return "\n".join(_ASSUMED.sub("", line).rstrip() for line in kept)


def _names(line: str) -> list[str]:
    found = _ASSUMED.search(line)
    return found.group(1).split() if found else []


ASSUMED = frozenset(name for document in SENT for line in document.text.splitlines() for name in _names(line)) | {
    "Query.contracts",
    "ContractSearchAttributes.after",
    "ContactSearchAttributes.after",
    "Mutation.updateContract",
    "Mutation.createMarketingText",
    "Mutation.createSupportingResource",
}
"""Everything the client asks for that the vendor does not document, as `Type.member` or `Enum.VALUE`."""
