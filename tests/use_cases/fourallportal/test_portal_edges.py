"""Edges of titles and words at the portal, by the decisions alone."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from colophon.blocks.decision import DecisionContext
from colophon.blocks.launches import FeedJudged, Remembered
from colophon.config.load import load_config
from colophon.domain.facts import Facts
from colophon.domain.launch import Launch
from colophon.domain.product import Language, Price, Product, Subject
from colophon.domain.todo import Todo
from colophon.systems.fourallportal.launch_shown import AssetShown
from colophon.systems.fourallportal.mapping import PortalMapping, load_mapping
from colophon.systems.fourallportal.orders import Fact
from colophon.systems.fourallportal.records import PortalObject
from colophon.use_cases.fourallportal.enriched_content import WordsAtPortal, decide
from colophon.use_cases.fourallportal.launch_titles import evidence_for
from colophon.use_cases.fourallportal.title_facts import next_change, title_facts
from syndication import BOOK

NOW = datetime(2026, 5, 4, 6, tzinfo=UTC)
MAPPING, CONFIG = load_mapping("fourallportal/mapping.yaml"), load_config()


def words(product=BOOK, before=None, **fields: Any):
    """The row of a product with these fields at the portal, and what was found wrong, as (rule, found). `before`: its row as it was."""
    obj = PortalObject(
        id="o-1",
        module="product",
        mod_time="2026-05-01T00:00:00Z",
        fields={name: [{"value": told, "dimensions": None}] for name, told in fields.items()},
    )
    facts = Facts.known({WordsAtPortal: [WordsAtPortal("o-1", obj, product, before)], PortalMapping: [MAPPING]}, source="t", as_of=NOW)
    plan = decide(facts, DecisionContext(NOW, CONFIG, {}, lambda *_: {}))
    return plan.rows["o-1"], [(finding.rule, finding.found) for finding in plan.findings]


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("ä" * 350, []),  # characters, and not bytes
        ("x" * 349 + "&", []),  # an entity is one character of a short text
        ("x" * 351, [("PORTAL-LENGTH", "351 characters")]),
    ],
)
def test_fp6_a_short_text_is_measured_as_it_is_read(text: str, faults: list[tuple[str, str]]) -> None:
    """350 of them go."""
    row, found = words(short_text=text)
    assert (found, row is None) == (faults, bool(faults))


def test_fp6_a_line_break_counts_as_it_is_written() -> None:
    """`<br>` becomes `<br/>`, and only then the description is measured."""
    _, found = words(marketing_text="<p>" + "x" * 3990 + "<br>y</p>")
    assert found == [("PORTAL-LENGTH", "4003 characters")]


def test_fp6_nothing_and_an_empty_text_say_nothing() -> None:
    """An entry that clears, white space and tags alone: ours stands."""
    assert words(marketing_text=None, short_text="  ", feature_bullets=["<p></p>"], keywords=[";", " "]) == (None, [])


def test_fp6_a_keyword_is_a_phrase_once_without_title_and_people() -> None:
    """However it is spelt."""
    row, _ = words(keywords=["River  tales", "river tales", "AGNES CRANE", "the heron at kelso bridge", "a;b"])
    assert row.keywords == ("River tales", "a", "b")


def test_fp6_another_field_that_is_edited_there_makes_an_old_text_no_newer() -> None:
    """The portal tells one moment for all fields of an object: the text keeps the editorial text that it was written from."""
    before, found = words(marketing_text="<p>Theirs.</p>")
    assert found == []
    edited = BOOK.model_copy(update={"texts": tuple(text.model_copy(update={"html": "<p>Newer.</p>"}) for text in BOOK.texts)})
    _, found = words(edited, before, marketing_text="<p>Theirs.</p>", keywords=["sea"])
    assert found == [("PORTAL-NEWER", "portal: Theirs. / editorial, newer: Newer.")]


def facts_of(product, **files: Any):
    """What the portal shall say of a product today, and faults as (rule, found)."""
    config = CONFIG.model_copy(update=files)
    told = title_facts(product, config, MAPPING, date(2026, 5, 4))
    return told.facts, [(finding.rule, finding.found) for finding in told.findings]


def test_fp1_of_several_prices_the_one_that_the_public_pays_today_is_shown() -> None:
    """With tax before without, and none that is over or to come; a yen has no parts."""
    prices = [
        ("GBP", "8.00", "01", None, None), ("GBP", "9.99", "02", None, None), ("GBP", "7.00", "02", date(2026, 6, 1), None),
        ("EUR", "12", "02", None, date(2026, 5, 3)), ("JPY", "1500.0", "02", None, None),
    ]  # fmt: skip
    product = BOOK.model_copy(
        update={
            "prices": tuple(
                Price(id=n, amount=Decimal(amount), currency=code, type_code=kind, qualifier="05", from_on=since, until_on=until)
                for n, (code, amount, kind, since, until) in enumerate(prices)
            )
        }
    )
    facts, _ = facts_of(product)
    assert facts["price"] == (Fact(value="9.99", dimensions={"currency": "GBP"}), Fact(value="1500", dimensions={"currency": "JPY"}))
    assert next_change(product, date(2026, 5, 4)) == date(2026, 6, 1)


def test_fp1_a_code_that_is_retired_is_an_exception(tmp_path: Path) -> None:
    """By the publisher's list of codes; what stood there stays."""
    (tmp_path / "codes.csv").write_text("scheme,code,retired\nTHEMA,FBA,2025-01-01\nTHEMA,FB,\n", encoding="utf-8")
    publisher = CONFIG.publisher.model_copy(update={"subject_codes": str(tmp_path / "codes.csv")})
    facts, found = facts_of(BOOK, publisher=publisher)
    assert ("categories" in facts, found) == (False, [("PORTAL-CATEGORY", "FBA, which is retired")])


def test_fp1_categories_are_those_of_the_main_subject_first_and_qualifiers_are_none() -> None:
    """The longest beginning decides; a channel may have a table of its own."""
    subjects = (
        Subject(scheme="THEMA", code="5AC"),
        Subject(scheme="THEMA", code="WBA"),
        Subject(scheme="THEMA", code="FBAN", is_main=True),
        Subject(scheme="BISAC", code="FIC019000"),
    )
    table = CONFIG.portal_categories.model_copy(
        update={"channels": {"*": {"F": "Fiction", "WB": "Food"}, "web": {"F": "Novels", "FBA": "New novels", "W": "Living"}}}
    )
    facts, found = facts_of(BOOK.model_copy(update={"subjects": subjects}), portal_categories=table)
    assert ([fact.value for fact in facts["categories"]], found) == ([("New novels", "Living"), ("Fiction", "Food")], [])


def test_fp1_a_product_without_a_language_is_in_the_publishers() -> None:
    """And what nobody wrote by has no authors, rather than an empty name."""
    facts, _ = facts_of(BOOK.model_copy(update={"languages": (Language(role="02", code="fre"),), "contributors": ()}))
    assert (facts["title"][0].dimensions, facts["language"][0].value, facts["authors"][0].value) == ({"locale": "en_GB"}, None, None)


def test_fp7_an_asset_in_another_locale_is_not_there() -> None:
    """Approved for Austria, and not for this book; one in its own locale counts before one for all."""
    rows = [(BOOK.isbn13, "cover", "de_AT"), (BOOK.isbn13, "interior_pdf", ""), (BOOK.isbn13, "interior_pdf", "en_GB")]
    shown = [AssetShown(isbn, kind, True, locale or "all", locale=locale) for isbn, kind, locale in rows]
    facts = Facts.known({AssetShown: shown, Product: [BOOK], FeedJudged: [], Remembered: [], Todo: [], Launch: []}, source="t", as_of=NOW)
    evidence = evidence_for(facts, DecisionContext(NOW, CONFIG, {}, lambda *_: {}))
    assert {kind: asset.said for (_, kind), asset in evidence.assets.items()} == {"interior_pdf": "en_GB"}
