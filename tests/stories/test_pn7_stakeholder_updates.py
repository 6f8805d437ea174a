"""PN-7: people outside hear of milestones of their titles, with their consent, and of nothing else; the page behind the link shows no more."""

import asyncio
import base64
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from inbound_door import call
from station import Station
from two_accounts import DOCUMENTED, tell

from colophon.blocks.notices import who
from colophon.ledger import Ledger
from colophon.page_links import PAGE
from colophon.systems.opentext_push.directory import OPTED_OUT, LedgerRetired
from colophon_airflow.inbound.app import PREFIX, HooksApp
from colophon_airflow.inbound.sources import Sources
from colophon_sandbox.seeds.shelf import contributions, isbn13, person, product, work

DAG, PEOPLE = "push__stakeholder_updates", "people"
TEN = datetime(2026, 5, 4, 9, 10, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
AUTHOR, TRANSLATOR, STRANGER, READER, AGENT, EDITOR = 31, 32, 33, 34, 35, 36
KEY, URL = "k" * 40, "https://hooks.example/colophon/hooks/page"
OLD = {"revision": 1, "updatedAt": "2026-04-01T10:00:00Z"}
NINE = work(9, "Sea Room", 1, contributions=contributions([(AUTHOR, "A01"), (TRANSLATOR, "B06")], 1))
TWELVE = work(12, "Foxglove", 1, contributions=contributions([(STRANGER, "A01")], 20))
SEA_ROOM, FOXGLOVE = isbn13("978199900000"), isbn13("978199900001")


def book(number: int, made: dict[str, Any], isbn: str, **more: Any) -> dict[str, Any]:
    """A title that comes out next year and is announced."""
    row = product(number, made, "BB", isbn, publicationDate="2027-03-11", onixPublishingStatusCode="02")
    return {**row, **more}


def todo(number: int, text: str, at: str = "", *, work_id: int = 9, revision: int = 1, **more: Any) -> dict[str, Any]:
    """A to-do; done at a moment where one is given."""
    row = {"id": number, "workId": work_id, "description": text, "tags": [], "blockedBy": [], "assigneeId": None, "dueOn": None}
    done = {"completedOn": at[:10], "completedAt": f"{at}:00Z", "completedById": EDITOR} if at else {}
    return {**row, **done, "status": "DONE" if at else "OPEN", "revision": revision, "updatedAt": f"{at or '2026-05-01T08:00'}:00Z", **more}


def wish(contact_id: int, name: str, value: str, *, revision: int = 1, at: str = "2026-04-20T09:00:00Z") -> dict[str, Any]:
    """A field of a contact."""
    number = contact_id * 10 + ("CONSENT_EXTERNAL", "OPTED_OUT", "LANGUAGE", "EMAIL").index(name)
    row = {"id": number, "contactId": contact_id, "name": name, "value": value, "source": "crm", "observedAt": at}
    return {**OLD, **row, "externalReference": None, "revision": revision, "updatedAt": at}


def launch(work_id: int, announced: str | None) -> dict[str, Any]:
    """The launch of a work."""
    row = {"id": work_id, "workId": work_id, "stageCode": "ANNOUNCED", "stageSince": "2026-04-01", "onHold": False, "holdReason": None}
    return {**OLD, **row, "preorderFrom": None, "announcedOn": announced, "releaseApprovedOn": None}


CONFIG = f"""
milestones:
  author: &all [contract_approved, manuscript_received, proofs_available, publication_confirmed, publication_moved]
  agent: *all
  collaborator: [proofs_available, publication_confirmed, publication_moved]
  proofreader: [proofs_available]
contributor_roles: {{A01: author, B06: collaborator}}
allow: [public_title, isbn, milestone, date, due_on, contact]
contact: authors@larkspur.example
pages_url: {URL}
"""
PROOFREADER = f"collaborators: [{{work_id: 9, contact_id: {READER}, role: proofreader}}]\n"


@pytest.fixture
def house(station: Station) -> Station:
    """Two titles with authors, a translator and a proofreader, who have consented; nothing has happened until ten past nine."""
    people = [person(key, f"Person {key}") for key in (AUTHOR, TRANSLATOR, STRANGER, READER, AGENT, EDITOR)]
    catalogue = {"imprints": [{"id": 1, "name": "Larkspur"}], "works": [NINE, TWELVE], "contacts": people}
    station.seed("consonance", {**catalogue, "products": [book(101, NINE, SEA_ROOM), book(102, TWELVE, FOXGLOVE)]})
    station.seed("consonance", {"launches": [launch(9, "2026-04-01"), launch(12, "2026-04-01")]})
    wishes = [wish(key, "CONSENT_EXTERNAL", "true") for key in (AUTHOR, TRANSLATOR, STRANGER, READER, AGENT)]
    wishes += [wish(TRANSLATOR, "LANGUAGE", "ger"), wish(TRANSLATOR, "EMAIL", "t@contacts.example")]
    station.seed("consonance", {"contactFields": wishes})
    rows = [f"{key},token,tok-ok-{key}" for key in (AUTHOR, STRANGER, READER, AGENT, EDITOR)]
    station.configure("people.csv", "\n".join(["person,kind,value", *rows, ""]))
    station.configure("stakeholder_updates.yaml", CONFIG + PROOFREADER)
    station.connect("opentext_push", page_secret=KEY, fallback_channel="email")
    assert station.run(DAG, TEN).state == "success"
    return station


def happens(house: Station, *todos: dict[str, Any]) -> None:
    """To-dos as they are from now on."""
    house.seed("consonance", {"todos": list(todos)})


def messages(house: Station) -> list[dict[str, Any]]:
    """What went to people outside."""
    with house.ledger() as ledger:
        rows = [row for row in ledger.all_of(DAG, PEOPLE) if row.state in {"sent", "confirmed"}]
        return [json.loads(ledger.content(row.content_hash) or b"{}") for row in rows]


def told(house: Station) -> list[tuple[str, str]]:
    """(person, milestone) of all that went."""
    return sorted((message["person"], message["data"]["milestone"]) for message in messages(house))


def show(house: Station, link: str, *, method: str = "GET", headers: Any = (), caller: str = "203.0.113.9") -> Any:
    """What a browser gets for a link, at the door that stands by itself."""
    app = HooksApp(lambda: Ledger.open(house._url), Sources(lambda _name: {"page_secret": KEY}), prefix=PREFIX, clock=lambda: house.now)
    answer = asyncio.run(call(app, link.removeprefix("https://hooks.example"), dict(headers), b"", method, caller=caller))
    app.store.close()
    return answer


def test_pn7_a_each_hears_of_the_kinds_of_their_role_in_their_language(house: Station) -> None:
    """The author by push, the translator, who has no device, by e-mail in German; the proofreader of proofs alone."""
    happens(
        house,
        todo(1, "Manuscript received", "2026-05-04T09:30"),
        todo(2, "Proofs available", "2026-05-04T09:40"),
        todo(3, "Proof approved", dueOn="2026-05-18"),
        todo(4, "Publication scheduled", "2026-05-04T09:50"),
    )
    run = house.twice(DAG, TEN + HOUR)
    assert run.state == "success", run.logs
    proofs, date_, manuscript = "proofs_available", "publication_confirmed", "manuscript_received"
    assert told(house) == [("31", manuscript), ("31", proofs), ("31", date_), ("32", proofs), ("32", date_), ("34", proofs)]
    by_person = {(message["person"], message["data"]["milestone"]): message for message in messages(house)}
    author, translator = by_person["31", proofs], by_person["32", proofs]
    assert author["title"] == "Your proofs are ready: Sea Room"
    assert author["body"] == (f"Sea Room ({SEA_ROOM}): 4 May 2026, please answer by 18 May 2026. Questions: authors@larkspur.example")
    assert translator["title"] == "Ihre Fahnen sind da: Sea Room"
    assert (len(house.effects("push.delivered")), len(house.effects("email.delivered"))) == (4, 2)


def test_pn7_a_a_signed_contract_is_told(house: Station) -> None:
    """By its day of signing; the terms are nobody's business."""
    contract = {"id": 7, "clientId": 1, "contractName": "Secret terms", "workId": 9, "signedDate": "2026-05-04", "term": "60"}
    house.seed("consonance", {"contracts": [{**contract, "terminatedDate": None, "deliveryDates": [], "licensedRights": []}]})
    house.twice(DAG, TEN + HOUR)
    assert told(house) == [("31", "contract_approved")]
    assert "Secret" not in json.dumps(messages(house))


@pytest.mark.parametrize(("value", "rules"), [("false", []), (None, ["N5"])])
def test_pn7_b_without_consent_nobody_hears_and_it_is_listed_why(house: Station, value: str | None, rules: list[str]) -> None:
    """Refused: that is an answer. Not recorded: somebody has to ask, and once it is, the news is told."""
    house.seed("consonance", {"contactFields": [wish(AUTHOR, "CONSENT_EXTERNAL", value or "", revision=2)]})
    happens(house, todo(1, "Manuscript received", "2026-05-04T09:30"))
    run = house.run(DAG, TEN + HOUR)
    assert run.state == "success", run.logs
    assert (told(house), [rule for rule, _ in house.exceptions(DAG)]) == ([], rules)
    house.seed("consonance", {"contactFields": [wish(AUTHOR, "CONSENT_EXTERNAL", "true", revision=3, at="2026-05-04T11:00:00Z")]})
    house.run(DAG, TEN + 3 * HOUR)
    assert (told(house), house.exceptions(DAG)) == ([("31", "manuscript_received")], [])


def test_pn7_c_an_opt_out_is_honoured_at_once_also_for_what_was_planned(house: Station) -> None:
    """The messaging system is down at ten; the author opts out at 10:01; at the next run nothing goes, and the page is gone."""
    happens(house, todo(1, "Manuscript received", "2026-05-04T09:30"))
    house.fault("push", "status", value={"status": 503})
    assert house.run(DAG, TEN + HOUR).state == "failed"
    house.mend()
    house.seed("consonance", {"contactFields": [wish(AUTHOR, "OPTED_OUT", "true", at="2026-05-04T10:11:00Z")]})
    house.twice(DAG, TEN + 2 * HOUR)
    assert (told(house), house.effects("push.delivered"), house.exceptions(DAG)) == ([], [], [])
    with house.ledger() as ledger:
        assert ledger.memory.get_each(PAGE) == []


def test_pn7_d_payloads_and_pages_hold_allow_listed_fields_and_none_of_fifty_canaries(house: Station) -> None:
    """Terms, royalties, notes, taxes and addresses are planted in every record that there is; none is in anything that goes outside."""
    canaries = plant(house)
    happens(
        house,
        todo(1, "Manuscript received", "2026-05-04T09:30", tags=["CANARY-48"]),
        todo(2, "Proofs available", "2026-05-04T09:40"),
        todo(4, "Publication scheduled", "2026-05-04T09:50"),
    )
    house.run(DAG, TEN + HOUR)
    assert len(canaries) >= 50
    sent = carried(house)
    outside = b"\n".join([*sent, *(json.dumps(message).encode() for message in messages(house))])
    pages = [show(house, message["link"]) for message in messages(house)]
    assert (len(pages), {page.status for page in pages}) == (7, {200})
    assert sum(b"Sea Room" in body for body in sent) == 9  # five pushes, two letters with their subjects
    for text in (outside, *(page.content for page in pages)):
        assert b"CANARY" not in text
        assert b"works/9" not in text
    assert {key for message in messages(house) for key in message["data"]} == {"kind", "milestone"}


def plant(house: Station) -> list[str]:
    """A word of its own in each field of each record that is no title, ISBN or day; returns the words."""
    words: list[str] = []

    def canary() -> str:
        words.append(f"CANARY-{len(words)}")
        return words[-1]

    house.seed("consonance", {"contacts": [planted(key, canary) for key in (AUTHOR, TRANSLATOR, STRANGER, READER, AGENT, EDITOR)]})
    names = ("TAX_ID", "BANK_REFERENCE", "VAT_NUMBER", "ADDRESS_LINE1", "PAYMENT_METHOD", "VENDOR_STATUS", "SUPPLIER_ID")
    fields = [
        {**wish(key, "EMAIL", canary()), "id": 9000 + 10 * key + n, "name": name}
        for key in (AUTHOR, TRANSLATOR)
        for n, name in enumerate(names)
    ]
    house.seed("consonance", {"contactFields": fields})
    contract = {"id": 8, "clientId": 1, "contractName": canary(), "workId": 9, "signedDate": "2026-05-04", "term": canary()}
    house.seed("consonance", {"contracts": [{**contract, "terminatedDate": None, "deliveryDates": [], "licensedRights": []}]})
    house.seed("consonance", {"works": [{**NINE, "projectStage": canary(), "season": canary(), "subtitle": canary()}]})
    house.seed("consonance", {"products": [book(101, NINE, SEA_ROOM, salesRightsDescription=canary(), authorshipDescription=canary())]})
    house.seed("consonance", {"launches": [{**launch(9, "2026-04-01"), "holdReason": canary()}]})
    happens(house, *(todo(50 + n, canary(), work_id=9) for n in range(6)))
    return words


def planted(key: int, canary: Any) -> dict[str, Any]:
    """A contact full of what is nobody's business."""
    row = {**person(key, canary()), "inhouseCustomerId": canary(), "inhouseSupplierId": canary()}
    return {**row, "emails": [{"email": f"{canary()}@contacts.example"}], "phones": [{"phoneNumber": canary(), "phoneType": "Work"}]}


def carried(house: Station) -> list[bytes]:
    """What went to the messaging system: files and letters as they were, and what they carried."""
    bodies = [entry["body"] for entry in house.journal("push") if isinstance(entry["body"], dict)]
    parts = [part["data"] for body in bodies for part in (body, *body.get("body", ())) if "data" in part]
    return [*(json.dumps(body).encode() for body in bodies), *map(base64.b64decode, parts)]


def test_pn7_e_an_author_of_another_title_hears_nothing_of_this_one(house: Station) -> None:
    """By the same publisher."""
    happens(house, todo(1, "Manuscript received", "2026-05-04T09:30"), todo(2, "Manuscript received", "2026-05-04T09:31", work_id=12))
    house.run(DAG, TEN + HOUR)
    assert {(message["person"], "Foxglove" in message["body"]) for message in messages(house)} == {("31", False), ("33", True)}


def test_pn7_f_the_link_leads_to_a_page_of_that_milestone_alone(house: Station) -> None:
    """It needs the token, uses nothing up, is not to be indexed, tells no other site of itself, and is over after two weeks."""
    happens(house, todo(1, "Manuscript received", "2026-05-04T09:30"), todo(2, "Proofs available", "2026-05-04T09:40"))
    house.run(DAG, TEN + HOUR)
    link = next(
        message["link"] for message in messages(house) if message["data"]["milestone"] == "proofs_available" and message["person"] == "31"
    )
    for _ in range(3):  # a scanner opens it first
        page = show(house, link)
    assert (page.status, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    text = page.content.decode()
    assert all(part in text for part in ("Your proofs are ready", "Sea Room", SEA_ROOM, "4 May 2026", "authors@larkspur.example"))
    assert not any(part in text for part in ("manuscript", "href", "<script", "src=", "31", "person:"))
    assert page.headers["x-robots-tag"].startswith("noindex")
    assert (page.headers["referrer-policy"], page.headers["cache-control"]) == ("no-referrer", "no-store")
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert show(house, link, method="HEAD").content == b""
    assert show(house, link, method="POST").status == 405
    for forged in (link[:-4] + "AAA=", f"{URL}/", f"{URL}/{'A' * 48}", f"{URL}/../push", f"{link}/x", f"{URL}/é"):
        assert show(house, forged).status == 404
    house.run(DAG, TEN + 13 * DAY)
    assert show(house, link).status == 200
    house.clock(TEN + HOUR + 14 * DAY)
    assert show(house, link).status == 404
    house.run(DAG, TEN + 15 * DAY)
    assert len(told(house)) == 4  # nobody is told again
    with house.ledger() as ledger:
        assert ledger.memory.get_each(PAGE) == []


@pytest.mark.parametrize("way", ["opted out", "left the title", "consent withdrawn"])
def test_pn7_f_the_page_is_taken_back_with_the_next_run(house: Station, way: str) -> None:
    """From whoever is no longer to hear."""
    happens(house, todo(1, "Proofs available", "2026-05-04T09:30"))
    house.run(DAG, TEN + HOUR)
    link = next(message["link"] for message in messages(house) if message["person"] == "34")
    assert show(house, link).status == 200
    if way == "left the title":
        house.configure("stakeholder_updates.yaml", CONFIG)
    else:
        name, value = ("OPTED_OUT", "true") if way == "opted out" else ("CONSENT_EXTERNAL", "false")
        house.seed("consonance", {"contactFields": [wish(READER, name, value, revision=2, at="2026-05-04T10:11:00Z")]})
    house.run(DAG, TEN + 2 * HOUR)
    assert show(house, link).status == 404
    assert show(house, next(message["link"] for message in messages(house) if message["person"] == "31")).status == 200


def test_pn7_f_the_page_is_gone_at_once_for_whoever_tells_the_messaging_system_so(house: Station) -> None:
    """An opt-out that comes back with a message holds before the next run."""
    happens(house, todo(1, "Proofs available", "2026-05-04T09:30"))
    house.run(DAG, TEN + HOUR)
    links = {message["person"]: message["link"] for message in messages(house)}
    with house.ledger() as ledger:
        LedgerRetired(ledger, OPTED_OUT).add("34", "opted_out", house.now)
    assert (show(house, links["34"]).status, show(house, links["31"]).status) == (404, 200)


@pytest.mark.nightly
def test_pn7_over_thirty_days_each_milestone_reaches_each_person_once(house: Station) -> None:
    """By the messaging system's own books: with an outage of two days, a backfill, a DST change, holidays, an opt-out and a late consent."""
    chance, first = Random(7), datetime(2026, 10, 5, 9, 10, tzinfo=UTC)
    house.seed("consonance", {"contactFields": [wish(STRANGER, "CONSENT_EXTERNAL", "false", revision=2, at="2026-10-01T09:00:00Z")]})
    assert house.run(DAG, first).state == "success"
    wanted = set[tuple[int, int]]()
    for day in range(30):
        morning = first + day * DAY
        if day == 10:
            house.fault("push", "status", value={"status": 503})
        if day == 12:
            house.mend()
        if day == 20:
            house.seed("consonance", {"contactFields": [wish(AUTHOR, "OPTED_OUT", "true", at=f"{morning:%Y-%m-%dT%H:%M:%SZ}")]})
            house.run(DAG, morning + timedelta(minutes=1))
        if chance.random() < 0.6:
            work_id, done = chance.choice((9, 12)), morning + timedelta(minutes=20)
            happens(house, todo(100 + day, "Proofs available", f"{done:%Y-%m-%dT%H:%M}", work_id=work_id))
            if work_id == 9:
                wanted |= {(day, key) for key in (AUTHOR, TRANSLATOR, READER) if key != AUTHOR or day < 20}
        for hour in (1, 6):
            house.run(DAG, morning + hour * HOUR)
        if day % 7 == 5:
            assert house.run(DAG, morning - 3 * DAY, backfill=True).state == "success"
    sent = [json.loads(body) for body in carried(house) if body.startswith(b'{"account') or b'"messages"' in body]
    tokens = Counter(message["target"]["token"] for file in sent for message in file["messages"])
    letters = len(house.effects("email.delivered"))
    assert len(wanted) > 15
    assert tokens == Counter(f"tok-ok-{key}" for _, key in wanted if key != TRANSLATOR)
    assert letters == sum(key == TRANSLATOR for _, key in wanted)


def test_pn7_f_whoever_tries_tokens_is_slowed_down(house: Station) -> None:
    """By address; and every refusal looks the same."""
    app = HooksApp(lambda: Ledger.open(house._url), Sources(lambda _name: {"page_secret": KEY}), prefix=PREFIX, clock=lambda: house.now)

    async def try_many() -> list[int]:
        return [(await call(app, f"{PREFIX}/page/{n:048d}", {}, b"", "GET", caller="198.51.100.7")).status for n in range(40)]

    statuses = asyncio.run(try_many())
    assert (statuses[:30], set(statuses[32:])) == ([404] * 30, {429})


def test_pn7_g_a_date_that_moves_is_a_second_and_different_message(house: Station) -> None:
    """Confirmed, then moved; a to-do that is touched again says nothing."""
    done = todo(4, "Publication scheduled", "2026-05-04T09:50")
    happens(house, done)
    house.run(DAG, TEN + HOUR)
    house.seed("consonance", {"products": [book(101, NINE, SEA_ROOM, publicationDate="2027-05-06")]})
    happens(house, {**done, "revision": 2, "updatedAt": "2026-05-04T11:00:00Z"})
    house.twice(DAG, TEN + 2 * HOUR)
    assert sorted(message["title"] for message in messages(house) if message["person"] == "31") == [
        "Publication has moved: Sea Room",
        "Publication is confirmed: Sea Room",
    ]
    moved = next(
        message for message in messages(house) if message["data"]["milestone"] == "publication_moved" and message["person"] == "31"
    )
    assert moved["body"].startswith(f"Sea Room ({SEA_ROOM}): 6 May 2027")


def test_pn7_g_a_day_that_moves_twice_or_there_and_back_is_told_as_it_is(house: Station) -> None:
    """Between two runs there and back: nothing. On and on: the last. Back again later: that, too."""
    done, days = todo(4, "Publication scheduled", "2026-05-04T09:50"), list[str]()
    happens(house, done)
    for hour, moves in enumerate(([], ["2027-05-06", "2027-03-11"], ["2027-05-06", "2027-06-03"], ["2027-03-11"]), 1):
        for day in moves:
            house.seed("consonance", {"products": [book(101, NINE, SEA_ROOM, publicationDate=day)]})
        before = len(messages(house))
        house.twice(DAG, TEN + hour * HOUR)
        days.append(f"{len([each for each in messages(house) if each['person'] == str(AUTHOR)])} {len(messages(house)) > before}")
    assert days == ["1 True", "1 False", "2 True", "3 True"]
    bodies = [each["body"] for each in messages(house) if each["person"] == str(AUTHOR)]
    assert [("11 March" in body, "3 June" in body) for body in sorted(bodies)].count((False, True)) == 1


def test_pn7_g_what_is_cancelled_has_no_day_of_publication(house: Station) -> None:
    """A format that does not come any more is not the first; and where none comes, nothing is confirmed, also of what was planned."""
    cancelled = book(103, NINE, isbn13("978199900003"), publicationDate="2027-01-07", onixPublishingStatusCode="01")
    house.seed("consonance", {"products": [cancelled]})
    happens(house, todo(4, "Publication scheduled", "2026-05-04T09:50"))
    house.run(DAG, TEN + HOUR)
    assert {"11 March 2027" in each["body"] for each in messages(house) if each["person"] == str(AUTHOR)} == {True}
    happens(house, todo(5, "Publication scheduled", "2026-05-04T11:50", work_id=12))
    house.fault("push", "status", value={"status": 503})
    assert house.run(DAG, TEN + 2 * HOUR).state == "failed"
    house.mend()
    house.seed("consonance", {"products": [book(102, TWELVE, FOXGLOVE, onixPublishingStatusCode="01")]})
    house.twice(DAG, TEN + 3 * HOUR)
    assert str(STRANGER) not in {each["person"] for each in messages(house)}


def test_pn7_h_an_agent_hears_in_the_place_of_a_minor_or_an_estate(house: Station) -> None:
    """Where the publisher says so; the one who was replaced hears nothing."""
    agent = "{{work_id: 9, contact_id: {0}, role: agent, represents: {1}, instead: true, {2}}}"
    rows = [agent.format(EDITOR, AUTHOR, "ends_on: 2026-04-30"), agent.format(AGENT, AUTHOR, "starts_on: 2026-05-01")]
    house.configure("stakeholder_updates.yaml", f"{CONFIG}collaborators: [{', '.join(rows)}]\n")
    happens(house, todo(1, "Manuscript received", "2026-05-04T09:30"))
    house.run(DAG, TEN + HOUR)
    assert told(house) == [("35", "manuscript_received")]


def test_pn7_before_the_announcement_only_the_code_title_is_said(house: Station) -> None:
    """And no ISBN; without a code title it is somebody's book."""
    house.seed("consonance", {"launches": [{**launch(9, "2026-09-01"), "revision": 2}]})
    happens(house, todo(1, "Manuscript received", "2026-05-04T09:30"))
    house.run(DAG, TEN + HOUR)
    house.configure("stakeholder_updates.yaml", f"{CONFIG}code_titles: {{9: Project Heron}}\n")
    happens(house, todo(2, "Proofs available", "2026-05-04T10:20"))
    house.run(DAG, TEN + 2 * HOUR)
    texts = [message["title"] + message["body"] for message in messages(house) if message["person"] == "31"]
    texts += [show(house, message["link"]).content.decode() for message in messages(house)]
    assert not any("Sea Room" in text or SEA_ROOM in text for text in texts)
    assert any("your book" in text for text in texts)
    assert any("Project Heron" in text for text in texts)


def test_pn7_an_announcement_in_the_night_is_said_by_name_in_the_morning(house: Station) -> None:
    """Planned in the evening for nine o'clock under no name; nothing leaves before, and then once, in the words of that day."""
    people = (house.config / "people.csv").read_text(encoding="utf-8")
    house.configure("people.csv", f"{people}{AUTHOR},hours,09:00-17:00\n{AUTHOR},zone,Europe/London\n")
    house.seed("consonance", {"launches": [{**launch(9, "2026-05-06"), "revision": 2}]})
    evening = TEN.replace(day=5, hour=17)
    happens(house, todo(1, "Manuscript received", f"{evening:%Y-%m-%d}T16:50"))
    house.run(DAG, evening)
    waits = list(house.deliveries(DAG, PEOPLE).values())
    house.run(DAG, TEN.replace(day=6, hour=7))
    assert (waits, told(house)) == (["planned"], [])
    house.twice(DAG, TEN.replace(day=6, hour=8))
    assert [(message["person"], message["title"]) for message in messages(house)] == [("31", "Your manuscript has arrived: Sea Room")]


def test_pn7_who_is_in_the_team_hears_as_the_house_does(house: Station) -> None:
    """An author who is the title's editor, too."""
    member = {"id": 1, "workId": 9, "role": "EDITOR", "contactId": AUTHOR, "managerId": None, "startsOn": None, "endsOn": None}
    house.seed("consonance", {"teamMembers": [{**OLD, **member}]})
    happens(house, todo(1, "Manuscript received", "2026-05-04T09:30"))
    house.run(DAG, TEN + HOUR)
    assert told(house) == []


def test_pn7_undone_and_done_again_is_told_again_and_the_same_is_not(house: Station) -> None:
    """The completion is what happened."""
    happens(house, todo(1, "Manuscript received", "2026-05-04T09:30"))
    house.twice(DAG, TEN + HOUR)
    happens(house, todo(1, "Manuscript received", revision=2))
    house.run(DAG, TEN + 2 * HOUR)
    happens(house, todo(1, "Manuscript received", "2026-05-04T12:00", revision=3))
    house.twice(DAG, TEN + 3 * HOUR)
    assert told(house) == [("31", "manuscript_received")] * 2


def test_pn7_two_sets_of_proofs_are_two_messages(house: Station) -> None:
    """Text and plates, within one hour."""
    happens(house, todo(1, "Proofs available", "2026-05-04T09:30"), todo(2, "Proofs ready", "2026-05-04T09:40"))
    house.twice(DAG, TEN + HOUR)
    assert told(house).count(("31", "proofs_available")) == 2


def test_pn7_a_backfill_a_dry_run_and_the_first_run_tell_nobody_of_what_was(house: Station) -> None:
    """Old news; and a look at what would go."""
    happens(house, todo(1, "Manuscript received", "2026-05-04T09:30"))
    assert house.run(DAG, TEN + HOUR, {"dry_run": True}).state == "success"
    assert house.run(DAG, TEN + HOUR, backfill=True).state == "success"
    assert told(house) == []


def test_pn7_an_account_that_tells_by_files_tells_the_same(house: Station) -> None:
    """To-dos, teams and the wishes of contacts come as reports."""
    happens(house, todo(1, "Manuscript received", "2026-05-04T09:30"))
    tell(house, DOCUMENTED, as_of=TEN + HOUR)
    house.twice(DAG, TEN + HOUR)
    assert told(house) == [("31", "manuscript_received")]


def test_pn7_what_somebody_has_heard_stands_under_no_name(house: Station) -> None:
    """The ledger's subjects, labels and the sandbox's effects name nobody."""
    happens(house, todo(1, "Manuscript received", "2026-05-04T09:30"))
    house.run(DAG, TEN + HOUR)
    with house.ledger() as ledger:
        (row,) = ledger.all_of(DAG, PEOPLE)
    assert row.subject == f"{who('31')}/todo:1/manuscript_received"
    assert "Person" not in json.dumps(dict(row.labels))
