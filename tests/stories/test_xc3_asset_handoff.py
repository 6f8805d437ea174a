"""XC-3: approved files reach who works with them: the newest version, whole, and only of titles that may go; and each end is told."""

import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rights_world import CONSONANCE, ENDED, OPEN
from station import Station
from two_accounts import DOCUMENTED, EXTENDED, tell

from colophon_sandbox.seeds.living.media import picture, sheet

DAG, DAM = "xconnector__asset_handoff", "dam-assets"
NOON = datetime(2026, 5, 4, 11, 50, tzinfo=UTC)
PICTURES = {n: picture(f"cover {n}") for n in (1, 2, 3)}


def file(number: int, content: bytes, kind: str = "Cover", version: str = "1", isbn: str = OPEN, **more: str) -> dict[str, Any]:
    """A file of the portal, approved unless said; `more` are other fields."""
    fields = {
        "name": f"upload-{number}.jpeg", "isbn": isbn, "asset_type": kind, "version": version, "approval_status": "approved",
        "checksum": hashlib.sha256(content).hexdigest(), "mime_type": "", **more,
    }  # fmt: skip
    row = {name: [{"value": value, "dimensions": None}] for name, value in fields.items() if value}
    return {"id": key(number), **row, "contentBase64": base64.b64encode(content).decode()}


def key(number: int) -> str:
    """The id of a file."""
    return f"f11e0000-0000-4000-8000-{number:012d}"


class House:
    """Two titles, one of which may be sold nowhere, and the files of a portal."""

    def __init__(self, station: Station, account: str = EXTENDED) -> None:
        self.station, self.account, self.now = station, account, NOON
        station.connect("fourallportal", media_original_usage="original")
        station.seed("consonance", CONSONANCE)

    def files(self, *rows: dict[str, Any]) -> None:
        """Files as they are from now on."""
        self.station.seed("fourallportal", {"file": list(rows)})

    def drop(self, number: int) -> None:
        """A file is deleted in the portal."""
        self.station.sandbox.world.store.table("fourallportal.objects.file").drop(key(number))

    def run(self, times: int = 1, state: str | None = "success") -> Any:
        """So many hourly runs; the last one."""
        for _ in range(times):
            if self.account == DOCUMENTED:
                tell(self.station, DOCUMENTED, as_of=self.now)
            run = self.station.run(DAG, self.now)
            assert state is None or run.state == state, run.logs
            self.now = max(self.now + timedelta(hours=1), self.station.now)
        return run

    def told(self) -> list[str]:
        """What the target acknowledged, oldest first: what of which file and version."""
        events = {event["id"]: event for event in self.events()}
        taken = [events[effect.partition("/")[0]] for effect in self.station.effects("xconnector.acknowledged")]
        return [f"{event['type'].split('.')[2]} {int(event['data']['assetId'][-4:])} v{event['data']['version']}" for event in taken]

    def events(self) -> list[dict[str, Any]]:
        """What the middleware took, with its data."""
        rows = self.station.sandbox.world.store.table("xconnector.messages")
        return [row["event"] | {"data": json.loads(row["data"])} for row in rows]

    def payloads(self) -> dict[str, bytes]:
        """Bytes of what the target acknowledged, by file name, taken by the link in the event."""
        rows = [event["data"].get("payload") for event in self.events()]
        kept = self.station.sandbox.world.store.table("xconnector.payloads")
        return {row["fileName"]: base64.b64decode(kept.get(row["url"].rpartition(":")[2])["body"]) for row in rows if row}

    def refused(self) -> dict[str, str]:
        """Why files did not go, by the last digit of their ids; each is an exception."""
        with self.station.ledger() as ledger:
            open_ones = ledger.exceptions.open(use_case=f"{DAG}:delivery")
            assert {row.found for row in open_ones} <= {"given up: refused.file"}
            rows = {row.subject: row.detail for row in ledger.newest(DAG, DAM)}
        return {row.subject[-1]: rows[row.subject].partition(" type ")[2] for row in open_ones}


@pytest.fixture(params=[EXTENDED, pytest.param(DOCUMENTED, marks=pytest.mark.nightly)])
def house(request: pytest.FixtureRequest, station: Station) -> House:
    """With each kind of account; by file only at night."""
    return House(station, request.param)


def test_xc3_a_an_approved_cover_goes_with_its_facts_its_link_and_its_hash(house: House) -> None:
    """The target's bytes are ours, under its own file name; what is not approved stays, and nothing goes twice."""
    house.files(file(1, PICTURES[1]), file(2, sheet("inside"), "Interior", approval_status="rejected"))
    house.run(2)
    assert house.told() == ["released 1 v1"]
    assert house.payloads() == {f"{OPEN}_cover.png": PICTURES[1]}
    (event,) = house.events()
    assert event["data"]["kind"] == "cover"
    assert event["data"]["payload"]["sha256"] == hashlib.sha256(PICTURES[1]).hexdigest()
    assert house.station.exceptions() == []


def test_xc3_b_a_file_replaced_while_it_is_read_goes_as_its_new_version(house: House) -> None:
    """What came is not what was planned: nothing counts as done, and the next run hands over what is there."""
    house.files(file(1, PICTURES[1]) | {"contentBase64": base64.b64encode(PICTURES[2]).decode()})
    house.run(state=None)
    assert (house.told(), house.payloads()) == ([], {})
    house.files(file(1, PICTURES[2], version="2"))
    house.run()
    assert (house.told(), list(house.payloads().values())) == (["released 1 v2"], [PICTURES[2]])
    assert house.refused() == {}


def test_xc3_c_a_new_version_goes_and_the_old_one_is_marked_replaced(house: House) -> None:
    """The target is never without a cover: the old one is withdrawn once the new one is there."""
    house.files(file(1, PICTURES[1]))
    house.run()
    house.files(file(2, PICTURES[2], version="2"))
    house.station.system("xconnector").settings(targets_down=["dam"])
    house.run(state=None)
    assert house.told() == ["released 1 v1"]
    house.station.system("xconnector").settings(targets_down=[])
    house.run(2, state=None)
    assert house.told() == ["released 1 v1", "released 2 v2", "withdrawn 1 v1"]
    with house.station.ledger() as ledger:
        rows = {row.subject: row.labels for row in ledger.newest(DAG, DAM)}
    assert rows[f"isbn:{OPEN}/asset:{key(1)}"]["replaced_by"] == key(2)


def test_xc3_d_an_approval_that_ends_withdraws_the_file(house: House) -> None:
    """Once; approved again it goes again."""
    for status in ("approved", "withdrawn", "approved"):
        house.files(file(1, PICTURES[1], approval_status=status))
        house.run()
    assert house.told() == ["released 1 v1", "withdrawn 1 v1", "released 1 v1"]


def test_xc3_d_rights_in_a_file_that_end_withdraw_it(station: Station) -> None:
    """On the day after; until then it may be used."""
    house = House(station)
    house.files(file(1, PICTURES[1], rights_until="2026-05-04"))
    house.run()
    house.now += timedelta(days=1)
    house.run()
    assert house.told() == ["released 1 v1", "withdrawn 1 v1"]


def test_xc3_f_a_title_that_may_not_go_keeps_its_files(house: House) -> None:
    """One whose contract ended never sends any; one whose contract ends takes them back."""
    house.files(file(1, PICTURES[1]), file(2, PICTURES[2], isbn=ENDED))
    house.run()
    house.station.seed("consonance", {"contracts": [CONSONANCE["contracts"][0] | {"terminatedDate": "2026-05-03"}]})
    house.run()
    assert house.told() == ["released 1 v1", "withdrawn 1 v1"]


def test_xc3_e_an_interior_of_many_pieces_arrives_whole(house: House) -> None:
    """Larger than what is held of it at once; the target's hash is ours."""
    inside = sheet("inside") + bytes(range(256)) * (9 << 12)
    house.files(file(1, inside, "Interior"))
    house.run()
    assert house.told() == ["released 1 v1"]
    assert [hashlib.sha256(body).hexdigest() for body in house.payloads().values()] == [hashlib.sha256(inside).hexdigest()]


def test_xc3_g_from_a_title_one_sees_which_version_is_where(house: House) -> None:
    """By ISBN: file, version, hash and state at each target."""
    house.files(file(1, PICTURES[1], version="7"))
    house.run()
    with house.station.ledger() as ledger:
        (row,) = ledger.history(OPEN)
    assert (row.destination, row.state, row.labels["version"], row.labels["sha256"]) == (
        DAM, "confirmed", "7", hashlib.sha256(PICTURES[1]).hexdigest(),
    )  # fmt: skip


def test_xc3_what_was_not_wanted_any_more_when_the_middleware_came_back_does_not_go(station: Station) -> None:
    """Approved on Monday while the middleware was away, rejected before it was back."""
    house = House(station)
    house.files(file(1, PICTURES[1]))
    station.fault("xconnector", "status", "/v1/*", value={"status": 503})
    house.run(state="failed")
    house.files(file(1, PICTURES[1], approval_status="rejected"))
    station.mend()
    house.run()
    assert house.told() == []


def test_xc3_bytes_that_are_not_of_their_type_do_not_go_and_stop_no_other(station: Station) -> None:
    """A sheet called a cover, and a cover that says it is a JPEG and is a PNG: exceptions with the types; the other kinds go."""
    house = House(station)
    house.files(file(1, sheet("no picture")), file(2, PICTURES[1], "Artwork", mime_type="image/jpeg"), file(3, sheet("inside"), "Interior"))
    house.run(state=None)
    assert house.told() == ["released 3 v1"]
    assert house.refused() == {
        "1": "application/pdf instead of image/jpeg or image/png or image/tiff", "2": "image/png instead of image/jpeg",
    }  # fmt: skip
    house.files(file(1, PICTURES[2], version="2"))
    house.run(state=None)
    assert house.told()[-1] == "released 1 v2"


@pytest.mark.nightly
def test_xc3_a_new_version_that_is_refused_leaves_the_target_the_old_one(station: Station) -> None:
    """A sheet called a cover: the old cover is not withdrawn, on no later run either; a right end takes it back all the same."""
    house = House(station)
    house.files(file(1, PICTURES[1]))
    house.run()
    house.files(file(2, sheet("no picture"), version="2"))
    house.run(2, state=None)
    assert (house.told(), list(house.refused())) == (["released 1 v1"], ["2"])
    house.station.seed("consonance", {"contracts": [CONSONANCE["contracts"][0] | {"terminatedDate": "2026-05-03"}]})
    house.run(state=None)
    assert house.told() == ["released 1 v1", "withdrawn 1 v1"]


@pytest.mark.nightly
def test_xc3_a_faulty_new_version_leaves_the_target_the_old_one(station: Station) -> None:
    """Without a hash it cannot be verified: an exception, until the portal keeps one."""
    house = House(station)
    house.files(file(1, PICTURES[1]))
    house.run()
    house.files(file(2, PICTURES[2], version="2", checksum=""))
    house.run()
    assert (house.told(), [rule for rule, _ in station.exceptions(DAG)]) == (["released 1 v1"], ["AS1"])
    house.files(file(2, PICTURES[2], version="2"))
    house.run(2)
    assert (house.told()[1:], station.exceptions(DAG)) == (["released 2 v2", "withdrawn 1 v1"], [])


@pytest.mark.nightly
def test_xc3_a_file_that_the_portal_does_not_list_twice_is_withdrawn(station: Station) -> None:
    """Once may be a page that moved; a portal that lists nothing at all withdraws nothing."""
    house = House(station)
    house.files(file(1, PICTURES[1]), file(2, sheet("inside"), "Interior"))
    house.run()
    house.drop(1)
    house.run()
    assert len(house.told()) == 2
    house.run()
    assert house.told()[2:] == ["withdrawn 1 v1"]
    house.drop(2)
    house.run(2)
    assert (house.told()[3:], [rule for rule, _ in station.exceptions(DAG)]) == ([], ["AS5"])


def test_xc3_a_status_that_nobody_named_withdraws_nothing_and_is_an_exception(station: Station) -> None:
    """Somebody at the portal made a new one; mapping.yaml does not have it yet."""
    house = House(station)
    house.files(file(1, PICTURES[1]), file(2, sheet("inside"), "Interior", approval_status="approved for web"))
    house.run()
    house.files(file(1, PICTURES[1], approval_status="approved for print"))
    house.run()
    assert house.told() == ["released 1 v1"]
    assert station.exceptions(DAG) == [("AS2", "approval:approved for print"), ("AS2", "approval:approved for web")]


def test_xc3_what_the_middleware_holds_is_not_fetched_again(station: Station) -> None:
    """The run is stopped after the upload; the next one sends the event and fetches nothing. A new version of the same bytes neither."""
    house = House(station)
    house.files(file(1, PICTURES[1], mime_type="image/png"))
    station.fault("xconnector", "status", "/v1/messages", method="POST", value={"status": 503})
    house.run(state="failed")
    station.mend()
    house.run()
    house.files(file(1, PICTURES[1], version="2", mime_type="image/png"))
    house.run()
    fetched = [entry for entry in station.journal("fourallportal") if "/media/" in entry["path"]]
    assert (house.told(), len(fetched)) == (["released 1 v1", "released 1 v2"], 1)


@pytest.mark.nightly
def test_xc3_kinds_imprints_and_an_embargo_keep_files_from_a_target(station: Station) -> None:
    """A target of covers alone; a target of another imprint; a file that is free in June."""
    station.configure(
        "routes.yaml",
        "routes:\n  - {id: r-a, type: 'colophon.asset.*', recipient: dam-assets, targets: [dam]}\n"
        "  - {id: r-b, type: 'colophon.asset.*', recipient: other-imprint, targets: [erp], imprints: [Teasel]}\n",
    )
    station.configure(
        "assets.yaml", "kinds: {cover: [image/png], interior_pdf: [application/pdf]}\nrecipients: {dam-assets: {kinds: [cover]}}\n"
    )
    house = House(station)
    house.files(file(1, PICTURES[1], embargo_until="2026-06-01"), file(2, sheet("inside"), "Interior"))
    house.run()
    assert house.told() == []
    house.now = datetime(2026, 6, 1, 11, 50, tzinfo=UTC)
    house.run()
    assert house.told() == ["released 1 v1"]


def test_xc3_a_dry_run_fetches_and_sends_nothing_and_a_cancelled_title_takes_its_files_back(station: Station) -> None:
    """Status 01 of ONIX List 64."""
    house = House(station)
    house.files(file(1, PICTURES[1]))
    assert station.run(DAG, NOON, {"dry_run": True}).state == "success"
    assert (house.told(), [row for row in station.journal("fourallportal") if "/media/" in row["path"]]) == ([], [])
    house.run()
    station.seed("consonance", {"products": [CONSONANCE["products"][0] | {"onixPublishingStatusCode": "01"}]})
    house.run()
    assert house.told() == ["released 1 v1", "withdrawn 1 v1"]
    with station.ledger() as ledger:
        contents = [json.loads(ledger.content(row.content_hash) or b"{}") for row in ledger.newest(DAG, DAM)]
    assert contents == [{"isbn": OPEN, "assetId": key(1), "version": "1"}]
