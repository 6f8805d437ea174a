"""FP-1: the portal has every approved title as Consonance has it, and what is the portal's own stays."""

from datetime import timedelta

import pytest
from portal_house import AUDIO, EBOOK, NEW_ISBN, PRINT, PortalHouse, price, value
from station import Station
from two_accounts import DOCUMENTED, EXTENDED

from colophon_sandbox.seeds.shelf import subject
from colophon_sandbox.systems.fourallportal.objects import Objects

DAG = "fourallportal__title_metadata"


@pytest.fixture(params=[EXTENDED, DOCUMENTED])
def house(station: Station, request: pytest.FixtureRequest) -> PortalHouse:
    """A title that was approved, in three formats."""
    found = PortalHouse(station, request.param)
    found.approve()
    return found


@pytest.fixture(params=[EXTENDED, pytest.param(DOCUMENTED, marks=pytest.mark.nightly)])
def known(station: Station, request: pytest.FixtureRequest) -> PortalHouse:
    """The same, and the portal has it; by day with the whole account alone."""
    found = PortalHouse(station, request.param)
    found.approve()
    found.run(DAG)
    return found


def test_fp1_a_an_approved_title_is_there_with_all_its_fields(house: PortalHouse) -> None:
    """Each of its formats once, in the language's locale, with each price, and a category for each channel."""
    house.run(DAG)
    assert house.shown(PRINT) == {
        "isbn": PRINT, "title": {"en_GB": "Zoë’s “Sea” ✓"}, "subtitle": {"en_GB": "A Story"}, "authors": ["Ana Quill"], "imprint": "Larkspur",
        "product_form": "BC", "language": "eng", "publication_date": "2026-09-01", "price": {"EUR": "12.00", "GBP": "9.99"},
        "categories": {"web": ["Fiction"], "marketplace": ["Fiction"]}, "product_state": "active",
    }  # fmt: skip
    assert [house.shown(isbn)["product_form"] for isbn in (EBOOK, AUDIO)] == ["ED", "AJ"]
    writes = len(house.writes())
    house.run(DAG)
    assert (len(house.writes()), house.station.exceptions()) == (writes, [])


def test_fp1_a_a_title_that_nobody_approved_is_not_there(station: Station) -> None:
    """Until somebody approves it; who takes that back takes nothing away that is there."""
    house = PortalHouse(station)
    house.approve(is_done=False)
    house.run(DAG)
    assert not list(house.objects())
    house.approve()
    house.run(DAG)
    assert len(list(house.objects())) == 3
    house.approve(is_done=False)
    house.change(PRINT, subtitle="Another")
    house.run(DAG)
    assert house.shown(PRINT)["subtitle"] == {"en_GB": "Another"}


def test_fp1_b_a_later_change_writes_that_field_alone(house: PortalHouse) -> None:
    """One object, one field."""
    house.run(DAG)
    before = house.station.effects("4ap.written")
    house.change(PRINT, subtitle="Another Story")
    house.run(DAG)
    effects = [row for row in house.station.sandbox.world.store.table("world.effects") if row["kind"] == "4ap.written"][len(before) :]
    assert [row["fields"] for row in effects] == [["subtitle"]]
    assert house.shown(PRINT)["subtitle"] == {"en_GB": "Another Story"}


def test_fp1_c_what_the_portal_owns_stays(known: PortalHouse) -> None:
    """A text that somebody writes there is neither touched nor reported, and neither is a translation of our title."""
    known.edit(
        PRINT,
        marketing_text=value("Quiet.", locale="en_GB", channel="web"),
        title=[*value("Zoë’s “Sea” ✓", locale="en_GB"), *value("Das Meer", locale="de_DE")],
    )
    known.change(PRINT, subtitle="Another")
    known.run(DAG)
    shown = known.shown(PRINT)
    assert (shown["marketing_text"], shown["title"]["de_DE"], shown["subtitle"]) == (
        {"en_GB/web": "Quiet."},
        "Das Meer",
        {"en_GB": "Another"},
    )
    assert known.station.exceptions() == []


def test_fp1_d_a_field_of_ours_that_was_changed_there_is_put_right_and_reported_once(known: PortalHouse) -> None:
    """Reported by name while it is put right; afterwards nothing is wrong any more."""
    known.edit(PRINT, imprint=value("Somebody"), title=value("The Sea", locale="en_GB"))
    known.run(DAG)
    assert (known.shown(PRINT)["imprint"], known.shown(PRINT)["title"]) == ("Larkspur", {"en_GB": "Zoë’s “Sea” ✓"})
    assert known.station.exceptions(DAG) == [("PORTAL-DRIFT", f"isbn:{PRINT}")]
    with known.station.ledger() as ledger:
        [row] = ledger.exceptions.open(use_case=DAG)
        assert row.found == "by hand: title (en_GB), imprint"
    known.run(DAG)
    assert known.station.exceptions(DAG) == []


def test_fp1_d_what_is_put_right_is_as_a_quiet_run_had_remembered_it_and_closes_all_the_same(known: PortalHouse) -> None:
    """What looks as it did before is no reason not to look: the exception would stand for days."""
    known.run(DAG, hours=48)
    known.run(DAG, hours=48)
    known.edit(PRINT, imprint=value("Somebody"))
    known.run(DAG)
    assert known.station.exceptions(DAG) == [("PORTAL-DRIFT", f"isbn:{PRINT}")]
    known.run(DAG)
    assert (known.shown(PRINT)["imprint"], known.station.exceptions(DAG)) == ("Larkspur", [])


def test_fp1_d_a_field_that_both_changed_is_written_and_named(known: PortalHouse) -> None:
    """Consonance's wins, and whoever changed the portal's hears that it did."""
    known.edit(PRINT, subtitle=value("Theirs", locale="en_GB"))
    known.change(PRINT, subtitle="Ours")
    known.run(DAG)
    assert known.shown(PRINT)["subtitle"] == {"en_GB": "Ours"}
    assert known.station.exceptions(DAG) == [("PORTAL-BOTH", f"isbn:{PRINT}")]


def test_fp1_e_a_category_that_nobody_mapped_is_an_exception_and_the_rest_goes(house: PortalHouse) -> None:
    """What stood there as category stays; the code is named with what would be right, until a row is added."""
    house.run(DAG)
    house.change_work(subjectCodes=[subject("THEMA", "QRM")])
    house.change(PRINT, subtitle="New")
    house.run(DAG)
    assert (house.shown(PRINT)["subtitle"], house.shown(PRINT)["categories"]["web"]) == ({"en_GB": "New"}, ["Fiction"])
    house.run(DAG)
    assert set(house.station.exceptions(DAG)) == {("PORTAL-CATEGORY", f"isbn:{isbn}") for isbn in (PRINT, EBOOK, AUDIO)}
    house.station.configure("portal_categories.yaml", 'version: 2\nchannels: {"*": {Q: Belief, F: Fiction}}\n')
    house.run(DAG)
    assert (house.shown(PRINT)["categories"]["web"], house.station.exceptions(DAG)) == (["Belief"], [])


def test_fp1_e_a_qualifier_as_main_subject_is_an_exception(known: PortalHouse) -> None:
    """It says for whom a book is, and not what it is about."""
    known.change_work(subjectCodes=[subject("THEMA", "5AC")])
    known.run(DAG)
    assert ("PORTAL-CATEGORY", f"isbn:{PRINT}") in known.station.exceptions(DAG)


def test_fp1_e_a_price_changes_on_its_day_by_itself(known: PortalHouse) -> None:
    """Entered two days before; the portal shows it from its first day on, and a currency without a price shows none."""
    first = known.now + timedelta(days=2)
    last = first - timedelta(days=1)
    known.change(PRINT, prices=[price(1, "9.99", "GBP", until=f"{last:%Y-%m-%d}"), price(2, "11.99", "GBP", since=f"{first:%Y-%m-%d}")])
    known.run(DAG, hours=24)
    known.run(DAG, hours=24)
    assert known.shown(PRINT)["price"] == {"GBP": "9.99"}
    known.run(DAG)
    assert known.shown(PRINT)["price"] == {"GBP": "11.99"}


def test_fp1_f_a_corrected_isbn_is_the_same_product_with_a_new_number(house: PortalHouse) -> None:
    """No second object, and what the portal wrote about it stays with it."""
    house.run(DAG)
    house.run(DAG)
    house.edit(PRINT, marketing_text=value("Quiet.", locale="en_GB"))
    house.change(PRINT, isbn13=NEW_ISBN)
    house.run(DAG)
    assert house.shown(NEW_ISBN)["marketing_text"] == {"en_GB": "Quiet."}
    assert len(list(house.objects())) == 3
    house.run(DAG)
    assert house.station.exceptions() == []


def test_fp1_f_the_old_number_given_to_another_product_makes_an_object_of_its_own(known: PortalHouse) -> None:
    """The object of the corrected one is not written over."""
    known.change(PRINT, isbn13=NEW_ISBN)
    known.run(DAG)
    known.rows[EBOOK]["isbn13"] = PRINT
    known.seed(products=[known.rows[EBOOK]])
    known.run(DAG)
    known.seed(products=[{**known.rows[AUDIO], "id": 140, "isbn13": EBOOK, "onix21ProductFormCode": "BB"}])
    known.run(DAG)
    known.run(DAG)
    assert [known.shown(isbn)["product_form"] for isbn in (NEW_ISBN, PRINT, EBOOK)] == ["BC", "ED", "BB"]
    assert (len(list(known.objects())), known.station.exceptions()) == (4, [])


def test_fp1_g_a_withdrawn_product_is_switched_off_and_not_deleted(house: PortalHouse) -> None:
    """And on again when it comes back."""
    house.run(DAG)
    house.change(PRINT, onixPublishingStatusCode="11")
    house.run(DAG)
    assert (house.shown(PRINT)["product_state"], house.shown(EBOOK)["product_state"]) == ("inactive", "active")
    house.change(PRINT, onixPublishingStatusCode="04")
    house.run(DAG)
    assert house.shown(PRINT)["product_state"] == "active"


def test_fp1_g_a_product_that_consonance_has_no_more_is_switched_off(known: PortalHouse) -> None:
    """At the latest when all is read again; its fields stay as they were."""
    known.station.configure("limits.yaml", "full_read_days: 1\n")
    known.station.sandbox.world.store.table("consonance.products").drop("101")
    known.station.sandbox.systems["consonance"].records.index()
    known.run(DAG, hours=24)
    known.run(DAG)
    shown = known.shown(PRINT)
    assert (shown["product_state"], shown["title"]) == ("inactive", {"en_GB": "Zoë’s “Sea” ✓"})


def test_fp1_what_people_made_before_is_taken_over_and_twins_are_written_by_nobody(station: Station) -> None:
    """One with hyphens in its ISBN is ours; of two with the same neither is."""
    house = PortalHouse(station)
    house.approve()
    made = [
        {"id": f"00000000-0000-4000-8000-00000000000{n}", "isbn": value(isbn)} for n, isbn in enumerate(("978-1-999000-00-4", EBOOK, EBOOK))
    ]
    station.seed("fourallportal", {"product": made})
    house.run(DAG)
    house.run(DAG)
    by_id = {row["id"]: row["values"] for row in house.objects()}
    assert (by_id[made[0]["id"]]["imprint"][0]["value"], len(by_id)) == ("Larkspur", 4)
    assert not any("imprint" in by_id[row["id"]] for row in made[1:])
    assert station.exceptions(DAG) == [("PORTAL-TWICE", f"isbn:{EBOOK}")]
    station.sandbox.world.store.table("fourallportal.objects.product").drop(made[2]["id"])
    house.run(DAG)
    assert (by_id := {row["id"]: row["values"] for row in house.objects()})[made[1]["id"]]["imprint"][0]["value"] == "Larkspur"
    house.run(DAG)
    assert (len(by_id), station.exceptions(DAG)) == (3, [])


@pytest.mark.parametrize("isbn", ["ISBN 1-999000-00-5", pytest.param("978 1 9990 0000 4", marks=pytest.mark.nightly)])
def test_fp1_a_number_that_people_typed_in_another_form_is_the_same_product(station: Station, isbn: str) -> None:
    """It is written as the trade writes it; nothing is made beside it."""
    house = PortalHouse(station)
    house.approve()
    station.seed("fourallportal", {"product": [{"id": "00000000-0000-4000-8000-000000000001", "isbn": value(isbn)}]})
    house.run(DAG)
    house.run(DAG)
    assert sorted(row["values"]["isbn"][0]["value"] for row in house.objects()) == [PRINT, EBOOK, AUDIO]
    assert (house.objects().get("00000000-0000-4000-8000-000000000001")["values"]["isbn"], len(house.writes())) == (value(PRINT), 1)


def test_fp1_what_a_page_leaves_out_is_not_gone(known: PortalHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is asked for by itself, and compared as every other."""
    known.run(DAG)
    known.edit(PRINT, imprint=value("Typed"))
    whole = Objects.page
    monkeypatch.setattr(Objects, "page", lambda *given: ([], 0) if given[1] == "product" else whole(*given))
    known.run(DAG)
    assert (known.shown(PRINT)["imprint"], known.station.exceptions(DAG)) == ("Larkspur", [("PORTAL-DRIFT", f"isbn:{PRINT}")])


def test_fp1_what_people_typed_before_is_named_once_when_it_gives_way(station: Station) -> None:
    """What is the same, or was empty, is no news."""
    house = PortalHouse(station)
    house.approve()
    fields = {"isbn": value(PRINT), "title": value("Sea, typed", locale="en_GB"), "imprint": value("Larkspur")}
    station.seed("fourallportal", {"product": [{"id": "00000000-0000-4000-8000-000000000001", **fields}]})
    house.run(DAG)
    assert house.shown(PRINT)["title"] == {"en_GB": "Zoë’s “Sea” ✓"}
    with station.ledger() as ledger:
        assert [(row.rule, row.found) for row in ledger.exceptions.open(use_case=DAG)] == [("PORTAL-DRIFT", "by hand: title (en_GB)")]
    house.run(DAG)
    assert station.exceptions(DAG) == []


def test_fp1_what_was_deleted_by_hand_is_reported_and_not_made_anew(known: PortalHouse) -> None:
    """Until it is back."""
    [key] = [row["id"] for row in known.objects() if row["values"]["isbn"][0]["value"] == PRINT]
    kept = known.objects().get(key)
    known.objects().drop(key)
    known.change(PRINT, subtitle="New")
    for _ in range(2):
        known.run(DAG)
        assert known.station.exceptions(DAG) == [("PORTAL-GONE", f"isbn:{PRINT}")]
    known.objects().put(key, kept)
    known.run(DAG)
    assert (known.shown(PRINT)["subtitle"], known.station.exceptions(DAG)) == ({"en_GB": "New"}, [])


def test_fp1_a_portal_that_is_away_gets_what_is_right_when_it_is_back(known: PortalHouse) -> None:
    """What was planned and is no longer wanted is not sent."""
    known.change(PRINT, subtitle="First")
    known.station.fault("fourallportal", "status", "*", method="PATCH", value={"status": 503})
    known.run(DAG, "failed")
    known.change(PRINT, subtitle="Second")
    known.station.mend()
    known.run(DAG)
    assert known.shown(PRINT)["subtitle"] == {"en_GB": "Second"}
    written = [row["fields"] for row in known.station.sandbox.world.store.table("world.effects") if row["kind"] == "4ap.written"]
    assert written[3:] == [["subtitle"]]


def test_fp1_an_entry_without_value_holds_that_title_alone(known: PortalHouse) -> None:
    """It is a fault of the data, and never an empty one."""
    known.edit(PRINT, imprint=[{"dimensions": None}])
    known.change(EBOOK, subtitle="New")
    known.run(DAG)
    assert (known.station.exceptions(DAG), known.shown(EBOOK)["subtitle"]) == ([("PORTAL-ENTRY", f"isbn:{PRINT}")], {"en_GB": "New"})


def test_fp1_a_language_without_a_locale_is_an_exception(known: PortalHouse) -> None:
    """No other locale stands in for it; what has no locale is written."""
    known.change(PRINT, contentLanguages=[{"id": 1, "onixLanguageRoleCode": "01", "onixLanguageCode": "wel"}], subtitle="Newydd")
    known.run(DAG)
    assert (known.shown(PRINT)["language"], known.shown(PRINT)["subtitle"]) == ("wel", {"en_GB": "A Story"})
    assert known.station.exceptions(DAG) == [("PORTAL-LOCALE", f"isbn:{PRINT}")]


def test_fp1_a_refusal_is_not_repeated_every_hour(known: PortalHouse) -> None:
    """A title that the portal finds too long goes once a day; corrected, it goes at once."""
    known.change(PRINT, subtitle="x" * 300)
    for _ in range(2):
        known.run(DAG)
    assert [rule for rule, _ in known.station.exceptions()] == ["DELIVERY-FAILED"]
    with known.station.ledger() as ledger:
        assert len([row for row in ledger.all_of(DAG, "4allportal") if row.labels.get("isbn") == PRINT and row.state == "failed"]) == 1
    known.change(PRINT, subtitle="short")
    known.run(DAG)
    assert (known.shown(PRINT)["subtitle"], known.station.exceptions()) == ({"en_GB": "short"}, [])


def test_fp1_a_backfill_writes_nothing(known: PortalHouse) -> None:
    """The portal is of today."""
    writes = len(known.writes())
    known.change(PRINT, subtitle="New")
    known.station.run(DAG, known.now - timedelta(days=3), backfill=True)
    assert len(known.writes()) == writes
