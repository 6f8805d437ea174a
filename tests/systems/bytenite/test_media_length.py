"""How long films and recordings last, by their own heads."""

import io
import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from colophon.systems.bytenite.media_length import boxes, seconds_of
from colophon_sandbox.systems.bytenite.media import film, sound


def box(kind: bytes, content: bytes) -> bytes:
    """A box of an MP4 file."""
    return struct.pack(">I", 8 + len(content)) + kind + content


def movie(header: bytes) -> bytes:
    """An MP4 file with this movie header behind its data."""
    return box(b"ftyp", b"isom") + box(b"mdat", b"\0" * 70_000) + box(b"moov", box(b"udta", b"") + box(b"mvhd", header))


def frames(count: int, *, told: bytes = b"") -> bytes:
    """An MP3 file of 128 kbit/s at 44,100 Hz, with what its encoder wrote down in the first frame."""
    head = b"\xff\xfb\x90\x00"
    return (head + b"\0" * 32 + told).ljust(418, b"\0") + (head + b"\0" * 414) * (count - 1)


@pytest.mark.parametrize(
    ("content", "media_type", "seconds"),
    [
        (film(7), "video/x-msvideo", 7.0),
        (sound(9), "audio/wav", 9.0),
        (sound(9)[:-1600], "audio/wav", 8.5),
        (movie(struct.pack(">12xII", 1000, 61_500).ljust(100, b"\0")), "video/mp4", 61.5),
        (movie(b"\1" + struct.pack(">19xIQ", 600, 6000).ljust(100, b"\0")), "audio/mp4", 10.0),
        (frames(383), "audio/mpeg", 10.0),
        (frames(100, told=b"Xing\0\0\0\1" + struct.pack(">I", 3828)), "audio/mpeg", 100.0),
        (b"ID3\4\0\0\0\0\1\0" + b"\0" * 128 + frames(383), "audio/mpeg", 10.0),
        (movie(struct.pack(">12xII", 0, 5).ljust(100, b"\0")), "video/mp4", None),
        (b"RIFF    AVI ", "video/x-msvideo", None),
        (b"RIFF    WAVE", "audio/wav", None),
        (b"\xff\xfb", "audio/mpeg", None),
        (b"WEBVTT", "text/vtt", None),
        (b"", "video/mp4", None),
    ],
)
def test_seconds_are_read_from_the_head(content: bytes, media_type: str, seconds: float | None) -> None:
    """And the file stands at its start again."""
    file = io.BytesIO(content)
    found = seconds_of(file, media_type, len(content))
    assert (found if found is None else round(found, 1), file.tell()) == (seconds, 0)


def test_boxes_that_cannot_be_are_the_last() -> None:
    """Neither a length of nothing nor one beyond the end leads on for ever."""
    for length in (3, 90):
        content = struct.pack(">I", length) + b"moov" + b"\0" * 20
        assert [end > len(content) for _, _, end in boxes(io.BytesIO(content), 0, len(content))] == [True]


@pytest.mark.nightly
@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed")
@pytest.mark.parametrize(
    ("name", "media_type"), [("a.mp3", "audio/mpeg"), ("a.mp4", "video/mp4"), ("a.m4a", "audio/mp4"), ("a.wav", "audio/wav")]
)
def test_what_ffmpeg_writes_lasts_as_long_as_it_says(tmp_path: Path, name: str, media_type: str) -> None:
    """Whatever its encoders add at the ends."""
    picture = ["-f", "lavfi", "-i", "color=s=64x64:r=30"] if name == "a.mp4" else []
    made = ["ffmpeg", "-loglevel", "error", "-f", "lavfi", "-i", "sine=r=44100", *picture, "-t", "12", str(tmp_path / name)]
    subprocess.run(made, check=True)
    with (tmp_path / name).open("rb") as file:
        seconds = seconds_of(file, media_type, (tmp_path / name).stat().st_size)
    assert seconds is not None
    assert abs(seconds - 12) < 0.2
