"""Weeks in which people edit the portal's library at random: each evening titles, packages and to-dos are what a plain look at it says."""

from collections.abc import Mapping
from datetime import date
from random import Random
from typing import Any

import pytest
from library_house import AUDIO, EBOOK, FILE, PRINT, LibraryHouse, file_id
from station import Station

from colophon_sandbox.seeds.living.media import content_of

ASSETS, PACKAGES, LAUNCH = "fourallportal__approved_assets", "fourallportal__product_packages", "fourallportal__launch_assets"
KINDS = {"Cover": "cover", "Sales sheet": "sales_sheet", "E-book cover": "ebook_cover", "EPUB": "epub", "Interior": "interior_pdf", "Artwork": "audio_artwork"}  # fmt: skip
PARTS = {PRINT: {"cover", "interior_pdf"}, EBOOK: {"ebook_cover", "epub"}, AUDIO: {"audio_artwork"}}
HOME = {"Cover": PRINT, "Interior": PRINT, "Sales sheet": PRINT, "E-book cover": EBOOK, "EPUB": EBOOK, "Artwork": AUDIO}
REFERENCED, CONFIRMED = {"cover", "ebook_cover", "audio_artwork", "sales_sheet"}, {"cover", "sales_sheet"}
Row = dict[str, Any]


class Month:
    """A house, what chance does to it, and a plain reckoning of what must follow."""

    def __init__(self, station: Station, seed: int) -> None:
        self.house, self.random, self.files, self.approved = LibraryHouse(station), Random(seed), dict[int, Row](), dict[int, Row]()
        self.house.todo(1, "Production complete", done="2026-05-01")
        for number, kind in enumerate(HOME, 1):
            self.put(number, {"kind": kind, "isbn": HOME[kind], "version": "1", "approval_status": "approved"})

    def put(self, number: int, row: Row) -> None:
        """A file as it is from now on."""
        self.files[number] = {"content": f"{number}", "approval_date": "2026-05-01", "embargo_until": None, "rights_until": None} | row
        told = {name: value for name, value in self.files[number].items() if name not in {"kind", "isbn", "version"} and value is not None}
        told["content"] = content_of(row["kind"], HOME[row["kind"]], self.files[number]["content"])
        confirmed = (
            self.house.shown(number, "launch_confirmed")
            if self.house.station.sandbox.world.store.table(FILE).get(file_id(number))
            else None
        )
        self.house.file(number, row["kind"], row["isbn"], row["version"], **told, **({"launch_confirmed": confirmed} if confirmed else {}))

    def edit(self) -> None:
        """Somebody does something."""
        today, number = self.house.now.date(), self.random.choice(sorted(self.files))
        row = self.files[number]
        what = self.random.choice(("version", "version", "withdraw", "approve", "swap", "isbn", "rights", "embargo", "delete"))
        if what == "version":
            kind, content = row["kind"], f"{self.random.random()}"
            fresh = {
                "kind": kind,
                "isbn": HOME[kind],
                "version": str(self.random.randint(1, 12)),
                "content": content,
                "approval_date": f"{today}",
            }
            self.put(max(self.files) + 1, fresh | {"approval_status": self.random.choice(("approved", "final", "in review"))})
        elif what == "delete" and len(self.files) > 6:
            self.house.remove(number)
            del self.files[number]
        else:
            soon = date.fromordinal(today.toordinal() + self.random.randint(-1, 2)).isoformat()
            edits: Mapping[str, Row] = {
                "withdraw": {"approval_status": "withdrawn"},
                "approve": {"approval_status": "approved", "approval_date": f"{today}"},
                "swap": {"content": f"{self.random.random()}"},
                "isbn": {"isbn": self.random.choice((HOME[row["kind"]], f"{PRINT} {EBOOK}", None))},
                "rights": {"rights_until": soon},
                "embargo": {"embargo_until": soon},
            }
            self.put(number, row | edits.get(what, {}))

    def look(self) -> None:
        """What a look at the library remembers: the first bytes of each approval."""
        for number in set(self.approved) - set(self.files):
            del self.approved[number]
        for number, row in self.files.items():
            if row["approval_status"] not in {"approved", "final"}:
                self.approved.pop(number, None)
            elif (self.approved.get(number) or {}).get("mark") != (row["version"], row["approval_date"]):
                self.approved[number] = {"mark": (row["version"], row["approval_date"]), "content": row["content"]}

    def newest(self) -> dict[tuple[str, str], int]:
        """The file of each title and kind."""
        today, found = self.house.now.date().isoformat(), dict[tuple[str, str], int]()
        for number, row in sorted(self.files.items(), key=lambda each: int(each[1]["version"])):
            known = self.approved.get(number)
            is_free = (row["embargo_until"] or "") <= today <= (row["rights_until"] or "9")
            if known and known["content"] == row["content"] and is_free and row["isbn"] == HOME[row["kind"]]:
                found[row["isbn"], KINDS[row["kind"]]] = number
        return found

    def check(self) -> None:
        """Everything, against that."""
        newest, files = self.newest(), {file_id(number): number for number in self.files}
        version = {key: self.files[number]["version"] for key, number in newest.items()}
        rows = self.house.written(ASSETS, "upsertExternalAsset")
        shown = {subject.removeprefix("isbn:"): row["version"] for subject, row in rows.items() if row["status"] == "APPROVED"}
        assert shown == {f"{isbn}/{kind}": version[isbn, kind] for isbn, kind in newest if kind in REFERENCED}
        wanted = {
            isbn: {version[isbn, kind] for kind in kinds} for isbn, kinds in PARTS.items() if all((isbn, kind) in newest for kind in kinds)
        }
        assert {
            isbn: {self.files[files[file]]["version"] for file in found if file in files} for isbn, found in self.released().items()
        } == wanted
        to_dos = [row for row in self.house.written(LAUNCH, "upsertTodo").values() if row["status"] != "CANCELLED"]
        asked = {row["description"].split()[1] for row in to_dos if row["status"] == "OPEN"}
        assert asked <= {kind.split("_")[0] for (isbn, kind) in newest if kind in CONFIRMED and isbn == PRINT}

    def released(self) -> dict[str, list[str]]:
        """Files of the released packages, by ISBN."""
        table = self.house.station.sandbox.world.store.table("fourallportal.objects.collection")
        rows = [row["values"] for row in table if [entry["value"] for entry in row["values"].get("package_state", [])] == ["released"]]
        return {row["package_key"][0]["value"]: row["files"][0]["value"] for row in rows}


@pytest.mark.parametrize(("seed", "days"), [(1, 2), *(pytest.param(seed, 30, marks=pytest.mark.nightly) for seed in range(2, 6))])
def test_each_evening_everything_is_as_the_library_says(station: Station, seed: int, days: int) -> None:
    """Four edits a day; run again each fifth evening and on the last, nothing has an effect."""
    month = Month(station, seed)
    station.system("fourallportal").settings(indexing_seconds=0)
    for day in range(1, days + 1):
        for _ in range(4):
            month.edit()
        month.look()
        for dag in (ASSETS, PACKAGES, LAUNCH):
            month.house.run(dag)
        month.check()
        before = station.effects()
        for dag in (ASSETS, PACKAGES, LAUNCH) if day % 5 == 0 or day == days else ():
            month.house.run(dag)
        assert station.effects() == before
        month.house.next_day()
