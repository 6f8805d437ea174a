"""EX-8: contributors are asked once, chased while they are silent, and what they say reaches whoever has to act."""

from datetime import date, timedelta

import pytest
from letter_house import AUTHOR, EDITOR, ILLUSTRATOR, MAKER, MONDAY, answer, field, furnish, letters, morning, stage, subjects, written
from station import Station
from two_accounts import DOCUMENTED, EXTENDED, tell

from colophon.config.load import load_config
from colophon.systems.opentext_exstream.collect import answer_by_hand
from colophon_airflow.desk.open_requests import open_requests
from colophon_sandbox.seeds.shelf import person

DAG, KIND = "exstream__contributor_requests", "page_proofs"
ASKED = f"work:9/{MONDAY}/contact:{AUTHOR}"
PROOFS = "Interior files uploaded"


@pytest.fixture
def house(station: Station) -> Station:
    """The page proofs of Sea Room are there since this morning."""
    furnish(station)
    stage(station, PROOFS, done=f"{MONDAY}")
    stage(station, "Proof approved", number=2, revision=1)
    return station


def on(house: Station, day: int, month: int = 6) -> str:
    """The morning of a day in June."""
    return house.run(DAG, morning(date(2026, month, day))).state


def author(house: Station, mail: str | None, **more: object) -> None:
    """The author's address is another one from now on."""
    emails = {"emails": [{"email": f"{mail}@contacts.example"}] if mail else []}
    house.seed("consonance", {"contacts": [person(AUTHOR, "Person 44") | emails | more]})


def writes(house: Station, kind: str = "") -> list[str]:
    """What Consonance was told by a kind of mutation, each time, and what waits in the tray for a person to tell it."""
    with house.ledger() as ledger:
        waiting = [row.id for row in ledger.tray.rows(operation=kind) if row.is_free]
    return [*house.effects(f"consonance.{kind}"), *waiting]


@pytest.mark.parametrize("account", [EXTENDED, DOCUMENTED])
def test_ex8_a_a_request_goes_with_the_stage_and_each_step_is_on_the_project(house: Station, account: str) -> None:
    """Delivered, opened, approved; the illustrator is not asked for proofs. The second run of a morning does nothing."""
    author(house, "reply")
    tell(house, account, as_of=morning(MONDAY))
    assert house.twice(DAG, morning(MONDAY)).state == "success"
    (letter,) = letters(house, DAG, KIND)
    assert (letter["DeliveryPreference"], letter["Locale"], letter["Data"]["AnswerBy"]) == ("email", "eng", "2026-06-15")
    assert letter["Data"]["LegalText"].startswith("Larkspur & Vale")
    tell(house, account, as_of=morning(MONDAY + timedelta(days=1)))
    assert on(house, 2) == "success"
    assert letters(house, DAG, KIND)[0]["state"] == "responded"
    if account == EXTENDED:
        steps = [(row["outcome"], row.get("responseText")) for row in written(house, "recordCommunication")]
        assert steps == [("SENT", None), ("CONFIRMED", None), ("OPENED", None), ("RESPONDED", "approve: Fine by me")]
    assert written(house, "upsertTodo") == []


def test_ex8_b_declined_with_a_comment_is_a_to_do_of_the_production_manager(house: Station) -> None:
    """Once, with the words; they stand in no log, and what somebody makes of the to-do stays."""
    on(house, 1)
    answer(house, DAG, KIND, ASKED, "decline", "Page 12 is CANARY upside down", at="2026-06-02T09:00:00Z")
    run = house.run(DAG, morning(date(2026, 6, 3)))
    (todo,) = written(house, "upsertTodo")
    assert todo["assigneeContactId"] == MAKER
    assert todo["description"] == "Contact 44 declined: page proofs of Sea Room: Page 12 is CANARY upside down"
    assert not [line for line in run.logs if "CANARY" in line]
    assert "CANARY" not in str(run.xcoms)
    before = writes(house)
    house.seed("consonance", {"teamMembers": []})
    for day in (4, 8, 10):
        on(house, day)
    assert len(writes(house, "upsertTodo")) == 1
    assert (writes(house), subjects(house, DAG, KIND)) == (before, [ASKED])


def test_ex8_c_silence_is_chased_after_five_and_ten_working_days_and_then_told_to_the_editor(house: Station) -> None:
    """The answer closes the editor's to-do and the exception. Weekends do not count."""
    for day in (1, 5, 8, 9, 12, 15, 16, 17, 22):
        on(house, day)
    assert subjects(house, DAG, KIND) == [ASKED, f"{ASKED}/chaser:1", f"{ASKED}/chaser:2"]
    assert [letter["Data"].get("Reminder") for letter in letters(house, DAG, KIND)] == [None, 1, 2]
    with house.ledger() as ledger:
        days = {row.subject.rpartition("/")[2]: row.as_of.date().isoformat() for row in ledger.newest(DAG, KIND)}
        (row,) = ledger.exceptions.open(use_case=DAG)
    assert (days["chaser:1"], days["chaser:2"]) == ("2026-06-08", "2026-06-15")
    assert (row.rule, row.owner, row.opened_at.date().isoformat()) == ("LETTER-UNANSWERED", "editor", "2026-06-17")
    (todo,) = written(house, "upsertTodo")
    assert (todo["assigneeContactId"], todo["status"]) == (EDITOR, "OPEN")
    answer(house, DAG, KIND, ASKED, "approve", at="2026-06-27T09:00:00Z")
    on(house, 28)
    (todo,) = written(house, "upsertTodo")
    assert (todo["status"], house.exceptions(DAG)) == ("DONE", [])


def test_ex8_c_a_week_without_runs_is_made_up_by_one_chaser(house: Station) -> None:
    """Nobody gets two letters on one morning."""
    on(house, 1)
    on(house, 16)
    assert subjects(house, DAG, KIND) == [ASKED, f"{ASKED}/chaser:2"]


def test_ex8_d_answered_on_paper_and_entered_by_hand_stops_the_chase(house: Station) -> None:
    """By the person who opened the envelope."""
    on(house, 1)
    with house.ledger() as ledger:
        (row,) = ledger.newest(DAG, KIND)
        answer_by_hand(ledger, row.delivery_id, "revise", "two commas", by="edith")
    for day in (9, 16, 18):
        on(house, day)
    (todo,) = written(house, "upsertTodo")
    assert (subjects(house, DAG, KIND), house.exceptions(DAG), todo["assigneeContactId"]) == ([ASKED], [], MAKER)
    assert todo["description"] == "Contact 44 wants changes: page proofs of Sea Room: two commas"


def test_ex8_d_the_next_stage_settles_it(house: Station) -> None:
    """Somebody ticked *Proof approved* in Consonance."""
    on(house, 1)
    stage(house, "Proof approved", number=2, done="2026-06-04")
    for day in (9, 16, 18):
        on(house, day)
    assert (subjects(house, DAG, KIND), house.exceptions(DAG)) == ([ASKED], [])


def test_ex8_e_what_comes_back_goes_by_the_next_channel_and_never_in_a_circle(house: Station) -> None:
    """The e-mail bounces, the post returns; then somebody has to find the author."""
    author(house, "ndlv", name="Person Returned")
    house.seed("consonance", {"contactFields": [field(300, AUTHOR, "ADDRESS_LINE1", "1 Row"), field(301, AUTHOR, "CITY", "Leeds")]})
    for day in (1, 2, 3, 4, 5):
        on(house, day)
    first, second = letters(house, DAG, KIND)
    assert (first["DeliveryPreference"], first["state"]) == ("email", "bounced")
    assert (second["DeliveryPreference"], second["Address"]["Line1"], second["state"]) == ("print", "1 Row", "bounced")
    assert {rule for rule, _ in house.exceptions()} == {"DELIVERY-BOUNCED", "LETTER-ADDRESS"}


def test_ex8_f_undone_the_stage_asks_nobody_and_done_again_it_asks_anew(house: Station) -> None:
    """Exstream was away in the first morning; what had gone is chased no more, and its answer is none to the new proof."""
    house.fault("exstream", "status", "*/resources/*", value={"status": 503})
    on(house, 1)
    house.mend()
    stage(house, PROOFS, revision=3)
    assert (on(house, 2), subjects(house, DAG, KIND), house.effects("exstream.")) == ("success", [], [])
    stage(house, PROOFS, done="2026-06-03", revision=4)
    on(house, 3)
    stage(house, PROOFS, revision=5)
    on(house, 12)
    stage(house, PROOFS, done="2026-06-15", revision=6)
    on(house, 15)
    second, third = (f"work:9/2026-06-{day}/contact:{AUTHOR}" for day in ("03", "15"))
    answer(house, DAG, KIND, second, "approve", at="2026-06-16T09:00:00Z")
    on(house, 23)
    assert subjects(house, DAG, KIND) == [second, third, f"{third}/chaser:1"]
    assert len([key for key in house.effects("exstream.") if key.startswith("job-")]) == 3


def test_ex8_g_open_requests_of_a_title_are_on_the_desk_with_their_age_until_they_are_answered(house: Station) -> None:
    """Once, however often somebody was chased."""

    def listed(day: int) -> list[tuple[str, int, int]]:
        with house.ledger() as ledger:
            asked = open_requests(ledger, load_config(house.config), date(2026, 6, day))
            return [(each.row.labels["title"], each.days, each.times) for each in asked]

    for day in (1, 9):
        on(house, day)
    assert listed(9) == [("Sea Room", 8, 2)]
    answer(house, DAG, KIND, ASKED, "approve", at="2026-06-10T05:00:00Z")
    on(house, 10)
    assert listed(10) == []


def test_ex8_two_authors_are_asked_each_and_one_may_object(station: Station) -> None:
    """One approves, one wants changes: one to-do."""
    furnish(station, roles=((AUTHOR, "A01"), (ILLUSTRATOR, "A01"), (AUTHOR, "A12")))
    stage(station, PROOFS, done=f"{MONDAY}")
    station.run(DAG, morning(MONDAY))
    other = f"work:9/{MONDAY}/contact:{ILLUSTRATOR}"
    assert subjects(station, DAG, KIND) == [ASKED, other]
    answer(station, DAG, KIND, ASKED, "approve", at="2026-06-02T09:00:00Z")
    answer(station, DAG, KIND, other, "revise", "Not my sea", at="2026-06-02T09:00:00Z")
    on(station, 3)
    assert [todo["description"] for todo in written(station, "upsertTodo")] == [
        "Contact 45 wants changes: page proofs of Sea Room: Not my sea"
    ]


def test_ex8_old_stages_ask_nobody_and_an_unreadable_to_do_keeps_nothing_else(house: Station) -> None:
    """A house that begins to use it does not write to a thousand authors about last year."""
    stage(house, "Design sign-off", number=3, done="2026-03-02")
    house.seed(
        "consonance",
        {
            "todos": [
                {
                    "id": 4,
                    "workId": 9,
                    "description": PROOFS,
                    "status": "OPEN",
                    "dueOn": "20266-01-01",
                    "tags": [],
                    "blockedBy": [],
                    "revision": 1,
                    "updatedAt": "2026-05-01T00:00:00Z",
                }
            ]
        },
    )
    on(house, 1)
    assert (subjects(house, DAG, "cover_copy"), subjects(house, DAG, KIND)) == ([], [ASKED])
    assert [subject for _, subject in house.exceptions(DAG)] == ["todo:4"]


def test_ex8_while_answers_cannot_be_read_nobody_is_chased(house: Station) -> None:
    """Exstream's outcomes are away on the day of the first chaser."""
    on(house, 1)
    house.fault("exstream", "status", "*/ext/api/v1/outcomes*", value={"status": 503})
    assert (on(house, 8), subjects(house, DAG, KIND)) == ("failed", [ASKED])


def test_ex8_a_publishers_folder_without_legal_texts_sends_no_letter(house: Station) -> None:
    """What ships is another house's; the request is an exception of the lawyers until theirs is there."""
    (house.config / "letters.yaml").unlink()
    house.configure("limits.yaml", "batch_size: 100\n")
    on(house, 1)
    assert (house.effects("exstream."), [rule for rule, _ in house.exceptions(DAG)]) == ([], ["LETTER-LEGAL"])


def test_ex8_a_backfill_and_a_dry_run_ask_nobody(house: Station) -> None:
    """Old news; and a look at what would go."""
    assert house.run(DAG, morning(MONDAY), {"dry_run": True}).state == "success"
    assert house.run(DAG, morning(MONDAY), backfill=True).state == "success"
    assert house.effects("exstream.") == []
