"""Feed files take long to make: the lease is lengthened meanwhile, and a feed that another run took over is left to it."""

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import BinaryIO

import pytest
from filled import UC, intent
from ledger_database import make_ledger

from colophon.config.load import load_config
from colophon.domain.delivery import Delivery, Verdict
from colophon.errors import TransportError
from colophon.ledger import Ledger
from colophon.onix.profile import FileRule
from colophon.staging import Staging
from colophon.systems.xconnector.feed import FeedFiles
from colophon.systems.xconnector.records import Payload

DAY = datetime(2026, 5, 1, tzinfo=UTC)
CONFIG = load_config()
PROFILE = CONFIG.recipients["distributor-short"]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[SimpleNamespace]:
    """A claimed feed without products, and a client that keeps what is uploaded."""
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    make_ledger(url)
    uploads: list[bytes] = []

    def put_payload(stream: BinaryIO, digest: str, media_type: str, **_more: object) -> Payload:
        uploads.append(stream.read())
        return Payload(url="https://files.example/1", sha256=digest, bytes=len(uploads[-1]), media_type=media_type)

    with Ledger.open(url, clock=lambda: DAY) as ledger:
        ledger.empty_feed("uc", PROFILE.id, as_of=DAY, labels={})
        (feed,) = ledger.claim("uc", PROFILE.id, owner="me", lease_s=900, limit=1)
        yield SimpleNamespace(ledger=ledger, feed=feed, uploads=uploads, put_payload=put_payload, folder=tmp_path / "staging")


def make(place: SimpleNamespace, answers: Sequence[Collection[str]]) -> dict:
    """The event's data, with leases that are renewed as told."""
    told = iter(answers)
    files = FeedFiles(place.ledger, Staging(str(place.folder)), place, PROFILE, CONFIG.publisher, renew=lambda _ids: next(told))
    feed: Delivery = place.feed
    return files(feed)


def test_the_lease_is_lengthened_before_and_after_the_upload(place: SimpleNamespace) -> None:
    """Twice for a small feed; the file is brought once."""
    mine = {place.feed.id}
    assert make(place, [mine, mine])["payload"]["sha256"] == sha256(place.uploads[0]).hexdigest()
    with pytest.raises(StopIteration):
        make(place, [mine])


def test_a_feed_that_was_taken_over_while_it_was_written_is_not_uploaded(place: SimpleNamespace) -> None:
    """It counts as not sent by us, and says why."""
    with pytest.raises(TransportError, match="another run has taken this feed over"):
        make(place, [set()])
    assert place.uploads == []


def test_a_feed_that_was_taken_over_during_the_upload_is_not_announced(place: SimpleNamespace) -> None:
    """The file is there, but its event is the other run's to send."""
    with pytest.raises(TransportError, match="another run has taken this feed over"):
        make(place, [{place.feed.id}, set()])


def test_parts_of_a_feed_that_is_named_by_its_time_have_names_of_their_own(tmp_path: Path) -> None:
    """Three messages of one moment are three files at the recipient's, and say that they are everything."""
    url, names = f"sqlite:///{tmp_path / 'ledger.db'}", []
    make_ledger(url)
    profile = PROFILE.model_copy(update={"files": FileRule(name="LV_{date}{time:%H%M}_{KIND}.xml")})

    def put_payload(stream: BinaryIO, digest: str, media_type: str, *, file_name: str) -> Payload:
        names.append(file_name)
        return Payload(url="https://files.example/1", sha256=digest, bytes=len(stream.read()), media_type=media_type)

    with Ledger.open(url, clock=lambda: DAY) as ledger:
        records = [(f"isbn:978{n}", f"<product>\n<a001>com.example.{n}</a001>\n</product>\n".encode()) for n in range(3)]
        titles = [intent(subject, content, destination=profile.id, bundled=True, as_of=DAY) for subject, content in records]
        ledger.plan(titles)
        ledger.bundle(UC, profile.id, as_of=DAY, max_products=1, max_bytes=10**6, labels={}, full=True)
        client = SimpleNamespace(put_payload=put_payload)
        files = FeedFiles(ledger, Staging(str(tmp_path / "staging")), client, profile, CONFIG.publisher, renew=lambda ids: ids)
        while feeds := ledger.claim(UC, profile.id, owner="me", lease_s=900, limit=9):
            assert all(files(feed)["full"] for feed in feeds)
            ledger.finish([Verdict(feed.id, "confirmed", "m-1") for feed in feeds], owner="me")
    assert sorted(names) == ["LV_202605010000_FULL-2.xml", "LV_202605010000_FULL-3.xml", "LV_202605010000_FULL.xml"]
