"""FP-6: words of the portal come into the feeds of those that they were written for, and never over newer editorial ones."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from portal_house import PRINT, PortalHouse, value
from station import Station
from two_accounts import DOCUMENTED, EXTENDED, tell

from colophon.domain.supplement import Supplement
from colophon.systems.fourallportal.words import words_of
from colophon_sandbox import seeds
from colophon_sandbox.seeds.shelf import text
from colophon_sandbox.systems.fourallportal.objects import Objects

DAG, FEED = "fourallportal__enriched_content", "xconnector__metadata_syndication"
NIGHT = datetime(2026, 5, 2, 1, tzinfo=UTC)
KEY = "00000000-0000-4000-8000-000000000001"
OURS = "<p>Ours.</p>"


class Desk(PortalHouse):
    """The house, and a product at the portal in which marketing writes."""

    def write(self, **fields: list[dict[str, Any]]) -> None:
        """These fields are all that the portal says."""
        self.station.seed("fourallportal", {"product": [{"id": KEY, "isbn": value(PRINT), **fields}]})

    def editorial(self, html: str) -> None:
        """The editorial description."""
        self.change_work(marketingTexts=[text(1, "MAIN_DESCRIPTION", html)])

    def taken(self) -> Supplement:
        """What stands beside the supplement."""
        with self.station.ledger() as ledger:
            return words_of(ledger.memory).get(KEY, Supplement())

    def listed(self) -> list[tuple[str, str, str]]:
        """Open exceptions: rule, field, what was found."""
        with self.station.ledger() as ledger:
            return sorted((row.rule, row.field, row.found) for row in ledger.exceptions.open(use_case=DAG))


@pytest.fixture(params=[EXTENDED, DOCUMENTED])
def desk(station: Station, request: pytest.FixtureRequest) -> Desk:
    """At both kinds of account."""
    return Desk(station, request.param)


@pytest.fixture(params=[EXTENDED, pytest.param(DOCUMENTED, marks=pytest.mark.nightly)])
def one(station: Station, request: pytest.FixtureRequest) -> Desk:
    """By day at the whole one alone."""
    return Desk(station, request.param)


def test_fp6_a_words_come_in_clean(desk: Desk) -> None:
    """Scripts and attributes go, lists stay; keywords once each, without what the record says anyway; segments as ONIX codes."""
    html = '<p onclick="x()">A <b>sea</b><script>alert(1)</script> story.<br>Long.</p>'
    keywords = value(["tides", "coast; salt", "Tides", "<i>light</i>", "Ana Quill"], locale="en_GB")
    desk.write(
        marketing_text=value(html), keywords=keywords, audience_segments=value(["Adults", "Students"]),
        feature_bullets=value(["With a <b>map</b>", "Signed"]),
    )  # fmt: skip
    desk.run(DAG)
    taken = desk.taken()
    assert [(copy.kind, copy.html) for copy in taken.copies] == [
        ("main", "<p>A <b>sea</b> story.<br/>Long.</p>"), ("feature", "With a <b>map</b>"), ("feature", "Signed"),
    ]  # fmt: skip
    assert (taken.keywords, [each.text for each in taken.audiences]) == (("tides", "coast", "salt", "light"), ["01", "05"])
    desk.run(DAG)
    assert (desk.taken(), desk.listed()) == (taken, [])


def test_fp6_b_newer_editorial_text_is_not_replaced_and_both_are_listed(desk: Desk) -> None:
    """Until somebody writes the portal's anew, from the text as it is; who edits another field there makes nothing newer."""
    desk.editorial(OURS)
    desk.write(marketing_text=value("<p>Theirs.</p>"))
    desk.run(DAG)
    assert desk.listed() == []
    desk.editorial("<p>Ours, corrected.</p>")
    desk.write(marketing_text=value("<p>Theirs.</p>"), short_text=value("Short."))
    desk.run(DAG)
    assert desk.listed() == [("PORTAL-NEWER", "description", "portal: Theirs. / editorial, newer: Ours, corrected.")]
    desk.write(marketing_text=value("<p>Theirs, anew.</p>"))
    desk.run(DAG)
    assert desk.listed() == []


def test_fp6_d_what_is_too_long_is_an_exception_with_its_length(one: Desk) -> None:
    """Counted as it is sent, with tags; too long for one recipient, it goes to the others."""
    one.write(
        marketing_text=[*value("x" * 4001), *value("y" * 3990, channel="web")],
        short_text=value("z" * 351),
        keywords=value(["k" * 99] * 1 + ["w" * 101]),
    )
    one.run(DAG)
    assert one.listed() == [
        ("PORTAL-LENGTH", "description", "4001 characters"),
        ("PORTAL-LENGTH", "keywords", "101 characters in one"),
        ("PORTAL-LENGTH", "short_description", "351 characters"),
    ]
    assert (one.taken().keywords, len(one.taken().copies)) == (("k" * 99,), 1)
    one.station.configure("portal_texts.yaml", "longest: {main: 9000}\nkeywords: 90\n")
    one.write(marketing_text=value("x" * 4001), keywords=value(["k" * 99]))
    one.run(DAG)
    assert ("PORTAL-LENGTH", "description for marketplace", "4001 characters") in one.listed()
    [copy] = one.taken().copies
    assert ("marketplace" in copy.recipients, "retailer-plain" in copy.recipients, one.taken().keywords) == (False, True, ())


def test_fp6_f_a_locale_stays_what_it_is(one: Desk) -> None:
    """A German text is German; an Austrian one does not stand in, and neither does a German keyword. A locale or channel of nobody is an exception."""
    one.write(
        marketing_text=[*value("Deutsch.", locale="de_DE"), *value("Servus.", locale="de_AT"), *value("For radio.", channel="radio")],
        keywords=[*value(["Gezeiten"], locale="de_DE"), *value(["tides"])],
    )
    one.run(DAG)
    assert [(copy.language, copy.html) for copy in one.taken().copies] == [("ger", "Deutsch.")]
    assert one.taken().keywords == ("tides",)
    assert one.listed() == [
        ("PORTAL-PLACE", "description (de_AT)", "de_AT"),
        ("PORTAL-PLACE", "description (radio)", "radio"),
    ]


def test_fp6_a_segment_that_nobody_mapped_is_named_with_the_nearest(one: Desk) -> None:
    """The others are taken; an entry without a value leaves all as it was."""
    one.write(audience_segments=value(["Adult readers", "Children"]))
    one.run(DAG)
    assert [each.text for each in one.taken().audiences] == ["02"]
    with one.station.ledger() as ledger:
        [row] = ledger.exceptions.open(use_case=DAG)
    assert (row.rule, row.expected) == ("PORTAL-SEGMENT", "there is no segment 'Adult readers'; did you mean Adults?")
    one.edit(PRINT, audience_segments=[{"dimensions": None}])
    one.run(DAG)
    assert ([each.text for each in one.taken().audiences], one.listed()[0][0]) == (["02"], "PORTAL-ENTRY")


def test_fp6_e_what_is_gone_at_the_portal_is_gone_here(one: Desk) -> None:
    """A text withdrawn, and a product deleted."""
    one.write(marketing_text=value("Theirs."), keywords=value(["tides"]))
    one.run(DAG)
    one.write(keywords=value(["tides"]))
    one.run(DAG)
    assert (one.taken().copies, one.taken().keywords) == ((), ("tides",))
    one.objects().drop(KEY)
    one.run(DAG)
    assert one.taken() == Supplement()


def test_fp6_e_what_a_page_leaves_out_is_not_gone(one: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is asked for by itself."""
    one.write(keywords=value(["tides"]))
    one.run(DAG)
    monkeypatch.setattr(Objects, "page", lambda *_: ([], 0))
    one.run(DAG)
    assert one.taken().keywords == ("tides",)


def _shop(house: Station, isbn: str, recipient: str) -> str:
    """The newest record of a title that a recipient has."""
    with house.ledger() as ledger:
        rows = [row for row in ledger.all_of(FEED, recipient) if row.labels.get("isbn") == isbn]
        return (ledger.content(max(rows, key=lambda row: row.revision).content_hash) or b"").decode()


@pytest.mark.parametrize("account", [EXTENDED, pytest.param(DOCUMENTED, marks=pytest.mark.nightly)])
def test_fp6_c_copy_for_a_channel_is_in_that_channels_feed_alone_and_ours_comes_back(station: Station, account: str) -> None:
    """Keywords go to everybody. A later editorial text takes the place of the copy at once, and when both are gone ours stands."""
    for system, records in seeds.catalogue(3, 7).items():
        station.seed(system, records)
    form, isbn = {"recipients": ["marketplace", "retailer-plain"]}, "9781999000011"
    texts = [*value("<p>For the marketplace.</p>", channel="marketplace", locale="en_GB"), *value("<p>For the web.</p>", channel="web")]
    station.seed(
        "fourallportal", {"product": [{"id": KEY, "isbn": value(isbn), "marketing_text": texts, "keywords": value(["nine lighthouses"])}]}
    )
    night = NIGHT
    tell(station, account, as_of=night - timedelta(hours=1))
    station.run(DAG, night - timedelta(hours=1))
    station.run(FEED, night, form)
    told = {name: _shop(station, isbn, name) for name in form["recipients"]}
    assert [("For the marketplace." in told[name], "For the web" in told[name], "nine lighthouses" in told[name]) for name in told] == [
        (True, False, True), (False, False, True),
    ]  # fmt: skip
    station.seed("fourallportal", {"product": [{"id": KEY, "isbn": value(isbn)}]})
    night += timedelta(days=1)
    tell(station, account, as_of=night - timedelta(hours=1))
    station.run(DAG, night - timedelta(hours=1))
    station.run(FEED, night, form)
    told = {name: _shop(station, isbn, name) for name in form["recipients"]}
    assert not any("For the marketplace." in record or "nine lighthouses" in record for record in told.values())


def test_fp6_words_that_are_older_than_the_editorial_text_never_reach_a_feed() -> None:
    """Whatever the last run kept: the record itself compares."""
    from colophon.domain.supplement import Copy
    from colophon.onix.copies import base_of, copies_for
    from syndication import BOOK

    copy = Copy(kind="main", html="Theirs.", recipients=("kobo",), language=BOOK.languages[0].code, base=base_of(BOOK, "main"))
    facts = Supplement(copies=(copy,))
    newer = BOOK.model_copy(update={"texts": tuple(each.model_copy(update={"html": "<p>New.</p>"}) for each in BOOK.texts)})
    assert copies_for(BOOK, facts, "kobo", "main") == [copy]
    assert copies_for(BOOK, facts, "erp-json", "main") == []
    assert copies_for(newer, facts, "kobo", "main") == []
