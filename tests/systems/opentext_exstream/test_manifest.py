"""Manifests: UTF-16, the one DOCTYPE, 10,000 customers, and files that are no manifest."""

import io
import tracemalloc

import pytest

from colophon.errors import BadShapeError
from colophon.systems.opentext_exstream.manifest import merged, read_manifest


def make(count=1, doctype="<!DOCTYPE outputList>", encoding="utf-16"):
    one = '<file name="/a/Queue_26_email/{0}.pdf"><customer number="{0}"><key name="ColophonDeliveryId">d-{0}</key></customer>'
    files = "".join(one.format(n) + "<pageCount>3</pageCount><fileSize>9</fileSize></file>\n" for n in range(1, count + 1))
    root = f'<outputList transactions="0" customersProcessed="{count}" pagesProcessed="1"><queue name="email">{files}</queue></outputList>'
    return io.BytesIO((doctype + root).encode(encoding))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8", "utf-8-sig"])
@pytest.mark.parametrize("doctype", ["<!DOCTYPE outputList>", "", '<?xml version="1.0" encoding="UTF-16"?>\n<!DOCTYPE outputList>\n'])
def test_read(encoding, doctype):
    """Whatever its mark says, with or without the declaration."""
    found = read_manifest(make(2, doctype, encoding))
    assert found.customers_processed == 2
    assert found.queues["email"]["2"].keys == {"ColophonDeliveryId": "d-2"}
    assert found.queues["email"]["2"].pages == 3
    assert found.values("ColophonDeliveryId") == {"d-1", "d-2"}


def test_big_endian():
    """The other byte order."""
    text = make(1).getvalue().decode("utf-16")
    assert read_manifest(io.BytesIO(b"\xfe\xff" + text.encode("utf-16-be"))).customers_processed == 1


def test_ten_thousand_are_streamed():
    """Memory grows with what is kept, not with the file."""
    file = make(10_000)
    tracemalloc.start()
    found = read_manifest(file)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(found.queues["email"]) == 10_000
    assert peak < 20_000_000


@pytest.mark.parametrize(
    "content",
    [
        make(1, '<!DOCTYPE outputList SYSTEM "file:///etc/passwd">').getvalue(),
        make(1, '<!DOCTYPE outputList [<!ENTITY a "b">]>').getvalue(),
        make(1, "<!DOCTYPE outputList><!DOCTYPE outputList>").getvalue(),
        make(1, "<!DOCTYPE html>").getvalue(),
        make(1).getvalue()[:-40],
        make(1).getvalue() + b"\x00",
        b"",
        b"<html/>",
        b"\xff\xfe\x00\xd8",
        "<outputList customersProcessed='x'/>".encode("utf-16"),
        b"<outputList customersProcessed='1'><queue name='a'><file><customer/><pageCount>1</pageCount></file></queue></outputList>",
        b"x" * 20_000,
    ],
)
def test_what_is_no_manifest(content):
    """Another DOCTYPE, cut, empty, foreign, without numbers: refused."""
    with pytest.raises(BadShapeError):
        read_manifest(io.BytesIO(content))


def test_merged():
    """Two communication steps are one manifest."""
    both = merged([read_manifest(make(1)), read_manifest(make(2))])
    assert (both.customers_processed, len(both.queues["email"])) == (3, 2)
