"""Staged batches: whole or not there, and never read as what they are not."""

import errno
import io
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ClassVar

import pytest
from fsspec.implementations.memory import MemoryFileSystem
from fsspec.spec import AbstractBufferedFile
from hypothesis import given
from hypothesis import strategies as st

from colophon.errors import FeatureMissingError, StagingFullError, StagingUnusableError, TransportError
from colophon.staging import Batch, Staging


@given(st.lists(st.text(alphabet=st.characters(blacklist_characters="\n\r", blacklist_categories=("Cs",)))))
def test_lines_come_back_as_they_went_in(tmp_path_factory: pytest.TempPathFactory, lines: list[str]) -> None:
    """Any text without a line end survives the trip, hostile titles included."""
    staging = Staging(str(tmp_path_factory.mktemp("staging")))
    batch = staging.write_lines("a/b.jsonl", lines)
    assert list(staging.read_lines(batch)) == lines
    assert batch.count == len(lines)


def test_a_writer_that_fails_half_way_leaves_nothing(tmp_path: Path) -> None:
    """A batch appears under its name only when it is complete."""

    def broken():
        yield "first"
        raise ValueError("the source died")

    with pytest.raises(ValueError, match="the source died"):
        Staging(str(tmp_path)).write_lines("batch.jsonl", broken())
    assert list(tmp_path.rglob("*.*")) == []


def test_a_changed_batch_is_not_read_as_whole(tmp_path: Path) -> None:
    """The hash in the reference finds a batch that was cut or changed."""
    staging = Staging(str(tmp_path))
    batch = staging.write_lines("batch.jsonl", ["one", "two"])
    (tmp_path / "batch.jsonl").write_text("one\n", encoding="utf-8")
    with pytest.raises(StagingUnusableError, match="not what was staged"):
        list(staging.read_lines(batch))


def test_a_missing_batch_is_named(tmp_path: Path) -> None:
    """On-call sees which file is gone."""
    batch = Batch(uri=f"file://{tmp_path}/gone.jsonl", count=1, sha256="0" * 64, size=1)
    with pytest.raises(StagingUnusableError, match=r"gone\.jsonl cannot be used: No such file"):
        list(Staging(str(tmp_path)).read_lines(batch))


def test_an_unwritable_folder_is_a_configuration_error(tmp_path: Path) -> None:
    """A file where the folder should be: nobody can write there, not even root."""
    (tmp_path / "staging").write_text("", encoding="utf-8")
    with pytest.raises(StagingUnusableError) as caught:
        Staging(str(tmp_path / "staging")).check()
    assert caught.value.code == "config.staging"


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_retried_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """No space: a typed error that Airflow retries, and no half-written file."""

    def full(_handle: int) -> None:
        raise OSError(number, "no space")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StagingFullError) as caught:
        Staging(str(tmp_path)).write_lines("batch.jsonl", ["one"])
    assert caught.value.code == "try.staging"
    assert list(tmp_path.iterdir()) == []


def test_object_stores_work_through_fsspec() -> None:
    """The same calls on a store that is no folder."""
    staging = Staging("memory://colophon-test")
    batch = staging.write_lines("x/batch.jsonl", ["é", "ß"])
    assert list(staging.read_lines(batch)) == ["é", "ß"]
    staging.check()


def test_writers_do_not_end_one_another() -> None:
    """Threads side by side, and a batch that is written while another is: each is whole, in a store that all share."""
    staging = Staging("memory://colophon-side-by-side")

    def write(number: int) -> list[str]:
        return list(staging.read_lines(staging.write_lines(f"{number}.jsonl", (str(number) for _ in range(50)))))

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(write, range(40))) == [[str(number)] * 50 for number in range(40)]

    def nested() -> Iterator[str]:
        yield "before"
        staging.write_lines("inner.jsonl", ["inner"])
        yield "after"

    assert list(staging.read_lines(staging.write_lines("outer.jsonl", nested()))) == ["before", "after"]


def test_an_option_that_nothing_obeys_is_refused(tmp_path: Path) -> None:
    """A folder takes none; it would pass over what it is told."""
    with pytest.raises(StagingUnusableError, match="knows no option endpoint_url, key") as caught:
        Staging(str(tmp_path), {"key": "c4n4ry", "endpoint_url": "http://127.0.0.1:9"})
    assert "c4n4ry" not in str(caught.value)


def test_a_store_that_nobody_reaches_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Errors of a store's client come out as ours; those of what is being written stay what they are."""

    class EndpointConnectionError(Exception):
        __module__ = "botocore.exceptions"

    staging = Staging("memory://colophon-lost")

    def lost(*_args: object, **_kwargs: object) -> None:
        raise EndpointConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(MemoryFileSystem, "open", lost)
        with pytest.raises(TransportError, match="does not answer"):
            staging.write_lines("batch.jsonl", ["one"])
    with pytest.raises(KeyError):
        staging.write_lines("batch.jsonl", ({}["no"] for _ in range(1)))


class RemoteFile(AbstractBufferedFile):
    """A file in an object store, as fsspec gives it, that counts what is read of it."""

    reads: ClassVar[list[int]] = []

    def read(self, length: int = -1) -> bytes:
        piece: bytes = super().read(length)
        self.reads.append(len(piece))
        return piece

    def _fetch_range(self, start: int, end: int) -> bytes:
        content: bytes = self.fs.cat_file(self.path, start, end)
        return content


def test_lines_of_an_object_store_are_read_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each byte once, in few reads, however many lines there are."""
    staging = Staging("memory://colophon-pieces")
    batch = staging.write_lines("batch.jsonl", ["y" * 199] * 20_000)
    monkeypatch.setattr(RemoteFile, "reads", [])
    monkeypatch.setattr(MemoryFileSystem, "open", lambda fs, path, mode: RemoteFile(fs, path, mode, size=batch.size))
    assert sum(1 for _ in staging.read_lines(batch)) == 20_000
    assert sum(RemoteFile.reads) == batch.size
    assert len(RemoteFile.reads) < 10


def test_a_folder_signs_no_links(tmp_path: Path) -> None:
    """Large content by link needs a bucket; the error says what else there is."""
    with pytest.raises(FeatureMissingError, match="signs no links") as caught:
        Staging(str(tmp_path)).publish(io.BytesIO(b"feed"), "payloads/a/feed.xml", for_s=60)
    assert "upload" in str(caught.value)


def test_a_bucket_signs_a_link_to_what_was_published(monkeypatch: pytest.MonkeyPatch) -> None:
    """The link leads to the whole content and ends in time."""

    def sign(_self: MemoryFileSystem, path: str, expiration: int = 100) -> str:
        return f"https://bucket.example.com{path}?ends={expiration}"

    monkeypatch.setattr(MemoryFileSystem, "sign", sign)
    link = Staging("memory://colophon-links").publish(io.BytesIO(b"feed"), "payloads/a/feed.xml", for_s=60)
    assert link == "https://bucket.example.com/colophon-links/payloads/a/feed.xml?ends=60"
    assert MemoryFileSystem().cat("/colophon-links/payloads/a/feed.xml") == b"feed"


def test_a_file_elsewhere_is_not_shown(tmp_path) -> None:
    """Only what lies in the location is read whole: no neighbour, and no way up and down again."""
    staging = Staging(str(tmp_path / "staging"))
    staged = staging.write_lines("a/report.html", ["<p>"])
    assert staging.whole(staged.uri) == b"<p>\n"
    (tmp_path / "secret").write_text("no", encoding="utf-8")
    for uri in (f"file://{tmp_path}/secret", f"file://{tmp_path}/staging/../secret", f"file://{tmp_path}/staging-2/x"):
        with pytest.raises(StagingUnusableError):
            staging.whole(uri)


def test_what_is_staged_is_for_its_user_alone(tmp_path: Path) -> None:
    """Files and the folders made for them, whatever was left there; a folder that was there before stays as it is."""
    before = os.umask(0o022)
    try:
        (tmp_path / "there").mkdir(mode=0o755)
        staging, copy = Staging(str(tmp_path / "there/staging")), tmp_path / "copy"
        copy.write_bytes(b"left here")
        batch = staging.write_lines("runs/one/batch.jsonl", ["name and address"])
        staging.fetch(batch, copy)
    finally:
        os.umask(before)
    assert {path.name: oct(path.stat().st_mode & 0o777) for path in sorted(tmp_path.rglob("*"))} == {
        "there": "0o755",
        "staging": "0o700",
        "runs": "0o700",
        "one": "0o700",
        "batch.jsonl": "0o600",
        "copy": "0o600",
    }


@pytest.mark.parametrize("what", ["first", "last"])
def test_no_line_of_a_changed_batch_is_given_out(tmp_path, what):
    """Not even those before the change: what a step has taken in already, it would act on."""
    staging = Staging(str(tmp_path))
    batch = staging.write_lines("batch.jsonl", [f"line {number}" for number in range(100_000)])
    path = Path(batch.uri.removeprefix("file://"))
    content = path.read_bytes()
    path.write_bytes(b"LINE" + content[4:] if what == "first" else content[:-2] + b"X\n")
    with pytest.raises(StagingUnusableError, match="not what was staged"):
        next(staging.read_lines(batch))
