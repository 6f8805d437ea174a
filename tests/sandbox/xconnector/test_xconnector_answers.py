"""Payloads, claim checks, and what other systems answer by themselves (contract sections 6, 14)."""

import json
from collections import Counter
from hashlib import sha256

import pytest
from lxml import etree

NS = {"a": "http://ns.editeur.org/onix/acknowledgement/3.0/reference"}
REFERENCE = "http://ns.editeur.org/onix/3.1/reference"
BAD_FILES = {
    "no XML": b"not XML at all",
    "blank": b" ",
    "cut": b"<ONIXMessage><Product><RecordReference>r.1</RecordReference></Product>",
    "a page": b"<html><body>Log in</body></html>",
    "other": b"<Products><Product><RecordReference>r.1</RecordReference></Product></Products>",
    "laughs": b'<!DOCTYPE ONIXMessage [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><ONIXMessage><Product><RecordReference>&b;</RecordReference>'
    b"</Product></ONIXMessage>",
    "outside": b'<!DOCTYPE ONIXMessage [<!ENTITY a SYSTEM "file:///etc/passwd">]><ONIXMessage><Product><RecordReference>&a;'
    b"</RecordReference></Product></ONIXMessage>",
}


def reference_names(isbns):
    products = "".join(
        f"<Product><RecordReference>r.{isbn}</RecordReference><NotificationType>03</NotificationType>"
        f"<ProductIdentifier><ProductIDType>01</ProductIDType><IDValue>9780000000097</IDValue></ProductIdentifier>"
        f"<ProductIdentifier><ProductIDType>15</ProductIDType><IDValue>{isbn}</IDValue></ProductIdentifier>"
        "<RelatedMaterial><RelatedProduct><ProductIdentifier><ProductIDType>15</ProductIDType><IDValue>9780000000013</IDValue>"
        "</ProductIdentifier></RelatedProduct></RelatedMaterial></Product>"
        for isbn in isbns
    )
    return f'<ONIXMessage release="3.1" xmlns="{REFERENCE}"><Header/>{products}</ONIXMessage>'.encode()


def short_tags(isbns):
    products = "".join(
        f"<product><a001>r.{isbn}</a001><productidentifier><b221>15</b221><b244>{isbn}</b244></productidentifier></product>"
        for isbn in isbns
    )
    return f'<ONIXmessage release="3.0" xmlns="http://ns.editeur.org/onix/3.0/short"><header/>{products}</ONIXmessage>'.encode()


def upload(remote, content, media="application/xml"):
    digest = sha256(content).hexdigest()
    assert remote.ask("PUT", f"/v1/payloads/{digest}", content, media=media).status_code in {200, 201}
    return {
        "url": f"xc1:payload:{digest}",
        "sha256": digest,
        "bytes": len(content),
        "mediaType": media,
        "fileName": "acme.xml",
        "expiresAt": None,
    }


def acknowledged(remote, number=0):
    """The acknowledgement in the inbox, read."""
    payload = remote.heard("onix.acknowledgement")[number]["data"]["payload"]
    content = remote.ask("GET", f"/v1/payloads/{payload['sha256']}").data
    assert (len(content), sha256(content).hexdigest()) == (payload["bytes"], payload["sha256"])
    return etree.fromstring(content)


def verdicts(root):
    return {p.findtext("a:RecordReference", None, NS): p.findtext("a:RecordStatus", None, NS) for p in root.iterfind("a:Product", NS)}


def test_payload_put_twice(remote):
    """201, then 200; HEAD and GET find it, with its media type."""
    digest = sha256(b"abc").hexdigest()
    assert remote.ask("HEAD", f"/v1/payloads/{digest}").status_code == 404
    answers = [remote.ask("PUT", f"/v1/payloads/{digest}", b"abc", media="application/xml") for _ in range(2)]
    assert [a.status_code for a in answers] == [201, 200]
    assert answers[0].get_json() == answers[1].get_json() == {"sha256": digest, "bytes": 3}
    assert remote.ask("HEAD", f"/v1/payloads/{digest}").status_code == 200
    found = remote.ask("GET", f"/v1/payloads/{digest}")
    assert (found.data, found.mimetype) == (b"abc", "application/xml")


def test_payload_that_is_not_its_hash(remote):
    """Refused, and nothing kept."""
    digest = sha256(b"abc").hexdigest()
    answer = remote.ask("PUT", f"/v1/payloads/{digest}", b"abd", media="application/xml")
    assert (answer.status_code, answer.get_json()["code"]) == (422, "digest_mismatch")
    assert remote.ask("HEAD", f"/v1/payloads/{digest}").status_code == 404
    assert remote.ask("PUT", f"/v1/payloads/{digest}", b"abc", media="").status_code == 415


@pytest.mark.parametrize(
    ("change", "code"),
    [({"sha256": "b" * 64}, "digest_mismatch"), ({"bytes": 1}, "digest_mismatch"), ({"url": "xc1:payload:" + "c" * 64}, "schema")],
)
def test_reference_to_what_is_not_there(remote, event, change, code):
    """A payload that was never uploaded, or is another one, refuses its event."""
    payload = {**upload(remote, reference_names([])), **change}
    answer = remote.post(event("title.feed", data={"payload": payload}))
    assert (answer.status_code, answer.get_json()["code"]) == (422, code)


@pytest.mark.parametrize("write", [reference_names, short_tags])
def test_feed_is_acknowledged(remote, event, write):
    """By the end of each product's own ISBN; once for the message, whatever the number of targets."""
    remote.route("erp", "shop")
    payload = upload(remote, write(["9780000000002", "9780000000197", "9780000000231", "9780000000313"]))
    remote.post(event("title.feed", data={"payload": payload}))
    assert len(remote.effects()) == 2
    told = remote.inbox(lease=10)
    assert [item["event"]["type"] for item in told] == ["colophon.onix.acknowledgement.v1"]
    first = told[0]["event"]
    assert (first["subject"], first["causationid"], first["data"]["messageNumber"]) == ("feed:erp-main", "title.feed-1-1", 42)
    remote.advance(10)
    root = acknowledged(remote)
    assert root.tag == f"{{{NS['a']}}}ONIXMessageAcknowledgement"
    header = {name: root.findtext(f"a:Header/a:{name}", None, NS) for name in ("MessageNumber", "MessageStatus", "SentDateTime")}
    assert header == {"MessageNumber": "42", "MessageStatus": "03", "SentDateTime": "20260501T060000Z"}
    assert root.findtext("a:Header/a:Sender/a:SenderName", None, NS) == "erp-main"
    assert verdicts(root) == {"r.9780000000002": "00", "r.9780000000197": "01", "r.9780000000231": "02", "r.9780000000313": "03"}
    for product in root.iterfind("a:Product", NS):
        has_detail = product.find("a:RecordStatusDetail", NS) is not None
        assert has_detail == (product.findtext("a:RecordStatus", None, NS) != "00")


def test_feed_of_rejected_records_alone(remote, event):
    """Nothing was taken: the message is rejected, and so is each record; an empty feed is processed."""
    remote.route("erp")
    for number, isbns in enumerate((["9780000000013", "9780000000113"], [])):
        payload = upload(remote, reference_names(isbns))
        remote.post(event("title.feed", revision=number + 1, data={"payload": payload, "messageNumber": 42 + number}))
    first, second = remote.inbox()
    roots = []
    for item in (first, second):
        digest = item["event"]["data"]["payload"]["sha256"]
        roots.append(etree.fromstring(remote.ask("GET", f"/v1/payloads/{digest}").data))
    assert [root.findtext("a:Header/a:MessageStatus", None, NS) for root in roots] == ["01", "03"]
    assert set(verdicts(roots[0]).values()) == {"03"}
    assert roots[1].find("a:NoProduct", NS) is not None


@pytest.mark.parametrize("name", BAD_FILES)
def test_file_that_cannot_be_read(remote, event, name):
    """The message is rejected with a fatal detail, and the sandbox goes on; nothing is read from outside."""
    remote.route("erp")
    answer = remote.post(event("title.feed", data={"payload": upload(remote, BAD_FILES[name])}))
    assert answer.status_code == 202
    root = acknowledged(remote)
    assert root.findtext("a:Header/a:MessageStatus", None, NS) == "01"
    assert root.findtext("a:Header/a:MessageStatusDetail/a:StatusDetailType", None, NS) == "F"
    assert not verdicts(root)


def test_link_on_this_host(remote, receiver, event):
    """Fetched and checked; one that is not what was announced rejects the message; one that is nowhere is not answered."""
    remote.route("erp")
    receiver.content = reference_names(["9780000000002"])
    payload = {
        "url": f"{receiver.base}/feed.xml?signature=x",
        "sha256": sha256(receiver.content).hexdigest(),
        "bytes": len(receiver.content),
        "mediaType": "application/xml",
        "fileName": None,
        "expiresAt": None,
    }
    remote.post(event("title.feed", data={"payload": payload}))
    assert verdicts(acknowledged(remote)) == {"r.9780000000002": "00"}
    remote.post(event("title.feed", revision=2, data={"payload": {**payload, "sha256": "0" * 64}}))
    assert acknowledged(remote).findtext("a:Header/a:MessageStatusDetail/a:StatusDetailCode", None, NS) == "digest_mismatch"
    for revision, url in ((3, "https://storage.example/feed.xml"), (4, "http://127.0.0.1:9/feed.xml"), (5, "s3://bucket/feed.xml")):
        assert remote.post(event("title.feed", revision=revision, data={"payload": {**payload, "url": url}})).status_code == 202
        assert remote.deliveries(f"m-{revision}") == {"erp": "acknowledged"}
    assert remote.heard("onix.acknowledgement") == []


def test_feed_that_is_not_onix(remote, event):
    """Another format has no ONIX acknowledgement."""
    remote.route("erp")
    remote.post(event("title.feed", data={"format": "json-1", "payload": upload(remote, b"[]")}))
    assert remote.effects()
    assert remote.inbox() == []


def test_rejected_feed_is_not_acknowledged(remote, event):
    """Who did not get it does not answer."""
    remote.route("reject")
    remote.post(event("title.feed", data={"payload": upload(remote, reference_names(["9780000000002"]))}))
    assert remote.inbox() == []


def test_failures_of_isbns_on_the_list(remote, event):
    """Setting `failing_isbns`: for events and for records of feeds."""
    remote.settings(failing_isbns=["9781234567897", "9780000000002"])
    remote.route("shop")
    remote.post(event("title.updated"))
    remote.post(event("title.updated", number=5))
    remote.post(event("title.feed", data={"payload": upload(remote, reference_names(["9780000000002", "9780000000019"]))}))
    failures = remote.heard("delivery.failure")
    assert [(e["subject"], e["data"]["isbn"]) for e in failures] == [(f"isbn:{n}", n) for n in ("9781234567897", "9780000000002")]
    assert set(failures[0]["data"]) == {"isbn", "fault", "system", "severity", "code", "message", "at"}
    assert failures[0]["data"]["system"] == "shop"


def test_statements_are_paid(remote, event):
    """What the statement says, to whom it says, once."""
    remote.route("erp", "bi")
    remote.post(event("royalty.statement"))
    remote.post(event("royalty.statement"))
    paid = remote.heard("finance.payment")
    assert [e["data"] for e in paid] == [
        {"contractId": 4, "payeeId": 5, "amount": "12.50", "currency": "GBP", "paidOn": "2026-05-01", "reference": "royalty.statement-1-1"}
    ]
    assert paid[0]["subject"] == "contract:4"


def test_nobody_pays_nought(remote, event):
    """A statement under which nothing is due, or below the minimum, is no invoice."""
    remote.route("erp")
    body = event("royalty.statement")
    body["data"] = {**body["data"], "amount": "0.00", "state": "CARRIED"}
    remote.post(body)
    assert remote.heard("finance.payment") == []


def test_production_orders_are_effects(remote, event):
    """One for each order and step, whatever the number of targets; cancelling orders nothing."""
    remote.route("erp", "slow")
    for step, name in enumerate(("file_release", "print_order", "warehouse_schedule"), 1):
        remote.post(event(f"production.{name}", revision=step))
    remote.post(event("production.cancel", revision=4))
    remote.advance(600)
    assert remote.effects("production.order") == ["a-1/1", "a-1/2", "a-1/3"]


def test_other_type_prefix(remote, event):
    """Answers come under the prefix of what they answer."""
    remote.route("erp")
    remote.post(event("royalty.statement", type="com.acme.events.royalty.statement.v1"))
    assert [item["event"]["type"] for item in remote.inbox()] == ["com.acme.events.finance.payment.v1"]


def test_data_by_reference(remote, event):
    """Data that travels beside its event is checked like data inside it, and answered like it."""
    remote.route("erp")
    good = event("royalty.statement")
    payload = upload(remote, json.dumps(good["data"]).encode(), "application/json")
    assert remote.post({**good, "data": {"payload": payload}}).status_code == 202
    assert remote.heard("finance.payment")[0]["data"]["amount"] == "12.50"
    for number, content in enumerate((b'{"contractId":4}', b"not JSON", b"[]")):
        payload = upload(remote, content, "application/json")
        answer = remote.post({**event("royalty.statement", revision=number + 2), "data": {"payload": payload}})
        assert (answer.status_code, answer.get_json()["code"]) == (422, "schema")


def test_data_by_a_link_that_cannot_be_read(remote, receiver, event):
    """It is delivered, and nobody can answer it."""
    remote.route("erp")
    receiver.content = b'{"contractId":4}'
    payload = {"sha256": sha256(receiver.content).hexdigest(), "bytes": len(receiver.content), "mediaType": "application/json"}
    for number, url in enumerate((f"{receiver.base}/data.json", "https://storage.example/data.json")):
        data = {"payload": {**payload, "url": url, "fileName": None, "expiresAt": None}}
        assert remote.post({**event("royalty.statement", revision=number + 1), "data": data}).status_code == 202
    assert (len(remote.effects()), remote.inbox()) == (2, [])


def test_feed_of_ten_thousand(remote, event):
    """The acknowledgement has a verdict for each record, in a payload beside the event."""
    remote.route("erp")
    isbns = [f"978{n:010d}" for n in range(10_000)]
    remote.post(event("title.feed", data={"payload": upload(remote, reference_names(isbns))}))
    assert Counter(verdicts(acknowledged(remote)).values()) == {"00": 9700, "01": 100, "02": 100, "03": 100}


def answer(remote, number=0):
    """File name, media type and bytes of an answer."""
    payload = remote.heard("onix.acknowledgement")[number]["data"]["payload"]
    return payload["fileName"], payload["mediaType"], remote.ask("GET", f"/v1/payloads/{payload['sha256']}").data


def test_a_number_that_was_used_before_rejects_the_message(remote, event):
    """For that recipient; not for another one, and a repeat of the same event is no other message."""
    remote.route("erp")
    payload = upload(remote, reference_names(["9780000000002"]))
    for revision, recipient in ((1, "erp-main"), (1, "erp-main"), (2, "erp-main"), (3, "other")):
        assert (
            remote.post(
                event("title.feed", revision=revision, data={"payload": payload}, recipient=recipient, subject=f"feed:{recipient}")
            ).status_code
            < 300
        )
        remote.advance(1)
    told = {item["causationid"]: item["data"]["payload"]["sha256"] for item in remote.heard("onix.acknowledgement")}
    roots = {cause: etree.fromstring(remote.ask("GET", f"/v1/payloads/{digest}").data) for cause, digest in told.items()}
    statuses = {cause: root.findtext("a:Header/a:MessageStatus", None, NS) for cause, root in roots.items()}
    assert statuses == {"title.feed-1-1": "03", "title.feed-1-2": "01", "title.feed-1-3": "03"}
    refused = roots["title.feed-1-2"]
    assert refused.findtext("a:Header/a:MessageStatusDetail/a:StatusDetailCode", None, NS) == "message_number_used"
    assert refused.findtext("a:Header/a:MessageStatusNote", None, NS) == "A message of this number came before."


@pytest.mark.parametrize(
    ("form", "name", "begins", "says"),
    [
        ("onix", "ack_0042.xml", b"<?xml", b"r.9780000000313"),
        ("onix_gzip", "ack_0042.xml.gz", b"\x1f\x8b", b""),
        ("onix_utf16", "ack_0042.xml", b"\xff\xfe\n\0<\0", b""),
        ("onix_own_references", "ack_0042.xml", b"<?xml", b"<RecordReference>R000002</RecordReference>"),
        ("csv", "rejects_0042.csv", b"Batch;ISBN", b"42;9780000000313;REJECTED;price_not_agreed;The price is not one that was agreed on."),
        ("xlsx", "rejects_0042.xlsx", b"PK", b""),
        ("html", "rejects_0042.html", b"<!DOCTYPE html>", b"<td>REJECTED</td>"),
        ("text", "rejects_0042.eml", b"From: ", b"  9780000000313 [price_not_agreed] The price is not one"),
        ("strange", "ack_0042.xml", b"<?xml", b"r.9780000000313"),
    ],
)
def test_the_forms_of_an_answer(remote, event, form, name, begins, says):
    """By recipient, as a setting says."""
    remote.sandbox.world.change_settings({"xconnector": {"answer_forms": {"erp-main": form}}})
    remote.route("erp")
    remote.post(event("title.feed", data={"payload": upload(remote, reference_names(["9780000000002", "9780000000313"]))}))
    file_name, _, body = answer(remote)
    assert (file_name, body[: len(begins)], says in body) == (name, begins, True)
