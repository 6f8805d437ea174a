"""Writing and checking ONIX: titles a second against plain lxml on the same records, and memory over a long message.

Run: `python -m benchmarks.onix`. Prints write + validate for our way and for the plain way (an lxml tree built from the same
elements, checked by the same compiled schema, then serialised), their ratio, and the peak memory while one message of 1,000 and of
100,000 titles is streamed to a file. Each figure is the best of several rounds, in one process on one core.
"""

import gc
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from lxml import etree

from benchmarks.memory import peak_mb
from colophon.config.files import SHIPPED
from colophon.config.load import load_config
from colophon.domain.product import Contributor, Language, Price, Product, RelatedProduct, Resource, Series, Subject, Text, TextKind
from colophon.domain.supplement import Coded, File, Prize, Relation, Supplement
from colophon.onix.build import build
from colophon.onix.elements import product_element
from colophon.onix.record import OnixProduct
from colophon.onix.tree import Elements, Markup
from colophon.onix.validate import Validator
from colophon.onix.write import header_of, message, product_xml
from colophon.onix.xml import namespace, schema_file

AS_OF = datetime(2026, 6, 1, tzinfo=UTC)
CONFIG = load_config(SHIPPED)
PROFILE = CONFIG.recipients["retailer-plain"]
ROUNDS = 5
TITLES = 300
AIM_PER_SECOND = 1_500
AIM_RATIO = 2
AIM_MEGABYTES = 300


SUPPLEMENT = Supplement(
    form_details=("B401", "B504"),
    keywords=("tides", "coast walks", "salt", "slow travel", "natural history"),
    audiences=(Coded(code="01", text="01"), Coded(code="22", text="00")),
    weight_gr=Decimal(412),
    country_of_manufacture="GB",
    classifications=(Coded(code="03", text="49019900"),),
    content_types=("10", "12"),
    illustrations=12,
    illustrations_note="12 drawings by the author",
    related_products=(Relation(relation="03", id_type="15", value="9781999000080"),),
    files=(File(content="15", mode="04", form="02", link="https://samples.example/salt.pdf"),),
    prizes=(Prize(name="The Tide Prize", year="2025", country="GB", code="04"),),
    copyright_year="2025",
)


def product(number: int) -> Product:
    """A title whose record is about 16 KB, with all that a supplement says."""
    words = f"Tides, salt & a road numbered {number}. <em>Quietly marvellous.</em> "
    return Product(
        id=number,
        kind="PhysicalBookProduct",
        work_id=number,
        isbn13=f"9781{number:09d}",
        title=f"The Salt Road {number}",
        title_prefix="The",
        title_without_prefix=f"Salt Road {number}",
        subtitle="A Journey in Nine Tides",
        imprint="Larkspur",
        form_code="BB",
        publishing_status="04",
        publication_on=date(2025, 9, 4),
        allow_onix_exports=True,
        contributors=tuple(
            Contributor(contact_id=who, sequence=who, role="A01", name=f"Ana Quill {who}", name_inverted=f"Quill {who}, Ana")
            for who in (1, 2, 3)
        ),
        prices=tuple(
            Price(id=place, amount=Decimal("9.99") + place, currency=currency, type_code=kind, qualifier="05")
            for place, (currency, kind) in enumerate([("GBP", "02"), ("EUR", "02"), ("USD", "01")])
        ),
        texts=(
            Text(id=1, kind=TextKind.SHORT, html=f"<p>{words}</p>"),
            Text(id=2, kind=TextKind.MAIN, html=f"<p>{words * 55}</p>"),
            Text(id=3, kind=TextKind.REVIEW, html=f"<p>{words * 6}</p>"),
        ),
        subjects=tuple(
            Subject(scheme=scheme, code=code, is_main=code in {"WTL", "TRV010000"})
            for scheme, code in [("THEMA", "WTL"), ("THEMA", "WTLC"), ("THEMA", "1DDU"), ("THEMA", "3MPB"), ("BISAC", "TRV010000")]
        ),
        series=(Series(series_id=5, title="Walks of the Coast", part_number="2"),),
        resources=(Resource(id=2, url=f"https://covers.example/{number}.jpg", kind="front_cover", is_approved=True),),
        languages=(Language(role="01", code="eng"),),
        related=(RelatedProduct(product_id=1, isbn13="9781999000028", publishing_status="04", allow_onix_exports=True),),
        not_for_sale=("US", "CA"),
        is_for_sale_worldwide=True,
        pages=312,
        height_mm=Decimal(216),
        width_mm=Decimal(138),
        supplement=SUPPLEMENT,
    )


def plain_lxml(records: list[OnixProduct]) -> int:
    """Builds each record as an lxml tree in a minimal message, checks it by the cached schema, serialises the product."""
    total = 0
    for record in records:
        root = element("ONIXMessage", [])
        root.set("release", "3.1")
        header = element("Header", [("Sender", [("SenderName", "x")]), ("SentDateTime", "20260601")])
        tree = element(*product_element(record, "3.1"))
        root.extend([header, tree])
        assert SCHEMA.validate(root)
        total += len(etree.tostring(tree, encoding="UTF-8"))
    return total


def element(name: str, content: str | Elements | None) -> etree._Element:
    """One lxml element with what is in it."""
    plain, _, attributes = name.partition(" ")
    made = etree.Element(f"{{{NAMESPACE}}}{plain}", nsmap={None: NAMESPACE})
    for attribute in attributes.split():
        key, _, value = attribute.partition("=")
        made.set(key, value.strip('"'))
    if isinstance(content, Markup):
        inner = etree.fromstring(f'<x xmlns="{NAMESPACE}">{content}</x>')
        made.text = inner.text
        made.extend(list(inner))
    elif isinstance(content, str):
        made.text = content
    elif content:
        made.extend([element(*child) for child in content])
    return made


def ours(records: list[OnixProduct]) -> int:
    """Writes and checks each record."""
    total = 0
    for record in records:
        written = product_xml(record, PROFILE)
        assert not VALIDATOR.check(written)
        total += len(written)
    return total


def best(work: Callable[[], object]) -> float:
    """Seconds on the core of the quickest round; what else the machine does is not in it."""
    found = []
    for _ in range(ROUNDS):
        gc.collect()
        start = time.process_time()
        work()
        found.append(time.process_time() - start)
    return min(found)


def stream(titles: int) -> None:
    """Builds, writes, checks and streams one message; prints its bytes and this process's peak memory in MB."""

    def products() -> Iterator[bytes]:
        for number in range(titles):
            written = product_xml(build(product(number), PROFILE, CONFIG.publisher, as_of=AS_OF), PROFILE)
            assert number % 100 or not VALIDATOR.check(written)
            yield written

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "feed.xml"
        with file.open("wb") as out:
            out.writelines(message(header_of(CONFIG.publisher, number=1, sent_at=AS_OF), products(), PROFILE))
        print(file.stat().st_size, round(peak_mb()))


def compare() -> None:
    """Prints all figures."""
    records = [build(product(number), PROFILE, CONFIG.publisher, as_of=AS_OF) for number in range(TITLES)]
    size = len(product_xml(records[0], PROFILE))
    build_s = best(lambda: [build(product(number), PROFILE, CONFIG.publisher, as_of=AS_OF) for number in range(TITLES)])
    write_s = best(lambda: [product_xml(record, PROFILE) for record in records])
    ours_s, plain_s = best(lambda: ours(records)), best(lambda: plain_lxml(records))
    print(f"record                     {size:>9,} bytes, {TITLES} titles, best of {ROUNDS}")
    print(f"build (from a product)     {TITLES / build_s:>9,.0f} titles/s")
    print(f"write                      {TITLES / write_s:>9,.0f} titles/s")
    print(f"write + validate, ours     {TITLES / ours_s:>9,.0f} titles/s   (aim {AIM_PER_SECOND:,})")
    print(f"write + validate, lxml     {TITLES / plain_s:>9,.0f} titles/s")
    print(f"ours / plain lxml          {plain_s / ours_s:>9.2f}            (aim {AIM_RATIO})")
    for titles in (1_000, 100_000):
        answer = subprocess.run(
            [sys.executable, "-m", "benchmarks.onix", str(titles)], check=True, capture_output=True, text=True
        ).stdout.split()
        print(f"message of {titles:>7,} titles {int(answer[0]) / 1e6:>10,.1f} MB written, peak {answer[1]} MB (aim {AIM_MEGABYTES})")


NAMESPACE = namespace("3.1", "reference")
SCHEMA = etree.XMLSchema(etree.parse(schema_file("3.1", "reference")))
VALIDATOR = Validator("3.1", "reference")

if __name__ == "__main__":
    if len(sys.argv) > 1:
        stream(int(sys.argv[1]))
    else:
        compare()
