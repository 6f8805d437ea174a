"""Codes in profiles and publisher.yaml: one that no list has stops at load, with key, value and the nearest right one."""

import re
import shutil
from pathlib import Path

import pytest

from colophon.config.files import SHIPPED
from colophon.config.load import load_config
from colophon.errors import BadConfigError

PROFILE = """
id: shop
name: Shop
source: a test
as_of: 2026-11-01
release: "3.0"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of what ships, with room for one more recipient."""
    target = tmp_path / "config"
    shutil.copytree(SHIPPED, target, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    return target


def load(folder: Path, more: str = "", publisher: str = "") -> None:
    """Load with a recipient `shop` that has a few more lines, and other lines in publisher.yaml."""
    (folder / "recipients" / "shop.yaml").write_text(PROFILE + more + "\n", encoding="utf-8")
    file = folder / "publisher.yaml"
    shipped = file.read_text(encoding="utf-8")
    for key in re.findall(r"^(\w+):", publisher, re.MULTILINE):
        shipped = re.sub(rf"^{key}:.*\n(?:[ #-].*\n)*", "", shipped, flags=re.MULTILINE)
    file.write_text(shipped + publisher, encoding="utf-8")
    load_config(folder)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('subject_schemes: ["9.3"]', "subject_schemes: '9.3' is no code of List 27; did you mean 93 (Thema"),
        ('publishing_statuses: ["2"]', "publishing_statuses: '2' is no code of List 64; did you mean 02 (Forthcoming)?"),
        ("market: [UK]", "market: 'UK' is no country of List 91 or region of List 49; did you mean GB (United Kingdom)?"),
        ("market: [EU]", "did you mean ECZ, the euro zone, or its countries one by one?"),
        ("market: [AN]", "market: 'AN' is no country of List 91"),
        ("prices: []", "prices: without any every title is held"),
        ('prices: [{price_type: "02", currencies: [HRK]}]', "prices.0.currencies: HRK buys nothing any more; did you mean EUR?"),
        ('market: [GB]\nprices: [{price_type: "02", countries: [DE]}]', "prices.0.countries: DE: none of them is in the market"),
        ('markets: [{countries: [GB], prices: [{price_type: "02", countries: [US]}]}]', "markets.0.prices.0.countries: US: none of them"),
        ('texts: [{text_type: "03"}, {text_type: "03", text_format: "06"}]', "texts: one entry for each text_type"),
        ('texts: [{text_type: "03", min_chars: -1}]', "texts.0.min_chars: Input should be greater than or equal to 0"),
        ('identifiers: ["01"]', "identifiers: neither 15 (ISBN-13) nor 03"),
        ("format: json\nack: onix", "ack: onix is for format onix"),
        ("overlays: [{name: map_publishing_status}]", "map_publishing_status needs values"),
        ('overlays: [{name: drop_rights_types, values: {kep: "01"}}]', "drop_rights_types takes the value `keep` alone"),
        ("market: [Germany]", "did you mean DE (Germany)?"),
        ("market: [de]", "did you mean DE (Germany)?"),
        ("market: [ROW]", "market: 'ROW' is no country"),
        ("market: [NO]", "write it in quotes"),
        ('texts: [{text_type: "99"}]', "texts.text_type: '99' is no code of List 153"),
        ('identifiers: ["99"]', "identifiers: '99' is no code of List 5"),
        ("identifiers: [15]", "identifiers.0: Input should be a valid string, and YAML takes it for 15: write it in quotes"),
        ("product_forms: [EPUB]", "product_forms: 'EPUB' is no code of List 150; did you mean ED (Digital download)?"),
        ('prices: [{price_type: "2"}]', "prices.0.price_type: '2' is no code of List 58; did you mean 02 (RRP including tax)?"),
        (
            'prices: [{price_type: "02", qualifier: "5"}]',
            "prices.0.qualifier: '5' is no code of List 59; did you mean 05 (Consumer price)?",
        ),
        (
            'prices: [{price_type: "02", currencies: [GPB]}]',
            "prices.0.currencies: 'GPB' is no code of List 96; did you mean GBP (Pound Sterling)?",
        ),
        ('prices: [{price_type: "02", countries: [Ireland]}]', "prices.0.countries: 'Ireland' is no country"),
        (
            'notification_types: ["3"]',
            "notification_types: '3' is no notification type; did you mean 03 (Notification confirmed on publication)?",
        ),
        ("severities: {C4: X}", "severities.C4"),
        ("sale_channel: Onlin", "sale_channel: 'Onlin' is no channel that rights are sold through; did you mean online?"),
        ('addressee_gln: "5030670000006"', "addressee_gln: '5030670000006' is no GLN"),
        ("publishing_statuses: []", "publishing_statuses: Tuple should have at least 1 item"),
        ('texts: [{text_type: "03", min_chars: 500, max_chars: 100}]', "no text has at least 500 and at most 100 characters"),
        ("takes_block_updates: true", "takes_block_updates: Extra inputs are not permitted"),
        ('overlays: [{name: map_publishing_status, values: {"7": "04"}}]', "overlays.values: '7' is no code of List 64; did you mean 07"),
        (
            "supplier: larkspur-uk",
            "supplier: 'larkspur-uk' is no supplier of publisher.yaml; did you mean larkspur-us (Larkspur & Vale US)?",
        ),
        ('supplier_role: "1"', "supplier_role: '1' is no code of List 93; did you mean 01"),
        ('returns: {code_type: "04", code: "3"}', "returns.code: '3' is no code of List 204; did you mean 03 (Sale or return)?"),
        ('returns: {code_type: "02", code: "J"}', "returns.code: 'J' is no code of List 66"),
        ('discount: {code_type: "2", code: A, type_name: x}', "code types 02 and 05 have a type_name"),
        ('discount: {code_type: "02", code: A}', "code types 02 and 05 have a type_name"),
        ("pack_quantity: 0", "pack_quantity"),
        ("without_price: hold_it", "without_price"),
        ("without_price: unpriced", "unpriced needs an unpriced_code of List 57"),
        ('{without_price: unpriced, unpriced_code: "01"}', "unpriced needs an unpriced_code of List 57"),
        ('unpriced_code: "4"', "unpriced_code: '4' is no code of List 57; did you mean 04 (Contact supplier)?"),
        ("rhythm: {days: [monday]}", "rhythm.days.0"),
        ("rhythm: {full: sun}", "rhythm.full: Extra inputs are not permitted; did you mean full_on?"),
        ("subject_schema: []", "subject_schema: Extra inputs are not permitted; did you mean subject_schemes?"),
        ("files: {nam: x}", "files.nam: Extra inputs are not permitted; did you mean name?"),
        ('files: {name: "{sendr}_{number}.xml"}', "did you mean {sender}?"),
        ("market: [GB]\nmarkets: [{countries: [GB]}]", "market and markets: have one of them"),
        ("markets: [{countries: []}]", "markets.0.countries"),
        ("markets: [{countries: [UK]}]", "markets.0.countries: 'UK' is no country"),
        ("markets: [{countries: [GB, IE]}, {countries: [DE, IE]}]", "markets.1.countries: IE is in markets.0, too"),
        ("markets: [{countries: [GB]}, {countries: [GB-SCT]}]", "markets.1.countries: GB-SCT is in markets.0, too"),
        ("markets: [{countries: [GB]}, {countries: [WORLD]}]", "GB is in markets.0, too; ROW is what no other market names"),
        ('markets: [{countries: [GB], prices: [{price_type: "2"}]}]', "markets.0.prices.0.price_type: '2' is no code of List 58"),
        ("markets: [{countries: [GB], suplier: larkspur-us}]", "markets.0.suplier: Extra inputs are not permitted; did you mean supplier?"),
    ],
)
def test_a_typo_in_a_profile_stops_at_load(folder: Path, line: str, says: str) -> None:
    """With the file, the key, the value and what was most likely meant."""
    more = line if not line.startswith("{") else line[1:-1].replace(", ", "\n")
    with pytest.raises(BadConfigError, match=re.escape(says)) as refused:
        load(folder, more)
    assert str(refused.value).find("shop.yaml: ") >= 0


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ("price_territories: {GPB: [GB]}", "price_territories: 'GPB' is no code of List 96"),
        ("price_territories: {GBP: [UK]}", "price_territories.GBP: 'UK' is no country of List 91 or region of List 49; did you mean GB"),
        (
            "suppliers: {larkspur-us: {name: x, role: '2'}, larkspur-digital: {name: y}}",
            "suppliers.larkspur-us.role: '2' is no code of List 93",
        ),
        ("country: UK", "country: 'UK' is no code of List 91; did you mean GB (United Kingdom)?"),
        ("default_language: en", "default_language: 'en' is no code of List 74; did you mean eng (English)?"),
        ("taxes: [{country: UK, currency: GBP, digital: false, rate_code: Z, percent: 0, from_on: 2020-01-01}]", "taxes.0.country: 'UK'"),
        ("taxes: [{country: GB, currency: GBP, digital: false, rate_code: X, percent: 0, from_on: 2020-01-01}]", "taxes.0.rate_code: 'X'"),
    ],
)
def test_a_typo_in_publisher_yaml_stops_at_load(folder: Path, lines: str, says: str) -> None:
    """Its codes are written into every record."""
    with pytest.raises(BadConfigError, match=re.escape(says)) as refused:
        load(folder, publisher=lines + "\n")
    assert "publisher.yaml: " in str(refused.value)


def test_profiles_as_recipients_ask_for_them(folder: Path) -> None:
    """The plain form with one market, and the one with several."""
    load(folder, "market: [GB, ECZ, GB-SCT]\nfiles: {name: 'BT_{date}_{time}_{kind}.xml'}\nrhythm: {days: [mon], full_on: sun}")
    load(folder, "markets: [{countries: [US], supplier: larkspur-us}, {countries: [ROW], without_price: free}]")
