"""A title about which there is nothing to say, its record, and the rules that a changed one breaks."""

from datetime import UTC, date, datetime
from decimal import Decimal

from colophon.config.load import load_config
from colophon.domain.product import Contributor, Language, Price, Product, Resource, Subject, Text, TextKind
from colophon.domain.supplement import Contact
from colophon.onix.build import build
from colophon.onix.codelist_file import load_code_lists
from colophon.onix.prior import Prior
from colophon.onix.record_details import PRODUCT_SAFETY, ProductContact
from colophon.onix.record_sales import Price as WrittenPrice
from colophon.onix.record_sales import SupplyDetail
from colophon.quality.judge import judge

AS_OF = datetime(2026, 5, 1, tzinfo=UTC)
CONFIG = load_config()
PROFILE = CONFIG.recipients["retailer-plain"]
LISTS = load_code_lists()
BOOK = Product(
    id=7,
    kind="PhysicalBookProduct",
    work_id=3,
    isbn13="9781999000004",
    title="The Heron at Kelso Bridge",
    title_prefix="The",
    title_without_prefix="Heron at Kelso Bridge",
    imprint="Larkspur",
    form_code="BC",
    publishing_status="04",
    availability="20",
    publication_on=date(2024, 2, 1),
    allow_onix_exports=True,
    contributors=(Contributor(contact_id=1, sequence=1, role="A01", name="Agnes Crane", name_inverted="Crane, Agnes"),),
    prices=(Price(id=1, amount=Decimal("9.99"), currency="GBP", type_code="02", qualifier="05"),),
    texts=(Text(id=1, kind=TextKind.SHORT, html="<p>Short.</p>"), Text(id=2, kind=TextKind.MAIN, html="<p>Main &amp; long.</p>")),
    subjects=(Subject(scheme="THEMA", code="FBA", is_main=True),),
    resources=(Resource(id=1, url="https://covers.example/7.jpg", kind="front_cover", is_approved=True),),
    languages=(Language(role="01", code="eng"),),
    is_for_sale_worldwide=True,
    pages=320,
    height_mm=Decimal(198),
    width_mm=Decimal(129),
    thickness_mm=Decimal(22),
)
CLEAN = build(BOOK, PROFILE, CONFIG.publisher, as_of=AS_OF, prior=Prior(cover_dates={}))
CLEAN.contacts.append(ProductContact(PRODUCT_SAFETY, Contact(name="Larkspur & Vale Ireland", street="1 Quay", city="Cork", country="IE")))


def found(record=CLEAN, product=BOOK, profile=PROFILE, prior=None) -> set[str]:
    """Ids of the rules that a record breaks."""
    return {f.rule for f in judge(record, product, profile, on=AS_OF.date(), lists=LISTS, prior=prior or Prior(), owners=CONFIG.owners)}


def detail(record) -> SupplyDetail:
    """The first supply detail."""
    return record.supplies[0].supply_details[0]


def price(record) -> WrittenPrice:
    """The first price."""
    return detail(record).prices[0]
