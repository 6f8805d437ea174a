"""FP-2: titles refer to the newest approved version of their assets, and to nothing that may not be used."""

import logging
from datetime import timedelta
from typing import Any

import pytest
from library_house import AUDIO, AUTHOR, EBOOK, ISNI, OTHER, PHOTO, PRINT, LibraryHouse, file_id, fixtures
from station import Station
from two_accounts import DOCUMENTED, EXTENDED

from colophon_sandbox.seeds.living.media import book, picture
from colophon_sandbox.systems.fourallportal.objects import Objects

DAG = "fourallportal__approved_assets"
COVER = f"isbn:{PRINT}/cover"


house, both, one = fixtures()


def referenced(house: LibraryHouse) -> dict[str, str]:
    """Version of what each place refers to; `-` where that was withdrawn."""
    rows = house.written(DAG, "upsertExternalAsset")
    return {subject: row["version"] if row["status"] == "APPROVED" else "-" for subject, row in rows.items()}


def test_fp2_a_an_approved_cover_is_on_its_title(house: LibraryHouse) -> None:
    """With kind, hash and link; version 10 is newer than 9; the second run has no effect."""
    house.file(1, "Cover", version="9")
    house.file(2, "Cover", version="10")
    house.run(DAG)
    row = house.written(DAG, "upsertExternalAsset")[COVER]
    assert (row["workId"], row["productId"], row["kind"], row["version"], row["externalId"]) == (9, 101, "COVER", "10", file_id(2))
    assert row["url"].endswith(f"/fourallportal/api/modules/file/objects/{file_id(2)}")
    before = house.station.effects()
    house.run(DAG)
    assert (house.station.effects(), referenced(house), house.exceptions(DAG)) == (before, {COVER: "10"}, [])


def test_fp2_b_a_newer_draft_leaves_the_old_one(house: LibraryHouse) -> None:
    """Until it is approved."""
    house.file(1, "Cover", version="1")
    house.file(2, "Cover", version="2", approval_status="rejected")
    house.run(DAG)
    assert referenced(house) == {COVER: "1"}
    house.change(2, approval_status="final")
    house.run(DAG)
    assert referenced(house) == {COVER: "2"}


def test_fp2_c_a_withdrawn_approval_withdraws_the_reference(both: LibraryHouse) -> None:
    """It goes back to the version before while that is approved, then it ends; approved again it is there again."""
    both.file(1, "Cover", version="1")
    both.file(2, "Cover", version="2")
    both.run(DAG)
    both.change(2, approval_status="withdrawn")
    both.run(DAG)
    assert referenced(both) == {COVER: "1"}
    both.change(1, approval_status="withdrawn")
    both.run(DAG, 2)
    assert referenced(both) == {COVER: "-"}
    both.change(1, approval_status="approved")
    both.run(DAG)
    assert referenced(both) == {COVER: "1"}


@pytest.mark.parametrize("author", ["0000 0001 2103 2683", pytest.param(str(AUTHOR), marks=pytest.mark.nightly)])
def test_fp2_d_a_photo_is_on_all_titles_of_its_author(house: LibraryHouse, author: str) -> None:
    """By ISNI or contact id, without any ISBN."""
    house.file(1, "Author photo", None, **{**PHOTO, "author": [author]})
    house.run(DAG)
    assert referenced(house) == {f"isbn:{isbn}/author_photo/{AUTHOR}": "1" for isbn in (PRINT, EBOOK, AUDIO, OTHER)}
    assert {row["title"] for row in house.written(DAG, "upsertExternalAsset").values()} == {"author-photo-1.png (photo: Ann Example)"}


def test_fp2_d_a_photo_that_names_a_title_is_on_that_title_alone(one: LibraryHouse) -> None:
    """It was licensed for that one; of a title to which nobody shown has contributed it is an exception."""
    one.file(1, "Author photo", PRINT, **PHOTO)
    one.file(2, "Author photo", "9781999000066", **PHOTO)
    one.run(DAG)
    assert referenced(one) == {f"isbn:{isbn}/author_photo/{AUTHOR}": "1" for isbn in (PRINT, EBOOK, AUDIO)}
    assert one.exceptions(DAG) == [("ASSET-TITLE", f"asset:{file_id(2)}")]


def test_fp2_e_what_names_no_title_or_two_is_an_exception_with_a_proposal(house: LibraryHouse) -> None:
    """None, two, a slip of the pen, one that is not ours, another one in the file name: never a guess. Corrected, it closes itself."""
    house.file(1, "Cover", None, name=f"{PRINT}-front.png")
    house.file(2, "E-book cover", f"{PRINT}, {EBOOK}")
    house.file(3, "Cover", "9781999000400")
    house.file(4, "Cover", "9780000000002")
    house.file(5, "Cover", PRINT, name=f"{EBOOK}.jpg")
    house.run(DAG)
    assert (referenced(house), house.exceptions(DAG)) == ({}, [("ASSET-TITLE", f"asset:{file_id(number)}") for number in range(1, 6)])
    perhaps = [words.partition("perhaps ")[2] for words in house.expected(DAG)]
    assert perhaps == [PRINT, EBOOK, PRINT, "", EBOOK]
    for number in range(1, 6):
        house.change(number, isbn=PRINT, name="cover.png", asset_type="Cover")
    house.run(DAG)
    assert (referenced(house), house.exceptions(DAG)) == ({COVER: "1"}, [])


def test_fp2_e_namesakes_are_told_apart_by_isni(one: LibraryHouse) -> None:
    """A name is a proposal, and no link."""
    one.file(1, "Author photo", None, **{**PHOTO, "author": ["zoë canary"]})
    one.run(DAG)
    assert (referenced(one), one.exceptions(DAG)) == ({}, [("ASSET-PERSON", f"asset:{file_id(1)}")])
    assert one.expected(DAG)[0].endswith(f"perhaps contact {AUTHOR}")


def test_fp2_f_a_photo_whose_rights_ended_is_on_no_title(house: LibraryHouse) -> None:
    """Usable on its last day, and not on the next."""
    house.file(1, "Author photo", None, **{**PHOTO, "rights_until": "2026-05-05"})
    house.run(DAG)
    house.next_day()
    house.run(DAG)
    assert set(referenced(house).values()) == {"1"}
    house.next_day()
    house.run(DAG)
    assert (set(referenced(house).values()), house.exceptions(DAG)) == ({"-"}, [("ASSET-RIGHTS", f"asset:{file_id(1)}")])


def test_fp2_f_a_photo_that_lacks_what_photos_need_is_on_no_title(one: LibraryHouse) -> None:
    """Credit, end, consent, the consent of one of two, a date: what is not said is not allowed."""
    lacking: tuple[dict[str, Any], ...] = (
        {"credit": None}, {"rights_until": None}, {"model_release": None}, {"model_release": ["granted", "withdrawn"]}, {"rights_until": "soon"}
    )  # fmt: skip
    for number, lacks in enumerate(lacking):
        one.file(number, "Author photo", None, **{**PHOTO, **lacks})
    one.run(DAG)
    assert (referenced(one), one.exceptions(DAG)) == ({}, [("ASSET-RIGHTS", f"asset:{file_id(number)}") for number in range(5)])


@pytest.mark.parametrize(
    ("files", "account"),
    [(60, EXTENDED), pytest.param(60, DOCUMENTED, marks=pytest.mark.nightly), pytest.param(10_000, EXTENDED, marks=pytest.mark.nightly)],
)
def test_fp2_g_a_library_that_did_not_change_is_read_page_by_page_and_nothing_is_written(
    station: Station, files: int, account: str
) -> None:
    """One read per page, one more that is empty, and no byte of a file."""
    house = LibraryHouse(station, account)
    station.connect("fourallportal", page_size=20 if files < 1000 else 100)
    for number in range(files):
        house.file(number, "Ad", name=f"ad {number // 10:05d}x v{number % 10}.png", version=f"{number % 10}")
    house.run(DAG)
    before, asked = station.effects(), len(station.journal("fourallportal"))
    house.run(DAG)
    calls = station.journal("fourallportal")[asked:]
    assert (station.effects(), len(calls)) == (before, files // (20 if files < 1000 else 100) + 1)
    assert {call["method"] for call in calls} == {"GET"}


def test_fp2_bytes_that_were_not_approved_are_not_referenced(one: LibraryHouse) -> None:
    """Of a hash that lies, and of a file that was swapped after its approval; approved anew it is there."""
    one.file(1, "Cover", checksum="0" * 64)
    one.run(DAG)
    assert (referenced(one), one.exceptions(DAG)) == ({}, [("ASSET-BYTES", f"asset:{file_id(1)}")])
    one.file(1, "Cover")
    one.run(DAG)
    assert (referenced(one), one.exceptions(DAG)) == ({COVER: "1"}, [])
    one.file(1, "Cover", content="swapped")
    one.run(DAG, 2)
    assert (referenced(one), one.exceptions(DAG)) == ({COVER: "-"}, [("ASSET-BYTES", f"asset:{file_id(1)}")])
    one.file(1, "Cover", content="swapped", approval_date="2026-05-04")
    one.run(DAG)
    assert (referenced(one), one.exceptions(DAG)) == ({COVER: "1"}, [])


def test_fp2_a_file_that_no_shop_takes_is_not_used_by_anybody(one: LibraryHouse) -> None:
    """Too small: the version before counts; an EPUB with another ISBN inside is no part of a package; whoever reads the library next knows."""
    one.titles_are(onixPublishingStatusCode="02")
    one.file(1, "Cover")
    one.file(2, "Cover", version="2", content=picture("small", 624, 1000))
    one.file(3, "E-book cover", EBOOK)
    one.file(4, "EPUB", EBOOK, content=book(PRINT))
    one.todo(1, "Production complete", done="2026-05-03")
    one.run(DAG)
    assert (referenced(one), one.exceptions(DAG)) == (
        {COVER: "1", COVER.replace(PRINT, EBOOK).replace("/cover", "/ebook_cover"): "1"},
        [("ASSET-CONTENT", f"asset:{file_id(2)}")],
    )
    packages = "fourallportal__product_packages"
    one.run(packages)
    assert {("ASSET-CONTENT", f"asset:{file_id(4)}"), ("PACKAGE-PART", f"package:{EBOOK}/epub")} <= set(one.exceptions(packages))
    one.remove(1)
    one.run("fourallportal__launch_readiness")
    with one.station.ledger() as ledger:
        [novel] = [each for each in ledger.memory.get_each("launch:title:") if each["title"] == "Sea Room"]
    said = {status["name"]: status["reason"] for each in novel["formats"] for status in each["statuses"]}
    assert "624 by 1000 pixels" in said["cover"]
    assert f"inside it says ISBN {PRINT}" in said["epub"]


def test_fp2_a_file_that_is_gone_is_withdrawn_and_one_that_a_page_left_out_is_not(
    one: LibraryHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What no page has is asked for by itself."""
    one.file(1, "Cover")
    one.file(2, "Sales sheet")
    one.run(DAG)
    whole = Objects.page
    monkeypatch.setattr(Objects, "page", lambda *given: ([], 0) if given[1] == "file" else whole(*given))
    one.remove(2)
    one.run(DAG)
    assert sorted(referenced(one).values()) == ["-", "1"]


def test_fp2_locales_formats_and_several_ads_stand_beside_one_another(one: LibraryHouse) -> None:
    """A newer German sheet replaces no English one; the e-book has its own cover; the same file twice is one reference."""
    one.file(1, "Sales sheet", locale="en_GB", version="2")
    one.file(2, "Sales sheet", locale="de_DE", version="3")
    one.file(3, "E-book cover", EBOOK)
    one.file(4, "Ad", name="summer-v1.png")
    one.file(5, "Ad", name="summer-v2.png", version="2")
    one.file(6, "Ad", name="winter-v1.png")
    one.file(7, "Cover", content="twin")
    one.file(8, "Cover", content="twin")
    one.run(DAG)
    versions = sorted((subject.split("/")[1], version) for subject, version in referenced(one).items())
    assert versions == [("ad", "1"), ("ad", "2"), ("cover", "1"), ("ebook_cover", "1"), ("sales_sheet", "2"), ("sales_sheet", "3")]


def test_fp2_an_embargo_an_unnamed_status_and_a_field_without_value(one: LibraryHouse) -> None:
    """The embargo ends by itself; the status is named once however many files have it; the entry is an exception of its own."""
    one.file(1, "Cover", embargo_until="2026-05-06")
    one.file(2, "Sales sheet", approval_status="in review")
    one.file(3, "Ad", approval_status="in review")
    one.file(4, "Sample")
    table = one.station.sandbox.world.store.table("fourallportal.objects.file")
    row = table.get(file_id(4))
    assert row is not None
    table.put(file_id(4), row | {"values": row["values"] | {"version": [{"dimensions": None}]}})
    one.run(DAG)
    assert referenced(one) == {}
    assert sorted(rule for rule, _ in one.exceptions(DAG)) == ["ASSET-STATUS", "ASSET-UNREADABLE"]
    one.next_day(2)
    one.run(DAG)
    assert referenced(one) == {COVER: "1"}


def test_fp2_a_kind_that_was_renamed_there_is_named_once_with_what_was_meant(house: LibraryHouse) -> None:
    """Nothing is taken for a cover that is not called so; what nobody approved is no news. Called as before, all is as it was."""
    house.file(1, "Cover")
    house.file(2, "Ad")
    house.run(DAG)
    before = referenced(house)
    for number, approval in enumerate(("approved", "approved", "rejected")):
        house.file(10 + number, "Covers" if number < 2 else "Draft", approval_status=approval)
    house.change(1, asset_type="Covers")
    house.run(DAG)
    assert (referenced(house)[COVER], [rule for rule, _ in house.exceptions(DAG)]) == ("-", ["ASSET-KIND"])
    assert house.expected(DAG) == ["a kind of mapping.yaml; did you mean Cover?"]
    for number in (1, 10, 11):
        house.change(number, asset_type="Cover")
    house.run(DAG)
    assert (len(referenced(house)), referenced(house)[COVER], house.exceptions(DAG)) == (len(before), "1", [])


def test_fp2_a_portal_that_is_away_withdraws_nothing(one: LibraryHouse) -> None:
    """The run is red; the next one goes on."""
    one.file(1, "Cover")
    one.run(DAG)
    one.station.fault("fourallportal", "reset")
    one.run(DAG, state="failed")
    one.station.mend()
    one.run(DAG)
    assert referenced(one) == {COVER: "1"}


def test_fp2_a_backfill_of_a_day_that_is_over_does_nothing(one: LibraryHouse) -> None:
    """The library is that of today: what might be used then may not be used now."""
    one.file(1, "Author photo", None, **{**PHOTO, "rights_until": "2026-05-03"})
    one.station.clock(one.now)
    assert one.station.run(DAG, one.now - timedelta(days=2), backfill=True).state == "success"
    assert referenced(one) == {}


def test_fp2_a_catalogue_that_is_empty_all_at_once_withdraws_nothing(one: LibraryHouse) -> None:
    """Taken at its word, it would take every reference away."""
    one.file(1, "Cover")
    one.run(DAG)
    one.station.sandbox.systems["consonance"].records.table("products").clear()
    one.run(DAG, state="failed")
    assert referenced(one) == {COVER: "1"}


def test_fp2_nobody_is_named_in_logs_labels_or_exceptions(one: LibraryHouse, caplog: pytest.LogCaptureFixture) -> None:
    """Neither the author, nor whom to credit, nor what the file is called."""
    caplog.set_level(logging.DEBUG)
    for number, author in enumerate((ISNI, "zoë canary", "Somebody Canary"), 1):
        one.file(number, "Author photo", None, name=f"canary-{number}.png", **{**PHOTO, "author": [author], "credit": "Canary Pictures"})
    run = one.run(DAG)
    with one.station.ledger() as ledger:
        labels = [row.labels for row in ledger.newest(DAG, "consonance")]
        told = [str(row) for row in ledger.exceptions.open(use_case=DAG)]
    assert labels
    assert told
    assert "canary" not in "\n".join([*run.logs, caplog.text, str(labels), *told, str(run.xcoms)]).lower()
