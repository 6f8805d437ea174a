"""The supplement: a faulty row is named and the others go on; every field is read; it does not age; and it is put beside products."""

import csv
import os
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from colophon.config.files import SHIPPED
from colophon.domain.finding import Finding
from colophon.domain.product import Product
from colophon.domain.supplement import IDENTITY, NOT_IN_FILES, Coded, Constraint, Extra, File, Part, Relation, Supplement, Unnamed
from colophon.systems.consonance.reports.layouts import load_layouts
from colophon.systems.consonance.reports.reader import SPECS, Reports
from colophon.systems.consonance.reports.source import FolderSource
from colophon.systems.consonance.reports.supplement import READERS
from colophon.systems.consonance.settings import ConsonanceSettings
from colophon.use_cases.xconnector import supplements
from colophon_sandbox import seeds
from colophon_sandbox.systems.consonance.audience_files import COLUMNS

NOW = datetime(2026, 5, 1, 6, 0, tzinfo=UTC)


def read(folder: Path, *rows: dict[str, object], age: timedelta = timedelta(hours=1)) -> list[Supplement | Finding]:
    """What a file with these rows gives; its columns are those that the rows have."""
    file = folder / "supplement.csv"
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, list(dict.fromkeys(["ISBN", *(name for row in rows for name in row)])))
        writer.writeheader()
        writer.writerows(rows)
    os.utime(file, ((NOW - age).timestamp(),) * 2)
    settings = ConsonanceSettings.from_connection("https://web.consonance.app", "key", {}, connection="consonance_default")
    reports = Reports.from_settings(settings, FolderSource(str(folder)), clock=lambda: NOW, config=SHIPPED)
    report = reports.supplement()
    assert report is not None
    with report:
        return list(report)


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("ISBN", "9780000000003"),
        ("GTIN", "9780000000002"),
        ("Accessibility", "13;13"),
        ("Accessibility", "thirteen"),
        ("Weight (g)", "-3"),
        ("Weight (g)", "400 g"),
        ("Age from", "seven"),
        ("Product parts", "BB|0"),
        ("Product parts", "BB|1|9780000000003"),
        ("Related products", "03"),
        ("Files", "01|03|02"),
        ("Extents", "09|two|16"),
        ("Usage constraints", "02"),
        ("Copyright year", "25"),
    ],
)
def test_a_faulty_row_is_named_and_the_others_go_on(column: str, cell: str, tmp_path: Path) -> None:
    """File, row, column and what would be right; the row after it is read."""
    found = read(tmp_path, {"ISBN": "9780000000002", column: cell}, {"ISBN": "9780000000019", "Keywords": "tides"})
    fault, row = found
    assert isinstance(fault, Finding)
    assert (fault.field, fault.subject) == (column, "report:supplement.csv, row 2")
    assert isinstance(row, Supplement)
    assert row.keywords == ("tides",)


def test_a_product_stands_once(tmp_path: Path) -> None:
    """The second row of an ISBN is an exception; so is one without ISBN and product id."""
    first, again, nobody = read(tmp_path, {"ISBN": "9780000000002"}, {"ISBN": "978-0-00-000000-2"}, {"City of publication": "Bath"})
    assert isinstance(first, Supplement)
    assert [finding.field for finding in (again, nobody) if isinstance(finding, Finding)] == ["ISBN", "ISBN"]


def test_values_of_several_parts(tmp_path: Path) -> None:
    """Semicolons between values, bars within one; blank columns are nothing."""
    row = {
        "ISBN": "978-0-00-000000-2", "Product ID": "7", "Accessibility": "13;94|https://a.example/x", "Extents": "09|0013500|16",
        "Usage constraints": "03|02|10|05;05|01", "Product parts": "BB|2|9780000000019;PB", "Related products": "03|9780000000019",
        "Files": "01|03|02|https://covers.example/1.jpg|2400|1600", "Unnamed persons": "2|07", "Weight (g)": "412.5", "Age from": "7", "GTIN": "",
    }  # fmt: skip
    (told,) = read(tmp_path, row)
    assert told == Supplement(
        isbn13="9780000000002",
        product_id=7,
        origin="supplement.csv, row 2",
        accessibility=(Coded(code="13"), Coded(code="94", text="https://a.example/x")),
        extents=(Extra(extent_type="09", value="0013500", unit="16"),),
        constraints=(Constraint(usage="03", status="02", quantity=Decimal(10), unit="05"), Constraint(usage="05", status="01")),
        parts=(Part(form="BB", copies=2, isbn13="9780000000019"), Part(form="PB")),
        related_products=(Relation(relation="03", id_type="15", value="9780000000019"),),
        files=(File(content="01", mode="03", form="02", link="https://covers.example/1.jpg", height=2400, width=1600),),
        unnamed=(Unnamed(sequence=2, code="07"),),
        weight_gr=Decimal("412.5"),
        age_from=7,
    )


def test_it_does_not_age(tmp_path: Path) -> None:
    """People keep it: one of last year holds."""
    assert isinstance(read(tmp_path, {"ISBN": "9780000000002"}, age=timedelta(days=400))[0], Supplement)


def test_every_field_has_a_column_a_reader_and_a_place_in_the_sandbox() -> None:
    """What the record has, the layout names, and the sandbox writes under the same name."""
    columns = load_layouts(SPECS).reports["supplement"].sheets["rows"].columns
    assert set(READERS) == set(Supplement.model_fields) - IDENTITY - NOT_IN_FILES
    assert set(columns) == set(READERS) | {"isbn13", "product_id"}
    assert {"product_id" if field == "id" else field: column for column, field in COLUMNS["supplement"].items()} == columns


def test_the_sandboxs_supplement_is_read_whole(tmp_path: Path) -> None:
    """Each row of the built-in catalogue, without a fault."""
    rows = seeds.catalogue(100, 7)["consonance"]["supplement"]
    names = {field: column for column, field in COLUMNS["supplement"].items()}
    found = read(tmp_path, *({names[field]: value for field, value in row.items()} for row in rows))
    assert [entry for entry in found if isinstance(entry, Finding)] == []
    assert any(entry.accessibility for entry in found if isinstance(entry, Supplement))
    assert any(entry.weight_gr for entry in found if isinstance(entry, Supplement))


def book(isbn: str | None, product_id: int = 7, **more: object) -> Product:
    """A product with nothing else."""
    values = {"id": product_id, "kind": "PhysicalBookProduct", "work_id": 1, "isbn13": isbn, "title": "Tides", **more}
    return Product.model_validate(values)


def test_it_is_put_beside_products() -> None:
    """By ISBN, or by id where a product has none or a GTIN; whom it does not name stays as it was."""
    rows = [Supplement(isbn13="9780000000002", keywords=("a",)), Supplement(product_id=8, gtin13="5012345678900")]
    beside = supplements.beside(supplements.by_subject(map(supplements.to_line, rows)), set())
    found = list(beside([book("9780000000002"), book(None, 8), book("5012345678900", 8), book("9780000000019", 9)]))
    assert [product.supplement for product in found if isinstance(product, Product)] == [rows[0], rows[1], rows[1], None]


def test_what_changed_is_told_and_where_it_stands_is_no_change() -> None:
    """A row that moved says the same; one that is new, gone or different does not."""

    def lines(*rows: Supplement) -> dict[str, str]:
        return supplements.by_subject(map(supplements.to_line, rows))

    same = Supplement(isbn13="9780000000002", origin="supplement.csv, row 2", city="Bath")
    gone = Supplement(isbn13="9780000000019", origin="supplement.csv, row 3", city="Bath")
    before = lines(same, gone)
    assert supplements.changed(before, lines(same.model_copy(update={"origin": 'a "b".csv, row 9'}), gone)) == set()
    assert supplements.changed(before, lines(same.model_copy(update={"city": "York"}))) == {"9780000000002", "9780000000019"}


def test_a_product_of_ours_that_nobody_may_know_is_not_named() -> None:
    """Neither as a relation nor as an item of a set; another publisher's is."""
    ours, theirs = "9780000000019", "9780000000026"
    row = Supplement(
        isbn13="9780000000002",
        related_products=tuple(Relation(relation="03", id_type="15", value=isbn) for isbn in (ours, theirs)),
        parts=(Part(form="BB", isbn13=ours),),
    )
    lines = supplements.by_subject([supplements.to_line(row)])
    assert supplements.named(lines.values()) == {ours, theirs}
    secret = [book(ours, allow_onix_exports=False, publishing_status="04")]
    assert supplements.unannounced(secret) == {ours}
    assert supplements.unannounced([book(ours, allow_onix_exports=True, publishing_status="04")]) == set()
    (product,) = supplements.beside(lines, supplements.unannounced(secret))([book("9780000000002")])
    assert isinstance(product, Product)
    assert product.supplement is not None
    assert [relation.value for relation in product.supplement.related_products] == [theirs]
    assert product.supplement.parts == (Part(form="BB"),)
