"""Reports that recipients leave beside dropped files: which message they are about, and what is read again."""

import hashlib
import io
from datetime import UTC, datetime

import pytest

from colophon.errors import NotFoundError
from colophon.systems.xconnector.client import XConnectorClient
from colophon.systems.xconnector.receipts import message_of
from colophon.systems.xconnector.settings import XConnectorSettings

FILES = {"LV_202605020100_FULL.xml": 1, "LV_202605020100_FULL-2.xml": 2, "LV_202605030100_DELTA.xml": 3}


@pytest.mark.parametrize(
    ("report", "number"),
    [
        ("LV_202605020100_FULL.xml.rejects.csv", 1),
        ("LV_202605020100_FULL.csv", 1),
        ("LV_202605020100_FULL-2.csv", 2),
        ("LV_202605020100_FULL_errors.txt", 1),
        ("LV_202605030100_DELTA", 3),
        ("LV_202605030100_DELTAS.csv", None),
        ("rejects.csv", None),
    ],
)
def test_a_report_is_about_the_message_whose_file_it_is_named_after(report: str, number: int | None) -> None:
    """With or without our ending; the longest name wins; a name that only begins alike is none."""
    assert message_of(report, FILES) == number


def test_a_report_is_read_once_and_again_where_it_changed(tmp_path) -> None:
    """What has JSON or nothing in it is no report; one that was changed after it was told of is not taken for the old one."""
    settings = XConnectorSettings.from_connection("", "", {"mode": "file_drop", "drop_location": str(tmp_path)})
    client = XConnectorClient(settings, clock=lambda: datetime(2026, 5, 1, tzinfo=UTC))
    folder = tmp_path / "shop" / "ack"
    folder.mkdir(parents=True)
    for name, content in (("a.csv", b"isbn\n1"), ("b.json", b'{"code": "x"}'), ("c.txt", b" \n")):
        (folder / name).write_bytes(content)
    seen = client.receipts("shop", {})
    assert [(each.name, each.report is not None) for each in seen] == [("a.csv", True), ("b.json", False), ("c.txt", False)]
    known = {each.name: each.version for each in seen}
    assert [each.report for each in client.receipts("shop", known)] == [None, None, None]
    (folder / "a.csv").write_bytes(b"isbn\n1\n2")
    [again] = [each.report for each in client.receipts("shop", known) if each.report]
    to = io.BytesIO()
    assert (client.get_payload(again, to).size, to.getvalue()) == (8, b"isbn\n1\n2")
    assert again.sha256 == hashlib.sha256(b"isbn\n1\n2").hexdigest()
    with pytest.raises(NotFoundError):
        client.get_payload(seen[0].report, io.BytesIO())
