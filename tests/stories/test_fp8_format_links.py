"""FP-8: each format has its own files; what somebody linked wrongly is named with what would be right."""

from typing import Any

import pytest
from portal_house import AUDIO, EBOOK, PRINT, PortalHouse, value
from station import Station
from two_accounts import DOCUMENTED, EXTENDED

from colophon.config.files import SHIPPED

DAG = "fourallportal__format_links"
KINDS = {PRINT: ("Cover", "cover_file"), EBOOK: ("E-book cover", "ebook_cover_file"), AUDIO: ("Artwork", "artwork_file")}
FORMS = {PRINT: "BC", EBOOK: "ED", AUDIO: "AJ"}
PHOTO, GONE = 900, "dead0000-0000-4000-8000-00000000dead"


def key(kind: int, number: int) -> str:
    """An id."""
    return f"0000000{kind}-0000-4000-8000-{number:012d}"


class Shelf(PortalHouse):
    """Three formats at the portal, and approved files of each."""

    def __init__(self, station: Station, account: str = EXTENDED) -> None:
        super().__init__(station, account)
        for n, (isbn, (kind, _)) in enumerate(KINDS.items()):
            self.file(n, isbn, kind)
            self.file(10 + n, isbn, "Sample")
            station.seed("fourallportal", {"product": [{"id": key(1, n), "isbn": value(isbn), "product_form": value(FORMS[isbn])}]})
        self.file(PHOTO, "", "Author photo")

    def file(self, number: int, isbn: str, kind: str, status: str = "approved", version: str = "1", **more: str) -> str:
        """A file as it is from now on; its id."""
        row = {"name": f"{number}.png", "isbn": isbn, "asset_type": kind, "version": version, "approval_status": status, **more}
        self.station.seed(
            "fourallportal", {"file": [{"id": key(2, number), "content": "x", **{name: value(told) for name, told in row.items()}}]}
        )
        return key(2, number)

    def link(self, isbn: str, **links: str) -> None:
        """A person links files."""
        self.edit(isbn, **{name: value(told) for name, told in links.items()})

    def wrong(self) -> list[tuple[str, str, str, str]]:
        """Open exceptions: rule, ISBN, link, what would be right."""
        with self.station.ledger() as ledger:
            return sorted(
                (row.rule, row.subject.removeprefix("isbn:"), row.field, row.expected) for row in ledger.exceptions.open(use_case=DAG)
            )


@pytest.fixture(params=[EXTENDED, DOCUMENTED])
def shelf(station: Station, request: pytest.FixtureRequest) -> Shelf:
    """Nothing is linked yet."""
    return Shelf(station, request.param)


@pytest.fixture(params=[EXTENDED, pytest.param(DOCUMENTED, marks=pytest.mark.nightly)])
def linked(station: Station, request: pytest.FixtureRequest) -> Shelf:
    """Each format is linked to its own files; by day with the whole account alone."""
    found = Shelf(station, request.param)
    found.run(DAG)
    return found


def links_of(shelf: Shelf, isbn: str) -> dict[str, Any]:
    """What a product links."""
    return {name: told for name, told in shelf.shown(isbn).items() if name.endswith(("_file", "_files"))}


def test_fp8_a_each_format_is_linked_to_its_own_files(shelf: Shelf) -> None:
    """Its cover and its samples; run again, nothing is written."""
    shelf.run(DAG)
    for n, isbn in enumerate(KINDS):
        assert links_of(shelf, isbn) == {KINDS[isbn][1]: key(2, n), "sample_files": [key(2, 10 + n)]}
    writes = len(shelf.writes())
    shelf.run(DAG)
    assert (len(shelf.writes()), shelf.station.exceptions()) == (writes, [])


def test_fp8_a_a_link_of_ours_follows_the_newest_approved_version_and_a_persons_choice_stays(linked: Shelf) -> None:
    """v10 is newer than v9; one that is not approved is none."""
    linked.file(20, PRINT, "Cover", version="9")
    linked.file(21, PRINT, "Cover", version="10")
    linked.file(22, PRINT, "Cover", "in review", version="11")
    linked.run(DAG)
    assert links_of(linked, PRINT)["cover_file"] == key(2, 21)
    linked.link(PRINT, cover_file=key(2, 20))
    linked.run(DAG)
    assert (links_of(linked, PRINT)["cover_file"], linked.wrong()) == (key(2, 20), [])


def test_fp8_b_an_ebook_with_the_printed_cover_is_an_exception_with_the_right_one(linked: Shelf) -> None:
    """In its own link, or in that of the printed book; nothing is changed."""
    linked.link(EBOOK, ebook_cover_file=key(2, 0))
    right = f"ebook_cover 1.png version 1 ({key(2, 1)})"
    linked.run(DAG)
    assert linked.wrong() == [("PORTAL-LINK", EBOOK, "ebook_cover", right)]
    linked.link(EBOOK, ebook_cover_file=key(2, 1), cover_file=key(2, 0))
    linked.run(DAG)
    assert (linked.wrong(), links_of(linked, EBOOK)["cover_file"]) == ([("PORTAL-LINK", EBOOK, "cover", right)], key(2, 0))


@pytest.mark.parametrize("isbn", ["9781999000035", "", f"{PRINT}; {EBOOK}"])
def test_fp8_c_a_file_of_another_isbn_is_an_exception(linked: Shelf, isbn: str) -> None:
    """Of another one, of none, or of two."""
    linked.link(PRINT, cover_file=linked.file(30, isbn, "Cover"))
    linked.run(DAG)
    assert linked.wrong() == [("PORTAL-LINK-ISBN", PRINT, "cover", f"cover 0.png version 1 ({key(2, 0)})")]


def test_fp8_c_a_file_without_isbn_that_two_share_is_an_exception_of_both(linked: Shelf) -> None:
    """Nobody knows whose it is."""
    station, shared = linked.station, linked.file(30, "", "Cover")
    station.seed(
        "fourallportal",
        {"product": [{"id": key(1, 9), "isbn": value("9781999000035"), "product_form": value("BB"), "cover_file": value(shared)}]},
    )
    linked.link(PRINT, cover_file=shared)
    linked.run(DAG)
    assert [row[:2] for row in linked.wrong()] == [("PORTAL-LINK-ISBN", PRINT), ("PORTAL-LINK-ISBN", "9781999000035")]


def test_fp8_d_what_may_be_shared_is_fine(linked: Shelf) -> None:
    """The author's photo on all three, where the portal links such."""
    text = (SHIPPED / "fourallportal" / "mapping.yaml").read_text(encoding="utf-8")
    (linked.station.config / "fourallportal").mkdir(exist_ok=True)
    linked.station.configure(
        "fourallportal/mapping.yaml",
        text.replace("  samples: {field: sample_files, list: true}", "  author_photo: {field: sample_files, list: true}"),
    )
    for isbn in KINDS:
        linked.edit(isbn, sample_files=value([key(2, PHOTO)]))
    linked.run(DAG)
    assert linked.wrong() == []


def test_fp8_e_a_link_to_a_deleted_file_is_found(linked: Shelf) -> None:
    """With what stands in for it, or that there is nothing; a withdrawn approval is told as well."""
    linked.link(PRINT, cover_file=GONE)
    linked.file(2, AUDIO, "Artwork", "withdrawn")
    linked.run(DAG)
    assert linked.wrong() == [
        ("PORTAL-LINK", AUDIO, "audio_artwork", f"an approved audio_artwork of {AUDIO}; there is none"),
        ("PORTAL-LINK-GONE", PRINT, "cover", f"cover 0.png version 1 ({key(2, 0)})"),
    ]


def test_fp8_f_a_new_format_is_asked_for_its_files(linked: Shelf) -> None:
    """Until one is approved; then it is linked."""
    isbn = "9781999000035"
    linked.station.seed("fourallportal", {"product": [{"id": key(1, 9), "isbn": value(isbn), "product_form": value("BB")}]})
    linked.run(DAG)
    assert linked.wrong() == [("PORTAL-LINK", isbn, "cover", f"an approved cover of {isbn}; there is none")]
    linked.file(40, isbn, "Cover")
    linked.run(DAG)
    assert (linked.wrong(), links_of(linked, isbn)) == ([], {"cover_file": key(2, 40)})


def test_fp8_a_link_of_ours_that_was_refused_once_still_follows(linked: Shelf) -> None:
    """What we linked stays ours while a newer link does not get through."""
    linked.file(20, PRINT, "Cover", version="2")
    linked.station.fault("fourallportal", "status", "*", method="PATCH", value={"status": 400})
    linked.run(DAG, hours=24)
    linked.station.mend()
    assert links_of(linked, PRINT)["cover_file"] == key(2, 0)
    linked.file(21, PRINT, "Cover", version="3")
    linked.run(DAG)
    assert links_of(linked, PRINT)["cover_file"] == key(2, 21)


def test_fp8_a_file_whose_rights_ended_is_not_linked(linked: Shelf) -> None:
    """The version before it stays; where there is none, one that is linked already is named."""
    linked.file(20, PRINT, "Cover", version="2", rights_until="2026-05-03")
    linked.file(2, AUDIO, "Artwork", rights_until="2026-05-03")
    linked.run(DAG)
    assert links_of(linked, PRINT)["cover_file"] == key(2, 0)
    assert linked.wrong() == [("PORTAL-LINK", AUDIO, "audio_artwork", f"an approved audio_artwork of {AUDIO}; there is none")]


def test_fp8_a_link_of_ours_goes_with_the_approval(linked: Shelf) -> None:
    """To the version before, then to nothing, and that is named; what a person linked stays."""
    linked.file(20, PRINT, "Cover", version="2")
    linked.run(DAG)
    linked.file(20, PRINT, "Cover", "rejected", version="2")
    linked.link(EBOOK, ebook_cover_file=linked.file(21, EBOOK, "E-book cover", "rejected"))
    linked.run(DAG)
    assert links_of(linked, PRINT)["cover_file"] == key(2, 0)
    linked.file(0, PRINT, "Cover", "rejected")
    linked.run(DAG)
    assert (bool(links_of(linked, PRINT)["cover_file"]), links_of(linked, EBOOK)["ebook_cover_file"]) == (False, key(2, 21))
    assert {(rule, isbn) for rule, isbn, *_ in linked.wrong()} == {("PORTAL-LINK", PRINT), ("PORTAL-LINK", EBOOK)}


def test_fp8_a_file_that_expires_before_its_link_arrives_is_not_linked(shelf: Shelf) -> None:
    """The portal takes nothing on the day of the decision; a day later the file may not be used any more."""
    shelf.file(0, PRINT, "Cover", rights_until="2026-05-04")
    shelf.station.fault("fourallportal", "status", "*", method="PATCH", value={"status": 503})
    shelf.run(DAG, "failed", hours=24)
    shelf.station.mend()
    shelf.run(DAG)
    assert "cover_file" not in links_of(shelf, PRINT)
    assert links_of(shelf, EBOOK)["ebook_cover_file"] == key(2, 1)


def test_fp8_a_file_in_another_locale_is_not_linked(linked: Shelf) -> None:
    """Not even the newest; one in the product's own locale goes before one for all, whatever language that is."""
    linked.edit(EBOOK, language=value("ger"))
    linked.file(22, EBOOK, "E-book cover", version="1", locale="de_DE")
    linked.file(20, PRINT, "Cover", version="9", locale="de_AT")
    linked.run(DAG)
    assert links_of(linked, PRINT)["cover_file"] == key(2, 0)
    linked.file(21, PRINT, "Cover", version="1", locale="en_GB")
    linked.run(DAG)
    assert links_of(linked, PRINT)["cover_file"] == key(2, 21)
    assert links_of(linked, EBOOK)["ebook_cover_file"] == key(2, 22)


def test_fp8_an_isbn_of_a_file_may_have_hyphens(linked: Shelf) -> None:
    """It is the same number."""
    linked.file(20, "978-1-999000-00-4", "Cover", version="2")
    linked.run(DAG)
    assert (links_of(linked, PRINT)["cover_file"], linked.wrong()) == (key(2, 20), [])


def test_fp8_a_file_whose_name_names_another_isbn_is_not_linked(linked: Shelf) -> None:
    """Nor left where we had linked it; as titles refuse it."""
    linked.file(0, PRINT, "Cover", name=f"{EBOOK}.png")
    linked.run(DAG)
    assert (links_of(linked, PRINT)["cover_file"], [row[:3] for row in linked.wrong()]) == ({}, [("PORTAL-LINK", PRINT, "cover")])


def test_fp8_a_file_under_embargo_is_not_linked(station: Station) -> None:
    """Nor is one that cannot be read; whoever is no book, e-book or audiobook is asked for nothing."""
    house = PortalHouse(station)
    station.seed(
        "fourallportal",
        {
            "file": [
                {
                    "id": key(2, 1),
                    "content": "x",
                    "isbn": value(PRINT),
                    "asset_type": value("Cover"),
                    "version": value("1"),
                    "approval_status": value("approved"),
                    "embargo_until": value("2027-01-01"),
                }
            ]
        },
    )
    station.seed(
        "fourallportal",
        {
            "product": [
                {"id": key(1, n), "isbn": value(isbn), "product_form": value(form)}
                for n, (isbn, form) in enumerate(((PRINT, "BC"), (AUDIO, "ZZ")))
            ]
        },
    )
    house.run(DAG)
    assert (house.writes(), house.station.exceptions(DAG)) == ([], [("PORTAL-LINK", f"isbn:{PRINT}")])
