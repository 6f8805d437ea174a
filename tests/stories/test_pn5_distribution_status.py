"""PN-5: sales, marketing and operations hear what became of titles at their recipients, and once."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from station import Station
from two_accounts import DOCUMENTED, EXTENDED, tell

from colophon.domain.delivery import Intent, OutcomeEvent, Verdict
from colophon_sandbox.seeds.shelf import isbn13, product, work

DAG, FEEDS, PEOPLE = "push__distribution_status", "xconnector__metadata_syndication", "people"
TEN = datetime(2026, 5, 4, 10, tzinfo=UTC)
HALF = timedelta(minutes=30)
SALES, MARKETING, OPERATIONS, EDITOR = 31, 32, 33, 34
OLD = {"revision": 1, "updatedAt": "2026-04-01T10:00:00Z"}
ISBN, OTHER = "9781999000004", "9781999000011"
MANY = [work(100 + n, f"Title {n}", 1) for n in range(30)]
ISBNS = [isbn13(f"978199901{n:03d}") for n in range(30)]


@pytest.fixture
def house(station: Station) -> Station:
    """Two titles with their teams; everybody has a phone; nothing has happened until ten."""
    works = [work(9, "Sea Room", 1), work(10, "Foxglove", 1)]
    contacts = [{"id": who, "__typename": "Person", "name": f"Person {who}"} for who in (SALES, MARKETING, OPERATIONS, EDITOR)]
    roles = [("SALES", SALES), ("MARKETING", MARKETING), ("OPERATIONS", OPERATIONS), ("EDITOR", EDITOR)]
    team = [OLD | {"id": n, "workId": 9, "role": role, "contactId": who, "managerId": None} for n, (role, who) in enumerate(roles, 1)]
    products = [product(101, works[0], "BC", ISBN), product(102, works[1], "BC", OTHER)]
    catalogue = {"imprints": [{"id": 1, "name": "Larkspur"}], "works": works, "contacts": contacts, "products": products}
    station.seed("consonance", {**catalogue, "teamMembers": team})
    people = (SALES, MARKETING, OPERATIONS, EDITOR, 102, 103)
    station.configure("people.csv", "\n".join(["person,kind,value", *(f"{who},token,tok-ok-{who}" for who in people), ""]))
    assert station.run(DAG, TEN).state == "success"
    return station


def goes(
    house: Station, *places: str, isbn: str = ISBN, content: str = "a", labels: dict[str, str] | None = None, **told: str
) -> list[str]:
    """The nightly feed gives a record of a title to recipients, five minutes from now; they take it, or refuse it for a reason."""
    house.advance(300)
    ids = []
    with house.ledger() as ledger:
        for place in places:
            named = {"isbn": isbn, "title": "Sea Room", **(labels or {})}
            intent = Intent(
                use_case=FEEDS,
                destination=place,
                subject=f"isbn:{isbn}",
                delivery_class="A",
                content=content.encode(),
                media_type="application/xml",
                as_of=house.now,
                labels=named,
            )
            ledger.plan([intent])
            (claimed,) = ledger.claim(FEEDS, place, owner="night", lease_s=900, limit=1)
            ledger.finish([Verdict(claimed.id, told.get("result", "accepted"), remote_id=f"r-{claimed.id}", **_why(told))], owner="night")
            ids.append(claimed.id)
    return ids


def _why(told: dict[str, str]) -> dict[str, str]:
    return {name: told[name] for name in ("code", "detail") if name in told}


def refuses(house: Station, place: str, reason: str, **more: Any) -> None:
    """A recipient takes a message and says no to the title's record."""
    (delivery_id,) = goes(house, place, **more)
    with house.ledger() as ledger:
        ledger.record_outcomes(
            [OutcomeEvent(delivery_id, "failed", house.now, "xconnector", raw_state="rejected", code="18", detail=reason)]
        )


def messages(house: Station) -> list[dict[str, Any]]:
    """What went to people, by person, in the order in which it was planned."""
    with house.ledger() as ledger:
        rows = sorted((row for row in ledger.all_of(DAG, PEOPLE) if row.state == "confirmed"), key=lambda row: row.as_of)
        return [json.loads(ledger.content(row.content_hash) or b"{}") for row in rows]


def test_pn5_a_all_that_happened_to_a_title_is_one_push_by_channel(house: Station) -> None:
    """Released, updated at one, delivered to two and refused by one within half an hour; sales, marketing and operations hear, and no editor."""
    goes(house, "google-play", content="before")
    house.run(DAG, TEN + HALF)
    before = len(messages(house))
    house.clock(TEN + HALF)
    done = {"status": "DONE", "completedOn": "2026-05-04", "completedAt": "2026-05-04T10:35:00Z", "revision": 2}
    todo = {
        "id": 1,
        "workId": 9,
        "description": "Final proof release",
        "tags": [],
        "blockedBy": [],
        **done,
        "updatedAt": "2026-05-04T10:35:00Z",
    }
    house.seed("consonance", {"todos": [todo]})
    goes(house, "google-play", content="after")
    goes(house, "ebook-aggregator", "library-supplier")
    refuses(house, "kobo", "the price is missing")
    house.twice(DAG, TEN + 2 * HALF)
    new = messages(house)[before:]
    assert sorted(each["person"] for each in new) == ["31", "32", "33"]
    body = new[0]["body"]
    assert new[0]["title"] == "Refused by Rakuten Kobo: Sea Room"
    assert "Refused by Rakuten Kobo: the price is missing, for the operations to mend." in body
    assert "Metadata updated at Google Play Books" in body
    assert body.index("Delivered to") < body.index("Approved for release: final proof release.")


def test_pn5_b_a_refusal_has_the_reason_and_who_mends_it(house: Station) -> None:
    """As the exception about it says."""
    house.configure("owners.yaml", "default: metadata_specialist\nrules: {DELIVERY-FAILED: metadata_specialist}\n")
    refuses(house, "kobo", "two main subjects")
    house.run(DAG, TEN + HALF)
    assert "Refused by Rakuten Kobo: two main subjects, for the metadata specialist to mend." in messages(house)[0]["body"]


def test_pn5_c_many_titles_are_told_by_channel_and_imprint_but_refused_and_watched_ones_each(house: Station) -> None:
    """Thirty titles at two recipients; one is refused by one of them, one is on the watch list."""
    house.seed("consonance", {"works": MANY, "products": [product(200 + n, MANY[n], "BC", ISBNS[n]) for n in range(30)]})
    house.configure(
        "distribution_status.yaml", f"watch: ['{ISBNS[3]}']\ndesk: {{SALES: ['102'], MARKETING: ['102'], OPERATIONS: ['103']}}\n"
    )
    for number, isbn in enumerate(ISBNS):
        goes(house, "google-play", isbn=isbn)
        if number != 5:
            goes(house, "kobo", isbn=isbn)
    refuses(house, "kobo", "no cover", isbn=ISBNS[5])
    run = house.twice(DAG, house.now + HALF)
    assert run.state == "success"
    digest = next(each for each in messages(house) if each["data"]["kind"] == "digest")
    lines = digest["body"].splitlines()
    assert len(house.effects("push.delivered")) == 2  # the desk of sales and marketing, and that of operations, one message each
    assert [line for line in lines if "Larkspur" in line] == [
        "Google Play Books, Larkspur: 28 delivered, 0 updated, 0 withdrawn",
        "Rakuten Kobo, Larkspur: 28 delivered, 0 updated, 0 withdrawn",
    ]
    assert {line for line in lines if "Title" in line} == {
        "Title 5: refused by Rakuten Kobo (no cover; operations); delivered to Google Play Books",
        "Title 3: delivered to Google Play Books, Rakuten Kobo",
    }


def test_pn5_d_the_same_state_is_silent(house: Station) -> None:
    """For a day of half hours."""
    goes(house, "kobo")
    house.run(DAG, TEN + HALF)
    told = len(messages(house))
    for number in range(2, 12):
        assert house.run(DAG, TEN + number * HALF).state == "success"
    assert (told, len(messages(house))) == (3, 3)


def test_pn5_e_accepted_becomes_confirmed_and_is_told_once(house: Station) -> None:
    """Hours later, and also together with other news of the title."""
    (delivery_id,) = goes(house, "kobo")
    house.run(DAG, TEN + HALF)
    with house.ledger() as ledger:
        ledger.record_outcomes([OutcomeEvent(delivery_id, "confirmed", house.now, "xconnector", raw_state="accepted")])
    house.run(DAG, TEN + 2 * HALF)
    goes(house, "google-play")
    house.run(DAG, TEN + 3 * HALF)
    assert [each["body"] for each in messages(house) if each["person"] == "31"] == [
        "Delivered to Rakuten Kobo.",
        "Delivered to Google Play Books.",
    ]


def test_pn5_e_what_was_accepted_and_is_refused_later_is_told(house: Station) -> None:
    """It is another fact. Refused and accepted within one window is accepted."""
    (delivery_id,) = goes(house, "kobo")
    house.run(DAG, TEN + HALF)
    house.advance(60)
    with house.ledger() as ledger:
        ledger.record_outcomes([OutcomeEvent(delivery_id, "failed", house.now, "xconnector", raw_state="rejected", detail="no cover")])
    house.run(DAG, TEN + 2 * HALF)
    refuses(house, "kobo", "still none", content="b")
    goes(house, "kobo", content="c")
    house.run(DAG, TEN + 3 * HALF)
    assert [each["title"] for each in messages(house) if each["person"] == "31"] == [
        "Delivered: Sea Room",
        "Refused by Rakuten Kobo: Sea Room",
        "Updated: Sea Room",
    ]


def test_pn5_f_a_withdrawn_title_is_told_as_withdrawn(house: Station) -> None:
    """A closing record was delivered."""
    goes(house, "kobo")
    house.run(DAG, TEN + HALF)
    goes(house, "kobo", content="closed", labels={"closed": "rights"})
    house.twice(DAG, TEN + 2 * HALF)
    assert [(each["title"], each["body"]) for each in messages(house) if each["person"] == "31"][-1] == (
        "Withdrawn: Sea Room",
        "Withdrawn from Rakuten Kobo.",
    )


def test_pn5_what_could_not_leave_is_told_with_what_is_new(house: Station) -> None:
    """The messaging system is down for an hour."""
    goes(house, "kobo")
    house.fault("push", "status", value={"status": 503})
    assert house.run(DAG, TEN + HALF).state == "failed"
    house.mend()
    goes(house, "google-play")
    house.twice(DAG, TEN + 2 * HALF)
    assert [each["body"] for each in messages(house) if each["person"] == "31"] == ["Delivered to Google Play Books, Rakuten Kobo."]


@pytest.mark.parametrize(("dedupe", "state"), [("message_id", "confirmed"), ("none", "unknown")])
def test_pn5_a_digest_that_was_taken_with_an_answer_of_trouble_is_told_once(house: Station, dedupe: str, state: str) -> None:
    """Eight titles are refused; what the desk hears an hour later names the others alone. Where ids mean nothing, a person settles the first."""
    house.connect("opentext_push", dedupe=dedupe)
    house.seed("consonance", {"works": MANY, "products": [product(200 + n, MANY[n], "BC", ISBNS[n]) for n in range(30)]})
    house.configure("distribution_status.yaml", "desk: {SALES: ['102'], MARKETING: ['102'], OPERATIONS: ['102']}\n")
    for isbn in ISBNS[:8]:
        refuses(house, "kobo", "no cover", isbn=isbn)
    house.fault("push", "status", method="POST", when="after", value={"status": 503})
    assert house.run(DAG, house.now + HALF).state == "failed"
    house.mend()
    for isbn in ISBNS[8:16]:
        refuses(house, "kobo", "no cover", isbn=isbn)
    house.twice(DAG, house.now + HALF)
    assert len(house.effects("push.delivered")) == 2
    with house.ledger() as ledger:
        digests = [row for row in ledger.all_of(DAG, PEOPLE) if "/digest/" in row.subject]
        bodies = [json.loads(ledger.content(row.content_hash) or b"{}")["body"] for row in digests]
    assert sorted(row.state for row in digests) == sorted(["confirmed", state])
    titles = sorted(line.partition(":")[0] for body in bodies for line in body.splitlines() if line.startswith("Title "))
    assert titles == sorted(f"Title {n}" for n in range(16))


def test_pn5_what_waits_for_somebodys_hours_is_not_said_again_to_the_others(house: Station) -> None:
    """Marketing works in New York from nine; what it hears there at once, sales in London have heard one by one."""
    people = (house.config / "people.csv").read_text(encoding="utf-8")
    house.configure("people.csv", f"{people}{MARKETING},zone,America/New_York\n{MARKETING},hours,09:00-17:00\n")
    house.configure("calendars.yaml", "default: us\ncalendars: {us: {tz: America/New_York, country: US}}\n")  # London is closed that day
    for number, place in enumerate(("kobo", "google-play"), 1):
        goes(house, place)
        house.twice(DAG, TEN + number * HALF)
    for hours in (1, 2, 3, 4):
        house.run(DAG, TEN + hours * 2 * HALF)
    said = [(each["person"], each["body"]) for each in messages(house)]
    assert [body for person, body in said if person == str(MARKETING)] == ["Delivered to Google Play Books, Rakuten Kobo."]
    assert [body for person, body in said if person == str(SALES)] == ["Delivered to Rakuten Kobo.", "Delivered to Google Play Books."]


def test_pn5_a_title_that_is_withdrawn_before_its_delivery_could_be_told_is_told_as_withdrawn(house: Station) -> None:
    """Nobody hears that it was delivered."""
    goes(house, "kobo")
    house.fault("push", "status", value={"status": 503})
    assert house.run(DAG, TEN + HALF).state == "failed"
    house.mend()
    goes(house, "kobo", content="closed", labels={"closed": "rights"})
    house.twice(DAG, TEN + 2 * HALF)
    assert {each["body"] for each in messages(house)} == {"Withdrawn from Rakuten Kobo."}


def test_pn5_somebody_in_two_roles_gets_one_push(house: Station) -> None:
    """Who does the sales also does the marketing."""
    house.seed("consonance", {"teamMembers": [OLD | {"id": 2, "workId": 9, "role": "MARKETING", "contactId": SALES, "managerId": None}]})
    goes(house, "kobo")
    house.twice(DAG, TEN + HALF)
    assert sorted(each["person"] for each in messages(house)) == [str(SALES), str(OPERATIONS)]


def test_pn5_a_title_that_nobody_knows_any_more_is_told_to_the_desk(house: Station) -> None:
    """Deleted in Consonance since."""
    goes(house, "kobo", isbn="9781999000099")
    house.run(DAG, TEN + HALF)
    assert sorted(each["person"] for each in messages(house)) == ["102", "103"]


def test_pn5_a_backfill_and_a_dry_run_tell_nobody(house: Station) -> None:
    """Old news; and a look at what would go."""
    goes(house, "kobo")
    assert house.run(DAG, TEN + HALF, {"dry_run": True}).state == "success"
    assert house.run(DAG, TEN + HALF, backfill=True).state == "success"
    assert house.effects("push.") == []


@pytest.mark.parametrize("account", [EXTENDED, DOCUMENTED])
def test_pn5_both_kinds_of_account_tell_the_same(house: Station, account: str) -> None:
    """Teams by GraphQL, or by a report."""
    tell(house, account, as_of=TEN + HALF)
    goes(house, "kobo")
    assert house.twice(DAG, TEN + HALF).state == "success"
    assert sorted(each["person"] for each in messages(house)) == ["31", "32", "33"]


def test_pn5_a_release_that_the_launch_tells_is_told_once(house: Station) -> None:
    """A day and no moment; the launch is touched again later that day, and the messaging system was down at first."""
    launch = {"id": 9, "workId": 9, "stageCode": "ANNOUNCED", "stageSince": "2026-04-01", "onHold": False, "holdReason": None}
    approved = {**launch, "preorderFrom": None, "announcedOn": None, "releaseApprovedOn": "2026-05-04", "revision": 2}
    house.seed("consonance", {"launches": [{**approved, "updatedAt": "2026-05-04T10:10:00Z"}]})
    house.fault("push", "status", value={"status": 503})
    assert house.run(DAG, TEN + HALF).state == "failed"
    house.mend()
    house.twice(DAG, TEN + 2 * HALF)
    house.seed("consonance", {"launches": [{**approved, "revision": 3, "updatedAt": "2026-05-04T11:10:00Z"}]})
    house.twice(DAG, TEN + 3 * HALF)
    assert sorted((each["person"], each["body"]) for each in messages(house)) == [
        (str(who), "Approved for release.") for who in (SALES, MARKETING, OPERATIONS)
    ]


def test_pn5_a_release_that_milestone_and_launch_tell_is_one(house: Station) -> None:
    """The last proofs are released at half past ten, and later the launch has that day."""
    done = {"status": "DONE", "completedOn": "2026-05-04", "completedAt": "2026-05-04T10:20:00Z", "revision": 2}
    row = {"id": 1, "workId": 9, "description": "Final proof release", "tags": [], "blockedBy": [], "updatedAt": "2026-05-04T10:20:00Z"}
    house.seed("consonance", {"todos": [row | done]})
    house.twice(DAG, TEN + HALF)
    launch = {"id": 9, "workId": 9, "stageCode": "ANNOUNCED", "stageSince": "2026-04-01", "onHold": False, "holdReason": None}
    approved = {"preorderFrom": None, "announcedOn": None, "releaseApprovedOn": "2026-05-04", "revision": 2}
    house.seed("consonance", {"launches": [{**launch, **approved, "updatedAt": "2026-05-04T10:40:00Z"}]})
    house.twice(DAG, TEN + 2 * HALF)
    assert [each["body"] for each in messages(house)] == ["Approved for release: final proof release."] * 3
