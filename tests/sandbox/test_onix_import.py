"""What others write in ONIX comes in whole: header defaults, several files, odd counts and names; what does not is named."""

import re
from importlib import resources
from pathlib import Path

import pytest
from lxml import etree

from colophon_sandbox import seeds
from colophon_sandbox.seeds.onix_coverage import NOT_HELD, READ
from colophon_sandbox.seeds.onix_import import File, read_onix

XSD = "{http://www.w3.org/2001/XMLSchema}"


def message(*products: str, header: str = "") -> bytes:
    """A message of ONIX 3.0 with products and header members."""
    return f'<ONIXMessage release="3.0"><Header>{header}</Header>{"".join(products)}</ONIXMessage>'.encode()


def a_product(
    reference: str = "com.example.1",
    isbn: str = "9781999000011",
    *,
    form: str = "BC",
    first: str = "",
    detail: str = "",
    collateral: str = "",
    publishing: str = "",
    price: str = "",
    imprint: str = "X",
) -> str:
    """A product of the shape that a publisher would send."""
    title = "<TitleDetail><TitleType>01</TitleType><TitleElement><TitleElementLevel>01</TitleElementLevel><TitleText>Le livre</TitleText></TitleElement></TitleDetail>"
    return (
        f"<Product><RecordReference>{reference}</RecordReference><NotificationType>03</NotificationType>"
        f"<ProductIdentifier><ProductIDType>15</ProductIDType><IDValue>{isbn}</IDValue></ProductIdentifier>{first}"
        f"<DescriptiveDetail><ProductForm>{form}</ProductForm>{title}{detail}</DescriptiveDetail>"
        f"<CollateralDetail>{collateral}</CollateralDetail>"
        f"<PublishingDetail><Imprint><ImprintName>{imprint}</ImprintName></Imprint>{publishing}</PublishingDetail>"
        f"<ProductSupply><SupplyDetail>{price}</SupplyDetail></ProductSupply></Product>"
    )


def read(*products: str, header: str = "") -> tuple[dict, dict, list[str]]:
    """The first product's row, its work's row, and the faults."""
    records, faults = read_onix([File("a.xml", message(*products, header=header))])
    rows = records["consonance"]
    return rows["products"][0], rows["works"][0], faults


def test_what_the_header_says_holds_for_a_price_that_does_not() -> None:
    """EUR without tax stays EUR without tax, a price without qualifier stays without, the language is the message's."""
    header = "<DefaultLanguageOfText>fre</DefaultLanguageOfText><DefaultPriceType>01</DefaultPriceType><DefaultCurrencyCode>EUR</DefaultCurrencyCode>"
    row, _, faults = read(a_product(price="<Price><PriceAmount>19.90</PriceAmount></Price>"), header=header)
    [price] = row["prices"]
    assert (price["amount"], price["currencyCode"], price["onixPriceTypeCode"], price["onixPriceTypeQualifierCode"]) == (
        "19.90",
        "EUR",
        "01",
        "00",
    )
    assert row["contentLanguages"][0]["onixLanguageCode"] == "fre"
    assert faults == []


def test_a_price_that_nothing_makes_whole_is_named_and_not_guessed() -> None:
    """No currency here and none in the header: the price stays out, the product comes in."""
    row, _, faults = read(a_product(price="<Price><PriceType>02</PriceType><PriceAmount>19.90</PriceAmount></Price>"))
    assert row["prices"] == []
    assert faults == ["a.xml, record com.example.1: left out: the price 19.90 has no CurrencyCode, and the header has no default"]


def test_several_files_are_the_sum_of_their_products() -> None:
    """Ids go on, and nobody gets another publisher's imprint or authors."""
    author = "<Contributor><ContributorRole>A01</ContributorRole><PersonName>{}</PersonName></Contributor>"
    files = [
        File("one.xml", message(a_product("r1", "9781999000011", imprint="One", detail=author.format("Ana Quill")))),
        File(
            "two.xml",
            message(a_product("r2", "9781999000028", imprint="Two", detail=author.format("Ben Reed")), a_product("r3", "9781999000035")),
        ),
        File("three.xml", b"<html/>"),
    ]
    records, faults = read_onix(files)
    rows = records["consonance"]
    imprints, contacts = ({row["id"]: row["name"] for row in rows[table]} for table in ("imprints", "contacts"))
    works = {row["id"]: row for row in rows["works"]}
    assert [row["isbn13"] for row in rows["products"]] == ["9781999000011", "9781999000028", "9781999000035"]
    assert [imprints[works[row["workId"]]["imprintId"]] for row in rows["products"]] == ["One", "Two", "X"]
    assert [[contacts[part["contactId"]] for part in works[row["workId"]]["contributions"]] for row in rows["products"]] == [
        ["Ana Quill"],
        ["Ben Reed"],
        [],
    ]
    assert faults == ["three.xml: its root is html, not ONIXMessage"]


def test_a_record_that_comes_again_in_a_later_file_is_an_update() -> None:
    """The newer one takes its place, under the same id; twice in one file is a fault."""
    first, second = File("one.xml", message(a_product())), File("two.xml", message(a_product(imprint="New"), a_product()))
    records, faults = read_onix([first, second])
    rows = records["consonance"]
    assert len(rows["products"]) == len(rows["works"]) == 1
    assert {row["id"]: row["name"] for row in rows["imprints"]}[rows["works"][0]["imprintId"]] == "New"
    assert faults == ["two.xml, record com.example.1: RecordReference stands twice (first as product 1)"]


def test_an_update_of_blocks_takes_the_place_of_no_whole_record() -> None:
    """The rest of that would be lost; where nobody has it, and all is there, it is the record."""
    update = a_product(imprint="New").replace("<NotificationType>03", "<NotificationType>04")
    records, faults = read_onix([File("one.xml", message(a_product())), File("two.xml", message(update))])
    assert records["consonance"]["imprints"] == [{"id": 1, "name": "X"}]
    assert faults == [
        "two.xml, record com.example.1: a block update (NotificationType 04) of a record that is there; give the whole record"
    ]
    assert read(update)[2] == []


def test_a_deletion_in_a_later_file_takes_the_record_away() -> None:
    """And one that comes again after it is there again; what nobody has cannot be deleted."""
    gone = "<Product><RecordReference>{}</RecordReference><NotificationType>05</NotificationType></Product>"
    files = [
        File("one.xml", message(a_product(), a_product("r2", "9781999000028"))),
        File("two.xml", message(gone.format("com.example.1"), gone.format("r9"))),
    ]
    records, faults = read_onix(files)
    assert [row["isbn13"] for row in records["consonance"]["products"]] == ["9781999000028"]
    assert faults == ["two.xml, record r9: a deletion (NotificationType 05), and there is nothing to delete"]
    records, _ = read_onix([*files, files[0]])
    assert {row["isbn13"] for row in records["consonance"]["products"]} == {"9781999000011", "9781999000028"}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "it is empty"),
        (b"\xef\xbb\xbf \n", "it is empty"),
        (b"\x1f\x8b\x08", "packed with gzip"),
        (b"PK\x03\x04", "packed with zip"),
        (b"%PDF-1.7", "a PDF"),
        ('<?xml version="1.0" encoding="utf-16"?><!DOCTYPE a [<!ENTITY b "c">]><a/>'.encode("utf-16"), "a DOCTYPE"),
        (b"<!--" + b"x" * 5000 + b"--><!DOCTYPE a><a/>", "a DOCTYPE"),
        (b'<?xml version="1.0" encoding="no-such"?><a/>', "not well-formed"),
        (message(a_product()) * 2, "not well-formed"),
        (b"<DescriptiveDetail/>", "its root is DescriptiveDetail"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_for_what_it_is(body: bytes, reason: str) -> None:
    """And the one beside it comes in."""
    records, [fault] = read_onix([File("a.xml", body), File("b.xml", message(a_product()))])
    assert reason in fault
    assert len(records["consonance"]["products"]) == 1


@pytest.mark.parametrize(
    ("inside", "left_out"),
    [
        ({"detail": "<Extent><ExtentType>00</ExtentType><ExtentValue>320 p.</ExtentValue><ExtentUnit>03</ExtentUnit></Extent>"}, "the page count '320 p.' is no number"),
        ({"detail": "<Extent><ExtentType>22</ExtentType><ExtentValue>12 MB</ExtentValue><ExtentUnit>19</ExtentUnit></Extent>"}, "Extent 22 '12 MB' is no number"),
        ({"detail": "<Extent><ExtentType>09</ExtentType><ExtentValue>00775</ExtentValue><ExtentUnit>15</ExtentUnit></Extent>"}, "the duration '00775' in unit 15 cannot be read"),
        ({"detail": "<Contributor><ContributorRole>A01</ContributorRole><UnnamedPersons>42</UnnamedPersons></Contributor>"}, "a contributor (42 A01) has no name"),
        ({"detail": "<Contributor><PersonName>Ana Quill</PersonName></Contributor>"}, "a contributor (Ana Quill) has no role"),
        ({"price": "<UnpricedItemType>01</UnpricedItemType>"}, "free of charge (UnpricedItemType 01) without a price, and so without a currency"),
        ({"publishing": '<PublishingDate><PublishingDateRole>01</PublishingDateRole><Date dateformat="02">202412</Date></PublishingDate>'}, "PublishingDate '202412' is no day"),
        ({"publishing": "<SalesRights><SalesRightsType>01</SalesRightsType></SalesRights>"}, "SalesRights 01 without a Territory"),
        ({"first": "<ProductIdentifier><ProductIDType>15</ProductIDType><IDValue>9781999000028</IDValue></ProductIdentifier>"}, "ProductIdentifier 15 '9781999000028' is a second ISBN-13"),
    ],
)  # fmt: skip
def test_what_is_garbled_is_left_out_by_name(inside: dict, left_out: str) -> None:
    """The product comes in without it."""
    _, _, faults = read(a_product(**inside))
    assert faults == [f"a.xml, record com.example.1: left out: {left_out}"]


@pytest.mark.parametrize(("kind", "number", "isbn"), [("14", "09781999000011", "9781999000011"), ("04", "012345678905", "0012345678905")])
def test_other_numbers_of_the_trade_are_known(kind: str, number: str, isbn: str) -> None:
    """A GTIN-14 of a single copy and a UPC, where there is nothing else."""
    ids = f"<ProductIdentifier><ProductIDType>{kind}</ProductIDType><IDValue>{number}</IDValue></ProductIdentifier>"
    row, _, faults = read(a_product(isbn="", first=ids))
    assert (row["isbn13"], faults) == (isbn, [])


def test_nothing_readable_says_all_that_is_wrong() -> None:
    """One line for each file; never a traceback, never an empty catalogue."""
    with pytest.raises(ValueError, match=r"no product could be read\na.xml: its root is html.*\nb.xml: not well-formed"):
        seeds.from_onix([("a.xml", b"<html/>"), ("b.xml", b"<ONIX")])


@pytest.mark.parametrize(
    ("product", "reason"),
    [
        ("<Product><RecordReference>r</RecordReference><NotificationType>04</NotificationType></Product>", "a block update"),
        (
            re.sub("<ProductSupply>.*</ProductSupply>", "", a_product().replace("Type>03", "Type>04")),
            "a block update (NotificationType 04): it has no ProductSupply",
        ),
        ("<Product><RecordReference>r</RecordReference><NotificationType>03</NotificationType></Product>", "a part of a record"),
        ("<Product><RecordReference>r</RecordReference><NotificationType>05</NotificationType></Product>", "a deletion"),
        ("<Product><NotificationType>03</NotificationType></Product>", "no RecordReference"),
        (
            a_product(
                publishing="<SalesRights><SalesRightsType>01</SalesRightsType><Territory><CountriesIncluded>WORLD</CountriesIncluded></Territory></SalesRights>"
            ),
            "WORLD",
        ),
    ],
)
def test_a_record_that_cannot_be_taken_is_named_for_what_it_is(product: str, reason: str) -> None:
    """And the one beside it comes in."""
    row, _, faults = read(product, a_product("com.example.2"))
    assert row["isbn13"] == "9781999000011"
    assert len(faults) == 1
    assert reason in faults[0]


@pytest.mark.parametrize(
    ("form", "extents", "pages", "minutes"),
    [
        ("BC", [("08", "320", "03")], 320, None),
        ("BC", [("08", "320", "03"), ("00", "304", "03")], 304, None),
        ("ED", [("10", "298", "03")], 298, None),
        ("AJ", [("09", "0102930", "16")], None, 630),
        ("AJ", [("09", "01030", "15")], None, 630),
        ("AJ", [("09", "10.5", "04")], None, 630),
        ("AC", [("09", "37800", "06")], None, 630),
        ("AC", [("16", "630", "05")], None, 630),
    ],
)
def test_pages_and_durations_come_in_whatever_they_are_counted_in(form: str, extents: list, pages: int | None, minutes: int | None) -> None:
    """List 23's counts in their order of use, List 24's units as whole minutes."""
    detail = "".join(
        f"<Extent><ExtentType>{k}</ExtentType><ExtentValue>{v}</ExtentValue><ExtentUnit>{u}</ExtentUnit></Extent>" for k, v, u in extents
    )
    row, _, faults = read(a_product(form=form, detail=detail))
    assert (row["absolutePageCount"] or row["approximatePageCount"], row["durationMinutes"], faults) == (pages, minutes, [])


@pytest.mark.parametrize("form", ["BA", "PD", "SA", "BB"])
def test_measures_of_every_physical_form_come_in(form: str) -> None:
    """In millimetres, of a kind of product that has a size."""
    measure = "<Measure><MeasureType>01</MeasureType><Measurement>8.5</Measurement><MeasureUnitCode>in</MeasureUnitCode></Measure>"
    row, _, _ = read(a_product(form=form, detail=measure))
    assert (row["__typename"], row["heightMm"]) == ("PhysicalBookProduct", "215.9")


def test_qualifiers_of_thema_and_bic_come_in_with_their_subjects() -> None:
    """Lists of schemes 93 to 99 and 12 to 17; which one is main is kept, whichever of two says so."""
    codes = [("93", "FBA"), ("94", "1DDF"), ("96", "3MR"), ("99", "6AA"), ("12", "FA"), ("13", "1DB"), ("10", "FIC019000")]
    detail = "".join(
        f"<Subject><SubjectSchemeIdentifier>{s}</SubjectSchemeIdentifier><SubjectCode>{c}</SubjectCode></Subject>" for s, c in codes
    )
    detail += "<Subject><MainSubject/><SubjectSchemeIdentifier>93</SubjectSchemeIdentifier><SubjectCode>FBA</SubjectCode></Subject>"
    _, work, _ = read(a_product(detail=detail))
    assert [(row["scheme"], row["code"], row["main"]) for row in work["subjectCodes"]] == [
        ("THEMA", "FBA", True),
        ("THEMA", "1DDF", False),
        ("THEMA", "3MR", False),
        ("THEMA", "6AA", False),
        ("BIC", "FA", False),
        ("BIC", "1DB", False),
        ("BISAC", "FIC019000", False),
    ]


def test_contributors_come_in_by_their_numbers_and_those_without_a_name_too() -> None:
    """The order is that of the sequence numbers; a narrator that is a machine is one."""
    detail = (
        "<Contributor><SequenceNumber>2</SequenceNumber><ContributorRole>E07</ContributorRole><UnnamedPersons>07</UnnamedPersons></Contributor>"
        "<Contributor><SequenceNumber>1</SequenceNumber><ContributorRole>A01</ContributorRole><ContributorRole>A12</ContributorRole>"
        "<NamesBeforeKey>Ana</NamesBeforeKey><PrefixToKey>de</PrefixToKey><KeyNames>Quill</KeyNames></Contributor>"
    )
    records, _ = read_onix([File("a.xml", message(a_product(detail=detail)))])
    rows = records["consonance"]
    names = {row["id"]: row["name"] for row in rows["contacts"]}
    parts = [
        (part["sequenceNumber"], part["onixContributorRoleCode"], names[part["contactId"]]) for part in rows["works"][0]["contributions"]
    ]
    assert parts == [(1, "A01", "Ana de Quill"), (1, "A12", "Ana de Quill"), (2, "E07", "Synthesised voice")]


def test_a_series_keeps_its_number_year_and_issn() -> None:
    """The number may stand in the sequence alone."""
    detail = (
        "<Collection><CollectionIdentifier><CollectionIDType>02</CollectionIDType><IDValue>12345679</IDValue></CollectionIdentifier>"
        "<CollectionSequence><CollectionSequenceType>03</CollectionSequenceType><CollectionSequenceNumber>7</CollectionSequenceNumber></CollectionSequence>"
        "<TitleDetail><TitleType>01</TitleType><TitleElement><TitleElementLevel>02</TitleElementLevel><TitleText>Ships</TitleText></TitleElement></TitleDetail>"
        "</Collection>"
    )
    records, _ = read_onix([File("a.xml", message(a_product(detail=detail)))])
    rows = records["consonance"]
    assert rows["works"][0]["seriesMemberships"][0]["partNumber"] == "7"
    assert (rows["series"][0]["name"], rows["series"][0]["printIssn"]) == ("Ships", "12345679")


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("<Text textformat='05'>A &amp; <em>B</em> &lt; C</Text>", "A &amp; <em>B</em> &lt; C"),
        ("<Text textformat='02'>&lt;p&gt;A &amp;amp; B&lt;/p&gt;</Text>", "<p>A &amp; B</p>"),
        ("<Text>One &lt; two.\n\nThree &amp; four.</Text>", "<p>One &lt; two.</p><p>Three &amp; four.</p>"),
        ("<Text>&lt;p&gt;said to be plain&lt;/p&gt;</Text>", "<p>said to be plain</p>"),
    ],
)
def test_a_text_comes_in_as_the_html_that_it_means(text: str, html: str) -> None:
    """XHTML, HTML escaped whole, and plain paragraphs."""
    _, work, _ = read(a_product(collateral=f"<TextContent><TextType>03</TextType>{text}</TextContent>"))
    assert work["marketingTexts"][0]["externalText"] == html


def test_a_thing_that_is_no_book_comes_in_by_its_gtin() -> None:
    """And an ISBN that is none is named."""
    gtin = "<ProductIdentifier><ProductIDType>03</ProductIDType><IDValue>4006381333931</IDValue></ProductIdentifier>"
    row, _, faults = read(a_product(isbn="12-34", first=gtin))
    assert row["isbn13"] == "4006381333931"
    assert faults == ["a.xml, record com.example.1: left out: ProductIdentifier 15 '12-34' is no ISBN-13"]


@pytest.mark.parametrize(("isbn10", "isbn13"), [("1-999000-01-3", "9781999000011"), ("1999000014", None)])
def test_an_old_record_comes_in_by_its_isbn_10(isbn10: str, isbn13: str | None) -> None:
    """As the ISBN-13 that it is today; one whose check digit is wrong is named."""
    ids = f"<ProductIdentifier><ProductIDType>02</ProductIDType><IDValue>{isbn10}</IDValue></ProductIdentifier>"
    row, _, faults = read(a_product(isbn="", first=ids))
    assert row["isbn13"] == isbn13
    assert faults == ([] if isbn13 else [f"a.xml, record com.example.1: left out: ProductIdentifier 02 '{isbn10}' is no ISBN-10"])


def test_a_date_and_a_region_that_cannot_be_held_are_named() -> None:
    """The product comes in without them."""
    publishing = (
        "<PublishingDate><PublishingDateRole>01</PublishingDateRole><Date>20261350</Date></PublishingDate><SalesRights><SalesRightsType>01</SalesRightsType>"
        "<Territory><CountriesIncluded>IE</CountriesIncluded><RegionsIncluded>GB-SCT</RegionsIncluded></Territory></SalesRights>"
    )
    row, _, faults = read(a_product(publishing=publishing))
    assert (row["publicationDate"], row["forSaleCountryCodes"]) == (None, ["IE"])
    assert [fault.partition("left out: ")[2] for fault in faults] == [
        "Consonance has countries and no regions: GB-SCT of SalesRights 01",
        "PublishingDate '20261350' is no day",
    ]


def test_what_the_shape_cannot_hold_stands_in_the_supplement() -> None:
    """By the names of its fields, in cells of values and parts; what a cell cannot hold is named."""
    detail = (
        "<ProductFormDetail>E101</ProductFormDetail><ProductFormFeature><ProductFormFeatureType>09</ProductFormFeatureType>"
        "<ProductFormFeatureValue>94</ProductFormFeatureValue><ProductFormFeatureDescription>https://a.example/x</ProductFormFeatureDescription>"
        "</ProductFormFeature><ProductFormDescription>One; two</ProductFormDescription><Measure><MeasureType>08</MeasureType>"
        "<Measurement>0.4</Measurement><MeasureUnitCode>kg</MeasureUnitCode></Measure><EpubTechnicalProtection>02</EpubTechnicalProtection>"
        "<Subject><SubjectSchemeIdentifier>20</SubjectSchemeIdentifier><SubjectHeadingText>tides; salt, sea</SubjectHeadingText></Subject>"
        "<AudienceRange><AudienceRangeQualifier>17</AudienceRangeQualifier><AudienceRangePrecision>03</AudienceRangePrecision>"
        "<AudienceRangeValue>7</AudienceRangeValue><AudienceRangePrecision>04</AudienceRangePrecision><AudienceRangeValue>9</AudienceRangeValue>"
        "</AudienceRange>"
    )
    records, faults = read_onix([File("a.xml", message(a_product(form="ED", detail=detail)))])
    assert records["consonance"]["supplement"] == [
        {
            "id": 1, "isbn13": "9781999000011", "form_details": "E101", "accessibility": "94|https://a.example/x", "protections": "02",
            "keywords": "tides;salt;sea", "weight_gr": "400", "age_from": "7", "age_to": "9",
        }
    ]  # fmt: skip
    assert [fault.partition(": left out: ")[2] for fault in faults] == [
        "form_description 'One; two' has a semicolon or bar, which a cell of the supplement cannot hold"
    ]


def test_every_element_of_the_standard_comes_in_or_is_said_to_stay_out() -> None:
    """Whatever a product may hold by the schema of 3.1 is read, or stands on the page of what is not held: no surprises."""
    schema = etree.fromstring((resources.files("onixcheck") / "schema/xsd3.1/ONIX_BookProduct_3.1_reference.xsd").read_bytes())
    elements = {element.get("name"): element for element in schema.findall(f"{XSD}element")}
    groups = {group.get("name"): group for group in schema.findall(f"{XSD}group")}
    stays_out = {name for row in NOT_HELD for name in row.elements}
    seen, surprises, left = set(), set(), ["Product"]
    while left:
        name = left.pop()
        if name in seen or name in stays_out:
            continue
        seen.add(name)
        if name != "Product" and name not in READ:
            surprises.add(name)
        else:
            left += inside(elements[name], groups)
    assert surprises == set()
    assert (stays_out | READ) - set(elements) == set()
    assert not stays_out & READ


def inside(node: etree._Element, groups: dict[str, etree._Element]) -> list[str]:
    """Names of the elements that a definition refers to."""
    names = [element.get("ref") for element in node.iter(f"{XSD}element") if element.get("ref")]
    for group in node.iter(f"{XSD}group"):
        names += inside(groups[group.get("ref")], groups) if group.get("ref") in groups else []
    return names


def test_three_real_files_together_are_the_sum_of_them(shared_data: Path) -> None:
    """Each product as it comes in alone, but for its ids."""
    names = ("elibri__onix_audiobook_example.xml", "im_onix__full_sample.xml", "onixlib__notice_v3_0.xml")
    files = [File(name, (shared_data / "onix" / name).read_bytes()) for name in names]
    alone = [row["isbn13"] for file in files for row in read_onix([file])[0]["consonance"]["products"]]
    together, _ = read_onix(files)
    assert [row["isbn13"] for row in together["consonance"]["products"]] == alone
