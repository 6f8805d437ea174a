"""Ledger deliveries as objects and files, through the engine, with a real ledger."""

import hashlib
import json

import pytest
from ledger_database import make_ledger

from colophon.deliver import deliver
from colophon.domain.delivery import Delivery, Intent
from colophon.ledger import Ledger
from colophon.systems.fourallportal.operations import PATCH_OBJECTS
from colophon.systems.fourallportal.port import PortalPort
from colophon.systems.fourallportal.values import object_id

USE_CASE, PORTAL = "fourallportal__product_data", "portal"
ISBN = "9780000000101"
COVER = b"a cover"
SHA = hashlib.sha256(COVER).hexdigest()
PATCH = "/api/modules/product/objects"


@pytest.fixture
def ledger(tmp_path, people):
    """An empty ledger whose clock stands still."""
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    make_ledger(url)
    with Ledger.open(url, clock=lambda: people.now) as found:
        yield found


@pytest.fixture
def run(ledger, make_client, people):
    """One run: plan these contents, deliver, and what became of them by subject."""

    def go(*contents, client=None, occurrence=""):
        ledger.plan([intent(content, people.now, occurrence) for content in contents])
        port = PortalPort(client or make_client(ids=ledger.memory))
        found = deliver(ledger, port, use_case=USE_CASE, destination=PORTAL, owner="test", lease_s=900, sleep=lambda _: None)
        go.stopped_by = found.stopped_by
        return dict(found.counts), found.refusals

    return go


def intent(content, as_of, occurrence=""):
    subject = f"{content['kind']}:{content.get('key') or content.get('file') or content['isbn']}"
    body = json.dumps(content, sort_keys=True).encode()
    return Intent(USE_CASE, PORTAL, subject, "B", body, "application/json", as_of, occurrence)


def product(isbn=ISBN, title="Sea Room", **more):
    facts = {
        "title": [{"value": title, "dimensions": {"locale": "en_GB"}}],
        "price": [{"value": "9.99", "dimensions": {"currency": "GBP"}}],
    }
    return {"kind": "product", "isbn": isbn, "facts": facts, **more}


def keys(sandbox, kind="4ap.written"):
    return sandbox.effects(kind)


def test_products_are_confirmed_and_a_second_run_writes_nothing(run, sandbox, people):
    """Adopted where people had them, created where not; run again, planned again: no PATCH."""
    sandbox.seed_people()
    assert run(product(), product(people.sea_room, "The Sea Room")) == ({"confirmed": 2}, [])
    assert set(keys(sandbox)) == {f"product:{people.id(1)}", f"product:{object_id('product', ISBN)}"}
    assert len(keys(sandbox)) == 2
    before = len(sandbox.calls("PATCH"))
    assert run(product(), product(people.sea_room, "The Sea Room")) == ({}, [])
    assert run(product(), occurrence="again") == ({"confirmed": 1}, [])
    assert len(sandbox.calls("PATCH")) == before


def test_an_order_that_names_its_object_writes_that_one_whatever_its_number_was(run, sandbox, people, make_client):
    """With facts the number goes along: it was corrected. Who only links says nothing of it, for that number may be the old one."""
    sandbox.seed_people()
    new, client = "9780000000118", make_client()
    assert run(product(new, object=people.id(1))) == ({"confirmed": 1}, [])
    assert keys(sandbox) == [f"product:{people.id(1)}"]
    linked = {"kind": "product", "isbn": people.sea_room, "object": people.id(1), "facts": {}, "links": {"cover": people.id(101)}}
    assert run(linked) == ({"confirmed": 1}, [])
    there = client.get_object("product", people.id(1), ["isbn", "cover_file"])
    assert (there.fields["isbn"][0]["value"], there.fields["cover_file"][0]["value"]) == (new, people.id(101))


def test_a_lost_answer(run, sandbox):
    """The answer is lost on every try: read back, confirmed, written once."""
    sandbox.fault("reset", PATCH, when="after", times=None)
    assert run(product()) == ({"confirmed": 1}, [])
    assert len(sandbox.written()) == 1


def test_a_write_that_never_arrives(run, sandbox):
    """Read back absent: not sent, the run stops; the next one writes it, once."""
    sandbox.fault("reset", PATCH, when="before", times=None)
    assert run(product())[0] == {"not_sent": 1}
    assert run.stopped_by is not None
    sandbox.control("DELETE", "/faults")
    assert run() == ({"confirmed": 1}, [])
    assert len(sandbox.written()) == 1


def test_an_id_that_the_answer_leaves_out(run, sandbox, ledger):
    """Skipped, which is an exception; the other one is confirmed."""
    sandbox.settings(left_out=[object_id("product", ISBN)])
    assert run(product(), product("9780000000118"))[0] == {"skipped": 1, "confirmed": 1}
    assert ledger.counts(USE_CASE)[PORTAL] == {"skipped": 1, "confirmed": 1}


def test_one_bad_stops_no_other(run, people, sandbox):
    """A clash, a bad value and a content that asks for nothing are refused alone."""
    sandbox.seed_people()
    bad = product("9780000000125")
    bad["facts"]["price"][0]["value"] = "nine"
    counts, refusals = run(product(), product(people.twice), bad, {"kind": "product", "isbn": "x", "colour": "red"})
    assert counts == {"confirmed": 1, "refused": 3}
    assert any("refused.conflict" in line for line in refusals)
    assert any("refused.invalid" in line for line in refusals)
    assert any("colour" in line for line in refusals)


def test_somebody_else_writes_between(run, sandbox, make_client, monkeypatch):
    """What was changed between our write and our reading back stays `sent`, with `concurrent_edit`."""
    client, other = make_client(), make_client()
    get, calls = client.writer._get, []

    def meddle(module, object_id_, fields):
        calls.append(object_id_)
        if len(calls) == 2:
            other.http.call(
                PATCH_OBJECTS,
                path={"module": module},
                json=[{"id": object_id_, "title": [{"value": "Mine", "dimensions": {"locale": "en_GB"}}]}],
            )
        return get(module, object_id_, fields)

    monkeypatch.setattr(client.writer, "_get", meddle)
    assert run(product(), client=client)[0] == {"sent": 1}


def test_key_without_rights_stops_the_run(run, sandbox):
    """Nothing was sent; the error is raised by whoever called."""
    sandbox.settings(roles={"product": "read"})
    assert run(product())[0] == {"not_sent": 1}
    assert run.stopped_by.code == "http.forbidden"


def test_two_deliveries_about_one_product(make_client, sandbox, people):
    """They do not meet in one call: both are written, in their order."""
    contents = [product(), product(title="Sea Room, again")]
    made = [
        Delivery(f"d-{n}", USE_CASE, PORTAL, f"s-{n}", 1, "h", "B", "application/json", json.dumps(c).encode(), people.now, {}, tried=False)
        for n, c in enumerate(contents)
    ]
    verdicts = PortalPort(make_client()).send(made)
    assert [(v.delivery_id, v.result) for v in verdicts] == [("d-0", "confirmed"), ("d-1", "confirmed")]
    assert [call["body"][0]["title"][0]["value"] for call in sandbox.calls("PATCH")] == ["Sea Room", "Sea Room, again"]


def test_links_packages_and_availability(run, sandbox, people):
    """The other kinds of delivery: a missing kind is an exception, drift is told, links are set and cleared."""
    sandbox.seed_people()
    rights = [{"territory": "GB", "channel": "web", "right": "open"}, {"territory": "US", "channel": "web", "right": "unknown"}]
    package = {"kind": "package", "key": "p-1", "isbn": people.sea_room, "editions": ["ebook"], "files": {"epub": people.id(111)}}
    counts, refusals = run(
        product(people.sea_room, links={"cover": people.id(101), "samples": [people.id(111)]}),
        {"kind": "availability", "isbn": people.sea_room, "cells": rights},
        package,
    )
    assert counts == {"confirmed": 2, "refused": 1}
    assert "missing: ebook_cover" in refusals[0]
    assert run({**package, "files": {**package["files"], "ebook_cover": people.id(102)}}) == ({"confirmed": 1}, [])
    for content in (
        product(people.sea_room, links={"cover": people.id(101), "samples": [people.id(111)]}),
        {"kind": "availability", "isbn": people.sea_room, "cells": rights},
    ):
        assert run(content, occurrence="again")[0] == {"confirmed": 1}


def test_availability_of_an_object(run, sandbox, people):
    """By the portal's id, where two objects have one ISBN; one that is gone is not made again, and nothing at all is refused."""
    sandbox.seed_people()
    rights = [{"territory": "GB", "channel": "web", "right": "closed"}]
    order = {"kind": "availability", "isbn": people.twice, "object": people.id(3), "cells": rights}
    assert run(order) == ({"confirmed": 1}, [])
    counts, refusals = run({**order, "object": people.id(77)}, {"kind": "availability", "isbn": "", "cells": rights})
    assert counts == {"refused": 2}
    assert "refused.not_found" in " ".join(refusals)
    assert keys(sandbox, "4ap.written") == [f"product:{people.id(3)}"]


def test_availability_of_many_products_goes_together(make_client, sandbox, people):
    """All that closes in a first PATCH, all that opens in a second; one that cannot be closed is not opened, and stops no other."""
    products = [{"id": people.id(n), "available": people.value("true", territory="US", channel="web")} for n in (21, 22, 23)]
    sandbox.seed(product=[*products, {"id": people.id(24), "available": []}])
    rights = [{"territory": "GB", "channel": "web", "right": "open"}, {"territory": "US", "channel": "web", "right": "closed"}]
    orders = [{"kind": "availability", "object": people.id(n), "cells": rights} for n in (21, 22, 23, 24, 21, 99)]
    made = [
        Delivery(f"d-{n}", USE_CASE, PORTAL, f"s-{n}", 1, "h", "B", "application/json", json.dumps(c).encode(), people.now, {}, tried=False)
        for n, c in enumerate(orders)
    ]
    client = make_client()
    get = client.writer._get
    client.writer._get = lambda module, found, fields: get(module, people.id(98) if found == people.id(23) else found, fields)
    verdicts = PortalPort(client).send(made)
    assert [v.result for v in verdicts] == ["confirmed", "confirmed", "sent", "confirmed", "confirmed", "refused"]
    closing, opening = sandbox.calls("PATCH")[:2]
    assert [len(call["body"]) for call in (closing, opening)] == [3, 3]
    assert not any(entry["value"] == "true" for item in closing["body"] for entry in item["available"])
    assert people.id(23) not in [item["id"] for item in opening["body"]]


def test_lost_answers_of_other_kinds(run, sandbox, people):
    """Availability and files are read back, too."""
    sandbox.seed_people()
    sandbox.fault("status", "/api/modules/*", method="PATCH", when="after", times=None, value={"status": 502})
    rights = [{"territory": "GB", "channel": "web", "right": "open"}, {"territory": "US", "channel": "web", "right": "closed"}]
    assert run({"kind": "availability", "isbn": people.sea_room, "cells": rights}) == ({"confirmed": 1}, [])
    assert run({"kind": "file", "file": people.id(101), "confirmed": True}) == ({"confirmed": 1}, [])


def fields_of(client, module, object_id, *names):
    """What the portal says now."""
    found = client.get_object(module, object_id, list(names))
    return {name: [row["value"] for row in found.fields.get(name) or ()] for name in names}


def ready(object_id_, light="red", **more):
    return {
        "kind": "readiness",
        "isbn": ISBN,
        "object": object_id_,
        "readiness": light,
        "blocker": "cover (designer)",
        "milestones": {},
        **more,
    }


@pytest.mark.parametrize("when", ["", "before", "after"])
def test_readiness_of_a_title(run, client, sandbox, people, when):
    """Light, blocker and milestones, beside those that are the portal's own; a lost answer makes no second write; empty text clears."""
    sandbox.seed_people()
    if when:
        sandbox.fault("reset", PATCH, when=when, times=1)
    dates = {"cover_approved": "2026-04-01"}
    assert run(ready(people.id(1), milestones=dates, others=["cover_aproved=2026-05-01"])) == ({"confirmed": 1}, [])
    place = ("product", people.id(1), "launch_readiness", "launch_blocker", "milestone_dates")
    shown = {"launch_readiness": ["red"], "launch_blocker": ["cover (designer)"]}
    assert fields_of(client, *place) == {**shown, "milestone_dates": [["cover_approved=2026-04-01", "cover_aproved=2026-05-01"]]}
    assert len(sandbox.effects("4ap.written")) == 1
    assert run(ready(people.id(1), "", blocker="")) == ({"confirmed": 1}, [])
    assert fields_of(client, *place) == {"launch_readiness": [], "launch_blocker": [], "milestone_dates": []}
