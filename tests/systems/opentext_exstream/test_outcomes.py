"""EXT: outcomes by feed, callback and file; e-mail events; all into one trail."""

import base64
import hashlib
import hmac
import json

import pytest

from colophon.deliver import deliver
from colophon.errors import BadConnectionError, BadShapeError, ForgedError, InvalidError, PagingError
from colophon.systems.opentext_exstream.collect import apply_inbox, collect_jobs, take, take_mail_events, take_outcomes
from colophon.systems.opentext_exstream.outcome_source import COLUMNS, RESPONSE, read_file
from colophon.systems.opentext_exstream.outcomes import SERVICE
from colophon.systems.opentext_exstream.port import LetterPort

HOOK = "whsec_c2FuZGJveC1ub3QtYS1zZWNyZXQtMDAwMA=="
HEAD = ",".join((*COLUMNS, *RESPONSE))


@pytest.fixture
def sent(ledger, client, document, sandbox, plan, letter):
    """Three letters that left: one is answered, one bounces, one comes back by post."""
    ids = plan(
        letter(1, email_address="reply@example.org"),
        letter(2, email_address="ndlv@example.org"),
        letter(3, "print", name="Returned Post"),
    )
    args = {"use_case": "test", "destination": "royalty-statements"}
    deliver(ledger, LetterPort(client, document), **args, owner="me", lease_s=900, sleep=sandbox.sleep)
    sandbox.advance(5)
    collect_jobs(ledger, client, **args, service="royalty-statements")
    return ids


def states(ledger):
    return ledger.counts("test")["royalty-statements"]


def signed(outcome, secret=HOOK, moment=1777615200):
    body = json.dumps(outcome).encode()
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.digest(key, f"{outcome['id']}.{moment}.".encode() + body, hashlib.sha256)
    signature = "v1," + base64.b64encode(digest).decode()
    return {"webhook-id": outcome["id"], "webhook-timestamp": str(moment), "webhook-signature": signature}, body


def as_csv(rows):
    lines = [HEAD]
    for row in rows:
        found = {**row, **(row.get("response") or {})}
        lines.append(",".join(str(found.get(member) or "") for member in (*COLUMNS.values(), *RESPONSE.values())))
    return "\n".join(lines) + "\n"


def feed_rows(client):
    return [o.model_dump(mode="json", by_alias=True, exclude_none=True) for o in client.iter_outcomes(0)]


@pytest.mark.parametrize("way", ["feed", "callback", "files"])
def test_every_way_gives_the_same_trail(ledger, make_client, client, sandbox, sent, tmp_path, way):
    """Answered, bounced, returned; the same again changes nothing."""
    sandbox.advance(2400)
    rows = feed_rows(client)
    (tmp_path / "back.csv").write_text(as_csv(rows))
    there = make_client(outcome_source=way, outcomes_location=str(tmp_path), hook_secret=HOOK)
    for _ in range(2):
        if way == "callback":
            for row in rows:
                take(ledger, there.outcomes.parse(json.dumps(row).encode()))
            counts = apply_inbox(ledger, connection="x", at=sandbox.now)
        else:
            counts = take_outcomes(ledger, there, connection="x")
    assert counts == {}
    assert states(ledger) == {"responded": 1, "bounced": 2}


def test_foreign_record_is_an_exception(ledger, make_client, sandbox, sent):
    """It fits no letter of ours: on the desk, never dropped; job and number find one of ours; a service letter waits."""
    at = {"type": "delivered"}
    sandbox.seed_outcomes(
        {**at, "deliveryId": "d-unknown"},
        {**at, "jobId": "job-1", "customerNumber": "1"},
        {**at, "caseReference": "CS-10021", "isbn": "9781234567897"},
    )
    counts = take_outcomes(ledger, make_client(outcome_source="feed"), connection="x")
    assert (counts["foreign"], counts["confirmed"]) == (1, 1)
    assert [e.subject for e in ledger.exceptions.open(use_case="opentext_exstream:outcomes")] == ["o-1"]
    assert [item.id for item in ledger.inbox.pending([SERVICE])] == ["o-3"]


def test_unknown_type_is_kept(ledger, make_client, sandbox, sent):
    """Neither success nor crash."""
    sandbox.seed_outcomes({"type": "teleported", "deliveryId": sent[1]})
    assert take_outcomes(ledger, make_client(outcome_source="feed"), connection="x") == {"unrecognised": 1}
    assert states(ledger) == {"sent": 3}


def test_feed_position_is_kept(ledger, make_client, sandbox, sent):
    """Asked only for what is new; a feed that does not rise is refused."""
    client = make_client(outcome_source="feed")
    sandbox.seed_outcomes({"type": "delivered", "deliveryId": sent[1]})
    take_outcomes(ledger, client, connection="x")
    assert ledger.memory.get("x:outcomes")[0] == {"seq": 1}
    sandbox.fault("duplicate", "/ext/api/v1/outcomes", method="GET")
    sandbox.seed_outcomes({"type": "opened", "deliveryId": sent[1]})
    with pytest.raises((PagingError, BadShapeError)):
        take_outcomes(ledger, client, connection="x")


def test_mail_events(ledger, make_client, sandbox, sent):
    """Opened and bounced by the vendor's own events, where they may be read."""
    since = sandbox.now
    sandbox.advance(2400)
    client = make_client(eventmetrics=True)
    assert take_mail_events(ledger, client, since) == 2
    assert take_mail_events(ledger, client, since) == 0
    assert states(ledger) == {"opened": 1, "bounced": 1, "sent": 1}


def test_callback_is_checked(make_client):
    """Signed by its sender and in time; a record that is none is refused."""
    client = make_client(hook_secret=HOOK)
    outcome = {"id": "o-1", "seq": 1, "type": "returned", "at": "2026-05-01T06:00:00Z", "reason": "c4nary"}
    assert client.parse_callback(*signed(outcome)).type == "returned"
    with pytest.raises(ForgedError):
        client.parse_callback(*signed(outcome, "whsec_" + base64.b64encode(b"x" * 24).decode()))
    with pytest.raises(ForgedError):
        client.parse_callback(*signed(outcome, moment=1777615200 - 301))
    with pytest.raises(InvalidError) as caught:
        client.parse_callback(*signed({"id": "o-1", "at": "yesterday", "reason": "c4nary"}))
    assert "c4nary" not in str(caught.value)


def test_files(make_client, tmp_path):
    """A line that does not fit is counted; other columns, other bytes or another place are told."""
    good = "d-1,job-1,1,print,returned,2026-05-09T10:00:00Z,addressee unknown,,,,,"
    found = read_file(f"{HEAD}\n{good}\nd-2,,,,returned,yesterday,,,,,,\n".encode())
    assert ([o.delivery_id for o in found.outcomes], found.bad_lines) == (["d-1"], (3,))
    assert read_file(b"a,b\n1,2\n").bad_lines == (1,)
    assert read_file(b"\xff\xfe").bad_lines == (1,)
    assert list(make_client(outcome_source="files", outcomes_location=str(tmp_path / "none")).outcomes.files()) == []


def test_files_need_their_place(make_client):
    """The source without its location is a fault of the connection."""
    with pytest.raises(BadConnectionError, match="outcomes_location"):
        make_client(outcome_source="files")
