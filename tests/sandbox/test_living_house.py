"""The living house is one world: what one system says of a title, a person or a file, the others know."""

import base64
import hashlib
import json
import subprocess
import sys
from collections import Counter
from typing import Any

import pytest
from werkzeug.test import Client

from colophon.domain.identifiers import is_isbn13
from colophon_sandbox import references, seeds
from colophon_sandbox.serve import make_sandbox

CONSONANCE = {"Authorization": "Bearer sandbox0key0not0real000000000000"}
PORTAL = {"Authorization": "Bearer 00000000-0000-4000-8000-000000000000"}


@pytest.fixture(scope="module")
def house() -> dict[str, Any]:
    """Its records; no test changes them."""
    return seeds.living_house()


@pytest.fixture(scope="module")
def client() -> Client:
    """A sandbox with all systems that has it."""
    return Client(make_sandbox(seeds=[seeds.living_house]))


def query(client: Client, text: str) -> Any:
    """Data of a query without errors."""
    answer = client.post("/consonance/graphql", json={"query": text}, headers=CONSONANCE).get_json()
    assert "errors" not in answer, answer["errors"]
    return answer["data"]


def test_it_is_the_same_each_time_and_keeps_the_built_in_catalogue(house) -> None:
    """Products, contracts, deals and sales are untouched, to-dos and grants begin with those of the built-in catalogue."""
    assert house == seeds.living_house()
    before, after = seeds.catalogue()["consonance"], house["consonance"]
    for name in ("products", "contracts", "rightsDeals", "royaltyTerms", "sales", "payments"):
        assert after[name] == before[name], name
    for name in ("todos", "headGrants", "teamMembers"):
        assert after[name][: len(before[name])] == before[name], name
        assert len({row["id"] for row in after[name]}) == len(after[name])


def test_no_record_speaks_of_what_is_not_there(house) -> None:
    """In no system; but for the one ISBN that is wrong on purpose, all are ISBNs."""
    references.check(house, "living house")
    isbns = {row["isbn"][0]["value"] for row in house["fourallportal"]["product"]}
    wrong = {row["isbn13"] for row in house["consonance"]["products"] if row["fullTitle"] == "A Digit Wrong"}
    assert {isbn for isbn in isbns if not is_isbn13(isbn)} == wrong - {isbn for isbn in wrong if is_isbn13(isbn)} != set()


@pytest.mark.parametrize(
    ("system", "collection", "field", "wrong", "told"),
    [
        ("consonance", "todos", "assigneeId", 999_999, "assigneeId: there is no consonance contacts 999999"),
        ("consonance", "todos", "blockedBy", [999_998], "blockedBy: there is no consonance todos 999998"),
        ("consonance", "orders", "isbn13", "9780000000002", "isbn13: there is no consonance isbn 9780000000002"),
        ("fourallportal", "product", "cover_file", [{"value": "nowhere"}], "cover_file.value: there is no fourallportal file nowhere"),
        ("bytenite", "videos", "workId", 7, "workId: there is no consonance works 7"),
    ],
)
def test_a_reference_to_nothing_is_refused_by_name(house, system, collection, field, wrong, told) -> None:
    """File, record, field and reference are told."""
    first, *others = house[system][collection]
    broken = {**house, system: {**house[system], collection: [{**first, field: wrong}, *others]}}
    record = first.get("id") or first["videoId"]
    with pytest.raises(ValueError, match="our-world") as refused:
        seeds.from_world(json.dumps(broken).encode(), "our-world.json")
    assert str(refused.value) == f"our-world.json: {system} {collection} {record}, {told}"


@pytest.mark.parametrize("body", ["[]", '{"consonance": []}', '{"consonance": {"todos": {}}}', '{"consonance": {"todos": [1]}}', "{"])
def test_what_is_no_world_is_refused(body) -> None:
    """Before anything of it is read."""
    with pytest.raises(ValueError, match=r"world.json(: a world has systems| is not JSON)"):
        seeds.from_world(body.encode())


def test_a_server_does_not_start_with_a_broken_world(tmp_path) -> None:
    """It says in one line what is wrong."""
    file = tmp_path / "our-world.json"
    file.write_text('{"consonance": {"contracts": [{"id": 1, "workId": 2}]}}', encoding="utf-8")
    command = [sys.executable, "-m", "colophon_sandbox", "--port", "0", "--world", str(file)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    told = "our-world.json: consonance contracts 1, workId: there is no consonance works 2\n"
    assert (ended.returncode, ended.stdout, ended.stderr) == (1, "", told)


def test_there_is_a_template_for_every_letter_and_a_target_for_every_kind_of_system(client) -> None:
    """Templates are approved; a reset keeps the targets, which are settings."""
    client.application.reset()
    shown = client.get("/xconnector/v1/targets", headers={"Authorization": "Bearer sandbox-not-a-token"}).get_json()["items"]
    assert {row["id"] for row in shown} >= {"crm", "bi", "print", "warehouse", "marketing", "erp", "dam", "shop"}
    templates = {row["name"] for row in client.application.systems["exstream"].design.communications() if row["state"] == "APPROVED"}
    assert templates >= {"RoyaltyStatement", "AuthorLetter", "ReaderCampaign", "DelayLetter", "PermissionLetter", "LaunchAnnouncement"}


def test_every_work_has_a_team_in_all_roles_with_a_leaver_and_a_stand_in(client, house) -> None:
    """Roles come from the schema; of the works whose production manager left, some have nobody in the place."""
    roles = {value["name"] for value in query(client, '{ __type(name: "TeamRole") { enumValues { name } } }')["__type"]["enumValues"]}
    by_work: dict[int, set[str]] = {}
    for row in house["consonance"]["teamMembers"]:
        by_work.setdefault(row["workId"], set()).add(row["role"])
    assert set(map(frozenset, by_work.values())) == {frozenset(roles)}
    managers = [row for row in house["consonance"]["teamMembers"] if row["role"] == "PRODUCTION_MANAGER"]
    left = {row["workId"] for row in managers if row["endsOn"] and not row["startsOn"]}
    stood_in = {row["workId"] for row in managers if row["startsOn"]}
    assert stood_in < left


def test_to_dos_wait_for_each_other_in_chains_and_in_a_circle(house) -> None:
    """One circle of two; a chain of seven that leads into another title; some were undone."""
    todos = {row["id"]: row for row in house["consonance"]["todos"]}

    def before(todo: int, seen: tuple[int, ...] = ()) -> tuple[int, ...]:
        return (
            seen
            if todo in seen
            else max((before(other, (*seen, todo)) for other in todos[todo]["blockedBy"]), key=len, default=(*seen, todo))
        )

    circle = [key for key, row in todos.items() if any(key in todos[other]["blockedBy"] for other in row["blockedBy"])]
    assert len(circle) == 2
    across = [row for row in todos.values() if any(todos[other]["workId"] != row["workId"] for other in row["blockedBy"])]
    assert [len(before(row["id"])) for row in across] == [7]
    assert {(row["status"], row["revision"]) for row in todos.values()} >= {("OPEN", 3), ("DONE", 4)}


def test_everything_of_consonance_can_be_asked_for(client) -> None:
    """Runs with quantities, launches, fields, texts in every variant, grants in moving pictures, by the schema."""
    data = query(
        client,
        """{ works { id productionRuns { name deliveryDate productIds quantities { name quantity receivedQuantity productId } } }
        launches(launchSearch: {limit: 1000}) { work { id } stageCode onHold holdReason preorderFrom announcedOn releaseApprovedOn }
        contactFields(contactFieldSearch: {limit: 1000}) { contactId name value source observedAt }
        teamMembers(teamMemberSearch: {limit: 1000}) { role contact { name } manager { name } startsOn endsOn }
        todos(todoSearch: {limit: 1000}) { status blockedBy assignee { name } completedAt completedBy { name } }
        headGrants(headGrantSearch: {limit: 1000}) { formats contract { id } territories { excluded } channels expiresOn }
        reviews: works { marketingTexts(variantIn: [REVIEW, KEYNOTE, TABLE_OF_CONTENTS]) { externalText } }
        externalRecords(externalRecordSearch: {kindEq: "upsertMarketingText"}) { payload }
        contacts { name emails { email } phones { phoneNumber } addresses { addressLine1 country { value } } } }""",
    )
    assert any(
        run["quantities"] and run["quantities"][0]["receivedQuantity"] is None for work in data["works"] for run in work["productionRuns"]
    )
    assert {row["onHold"] for row in data["launches"]} == {True, False}
    assert Counter(row["formats"] == ["VIDEO"] for row in data["headGrants"])[True] == 92
    assert {json.loads(row["payload"])["locale"] for row in data["externalRecords"]} == {"de_DE", "fr_FR", "es_ES"}
    assert all(row["phones"] and row["addresses"] for row in data["contacts"])


def test_consents_differ(house) -> None:
    """Given, refused, never asked for; some opted out."""
    rows = house["consonance"]["contactFields"]
    people = {row["contactId"] for row in rows}
    consents = {row["contactId"]: row["value"] for row in rows if row["name"] == "CONSENT_EXTERNAL"}
    assert set(consents.values()) == {"true", "false"}
    assert people - set(consents)
    assert {row["value"] for row in rows if row["name"] == "OPTED_OUT"} == {"true", "false"}


def test_files_of_the_portal_have_the_bytes_that_their_hash_says(client, house) -> None:
    """Every kind of file, and each file is what its media type says."""
    beginnings = {"image/png": b"\x89PNG\r\n\x1a\n", "application/pdf": b"%PDF-1.4", "application/epub+zip": b"PK", "audio/wav": b"RIFF"}
    kinds: dict[str, dict[str, Any]] = {}
    for row in house["fourallportal"]["file"]:
        assert hashlib.sha256(base64.b64decode(row["contentBase64"])).hexdigest() == row["checksum"][0]["value"]
        kinds.setdefault(row["asset_type"][0]["value"], row)
    printed = {"Cover", "Interior", "Author photo", "Sample", "Sales sheet", "Ad"}
    assert set(kinds) == {*printed, "Artwork", "E-book cover", "EPUB", "Audio master"}
    for row in kinds.values():
        body = client.get(f"/fourallportal/api/modules/file/objects/{row['id']}/media/original", headers=PORTAL).data
        assert hashlib.sha256(body).hexdigest() == row["checksum"][0]["value"]
        assert body.startswith(beginnings[row["mime_type"][0]["value"]])


def test_videos_are_shown_where_their_grants_let_them(client) -> None:
    """A video without a grant has no placement; one on hold is not live."""
    token = client.post("/bytenite/v1/auth/access_token", json={"apiKey": "sandbox-not-a-key"}).get_json()["token"]
    headers = {"Authorization": token}
    videos = client.get("/bytenite/v1/library/videos?pagination.limit=100", headers=headers).get_json()["data"]
    shown = client.get("/bytenite/v1/library/placements?pagination.limit=500", headers=headers).get_json()["data"]
    assert {video["status"] for video in videos} == {"READY"}
    assert {(row["state"], next(video["onHold"] for video in videos if video["videoId"] == row["videoId"])) for row in shown} == {
        ("LIVE", False),
        ("ON_HOLD", True),
    }
    assert {video["videoId"] for video in videos} > {row["videoId"] for row in shown}


def test_audiences_are_files(client) -> None:
    """With a header and rows; a list that nobody keeps is not there, which is not the same as an empty one."""
    for name in ("readers", "subscriptions", "orders", "offers", "partners"):
        answer = client.get(f"/consonance/__files__/{name}.csv", headers=CONSONANCE)
        assert (answer.status_code, len(answer.text.splitlines()) > 10) == (200, True), name
    empty = Client(make_sandbox(seeds=[seeds.catalogue]))
    assert empty.get("/consonance/__files__/readers.csv", headers=CONSONANCE).status_code == 404
