"""Mode file_drop: whole files, once, in the right folder (sections 1 and 15 item 17)."""

import contextlib
import io
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from colophon.errors import BadConnectionError, FeatureMissingError
from colophon.systems.xconnector.client import XConnectorClient
from colophon.systems.xconnector.settings import XConnectorSettings

NOW = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.fixture
def client(tmp_path):
    """A client that drops into a folder."""
    settings = XConnectorSettings.from_connection("", "", {"mode": "file_drop", "drop_location": str(tmp_path)})
    return XConnectorClient(settings, clock=lambda: NOW)


def event(client, n=1, recipient="erp-main", reason="r"):
    data = {"isbn": f"978{n:010d}", "revision": 1, "reason": reason}
    return client.make_event("title.withdrawn", f"isbn:978{n:010d}", recipient, data, 1, at=NOW)


def feed(client, content=b"<ONIXMessage/>", name="acme_0042.xml", recipient="shop"):
    digest = sha256(content).hexdigest()
    payload = client.put_payload(io.BytesIO(content), digest, "application/xml", file_name=name)
    data = {
        "format": "onix-3.1-ref",
        "messageNumber": 42,
        "full": False,
        "products": 1,
        "payload": payload.model_dump(mode="json", by_alias=True),
    }
    return client.make_event("title.feed", f"feed:{recipient}", recipient, data, 42, at=NOW)


def files(folder):
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file() and not str(p.relative_to(folder)).startswith("."))


def test_one_file_for_each_message(client, tmp_path):
    """A CloudEvent under its id, complete, and nothing left aside."""
    client.test()
    sent = event(client)
    verdict = client.send([sent])[0]
    assert (verdict.status, verdict.error.code) == ("sent", "no_receipt")
    assert files(tmp_path) == [f"erp-main/{sent.id}.json"]
    assert json.loads((tmp_path / "erp-main" / f"{sent.id}.json").read_text())["data"]["reason"] == "r"


@pytest.mark.parametrize("make", [event, feed], ids=["event", "feed"])
def test_a_file_that_was_fetched_after_its_sender_died_is_not_dropped_again(client, tmp_path, monkeypatch, make):
    """Wherever it dies while it drops, the recipient sees the file once."""
    sent, seen = make(client), []

    def fetch():
        for path in tmp_path.glob(f"{sent.recipient}/*.*"):
            seen.append(path.name)
            path.unlink()

    fs = client.transport._fs
    for step in ("mv", "exists", "pipe_file", "cp_file", "open", "makedirs"):
        for nth in range(1, 9):
            calls = iter(range(1, 99))
            inner = getattr(fs, step)

            def dies(*given, calls=calls, nth=nth, inner=inner, **more):
                done = inner(*given, **more)
                if next(calls) == nth:
                    raise KeyboardInterrupt  # nothing of ours catches it, as nothing catches a kill
                return done

            with monkeypatch.context() as patch:
                patch.setattr(fs, step, dies)
                with contextlib.suppress(KeyboardInterrupt):
                    client.send([sent])
            fetch()
            found = client.find(sent.id)
            assert found is None or seen, f"done and never dropped: {step} {nth}"
            assert client.send([sent])[0].status == "sent"
            fetch()
            assert len(seen) == 1, f"{step} {nth}: {seen}"
            seen.clear()
            (tmp_path / ".sent" / sent.id).unlink()


def test_feed_keeps_its_own_name(client, tmp_path):
    """What a recipient finds is the ONIX file; two recipients may get the same content."""
    client.send([feed(client), feed(client, recipient="other")])
    assert files(tmp_path) == ["other/acme_0042.xml", "shop/acme_0042.xml"]
    assert (tmp_path / "shop/acme_0042.xml").read_bytes() == b"<ONIXMessage/>"


def test_feeds_of_one_name_at_the_same_moment(client, tmp_path, monkeypatch):
    """Recipients whose profiles name files alike each get their own, though one writes while the other does."""
    mine, other = feed(client, b"<ONIXMessage>shop</ONIXMessage>"), feed(client, b"<ONIXMessage>other</ONIXMessage>", recipient="other")
    disk, verdicts = type(client.transport._fs), []
    rename = disk.mv

    def meanwhile(self, *paths, **more):
        monkeypatch.setattr(disk, "mv", rename)
        verdicts.extend(client.send([other]))
        return rename(self, *paths, **more)

    monkeypatch.setattr(disk, "mv", meanwhile)
    verdicts.extend(client.send([mine]))
    assert [v.status for v in verdicts] == ["sent", "sent"]
    for recipient in ("shop", "other"):
        assert (tmp_path / recipient / "acme_0042.xml").read_text() == f"<ONIXMessage>{recipient}</ONIXMessage>"


def test_feeds_of_one_name_from_many_at_once(tmp_path):
    """Each of many senders has its own feed where it belongs, and nothing stays aside."""
    recipients = [f"shop-{number}" for number in range(8)]

    def drop(recipient):
        settings = XConnectorSettings.from_connection("", "", {"mode": "file_drop", "drop_location": str(tmp_path)})
        client = XConnectorClient(settings, clock=lambda: NOW)
        return client.send([feed(client, recipient.encode() * 50_000, recipient=recipient)])[0].status

    with ThreadPoolExecutor(len(recipients)) as pool:
        assert set(pool.map(drop, recipients)) == {"sent"}
    for recipient in recipients:
        assert (tmp_path / recipient / "acme_0042.xml").read_bytes() == recipient.encode() * 50_000
    assert not list((tmp_path / ".aside").iterdir())


def test_another_file_of_the_name_stays(client, tmp_path):
    """A feed never replaces one of other content that a recipient has not fetched: it is refused, and the rest goes."""
    client.send([feed(client, b"<ONIXMessage>first</ONIXMessage>")])
    later = feed(client, b"<ONIXMessage>second</ONIXMessage>")
    verdicts = client.send([later.model_copy(update={"id": "other-event"}), event(client)])
    assert [(v.status, v.error.code) for v in verdicts] == [("refused", "refused.conflict"), ("sent", "no_receipt")]
    assert (tmp_path / "shop/acme_0042.xml").read_text() == "<ONIXMessage>first</ONIXMessage>"


def test_a_file_that_another_run_placed_and_did_not_note(client, tmp_path):
    """The next run finds its own message there, whoever placed it, and notes it."""
    for sent in (feed(client), event(client)):
        client.send([sent])
        (tmp_path / ".sent" / sent.id).unlink()
        assert client.send([sent.model_copy(update={"correlationid": "another run"})])[0].status == "sent"
        assert (tmp_path / ".sent" / sent.id).exists()


def test_a_copy_that_is_not_what_it_should_be(client, tmp_path):
    """What lies in the recipient's folder is compared with what was to go, before anybody calls it sent."""
    sent = feed(client)
    (stored,) = (tmp_path / ".payloads").iterdir()
    stored.write_bytes(b"<ONIX")
    assert client.send([sent])[0].status == "refused"
    assert not (tmp_path / ".sent" / sent.id).exists()


def test_a_file_that_is_fetched_at_once(client, tmp_path, monkeypatch):
    """A recipient that takes and deletes it as soon as it is there has got it."""
    disk = type(client.transport._fs)
    rename = disk.mv

    def fetched(self, aside, path, **more):
        rename(self, aside, path, **more)
        if "/." not in path.removeprefix(str(tmp_path)):
            Path(path).unlink()

    monkeypatch.setattr(disk, "mv", fetched)
    verdicts = client.send([feed(client), event(client)])
    assert [v.status for v in verdicts if v.error.code == "no_receipt"] == ["sent", "sent"]
    assert files(tmp_path) == []


def test_a_rename_that_fails_leaves_nothing_half_there(client, tmp_path, monkeypatch):
    """A fault of the folder; with the next try the file has its name, once."""
    disk, sent = type(client.transport._fs), event(client)
    rename = disk.mv

    def refused(self, aside, path, **more):
        if "/erp-main/" in path:
            raise PermissionError(13, "Permission denied")
        rename(self, aside, path, **more)

    monkeypatch.setattr(disk, "mv", refused)
    with pytest.raises(BadConnectionError, match="Permission denied"):
        client.send([sent])
    assert files(tmp_path) == []
    monkeypatch.undo()
    assert [verdict.status for verdict in client.send([sent, sent])] == ["sent", "sent"]
    assert files(tmp_path) == [f"erp-main/{sent.id}.json"]


def test_same_events_twice(client, tmp_path):
    """A file that was fetched and deleted is not dropped again."""
    sent = event(client)
    client.send([sent])
    (tmp_path / "erp-main" / f"{sent.id}.json").unlink()
    assert client.send([sent])[0].status == "sent"
    assert files(tmp_path) == []


def test_crash_before_the_note(client, tmp_path, monkeypatch):
    """A file that was placed and not noted is placed again, the same, under the same name."""
    sent = event(client)
    original = client.transport._write

    def crash(path, *chunks):
        if "/.sent/" in path:
            raise KeyboardInterrupt
        original(path, *chunks)

    monkeypatch.setattr(client.transport, "_write", crash)
    with pytest.raises(KeyboardInterrupt):
        client.send([sent])
    monkeypatch.undo()
    client.send([sent])
    assert files(tmp_path) == [f"erp-main/{sent.id}.json"]


def test_conflict_and_bad_names_stop_one_subject(client, tmp_path):
    """Other content under the same id, or a recipient that is a path, is refused; the rest goes."""
    taken = event(client)
    client.send([taken])
    other = taken.model_copy(update={"data": {**taken.data, "reason": "s"}})
    outside = event(client, 2, recipient="../outside")
    verdicts = client.send([other, outside, event(client, 3)])
    assert [v.status for v in verdicts] == ["refused", "refused", "sent"]
    assert verdicts[0].error.code == "duplicate_conflict"
    assert not (tmp_path.parent / "outside").exists()


def test_receipts(client, tmp_path):
    """Without a receipt `sent`; with one `acknowledged`, or `rejected` where it says a code."""
    events = [event(client, n) for n in (1, 2, 3)]
    client.send(events)
    acks = tmp_path / "erp-main" / "ack"
    acks.mkdir()
    (acks / f"{events[1].id}.json").write_text('{"status":"ok"}')
    (acks / f"{events[2].id}.json").write_text('{"code":"price_missing","message":"no price"}')
    found = [client.find(e.id) for e in events]
    assert [f.deliveries[0].status for f in found] == ["sent", "acknowledged", "rejected"]
    assert found[2].deliveries[0].error.code == "price_missing"
    assert client.find("never") is None


def test_what_the_mode_lacks(client):
    """No inbox, no cancel: said, not ignored."""
    with pytest.raises(FeatureMissingError):
        client.fetch_inbox()


def test_folder_that_cannot_be_written(tmp_path):
    """Told as a fault of the connection."""
    (tmp_path / "file").write_text("")
    settings = XConnectorSettings.from_connection("", "", {"mode": "file_drop", "drop_location": str(tmp_path / "file")})
    with pytest.raises(BadConnectionError):
        XConnectorClient(settings).test()
