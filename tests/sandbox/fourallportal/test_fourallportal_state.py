"""What the portal keeps: objects, files, events, hooks."""

import base64
import hashlib
import io

import pytest

from colophon_sandbox.systems.fourallportal import seed

ID = "6f0a0000-0000-4000-8000-000000000001"


def entry(text, **dimensions):
    return {"value": text, "dimensions": dimensions or None}


def read(portal, object_id=ID, field="title", module="product"):
    return portal.ask("GET", f"/api/modules/{module}/objects/{object_id}?fields={field}").get_json()[field]


def test_patch_creates_with_our_id_then_updates(portal):
    """An unknown id creates with that id; equal content again has no effect; ids come back in order."""
    answer = portal.patch({"id": ID, "title": [entry("Sea Room", locale="en_GB")]}, {"isbn": [entry("9780000000040")]})
    assert answer.get_json()[0] == ID
    assert len(answer.get_json()) == 2
    portal.patch({"id": ID, "title": [entry("Sea Room", locale="en_GB")]})
    assert [e["fields"] for e in portal.written() if e["key"] == f"product:{ID}"] == [["title"]]


@pytest.mark.parametrize(("semantics", "left"), [("replace", 1), ("merge", 2)])
def test_patch_semantics(portal, semantics, left):
    """A field's list replaces, or merges by dimension, as the setting says; null clears."""
    portal.settings(patch_semantics=semantics)
    portal.patch({"id": ID, "title": [entry("a", locale="en_GB")], "isbn": [entry("9")]})
    portal.patch({"id": ID, "title": [entry("b", locale="de_DE")]})
    assert len(read(portal)) == left
    assert read(portal, field="isbn") == [entry("9")]
    portal.patch({"id": ID, "title": [entry(None, locale="de_DE")]})
    assert len(read(portal)) == left - 1


def test_only_asked_fields_come_back(portal):
    """No field unless asked for, no total unless asked for, fields of a module unless asked for."""
    portal.seed_people()
    page = portal.page("fields=isbn", "product")
    assert set(page) == {"result"}
    assert set(page["result"][0]) == {"id", "module", "type", "mod_time", "mod_time_img", "has_child", "isbn"}
    assert portal.page("totalCount=true", "product")["total_count"] == len(page["result"])
    assert set(portal.ask("GET", "/api/modules/product").get_json()) == {"name", "label"}


@pytest.mark.parametrize("order", ["id", "shuffled"])
@pytest.mark.parametrize("limit", [1, 2, 200])
def test_pages_joined_equal_the_whole(portal, order, limit):
    """Whatever the page size and the order, each object comes once."""
    portal.seed_people()
    portal.settings(order=order)
    found, offset = [], 0
    while rows := portal.page(f"offset={offset}&limit={limit}")["result"]:
        found += [row["id"] for row in rows]
        offset += limit
    assert len(found) == len(set(found)) == 6
    assert (found == sorted(found)) is (order == "id")


def test_delete(portal):
    """A deleted object is gone, once."""
    portal.patch({"id": ID, "isbn": [entry("9")]})
    assert portal.ask("DELETE", f"/api/modules/product/objects/{ID}").status_code == 204
    assert portal.ask("DELETE", f"/api/modules/product/objects/{ID}").status_code == 404


def test_left_out(portal):
    """Ids that the setting names are neither written nor named."""
    portal.settings(left_out=[ID])
    assert portal.patch({"id": ID, "isbn": [entry("9")]}).get_json() == []
    assert portal.written() == []


def test_webdav_statuses(portal):
    """201 new, 204 replaced, 409 without its folder."""
    assert portal.ask("PUT", "/dav/a/b.pdf", b"1").status_code == 409
    assert portal.ask("MKCOL", "/dav/a/b").status_code == 409
    assert portal.ask("MKCOL", "/dav/a").status_code == 201
    assert portal.ask("MKCOL", "/dav/a").status_code == 405
    assert portal.ask("PUT", "/dav/a/b.pdf", b"1").status_code == 201
    assert portal.ask("PUT", "/dav/a/b.pdf", b"2").status_code == 204
    assert portal.ask("DELETE", "/dav/a").status_code == 409
    where = "http://localhost/fourallportal/dav/c.pdf"
    assert portal.ask("MOVE", "/dav/a/b.pdf", Destination=where).status_code == 201
    assert portal.ask("MOVE", "/dav/c.pdf", Destination="/elsewhere").status_code == 400
    assert portal.ask("DELETE", "/dav/c.pdf").status_code == 204
    assert portal.ask("DELETE", "/dav/a").status_code == 204
    basic = {"Authorization": "Basic " + base64.b64encode(b"sandbox:sandbox-not-a-password").decode()}
    assert portal.ask("PUT", "/dav/d.pdf", b"1", headers=basic).status_code == 201
    portal.settings(max_upload_bytes=2)
    assert portal.ask("PUT", "/dav/d.pdf", b"123").status_code == 413


def test_a_file_is_seen_only_after_its_event(portal):
    """Without an event never; with one, after the time of indexing; again only when it changed."""
    portal.ask("PUT", "/dav/a.txt", b"one")
    portal.advance(1000)
    assert portal.page()["result"] == []
    portal.tell("CREATE", "/a.txt")
    portal.advance(1)
    assert portal.page()["result"] == []
    portal.advance(1)
    [found] = portal.page("fields=name&fields=checksum")["result"]
    assert found["name"][0]["value"] == "a.txt"
    assert found["checksum"][0]["value"] == hashlib.sha256(b"one").hexdigest()
    portal.tell("UPDATE", "/a.txt")
    portal.advance(2)
    assert portal.effects("4ap.file") == ["/a.txt"]
    original = portal.ask("GET", f"/api/modules/file/objects/{found['id']}/media/original")
    assert (original.data, "a.txt" in original.headers["Content-Disposition"]) == (b"one", True)
    assert portal.ask("GET", f"/api/modules/file/objects/{found['id']}/media/huge").status_code == 404


def test_moved_and_deleted_files(portal):
    """A move keeps the object; a deletion removes it."""
    portal.ask("PUT", "/dav/a.txt", b"one")
    portal.tell("CREATE", "/a.txt")
    portal.advance(2)
    [before] = portal.page()["result"]
    portal.ask("MOVE", "/dav/a.txt", Destination="/fourallportal/dav/b.txt")
    portal.tell("MOVE", "/a.txt", "/b.txt")
    portal.advance(2)
    [after] = portal.page("fields=path")["result"]
    assert (after["id"], after["path"][0]["value"]) == (before["id"], "/b.txt")
    portal.ask("DELETE", "/dav/b.txt")
    portal.tell("DELETE", "/b.txt")
    portal.advance(2)
    assert portal.page()["result"] == []


def test_rest_upload(portal):
    """A form with file and path; seen without an event."""
    headers = {"Authorization": "Bearer 00000000-0000-4000-8000-000000000000"}

    def send(path):
        form = {"path": path, "file": (io.BytesIO(b"rest"), "r.txt")}
        return portal.client.post("/fourallportal/api/upload", data=form, headers=headers).status_code

    assert send("/r.txt") == 201
    portal.advance(2)
    assert len(portal.page()["result"]) == 1
    assert send("r.txt") == 400


def test_legacy_feed(portal):
    """Login by Base64, events from an id on, beans, logout; a closed session is refused."""
    session = portal.login()
    config = portal.legacy("getConnectorConfig", "colophon", session=session)["result"]["config_hash"]
    portal.patch({"id": ID, "isbn": [entry("9")]})
    portal.patch({"id": ID, "isbn": [entry("8")]})
    events = portal.legacy("getEvents", "colophon", 1, config, session=session)["result"]
    assert [(e["event_type"], e["module_name"]) for e in events] == [(2, "product"), (1, "product")]
    assert portal.legacy("getEvents", "colophon", 2, config, session=session)["result"] == events[1:]
    assert portal.legacy("getEvents", "colophon", 3, config, session=session)["result"] == []
    assert portal.legacy("getBeans", "colophon", [ID], session=session)["result"][0]["properties"] == {"isbn": "8"}
    assert portal.legacy("getModuleConfig", "colophon", "file", session=session)["code"] == 0
    assert portal.ask("POST", "/rest/LoginRemoteService/logout", [session]).get_json()["code"] == 0
    assert portal.legacy("getEvents", "colophon", 3, config, session=session)["status"] == 401


def test_legacy_faults_are_200(portal):
    """A wrong hash, a missing parameter, an unknown verb and the setting: 200 with a code."""
    session = portal.login()
    assert portal.legacy("getEvents", "colophon", 1, "wrong", session=session)["code"] == 1
    assert portal.legacy("getEvents", "colophon", session=session)["code"] == 1
    assert portal.legacy("getEvents", "other", 1, "x", session=session)["code"] == 1
    assert portal.legacy("getNothing", session=session)["code"] == 2
    portal.settings(legacy_code=-1)
    assert portal.legacy("getConnectorConfig", "colophon", session=session)["code"] == -1
    bad = {"username": "sandbox", "password": "eA==", "language": "en_US"}
    assert portal.ask("POST", "/service/usermanagement/login", bad, headers={}).status_code == 401


def test_at_most_a_thousand_events(portal):
    """The feed goes on from the last id."""
    for number in range(0, 1200, 100):
        portal.patch(*({"isbn": [entry(str(number + n))]} for n in range(100)))
    session = portal.login()
    config = portal.legacy("getConnectorConfig", "colophon", session=session)["result"]["config_hash"]
    first = portal.legacy("getEvents", "colophon", 1, config, session=session)["result"]
    rest = portal.legacy("getEvents", "colophon", first[-1]["id"] + 1, config, session=session)["result"]
    assert (len(first), len(rest)) == (1000, 200)


def test_hooks_carry_the_template_and_the_secret(portal, receiver):
    """Each change is told in the administrator's words, with the shared secret; faults lose and double one."""
    portal.settings(webhook_url=receiver.url, webhook_secret="s3", webhook_template={"m": "{module}", "o": "{objectId}"})
    portal.patch({"id": ID, "isbn": [entry("9")]})
    assert [h["x-colophon-secret"] for h, _ in receiver.got] == ["s3"]
    assert receiver.bodies() == [{"m": "product", "o": ID}]
    for kind, count in (("lose", 1), ("duplicate", 3)):
        portal.control("POST", "/faults", {"system": "fourallportal", "match": {"path": "/hook"}, "kind": kind, "times": 1})
        portal.patch({"id": ID, "isbn": [entry(kind)]})
        assert len(receiver.got) == count
    portal.settings(webhook_scheme="none")
    portal.patch({"id": ID, "isbn": [entry("10")]})
    assert "x-colophon-secret" not in receiver.got[-1][0]


def test_a_held_hook_is_overtaken(portal, receiver):
    """Fault `reorder`: the first waits until the second has gone."""
    portal.settings(webhook_url=receiver.url, webhook_template={"e": "{event}"})
    portal.control("POST", "/faults", {"system": "fourallportal", "match": {"path": "/hook"}, "kind": "reorder", "times": 1})
    portal.patch({"id": ID, "isbn": [entry("9")]}, {"isbn": [entry("8")]})
    portal.advance(1)
    assert len(receiver.got) == 2


def test_state_outlives_a_restart(start, tmp_path):
    """Objects, files and numbers are there again."""
    first = start(tmp_path / "state.db")
    first.patch({"id": ID, "isbn": [entry("9")]})
    first.ask("PUT", "/dav/a.txt", b"one")
    again = start(tmp_path / "state.db")
    assert read(again, field="isbn") == [entry("9")]
    assert again.ask("PUT", "/dav/a.txt", b"two").status_code == 204


def test_the_seed_has_every_awkward_case(portal):
    """Two objects for one ISBN, an entry without value, a link to nothing, three versions of a cover, an embargo."""
    portal.seed_people()
    rows = portal.page("fields=isbn&fields=title&fields=ebook_cover_file", "product")["result"]
    isbns = [row["isbn"][0]["value"] for row in rows]
    assert isbns.count(seed.TWICE) == 2
    assert any("value" not in one for row in rows for one in row["title"])
    assert any(row["ebook_cover_file"] == [entry(seed.GONE_FILE)] for row in rows)
    files = portal.page("fields=asset_type&fields=approval_status&fields=embargo_until")["result"]
    assert sum(row["asset_type"][0]["value"] == "Cover" for row in files) == 4
    assert {row["approval_status"][0]["value"] for row in files} == {"rejected", "approved", "final", "in review"}
    assert any(row["embargo_until"] for row in files)
    assert portal.client.post("/__sandbox__/seed", json={"records": {"fourallportal": {"films": []}}}).status_code == 400
