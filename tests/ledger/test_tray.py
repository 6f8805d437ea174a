"""The write-back tray: nothing twice, nothing lost, and a person's word on everything that left."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from moving_clock import Clock

from colophon.errors import ConflictError, NotFoundError
from colophon.ledger import Ledger
from colophon.ledger.write_backs import BY_MUTATION, WriteBack

DAY = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.fixture
def clock() -> Clock:
    """At the first of May."""
    return Clock(DAY)


@pytest.fixture
def ledger(ledger_url: str, clock: Clock):
    """An empty ledger."""
    with Ledger.open(ledger_url, clock=clock) as opened:
        yield opened


def todo(text="Cover missing", reference="pn6:1:cover", **more) -> WriteBack:
    """A to-do."""
    payload = {"workId": 9, "description": text, **more.pop("payload", {})}
    return WriteBack("upsertTodo", reference, "isbn:1", "push__x", payload, **more)


def states(ledger: Ledger) -> list[str]:
    """States of all rows, oldest first."""
    return [row.state for row in ledger.tray.rows()]


def exported(ledger: Ledger, item: WriteBack | None = None) -> tuple[str, str]:
    """A row that went out, and its sheet."""
    row = ledger.tray.add(item or todo(), "writes_off").row
    sheet = ledger.tray.reserve([row.id], "writeback_upsertTodo_2026-05-01", ".xlsx")
    ledger.tray.exported(sheet)
    return row.id, sheet


def test_the_same_again_is_one_row(ledger: Ledger) -> None:
    """A run that repeats itself leaves one row, which says the latest reason."""
    first = ledger.tray.add(todo(), "writes_off")
    again = ledger.tray.add(todo(), "feature_missing")
    assert (first.is_new, again.is_new, again.row.id == first.row.id) == (True, False, True)
    assert [row.reason for row in ledger.tray.rows()] == ["feature_missing"]


def test_what_a_mutation_holds_a_person_can_have_back(ledger: Ledger) -> None:
    """It may have gone and nobody heard: who has looked in Consonance lets it wait again."""
    row = ledger.tray.add(todo(), "writes_off").row
    with pytest.raises(NotFoundError, match="gone out"):
        ledger.tray.back(row.id, by="ann")
    assert ledger.tray.claim(row.id)
    ledger.tray.back(row.id, by="ann")
    assert [(row.state, row.sheet, row.loaded_by) for row in ledger.tray.rows()] == [("pending", None, "ann")]


def test_the_newest_content_wins_and_the_older_is_kept(ledger: Ledger) -> None:
    """Other content under the same reference supersedes what waited."""
    ledger.tray.add(todo("one"), "writes_off")
    ledger.tray.add(todo("two"), "writes_off")
    assert [(row.state, row.payload["description"], row.outcome) for row in ledger.tray.rows()] == [
        ("superseded", "one", "failed"),
        ("pending", "two", "held"),
    ]


def test_a_content_that_comes_back_waits_again(ledger: Ledger) -> None:
    """One, two, one: the last is the one that waits."""
    for text in ("one", "two", "one"):
        ledger.tray.add(todo(text), "writes_off")
    assert states(ledger) == ["superseded", "superseded", "pending"]
    assert ledger.tray.newest("upsertTodo", "pn6:1:cover").payload["description"] == "one"


def test_late_news_never_replaces_newer_news(ledger: Ledger) -> None:
    """What was true earlier is kept, and does not go out."""
    ledger.tray.add(todo(payload={"at": "2026-05-01T10:00:00Z"}, ordered_by="at"), "writes_off")
    late = ledger.tray.add(todo(payload={"at": "2026-05-01T09:00:00.5Z"}, ordered_by="at"), "writes_off")
    assert (late.row.state, states(ledger)) == ("superseded", ["pending", "superseded"])


def test_references_are_apart_by_operation(ledger: Ledger) -> None:
    """A note and a to-do may have the same reference."""
    ledger.tray.add(todo(), "writes_off")
    ledger.tray.add(WriteBack("createWorkNote", "pn6:1:cover", "isbn:1", "push__x", {"text": "x"}), "writes_off")
    assert states(ledger) == ["pending", "pending"]
    assert ledger.tray.counts() == {"createWorkNote": {"pending": 1}, "upsertTodo": {"pending": 1}}


def test_a_row_goes_out_in_one_sheet_only(ledger: Ledger) -> None:
    """A second export finds nothing, and newer content never touches what is on its way."""
    row_id, sheet = exported(ledger)
    assert sheet == "writeback_upsertTodo_2026-05-01_1.xlsx"
    assert ledger.tray.reserve([row_id], "writeback_upsertTodo_2026-05-01", ".xlsx") is None
    ledger.tray.add(todo("newer"), "writes_off")
    assert states(ledger) == ["exported", "pending"]


def test_sheets_are_numbered_and_a_restricted_one_counts(ledger: Ledger) -> None:
    """No two sheets of a day have the same number, from one to many."""
    names = []
    for number in range(11):
        row = ledger.tray.add(todo(reference=f"r{number}"), "writes_off").row
        names.append(ledger.tray.reserve([row.id], "writeback_upsertTodo_2026-05-01", "_restricted.xlsx" if number == 0 else ".xlsx"))
    assert names[:2] == ["writeback_upsertTodo_2026-05-01_1_restricted.xlsx", "writeback_upsertTodo_2026-05-01_2.xlsx"]
    assert names[-1] == "writeback_upsertTodo_2026-05-01_11.xlsx"


def test_an_interrupted_export_is_promised_still(ledger: Ledger) -> None:
    """Between promise and file, the rows are known, are nobody else's and are not superseded."""
    row = ledger.tray.add(todo(), "writes_off").row
    sheet = ledger.tray.reserve([row.id], "s", ".xlsx")
    ledger.tray.add(todo("newer"), "writes_off")
    assert ledger.tray.promised() == [sheet]
    assert not ledger.tray.claim(row.id)
    assert [r.id for r in ledger.tray.rows(sheet=sheet)] == [row.id]
    assert states(ledger) == ["pending", "pending"]


def test_loading_says_who_and_when_and_happens_once(ledger: Ledger, clock: Clock) -> None:
    """The second time says who was first; an unknown sheet is refused."""
    row_id, sheet = exported(ledger)
    clock.now = DAY + timedelta(hours=2)
    assert ledger.tray.loaded(sheet, by="Ada") == 1
    [row] = ledger.tray.rows()
    assert (row.id, row.state, row.outcome, row.loaded_by, row.loaded_at) == (row_id, "loaded", "sent", "Ada", clock.now)
    with pytest.raises(ConflictError, match="loaded by Ada on 2026-05-01 02:00"):
        ledger.tray.loaded(sheet, by="Bob")
    for unknown in ("writeback_other.xlsx", BY_MUTATION):
        with pytest.raises(NotFoundError):
            ledger.tray.loaded(unknown, by="Bob")


def test_a_sheet_that_was_never_finished_cannot_be_loaded(ledger: Ledger) -> None:
    """Its file may not exist."""
    row = ledger.tray.add(todo(), "writes_off").row
    sheet = ledger.tray.reserve([row.id], "s", ".xlsx")
    with pytest.raises(ConflictError, match="never finished"):
        ledger.tray.loaded(sheet, by="Ada")
    assert states(ledger) == ["pending"]


def test_reading_back_ends_a_loaded_row(ledger: Ledger) -> None:
    """Seen in Consonance: verified. What a person has not loaded yet is not."""
    row_id, sheet = exported(ledger)
    assert not ledger.tray.confirm(row_id)
    ledger.tray.loaded(sheet, by="Ada")
    assert ledger.tray.confirm(row_id)
    [row] = ledger.tray.rows()
    assert (row.state, row.outcome, row.loaded_by) == ("verified", "confirmed", "Ada")


def test_the_same_content_after_verification_makes_no_new_row(ledger: Ledger) -> None:
    """What Consonance has need not go again, whatever sheet carried it."""
    row_id, sheet = exported(ledger)
    assert not ledger.tray.add(todo(), "writes_off").is_new
    ledger.tray.loaded(sheet, by="Ada")
    ledger.tray.confirm(row_id)
    assert not ledger.tray.add(todo(), "writes_off").is_new


def test_a_row_held_for_a_mutation_is_in_no_sheet(ledger: Ledger) -> None:
    """Until its answer is known; then it is verified or waits again."""
    row = ledger.tray.add(todo(), "unknown.effect", is_claimed=True).row
    assert ledger.tray.reserve([row.id], "s", ".xlsx") is None
    assert ledger.tray.claim(row.id)
    assert ledger.tray.release(row.id, "feature_missing")
    assert ledger.tray.rows()[0].is_free
    ledger.tray.claim(row.id)
    assert ledger.tray.confirm(row.id, by="mutation")
    assert states(ledger) == ["verified"]


def test_what_a_mutation_wrote_leaves_the_tray(ledger: Ledger) -> None:
    """Same content is verified, older content superseded, a newer one stays."""
    ledger.tray.add(todo("one"), "feature_missing")
    ledger.tray.add(todo("two", "r2"), "feature_missing")
    ledger.tray.add(todo(reference="r3", payload={"at": "2026-05-02T00:00:00Z"}, ordered_by="at"), "feature_missing")
    ledger.tray.replace(todo("one"))
    ledger.tray.replace(todo("newer", "r2"))
    ledger.tray.replace(todo(reference="r3", payload={"at": "2026-05-01T00:00:00Z"}, ordered_by="at"))
    found = {(row.external_reference, row.payload["description"]): row.state for row in ledger.tray.rows()}
    assert found == {
        ("pn6:1:cover", "one"): "verified",
        ("r2", "two"): "superseded",
        ("r2", "newer"): "verified",
        ("r3", "Cover missing"): "pending",
    }


def test_what_a_mutation_replaced_may_come_again(ledger: Ledger) -> None:
    """Loaded by a sheet, changed by a mutation, changed back when there is none: it waits, and is not taken for done."""
    row_id, sheet = exported(ledger, todo("one"))
    ledger.tray.loaded(sheet, by="Ada")
    ledger.tray.confirm(row_id)
    ledger.tray.replace(todo("two"))
    assert ledger.tray.add(todo("one"), "feature_missing").is_new


def test_only_a_person_moves_a_row_back_or_cancels_it(ledger: Ledger) -> None:
    """Both say who; a cancelled content stays cancelled."""
    row_id, _ = exported(ledger)
    ledger.tray.back(row_id, by="Ada")
    assert ledger.tray.rows()[0].is_free
    ledger.tray.cancel(row_id, by="Ada")
    assert not ledger.tray.add(todo(), "writes_off").is_new
    [row] = ledger.tray.rows()
    assert (row.state, row.outcome, row.loaded_by) == ("cancelled", "failed", "Ada")
    for act in (ledger.tray.back, ledger.tray.cancel):
        with pytest.raises(NotFoundError):
            act(row_id, by="Bob")


def test_payloads_are_in_no_repr(ledger: Ledger) -> None:
    """They may hold addresses and tax numbers."""
    item = todo("canary")
    row = ledger.tray.add(item, "writes_off").row
    assert "canary" not in repr(item) + repr(row)
    assert json.loads(json.dumps(row.payload)) == item.payload
