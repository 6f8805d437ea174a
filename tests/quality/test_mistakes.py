"""What people really get wrong: each is found by its rule, and what only looks like it is not."""

import copy
import re
from datetime import date
from decimal import Decimal

import pytest
from clean_record import BOOK, CLEAN, detail, found, price

from colophon.domain.product import Subject, Text, TextKind
from colophon.domain.supplement import Contact
from colophon.onix import record as onix
from colophon.onix.record_details import PRODUCT_SAFETY, ProductContact
from colophon.onix.record_parts import PublishingDate
from colophon.onix.record_sales import Price as WrittenPrice
from colophon.onix.xhtml import xhtml


def changed(**values):
    """The clean record with other members."""
    record = copy.deepcopy(CLEAN)
    for name, value in values.items():
        setattr(record, name, value)
    return record


def named(name: str):
    """The clean record with another author."""
    record = copy.deepcopy(CLEAN)
    record.contributors[0].person_name = name
    return record


@pytest.mark.parametrize(
    "name",
    [
        "Quill, Ana",
        "Ana Quill Ana Quill",
        "ANA QUILLER",
        "ana quill",
        "by Ana Quill",
        "Ana Quill (ed.)",
        "Ana Quill and Ben Reed",
        "Quill; Reed",
        "Quill,Ana",
        "Quill,",
        "Ana Quill, Ben Reed, Cy Dean",
        "Ana Quill + Ben Reed",
        "Ana Quill (Ana Quill)",
        "Illustrated by Ana Quill",
        "Ana Quill (Author)",
        "Autor: Ana Quill",
        "Ana Quill (1870-1920)",
        "Ana Quill, 1870-1920",
        "Ana QUILL",
        "aNA qUILL",
        "Ana quill",
        "Ana Quill (AI voice)",
    ],
)
def test_a_name_that_nobody_says_so_is_found(name: str) -> None:
    """Inverted, doubled, shouted, whispered, with its role, or two people in one."""
    assert found(named(name)) == {"D14"}


@pytest.mark.parametrize(
    "name",
    [
        "Voltaire",
        "bell hooks"[0].upper() + "ell Hooks",
        "Martin Luther King, Jr.",
        "村上春樹",
        "דוד גרוסמן",
        "J. R. R. Tolkien",
        "Duran Duran Smith",
        "E. L. JAMES",
        "José de la Cruz",
        "John Smith, MD, PhD",
        "Anne, Princess Royal",
        "Par Lagerkvist",
        "Von Hardesty",
        "Louis XVIII",
        "DBC Pierre",
        "Ludwig van Beethoven",
        "Abu Hamid al-Ghazali",
        "Ford Madox Ford",
        "M. T. Anderson",
        "Ngũgĩ wa Thiong'o",
    ],
)
def test_a_name_that_only_looks_odd_is_left_alone(name: str) -> None:
    """One word, other scripts, initials, particles, a suffix after a comma."""
    assert found(named(name)) == set()


@pytest.mark.parametrize(
    "name",
    [
        "Various",
        "Various Authors",
        "Anonymous",
        "N/A",
        "Diverse Autoren",
        "Anon.",
        "N. N.",
        "Collectif",
        "Author TBC",
        "null",
        "-",
        "Not specified",
        "ChatGPT",
    ],
)
def test_nobody_and_everybody_are_no_people(name: str) -> None:
    """A shop would make an author page of it."""
    assert found(named(name)) == {"D15"}


@pytest.mark.parametrize(
    ("title", "subtitle", "series", "is_found"),
    [
        ("Salt Road: A Journey", "A Journey", None, True),
        ("Salt Road (Tides, #2)", None, "Tides", True),
        ("Salt Road: Tides 2", None, "Tides", True),
        ("Salt Road Book 2", None, "Tides", True),
        ("THE SALT ROAD", None, None, True),
        ("Salt Road", "Salt Road", None, True),
        ("Salt Road Salt Road", None, None, True),
        ("Salt Road, The", None, None, True),
        ("Salt Road (Paperback)", None, None, True),
        ("Salt Road [Kindle Edition]", None, None, True),
        ("Tides 2: Salt Road", None, "Tides", True),
        ("Tides, Book 2 - Salt Road", None, "Tides", True),
        ("Salt Road by Agnes Crane", None, None, True),
        ("New York, New York", None, None, False),
        ("Stand by Me", None, None, False),
        ("Tides: Salt Road", None, "Tides", False),
        ("Audio (R)evolution", None, None, False),
        ("Salt Road", "A Journey", "Tides", False),
        ("Tides, Vol. 2", None, "Tides", False),
        ("Catch-22", None, "Modern Classics", False),
        ("Fahrenheit 451", None, "Modern Classics", False),
        ("IT", None, None, False),
        ("SPQR: A History", "Of Ancient Rome", None, False),
    ],
)
def test_a_title_with_more_in_it_than_the_title(title: str, subtitle: str | None, series: str | None, *, is_found: bool) -> None:
    """Its subtitle, its series, its number; 22 is a part of a title."""
    record = changed(title=title, subtitle=subtitle, collections=[onix.Collection(series)] if series else [])
    assert ("D17" in found(record)) is is_found


@pytest.mark.parametrize(
    "title",
    [
        "TBC",
        "To be confirmed",
        "Title TBA",
        "[tbd]",
        "Test",
        "xxx",
        "Untitled",
        "Untitled #3",
        "Working Title",
        "Title to come",
        "Titel folgt",
        "null",
        "???",
    ],
)
def test_a_title_that_is_none_stays_back(title: str) -> None:
    """It would stand in every shop as it is."""
    assert "D18" in found(changed(title=title))


@pytest.mark.parametrize("title", ["Untitled Love", "Test Pilots", "The Title Fight", "None but the Brave", "22"])
def test_a_title_that_begins_like_none_goes(title: str) -> None:
    """Words are judged as a whole."""
    assert "D18" not in found(changed(title=title))


@pytest.mark.parametrize(
    ("sizes", "is_found"),
    [
        (("19.8", "12.9", "2.2"), True),
        (("7.8", "5.1", "0.9"), True),
        (("22", "129", "198"), True),
        (("198", "129", "22"), False),
        (("380", "300", "45"), False),
    ],
)
def test_centimetres_and_inches_typed_as_millimetres(sizes: tuple[str, str, str], *, is_found: bool) -> None:
    """No printed book is as small as that, and none is thicker than high."""
    record = changed(measures=[onix.Measure(kind, Decimal(size), "mm") for kind, size in zip(("01", "02", "03"), sizes, strict=True)])
    assert ("D19" in found(record)) is is_found


@pytest.mark.parametrize(
    ("status", "availability", "published", "rule"),
    [
        ("04", "20", date(2026, 9, 1), "S3a"),
        ("02", "21", date(2026, 9, 1), "S3"),
        ("04", "10", date(2025, 1, 1), "S3a"),
        ("06", "21", date(2024, 2, 1), "S3"),
        ("17", "21", date(2024, 2, 1), "S3"),
        ("04", "51", date(2024, 2, 1), "S3"),
        ("04", "31", date(2024, 2, 1), ""),
        ("01", "10", date(2024, 2, 1), "S3"),
        ("07", "10", date(2024, 2, 1), "S3"),
        ("11", "32", date(2024, 2, 1), "S3"),
        ("12", "20", date(2024, 2, 1), "S3"),
        ("13", "21", date(2024, 2, 1), "S3"),
        ("07", "23", date(2024, 2, 1), "S3"),
        ("06", "40", date(2024, 2, 1), ""),
    ],
)
def test_status_availability_and_date_say_the_same(status: str, availability: str, published: date, rule: str) -> None:
    """Who reads one of them alone must not sell, or refuse to, against the others."""
    record = changed(publishing_status=status, publishing_dates=[PublishingDate("01", published)])
    detail(record).availability = availability
    detail(record).dates = [PublishingDate("08", date(2026, 9, 1))]
    assert {found_rule for found_rule in found(record) if found_rule in {"S3", "S3a"}} == ({rule} if rule else set())


@pytest.mark.parametrize(
    ("currency", "until", "is_found"),
    [
        ("HRK", None, True),
        ("BGN", None, True),
        ("DEM", None, True),
        ("TRL", None, True),
        ("ROL", None, True),
        ("ANG", None, True),
        ("VEF", None, True),
        ("ANG", date(2025, 3, 31), False),
        ("BGN", date(2025, 12, 31), False),
        ("GBP", None, False),
    ],
)
def test_money_that_buys_nothing(currency: str, until: date | None, *, is_found: bool) -> None:
    """The euro took its place; a price that ended before is history."""
    record = copy.deepcopy(CLEAN)
    price(record).currency, price(record).until_on = currency, until
    assert ("S12" in found(record)) is is_found


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        ("Description to follow", "C7"),
        ("TBC", "C7"),
        ("Lorem ipsum dolor", "C7"),
        *(
            (words, "C7")
            for words in ("The Text goes here.", "Blurb TBA", "A biography to come", "copy needed", " -- N/A --", "Coming soon!")
        ),
        *(
            (words, "C8")
            for words in ("Only 9,99 €", "12.50 EUR here", "now $5.00", "€ 7.00", "for GBP 8", "at USD10", "RRP 12", "by EUR5")
        ),
        *((words, "C8") for words in ("to a.b+c@d-e.example", "at HTTPS://x.example", "on Www.x.example")),
        *((words, "") for words in ("Copywriting here", "a 5 € idea", "name@", "@handle.x", "the www", "hypertext to follow")),
        ("Write to ana@quill.example", "C8"),
        ("See www.quill.example/book", "C8"),
        ("RRP £9.99", "C8"),
        ("12,90 CHF", "C8"),
        ("Nur 9,99 Euro", "C8"),
        ("now £1,299.00", "C8"),
        ("Price: £9", "C8"),
        ("from quillbooks.com today", "C8"),
        ("at bit.ly/3xQuill", "C8"),
        ("Write to ana (at) quill.example", "C8"),
        ("No description available.", "C7"),
        ("Insert blurb here", "C7"),
        ("Klappentext folgt", "C7"),
        ("To be supplied", "C7"),
        ("???", "C7"),
        ("null", "C7"),
        ("Order your copy today! He added text to the margins.", ""),
        ("The text here follows the first edition, at Euro 2024.", ""),
        ("A sentence.It goes on, e.g. so.", ""),
        ("Przek\u00c5\u201aad", "C6a"),
        ("\u00d0\u0178\u00d1\u20ac\u00d0\u00b8", "C6a"),
        ("\u0420\u045f\u0421\u0402\u0420\u0451", "C6a"),
        ("caf\u221a\u00a9", "C6a"),
        ("It\u201a\u00c4\u00f4s", "C6a"),
        ("caf\u251c\u2310", "C6a"),
        ("\u00e6\u2014\u00a5\u00e6\u0153\u00ac", "C6a"),
        ("It\u0092s", "C6a"),
        ("caf?s", "C6a"),
        ("\uf0a7 one", "C6a"),
        ("\u200fturned", "C6a"),
        ("\u05e9\u05dc\u05d5\u05dd\u200f", ""),
        (
            "MA\u00c7\u00c3 DO AMOR, \u221ax, \u00c5 v\u00e6re \u00bbgod\u00ab, na\u00efve caf\u00e9\u201d\u2026 \u0421\u0422\u0420\u0410\u0421\u0422\u042c \u0420\u043e\u0441\u0441\u0438\u044f",
            "",
        ),
        ("Itâ€™s a cafÃ©", "C6a"),
        ("It\ufffds", "C6a"),
        ("turned \u202e round", "C6a"),
        ("A tale of £500 and a ship in 1999, to come home at last.", ""),
        ("Château, Ãvila and naïve — “quoted” €uro", ""),
    ],
)
def test_words_that_nobody_meant_to_publish(words: str, rule: str) -> None:
    """Placeholders, addresses, prices, letters of the wrong encoding."""
    record = copy.deepcopy(CLEAN)
    record.texts[1].text = f"<p>{words}</p>"
    assert found(record) == ({rule} if rule else set())


@pytest.mark.parametrize(
    "html",
    [
        "&lt;p&gt;Brave &amp;amp; true&lt;/p&gt;",
        "&#60;p&#62;Brave&#60;/p&#62;",
        "&lt;h2&gt;Brave&lt;/h2&gt;",
        "&amp;lt;p&amp;gt;Brave&amp;lt;/p&amp;gt;",
        "<p>Brave&amp;nbsp;and true</p>",
        "<p>Brave &amp;#8211; true</p>",
        '&lt;div class="x"&gt;Brave&lt;/div&gt;',
        "&lt;a href=&quot;https://a.example&quot;&gt;Brave&lt;/a&gt;",
    ],
)
def test_tags_that_were_escaped_are_told_though_they_are_mended(html: str) -> None:
    """Other systems show them as they stand."""
    texts = (BOOK.texts[0], Text(id=2, kind=TextKind.MAIN, html=html))
    assert found(product=BOOK.model_copy(update={"texts": texts})) == {"C9"}
    assert not re.search("&lt;|&#60;|&amp;(?! )|nbsp", xhtml(html))


@pytest.mark.parametrize(
    ("title", "rule"),
    [
        ("Salt &amp; Road", "C9"),
        ("<i>Salt</i> Road", "C9"),
        ("Salt&#8217;s Road", "C9"),
        ("Salt\u200b Road", "C6"),
        ("\ufeffSalt Road", "C6"),
        ("M?nchen", ""),
        ("Stra?e", "C6"),
        ("AT&T and R&D; a < b", ""),
    ],
)
def test_a_title_in_letters_that_were_lost_on_the_way(title: str, rule: str) -> None:
    """Entities and tags, what nobody sees, a letter that an encoding lacked."""
    assert {each for each in found(changed(title=title)) if each in {"C6", "C9"}} == ({rule} if rule else set())


@pytest.mark.parametrize(
    ("subjects", "is_found"),
    [
        ([("1DDF", True)], True),
        ([("FBA", False), ("1DDF", True)], True),
        ([("FBA", True), ("1DDF", False)], False),
    ],
)
def test_a_qualifier_is_no_main_subject(subjects: list[tuple[str, bool]], *, is_found: bool) -> None:
    """Where, when and for whom stand beside what it is about."""
    product = BOOK.model_copy(update={"subjects": tuple(Subject(scheme="THEMA", code=code, is_main=main) for code, main in subjects)})
    assert ("D10b" in found(product=product)) is is_found


@pytest.mark.parametrize(
    ("link", "rule"),
    [
        ("https://dam/7.jpg", "C10"),
        ("http://localhost:8080/7.jpg", "C10"),
        ("http://192.168.1.4/7.jpg", "C10"),
        ("https://images.corp/7.jpg", "C10"),
        ("https://covers.example/7.pdf", "C10a"),
        ("https://covers.example/7.webp", "C10a"),
        ("https://covers.example/no-cover.jpg", "C10a"),
        ("https://covers.example/coming_soon.png", "C10a"),
        ("https://bucket.example/7.jpg?X-Amz-Expires=3600&X-Amz-Signature=ab", "C10b"),
        ("https://store.example/7.jpg?se=2026-05-01&sig=ab", "C10b"),
        ("https://covers.example/image/7?size=large", ""),
        ("https://covers.example/7.JPG?x=1", ""),
    ],
)
def test_a_cover_that_nobody_outside_can_fetch(link: str, rule: str) -> None:
    """A dead link, or a working file."""
    record = copy.deepcopy(CLEAN)
    record.resources[0].link = link
    assert found(record) == ({rule} if rule else set())


@pytest.mark.parametrize(
    ("scheme", "code", "is_found"),
    [
        ("93", "FIC019000", True),
        ("10", "FBA", True),
        ("10", "fic019000", True),
        ("93", "fba", True),
        ("93", "1DDF", True),
        ("93", "JBSF1", False),
        ("93", "5AX-DE-B", True),
        ("93", "NHTZ1", False),
    ],
)
def test_a_code_of_another_scheme(scheme: str, code: str, *, is_found: bool) -> None:
    """BISAC where Thema stands, and the other way; a qualifier among the subjects."""
    record = copy.deepcopy(CLEAN)
    record.subjects[0].scheme, record.subjects[0].code = scheme, code
    assert ("D10a" in found(record)) is is_found


@pytest.mark.parametrize(
    ("weight", "unit", "is_found"), [("0.35", "gr", True), ("350", "kg", True), ("350", "gr", False), ("12", "oz", False)]
)
def test_kilogrammes_typed_as_grammes(weight: str, unit: str, *, is_found: bool) -> None:
    """No book is as light as that, or as heavy."""
    record = copy.deepcopy(CLEAN)
    record.measures.append(onix.Measure("08", Decimal(weight), unit))
    assert ("D19" in found(record)) is is_found


@pytest.mark.parametrize(
    ("form", "role", "is_found"),
    [("BC", "E07", True), ("ED", "D02", True), ("BB", "F01", True), ("AJ", "A12", True), ("AJ", "E07", False), ("BC", "A12", False)],
)
def test_a_role_that_the_form_does_not_have(form: str, role: str, *, is_found: bool) -> None:
    """Readers of print, illustrators of audio."""
    record = changed(product_form=form)
    record.contributors[0].roles = [role]
    assert ("D16" in found(record)) is is_found


@pytest.mark.parametrize(
    ("prices", "rules"),
    [
        ([("02", "999.00", "GBP")], {"S16"}),
        ([("02", "0.10", "GBP")], {"S16"}),
        ([("02", "9.99", "GBP"), ("02", "1199.00", "EUR")], {"S16"}),
        ([("02", "99.90", "GBP"), ("02", "1.19", "EUR")], {"S16"}),
        ([("02", "9.99", "GBP"), ("01", "999.00", "GBP")], {"S11", "S16"}),
        ([("02", "99.90", "GBP"), ("01", "9.99", "GBP")], {"S11a"}),
        ([("07", "5.00", "GBP"), ("05", "6.00", "GBP")], {"S11"}),
        ([("22", "5.00", "GBP"), ("21", "6.00", "GBP")], {"S11"}),
        ([("02", "11.99", "GBP"), ("01", "9.99", "GBP"), ("02", "19.99", "EUR"), ("02", "2500", "JPY")], set()),
    ],
)
def test_amounts_in_which_a_decimal_point_slipped(prices: list[tuple[str, str, str]], rules: set[str]) -> None:
    """Beside what books cost, the same in other money, and the same without tax."""
    record = copy.deepcopy(CLEAN)
    detail(record).prices = [WrittenPrice(kind, Decimal(amount), currency, "05") for kind, amount, currency in prices]
    assert {each for each in found(record) if each.startswith(("S11", "S16"))} == rules


@pytest.mark.parametrize(
    ("contact", "is_found"),
    [
        (Contact(name="A", email="a@a.example", country="GB"), True),
        (Contact(name="A", country="IE"), True),
        (Contact(name="A", email="a@a.example"), False),
        (Contact(name="A", street="1 Quay", city="Cork", country="IE"), False),
    ],
)
def test_whom_to_ask_about_safety_is_in_the_union_and_can_be_reached(contact: Contact, *, is_found: bool) -> None:
    """A name alone, or an address elsewhere, answers nobody."""
    record = copy.deepcopy(CLEAN)
    record.contacts = [ProductContact(PRODUCT_SAFETY, contact)]
    assert ("P7" in found(record)) is is_found


@pytest.mark.parametrize(("number", "is_found"), [("1", False), (None, False), ("01", False), ("5", True)])
def test_a_later_volume_is_not_called_as_its_series_is(number: str | None, *, is_found: bool) -> None:
    """The first one often is."""
    record = changed(collections=[onix.Collection(CLEAN.title, number)])
    assert ("D1" in found(record)) is is_found


@pytest.mark.parametrize("html", ["<p>Ampersand &amp; Sons &lt;A Family Business&gt;</p>", "<p>where a &lt;b and c&gt; d</p>"])
def test_signs_that_are_no_tags_are_words(html: str) -> None:
    """Nothing was escaped there that was markup."""
    texts = (BOOK.texts[0], Text(id=2, kind=TextKind.MAIN, html=html))
    assert "C9" not in found(product=BOOK.model_copy(update={"texts": texts}))
