"""D: sizes and lengths that no book has, which is how a wrong unit looks."""

from collections.abc import Iterator
from decimal import Decimal

from colophon.quality.rule import Case, Fault, W, rule

# Millimetres by List 48 that printed books have, from the smallest pocket book to an atlas.
BOOK_SIZES = {"01": (50, 700), "02": (40, 700), "03": (1, 200)}
NAMES = {"01": "height", "02": "width", "03": "thickness"}
MILLIMETRES = {"mm": Decimal(1), "cm": Decimal(10), "in": Decimal("25.4")}
GRAMS = {"gr": Decimal(1), "kg": Decimal(1000), "oz": Decimal("28.35"), "lb": Decimal("453.59")}
WEIGHTS = (10, 15_000)
PAGES = (4, 6000)
MINUTES = (1, 12_000)
PAGES_PER_MM = 40
"""More leaves than the thinnest paper has in a millimetre."""


@rule(
    "D19",
    W,
    "A book's measures are those of a book",
    "Enter the size in millimetres and the weight in grams; 19.8 was centimetres, 7.8 inches.",
    "ours",
)
def book_sizes(case: Case) -> Iterator[Fault]:
    """Too small or too large for a printed book, or thicker than high."""
    if not case.record.product_form.startswith("B"):
        return
    sizes = {m.measure_type: m.value * MILLIMETRES[m.unit] for m in case.record.measures if m.unit in MILLIMETRES}
    for kind, (least, most) in BOOK_SIZES.items():
        if kind in sizes and not least <= sizes[kind] <= most:
            yield Fault(f"Measure {kind}", f"{NAMES[kind]} {sizes[kind]:f} mm", f"{least} to {most} mm")
    weights = [(m, m.value * GRAMS[m.unit]) for m in case.record.measures if m.unit in GRAMS]
    for measure, grams in weights:
        if not WEIGHTS[0] <= grams <= WEIGHTS[1]:
            yield Fault(f"Measure {measure.measure_type}", f"weight {measure.value:f} {measure.unit}", f"{WEIGHTS[0]} to {WEIGHTS[1]:,} g")
    if "01" in sizes and "03" in sizes and sizes["03"] > sizes["01"]:
        yield Fault("Measure 03", f"thickness {sizes['03']:f} mm", f"less than the height, {sizes['01']:f} mm")


@rule("D20", W, "A book's length is that of a book", "Correct the page count or the running time.", "ours")
def lengths(case: Case) -> Iterator[Fault]:
    """A page count or duration that nothing printed or read aloud has."""
    for extent in case.record.extents:
        least, most = PAGES if extent.unit == "03" else MINUTES if extent.unit == "05" else (0, None)
        if most is not None and extent.value.isdigit() and not least <= int(extent.value) <= most:
            yield Fault(f"Extent {extent.extent_type}", extent.value, f"{least:,} to {most:,}")
    pages = next((int(e.value) for e in case.record.extents if e.extent_type == "00" and e.value.isdigit()), 0)
    thick = next((m.value * MILLIMETRES[m.unit] for m in case.record.measures if m.measure_type == "03" and m.unit in MILLIMETRES), None)
    if thick and pages and case.record.product_form.startswith("B") and pages > thick * PAGES_PER_MM:
        yield Fault("Extent 00", f"{pages} pages", f"at most {int(thick * PAGES_PER_MM)} in {thick:f} mm")
