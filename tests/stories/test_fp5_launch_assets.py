"""FP-5: approved assets are confirmed before a launch, on either side; a delay holds them."""

import pytest
from library_house import DESIGNER, EDITOR, MARKETER, NOVEL, PRINT, LibraryHouse, fixtures
from two_accounts import EXTENDED

from colophon.config.files import SHIPPED

DAG = "fourallportal__launch_assets"
DELAYED, SCHEDULED = "Title delayed", "Publication scheduled"


def furnished(house: LibraryHouse) -> LibraryHouse:
    """A cover (1) and an ad (2) of the novel."""
    house.file(1, "Cover")
    house.file(2, "Ad", name="summer.png")
    house.todo(1, SCHEDULED, done="2026-04-01")
    return house


house, both, one = fixtures(furnished)


def asked(house: LibraryHouse) -> dict[str, str]:
    """State of each to-do as we told it last, by the words before its marker."""
    return {row["description"].partition(" of ")[0] + row["description"].partition("version")[2][:3]: row["status"] for row in _told(house)}


def answer(house: LibraryHouse, words: str, status: str = "DONE") -> None:
    """The editor deals with a to-do; where there is no mutation, somebody has loaded its sheet before."""
    [told] = [row for row in _told(house) if row["description"].startswith(words) and row["status"] != "CANCELLED"]
    table = house.station.sandbox.systems["consonance"].records.table("todos")
    found = [row["id"] for row in table.values() if row["description"] == told["description"]]
    done = "2026-05-04" if status == "DONE" else None
    house.todo(found[0] if found else 900 + len(table), told["description"], done=done)


def shown_to_dos(house: LibraryHouse) -> list[tuple[str, str]]:
    """What the editor sees in Consonance."""
    table = house.station.sandbox.systems["consonance"].records.table("todos")
    return sorted((row["description"].partition(" of ")[0], row["status"]) for row in table.values() if "[" in row["description"])


def _told(house: LibraryHouse) -> list[dict[str, str]]:
    return list(house.written(DAG, "upsertTodo").values())


def test_fp5_a_approved_assets_are_to_dos_of_the_editor(house: LibraryHouse) -> None:
    """One for each, with a day; the second run has no effect."""
    house.run(DAG)
    assert asked(house) == {"Confirm cover 1 ": "OPEN", "Confirm ad 1 ": "OPEN"}
    assert {(row["assigneeContactId"], row["dueOn"]) for row in _told(house)} == {(EDITOR, "2026-05-09")}
    before = house.station.effects()
    house.run(DAG)
    assert (house.station.effects(), house.exceptions(DAG)) == (before, [])


def test_fp5_a_whoever_follows_the_editor_is_asked_and_nobody_is_an_exception(both: LibraryHouse) -> None:
    """The editor has left: the manager; without one it is said, once for a title, until somebody is named."""
    gone = {"id": 1, "workId": NOVEL, "role": "EDITOR", "contactId": EDITOR, "startsOn": None, "endsOn": "2026-05-01", "revision": 2}
    both.seed(teamMembers=[{**gone, "managerId": MARKETER, "updatedAt": "2026-05-02T09:00:00Z"}])
    both.run(DAG)
    assert ({row["assigneeContactId"] for row in _told(both)}, both.exceptions(DAG)) == ({MARKETER}, [])
    both.seed(teamMembers=[{**gone, "managerId": None, "updatedAt": "2026-05-03T09:00:00Z"}])
    both.run(DAG)
    assert ({row["assigneeContactId"] for row in _told(both)}, both.exceptions(DAG)) == ({None}, [("ASSET-NOBODY", f"isbn:{PRINT}")])
    shipped = (SHIPPED / "notices.yaml").read_text(encoding="utf-8")
    both.station.configure("notices.yaml", shipped.replace("assignees: []", f"assignees: [{{owner: editor, contact_id: {DESIGNER}}}]"))
    both.run(DAG)
    assert ({row["assigneeContactId"] for row in _told(both)}, both.exceptions(DAG)) == ({DESIGNER}, [])


def test_fp5_a_confirmed_here_is_seen_at_the_portal(both: LibraryHouse) -> None:
    """And the other asset is not confirmed by that."""
    both.run(DAG)
    answer(both, "Confirm cover")
    both.run(DAG)
    assert (both.shown(1, "launch_confirmed"), both.shown(2, "launch_confirmed")) == ("true", None)


def test_fp5_a_confirmed_at_the_portal_is_seen_here(house: LibraryHouse) -> None:
    """Before or after somebody was asked here."""
    house.change(2, launch_confirmed="true")
    house.run(DAG)
    house.change(1, launch_confirmed="true")
    house.run(DAG, 2)
    assert set(asked(house).values()) == {"DONE"}
    if house.account == EXTENDED:
        assert shown_to_dos(house) == [("Confirm ad", "DONE"), ("Confirm cover", "DONE")]


def test_fp5_a_taken_back_on_either_side_is_seen_on_both(one: LibraryHouse) -> None:
    """Confirmed, taken back at the portal, confirmed here, taken back here."""
    one.run(DAG)
    one.change(1, launch_confirmed="true")
    one.run(DAG, 2)
    one.change(1, launch_confirmed=None)
    one.run(DAG, 2)
    assert shown_to_dos(one) == [("Confirm ad", "OPEN"), ("Confirm cover", "OPEN")]
    answer(one, "Confirm cover")
    one.run(DAG, 2)
    assert one.shown(1, "launch_confirmed") == "true"
    answer(one, "Confirm cover", "OPEN")
    one.run(DAG, 2)
    assert one.shown(1, "launch_confirmed") is None


def test_fp5_a_confirmed_here_and_taken_back_there_is_open_again_each_time(one: LibraryHouse) -> None:
    """What we say is what we said before, and has to be said again."""
    one.run(DAG)
    for _ in range(2):
        answer(one, "Confirm cover")
        one.run(DAG, 2)
        one.change(1, launch_confirmed=None)
        one.run(DAG)
        assert shown_to_dos(one) == [("Confirm ad", "OPEN"), ("Confirm cover", "OPEN")]


def test_fp5_b_c_a_delay_holds_assets_until_the_date_is_confirmed(house: LibraryHouse) -> None:
    """The ad, on which the date is printed, goes back instead; a new one is ready, the hold is released."""
    house.run(DAG)
    house.todo(2, DELAYED, done="2026-05-03")
    house.run(DAG)
    assert (house.shown(1, "launch_state"), house.shown(2, "launch_state")) == ("HOLD", "REVISE")
    house.titles_are(publicationDate="2026-11-02")
    house.next_day()
    house.todo(1, SCHEDULED, done="2026-05-04")
    house.run(DAG)
    assert (house.shown(1, "launch_state"), house.shown(2, "launch_state")) == ("READY", "REVISE")
    house.file(2, "Ad", name="summer.png", version="2", content="with the new date", launch_state="REVISE", approval_date="2026-05-05")
    house.run(DAG)
    assert house.shown(2, "launch_state") == "READY"


def test_fp5_b_only_the_date_changed(one: LibraryHouse) -> None:
    """What has it printed goes back; back to the old date, it is ready."""
    one.run(DAG)
    one.titles_are(publicationDate="2026-11-02")
    one.run(DAG)
    assert (one.shown(1, "launch_state"), one.shown(2, "launch_state")) == (None, "REVISE")
    one.titles_are()
    one.run(DAG)
    assert one.shown(2, "launch_state") == "READY"


def test_fp5_c_a_hold_that_marketing_set_is_not_ours_to_release(one: LibraryHouse) -> None:
    """And one of ours that somebody takes off by hand is set again."""
    one.change(1, launch_state="HOLD")
    one.run(DAG, 2)
    assert one.shown(1, "launch_state") == "HOLD"
    one.todo(2, DELAYED, done="2026-05-03")
    one.run(DAG)
    one.change(2, launch_state="READY")
    one.run(DAG)
    assert one.shown(2, "launch_state") == "REVISE"


@pytest.mark.parametrize("status", ["11", pytest.param("01", marks=pytest.mark.nightly)])
def test_fp5_b_a_title_that_is_off_holds_its_assets(one: LibraryHouse, status: str) -> None:
    """Cancelled or withdrawn: as one that is delayed."""
    one.run(DAG)
    one.titles_are(onixPublishingStatusCode=status)
    one.run(DAG)
    assert (one.shown(1, "launch_state"), one.shown(2, "launch_state")) == ("HOLD", "REVISE")


def test_fp5_d_new_bytes_make_the_confirmation_void(house: LibraryHouse) -> None:
    """A new version of the same file, and one as a new file: each is asked for anew, and the old answer counts for nothing."""
    house.run(DAG)
    answer(house, "Confirm cover")
    house.run(DAG, 2)
    house.file(1, "Cover", version="2", launch_confirmed="true")
    house.run(DAG, 2)
    assert (house.shown(1, "launch_confirmed"), asked(house)["Confirm cover 2 "]) == (None, "OPEN")
    house.file(3, "Cover", version="3")
    house.run(DAG)
    assert asked(house)["Confirm cover 3 "] == "OPEN"
    assert asked(house)["Confirm cover 2 "] == "CANCELLED"


def test_fp5_an_asset_that_is_no_longer_approved_is_asked_for_no_more(one: LibraryHouse) -> None:
    """Its to-do ends, and is open again with the approval, each time; what the editor cancels stays so."""
    one.run(DAG)
    for _ in range(2):
        one.change(1, approval_status="withdrawn")
        one.run(DAG)
        assert shown_to_dos(one) == [("Confirm ad", "OPEN"), ("Confirm cover", "CANCELLED")]
        one.change(1, approval_status="approved")
        one.run(DAG)
        assert shown_to_dos(one) == [("Confirm ad", "OPEN"), ("Confirm cover", "OPEN")]
    table = one.station.sandbox.systems["consonance"].records.table("todos")
    [key] = [key for key, row in table.items() if row["description"].startswith("Confirm ad")]
    table[key] |= {"status": "CANCELLED"}
    one.run(DAG, 2)
    assert shown_to_dos(one) == [("Confirm ad", "CANCELLED"), ("Confirm cover", "OPEN")]


def test_fp5_a_portal_that_is_away_loses_no_answer(one: LibraryHouse) -> None:
    """Confirmed here while nothing could be written there; withdrawn again before it could: then it is not."""
    one.run(DAG)
    answer(one, "Confirm cover")
    one.station.fault("fourallportal", "reset", method="PATCH")
    one.run(DAG, state="failed")
    answer(one, "Confirm cover", "OPEN")
    one.station.mend()
    one.run(DAG, 2)
    assert one.shown(1, "launch_confirmed") is None
