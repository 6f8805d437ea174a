"""Real ONIX messages on the whole way: into the sandbox, out by the client, into our ONIX."""

import csv
import os
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree

from colophon.config.files import SHIPPED
from colophon.config.load import load_config
from colophon.domain.finding import Finding
from colophon.domain.product import Product
from colophon.domain.supplement import Supplement
from colophon.onix.build import build
from colophon.onix.codelist_file import load_code_lists
from colophon.onix.codelists import CodeLists
from colophon.onix.profile import PriceRule
from colophon.onix.validate import Validator
from colophon.onix.write import product_xml
from colophon.systems.consonance.client import ConsonanceClient
from colophon.systems.consonance.reports.reader import Reports
from colophon.systems.consonance.reports.source import FolderSource
from colophon.systems.consonance.settings import ConsonanceSettings
from colophon.use_cases.xconnector import supplements
from colophon_sandbox.seeds import onix_import
from colophon_sandbox.seeds.onix_message import header_of, products_of
from colophon_sandbox.serve import running_sandbox
from colophon_sandbox.systems.consonance.audience_files import COLUMNS

AS_OF = datetime(2026, 5, 1, tzinfo=UTC)
KEY = "sandbox0key0not0real000000000000"
FILES = [
    "elibri__onix_audiobook_example.xml",
    "im_onix__9782707154298.xml",
    "im_onix__full_sample.xml",
    "im_onix__embargo-date.xml",
    "im_onix__unqualified-prices.xml",
    "jonix__Onix3.1-single-ref.xml",
    "jonix__Onix3.1-single-short.xml",
    "onixcheck__valid_google_onix_3.xml",
    "onixlib__notice_v3_0.xml",
    "elibri__lending_example.xml",
    "elibri__onix_cancelled_product_example.xml",
    "elibri__onix_territorial_rights_example.xml",
]
"""Messages with products that come in."""
BROKEN = [
    "elibri__onix_deleted_product_example.xml",
    "im_onix__bad_content_date_format.xml",
    "jaerith__Onix3sample_refnames_badchar.xml",
    "jaerith__Onix3sample_refnames_blockupdate.xml",
    "jaerith__Sample-50-Products.xml",
    "onixcheck__invalid_google_onix_3.xml",
]
"""Messages with records that cannot be taken."""
ANY_PRICE = tuple(PriceRule(price_type=code) for code in sorted(load_code_lists().lists[58]))


def read_back(records: dict) -> list[Product]:
    """What the client reads of seeded records."""
    with running_sandbox(records) as url:
        extra = {"start_jitter_seconds": 0}
        with ConsonanceClient(ConsonanceSettings.from_connection(f"{url}/consonance", KEY, extra)) as client:
            return [record for page in client.iter_products() for record in page.records]


@pytest.mark.parametrize("name", FILES)
def test_what_goes_in_comes_out(shared_data: Path, name: str) -> None:
    """ISBN, title, contributors, form, date, prices and territories of the message stand in the ONIX that we write."""
    body = (shared_data / "onix" / name).read_bytes()
    records, faults = onix_import.read_onix([onix_import.File(name, body)])
    sources = [node for node, _ in products_of(body) if node is not None]
    imported = {row["id"] for row in records["consonance"]["products"]}
    assert imported, faults
    lists, compared = load_code_lists(), 0
    for product in read_back(records):
        assert isinstance(product, Product), product
        # The importer numbers records as they stand in the message.
        source, ours = sources[product.id - 1], written(product)
        for find in (isbn, title, contributors, form, published, subjects, languages, sizes, counts, texts):
            assert find(ours) == find(source), f"{find.__name__} of record {product.id}"
        assert sold_in(ours, lists) == sold_in(source, lists)
        # Where nothing says that it may be sold, nothing is offered.
        assert prices(ours) == (prices(source) if sold_in(source, lists) else set())
        compared += 1
    assert compared == len(imported)


@pytest.mark.parametrize("name", [*FILES, *BROKEN])
def test_every_record_comes_in_or_is_named(shared_data: Path, name: str) -> None:
    """No record of a message gets lost: it is imported, or a fault names file, record and reason."""
    body = (shared_data / "onix" / name).read_bytes()
    records, faults = onix_import.read_onix([onix_import.File(name, body)])
    there = sum(1 for node, _ in products_of(body) if node is not None)
    assert len(records["consonance"]["products"]) + len(faults) >= max(there, 1)
    assert all(fault.startswith(name) for fault in faults)


@pytest.mark.parametrize("name", FILES)
def test_what_the_shape_cannot_hold_comes_by_the_supplement(shared_data: Path, tmp_path: Path, name: str) -> None:
    """Every row of an import is read without a fault, and what stood in the message stands in our valid record."""
    body = (shared_data / "onix" / name).read_bytes()
    records, _ = onix_import.read_onix([onix_import.File(name, body)])
    file = tmp_path / "supplement.csv"
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, list(COLUMNS["supplement"].values()))
        out.write(",".join(COLUMNS["supplement"]) + "\n")
        writer.writerows(records["consonance"]["supplement"])
    os.utime(file, ((AS_OF - timedelta(hours=1)).timestamp(),) * 2)
    settings = ConsonanceSettings.from_connection("https://web.consonance.app", KEY, {})
    report = Reports.from_settings(settings, FolderSource(str(tmp_path)), clock=lambda: AS_OF, config=SHIPPED).supplement()
    assert report is not None
    with report:
        rows = list(report)
    assert [row for row in rows if isinstance(row, Finding)] == []
    lines = supplements.by_subject(supplements.to_line(row) for row in rows if isinstance(row, Supplement))
    sources = [node for node, _ in products_of(body) if node is not None]
    validator = Validator("3.1", "reference")
    for product in supplements.beside(lines, set())(read_back(records)):
        assert isinstance(product, Product), product
        source, ours = sources[product.id - 1], written(product)
        for path in (
            "Subject[SubjectSchemeIdentifier='20']/SubjectHeadingText",
            "Measure[MeasureType='08']/Measurement",
            "EpubTechnicalProtection",
            "NumberOfIllustrations",
        ):
            stated = {text.strip() for text in values(source, path) if ";" not in text and "," not in text}
            assert stated <= values(ours, path), path
        assert {code for code in values(source, "ProductFormDetail") if len(code) == 4} <= values(ours, "ProductFormDetail")
        assert validator.check(xml(product)) == []


def values(node: etree._Element, path: str) -> set[str]:
    """Texts of all such elements of the first block."""
    return {(element.text or "").strip() for element in node.findall(f"DescriptiveDetail/{path}")}


def xml(product: Product) -> bytes:
    """Our record of a product; every price is taken."""
    config = load_config()
    profile = config.recipients["retailer-plain"].model_copy(update={"prices": ANY_PRICE, "market": ("WORLD",)})
    return product_xml(build(product, profile, config.publisher, as_of=AS_OF), profile)


def written(product: Product) -> etree._Element:
    """Our record of a product, without namespace; every price is taken."""
    root = etree.fromstring(xml(product))
    for element in root.iter("*"):
        element.tag = etree.QName(element).localname
    return root


def value(node: etree._Element, path: str) -> str:
    """Text of the first such element."""
    return (node.findtext(path) or "").strip()


def isbn(node: etree._Element) -> str:
    """ISBN-13, or the GTIN that is one."""
    ids = {value(i, "ProductIDType"): value(i, "IDValue") for i in node.findall("ProductIdentifier")}
    return ids.get("15") or ids.get("03") or ""


def title(node: etree._Element) -> str:
    """The title in full."""
    element = node.find("DescriptiveDetail/TitleDetail/TitleElement")
    assert element is not None
    return value(element, "TitleText") or f"{value(element, 'TitlePrefix')} {value(element, 'TitleWithoutPrefix')}".strip()


def contributors(node: etree._Element) -> list[tuple[str, str]]:
    """Names with roles, in order."""
    found = []
    for each in node.findall("DescriptiveDetail/Contributor"):
        parts = f"{value(each, 'NamesBeforeKey')} {value(each, 'KeyNames')}".strip()
        inverted = " ".join(reversed(value(each, "PersonNameInverted").split(", ")))
        name = value(each, "PersonName") or value(each, "CorporateName") or parts or inverted
        found += [(name, role.text or "") for role in each.findall("ContributorRole")]
    return found


def form(node: etree._Element) -> str:
    """The product form; e-book carriers of ONIX 3 are one code in Consonance's."""
    found = value(node, "DescriptiveDetail/ProductForm")
    return "ED" if found in {"EA", "EB", "EC", "ED"} else found


def published(node: etree._Element) -> str:
    """The day of publication; a year or month means its first day."""
    dates = {value(d, "PublishingDateRole"): value(d, "Date") for d in node.findall("PublishingDetail/PublishingDate")}
    day = dates.get("01", "").replace("-", "")[:8]
    return day + "00000101"[len(day) :] if day else ""


def subjects(node: etree._Element) -> set[tuple[str, str]]:
    """Scheme and code of each subject of Thema, BISAC and BIC, with qualifiers."""
    pairs = {
        (value(s, "SubjectSchemeIdentifier"), value(s, "SubjectCode"))
        for s in node.findall("DescriptiveDetail/Subject")
        if value(s, "SubjectCode")
    }
    return {(scheme, code) for scheme, code in pairs if scheme in {"10", "93", "94", "95", "96", "97", "98", "99"}}


def languages(node: etree._Element) -> set[tuple[str, str]]:
    """Roles and codes; what the header says where the product does not."""
    stated = {(value(e, "LanguageRole"), value(e, "LanguageCode")) for e in node.findall("DescriptiveDetail/Language")}
    default = header_of(node).language
    return stated | ({("01", default)} if default and not any(role == "01" for role, _ in stated) else set())


def sizes(node: etree._Element) -> dict[str, Decimal]:
    """Height, width and thickness in millimetres."""
    factor = {"mm": Decimal(1), "cm": Decimal(10), "in": Decimal("25.4")}
    return {
        value(m, "MeasureType"): (Decimal(value(m, "Measurement")) * factor[value(m, "MeasureUnitCode")]).normalize()
        for m in node.findall("DescriptiveDetail/Measure")
        if value(m, "MeasureType") in {"01", "02", "03"}
    }


def counts(node: etree._Element) -> set[str]:
    """Kinds of count that the product has: pages, minutes."""
    return {value(e, "ExtentUnit") for e in node.findall("DescriptiveDetail/Extent")} & {"03", "05"}


def texts(node: etree._Element) -> set[str]:
    """Types of text that our recipients take, and that say something."""
    return {value(t, "TextType") for t in node.findall("CollateralDetail/TextContent") if "".join(t.itertext("Text", "p"))} & {
        "02",
        "03",
        "06",
        "12",
    }


def prices(node: etree._Element) -> set[tuple[Decimal, str, str]]:
    """Amount, currency, type of prices that are not over."""
    return {
        (Decimal(value(price, "PriceAmount")), value(price, "CurrencyCode") or "GBP", value(price, "PriceType") or "02")
        for price in node.findall("ProductSupply/SupplyDetail/Price")
        if value(price, "PriceAmount")
        and not any(value(d, "PriceDateRole") == "15" and value(d, "Date") < AS_OF.strftime("%Y%m%d") for d in price.findall("PriceDate"))
    }


def sold_in(node: etree._Element, lists: CodeLists) -> frozenset[str]:
    """Countries where the sales rights allow selling."""
    sold: set[str] = set()
    denied: set[str] = set()
    for rights in node.findall("PublishingDetail/SalesRights"):
        included = set(value(rights, "Territory/CountriesIncluded").split())
        if {"WORLD", "ROW"} & set(value(rights, "Territory/RegionsIncluded").split()):
            included |= lists.countries
        included -= set(value(rights, "Territory/CountriesExcluded").split())
        saleable = value(rights, "SalesRightsType") in {"01", "02", "07", "08"}
        sold |= included if saleable else set()
        denied |= set() if saleable else included
    if value(node, "PublishingDetail/ROWSalesRightsType") in {"01", "02", "07", "08"}:
        sold |= lists.countries
    return frozenset(sold - denied)
