"""FP-3: one package for each format, whole or not at all."""

import base64
import json
from typing import Any

import pytest
from library_house import AUDIO, DESIGNER, EBOOK, PRINT, LibraryHouse, file_id, fixtures

from colophon.config.files import SHIPPED

DAG = "fourallportal__product_packages"
COMPLETE = "Production complete"
WHOLE = {
    PRINT: ["cover", "interior", "metadata", "sales_text"],
    EBOOK: ["e", "epub", "metadata", "sales_text"],
    AUDIO: ["artwork", "metadata", "sales_text"],
}


def furnished(house: LibraryHouse) -> LibraryHouse:
    """Every part of three formats, and the milestone."""
    parts = ((1, "Cover", PRINT), (2, "Interior", PRINT), (3, "E-book cover", EBOOK), (4, "EPUB", EBOOK), (5, "Artwork", AUDIO))
    for number, kind, isbn in parts:
        house.file(number, kind, isbn)
    house.todo(1, COMPLETE, done="2026-05-03")
    return house


house, both, one = fixtures(furnished)


def packages(house: LibraryHouse) -> dict[str, list[str]]:
    """The released packages: names of their files."""
    tables = house.station.sandbox.world.store
    names = {row["id"]: row["values"]["name"][0]["value"] for row in tables.table("fourallportal.objects.file")}
    found = {}
    for row in tables.table("fourallportal.objects.collection"):
        values = row["values"]
        if [entry["value"] for entry in values.get("package_state", [])] == ["released"]:
            found[values["package_key"][0]["value"]] = sorted(names.get(file, "GONE") for file in values["files"][0]["value"])
    return found


def parts(house: LibraryHouse, isbn: str = PRINT) -> list[str]:
    """The parts of a released package, by the beginnings of their names."""
    return sorted(name.removeprefix(f"{isbn}-").partition("-")[0] for name in packages(house).get(isbn, []))


def to_dos(house: LibraryHouse) -> dict[str, tuple[str, int | None]]:
    """State and person of each to-do, by its matter."""
    rows = house.written(DAG, "upsertTodo")
    return {subject.partition(":")[2]: (row["status"], row["assigneeContactId"]) for subject, row in rows.items()}


def test_fp3_a_complete_production_is_a_package_with_every_part(house: LibraryHouse) -> None:
    """Print, e-book and audio have each their own; the second run has no effect."""
    house.run(DAG)
    assert parts(house) == ["cover", "interior", "metadata", "sales_text"]
    before = house.station.effects()
    house.run(DAG)
    assert (house.station.effects(), house.exceptions(DAG), to_dos(house)) == (before, [], {})
    [metadata] = [body for path, body in uploads(house).items() if f"{PRINT}-metadata" in path]
    known = json.loads(metadata)
    assert (known["title"], known["publication_on"], known["parts"]["cover"]["file"]) == ("Sea Room", "2026-09-01", file_id(1))


def test_fp3_a_what_is_missing_is_named_and_its_owner_told(both: LibraryHouse) -> None:
    """Not released; the designer has a to-do until the cover is there."""
    both.change(1, approval_status="rejected")
    both.run(DAG, 2)
    assert (PRINT in packages(both), EBOOK in packages(both)) == (False, True)
    assert both.exceptions(DAG) == [("PACKAGE-PART", f"package:{PRINT}/cover")]
    assert to_dos(both) == {f"{PRINT}/cover": ("OPEN", DESIGNER)}
    both.change(1, approval_status="approved", approval_date="2026-05-04")
    both.run(DAG)
    assert (parts(both), both.exceptions(DAG)) == (["cover", "interior", "metadata", "sales_text"], [])
    assert to_dos(both) == {f"{PRINT}/cover": ("DONE", DESIGNER)}


def test_fp3_b_a_part_replaced_later_makes_the_package_anew_as_a_whole(house: LibraryHouse) -> None:
    """In one write, with its metadata; a new draft changes nothing."""
    house.run(DAG)
    first, written = packages(house)[PRINT], house.station.effects("4ap.written")
    house.file(12, "Interior", version="2", approval_status="rejected")
    house.run(DAG)
    assert packages(house)[PRINT] == first
    house.change(12, approval_status="approved")
    house.run(DAG)
    second = packages(house)[PRINT]
    assert [name for name in second if name.startswith("interior")] == ["interior-12.png"]
    assert len([name for name in second if "metadata" in name and name not in first]) == 1
    changed = [key for key in house.station.effects("4ap.written")[len(written) :] if key.startswith("collection:")]
    assert len(changed) == 1


@pytest.mark.parametrize("method", ["PUT", "PATCH", pytest.param("POST", marks=pytest.mark.nightly)])
def test_fp3_c_an_upload_that_breaks_off_is_never_visible_half(house: LibraryHouse, method: str) -> None:
    """The file, the word to the library, the package: whichever fails first in a release or an update, what is released is whole."""
    for attempt, skip in enumerate((0, 1)):
        before = packages(house)
        house.station.fault("fourallportal", "reset", method=method, skip=skip)
        house.run(DAG, state="failed")
        assert all(parts(house, isbn) == WHOLE[isbn] for isbn in packages(house))
        assert packages(house).keys() >= before.keys()  # what was released stays so
        house.station.mend()
        house.next_day()
        house.run(DAG)
        assert {isbn: parts(house, isbn) for isbn in packages(house)} == WHOLE
        for number, kind, isbn in ((1, "Cover", PRINT), (4, "EPUB", EBOOK), (5, "Artwork", AUDIO)):
            house.file(number, kind, isbn, version=f"2.{attempt}")


def test_fp3_d_which_parts_a_format_needs_is_data(house: LibraryHouse) -> None:
    """An e-book needs no interior, and an audiobook no EPUB; the mapping says so."""
    house.run(DAG)
    assert {isbn: parts(house, isbn) for isbn in packages(house)} == WHOLE


@pytest.mark.parametrize("status", ["08", pytest.param("17", marks=pytest.mark.nightly)])
def test_fp3_e_the_package_is_withdrawn_with_the_title(house: LibraryHouse, status: str) -> None:
    """And is back when the title is."""
    house.run(DAG)
    house.titles_are(onixPublishingStatusCode=status)
    house.run(DAG)
    assert packages(house) == {}
    house.titles_are()
    house.run(DAG)
    assert set(packages(house)) == {PRINT, EBOOK, AUDIO}


def test_fp3_e_an_undone_milestone_withdraws_the_package(one: LibraryHouse) -> None:
    """What was to be brought for it nobody has to bring any more."""
    one.change(4, approval_status="rejected")
    one.run(DAG)
    one.todo(1, COMPLETE, done=None)
    one.run(DAG)
    assert (packages(one), to_dos(one)[f"{EBOOK}/epub"][0], one.exceptions(DAG)) == ({}, "CANCELLED", [])


def test_fp3_a_part_in_another_locale_is_none(one: LibraryHouse) -> None:
    """The cover of the Austrian edition is newer, and not taken; where there is no other, the cover is missing."""
    one.file(6, "Cover", version="9", locale="de_AT")
    one.run(DAG)
    assert "cover-1" in next(name for name in packages(one)[PRINT] if "cover" in name)
    one.change(1, locale="de_AT")
    one.run(DAG)
    assert (PRINT in packages(one), ("PACKAGE-PART", f"package:{PRINT}/cover") in one.exceptions(DAG)) == (False, True)


def test_fp3_what_somebody_changes_in_a_package_is_put_right_and_said_once(one: LibraryHouse) -> None:
    """A part taken out, a release taken back, a package deleted; and a withdrawn one that somebody releases again."""
    one.run(DAG)
    whole, table = packages(one), one.station.sandbox.world.store.table("fourallportal.objects.collection")
    keys = {row["values"]["package_key"][0]["value"]: row["id"] for row in table}

    def edit(isbn: str, **fields: Any) -> None:
        row = table.get(keys[isbn])
        values = {name: [{"value": value, "dimensions": None}] for name, value in fields.items()}
        one.station.sandbox.systems["fourallportal"].objects.put("collection", row["values"] | values, object_id=row["id"])

    edit(PRINT, files=table.get(keys[PRINT])["values"]["files"][0]["value"][1:])
    edit(EBOOK, package_state="draft")
    table.drop(keys[AUDIO])
    one.run(DAG)
    assert (packages(one), {rule for rule, _ in one.exceptions(DAG)}) == (whole, {"PACKAGE-BY-HAND"})
    assert len(one.exceptions(DAG)) == 3
    before = one.station.effects()
    one.run(DAG)
    assert (one.station.effects(), one.exceptions(DAG)) == (before, [])
    for _ in range(2):  # twice within a day
        table.drop(keys[AUDIO])
        one.run(DAG)
        assert (packages(one), one.exceptions(DAG)) == (whole, [("PACKAGE-BY-HAND", f"package:{AUDIO}")])
        one.run(DAG)
        assert one.exceptions(DAG) == []
    one.change(1, approval_status="rejected")
    one.run(DAG)
    edit(PRINT, package_state="released")
    one.run(DAG)
    assert PRINT not in packages(one)
    assert ("PACKAGE-BY-HAND", f"package:{PRINT}") in one.exceptions(DAG)


def test_fp3_a_released_package_that_loses_a_part_is_withdrawn(one: LibraryHouse) -> None:
    """An approval taken back after the release; a file swapped under its approval."""
    one.run(DAG)
    one.change(1, approval_status="withdrawn")
    one.file(4, "EPUB", EBOOK, content="swapped")
    one.run(DAG)
    assert set(packages(one)) == {AUDIO}
    assert one.exceptions(DAG) == [
        ("ASSET-BYTES", f"asset:{file_id(4)}"),
        ("PACKAGE-PART", f"package:{PRINT}/cover"),
        ("PACKAGE-PART", f"package:{EBOOK}/epub"),
    ]


def test_fp3_texts_under_embargo_are_missing_and_scripts_do_not_travel(one: LibraryHouse) -> None:
    """A text that may not be shown yet is none; markup is cleaned as in every feed."""
    rows = one.station.sandbox.systems["consonance"].records.table("works")
    texts = rows[9]["marketingTexts"]
    one.seed(works=[rows[9] | {"marketingTexts": [text | {"fromDate": "2026-08-01"} for text in texts]}])
    one.run(DAG)
    assert (packages(one), to_dos(one)[f"{PRINT}/sales_text"][0]) == ({}, "OPEN")
    one.seed(works=[rows[9] | {"marketingTexts": [text | {"externalText": "<p>Fine<script>alert(1)</script></p>"} for text in texts]}])
    one.run(DAG)
    [told, *_] = [body for path, body in uploads(one).items() if "sales_text" in path]
    assert ("Fine" in told, "alert" in told) == (True, False)


def test_fp3_parts_whose_bytes_wait_to_be_read_are_not_said_to_be_missing(one: LibraryHouse) -> None:
    """So many files a run: nobody has a to-do for a part that is there, and in the end every package is released."""
    shipped = (SHIPPED / "approved_assets.yaml").read_text(encoding="utf-8")
    one.station.configure("approved_assets.yaml", shipped.replace("bytes_checked: 200", "bytes_checked: 2"))
    one.run(DAG)
    assert (parts(one), set(packages(one)), to_dos(one), one.exceptions(DAG)) == (WHOLE[PRINT], {PRINT}, {}, [])
    one.run(DAG, 2)
    assert ({isbn: parts(one, isbn) for isbn in packages(one)}, to_dos(one)) == (WHOLE, {})


def test_fp3_a_title_that_cannot_be_read_keeps_its_package(one: LibraryHouse) -> None:
    """What nobody can read was not withdrawn."""
    one.run(DAG)
    one.titles_are(publicationDate="soon")
    one.run(DAG)
    assert set(packages(one)) == {PRINT, EBOOK, AUDIO}


def uploads(house: LibraryHouse) -> dict[str, str]:
    """The files on the mounted folder, by path."""
    rows: Any = house.station.sandbox.world.store.table("fourallportal.mount").rows
    return {path: base64.b64decode(row["body"]).decode() for path, row in rows.items()}
